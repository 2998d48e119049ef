/* Owns the writing of JSON: a buffer that the collector owns, so that an error leaves nothing behind. */
#include "json.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "info.h"

enum { DEPTH_MAX = 64, NEEDED_STACK = 16 };

typedef struct buffer {
  lua_State *L;
  int slot; /* of the block on the stack */
  char *bytes;
  size_t size, capacity;
  const char *not_finite; /* where; kept at the next slot */
} buffer;

/* The way to the value that is being written. */
typedef struct frame {
  const struct frame *outer;
  const void *table;
  const char *key;    /* NULL: a place in an array */
  lua_Integer number; /* that place */
  int depth;
} frame;

static void write_value(buffer *out, int index, const frame *at);

/* ---- Where ---- */

static const char *path(lua_State *L, const frame *at) {
  if (!at->outer) return at->key;
  const char *outer = path(L, at->outer);
  if (at->key) return lua_pushfstring(L, "%s.%s", outer, at->key);
  return lua_pushfstring(L, "%s[%d]", outer, (int)at->number);
}

static void fail(lua_State *L, const frame *at, const char *what) {
  luaL_checkstack(L, DEPTH_MAX + NEEDED_STACK, NULL);
  luaL_error(L, "%s: %s", path(L, at), what);
}

/* ---- Bytes ---- */

static void reserve(buffer *out, size_t more) {
  if (more <= out->capacity - out->size) return;
  size_t capacity = out->capacity;
  while (capacity - out->size < more) {
    if (capacity > SIZE_MAX / 4) luaL_error(out->L, "the event is too large");
    capacity *= 2;
  }
  char *bytes = lua_newuserdata(out->L, capacity);
  memcpy(bytes, out->bytes, out->size);
  lua_replace(out->L, out->slot);
  out->bytes = bytes;
  out->capacity = capacity;
}

static void put(buffer *out, const char *bytes, size_t size) {
  reserve(out, size);
  memcpy(out->bytes + out->size, bytes, size);
  out->size += size;
}

static void put_text(buffer *out, const char *text) { put(out, text, strlen(text)); }

static void put_escaped(buffer *out, unsigned char c) {
  char escaped[8];
  if (c == '"' || c == '\\')
    snprintf(escaped, sizeof escaped, "\\%c", c);
  else
    snprintf(escaped, sizeof escaped, "\\u%04x", c);
  put_text(out, escaped);
}

/* Whether it is UTF-8 the library checks. */
static void write_text(buffer *out, const char *text, size_t size) {
  size_t start = 0;
  put_text(out, "\"");
  for (size_t i = 0; i < size; i++) {
    unsigned char c = (unsigned char)text[i];
    if (c >= 0x20 && c != '"' && c != '\\') continue;
    put(out, text + start, i - start);
    put_escaped(out, c);
    start = i + 1;
  }
  put(out, text + start, size - start);
  put_text(out, "\"");
}

/* ---- Numbers ---- */

/* The shortest text that reads back as the same number, with a point, whatever the locale has for one. The library
 * reads doubles: what these do not hold of Lua's integers would be lost there. */
static void write_double(buffer *out, double number) {
  char text[40];
  for (int digits = 15; digits <= 17; digits++) {
    snprintf(text, sizeof text, "%.*g", digits, number);
    if (strtod(text, NULL) == number) break;
  }
  for (char *c = text; *c; c++)
    if (!strchr("0123456789+-e", *c)) *c = '.';
  put_text(out, text);
}

/* The first one is told. */
static void keep_not_finite(buffer *out, const frame *at) {
  lua_State *L = out->L;
  int top = lua_gettop(L);
  if (out->not_finite) return;
  luaL_checkstack(L, DEPTH_MAX + NEEDED_STACK, NULL);
  lua_pushstring(L, path(L, at));
  out->not_finite = lua_tostring(L, -1);
  lua_replace(L, out->slot + 1);
  lua_settop(L, top);
}

/* Without an exponent: the library takes for an integer only what is written as one. */
static void write_whole(buffer *out, double number) {
  char text[40];
  snprintf(text, sizeof text, "%.0f", number);
  put_text(out, text);
}

static void write_number(buffer *out, int index, const frame *at) {
  static const double most_exact = 9007199254740992.0;
  double number = lua_tonumber(out->L, index);
  if (!isfinite(number))
    keep_not_finite(out, at);
  else if (floor(number) == number && fabs(number) <= most_exact)
    write_whole(out, number);
  else
    write_double(out, number);
}

/* ---- Arrays ---- */

/* "array" or "object" when the table's metatable says so, as dkjson's do. */
static bool is_marked(lua_State *L, int index, const char *type) {
  if (!luaL_getmetafield(L, index, "__jsontype")) return false;
  bool same = lua_type(L, -1) == LUA_TSTRING && strcmp(lua_tostring(L, -1), type) == 0;
  lua_pop(L, 1);
  return same;
}

static bool is_array(lua_State *L, int index) {
  if (is_marked(L, index, "array")) return true;
  if (is_marked(L, index, "object")) return false;
  lua_rawgeti(L, index, 1);
  bool has_first = !lua_isnil(L, -1);
  lua_pop(L, 1);
  return has_first;
}

static void check_array(buffer *out, int index, const frame *at, size_t length) {
  lua_State *L = out->L;
  for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
    double number = lua_type(L, -2) == LUA_TNUMBER ? lua_tonumber(L, -2) : 0;
    if (number >= 1 && number <= (double)length && floor(number) == number) continue;
    if (lua_type(L, -2) == LUA_TSTRING)
      fail(L, at, lua_pushfstring(L, "an array with the key \"%s\"", lua_tostring(L, -2)));
    fail(L, at, "an array with a gap, or a key that is no place in it");
  }
}

static void write_array(buffer *out, int index, const frame *at) {
  size_t length = mbl_length(out->L, index);
  check_array(out, index, at, length);
  put_text(out, "[");
  for (size_t i = 1; i <= length; i++) {
    frame inner = {.outer = at, .number = (lua_Integer)i, .depth = at->depth};
    if (i > 1) put_text(out, ",");
    lua_rawgeti(out->L, index, (int)i);
    write_value(out, lua_gettop(out->L), &inner);
    lua_pop(out->L, 1);
  }
  put_text(out, "]");
}

/* ---- Objects ---- */

typedef struct member {
  const char *key;
  size_t size;
} member;

static int by_key(const void *one, const void *other) {
  const member *a = one, *b = other;
  int order = memcmp(a->key, b->key, a->size < b->size ? a->size : b->size);
  return order ? order : a->size < b->size ? -1 : a->size > b->size;
}

static void check_key(lua_State *L, const frame *at) {
  if (lua_type(L, -2) == LUA_TSTRING) return;
  if (lua_type(L, -2) == LUA_TNUMBER) {
    lua_pushvalue(L, -2);
    fail(L, at, lua_pushfstring(L, "keys of an object must be texts, not the number %s", lua_tostring(L, -1)));
  }
  fail(L, at, lua_pushfstring(L, "keys of an object must be texts, not a %s", luaL_typename(L, -2)));
}

/* Leaves the block of members on the stack. */
static member *collect_members(lua_State *L, int index, const frame *at, size_t *count) {
  *count = 0;
  for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
    check_key(L, at);
    ++*count;
  }
  member *members = lua_newuserdata(L, (*count + 1) * sizeof *members);
  size_t i = 0;
  for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1), i++)
    members[i] = (member){lua_tostring(L, -2), mbl_length(L, -2)};
  return members;
}

/* By key, so that the same table is always the same bytes; from a copy, because writing may run finalizers. */
static void write_object(buffer *out, int index, const frame *at) {
  lua_State *L = out->L;
  size_t count;
  mbl_copy(L, index);
  int copy = lua_gettop(L);
  member *members = collect_members(L, copy, at, &count);
  qsort(members, count, sizeof *members, by_key);
  put_text(out, "{");
  for (size_t i = 0; i < count; i++) {
    frame inner = {.outer = at, .key = members[i].key, .depth = at->depth};
    if (i) put_text(out, ",");
    write_text(out, members[i].key, members[i].size);
    put_text(out, ":");
    lua_pushlstring(L, members[i].key, members[i].size);
    lua_rawget(L, copy);
    write_value(out, lua_gettop(L), &inner);
    lua_pop(L, 1);
  }
  put_text(out, "}");
  lua_pop(L, 2);
}

static void write_table(buffer *out, int index, const frame *at) {
  frame inside = *at;
  inside.table = lua_topointer(out->L, index);
  inside.depth = at->depth + 1;
  for (const frame *outer = at; outer; outer = outer->outer)
    if (outer->table == inside.table) fail(out->L, at, "the table contains itself");
  if (inside.depth > DEPTH_MAX) fail(out->L, at, "more than 64 levels");
  luaL_checkstack(out->L, NEEDED_STACK, NULL);
  if (is_array(out->L, index))
    write_array(out, index, &inside);
  else
    write_object(out, index, &inside);
}

/* ---- Values ---- */

static void write_value(buffer *out, int index, const frame *at) {
  size_t size;
  const char *text;
  switch (lua_type(out->L, index)) {
    case LUA_TSTRING: text = lua_tolstring(out->L, index, &size), write_text(out, text, size); return;
    case LUA_TNUMBER: write_number(out, index, at); return;
    case LUA_TBOOLEAN: put_text(out, lua_toboolean(out->L, index) ? "true" : "false"); return;
    case LUA_TTABLE: write_table(out, index, at); return;
    case LUA_TLIGHTUSERDATA:
      if (!lua_touserdata(out->L, index)) {
        put_text(out, "null"); /* mediabeat.null */
        return;
      }
      break;
    default: break;
  }
  fail(out->L, at, lua_pushfstring(out->L, "a %s is no JSON", luaL_typename(out->L, index)));
}

const char *mbl_json(lua_State *L, int index, const char *name, size_t *size) {
  enum { FIRST_CAPACITY = 512 };
  if (lua_type(L, index) == LUA_TSTRING) return lua_tolstring(L, index, size);
  frame root = {.key = name};
  buffer out = {.L = L, .slot = lua_gettop(L) + 1, .capacity = FIRST_CAPACITY};
  luaL_checkstack(L, NEEDED_STACK, NULL);
  out.bytes = lua_newuserdata(L, out.capacity);
  lua_pushnil(L); /* the place of a number that is not finite */
  write_value(&out, index, &root);
  *size = out.size;
  if (!out.not_finite) return out.bytes;
  lua_pushnil(L);
  lua_pushfstring(L, "%s: not a finite number", out.not_finite);
  lua_pushstring(L, mb_status_name(MB_INVALID_NUMBER) + sizeof "MB_" - 1);
  return NULL;
}

int mbl_json_array(lua_State *L) {
  if (lua_isnoneornil(L, 1)) lua_settop(L, 0), lua_newtable(L);
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_setmetatable(L, 1);
  return 1;
}

/* Owns the reading of tables. */
#include "info.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "callbacks.h"

/* In a callback there is no argument to blame. */
static void blame(lua_State *L, int argument, const char *message) {
  if (argument)
    luaL_argerror(L, argument, message);
  else
    mbl_callback_error(L, message);
}

static const char *place(lua_State *L, const char *where, const char *key) {
  return *where ? lua_pushfstring(L, "%s.%s", where, key) : key;
}

static void blame_kind(lua_State *L, int argument, const char *where, const char *key, const char *wanted, int type) {
  blame(L, argument,
        lua_pushfstring(L, "%s: %s expected, got %s", place(L, where, key), wanted, lua_typename(L, type)));
}

const char *mbl_text(lua_State *L, int index, int argument, const char *where, const char *key) {
  size_t size;
  const char *text = lua_tolstring(L, index, &size);
  if (strlen(text) != size)
    blame(L, argument, lua_pushfstring(L, "%s: the text contains a zero byte", place(L, where, key)));
  return text;
}

/* Making the table may run finalizers; filling it runs nothing. */
void mbl_copy(lua_State *L, int index) {
  lua_newtable(L);
  for (lua_pushnil(L); lua_next(L, index);) {
    lua_pushvalue(L, -2);
    lua_insert(L, -2);
    lua_rawset(L, -4);
  }
}

/* A count of the protocol; what is none is left as it was. */
static void read_whole(double number, int64_t *value) {
  if (number >= -9007199254740992.0 && number <= 9007199254740992.0 && floor(number) == number)
    *value = (int64_t)number;
}

static void read_value(lua_State *L, const mbl_field *field, int argument, const char *where, void *info) {
  static const int types[] = {LUA_TSTRING, LUA_TSTRING, LUA_TNUMBER, LUA_TNUMBER, LUA_TBOOLEAN};
  void *value = (char *)info + field->offset;
  mbl_bytes *bytes = value;
  int type = lua_type(L, -1);
  if (type != types[field->kind]) blame_kind(L, argument, where, field->key, lua_typename(L, types[field->kind]), type);
  switch (field->kind) {
    case MBL_TEXT: *(const char **)value = mbl_text(L, -1, argument, where, field->key); return;
    case MBL_BYTES: bytes->bytes = lua_tolstring(L, -1, &bytes->size); return;
    case MBL_NUMBER: *(double *)value = lua_tonumber(L, -1); return;
    case MBL_WHOLE: read_whole(lua_tonumber(L, -1), value); return;
    case MBL_FLAG: *(bool *)value = lua_toboolean(L, -1); return;
  }
}

static const mbl_field *find(const mbl_field *fields, const char *key) {
  while (fields->key && strcmp(fields->key, key) != 0) fields++;
  return fields->key ? fields : NULL;
}

static const mbl_field *field_of_key(lua_State *L, const mbl_field *fields, int argument, const char *where) {
  if (lua_type(L, -2) != LUA_TSTRING)
    blame(L, argument,
          lua_pushfstring(L, "%s%skeys must be texts, not %s", where, *where ? ": " : "", luaL_typename(L, -2)));
  const mbl_field *field = find(fields, lua_tostring(L, -2));
  if (!field) blame(L, argument, lua_pushfstring(L, "no such key: %s", place(L, where, lua_tostring(L, -2))));
  return field;
}

void mbl_info_read_at(lua_State *L, int table, int argument, const char *where, const mbl_field *fields, void *info) {
  luaL_checkstack(L, 8, NULL);
  for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1))
    read_value(L, field_of_key(L, fields, argument, where), argument, where, info);
}

void mbl_info_read(lua_State *L, int index, const mbl_field *fields, void *info) {
  luaL_checktype(L, index, LUA_TTABLE);
  mbl_copy(L, index);
  lua_replace(L, index);
  mbl_info_read_at(L, index, index, "", fields, info);
}

/* ---- Quality of experience ---- */

void mbl_qoe_read(lua_State *L, int table, int argument, const char *where, mb_qoe_info *info) {
  static const mbl_field fields[] = {{"bitrate", MBL_NUMBER, offsetof(mb_qoe_info, bitrate)},
                                     {"startupTime", MBL_NUMBER, offsetof(mb_qoe_info, startup_time)},
                                     {"timeToStart", MBL_NUMBER, offsetof(mb_qoe_info, startup_time)},
                                     {"fps", MBL_NUMBER, offsetof(mb_qoe_info, fps)},
                                     {"framesPerSecond", MBL_NUMBER, offsetof(mb_qoe_info, fps)},
                                     {"droppedFrames", MBL_NUMBER, offsetof(mb_qoe_info, dropped_frames)},
                                     {NULL, MBL_TEXT, 0}};
  const double missing = (double)NAN;
  *info = (mb_qoe_info){sizeof *info, missing, missing, missing, missing};
  mbl_info_read_at(L, table, argument, where, fields, info);
}

/* ---- Metadata ---- */

static const char *text_at_top(lua_State *L, int argument, const char *where, const char *key) {
  if (lua_type(L, -1) != LUA_TSTRING) blame_kind(L, argument, where, key, "string", lua_type(L, -1));
  return mbl_text(L, -1, argument, where, key);
}

static size_t count_pairs(lua_State *L, int index) {
  size_t count = 0;
  for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) count++;
  return count;
}

static void read_pairs(lua_State *L, int index, mb_pair *pairs) {
  size_t count = 0;
  for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1), count++) {
    if (lua_type(L, -2) != LUA_TSTRING)
      blame(L, index, lua_pushfstring(L, "metadata: keys must be texts, not %s", luaL_typename(L, -2)));
    lua_pushvalue(L, -2);
    pairs[count].key = text_at_top(L, index, "metadata", "key");
    lua_pop(L, 1);
    pairs[count].value = text_at_top(L, index, "metadata", pairs[count].key);
  }
}

const mb_pair *mbl_metadata_read(lua_State *L, int index, size_t *count) {
  *count = 0;
  if (lua_isnoneornil(L, index)) return NULL;
  luaL_checktype(L, index, LUA_TTABLE);
  luaL_checkstack(L, 12, NULL);
  mbl_copy(L, index);
  lua_replace(L, index);
  *count = count_pairs(L, index);
  if (*count == 0) return NULL;
  mb_pair *pairs = lua_newuserdata(L, *count * sizeof *pairs);
  read_pairs(L, index, pairs);
  return pairs;
}

/* Owns the objects: how they are found, kept alive, closed. */
#include "handle.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"

/* Its address is the place in the registry of the table from structs to objects, whose values are weak. */
static const char objects_key = 0;

/* ---- Objects ---- */

static void push_objects(lua_State *L) {
  mbl_raw_get(L, LUA_REGISTRYINDEX, &objects_key);
  if (lua_istable(L, -1)) return;
  lua_pop(L, 1);
  lua_newtable(L);
  lua_newtable(L);
  lua_pushliteral(L, "v");
  lua_setfield(L, -2, "__mode");
  lua_setmetatable(L, -2);
  lua_pushvalue(L, -1);
  mbl_raw_set(L, LUA_REGISTRYINDEX, &objects_key);
}

void mbl_object_register(lua_State *L, const void *key) {
  push_objects(L);
  lua_pushvalue(L, -2);
  mbl_raw_set(L, -2, key);
  lua_pop(L, 1);
}

bool mbl_object_push(lua_State *L, const void *key) {
  mbl_raw_get(L, LUA_REGISTRYINDEX, &objects_key);
  if (lua_istable(L, -1)) {
    mbl_raw_get(L, -1, key);
    lua_remove(L, -2);
    if (lua_isuserdata(L, -1)) return true;
  }
  lua_pop(L, 1);
  return false;
}

bool mbl_owned_push(lua_State *L, const void *key, int place) {
  if (!mbl_object_push(L, key)) return false;
  mbl_push_owned(L, -1);
  lua_rawgeti(L, -1, place);
  lua_replace(L, -3);
  lua_pop(L, 1);
  if (!lua_isnil(L, -1)) return true;
  lua_pop(L, 1);
  return false;
}

void mbl_owned_set(lua_State *L, int index, int place) {
  mbl_push_owned(L, index);
  lua_insert(L, -2);
  lua_rawseti(L, -2, place);
  lua_pop(L, 1);
}

/* ---- Types ---- */

void *mbl_blame_kind(lua_State *L, int index, const mbl_type *type) {
  const char *got = luaL_typename(L, index);
  if (luaL_getmetafield(L, index, "__name") && lua_type(L, -1) == LUA_TSTRING) got = lua_tostring(L, -1);
  luaL_argerror(L, index, lua_pushfstring(L, "%s expected, got %s", type->name, got));
  return NULL;
}

static int name_object(lua_State *L) {
  lua_pushfstring(L, "%s: %p", lua_tostring(L, lua_upvalueindex(1)), lua_touserdata(L, 1));
  return 1;
}

/* __close: what a block is left with, an error or nothing, is no argument of close. */
static int leave_block(lua_State *L) {
  lua_settop(L, 1);
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  lua_call(L, 1, 0);
  return 0;
}

static void add_method(lua_State *L, const mbl_method *method) {
  if (method->row) lua_pushlightuserdata(L, (void *)(uintptr_t)method->row);
  lua_pushcclosure(L, method->run, method->row ? 1 : 0);
  lua_setfield(L, -2, method->name);
}

void mbl_type_new(lua_State *L, const mbl_type *type) {
  lua_newtable(L);
  lua_pushvalue(L, -1);
  mbl_raw_set(L, LUA_REGISTRYINDEX, type);
  lua_pushstring(L, type->name);
  lua_setfield(L, -2, "__name");
  lua_pushstring(L, type->name);
  lua_setfield(L, -2, "__metatable"); /* out of reach: a script cannot give it, and __gc, to another object */
  lua_pushstring(L, type->name);
  lua_pushcclosure(L, name_object, 1);
  lua_setfield(L, -2, "__tostring");
  lua_pushcfunction(L, type->collect);
  lua_setfield(L, -2, "__gc");
  lua_newtable(L);
  for (const mbl_method *method = type->methods; method->name; method++) add_method(L, method);
  lua_getfield(L, -1, "close");
  lua_pushcclosure(L, leave_block, 1);
  lua_setfield(L, -3, "__close");
  lua_setfield(L, -2, "__index");
  lua_pop(L, 1);
}

void *mbl_object_new(lua_State *L, size_t size, const mbl_type *type) {
  mbl_object *object = mbl_new_block(L, size);
  memset(object, 0, size);
  object->type = type;
  mbl_raw_get(L, LUA_REGISTRYINDEX, type);
  lua_setmetatable(L, -2);
  lua_newtable(L);
  mbl_set_owned(L, -2);
  return object;
}

/* ---- Handles ---- */

/* What the userdata of a tracker or a session is. */
typedef struct reference {
  mbl_object object;
  mbl_handle *handle; /* NULL: it is closed */
} reference;

mbl_handle *mbl_handle_new(lua_State *L, const mbl_type *type) {
  reference *made = mbl_object_new(L, sizeof *made, type);
  lua_pushvalue(L, 1);
  mbl_owned_set(L, -2, MBL_OWN_CLIENT);
  made->handle = calloc(1, sizeof *made->handle);
  if (!made->handle) luaL_error(L, "out of memory");
  mbl_object_register(L, made->handle);
  return made->handle;
}

mbl_handle *mbl_handle_check(lua_State *L, const mbl_type *type) {
  const reference *given = mbl_check(L, 1, type);
  if (!given->handle)
    luaL_error(L, "the %s is closed", type->name);
  else if (!given->handle->client)
    luaL_error(L, "the client of this %s is closed", type->name);
  return given->handle;
}

mbl_handle *mbl_handle_enter(lua_State *L, const mbl_type *type, mbl_call *call, int64_t *now_ms) {
  mbl_handle *handle = mbl_handle_check(L, type);
  bool calls_lua = handle->client->has_clock;
  *now_ms = mbl_client_now(L, handle->client);
  if (calls_lua) handle = mbl_handle_check(L, type); /* the clock may have closed it */
  mbl_call_begin(L, handle->client, call);
  return handle;
}

bool mbl_handle_keep_details(lua_State *L) {
  bool given = !lua_isnoneornil(L, 2);
  if (given) luaL_checktype(L, 2, LUA_TFUNCTION);
  lua_settop(L, 2);
  mbl_owned_set(L, 1, MBL_OWN_DETAILS);
  return given;
}

void mbl_handle_link(mbl_handle *handle, mbl_client *client) {
  handle->client = client;
  handle->next = client->handles;
  if (handle->next) handle->next->previous = handle;
  client->handles = handle;
}

static void destroy(mbl_handle *handle) {
  mbl_client *client = handle->client;
  if (client) {
    if (handle->previous) handle->previous->next = handle->next;
    if (handle->next) handle->next->previous = handle->previous;
    if (client->handles == handle) client->handles = handle->next;
    mb_tracker_free(handle->tracker);
    if (handle->session) mb_session_free(handle->session);
  }
  free(handle);
}

/* The collector may come in the middle of a call, when nothing can be freed in the library. */
static void let_go(mbl_handle *handle) {
  if (handle->client && handle->client->call)
    handle->orphan = handle->client->has_orphans = true;
  else
    destroy(handle);
}

void mbl_handle_free_orphans(mbl_client *client) {
  client->has_orphans = false;
  for (mbl_handle *handle = client->handles, *next; handle; handle = next) {
    next = handle->next;
    if (handle->orphan) destroy(handle);
  }
}

void mbl_handle_close_all(mbl_client *client) {
  for (mbl_handle *handle = client->handles, *next; handle; handle = next) {
    next = handle->next;
    handle->client = NULL;
    handle->next = handle->previous = NULL;
    if (handle->orphan) free(handle);
  }
  client->handles = NULL;
}

/* The store may have something to say, so it is a call. */
static void close_open(lua_State *L, mbl_client *client, mbl_handle *handle) {
  mbl_call call;
  mbl_call_begin(L, client, &call);
  destroy(handle);
  mbl_call_leave(L, client, &call);
}

int mbl_handle_close(lua_State *L, const mbl_type *type) {
  reference *given = mbl_check(L, 1, type);
  mbl_handle *handle = given->handle;
  mbl_client *client = handle ? handle->client : NULL;
  if (client && client->call)
    return luaL_error(L, "a callback cannot close this %s: a call of its client is under way", type->name);
  given->handle = NULL;
  if (client)
    close_open(L, client, handle);
  else
    free(handle);
  lua_pushboolean(L, 1);
  return 1;
}

int mbl_handle_collect(lua_State *L) {
  reference *given = lua_touserdata(L, 1);
  if (!given || !given->handle) return 0;
  let_go(given->handle);
  given->handle = NULL;
  return 0;
}

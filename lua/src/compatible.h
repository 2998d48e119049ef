/* Decides how one source fits Lua 5.1, LuaJIT, 5.2, 5.3 and 5.4: what differs between their C interfaces is here. */
#ifndef MEDIABEAT_LUA_COMPATIBLE_H
#define MEDIABEAT_LUA_COMPATIBLE_H

#include <lauxlib.h>
#include <lua.h>
#include <stdint.h>

/* A new userdata that can own a table, on the stack. Raises when memory is short. */
static inline void *mbl_new_block(lua_State *L, size_t size) {
#if LUA_VERSION_NUM >= 504
  return lua_newuserdatauv(L, size, 1);
#else
  return lua_newuserdata(L, size);
#endif
}

/* Takes the table on top of the stack for the userdata's own. */
static inline void mbl_set_owned(lua_State *L, int index) {
#if LUA_VERSION_NUM >= 504
  lua_setiuservalue(L, index, 1);
#elif LUA_VERSION_NUM >= 502
  lua_setuservalue(L, index);
#else
  lua_setfenv(L, index);
#endif
}

/* Pushes the table that the userdata owns. */
static inline void mbl_push_owned(lua_State *L, int index) {
#if LUA_VERSION_NUM >= 504
  lua_getiuservalue(L, index, 1);
#elif LUA_VERSION_NUM >= 502
  lua_getuservalue(L, index);
#else
  lua_getfenv(L, index);
#endif
}

/* Runs a function with `data` as its only argument, a light userdata, so that no error leaves it. Needs two free places
 * on the stack and can itself raise nothing, whatever memory there is. 0, or the error is on top of the stack. */
static inline int mbl_protect(lua_State *L, lua_CFunction run, void *data) {
#if LUA_VERSION_NUM >= 502
  lua_pushcfunction(L, run);
  lua_pushlightuserdata(L, data);
  return lua_pcall(L, 1, 0, 0);
#else
  return lua_cpcall(L, run, data);
#endif
}

static inline void mbl_raw_get(lua_State *L, int index, const void *key) {
#if LUA_VERSION_NUM >= 502
  lua_rawgetp(L, index, key);
#else
  index = index < 0 && index > LUA_REGISTRYINDEX ? lua_gettop(L) + index + 1 : index;
  lua_pushlightuserdata(L, (void *)(uintptr_t)key);
  lua_rawget(L, index);
#endif
}

/* table[key] = the value on top of the stack, which is popped. */
static inline void mbl_raw_set(lua_State *L, int index, const void *key) {
#if LUA_VERSION_NUM >= 502
  lua_rawsetp(L, index, key);
#else
  index = index < 0 && index > LUA_REGISTRYINDEX ? lua_gettop(L) + index + 1 : index;
  lua_pushlightuserdata(L, (void *)(uintptr_t)key);
  lua_insert(L, -2);
  lua_rawset(L, index);
#endif
}

static inline size_t mbl_length(lua_State *L, int index) {
#if LUA_VERSION_NUM >= 502
  return lua_rawlen(L, index);
#else
  return lua_objlen(L, index);
#endif
}

#endif

/* Owns the way from a table to a configuration. */
#include "config.h"

#include <stdbool.h>
#include <string.h>

#include "info.h"
#include "json.h"

static bool is_option(const char *key) {
  return strcmp(key, "clock") == 0 || strcmp(key, "log") == 0 || strcmp(key, "transport") == 0;
}

/* An object of the configuration travels as JSON: {key: value}. */
static mb_status set_object(lua_State *L, mb_config *config, const char *key) {
  size_t size;
  int top = lua_gettop(L);
  lua_newtable(L);
  lua_pushvalue(L, -2);
  lua_setfield(L, -2, key);
  const char *json = mbl_json(L, top + 1, "config", &size);
  mb_status status = json ? mb_config_set_json(config, json, size) : MB_INVALID_NUMBER;
  if (!json) luaL_argerror(L, 1, lua_tostring(L, -2));
  lua_settop(L, top);
  return status;
}

static mb_status set(lua_State *L, mb_config *config, const char *key) {
  switch (lua_type(L, -1)) {
    case LUA_TSTRING: return mb_config_set_text(config, key, mbl_text(L, -1, 1, "", key));
    case LUA_TNUMBER: return mb_config_set_number(config, key, lua_tonumber(L, -1));
    case LUA_TBOOLEAN: return mb_config_set_flag(config, key, lua_toboolean(L, -1));
    case LUA_TTABLE: return set_object(L, config, key);
    default: break;
  }
  luaL_argerror(L, 1, lua_pushfstring(L, "%s: a %s is no value of a configuration", key, luaL_typename(L, -1)));
  return MB_WRONG_TYPE;
}

void mbl_config_read(lua_State *L, mb_config *config) {
  for (lua_pushnil(L); lua_next(L, 1); lua_pop(L, 1)) {
    if (lua_type(L, -2) != LUA_TSTRING)
      luaL_argerror(L, 1, lua_pushfstring(L, "keys must be texts, not %s", luaL_typename(L, -2)));
    const char *key = lua_tostring(L, -2);
    if (is_option(key) || set(L, config, key) == MB_OK) continue;
    luaL_argerror(L, 1, lua_pushfstring(L, "%s", mb_config_error(config)));
  }
}

static const char *type_of_key(const char *name) {
  for (size_t i = 0; mb_config_key_name(i); i++)
    if (strcmp(mb_config_key_name(i), name) == 0) return mb_config_key_type(i);
  return NULL;
}

void mbl_config_push(lua_State *L, const mb_config *config, int index) {
  const char *key = luaL_checkstring(L, index), *type = type_of_key(key);
  if (!type)
    luaL_argerror(L, index, lua_pushfstring(L, "no such configuration key: %s", key));
  else if (strcmp(type, "number") == 0)
    lua_pushnumber(L, mb_config_number(config, key));
  else if (strcmp(type, "flag") == 0)
    lua_pushboolean(L, mb_config_flag(config, key));
  else
    lua_pushstring(L, mb_config_text(config, key)); /* nil for NULL */
}

int mbl_config_keys(lua_State *L) {
  lua_newtable(L);
  for (size_t i = 0; mb_config_key_name(i); i++) {
    const char *const members[][2] = {{"name", mb_config_key_name(i)},
                                      {"type", mb_config_key_type(i)},
                                      {"default", mb_config_key_default(i)},
                                      {"help", mb_config_key_help(i)}};
    lua_newtable(L);
    for (size_t j = 0; j < sizeof members / sizeof *members; j++) {
      lua_pushstring(L, members[j][1]);
      lua_setfield(L, -2, members[j][0]);
    }
    lua_rawseti(L, -2, (int)(i + 1));
  }
  return 1;
}

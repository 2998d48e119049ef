/* Owns the table that require "mediabeat" gives. */
#include <string.h>

#include "client.h"
#include "config.h"
#include "json.h"
#include "transport.h"

#if defined(__GNUC__)
#  define MBL_ENTRY __attribute__((visibility("default")))
#else
#  define MBL_ENTRY
#endif

MBL_ENTRY int luaopen_mediabeat(lua_State *L);

static void add_statuses(lua_State *L) {
  lua_newtable(L);
  for (int status = 0; status < MB_STATUS_COUNT; status++) {
    lua_pushstring(L, mb_status_text((mb_status)status));
    lua_setfield(L, -2, mb_status_name((mb_status)status) + sizeof "MB_" - 1);
  }
  lua_setfield(L, -2, "statuses");
}

/* mediabeat.is_refusal(code): whether a rule refused the call, which is no failure. */
static int is_refusal(lua_State *L) {
  static const char prefix[] = "REFUSED_";
  const char *code = luaL_optstring(L, 1, "");
  lua_pushboolean(L, strncmp(code, prefix, sizeof prefix - 1) == 0);
  return 1;
}

static void add_array(lua_State *L) {
  lua_newtable(L);
  lua_pushliteral(L, "array");
  lua_setfield(L, -2, "__jsontype");
  lua_pushcclosure(L, mbl_json_array, 1);
  lua_setfield(L, -2, "array");
}

static void add_functions(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"client", mbl_client_new}, {"config_keys", mbl_config_keys}, {"is_refusal", is_refusal}, {NULL, NULL}};
  for (const luaL_Reg *function = functions; function->name; function++) {
    lua_pushcfunction(L, function->func);
    lua_setfield(L, -2, function->name);
  }
}

int luaopen_mediabeat(lua_State *L) {
  mbl_client_type(L);
  mbl_tracker_type(L);
  mbl_session_type(L);
  mbl_request_type(L);
  lua_newtable(L);
  add_functions(L);
  add_array(L);
  add_statuses(L);
  lua_pushlightuserdata(L, NULL);
  lua_setfield(L, -2, "null");
  lua_pushstring(L, mb_version());
  lua_setfield(L, -2, "version");
#ifdef MBL_WITH_CURL
  lua_pushboolean(L, 1);
#else
  lua_pushboolean(L, 0);
#endif
  lua_setfield(L, -2, "has_libcurl");
  return 1;
}

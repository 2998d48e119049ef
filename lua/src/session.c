/* Owns the session object: one media session, event by event. */
#include <stddef.h>
#include <string.h>

#include "client.h"
#include "info.h"
#include "json.h"

static const mbl_type session_type;

/* ---- Events ---- */

static int send(lua_State *L) {
  size_t size;
  mbl_handle_check(L, &session_type);
  if (lua_type(L, 2) != LUA_TSTRING) luaL_checktype(L, 2, LUA_TTABLE);
  const char *json = mbl_json(L, 2, "event", &size);
  if (!json) return 3;
  mbl_call call;
  int64_t now_ms;
  mbl_handle *self = mbl_handle_enter(L, &session_type, &call, &now_ms);
  return mbl_call_end(L, self->client, &call, mb_session_send(self->session, json, size, now_ms));
}

/* ---- Updates ---- */

static int update_playhead(lua_State *L) {
  mbl_call call;
  int64_t now_ms;
  if (lua_type(L, 2) != LUA_TNUMBER) mbl_handle_check(L, &session_type), luaL_checktype(L, 2, LUA_TNUMBER);
  double playhead = lua_tonumber(L, 2);
  mbl_handle *self = mbl_handle_enter(L, &session_type, &call, &now_ms);
  return mbl_call_end(L, self->client, &call, mb_session_update_playhead(self->session, playhead, now_ms));
}

static int update_qoe(lua_State *L) {
  mb_qoe_info info;
  mbl_handle_check(L, &session_type);
  luaL_checktype(L, 2, LUA_TTABLE);
  mbl_qoe_read(L, 2, 2, "", &info);
  mbl_call call;
  int64_t now_ms;
  mbl_handle *self = mbl_handle_enter(L, &session_type, &call, &now_ms);
  return mbl_call_end(L, self->client, &call, mb_session_update_qoe(self->session, &info, now_ms));
}

static int set_player_details(lua_State *L) {
  mbl_handle *self = mbl_handle_check(L, &session_type);
  if (self->client->call) return luaL_error(L, "called from inside a callback of this client");
  mb_player_details_fn ask = mbl_handle_keep_details(L) ? mbl_player_details : NULL;
  mbl_call call;
  mbl_call_begin(L, self->client, &call);
  return mbl_call_end(L, self->client, &call, mb_session_set_player_details(self->session, ask, self));
}

static int id(lua_State *L) {
  lua_pushstring(L, mb_session_id(mbl_handle_check(L, &session_type)->session));
  return 1;
}

/* ---- Life ---- */

static int close(lua_State *L) { return mbl_handle_close(L, &session_type); }

static const mbl_method methods[] = {{"send", send, NULL},
                                     {"id", id, NULL},
                                     {"update_playhead", update_playhead, NULL},
                                     {"update_qoe", update_qoe, NULL},
                                     {"set_player_details", set_player_details, NULL},
                                     {"close", close, NULL},
                                     {NULL, NULL, NULL}};

static const mbl_type session_type = {"mediabeat.session", methods, mbl_handle_collect};

void mbl_session_type(lua_State *L) { mbl_type_new(L, &session_type); }

/* ---- Options ---- */

/* What the options at index 2 may hold. Their order is that of `option_types`. */
enum { PLAYER_ID, GRANULAR, NO_PINGS, MANUAL, DETAILS, SESSION_ID, XDM, EVENT, OPTION_COUNT };

static const char *const option_names[OPTION_COUNT] = {"playerId",         "granularAdTracking", "noPings", "manual",
                                                       "getPlayerDetails", "sessionID",          "xdm",     "event"};

static int option_type(int option, bool resumes) {
  switch (option) {
    case PLAYER_ID: return LUA_TSTRING;
    case GRANULAR:
    case NO_PINGS:
    case MANUAL: return LUA_TBOOLEAN;
    case SESSION_ID: return resumes ? LUA_TSTRING : LUA_TFUNCTION;
    case DETAILS: return LUA_TFUNCTION;
    default: return LUA_TTABLE;
  }
}

static int find_option(lua_State *L, int index) {
  const char *key = lua_type(L, index) == LUA_TSTRING ? lua_tostring(L, index) : luaL_typename(L, index);
  for (int option = 0; option < OPTION_COUNT; option++)
    if (strcmp(option_names[option], key) == 0) return option;
  return luaL_argerror(L, 2, lua_pushfstring(L, "no such key: %s", key));
}

static void check_option(lua_State *L, int option, bool resumes) {
  int wanted = option_type(option, resumes), type = lua_type(L, -1);
  bool is_event = option == XDM || option == EVENT;
  if (is_event && resumes) luaL_argerror(L, 2, "a session that is resumed has no opening event");
  if (type == wanted || (is_event && type == LUA_TSTRING)) return;
  luaL_argerror(L, 2,
                lua_pushfstring(L, "%s: %s expected, got %s", option_names[option], lua_typename(L, wanted),
                                lua_typename(L, type)));
}

/* They are replaced with a copy, which keeps the texts and functions. */
static void check_options(lua_State *L, bool resumes) {
  luaL_checktype(L, 2, LUA_TTABLE);
  mbl_copy(L, 2);
  lua_replace(L, 2);
  for (lua_pushnil(L); lua_next(L, 2); lua_pop(L, 1)) check_option(L, find_option(L, lua_gettop(L) - 1), resumes);
}

/* Pushes an option. */
static bool get(lua_State *L, int option) {
  lua_pushstring(L, option_names[option]);
  lua_rawget(L, 2);
  return !lua_isnil(L, -1);
}

static bool flag(lua_State *L, int option) {
  bool set = get(L, option) && lua_toboolean(L, -1);
  lua_pop(L, 1);
  return set;
}

static const char *text(lua_State *L, int option) {
  const char *found = get(L, option) ? mbl_text(L, -1, 2, "", option_names[option]) : NULL;
  lua_pop(L, 1); /* the options keep it */
  return found;
}

/* The object at index 3 keeps the callback. */
static bool keep(lua_State *L, int option, int place) {
  bool given = get(L, option);
  mbl_owned_set(L, 3, place);
  return given;
}

/* ---- Opening ---- */

static mbl_client *check_client(lua_State *L) {
  mbl_client *client = mbl_client_check(L);
  if (client->call) luaL_error(L, "called from inside a callback of this client");
  return client;
}

static mb_session_options begin(lua_State *L, bool resumes, mbl_handle **made) {
  lua_settop(L, 2);
  check_options(L, resumes);
  *made = mbl_handle_new(L, &session_type);
  mb_session_options options = {.size = sizeof options,
                                .player = text(L, PLAYER_ID),
                                .granular_ad_tracking = flag(L, GRANULAR),
                                .no_pings = flag(L, NO_PINGS),
                                .manual = flag(L, MANUAL),
                                .user = *made};
  if (keep(L, DETAILS, MBL_OWN_DETAILS)) options.player_details = mbl_player_details;
  if (!resumes && keep(L, SESSION_ID, MBL_OWN_SESSION_ID)) options.session_id = mbl_session_id;
  return options;
}

static int finish(lua_State *L, mbl_client *client, mbl_call *call, mb_status status) {
  int results = mbl_call_end(L, client, call, status);
  if (status == MB_OK) lua_pushvalue(L, 3);
  return results;
}

/* The handle's client is set before the call: getPlayerDetails is asked in it. */
static int open_session(lua_State *L, mbl_handle *made, const mb_session_options *options, const char *json,
                        size_t size) {
  mbl_call call;
  int64_t now_ms;
  mbl_client *client = mbl_client_enter(L, &call, &now_ms);
  mbl_handle_link(made, client);
  return finish(L, client, &call, mb_session_open(client->client, options, json, size, now_ms, &made->session));
}

int mbl_session_create(lua_State *L) {
  mbl_handle *made;
  size_t size;
  check_client(L);
  const mb_session_options options = begin(L, false, &made);
  bool xdm = get(L, XDM), event = get(L, EVENT);
  if (xdm == event) return luaL_argerror(L, 2, "either xdm or event must be given");
  const char *json = mbl_json(L, xdm ? 4 : 5, xdm ? "xdm" : "event", &size);
  return json ? open_session(L, made, &options, json, size) : 3;
}

int mbl_session_resume(lua_State *L) {
  mbl_handle *made;
  check_client(L);
  const mb_session_options options = begin(L, true, &made);
  const char *id_text = text(L, SESSION_ID);
  mbl_call call;
  int64_t now_ms;
  mbl_client *client = mbl_client_enter(L, &call, &now_ms);
  mbl_handle_link(made, client);
  return finish(L, client, &call, mb_session_resume(client->client, &options, id_text, now_ms, &made->session));
}

/* Owns the tracker object: one method for each call of a player. */
#include <math.h>
#include <stddef.h>
#include <string.h>

#include "client.h"
#include "info.h"

static const mbl_type tracker_type;

static mb_tracker *check(lua_State *L) { return mbl_handle_check(L, &tracker_type)->tracker; }

/* ---- Calls without arguments ---- */

typedef struct bare_row {
  mb_status (*run)(mb_tracker *tracker, int64_t now_ms);
} bare_row;

static int run_bare(lua_State *L) {
  const bare_row *row = lua_touserdata(L, lua_upvalueindex(1));
  mbl_call call;
  int64_t now_ms;
  mbl_handle *self = mbl_handle_enter(L, &tracker_type, &call, &now_ms);
  return mbl_call_end(L, self->client, &call, row->run(self->tracker, now_ms));
}

static const bare_row complete = {mb_tracker_complete}, session_end = {mb_tracker_session_end},
                      play = {mb_tracker_play}, pause_row = {mb_tracker_pause},
                      buffer_start = {mb_tracker_buffer_start}, buffer_complete = {mb_tracker_buffer_complete},
                      seek_start = {mb_tracker_seek_start}, seek_complete = {mb_tracker_seek_complete},
                      ad_break_complete = {mb_tracker_ad_break_complete}, ad_complete = {mb_tracker_ad_complete},
                      ad_skip = {mb_tracker_ad_skip}, chapter_complete = {mb_tracker_chapter_complete},
                      chapter_skip = {mb_tracker_chapter_skip}, bitrate_change = {mb_tracker_bitrate_change};

/* ---- Calls with a text ---- */

typedef struct text_row {
  mb_status (*run)(mb_tracker *tracker, const char *text, int64_t now_ms);
  const char *what; /* the text is */
} text_row;

static int run_text(lua_State *L) {
  const text_row *row = lua_touserdata(L, lua_upvalueindex(1));
  check(L);
  luaL_checktype(L, 2, LUA_TSTRING);
  const char *text = mbl_text(L, 2, 2, "", row->what);
  mbl_call call;
  int64_t now_ms;
  mbl_handle *self = mbl_handle_enter(L, &tracker_type, &call, &now_ms);
  return mbl_call_end(L, self->client, &call, row->run(self->tracker, text, now_ms));
}

static const text_row state_start = {mb_tracker_state_start, "name"}, state_end = {mb_tracker_state_end, "name"},
                      error = {mb_tracker_error, "id"};

/* ---- Calls with information ---- */

static int start_session(lua_State *L) {
  static const mbl_field fields[] = {
      {"id", MBL_TEXT, offsetof(mb_media_info, id)},
      {"name", MBL_TEXT, offsetof(mb_media_info, name)},
      {"length", MBL_NUMBER, offsetof(mb_media_info, length)},
      {"streamType", MBL_TEXT, offsetof(mb_media_info, stream_type)},
      {"mediaType", MBL_TEXT, offsetof(mb_media_info, media_type)},
      {"resumed", MBL_FLAG, offsetof(mb_media_info, resumed)},
      {"granularAdTracking", MBL_FLAG, offsetof(mb_media_info, granular_ad_tracking)},
      {"prerollWaitingTime", MBL_WHOLE, offsetof(mb_media_info, preroll_waiting_time_ms)},
      {NULL, MBL_TEXT, 0}};
  mb_media_info info;
  size_t count;
  check(L);
  mb_media_info_init(&info);
  info.length = -1; /* as every number that is missing: out of range */
  mbl_info_read(L, 2, fields, &info);
  const mb_pair *metadata = mbl_metadata_read(L, 3, &count);
  mbl_call call;
  int64_t now_ms;
  mbl_handle *self = mbl_handle_enter(L, &tracker_type, &call, &now_ms);
  mb_status status = mb_tracker_session_start(self->tracker, &info, metadata, count, now_ms);
  return mbl_call_end(L, self->client, &call, status);
}

static int start_ad_break(lua_State *L) {
  static const mbl_field fields[] = {{"name", MBL_TEXT, offsetof(mb_ad_break_info, name)},
                                     {"position", MBL_WHOLE, offsetof(mb_ad_break_info, position)},
                                     {"startTime", MBL_NUMBER, offsetof(mb_ad_break_info, start_time)},
                                     {NULL, MBL_TEXT, 0}};
  mb_ad_break_info info = {.size = sizeof info, .start_time = -1};
  check(L);
  mbl_info_read(L, 2, fields, &info);
  mbl_call call;
  int64_t now_ms;
  mbl_handle *self = mbl_handle_enter(L, &tracker_type, &call, &now_ms);
  return mbl_call_end(L, self->client, &call, mb_tracker_ad_break_start(self->tracker, &info, now_ms));
}

static int start_ad(lua_State *L) {
  static const mbl_field fields[] = {{"id", MBL_TEXT, offsetof(mb_ad_info, id)},
                                     {"name", MBL_TEXT, offsetof(mb_ad_info, name)},
                                     {"position", MBL_WHOLE, offsetof(mb_ad_info, position)},
                                     {"length", MBL_NUMBER, offsetof(mb_ad_info, length)},
                                     {NULL, MBL_TEXT, 0}};
  mb_ad_info info = {.size = sizeof info, .length = -1};
  size_t count;
  check(L);
  mbl_info_read(L, 2, fields, &info);
  const mb_pair *metadata = mbl_metadata_read(L, 3, &count);
  mbl_call call;
  int64_t now_ms;
  mbl_handle *self = mbl_handle_enter(L, &tracker_type, &call, &now_ms);
  mb_status status = mb_tracker_ad_start(self->tracker, &info, metadata, count, now_ms);
  return mbl_call_end(L, self->client, &call, status);
}

static int start_chapter(lua_State *L) {
  static const mbl_field fields[] = {{"name", MBL_TEXT, offsetof(mb_chapter_info, name)},
                                     {"position", MBL_WHOLE, offsetof(mb_chapter_info, position)},
                                     {"length", MBL_NUMBER, offsetof(mb_chapter_info, length)},
                                     {"startTime", MBL_NUMBER, offsetof(mb_chapter_info, start_time)},
                                     {NULL, MBL_TEXT, 0}};
  mb_chapter_info info = {.size = sizeof info, .length = -1, .start_time = -1};
  size_t count;
  check(L);
  mbl_info_read(L, 2, fields, &info);
  const mb_pair *metadata = mbl_metadata_read(L, 3, &count);
  mbl_call call;
  int64_t now_ms;
  mbl_handle *self = mbl_handle_enter(L, &tracker_type, &call, &now_ms);
  mb_status status = mb_tracker_chapter_start(self->tracker, &info, metadata, count, now_ms);
  return mbl_call_end(L, self->client, &call, status);
}

/* ---- Updates ---- */

static int update_playhead(lua_State *L) {
  mbl_call call;
  int64_t now_ms;
  if (lua_type(L, 2) != LUA_TNUMBER) check(L), luaL_checktype(L, 2, LUA_TNUMBER);
  double playhead = lua_tonumber(L, 2);
  mbl_handle *self = mbl_handle_enter(L, &tracker_type, &call, &now_ms);
  return mbl_call_end(L, self->client, &call, mb_tracker_update_playhead(self->tracker, playhead, now_ms));
}

static int update_qoe(lua_State *L) {
  mb_qoe_info info;
  check(L);
  luaL_checktype(L, 2, LUA_TTABLE);
  mbl_qoe_read(L, 2, 2, "", &info);
  mbl_call call;
  int64_t now_ms;
  mbl_handle *self = mbl_handle_enter(L, &tracker_type, &call, &now_ms);
  return mbl_call_end(L, self->client, &call, mb_tracker_update_qoe(self->tracker, &info, now_ms));
}

static int set_player_details(lua_State *L) {
  mbl_handle *self = mbl_handle_check(L, &tracker_type);
  if (self->client->call) return luaL_error(L, "called from inside a callback of this client");
  mb_player_details_fn ask = mbl_handle_keep_details(L) ? mbl_player_details : NULL;
  mbl_call call;
  mbl_call_begin(L, self->client, &call);
  return mbl_call_end(L, self->client, &call, mb_tracker_set_player_details(self->tracker, ask, self));
}

/* ---- Life ---- */

static int close(lua_State *L) { return mbl_handle_close(L, &tracker_type); }

static const mbl_method methods[] = {{"session_start", start_session, NULL},
                                     {"complete", run_bare, &complete},
                                     {"session_end", run_bare, &session_end},
                                     {"play", run_bare, &play},
                                     {"pause", run_bare, &pause_row},
                                     {"buffer_start", run_bare, &buffer_start},
                                     {"buffer_complete", run_bare, &buffer_complete},
                                     {"seek_start", run_bare, &seek_start},
                                     {"seek_complete", run_bare, &seek_complete},
                                     {"ad_break_start", start_ad_break, NULL},
                                     {"ad_break_complete", run_bare, &ad_break_complete},
                                     {"ad_start", start_ad, NULL},
                                     {"ad_complete", run_bare, &ad_complete},
                                     {"ad_skip", run_bare, &ad_skip},
                                     {"chapter_start", start_chapter, NULL},
                                     {"chapter_complete", run_bare, &chapter_complete},
                                     {"chapter_skip", run_bare, &chapter_skip},
                                     {"state_start", run_text, &state_start},
                                     {"state_end", run_text, &state_end},
                                     {"bitrate_change", run_bare, &bitrate_change},
                                     {"error", run_text, &error},
                                     {"update_playhead", update_playhead, NULL},
                                     {"update_qoe", update_qoe, NULL},
                                     {"set_player_details", set_player_details, NULL},
                                     {"close", close, NULL},
                                     {NULL, NULL, NULL}};

static const mbl_type tracker_type = {"mediabeat.tracker", methods, mbl_handle_collect};

void mbl_tracker_type(lua_State *L) { mbl_type_new(L, &tracker_type); }

/* The options at index 2 are replaced with a copy, which keeps the name and the function. */
static bool read_options(lua_State *L, const char **player) {
  bool asks = false;
  if (lua_isnoneornil(L, 2)) return false;
  luaL_checktype(L, 2, LUA_TTABLE);
  mbl_copy(L, 2);
  lua_replace(L, 2);
  for (lua_pushnil(L); lua_next(L, 2); lua_pop(L, 1)) {
    const char *key = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : luaL_typename(L, -2);
    if (strcmp(key, "player") == 0) {
      if (lua_type(L, -1) != LUA_TSTRING) luaL_argerror(L, 2, "player: string expected");
      *player = mbl_text(L, -1, 2, "", key);
    } else if (strcmp(key, "player_details") == 0) {
      if (!lua_isfunction(L, -1)) luaL_argerror(L, 2, "player_details: function expected");
      asks = true;
    } else {
      luaL_argerror(L, 2, lua_pushfstring(L, "no such key: %s", key));
    }
  }
  return asks;
}

int mbl_tracker_new(lua_State *L) {
  const char *player = NULL;
  mbl_client *client = mbl_client_check(L);
  lua_settop(L, 2);
  bool asks = read_options(L, &player);
  if (client->call) return luaL_error(L, "called from inside a callback of this client");
  mbl_handle *made = mbl_handle_new(L, &tracker_type);
  if (asks) lua_getfield(L, 2, "player_details"), mbl_owned_set(L, 3, MBL_OWN_DETAILS);
  mbl_call call;
  mbl_call_begin(L, client, &call);
  mb_status status = mb_tracker_new(client->client, player, &made->tracker);
  if (status == MB_OK) mbl_handle_link(made, client);
  if (status == MB_OK && asks) status = mb_tracker_set_player_details(made->tracker, mbl_player_details, made);
  int results = mbl_call_end(L, client, &call, status);
  if (status == MB_OK) lua_pushvalue(L, 3);
  return results;
}

/* Decides what calls from Lua are measured against: an empty C function called from Lua, and the same calls from C. A Lua
 * module. */
#include <lauxlib.h>
#include <lua.h>
#include <mediabeat/mediabeat.h>
#include <time.h>

int luaopen_lua_calls(lua_State *L);

enum { EVENTS = 2000 }; /* of one client: they wait in its queue */

static int64_t system_ms(void) {
  struct timespec now;
  timespec_get(&now, TIME_UTC);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static double seconds(void) {
  struct timespec now;
  timespec_get(&now, TIME_UTC);
  return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* What a method does at least: it says that it is done. */
static int empty(lua_State *L) {
  lua_pushboolean(L, 1);
  return 1;
}

static mb_tracker *start(mb_client **client) {
  mb_config *config;
  mb_tracker *tracker;
  mb_media_info info;
  mb_media_info_init(&info);
  info.id = info.name = "a";
  info.length = 60;
  info.stream_type = "vod";
  info.media_type = "video";
  info.preroll_waiting_time_ms = 0;
  if (mb_config_new(NULL, &config) != MB_OK) return NULL;
  mb_status status = mb_client_new(config, NULL, client);
  mb_config_free(config);
  if (status != MB_OK || mb_tracker_new(*client, NULL, &tracker) != MB_OK) return NULL;
  return mb_tracker_session_start(tracker, &info, NULL, 0, system_ms()) == MB_OK ? tracker : NULL;
}

static double updates(mb_tracker *tracker, mb_client *client, int count) {
  (void)client;
  double before = seconds();
  for (int i = 0; i < count; i++) mb_tracker_update_playhead(tracker, i, system_ms());
  return seconds() - before;
}

static double ticks(mb_tracker *tracker, mb_client *client, int count) {
  (void)tracker;
  double before = seconds();
  for (int i = 0; i < count; i++) mb_client_tick(client, system_ms());
  return seconds() - before;
}

static double events(mb_tracker *tracker, mb_client *client, int count) {
  (void)client;
  double before = seconds();
  for (int i = 0; i < count; i += 2) {
    mb_tracker_pause(tracker, system_ms());
    mb_tracker_play(tracker, system_ms());
  }
  return seconds() - before;
}

/* from_c(what, count): how long that many calls take in C, in seconds. */
static int from_c(lua_State *L) {
  static const char *const names[] = {"update", "tick", "event", NULL};
  static double (*const runs[])(mb_tracker *, mb_client *, int) = {updates, ticks, events};
  int what = luaL_checkoption(L, 1, NULL, names), count = (int)luaL_checknumber(L, 2);
  double passed = 0;
  for (int left = count; left > 0; left -= EVENTS) {
    mb_client *client = NULL;
    mb_tracker *tracker = start(&client);
    if (!tracker) return luaL_error(L, "out of memory");
    passed += runs[what](tracker, client, left < EVENTS ? left : EVENTS);
    mb_client_free(client);
  }
  lua_pushnumber(L, passed);
  return 1;
}

static int now(lua_State *L) {
  lua_pushnumber(L, seconds());
  return 1;
}

__attribute__((visibility("default"))) int luaopen_lua_calls(lua_State *L) {
  lua_newtable(L);
  lua_pushcfunction(L, empty);
  lua_setfield(L, -2, "empty");
  lua_pushcfunction(L, from_c);
  lua_setfield(L, -2, "from_c");
  lua_pushcfunction(L, now);
  lua_setfield(L, -2, "now");
  return 1;
}

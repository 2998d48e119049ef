/* Owns the client object: mediabeat.client{...} and its methods. */
#include "client.h"

#include <math.h>
#include <string.h>

#include "config.h"
#include "transport.h"

static const mbl_type client_type;

/* ---- Doors ---- */

mbl_client *mbl_client_check(lua_State *L) {
  mbl_client *client = mbl_check(L, 1, &client_type);
  if (!client->client) luaL_error(L, "the client is closed");
  return client;
}

int64_t mbl_client_now(lua_State *L, const mbl_client *client) {
  if (client->call) luaL_error(L, "called from inside a callback of this client");
  return mbl_clock_ms(L, client);
}

mbl_client *mbl_client_enter(lua_State *L, mbl_call *call, int64_t *now_ms) {
  mbl_client *client = mbl_client_check(L);
  *now_ms = mbl_client_now(L, client);
  if (client->has_clock) mbl_client_check(L); /* which may have closed it */
  mbl_call_begin(L, client, call);
  return client;
}

/* Seconds as milliseconds: not negative, at most some thousand years. */
static int64_t duration_ms(lua_State *L, int index, const char *what) {
  static const double most = 1e11;
  double seconds = lua_tonumber(L, index);
  if (lua_type(L, index) != LUA_TNUMBER || !(seconds >= 0))
    luaL_error(L, "%s: seconds expected, not negative, got %s", what,
               lua_type(L, index) == LUA_TNUMBER ? "another number" : luaL_typename(L, index));
  return llround(fmin(seconds, most) * 1000);
}

/* ---- Time and delivery ---- */

typedef struct timed_row {
  mb_status (*run)(mb_client *client, int64_t now_ms);
} timed_row;

static const timed_row tick_row = {mb_client_tick}, deliver_row = {mb_client_deliver};

static int run_timed(lua_State *L) {
  const timed_row *row = lua_touserdata(L, lua_upvalueindex(1));
  mbl_call call;
  int64_t now_ms;
  mbl_client *client = mbl_client_enter(L, &call, &now_ms);
  return mbl_call_end(L, client, &call, row->run(client->client, now_ms));
}

static int next_deadline(lua_State *L) {
  mbl_client *client = mbl_client_check(L);
  mbl_call call;
  mbl_call_begin(L, client, &call); /* a transport of the application is asked too */
  int64_t at = mb_client_next_deadline(client->client);
  mbl_call_leave(L, client, &call);
  if (at == MB_NEVER)
    lua_pushnil(L);
  else
    lua_pushnumber(L, (lua_Number)at / 1000);
  return 1;
}

static int now(lua_State *L) {
  mbl_client *client = mbl_client_check(L);
  lua_pushnumber(L, (lua_Number)mbl_clock_ms(L, client) / 1000);
  return 1;
}

static int wait(lua_State *L) {
  mbl_client *client = mbl_client_check(L);
  int64_t timeout_ms = duration_ms(L, 2, "wait");
  mbl_call call;
  if (client->call) return luaL_error(L, "called from inside a callback of this client");
  mbl_call_begin(L, client, &call);
  int64_t passed = mb_client_wait(client->client, timeout_ms);
  mbl_call_leave(L, client, &call);
  lua_pushnumber(L, (lua_Number)passed / 1000);
  return 1;
}

static int descriptor(lua_State *L) {
  mbl_client *client = mbl_client_check(L);
  mbl_call call;
  mbl_call_begin(L, client, &call);
  int found = mb_client_descriptor(client->client);
  mbl_call_leave(L, client, &call);
  if (found < 0)
    lua_pushnil(L);
  else
    lua_pushinteger(L, found);
  return 1;
}

/* ---- What the application decides ---- */

static int set_consent(lua_State *L) {
  static const char *const names[] = {"in", "unknown", "out", NULL};
  mbl_client_check(L);
  mb_consent consent = (mb_consent)luaL_checkoption(L, 2, NULL, names);
  mbl_call call;
  int64_t now_ms;
  mbl_client *client = mbl_client_enter(L, &call, &now_ms);
  return mbl_call_end(L, client, &call, mb_client_set_consent(client->client, consent, now_ms));
}

static int set_online(lua_State *L) {
  mbl_client_check(L);
  luaL_checktype(L, 2, LUA_TBOOLEAN);
  mbl_call call;
  int64_t now_ms;
  mbl_client *client = mbl_client_enter(L, &call, &now_ms);
  return mbl_call_end(L, client, &call, mb_client_set_online(client->client, lua_toboolean(L, 2), now_ms));
}

static int record(lua_State *L) {
  mbl_client *client = mbl_client_check(L);
  luaL_checktype(L, 2, LUA_TFUNCTION);
  lua_settop(L, 2);
  if (client->call) return luaL_error(L, "called from inside a callback of this client");
  mbl_call call;
  mbl_call_begin(L, client, &call);
  mb_status status = mb_client_record(client->client, mbl_record, client);
  int results = mbl_call_end(L, client, &call, status);
  if (status != MB_OK) return results;
  lua_pushvalue(L, 2);
  mbl_owned_set(L, 1, MBL_OWN_RECORD);
  return results;
}

/* ---- What it can be asked ---- */

/* MB_DROP_QUEUE_FULL is queue_full. */
static void push_drop_name(lua_State *L, mb_drop reason) {
  static const char *const names[] = {
#define NAME(name, text) #name,
      MB_DROP_LIST(NAME)
#undef NAME
  };
  char text[40];
  const char *from = names[reason] + sizeof "MB_DROP_" - 1;
  size_t size = 0;
  for (; *from && size < sizeof text; from++)
    text[size++] = *from >= 'A' && *from <= 'Z' ? (char)(*from - 'A' + 'a') : *from;
  lua_pushlstring(L, text, size);
}

static void push_count(lua_State *L, uint64_t count) {
#if LUA_VERSION_NUM >= 503
  lua_pushinteger(L, (lua_Integer)count);
#else
  lua_pushnumber(L, (lua_Number)count);
#endif
}

static void push_dropped(lua_State *L, const mb_stats *of) {
  lua_createtable(L, 0, MB_DROP_COUNT);
  for (int reason = 0; reason < MB_DROP_COUNT; reason++) {
    push_drop_name(L, (mb_drop)reason);
    push_count(L, of->dropped[reason]);
    lua_rawset(L, -3);
  }
}

static int stats(lua_State *L) {
  static const struct {
    const char *name;
    size_t offset;
  } counts[] = {{"accepted", offsetof(mb_stats, accepted)}, {"delivered", offsetof(mb_stats, delivered)},
                {"queued", offsetof(mb_stats, queued)},     {"queued_bytes", offsetof(mb_stats, queued_bytes)},
                {"held", offsetof(mb_stats, held)},         {"requests", offsetof(mb_stats, requests)},
                {"retries", offsetof(mb_stats, retries)},   {"reopened", offsetof(mb_stats, reopened)},
                {"resent", offsetof(mb_stats, resent)},     {"refused_calls", offsetof(mb_stats, refused_calls)},
                {"sessions", offsetof(mb_stats, sessions)}, {"recovered", offsetof(mb_stats, recovered)},
                {"stored", offsetof(mb_stats, stored)},     {"possibly_doubled", offsetof(mb_stats, possibly_doubled)}};
  mbl_client *client = mbl_check(L, 1, &client_type);
  mb_stats of = client->final;
  if (client->client) {
    of = (mb_stats){.size = sizeof of};
    mb_client_stats(client->client, &of);
  }
  lua_createtable(L, 0, sizeof counts / sizeof *counts + 1);
  for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
    push_count(L, *(const uint64_t *)(const void *)((const char *)&of + counts[i].offset));
    lua_setfield(L, -2, counts[i].name);
  }
  push_dropped(L, &of);
  lua_setfield(L, -2, "dropped");
  return 1;
}

static int last_error(lua_State *L) {
  const char *text = mb_client_error(mbl_client_check(L)->client);
  lua_pushstring(L, *text ? text : NULL);
  return 1;
}

static int config(lua_State *L) {
  mbl_client *client = mbl_check(L, 1, &client_type);
  if (!client->config) return luaL_error(L, "the client is closed");
  mbl_config_push(L, client->config, 2);
  return 1;
}

/* ---- The end ---- */

static void release(mbl_client *client) {
  mb_client_free(client->client);
  client->client = NULL;
  mb_config_free(client->config);
  client->config = NULL;
  mbl_handle_close_all(client);
  client->has_orphans = false;
}

static int64_t close_timeout_ms(lua_State *L) {
  enum { DEFAULT_MS = 5000 };
  if (lua_isnil(L, 2)) return DEFAULT_MS;
  luaL_checktype(L, 2, LUA_TTABLE);
  for (lua_pushnil(L); lua_next(L, 2); lua_pop(L, 1)) {
    const char *key = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : luaL_typename(L, -2);
    if (strcmp(key, "timeout") != 0) luaL_argerror(L, 2, lua_pushfstring(L, "no such key: %s", key));
  }
  lua_getfield(L, 2, "timeout");
  int64_t timeout_ms = lua_isnil(L, -1) ? DEFAULT_MS : duration_ms(L, lua_gettop(L), "timeout");
  lua_pop(L, 1);
  return timeout_ms;
}

static int close(lua_State *L) {
  mbl_client *client = mbl_check(L, 1, &client_type);
  lua_settop(L, 2);
  if (client->client) {
    int64_t timeout_ms = close_timeout_ms(L), now_ms;
    mbl_call call;
    mbl_client_enter(L, &call, &now_ms);
    mb_client_close(client->client, now_ms, now_ms + timeout_ms);
    client->final.size = sizeof client->final;
    mb_client_stats(client->client, &client->final);
    release(client);
    mbl_call_leave(L, client, &call);
  }
  lua_pushboolean(L, 1);
  return 1;
}

/* In the middle of a call only when its Lua state is closed from a callback: nothing can be freed then. */
static int collect(lua_State *L) {
  mbl_client *client = lua_touserdata(L, 1);
  if (client && !client->call) release(client);
  return 0;
}

/* ---- The beginning ---- */

static const mbl_method methods[] = {{"tick", run_timed, &tick_row},
                                     {"deliver", run_timed, &deliver_row},
                                     {"wait", wait, NULL},
                                     {"next_deadline", next_deadline, NULL},
                                     {"now", now, NULL},
                                     {"descriptor", descriptor, NULL},
                                     {"set_consent", set_consent, NULL},
                                     {"set_online", set_online, NULL},
                                     {"record", record, NULL},
                                     {"stats", stats, NULL},
                                     {"error", last_error, NULL},
                                     {"config", config, NULL},
                                     {"tracker", mbl_tracker_new, NULL},
                                     {"create_media_session", mbl_session_create, NULL},
                                     {"resume_media_session", mbl_session_resume, NULL},
                                     {"close", close, NULL},
                                     {NULL, NULL, NULL}};

static const mbl_type client_type = {"mediabeat.client", methods, collect};

void mbl_client_type(lua_State *L) { mbl_type_new(L, &client_type); }

static bool keep_function(lua_State *L, int client_index, const char *key, int place) {
  lua_getfield(L, 1, key);
  bool given = !lua_isnil(L, -1);
  if (given && !lua_isfunction(L, -1))
    luaL_argerror(L, 1, lua_pushfstring(L, "%s: function expected, got %s", key, luaL_typename(L, -1)));
  mbl_owned_set(L, client_index, place);
  return given;
}

static mbl_client *push_client(lua_State *L) {
  mbl_client *client = mbl_object_new(L, sizeof *client, &client_type);
  client->final.size = sizeof client->final;
  mbl_object_register(L, client);
  return client;
}

/* The configuration becomes the client's at once, so that an error leaves nothing behind. */
static void configure(lua_State *L, mbl_client *client, bool logs) {
  mb_host host = {.size = sizeof host, .user = client, .log = logs ? mbl_log : NULL};
  if (mb_config_new(&host, &client->config) != MB_OK) luaL_error(L, "out of memory");
  mbl_config_read(L, client->config);
}

static mb_status make(lua_State *L, mbl_client *client) {
  mb_transport transport;
  bool sends;
  mbl_call call;
  lua_getfield(L, 1, "transport");
  mb_status status = mbl_transport_new(L, lua_gettop(L), 2, client, &transport, &sends);
  if (status != MB_OK) return status;
  mbl_call_begin(L, client, &call);
  status = mb_client_new(client->config, sends ? &transport : NULL, &client->client);
  if (status != MB_OK && sends && transport.free) transport.free(transport.user);
  mbl_call_leave(L, client, &call);
  return status;
}

static int refused(lua_State *L, const mbl_client *client, mb_status status) {
  const char *detail = mb_config_error(client->config);
#ifndef MBL_WITH_CURL
  if (status == MB_TRANSPORT_FAILED) detail = "transport: missing, and this module was built without libcurl";
#endif
  lua_pushnil(L);
  lua_pushstring(L, *detail ? detail : mb_status_text(status));
  lua_pushstring(L, mb_status_name(status) + sizeof "MB_" - 1);
  return 3;
}

int mbl_client_new(lua_State *L) {
  if (lua_isnoneornil(L, 1)) lua_settop(L, 0), lua_newtable(L);
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  mbl_client *client = push_client(L);
  client->has_clock = keep_function(L, 2, "clock", MBL_OWN_CLOCK);
  configure(L, client, keep_function(L, 2, "log", MBL_OWN_LOG));
  mb_status status = make(L, client);
  if (status != MB_OK) return refused(L, client, status);
  lua_settop(L, 2);
  return 1;
}

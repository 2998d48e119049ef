/* Owns the way from the library into Lua functions and back. */
#include "callbacks.h"

#include <math.h>
#include <string.h>
#include <time.h>

#include "client.h"
#include "info.h"

/* ---- Calls ---- */

void mbl_call_begin(lua_State *L, mbl_client *client, mbl_call *call) {
  *call = (mbl_call){.state = L, .outer = client->call};
  client->call = call;
}

void mbl_call_leave(lua_State *L, mbl_client *client, mbl_call *call) {
  client->call = call->outer;
  if (client->has_orphans && !client->call) mbl_handle_free_orphans(client);
  if (!call->error) return;
  lua_settop(L, call->error);
  lua_error(L);
}

static int answer(lua_State *L, const mbl_client *client, mb_status status) {
  const char *detail = client->client ? mb_client_error(client->client) : "";
  lua_pushnil(L);
  lua_pushstring(L, *detail ? detail : mb_status_text(status));
  lua_pushstring(L, mb_status_name(status) + sizeof "MB_" - 1);
  return 3;
}

int mbl_call_end(lua_State *L, mbl_client *client, mbl_call *call, mb_status status) {
  mbl_call_leave(L, client, call);
  if (status != MB_OK) return answer(L, client, status);
  lua_pushboolean(L, 1);
  return 1;
}

/* It stays where it is, on top of the stack of the function that has called. The first one is raised: what comes after
 * it may come of it. */
static void keep_error(mbl_call *call) {
  if (call->error)
    lua_pop(call->state, 1);
  else
    call->error = lua_gettop(call->state);
}

bool mbl_callback(mbl_client *client, lua_CFunction run, void *data) {
  mbl_call *call = client ? client->call : NULL;
  if (!call) return false;
  bool in_transport = client->in_transport;
  client->in_transport = false;
  bool good = mbl_protect(call->state, run, data) == 0;
  client->in_transport = in_transport;
  if (!good) keep_error(call);
  return good;
}

/* Level 0 is the function of the callback, 1 the method that is under way, 2 who has called it. */
int mbl_callback_error(lua_State *L, const char *message) {
  luaL_where(L, 2);
  lua_pushstring(L, message);
  lua_concat(L, 2);
  return lua_error(L);
}

/* ---- Log, record, session id ---- */

typedef struct message {
  const void *key; /* the object that has the function */
  int place;
  mb_log_level level;
  const char *text;
  size_t size;
} message;

static int say(lua_State *L) {
  static const char *const levels[] = {"error", "warning", "info", "debug", "bodies"};
  const message *said = lua_touserdata(L, 1);
  int count = 1;
  if (!mbl_owned_push(L, said->key, said->place)) return 0;
  if (said->place == MBL_OWN_LOG) lua_pushstring(L, levels[said->level]), count++;
  lua_pushlstring(L, said->text, said->size);
  lua_call(L, count, 0);
  return 0;
}

void mbl_log(void *user, mb_log_level level, const char *text) {
  message said = {.key = user, .place = MBL_OWN_LOG, .level = level, .text = text, .size = strlen(text)};
  mbl_callback(user, say, &said);
}

void mbl_record(void *user, const char *line, size_t size) {
  message said = {.key = user, .place = MBL_OWN_RECORD, .text = line, .size = size};
  mbl_callback(user, say, &said);
}

void mbl_session_id(void *user, const char *id) {
  mbl_handle *handle = user;
  message said = {.key = handle, .place = MBL_OWN_SESSION_ID, .text = id, .size = strlen(id)};
  mbl_callback(handle->client, say, &said);
}

/* ---- Player details ---- */

typedef struct question {
  mbl_handle *handle;
  mb_player_details *details;
  bool answered;
} question;

static int blame_member(lua_State *L, const char *key, const char *wanted) {
  return mbl_callback_error(
      L, lua_pushfstring(L, "player details: %s: %s expected, got %s", key, wanted, luaL_typename(L, -1)));
}

static void read_playhead(lua_State *L, int table, mb_player_details *details) {
  lua_getfield(L, table, "playhead");
  if (lua_type(L, -1) == LUA_TNUMBER)
    details->playhead = lua_tonumber(L, -1);
  else if (!lua_isnil(L, -1))
    blame_member(L, "playhead", "number");
  lua_pop(L, 1);
}

static void read_quality(lua_State *L, int table, mb_player_details *details) {
  static const char *const names[] = {"qoe", "qoeDataDetails"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    lua_getfield(L, table, names[i]);
    if (!lua_isnil(L, -1)) {
      if (!lua_istable(L, -1)) blame_member(L, names[i], "table");
      mbl_qoe_read(L, lua_gettop(L), 0, names[i], &details->qoe);
      details->has_qoe = true;
    }
    lua_pop(L, 1);
  }
}

/* A number is the playhead; nil: it stays as it was. */
static int ask(lua_State *L) {
  question *asked = lua_touserdata(L, 1);
  mb_player_details details = *asked->details;
  if (!mbl_owned_push(L, asked->handle, MBL_OWN_DETAILS)) return 0;
  lua_call(L, 0, 1);
  switch (lua_type(L, -1)) {
    case LUA_TNIL: return 0;
    case LUA_TNUMBER: details.playhead = lua_tonumber(L, -1); break;
    case LUA_TTABLE: read_playhead(L, lua_gettop(L), &details), read_quality(L, lua_gettop(L), &details); break;
    default:
      return mbl_callback_error(L, lua_pushfstring(L, "player details: table expected, got %s", luaL_typename(L, -1)));
  }
  *asked->details = details;
  asked->answered = true;
  return 0;
}

bool mbl_player_details(void *user, mb_player_details *details) {
  mbl_handle *handle = user;
  question asked = {.handle = handle, .details = details};
  return mbl_callback(handle->client, ask, &asked) && asked.answered;
}

/* ---- The clock ---- */

static int64_t system_ms(void) {
  struct timespec now;
  timespec_get(&now, TIME_UTC);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t called_ms(lua_State *L, const mbl_client *client) {
  if (!mbl_owned_push(L, client, MBL_OWN_CLOCK)) return system_ms();
  lua_call(L, 0, 1);
  double seconds = lua_type(L, -1) == LUA_TNUMBER ? lua_tonumber(L, -1) : (double)NAN;
  if (!(fabs(seconds) < 1e12)) luaL_error(L, "clock: seconds since 1970 expected, got %s", luaL_typename(L, -1));
  lua_pop(L, 1);
  return llround(seconds * 1000);
}

int64_t mbl_clock_ms(lua_State *L, const mbl_client *client) {
  return client->has_clock ? called_ms(L, client) : system_ms();
}

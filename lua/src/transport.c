/* Owns the transport that is a table of Lua functions, and the requests that it is given. */
#include "transport.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "info.h"

#ifdef MBL_WITH_CURL
#  include <mediabeat/curl.h>
#  include <pthread.h>
#endif

/* A request while anybody knows it: the library, or a Lua object. */
struct mbl_request {
  mbl_client *client;
  mb_request *request; /* NULL: it has ended */
  mbl_request *next;   /* of those that were dropped */
  bool has_object;
};

/* ---- The object ---- */

/* What the userdata of a request is. */
typedef struct reference {
  mbl_object object;
  mbl_request *request;
} reference;

static const mbl_type request_type;

static mbl_request *check(lua_State *L) {
  const reference *given = mbl_check(L, 1, &request_type);
  if (!given->request || !given->request->request) luaL_error(L, "the request has ended");
  return given->request;
}

typedef struct text_row {
  const char *(*read)(const mb_request *request);
} text_row;

static const text_row method = {mb_request_method}, url = {mb_request_url}, path = {mb_request_path},
                      content_type = {mb_request_content_type}, player = {mb_request_player};

static int read_text(lua_State *L) {
  const text_row *row = lua_touserdata(L, lua_upvalueindex(1));
  lua_pushstring(L, row->read(check(L)->request));
  return 1;
}

static int body(lua_State *L) {
  size_t size;
  const char *bytes = mb_request_body(check(L)->request, &size);
  lua_pushlstring(L, bytes, size);
  return 1;
}

static int session(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)mb_request_session(check(L)->request));
  return 1;
}

/* ---- Answers ---- */

/* The answer that is the table at `index`, which is replaced with a copy: its texts are valid as long as that is. */
static mb_response read_response(lua_State *L, int index, int argument, const char *where) {
  typedef struct answer {
    mb_response response;
    int64_t status;
    mbl_bytes body;
  } answer;
  static const mbl_field fields[] = {{"status", MBL_WHOLE, offsetof(answer, status)},
                                     {"location", MBL_TEXT, offsetof(answer, response.location)},
                                     {"retry_after", MBL_WHOLE, offsetof(answer, response.retry_after_s)},
                                     {"body", MBL_BYTES, offsetof(answer, body)},
                                     {"error", MBL_TEXT, offsetof(answer, response.error)},
                                     {"not_sent", MBL_FLAG, offsetof(answer, response.not_sent)},
                                     {NULL, MBL_TEXT, 0}};
  answer given = {.response = {.size = sizeof given.response}};
  mbl_copy(L, index);
  lua_replace(L, index);
  mbl_info_read_at(L, index, argument, where, fields, &given);
  given.response.status = given.status >= 0 && given.status <= 999 ? (int)given.status : 0;
  given.response.body = given.body.bytes;
  given.response.body_size = given.body.size;
  return given.response;
}

/* The library forgets the request in this call. */
static mb_request *take(mbl_request *request) {
  mb_request *taken = request->request;
  request->request = NULL;
  return taken;
}

static void answer(lua_State *L, mbl_request *request, const mb_response *response, int64_t now_ms) {
  mbl_client *client = request->client;
  mbl_call call;
  mbl_call_begin(L, client, &call);
  mb_request_complete(take(request), response, now_ms);
  mbl_call_leave(L, client, &call);
}

/* request:complete{...}: from the transport's send or poll, or when the client is in no call. The request does not keep
 * its client alive: the stack does until the call is over. */
static int complete(lua_State *L) {
  mbl_request *request = check(L);
  luaL_checktype(L, 2, LUA_TTABLE);
  mb_response response = read_response(L, 2, 2, "");
  if (!mbl_object_push(L, request->client)) return luaL_error(L, "the request has ended");
  if (request->client->call && !request->client->in_transport)
    return luaL_error(L, "a request can be completed in send and poll, or outside of callbacks");
  int64_t now_ms = mbl_clock_ms(L, request->client);
  answer(L, check(L), &response, now_ms); /* checked again: the clock may have ended it */
  lua_pushboolean(L, 1);
  return 1;
}

/* ---- Life ---- */

static const mbl_method methods[] = {{"method", read_text, &method},
                                     {"url", read_text, &url},
                                     {"path", read_text, &path},
                                     {"content_type", read_text, &content_type},
                                     {"player", read_text, &player},
                                     {"session", session, NULL},
                                     {"body", body, NULL},
                                     {"complete", complete, NULL},
                                     {NULL, NULL, NULL}};

/* A request whose object is gone can never be completed: the next poll says that no answer came. */
static int collect(lua_State *L) {
  reference *given = lua_touserdata(L, 1);
  mbl_request *request = given ? given->request : NULL;
  if (!request) return 0;
  given->request = NULL;
  request->has_object = false;
  if (request->request) {
    request->next = request->client->dropped;
    request->client->dropped = request;
  } else {
    free(request);
  }
  return 0;
}

static const mbl_type request_type = {"mediabeat.request", methods, collect};

void mbl_request_type(lua_State *L) { mbl_type_new(L, &request_type); }

static void push_request(lua_State *L, mbl_request *request) {
  reference *made = mbl_object_new(L, sizeof *made, &request_type);
  mbl_object_register(L, request);
  made->request = request;
  request->has_object = true;
}

static void forget(mbl_request *request) {
  request->request = NULL;
  if (!request->has_object) free(request);
}

/* ---- Calls ---- */

/* One call of one function of the transport. */
typedef struct transport_call {
  mbl_client *client;
  const char *function;
  mbl_request *request; /* send: made; cancel: ended */
  int64_t time;         /* given: now, or how long; got: when, or how long */
  mb_status status;
} transport_call;

/* Pushes a function of the transport; false: it has none. */
static bool push_function(lua_State *L, const transport_call *call) {
  if (!mbl_owned_push(L, call->client, MBL_OWN_TRANSPORT)) return false;
  lua_getfield(L, -1, call->function);
  lua_remove(L, -2);
  if (!lua_isnil(L, -1)) return true;
  lua_pop(L, 1);
  return false;
}

static int blame_answer(lua_State *L, const transport_call *call, const char *wanted) {
  return mbl_callback_error(L,
                            lua_pushfstring(L, "transport: %s must return %s, not %s", call->function, wanted,
                                            lua_type(L, -1) == LUA_TNUMBER ? "such a number" : luaL_typename(L, -1)));
}

/* A table answers at once, nothing means later, false not now. */
static int call_send(lua_State *L) {
  transport_call *call = lua_touserdata(L, 1);
  if (!push_function(L, call)) return luaL_error(L, "transport: send is gone");
  push_request(L, call->request);
  lua_pushvalue(L, -1);
  lua_insert(L, -3);
  call->status = MB_OK; /* from here on the request is the transport's */
  call->client->in_transport = true;
  lua_call(L, 1, 1);
  if (lua_istable(L, -1)) {
    mb_response response = read_response(L, lua_gettop(L), 0, "answer");
    if (!call->request->request)
      return mbl_callback_error(L, "transport: send answers a request that it has completed");
    answer(L, call->request, &response, call->time);
  } else if (lua_type(L, -1) == LUA_TBOOLEAN && !lua_toboolean(L, -1)) {
    if (call->request->request) call->status = MB_BUSY;
  } else if (!lua_isnil(L, -1)) {
    return blame_answer(L, call, "a table, nil or false");
  }
  return 0;
}

static mb_status lua_send(void *user, mb_request *request, int64_t now_ms) {
  mbl_client *client = user;
  if (!client->call) return MB_BUSY; /* the client is being collected */
  mbl_request *made = calloc(1, sizeof *made);
  if (!made) return MB_NO_MEMORY;
  *made = (mbl_request){.client = client, .request = request};
  mb_request_set_user(request, made);
  transport_call call = {.client = client, .function = "send", .request = made, .time = now_ms, .status = MB_NO_MEMORY};
  bool good = mbl_callback(client, call_send, &call);
  bool answered = !made->request;
  if (answered || (good && call.status == MB_OK)) {
    if (answered && !made->has_object) free(made);
    return MB_OK;
  }
  mb_request_set_user(request, NULL);
  forget(made);
  return call.status == MB_BUSY ? MB_BUSY : MB_TRANSPORT_FAILED;
}

static int call_cancel(lua_State *L) {
  transport_call *call = lua_touserdata(L, 1);
  if (!push_function(L, call) || !mbl_object_push(L, call->request)) return 0;
  lua_call(L, 1, 0);
  return 0;
}

static void remove_dropped(mbl_client *client, const mbl_request *request) {
  for (mbl_request **place = &client->dropped; *place; place = &(*place)->next)
    if (*place == request) {
      *place = request->next;
      return;
    }
}

static void lua_cancel(void *user, mb_request *request) {
  mbl_client *client = user;
  mbl_request *ended = mb_request_user(request);
  transport_call call = {.client = client, .function = "cancel", .request = ended};
  ended->request = NULL;
  if (ended->has_object) {
    mbl_callback(client, call_cancel, &call);
  } else {
    remove_dropped(client, ended);
    free(ended);
  }
}

static void complete_dropped(mbl_client *client, int64_t now_ms) {
  const mb_response lost = {.size = sizeof lost, .error = "the transport has let go of the request"};
  for (mbl_request *request; (request = client->dropped);) {
    client->dropped = request->next;
    mb_request_complete(take(request), &lost, now_ms);
    free(request);
  }
}

static int call_poll(lua_State *L) {
  transport_call *call = lua_touserdata(L, 1);
  if (!push_function(L, call)) return 0;
  call->client->in_transport = true;
  lua_pushnumber(L, (lua_Number)call->time / 1000);
  lua_call(L, 1, 0);
  return 0;
}

static void lua_poll(void *user, int64_t now_ms) {
  mbl_client *client = user;
  transport_call call = {.client = client, .function = "poll", .time = now_ms};
  complete_dropped(client, now_ms);
  mbl_callback(client, call_poll, &call);
}

/* The number that a function has returned. */
static double number(lua_State *L, const transport_call *call, const char *wanted) {
  if (lua_type(L, -1) != LUA_TNUMBER || !(fabs(lua_tonumber(L, -1)) < 1e12)) blame_answer(L, call, wanted);
  return lua_tonumber(L, -1);
}

static int64_t milliseconds(lua_State *L, const transport_call *call) {
  return llround(number(L, call, "seconds") * 1000);
}

static int call_next_deadline(lua_State *L) {
  transport_call *call = lua_touserdata(L, 1);
  if (!push_function(L, call)) return 0;
  lua_call(L, 0, 1);
  if (!lua_isnil(L, -1)) call->time = milliseconds(L, call);
  return 0;
}

static int64_t lua_next_deadline(void *user) {
  mbl_client *client = user;
  transport_call call = {.client = client, .function = "next_deadline", .time = MB_NEVER};
  if (client->dropped) return 0;
  mbl_callback(client, call_next_deadline, &call);
  return call.time;
}

static int call_wait(lua_State *L) {
  transport_call *call = lua_touserdata(L, 1);
  int64_t timeout_ms = call->time;
  call->time = 0;
  if (!push_function(L, call)) return 0;
  lua_pushnumber(L, (lua_Number)timeout_ms / 1000);
  lua_call(L, 1, 1);
  call->time = milliseconds(L, call);
  return 0;
}

static int64_t lua_wait(void *user, int64_t timeout_ms) {
  transport_call call = {.client = user, .function = "wait", .time = timeout_ms};
  return mbl_callback(user, call_wait, &call) && call.time > 0 ? call.time : 0;
}

static int call_descriptor(lua_State *L) {
  transport_call *call = lua_touserdata(L, 1);
  call->time = -1;
  if (!push_function(L, call)) return 0;
  lua_call(L, 0, 1);
  if (!lua_isnil(L, -1)) call->time = (int64_t)number(L, call, "a descriptor or nil");
  return 0;
}

static int lua_descriptor(void *user) {
  transport_call call = {.client = user, .function = "descriptor", .time = -1};
  mbl_callback(user, call_descriptor, &call);
  return call.time >= 0 && call.time <= INT32_MAX ? (int)call.time : -1;
}

/* ---- Choice ---- */

static bool has_function(lua_State *L, int index, const char *name) {
  lua_getfield(L, index, name);
  bool given = !lua_isnil(L, -1);
  if (given && !lua_isfunction(L, -1))
    luaL_argerror(L, 1, lua_pushfstring(L, "transport.%s: function expected, got %s", name, luaL_typename(L, -1)));
  lua_pop(L, 1);
  return given;
}

static size_t capacity(lua_State *L, int index) {
  enum { DEFAULT = 8, MOST = 1000000 };
  lua_getfield(L, index, "capacity");
  double number = lua_isnil(L, -1) ? DEFAULT : lua_tonumber(L, -1);
  if (!(number >= 1 && number <= MOST)) luaL_argerror(L, 1, "transport.capacity: a number from 1 to 1000000 expected");
  lua_pop(L, 1);
  return (size_t)number;
}

static void lua_transport(lua_State *L, int index, int client_index, mbl_client *client, mb_transport *transport) {
  if (!has_function(L, index, "send")) luaL_argerror(L, 1, "transport.send: function expected, got nil");
  *transport = (mb_transport){.size = sizeof *transport,
                              .user = client,
                              .capacity = capacity(L, index),
                              .send = lua_send,
                              .cancel = lua_cancel,
                              .poll = lua_poll,
                              .next_deadline = lua_next_deadline};
  has_function(L, index, "cancel");
  has_function(L, index, "poll");
  has_function(L, index, "next_deadline");
  if (has_function(L, index, "wait")) transport->wait = lua_wait;
  if (has_function(L, index, "descriptor")) transport->descriptor = lua_descriptor;
  lua_pushvalue(L, index);
  mbl_owned_set(L, client_index, MBL_OWN_TRANSPORT);
}

#ifdef MBL_WITH_CURL

/* Several Lua states may come here at once, each in its thread. libcurl counts, but has not always done so safely. */
static void start_curl(void) { mb_curl_global_init(); }

static mb_status curl_transport(mb_config *config, mb_transport *transport) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  mb_status status = mb_config_check_live(config);
  if (status != MB_OK) return status;
  pthread_once(&once, start_curl);
  return mb_curl_transport_new(config, transport);
}

#else

static mb_status curl_transport(mb_config *config, mb_transport *transport) {
  (void)config, (void)transport;
  return MB_TRANSPORT_FAILED;
}

#endif

mb_status mbl_transport_new(lua_State *L, int index, int client_index, mbl_client *client, mb_transport *transport,
                            bool *has) {
  int type = lua_type(L, index);
  *has = type != LUA_TBOOLEAN;
  if (type == LUA_TNIL) return curl_transport(client->config, transport);
  if (type == LUA_TTABLE) return lua_transport(L, index, client_index, client, transport), MB_OK;
  if (type != LUA_TBOOLEAN || lua_toboolean(L, index))
    luaL_argerror(L, 1, lua_pushfstring(L, "transport: table, false or nil expected, got %s", luaL_typename(L, index)));
  return MB_OK;
}

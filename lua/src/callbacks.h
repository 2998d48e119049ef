/* Decides how the library calls Lua functions: on the coroutine whose call is under way, protected, an error kept until
 * that call returns to Lua and raised there. */
#ifndef MEDIABEAT_LUA_CALLBACKS_H
#define MEDIABEAT_LUA_CALLBACKS_H

#include <mediabeat/mediabeat.h>

#include "compatible.h"

typedef struct mbl_client mbl_client;
typedef struct mbl_handle mbl_handle;

/* A call from Lua into the library while it is under way; lives in the C frame that made it. */
typedef struct mbl_call {
  lua_State *state;       /* the coroutine that called */
  int error;              /* where on its stack an error is kept; 0: there is none */
  struct mbl_call *outer; /* the call whose callback made this one, for transports that answer at once */
} mbl_call;

/* Between these two the library may call back; nothing may raise in between. mbl_call_end raises what a callback has
 * raised, else returns the number of results: true, or nil, message and the status's name. */
void mbl_call_begin(lua_State *L, mbl_client *client, mbl_call *call);
int mbl_call_end(lua_State *L, mbl_client *client, mbl_call *call, mb_status status);

/* The same without results: raises, or returns. */
void mbl_call_leave(lua_State *L, mbl_client *client, mbl_call *call);

/* Runs `run` with `data`, a light userdata, on the coroutine whose call is under way. False: it raised an error, which
 * is kept, or no call is under way, as when the client is collected. */
bool mbl_callback(mbl_client *client, lua_CFunction run, void *data);

/* Raises from inside a callback what its answer has wrong, with the place of the Lua code whose call is under way. */
int mbl_callback_error(lua_State *L, const char *message);

/* What the library is given for these; `user` is the client or the handle. */
void mbl_log(void *user, mb_log_level level, const char *text);
void mbl_record(void *user, const char *line, size_t size);
bool mbl_player_details(void *user, mb_player_details *details);
void mbl_session_id(void *user, const char *id);

/* The client's time: its own clock is called, or the system's read. Raises when the clock does, or gives no time. */
int64_t mbl_clock_ms(lua_State *L, const mbl_client *client);

#endif

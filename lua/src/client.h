/* Decides what a client is in Lua. */
#ifndef MEDIABEAT_LUA_CLIENT_H
#define MEDIABEAT_LUA_CLIENT_H

#include "handle.h"

typedef struct mbl_request mbl_request;

struct mbl_client {
  mbl_object object;
  mb_client *client; /* NULL: closed */
  mb_config *config;
  mbl_call *call; /* the innermost under way, NULL: none */
  mbl_handle *handles;
  mbl_request *dropped; /* requests whose objects were collected before their answer */
  bool has_clock, has_orphans;
  bool in_transport; /* its transport is asked to send or poll: then it may answer */
  mb_stats final;    /* what they were when it was closed */
};

/* Make the types, once for a Lua state. */
void mbl_client_type(lua_State *L);
void mbl_tracker_type(lua_State *L);
void mbl_session_type(lua_State *L);

int mbl_client_new(lua_State *L);     /* mediabeat.client{...} */
int mbl_tracker_new(lua_State *L);    /* client:tracker{...} */
int mbl_session_create(lua_State *L); /* client:create_media_session{...} */
int mbl_session_resume(lua_State *L); /* client:resume_media_session{...} */

/* The open client at index 1, or an error. */
mbl_client *mbl_client_check(lua_State *L);

/* The time of a call. An error when another call of the client is under way. */
int64_t mbl_client_now(lua_State *L, const mbl_client *client);

/* mbl_client_check, and a call has begun at *now_ms. */
mbl_client *mbl_client_enter(lua_State *L, mbl_call *call, int64_t *now_ms);

#endif

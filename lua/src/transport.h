/* Decides what carries requests: libcurl, functions of the application, or nothing. */
#ifndef MEDIABEAT_LUA_TRANSPORT_H
#define MEDIABEAT_LUA_TRANSPORT_H

#include "client.h"

/* Pushes the metatable of requests. */
void mbl_request_type(lua_State *L);

/* Fills in the transport of a client that is being made, from the value at `index`: nil (libcurl), false (none: MB_OK
 * with *has false) or a table, which becomes the client's. The client is the object at `client_index`. */
mb_status mbl_transport_new(lua_State *L, int index, int client_index, mbl_client *client, mb_transport *transport,
                            bool *has);

#endif

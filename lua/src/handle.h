/* Decides what a Lua object of this module is: a userdata whose own table keeps alive what it needs (its client, its
 * callbacks), found from C by the address of its struct without keeping it alive. */
#ifndef MEDIABEAT_LUA_HANDLE_H
#define MEDIABEAT_LUA_HANDLE_H

#include "callbacks.h"

/* Places in an object's own table. */
enum mbl_owned {
  MBL_OWN_CLIENT = 1,
  MBL_OWN_DETAILS,
  MBL_OWN_SESSION_ID,
  MBL_OWN_CLOCK,
  MBL_OWN_LOG,
  MBL_OWN_RECORD,
  MBL_OWN_TRANSPORT
};

/* A tracker or a session. It outlives its userdata when that is collected in the middle of a call of its client. */
struct mbl_handle {
  mbl_client *client; /* NULL: it is closed, and this handle with it */
  mb_tracker *tracker;
  mb_session *session; /* one of the two */
  mbl_handle *next, *previous;
  bool orphan; /* to be freed when the client's call is over */
};

/* One of a type's methods. */
typedef struct mbl_method {
  const char *name;
  lua_CFunction run;
  const void *row; /* its upvalue; NULL: none */
} mbl_method;

typedef struct mbl_type {
  const char *name;
  const mbl_method *methods; /* the last one has no name */
  lua_CFunction collect;
} mbl_type;

/* Every userdata of this module begins with its type, the only proof of what an argument is: no script can write there.
 * Comparing metatables would cost more than the rest of a call. */
typedef struct mbl_object {
  const mbl_type *type;
} mbl_object;

/* Raises the error that says what was expected; returns NULL, never. */
void *mbl_blame_kind(lua_State *L, int index, const mbl_type *type);

/* The userdata of this type at `index`, or an error. A light userdata has no length. */
static inline void *mbl_check(lua_State *L, int index, const mbl_type *type) {
  mbl_object *object = lua_touserdata(L, index);
  if (object && mbl_length(L, index) >= sizeof *object && object->type == type) return object;
  return mbl_blame_kind(L, index, type);
}

/* Makes a type once for a Lua state: a metatable, found again by the type's address. Lua 5.4 calls the method `close` at
 * the end of a block. */
void mbl_type_new(lua_State *L, const mbl_type *type);

/* Pushes a userdata of the type: all zero but for its type, and with a table of its own. */
void *mbl_object_new(lua_State *L, size_t size, const mbl_type *type);

/* Makes the userdata on top of the stack findable by `key`. */
void mbl_object_register(lua_State *L, const void *key);

/* Pushes the object that `key` stands for. False, nothing pushed: it is gone, or about to be. */
bool mbl_object_push(lua_State *L, const void *key);

/* Pushes what the object has at that place. False, nothing pushed: there is none. */
bool mbl_owned_push(lua_State *L, const void *key, int place);

/* The value on top of the stack goes to that place of the object at `index`. */
void mbl_owned_set(lua_State *L, int index, int place);

/* Pushes a handle that is not linked yet; it keeps the client at index 1 alive. */
mbl_handle *mbl_handle_new(lua_State *L, const mbl_type *type);

/* The open handle at index 1, or an error that names the type. */
mbl_handle *mbl_handle_check(lua_State *L, const mbl_type *type);

/* The same, and a call has begun at *now_ms. */
mbl_handle *mbl_handle_enter(lua_State *L, const mbl_type *type, mbl_call *call, int64_t *now_ms);

/* From here on the handle is its client's: it is freed with it. */
void mbl_handle_link(mbl_handle *handle, mbl_client *client);

/* set_player_details of both kinds: checks argument 2 and keeps it. Whether there is a function now. */
bool mbl_handle_keep_details(lua_State *L);

/* close() and __gc of both kinds of handles: any number of times, in any order. */
int mbl_handle_close(lua_State *L, const mbl_type *type);
int mbl_handle_collect(lua_State *L);

/* Frees what was let go of while the client was in a call. */
void mbl_handle_free_orphans(mbl_client *client);

/* The client is gone, and its handles are closed with it. */
void mbl_handle_close_all(mbl_client *client);

#endif

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

/* Raises the error that says what was expected; returns NULL, never. */
void *mbl_blame_kind(lua_State *L, int index, const char *type);

/* The first upvalue of each method is its type's metatable, the only proof of what an argument is. */
static inline void *mbl_check(lua_State *L, int index, const char *type) {
  void *block = lua_touserdata(L, index);
  if (block && lua_getmetatable(L, index)) {
    int same = lua_rawequal(L, -1, lua_upvalueindex(1));
    lua_pop(L, 1);
    if (same) return block;
  }
  return mbl_blame_kind(L, index, type);
}

/* One of a type's methods. */
typedef struct mbl_method {
  const char *name;
  lua_CFunction run;
  const void *row; /* the second upvalue; NULL: none */
} mbl_method;

/* Makes a type once for a Lua state: a metatable, found again by the address of its list of methods, which ends with one
 * without a name. Lua 5.4 calls its method `close` at the end of a block. */
void mbl_type_new(lua_State *L, const char *type, const mbl_method *methods, lua_CFunction collect);

/* The value on top of the stack becomes an object of the type that has these methods. */
void mbl_type_set(lua_State *L, const mbl_method *methods);

/* Makes the userdata on top of the stack findable by `key`. */
void mbl_object_register(lua_State *L, const void *key);

/* Pushes the object that `key` stands for. False, nothing pushed: it is gone, or about to be. */
bool mbl_object_push(lua_State *L, const void *key);

/* Pushes what the object has at that place. False, nothing pushed: there is none. */
bool mbl_owned_push(lua_State *L, const void *key, int place);

/* The value on top of the stack goes to that place of the object at `index`. */
void mbl_owned_set(lua_State *L, int index, int place);

/* Pushes a handle that is not linked yet, of the type that has these methods; it keeps the client at index 1 alive. */
mbl_handle *mbl_handle_new(lua_State *L, const mbl_method *methods);

/* The open handle at index 1, or an error that names the type. */
mbl_handle *mbl_handle_check(lua_State *L, const char *type);

/* The same, and a call has begun at *now_ms. */
mbl_handle *mbl_handle_enter(lua_State *L, const char *type, mbl_call *call, int64_t *now_ms);

/* From here on the handle is its client's: it is freed with it. */
void mbl_handle_link(mbl_handle *handle, mbl_client *client);

/* set_player_details of both kinds: checks argument 2 and keeps it. Whether there is a function now. */
bool mbl_handle_keep_details(lua_State *L);

/* close() and __gc of both kinds of handles: any number of times, in any order. */
int mbl_handle_close(lua_State *L, const char *type);
int mbl_handle_collect(lua_State *L);

/* Frees what was let go of while the client was in a call. */
void mbl_handle_free_orphans(mbl_client *client);

/* The client is gone, and its handles are closed with it. */
void mbl_handle_close_all(mbl_client *client);

#endif

/* Decides how tables become JSON. */
#ifndef MEDIABEAT_LUA_JSON_H
#define MEDIABEAT_LUA_JSON_H

#include <mediabeat/status.h>

#include "compatible.h"

/* The value at `index` as JSON text; a text is taken for JSON as it stands. `name` is what errors begin with. The text
 * is kept by what this leaves on the stack. NULL: a number is not finite; nil, message and status are on the stack.
 * Misuse is an error: keys that are no texts, functions, cycles, more than 64 levels. */
const char *mbl_json(lua_State *L, int index, const char *name, size_t *size);

/* mediabeat.array(table): its first upvalue is the metatable that marks arrays. */
int mbl_json_array(lua_State *L);

#endif

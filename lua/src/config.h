/* Decides how the table that mediabeat.client takes becomes a configuration. */
#ifndef MEDIABEAT_LUA_CONFIG_H
#define MEDIABEAT_LUA_CONFIG_H

#include <mediabeat/config.h>

#include "compatible.h"

/* Sets what the table at argument 1 holds, but for `clock`, `log` and `transport`. An unknown key or a wrong value is an
 * error. */
void mbl_config_read(lua_State *L, mb_config *config);

/* Pushes the value of the key at `index`, nil when it is not set; an unknown key is an error. */
void mbl_config_push(lua_State *L, const mb_config *config, int index);

/* mediabeat.config_keys(): a list of {name=, type=, default=, help=}. */
int mbl_config_keys(lua_State *L);

#endif

/* Decides how tables become the structs of the C interface: which keys there are, of which kind. A key that is not there
 * is nothing given, for the library to judge; one that is unknown or of another kind is an error. */
#ifndef MEDIABEAT_LUA_INFO_H
#define MEDIABEAT_LUA_INFO_H

#include <mediabeat/mediabeat.h>

#include "compatible.h"

typedef enum mbl_kind { MBL_TEXT, MBL_BYTES, MBL_NUMBER, MBL_WHOLE, MBL_FLAG } mbl_kind;

typedef struct mbl_bytes {
  const char *bytes;
  size_t size;
} mbl_bytes;

typedef struct mbl_field {
  const char *key; /* NULL ends a list */
  mbl_kind kind;
  size_t offset; /* in the struct: const char *, mbl_bytes, double, int64_t or bool */
} mbl_field;

/* Pushes a copy of the table at `index`, of its own pairs only. What is read from a copy stays valid as long as that is
 * on the stack: a clock, a log or a finalizer may change the table itself while the library has its texts. */
void mbl_copy(lua_State *L, int index);

/* The table that is argument `index` is replaced with a copy, and that is read into `info`. */
void mbl_info_read(lua_State *L, int index, const mbl_field *fields, void *info);

/* The same for a table at any stack index; `argument` and `where` name it in errors. */
void mbl_info_read_at(lua_State *L, int table, int argument, const char *where, const mbl_field *fields, void *info);

/* Quality of experience at a stack index, in either spelling. Starts from NaN: what is missing is refused. */
void mbl_qoe_read(lua_State *L, int table, int argument, const char *where, mb_qoe_info *info);

/* Metadata, a table of texts that is replaced with a copy: NULL when there is none. Leaves what holds the pairs on the
 * stack. */
const mb_pair *mbl_metadata_read(lua_State *L, int index, size_t *count);

/* The string at a stack index as a text; a zero byte in it is an error. `argument`, `where` and `key` name it. */
const char *mbl_text(lua_State *L, int index, int argument, const char *where, const char *key);

#endif

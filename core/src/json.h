/* Decides how JSON comes in: a strict check, then a cJSON tree. json.c is the only file that knows cJSON.
 * cJSON allocates with malloc: its hooks are process-wide, and this library has no process-wide state. */
#ifndef MEDIABEAT_JSON_H
#define MEDIABEAT_JSON_H

#include <mediabeat/status.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct cJSON mb__json;

typedef enum mb__json_type {
  MB__JSON_NULL,
  MB__JSON_FLAG,
  MB__JSON_NUMBER,
  MB__JSON_TEXT,
  MB__JSON_ARRAY,
  MB__JSON_OBJECT
} mb__json_type;

/* Parses exactly one value. Refused besides bad syntax: invalid UTF-8, "\u0000", unpaired surrogates, numbers that are
 * not finite, more than 64 levels. On MB_INVALID_JSON `where` (may be NULL) is the byte at which it went wrong and
 * `what` (may be NULL) a static text. MB_NO_MEMORY otherwise. Free the result with mb__json_free. */
mb_status mb__json_parse(const char *text, size_t size, mb__json **value, size_t *where, const char **what);
void mb__json_free(mb__json *value);

void mb__json_remove(mb__json *value, const char *object, const char *name); /* value.object.name, if it is there */

mb__json_type mb__json_type_of(const mb__json *value);
const char *mb__json_type_name(const mb__json *value);                  /* "a number", "an object", ... for messages */
const mb__json *mb__json_get(const mb__json *object, const char *name); /* NULL when absent or not an object */
const mb__json *mb__json_first(const mb__json *container);              /* first member or element, NULL when none */
const mb__json *mb__json_next(const mb__json *value);                   /* the one after, NULL after the last */
const char *mb__json_name(const mb__json *member);                      /* its name in the object */
const char *mb__json_text(const mb__json *value);                       /* NULL when not a text */
double mb__json_number(const mb__json *value);                          /* NAN when not a number */
bool mb__json_flag(const mb__json *value);                              /* false when not true */
bool mb__json_is_integer(const mb__json *value);                        /* written without a fraction or exponent */

#endif

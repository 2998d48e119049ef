/* Decides where a member of a JSON text is written, to hand it on as it stands: a parsed tree forgets how its numbers
 * were spelt. */
#ifndef MEDIABEAT_CLI_JSON_SLICE_H
#define MEDIABEAT_CLI_JSON_SLICE_H

#include <stddef.h>

typedef struct json_slice {
  const char *text; /* NULL: no such member */
  size_t size;
} json_slice;

/* The value at a path such as "options.event" in the text of an object that has been parsed without error. Of members
 * with the same name the first counts, as in the tree. */
json_slice json_slice_at(const char *text, size_t size, const char *path);

#endif

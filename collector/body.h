/* Decides in which form a body is kept and when two bodies are the same event. */
#ifndef MEDIABEAT_COLLECTOR_BODY_H
#define MEDIABEAT_COLLECTOR_BODY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "json.h"
#include "writer.h"

/* Blanks the value of each member of this name that is the text "\u0000", which trees cannot hold, to "". In place; to
 * be called before parsing. */
void mbc_body_blank_zero(char *text, size_t size, const char *name);

/* Takes the white space between tokens out of valid JSON, in place; returns the new size. Names, numbers and texts
 * stay as the client wrote them, and the result is one line. */
size_t mbc_body_compact(char *text, size_t size);

/* A value of a body, as a tree and as the compact text that it was parsed from. tree NULL: there is none. */
typedef struct mbc_part {
  const mb__json *tree;
  const char *text;
  size_t size;
} mbc_part;

/* Walk through the members or elements of a container, and look one up by its name. */
mbc_part mbc_part_first(mbc_part container);
mbc_part mbc_part_next(mbc_part container, mbc_part part);
mbc_part mbc_part_get(mbc_part object, const char *name);

/* Appends the canonical text: members sorted by name, numbers in shortest form. Equal texts, equal events. On failure
 * the writer has failed. */
void mbc_body_canonical(mb__writer *writer, const mb__json *value);

/* The same of what makes an event the same as another one: all that it says, or the name that an Edge client gave it. */
void mbc_body_identity(mb__writer *writer, const mb__json *event);

int64_t mbc_body_hash(const mb__writer *canonical);

#endif

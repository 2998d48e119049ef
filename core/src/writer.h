/* Decides how JSON goes out: an append writer with a sticky failure, so that one check at the end is enough. */
#ifndef MEDIABEAT_WRITER_H
#define MEDIABEAT_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "alloc.h"
#include "json.h"

enum { MB__MOST_ESCAPED = 6 }; /* bytes that one byte of a text may become */

typedef struct mb__writer {
  const mb__memory *memory;
  char *bytes; /* not terminated */
  size_t size, capacity;
  bool failed; /* out of memory: what was written since mb__writer_clear is not complete */
} mb__writer;

void mb__writer_init(mb__writer *writer, const mb__memory *memory);
void mb__writer_free(mb__writer *writer);
void mb__writer_clear(mb__writer *writer); /* keeps the buffer */

/* Room for `size` bytes at the end, to be filled by the caller, who then adds to writer->size; NULL: failed. */
char *mb__write_room(mb__writer *writer, size_t size);

void mb__write(mb__writer *writer, const char *bytes, size_t size);
void mb__write_raw(mb__writer *writer, const char *text);  /* terminated, as it is */
void mb__write_text(mb__writer *writer, const char *text); /* quoted and escaped */
void mb__write_integer(mb__writer *writer, int64_t value);
void mb__write_number(mb__writer *writer, double value);
void mb__write_flag(mb__writer *writer, bool value);
void mb__write_json(mb__writer *writer, const mb__json *value);

#endif

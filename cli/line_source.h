/* Decides where the lines of a log come from: a file, a .gz, a pipe. */
#ifndef MEDIABEAT_CLI_LINE_SOURCE_H
#define MEDIABEAT_CLI_LINE_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct line_source line_source;

typedef enum source_result {
  SOURCE_LINE,
  SOURCE_END,
  SOURCE_WAIT, /* following: no whole line has come yet */
  SOURCE_FAILED
} source_result;

enum { SOURCE_LINE_MAX = 16 << 20 }; /* bytes; longer is not a player log. A message says it too */

/* Opens a log; "-" is stdin. What is compressed is unpacked. A pipe is copied to a temporary file first, so that it can
 * be read twice, unless `follow` is set: then lines are taken as they come and cannot be read again.
 * NULL: errno, or ENOMEM, says why. */
line_source *line_source_open(const char *path, bool follow);
void line_source_free(line_source *source); /* NULL is fine */

/* The next line, without its end, terminated, valid until the next call. */
source_result line_source_next(line_source *source, const char **text, size_t *size);

/* Back to the first line. Not when following. */
bool line_source_rewind(line_source *source);

/* Following: blocks until something can be read or timeout_ms has passed. */
void line_source_wait(const line_source *source, int timeout_ms);

/* Why the last call failed. */
const char *line_source_error(const line_source *source);

#endif

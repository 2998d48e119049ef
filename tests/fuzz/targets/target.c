/* Owns what fuzzers share. */
#include "target.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SEPARATOR = 0x1e };

void promise(int holds, const char *file, int line, const char *what) {
  if (holds) return;
  fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
  abort();
}

char *exact_copy(const void *bytes, size_t size) {
  char *copy = malloc(size ? size : 1);
  PROMISE(copy != NULL);
  if (size) memcpy(copy, bytes, size);
  return copy;
}

int next_part(parts *left, const char **part, size_t *size) {
  if (left->at == left->end) return 0;
  const char *separator = memchr(left->at, SEPARATOR, (size_t)(left->end - left->at));
  const char *end = separator ? separator : left->end;
  *part = left->at;
  *size = (size_t)(end - left->at);
  left->at = separator ? separator + 1 : end;
  return 1;
}

void take_line(const char **part, size_t *size, char *line, size_t line_size) {
  const char *newline = *size ? memchr(*part, '\n', *size) : NULL;
  size_t length = newline ? (size_t)(newline - *part) : *size;
  size_t kept = length < line_size ? length : line_size - 1;
  if (kept) memcpy(line, *part, kept);
  line[kept] = 0;
  size_t taken = newline ? length + 1 : length;
  *part += taken;
  *size -= taken;
}

/* Decides how a test collects text: a string that grows. */
#ifndef MEDIABEAT_TESTS_TEXT_BUFFER_H
#define MEDIABEAT_TESTS_TEXT_BUFFER_H

#include <stddef.h>

typedef struct text_buffer {
  char *text; /* terminated; NULL while empty */
  size_t size, capacity;
} text_buffer;

__attribute__((format(printf, 2, 3))) void text_add(text_buffer *buffer, const char *format, ...);
void text_add_bytes(text_buffer *buffer, const char *bytes, size_t size);
const char *text_of(const text_buffer *buffer); /* "" while empty */
void text_clear(text_buffer *buffer);
void text_free(text_buffer *buffer);

#endif

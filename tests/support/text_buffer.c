/* Owns growing strings of tests. */
#include "text_buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void make_room(text_buffer *buffer, size_t more) {
  while (buffer->capacity < buffer->size + more + 1) {
    buffer->capacity = buffer->capacity ? buffer->capacity * 2 : 1024;
    buffer->text = realloc(buffer->text, buffer->capacity);
    if (!buffer->text) abort();
  }
}

void text_add_bytes(text_buffer *buffer, const char *bytes, size_t size) {
  make_room(buffer, size);
  memcpy(buffer->text + buffer->size, bytes, size);
  buffer->size += size;
  buffer->text[buffer->size] = 0;
}

void text_add(text_buffer *buffer, const char *format, ...) {
  va_list arguments, again;
  va_start(arguments, format);
  va_copy(again, arguments);
  int size = vsnprintf(NULL, 0, format, arguments);
  va_end(arguments);
  if (size < 0) abort();
  make_room(buffer, (size_t)size);
  vsnprintf(buffer->text + buffer->size, (size_t)size + 1, format, again);
  va_end(again);
  buffer->size += (size_t)size;
}

const char *text_of(const text_buffer *buffer) { return buffer->text ? buffer->text : ""; }

void text_clear(text_buffer *buffer) {
  buffer->size = 0;
  if (buffer->text) *buffer->text = 0;
}

void text_free(text_buffer *buffer) {
  free(buffer->text);
  *buffer = (text_buffer){0};
}

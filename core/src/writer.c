/* Owns the writing of JSON. */
#include "writer.h"

#include <string.h>

#include "text.h"

void mb__writer_init(mb__writer *writer, const mb__memory *memory) { *writer = (mb__writer){.memory = memory}; }

void mb__writer_free(mb__writer *writer) {
  mb__delete(writer->memory, writer->bytes);
  mb__writer_init(writer, writer->memory);
}

void mb__writer_clear(mb__writer *writer) {
  writer->size = 0;
  writer->failed = false;
}

static bool grow(mb__writer *writer, size_t more) {
  size_t want = writer->size + more;
  size_t capacity = writer->capacity ? writer->capacity : 512;
  while (capacity < want) capacity *= 2;
  char *bytes = writer->failed ? NULL : mb__resize(writer->memory, writer->bytes, capacity);
  if (!bytes) return writer->failed = true, false;
  writer->bytes = bytes;
  writer->capacity = capacity;
  return true;
}

static inline bool room(mb__writer *writer, size_t more) {
  return writer->capacity - writer->size >= more || grow(writer, more);
}

char *mb__write_room(mb__writer *writer, size_t size) {
  return room(writer, size) ? writer->bytes + writer->size : NULL;
}

void mb__write(mb__writer *writer, const char *bytes, size_t size) {
  if (!size || !room(writer, size)) return;
  memcpy(writer->bytes + writer->size, bytes, size);
  writer->size += size;
}

void mb__write_raw(mb__writer *writer, const char *text) { mb__write(writer, text, strlen(text)); }

static bool plain(unsigned char c) { return c >= 0x20 && c != '"' && c != '\\'; }

static size_t escape(char out[6], unsigned char c) {
  static const char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt", hex[] = "0123456789abcdef";
  const char *found = strchr(from, c);
  out[0] = '\\';
  if (found) return out[1] = to[found - from], 2;
  memcpy(out + 1, "u00", 3);
  out[4] = hex[c >> 4];
  out[5] = hex[c & 15];
  return 6;
}

void mb__write_text(mb__writer *writer, const char *text) {
  mb__write(writer, "\"", 1);
  while (*text) {
    size_t run = 0;
    while (text[run] && plain((unsigned char)text[run])) run++;
    mb__write(writer, text, run);
    text += run;
    if (!*text) break;
    char escaped[6];
    mb__write(writer, escaped, escape(escaped, (unsigned char)*text++));
  }
  mb__write(writer, "\"", 1);
}

void mb__write_integer(mb__writer *writer, int64_t value) {
  if (room(writer, MB__NUMBER_SIZE)) writer->size += mb__format_integer(writer->bytes + writer->size, value);
}

void mb__write_number(mb__writer *writer, double value) {
  if (room(writer, MB__NUMBER_SIZE)) writer->size += mb__format_number(writer->bytes + writer->size, value);
}

void mb__write_flag(mb__writer *writer, bool value) { mb__write_raw(writer, value ? "true" : "false"); }

static void write_children(mb__writer *writer, const mb__json *container, bool named) {
  mb__write(writer, named ? "{" : "[", 1);
  for (const mb__json *child = mb__json_first(container); child; child = mb__json_next(child)) {
    if (child != mb__json_first(container)) mb__write(writer, ",", 1);
    if (named) mb__write_text(writer, mb__json_name(child));
    if (named) mb__write(writer, ":", 1);
    mb__write_json(writer, child);
  }
  mb__write(writer, named ? "}" : "]", 1);
}

void mb__write_json(mb__writer *writer, const mb__json *value) {
  switch (mb__json_type_of(value)) {
    case MB__JSON_NULL: mb__write_raw(writer, "null"); return;
    case MB__JSON_FLAG: mb__write_flag(writer, mb__json_flag(value)); return;
    case MB__JSON_NUMBER: mb__write_number(writer, mb__json_number(value)); return;
    case MB__JSON_TEXT: mb__write_text(writer, mb__json_text(value)); return;
    case MB__JSON_ARRAY: write_children(writer, value, false); return;
    case MB__JSON_OBJECT: write_children(writer, value, true); return;
  }
}

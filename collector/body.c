/* Owns the two forms of a body: compact, which is kept and taken apart, and canonical, which is compared. */
#include "body.h"

#include <stdlib.h>
#include <string.h>

static bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/* Where a text ends: one past its closing quote. `text` is at the opening one. */
static size_t text_size(const char *text, size_t size) {
  size_t i = 1;
  while (i < size && text[i] != '"') i += text[i] == '\\' ? 2 : 1;
  return i < size ? i + 1 : size;
}

size_t mbc_body_compact(char *text, size_t size) {
  size_t out = 0;
  for (size_t in = 0; in < size;) {
    size_t run = text[in] == '"' ? text_size(text + in, size - in) : !is_space(text[in]);
    memmove(text + out, text + in, run);
    out += run;
    in += run ? run : 1;
  }
  return out;
}

/* How long the first of a list of compact values is. */
static size_t value_size(const char *text, size_t size) {
  int depth = 0;
  for (size_t i = 0; i < size; i++) {
    char c = text[i];
    if (depth == 0 && (c == ',' || c == ']' || c == '}')) return i;
    if (c == '{' || c == '[') depth++;
    if (c == '}' || c == ']') depth--;
    if (c == '"') i += text_size(text + i, size - i) - 1;
  }
  return size;
}

/* The part of a container whose text begins at `at`, with its name if it is a member. */
static mbc_part part_at(mbc_part container, const mb__json *tree, const char *at) {
  if (!tree) return (mbc_part){0};
  const char *end = container.text + container.size;
  if (mb__json_type_of(container.tree) == MB__JSON_OBJECT) at += text_size(at, (size_t)(end - at)) + 1;
  return (mbc_part){tree, at, value_size(at, (size_t)(end - at))};
}

mbc_part mbc_part_first(mbc_part container) {
  return part_at(container, mb__json_first(container.tree), container.text + 1);
}

mbc_part mbc_part_next(mbc_part container, mbc_part part) {
  return part_at(container, mb__json_next(part.tree), part.text + part.size + 1);
}

mbc_part mbc_part_get(mbc_part object, const char *name) {
  const mb__json *wanted = object.tree ? mb__json_get(object.tree, name) : NULL;
  if (!wanted) return (mbc_part){0};
  mbc_part part = mbc_part_first(object);
  while (part.tree && part.tree != wanted) part = mbc_part_next(object, part);
  return part;
}

static size_t skip_space(const char *text, size_t size, size_t at) {
  while (at < size && is_space(text[at])) at++;
  return at;
}

static bool is_text_at(const char *text, size_t size, size_t at, const char *wanted) {
  size_t length = strlen(wanted);
  return size - at >= length && memcmp(text + at, wanted, length) == 0;
}

void mbc_body_blank_zero(char *text, size_t size, const char *name) {
  static const char zero[] = "\"\\u0000\"", blank[] = "\"\"      ";
  size_t length = strlen(name);
  for (size_t at = 0; at < size; at++) {
    if (text[at] != '"') continue;
    size_t end = at + text_size(text + at, size - at);
    bool is_name = end - at == length + 2 && memcmp(text + at + 1, name, length) == 0;
    size_t colon = skip_space(text, size, end), value = skip_space(text, size, colon + 1);
    if (is_name && colon < size && text[colon] == ':' && is_text_at(text, size, value, zero))
      memcpy(text + value, blank, sizeof blank - 1);
    at = end - 1;
  }
}

typedef struct member {
  const char *name;
  const mb__json *value;
} member;

/* Members waiting to be written; objects inside objects stack up. */
typedef struct canon {
  mb__writer *writer;
  member *members;
  size_t count, capacity;
} canon;

static bool push(canon *c, const mb__json *value) {
  if (c->count == c->capacity) {
    size_t capacity = c->capacity ? c->capacity * 2 : 32;
    member *members = realloc(c->members, capacity * sizeof *members);
    if (!members) return c->writer->failed = true, false;
    c->members = members;
    c->capacity = capacity;
  }
  c->members[c->count++] = (member){mb__json_name(value), value};
  return true;
}

static int by_name(const void *one, const void *other) {
  return strcmp(((const member *)one)->name, ((const member *)other)->name);
}

static void write_value(canon *c, const mb__json *value);

static void write_object(canon *c, const mb__json *object) {
  size_t first = c->count;
  for (const mb__json *value = mb__json_first(object); value; value = mb__json_next(value))
    if (!push(c, value)) return;
  if (c->count > first) qsort(c->members + first, c->count - first, sizeof *c->members, by_name);
  for (size_t i = first, end = c->count; i < end && !c->writer->failed; i++) {
    mb__write(c->writer, i == first ? "{" : ",", 1);
    mb__write_text(c->writer, c->members[i].name);
    mb__write(c->writer, ":", 1);
    write_value(c, c->members[i].value);
  }
  mb__write_raw(c->writer, c->count > first ? "}" : "{}");
  c->count = first;
}

static void write_array(canon *c, const mb__json *array) {
  mb__write(c->writer, "[", 1);
  for (const mb__json *element = mb__json_first(array); element; element = mb__json_next(element)) {
    write_value(c, element);
    mb__write(c->writer, ",", 1);
  }
  mb__write(c->writer, "]", 1);
}

static void write_value(canon *c, const mb__json *value) {
  switch (mb__json_type_of(value)) {
    case MB__JSON_OBJECT: write_object(c, value); return;
    case MB__JSON_ARRAY: write_array(c, value); return;
    default: mb__write_json(c->writer, value); return;
  }
}

void mbc_body_canonical(mb__writer *writer, const mb__json *value) {
  canon c = {.writer = writer};
  write_value(&c, value);
  free(c.members);
}

void mbc_body_identity(mb__writer *writer, const mb__json *event) {
  const mb__json *name = mb__json_get(event, "_id");
  mbc_body_canonical(writer, name && mb__json_text(name) ? name : event);
}

/* FNV-1a. A hit is compared in full, so a collision costs time and nothing else. */
int64_t mbc_body_hash(const mb__writer *canonical) {
  uint64_t hash = 14695981039346656037u;
  for (size_t i = 0; i < canonical->size; i++) hash = (hash ^ (unsigned char)canonical->bytes[i]) * 1099511628211u;
  int64_t result;
  memcpy(&result, &hash, sizeof result);
  return result;
}

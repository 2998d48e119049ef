/* Owns the walk through JSON text that is known to be right, which makes it short. */
#include "json_slice.h"

#include <stdbool.h>
#include <string.h>

static const char *after_space(const char *at, const char *end) {
  while (at < end && strchr(" \t\r\n", *at)) at++;
  return at;
}

static const char *after_text(const char *at, const char *end) {
  for (at++; at < end && *at != '"'; at++)
    if (*at == '\\') at++;
  return at < end ? at + 1 : end;
}

static const char *after_value(const char *at, const char *end) {
  int depth = 0;
  while (at < end) {
    if (*at == '"') {
      at = after_text(at, end);
    } else {
      if (depth == 0 && strchr(",]}", *at)) break;
      if (*at == '{' || *at == '[') depth++;
      if (*at == '}' || *at == ']') depth--;
      at++;
    }
  }
  return at;
}

static json_slice trimmed(const char *at, const char *end) {
  while (end > at && strchr(" \t\r\n", end[-1])) end--;
  return (json_slice){at, (size_t)(end - at)};
}

/* `name` as it is between its quotes; the names we look for need no escapes. */
static json_slice member(json_slice object, const char *name, size_t name_size) {
  const char *at = object.text, *end = at + object.size;
  at = after_space(at, end);
  if (at == end || *at != '{') return (json_slice){NULL, 0};
  at = after_space(at + 1, end);
  while (at < end && *at == '"') {
    const char *key = at + 1, *key_end = after_text(at, end) - 1;
    at = after_space(key_end + 1, end);
    at = after_space(at + 1, end); /* the colon */
    const char *value_end = after_value(at, end);
    if ((size_t)(key_end - key) == name_size && memcmp(key, name, name_size) == 0) return trimmed(at, value_end);
    at = after_space(value_end < end ? value_end + 1 : end, end);
  }
  return (json_slice){NULL, 0};
}

json_slice json_slice_at(const char *text, size_t size, const char *path) {
  json_slice value = {text, size};
  while (path && value.text) {
    size_t name_size = strcspn(path, ".");
    value = member(value, path, name_size);
    path = path[name_size] ? path + name_size + 1 : NULL;
  }
  return value;
}

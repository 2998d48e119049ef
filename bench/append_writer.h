/* Decides the least that writing JSON can cost: the caller promises room, texts need no escapes. For the floor alone. */
#ifndef MEDIABEAT_BENCH_APPEND_WRITER_H
#define MEDIABEAT_BENCH_APPEND_WRITER_H

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define APPEND(at, literal) (memcpy(at, literal, sizeof(literal) - 1), (at) + sizeof(literal) - 1)

static inline char *append_integer(char *at, int64_t value) {
  char digits[20];
  int from = 20;
  uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
  do digits[--from] = (char)('0' + rest % 10);
  while (rest /= 10);
  if (value < 0) digits[--from] = '-';
  memcpy(at, digits + from, (size_t)(20 - from));
  return at + 20 - from;
}

/* Playheads are milliseconds at heart. */
static inline char *append_number(char *at, double value) {
  int64_t ms = (int64_t)(value * 1000 + 0.5);
  at = append_integer(at, ms / 1000);
  int fraction = (int)(ms % 1000);
  if (!fraction) return at;
  *at++ = '.';
  for (int unit = 100; fraction; fraction %= unit, unit /= 10) *at++ = (char)('0' + fraction / unit);
  return at;
}

/* Quotes, and a look at every byte, as escaping needs it. */
static inline char *append_text(char *at, const char *text) {
  *at++ = '"';
  for (unsigned char c; (c = (unsigned char)*text); text++) {
    if (c < 0x20 || c == '"' || c == '\\') *at++ = '\\';
    *at++ = (char)c;
  }
  *at++ = '"';
  return at;
}

static inline char *append_text_member(char *at, const char *key, const char *value) {
  at = append_text(at, key);
  *at++ = ':';
  return append_text(at, value);
}

static inline char *append_integer_member(char *at, const char *key, int64_t value) {
  at = append_text(at, key);
  *at++ = ':';
  return append_integer(at, value);
}

#endif

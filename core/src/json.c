/* Owns the reading of JSON: a strict recogniser first, because cJSON takes more than JSON is, then cJSON's tree.
 * The recogniser also knows which numbers were written as integers, which cJSON forgets. */
#include "json.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

enum { MAX_DEPTH = 64, WRITTEN_AS_INTEGER = 1 << 12 };

typedef struct scanner {
  const char *text, *at, *end;
  const char *what;
} scanner;

static bool fail(scanner *s, const char *what) {
  if (!s->what) s->what = what;
  return false;
}

static void skip_space(scanner *s) {
  while (s->at < s->end && (*s->at == ' ' || *s->at == '\t' || *s->at == '\n' || *s->at == '\r')) s->at++;
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static bool scan_digits(scanner *s) {
  if (s->at == s->end || !is_digit(*s->at)) return fail(s, "a digit is missing");
  while (s->at < s->end && is_digit(*s->at)) s->at++;
  return true;
}

static bool scan_number(scanner *s, bool *integer) {
  const char *start = s->at;
  *integer = true;
  if (*s->at == '-') s->at++;
  if (s->at < s->end && *s->at == '0') {
    s->at++;
    if (s->at < s->end && is_digit(*s->at)) return fail(s, "a number starts with 0");
  } else if (!scan_digits(s)) {
    return false;
  }
  if (s->at < s->end && *s->at == '.') {
    *integer = false;
    s->at++;
    if (!scan_digits(s)) return false;
  }
  if (s->at < s->end && (*s->at == 'e' || *s->at == 'E')) {
    *integer = false;
    s->at++;
    if (s->at < s->end && (*s->at == '+' || *s->at == '-')) s->at++;
    if (!scan_digits(s)) return false;
  }
  return s->at - start <= 60 || fail(s, "a number is too long");
}

static int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool scan_hex4(scanner *s, unsigned *code) {
  *code = 0;
  for (int i = 0; i < 4; i++, s->at++) {
    int digit = s->at < s->end ? hex_digit(*s->at) : -1;
    if (digit < 0) return fail(s, "\\u needs four hexadecimal digits");
    *code = *code * 16 + (unsigned)digit;
  }
  return true;
}

static bool scan_unicode_escape(scanner *s) {
  unsigned code;
  if (!scan_hex4(s, &code)) return false;
  if (code == 0) return fail(s, "a text contains \\u0000");
  if (code >= 0xDC00 && code <= 0xDFFF) return fail(s, "a surrogate stands alone");
  if (code < 0xD800 || code > 0xDBFF) return true;
  if (s->end - s->at < 2 || s->at[0] != '\\' || s->at[1] != 'u') return fail(s, "a surrogate stands alone");
  s->at += 2;
  if (!scan_hex4(s, &code)) return false;
  return (code >= 0xDC00 && code <= 0xDFFF) || fail(s, "a surrogate stands alone");
}

static bool scan_escape(scanner *s) {
  s->at++;
  if (s->at == s->end) return fail(s, "a text has no end");
  char c = *s->at++;
  if (c == 'u') return scan_unicode_escape(s);
  return (c && strchr("\"\\/bfnrt", c)) || fail(s, "no such escape");
}

static bool scan_text(scanner *s) {
  for (s->at++; s->at < s->end;) {
    if (*s->at == '"') return s->at++, true;
    if ((unsigned char)*s->at < 0x20) return fail(s, "a control character stands in a text");
    if (*s->at != '\\')
      s->at++;
    else if (!scan_escape(s))
      return false;
  }
  return fail(s, "a text has no end");
}

static bool scan_word(scanner *s, const char *word) {
  size_t size = strlen(word);
  if ((size_t)(s->end - s->at) < size || memcmp(s->at, word, size) != 0) return fail(s, "a value is expected");
  s->at += size;
  return true;
}

static bool scan_scalar(scanner *s) {
  bool integer;
  switch (s->at < s->end ? *s->at : 0) {
    case '"': return scan_text(s);
    case 't': return scan_word(s, "true");
    case 'f': return scan_word(s, "false");
    case 'n': return scan_word(s, "null");
    case '-': return scan_number(s, &integer);
    default:
      if (s->at < s->end && is_digit(*s->at)) return scan_number(s, &integer);
      return fail(s, "a value is expected");
  }
}

static bool scan_name(scanner *s) {
  skip_space(s);
  if (s->at == s->end || *s->at != '"') return fail(s, "a member name is expected");
  if (!scan_text(s)) return false;
  skip_space(s);
  if (s->at == s->end || *s->at != ':') return fail(s, "':' is expected");
  s->at++;
  return true;
}

/* Moves behind a finished value: closes what ends here; says in `more` whether another value follows. */
static bool scan_after_value(scanner *s, const char *stack, int *depth, bool *more) {
  for (;;) {
    skip_space(s);
    if (*depth == 0) return *more = false, true;
    if (s->at == s->end) return fail(s, "an object or array has no end");
    if (*s->at == stack[*depth - 1]) {
      s->at++;
      (*depth)--;
      continue;
    }
    if (*s->at != ',') return fail(s, "',' or the end of the object or array is expected");
    s->at++;
    *more = true;
    return stack[*depth - 1] != '}' || scan_name(s);
  }
}

/* Opens an object or array; `empty` when it is closed at once. */
static bool scan_open(scanner *s, char *stack, int *depth, bool *empty) {
  char close = *s->at == '{' ? '}' : ']';
  s->at++;
  skip_space(s);
  *empty = s->at < s->end && *s->at == close;
  if (*empty) return s->at++, true;
  if (*depth == MAX_DEPTH) return fail(s, "more than 64 levels");
  stack[(*depth)++] = close;
  return close != '}' || scan_name(s);
}

static bool scan_document(scanner *s) {
  char stack[MAX_DEPTH];
  int depth = 0;
  for (bool more = true; more;) {
    skip_space(s);
    bool opens = s->at < s->end && (*s->at == '{' || *s->at == '['), empty = false;
    if (opens && !scan_open(s, stack, &depth, &empty)) return false;
    if (opens && !empty) continue;
    if (!opens && !scan_scalar(s)) return false;
    if (!scan_after_value(s, stack, &depth, &more)) return false;
  }
  return s->at == s->end || fail(s, "something follows the value");
}

/* The next number in the checked text: texts are skipped, everything else that is no number too. */
static bool next_number_is_integer(scanner *s) {
  bool integer = false;
  while (s->at < s->end && *s->at != '-' && !is_digit(*s->at)) {
    if (*s->at == '"')
      scan_text(s);
    else
      s->at++;
  }
  if (s->at < s->end) scan_number(s, &integer);
  return integer;
}

static bool mark_numbers(cJSON *value, scanner *s) {
  for (; value; value = value->next) {
    if (cJSON_IsNumber(value)) {
      if (next_number_is_integer(s)) value->type |= WRITTEN_AS_INTEGER;
      if (!isfinite(value->valuedouble)) return false;
    }
    if (value->child && !mark_numbers(value->child, s)) return false;
  }
  return true;
}

static mb_status invalid(const scanner *s, size_t *where, const char **what) {
  if (where) *where = (size_t)(s->at - s->text);
  if (what) *what = s->what;
  return MB_INVALID_JSON;
}

mb_status mb__json_parse(const char *text, size_t size, mb__json **value, size_t *where, const char **what) {
  *value = NULL;
  scanner s = {text, text, text + size, NULL};
  size_t good = mb__utf8_prefix(text, size);
  if (good < size) {
    s.at = text + good;
    fail(&s, text[good] ? "not UTF-8" : "a zero byte");
    return invalid(&s, where, what);
  }
  if (!scan_document(&s)) return invalid(&s, where, what);
  cJSON *tree = cJSON_ParseWithLength(text, size);
  if (!tree) return MB_NO_MEMORY;
  scanner again = {text, text, text + size, NULL};
  if (!mark_numbers(tree, &again)) {
    cJSON_Delete(tree);
    fail(&again, "a number is out of range");
    return invalid(&again, where, what);
  }
  *value = tree;
  return MB_OK;
}

void mb__json_free(mb__json *value) { cJSON_Delete(value); }

void mb__json_remove(mb__json *value, const char *object, const char *name) {
  cJSON_DeleteItemFromObjectCaseSensitive(cJSON_GetObjectItemCaseSensitive(value, object), name);
}

mb__json_type mb__json_type_of(const mb__json *value) {
  if (cJSON_IsObject(value)) return MB__JSON_OBJECT;
  if (cJSON_IsArray(value)) return MB__JSON_ARRAY;
  if (cJSON_IsString(value)) return MB__JSON_TEXT;
  if (cJSON_IsNumber(value)) return MB__JSON_NUMBER;
  return cJSON_IsBool(value) ? MB__JSON_FLAG : MB__JSON_NULL;
}

const char *mb__json_type_name(const mb__json *value) {
  static const char *const names[] = {"null", "true or false", "a number", "a text", "an array", "an object"};
  return names[mb__json_type_of(value)];
}

const mb__json *mb__json_get(const mb__json *object, const char *name) {
  return cJSON_IsObject(object) ? cJSON_GetObjectItemCaseSensitive(object, name) : NULL;
}

const mb__json *mb__json_first(const mb__json *container) { return container->child; }
const mb__json *mb__json_next(const mb__json *value) { return value->next; }
const char *mb__json_name(const mb__json *member) { return member->string; }
const char *mb__json_text(const mb__json *value) { return cJSON_IsString(value) ? value->valuestring : NULL; }
double mb__json_number(const mb__json *value) { return cJSON_IsNumber(value) ? value->valuedouble : (double)NAN; }
bool mb__json_flag(const mb__json *value) { return cJSON_IsTrue(value); }

bool mb__json_is_integer(const mb__json *value) {
  return cJSON_IsNumber(value) && (value->type & WRITTEN_AS_INTEGER) != 0;
}

/* Owns UTF-8 checks and number formatting. */
#include "text.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Length of the sequence at p (n bytes left), 0 when it is not valid. Table 3-7 of the Unicode standard. */
static size_t sequence(const unsigned char *p, size_t n) {
  if (p[0] < 0x80) return p[0] != 0;
  size_t size = p[0] >= 0xF0 ? 4 : p[0] >= 0xE0 ? 3 : 2;
  if (p[0] < 0xC2 || p[0] > 0xF4 || n < size) return 0;
  unsigned char low = p[0] == 0xE0 ? 0xA0 : p[0] == 0xF0 ? 0x90 : 0x80;
  unsigned char high = p[0] == 0xED ? 0x9F : p[0] == 0xF4 ? 0x8F : 0xBF;
  if (p[1] < low || p[1] > high) return 0;
  for (size_t i = 2; i < size; i++)
    if ((p[i] & 0xC0) != 0x80) return 0;
  return size;
}

size_t mb__utf8_prefix(const char *text, size_t size) {
  size_t at = 0;
  while (at < size) {
    size_t step = sequence((const unsigned char *)text + at, size - at);
    if (step == 0) break;
    at += step;
  }
  return at;
}

bool mb__utf8_valid(const char *text) {
  size_t size = strlen(text);
  return mb__utf8_prefix(text, size) == size;
}

enum { EIGHT_DIGITS = 100000000 };

/* Two digits a step, in 32 bits as far as it goes: a wire time has thirteen of them. */
size_t mb__format_integer(char out[MB__NUMBER_SIZE], int64_t value) {
  static const char pairs[] = "0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243"
                              "4445464748495051525354555657"
                              "585960616263646566676869707172737475767778798081828384858687888990919293949596979899";
  char digits[20];
  size_t n = sizeof digits, size = 0;
  uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
  for (; rest >= EIGHT_DIGITS; rest /= EIGHT_DIGITS) {
    uint32_t low = (uint32_t)(rest % EIGHT_DIGITS);
    for (int i = 0; i < 4; i++, low /= 100) memcpy(digits + (n -= 2), pairs + 2 * (low % 100), 2);
  }
  uint32_t high = (uint32_t)rest;
  for (; high >= 10; high /= 100) memcpy(digits + (n -= 2), pairs + 2 * (high % 100), 2);
  if (high || n == sizeof digits) digits[--n] = (char)('0' + high);
  if (value < 0) out[size++] = '-';
  memcpy(out + size, digits + n, sizeof digits - n);
  return size + sizeof digits - n;
}

/* Most numbers here are whole milliseconds at heart. Up to 15 digits two decimals never mean the same double, so the
 * one found is the shortest. */
static size_t format_thousandths(char *out, double value) {
  if (fabs(value) >= 1e12) return 0;
  int64_t thousandths = (int64_t)(value * 1000 + (value < 0 ? -0.5 : 0.5));
  if ((double)thousandths / 1000 != value) return 0;
  size_t size = 0;
  if (thousandths < 0) out[size++] = '-', thousandths = -thousandths;
  size += mb__format_integer(out + size, thousandths / 1000);
  int rest = (int)(thousandths % 1000);
  if (rest) out[size++] = '.';
  for (int unit = 100; rest; unit /= 10) {
    out[size++] = (char)('0' + rest / unit);
    rest %= unit;
  }
  return size;
}

size_t mb__format_number(char out[MB__NUMBER_SIZE], double value) {
  if (fabs(value) <= MB__MOST_EXACT && (double)(int64_t)value == value) return mb__format_integer(out, (int64_t)value);
  size_t size = format_thousandths(out, value);
  if (size) return size;
  for (int precision = 1; precision <= DBL_DECIMAL_DIG; precision++) {
    size = (size_t)snprintf(out, MB__NUMBER_SIZE, "%.*g", precision, value);
    if (strtod(out, NULL) == value) break;
  }
  for (size_t i = 0; i < size; i++) /* a locale may have put another sign for the point */
    if (!strchr("0123456789+-e", out[i])) out[i] = '.';
  return size;
}

double mb__parse_number(const char *text, size_t size) {
  char number[MB__NUMBER_SIZE + 1];
  size_t length = 0;
  const char *point = localeconv()->decimal_point;
  while (length < size && length < MB__NUMBER_SIZE && text[length] && strchr("0123456789+-e.", text[length])) {
    number[length] = text[length] == '.' ? *point : text[length];
    length++;
  }
  number[length] = 0;
  return strtod(number, NULL);
}

static size_t capped(size_t size, size_t most) { return size < most ? size : most; }

static size_t smallest(size_t a, size_t b, size_t c) {
  size_t least = a < b ? a : b;
  return least < c ? least : c;
}

size_t mb__edit_distance(const char *one, const char *other) {
  enum { MOST = 64 };
  size_t row[MOST + 1], n = capped(strlen(one), MOST), m = capped(strlen(other), MOST);
  for (size_t j = 0; j <= m; j++) row[j] = j;
  for (size_t i = 1; i <= n; i++) {
    size_t corner = row[0];
    row[0] = i;
    for (size_t j = 1; j <= m; j++) {
      size_t above = row[j], change = corner + (one[i - 1] != other[j - 1]);
      row[j] = smallest(above + 1, row[j - 1] + 1, change);
      corner = above;
    }
  }
  return row[m];
}

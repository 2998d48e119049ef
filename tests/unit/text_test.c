/* UTF-8 and numbers. */
#include <float.h>
#include <locale.h>
#include <math.h>

#include "random.h"
#include "suite.h"
#include "text.h"

/* Table 3-7 of the Unicode standard: well-formed byte sequences. https://www.unicode.org/versions/Unicode15.0.0/ch03.pdf */
static const struct {
  size_t size;
  unsigned char from[4], to[4];
} well_formed[] = {
    {1, {0x01}, {0x7F}}, /* 00 is well-formed there, but no part of a text here */
    {2, {0xC2, 0x80}, {0xDF, 0xBF}},
    {3, {0xE0, 0xA0, 0x80}, {0xE0, 0xBF, 0xBF}},
    {3, {0xE1, 0x80, 0x80}, {0xEC, 0xBF, 0xBF}},
    {3, {0xED, 0x80, 0x80}, {0xED, 0x9F, 0xBF}},
    {3, {0xEE, 0x80, 0x80}, {0xEF, 0xBF, 0xBF}},
    {4, {0xF0, 0x90, 0x80, 0x80}, {0xF0, 0xBF, 0xBF, 0xBF}},
    {4, {0xF1, 0x80, 0x80, 0x80}, {0xF3, 0xBF, 0xBF, 0xBF}},
    {4, {0xF4, 0x80, 0x80, 0x80}, {0xF4, 0x8F, 0xBF, 0xBF}},
};

static size_t well_formed_size(const unsigned char *bytes, size_t size) {
  for (size_t i = 0; i < sizeof well_formed / sizeof *well_formed; i++) {
    size_t n = 0;
    while (n < well_formed[i].size && n < size && bytes[n] >= well_formed[i].from[n] &&
           bytes[n] <= well_formed[i].to[n])
      n++;
    if (n == well_formed[i].size) return n;
  }
  return 0;
}

/* Every sequence of two bytes, and every one of four whose bytes lie at a boundary of the table. */
TEST(utf8_follows_the_table) {
  static const unsigned char edges[] = {0x00, 0x01, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF,
                                        0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xEC, 0xED, 0xEE, 0xEF,
                                        0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xF8, 0xFE, 0xFF};
  enum { EDGES = sizeof edges };
  for (int first = 0; first < 256; first++)
    for (int second = 0; second < 256; second++) {
      const unsigned char bytes[] = {(unsigned char)first, (unsigned char)second};
      size_t expected = well_formed_size(bytes, 2);
      if (expected == 1) expected += well_formed_size(bytes + 1, 1);
      assert_int_equal(mb__utf8_prefix((const char *)bytes, 2), expected);
    }
  for (int i = 0; i < EDGES * EDGES * EDGES * EDGES; i++) {
    const unsigned char bytes[] = {edges[i % EDGES], edges[i / EDGES % EDGES], edges[i / EDGES / EDGES % EDGES],
                                   edges[i / EDGES / EDGES / EDGES]};
    size_t expected = 0, step;
    while (expected < 4 && (step = well_formed_size(bytes + expected, 4 - expected)) > 0) expected += step;
    assert_int_equal(mb__utf8_prefix((const char *)bytes, 4), expected);
  }
}

TEST(utf8_of_whole_texts) {
  assert_true(mb__utf8_valid(""));
  assert_true(mb__utf8_valid("gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x8e\xac \xf4\x8f\xbf\xbf \xef\xbf\xbf"));
  assert_false(mb__utf8_valid("cut \xe2\x82"));
  assert_false(mb__utf8_valid("surrogate \xed\xa0\x80"));
  assert_false(mb__utf8_valid("overlong \xc0\xaf"));
  assert_false(mb__utf8_valid("overlong \xe0\x80\xaf"));
  assert_false(mb__utf8_valid("beyond \xf4\x90\x80\x80"));
  assert_int_equal(mb__utf8_prefix("ab\0c", 4), 2);
  assert_int_equal(mb__utf8_prefix(NULL, 0), 0);
}

static const char *written(double value) {
  static char text[MB__NUMBER_SIZE + 1];
  text[mb__format_number(text, value)] = 0;
  return text;
}

static const char *written_integer(int64_t value) {
  static char text[MB__NUMBER_SIZE + 1];
  text[mb__format_integer(text, value)] = 0;
  return text;
}

TEST(integers) {
  assert_string_equal(written_integer(0), "0");
  assert_string_equal(written_integer(-1), "-1");
  assert_string_equal(written_integer(9), "9");
  assert_string_equal(written_integer(10), "10");
  assert_string_equal(written_integer(1700000000123), "1700000000123");
  assert_string_equal(written_integer(INT64_MAX), "9223372036854775807");
  assert_string_equal(written_integer(INT64_MIN), "-9223372036854775808");
  uint64_t random = 1;
  for (int i = 0; i < 20000; i++) {
    char expected[32];
    int64_t value = (int64_t)(mb__random_next(&random) >> (i % 64));
    if (i % 2) value = -value;
    snprintf(expected, sizeof expected, "%lld", (long long)value);
    assert_string_equal(written_integer(value), expected);
  }
}

TEST(numbers) {
  assert_string_equal(written(30.0), "30");
  assert_string_equal(written(0.0), "0");
  assert_string_equal(written(-0.0), "0");
  assert_string_equal(written(0.1), "0.1");
  assert_string_equal(written(-0.1), "-0.1");
  assert_string_equal(written(0.001), "0.001");
  assert_string_equal(written(0.0001), "0.0001");
  assert_string_equal(written(1.5), "1.5");
  assert_string_equal(written(2.05), "2.05");
  assert_string_equal(written(2.005), "2.005");
  assert_string_equal(written(100.0), "100");
  assert_string_equal(written(60.333333333333336), "60.333333333333336");
  assert_string_equal(written(1.0 / 3), "0.3333333333333333");
  assert_string_equal(written(0.1 + 0.2), "0.30000000000000004");
  assert_string_equal(written(86399.999), "86399.999");
  assert_string_equal(written(1700000000.123), "1700000000.123");
  assert_string_equal(written(999999999999.999), "999999999999.999");
  assert_string_equal(written(9007199254740992.0), "9007199254740992");
  assert_string_equal(written(1e21), "1e+21");
  assert_string_equal(written(5e-324), "5e-324");
  assert_string_equal(written(DBL_MAX), "1.7976931348623157e+308");
  assert_string_equal(written(-DBL_MAX), "-1.7976931348623157e+308");
  assert_string_equal(written(DBL_MIN), "2.2250738585072014e-308");
}

/* JSON's grammar of a number, and nothing more than it needs. */
static void assert_is_json_number(const char *text) {
  const char *at = text + (*text == '-');
  assert_true(*at >= '0' && *at <= '9');
  if (*at == '0')
    at++;
  else
    at += strspn(at, "0123456789");
  if (*at == '.') {
    size_t digits = strspn(++at, "0123456789");
    assert_true(digits > 0 && at[digits - 1] != '0');
    at += digits;
  }
  if (*at == 'e') {
    at += 1 + (at[1] == '+' || at[1] == '-');
    assert_true(strspn(at, "0123456789") > 0);
    at += strspn(at, "0123456789");
  }
  assert_int_equal(*at, 0);
}

static int digits_of(const char *text) {
  int digits = 0;
  bool leading = true;
  for (; *text && *text != 'e'; text++) {
    if (*text >= '1' && *text <= '9') leading = false;
    if (!leading && *text >= '0' && *text <= '9') digits++;
  }
  return digits;
}

/* Reads back the same, and with a digit less it would not. */
static void assert_shortest(double value) {
  char text[64], shorter[64];
  snprintf(text, sizeof text, "%s", written(value));
  assert_is_json_number(text);
  assert_true(strtod(text, NULL) == value);
  assert_true(mb__parse_number(text, strlen(text)) == value);
  if (fabs(value) >= 1e15 || value == 0) return; /* whole numbers keep their zeros */
  snprintf(shorter, sizeof shorter, "%.*e", 0, value);
  for (int digits = 1; digits < digits_of(text) && strchr(text, '.'); digits++) {
    snprintf(shorter, sizeof shorter, "%.*e", digits - 1, value);
    assert_false(strtod(shorter, NULL) == value);
  }
}

TEST(random_numbers_read_back_the_same) {
  uint64_t random = 42;
  for (int i = 0; i < 8000; i++) {
    union {
      uint64_t bits;
      double value;
    } number = {.bits = mb__random_next(&random)};
    if (isfinite(number.value)) assert_shortest(number.value);
    assert_shortest((double)(int64_t)(mb__random_next(&random) >> (11 + i % 50)));
    assert_shortest((double)mb__random_below(&random, 100000000) / 1000);
    assert_shortest((double)mb__random_below(&random, 1000000) / 333);
  }
}

TEST(numbers_are_read) {
  assert_true(mb__parse_number("60.25,\"ts\"", 10) == 60.25);
  assert_true(mb__parse_number("1e3}", 4) == 1000);
  assert_true(mb__parse_number("12345", 2) == 12);
  assert_true(mb__parse_number("-0.5", 4) == -0.5);
  assert_true(mb__parse_number("", 0) == 0);
}

/* A locale with a decimal comma, if one is installed. */
TEST(locales_make_no_difference) {
  static const char *const locales[] = {"de_DE.UTF-8", "de_DE.utf8", "de_DE",
                                        "fr_FR.UTF-8", "fr_FR.utf8", "ps_AF.utf8"};
  const char *set = NULL;
  for (size_t i = 0; i < sizeof locales / sizeof *locales && !set; i++) set = setlocale(LC_ALL, locales[i]);
  if (!set || strcmp(localeconv()->decimal_point, ".") == 0) {
    setlocale(LC_ALL, "C");
    skip();
  }
  char comma[32], text[64];
  snprintf(comma, sizeof comma, "%g", 0.5);
  snprintf(text, sizeof text, "%s", written(60.333333333333336));
  double read = mb__parse_number("60.25", 5);
  char thousandths[64];
  snprintf(thousandths, sizeof thousandths, "%s", written(1234567.5));
  setlocale(LC_ALL, "C");
  assert_string_not_equal(comma, "0.5");
  assert_string_equal(text, "60.333333333333336");
  assert_string_equal(thousandths, "1234567.5");
  assert_true(read == 60.25);
}

TEST(distances) {
  assert_int_equal(mb__edit_distance("", ""), 0);
  assert_int_equal(mb__edit_distance("", "abc"), 3);
  assert_int_equal(mb__edit_distance("abc", ""), 3);
  assert_int_equal(mb__edit_distance("channel", "channel"), 0);
  assert_int_equal(mb__edit_distance("chanel", "channel"), 1);
  assert_int_equal(mb__edit_distance("kitten", "sitting"), 3);
  assert_int_equal(mb__edit_distance("Seed", "seed"), 1);
  char longest[200];
  memset(longest, 'x', sizeof longest - 1);
  longest[sizeof longest - 1] = 0;
  assert_int_equal(mb__edit_distance(longest, "x"), 63);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(utf8_follows_the_table),
      cmocka_unit_test(utf8_of_whole_texts),
      cmocka_unit_test(integers),
      cmocka_unit_test(numbers),
      cmocka_unit_test(random_numbers_read_back_the_same),
      cmocka_unit_test(numbers_are_read),
      cmocka_unit_test(locales_make_no_difference),
      cmocka_unit_test(distances),
  };
  return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}

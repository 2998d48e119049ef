/* JSON in: strictly what JSON is, with the byte at which it is not. https://www.rfc-editor.org/rfc/rfc8259 */
#include "json.h"

#include <math.h>

#include "suite.h"

static mb_status parse(const char *text, mb__json **value, size_t *where, const char **what) {
  return mb__json_parse(text, strlen(text), value, where, what);
}

static const struct {
  const char *text;
  size_t where;
  const char *what;
} wrong[] = {
    {"", 0, "a value is expected"},
    {"  ", 2, "a value is expected"},
    {"\xef\xbb\xbf{}", 0, "a value is expected"},
    {"nul", 0, "a value is expected"},
    {"nulL", 0, "a value is expected"},
    {"True", 0, "a value is expected"},
    {"truex", 4, "something follows the value"},
    {"NaN", 0, "a value is expected"},
    {"Infinity", 0, "a value is expected"},
    {"'a'", 0, "a value is expected"},
    {"{} {}", 3, "something follows the value"},
    {"1 2", 2, "something follows the value"},
    {"[1]]", 3, "something follows the value"},
    {"// x\n1", 0, "a value is expected"},
    {"[1,/* x */2]", 3, "a value is expected"},
    {"[", 1, "a value is expected"},
    {"[1", 2, "an object or array has no end"},
    {"[1,", 3, "a value is expected"},
    {"[1,]", 3, "a value is expected"},
    {"[,1]", 1, "a value is expected"},
    {"[1 2]", 3, "',' or the end of the object or array is expected"},
    {"[1}", 2, "',' or the end of the object or array is expected"},
    {"{", 1, "a member name is expected"},
    {"{\"a\"", 4, "':' is expected"},
    {"{\"a\":", 5, "a value is expected"},
    {"{\"a\":1", 6, "an object or array has no end"},
    {"{\"a\":1,", 7, "a member name is expected"},
    {"{\"a\":1,}", 7, "a member name is expected"},
    {"{\"a\",1}", 4, "':' is expected"},
    {"{a:1}", 1, "a member name is expected"},
    {"{1:1}", 1, "a member name is expected"},
    {"{\"a\":1]", 6, "',' or the end of the object or array is expected"},
    {"\"", 1, "a text has no end"},
    {"\"abc", 4, "a text has no end"},
    {"\"\\", 2, "a text has no end"},
    {"\"a\nb\"", 2, "a control character stands in a text"},
    {"\"a\tb\"", 2, "a control character stands in a text"},
    {"\"\x1f\"", 1, "a control character stands in a text"},
    {"\"\\x\"", 3, "no such escape"},
    {"\"\\'\"", 3, "no such escape"},
    {"\"\\u12\"", 5, "\\u needs four hexadecimal digits"},
    {"\"\\u12g4\"", 5, "\\u needs four hexadecimal digits"},
    {"\"\\U0041\"", 3, "no such escape"},
    {"\"\\u0000\"", 7, "a text contains \\u0000"},
    {"{\"\\u0000\":1}", 8, "a text contains \\u0000"},
    {"\"\\ud83d\"", 7, "a surrogate stands alone"},
    {"\"\\ud800\"", 7, "a surrogate stands alone"},
    {"\"\\udbff\\ue000\"", 13, "a surrogate stands alone"},
    {"\"\\ud83dx\"", 7, "a surrogate stands alone"},
    {"\"\\ud83d\\n\"", 7, "a surrogate stands alone"},
    {"\"\\ud83d\\u0041\"", 13, "a surrogate stands alone"},
    {"\"\\ude00\"", 7, "a surrogate stands alone"},
    {"\"\\ude00\\ud83d\"", 7, "a surrogate stands alone"},
    {"\"\xff\"", 1, "not UTF-8"},
    {"\"\xed\xa0\x80\"", 1, "not UTF-8"},
    {"[1,\"\xc3\"]", 4, "not UTF-8"},
    {"01", 1, "a number starts with 0"},
    {"-01", 2, "a number starts with 0"},
    {"-", 1, "a digit is missing"},
    {"+1", 0, "a value is expected"},
    {".5", 0, "a value is expected"},
    {"1.", 2, "a digit is missing"},
    {"1.e3", 2, "a digit is missing"},
    {"1e", 2, "a digit is missing"},
    {"1e+", 3, "a digit is missing"},
    {"0x10", 1, "something follows the value"},
    {"1_000", 1, "something follows the value"},
    {"[1e999]", 6, "a number is out of range"},
    {"{\"a\":-1e400}", 11, "a number is out of range"},
};

TEST(what_is_no_json) {
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    mb__json *value = (mb__json *)&value;
    size_t where = 999;
    const char *what = NULL;
    mb_status status = parse(wrong[i].text, &value, &where, &what);
    if (status != MB_INVALID_JSON) fail_msg("%s: %s", wrong[i].text, mb_status_name(status));
    if (where != wrong[i].where || strcmp(what, wrong[i].what) != 0)
      fail_msg("%s: byte %zu, %s", wrong[i].text, where, what);
    assert_null(value);
    assert_int_equal(parse(wrong[i].text, &value, NULL, NULL), MB_INVALID_JSON);
  }
}

TEST(a_zero_byte_is_no_text) {
  mb__json *value;
  size_t where;
  assert_int_equal(mb__json_parse("{}\0", 3, &value, &where, NULL), MB_INVALID_JSON);
  assert_int_equal(where, 2);
  assert_int_equal(mb__json_parse("\"a\0b\"", 5, &value, &where, NULL), MB_INVALID_JSON);
  assert_int_equal(where, 2);
}

/* The text need not be terminated: nothing behind its size is read. */
TEST(only_so_many_bytes) {
  mb__json *value;
  char *exact = malloc(2);
  memcpy(exact, "12", 2);
  assert_int_equal(mb__json_parse(exact, 2, &value, NULL, NULL), MB_OK);
  assert_true(mb__json_number(value) == 12);
  mb__json_free(value);
  free(exact);
  assert_int_equal(mb__json_parse("[1]x", 3, &value, NULL, NULL), MB_OK);
  mb__json_free(value);
  assert_int_equal(mb__json_parse("truex", 4, &value, NULL, NULL), MB_OK);
  mb__json_free(value);
}

/* Every prefix of a document is an error, and none is read beyond its end. */
TEST(documents_cut_short) {
  static const char whole[] = "{\"a\":[1,-2.5e+3,true,false,null],\"b\":{\"c\":\"\\u00e9\\ud83d\\ude00\\n\"}}";
  for (size_t size = 0; size < sizeof whole - 1; size++) {
    mb__json *value;
    char *cut = malloc(size ? size : 1);
    size_t where = 0;
    memcpy(cut, whole, size);
    assert_int_equal(mb__json_parse(cut, size, &value, &where, NULL), MB_INVALID_JSON);
    assert_true(where <= size);
    free(cut);
  }
}

static mb_status parse_nested(int depth, const char *open, const char *close) {
  text_buffer text = {0};
  mb__json *value;
  for (int i = 0; i < depth; i++) text_add(&text, "%s", open);
  text_add(&text, "1");
  for (int i = 0; i < depth; i++) text_add(&text, "%s", close);
  mb_status status = parse(text_of(&text), &value, NULL, NULL);
  mb__json_free(value);
  text_free(&text);
  return status;
}

TEST(sixty_four_levels) {
  assert_int_equal(parse_nested(64, "[", "]"), MB_OK);
  assert_int_equal(parse_nested(65, "[", "]"), MB_INVALID_JSON);
  assert_int_equal(parse_nested(64, "{\"a\":", "}"), MB_OK);
  assert_int_equal(parse_nested(65, "{\"a\":", "}"), MB_INVALID_JSON);
  assert_int_equal(parse_nested(100000, "[", "]"), MB_INVALID_JSON);
}

TEST(values) {
  mb__json *value;
  assert_int_equal(parse(" { \"t\" : \"x\" , \"n\" : -1.5e2 ,\"y\":true,\"f\":false,\"z\":null,\"a\":[ ],\"o\":{ } } ",
                         &value, NULL, NULL),
                   MB_OK);
  assert_int_equal(mb__json_type_of(value), MB__JSON_OBJECT);
  assert_string_equal(mb__json_text(mb__json_get(value, "t")), "x");
  assert_true(mb__json_number(mb__json_get(value, "n")) == -150);
  assert_true(mb__json_flag(mb__json_get(value, "y")));
  assert_false(mb__json_flag(mb__json_get(value, "f")));
  assert_int_equal(mb__json_type_of(mb__json_get(value, "z")), MB__JSON_NULL);
  assert_int_equal(mb__json_type_of(mb__json_get(value, "a")), MB__JSON_ARRAY);
  assert_null(mb__json_first(mb__json_get(value, "a")));
  assert_null(mb__json_get(value, "T"));
  assert_null(mb__json_get(value, "missing"));
  assert_null(mb__json_get(mb__json_get(value, "a"), "x"));
  assert_null(mb__json_get(NULL, "x"));
  assert_null(mb__json_text(mb__json_get(value, "n")));
  assert_true(isnan(mb__json_number(mb__json_get(value, "t"))));
  assert_false(mb__json_flag(mb__json_get(value, "n")));
  assert_string_equal(mb__json_name(mb__json_first(value)), "t");
  assert_string_equal(mb__json_name(mb__json_next(mb__json_first(value))), "n");
  static const char *const names[] = {"a text", "a number", "true or false", "true or false",
                                      "null",   "an array", "an object"};
  const mb__json *member = mb__json_first(value);
  for (size_t i = 0; i < sizeof names / sizeof *names; i++, member = mb__json_next(member))
    assert_string_equal(mb__json_type_name(member), names[i]);
  assert_null(member);
  mb__json_free(value);
}

TEST(texts) {
  mb__json *value;
  assert_int_equal(parse("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\u20AC\\ud83d\\ude00 \xc3\xa9\x7f\"", &value, NULL, NULL),
                   MB_OK);
  assert_string_equal(mb__json_text(value), "\"\\/\b\f\n\r\t\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80 \xc3\xa9\x7f");
  mb__json_free(value);
  assert_int_equal(parse("\"\\ud7ff\\ud800\\udc00\\udbff\\udfff\\ue000\"", &value, NULL, NULL), MB_OK);
  assert_string_equal(mb__json_text(value), "\xed\x9f\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\xee\x80\x80");
  mb__json_free(value);
}

/* 24 and 24.0 are the same number, but only one of them is an integer on the wire. Numbers in texts and names do not count. */
TEST(integers_are_told_from_numbers) {
  static const char *const integers[] = {"0", "-0", "24", "-7", "9007199254740993", "123456789012345678901234567890"};
  static const char *const others[] = {"24.0", "24e0", "2.4e1", "0.0", "1E2", "-1.5"};
  mb__json *value;
  for (size_t i = 0; i < sizeof integers / sizeof *integers; i++) {
    assert_int_equal(parse(integers[i], &value, NULL, NULL), MB_OK);
    assert_true(mb__json_is_integer(value));
    mb__json_free(value);
    assert_int_equal(parse(others[i], &value, NULL, NULL), MB_OK);
    assert_false(mb__json_is_integer(value));
    mb__json_free(value);
  }
  assert_int_equal(
      parse("{\"1.5\":[\"2.5\",\"\\\"7\",3,4.0,{\"5\":true,\"6.0\":6}],\"x\":8.0,\"y\":9}", &value, NULL, NULL), MB_OK);
  const mb__json *list = mb__json_get(value, "1.5"), *third = mb__json_next(mb__json_next(mb__json_first(list)));
  assert_true(mb__json_is_integer(third));
  assert_false(mb__json_is_integer(mb__json_next(third)));
  assert_true(mb__json_is_integer(mb__json_get(mb__json_next(mb__json_next(third)), "6.0")));
  assert_false(mb__json_is_integer(mb__json_get(value, "x")));
  assert_true(mb__json_is_integer(mb__json_get(value, "y")));
  assert_false(mb__json_is_integer(list));
  mb__json_free(value);
}

/* A marked number is still a number everywhere else. */
TEST(long_numbers) {
  mb__json *value;
  assert_int_equal(parse("123456789012345678901234567890123456789012345678901234567890", &value, NULL, NULL), MB_OK);
  assert_true(mb__json_number(value) == 123456789012345678901234567890123456789012345678901234567890.0);
  mb__json_free(value);
  assert_int_equal(parse("1234567890123456789012345678901234567890123456789012345678901", &value, NULL, NULL),
                   MB_INVALID_JSON);
  assert_int_equal(parse("0.1000000000000000055511151231257827021181583404541015625", &value, NULL, NULL), MB_OK);
  assert_true(mb__json_number(value) == 0.1);
  mb__json_free(value);
  assert_int_equal(parse("1e-999", &value, NULL, NULL), MB_OK);
  assert_true(mb__json_number(value) == 0);
  mb__json_free(value);
  mb__json_free(NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_is_no_json),
      cmocka_unit_test(a_zero_byte_is_no_text),
      cmocka_unit_test(only_so_many_bytes),
      cmocka_unit_test(documents_cut_short),
      cmocka_unit_test(sixty_four_levels),
      cmocka_unit_test(values),
      cmocka_unit_test(texts),
      cmocka_unit_test(integers_are_told_from_numbers),
      cmocka_unit_test(long_numbers),
  };
  return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}

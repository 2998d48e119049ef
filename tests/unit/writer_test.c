/* JSON out: escapes, values, and the failure that sticks. */
#include "writer.h"

#include "suite.h"
#include "written.h"

TEST(texts_are_escaped) {
  char all[33], expected[512] = "\"";
  mb__writer writer;
  for (int c = 1; c <= 32; c++) all[c - 1] = (char)c;
  all[32] = 0;
  for (int c = 1; c < 32; c++) {
    static const char short_forms[] = "........btn.fr..................";
    size_t size = strlen(expected);
    if (c >= 8 && c <= 13 && c != 11)
      snprintf(expected + size, sizeof expected - size, "\\%c", short_forms[c]);
    else
      snprintf(expected + size, sizeof expected - size, "\\u%04x", (unsigned)c);
  }
  size_t end = strlen(expected);
  snprintf(expected + end, sizeof expected - end, " \"");
  mb__writer_init(&writer, &mb__c_library);
  mb__write_text(&writer, all);
  assert_string_equal(written(&writer), expected);
  mb__writer_clear(&writer);
  mb__write_text(&writer, "\"\\/\x7f \xc3\xa9 \xf0\x9f\x98\x80");
  assert_string_equal(written(&writer), "\"\\\"\\\\/\x7f \xc3\xa9 \xf0\x9f\x98\x80\"");
  mb__writer_clear(&writer);
  mb__write_text(&writer, "");
  assert_string_equal(written(&writer), "\"\"");
  mb__writer_free(&writer);
}

TEST(values_read_and_written_are_the_same) {
  static const char json[] = "{\"a\\\"\":[1,-2.5,1e+21,true,false,null,\"\\u0001\"],\"b\":{},\"c\":[],\"\":\"\"}";
  mb__json *value;
  mb__writer writer;
  mb__writer_init(&writer, &mb__c_library);
  assert_int_equal(mb__json_parse(json, sizeof json - 1, &value, NULL, NULL), MB_OK);
  mb__write_json(&writer, value);
  assert_string_equal(written(&writer), json);
  mb__json_free(value);
  mb__writer_free(&writer);
}

TEST(pieces) {
  mb__writer writer;
  mb__writer_init(&writer, &mb__c_library);
  mb__write_raw(&writer, "<");
  mb__write_integer(&writer, -12);
  mb__write(&writer, ",,,", 1);
  mb__write_number(&writer, 0.5);
  mb__write(&writer, NULL, 0);
  mb__write_flag(&writer, true);
  mb__write_flag(&writer, false);
  mb__write_raw(&writer, "");
  assert_string_equal(written(&writer), "<-12,0.5truefalse");
  mb__writer_free(&writer);
  assert_null(writer.bytes);
}

TEST(it_grows) {
  mb__writer writer;
  mb__writer_init(&writer, &mb__c_library);
  for (int i = 0; i < 100000; i++) mb__write_integer(&writer, i % 10);
  assert_int_equal(writer.size, 100000);
  for (int i = 0; i < 100000; i++) assert_int_equal(writer.bytes[i], '0' + i % 10);
  mb__writer_free(&writer);
}

/* One check at the end is enough; clearing begins anew. */
TEST(a_failure_sticks) {
  counted_memory counted = {.fail_at = 2};
  const mb__memory memory = {&counted, counted_allocate};
  mb__writer writer;
  mb__writer_init(&writer, &memory);
  mb__write_raw(&writer, "begins");
  assert_false(writer.failed);
  for (int i = 0; i < 1000; i++) mb__write_text(&writer, "more");
  assert_true(writer.failed);
  mb__write_raw(&writer, "x");
  assert_true(writer.failed);
  assert_int_equal(counted.calls, 2);
  mb__writer_clear(&writer);
  mb__write_raw(&writer, "works again");
  assert_string_equal(written(&writer), "works again");
  mb__writer_free(&writer);
  assert_int_equal(counted.blocks, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(texts_are_escaped),
      cmocka_unit_test(values_read_and_written_are_the_same),
      cmocka_unit_test(pieces),
      cmocka_unit_test(it_grows),
      cmocka_unit_test(a_failure_sticks),
  };
  return cmocka_run_group_tests_name("writer", tests, NULL, NULL);
}

/* Configuration: types, ranges, warnings, what is said about what is wrong. */
#include "config.h"

#include <math.h>

#include "suite.h"
#include "written.h"

static mb_config *config;
static counted_memory counted;

static int set_up(void **state) {
  (void)state;
  counted = (counted_memory){0};
  const mb_host host = {.size = sizeof host, .user = &counted, .allocate = counted_allocate};
  return (int)mb_config_new(&host, &config);
}

static int tear_down(void **state) {
  (void)state;
  mb_config_free(config);
  return counted.blocks != 0;
}

static mb_status set_json(const char *json) {
  char text[2048];
  snprintf(text, sizeof text, "%s", json);
  for (char *c = text; *c; c++)
    if (*c == '\'') *c = '"';
  return mb_config_set_json(config, text, strlen(text));
}

static void assert_refused(mb_status expected, mb_status status, const char *error) {
  assert_string_equal(mb_config_error(config), error);
  assert_string_equal(mb_status_name(status), mb_status_name(expected));
}

TEST(defaults) {
  assert_null(mb_config_text(config, "endpoint"));
  assert_string_equal(mb_config_text(config, "protocol"), "collection-v1");
  assert_string_equal(mb_config_text(config, "logLevel"), "warning");
  assert_true(mb_config_number(config, "mainPingInterval") == 10);
  assert_true(mb_config_number(config, "adPingInterval") == 10);
  assert_true(mb_config_number(config, "downloadedPingInterval") == 50);
  assert_true(mb_config_number(config, "answerTimeout") == 5);
  assert_true(mb_config_flag(config, "enableSSL"));
  assert_false(mb_config_flag(config, "downloaded"));
  assert_null(mb_config_text(config, "customerIDs"));
  assert_null(mb_config_warning(config, 0));
  assert_string_equal(mb_config_error(config), "");
}

/* Each key is listed with everything that a page about it needs, and its default is what a new configuration says. */
TEST(keys_are_listed) {
  size_t count = 0;
  for (const char *name; (name = mb_config_key_name(count)) != NULL; count++) {
    const char *type = mb_config_key_type(count), *given = mb_config_key_default(count);
    assert_true(strlen(mb_config_key_help(count)) > 10);
    for (size_t other = 0; other < count; other++) assert_string_not_equal(mb_config_key_name(other), name);
    if (strcmp(type, "text") == 0) {
      const char *text = mb_config_text(config, name);
      assert_string_equal(text ? text : "", given);
    } else if (strcmp(type, "number") == 0) {
      assert_true(mb_config_number(config, name) == (*given ? strtod(given, NULL) : 0));
    } else if (strcmp(type, "flag") == 0) {
      assert_int_equal(mb_config_flag(config, name), strcmp(given, "true") == 0);
    } else {
      assert_string_equal(type, "object");
      assert_string_equal(given, "");
    }
  }
  assert_in_range(count, 30, 60);
  assert_null(mb_config_key_help(count));
  assert_null(mb_config_key_type(count));
  assert_null(mb_config_key_default(count));
}

TEST(values_are_set_and_removed) {
  char text[] = "channel one";
  assert_int_equal(mb_config_set_text(config, "channel", text), MB_OK);
  text[0] = 'X';
  assert_string_equal(mb_config_text(config, "channel"), "channel one");
  assert_int_equal(mb_config_set_text(config, "channel", "\xc3\xbc"), MB_OK);
  assert_string_equal(mb_config_text(config, "channel"), "\xc3\xbc");
  assert_int_equal(mb_config_set_text(config, "channel", ""), MB_OK);
  assert_string_equal(mb_config_text(config, "channel"), "");
  assert_int_equal(mb_config_set_text(config, "channel", NULL), MB_OK);
  assert_null(mb_config_text(config, "channel"));
  assert_int_equal(mb_config_set_number(config, "mainPingInterval", 50), MB_OK);
  assert_true(mb_config_number(config, "mainPingInterval") == 50);
  assert_int_equal(mb_config_set_text(config, "mainPingInterval", NULL), MB_OK);
  assert_true(mb_config_number(config, "mainPingInterval") == 10);
  assert_int_equal(mb_config_set_flag(config, "enableSSL", false), MB_OK);
  assert_false(mb_config_flag(config, "enableSSL"));
  assert_int_equal(mb_config_set_text(config, "enableSSL", NULL), MB_OK);
  assert_true(mb_config_flag(config, "enableSSL"));
}

TEST(reading_asks_for_the_right_type) {
  assert_null(mb_config_text(config, "mainPingInterval"));
  assert_true(mb_config_number(config, "channel") == 0);
  assert_true(mb_config_number(config, "enableSSL") == 0);
  assert_false(mb_config_flag(config, "mainPingInterval"));
  assert_null(mb_config_text(config, "nonsense"));
  assert_true(mb_config_number(config, "nonsense") == 0);
  assert_false(mb_config_flag(config, "nonsense"));
  assert_null(mb_config_text(NULL, "channel"));
  assert_null(mb_config_text(config, NULL));
  assert_string_equal(mb_config_error(NULL), "");
  assert_null(mb_config_warning(NULL, 0));
}

TEST(unknown_keys) {
  assert_refused(MB_UNKNOWN_KEY, mb_config_set_text(config, "chanel", "x"),
                 "chanel: no such key; did you mean channel?");
  assert_refused(MB_UNKNOWN_KEY, mb_config_set_number(config, "mainpinginterval", 20),
                 "mainpinginterval: no such key; did you mean mainPingInterval?");
  assert_refused(MB_UNKNOWN_KEY, mb_config_set_flag(config, "enableSsl", true),
                 "enableSsl: no such key; did you mean enableSSL?");
  assert_refused(MB_UNKNOWN_KEY, mb_config_set_text(config, "somethingElse", "x"), "somethingElse: no such key");
  assert_refused(MB_UNKNOWN_KEY, mb_config_set_text(config, "", "x"), ": no such key");
  assert_int_equal(mb_config_set_text(config, "channel", "x"), MB_OK);
  assert_string_equal(mb_config_error(config), "");
}

TEST(wrong_types) {
  assert_refused(MB_WRONG_TYPE, mb_config_set_text(config, "mainPingInterval", "20"),
                 "mainPingInterval: needs a number, not a text");
  assert_refused(MB_WRONG_TYPE, mb_config_set_text(config, "enableSSL", "true"), "enableSSL: needs a flag, not a text");
  assert_refused(MB_WRONG_TYPE, mb_config_set_text(config, "customerIDs", "{}"),
                 "customerIDs: needs an object, not a text");
  assert_refused(MB_WRONG_TYPE, mb_config_set_number(config, "channel", 1), "channel: needs a text, not a number");
  assert_refused(MB_WRONG_TYPE, mb_config_set_number(config, "enableSSL", 1), "enableSSL: needs a flag, not a number");
  assert_refused(MB_WRONG_TYPE, mb_config_set_flag(config, "channel", true),
                 "channel: needs a text, not true or false");
  assert_refused(MB_WRONG_TYPE, mb_config_set_flag(config, "seed", true), "seed: needs a number, not true or false");
}

TEST(wrong_values) {
  assert_refused(MB_INVALID_TEXT, mb_config_set_text(config, "channel", "\xff"), "channel: not valid UTF-8");
  assert_refused(MB_INVALID_NUMBER, mb_config_set_number(config, "seed", (double)NAN), "seed: not a finite number");
  assert_refused(MB_INVALID_NUMBER, mb_config_set_number(config, "seed", (double)INFINITY),
                 "seed: not a finite number");
  assert_refused(
      MB_INVALID_ARGUMENT, mb_config_set_text(config, "protocol", "edge"),
      "protocol: \"edge\" is not one of its values (Wire protocol: collection-v1, downloaded-v1 for the same "
      "with downloaded true, or edge-va-v1 for the Media Edge API)");
  static const char *const choices[][2] = {
      {"mainPingAnchor", "play"}, {"logLevel", "Debug"}, {"level", ""}, {"ticks", "no"}};
  for (int i = 0; i < 4; i++) {
    assert_int_equal(mb_config_set_text(config, choices[i][0], choices[i][1]), MB_INVALID_ARGUMENT);
    assert_memory_equal(mb_config_error(config), choices[i][0], strlen(choices[i][0]));
  }
  assert_int_equal(mb_config_set_text(NULL, "channel", "x"), MB_INVALID_ARGUMENT);
  assert_int_equal(mb_config_set_text(config, NULL, "x"), MB_INVALID_ARGUMENT);
  assert_int_equal(mb_config_set_number(config, NULL, 1), MB_INVALID_ARGUMENT);
  assert_int_equal(mb_config_set_flag(config, NULL, true), MB_INVALID_ARGUMENT);
  assert_int_equal(mb_config_set_json(config, NULL, 0), MB_INVALID_ARGUMENT);
  assert_int_equal(mb_config_new(NULL, NULL), MB_INVALID_ARGUMENT);
  mb_config_free(NULL);
}

/* Refused, a key keeps what it had. */
TEST(a_refused_value_changes_nothing) {
  assert_int_equal(mb_config_set_text(config, "logLevel", "debug"), MB_OK);
  assert_int_equal(mb_config_set_text(config, "logLevel", "loud"), MB_INVALID_ARGUMENT);
  assert_string_equal(mb_config_text(config, "logLevel"), "debug");
  assert_int_equal(mb_config_set_text(config, "endpoint", "https://a.example"), MB_OK);
  assert_int_equal(mb_config_set_text(config, "endpoint", "ftp://b.example"), MB_INVALID_ARGUMENT);
  assert_string_equal(mb_config_text(config, "endpoint"), "https://a.example");
  assert_int_equal(mb_config_set_number(config, "seed", 7), MB_OK);
  assert_int_equal(mb_config_set_number(config, "seed", (double)NAN), MB_INVALID_NUMBER);
  assert_true(mb_config_number(config, "seed") == 7);
}

TEST(endpoints) {
  static const char *const good[] = {"http://h",    "https://h.example", "https://h:8443",
                                     "http://h/va", "http://h/",         "https://[::1]:1/x"};
  static const char *const bad[] = {"h",          "http:/h",     "http://",    "https:///x",
                                    "HTTP//h",    "http://h/?x", "http://h#x", "http://h h",
                                    "http://h\n", " http://h",   "file:///x",  "http://h\x7f"};
  for (size_t i = 0; i < sizeof good / sizeof *good; i++)
    assert_int_equal(mb_config_set_text(config, "endpoint", good[i]), MB_OK);
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    if (mb_config_set_text(config, "endpoint", bad[i]) != MB_INVALID_ARGUMENT) fail_msg("%s is taken", bad[i]);
}

/* Out of range: the default, with a warning, as the SDKs do with ping intervals. */
TEST(numbers_out_of_range) {
  static const double values[] = {9, 51, 10.5, -1, 0, 1e300};
  for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
    assert_int_equal(mb_config_set_number(config, "mainPingInterval", 20), MB_OK);
    assert_int_equal(mb_config_set_number(config, "mainPingInterval", values[i]), MB_OK);
    assert_true(mb_config_number(config, "mainPingInterval") == 10);
    assert_string_equal(mb_config_error(config), "");
  }
  assert_string_equal(mb_config_warning(config, 0),
                      "mainPingInterval: 9 is out of range (10 to 50, whole); the default 10 is used");
  assert_string_equal(mb_config_warning(config, 2),
                      "mainPingInterval: 10.5 is out of range (10 to 50, whole); the default 10 is used");
  assert_non_null(mb_config_warning(config, 5));
  assert_null(mb_config_warning(config, 6));
  assert_int_equal(mb_config_set_number(config, "seed", -1), MB_OK);
  assert_string_equal(mb_config_warning(config, 6),
                      "seed: -1 is out of range (0 to 9007199254740991, whole); the default is used");
  assert_int_equal(mb_config_set_number(config, "retryInterval", 0.25), MB_OK);
  assert_true(mb_config_number(config, "retryInterval") == 0.25);
  assert_null(mb_config_warning(config, 7));
}

TEST(json) {
  assert_int_equal(set_json(" {'channel':'c','mainPingInterval':15,'enableSSL':false,'customerIDs':{'x':{'id':'1',"
                            "'authState':0},'y':{'authState':2,'id':''}},'appVersion':null,'seed':9007199254740991} "),
                   MB_OK);
  assert_string_equal(mb_config_text(config, "channel"), "c");
  assert_true(mb_config_number(config, "mainPingInterval") == 15);
  assert_false(mb_config_flag(config, "enableSSL"));
  assert_true(mb_config_number(config, "seed") == 9007199254740991.0);
  assert_string_equal(mb_config_text(config, "customerIDs"),
                      "{\"x\":{\"id\":\"1\",\"authState\":0},\"y\":{\"authState\":2,\"id\":\"\"}}");
  assert_int_equal(set_json("{'channel':null,'customerIDs':null,'enableSSL':null,'mainPingInterval':null}"), MB_OK);
  assert_null(mb_config_text(config, "channel"));
  assert_null(mb_config_text(config, "customerIDs"));
  assert_true(mb_config_flag(config, "enableSSL"));
  assert_true(mb_config_number(config, "mainPingInterval") == 10);
  assert_int_equal(set_json("{}"), MB_OK);
}

TEST(what_json_is_no_configuration) {
  assert_refused(MB_INVALID_JSON, set_json("{'channel':}"), "at byte 11: a value is expected");
  assert_refused(MB_INVALID_JSON, set_json(""), "at byte 0: a value is expected");
  assert_refused(MB_WRONG_TYPE, set_json("[]"), "a configuration is an object, not an array");
  assert_refused(MB_WRONG_TYPE, set_json("'x'"), "a configuration is an object, not a text");
}

TEST(unknown_members_are_warnings) {
  assert_int_equal(set_json("{'chanel':'c','playerName':'p','zzzzzzzzz':1,'$schema':{'a':[]}}"), MB_OK);
  assert_string_equal(mb_config_text(config, "playerName"), "p");
  assert_string_equal(mb_config_warning(config, 0), "chanel: no such key; did you mean channel?");
  assert_string_equal(mb_config_warning(config, 1), "zzzzzzzzz: no such key");
  assert_string_equal(mb_config_warning(config, 2), "$schema: no such key");
  assert_null(mb_config_warning(config, 3));
  assert_string_equal(mb_config_error(config), "");
}

TEST(members_out_of_range_are_warnings) {
  assert_int_equal(set_json("{'mainPingInterval':5,'adPingInterval':2.5,'channel':'c'}"), MB_OK);
  assert_true(mb_config_number(config, "mainPingInterval") == 10);
  assert_true(mb_config_number(config, "adPingInterval") == 10);
  assert_string_equal(mb_config_text(config, "channel"), "c");
  assert_non_null(mb_config_warning(config, 1));
}

/* One member that is wrong, and nothing is set: not what stood before it, and no warning either. */
TEST(json_is_taken_whole_or_not_at_all) {
  static const struct {
    mb_status status;
    const char *member, *error;
  } rows[] = {
      {MB_WRONG_TYPE, "'mainPingInterval':'20'", "mainPingInterval: needs a number, not a text"},
      {MB_WRONG_TYPE, "'channel':1", "channel: needs a text, not a number"},
      {MB_WRONG_TYPE, "'enableSSL':0", "enableSSL: needs a flag, not a number"},
      {MB_WRONG_TYPE, "'channel':[]", "channel: needs a text, not an array"},
      {MB_WRONG_TYPE, "'customerIDs':'x'", "customerIDs: needs an object, not a text"},
      {MB_WRONG_TYPE, "'customerIDs':{'x':1}", "customerIDs.x: an object is needed, not a number"},
      {MB_WRONG_TYPE, "'customerIDs':{'x':{'id':'1'}}",
       "customerIDs.x: needs a text \"id\" and \"authState\" 0, 1 or 2"},
      {MB_INVALID_ARGUMENT, "'logLevel':'loud'",
       "logLevel: \"loud\" is not one of its values (What is logged: error, warning, info, debug or bodies)"},
      {MB_INVALID_ARGUMENT, "'endpoint':'nowhere'",
       "endpoint: \"nowhere\" is no http:// or https:// address without ? and #"},
  };
  assert_int_equal(mb_config_set_text(config, "channel", "before"), MB_OK);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    char json[512];
    snprintf(json, sizeof json, "{'chanel':1,'playerName':'new','channel':'new','seed':-5,%s}", rows[i].member);
    mb_status status = set_json(json);
    assert_string_equal(mb_status_name(status), mb_status_name(rows[i].status));
    assert_string_equal(mb_config_error(config), rows[i].error);
    assert_string_equal(mb_config_text(config, "channel"), "before");
    assert_null(mb_config_text(config, "playerName"));
    assert_null(mb_config_warning(config, 0));
  }
}

TEST(customer_ids) {
  static const char *const wrong[] = {"{'x':[]}",
                                      "{'x':{}}",
                                      "{'x':{'id':'1','authState':3}}",
                                      "{'x':{'id':'1','authState':-1}}",
                                      "{'x':{'id':'1','authState':1.0}}",
                                      "{'x':{'id':'1','authState':'1'}}",
                                      "{'x':{'id':1,'authState':1}}",
                                      "{'x':{'id':'1','authState':1,'more':1}}"};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    char json[256];
    snprintf(json, sizeof json, "{'customerIDs':%s}", wrong[i]);
    if (set_json(json) != MB_WRONG_TYPE) fail_msg("%s is taken", json);
  }
  assert_int_equal(set_json("{'customerIDs':{}}"), MB_OK);
  assert_string_equal(mb_config_text(config, "customerIDs"), "{}");
}

static void expect_needed(const char *const needed[4]) {
  for (int i = 0; i < 4; i++) {
    assert_int_equal(mb_config_check_live(config), MB_MISSING_KEY);
    assert_memory_equal(mb_config_error(config), needed[i], strlen(needed[i]));
    assert_int_equal(mb_config_set_text(config, needed[i], ""), MB_OK);
    assert_int_equal(mb_config_check_live(config), MB_MISSING_KEY);
    assert_int_equal(mb_config_set_text(config, needed[i], "http://x"), MB_OK);
  }
  assert_int_equal(mb_config_check_live(config), MB_OK);
  assert_string_equal(mb_config_error(config), "");
}

TEST(a_live_client_needs) {
  expect_needed((const char *const[]){"endpoint", "trackingServer", "reportSuite", "orgId"});
  assert_int_equal(mb_config_check_live(NULL), MB_INVALID_ARGUMENT);
}

TEST(a_live_client_of_the_edge_needs) {
  assert_int_equal(mb_config_set_text(config, "protocol", "edge-va-v1"), MB_OK);
  expect_needed((const char *const[]){"endpoint", "datastreamId", "channel", "playerName"});
}

/* What becomes part of a path leads nowhere else. */
TEST(parts_of_paths) {
  static const char *const keys[] = {"edgeBasePath", "locationHint"};
  static const char *const wrong[] = {"..",  "a/../b", ".",   "/ee",      "a//b", "a b",
                                      "a?b", "a#b",    "%2e", "\xc3\xbc", "a\\b"};
  for (int k = 0; k < 2; k++) {
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
      if (mb_config_set_text(config, keys[k], wrong[i]) != MB_INVALID_ARGUMENT) fail_msg("%s: %s", keys[k], wrong[i]);
    assert_int_equal(mb_config_set_text(config, keys[k], "ee-pre_PRD1"), MB_OK);
    assert_int_equal(mb_config_set_text(config, keys[k], ""), MB_OK);
  }
  assert_int_equal(mb_config_set_text(config, "edgeBasePath", "a/b"), MB_OK);
  assert_int_equal(mb_config_set_text(config, "locationHint", "a/b"), MB_INVALID_ARGUMENT);
  assert_int_equal(mb_config_set_text(config, "locationHint", "a-region-of-more-than-31-letters"), MB_INVALID_ARGUMENT);
}

/* A message that is cut is cut between characters. */
TEST(long_messages) {
  char key[600];
  for (int i = 0; i < 598; i += 2) memcpy(key + i, "\xc3\xbc", 2);
  key[598] = 0;
  for (int shift = 0; shift < 2; shift++) {
    assert_int_equal(mb_config_set_text(config, key + 2 - 2 * shift, "x"), MB_UNKNOWN_KEY);
    const char *error = mb_config_error(config);
    assert_true(strlen(error) > 200);
    for (size_t i = 0; i < strlen(error); i += 2) assert_memory_equal(error + i, "\xc3\xbc", 2);
  }
}

/* A copy has the values, not the warnings; written, it is what was set, in the order of the keys. */
TEST(copies) {
  mb_config *copy;
  mb__writer writer;
  assert_int_equal(set_json("{'seed':7,'channel':'a','enableSSL':true,'customerIDs':{'x':{'id':'1','authState':0}},"
                            "'retryInterval':0.5,'nonsense':1}"),
                   MB_OK);
  assert_int_equal(mb__config_copy(config, &copy), MB_OK);
  assert_null(mb_config_warning(copy, 0));
  assert_non_null(mb_config_warning(config, 0));
  mb__writer_init(&writer, &mb__c_library);
  mb__config_write(&writer, copy, "\"more\":1");
  assert_string_equal(written(&writer),
                      "{\"enableSSL\":true,\"customerIDs\":{\"x\":{\"id\":\"1\",\"authState\":0}},\"channel\":"
                      "\"a\",\"retryInterval\":0.5,\"seed\":7,\"more\":1}");
  mb_config_free(copy);
  assert_int_equal(mb_config_new(NULL, &copy), MB_OK);
  mb__writer_clear(&writer);
  mb__config_write(&writer, copy, NULL);
  assert_string_equal(written(&writer), "{}");
  mb_config_free(copy);
  mb__writer_free(&writer);
}

/* Each allocation fails once: nothing is set, and the same call then does what it would have done. */
TEST(out_of_memory) {
  static const char values[] =
      "{'chanel':1,'channel':'c','mainPingInterval':3,'customerIDs':{'x':{'id':'1','authState':0}},"
      "'playerName':'p'}";
  size_t failures = 0;
  for (size_t n = 1;; n++) {
    mb_config_free(config);
    set_up(NULL);
    counted.calls = 0;
    counted.fail_at = n;
    mb_status status = set_json(values);
    if (status == MB_OK) break;
    failures++;
    assert_int_equal(status, MB_NO_MEMORY);
    assert_null(mb_config_text(config, "channel"));
    assert_null(mb_config_text(config, "customerIDs"));
    assert_null(mb_config_warning(config, 0));
    assert_int_equal(set_json(values), MB_OK);
    assert_string_equal(mb_config_text(config, "channel"), "c");
    assert_string_equal(mb_config_text(config, "playerName"), "p");
    assert_non_null(mb_config_warning(config, 1));
    assert_null(mb_config_warning(config, 2));
  }
  assert_true(failures > 5);
}

/* Warnings of all calls stay, in order; one that fails adds none. */
TEST(warnings_add_up) {
  static const char more[] = "{'chanel':1,'mainPingInterval':1,'channel':'c'}";
  assert_int_equal(set_json("{'first':1}"), MB_OK);
  assert_int_equal(mb_config_set_number(config, "mainPingInterval", 5), MB_OK);
  mb_status status = MB_NO_MEMORY;
  for (size_t n = 1; status; n++) {
    counted.calls = 0;
    counted.fail_at = n;
    status = set_json(more);
    counted.fail_at = 0;
    if (status) assert_null(mb_config_warning(config, 2));
  }
  assert_string_equal(mb_config_warning(config, 0), "first: no such key");
  assert_memory_equal(mb_config_warning(config, 1), "mainPingInterval: 5", 19);
  assert_memory_equal(mb_config_warning(config, 2), "chanel", 6);
  assert_memory_equal(mb_config_warning(config, 3), "mainPingInterval: 1", 19);
  assert_null(mb_config_warning(config, 4));
}

int main(void) {
#define CONFIG_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
  const struct CMUnitTest tests[] = {
      CONFIG_TEST(defaults),
      CONFIG_TEST(keys_are_listed),
      CONFIG_TEST(values_are_set_and_removed),
      CONFIG_TEST(reading_asks_for_the_right_type),
      CONFIG_TEST(unknown_keys),
      CONFIG_TEST(wrong_types),
      CONFIG_TEST(wrong_values),
      CONFIG_TEST(a_refused_value_changes_nothing),
      CONFIG_TEST(endpoints),
      CONFIG_TEST(numbers_out_of_range),
      CONFIG_TEST(json),
      CONFIG_TEST(what_json_is_no_configuration),
      CONFIG_TEST(unknown_members_are_warnings),
      CONFIG_TEST(members_out_of_range_are_warnings),
      CONFIG_TEST(json_is_taken_whole_or_not_at_all),
      CONFIG_TEST(customer_ids),
      CONFIG_TEST(a_live_client_needs),
      CONFIG_TEST(a_live_client_of_the_edge_needs),
      CONFIG_TEST(parts_of_paths),
      CONFIG_TEST(long_messages),
      CONFIG_TEST(copies),
      CONFIG_TEST(out_of_memory),
      CONFIG_TEST(warnings_add_up),
  };
  return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}

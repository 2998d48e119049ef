/* The protocol tables against the wire facts in tests/protocol/collection-v1.json: every event type, every parameter, its
 * type, where it is required and where allowed, and nothing more on either side. The findings of the validation are read
 * off the same facts. */
#include "protocol/protocol.h"

#include <cjson/cJSON.h>

#include "json.h"
#include "protocol/validate.h"
#include "suite.h"

static cJSON *facts;

static int read_facts(void **state) {
  (void)state;
  FILE *file = fopen(MB_TEST_PROTOCOL "/collection-v1.json", "rb");
  if (!file) return -1;
  text_buffer text = {0};
  char part[4096];
  for (size_t size; (size = fread(part, 1, sizeof part, file)) > 0;) text_add_bytes(&text, part, size);
  fclose(file);
  facts = cJSON_ParseWithLength(text_of(&text), text.size);
  text_free(&text);
  return facts ? 0 : -1;
}

static int free_facts(void **state) {
  (void)state;
  cJSON_Delete(facts);
  return 0;
}

static const cJSON *get(const cJSON *object, const char *name) {
  const cJSON *member = cJSON_GetObjectItemCaseSensitive(object, name);
  if (!member) fail_msg("the facts lack %s", name);
  return member;
}

static mb__event_type event_named(const char *name) {
  mb__event_type type = mb__event_named(name, strlen(name));
  if (type == MB__EVENT_COUNT) fail_msg("no event type %s", name);
  return type;
}

static mb__field field_named(const char *key) {
  mb__field field = mb__field_named(key);
  if (field == MB__FIELD_COUNT) fail_msg("no field %s", key);
  return field;
}

static mb__type type_of(const char *key, const cJSON *fact) {
  const char *type = cJSON_IsString(fact) ? fact->valuestring : get(fact, "type")->valuestring;
  bool is_source = strcmp(key, "media.errorSource") == 0 || strcmp(key, "media.qoe.errorSource") == 0;
  bool is_state = strcmp(key, "media.state.name") == 0;
  if (strcmp(type, "string") == 0) return is_source ? MB__TYPE_ERROR_SOURCE : is_state ? MB__TYPE_NAME : MB__TYPE_TEXT;
  if (strcmp(type, "integer") == 0) return MB__TYPE_INTEGER;
  if (strcmp(type, "number") == 0) return MB__TYPE_NUMBER;
  if (strcmp(type, "boolean") == 0) return MB__TYPE_FLAG;
  if (strcmp(type, "object") == 0) return MB__TYPE_CUSTOMER_IDS;
  assert_string_equal(type, "array");
  return MB__TYPE_STATES;
}

TEST(event_types) {
  const cJSON *types = get(facts, "eventTypes"), *event;
  assert_int_equal(cJSON_GetArraySize(types), MB__EVENT_COUNT);
  cJSON_ArrayForEach(event, types) {
    const mb__event_row *row = &mb__events[event_named(event->string)];
    const char *presence = get(event, "paramsPresence")->valuestring;
    mb__params expected = strncmp(presence, "required", 8) == 0     ? MB__PARAMS_REQUIRED
                          : strcmp(presence, "must be absent") == 0 ? MB__PARAMS_FORBIDDEN
                                                                    : MB__PARAMS_OPTIONAL;
    assert_string_equal(row->name, event->string);
    assert_int_equal(row->params, expected);
    assert_int_equal(row->metadata, cJSON_IsTrue(get(get(event, "customMetadata"), "allowed")));
  }
  assert_int_equal(mb__event_named("play", 3), MB__EVENT_COUNT);
  assert_int_equal(mb__event_named("playing", 7), MB__EVENT_COUNT);
  assert_int_equal(mb__event_named("", 0), MB__EVENT_COUNT);
}

TEST(every_fact_is_in_the_table) {
  const cJSON *event, *fact;
  cJSON_ArrayForEach(event, get(facts, "eventTypes")) {
    mb__event_type type = event_named(event->string);
    cJSON_ArrayForEach(fact, get(event, "params")) {
      mb__field field = field_named(fact->string);
      assert_string_equal(mb__fields[field].key, fact->string);
      assert_int_equal(mb__fields[field].place, MB__PLACE_PARAMS);
      assert_int_equal(mb__fields[field].type, type_of(fact->string, fact));
      assert_int_equal(mb__field_required(field, type), cJSON_IsTrue(get(fact, "required")));
      assert_true(mb__field_allowed(field, type));
    }
    cJSON_ArrayForEach(fact, get(get(event, "qoeData"), "keys")) {
      mb__field field = field_named(fact->string);
      assert_int_equal(mb__fields[field].place, MB__PLACE_QOE);
      assert_int_equal(mb__fields[field].type, type_of(fact->string, fact));
      assert_true(mb__field_allowed(field, type));
      assert_false(mb__field_required(field, type));
    }
  }
}

TEST(the_table_has_nothing_else) {
  for (int i = 0; i < MB__EVENT_COUNT; i++) {
    const cJSON *event = get(get(facts, "eventTypes"), mb__events[i].name);
    for (int field = 0; field < MB__FIELD_COUNT; field++) {
      bool in_params = cJSON_HasObjectItem(get(event, "params"), mb__fields[field].key);
      bool in_qoe = cJSON_HasObjectItem(get(get(event, "qoeData"), "keys"), mb__fields[field].key);
      if (mb__field_allowed((mb__field)field, (mb__event_type)i) != (in_params || in_qoe))
        fail_msg("%s in %s", mb__fields[field].key, mb__events[i].name);
    }
  }
  for (int field = 0; field < MB__FIELD_COUNT; field++)
    for (int other = 0; other < field; other++) assert_string_not_equal(mb__fields[field].key, mb__fields[other].key);
  assert_int_equal(mb__field_named("media.Id"), MB__FIELD_COUNT);
  assert_int_equal(mb__field_named(""), MB__FIELD_COUNT);
}

/* Context keys become fields of the events that may carry them, and only there. */
TEST(context_keys) {
  const cJSON *map = get(get(facts, "standardMetadataMap"), "map"), *entry;
  int count = 0;
  cJSON_ArrayForEach(entry, map) {
    mb__field field = field_named(entry->valuestring);
    assert_string_equal(mb__fields[field].context, entry->string);
    for (int i = 0; i < MB__EVENT_COUNT; i++) {
      mb__event_type type = (mb__event_type)i;
      assert_int_equal(mb__field_from_metadata(entry->string, type, false),
                       mb__field_allowed(field, type) ? field : MB__FIELD_COUNT);
    }
  }
  for (int field = 0; field < MB__FIELD_COUNT; field++) count += mb__fields[field].context != NULL;
  assert_int_equal(count, cJSON_GetArraySize(map));
  assert_int_equal(mb__field_from_metadata("media.show", MB__EVENT_SESSION_START, false), MB__FIELD_COUNT);
  assert_int_equal(mb__field_from_metadata("own", MB__EVENT_SESSION_START, false), MB__FIELD_COUNT);
}

TEST(metadata_keys) {
  char key[2] = {0};
  assert_false(mb__metadata_key_fits(""));
  for (int c = 1; c < 256; c++) {
    key[0] = (char)c;
    bool fits = c < 128 && strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.", c) != NULL;
    assert_int_equal(mb__metadata_key_fits(key), fits);
  }
  assert_true(mb__metadata_key_fits("a.media.show"));
  assert_false(mb__metadata_key_fits("a b"));
}

/* Bodies. */

static const char *sample_of(mb__type type) {
  switch (type) {
    case MB__TYPE_TEXT:
    case MB__TYPE_NAME: return "\"text\"";
    case MB__TYPE_INTEGER: return "7";
    case MB__TYPE_NUMBER: return "7.5";
    case MB__TYPE_FLAG: return "true";
    case MB__TYPE_CUSTOMER_IDS: return "{\"crm\":{\"id\":\"1\",\"authState\":1}}";
    case MB__TYPE_STATES: return "[{\"media.state.name\":\"mute\"}]";
    case MB__TYPE_ERROR_SOURCE: return "\"player\"";
  }
  return "null";
}

/* A body of this type: its required fields, without `left_out`, plus one more with a value of its own. */
static void write_body(text_buffer *body, mb__event_type type, int left_out, int extra, const char *value) {
  const char *before = "";
  text_add(body, "{\"eventType\":\"%s\",\"playerTime\":{\"playhead\":1.5,\"ts\":7}", mb__events[type].name);
  if (mb__events[type].params != MB__PARAMS_FORBIDDEN) text_add(body, ",\"params\":{");
  for (int i = 0; i < MB__FIELD_COUNT; i++) {
    bool needed =
        mb__field_required((mb__field)i, type) || (type == MB__EVENT_STATES_UPDATE && i == MB__FIELD_STATES_END);
    if (mb__fields[i].place != MB__PLACE_PARAMS || (i != extra && (!needed || i == left_out))) continue;
    text_add(body, "%s\"%s\":%s", before, mb__fields[i].key, i == extra ? value : sample_of(mb__fields[i].type));
    before = ",";
  }
  if (mb__events[type].params != MB__PARAMS_FORBIDDEN) text_add(body, "}");
  if (extra < MB__FIELD_COUNT && mb__fields[extra].place == MB__PLACE_QOE)
    text_add(body, ",\"qoeData\":{\"%s\":%s}", mb__fields[extra].key, value);
  text_add(body, "}");
}

static void expect_finding(const char *body, const char *expected) {
  mb__json *value;
  mb__event_type type;
  mb__finding finding = {""};
  if (mb__json_parse(body, strlen(body), &value, NULL, NULL)) fail_msg("no JSON: %s", body);
  mb_status status = mb__validate_body(value, &type, &finding);
  mb__json_free(value);
  if (!expected && status) fail_msg("%s: %s", body, finding.text);
  if (!expected) return;
  if (!status) fail_msg("no finding, but not \"%s\": %s", expected, body);
  assert_int_equal(status, MB_INVALID_EVENT);
  assert_string_equal(finding.text, expected);
}

static void expect_body(mb__event_type type, int left_out, int extra, const char *value, const char *expected) {
  text_buffer body = {0};
  write_body(&body, type, left_out, extra, value);
  expect_finding(text_of(&body), expected);
  text_free(&body);
}

TEST(the_smallest_bodies) {
  for (int type = 0; type < MB__EVENT_COUNT; type++)
    expect_body((mb__event_type)type, MB__FIELD_COUNT, MB__FIELD_COUNT, "", NULL);
}

TEST(what_is_required) {
  char expected[160];
  for (int type = 0; type < MB__EVENT_COUNT; type++)
    for (int field = 0; field < MB__FIELD_COUNT; field++) {
      if (!mb__field_required((mb__field)field, (mb__event_type)type)) continue;
      snprintf(expected, sizeof expected, "params.%s: missing", mb__fields[field].key);
      expect_body((mb__event_type)type, field, MB__FIELD_COUNT, "", expected);
    }
  expect_body(MB__EVENT_STATES_UPDATE, MB__FIELD_STATES_END, MB__FIELD_COUNT, "",
              "params: statesStart or statesEnd is needed");
}

TEST(what_is_allowed) {
  for (int type = 0; type < MB__EVENT_COUNT; type++)
    for (int field = 0; field < MB__FIELD_COUNT; field++) {
      if (mb__events[type].params == MB__PARAMS_FORBIDDEN && mb__fields[field].place == MB__PLACE_PARAMS) continue;
      char expected[160];
      bool allowed = mb__field_allowed((mb__field)field, (mb__event_type)type);
      snprintf(expected, sizeof expected, "%s.%s: unknown in %s",
               mb__fields[field].place == MB__PLACE_QOE ? "qoeData" : "params", mb__fields[field].key,
               mb__events[type].name);
      expect_body((mb__event_type)type, MB__FIELD_COUNT, field, sample_of(mb__fields[field].type),
                  allowed ? NULL : expected);
    }
}

static const char *wanted(mb__type type) {
  switch (type) {
    case MB__TYPE_INTEGER: return "an integer";
    case MB__TYPE_NUMBER: return "a number";
    case MB__TYPE_FLAG: return "true or false";
    case MB__TYPE_CUSTOMER_IDS: return "an object";
    case MB__TYPE_STATES: return "an array";
    default: return "a text";
  }
}

/* Each field with a value of each kind: those that do not fit are named, with what is needed and what is there. */
TEST(types_of_values) {
  static const struct {
    const char *value, *kind;
    unsigned fits; /* bit per mb__type */
  } samples[] = {
      {"null", "null", 0},
      {"true", "true or false", 1u << MB__TYPE_FLAG},
      {"1.5", "a number", 1u << MB__TYPE_NUMBER},
      {"1.0", "a number", 1u << MB__TYPE_NUMBER},
      {"-1", "a number", 1u << MB__TYPE_NUMBER | 1u << MB__TYPE_INTEGER},
      {"\"\"", "a text", 1u << MB__TYPE_TEXT},
      {"[1]", "an array", 0},
      {"[]", "an array", 1u << MB__TYPE_STATES},
      {"{}", "an object", 1u << MB__TYPE_CUSTOMER_IDS},
  };
  for (int field = 0; field < MB__FIELD_COUNT; field++) {
    int type = 0;
    while (!mb__field_allowed((mb__field)field, (mb__event_type)type)) type++;
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
      const char *block = mb__fields[field].place == MB__PLACE_QOE ? "qoeData" : "params";
      char expected[200];
      bool fits = samples[i].fits >> mb__fields[field].type & 1;
      if (mb__fields[field].type == MB__TYPE_ERROR_SOURCE)
        snprintf(expected, sizeof expected, "%s.%s: \"player\" or \"external\" is needed", block,
                 mb__fields[field].key);
      else if (mb__fields[field].type == MB__TYPE_STATES && *samples[i].value == '[')
        snprintf(expected, sizeof expected,
                 "params.%s[0]: an object with a non-empty \"media.state.name\" alone is needed",
                 mb__fields[field].key);
      else if (mb__fields[field].type == MB__TYPE_NAME && *samples[i].value == '"')
        snprintf(expected, sizeof expected, "params.%s: must not be empty", mb__fields[field].key);
      else
        snprintf(expected, sizeof expected, "%s.%s: %s is needed, not %s", block, mb__fields[field].key,
                 wanted(mb__fields[field].type), samples[i].kind);
      expect_body((mb__event_type)type, MB__FIELD_COUNT, field, samples[i].value, fits ? NULL : expected);
    }
  }
}

TEST(customer_ids) {
  static const char *const rows[][2] = {
      {"{\"a\":{\"id\":\"\",\"authState\":0},\"b\":{\"authState\":2,\"id\":\"x\"}}", NULL},
      {"{\"a\":1}", "params.visitor.customerIDs.a: an object is needed, not a number"},
      {"{\"a\":{}}", "params.visitor.customerIDs.a: needs a text \"id\" and \"authState\" 0, 1 or 2"},
      {"{\"a\":{\"id\":1,\"authState\":0}}",
       "params.visitor.customerIDs.a: needs a text \"id\" and \"authState\" 0, 1 or 2"},
      {"{\"a\":{\"id\":\"1\",\"authState\":3}}",
       "params.visitor.customerIDs.a: needs a text \"id\" and \"authState\" 0, 1 or 2"},
      {"{\"a\":{\"id\":\"1\",\"authState\":1.0}}",
       "params.visitor.customerIDs.a: needs a text \"id\" and \"authState\" 0, 1 or 2"},
      {"{\"a\":{\"id\":\"1\",\"authState\":1,\"x\":1}}", "params.visitor.customerIDs.a.x: unknown"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    expect_body(MB__EVENT_SESSION_START, MB__FIELD_COUNT, MB__FIELD_VISITOR_CUSTOMER_IDS, rows[i][0], rows[i][1]);
}

TEST(states) {
  static const char *const rows[][2] = {
      {"[{\"media.state.name\":\"a\"},{\"media.state.name\":\"\xc3\xbc\"}]", NULL},
      {"[{\"media.state.name\":\"a\"},{\"media.state.name\":\"\"}]", "[1]"},
      {"[{}]", "[0]"},
      {"[\"mute\"]", "[0]"},
      {"[{\"media.state.name\":1}]", "[0]"},
      {"[{\"media.state.name\":\"a\",\"x\":1}]", "[0]"},
      {"[{\"x\":1,\"media.state.name\":\"a\"}]", "[0]"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    char expected[160];
    if (rows[i][1])
      snprintf(expected, sizeof expected,
               "params.statesStart%s: an object with a non-empty \"media.state.name\" alone is needed", rows[i][1]);
    expect_body(MB__EVENT_STATES_UPDATE, MB__FIELD_COUNT, MB__FIELD_STATES_START, rows[i][0],
                rows[i][1] ? expected : NULL);
  }
}

TEST(envelopes) {
  static const char *const rows[][2] = {
      {"{\"eventType\":\"play\",\"playerTime\":{\"playhead\":1,\"ts\":2},\"params\":{},\"qoeData\":{}}", NULL},
      {"{\"playerTime\":{\"ts\":2,\"playhead\":-1.5},\"eventType\":\"ping\"}", NULL},
      {"[]", "an event is an object, not an array"},
      {"\"play\"", "an event is an object, not a text"},
      {"{}", "eventType: missing"},
      {"{\"eventType\":null}", "eventType: a text is needed, not null"},
      {"{\"eventType\":\"\"}", "eventType: \"\" is unknown"},
      {"{\"eventType\":\"pong\"}", "eventType: \"pong\" is unknown"},
      {"{\"eventType\":\"play\",\"x\":1}", "x: unknown"},
      {"{\"eventType\":\"play\"}", "playerTime: missing"},
      {"{\"eventType\":\"play\",\"playerTime\":[]}", "playerTime: an object is needed, not an array"},
      {"{\"eventType\":\"play\",\"playerTime\":{}}", "playerTime.playhead: missing"},
      {"{\"eventType\":\"play\",\"playerTime\":{\"playhead\":1}}", "playerTime.ts: missing"},
      {"{\"eventType\":\"play\",\"playerTime\":{\"playhead\":\"1\",\"ts\":1}}",
       "playerTime.playhead: a number is needed, not a text"},
      {"{\"eventType\":\"play\",\"playerTime\":{\"playhead\":1,\"ts\":1.0}}",
       "playerTime.ts: an integer is needed, not a number"},
      {"{\"eventType\":\"play\",\"playerTime\":{\"playhead\":1,\"ts\":\"1\"}}",
       "playerTime.ts: an integer is needed, not a text"},
      {"{\"eventType\":\"play\",\"playerTime\":{\"playhead\":1,\"ts\":1,\"x\":1}}", "playerTime.x: unknown"},
      {"{\"eventType\":\"ping\",\"playerTime\":{\"playhead\":1,\"ts\":1},\"params\":{}}",
       "params: not allowed in ping"},
      {"{\"eventType\":\"adStart\",\"playerTime\":{\"playhead\":1,\"ts\":1}}", "params: missing"},
      {"{\"eventType\":\"play\",\"playerTime\":{\"playhead\":1,\"ts\":1},\"params\":[]}",
       "params: an object is needed, not an array"},
      {"{\"eventType\":\"play\",\"playerTime\":{\"playhead\":1,\"ts\":1},\"qoeData\":null}",
       "qoeData: an object is needed, not null"},
      {"{\"eventType\":\"play\",\"playerTime\":{\"playhead\":1,\"ts\":1},\"params\":{\"x\":1}}",
       "params.x: unknown in play"},
      {"{\"eventType\":\"play\",\"playerTime\":{\"playhead\":1,\"ts\":1},\"customMetadata\":{}}",
       "customMetadata: not allowed in play"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) expect_finding(rows[i][0], rows[i][1]);
}

TEST(metadata) {
  static const char *const rows[][2] = {
      {"{}", NULL},
      {"{\"a.b_C9\":\"\"}", NULL},
      {"[]", "customMetadata: an object is needed, not an array"},
      {"{\"a\":1}", "customMetadata.a: a text is needed, not a number"},
      {"{\"a\":null}", "customMetadata.a: a text is needed, not null"},
      {"{\"ok\":\"x\",\"a-b\":\"x\"}", "customMetadata.a-b: a key has letters, digits, '_' and '.' only"},
      {"{\"\":\"x\"}", "customMetadata.: a key has letters, digits, '_' and '.' only"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    char body[400];
    snprintf(body, sizeof body,
             "{\"eventType\":\"chapterStart\",\"playerTime\":{\"playhead\":1,\"ts\":1},\"params\":{\"media.chapter."
             "index\":1,"
             "\"media.chapter.offset\":0,\"media.chapter.length\":1},\"customMetadata\":%s}",
             rows[i][0]);
    expect_finding(body, rows[i][1]);
  }
}

/* A finding that is cut is cut between characters. */
TEST(long_findings) {
  text_buffer body = {0};
  mb__json *value;
  mb__event_type type;
  mb__finding finding;
  text_add(&body, "{\"eventType\":\"x");
  for (int i = 0; i < 300; i++) text_add(&body, "\xc3\xbc");
  text_add(&body, "\"}");
  assert_int_equal(mb__json_parse(text_of(&body), body.size, &value, NULL, NULL), MB_OK);
  assert_int_equal(mb__validate_body(value, &type, &finding), MB_INVALID_EVENT);
  size_t size = strlen(finding.text);
  assert_in_range(size, 200, 255);
  assert_int_equal((unsigned char)finding.text[size - 1], 0xBC);
  mb__json_free(value);
  text_free(&body);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(event_types),
      cmocka_unit_test(every_fact_is_in_the_table),
      cmocka_unit_test(the_table_has_nothing_else),
      cmocka_unit_test(context_keys),
      cmocka_unit_test(metadata_keys),
      cmocka_unit_test(the_smallest_bodies),
      cmocka_unit_test(what_is_required),
      cmocka_unit_test(what_is_allowed),
      cmocka_unit_test(types_of_values),
      cmocka_unit_test(customer_ids),
      cmocka_unit_test(states),
      cmocka_unit_test(envelopes),
      cmocka_unit_test(metadata),
      cmocka_unit_test(long_findings),
  };
  return cmocka_run_group_tests_name("protocol", tests, read_facts, free_facts);
}

/* The protocol tables against the wire facts in tests/protocol, of the Media Collection API and of the Media Edge API:
 * every event type, every parameter, its type, where it is required and where allowed, and nothing more on either side.
 * The findings of the validation are read off the same facts. */
#include "protocol/protocol.h"

#include "facts.h"
#include "json.h"
#include "protocol/validate.h"
#include "suite.h"

static cJSON *facts, *edge_facts;

static int set_up(void **state) {
  (void)state;
  facts = read_facts("collection-v1.json");
  edge_facts = read_facts("edge-va-v1.json");
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  cJSON_Delete(facts);
  cJSON_Delete(edge_facts);
  return 0;
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
  const char *type = cJSON_IsString(fact) ? fact->valuestring : fact_in(fact, "type")->valuestring;
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
  const cJSON *types = fact_in(facts, "eventTypes"), *event;
  assert_int_equal(cJSON_GetArraySize(types), MB__EVENT_COUNT);
  cJSON_ArrayForEach(event, types) {
    const mb__event_row *row = &mb__events[event_named(event->string)];
    const char *presence = fact_in(event, "paramsPresence")->valuestring;
    mb__params expected = strncmp(presence, "required", 8) == 0     ? MB__PARAMS_REQUIRED
                          : strcmp(presence, "must be absent") == 0 ? MB__PARAMS_FORBIDDEN
                                                                    : MB__PARAMS_OPTIONAL;
    assert_string_equal(row->name, event->string);
    assert_int_equal(row->params, expected);
    assert_int_equal(row->metadata, cJSON_IsTrue(fact_in(fact_in(event, "customMetadata"), "allowed")));
  }
  assert_int_equal(mb__event_named("play", 3), MB__EVENT_COUNT);
  assert_int_equal(mb__event_named("playing", 7), MB__EVENT_COUNT);
  assert_int_equal(mb__event_named("", 0), MB__EVENT_COUNT);
}

TEST(every_fact_is_in_the_table) {
  const cJSON *event, *fact;
  cJSON_ArrayForEach(event, fact_in(facts, "eventTypes")) {
    mb__event_type type = event_named(event->string);
    cJSON_ArrayForEach(fact, fact_in(event, "params")) {
      mb__field field = field_named(fact->string);
      assert_string_equal(mb__fields[field].key, fact->string);
      assert_int_equal(mb__fields[field].place, MB__PLACE_PARAMS);
      assert_int_equal(mb__fields[field].type, type_of(fact->string, fact));
      assert_int_equal(mb__field_required(field, type), cJSON_IsTrue(fact_in(fact, "required")));
      assert_true(mb__field_allowed(field, type));
    }
    cJSON_ArrayForEach(fact, fact_in(fact_in(event, "qoeData"), "keys")) {
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
    const cJSON *event = fact_in(fact_in(facts, "eventTypes"), mb__events[i].name);
    for (int field = 0; field < MB__FIELD_COUNT; field++) {
      bool in_params = cJSON_HasObjectItem(fact_in(event, "params"), mb__fields[field].key);
      bool in_qoe = cJSON_HasObjectItem(fact_in(fact_in(event, "qoeData"), "keys"), mb__fields[field].key);
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
  const cJSON *map = fact_in(fact_in(facts, "standardMetadataMap"), "map"), *entry;
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

/* The Media Edge API. */

/* The object of the row, as the facts name what an event requires. */
static mb__xdm_object object_of(const cJSON *event) {
  const cJSON *collection = fact_in(event, "mediaCollection");
  for (int i = MB__XDM_SESSION; i < MB__XDM_QOE; i++)
    if (fact_lists(collection, "required", mb__xdm_objects[i])) return (mb__xdm_object)i;
  return fact_lists(collection, "optional", "statesStart") ? MB__XDM_COLLECTION : MB__XDM_NONE;
}

TEST(event_types_in_xdm) {
  const cJSON *event;
  int count = 0;
  cJSON_ArrayForEach(event, fact_in(edge_facts, "event_types")) {
    mb__event_type type = mb__event_named_xdm(event->string);
    if (strcmp(event->string, "media.downloaded") == 0) { /* an envelope of events, none of its own */
      assert_int_equal(type, MB__EVENT_COUNT);
      continue;
    }
    if (type == MB__EVENT_COUNT) fail_msg("no event type %s", event->string);
    assert_string_equal(mb__events[type].xdm, event->string + strlen("media."));
    assert_string_equal(mb__events[type].name, mb__events[type].xdm);
    assert_int_equal(mb__events[type].object, object_of(event));
    assert_int_equal(mb__events[type].metadata,
                     fact_lists(fact_in(event, "mediaCollection"), "optional", "customMetadata"));
    count++;
  }
  assert_int_equal(count, MB__EVENT_COUNT - 2); /* statesUpdate is stateStart and stateEnd too */
  assert_string_equal(mb__events[MB__EVENT_STATE_START].xdm, "statesUpdate");
  assert_string_equal(mb__events[MB__EVENT_STATE_END].xdm, "statesUpdate");
  static const char *const none[] = {
      "", "media.", "play", "media.Play", "media.plays", "media.stateStart", "media.stateEnd", "Media.play"};
  for (size_t i = 0; i < sizeof none / sizeof *none; i++)
    assert_int_equal(mb__event_named_xdm(none[i]), MB__EVENT_COUNT);
}

static bool is_type_in_xdm(mb__type type, const cJSON *fact) {
  const char *name = fact_in(fact, "type")->valuestring;
  if (strcmp(name, "integer") == 0) return type == MB__TYPE_INTEGER || type == MB__TYPE_NUMBER;
  if (strcmp(name, "boolean") == 0) return type == MB__TYPE_FLAG;
  assert_string_equal(name, "string");
  return type == MB__TYPE_TEXT || type == MB__TYPE_ERROR_SOURCE;
}

/* Two members of the data type sessionDetails are computed by the backend and have no v1 key: no client sends them. */
static bool is_computed(const char *name) { return strcmp(name, "segment") == 0 || strcmp(name, "cdn") == 0; }

TEST(every_fact_of_xdm_is_in_the_table) {
  for (int object = MB__XDM_SESSION; object <= MB__XDM_QOE; object++) {
    const cJSON *details = fact_in(fact_in(edge_facts, "objects"), mb__xdm_objects[object]), *fact;
    assert_string_equal(fact_in(details, "container")->valuestring, "object");
    cJSON_ArrayForEach(fact, fact_in(details, "fields")) {
      mb__field field = mb__field_named_xdm((mb__xdm_object)object, fact->string);
      if (is_computed(fact->string) != (field == MB__FIELD_COUNT)) fail_msg("%s", fact->string);
      if (field == MB__FIELD_COUNT) continue;
      if (!is_type_in_xdm(mb__fields[field].type, fact)) fail_msg("type of %s", fact->string);
      bool is_error = object == MB__XDM_ERROR; /* of which v1 requires nothing */
      assert_int_equal(is_error || mb__fields[field].required, cJSON_IsTrue(fact_in(fact, "required")));
    }
  }
  static const char *const lists[] = {"statesStart", "statesEnd"};
  for (int i = 0; i < 2; i++) {
    mb__field field = mb__field_named_xdm(MB__XDM_COLLECTION, lists[i]);
    assert_string_equal(mb__fields[field].key, lists[i]);
    assert_int_equal(mb__fields[field].type, MB__TYPE_STATES);
  }
}

/* An object's fields are those of the event that it belongs to. */
TEST(fields_are_on_the_events_of_their_object) {
  for (int field = 0; field < MB__FIELD_COUNT; field++)
    for (int event = 0; event < MB__EVENT_COUNT; event++) {
      mb__xdm_object object = mb__fields[field].object;
      bool is_details = object >= MB__XDM_SESSION && object <= MB__XDM_ERROR && mb__fields[field].xdm;
      if (!is_details || mb__events[event].object != object) continue;
      if (!mb__field_allowed((mb__field)field, (mb__event_type)event)) fail_msg("%s", mb__fields[field].key);
    }
}

static const cJSON *mapping_from(const char *xdm) {
  const cJSON *entry;
  cJSON_ArrayForEach(entry, fact_in(edge_facts, "field_mapping")) {
    const char *fact = fact_in(entry, "xdm")->valuestring;
    if (strcmp(fact, xdm) == 0) return entry;
  }
  fail_msg("the facts lack %s", xdm);
  return NULL;
}

static const char *text_or_null(const cJSON *value) { return cJSON_IsString(value) ? value->valuestring : NULL; }

static void expect_text(const char *text, const char *expected, const char *of) {
  if (!text != !expected || (text && strcmp(text, expected) != 0))
    fail_msg("%s: %s, not %s", of, text ? text : "nothing", expected ? expected : "nothing");
}

/* Each field is called in v1 what the facts say, and has metadata keys if and only if the facts know the standard key. */
TEST(names_and_keys_in_both_protocols) {
  int standard = 0;
  for (int i = 0; i < MB__FIELD_COUNT; i++) {
    const mb__field_row *row = &mb__fields[i];
    char xdm[100];
    if (!row->xdm || row->object < MB__XDM_SESSION || row->object > MB__XDM_QOE) continue;
    snprintf(xdm, sizeof xdm, "mediaCollection.%s.%s", mb__xdm_objects[row->object], row->xdm);
    const cJSON *entry = mapping_from(xdm);
    const char *variable = text_or_null(fact_in(entry, "context_variable"));
    const char *given = text_or_null(cJSON_GetObjectItemCaseSensitive(entry, "web_legacy_key"));
    bool is_standard = given && variable && strcmp(given, variable) == 0;
    expect_text(row->key, fact_in(entry, "v1")->valuestring, xdm);
    expect_text(row->context, is_standard ? variable : NULL, xdm);
    expect_text(row->edge, is_standard ? fact_in(entry, "mobile_source")->valuestring : NULL, xdm);
    standard += is_standard;
  }
  assert_int_equal(standard, 29);
  assert_string_equal(fact_in(mapping_from("identityMap.ECID[0].id"), "v1")->valuestring,
                      mb__fields[mb__field_named_xdm(MB__XDM_IDENTITY, "ECID")].key);
  assert_string_equal(fact_in(mapping_from("identityMap.FPID[0].id"), "v1")->valuestring,
                      mb__fields[mb__field_named_xdm(MB__XDM_IDENTITY, "FPID")].key);
  assert_string_equal(fact_in(mapping_from("implementationDetails.version"), "v1")->valuestring,
                      mb__fields[mb__field_named_xdm(MB__XDM_IMPLEMENTATION, "version")].key);
}

/* Every mapping of the facts is in the table: nothing of mediaCollection was forgotten. */
TEST(every_mapping_is_in_the_table) {
  const cJSON *entry;
  int count = 0, rows = 0;
  cJSON_ArrayForEach(entry, fact_in(edge_facts, "field_mapping")) {
    char object[40], name[40];
    if (sscanf(fact_in(entry, "xdm")->valuestring, "mediaCollection.%39[a-zA-Z].%39[a-zA-Z]", object, name) != 2)
      continue;
    mb__field field = MB__FIELD_COUNT;
    for (int i = MB__XDM_SESSION; i <= MB__XDM_QOE; i++)
      if (strcmp(mb__xdm_objects[i], object) == 0) field = mb__field_named_xdm((mb__xdm_object)i, name);
    if (field == MB__FIELD_COUNT) fail_msg("no field %s.%s", object, name);
    count++;
  }
  for (int i = 0; i < MB__FIELD_COUNT; i++)
    rows += mb__fields[i].xdm && mb__fields[i].object >= MB__XDM_SESSION && mb__fields[i].object <= MB__XDM_QOE;
  assert_int_equal(count, rows);
}

/* A key of the Media Edge API is none of the Media Collection API; a context key is one of both. */
TEST(metadata_keys_of_the_edge) {
  assert_int_equal(mb__field_from_metadata("show", MB__EVENT_SESSION_START, true), MB__FIELD_MEDIA_SHOW);
  assert_int_equal(mb__field_from_metadata("show", MB__EVENT_SESSION_START, false), MB__FIELD_COUNT);
  assert_int_equal(mb__field_from_metadata("a.media.show", MB__EVENT_SESSION_START, true), MB__FIELD_MEDIA_SHOW);
  assert_int_equal(mb__field_from_metadata("isAuthenticated", MB__EVENT_SESSION_START, true),
                   MB__FIELD_MEDIA_PASS_AUTH);
  assert_int_equal(mb__field_from_metadata("authorized", MB__EVENT_SESSION_START, true), MB__FIELD_COUNT);
  assert_int_equal(mb__field_from_metadata("siteID", MB__EVENT_AD_START, true), MB__FIELD_MEDIA_AD_SITE_ID);
  assert_int_equal(mb__field_from_metadata("siteID", MB__EVENT_SESSION_START, true), MB__FIELD_COUNT);
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
      cmocka_unit_test(event_types_in_xdm),
      cmocka_unit_test(every_fact_of_xdm_is_in_the_table),
      cmocka_unit_test(fields_are_on_the_events_of_their_object),
      cmocka_unit_test(names_and_keys_in_both_protocols),
      cmocka_unit_test(every_mapping_is_in_the_table),
      cmocka_unit_test(metadata_keys_of_the_edge),
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
  return cmocka_run_group_tests_name("protocol", tests, set_up, tear_down);
}

/* What one protocol says the other says too: every event with every field goes from the Media Collection API to XDM and
 * back, and from XDM to the Media Collection API and back. What has no counterpart is listed here.
 * https://developer.adobe.com/data-collection-apis/docs/endpoints/media/
 * https://experienceleague.adobe.com/en/docs/media-analytics/using/implementation/media-collection-api/mc-api-ref/mc-api-req-params */
#include <cjson/cJSON.h>

#include "encode_collection.h"
#include "encode_edge.h"
#include "protocol/collection.h"
#include "protocol/xdm.h"
#include "suite.h"

/* Fields without a counterpart: they are not there after the way forth and back. */
typedef struct loss {
  const char *event, *path;
} loss;

/* What the Media Edge API's datastream knows instead, or nobody. */
static const loss lost_in_xdm[] = {
    {"sessionStart", ".params.analytics.trackingServer"},
    {"sessionStart", ".params.analytics.reportSuite"},
    {"sessionStart", ".params.analytics.enableSSL"},
    {"sessionStart", ".params.analytics.visitorId"},
    {"sessionStart", ".params.analytics.aid"},
    {"sessionStart", ".params.analytics.optOutServerSideForwarding"},
    {"sessionStart", ".params.analytics.optOutShare"},
    {"sessionStart", ".params.visitor.marketingCloudOrgId"},
    {"sessionStart", ".params.visitor.aamLocationHint"},
    {"adStart", ".params.media.ad.podFriendlyName"}, /* the break's own */
    {"error", ".params.media.errorId"},              /* the session level makes errorDetails of it */
    {"error", ".params.media.errorSource"},
    {0},
};

/* Of each namespace v1 has one id, and it has no place for more about the Experience Cloud id than itself. */
static const loss lost_in_v1[] = {
    {"sessionStart", ".identityMap.ECID[0].authenticatedState"},
    {"sessionStart", ".identityMap.ECID[0].primary"},
    {"sessionStart", ".identityMap.ECID[1].id"},
    {"sessionStart", ".identityMap.crm[0].primary"},
    {"sessionStart", ".identityMap.crm[1].id"},
    {"sessionStart", ".identityMap.FPID[0].authenticatedState"},
    {0},
};

/* Trees as lines: the path of every leaf and what stands there. */

static void write_leaves(text_buffer *out, const char *path, const cJSON *node) {
  char below[512];
  const cJSON *child;
  int index = 0;
  if (!cJSON_IsObject(node) && !cJSON_IsArray(node)) {
    char *value = cJSON_PrintUnformatted(node);
    text_add(out, "%s %s\n", path, value);
    cJSON_free(value);
    return;
  }
  if (!node->child) text_add(out, "%s is empty\n", path);
  cJSON_ArrayForEach(child, node) {
    if (cJSON_IsObject(node))
      snprintf(below, sizeof below, "%s.%s", path, child->string);
    else
      snprintf(below, sizeof below, "%s[%d]", path, index++);
    write_leaves(out, below, child);
  }
}

static bool has_line(const char *lines, const char *line, size_t size) {
  for (; *lines; lines += strcspn(lines, "\n") + 1)
    if (strncmp(lines, line, size) == 0) return true;
  return false;
}

static bool is_lost(const loss *losses, const char *event, const char *line) {
  for (; losses->event; losses++) {
    size_t size = strlen(losses->path);
    if (strcmp(losses->event, event) == 0 && strncmp(line, losses->path, size) == 0 && line[size] == ' ') return true;
  }
  return false;
}

/* Every line of one is in the other, unless it is lost: then it is not. */
static void assert_within(const char *event, const char *some, const char *all, const loss *losses) {
  for (; *some; some += strcspn(some, "\n") + 1) {
    size_t size = strcspn(some, "\n") + 1;
    if (has_line(all, some, size) == is_lost(losses, event, some))
      fail_msg("%s: %.*s in\n%s", event, (int)size, some, all);
  }
}

static void assert_same(const char *event, const cJSON *before, const cJSON *after, const loss *losses) {
  static const loss none = {0};
  text_buffer one = {0}, other = {0};
  write_leaves(&one, "", before);
  write_leaves(&other, "", after);
  assert_within(event, text_of(&one), text_of(&other), losses);
  assert_within(event, text_of(&other), text_of(&one), &none);
  text_free(&one);
  text_free(&other);
}

/* From one protocol to the other. */

static void fail_with_fault(void *user, const char *path, const char *reason) {
  fail_msg("%s: xdm%s: %s", (const char *)user, path, reason);
}

static cJSON *parse(const mb__writer *body) {
  assert_false(body->failed);
  cJSON *json = cJSON_ParseWithLength(body->bytes, body->size);
  assert_non_null(json);
  return json;
}

static cJSON *to_collection(const mb__reading *reading) {
  mb__writer body;
  mb__writer_init(&body, &mb__c_library);
  mb__collection_head(&body, &reading->moment);
  mb__collection_tail(&body, reading->moment.type, &reading->values, reading->metadata, reading->metadata_count,
                      MB__FIELD_COUNT);
  cJSON *json = parse(&body);
  mb__writer_free(&body);
  return json;
}

static cJSON *to_xdm(const mb__reading *reading) {
  mb__writer body, filled;
  mb__event_type type = reading->moment.type;
  mb__writer_init(&body, &mb__c_library);
  mb__writer_init(&filled, &mb__c_library);
  mb__edge_head(&body, &reading->moment);
  mb__edge_tail(&body, type, &reading->values, reading->metadata, reading->metadata_count, MB__FIELD_COUNT);
  mb__edge_fill_in(&filled, body.bytes, body.size, type, type == MB__EVENT_SESSION_START ? NULL : "the session");
  cJSON *json = parse(&filled);
  cJSON_DeleteItemFromObjectCaseSensitive(json, "_id");
  mb__writer_free(&body);
  mb__writer_free(&filled);
  return json;
}

/* As the library reads it: from the text. */
static mb__json *as_text(const cJSON *json) {
  char *text = cJSON_PrintUnformatted(json);
  mb__json *read;
  assert_int_equal(mb__json_parse(text, strlen(text), &read, NULL, NULL), MB_OK);
  cJSON_free(text);
  return read;
}

static cJSON *collection_to_xdm(const cJSON *body) {
  mb__json *json = as_text(body);
  mb__reading reading = {0};
  mb__finding finding = {""};
  mb_status status = mb__validate_event_type(json, &reading.moment.type, &finding);
  if (!status) status = mb__validate_blocks(json, reading.moment.type, &finding);
  if (!status) status = mb__collection_read(&mb__c_library, json, &reading, &finding);
  if (status) fail_msg("%s", finding.text);
  cJSON *xdm = to_xdm(&reading);
  mb__reading_free(&mb__c_library, &reading);
  mb__json_free(json);
  return xdm;
}

static cJSON *xdm_to_collection(const cJSON *xdm) {
  mb__json *json = as_text(xdm);
  mb__reading reading = {0};
  mb__xdm_check(json, MB__XDM_FROM_WIRE, &reading.moment.type, fail_with_fault,
                cJSON_GetObjectItemCaseSensitive(xdm, "eventType")->valuestring);
  assert_int_equal(mb__xdm_read(&mb__c_library, json, &reading), MB_OK);
  cJSON *body = to_collection(&reading);
  mb__reading_free(&mb__c_library, &reading);
  mb__json_free(json);
  return body;
}

/* Events with everything that they may have. */

static cJSON *parse_text(const char *json) {
  cJSON *made = cJSON_Parse(json);
  assert_non_null(made);
  return made;
}

/* A value that a field of either protocol takes, another for each field. */
static cJSON *plain_value(mb__field field) {
  char text[128];
  snprintf(text, sizeof text, "%s \"%d\" \xc3\xbc", mb__fields[field].key, (int)field);
  switch (mb__fields[field].type) {
    case MB__TYPE_TEXT: return cJSON_CreateString(field == MB__FIELD_MEDIA_STREAM_TYPE ? "audio" : text);
    case MB__TYPE_NAME: return cJSON_CreateString("in.focus_1");
    case MB__TYPE_INTEGER:
    case MB__TYPE_NUMBER: return cJSON_CreateNumber(field);
    case MB__TYPE_FLAG: return cJSON_CreateTrue();
    case MB__TYPE_ERROR_SOURCE: return cJSON_CreateString("external");
    default: fail_msg("%s has no plain value", mb__fields[field].key); return NULL;
  }
}

static cJSON *collection_value(mb__field field) {
  if (mb__fields[field].type == MB__TYPE_STATES)
    return parse_text("[{\"media.state.name\":\"mute\"},{\"media.state.name\":\"a.b\"}]");
  if (mb__fields[field].type == MB__TYPE_CUSTOMER_IDS)
    return parse_text("{\"a\":{\"id\":\"1\",\"authState\":0},\"b c\":{\"id\":\"2\",\"authState\":1},"
                      "\"d\":{\"id\":\"3\",\"authState\":2}}");
  return plain_value(field);
}

static cJSON *collection_event(mb__event_type type) {
  cJSON *body = cJSON_CreateObject(), *time, *params = cJSON_CreateObject(), *qoe = cJSON_CreateObject();
  cJSON_AddStringToObject(body, "eventType", mb__events[type].name);
  time = cJSON_AddObjectToObject(body, "playerTime");
  cJSON_AddNumberToObject(time, "playhead", 4711);
  cJSON_AddNumberToObject(time, "ts", 1768478400123);
  for (int i = 0; i < MB__FIELD_COUNT; i++)
    if (mb__field_allowed((mb__field)i, type))
      cJSON_AddItemToObject(mb__fields[i].place == MB__PLACE_QOE ? qoe : params, mb__fields[i].key,
                            collection_value((mb__field)i));
  cJSON_AddItemToObject(body, "qoeData", qoe);
  if (params->child)
    cJSON_AddItemToObject(body, "params", params);
  else
    cJSON_Delete(params);
  if (mb__events[type].metadata)
    cJSON_AddItemToObject(body, "customMetadata", parse_text("{\"a\":\"1\",\"b.c\":\"\\\"\",\"d_\":\"\"}"));
  return body;
}

static cJSON *xdm_event(mb__event_type type) {
  cJSON *xdm = cJSON_CreateObject(), *collection;
  char name[64];
  snprintf(name, sizeof name, "media.%s", mb__events[type].xdm);
  cJSON_AddStringToObject(xdm, "eventType", name);
  cJSON_AddStringToObject(xdm, "timestamp", "2026-01-15T12:00:00.123Z");
  collection = cJSON_AddObjectToObject(xdm, "mediaCollection");
  if (type != MB__EVENT_SESSION_START) cJSON_AddStringToObject(collection, "sessionID", "the session");
  cJSON_AddNumberToObject(collection, "playhead", 4711);
  for (int i = 0; i < MB__FIELD_COUNT; i++) {
    mb__xdm_object object = mb__fields[i].object;
    bool is_details = object >= MB__XDM_SESSION && object <= MB__XDM_QOE;
    if (!is_details || !mb__field_allowed((mb__field)i, type)) continue;
    if (object != MB__XDM_QOE && object != mb__events[type].object) continue;
    cJSON *details = cJSON_GetObjectItemCaseSensitive(collection, mb__xdm_objects[object]);
    if (!details) details = cJSON_AddObjectToObject(collection, mb__xdm_objects[object]);
    cJSON_AddItemToObject(details, mb__fields[i].xdm, plain_value((mb__field)i));
  }
  if (type == MB__EVENT_STATES_UPDATE) {
    cJSON_AddItemToObject(collection, "statesStart", parse_text("[{\"name\":\"mute\"},{\"name\":\"a.b\"}]"));
    cJSON_AddItemToObject(collection, "statesEnd", parse_text("[{\"name\":\"fullScreen\"}]"));
  }
  if (mb__events[type].metadata)
    cJSON_AddItemToObject(collection, "customMetadata",
                          parse_text("[{\"name\":\"a\",\"value\":\"1\"},{\"name\":\"b.c\",\"value\":\"\\\"\"}]"));
  if (type != MB__EVENT_SESSION_START) return xdm;
  cJSON_AddItemToObject(
      xdm, "identityMap",
      parse_text("{\"ECID\":[{\"id\":\"e\",\"authenticatedState\":\"ambiguous\",\"primary\":true},{\"id\":"
                 "\"f\"}],\"crm\":[{\"id\":\"7\",\"authenticatedState\":\"loggedOut\",\"primary\":false},"
                 "{\"id\":\"8\"}],\"x\":[{\"id\":\"9\",\"authenticatedState\":\"authenticated\"}],\"FPID\":"
                 "[{\"id\":\"p\",\"authenticatedState\":\"ambiguous\"}]}"));
  cJSON_AddItemToObject(
      xdm, "implementationDetails",
      parse_text("{\"name\":\"https://ns.adobe.com/experience/edge\",\"version\":\"9\",\"environment\":"
                 "\"app\"}"));
  return xdm;
}

/* v1 has two types for the start and the end of a state, which come back as the type for both. */
static void say_states_update(cJSON *body, const char *list) {
  cJSON *params = cJSON_GetObjectItemCaseSensitive(body, "params");
  cJSON *name = cJSON_DetachItemFromObjectCaseSensitive(params, "media.state.name"), *state = cJSON_CreateObject();
  cJSON_AddItemToObject(state, "media.state.name", name);
  cJSON_AddItemToArray(cJSON_AddArrayToObject(params, list), state);
  cJSON_ReplaceItemInObjectCaseSensitive(body, "eventType", cJSON_CreateString("statesUpdate"));
}

TEST(from_the_collection_api_and_back) {
  for (int type = 0; type < MB__EVENT_COUNT; type++) {
    cJSON *body = collection_event((mb__event_type)type);
    if (type == MB__EVENT_PING) cJSON_DeleteItemFromObjectCaseSensitive(body, "params");
    cJSON *xdm = collection_to_xdm(body), *back = xdm_to_collection(xdm);
    if (type == MB__EVENT_STATE_START) say_states_update(body, "statesStart");
    if (type == MB__EVENT_STATE_END) say_states_update(body, "statesEnd");
    assert_same(mb__events[type].name, body, back, lost_in_xdm);
    cJSON_Delete(body);
    cJSON_Delete(xdm);
    cJSON_Delete(back);
  }
}

TEST(from_xdm_and_back) {
  for (int type = 0; type < MB__EVENT_COUNT; type++) {
    if (type == MB__EVENT_STATE_START || type == MB__EVENT_STATE_END) continue; /* XDM has the one type for both */
    cJSON *xdm = xdm_event((mb__event_type)type), *body = xdm_to_collection(xdm);
    cJSON *back = collection_to_xdm(body);
    assert_same(mb__events[type].xdm, xdm, back, lost_in_v1);
    cJSON_Delete(xdm);
    cJSON_Delete(body);
    cJSON_Delete(back);
  }
}

/* Every line of the lists above is met: a field that has got a counterpart must leave its list. */
TEST(losses_are_real) {
  for (const loss *lost = lost_in_xdm; lost->event; lost++) {
    mb__event_type type = mb__event_named(lost->event, strlen(lost->event));
    const char *key = lost->path + strlen(".params.");
    assert_true(mb__field_allowed(mb__field_named(key), type));
  }
  text_buffer lines = {0};
  cJSON *xdm = xdm_event(MB__EVENT_SESSION_START);
  write_leaves(&lines, "", xdm);
  for (const loss *lost = lost_in_v1; lost->event; lost++)
    if (!has_line(text_of(&lines), lost->path, strlen(lost->path))) fail_msg("%s", lost->path);
  text_free(&lines);
  cJSON_Delete(xdm);
}

/* XDM has whole numbers only: what v1 says of a fraction is cut, and stays so on the way back. */
TEST(fractions_are_cut) {
  static const mb__event_type types[] = {MB__EVENT_SESSION_START, MB__EVENT_AD_BREAK_START, MB__EVENT_AD_START,
                                         MB__EVENT_CHAPTER_START};
  int cut = 0;
  for (size_t t = 0; t < sizeof types / sizeof *types; t++) {
    cJSON *body = collection_event(types[t]), *params = cJSON_GetObjectItemCaseSensitive(body, "params");
    cJSON *time = cJSON_GetObjectItemCaseSensitive(body, "playerTime");
    cJSON_SetNumberValue(cJSON_GetObjectItemCaseSensitive(time, "playhead"), 0.999);
    for (int i = 0; i < MB__FIELD_COUNT; i++)
      if (mb__fields[i].type == MB__TYPE_NUMBER && mb__field_allowed((mb__field)i, types[t]))
        cJSON_SetNumberValue(cJSON_GetObjectItemCaseSensitive(params, mb__fields[i].key), i + 0.75);
    cJSON *xdm = collection_to_xdm(body), *back = xdm_to_collection(xdm);
    time = cJSON_GetObjectItemCaseSensitive(back, "playerTime");
    params = cJSON_GetObjectItemCaseSensitive(back, "params");
    assert_true(cJSON_GetObjectItemCaseSensitive(time, "playhead")->valuedouble == 0);
    for (int i = 0; i < MB__FIELD_COUNT; i++)
      if (mb__fields[i].type == MB__TYPE_NUMBER && mb__field_allowed((mb__field)i, types[t])) {
        assert_true(cJSON_GetObjectItemCaseSensitive(params, mb__fields[i].key)->valuedouble == i);
        cut++;
      }
    cJSON_Delete(body);
    cJSON_Delete(xdm);
    cJSON_Delete(back);
  }
  assert_int_equal(cut, 5); /* length, podSecond, ad.length, chapter.offset, chapter.length */
}

/* Flags that are not set: hasResume is always said, isDownloaded only of what is. */
TEST(flags_that_are_not_set) {
  cJSON *xdm = xdm_event(MB__EVENT_SESSION_START);
  cJSON *details =
      cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(xdm, "mediaCollection"), "sessionDetails");
  cJSON_ReplaceItemInObjectCaseSensitive(details, "hasResume", cJSON_CreateFalse());
  cJSON_ReplaceItemInObjectCaseSensitive(details, "isDownloaded", cJSON_CreateFalse());
  cJSON *body = xdm_to_collection(xdm), *params = cJSON_GetObjectItemCaseSensitive(body, "params");
  assert_true(cJSON_IsFalse(cJSON_GetObjectItemCaseSensitive(params, "media.resume")));
  assert_true(cJSON_IsFalse(cJSON_GetObjectItemCaseSensitive(params, "media.downloaded")));
  cJSON *back = collection_to_xdm(body);
  details =
      cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(back, "mediaCollection"), "sessionDetails");
  assert_true(cJSON_IsFalse(cJSON_GetObjectItemCaseSensitive(details, "hasResume")));
  assert_null(cJSON_GetObjectItemCaseSensitive(details, "isDownloaded"));
  cJSON_Delete(xdm);
  cJSON_Delete(body);
  cJSON_Delete(back);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(from_the_collection_api_and_back),
      cmocka_unit_test(from_xdm_and_back),
      cmocka_unit_test(losses_are_real),
      cmocka_unit_test(fractions_are_cut),
      cmocka_unit_test(flags_that_are_not_set),
  };
  return cmocka_run_group_tests_name("two_wires", tests, NULL, NULL);
}

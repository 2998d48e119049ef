/* Owns requests in brief. */
#include "brief.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <cjson/cJSON.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "protocol/xdm.h"

enum { UUID = 36 };

static const char sessions[] = "/api/v1/sessions", edge[] = "/va/v1/", edge_batch[] = "/va/v1/downloaded?";

static const cJSON *member(const cJSON *object, const char *name) {
  return cJSON_GetObjectItemCaseSensitive(object, name);
}

static const char *member_text(const cJSON *object, const char *name) {
  return cJSON_GetStringValue(member(object, name));
}

static double member_number(const cJSON *object, const char *name) {
  return cJSON_GetNumberValue(member(object, name));
}

static cJSON *parse(const char *body, size_t size) {
  cJSON *json = cJSON_ParseWithLength(body, size);
  if (!json) fail_msg("a body is not JSON: %.*s", (int)size, body);
  return json;
}

/* What both protocols have in common. */

static void write_beginning(text_buffer *out, const char *type, double playhead, int64_t ts, int64_t at) {
  text_add(out, "%s %.15g", type, playhead);
  if (ts != at) text_add(out, " ts %lld", (long long)ts);
}

static bool has_number(const cJSON *object) {
  const cJSON *value;
  cJSON_ArrayForEach(value, object) if (cJSON_IsNumber(value)) return true;
  return false;
}

static void write_quality(text_buffer *out, const cJSON *qoe, const char *const names[4]) {
  for (int i = 0; i < 4; i++) {
    text_add(out, i ? "/" : " qoe ");
    if (member(qoe, names[i]))
      text_add(out, "%.15g", member_number(qoe, names[i]));
    else
      text_add(out, "-");
  }
}

static void write_json(text_buffer *out, const cJSON *json) {
  char *text = cJSON_PrintUnformatted(json);
  text_add(out, " %s", text);
  cJSON_free(text);
}

static void write_states(text_buffer *out, const cJSON *list, char sign, const char *name) {
  const cJSON *state;
  cJSON_ArrayForEach(state, list) text_add(out, " %c%s", sign, member_text(state, name));
}

/* The Media Collection API. */

/* What tells one break, ad, chapter or state from another. */
static void write_identity(text_buffer *out, const cJSON *params) {
  static const char *const names[] = {"media.ad.id", "media.ad.podFriendlyName", "media.chapter.friendlyName",
                                      "media.state.name"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (member_text(params, names[i])) {
      text_add(out, " %s", member_text(params, names[i]));
      return;
    }
}

static void write_collection_quality(text_buffer *out, const cJSON *qoe) {
  static const char *const names[] = {"media.qoe.bitrate", "media.qoe.droppedFrames", "media.qoe.framesPerSecond",
                                      "media.qoe.timeToStart"};
  if (has_number(qoe)) write_quality(out, qoe, names);
  if (member_text(qoe, "media.qoe.errorID"))
    text_add(out, " error %s/%s", member_text(qoe, "media.qoe.errorID"), member_text(qoe, "media.qoe.errorSource"));
}

static void write_collection_event(text_buffer *out, const cJSON *event, int64_t at) {
  const cJSON *time = member(event, "playerTime"), *params = member(event, "params");
  write_beginning(out, member_text(event, "eventType"), member_number(time, "playhead"),
                  (int64_t)member_number(time, "ts"), at);
  if (cJSON_IsTrue(member(params, "media.resume"))) text_add(out, " resume");
  write_identity(out, params);
  write_states(out, member(params, "statesEnd"), '-', "media.state.name");
  write_states(out, member(params, "statesStart"), '+', "media.state.name");
  write_collection_quality(out, member(event, "qoeData"));
  if (member(event, "customMetadata")) write_json(out, member(event, "customMetadata"));
}

static void write_collection(text_buffer *out, const cJSON *body, int64_t at) {
  if (!cJSON_IsArray(body)) {
    write_collection_event(out, body, at);
    return;
  }
  const cJSON *event;
  cJSON_ArrayForEach(event, body) {
    if (event != body->child) text_add(out, ", ");
    write_collection_event(out, event, at);
  }
}

/* The Media Edge API. */

bool brief_is_edge(const char *path) { return strstr(path, edge) != NULL; }

/* Days since 1970 of a date in the Gregorian calendar, by counting. */
static int64_t days_of(int year, int month, int day) {
  static const int before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
  int64_t days = before[month - 1] + day - 1;
  for (int y = 1970; y <= year; y++) {
    bool is_leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
    days += y < year ? 365 + is_leap : is_leap && month > 2;
  }
  return days;
}

static int64_t time_of(const char *text) {
  int year, month, day, hour, minute, second, ms, end = 0;
  int count = sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d.%3dZ%n", &year, &month, &day, &hour, &minute, &second, &ms, &end);
  if (count != 7 || end != 24 || text[end]) fail_msg("no time as it is sent: %s", text);
  return (((days_of(year, month, day) * 24 + hour) * 60 + minute) * 60 + second) * 1000 + ms;
}

static void fail_with_fault(void *user, const char *path, const char *reason) {
  fail_msg("xdm%s: %s\n%s", path, reason, (const char *)user);
}

static bool is_uuid(const char *text) {
  for (int i = 0; i < UUID; i++) {
    bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : !isdigit((unsigned char)text[i]) && (text[i] < 'a' || text[i] > 'f')) return false;
  }
  return text[14] == '4' && strchr("89ab", text[19]); /* random, of the usual variant */
}

static void check_path(const char *path, const char *type) {
  char expected[128];
  const char *action = strstr(path, edge) + sizeof edge - 1, *request = strstr(path, "&requestId=");
  snprintf(expected, sizeof expected, "%s?configId=", type);
  if (strncmp(action, expected, strlen(expected)) != 0 || !request) fail_msg("%s does not say %s", path, type);
  if (!is_uuid(request + strlen("&requestId="))) fail_msg("no UUID: %s", request);
}

static void write_edge_identity(text_buffer *out, const cJSON *collection) {
  static const char *const places[][2] = {
      {"advertisingDetails", "name"}, {"advertisingPodDetails", "friendlyName"}, {"chapterDetails", "friendlyName"}};
  for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
    const char *name = member_text(member(collection, places[i][0]), places[i][1]);
    if (name) text_add(out, " %s", name);
  }
}

static void write_edge_quality(text_buffer *out, const cJSON *collection) {
  static const char *const names[] = {"bitrate", "droppedFrames", "framesPerSecond", "timeToStart"};
  const cJSON *qoe = member(collection, "qoeDataDetails"), *error = member(collection, "errorDetails");
  if (qoe) write_quality(out, qoe, names);
  if (error) text_add(out, " error %s/%s", member_text(error, "name"), member_text(error, "source"));
}

/* The pairs of a list as an object: {"k":"v"}. */
static void write_pairs(text_buffer *out, const cJSON *list, const char *key) {
  cJSON *object = cJSON_CreateObject();
  const cJSON *pair;
  cJSON_ArrayForEach(pair, list) cJSON_AddStringToObject(object, member_text(pair, key), member_text(pair, "value"));
  if (list) write_json(out, object);
  cJSON_Delete(object);
}

static void write_edge_event(text_buffer *out, const char *type, const char *time, const cJSON *collection,
                             int64_t at) {
  write_beginning(out, type + strlen("media."), member_number(collection, "playhead"), time_of(time), at);
  if (cJSON_IsTrue(member(member(collection, "sessionDetails"), "hasResume"))) text_add(out, " resume");
  write_edge_identity(out, collection);
  write_states(out, member(collection, "statesEnd"), '-', "name");
  write_states(out, member(collection, "statesStart"), '+', "name");
  write_edge_quality(out, collection);
  write_pairs(out, member(collection, "customMetadata"), "name");
}

static const cJSON *xdm_of(const cJSON *body) {
  const cJSON *events = member(body, "events");
  assert_int_equal(cJSON_GetArraySize(events), 1);
  return member(events->child, "xdm");
}

static void check_xdm(const cJSON *xdm, mb__xdm_source source, char *body) {
  mb__event_type type;
  mb__xdm_check(xdm, source, &type, fail_with_fault, body);
}

static void write_edge_batch(text_buffer *out, const cJSON *xdm, char *body, int64_t at) {
  const cJSON *entries = member(xdm, "mediaDownloadedEvents"), *entry;
  assert_string_equal(member_text(xdm, "eventType"), "media.downloaded");
  cJSON_ArrayForEach(entry, entries) {
    check_xdm(entry, MB__XDM_FROM_BATCH, body);
    if (entry != entries->child) text_add(out, ", ");
    write_edge_event(out, member_text(entry, "mediaEventType"), member_text(entry, "mediaEventTimestamp"),
                     member(entry, "mediaCollection"), at);
  }
}

static void write_edge(text_buffer *out, const char *path, const cJSON *body, char *text, int64_t at) {
  const cJSON *xdm = xdm_of(body), *entries = member(member(member(body, "meta"), "state"), "entries");
  const char *type = member_text(xdm, "eventType"), *id = member_text(xdm, "_id");
  check_path(path, type + strlen("media."));
  if (strstr(path, edge_batch)) {
    write_edge_batch(out, xdm, text, at);
  } else {
    assert_string_equal(strstr(path, "&requestId=") + strlen("&requestId="), id);
    check_xdm(xdm, MB__XDM_FROM_WIRE, text);
    write_edge_event(out, type, member_text(xdm, "timestamp"), member(xdm, "mediaCollection"), at);
  }
  if (!entries) return;
  text_add(out, " state");
  write_pairs(out, entries, "key");
}

void brief_events(text_buffer *out, const char *path, const char *body, size_t size, int64_t at) {
  text_buffer copy = {0};
  cJSON *json = parse(body, size);
  text_add_bytes(&copy, body, size);
  if (brief_is_edge(path))
    write_edge(out, path, json, copy.text, at);
  else
    write_collection(out, json, at);
  cJSON_Delete(json);
  text_free(&copy);
}

/* Where to. */

static void write_edge_address(text_buffer *out, const char *path, const char *body, size_t size) {
  cJSON *json = parse(body, size);
  const char *id = member_text(member(xdm_of(json), "mediaCollection"), "sessionID");
  const char *end = strstr(path, edge), *hint = memchr(path + 1, '/', (size_t)(end - path - 1));
  text_add(out, "%s", strstr(path, edge_batch) ? "batch" : id ? id : "new");
  if (hint) text_add(out, "@%.*s", (int)(end - hint - 1), hint + 1);
  cJSON_Delete(json);
}

void brief_address(text_buffer *out, const char *path, const char *body, size_t size) {
  size_t root = sizeof sessions - 1, length = strlen(path);
  if (brief_is_edge(path))
    write_edge_address(out, path, body, size);
  else if (strcmp(path, sessions) == 0)
    text_add(out, "new");
  else if (strcmp(path, "/api/v1/downloaded") == 0)
    text_add(out, "batch");
  else if (strncmp(path, sessions, root) == 0 && strcmp(path + length - 7, "/events") == 0)
    text_add(out, "%.*s", (int)(length - root - 8), path + root + 1);
  else
    text_add(out, "%s", path);
}

void brief_without_ids(text_buffer *out, const char *text, size_t size) {
  for (size_t i = 0; i < size;) {
    bool is_id = size - i >= UUID && is_uuid(text + i);
    if (is_id)
      text_add(out, "UUID");
    else
      text_add_bytes(out, text + i, 1);
    i += is_id ? UUID : 1;
  }
}

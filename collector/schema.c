/* Owns the schemas: written from the table that validation reads, so that the two cannot differ.
 * https://experienceleague.adobe.com/en/docs/media-analytics/using/implementation/media-collection-api/mc-api-impl/mc-api-validate-reqs */
#include "schema.h"

#include <string.h>

#include "protocol/protocol.h"

static const char player_time[] =
    "\"playerTime\":{\"type\":\"object\",\"properties\":{\"playhead\":{\"type\":\"number\"},"
    "\"ts\":{\"type\":\"integer\"}},\"required\":[\"playhead\",\"ts\"],\"additionalProperties\":false}";

static const char metadata[] =
    "\"customMetadata\":{\"type\":\"object\",\"patternProperties\":{\"^[a-zA-Z0-9_\\\\.]+$\":{\"type\":\"string\"}},"
    "\"additionalProperties\":false}";

static const char state[] =
    "\"state\":{\"type\":\"object\",\"properties\":{\"media.state.name\":{\"type\":\"string\",\"minLength\":1}},"
    "\"required\":[\"media.state.name\"],\"additionalProperties\":false}";

static const char customer_ids[] =
    "{\"type\":\"object\",\"additionalProperties\":{\"type\":\"object\",\"properties\":{"
    "\"id\":{\"type\":\"string\"},\"authState\":{\"type\":\"integer\",\"enum\":[0,1,2]}},"
    "\"required\":[\"id\",\"authState\"],\"additionalProperties\":false}}";

static const char *const types[] = {
    [MB__TYPE_TEXT] = "{\"type\":\"string\"}",
    [MB__TYPE_NAME] = "{\"type\":\"string\",\"minLength\":1}",
    [MB__TYPE_INTEGER] = "{\"type\":\"integer\"}",
    [MB__TYPE_NUMBER] = "{\"type\":\"number\"}",
    [MB__TYPE_FLAG] = "{\"type\":\"boolean\"}",
    [MB__TYPE_CUSTOMER_IDS] = customer_ids,
    [MB__TYPE_STATES] = "{\"type\":\"array\",\"items\":{\"$ref\":\"#/definitions/state\"}}",
    [MB__TYPE_ERROR_SOURCE] = "{\"type\":\"string\",\"enum\":[\"player\",\"external\"]}",
};

static bool in_block(mb__field field, mb__event_type event, mb__place place) {
  return mb__fields[field].place == place && mb__field_allowed(field, event);
}

/* Writes "key":value, or "key" alone when there is no value; commas between. */
static void item(mb__writer *out, const char *key, const char *value) {
  char last = out->size ? out->bytes[out->size - 1] : 0;
  if (last != '{' && last != '[') mb__write(out, ",", 1);
  mb__write_text(out, key);
  if (value) mb__write(out, ":", 1);
  if (value) mb__write_raw(out, value);
}

static void write_properties(mb__writer *out, mb__event_type event, mb__place place) {
  mb__write_raw(out, "\"properties\":{");
  for (int i = 0; i < MB__FIELD_COUNT; i++)
    if (in_block((mb__field)i, event, place)) item(out, mb__fields[i].key, types[mb__fields[i].type]);
  mb__write_raw(out, "}");
}

static bool requires_any(mb__event_type event, mb__place place) {
  for (int i = 0; i < MB__FIELD_COUNT; i++)
    if (mb__fields[i].place == place && mb__field_required((mb__field)i, event)) return true;
  return false;
}

/* Draft-04 has no empty "required". */
static void write_required(mb__writer *out, mb__event_type event, mb__place place) {
  if (!requires_any(event, place)) return;
  mb__write_raw(out, ",\"required\":[");
  for (int i = 0; i < MB__FIELD_COUNT; i++)
    if (mb__fields[i].place == place && mb__field_required((mb__field)i, event)) item(out, mb__fields[i].key, NULL);
  mb__write_raw(out, "]");
}

static void write_block(mb__writer *out, mb__event_type event, mb__place place, const char *key) {
  item(out, key, "{\"type\":\"object\",");
  write_properties(out, event, place);
  write_required(out, event, place);
  if (event == MB__EVENT_STATES_UPDATE && place == MB__PLACE_PARAMS) item(out, "minProperties", "1");
  item(out, "additionalProperties", "false}");
}

static void write_definitions(mb__writer *out, mb__event_type event) {
  mb__write_raw(out, ",\"definitions\":{");
  mb__write_raw(out, player_time);
  write_block(out, event, MB__PLACE_QOE, "qoeData");
  if (mb__events[event].metadata) mb__write_raw(out, ",");
  if (mb__events[event].metadata) mb__write_raw(out, metadata);
  if (event == MB__EVENT_STATES_UPDATE) mb__write_raw(out, ",");
  if (event == MB__EVENT_STATES_UPDATE) mb__write_raw(out, state);
  mb__write_raw(out, "}");
}

static void write_event_type(mb__writer *out, mb__event_type event) {
  mb__write_raw(out, "\"eventType\":{\"type\":\"string\",\"enum\":[");
  mb__write_text(out, mb__events[event].name);
  mb__write_raw(out, "]}");
}

static void write_body(mb__writer *out, mb__event_type event) {
  mb__write_raw(out, ",\"type\":\"object\",\"properties\":{");
  write_event_type(out, event);
  item(out, "playerTime", "{\"$ref\":\"#/definitions/playerTime\"}");
  if (mb__events[event].params != MB__PARAMS_FORBIDDEN) write_block(out, event, MB__PLACE_PARAMS, "params");
  item(out, "qoeData", "{\"$ref\":\"#/definitions/qoeData\"}");
  if (mb__events[event].metadata) item(out, "customMetadata", "{\"$ref\":\"#/definitions/customMetadata\"}");
  mb__write_raw(out, "},\"required\":[\"eventType\",\"playerTime\"");
  if (mb__events[event].params == MB__PARAMS_REQUIRED) item(out, "params", NULL);
  mb__write_raw(out, "],\"additionalProperties\":false");
}

static void write_schema(mb__writer *out, mb__event_type event) {
  mb__write_raw(out, "{\"$schema\":\"http://json-schema.org/draft-04/schema#\",\"id\":\"/api/v1/schemas/");
  mb__write_raw(out, mb__events[event].name);
  mb__write_raw(out, "\",\"title\":");
  mb__write_text(out, mb__events[event].name);
  write_definitions(out, event);
  write_body(out, event);
  mb__write_raw(out, "}\n");
}

void mbc_schema_get(mbc_store *store, const mbc_request *request, mbc_answer *answer) {
  (void)store;
  mb__event_type event = mb__event_named(request->argument, strlen(request->argument));
  if (event == MB__EVENT_COUNT) {
    mbc_answer_refuse(answer, 404, "no such event type: %s", request->argument);
    return;
  }
  write_schema(&answer->body, event);
  mbc_answer_json(answer);
}

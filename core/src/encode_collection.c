/* Owns the bodies and paths of the Media Collection API v1.
 * https://experienceleague.adobe.com/en/docs/media-analytics/using/implementation/media-collection-api/mc-api-ref/mc-api-sessions-req */
#include "encode_collection.h"

#include <stdio.h>
#include <string.h>

#include "given.h"
#include "outbox.h"
#include "protocol/collection.h"
#include "text.h"

#define LITERAL(writer, text) mb__write(writer, text, sizeof(text) - 1)

enum { FIRST_QOE = MB__FIELD_MEDIA_QOE_BITRATE };

static void write_member(mb__writer *writer, char before, mb__field field) {
  mb__write(writer, &before, 1);
  LITERAL(writer, "\"");
  mb__write_raw(writer, mb__fields[field].key);
  LITERAL(writer, "\":");
}

static void write_qoe(mb__writer *writer, const mb__moment *moment) {
  LITERAL(writer, ",\"qoeData\":");
  char before = '{';
  for (int i = 0; i < 4; i++) {
    if (!(moment->qoe.present >> i & 1)) continue;
    write_member(writer, before, (mb__field)(FIRST_QOE + i));
    mb__write_integer(writer, moment->qoe.value[i]);
    before = ',';
  }
  if (moment->error_id) {
    write_member(writer, before, MB__FIELD_MEDIA_QOE_ERROR_ID);
    mb__write_text(writer, moment->error_id);
    before = ',';
  }
  if (moment->error_source) {
    write_member(writer, before, MB__FIELD_MEDIA_QOE_ERROR_SOURCE);
    mb__write_text(writer, moment->error_source);
  }
  LITERAL(writer, "}");
}

/* Each type's beginning in one piece: pings are most of all events. */
static const struct {
  const char *text;
  size_t size;
} beginnings[MB__EVENT_COUNT] = {
#define BEGINNING(name) "{\"eventType\":\"" name "\",\"playerTime\":{\"playhead\":"
#define MB_EVENT(id, name, xdm, object, params, metadata) {BEGINNING(name), sizeof(BEGINNING(name)) - 1},
#include "protocol/events.def"
#undef MB_EVENT
#undef BEGINNING
};

/* The part that every event has, in one go. */
static void write_beginning(mb__writer *writer, const mb__moment *moment) {
  static const char before_ts[] = ",\"ts\":";
  size_t size = beginnings[moment->type].size;
  char *start = mb__write_room(writer, size + sizeof before_ts + 2 * (size_t)MB__NUMBER_SIZE), *at = start;
  if (!start) return;
  memcpy(at, beginnings[moment->type].text, size);
  at += size;
  at += mb__format_number(at, moment->playhead);
  memcpy(at, before_ts, sizeof before_ts - 1);
  at += sizeof before_ts - 1;
  at += mb__format_integer(at, moment->ts);
  *at++ = '}';
  writer->size += (size_t)(at - start);
}

void mb__collection_head(mb__writer *writer, const mb__moment *moment) {
  write_beginning(writer, moment);
  if (moment->qoe.present || moment->error_id || moment->error_source) write_qoe(writer, moment);
  if (moment->type != MB__EVENT_SESSION_START) return;
  LITERAL(writer, ",\"params\":"); /* media.resume first, so that a resume differs in the head alone */
  write_member(writer, '{', MB__FIELD_MEDIA_RESUME);
  mb__write_flag(writer, moment->resume);
}

static void write_states(mb__writer *writer, const mb__json *states) {
  char before = '[';
  for (const mb__json *state = mb__json_first(states); state; state = mb__json_next(state)) {
    mb__write(writer, &before, 1);
    before = ',';
    write_member(writer, '{', MB__FIELD_MEDIA_STATE_NAME);
    mb__write_text(writer, mb__state_name(state));
    LITERAL(writer, "}");
  }
  mb__write_raw(writer, before == '[' ? "[]" : "]");
}

/* An identityMap has some ids that are fields of their own here. */
static void write_customer_ids(mb__writer *writer, const mb__json *ids) {
  char before = '{';
  for (const mb__json *entry = mb__json_first(ids); entry; entry = mb__json_next(entry)) {
    const char *id;
    int state;
    bool has_field = mb__json_type_of(entry) == MB__JSON_ARRAY &&
                     mb__field_named_xdm(MB__XDM_IDENTITY, mb__json_name(entry)) != MB__FIELD_COUNT;
    if (has_field || !mb__customer_id(entry, &id, &state)) continue;
    mb__write(writer, &before, 1);
    before = ',';
    mb__write_text(writer, mb__json_name(entry));
    LITERAL(writer, ":{\"id\":");
    mb__write_text(writer, id);
    LITERAL(writer, ",\"authState\":");
    mb__write_integer(writer, state);
    LITERAL(writer, "}");
  }
  mb__write_raw(writer, before == '{' ? "{}" : "}");
}

static void write_value(mb__writer *writer, mb__field field, const mb__value *value) {
  switch (mb__fields[field].type) {
    case MB__TYPE_TEXT:
    case MB__TYPE_NAME:
    case MB__TYPE_ERROR_SOURCE: mb__write_text(writer, value->as.text); return;
    case MB__TYPE_NUMBER: mb__write_number(writer, value->as.number); return;
    case MB__TYPE_INTEGER: mb__write_integer(writer, value->as.integer); return;
    case MB__TYPE_FLAG: mb__write_flag(writer, value->as.flag); return;
    case MB__TYPE_CUSTOMER_IDS: write_customer_ids(writer, value->as.json); return;
    case MB__TYPE_STATES: write_states(writer, value->as.json); return;
  }
}

static bool goes_into_params(mb__event_type type, const mb__values *values, int field) {
  return values->set[field] && mb__fields[field].place == MB__PLACE_PARAMS &&
         mb__field_allowed((mb__field)field, type) && field != MB__FIELD_MEDIA_RESUME;
}

static size_t write_params(mb__writer *writer, mb__event_type type, const mb__values *values, mb__field last_identity) {
  size_t start = writer->size, identity = 0;
  bool any = type == MB__EVENT_SESSION_START; /* the head has opened params with media.resume */
  for (int i = 0; values && i < MB__FIELD_COUNT; i++) {
    if (!goes_into_params(type, values, i)) continue;
    if (!any) LITERAL(writer, ",\"params\":");
    write_member(writer, any ? ',' : '{', (mb__field)i);
    write_value(writer, (mb__field)i, &values->value[i]);
    any = true;
    if (i <= (int)last_identity) identity = writer->size - start;
  }
  if (any) LITERAL(writer, "}");
  return identity;
}

static void write_metadata(mb__writer *writer, const mb_pair *metadata, size_t count) {
  LITERAL(writer, ",\"customMetadata\":");
  for (size_t i = 0; i < count; i++) {
    mb__write(writer, i ? "," : "{", 1);
    mb__write_text(writer, metadata[i].key);
    LITERAL(writer, ":");
    mb__write_text(writer, metadata[i].value);
  }
  LITERAL(writer, "}");
}

size_t mb__collection_tail(mb__writer *writer, mb__event_type type, const mb__values *values, const mb_pair *metadata,
                           size_t metadata_count, mb__field last_identity) {
  size_t identity = write_params(writer, type, values, last_identity);
  if (metadata_count) write_metadata(writer, metadata, metadata_count);
  LITERAL(writer, "}");
  return identity;
}

double mb__wire_playhead(const char *body, size_t size) {
  static const char name[] = "\"playhead\":";
  for (size_t i = 0; i + sizeof name <= size; i++)
    if (memcmp(body + i, name, sizeof name - 1) == 0) return mb__parse_number(body + i + sizeof name - 1, size - i);
  return 0;
}

static void write_path(mb__writer *url, mb__outbox *outbox, const mb__record *record) {
  if (outbox->is_batch) {
    mb__write_raw(url, "/api/v1/");
    mb__write_raw(url, mb__config_text(outbox->client->config, MB__KEY_DOWNLOADED_PATH));
    return;
  }
  static const char sessions[] = "/api/v1/sessions/", events[] = "/events";
  if (record->type == MB__EVENT_SESSION_START) {
    mb__write(url, sessions, sizeof sessions - 2);
    return;
  }
  size_t size = strlen(outbox->id);
  char *at = mb__write_room(url, sizeof sessions + size + sizeof events);
  if (!at) return;
  memcpy(at, sessions, sizeof sessions - 1);
  memcpy(at + sizeof sessions - 1, outbox->id, size);
  memcpy(at + sizeof sessions - 1 + size, events, sizeof events - 1);
  url->size += sizeof sessions - 1 + size + sizeof events - 1;
}

/* All bodies of the session in one array. */
static void write_batch(mb__writer *body, const mb__outbox *outbox) {
  const mb__queue *queue = &outbox->queue;
  mb__write_room(body, queue->bytes + queue->count + 1); /* all at once */
  mb__queue_cursor cursor = mb__queue_begin(queue);
  char before = '[';
  for (const mb__record *record; (record = mb__queue_next(&cursor)) != NULL; before = ',') {
    mb__write(body, &before, 1);
    mb__write(body, mb__record_body(record), record->size);
  }
  LITERAL(body, "]");
}

static bool fit_for_url(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         (c && strchr("-._~%!$&'()*+,;=:@", c));
}

/* "." and ".." lead to another path, in percent-encoding too. */
static bool is_dot_segment(const char *id, size_t size) {
  int dots = 0;
  for (size_t i = 0; i < size; dots++) {
    bool encoded = size - i >= 3 && id[i] == '%' && id[i + 1] == '2' && (id[i + 2] == 'e' || id[i + 2] == 'E');
    if (!encoded && id[i] != '.') return false;
    i += encoded ? 3 : 1;
  }
  return dots <= 2;
}

static bool is_path_segment(const char *id, size_t size) {
  for (size_t i = 0; i < size; i++)
    if (!fit_for_url(id[i])) return false;
  return size && size <= MB__MOST_SESSION_ID && !is_dot_segment(id, size);
}

static bool takes_id(const char *id) { return is_path_segment(id, strlen(id)); }

const char *mb__collection_session_id(const char *location, size_t *size) {
  static const char before[] = "/sessions/";
  const char *id = NULL;
  for (const char *at = location; at && (at = strstr(at, before)) != NULL; at++) id = at + sizeof before - 1;
  if (!id) return NULL;
  *size = strcspn(id, "/?#");
  return is_path_segment(id, *size) ? id : NULL;
}

static void quote(mb__answer *answer, const mb_response *response) {
  mb__json *body = NULL;
  if (!response->body || mb__json_parse(response->body, response->body_size, &body, NULL, NULL)) return;
  const mb__json *message = mb__json_get(body, "message");
  if (message && mb__json_text(message)) snprintf(answer->words, sizeof answer->words, "%s", mb__json_text(message));
  mb__json_free(body);
}

static void read_answer(mb__outbox *outbox, const mb_response *response, bool opens, mb__answer *answer) {
  size_t size;
  (void)outbox;
  answer->verdict = mb__verdict_of(response->status, opens);
  if (answer->verdict != MB__TAKEN) {
    quote(answer, response);
    return;
  }
  const char *id = opens && response->location ? mb__collection_session_id(response->location, &size) : NULL;
  if (!id) return;
  memcpy(answer->id, id, size);
  answer->id[size] = 0;
}

static mb_status recover(mb_client *client, const char *body, size_t size, mb__given *event) {
  mb__finding finding;
  mb__event_type type;
  mb_status status = mb__json_parse(body, size, &event->json, NULL, NULL);
  if (!status) status = mb__validate_event_type(event->json, &type, &finding);
  if (!status) status = mb__validate_blocks(event->json, type, &finding);
  if (status) return status;
  event->reading.moment.type = type;
  status = mb__collection_read(&client->memory, event->json, &event->reading, &finding);
  bool timed = event->reading.has_playhead && event->reading.has_ts;
  return status || timed ? status : MB_INVALID_EVENT;
}

const mb__wire mb__collection_wire = {.name = "collection-v1",
                                      .head = mb__collection_head,
                                      .tail = mb__collection_tail,
                                      .no_tail = "}",
                                      .no_tail_size = 1,
                                      .most_tail = SIZE_MAX,
                                      .most_batch = SIZE_MAX,
                                      .states_member = "params",
                                      .is_online = "\"media.downloaded\":false",
                                      .is_downloaded = "\"media.downloaded\":true",
                                      .error_carries_qoe = true,
                                      .takes_id = takes_id,
                                      .recover = recover,
                                      .path = write_path,
                                      .batch = write_batch,
                                      .read = read_answer};

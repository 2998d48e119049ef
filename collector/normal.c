/* Owns the normal form: bodies of both wires are read into the same record, the record is made plain, and written as v1
 * writes it. */
#define _DEFAULT_SOURCE
#include "normal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "encode_collection.h"
#include "json.h"
#include "pairs.h"
#include "reading.h"
#include "text.h"

typedef struct normal {
  mb__reading reading;
  mb__json *lists[2]; /* states that start and end, as v1 has them; owned */
} normal;

/* Making it plain. */

static bool is_on_both_wires(mb__field field, mb__event_type type) {
  if (field == MB__FIELD_MEDIA_STATE_NAME) return true;
  if (field == MB__FIELD_MEDIA_DOWNLOADED) return false;
  mb__xdm_object object = mb__fields[field].object;
  return object != MB__XDM_NONE && (object == mb__events[type].object || object == MB__XDM_IDENTITY);
}

static void leave_out_fields(mb__reading *reading) {
  for (int i = 0; i < MB__FIELD_COUNT; i++)
    if (!is_on_both_wires((mb__field)i, reading->moment.type)) reading->values.set[i] = false;
}

static bool has_customer_id(const mb__json *ids) {
  const char *id;
  int state;
  for (const mb__json *entry = mb__json_first(ids); entry; entry = mb__json_next(entry))
    if (mb__customer_id(entry, &id, &state)) return true;
  return false;
}

static void leave_out_no_customer(mb__values *values) {
  mb__field field = MB__FIELD_VISITOR_CUSTOMER_IDS;
  if (values->set[field]) values->set[field] = has_customer_id(values->value[field].as.json);
}

static double whole(double number) { return trunc(fmax(-MB__MOST_EXACT, fmin(MB__MOST_EXACT, number))) + 0.0; }

static void cut_numbers(mb__reading *reading) {
  mb__moment *moment = &reading->moment;
  moment->playhead = whole(moment->playhead);
  for (int i = 0; i < 4; i++)
    if (moment->qoe.value[i] > INT32_MAX) moment->qoe.value[i] = INT32_MAX;
  for (int i = 0; i < MB__FIELD_COUNT; i++)
    if (reading->values.set[i] && mb__fields[i].type == MB__TYPE_NUMBER)
      reading->values.value[i].as.number = whole(reading->values.value[i].as.number);
}

/* v1 has two places for these. */
static void move_error(mb__reading *reading) {
  mb__moment *moment = &reading->moment;
  const mb__values *values = &reading->values;
  if (moment->type != MB__EVENT_ERROR) return;
  if (!moment->error_id && values->set[MB__FIELD_MEDIA_ERROR_ID])
    moment->error_id = values->value[MB__FIELD_MEDIA_ERROR_ID].as.text;
  if (!moment->error_source && values->set[MB__FIELD_MEDIA_ERROR_SOURCE])
    moment->error_source = values->value[MB__FIELD_MEDIA_ERROR_SOURCE].as.text;
  if (!moment->error_source) moment->error_source = "player";
}

/* What counts is told from then on. */
static void leave_out_told(mb__qoe *qoe, mbc_normal *session, mbc_mark mark) {
  mb__qoe told = *qoe;
  if (!told.present) return;
  if (mb__qoe_equal(&told, &session->told)) qoe->present = 0;
  if (mark == MBC_ACCEPTED) session->told = told;
}

/* Player states. */

static const char *spelled(const char *name) { return strcasecmp(name, "fullScreen") == 0 ? "fullScreen" : name; }

/* An xdm may have further members beside a state's name. */
static const char *name_of(const mb__json *state, bool is_xdm) {
  return mb__json_text(mb__json_get(state, is_xdm ? "name" : mb__fields[MB__FIELD_MEDIA_STATE_NAME].key));
}

/* The list as v1 has it. NULL: memory ended. */
static mb__json *plain_list(const mb__json *states, bool is_xdm) {
  mb__json *list = NULL;
  mb__writer text;
  mb__writer_init(&text, &mb__c_library);
  mb__write_raw(&text, "[");
  for (const mb__json *state = mb__json_first(states); state; state = mb__json_next(state)) {
    mb__write_raw(&text, text.size > 1 ? ",{\"" : "{\"");
    mb__write_raw(&text, mb__fields[MB__FIELD_MEDIA_STATE_NAME].key);
    mb__write_raw(&text, "\":");
    mb__write_text(&text, spelled(name_of(state, is_xdm)));
    mb__write_raw(&text, "}");
  }
  mb__write_raw(&text, "]");
  if (!text.failed) mb__json_parse(text.bytes, text.size, &list, NULL, NULL);
  mb__writer_free(&text);
  return list;
}

static mb_status plain_lists(normal *n) {
  static const mb__field fields[2] = {MB__FIELD_STATES_START, MB__FIELD_STATES_END};
  mb__values *values = &n->reading.values;
  for (int i = 0; i < 2; i++) {
    if (!values->set[fields[i]]) continue;
    n->lists[i] = plain_list(values->value[fields[i]].as.json, n->reading.is_xdm);
    if (!n->lists[i]) return MB_NO_MEMORY;
    values->set[fields[i]] = mb__json_first(n->lists[i]) != NULL;
    values->value[fields[i]].as.json = n->lists[i];
  }
  return MB_OK;
}

static const mb__json *only_state(const mb__values *values, mb__field has, mb__field has_not) {
  const mb__json *first = values->set[has] ? mb__json_first(values->value[has].as.json) : NULL;
  return first && !mb__json_next(first) && !values->set[has_not] ? first : NULL;
}

static void become(mb__reading *reading, mb__event_type type, const mb__json *state) {
  mb__values *values = &reading->values;
  reading->moment.type = type;
  values->set[MB__FIELD_STATES_START] = values->set[MB__FIELD_STATES_END] = false;
  mb__set_text(values, MB__FIELD_MEDIA_STATE_NAME, name_of(state, false));
}

static mb_status make_states_plain(normal *n) {
  mb__values *values = &n->reading.values;
  mb__value *name = &values->value[MB__FIELD_MEDIA_STATE_NAME];
  if (values->set[MB__FIELD_MEDIA_STATE_NAME]) name->as.text = spelled(name->as.text);
  if (plain_lists(n)) return MB_NO_MEMORY;
  const mb__json *started = only_state(values, MB__FIELD_STATES_START, MB__FIELD_STATES_END);
  const mb__json *ended = only_state(values, MB__FIELD_STATES_END, MB__FIELD_STATES_START);
  if (started) become(&n->reading, MB__EVENT_STATE_START, started);
  if (ended) become(&n->reading, MB__EVENT_STATE_END, ended);
  return MB_OK;
}

static mb_status make_plain(normal *n, int64_t received_at) {
  mb__reading *reading = &n->reading;
  if (!reading->has_ts) reading->moment.ts = received_at;
  move_error(reading);
  leave_out_fields(reading);
  leave_out_no_customer(&reading->values);
  cut_numbers(reading);
  mb_status status = mbc_pairs_unite(reading->metadata, &reading->metadata_count);
  return status ? status : make_states_plain(n);
}

static void write_reading(mb__writer *writer, const mb__reading *reading) {
  mb__collection_head(writer, &reading->moment);
  mb__collection_tail(writer, reading->moment.type, &reading->values, reading->metadata, reading->metadata_count,
                      MB__FIELD_COUNT);
}

void mbc_normal_write(mb__writer *writer, mbc_normal *session, const mbc_event *event) {
  normal n = {0};
  mb__json *body;
  mb__finding finding;
  mb_status status = mb__json_parse(event->body, event->size, &body, NULL, NULL);
  if (!status) status = mbc_read_body(body, MBC_AS_SENT, &n.reading, &finding);
  if (!status) status = make_plain(&n, event->received_at);
  if (!status) leave_out_told(&n.reading.moment.qoe, session, event->mark);
  if (!status)
    write_reading(writer, &n.reading);
  else if (status == MB_NO_MEMORY)
    writer->failed = true;
  else
    mb__write_raw(writer, "null");
  mb__reading_free(&mb__c_library, &n.reading);
  for (int i = 0; i < 2; i++) mb__json_free(n.lists[i]);
  mb__json_free(body);
}

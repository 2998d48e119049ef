/* Owns the bodies of the Media Edge API. */
#include "encode_edge.h"

#include <string.h>

#include "edge.h"
#include "given.h"
#include "outbox.h"
#include "protocol/xdm.h"
#include "text.h"

#define LITERAL(writer, text) mb__write(writer, text, sizeof(text) - 1)

static const char before_id[] = "{\"_id\":\"", after_time[] = "\",\"mediaCollection\":{",
                  empty_session[] = "\"sessionID\":\"\",", before_playhead[] = "\"playhead\":";

/* What stands between _id and timestamp, by type: pings are most of all events. */
static const struct {
  const char *text;
  size_t size;
} middles[MB__EVENT_COUNT] = {
#define MIDDLE(xdm) "\",\"eventType\":\"media." xdm "\",\"timestamp\":\""
#define MB_EVENT(id, name, xdm, object, params, metadata) {MIDDLE(xdm), sizeof(MIDDLE(xdm)) - 1},
#include "protocol/events.def"
#undef MB_EVENT
#undef MIDDLE
};

static char *copy(char *to, const char *text, size_t size) { return (char *)memcpy(to, text, size) + size; }

/* A random UUID (version 4). */
static char *copy_uuid(char *to, const uint64_t chance[2]) {
  static const char hex[] = "0123456789abcdef";
  uint64_t bits[2] = {(chance[0] & ~UINT64_C(0xF000)) | 0x4000, (chance[1] & ~(UINT64_C(3) << 62)) | UINT64_C(1) << 63};
  for (int i = 0; i < 32; i++) {
    if (i == 8 || i == 12 || i == 16 || i == 20) *to++ = '-';
    *to++ = hex[bits[i / 16] >> (60 - 4 * (i % 16)) & 15];
  }
  return to;
}

/* Whole seconds are all that the protocol takes. */
static int64_t whole(double number) {
  if (number > MB__MOST_EXACT) return (int64_t)MB__MOST_EXACT;
  return number < -MB__MOST_EXACT ? -(int64_t)MB__MOST_EXACT : (int64_t)number;
}

/* The part that every event has, in one go. */
static void write_beginning(mb__writer *writer, const mb__moment *moment) {
  enum { FIXED = sizeof before_id + sizeof after_time + sizeof empty_session + sizeof before_playhead };
  size_t middle = middles[moment->type].size;
  char *start = mb__write_room(writer, FIXED + MB__UUID_SIZE + middle + MB__TIME_SIZE + MB__NUMBER_SIZE), *at = start;
  if (!start) return;
  at = copy(at, before_id, sizeof before_id - 1);
  at = copy_uuid(at, moment->id);
  at = copy(at, middles[moment->type].text, middle);
  mb__time_to_text(moment->ts, at);
  at = copy(at + MB__TIME_SIZE, after_time, sizeof after_time - 1);
  if (moment->type != MB__EVENT_SESSION_START) at = copy(at, empty_session, sizeof empty_session - 1);
  at = copy(at, before_playhead, sizeof before_playhead - 1);
  at += mb__format_integer(at, whole(moment->playhead));
  writer->size += (size_t)(at - start);
}

static void write_member(mb__writer *writer, char before, const char *name) {
  mb__write(writer, &before, 1);
  LITERAL(writer, "\"");
  mb__write_raw(writer, name);
  LITERAL(writer, "\":");
}

static void write_qoe(mb__writer *writer, const mb__qoe *qoe) {
  char before = '{';
  LITERAL(writer, ",\"qoeDataDetails\":");
  for (int i = 0; i < 4; i++) {
    if (!(qoe->present >> i & 1)) continue;
    write_member(writer, before, mb__fields[MB__FIELD_MEDIA_QOE_BITRATE + i].xdm);
    mb__write_integer(writer, qoe->value[i] > INT32_MAX ? INT32_MAX : qoe->value[i]);
    before = ',';
  }
  mb__write_raw(writer, before == '{' ? "{}" : "}");
}

static void write_error(mb__writer *writer, const mb__moment *moment) {
  LITERAL(writer, ",\"errorDetails\":{\"name\":");
  mb__write_text(writer, moment->error_id);
  LITERAL(writer, ",\"source\":");
  mb__write_text(writer, moment->error_source ? moment->error_source : "player");
  LITERAL(writer, "}");
}

/* Opens what the tail goes on with: hasResume comes first, so that a resume differs in the head alone; the start and the
 * end of one state have the same tail. */
static void write_opening(mb__writer *writer, const mb__moment *moment) {
  switch (moment->type) {
    case MB__EVENT_SESSION_START:
      LITERAL(writer, ",\"sessionDetails\":{\"hasResume\":");
      mb__write_flag(writer, moment->resume);
      return;
    case MB__EVENT_STATE_START: LITERAL(writer, ",\"statesStart\":["); return;
    case MB__EVENT_STATE_END: LITERAL(writer, ",\"statesEnd\":["); return;
    default: return;
  }
}

static void write_rest(mb__writer *writer, const mb__moment *moment) {
  if (moment->qoe.present || moment->type == MB__EVENT_BITRATE_CHANGE) write_qoe(writer, &moment->qoe);
  if (moment->error_id) write_error(writer, moment);
  write_opening(writer, moment);
}

void mb__edge_head(mb__writer *writer, const mb__moment *moment) {
  write_beginning(writer, moment);
  write_rest(writer, moment);
}

static void write_states(mb__writer *writer, const char *member, const mb__json *states) {
  char before = '[';
  write_member(writer, ',', member);
  for (const mb__json *state = mb__json_first(states); state; state = mb__json_next(state)) {
    mb__write(writer, &before, 1);
    before = ',';
    LITERAL(writer, "{\"name\":");
    mb__write_text(writer, mb__state_name(state));
    LITERAL(writer, "}");
  }
  mb__write_raw(writer, before == '[' ? "[]" : "]");
}

static void write_value(mb__writer *writer, mb__field field, const mb__value *value) {
  switch (mb__fields[field].type) {
    case MB__TYPE_NUMBER: mb__write_integer(writer, whole(value->as.number)); return;
    case MB__TYPE_INTEGER: mb__write_integer(writer, value->as.integer); return;
    case MB__TYPE_FLAG: mb__write_flag(writer, value->as.flag); return;
    default: mb__write_text(writer, value->as.text); return;
  }
}

/* hasResume is the head's; isDownloaded is the backend's to say, but for sessions that are. */
static bool goes_into(mb__xdm_object object, mb__event_type type, const mb__values *values, int field) {
  if (!values || !values->set[field] || mb__fields[field].object != object || field == MB__FIELD_MEDIA_RESUME)
    return false;
  if (field == MB__FIELD_MEDIA_DOWNLOADED && !values->value[field].as.flag) return false;
  return mb__field_allowed((mb__field)field, type);
}

static size_t write_details(mb__writer *writer, mb__event_type type, const mb__values *values,
                            mb__field last_identity) {
  mb__xdm_object object = mb__events[type].object;
  size_t start = writer->size, identity = 0;
  bool any = type == MB__EVENT_SESSION_START; /* the head has opened it */
  for (int i = 0; i < MB__FIELD_COUNT; i++) {
    if (!goes_into(object, type, values, i)) continue;
    if (!any) write_member(writer, ',', mb__xdm_objects[object]);
    write_member(writer, any ? ',' : '{', mb__fields[i].xdm);
    write_value(writer, (mb__field)i, &values->value[i]);
    any = true;
    if (i <= (int)last_identity) identity = writer->size - start;
  }
  if (any) LITERAL(writer, "}");
  return identity;
}

static void write_state_parts(mb__writer *writer, const mb__values *values) {
  static const mb__field lists[] = {MB__FIELD_STATES_START, MB__FIELD_STATES_END};
  for (int i = 0; i < 2; i++)
    if (values->set[lists[i]]) write_states(writer, mb__fields[lists[i]].xdm, values->value[lists[i]].as.json);
}

static size_t write_collection(mb__writer *writer, mb__event_type type, const mb__values *values,
                               mb__field last_identity) {
  size_t start = writer->size;
  if (mb__events[type].object == MB__XDM_NONE) return 0;
  if (mb__events[type].object != MB__XDM_COLLECTION) return write_details(writer, type, values, last_identity);
  if (type == MB__EVENT_STATES_UPDATE) return write_state_parts(writer, values), 0;
  LITERAL(writer, "{\"name\":");
  mb__write_text(writer, values->value[MB__FIELD_MEDIA_STATE_NAME].as.text);
  LITERAL(writer, "}]");
  return writer->size - start;
}

static void write_metadata(mb__writer *writer, const mb_pair *metadata, size_t count) {
  LITERAL(writer, ",\"customMetadata\":");
  for (size_t i = 0; i < count; i++) {
    mb__write_raw(writer, i ? ",{\"name\":" : "[{\"name\":");
    mb__write_text(writer, metadata[i].key);
    LITERAL(writer, ",\"value\":");
    mb__write_text(writer, metadata[i].value);
    LITERAL(writer, "}");
  }
  LITERAL(writer, "]");
}

/* The identities by namespace; the map is opened with the first of them. */
typedef struct identity_writer {
  mb__writer *writer;
  bool any;
} identity_writer;

static void write_identity(identity_writer *identities, const char *name, const char *id, const char *state) {
  mb__writer *writer = identities->writer;
  mb__write_raw(writer, identities->any ? "," : ",\"identityMap\":{");
  identities->any = true;
  mb__write_text(writer, name);
  LITERAL(writer, ":[{\"id\":");
  mb__write_text(writer, id);
  if (state) LITERAL(writer, ",\"authenticatedState\":"), mb__write_text(writer, state);
  LITERAL(writer, "}]");
}

static void write_customer_ids(identity_writer *identities, const mb__json *ids) {
  static const char *const states[] = {"ambiguous", "authenticated", "loggedOut"};
  for (const mb__json *entry = mb__json_first(ids); entry; entry = mb__json_next(entry)) {
    const char *id;
    int state;
    bool has_field = mb__field_named_xdm(MB__XDM_IDENTITY, mb__json_name(entry)) != MB__FIELD_COUNT;
    if (!has_field && mb__customer_id(entry, &id, &state))
      write_identity(identities, mb__json_name(entry), id, states[state]);
  }
}

static void write_identities(mb__writer *writer, const mb__values *values) {
  identity_writer identities = {writer, false};
  for (int i = 0; i < MB__FIELD_COUNT; i++) {
    if (!values->set[i] || mb__fields[i].object != MB__XDM_IDENTITY) continue;
    if (mb__fields[i].type == MB__TYPE_CUSTOMER_IDS)
      write_customer_ids(&identities, values->value[i].as.json);
    else
      write_identity(&identities, mb__fields[i].xdm, values->value[i].as.text, NULL);
  }
  if (identities.any) LITERAL(writer, "}");
}

/* The name that the gateway assumes for direct calls; the version tells whose they are. */
static void write_implementation(mb__writer *writer, const mb__values *values) {
  if (!values->set[MB__FIELD_MEDIA_LIBRARY_VERSION]) return;
  LITERAL(writer, ",\"implementationDetails\":{\"name\":\"https://ns.adobe.com/experience/edge\",\"version\":");
  mb__write_text(writer, values->value[MB__FIELD_MEDIA_LIBRARY_VERSION].as.text);
  LITERAL(writer, ",\"environment\":\"app\"}");
}

static size_t write_event(mb__writer *writer, mb__event_type type, const mb__values *values, const mb_pair *metadata,
                          size_t metadata_count, mb__field last_identity) {
  size_t identity = write_collection(writer, type, values, last_identity);
  if (metadata_count) write_metadata(writer, metadata, metadata_count);
  LITERAL(writer, "}");
  if (type == MB__EVENT_SESSION_START && values) write_identities(writer, values);
  return identity;
}

size_t mb__edge_tail(mb__writer *writer, mb__event_type type, const mb__values *values, const mb_pair *metadata,
                     size_t metadata_count, mb__field last_identity) {
  size_t identity = write_event(writer, type, values, metadata, metadata_count, last_identity);
  if (type == MB__EVENT_SESSION_START && values) write_implementation(writer, values);
  LITERAL(writer, "}");
  return identity;
}

void mb__edge_bare(mb__writer *writer, const mb__reading *reading) {
  const mb__moment *moment = &reading->moment;
  LITERAL(writer, "{\"eventType\":\"media.");
  mb__write_raw(writer, mb__events[moment->type].xdm);
  mb__write_raw(writer, after_time);
  mb__write_raw(writer, before_playhead);
  mb__write_integer(writer, whole(moment->playhead));
  write_rest(writer, moment);
  write_event(writer, moment->type, &reading->values, reading->metadata, reading->metadata_count, MB__FIELD_COUNT);
  LITERAL(writer, "}");
}

const char *mb__edge_id_of(const char *xdm) { return xdm + sizeof before_id - 1; }

void mb__edge_fill_in(mb__writer *writer, const char *xdm, size_t size, mb__event_type type, const char *id) {
  enum { QUOTES = 2 };
  size_t before = sizeof before_id - 1 + MB__UUID_SIZE + middles[type].size + MB__TIME_SIZE + sizeof after_time - 1 +
                  strlen("\"sessionID\":");
  if (!id) {
    mb__write(writer, xdm, size);
    return;
  }
  mb__write(writer, xdm, before);
  mb__write_text(writer, id);
  mb__write(writer, xdm + before + QUOTES, size - before - QUOTES);
}

static void wrap(mb__writer *body, const mb__outbox *outbox, const mb__record *record) {
  mb__event_type type = (mb__event_type)record->type;
  LITERAL(body, "{\"events\":[{\"xdm\":");
  mb__edge_fill_in(body, mb__record_body(record), record->size, type,
                   type == MB__EVENT_SESSION_START ? NULL : outbox->id);
  LITERAL(body, "}]");
  mb__edge_write_state(body, outbox->client);
  LITERAL(body, "}");
}

/* How long the object at the start of a text is. The text is our own writing: no white space, nothing unbalanced. */
static size_t object_size(const char *text) {
  int depth = 0;
  bool inside_text = false;
  size_t i = 0;
  do {
    if (text[i] == '"') inside_text = !inside_text;
    if (inside_text && text[i] == '\\')
      i++;
    else if (!inside_text && text[i] == '{')
      depth++;
    else if (!inside_text && text[i] == '}')
      depth--;
    i++;
  } while (depth);
  return i;
}

/* Places in a record. */
static const char *time_in(const mb__record *record) {
  return mb__edge_id_of(mb__record_body(record)) + MB__UUID_SIZE + middles[record->type].size;
}

static const char *collection_in(const mb__record *record) {
  return time_in(record) + MB__TIME_SIZE + sizeof after_time - 2; /* its brace is part of it */
}

/* What stands beside mediaCollection in a sessionStart describes the whole session. */
static void write_beside(mb__writer *body, const mb__record *start) {
  const char *collection = collection_in(start), *end = mb__record_body(start) + start->size - 1;
  const char *beside = collection + object_size(collection);
  mb__write(body, beside, (size_t)(end - beside));
}

static void write_entry(mb__writer *body, const mb__record *record) {
  const char *collection = collection_in(record) + 1;
  size_t size = object_size(collection - 1) - 1;
  size_t skip = record->type == MB__EVENT_SESSION_START ? 0 : sizeof empty_session - 1;
  LITERAL(body, "{\"mediaEventType\":\"media.");
  mb__write_raw(body, mb__events[record->type].xdm);
  LITERAL(body, "\",\"mediaEventTimestamp\":\"");
  mb__write(body, time_in(record), MB__TIME_SIZE);
  LITERAL(body, "\",\"mediaCollection\":{");
  mb__write(body, collection + skip, size - skip);
  LITERAL(body, "}");
}

/* A downloaded session is one event with a list of its own. */
static void write_batch(mb__writer *body, const mb__outbox *outbox) {
  mb__queue_cursor cursor = mb__queue_begin(&outbox->queue);
  mb__write_room(body, outbox->queue.bytes + outbox->queue.count * 32); /* nearly all at once */
  LITERAL(body, "{\"events\":[{\"xdm\":{\"eventType\":\"media.downloaded\"");
  write_beside(body, mb__queue_head(&outbox->queue));
  LITERAL(body, ",\"mediaDownloadedEvents\":");
  char before = '[';
  for (const mb__record *record; (record = mb__queue_next(&cursor)) != NULL; before = ',') {
    mb__write(body, &before, 1);
    write_entry(body, record);
  }
  LITERAL(body, "]}}]");
  mb__edge_write_state(body, outbox->client);
  LITERAL(body, "}");
}

static void write_path(mb__writer *url, mb__outbox *outbox, const mb__record *record) {
  mb__edge_write_base(url, outbox);
  LITERAL(url, "/va/v1/");
  mb__write_raw(url, outbox->is_batch ? "downloaded" : mb__events[record->type].xdm);
  LITERAL(url, "?configId=");
  mb__write_raw(url, outbox->client->edge.datastream);
  LITERAL(url, "&requestId="); /* a repeated request is known again by it */
  mb__write(url, mb__edge_id_of(mb__record_body(record)), MB__UUID_SIZE);
}

/* The type of a body that waited, from its place; MB__EVENT_COUNT: it is none. */
static mb__event_type type_of(const char *body, size_t size) {
  size_t at = sizeof before_id - 1 + MB__UUID_SIZE;
  for (int i = 0; i < MB__EVENT_COUNT && at < size; i++) {
    mb__event_type type = (mb__event_type)i;
    bool is_known = mb__event_named(mb__events[i].xdm, strlen(mb__events[i].xdm)) == type;
    size_t rest = at + middles[i].size + MB__TIME_SIZE + sizeof after_time - 1 + sizeof empty_session - 1;
    if (is_known && rest < size && memcmp(body + at, middles[i].text, middles[i].size) == 0) return type;
  }
  return MB__EVENT_COUNT;
}

static bool has_empty_session(const char *body, mb__event_type type) {
  const char *at =
      body + sizeof before_id - 1 + MB__UUID_SIZE + middles[type].size + MB__TIME_SIZE + sizeof after_time - 1;
  return type == MB__EVENT_SESSION_START || memcmp(at, empty_session, sizeof empty_session - 1) == 0;
}

static int digit(char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : 0; }

static void read_uuid(const char *text, uint64_t id[2]) {
  for (int i = 0, n = 0; i < MB__UUID_SIZE; i++) {
    if (text[i] == '-') continue;
    id[n / 16] = id[n / 16] << 4 | (uint64_t)digit(text[i]);
    n = n < 31 ? n + 1 : 31;
  }
}

/* What the configuration did not say is no fault of the body's. */
static void count_fault(void *user, const char *path, const char *reason) {
  size_t *faults = user;
  (void)path;
  if (strcmp(reason, "missing") != 0) ++*faults;
}

/* Checked as a collector would check it, with some id in the place of the session's. */
static mb_status recover(mb_client *client, const char *body, size_t size, mb__given *event) {
  mb__writer *scratch = &client->scratch;
  mb__event_type type = type_of(body, size);
  if (type == MB__EVENT_COUNT || !has_empty_session(body, type)) return MB_INVALID_EVENT;
  mb__writer_clear(scratch);
  mb__edge_fill_in(scratch, body, size, type, type == MB__EVENT_SESSION_START ? NULL : "1");
  if (scratch->failed) return MB_NO_MEMORY;
  mb_status status = mb__json_parse(scratch->bytes, scratch->size, &event->json, NULL, NULL);
  if (status) return status;
  size_t faults = 0;
  mb__xdm_check(event->json, MB__XDM_FROM_WIRE, &type, count_fault, &faults);
  if (faults || type == MB__EVENT_COUNT) return MB_INVALID_EVENT;
  event->reading.moment.type = type;
  status = mb__xdm_read(&client->memory, event->json, &event->reading);
  read_uuid(mb__edge_id_of(body), event->reading.moment.id);
  return status;
}

/* A request may have 64 KB. A quarter is kept for the head, the session id and what the backend wants to have back. */
const mb__wire mb__edge_wire = {.name = "edge-va-v1",
                                .recover = recover,
                                .head = mb__edge_head,
                                .tail = mb__edge_tail,
                                .no_tail = "}}",
                                .no_tail_size = 2,
                                .has_ids = true,
                                .most_tail = 49152,
                                .most_batch = 65536,
                                .states_excess = 1,
                                .path = write_path,
                                .wrap = wrap,
                                .batch = write_batch,
                                .read = mb__edge_read};

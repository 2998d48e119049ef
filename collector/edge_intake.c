/* Owns the rules of Edge intake. The checks come in this order: content type, datastream, JSON, events, their type
 * against the path, their fields, their session; the path and the length have been looked at before.
 * https://developer.adobe.com/data-collection-apis/docs/endpoints/media/
 * https://developer.adobe.com/data-collection-apis/docs/getting-started/troubleshooting/ */
#define _DEFAULT_SOURCE
#include "edge_intake.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "edge_events.h"
#include "faults.h"
#include "handles.h"
#include "protocol/xdm.h"
#include "text.h"

/* What a path asks of its requests. */
typedef struct door {
  const char *datastream; /* the query parameter that has to name it; NULL: none has to */
  const char *action;     /* the one type of events is "media." and this; NULL: the path's argument */
  bool mixed;             /* events of any type come, those that are not of media too */
  bool single;            /* one event, not a list */
} door;

static const door start_door = {.datastream = "configId", .action = "sessionStart"};
static const door downloaded_door = {.datastream = "configId", .action = "downloaded"};
static const door event_door = {0};
static const door interact_door = {.datastream = "configId", .mixed = true};
static const door interact_v2_door = {.datastream = "datastreamId", .mixed = true, .single = true};

/* One request under way. Helpers return false when they have written a refusal into the answer. */
typedef struct intake {
  const mbc_request *request;
  mbc_answer *answer;
  const door *door;
  mb__json *tree; /* of the body; owned */
  mbc_edge_events events;
} intake;

static bool refuse(intake *in, mbc_problem problem, const char *detail) {
  mbc_problem_answer(in->answer, problem, detail);
  return false;
}

/* A problem with an event. The report is begun; "details" and the closing are to follow. */
static mb__writer *begin_report(intake *in, mbc_problem problem, const char *detail) {
  mb__writer *body = &in->answer->body;
  mb__writer_clear(body);
  mbc_problem_open(body, problem, detail);
  mb__write_raw(body, "\"requestId\":");
  mb__write_text(body, in->answer->request_id);
  mb__write_raw(body, ",\"details\":");
  return body;
}

static bool end_report(intake *in, mbc_problem problem) {
  mbc_problem_close(&in->answer->body);
  mbc_problem_finish(in->answer, problem);
  return false;
}

static bool refuse_with_text(intake *in, mbc_problem problem, const char *detail, const char *text) {
  snprintf(in->answer->message, sizeof in->answer->message, "%s", text);
  mb__write_text(begin_report(in, problem, detail), text);
  return end_report(in, problem);
}

/* The envelope. */

static bool check_content_type(intake *in) {
  static const char *const known[] = {"application/json", "text/plain", "text/javascript"};
  const char *type = in->request->header(in->request->user, "Content-Type");
  size_t size = type ? strcspn(type, "; \t") : 0;
  for (size_t i = 0; i < sizeof known / sizeof *known; i++)
    if (!type || (strlen(known[i]) == size && strncasecmp(known[i], type, size) == 0)) return true;
  return refuse(in, MBC_PROBLEM_CONTENT_TYPE, "the content type is neither application/json nor text/plain");
}

static bool check_datastream(intake *in) {
  const char *name = in->door->datastream, *value = name ? in->request->query(in->request->user, name) : "";
  if (!name || (value && *value)) return true;
  char detail[64];
  snprintf(detail, sizeof detail, "the query parameter %s is missing", name);
  return refuse(in, MBC_PROBLEM_DATASTREAM, detail);
}

static bool parse(intake *in) {
  char detail[160];
  size_t where;
  const char *what;
  const mbc_request *request = in->request;
  mbc_body_blank_zero(request->body, request->size, mbc_envelope_separator);
  mb_status status = mb__json_parse(request->body, request->size, &in->tree, &where, &what);
  if (status == MB_NO_MEMORY) return refuse(in, MBC_PROBLEM_FAULT, mb_status_text(status));
  if (status == MB_OK) return true;
  snprintf(detail, sizeof detail, "the body is not JSON: %s at byte %zu", what, where);
  return refuse(in, MBC_PROBLEM_JSON, detail);
}

static bool read_envelope(intake *in) {
  const mbc_request *request = in->request;
  mbc_part body = {in->tree, request->body, mbc_body_compact(request->body, request->size)};
  mbc_envelope_read(body, in->door->single, &in->events.envelope);
  if (in->events.envelope.events.tree) return true;
  return refuse(in, MBC_PROBLEM_EVENTS,
                in->door->single ? "event is missing, or no object"
                                 : "events is missing, or no array with events in it");
}

static bool refuse_type(intake *in, const char *wanted, mbc_part event, size_t index) {
  char text[256];
  mbc_part type = mbc_part_get(mbc_edge_xdm(event), "eventType");
  const char *have = type.tree ? type.text : "missing";
  size_t size = type.tree ? type.size : strlen(have);
  snprintf(text, sizeof text, "the path takes media.%s, $.events[%zu].xdm.eventType is %.*s", wanted, index,
           size < 100 ? (int)size : 100, have);
  text[mb__utf8_prefix(text, strlen(text))] = 0; /* the cut may have split a character */
  return refuse_with_text(in, MBC_PROBLEM_INVALID_EVENT, "an event does not go to this path", text);
}

static bool check_types(intake *in) {
  const char *action = in->door->action ? in->door->action : in->request->argument;
  const mbc_envelope *envelope = &in->events.envelope;
  size_t index = 0;
  for (mbc_part event = mbc_envelope_first(envelope); event.tree && !in->door->mixed; index++) {
    const char *type = mbc_edge_type(event);
    if (!type || strcmp(type, action) != 0) return refuse_type(in, action, event, index);
    event = mbc_envelope_next(envelope, event);
  }
  return true;
}

/* Events of known sessions: all of them are taken, or none. */

static bool check_fields(intake *in) {
  const mbc_envelope *envelope = &in->events.envelope;
  mbc_faults faults;
  size_t index = 0;
  mbc_faults_init(&faults, in->answer);
  for (mbc_part event = mbc_envelope_first(envelope); event.tree; event = mbc_envelope_next(envelope, event)) {
    mb__event_type type;
    snprintf(faults.root, sizeof faults.root, "$.events[%zu].xdm", index++);
    mb__xdm_check(mbc_edge_xdm(event).tree, MB__XDM_FROM_WIRE, &type, mbc_faults_add, &faults);
  }
  if (faults.count) {
    mbc_faults_write(&faults, begin_report(in, MBC_PROBLEM_INVALID_EVENT, mbc_edge_unfit));
    end_report(in, MBC_PROBLEM_INVALID_EVENT);
  }
  mbc_faults_free(&faults);
  return faults.count == 0;
}

static bool find_all(intake *in, mb__event_type type) {
  const mbc_envelope *envelope = &in->events.envelope;
  for (mbc_part event = mbc_envelope_first(envelope); event.tree; event = mbc_envelope_next(envelope, event)) {
    mbc_edge_search found = mbc_edge_find(&in->events, mbc_edge_xdm(event), type);
    if (found == MBC_EDGE_FOUND) continue;
    const mbc_edge_reason *reason = &mbc_edge_reasons[found];
    return found != MBC_EDGE_FAULT && refuse_with_text(in, reason->problem, reason->detail, reason->text);
  }
  return true;
}

/* One event may end the session of the next, which is then kept as what follows an end. */
static bool keep_all(void *user) {
  intake *in = user;
  const mbc_envelope *envelope = &in->events.envelope;
  mbc_part event = mbc_envelope_first(envelope);
  const char *name = mbc_edge_type(event);
  mb__event_type type = mb__event_named(name, strlen(name));
  if (!find_all(in, type)) return false;
  for (; event.tree; event = mbc_envelope_next(envelope, event)) {
    mbc_part xdm = mbc_edge_xdm(event);
    if (mbc_edge_find(&in->events, xdm, type) == MBC_EDGE_FAULT || !mbc_edge_keep(&in->events, xdm, type)) return false;
  }
  return true;
}

static void take_all(intake *in) {
  if (check_fields(in) && mbc_keep_together(&in->events.keeping, keep_all, in)) mbc_answer_empty(in->answer, 204);
}

/* Events of which each is taken or not. */

static bool take_each(void *user) {
  intake *in = user;
  const mbc_envelope *envelope = &in->events.envelope;
  size_t index = 0;
  for (mbc_part event = mbc_envelope_first(envelope); event.tree; event = mbc_envelope_next(envelope, event))
    if (!mbc_edge_take(&in->events, event, index++)) return false;
  return true;
}

static void write_document(const intake *in) {
  const mb__writer *handles = &in->events.handles, *errors = &in->events.errors;
  mb__writer *body = &in->answer->body;
  mb__write_raw(body, "{\"requestId\":");
  mb__write_text(body, in->answer->request_id);
  mb__write_raw(body, ",\"handle\":[");
  mb__write(body, handles->bytes, handles->size);
  mb__write_raw(body, "]");
  if (errors->size) mb__write_raw(body, ",\"errors\":[");
  mb__write(body, errors->bytes, errors->size);
  mb__write_raw(body, errors->size ? "]}" : "}");
  body->failed |= handles->failed || errors->failed;
}

/* A record of a stream. The mobile SDKs cut off its first character, whatever that is. */
static void write_record(const intake *in) {
  const mbc_envelope *envelope = &in->events.envelope;
  mb__writer *body = &in->answer->body;
  if (envelope->record_before)
    mb__write_raw(body, envelope->record_before);
  else
    mb__write(body, "", 1);
  write_document(in);
  mb__write_raw(body, envelope->record_after);
}

static void take_any(intake *in) {
  mbc_edge_events *events = &in->events;
  if (!mbc_keep_together(&events->keeping, take_each, in)) return;
  mbc_handles_common(&events->handles, &events->envelope, in->request, in->door->mixed);
  mb__writer_clear(&in->answer->body);
  if (events->envelope.framed)
    write_record(in);
  else
    write_document(in);
  mbc_answer_document(in->answer, events->errors.size ? 207 : 200, "application/json;charset=utf-8");
}

/* The handlers. */

static void enter(mbc_store *store, const mbc_request *request, mbc_answer *answer, const door *entered,
                  void (*work)(intake *in)) {
  intake in = {.request = request, .answer = answer, .door = entered};
  mbc_edge_events *events = &in.events;
  events->keeping = (mbc_keeping){
      .store = store, .expiry = request->workings->expiry, .answer = answer, .received_at = request->received_at};
  mb__writer_init(&events->handles, &mb__c_library);
  mb__writer_init(&events->errors, &mb__c_library);
  if (check_content_type(&in) && check_datastream(&in) && parse(&in) && read_envelope(&in) && check_types(&in))
    work(&in);
  mb__writer_free(&events->handles);
  mb__writer_free(&events->errors);
  mb__json_free(in.tree);
}

void mbc_edge_start(mbc_store *store, const mbc_request *request, mbc_answer *answer) {
  enter(store, request, answer, &start_door, take_any);
}

void mbc_edge_downloaded(mbc_store *store, const mbc_request *request, mbc_answer *answer) {
  enter(store, request, answer, &downloaded_door, take_any);
}

void mbc_edge_event(mbc_store *store, const mbc_request *request, mbc_answer *answer) {
  enter(store, request, answer, &event_door, take_all);
}

bool mbc_edge_is_action(const char *action) {
  char type[96];
  snprintf(type, sizeof type, "media.%s", action);
  return mb__event_named_xdm(type) != MB__EVENT_COUNT;
}

void mbc_edge_interact(mbc_store *store, const mbc_request *request, mbc_answer *answer) {
  enter(store, request, answer, &interact_door, take_any);
}

void mbc_edge_interact_v2(mbc_store *store, const mbc_request *request, mbc_answer *answer) {
  enter(store, request, answer, &interact_v2_door, take_any);
}

/* Owns the rules of Edge intake. The checks come in this order: content type, datastream, JSON, events, their type
 * against the path, their fields, their session; the path and the length have been looked at before.
 * https://developer.adobe.com/data-collection-apis/docs/endpoints/media/
 * https://developer.adobe.com/data-collection-apis/docs/getting-started/troubleshooting/ */
#define _DEFAULT_SOURCE
#include "edge_intake.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "envelope.h"
#include "handles.h"
#include "keep.h"
#include "problem.h"
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
  mbc_keeping keeping;
  const mbc_request *request;
  const door *door;
  mb__json *tree; /* of the body; owned */
  mbc_envelope envelope;
  mb__writer handles, errors; /* elements of the answer's lists */
} intake;

static bool refuse(intake *in, mbc_problem problem, const char *detail) {
  mbc_problem_answer(in->keeping.answer, problem, detail);
  return false;
}

static bool no_memory(intake *in) { return refuse(in, MBC_PROBLEM_FAULT, mb_status_text(MB_NO_MEMORY)); }

/* A problem of the media service. `details`: what the report says about it, as JSON. */
static bool refuse_with(intake *in, mbc_problem problem, const char *detail, const mb__writer *details) {
  mbc_answer *answer = in->keeping.answer;
  mb__writer_clear(&answer->body);
  mbc_problem_open(&answer->body, problem, detail);
  mb__write_raw(&answer->body, "\"requestId\":");
  mb__write_text(&answer->body, answer->request_id);
  mb__write_raw(&answer->body, ",\"details\":");
  mb__write(&answer->body, details->bytes, details->size);
  answer->body.failed |= details->failed;
  mbc_problem_close(&answer->body);
  mbc_problem_finish(answer, problem);
  return false;
}

static bool refuse_with_text(intake *in, mbc_problem problem, const char *detail, const char *text) {
  mb__writer details;
  mb__writer_init(&details, &mb__c_library);
  mb__write_text(&details, text);
  snprintf(in->keeping.answer->message, sizeof in->keeping.answer->message, "%s", text);
  refuse_with(in, problem, detail, &details);
  mb__writer_free(&details);
  return false;
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
  if (status == MB_NO_MEMORY) return no_memory(in);
  if (status) {
    snprintf(detail, sizeof detail, "the body is not JSON: %s at byte %zu", what, where);
    return refuse(in, MBC_PROBLEM_JSON, detail);
  }
  mbc_part body = {in->tree, request->body, mbc_body_compact(request->body, request->size)};
  mbc_envelope_read(body, in->door->single, &in->envelope);
  if (in->envelope.events.tree) return true;
  return refuse(in, MBC_PROBLEM_EVENTS,
                in->door->single ? "event is missing, or no object"
                                 : "events is missing, or no array with events in it");
}

static mbc_part xdm_of(mbc_part event) { return mbc_part_get(event, "xdm"); }

static const char *type_of(mbc_part xdm) {
  const mb__json *type = xdm.tree ? mb__json_get(xdm.tree, "eventType") : NULL;
  const char *text = type ? mb__json_text(type) : NULL;
  return text ? text : "";
}

static bool is_media(const char *type) { return strncmp(type, "media.", 6) == 0; }

static bool refuse_type(intake *in, const char *wanted, size_t index, const char *type) {
  char text[256];
  snprintf(text, sizeof text, "the path takes media.%s, $.events[%zu].xdm.eventType is \"%.100s\"", wanted, index,
           type);
  text[mb__utf8_prefix(text, strlen(text))] = 0; /* the cut may have split a character */
  return refuse_with_text(in, MBC_PROBLEM_INVALID_EVENT, "an event does not go to this path", text);
}

static bool check_types(intake *in) {
  const char *action = in->door->action ? in->door->action : in->request->argument;
  size_t index = 0;
  for (mbc_part event = mbc_envelope_first(&in->envelope); event.tree && !in->door->mixed; index++) {
    const char *type = type_of(xdm_of(event));
    if (!is_media(type) || strcmp(type + 6, action) != 0) return refuse_type(in, action, index, type);
    event = mbc_envelope_next(&in->envelope, event);
  }
  return true;
}

/* Faults: each is an element {"name": where, "reason": why} of the details. */

typedef struct faults {
  mb__writer details;
  mbc_answer *answer;
  char root[64]; /* JSONPath of the xdm */
  size_t count;
} faults;

static void begin_faults(faults *f, mbc_answer *answer) {
  f->count = 0;
  f->answer = answer;
  snprintf(f->root, sizeof f->root, "$.xdm");
  mb__writer_init(&f->details, &mb__c_library);
  mb__write_raw(&f->details, "[");
}

static void add_fault(void *user, const char *path, const char *reason) {
  faults *f = user;
  char name[512];
  if (strcmp(reason, "missing") == 0) reason = "Missing required field";
  snprintf(name, sizeof name, "%s%s", f->root, path);
  if (!f->count++) snprintf(f->answer->message, sizeof f->answer->message, "%.200s: %.100s", name, reason);
  mb__write_raw(&f->details, f->count > 1 ? ",{\"name\":" : "{\"name\":");
  mb__write_text(&f->details, name);
  mb__write_raw(&f->details, ",\"reason\":");
  mb__write_text(&f->details, reason);
  mb__write_raw(&f->details, "}");
}

/* Errors: what is wrong with one event of several, which the others do not suffer for. */

static void open_error(intake *in, mbc_problem problem, const char *detail, size_t index) {
  if (in->errors.size) mb__write_raw(&in->errors, ",");
  mbc_problem_open(&in->errors, problem, detail);
  mb__write_raw(&in->errors, "\"eventIndex\":");
  mb__write_integer(&in->errors, (int64_t)index);
  mb__write_raw(&in->errors, ",\"details\":");
}

static void add_error(intake *in, mbc_problem problem, const char *detail, size_t index, const char *text) {
  open_error(in, problem, detail, index);
  mb__write_text(&in->errors, text);
  mbc_problem_close(&in->errors);
}

static const char does_not_fit[] = "an event does not fit the protocol";

static void add_invalid(intake *in, size_t index, const faults *f) {
  open_error(in, MBC_PROBLEM_INVALID_START, does_not_fit, index);
  mb__write(&in->errors, f->details.bytes, f->details.size);
  mb__write_raw(&in->errors, "]");
  in->errors.failed |= f->details.failed;
  mbc_problem_close(&in->errors);
}

/* Events of known sessions. */

typedef enum search { GOOD, UNKNOWN, CLOSED, FAULT } search;

static const struct {
  mbc_problem problem;
  const char *detail, *text;
} search_problems[] = {
    [UNKNOWN] = {MBC_PROBLEM_UNKNOWN_SESSION, "the session is not known",
                 "no session has this sessionID: it never had, or not for the last 24 hours"},
    [CLOSED] = {MBC_PROBLEM_CLOSED_SESSION, "the session has ended", "the session with this sessionID has ended"},
};

/* An end may be repeated. */
static search find_session(intake *in, mbc_part xdm, mb__event_type type) {
  const char *id = mb__json_text(mb__json_get(mb__json_get(xdm.tree, "mediaCollection"), "sessionID"));
  mbc_result result = mbc_keep_is_id(id) ? mbc_keep_find(&in->keeping, id) : MBC_NONE;
  if (result == MBC_FAILED) return FAULT;
  if (result == MBC_NONE) return UNKNOWN;
  return in->keeping.session.state == MBC_CLOSED && type != MB__EVENT_SESSION_END ? CLOSED : GOOD;
}

static bool keep_one(intake *in, mbc_part xdm, mb__event_type type) {
  return mbc_keep_event(&in->keeping, xdm, type) && mbc_keep_save(&in->keeping);
}

static bool check_fields(intake *in) {
  faults f;
  size_t index = 0;
  begin_faults(&f, in->keeping.answer);
  for (mbc_part event = mbc_envelope_first(&in->envelope); event.tree; index++) {
    mb__event_type type;
    snprintf(f.root, sizeof f.root, "$.events[%zu].xdm", index);
    mb__xdm_check(xdm_of(event).tree, MB__XDM_FROM_WIRE, &type, add_fault, &f);
    event = mbc_envelope_next(&in->envelope, event);
  }
  mb__write_raw(&f.details, "]");
  if (f.count) refuse_with(in, MBC_PROBLEM_INVALID_EVENT, does_not_fit, &f.details);
  mb__writer_free(&f.details);
  return f.count == 0;
}

static bool find_all(intake *in, mb__event_type type) {
  mbc_part event = mbc_envelope_first(&in->envelope);
  for (; event.tree; event = mbc_envelope_next(&in->envelope, event)) {
    search found = find_session(in, xdm_of(event), type);
    if (found == FAULT) return false;
    if (found != GOOD)
      return refuse_with_text(in, search_problems[found].problem, search_problems[found].detail,
                              search_problems[found].text);
  }
  return true;
}

/* All of them, or none: a client that is refused sends all of them again. One of them may end the session of the next,
 * which is then kept as what follows an end. */
static bool keep_events(void *user) {
  intake *in = user;
  mbc_part event = mbc_envelope_first(&in->envelope);
  mb__event_type type = mb__event_named_xdm(type_of(xdm_of(event)));
  if (!find_all(in, type)) return false;
  for (; event.tree; event = mbc_envelope_next(&in->envelope, event)) {
    mbc_part xdm = xdm_of(event);
    if (find_session(in, xdm, type) == FAULT || !keep_one(in, xdm, type)) return false;
  }
  return true;
}

static void take_events(intake *in) {
  if (check_fields(in) && mbc_keep_together(&in->keeping, keep_events, in)) mbc_answer_empty(in->keeping.answer, 204);
}

/* What opens sessions. */

/* An xdm with what it does not say itself but its surroundings do. Free with free_completed. */
typedef struct completed {
  mbc_part xdm;
  mb__writer text;
  mb__json *tree;
} completed;

/* The nearer surroundings go first. */
static void add_member(completed *c, const char *name, const mbc_part surroundings[2]) {
  mbc_part value = mbc_part_get(surroundings[0], name);
  if (!value.tree) value = mbc_part_get(surroundings[1], name);
  if (!value.tree || mb__json_get(c->xdm.tree, name)) return;
  mb__write_raw(&c->text, ",\"");
  mb__write_raw(&c->text, name);
  mb__write_raw(&c->text, "\":");
  mb__write(&c->text, value.text, value.size);
}

static bool complete(mbc_part xdm, const mbc_part surroundings[2], completed *c) {
  *c = (completed){.xdm = xdm};
  mb__writer_init(&c->text, &mb__c_library);
  if (!xdm.tree || mb__json_type_of(xdm.tree) != MB__JSON_OBJECT || !mb__json_first(xdm.tree)) return true;
  mb__write(&c->text, xdm.text, xdm.size - 1);
  add_member(c, mb__xdm_objects[MB__XDM_IDENTITY], surroundings);
  add_member(c, mb__xdm_objects[MB__XDM_IMPLEMENTATION], surroundings);
  if (c->text.size == xdm.size - 1) return true;
  mb__write_raw(&c->text, "}");
  if (c->text.failed || mb__json_parse(c->text.bytes, c->text.size, &c->tree, NULL, NULL)) return false;
  c->xdm = (mbc_part){c->tree, c->text.bytes, c->text.size};
  return true;
}

static void free_completed(completed *c) {
  mb__json_free(c->tree);
  mb__writer_free(&c->text);
}

static const char *text_of(const mb__reading *start, mb__field field) {
  return start->values.set[field] ? start->values.value[field].as.text : NULL;
}

static bool open_session(intake *in, const mb__json *xdm, bool downloaded) {
  mb__reading start = {.moment = {.type = MB__EVENT_SESSION_START}};
  if (mb__xdm_read(&mb__c_library, xdm, &start)) return no_memory(in);
  const mbc_session about = {
      .protocol = "edge",
      .downloaded = downloaded,
      .resume = start.moment.resume,
      .media_id = text_of(&start, MB__FIELD_MEDIA_ID),
      .media_name = text_of(&start, MB__FIELD_MEDIA_NAME),
      .player_name = text_of(&start, MB__FIELD_MEDIA_PLAYER_NAME),
      .channel = text_of(&start, MB__FIELD_MEDIA_CHANNEL),
  };
  bool good = mbc_keep_open(&in->keeping, &about);
  mb__reading_free(&mb__c_library, &start);
  return good;
}

static bool keep_checked_start(intake *in, mbc_part xdm, size_t index) {
  if (!open_session(in, xdm.tree, false) || !keep_one(in, xdm, MB__EVENT_SESSION_START)) return false;
  mbc_handles_session(&in->handles, in->keeping.session.id, index);
  return true;
}

static bool take_start(intake *in, mbc_part xdm, size_t index) {
  completed c;
  faults f;
  mb__event_type type;
  begin_faults(&f, in->keeping.answer);
  const mbc_part surroundings[2] = {in->envelope.xdm};
  bool good = complete(xdm, surroundings, &c) || no_memory(in);
  if (good && mb__xdm_check(c.xdm.tree, MB__XDM_FROM_WIRE, &type, add_fault, &f))
    add_invalid(in, index, &f);
  else if (good)
    good = keep_checked_start(in, c.xdm, index);
  mb__writer_free(&f.details);
  free_completed(&c);
  return good;
}

/* A finished session: entries in a list. */

static const char entries_name[] = "mediaDownloadedEvents";

static void check_entry(faults *f, mbc_part entry, size_t index) {
  mb__event_type type = MB__EVENT_COUNT;
  snprintf(f->root, sizeof f->root, "$.xdm.%s[%zu]", entries_name, index);
  if (mb__xdm_check(entry.tree, MB__XDM_FROM_BATCH, &type, add_fault, f)) return;
  if ((type == MB__EVENT_SESSION_START) != (index == 0))
    add_fault(f, ".mediaEventType",
              index ? "there is one media.sessionStart, the first" : "must be media.sessionStart");
}

/* `first`: the first entry, completed. */
static void check_entries(faults *f, mbc_part entries, mbc_part first) {
  snprintf(f->root, sizeof f->root, "$.xdm.%s", entries_name);
  if (!entries.tree || !first.tree) {
    add_fault(f, "", entries.tree ? "an array with events is needed" : "missing");
    return;
  }
  size_t index = 0;
  check_entry(f, first, index++);
  mbc_part entry = mbc_part_first(entries);
  while ((entry = mbc_part_next(entries, entry)).tree) check_entry(f, entry, index++);
}

static bool keep_entries(intake *in, mbc_part entries, mbc_part first, size_t index) {
  mbc_part entry = mbc_part_first(entries);
  if (!open_session(in, first.tree, true) || !mbc_keep_event(&in->keeping, first, MB__EVENT_SESSION_START))
    return false;
  while ((entry = mbc_part_next(entries, entry)).tree) {
    const char *name = mb__json_text(mb__json_get(entry.tree, "mediaEventType"));
    if (!mbc_keep_event(&in->keeping, entry, mb__event_named_xdm(name))) return false;
  }
  mbc_keep_close_batch(&in->keeping);
  mbc_handles_session(&in->handles, in->keeping.session.id, index);
  return mbc_keep_save(&in->keeping);
}

static bool take_downloaded(intake *in, mbc_part xdm, size_t index) {
  completed first;
  faults f;
  mbc_part entries = mbc_part_get(xdm, entries_name), entry = {0};
  const mbc_part surroundings[2] = {xdm, in->envelope.xdm};
  if (entries.tree && mb__json_type_of(entries.tree) == MB__JSON_ARRAY) entry = mbc_part_first(entries);
  begin_faults(&f, in->keeping.answer);
  bool good = complete(entry, surroundings, &first) || no_memory(in);
  if (good) check_entries(&f, entries, first.xdm);
  if (good && f.count)
    add_invalid(in, index, &f);
  else if (good)
    good = keep_entries(in, entries, first.xdm, index);
  mb__writer_free(&f.details);
  free_completed(&first);
  return good;
}

/* Any event among others. */

static bool take_event(intake *in, mbc_part xdm, size_t index) {
  faults f;
  mb__event_type type;
  begin_faults(&f, in->keeping.answer);
  bool invalid = mb__xdm_check(xdm.tree, MB__XDM_FROM_WIRE, &type, add_fault, &f) != 0;
  if (invalid) add_invalid(in, index, &f);
  mb__writer_free(&f.details);
  if (invalid) return true;
  search found = find_session(in, xdm, type);
  if (found == GOOD) return keep_one(in, xdm, type);
  if (found == FAULT) return false;
  add_error(in, search_problems[found].problem, search_problems[found].detail, index, search_problems[found].text);
  return true;
}

static bool take_any(intake *in, mbc_part xdm, size_t index) {
  const char *type = type_of(xdm);
  if (!is_media(type)) return true;
  if (strcmp(type, "media.downloaded") == 0) return take_downloaded(in, xdm, index);
  if (strcmp(type, "media.sessionStart") == 0) return take_start(in, xdm, index);
  return take_event(in, xdm, index);
}

static bool keep_any(void *user) {
  intake *in = user;
  size_t index = 0;
  for (mbc_part event = mbc_envelope_first(&in->envelope); event.tree; index++) {
    if (!take_any(in, xdm_of(event), index)) return false;
    event = mbc_envelope_next(&in->envelope, event);
  }
  return true;
}

static void write_document(intake *in) {
  mbc_answer *answer = in->keeping.answer;
  mb__write_raw(&answer->body, "{\"requestId\":");
  mb__write_text(&answer->body, answer->request_id);
  mb__write_raw(&answer->body, ",\"handle\":[");
  mb__write(&answer->body, in->handles.bytes, in->handles.size);
  mb__write_raw(&answer->body, "]");
  if (in->errors.size) mb__write_raw(&answer->body, ",\"errors\":[");
  mb__write(&answer->body, in->errors.bytes, in->errors.size);
  mb__write_raw(&answer->body, in->errors.size ? "]}" : "}");
  answer->body.failed |= in->handles.failed || in->errors.failed;
}

/* The mobile SDKs cut off the first character of a record, whatever it is. */
static void take_mixed(intake *in) {
  mbc_answer *answer = in->keeping.answer;
  const mbc_envelope *envelope = &in->envelope;
  if (!mbc_keep_together(&in->keeping, keep_any, in)) return;
  mbc_handles_common(&in->handles, envelope, in->request, in->door->mixed);
  mb__writer_clear(&answer->body);
  if (envelope->framed && envelope->record_before) mb__write_raw(&answer->body, envelope->record_before);
  if (envelope->framed && !envelope->record_before) mb__write(&answer->body, "", 1);
  write_document(in);
  if (envelope->framed) mb__write_raw(&answer->body, envelope->record_after);
  mbc_answer_document(answer, in->errors.size ? 207 : 200, "application/json;charset=utf-8");
}

static void take(mbc_store *store, const mbc_request *request, mbc_answer *answer, const door *entered,
                 void (*work)(intake *in)) {
  intake in = {.keeping = {.store = store, .answer = answer, .received_at = request->received_at},
               .request = request,
               .door = entered};
  mb__writer_init(&in.handles, &mb__c_library);
  mb__writer_init(&in.errors, &mb__c_library);
  if (check_content_type(&in) && check_datastream(&in) && parse(&in) && check_types(&in)) work(&in);
  mb__writer_free(&in.handles);
  mb__writer_free(&in.errors);
  mb__json_free(in.tree);
}

void mbc_edge_start(mbc_store *store, const mbc_request *request, mbc_answer *answer) {
  take(store, request, answer, &start_door, take_mixed);
}

void mbc_edge_downloaded(mbc_store *store, const mbc_request *request, mbc_answer *answer) {
  take(store, request, answer, &downloaded_door, take_mixed);
}

void mbc_edge_event(mbc_store *store, const mbc_request *request, mbc_answer *answer) {
  take(store, request, answer, &event_door, take_events);
}

bool mbc_edge_is_action(const char *action) {
  char type[96];
  snprintf(type, sizeof type, "media.%s", action);
  return mb__event_named_xdm(type) != MB__EVENT_COUNT;
}

void mbc_edge_interact(mbc_store *store, const mbc_request *request, mbc_answer *answer) {
  take(store, request, answer, &interact_door, take_mixed);
}

void mbc_edge_interact_v2(mbc_store *store, const mbc_request *request, mbc_answer *answer) {
  take(store, request, answer, &interact_v2_door, take_mixed);
}

/* Owns the ways of single events.
 * https://developer.adobe.com/data-collection-apis/docs/endpoints/media/ */
#include "edge_events.h"

#include <stdio.h>
#include <string.h>

#include "faults.h"
#include "handles.h"
#include "protocol/xdm.h"

const char mbc_edge_unfit[] = "an event does not fit the protocol";

mbc_part mbc_edge_xdm(mbc_part event) { return mbc_part_get(event, "xdm"); }

const char *mbc_edge_type(mbc_part event) {
  static const char before[] = "media.";
  mbc_part xdm = mbc_edge_xdm(event);
  const mb__json *type = xdm.tree ? mb__json_get(xdm.tree, "eventType") : NULL;
  const char *text = type ? mb__json_text(type) : NULL;
  return text && strncmp(text, before, sizeof before - 1) == 0 ? text + sizeof before - 1 : NULL;
}

static bool no_memory(mbc_edge_events *events) {
  mbc_answer_refuse(events->keeping.answer, 500, "%s", mb_status_text(MB_NO_MEMORY));
  return false;
}

/* Errors: what is wrong with one event of several, which the others do not suffer for. */

static void open_error(mbc_edge_events *events, mbc_problem problem, const char *detail, size_t index) {
  if (events->errors.size) mb__write_raw(&events->errors, ",");
  mbc_problem_open(&events->errors, problem, detail);
  mb__write_raw(&events->errors, "\"eventIndex\":");
  mb__write_integer(&events->errors, (int64_t)index);
  mb__write_raw(&events->errors, ",\"details\":");
}

static void add_unfit(mbc_edge_events *events, size_t index, const mbc_faults *faults) {
  open_error(events, MBC_PROBLEM_INVALID_START, mbc_edge_unfit, index);
  mbc_faults_write(faults, &events->errors);
  mbc_problem_close(&events->errors);
}

static void add_not_found(mbc_edge_events *events, size_t index, mbc_edge_search found) {
  const mbc_edge_reason *reason = &mbc_edge_reasons[found];
  open_error(events, reason->problem, reason->detail, index);
  mb__write_text(&events->errors, reason->text);
  mbc_problem_close(&events->errors);
}

/* An event of a session that is there. */

const mbc_edge_reason mbc_edge_reasons[] = {
    [MBC_EDGE_UNKNOWN] = {MBC_PROBLEM_UNKNOWN_SESSION, "the session is not known", "no session has this sessionID"},
    [MBC_EDGE_ENDED] = {MBC_PROBLEM_UNKNOWN_SESSION, "the session has ended",
                        "the session with this sessionID has ended, or timed out"},
    [MBC_EDGE_TOO_OLD] = {MBC_PROBLEM_CLOSED_SESSION, "the session is too old",
                          "the session with this sessionID was closed after 24 hours"},
};

/* An end may be repeated. */
static mbc_edge_search judge(const mbc_session *session, mb__event_type type) {
  if (session->state != MBC_CLOSED || type == MB__EVENT_SESSION_END) return MBC_EDGE_FOUND;
  return session->reason == MBC_MAX_AGE_24H ? MBC_EDGE_TOO_OLD : MBC_EDGE_ENDED;
}

mbc_edge_search mbc_edge_find(mbc_edge_events *events, mbc_part xdm, mb__event_type type) {
  const char *id = mb__json_text(mb__json_get(mb__json_get(xdm.tree, "mediaCollection"), "sessionID"));
  mbc_result result = mbc_keep_is_id(id) ? mbc_keep_find(&events->keeping, id) : MBC_NONE;
  if (result == MBC_FAILED) return MBC_EDGE_FAULT;
  if (result == MBC_NONE) return MBC_EDGE_UNKNOWN;
  return judge(&events->keeping.session, type);
}

bool mbc_edge_keep(mbc_edge_events *events, mbc_part xdm, mb__event_type type) {
  return mbc_keep_event(&events->keeping, xdm, type) && mbc_keep_save(&events->keeping);
}

static bool keep_or_say_why(mbc_edge_events *events, mbc_part xdm, mb__event_type type, size_t index) {
  mbc_edge_search found = mbc_edge_find(events, xdm, type);
  if (found == MBC_EDGE_FOUND) return mbc_edge_keep(events, xdm, type);
  if (found != MBC_EDGE_FAULT) add_not_found(events, index, found);
  return found != MBC_EDGE_FAULT;
}

static bool take_event(mbc_edge_events *events, mbc_part xdm, size_t index, mbc_faults *faults) {
  mb__event_type type;
  if (!mb__xdm_check(xdm.tree, MB__XDM_FROM_WIRE, &type, mbc_faults_add, faults))
    return keep_or_say_why(events, xdm, type, index);
  add_unfit(events, index, faults);
  return true;
}

/* What opens a session. */

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

/* False: memory ended. */
static bool complete(mbc_part xdm, const mbc_part surroundings[2], completed *c) {
  *c = (completed){.xdm = xdm};
  mb__writer_init(&c->text, &mb__c_library);
  if (!xdm.tree || mb__json_type_of(xdm.tree) != MB__JSON_OBJECT || !mb__json_first(xdm.tree)) return true;
  mb__write(&c->text, xdm.text, xdm.size - 1);
  add_member(c, mb__xdm_objects[MB__XDM_IDENTITY], surroundings);
  add_member(c, mb__xdm_objects[MB__XDM_IMPLEMENTATION], surroundings);
  if (c->text.size == xdm.size - 1) return !c->text.failed;
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

static bool open_session(mbc_edge_events *events, const mb__json *xdm, bool downloaded) {
  mb__reading start = {.moment = {.type = MB__EVENT_SESSION_START}};
  if (mb__xdm_read(&mb__c_library, xdm, &start)) return no_memory(events);
  const mbc_session about = {
      .protocol = "edge",
      .downloaded = downloaded,
      .resume = start.moment.resume,
      .media_id = text_of(&start, MB__FIELD_MEDIA_ID),
      .media_name = text_of(&start, MB__FIELD_MEDIA_NAME),
      .player_name = text_of(&start, MB__FIELD_MEDIA_PLAYER_NAME),
      .channel = text_of(&start, MB__FIELD_MEDIA_CHANNEL),
  };
  bool good = mbc_keep_open(&events->keeping, &about);
  mb__reading_free(&mb__c_library, &start);
  return good;
}

static bool keep_start(mbc_edge_events *events, mbc_part xdm, size_t index) {
  if (!open_session(events, xdm.tree, false) || !mbc_edge_keep(events, xdm, MB__EVENT_SESSION_START)) return false;
  mbc_handles_session(&events->handles, events->keeping.session.id, index);
  return true;
}

static bool take_start(mbc_edge_events *events, mbc_part xdm, size_t index, mbc_faults *faults) {
  completed c;
  mb__event_type type;
  const mbc_part surroundings[2] = {events->envelope.xdm};
  bool good = complete(xdm, surroundings, &c) || no_memory(events);
  if (good && mb__xdm_check(c.xdm.tree, MB__XDM_FROM_WIRE, &type, mbc_faults_add, faults))
    add_unfit(events, index, faults);
  else if (good)
    good = keep_start(events, c.xdm, index);
  free_completed(&c);
  return good;
}

/* A finished session: a list of entries. */

static const char entries_name[] = "mediaDownloadedEvents";

static void check_entry(mbc_faults *faults, mbc_part entry, size_t index) {
  mb__event_type type;
  snprintf(faults->root, sizeof faults->root, "$.xdm.%s[%zu]", entries_name, index);
  if (mb__xdm_check(entry.tree, MB__XDM_FROM_BATCH, &type, mbc_faults_add, faults)) return;
  if (!index && type != MB__EVENT_SESSION_START)
    mbc_faults_add(faults, ".mediaEventType", "must be media.sessionStart, which the first one is");
  if (index && type == MB__EVENT_SESSION_START)
    mbc_faults_add(faults, ".mediaEventType", "must not be media.sessionStart, which only the first one is");
}

/* `first`: the first entry, completed. */
static void check_entries(mbc_faults *faults, mbc_part entries, mbc_part first, int64_t most) {
  snprintf(faults->root, sizeof faults->root, "$.xdm.%s", entries_name);
  if (!first.tree) {
    mbc_faults_add(faults, "", entries.tree ? "an array with events is needed" : "missing");
    return;
  }
  size_t index = 0;
  check_entry(faults, first, index++);
  mbc_part entry = mbc_part_first(entries);
  while ((entry = mbc_part_next(entries, entry)).tree && (int64_t)index < most) check_entry(faults, entry, index++);
  snprintf(faults->root, sizeof faults->root, "$.xdm.%s", entries_name);
  if (entry.tree) mbc_faults_add(faults, "", "a session has fewer events");
}

static bool keep_entries(mbc_edge_events *events, mbc_part entries, mbc_part first, size_t index) {
  mbc_keeping *keeping = &events->keeping;
  mbc_part entry = mbc_part_first(entries);
  if (!open_session(events, first.tree, true) || !mbc_keep_event(keeping, first, MB__EVENT_SESSION_START)) return false;
  while ((entry = mbc_part_next(entries, entry)).tree) {
    const char *name = mb__json_text(mb__json_get(entry.tree, "mediaEventType"));
    if (!mbc_keep_event(keeping, entry, mb__event_named_xdm(name))) return false;
  }
  mbc_keep_close_batch(keeping);
  mbc_handles_session(&events->handles, keeping->session.id, index);
  return mbc_keep_save(keeping);
}

static bool take_downloaded(mbc_edge_events *events, mbc_part xdm, size_t index, mbc_faults *faults) {
  completed first;
  mbc_part entries = mbc_part_get(xdm, entries_name), entry = {0};
  const mbc_part surroundings[2] = {xdm, events->envelope.xdm};
  if (entries.tree && mb__json_type_of(entries.tree) == MB__JSON_ARRAY) entry = mbc_part_first(entries);
  bool good = complete(entry, surroundings, &first) || no_memory(events);
  if (good) check_entries(faults, entries, first.xdm, events->keeping.expiry->limits->events);
  if (good && faults->count)
    add_unfit(events, index, faults);
  else if (good)
    good = keep_entries(events, entries, first.xdm, index);
  free_completed(&first);
  return good;
}

/* Which way an event goes. */

typedef bool taker(mbc_edge_events *events, mbc_part xdm, size_t index, mbc_faults *faults);

static taker *taker_of(const char *type) {
  if (strcmp(type, "sessionStart") == 0) return take_start;
  return strcmp(type, "downloaded") == 0 ? take_downloaded : take_event;
}

bool mbc_edge_take(mbc_edge_events *events, mbc_part event, size_t index) {
  const char *type = mbc_edge_type(event);
  mbc_faults faults;
  if (!type) return true;
  mbc_faults_init(&faults, events->keeping.answer);
  snprintf(faults.root, sizeof faults.root, "$.xdm");
  bool good = taker_of(type)(events, mbc_edge_xdm(event), index, &faults);
  mbc_faults_free(&faults);
  return good;
}

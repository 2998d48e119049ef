/* Owns the rules of intake. Each request: checks that answer 4xx, then what keeps the events, then the answer, which
 * the server holds back until the store has settled: what a client is told is taken is on file.
 * https://experienceleague.adobe.com/en/docs/media-analytics/using/implementation/media-collection-api/mc-api-ref/mc-api-sessions-req
 * https://experienceleague.adobe.com/en/docs/media-analytics/using/implementation/media-collection-api/mc-api-ref/mc-api-events-req
 * https://experienceleague.adobe.com/en/docs/media-analytics/using/tracking/track-downloaded-content */
#include "intake.h"

#include <stdio.h>
#include <string.h>

#include "body.h"
#include "json.h"
#include "protocol/protocol.h"
#include "protocol/validate.h"
#include "random.h"

/* One request under way. Helpers return false when they have written a refusal into `answer`. */
typedef struct intake {
  mbc_store *store;
  const mbc_request *request;
  mbc_answer *answer;
  mb__json *body;   /* as a tree */
  const char *text; /* as it is kept */
  size_t size;
  mbc_session session;
} intake;

static bool refuse(intake *in, int status, const char *message) {
  mbc_answer_refuse(in->answer, status, "%s", message);
  return false;
}

/* Said without being asked: storing is what a collector is for. */
static bool store_failed(intake *in) {
  fprintf(stderr, "mediabeat collector: the store failed: %s\n", mbc_store_error(in->store));
  mbc_answer_refuse(in->answer, 500, "nothing was kept, the store failed: %s", mbc_store_error(in->store));
  return false;
}

/* Reads the body and makes it compact. The tree and the text then have the same elements in the same order. */
static bool parse(intake *in) {
  size_t where;
  const char *what;
  mb_status status = mb__json_parse(in->request->body, in->request->size, &in->body, &where, &what);
  if (status == MB_NO_MEMORY) return refuse(in, 500, mb_status_text(status));
  if (status != MB_OK) {
    mbc_answer_refuse(in->answer, 400, "the body is not JSON: %s at byte %zu", what, where);
    return false;
  }
  in->text = in->request->body;
  in->size = mbc_body_compact(in->request->body, in->request->size);
  return true;
}

static const mb__json *param(const mb__json *event, mb__field field) {
  return mb__json_get(mb__json_get(event, "params"), mb__fields[field].key);
}

static const char *text_param(const mb__json *event, mb__field field) {
  const mb__json *value = param(event, field);
  return value ? mb__json_text(value) : NULL;
}

static bool flag_param(const mb__json *event, mb__field field) {
  const mb__json *value = param(event, field);
  return value && mb__json_flag(value);
}

/* The id has 256 bits from the operating system: whoever knows one session cannot guess another. */
static void make_id(char id[MBC_ID_SIZE + 1]) {
  for (size_t at = 0; at < MBC_ID_SIZE; at += 16)
    snprintf(id + at, 17, "%016llx", (unsigned long long)mb__random_seed());
}

static bool add_session(intake *in, const mb__json *start, bool downloaded) {
  in->session = (mbc_session){
      .protocol = "v1",
      .downloaded = downloaded,
      .resume = flag_param(start, MB__FIELD_MEDIA_RESUME),
      .started_at = in->request->received_at,
      .last_event_at = in->request->received_at,
      .media_id = text_param(start, MB__FIELD_MEDIA_ID),
      .media_name = text_param(start, MB__FIELD_MEDIA_NAME),
      .player_name = text_param(start, MB__FIELD_MEDIA_PLAYER_NAME),
      .channel = text_param(start, MB__FIELD_MEDIA_CHANNEL),
  };
  make_id(in->session.id);
  return mbc_store_add_session(in->store, &in->session) || store_failed(in);
}

static void close_session(intake *in, mbc_reason reason) {
  in->session.state = MBC_CLOSED;
  in->session.reason = reason;
  in->session.closed_at = in->request->received_at;
}

/* What an event does to its session. A duplicate is activity and nothing else; what follows the end is not even that. */
static void advance(intake *in, mb__event_type type, mbc_mark mark) {
  mbc_session *session = &in->session;
  session->arrivals++;
  session->events += mark == MBC_ACCEPTED;
  session->duplicates += mark == MBC_DUPLICATE;
  if (session->state != MBC_CLOSED) session->last_event_at = in->request->received_at;
  if (mark != MBC_ACCEPTED) return;
  if (type == MB__EVENT_SESSION_COMPLETE) session->state = MBC_COMPLETED;
  if (type == MB__EVENT_SESSION_END) close_session(in, MBC_SESSION_END);
}

typedef struct comparison {
  const mb__writer *canonical;
  mb__writer other;
  bool equal;
} comparison;

static bool compare(void *user, const mbc_event *event) {
  comparison *c = user;
  mb__writer_clear(&c->other);
  mbc_body_canonical_text(&c->other, event->body, event->size);
  c->equal = !c->other.failed && c->other.size == c->canonical->size &&
             memcmp(c->other.bytes, c->canonical->bytes, c->other.size) == 0;
  return !c->equal && !c->other.failed;
}

/* A client repeats a request whose answer was lost, byte for byte or written anew: the event counts once. */
static bool find_mark(intake *in, const mb__writer *canonical, int64_t hash, mbc_mark *mark) {
  comparison c = {.canonical = canonical};
  mb__writer_init(&c.other, &mb__c_library);
  bool good = mbc_store_each_alike(in->store, in->session.key, hash, compare, &c);
  bool memory = !c.other.failed;
  mb__writer_free(&c.other);
  if (!good) return store_failed(in);
  if (!memory) return refuse(in, 500, mb_status_text(MB_NO_MEMORY));
  *mark = c.equal ? MBC_DUPLICATE : in->session.state == MBC_CLOSED ? MBC_AFTER_END : MBC_ACCEPTED;
  return true;
}

static bool keep_canonical(intake *in, mb__event_type type, mbc_event *event, const mb__writer *canonical) {
  if (canonical->failed) return refuse(in, 500, mb_status_text(MB_NO_MEMORY));
  event->hash = mbc_body_hash(canonical);
  if (!find_mark(in, canonical, event->hash, &event->mark)) return false;
  if (!mbc_store_add_event(in->store, in->session.key, event)) return store_failed(in);
  advance(in, type, event->mark);
  return true;
}

static bool keep(intake *in, const mb__json *tree, mb__event_type type, const char *text, size_t size) {
  mbc_event event = {
      .position = in->session.arrivals, .received_at = in->request->received_at, .body = text, .size = size};
  mb__writer canonical;
  mb__writer_init(&canonical, &mb__c_library);
  mbc_body_canonical(&canonical, tree);
  bool good = keep_canonical(in, type, &event, &canonical);
  mb__writer_free(&canonical);
  return good;
}

/* Everything `work` writes is kept together with the session's new state, or nothing is. Refusals below 500 come before
 * anything is written, so only a fault has something to undo. */
static bool transact(intake *in, bool (*work)(intake *in), int status) {
  bool good = mbc_store_begin(in->store) || store_failed(in);
  good = good && work(in);
  good = good && (mbc_store_save_session(in->store, &in->session) || store_failed(in));
  if (good)
    mbc_answer_empty(in->answer, status);
  else if (in->answer->status >= 500)
    mbc_store_fail(in->store);
  return good;
}

static void transact_session(intake *in, bool (*work)(intake *in)) {
  if (!transact(in, work, 201)) return;
  snprintf(in->answer->location, sizeof in->answer->location, "/api/v1/sessions/%s", in->session.id);
  in->answer->type = "application/octet-stream"; /* as the real one says, of no bytes */
}

/* One event to a session. The order of the checks: 404 before 410 before 400. */

static bool find_session(intake *in) {
  mbc_result result = mbc_store_find_session(in->store, in->request->argument, &in->session);
  if (result == MBC_FAILED) return store_failed(in);
  return result == MBC_FOUND || refuse(in, 404, "no such session");
}

static bool keep_event(intake *in) {
  mb__event_type type;
  mb__finding finding;
  if (!find_session(in)) return false;
  bool valid = mb__validate_body(in->body, &type, &finding) == MB_OK;
  if (in->session.state == MBC_CLOSED && !(valid && type == MB__EVENT_SESSION_END))
    return refuse(in, 410, "the session is closed");
  if (!valid) return refuse(in, 400, finding.text);
  if (type == MB__EVENT_SESSION_START)
    return refuse(in, 400, "eventType: sessionStart opens a session, it goes to /api/v1/sessions");
  return keep(in, in->body, type, in->text, in->size);
}

static bool is_id(const char *text) {
  return strlen(text) == MBC_ID_SIZE && strspn(text, "0123456789abcdef") == MBC_ID_SIZE;
}

static void take_event(intake *in) {
  if (!is_id(in->request->argument))
    refuse(in, 404, "no such session");
  else if (parse(in))
    transact(in, keep_event, 204);
}

/* A batch. Checked whole before anything is kept. */

static bool refuse_element(intake *in, int index, const char *message) {
  mbc_answer_refuse(in->answer, 400, "events[%d]: %s", index, message);
  return false;
}

static bool check_element(intake *in, const mb__json *event, int index) {
  mb__event_type type;
  mb__finding finding;
  if (mb__validate_body(event, &type, &finding) != MB_OK) return refuse_element(in, index, finding.text);
  if (index && type == MB__EVENT_SESSION_START)
    return refuse_element(in, index, "eventType: a batch is one session, with one sessionStart");
  if (!index && type != MB__EVENT_SESSION_START)
    return refuse_element(in, index, "eventType: a batch begins with its sessionStart");
  const mb__json *downloaded = index ? NULL : param(event, MB__FIELD_MEDIA_DOWNLOADED);
  if (downloaded && !mb__json_flag(downloaded))
    return refuse_element(in, index, "params.media.downloaded: true is needed in a batch, or nothing");
  return true;
}

static bool check_batch(intake *in) {
  if (mb__json_type_of(in->body) != MB__JSON_ARRAY) return refuse(in, 400, "an array of events is needed");
  if (!mb__json_first(in->body)) return refuse(in, 400, "the array has no events");
  int index = 0;
  for (const mb__json *event = mb__json_first(in->body); event; event = mb__json_next(event))
    if (!check_element(in, event, index++)) return false;
  return true;
}

static mb__event_type type_of(const mb__json *event) {
  const char *name = mb__json_text(mb__json_get(event, "eventType"));
  return mb__event_named(name, strlen(name));
}

static bool keep_batch(intake *in) {
  const mb__json *event = mb__json_first(in->body);
  const char *text = in->text + 1, *end = in->text + in->size;
  if (!add_session(in, event, true)) return false;
  for (; event; event = mb__json_next(event)) {
    size_t size = mbc_body_element(text, (size_t)(end - text));
    if (!keep(in, event, type_of(event), text, size)) return false;
    text += size + 1;
  }
  if (in->session.state != MBC_CLOSED) close_session(in, MBC_BATCH_END);
  return true;
}

static void take_batch(intake *in) {
  if (check_batch(in)) transact_session(in, keep_batch);
}

/* A sessionStart. */

static bool check_start(intake *in) {
  mb__event_type type;
  mb__finding finding;
  if (mb__validate_body(in->body, &type, &finding) != MB_OK) return refuse(in, 400, finding.text);
  if (type != MB__EVENT_SESSION_START) return refuse(in, 400, "eventType: a session begins with sessionStart");
  if (flag_param(in->body, MB__FIELD_MEDIA_DOWNLOADED))
    return refuse(in, 400, "params.media.downloaded: true is for batches, which go to /api/v1/downloaded");
  return true;
}

static bool keep_start(intake *in) {
  return add_session(in, in->body, false) && keep(in, in->body, MB__EVENT_SESSION_START, in->text, in->size);
}

static void take_start(intake *in) {
  if (mb__json_type_of(in->body) != MB__JSON_ARRAY) {
    if (check_start(in)) transact_session(in, keep_start);
  } else if (mb__json_first(in->body) && flag_param(mb__json_first(in->body), MB__FIELD_MEDIA_DOWNLOADED)) {
    take_batch(in);
  } else {
    refuse(in, 400, "an array is taken here only if its sessionStart says media.downloaded: true");
  }
}

void mbc_intake_start(mbc_store *store, const mbc_request *request, mbc_answer *answer) {
  intake in = {.store = store, .request = request, .answer = answer};
  if (parse(&in)) take_start(&in);
  mb__json_free(in.body);
}

void mbc_intake_event(mbc_store *store, const mbc_request *request, mbc_answer *answer) {
  intake in = {.store = store, .request = request, .answer = answer};
  take_event(&in);
  mb__json_free(in.body);
}

void mbc_intake_batch(mbc_store *store, const mbc_request *request, mbc_answer *answer) {
  intake in = {.store = store, .request = request, .answer = answer};
  if (parse(&in)) take_batch(&in);
  mb__json_free(in.body);
}

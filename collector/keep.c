/* Owns the lives of sessions, as events arrive. */
#include "keep.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "random.h"

enum { RETRY_AFTER = 30 }; /* s until there may be room again */

static bool no_memory(mbc_keeping *keeping) {
  mbc_answer_refuse(keeping->answer, 500, "%s", mb_status_text(MB_NO_MEMORY));
  return false;
}

static bool store_failed(mbc_keeping *keeping) {
  mbc_store_complain(keeping->store);
  mbc_answer_refuse(keeping->answer, 500, "nothing was kept, the store failed: %s", mbc_store_error(keeping->store));
  return false;
}

bool mbc_keep_together(mbc_keeping *keeping, bool (*work)(void *user), void *user) {
  bool good = (mbc_store_begin(keeping->store) || store_failed(keeping)) && work(user);
  if (!good && keeping->answer->status == 500) mbc_store_fail(keeping->store);
  return good;
}

/* Of all answers that say "later", clients of both APIs know this one. */
static bool refuse_for_now(mbc_keeping *keeping, const char *why) {
  mbc_answer_refuse(keeping->answer, 503, "nothing was kept: %s", why);
  keeping->answer->retry_after = RETRY_AFTER;
  return false;
}

/* What an open session has said is never removed to make room, so what comes has to wait. */
static bool has_room(mbc_keeping *keeping) {
  return !keeping->expiry->full || refuse_for_now(keeping, "there is no room, and all sessions are open");
}

static bool may_open(mbc_keeping *keeping) {
  bool many = mbc_store_open_sessions(keeping->store) >= keeping->expiry->limits->open_sessions;
  return has_room(keeping) && (!many || refuse_for_now(keeping, "too many sessions are open"));
}

/* The id has 256 bits from the operating system: whoever knows one session cannot guess another. */
static void make_id(char id[MBC_ID_SIZE + 1]) {
  for (size_t at = 0; at < MBC_ID_SIZE; at += 16)
    snprintf(id + at, 17, "%016llx", (unsigned long long)mb__random_seed());
}

bool mbc_keep_open(mbc_keeping *keeping, const mbc_session *about) {
  mbc_reason reason;
  mbc_session *session = &keeping->session;
  if (!may_open(keeping)) return false;
  *session = *about;
  session->edge = strcmp(session->protocol, "edge") == 0;
  session->started_at = session->last_event_at = session->last_moved_at = keeping->received_at;
  session->look_at = mbc_expiry_due(keeping->expiry->limits, session, &reason);
  if (session->look_at < keeping->expiry->next) keeping->expiry->next = session->look_at;
  make_id(session->id);
  return mbc_store_add_session(keeping->store, session) || store_failed(keeping);
}

bool mbc_keep_is_id(const char *id) {
  return strlen(id) == MBC_ID_SIZE && strspn(id, "0123456789abcdef") == MBC_ID_SIZE;
}

/* A session with more events than are good for anybody ends like one that timed out: its client goes on in a new one. */
static bool close_if_over(mbc_keeping *keeping) {
  mbc_session *session = &keeping->session;
  if (mbc_expiry_close_if_due(keeping->expiry->limits, session, keeping->received_at)) return true;
  if (session->state == MBC_CLOSED || session->arrivals < keeping->expiry->limits->events) return false;
  mbc_session_close(session, MBC_FORCED, keeping->received_at);
  return true;
}

static bool is_forgotten(const mbc_keeping *keeping) {
  const mbc_session *session = &keeping->session;
  return session->state == MBC_CLOSED && keeping->received_at - session->closed_at >= keeping->expiry->limits->gone;
}

mbc_result mbc_keep_find(mbc_keeping *keeping, const char *id) {
  mbc_result result = mbc_store_find_session(keeping->store, id, &keeping->session);
  if (result == MBC_FAILED) store_failed(keeping);
  if (result == MBC_FOUND && close_if_over(keeping) && !mbc_keep_save(keeping)) return MBC_FAILED;
  return result == MBC_FOUND && is_forgotten(keeping) ? MBC_NONE : result;
}

bool mbc_keep_save(mbc_keeping *keeping) {
  return (mbc_store_save_session(keeping->store, &keeping->session) &&
          mbc_expiry_watch(keeping->expiry, &keeping->session)) ||
         store_failed(keeping);
}

void mbc_keep_close_batch(mbc_keeping *keeping) {
  if (keeping->session.state != MBC_CLOSED) mbc_session_close(&keeping->session, MBC_BATCH_END, keeping->received_at);
}

bool mbc_keep_close(mbc_keeping *keeping) {
  if (keeping->session.state == MBC_CLOSED) return true;
  mbc_session_close(&keeping->session, MBC_FORCED, keeping->received_at);
  return mbc_keep_save(keeping);
}

/* Where either wire says it; both always do. */
static double playhead_of(const mb__json *event) {
  const mb__json *time = mb__json_get(event, "playerTime");
  return mb__json_number(mb__json_get(time ? time : mb__json_get(event, "mediaCollection"), "playhead"));
}

/* More than a millisecond; what binary fractions add to it does not count. */
static bool is_movement(double from, double to) { return fabs(to - from) * 1000 > 1 + 1e-6; }

static void move(mbc_session *session, double playhead, int64_t received_at) {
  if (is_movement(session->playhead, playhead)) session->last_moved_at = received_at;
  session->playhead = playhead;
}

/* What an event does to its session. A duplicate is activity and nothing else; what follows the end is not even
 * that. */
static void advance(mbc_keeping *keeping, const mb__json *event, mb__event_type type, mbc_mark mark) {
  mbc_session *session = &keeping->session;
  session->arrivals++;
  session->events += mark == MBC_ACCEPTED;
  session->duplicates += mark == MBC_DUPLICATE;
  if (session->state != MBC_CLOSED) session->last_event_at = keeping->received_at;
  if (mark != MBC_ACCEPTED) return;
  move(session, playhead_of(event), keeping->received_at);
  if (type == MB__EVENT_SESSION_COMPLETE) session->state = MBC_COMPLETED;
  if (type == MB__EVENT_SESSION_END) mbc_session_close(session, MBC_SESSION_END, keeping->received_at);
}

static void write_stored_identity(mb__writer *writer, const mbc_event *event) {
  mb__json *tree;
  if (mb__json_parse(event->body, event->size, &tree, NULL, NULL) != MB_OK) {
    writer->failed = true;
    return;
  }
  mbc_body_identity(writer, tree);
  mb__json_free(tree);
}

typedef struct comparison {
  const mb__writer *identity;
  mb__writer other;
  bool equal;
} comparison;

static bool compare(void *user, const mbc_event *event) {
  comparison *c = user;
  mb__writer_clear(&c->other);
  write_stored_identity(&c->other, event);
  c->equal = !c->other.failed && c->other.size == c->identity->size &&
             memcmp(c->other.bytes, c->identity->bytes, c->other.size) == 0;
  return !c->equal && !c->other.failed;
}

/* A client repeats a request whose answer was lost, byte for byte or written anew: the event counts once. */
static bool find_mark(mbc_keeping *keeping, const mb__writer *identity, int64_t hash, mbc_mark *mark) {
  comparison c = {.identity = identity};
  mb__writer_init(&c.other, &mb__c_library);
  bool good = mbc_store_each_alike(keeping->store, keeping->session.key, hash, compare, &c);
  bool memory = !c.other.failed;
  mb__writer_free(&c.other);
  if (!good) return store_failed(keeping);
  if (!memory) return no_memory(keeping);
  *mark = c.equal ? MBC_DUPLICATE : keeping->session.state == MBC_CLOSED ? MBC_AFTER_END : MBC_ACCEPTED;
  return true;
}

static bool keep_identified(mbc_keeping *keeping, const mb__json *tree, mb__event_type type, mbc_event *event,
                            const mb__writer *identity) {
  if (identity->failed) return no_memory(keeping);
  event->hash = mbc_body_hash(identity);
  if (!find_mark(keeping, identity, event->hash, &event->mark)) return false;
  if (!mbc_store_add_event(keeping->store, keeping->session.key, event)) return store_failed(keeping);
  advance(keeping, tree, type, event->mark);
  return true;
}

/* An end may be said again as often as a client likes, which is no reason to keep it as often. */
static bool is_enough(const mbc_keeping *keeping) {
  return keeping->session.state == MBC_CLOSED && keeping->session.arrivals >= keeping->expiry->limits->events;
}

bool mbc_keep_event(mbc_keeping *keeping, mbc_part part, mb__event_type type) {
  if (is_enough(keeping)) return true;
  if (!has_room(keeping)) return false;
  mbc_event event = {
      .position = keeping->session.arrivals, .received_at = keeping->received_at, .body = part.text, .size = part.size};
  mb__writer identity;
  mb__writer_init(&identity, &mb__c_library);
  mbc_body_identity(&identity, part.tree);
  bool good = keep_identified(keeping, part.tree, type, &event, &identity);
  mb__writer_free(&identity);
  return good;
}

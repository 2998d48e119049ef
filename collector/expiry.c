/* Owns the rules of time. */
#include "expiry.h"

#include <stdio.h>

#include "clock.h"

enum { RETRY_MS = 1000, TIDYING_MS = 20 };

static int64_t after(int64_t moment, int64_t ms) { return moment > INT64_MAX - ms ? INT64_MAX : moment + ms; }

/* The earliest rule wins, and of equal ones the first. */
int64_t mbc_expiry_due(const mbc_limits *limits, const mbc_session *session, mbc_reason *reason) {
  bool short_wait = session->state == MBC_COMPLETED && limits->complete_grace < limits->silence;
  const struct {
    int64_t due;
    mbc_reason reason;
  } rules[] = {
      {after(session->last_event_at, short_wait ? limits->complete_grace : limits->silence), MBC_TIMEOUT_10M},
      {after(session->last_moved_at, limits->standstill), MBC_TIMEOUT_30M},
      {after(session->started_at, session->edge ? limits->edge_age : limits->age), MBC_MAX_AGE_24H},
  };
  size_t first = 0;
  for (size_t i = 1; i < sizeof rules / sizeof *rules; i++)
    if (rules[i].due < rules[first].due) first = i;
  *reason = rules[first].reason;
  return rules[first].due;
}

bool mbc_expiry_close_if_due(const mbc_limits *limits, mbc_session *session, int64_t now) {
  mbc_reason reason;
  if (session->state == MBC_CLOSED) return false;
  int64_t due = mbc_expiry_due(limits, session, &reason);
  if (due > now) return false;
  mbc_session_close(session, reason, due);
  return true;
}

/* Times move on with every event, and what was written down stays behind: it is only looked at again when its moment has
 * come. So an event costs nothing here. */
bool mbc_expiry_watch(mbc_expiry *expiry, mbc_session *session) {
  mbc_reason reason;
  if (session->state == MBC_CLOSED) return true;
  int64_t due = mbc_expiry_due(expiry->limits, session, &reason);
  if (due >= session->look_at) return true;
  session->look_at = due;
  if (due < expiry->next) expiry->next = due;
  return mbc_store_look_at(expiry->store, session->key, due);
}

static bool look(mbc_expiry *expiry, mbc_session *session, int64_t now) {
  mbc_reason reason;
  if (mbc_expiry_close_if_due(expiry->limits, session, now)) return mbc_store_save_session(expiry->store, session);
  return mbc_store_look_at(expiry->store, session->key, mbc_expiry_due(expiry->limits, session, &reason));
}

static bool failed(mbc_expiry *expiry) {
  mbc_store_complain(expiry->store);
  mbc_store_fail(expiry->store);
  return false;
}

static bool close_due(mbc_expiry *expiry, int64_t now, int most) {
  mbc_session session;
  mbc_result result = MBC_NONE;
  for (int i = 0; i < most; i++) {
    result = mbc_store_next_due(expiry->store, now, &session);
    if (result != MBC_FOUND) break;
    if (!mbc_store_begin(expiry->store) || !look(expiry, &session, now)) return failed(expiry);
  }
  return (result != MBC_FAILED && mbc_store_next_look(expiry->store, &expiry->next)) || failed(expiry);
}

void mbc_expiry_run(mbc_expiry *expiry, int64_t now, int most) {
  if (now >= expiry->next && !close_due(expiry, now, most)) expiry->next = after(now, RETRY_MS);
}

bool mbc_expiry_close_all(mbc_expiry *expiry, int64_t now) {
  mbc_session session;
  mbc_result result;
  if (!mbc_store_begin(expiry->store)) return failed(expiry);
  while ((result = mbc_store_next_due(expiry->store, INT64_MAX, &session)) == MBC_FOUND) {
    if (!mbc_expiry_close_if_due(expiry->limits, &session, now)) mbc_session_close(&session, MBC_FORCED, now);
    if (!mbc_store_save_session(expiry->store, &session)) return failed(expiry);
  }
  return result == MBC_NONE || failed(expiry);
}

bool mbc_expiry_begin(mbc_expiry *expiry, mbc_store *store, const mbc_limits *limits) {
  *expiry = (mbc_expiry){.limits = limits, .store = store, .measured = UINT64_MAX};
  return mbc_store_look_at_all(store, 0) && mbc_store_next_look(store, &expiry->next);
}

/* Room. */

static void say_removing(mbc_expiry *expiry) {
  if (!expiry->removing)
    fprintf(stderr, "mediabeat collector: the data has reached %lld bytes, the oldest closed sessions are removed\n",
            (long long)expiry->limits->data);
  expiry->removing = true;
}

static void set_full(mbc_expiry *expiry, bool full) {
  if (full != expiry->full)
    fprintf(stderr, "mediabeat collector: %s\n",
            full ? "the data has reached its limit, and all sessions are open: no more is taken"
                 : "there is room again");
  expiry->full = full;
}

/* MBC_NONE: nothing is to go. */
static mbc_result remove_oldest(mbc_expiry *expiry, int64_t now, bool crowded) {
  mbc_session oldest;
  mbc_result result = mbc_store_oldest_closed(expiry->store, &oldest);
  if (result != MBC_FOUND) return result;
  if (!crowded && after(oldest.closed_at, expiry->limits->keep) > now) return MBC_NONE;
  if (crowded) say_removing(expiry);
  bool good = mbc_store_begin(expiry->store) && mbc_store_remove_session(expiry->store, oldest.key);
  return good ? MBC_FOUND : MBC_FAILED;
}

bool mbc_expiry_tidy(mbc_expiry *expiry, int64_t now) {
  if (expiry->limits->keep == INT64_MAX && expiry->measured == mbc_store_changes(expiry->store)) return false;
  mbc_result result = MBC_FOUND;
  int64_t size = 0;
  for (int64_t end = mbc_clock_steady() + TIDYING_MS; result == MBC_FOUND && mbc_clock_steady() < end;) {
    result = mbc_store_size(expiry->store, &size) ? MBC_FOUND : MBC_FAILED;
    if (result == MBC_FOUND) result = remove_oldest(expiry, now, size > expiry->limits->data);
  }
  if (result == MBC_FAILED) return failed(expiry);
  if (result == MBC_FOUND) return true;
  expiry->measured = mbc_store_changes(expiry->store);
  set_full(expiry, size > expiry->limits->data);
  return false;
}

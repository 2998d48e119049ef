/* Decides how sessions and events are kept: one SQLite database, in a file or in memory. Facts as they arrived and what
 * intake decided about them; whatever can be computed from these is not stored.
 *
 * Functions that can fail return false, MBC_FAILED or NULL; mbc_store_error then has the reason. One thread only. */
#ifndef MEDIABEAT_COLLECTOR_STORE_H
#define MEDIABEAT_COLLECTOR_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct mbc_store mbc_store;

enum { MBC_ID_SIZE = 64 }; /* lower-case hexadecimal digits of a session id */

typedef enum mbc_result { MBC_FOUND, MBC_NONE, MBC_FAILED } mbc_result;

/* Open until sessionEnd; completed, and still open, after sessionComplete. */
typedef enum mbc_state { MBC_OPEN, MBC_COMPLETED, MBC_CLOSED } mbc_state;
typedef enum mbc_reason {
  MBC_NOT_CLOSED,
  MBC_SESSION_END, /* by its sessionEnd */
  MBC_BATCH_END,   /* came whole, without a sessionEnd */
  MBC_TIMEOUT_10M, /* no events */
  MBC_TIMEOUT_30M, /* no movement of the playhead */
  MBC_MAX_AGE_24H, /* too old */
  MBC_FORCED,      /* by command, at the collector's end, or at the limit of events */
  MBC_REASON_COUNT
} mbc_reason;

/* What intake found out about an event that it took. */
typedef enum mbc_mark { MBC_ACCEPTED, MBC_DUPLICATE, MBC_AFTER_END } mbc_mark;

typedef struct mbc_session {
  int64_t key; /* order of arrival, given by the store */
  char id[MBC_ID_SIZE + 1];
  mbc_state state;
  mbc_reason reason;
  bool downloaded, resume;
  int64_t started_at, last_event_at, closed_at; /* receipt, ms since 1970 UTC; closed_at is 0 while open */
  int64_t last_moved_at;                        /* receipt of the last event that moved the playhead */
  int64_t look_at;                              /* not earlier than this can time close it; of open ones */
  double playhead;                              /* s, of the last event that counts */
  int64_t arrivals, events, duplicates;         /* all that was taken; what counts; repeated requests */
  bool edge;                                    /* protocol is "edge" */
  mbc_state saved;                              /* the store's own: the state that it has */
  const char *protocol, *media_id, *media_name, *player_name, *channel; /* media_name may be NULL */
} mbc_session;

void mbc_session_close(mbc_session *session, mbc_reason reason, int64_t closed_at); /* sets the members */

typedef struct mbc_event {
  const char *session; /* id; only when read */
  int64_t position;    /* order of arrival within the session, from 0 */
  int64_t received_at;
  mbc_mark mark;
  int64_t hash;     /* of what makes it the same as another one; only when written */
  const char *body; /* one line of JSON, not terminated */
  size_t size;
} mbc_event;

typedef enum mbc_access { MBC_CREATE, MBC_READ } mbc_access;

/* Opens `path`, or memory when it is NULL. MBC_CREATE makes the file if needed and locks it against a second
 * collector; MBC_READ wants an existing one and may be used beside a running collector. On failure returns NULL with a
 * sentence in `error`. Free with mbc_store_close. */
mbc_store *mbc_store_open(const char *path, mbc_access access, char *error, size_t size);
void mbc_store_close(mbc_store *store);
const char *mbc_store_error(const mbc_store *store);

/* Says the same on standard error, without being asked: storing is what a collector is for. At most once a second, for
 * on a full disk every request fails, and who reads it may be slow. */
void mbc_store_complain(mbc_store *store);

/* Writing goes in groups, because a commit costs more than what it commits. The first mbc_store_begin opens a group,
 * later ones join it; who then fails to write all it wanted calls mbc_store_fail. mbc_store_settle ends the group: true
 * when everything in it is on file, whatever becomes of this process; false when nothing is. Until then nobody may be
 * told that something was kept. */
bool mbc_store_begin(mbc_store *store);
void mbc_store_fail(mbc_store *store);
bool mbc_store_settle(mbc_store *store);
bool mbc_store_unsettled(const mbc_store *store); /* is there a group? */

bool mbc_store_add_session(mbc_store *store, mbc_session *session);  /* sets its key */
bool mbc_store_save_session(mbc_store *store, mbc_session *session); /* state, times and counts, not look_at */
bool mbc_store_look_at(mbc_store *store, int64_t session_key, int64_t look_at);
bool mbc_store_look_at_all(mbc_store *store, int64_t look_at);        /* every open one; at once, in no group */
bool mbc_store_remove_session(mbc_store *store, int64_t session_key); /* a closed one, with its events */
bool mbc_store_add_event(mbc_store *store, int64_t session_key, const mbc_event *event);

/* The session's state, times and counts; its texts stay NULL. */
mbc_result mbc_store_find_session(mbc_store *store, const char *id, mbc_session *session);

/* The open session that time might close first, if it might by `now`; the closed one whose close is longest ago. */
mbc_result mbc_store_next_due(mbc_store *store, int64_t now, mbc_session *session);
mbc_result mbc_store_oldest_closed(mbc_store *store, mbc_session *session);
bool mbc_store_next_look(mbc_store *store, int64_t *look_at); /* the earliest of all; INT64_MAX without open sessions */

int64_t mbc_store_open_sessions(const mbc_store *store); /* how many there are now */
bool mbc_store_size(mbc_store *store, int64_t *bytes);   /* of what is kept, without room that is free again */

/* Visitors: what they are shown is valid during the call; returning false ends the visit, which is no failure. They must
 * not write, and not begin a visit of the same function again; a visit of events inside one of sessions is fine. */
typedef bool mbc_session_visitor(void *user, const mbc_session *session);
typedef bool mbc_event_visitor(void *user, const mbc_event *event);

/* One session with its texts. MBC_NONE: there is none. */
mbc_result mbc_store_visit_session(mbc_store *store, const char *id, mbc_session_visitor *visit, void *user);

/* In order of arrival, those after a key or position (-1: from the first), at most `limit` (-1: all). */
bool mbc_store_each_session(mbc_store *store, int64_t after, int64_t limit, mbc_session_visitor *visit, void *user);
bool mbc_store_each_event(mbc_store *store, int64_t session_key, int64_t after, int64_t limit, mbc_event_visitor *visit,
                          void *user);

/* What changed lately. The counter grows with every change of a session: an event, its state, its removal. Sessions that
 * changed after a counter are visited once, in order of arrival, removed ones not at all. *complete is false, and nothing
 * is visited, when that is too long ago to be known, or there are more than `most`: then all have to be read again. Counters are of this process: 0 is
 * before its first change. Changes that are not settled are seen too. */
uint64_t mbc_store_changes(const mbc_store *store);
bool mbc_store_each_changed(mbc_store *store, uint64_t after, size_t most, bool *complete, mbc_session_visitor *visit,
                            void *user);

/* Every event of every session, in order of arrival; and session after session. */
bool mbc_store_each(mbc_store *store, mbc_event_visitor *visit, void *user);
bool mbc_store_each_by_session(mbc_store *store, mbc_event_visitor *visit, void *user);

/* The accepted events of a session with this hash. */
bool mbc_store_each_alike(mbc_store *store, int64_t session_key, int64_t hash, mbc_event_visitor *visit, void *user);

const char *mbc_state_name(mbc_state state);
const char *mbc_reason_name(mbc_reason reason); /* NULL for MBC_NOT_CLOSED */

#endif

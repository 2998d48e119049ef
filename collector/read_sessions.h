/* Decides how sessions come out of what a person has: a store, a collector's export, or a plain array of events.
 * Each is given as a history, whoever wants to measure or check it.
 *
 * A plain array has been sent by nobody: it is taken as a collector would have taken it that received each event at
 * the latest ts so far. It may time out on the way then, and what follows is after its end. In an export the
 * collector's decisions stand. */
#ifndef MEDIABEAT_COLLECTOR_READ_SESSIONS_H
#define MEDIABEAT_COLLECTOR_READ_SESSIONS_H

#include "history.h"

/* Valid during the call. Returning false ends the visit, which is no failure. */
typedef bool mbc_history_visitor(void *user, const mbc_history *history);

typedef enum mbc_reading_result {
  MBC_READ_GOOD,
  MBC_READ_NONSENSE, /* what was given is no sessions: a sentence says where and why */
  MBC_READ_FAILED    /* memory ended, or the store failed */
} mbc_reading_result;

/* What a text does not say. `reason`: how a session closed that has no sessionEnd and has not timed out;
 * MBC_NOT_CLOSED: timeout10m. MBC_BATCH_END makes an array a downloaded session, as media.downloaded does. */
typedef struct mbc_assumptions {
  mbc_reason reason;
  mbc_choices choices;
} mbc_assumptions;

/* `text` is changed. */
mbc_reading_result mbc_read_text(char *text, size_t size, const mbc_assumptions *assumed, mbc_history_visitor *visit,
                                 void *user, char *error, size_t error_size);

/* A session of the store as it is at `now`. */
mbc_reading_result mbc_read_session(mbc_store *store, const mbc_session *session, int64_t now,
                                    mbc_history_visitor *visit, void *user);

/* Each of them; `now` -1: as it was at its last event, for a store that no collector runs on. */
mbc_reading_result mbc_read_store(mbc_store *store, int64_t now, mbc_choices choices, mbc_history_visitor *visit,
                                  void *user);

/* The reason of this name, MBC_NOT_CLOSED when there is none. */
mbc_reason mbc_reason_named(const char *name);

#endif

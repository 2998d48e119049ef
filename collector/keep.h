/* Decides what becomes of an event that a wire has checked: which session has it, whether it counts, and what it does
 * to the session. Both wires keep through here: there is one kind of session, and one namespace of ids. */
#ifndef MEDIABEAT_COLLECTOR_KEEP_H
#define MEDIABEAT_COLLECTOR_KEEP_H

#include "answer.h"
#include "body.h"
#include "expiry.h"
#include "protocol/protocol.h"
#include "store.h"

/* Where one request keeps. Functions return false when something was not kept: after a fault of the store or of memory,
 * or because a limit is reached. The answer then says which. */
typedef struct mbc_keeping {
  mbc_store *store;
  mbc_expiry *expiry;
  mbc_answer *answer;
  int64_t received_at;
  mbc_session session; /* the one that was opened or found last */
} mbc_keeping;

/* Runs `work`: all that it writes is kept, or nothing when a fault ends it. A refusal has to come before anything is
 * written. Returns what `work` does. */
bool mbc_keep_together(mbc_keeping *keeping, bool (*work)(void *user), void *user);

/* A new session; `about` has its protocol, flags and texts. */
bool mbc_keep_open(mbc_keeping *keeping, const mbc_session *about);

/* Time-outs come first: what is found open takes events. What is closed long since is not known any more. MBC_FAILED after
 * a fault. */
mbc_result mbc_keep_find(mbc_keeping *keeping, const char *id);
bool mbc_keep_is_id(const char *id); /* what is none needs no look-up */

/* One event of the session, and at its end, or after the last of several, the session's new state. */
bool mbc_keep_event(mbc_keeping *keeping, mbc_part event, mb__event_type type);
bool mbc_keep_save(mbc_keeping *keeping);

/* For what comes whole: closes a session that no sessionEnd has closed. */
void mbc_keep_close_batch(mbc_keeping *keeping);

/* Closes the session that was found, by command. */
bool mbc_keep_close(mbc_keeping *keeping);

#endif

/* Decides what pages are told while they look, and how little a slow one costs: server-sent events that say which
 * sessions changed. What readers have not been told yet is not queued: each has a place in the store's list of changes,
 * and one message that is on its way. Who falls too far behind is told to read everything again.
 *
 *   event: now        data: {"now":1700000000000}                    first, and every few seconds
 *   event: sessions   data: {"now":..., "sessions":[{...}, ...]}     as in GET /api/sessions
 *   event: reload     data: {"now":...}
 *
 * https://developer.mozilla.org/en-US/docs/Web/API/Server-sent_events */
#ifndef MEDIABEAT_COLLECTOR_LIVE_H
#define MEDIABEAT_COLLECTOR_LIVE_H

#include "answer.h"
#include "request.h"
#include "store.h"

typedef struct mbc_live mbc_live;
typedef struct mbc_reader mbc_reader;

/* GET /api/live: asks the server to answer with a reader. */
void mbc_live_get(mbc_store *store, const mbc_request *request, mbc_answer *answer);

/* NULL: no memory. Every reader has left before it is freed. */
mbc_live *mbc_live_new(mbc_store *store);
void mbc_live_free(mbc_live *live);

/* There are as many readers as there may be. */
bool mbc_live_full(const mbc_live *live);

/* A new reader; NULL: no memory, or there are too many. `wake` is called when there is something to read again, never
 * from inside mbc_live_read. */
mbc_reader *mbc_live_join(mbc_live *live, void (*wake)(void *user), void *user);
void mbc_live_leave(mbc_live *live, mbc_reader *reader);
unsigned mbc_live_readers(const mbc_live *live);

/* Takes at most `most` bytes of the reader's message. 0: there is none now, and `wake` will be called. */
size_t mbc_live_read(mbc_reader *reader, char *bytes, size_t most);

/* To be called whenever the store has settled, and when the patience is over. `tick`: ms of a clock that only runs;
 * `now`: the receipt clock, for the messages. */
void mbc_live_turn(mbc_live *live, int64_t tick, int64_t now);

/* How many ms nothing has to be done; -1: until the store settles again. */
int mbc_live_patience(const mbc_live *live, int64_t tick);

#endif

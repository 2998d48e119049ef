/* Decides how an answer about all sessions is made: a session at a time, so that events are taken in between. */
#ifndef MEDIABEAT_COLLECTOR_WORK_H
#define MEDIABEAT_COLLECTOR_WORK_H

#include "answer.h"
#include "store.h"

/* `visit` is called with each session after `after` by key, `left` of them at most (< 0: all). Then `finish` says what
 * the answer is; `good` is false when the store failed. `drop` frees `user`, finished or not. */
typedef struct mbc_sweep {
  mbc_store *store;
  int64_t after, left;
  mbc_session_visitor *visit;
  void (*finish)(void *user, mbc_answer *answer, bool good);
  void (*drop)(void *user);
  void *user;
} mbc_sweep;

/* The answer will be made by mbc_work_go_on. Out of memory, it says so and `user` is dropped. */
void mbc_work_begin(const mbc_sweep *sweep, mbc_answer *answer);

/* Goes on with the next session. False: the answer is there. */
bool mbc_work_go_on(mbc_answer *answer);

/* Forgets what is not done; mbc_answer_free does it, too. */
void mbc_work_drop(mbc_answer *answer);

#endif

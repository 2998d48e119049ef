/* Owns the going on from one session to the next. */
#include "work.h"

#include <stdlib.h>

void mbc_work_begin(const mbc_sweep *sweep, mbc_answer *answer) {
  mbc_sweep *work = malloc(sizeof *work);
  if (work) {
    *work = *sweep;
    answer->work = work;
    return;
  }
  sweep->drop(sweep->user);
  mbc_answer_refuse(answer, 500, "%s", mb_status_text(MB_NO_MEMORY));
}

static bool visit_one(void *user, const mbc_session *session) {
  mbc_sweep *work = user;
  work->after = session->key;
  if (work->left > 0) work->left--;
  if (!work->visit(work->user, session)) work->left = 0;
  return false;
}

bool mbc_work_go_on(mbc_answer *answer) {
  mbc_sweep *work = answer->work;
  int64_t before = work->after;
  bool good = work->left == 0 || mbc_store_each_session(work->store, before, 1, visit_one, work);
  if (good && work->left != 0 && work->after != before) return true;
  work->finish(work->user, answer, good);
  mbc_work_drop(answer);
  return false;
}

void mbc_work_drop(mbc_answer *answer) {
  if (!answer->work) return;
  answer->work->drop(answer->work->user);
  free(answer->work);
  answer->work = NULL;
}

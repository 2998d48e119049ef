/* Owns the end of answers that are made of stored sessions. */
#include "read_answer.h"

void mbc_read_answer(mbc_store *store, mbc_answer *answer, mbc_reading_result result) {
  answer->closed = true;
  if (answer->body.failed)
    mbc_answer_refuse(answer, 500, "%s", mb_status_text(MB_NO_MEMORY));
  else if (result != MBC_READ_GOOD)
    mbc_answer_refuse(answer, 500, "the store failed: %s", mbc_store_error(store));
  else
    mbc_answer_json(answer);
}

void mbc_read_answer_session(mbc_store *store, const mbc_request *request, mbc_history_visitor *write,
                             mbc_answer *answer) {
  mbc_session session;
  mbc_result found = mbc_store_find_session(store, request->argument, &session);
  answer->closed = true;
  if (found == MBC_NONE)
    mbc_answer_refuse(answer, 404, "no such session");
  else if (found == MBC_FAILED)
    mbc_read_answer(store, answer, MBC_READ_FAILED);
  else
    mbc_read_answer(store, answer, mbc_read_session(store, &session, request->received_at, write, &answer->body));
}

/* Decides how what was made of stored sessions becomes an answer. */
#ifndef MEDIABEAT_COLLECTOR_READ_ANSWER_H
#define MEDIABEAT_COLLECTOR_READ_ANSWER_H

#include "answer.h"
#include "read_sessions.h"
#include "request.h"

/* Ends an answer whose body is written: 200, or 500 when memory ended or the store failed. */
void mbc_read_answer(mbc_store *store, mbc_answer *answer, mbc_reading_result result);

/* Answers with what `write` makes of the history of the session that the path names; it gets the body's writer. */
void mbc_read_answer_session(mbc_store *store, const mbc_request *request, mbc_history_visitor *write,
                             mbc_answer *answer);

#endif

/* Decides what an answer is to libmicrohttpd: its body, or a stream, and which headers go along. */
#ifndef MEDIABEAT_COLLECTOR_RESPONSE_H
#define MEDIABEAT_COLLECTOR_RESPONSE_H

#include "answer.h"
#include "stream.h"

/* Takes the body out of the answer. NULL: no memory. */
struct MHD_Response *mbc_response_make(mbc_answer *answer, struct MHD_Connection *connection, mbc_streams *streams);

/* The answer to almost every v1 event, which can be made once; and which answers are that one. NULL: no memory. */
struct MHD_Response *mbc_response_no_content(void);
bool mbc_response_is_no_content(const mbc_answer *answer);

#endif

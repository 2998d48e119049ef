/* Decides which headers go along with an answer because of whose answer it is: who may read it, what it is called,
 * and what a page that has it may do. */
#ifndef MEDIABEAT_COLLECTOR_HEADERS_H
#define MEDIABEAT_COLLECTOR_HEADERS_H

#include "answer.h"

/* What the request says about the page that sends it; NULL: nothing. */
typedef struct mbc_page {
  const char *origin;         /* Origin */
  const char *wanted_headers; /* Access-Control-Request-Headers: may I send these? */
} mbc_page;

/* Calls `add` for each; false when one of the calls returned false. */
bool mbc_headers_each(const mbc_answer *answer, const mbc_page *page,
                      bool (*add)(void *user, const char *name, const char *value), void *user);

#endif

/* Decides what is known of requests that were refused: the last ones, in memory alone. They leave no trace in sessions. */
#ifndef MEDIABEAT_COLLECTOR_REFUSALS_H
#define MEDIABEAT_COLLECTOR_REFUSALS_H

#include "answer.h"
#include "request.h"
#include "store.h"

enum { MBC_MOST_REFUSALS = 100, MBC_REFUSED_BODY = 2000 };

typedef struct mbc_refusal {
  int64_t received_at;
  int status;
  size_t size; /* of the whole body */
  char method[16], path[200], message[320];
  char body[MBC_REFUSED_BODY + 1]; /* its beginning */
} mbc_refusal;

/* A zeroed one has none. */
typedef struct mbc_refusals {
  int64_t count;                       /* since the collector started */
  mbc_refusal last[MBC_MOST_REFUSALS]; /* refusal n, counted from 0, stands at n % MBC_MOST_REFUSALS */
  char body[MBC_REFUSED_BODY + 1];     /* beginning of the one that is being looked at */
} mbc_refusals;

/* Before a handler takes the body apart. */
void mbc_refusals_look(mbc_refusals *refusals, const char *body, size_t size);

/* Notes the request when it was refused, or events in it were. */
void mbc_refusals_note(mbc_refusals *refusals, const mbc_request *request, const mbc_answer *answer);

/* GET /api/refused: an array of the last ones, in order of arrival. */
void mbc_refusals_get(mbc_store *store, const mbc_request *request, mbc_answer *answer);

#endif

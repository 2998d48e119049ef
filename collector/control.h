/* Decides what can be asked of a running collector beside what it keeps: how it is, what time it is, which faults are on,
 * and that a session ends. */
#ifndef MEDIABEAT_COLLECTOR_CONTROL_H
#define MEDIABEAT_COLLECTOR_CONTROL_H

#include "answer.h"
#include "request.h"
#include "store.h"

/* GET /api/health. For anybody: it says nothing about what is kept. */
void mbc_control_health(mbc_store *store, const mbc_request *request, mbc_answer *answer);

/* GET /api/clock; POST {"advance": ms} or {"now": ms}, of a manual clock. Sessions that are due then are closed before the
 * answer. */
void mbc_control_clock(mbc_store *store, const mbc_request *request, mbc_answer *answer);
void mbc_control_move_clock(mbc_store *store, const mbc_request *request, mbc_answer *answer);

/* GET, PUT an array, DELETE /api/faults. */
void mbc_control_faults(mbc_store *store, const mbc_request *request, mbc_answer *answer);
void mbc_control_set_faults(mbc_store *store, const mbc_request *request, mbc_answer *answer);
void mbc_control_clear_faults(mbc_store *store, const mbc_request *request, mbc_answer *answer);

/* POST /api/sessions/{id}/close: closes it as "forced". A closed one stays as it is. */
void mbc_control_close(mbc_store *store, const mbc_request *request, mbc_answer *answer);

#endif

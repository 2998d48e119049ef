/* Decides how the protocol table looks as JSON schemas. */
#ifndef MEDIABEAT_COLLECTOR_SCHEMA_H
#define MEDIABEAT_COLLECTOR_SCHEMA_H

#include "answer.h"
#include "request.h"
#include "store.h"

/* GET /api/v1/schemas/{eventType}: the draft-04 schema that bodies of this type are checked against. */
void mbc_schema_get(mbc_store *store, const mbc_request *request, mbc_answer *answer);

#endif

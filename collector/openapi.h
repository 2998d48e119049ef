/* Decides how the collector describes itself: openapi.json, which is part of the program. The file is written by hand; a
 * test compares it with the routes, and runs the collector against it. https://spec.openapis.org/oas/v3.1.0 */
#ifndef MEDIABEAT_COLLECTOR_OPENAPI_H
#define MEDIABEAT_COLLECTOR_OPENAPI_H

#include "answer.h"
#include "request.h"
#include "store.h"

/* Written at build time by openapi.cmake. */
extern const unsigned char mbc_openapi_text[];
extern const size_t mbc_openapi_size;

/* GET /api/openapi.json */
void mbc_openapi_get(mbc_store *store, const mbc_request *request, mbc_answer *answer);

#endif

/* Decides which handler serves a request: a table of methods and paths. */
#ifndef MEDIABEAT_COLLECTOR_ROUTES_H
#define MEDIABEAT_COLLECTOR_ROUTES_H

#include <stdbool.h>

#include "answer.h"
#include "request.h"
#include "store.h"

typedef void mbc_handler(mbc_store *store, const mbc_request *request, mbc_answer *answer);

typedef struct mbc_route {
  const char *method;
  const char *path; /* {} stands for one segment */
  bool batch;       /* the larger body limit */
  mbc_handler *handler;
} mbc_route;

typedef struct mbc_match {
  const mbc_route *route; /* NULL: refuse */
  const char *allow;      /* the method the path has, when it has another one */
  char argument[80];      /* a longer segment is cut: no id or type is that long */
} mbc_match;

/* Looks a request up before its body is read. HEAD goes where GET goes. */
void mbc_routes_match(const char *method, const char *path, mbc_match *match);

/* Answers a request that was matched: calls the handler, or says 204 to OPTIONS, 404 or 405. */
void mbc_routes_answer(const mbc_match *match, mbc_store *store, const mbc_request *request, mbc_answer *answer);

#endif

/* Decides which handler serves a request: tables of methods and paths. */
#ifndef MEDIABEAT_COLLECTOR_ROUTES_H
#define MEDIABEAT_COLLECTOR_ROUTES_H

#include <stdbool.h>

#include "answer.h"
#include "request.h"
#include "store.h"

typedef void mbc_handler(mbc_store *store, const mbc_request *request, mbc_answer *answer);

/* How long the body may be. */
typedef enum mbc_limit { MBC_LIMIT_BODY, MBC_LIMIT_BATCH, MBC_LIMIT_EDGE, MBC_LIMIT_COUNT } mbc_limit;

/* For whom a path is. */
typedef enum mbc_side {
  MBC_FOR_OWNER,   /* who may look, see token.h */
  MBC_FOR_CLIENTS, /* players: the protocols' own */
  MBC_FOR_ANYBODY
} mbc_side;

typedef struct mbc_route {
  const char *method;
  const char *path; /* {} stands for one segment */
  mbc_handler *handler;
  bool (*knows)(const char *argument); /* whether there is such a path; NULL: whatever the segment is */
  mbc_limit limit;
  mbc_side side;
} mbc_route;

enum { MBC_HINT_SIZE = 8 }; /* longest region */

typedef struct mbc_match {
  mbc_wire wire;          /* whose path it is, known or not */
  const mbc_route *route; /* NULL: refuse */
  mbc_side side;
  char allow[48];               /* the methods that the path has, when it has others; or empty */
  char argument[80];            /* a longer segment is cut: no id or type is that long */
  char hint[MBC_HINT_SIZE + 1]; /* region in the path, or empty */
} mbc_match;

/* Looks a request up before its body is read. HEAD goes where GET goes. */
void mbc_routes_match(const char *method, const char *path, mbc_match *match);

/* Answers a request that was matched: calls the handler, or says 204 to OPTIONS, 404 or 405. */
void mbc_routes_answer(const mbc_match *match, mbc_store *store, const mbc_request *request, mbc_answer *answer);

#endif

/* Decides how requests and answers travel, and when the store settles: HTTP by libmicrohttpd, in the caller's thread. */
#ifndef MEDIABEAT_COLLECTOR_SERVER_H
#define MEDIABEAT_COLLECTOR_SERVER_H

#include <stdbool.h>
#include <stddef.h>

#include "routes.h"
#include "store.h"
#include "workings.h"

typedef struct mbc_server mbc_server;

typedef struct mbc_settings {
  size_t limits[MBC_LIMIT_COUNT];         /* bytes */
  size_t header_limit;                    /* the same, of a request's head */
  size_t connections, connections_of_one; /* most at once; most from one address */
  int64_t request_ms;                     /* in which a request has to arrive */
  const char *token;                      /* see token.h; NULL: none */
  const char *org;                        /* see mbc_request */
  bool verbose;                           /* a line on standard error for each request */
} mbc_settings;

/* A server for connections that come in on `descriptor`, which it closes at the end in every case. NULL, with a sentence
 * in `error`, when it cannot be made. Free with mbc_server_free before the store is closed. */
mbc_server *mbc_server_new(int descriptor, mbc_store *store, const mbc_workings *workings, const mbc_settings *settings,
                           char *error, size_t size);
void mbc_server_free(mbc_server *server);

/* Serves until the descriptor `end` can be read. What has been answered by then is on file. False when waiting failed. */
bool mbc_server_run(mbc_server *server, int end);

#endif

/* Decides how requests and answers travel, and when the store settles: HTTP by libmicrohttpd, in the caller's thread. */
#ifndef MEDIABEAT_COLLECTOR_SERVER_H
#define MEDIABEAT_COLLECTOR_SERVER_H

#include <stdbool.h>
#include <stddef.h>

#include "store.h"

typedef struct mbc_server mbc_server;

typedef struct mbc_limits {
  size_t body, batch; /* bytes */
} mbc_limits;

/* A server for connections that come in on `descriptor`, which it closes at the end in every case. NULL, with a sentence
 * in `error`, when it cannot be made. Free with mbc_server_free before the store is closed. */
mbc_server *mbc_server_new(int descriptor, mbc_store *store, mbc_limits limits, bool verbose, char *error, size_t size);
void mbc_server_free(mbc_server *server);

/* Serves until the descriptor `end` can be read. What has been answered by then is on file. False when waiting failed. */
bool mbc_server_run(mbc_server *server, int end);

#endif

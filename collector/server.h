/* Decides how requests and answers travel: HTTP by libmicrohttpd, one thread, which is also the store's. */
#ifndef MEDIABEAT_COLLECTOR_SERVER_H
#define MEDIABEAT_COLLECTOR_SERVER_H

#include <stdbool.h>
#include <stddef.h>

#include "store.h"

typedef struct mbc_server mbc_server;

typedef struct mbc_limits {
  size_t body, batch; /* bytes */
} mbc_limits;

/* Serves connections that come in on `descriptor`, which it closes at the end in every case. Until mbc_server_stop the
 * store belongs to the server's thread. NULL, with a sentence in `error`, when it cannot be started. */
mbc_server *mbc_server_start(int descriptor, mbc_store *store, mbc_limits limits, bool verbose, char *error,
                             size_t size);

/* Ends the request in hand, drops the rest. NULL is fine. */
void mbc_server_stop(mbc_server *server);

#endif

/* Decides how long a connection may take: a client that sends its request byte by byte does not hold one for ever. Who
 * connects asks from then on; who was answered waits until the first line of the next request is there. */
#ifndef MEDIABEAT_COLLECTOR_CONNECTIONS_H
#define MEDIABEAT_COLLECTOR_CONNECTIONS_H

#include <stdint.h>

typedef enum mbc_phase { MBC_WAITING, MBC_ASKING, MBC_ANSWERING } mbc_phase;

/* An open connection. Times are ms of the steady clock. */
typedef struct mbc_connection {
  int descriptor;
  mbc_phase phase;
  int64_t since;
  struct mbc_connection *next, *previous;
} mbc_connection;

typedef struct mbc_connections {
  mbc_connection *first;
  unsigned count; /* of all, also of those there was no memory to watch */
} mbc_connections;

/* NULL: no memory; the connection is not watched. */
mbc_connection *mbc_connections_add(mbc_connections *connections, int descriptor, int64_t now);
void mbc_connections_remove(mbc_connections *connections, mbc_connection *connection); /* and frees it; may be NULL */

void mbc_connection_enter(mbc_connection *connection, mbc_phase phase, int64_t now); /* may be NULL */

/* Ends those that have been asking for longer than `asking`, or waiting for longer than `waiting`: the server finds them
 * at their end. */
void mbc_connections_end_slow(const mbc_connections *connections, int64_t now, int64_t asking, int64_t waiting);

#endif

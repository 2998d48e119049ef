/* Owns the list of open connections. */
#define _DEFAULT_SOURCE
#include "connections.h"

#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>

mbc_connection *mbc_connections_add(mbc_connections *connections, int descriptor, int64_t now) {
  mbc_connection *connection = malloc(sizeof *connection);
  connections->count++;
  if (!connection) return NULL;
  *connection =
      (mbc_connection){.descriptor = descriptor, .phase = MBC_ASKING, .since = now, .next = connections->first};
  if (connection->next) connection->next->previous = connection;
  return connections->first = connection;
}

void mbc_connections_remove(mbc_connections *connections, mbc_connection *connection) {
  connections->count--;
  if (!connection) return;
  if (connection->next) connection->next->previous = connection->previous;
  if (connection->previous)
    connection->previous->next = connection->next;
  else
    connections->first = connection->next;
  free(connection);
}

void mbc_connection_enter(mbc_connection *connection, mbc_phase phase, int64_t now) {
  if (!connection) return;
  connection->phase = phase;
  connection->since = now;
}

static bool is_slow(const mbc_connection *connection, int64_t now, int64_t asking, int64_t waiting) {
  if (connection->phase == MBC_ANSWERING) return false;
  return now - connection->since > (connection->phase == MBC_ASKING ? asking : waiting);
}

void mbc_connections_end_slow(const mbc_connections *connections, int64_t now, int64_t asking, int64_t waiting) {
  for (const mbc_connection *connection = connections->first; connection; connection = connection->next)
    if (is_slow(connection, now, asking, waiting)) shutdown(connection->descriptor, SHUT_RDWR);
}

/* Owns the counting of connections. */
#define _GNU_SOURCE
#include "count_connections.h"

#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static long opened;

long connections_opened(void) { return opened; }

/* NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): the C library's names are reserved */
__attribute__((visibility("default"))) int socket(int domain, int type, int protocol) {
  opened++;
  return (int)syscall(SYS_socket, domain, type, protocol);
}

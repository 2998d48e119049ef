/* Owns the making of the socket, so that a port that is taken is told apart from an address that is not ours. */
#define _DEFAULT_SOURCE
#include "listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 1024, HOST_SIZE = 64, PORT_SIZE = 8 };

/* A restarted collector gets its port back at once (SO_REUSEADDR); one that is in use stays in use. */
static bool bind_to(int descriptor, const struct addrinfo *where) {
  int on = 1;
  return setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
         bind(descriptor, where->ai_addr, where->ai_addrlen) == 0 && listen(descriptor, BACKLOG) == 0;
}

/* The port is only known now, when any was asked for. */
static bool name_url(int descriptor, char url[MBC_URL_SIZE]) {
  struct sockaddr_storage bound;
  socklen_t length = sizeof bound;
  char host[HOST_SIZE], port[PORT_SIZE];
  if (getsockname(descriptor, (struct sockaddr *)&bound, &length) != 0) return false;
  if (getnameinfo((struct sockaddr *)&bound, length, host, sizeof host, port, sizeof port,
                  NI_NUMERICHOST | NI_NUMERICSERV) != 0)
    return false;
  bool brackets = bound.ss_family == AF_INET6;
  snprintf(url, MBC_URL_SIZE, "http://%s%s%s:%s", brackets ? "[" : "", host, brackets ? "]" : "", port);
  return true;
}

static int listen_at(const struct addrinfo *where, char url[MBC_URL_SIZE]) {
  int descriptor = socket(where->ai_family, where->ai_socktype, where->ai_protocol);
  if (descriptor < 0) return MBC_LISTEN_FAILED;
  if (bind_to(descriptor, where) && name_url(descriptor, url)) return descriptor;
  int reason = errno;
  close(descriptor);
  errno = reason;
  return MBC_LISTEN_FAILED;
}

static bool is_loopback(const struct sockaddr *address) {
  if (address->sa_family == AF_INET) {
    struct sockaddr_in four;
    memcpy(&four, address, sizeof four);
    return ntohl(four.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
  }
  struct sockaddr_in6 six;
  if (address->sa_family != AF_INET6) return false;
  memcpy(&six, address, sizeof six);
  return IN6_IS_ADDR_LOOPBACK(&six.sin6_addr);
}

int mbc_listen(const char *address, unsigned port, bool open, char url[MBC_URL_SIZE], char *error, size_t size) {
  char service[PORT_SIZE];
  snprintf(service, sizeof service, "%u", port & 65535u);
  struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV}, *found;
  int status = getaddrinfo(address, service, &hints, &found);
  if (status != 0) {
    snprintf(error, size, "--listen %s: %s", address, gai_strerror(status));
    return MBC_LISTEN_FAILED;
  }
  int descriptor = open || is_loopback(found->ai_addr) ? listen_at(found, url) : MBC_LISTEN_REFUSED;
  if (descriptor == MBC_LISTEN_REFUSED)
    snprintf(error, size,
             "--listen %s: other machines reach this address, and could read and control everything: --token is needed",
             address);
  if (descriptor == MBC_LISTEN_FAILED)
    snprintf(error, size, "cannot listen on %s port %s: %s", address, service, strerror(errno));
  freeaddrinfo(found);
  return descriptor;
}

/* Decides what the core is while the transport is tested alone: requests that remember their answer, and a
 * configuration of fixed values. */
#ifndef MEDIABEAT_TESTS_FAKE_CORE_H
#define MEDIABEAT_TESTS_FAKE_CORE_H

#include <mediabeat/config.h>
#include <mediabeat/transport.h>

struct mb_config {
  const char *endpoint, *ca_bundle, *proxy;
  double max_connections, connect_timeout, answer_timeout;
  bool http2;
};

struct mb_request {
  const char *path, *body;
  size_t body_size;
  void *transport_user;
  void (*completed)(mb_request *request); /* may be NULL; may send again */
  int completions;
  int status;
  char location[256];
  int64_t retry_after_s;
  char *answer; /* freed by fake_request_clear */
  size_t answer_size;
  char error[256];
};

void fake_request_clear(mb_request *request);

#endif

/* Decides how requests leave: a small table of functions which the host, or mediabeat/curl.h, fills in. */
#ifndef MEDIABEAT_TRANSPORT_H
#define MEDIABEAT_TRANSPORT_H

#include "host.h"

#ifdef __cplusplus
extern "C" {
#endif

/* "No deadline": later than every time. */
#define MB_NEVER INT64_MAX

/* One request. Owned by the library; valid from send() until mb_request_complete() or cancel(). */
typedef struct mb_request mb_request;

MB_API const char *mb_request_method(const mb_request *request);             /* "POST" */
MB_API const char *mb_request_url(const mb_request *request);                /* endpoint and path */
MB_API const char *mb_request_path(const mb_request *request);               /* what follows the endpoint */
MB_API const char *mb_request_content_type(const mb_request *request);       /* "application/json" */
MB_API const char *mb_request_body(const mb_request *request, size_t *size); /* UTF-8, not terminated; does not move */
MB_API const char *mb_request_player(const mb_request *request);             /* name of the tracker or session */
MB_API uint32_t mb_request_session(const mb_request *request);               /* 1 for the player's first sessionStart */

/* A place for the transport's own pointer. */
MB_API void mb_request_set_user(mb_request *request, void *user);
MB_API void *mb_request_user(const mb_request *request);

/* The answer to a request. Texts may be NULL and need to be valid only during mb_request_complete. */
typedef struct mb_response {
  size_t size;           /* sizeof(mb_response) */
  int status;            /* HTTP status; 0: no answer came (connection refused, time-out, ...) */
  const char *location;  /* Location header */
  int64_t retry_after_s; /* Retry-After in seconds, 0 when absent */
  const char *body;      /* what the backend said; only read for error messages in protocol v1 */
  size_t body_size;
  const char *error; /* when status is 0: what failed, for the log */
  bool not_sent;     /* when status is 0: the backend cannot have seen the request, there was no connection */
} mb_response;

/* Tells the library how a request ended. Exactly once for each request that send() took, in the client's own thread;
 * from inside send() or poll() too. The request is gone afterwards. */
MB_API void mb_request_complete(mb_request *request, const mb_response *response, int64_t now_ms);

/* A transport. Copied by mb_client_new, which then owns `user` and gives it back with free(). */
typedef struct mb_transport {
  size_t size; /* sizeof(mb_transport) */
  void *user;

  /* How many requests may be under way at once, at least 1. */
  size_t capacity;

  /* Start a request without blocking. MB_OK: taken, mb_request_complete will follow (it may be called before send
   * returns). MB_BUSY: not now, ask again at the next tick, in 100 ms at the latest. Anything else counts as "no answer". */
  mb_status (*send)(void *user, mb_request *request, int64_t now_ms);

  /* Forget a request that was taken; mb_request_complete must not follow. */
  void (*cancel)(void *user, mb_request *request);

  /* Move I/O without blocking. Called by every tick while requests are under way. May be NULL. */
  void (*poll)(void *user, int64_t now_ms);

  /* When poll is next needed even if no I/O happens, on the host's clock; MB_NEVER if not. May be NULL. */
  int64_t (*next_deadline)(void *user);

  /* Block until I/O can move or timeout_ms has passed; returns the ms that really passed. The only function that may
   * look at a clock of its own. NULL: the transport cannot wait. */
  int64_t (*wait)(void *user, int64_t timeout_ms);

  /* A file descriptor that can be read when poll has I/O to move, the same for the transport's life, for hosts with a
   * loop of their own; -1: none. May be NULL. */
  int (*descriptor)(void *user);

  /* Release `user`. No request is under way. May be NULL. */
  void (*free)(void *user);
} mb_transport;

#ifdef __cplusplus
}
#endif

#endif

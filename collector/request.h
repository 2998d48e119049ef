/* What a handler gets: one HTTP request, complete and stamped. */
#ifndef MEDIABEAT_COLLECTOR_REQUEST_H
#define MEDIABEAT_COLLECTOR_REQUEST_H

#include <stddef.h>
#include <stdint.h>

#include "workings.h"

typedef struct mbc_request {
  const char *method, *path;
  const char *argument; /* what stands in the path where the route has {}; terminated, "" without one */
  const char *hint;     /* region in the path of a Media Edge request; "" without one */
  const char *org;      /* whose visitors these are: "...@AdobeOrg" */
  char *body;           /* not terminated; the handler may change it */
  size_t size;
  int64_t received_at; /* ms since 1970 UTC: the one clock reading that everything about this request uses */
  const char *(*query)(void *user, const char *name);  /* value of ?name=, or NULL */
  const char *(*header)(void *user, const char *name); /* value of a header, or NULL */
  void *user;                                          /* for both */
  const mbc_workings *workings;
} mbc_request;

#endif

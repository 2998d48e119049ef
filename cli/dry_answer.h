/* Decides what the built-in backend of a dry run says to a request: the statuses, headers and bodies of either wire. */
#ifndef MEDIABEAT_CLI_DRY_ANSWER_H
#define MEDIABEAT_CLI_DRY_ANSWER_H

#include <stdbool.h>
#include <stddef.h>

#include "writer.h"

/* A request, by its path. */
typedef struct dry_request {
  const char *path; /* with its query; must outlive this */
  size_t path_size; /* without it */
  bool edge;        /* of the Media Edge API, else of the Media Collection API */
  bool opens;       /* a session */
  bool delivers;    /* a whole session, downloaded */
} dry_request;

dry_request dry_request_of(const char *path);

/* The status of the protocol's success. */
int dry_answer_success(const dry_request *request);

/* Whether an answer with this status brings a session's id. */
bool dry_answer_brings_id(const dry_request *request, int status);

/* Writes what comes with a status, if anything: a body on the Media Edge API, else a Location. `session_id`: NULL when
 * there is none to bring. */
void dry_answer_write(mb__writer *writer, const dry_request *request, int status, const char *session_id);

#endif

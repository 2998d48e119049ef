/* Decides what answers when nothing is sent: a backend inside the command, which succeeds at once unless the log's
 * `backend` lines say otherwise. */
#ifndef MEDIABEAT_CLI_DRY_RUN_H
#define MEDIABEAT_CLI_DRY_RUN_H

#include "player_log.h"
#include "printer.h"

typedef struct dry_run dry_run;

/* A transport that prints each request and answers it itself; it belongs to the client that gets it. NULL: out of
 * memory. The dry_run is valid as long as the transport. */
dry_run *dry_run_new(request_printer printer, mb_transport *transport);

/* Answers from now on as a `backend` line says. False: out of memory. */
bool dry_run_backend(dry_run *answers, const log_line *line);

/* The log is over: answers that are outstanding come now, and later ones at once. */
void dry_run_end(dry_run *answers, int64_t now_ms);

#endif

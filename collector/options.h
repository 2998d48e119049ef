/* Decides what the command line of the collector says. */
#ifndef MEDIABEAT_COLLECTOR_OPTIONS_H
#define MEDIABEAT_COLLECTOR_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "injection.h"

typedef struct mbc_options {
  bool help, verbose, export, normalised;
  const char *listen;
  const char *data; /* NULL: memory */
  size_t port;
  size_t body_limit, batch_limit, edge_limit, header_limit, data_limit; /* bytes */
  size_t connection_limit, address_limit, session_limit, event_limit;
  size_t request_time;                                                           /* s */
  size_t timeout, complete_grace, movement_timeout, max_age, edge_max_age, gone; /* s; max_age 0: any */
  size_t keep_days;                                                              /* 0: as long as there is room */
  const char *org;
  const char *token; /* NULL: none */
  const char *clock;
  bool close_at_end, drop_after_close;
  bool clock_is_manual; /* these two are what clock says */
  int64_t clock_start;  /* ms; -1: now */
  mbc_injection injection;
} mbc_options;

extern const char mbc_options_help[];

/* Reads the arguments after argv[0]; texts stay the caller's. False, with a sentence in `error`, on bad usage. */
bool mbc_options_read(int argc, char **argv, mbc_options *options, char *error, size_t size);

#endif

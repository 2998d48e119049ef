/* Decides what a replay comes to: the closing words and the exit status. */
#ifndef MEDIABEAT_CLI_SUMMARY_H
#define MEDIABEAT_CLI_SUMMARY_H

#include <mediabeat/client.h>

#include "console.h"

typedef struct summary {
  mb_stats stats;
  mb_consent consent;     /* as it is at the end: what waits for it is held back on purpose */
  bool of_store;          /* no log was played: all events were recovered, or end their sessions */
  uint64_t invalid_calls; /* refused for their arguments, which the library does not count */
} summary;

/* Says where the events went. Returns 0 when each was delivered, stored, or held back by consent, else 1. */
int summary_say(const summary *sum, cli_console *console);

#endif

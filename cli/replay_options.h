/* Decides what can be asked of `mediabeat replay`. */
#ifndef MEDIABEAT_CLI_REPLAY_OPTIONS_H
#define MEDIABEAT_CLI_REPLAY_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "console.h"

typedef struct replay_options {
  const char *log; /* path, "-" for stdin, NULL when none was named */
  bool dry_run, check_config, follow, show, verbose, quiet, help, version;
  const char *to, *protocol, *config, *store;
  const char *speed_text, *epoch_text, *drain_text;

  double speed;     /* 0: as fast as it can be done */
  bool shifts;      /* --epoch was given */
  int64_t epoch_ms; /* when the log's first line is to be */
  int64_t drain_ms;
} replay_options;

typedef enum options_result { OPTIONS_RUN, OPTIONS_DONE, OPTIONS_WRONG } options_result;

/* Reads the command line. OPTIONS_DONE: help or version was printed; OPTIONS_WRONG: what is wrong was said. */
options_result replay_options_read(replay_options *options, int argc, char **argv, cli_console *console);

#endif

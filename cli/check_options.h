/* Decides what can be asked of `mediabeat check`. */
#ifndef MEDIABEAT_CLI_CHECK_OPTIONS_H
#define MEDIABEAT_CLI_CHECK_OPTIONS_H

#include <stdbool.h>

#include "console.h"
#include "read_sessions.h"
#include "replay_options.h"

typedef struct check_options {
  const char *source;
  bool json, strict, all, help, version;
  const char *reason_text, *token;

  mbc_reason reason;
} check_options;

options_result check_options_read(check_options *options, int argc, char **argv, cli_console *console);

#endif

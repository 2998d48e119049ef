/* Decides what can be asked of `mediabeat check`. */
#ifndef MEDIABEAT_CLI_CHECK_OPTIONS_H
#define MEDIABEAT_CLI_CHECK_OPTIONS_H

#include <stdbool.h>

#include "console.h"
#include "replay_options.h"
#include "report_input.h"

typedef struct check_options {
  report_source source;
  bool json, strict, all, help, version;
} check_options;

options_result check_options_read(check_options *options, int argc, char **argv, cli_console *console);

#endif

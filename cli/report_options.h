/* Decides what can be asked of `mediabeat report`. */
#ifndef MEDIABEAT_CLI_REPORT_OPTIONS_H
#define MEDIABEAT_CLI_REPORT_OPTIONS_H

#include <stdbool.h>

#include "console.h"
#include "replay_options.h"
#include "report_input.h"

typedef struct report_options {
  report_source source;
  bool json, help, version;
} report_options;

options_result report_options_read(report_options *options, int argc, char **argv, cli_console *console);

#endif

/* Decides what can be asked of `mediabeat store`. */
#ifndef MEDIABEAT_CLI_STORE_OPTIONS_H
#define MEDIABEAT_CLI_STORE_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "console.h"
#include "replay_options.h"

typedef struct store_options {
  const char *folder;
  bool json, export, send, purge, yes, verbose, quiet, help, version;
  const char *to, *protocol, *config;
  const char *patience_text;

  int64_t patience_ms;
} store_options;

options_result store_options_read(store_options *options, int argc, char **argv, cli_console *console);

#endif

/* Decides the configuration of a replay: defaults, then --config, then the log's configure line, then options. */
#ifndef MEDIABEAT_CLI_SETUP_H
#define MEDIABEAT_CLI_SETUP_H

#include <mediabeat/config.h>

#include "player_log.h"
#include "replay_options.h"

/* `first` is the log's first line, or NULL. NULL: it cannot be, and why was said. */
mb_config *setup_config(const replay_options *options, const char *log_name, const log_line *first,
                        cli_console *console);

/* Whether a client can be made that does what the options want; says what is missing. */
bool setup_complete(const replay_options *options, mb_config *config, cli_console *console);

/* --check-config: says what is wrong, with -v also what holds. Returns the exit status. */
int setup_check(const replay_options *options, mb_config *config, cli_console *console);

#endif

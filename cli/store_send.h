/* Decides how what waits in a store is delivered by hand. */
#ifndef MEDIABEAT_CLI_STORE_SEND_H
#define MEDIABEAT_CLI_STORE_SEND_H

#include "store_options.h"

/* Delivers what clients that are gone have left, and says what became of it. Returns the exit status. */
int store_send(const store_options *options, cli_console *console);

#endif

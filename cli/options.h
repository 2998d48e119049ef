/* Decides how a command line is read and how --help shows it: one table of options for both. */
#ifndef MEDIABEAT_CLI_OPTIONS_H
#define MEDIABEAT_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "console.h"

typedef struct cli_option {
  char letter;          /* 0: none */
  const char *name;     /* without the dashes */
  const char *argument; /* its name in the help, NULL for a switch */
  const char *help;     /* lines after the first are indented by the printer */
  size_t offset;        /* of a bool (switch) or const char * in the options' struct */
} cli_option;

typedef struct cli_options {
  const char *command;     /* "mediabeat replay" */
  const cli_option *table; /* ends with a NULL name */
  const char *operand;     /* what may be named once: "log" */
} cli_options;

/* Fills `values` from the arguments behind the command. At most one operand, which stays as it was when there is none.
 * False when the command line is wrong; it has then been said. */
bool cli_options_parse(const cli_options *options, int argc, char **argv, void *values, const char **operand,
                       cli_console *console);

/* The table as lines of a help text on stdout. */
void cli_options_print(const cli_options *options);

/* The nearest of count names `stride` bytes apart, or NULL when none is near enough to be meant. */
const char *cli_nearest(const char *word, const char *const *names, size_t stride);

#endif

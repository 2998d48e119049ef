/* Decides how the command talks to a person: messages and progress on stderr, colour only where it is wanted. */
#ifndef MEDIABEAT_CLI_CONSOLE_H
#define MEDIABEAT_CLI_CONSOLE_H

#include <mediabeat/host.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#if defined(__GNUC__)
#  define CONSOLE_PRINTF(at, first) __attribute__((__format__(__printf__, at, first)))
#else
#  define CONSOLE_PRINTF(at, first)
#endif

typedef struct cli_console {
  bool verbose;
  bool quiet;       /* errors only */
  bool terminal;    /* stderr is one: progress may be shown */
  bool colour;      /* on stderr */
  bool in_progress; /* the cursor stands behind a progress text */
  const char *file; /* the log that is being played, NULL outside */
  size_t line;      /* its line that is being played */
} cli_console;

void console_init(cli_console *console);

/* How many bytes at the start of a text a terminal might obey: controls, and what turns the direction of writing. */
size_t console_controls(const char *text);

/* Whether to colour what goes to this stream: a terminal, and NO_COLOR not set (https://no-color.org). */
bool console_may_colour(FILE *stream);

/* "mediabeat: ..." on stderr; errors go out also when quiet. */
void console_error(cli_console *console, const char *format, ...) CONSOLE_PRINTF(2, 3);
void console_note(cli_console *console, const char *format, ...) CONSOLE_PRINTF(2, 3);

/* "FILE:LINE: ..." on stderr. */
void console_error_at(cli_console *console, const char *file, size_t line, const char *format, ...)
    CONSOLE_PRINTF(4, 5);
void console_note_at(cli_console *console, const char *file, size_t line, const char *format, ...) CONSOLE_PRINTF(4, 5);

/* Replaces the last line of a terminal; elsewhere nothing. */
void console_progress(cli_console *console, const char *format, ...) CONSOLE_PRINTF(2, 3);
void console_end_progress(cli_console *console);

/* mb_host's log function; `user` is the console. A message names the line of the log that led to it. */
void console_log(void *user, mb_log_level level, const char *message);

#endif

/* Decides where sessions come from: a file of one kind or another, or a collector that runs. */
#ifndef MEDIABEAT_CLI_REPORT_INPUT_H
#define MEDIABEAT_CLI_REPORT_INPUT_H

#include <stdbool.h>

#include "console.h"
#include "read_sessions.h"
#include "writer.h"

bool report_is_url(const char *source);

/* What every command that reads sessions can be told of them. */
typedef struct report_source {
  const char *place; /* FILE or URL */
  const char *reason_text, *token;
  mbc_assumptions assumed; /* its reason is read from the text */
} report_source;

/* The rows of a table of options, without the comma behind the last; `member` is the options' report_source. */
#define REPORT_SOURCE_OPTIONS(type, member)                                                             \
  {0, "close-reason", "WHY",                                                                            \
   "how sessions of a FILE closed that have no sessionEnd: timeout10m\n(the default), timeout30m, "     \
   "maxAge24h, batchEnd, forced or sessionEnd",                                                         \
   offsetof(type, member.reason_text)},                                                                 \
  {                                                                                                     \
    0, "token", "TOKEN", "what the collector at the URL was started with", offsetof(type, member.token) \
  }

/* Reads the reason. Returns what is wrong with what was asked, or NULL. */
const char *report_source_check(report_source *source);

/* Gives each session of the source, a file, to the visitor. What went wrong was said. */
mbc_reading_result report_read_file(const report_source *source, mbc_history_visitor *visit, void *user,
                                    cli_console *console);

/* Appends what the collector at this URL answers to GET `path`. MBC_READ_NONSENSE: it is no collector. */
mbc_reading_result report_fetch(const char *url, const char *path, const char *token, mb__writer *out,
                                cli_console *console);

#endif

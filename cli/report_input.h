/* Decides where sessions come from: a file of one kind or another, or a collector that runs. */
#ifndef MEDIABEAT_CLI_REPORT_INPUT_H
#define MEDIABEAT_CLI_REPORT_INPUT_H

#include <stdbool.h>

#include "console.h"
#include "read_sessions.h"
#include "writer.h"

bool report_is_url(const char *source);

/* Gives each session of a file to the visitor. What went wrong was said. */
mbc_reading_result report_read_file(const char *path, mbc_reason reason, mbc_history_visitor *visit, void *user,
                                    cli_console *console);

/* Appends what the collector at this URL answers to GET `path`. MBC_READ_NONSENSE: it is no collector. */
mbc_reading_result report_fetch(const char *url, const char *path, const char *token, mb__writer *out,
                                cli_console *console);

#endif

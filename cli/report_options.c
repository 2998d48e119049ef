/* Owns the options of `mediabeat report` and its help. */
#include "report_options.h"

#include <mediabeat/mediabeat.h>
#include <stddef.h>
#include <stdio.h>

#include "options.h"
#include "read_sessions.h"

#define AT(member) offsetof(report_options, member)

static const cli_option table[] = {
    {0, "json", NULL, "one JSON object instead of a table", AT(json)},
    {0, "close-reason", "WHY",
     "how sessions of a FILE closed that have no sessionEnd: timeout10m\n(the default), timeout30m, maxAge24h, "
     "batchEnd, "
     "forced or sessionEnd",
     AT(reason_text)},
    {0, "token", "TOKEN", "what the collector at the URL was started with", AT(token)},
    {'h', "help", NULL, "this text", AT(help)},
    {0, "version", NULL, "the version", AT(version)},
    {0, NULL, NULL, NULL, 0},
};

static const cli_options line = {"mediabeat report", table, "source"};

static void print_help(void) {
  puts("usage: mediabeat report [OPTION]... FILE|URL\n\n"
       "Measures sessions as Adobe's backend reports them: starts, time spent, ads, chapters, quality,\n"
       "and what they come to together. FILE is a collector's data file, its export, or an array of\n"
       "events as JSON; - is standard input. URL is a running collector's.\n");
  cli_options_print(&line);
  puts("\nexamples:\n"
       "  mediabeat report run.db                        a table\n"
       "  mediabeat report --json http://127.0.0.1:8484  everything, as JSON\n"
       "  mediabeat report --close-reason timeout30m events.json\n"
       "\nexit status:\n"
       "  0  it was done\n"
       "  1  FILE or URL cannot be read\n"
       "  2  bad usage, or what was read is no sessions");
}

static const char *problem_of(report_options *options) {
  if (!options->source) return "a FILE or a URL is needed";
  if (options->token && !report_is_url(options->source)) return "--token is for a URL";
  if (!options->reason_text) return NULL;
  if (report_is_url(options->source)) return "--close-reason is for a FILE: a collector knows how its sessions closed";
  options->reason = mbc_reason_named(options->reason_text);
  return options->reason == MBC_NOT_CLOSED
             ? "--close-reason is one of sessionEnd, batchEnd, timeout10m, timeout30m, maxAge24h and forced"
             : NULL;
}

options_result report_options_read(report_options *options, int argc, char **argv, cli_console *console) {
  *options = (report_options){.source = NULL};
  if (!cli_options_parse(&line, argc, argv, options, &options->source, console)) return OPTIONS_WRONG;
  if (options->help) return print_help(), OPTIONS_DONE;
  if (options->version) return printf("mediabeat %s\n", mb_version()), OPTIONS_DONE;
  const char *problem = problem_of(options);
  if (!problem) return OPTIONS_RUN;
  console_error(console, "%s", problem);
  fputs("Try 'mediabeat report --help'.\n", stderr);
  return OPTIONS_WRONG;
}

/* Owns the options of `mediabeat check` and its help. */
#include "check_options.h"

#include <mediabeat/mediabeat.h>
#include <stddef.h>
#include <stdio.h>

#include "options.h"
#include "report_input.h"

#define AT(member) offsetof(check_options, member)

static const cli_option table[] = {
    {0, "json", NULL, "one JSON object instead of lines", AT(json)},
    {0, "strict", NULL, "warnings are errors", AT(strict)},
    {'a', "all", NULL, "print notes too, and every repetition", AT(all)},
    {0, "close-reason", "WHY",
     "how sessions of a FILE closed that have no sessionEnd: timeout10m\n(the default), timeout30m, maxAge24h, "
     "batchEnd, forced or sessionEnd",
     AT(reason_text)},
    {0, "token", "TOKEN", "what the collector at the URL was started with", AT(token)},
    {'h', "help", NULL, "this text", AT(help)},
    {0, "version", NULL, "the version", AT(version)},
    {0, NULL, NULL, NULL, 0},
};

static const cli_options line = {"mediabeat check", table, "source"};

static void print_help(void) {
  puts("usage: mediabeat check [OPTION]... FILE|URL\n\n"
       "Finds what is wrong in sessions though every event of them fits its schema: ads outside a break,\n"
       "times that fall, playheads beyond the end, and more. FILE is a collector's data file, its export,\n"
       "or an array of events as JSON; - is standard input. URL is a running collector's.\n");
  cli_options_print(&line);
  puts("\nexamples:\n"
       "  mediabeat check run.db                          what is wrong, a line each\n"
       "  mediabeat check --strict http://127.0.0.1:8484  fail at warnings, too\n"
       "  mediabeat check --json events.json              everything, as JSON\n"
       "\nexit status:\n"
       "  0  no error was found\n"
       "  1  an error was found; with --strict, or a warning\n"
       "  2  bad usage, FILE or URL cannot be read, or what was read is no sessions");
}

static const char *problem_of(check_options *options) {
  if (!options->source) return "a FILE or a URL is needed";
  if (options->token && !report_is_url(options->source)) return "--token is for a URL";
  if (!options->reason_text) return NULL;
  if (report_is_url(options->source)) return "--close-reason is for a FILE: a collector knows how its sessions closed";
  options->reason = mbc_reason_named(options->reason_text);
  return options->reason == MBC_NOT_CLOSED
             ? "--close-reason is one of sessionEnd, batchEnd, timeout10m, timeout30m, maxAge24h and forced"
             : NULL;
}

options_result check_options_read(check_options *options, int argc, char **argv, cli_console *console) {
  *options = (check_options){.source = NULL};
  if (!cli_options_parse(&line, argc, argv, options, &options->source, console)) return OPTIONS_WRONG;
  if (options->help) return print_help(), OPTIONS_DONE;
  if (options->version) return printf("mediabeat %s\n", mb_version()), OPTIONS_DONE;
  const char *problem = problem_of(options);
  if (!problem) return OPTIONS_RUN;
  console_error(console, "%s", problem);
  fputs("Try 'mediabeat check --help'.\n", stderr);
  return OPTIONS_WRONG;
}

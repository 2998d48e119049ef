/* Owns the options of `mediabeat check` and its help. */
#include "check_options.h"

#include <mediabeat/mediabeat.h>
#include <stddef.h>
#include <stdio.h>

#include "options.h"

#define AT(member) offsetof(check_options, member)

static const cli_option table[] = {
    {0, "json", NULL, "one JSON object instead of lines", AT(json)},
    {0, "strict", NULL, "warnings are errors", AT(strict)},
    {'a', "all", NULL, "print notes too, and every repetition", AT(all)},
    REPORT_SOURCE_OPTIONS(check_options, source),
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

options_result check_options_read(check_options *options, int argc, char **argv, cli_console *console) {
  *options = (check_options){.json = false};
  if (!cli_options_parse(&line, argc, argv, options, &options->source.place, console)) return OPTIONS_WRONG;
  if (options->help) return print_help(), OPTIONS_DONE;
  if (options->version) return printf("mediabeat %s\n", mb_version()), OPTIONS_DONE;
  const char *problem = report_source_check(&options->source);
  if (!problem) return OPTIONS_RUN;
  console_error(console, "%s", problem);
  fputs("Try 'mediabeat check --help'.\n", stderr);
  return OPTIONS_WRONG;
}

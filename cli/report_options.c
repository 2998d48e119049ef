/* Owns the options of `mediabeat report` and its help. */
#include "report_options.h"

#include <mediabeat/mediabeat.h>
#include <stddef.h>
#include <stdio.h>

#include "options.h"

#define AT(member) offsetof(report_options, member)

static const cli_option table[] = {
    {0, "json", NULL, "one JSON object instead of a table", AT(json)},
    REPORT_SOURCE_OPTIONS(report_options, source),
    {0, "lenient-bookends", NULL, "of a FILE: ads of a break count whether it ends or not",
     AT(source.assumed.choices.lenient_bookends)},
    {0, "passed-markers", NULL, "of a FILE: progress is what was played, not what a seek went over",
     AT(source.assumed.choices.passed_markers)},
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

static const char *check_choices(const report_source *source) {
  const mbc_choices *choices = &source->assumed.choices;
  bool is_asked = choices->lenient_bookends || choices->passed_markers;
  return is_asked && report_is_url(source->place)
             ? "--lenient-bookends and --passed-markers are for a FILE: a collector has made its report"
             : NULL;
}

options_result report_options_read(report_options *options, int argc, char **argv, cli_console *console) {
  *options = (report_options){.json = false};
  if (!cli_options_parse(&line, argc, argv, options, &options->source.place, console)) return OPTIONS_WRONG;
  if (options->help) return print_help(), OPTIONS_DONE;
  if (options->version) return printf("mediabeat %s\n", mb_version()), OPTIONS_DONE;
  const char *problem = report_source_check(&options->source);
  if (!problem) problem = check_choices(&options->source);
  if (!problem) return OPTIONS_RUN;
  console_error(console, "%s", problem);
  fputs("Try 'mediabeat report --help'.\n", stderr);
  return OPTIONS_WRONG;
}

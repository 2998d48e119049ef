/* Owns the options of `mediabeat replay` and its help. */
#include "replay_options.h"

#include <errno.h>
#include <mediabeat/mediabeat.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host.h"
#include "options.h"

#define AT(member) offsetof(replay_options, member)

static const cli_option table[] = {
    {0, "dry-run", NULL, "send nothing: print every request as a line of JSON and\nanswer it here, at once",
     AT(dry_run)},
    {0, "to", "URL", "send to this endpoint, of either protocol, such as\nhttp://127.0.0.1:8484", AT(to)},
    {0, "protocol", "NAME", "collection-v1, downloaded-v1, or edge-va-v1 for the Media Edge\nAPI", AT(protocol)},
    {0, "config", "FILE", "configuration: a JSON object. The log's configure line goes\nover it, options over both",
     AT(config)},
    {0, "store", "FOLDER", "keep events in this folder until they are delivered, and\ndeliver what is left in it",
     AT(store)},
    {0, "check-config", NULL, "say what is wrong with the configuration and stop", AT(check_config)},
    {0, "speed", "N|max", "N times real time. 1 when sending, max in a dry run", AT(speed_text)},
    {0, "epoch", "MS|now", "move the log in time: its first line is at this moment\n(milliseconds since 1970, or now)",
     AT(epoch_text)},
    {0, "drain", "SECONDS", "how long to go on delivering when the log is over (30)", AT(drain_text)},
    {0, "follow", NULL, "play lines as they come, at their pace, unchecked before", AT(follow)},
    {0, "show", NULL, "print a line for each event as it goes out; in a dry run\ninstead of the requests", AT(show)},
    {'v', "verbose", NULL, "name refused calls; say what the library does", AT(verbose)},
    {'q', "quiet", NULL, "errors only", AT(quiet)},
    {'h', "help", NULL, "this text", AT(help)},
    {0, "version", NULL, "the version", AT(version)},
    {0, NULL, NULL, NULL, 0},
};

static const cli_options line = {"mediabeat replay", table, "log"};

static void print_help(void) {
  puts("usage: mediabeat replay [OPTION]... LOG\n\n"
       "Plays a player log (JSON Lines, - for stdin, also .gz): every call goes to the library at\n"
       "the time it was made. The log is checked whole before the first request.\n");
  cli_options_print(&line);
  puts("\nexamples:\n"
       "  mediabeat replay --dry-run vod-with-ads.jsonl              every request, without sending\n"
       "  mediabeat replay --dry-run --show vod-with-ads.jsonl       the events as a timeline\n"
       "  mediabeat replay --to http://127.0.0.1:8484 --epoch now --show vod-with-ads.jsonl\n"
       "                                                             as it happened, happening now\n"
       "  mediabeat replay --to URL --config live.json --speed max session.jsonl.gz\n"
       "                                                             as fast as the backend takes it\n"
       "  tail -f player.jsonl | mediabeat replay --follow --to URL -\n"
       "\nexit status:\n"
       "  0  every event was delivered, is stored for later, or was held back by consent (calls that a rule\n"
       "     refuses are no failure)\n"
       "  1  an event was dropped or left undelivered for another reason\n"
       "  2  bad usage, a line that is no player log, an incomplete configuration\n"
       "  130  interrupted");
}

static bool wrong(cli_console *console, const char *problem, const char *value) {
  console_error(console, "%s, not %s", problem, value);
  return false;
}

static bool read_number(const char *text, double least, double most, double *number) {
  char *end;
  errno = 0;
  *number = strtod(text, &end);
  return end != text && !*end && !errno && *number >= least && *number <= most;
}

static bool read_speed(replay_options *options, cli_console *console) {
  const char *text = options->speed_text;
  options->speed = options->dry_run || options->follow ? 0 : 1;
  if (!text || strcmp(text, "max") == 0) return options->speed = text ? 0 : options->speed, true;
  if (read_number(text, 0.001, 1e6, &options->speed)) return true;
  return wrong(console, "--speed needs a number from 0.001 to 1000000, or max", text);
}

static bool read_epoch(replay_options *options, cli_console *console) {
  const char *text = options->epoch_text;
  double number;
  options->shifts = text != NULL;
  if (!text) return true;
  if (strcmp(text, "now") == 0) return options->epoch_ms = host_epoch_ms(), true;
  if (!read_number(text, 0, 253402300799999.0, &number))
    return wrong(console, "--epoch needs milliseconds since 1970, or now", text);
  options->epoch_ms = (int64_t)number;
  return true;
}

static bool read_drain(replay_options *options, cli_console *console) {
  double seconds = 30;
  if (options->drain_text && !read_number(options->drain_text, 0, 1e6, &seconds))
    return wrong(console, "--drain needs seconds, 0 to 1000000", options->drain_text);
  options->drain_ms = (int64_t)(seconds * 1000);
  return true;
}

static bool check_combination(const replay_options *options, cli_console *console) {
  const char *problem = NULL;
  if (options->dry_run && options->to) problem = "--dry-run sends nothing: it cannot be given with --to";
  if (options->follow && options->speed_text) problem = "--follow goes at the pace of its input: it takes no --speed";
  if (!options->log && !options->check_config) problem = "which log? Name a file, or - for stdin";
  if (problem) console_error(console, "%s", problem);
  if (problem) fputs("Try 'mediabeat replay --help'.\n", stderr);
  return !problem;
}

options_result replay_options_read(replay_options *options, int argc, char **argv, cli_console *console) {
  *options = (replay_options){.log = NULL};
  if (!cli_options_parse(&line, argc, argv, options, &options->log, console)) return OPTIONS_WRONG;
  if (options->help) return print_help(), OPTIONS_DONE;
  if (options->version) return printf("mediabeat %s\n", mb_version()), OPTIONS_DONE;
  console->verbose = options->verbose;
  console->quiet = options->quiet;
  bool good = check_combination(options, console) && read_speed(options, console) && read_epoch(options, console) &&
              read_drain(options, console);
  return good ? OPTIONS_RUN : OPTIONS_WRONG;
}

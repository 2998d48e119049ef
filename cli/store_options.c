/* Owns the options of `mediabeat store` and its help. */
#include "store_options.h"

#include <errno.h>
#include <mediabeat/mediabeat.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "options.h"

#define AT(member) offsetof(store_options, member)

static const cli_option table[] = {
    {0, "json", NULL, "the list as JSON: a line for each session", AT(json)},
    {0, "export", NULL, "print every event that is not delivered, as a line of JSON", AT(export)},
    {0, "send", NULL, "deliver what clients that are gone have left", AT(send)},
    {0, "to", "URL", "send to this endpoint", AT(to)},
    {0, "protocol", "NAME", "send the sessions of this protocol: collection-v1 (both kinds)\nor edge-va-v1",
     AT(protocol)},
    {'c', "config", "FILE", "configuration for sending: a JSON object. Options go over it", AT(config)},
    {0, "patience", "SECONDS", "stop sending when nothing was delivered for so long (30)", AT(patience_text)},
    {0, "purge", NULL, "remove what clients that are gone have left, and what was set\naside", AT(purge)},
    {0, "yes", NULL, "do not ask before", AT(yes)},
    {'v', "verbose", NULL, "name what is not of the store; say what the library does", AT(verbose)},
    {'q', "quiet", NULL, "errors only", AT(quiet)},
    {'h', "help", NULL, "this text", AT(help)},
    {0, "version", NULL, "the version", AT(version)},
    {0, NULL, NULL, NULL, 0},
};

static const cli_options line = {"mediabeat store", table, "folder"};

static void print_help(void) {
  puts("usage: mediabeat store [OPTION]... FOLDER\n\n"
       "Lists the sessions in a store: events on disk that are not delivered yet. Those of clients that\n"
       "are alive are shown and never touched.\n");
  cli_options_print(&line);
  puts("\nexamples:\n"
       "  mediabeat store /var/lib/player/media              what is in it\n"
       "  mediabeat store --export /var/lib/player/media     the events themselves\n"
       "  mediabeat store --send --to URL /var/lib/player/media\n"
       "                                                     deliver what no client is there for\n"
       "  mediabeat store --purge --yes /var/lib/player/media\n"
       "\nexit status:\n"
       "  0  it was done\n"
       "  1  a session cannot be read, is left undelivered, or was not removed\n"
       "  2  bad usage, no store, an incomplete configuration\n"
       "  130  interrupted");
}

static const char *problem_of(const store_options *options) {
  int actions = options->json + options->export + options->send + options->purge;
  bool for_sending = options->to || options->protocol || options->config || options->patience_text;
  if (actions > 1) return "only one of --json, --export, --send and --purge at a time";
  if (for_sending && !options->send) return "--to, --protocol, --config and --patience go with --send";
  if (options->yes && !options->purge) return "--yes goes with --purge";
  if (!options->folder) return "which folder?";
  return NULL;
}

static bool read_patience(store_options *options, cli_console *console) {
  const char *text = options->patience_text ? options->patience_text : "30";
  char *end;
  errno = 0;
  double seconds = strtod(text, &end);
  bool good = end != text && !*end && !errno && seconds >= 0 && seconds <= 1e6;
  if (!good) console_error(console, "--patience needs seconds, 0 to 1000000, not %s", text);
  options->patience_ms = good ? (int64_t)(seconds * 1000) : 0;
  return good;
}

options_result store_options_read(store_options *options, int argc, char **argv, cli_console *console) {
  *options = (store_options){.folder = NULL};
  if (!cli_options_parse(&line, argc, argv, options, &options->folder, console)) return OPTIONS_WRONG;
  if (options->help) return print_help(), OPTIONS_DONE;
  if (options->version) return printf("mediabeat %s\n", mb_version()), OPTIONS_DONE;
  console->verbose = options->verbose;
  console->quiet = options->quiet;
  const char *problem = problem_of(options);
  if (problem) {
    console_error(console, "%s", problem);
    fputs("Try 'mediabeat store --help'.\n", stderr);
  }
  return !problem && read_patience(options, console) ? OPTIONS_RUN : OPTIONS_WRONG;
}

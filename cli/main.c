/* Decides which commands there are. */
#include <mediabeat/mediabeat.h>
#include <stdio.h>
#include <string.h>

#include "check_command.h"
#include "collector.h"
#include "console.h"
#include "options.h"
#include "replay.h"
#include "report_command.h"
#include "store_command.h"

typedef struct command {
  const char *name;
  int (*run)(int argc, char **argv);
  const char *help;
} command;

static int help(int argc, char **argv);
static int version(int argc, char **argv);

static const command commands[] = {
    {"replay", replay_command, "play a player log: to a backend, or dry to see every request"},
    {"store", store_command, "what waits on disk: list it, send it, remove it"},
    {"collector", mb_collector_command, "a backend on this machine, to see what is sent"},
    {"report", report_command, "what sessions come to: Adobe's metrics, of a collector or a file"},
    {"check", check_command, "what is wrong in sessions: a gate for a player's tests"},
    {"help", help, "what a command does"},
    {"version", version, "the version of the command and its library"},
    {NULL, NULL, NULL},
};

static const command *find(const char *name) {
  for (const command *c = commands; c->name; c++)
    if (strcmp(c->name, name) == 0) return c;
  return NULL;
}

static void print_usage(FILE *stream) {
  fputs("usage: mediabeat COMMAND ...\n\nStreaming-media analytics for native players.\n\n", stream);
  for (const command *c = commands; c->name; c++) fprintf(stream, "  %-12s%s\n", c->name, c->help);
  fputs("\nexamples:\n"
        "  mediabeat replay --dry-run session.jsonl      every request this log makes, without sending\n"
        "  mediabeat collector                           a backend to try things against\n"
        "  mediabeat replay --to http://127.0.0.1:8484 --show session.jsonl\n"
        "\n'mediabeat COMMAND --help' says more about each.\n",
        stream);
}

static int unknown(const char *name) {
  cli_console console;
  console_init(&console);
  const char *near = cli_nearest(name, &commands->name, sizeof *commands);
  if (near)
    console_error(&console, "unknown command '%s'; did you mean '%s'?", name, near);
  else
    console_error(&console, "unknown command '%s'", name);
  fputs("Try 'mediabeat --help'.\n", stderr);
  return 2;
}

static int help(int argc, char **argv) {
  if (argc < 2) return print_usage(stdout), 0;
  const command *c = find(argv[1]);
  if (!c) return unknown(argv[1]);
  if (c->run == help || c->run == version) return printf("mediabeat %s: %s\n", c->name, c->help), 0;
  char name[32], option[] = "--help";
  snprintf(name, sizeof name, "%s", c->name);
  char *arguments[] = {name, option, NULL};
  return c->run(2, arguments);
}

static int version(int argc, char **argv) {
  (void)argc, (void)argv;
  printf("mediabeat %s\n", mb_version());
  return 0;
}

static int run(int argc, char **argv) {
  if (argc < 2) return print_usage(stderr), 2;
  if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) return print_usage(stdout), 0;
  if (strcmp(argv[1], "--version") == 0) return version(0, NULL);
  const command *c = find(argv[1]);
  return c ? c->run(argc - 1, argv + 1) : unknown(argv[1]);
}

/* Help and lists that nobody could read are a failure; who has said more about it has a status of its own. */
int main(int argc, char **argv) {
  int status = run(argc, argv);
  if (fflush(stdout) == 0 && !ferror(stdout)) return status;
  if (status == 0) perror("mediabeat: stdout");
  return status ? status : 1;
}

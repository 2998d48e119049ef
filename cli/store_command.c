/* Owns the actions of `mediabeat store` but sending. */
#include "store_command.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "client.h" /* with the store of the core: the collector has a store.h, too */
#include "host.h"
#include "random.h"
#include "store_options.h"
#include "store_print.h"
#include "store_send.h"

enum { EXIT_GOOD = 0, EXIT_UNREAD = 1, EXIT_WRONG = 2 };

static const char *plural(uint64_t count) { return count == 1 ? "" : "s"; }

static store_sums sum_of(const store_survey *survey) {
  store_sums sum = {0, 0, 0};
  for (int owner = 0; owner < STORE_OWNERS; owner++) {
    sum.sessions += survey->sums[owner].sessions;
    sum.waiting += survey->sums[owner].waiting;
    sum.bytes += survey->sums[owner].bytes;
  }
  return sum;
}

/* ---- Showing ---- */

static int show(const store_options *options, cli_console *console) {
  store_list list = {.now_ms = host_epoch_ms()};
  store_survey survey = {.root = options->folder, .console = console, .user = &list};
  survey.visit = options->json ? store_print_json : options->export ? store_print_events : store_print_line;
  if (!store_survey_run(&survey)) return EXIT_WRONG;
  store_sums sum = sum_of(&survey);
  fflush(stdout); /* the sum stands below the list; whether all could be written is asked at the end */
  console_note(console, "%" PRIu64 " session%s, %" PRIu64 " event%s not delivered", sum.sessions, plural(sum.sessions),
               sum.waiting, plural(sum.waiting));
  return survey.unreadable || survey.unsound ? EXIT_UNREAD : EXIT_GOOD;
}

/* ---- Removing ---- */

static bool look(const store_options *options, cli_console *console, bool silent, store_survey *survey) {
  *survey = (store_survey){.root = options->folder, .console = console, .silent = silent, .without_living = true};
  return store_survey_run(survey);
}

/* Nobody is asked who cannot answer. */
static bool may_remove(const store_options *options, cli_console *console, const store_sums *sum) {
  char answer[16] = "";
  if (options->yes) return true;
  if (!console->terminal || !isatty(STDIN_FILENO)) {
    console_error(console, "--purge needs --yes when nobody can be asked; %" PRIu64 " session%s would be removed",
                  sum->sessions, plural(sum->sessions));
    return false;
  }
  fprintf(stderr, "Remove %" PRIu64 " session%s with %" PRIu64 " event%s that %s not delivered? [y/N] ", sum->sessions,
          plural(sum->sessions), sum->waiting, plural(sum->waiting), sum->waiting == 1 ? "is" : "are");
  if (!fgets(answer, sizeof answer, stdin)) fputc('\n', stderr);
  return answer[0] == 'y' || answer[0] == 'Y';
}

static mb__fault erase(const store_options *options, cli_console *console) {
  mb__files files = mb__files_posix();
  mb__store_options how = {.memory = &mb__c_library,
                           .files = &files,
                           .folder = options->folder,
                           .seed = mb__random_seed(),
                           .user = console,
                           .note = console_log};
  mb__store *store;
  mb__fault fault = mb__store_open(&how, &store);
  if (fault) return fault;
  fault = mb__store_erase(store);
  mb__store_free(store);
  if (fault) console_error(console, "%s: %s", options->folder, mb__fault_text(fault));
  return fault;
}

static void say_removed(cli_console *console, const store_sums *before, const store_sums *after) {
  uint64_t sessions = before->sessions > after->sessions ? before->sessions - after->sessions : 0;
  uint64_t events = before->waiting > after->waiting ? before->waiting - after->waiting : 0;
  console_note(console, "%" PRIu64 " session%s removed, with %" PRIu64 " event%s not delivered", sessions,
               plural(sessions), events, plural(events));
}

static int purge(const store_options *options, cli_console *console) {
  store_survey survey;
  if (!look(options, console, true, &survey)) return EXIT_WRONG;
  store_sums before = sum_of(&survey);
  bool anything = before.sessions || survey.unreadable;
  if (anything && !may_remove(options, console, &before)) return EXIT_WRONG;
  mb__fault fault = anything ? erase(options, console) : MB__FAULT_OK;
  if (!look(options, console, false, &survey)) return EXIT_UNREAD;
  store_sums after = sum_of(&survey);
  say_removed(console, &before, &after);
  return fault || after.sessions || survey.unreadable ? EXIT_UNREAD : EXIT_GOOD;
}

/* ---- In order ---- */

/* What could not be printed is not shown. */
static int check_output(cli_console *console, int status) {
  if (fflush(stdout) == 0 && !ferror(stdout)) return status;
  console_error(console, "stdout: it cannot be written");
  return status ? status : EXIT_UNREAD;
}

int store_command(int argc, char **argv) {
  cli_console console;
  store_options options;
  console_init(&console);
  options_result result = store_options_read(&options, argc, argv, &console);
  if (result != OPTIONS_RUN) return result == OPTIONS_DONE ? EXIT_GOOD : EXIT_WRONG;
  if (options.send) return store_send(&options, &console);
  if (options.purge) return purge(&options, &console);
  return check_output(&console, show(&options, &console));
}

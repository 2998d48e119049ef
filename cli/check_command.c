/* Owns `mediabeat check`: the findings come from a collector, or are made here, and are then shown. */
#include "check_command.h"

#include <stdio.h>

#include "check.h"
#include "check_options.h"
#include "check_print.h"
#include "report_input.h"

enum { EXIT_GOOD = 0, EXIT_FOUND = 1, EXIT_WRONG = 2 };

static bool add(void *user, const mbc_history *history) {
  mbc_checks *checks = user;
  mbc_checks_add(checks, history);
  return !checks->out->failed;
}

static mbc_reading_result no_memory(cli_console *console) {
  console_error(console, "%s", mb_status_text(MB_NO_MEMORY));
  return MBC_READ_FAILED;
}

static mbc_reading_result make(const check_options *options, mb__writer *out, cli_console *console) {
  mbc_checks checks;
  mbc_checks_begin(&checks, out);
  mbc_reading_result result = report_read_file(&options->source, add, &checks, console);
  mbc_checks_end(&checks);
  return result == MBC_READ_GOOD && out->failed ? no_memory(console) : result;
}

static int status_of(const check_options *options, const check_sums *sums) {
  bool is_wrong = sums->errors > 0 || (options->strict && sums->warnings > 0);
  return is_wrong ? EXIT_FOUND : EXIT_GOOD;
}

static int show(const check_options *options, const mb__writer *text, cli_console *console) {
  mb__json *checks = NULL;
  check_sums sums;
  mb_status parsed = mb__json_parse(text->bytes, text->size, &checks, NULL, NULL);
  if (parsed == MB_NO_MEMORY) return no_memory(console), EXIT_WRONG;
  bool fits = !parsed && check_print_fits(checks, &sums);
  if (!fits) console_error(console, "%s: no findings came from there; is it a collector?", options->source.place);
  if (fits && options->json) fwrite(text->bytes, 1, text->size, stdout);
  if (fits && !options->json) check_print(checks, &sums, options->all, console_may_colour(stdout));
  mb__json_free(checks);
  return fits ? status_of(options, &sums) : EXIT_WRONG;
}

/* A gate that could not say why it is shut has failed. */
static int check_output(cli_console *console, int status) {
  if (fflush(stdout) == 0 && !ferror(stdout)) return status;
  console_error(console, "stdout: it cannot be written");
  return EXIT_WRONG;
}

int check_command(int argc, char **argv) {
  cli_console console;
  check_options options;
  mb__writer text;
  console_init(&console);
  options_result asked = check_options_read(&options, argc, argv, &console);
  if (asked != OPTIONS_RUN) return asked == OPTIONS_DONE ? EXIT_GOOD : EXIT_WRONG;
  mb__writer_init(&text, &mb__c_library);
  mbc_reading_result result = report_is_url(options.source.place) ? report_fetch(options.source.place, "/api/findings",
                                                                                 options.source.token, &text, &console)
                                                                  : make(&options, &text, &console);
  int status = result == MBC_READ_GOOD ? show(&options, &text, &console) : EXIT_WRONG;
  mb__writer_free(&text);
  return check_output(&console, status);
}

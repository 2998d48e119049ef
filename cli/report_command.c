/* Owns `mediabeat report`: the report comes from a collector, or is made here, and is then shown. */
#include "report_command.h"

#include <stdio.h>

#include "report.h"
#include "report_options.h"
#include "report_table.h"

enum { EXIT_GOOD = 0, EXIT_UNREAD = 1, EXIT_WRONG = 2 };

typedef struct making {
  mbc_report *report;
  mb_status status;
} making;

static bool add(void *user, const mbc_history *history) {
  making *m = user;
  m->status = mbc_report_add(m->report, history);
  return m->status == MB_OK;
}

static mbc_reading_result no_memory(cli_console *console) {
  console_error(console, "%s", mb_status_text(MB_NO_MEMORY));
  return MBC_READ_FAILED;
}

static mbc_reading_result make(const report_options *options, mb__writer *out, cli_console *console) {
  making m = {mbc_report_begin(out), MB_OK};
  if (!m.report) return no_memory(console);
  mbc_reading_result result = report_read_file(&options->source, add, &m, console);
  mb_status ended = mbc_report_end(m.report);
  bool good = result != MBC_READ_GOOD || (!m.status && !ended);
  return good ? result : no_memory(console);
}

static mbc_reading_result show(const report_options *options, const mb__writer *text, cli_console *console) {
  mb__json *report = NULL;
  mb_status status = mb__json_parse(text->bytes, text->size, &report, NULL, NULL);
  if (status == MB_NO_MEMORY) return no_memory(console);
  bool fits = !status && report_table_fits(report);
  if (!fits) console_error(console, "%s: no report came from there; is it a collector?", options->source.place);
  if (fits && options->json) fwrite(text->bytes, 1, text->size, stdout);
  if (fits && !options->json) report_table_print(report, console_may_colour(stdout));
  mb__json_free(report);
  return fits ? MBC_READ_GOOD : MBC_READ_NONSENSE;
}

int report_command(int argc, char **argv) {
  static const int statuses[] = {
      [MBC_READ_GOOD] = EXIT_GOOD, [MBC_READ_NONSENSE] = EXIT_WRONG, [MBC_READ_FAILED] = EXIT_UNREAD};
  cli_console console;
  report_options options;
  mb__writer text;
  console_init(&console);
  options_result asked = report_options_read(&options, argc, argv, &console);
  if (asked != OPTIONS_RUN) return asked == OPTIONS_DONE ? EXIT_GOOD : EXIT_WRONG;
  mb__writer_init(&text, &mb__c_library);
  mbc_reading_result result = report_is_url(options.source.place) ? report_fetch(options.source.place, "/api/report",
                                                                                 options.source.token, &text, &console)
                                                                  : make(&options, &text, &console);
  if (result == MBC_READ_GOOD) result = show(&options, &text, &console);
  mb__writer_free(&text);
  return statuses[result];
}

/* Owns a replay from the command line to the exit status. */
#include "replay.h"

#include <errno.h>
#include <inttypes.h>
#include <mediabeat/curl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client.h"
#include "host.h"
#include "pace.h"
#include "play_session.h"
#include "player_log.h"
#include "replay_options.h"
#include "setup.h"
#include "show.h"
#include "summary.h"

enum { EXIT_GOOD = 0, EXIT_UNDELIVERED = 1, EXIT_WRONG = 2, EXIT_INTERRUPTED = 130 };

typedef struct replay {
  replay_options options;
  cli_console console;
  player_log *log;
  log_extent extent; /* no lines when following: nobody knows them yet */
  log_line first;    /* read before the client is made, because it may configure it */
  bool has_first;
  int64_t shift; /* from the log's time to the clock */
  timeline timeline;
  dry_run *answers;
  mb_client *client;
  playback play;
  pacer pace;
  int64_t shown_at; /* progress */
  bool prints;      /* stdout gets lines: no progress between them on the same terminal */
} replay;

/* ---- The log ---- */

static bool say_wrong_line(replay *r) {
  console_error_at(&r->console, player_log_name(r->log), player_log_number(r->log), "%s", player_log_error(r->log));
  return false;
}

static bool open_log(replay *r) {
  if (!r->options.log) return true;
  r->log = player_log_open(r->options.log, r->options.follow);
  if (!r->log) return console_error(&r->console, "%s: %s", r->options.log, strerror(errno)), false;
  if (r->options.follow) return true;
  return player_log_check(r->log, &r->extent) == LOG_END || say_wrong_line(r);
}

/* The next line, waited for when following. */
static log_read next_line(replay *r, log_line *line) {
  enum { PATIENCE_MS = 50 };
  for (;;) {
    log_read result = player_log_next(r->log, line);
    if (result != LOG_WAIT || host_interrupted()) return result;
    fflush(stdout);
    if (r->client) pace_idle(&r->pace, r->answers ? 0 : PATIENCE_MS);
    player_log_wait(r->log, r->client && !r->answers ? 0 : PATIENCE_MS);
  }
}

static bool read_first(replay *r) {
  if (!r->log) return true;
  log_read result = next_line(r, &r->first);
  r->has_first = result == LOG_LINE;
  return result != LOG_WRONG || say_wrong_line(r);
}

/* ---- The client ---- */

static request_printer printer(replay *r) {
  r->timeline.colour = console_may_colour(stdout);
  return r->options.show ? show_printer(&r->timeline) : json_printer();
}

static bool make_curl_transport(replay *r, const mb_config *config, mb_transport *transport) {
  mb_status status = mb_curl_transport_new(config, transport);
  if (status != MB_OK) return console_error(&r->console, "%s", mb_status_text(status)), false;
  if (!r->options.show || show_what_is_sent(printer(r), transport)) return true;
  if (transport->free) transport->free(transport->user);
  return console_error(&r->console, "out of memory"), false;
}

static bool make_dry_transport(replay *r, mb_transport *transport) {
  r->answers = dry_run_new(printer(r), transport);
  return r->answers || (console_error(&r->console, "out of memory"), false);
}

static bool make_client(replay *r, const mb_config *config) {
  mb_transport transport;
  bool made = r->options.dry_run ? make_dry_transport(r, &transport) : make_curl_transport(r, config, &transport);
  if (!made) return false;
  mb_status status = mb_client_new(config, &transport, &r->client);
  if (status == MB_OK) return true;
  if (transport.free) transport.free(transport.user);
  return console_error(&r->console, "%s", mb_status_text(status)), false;
}

/* ---- Playing ---- */

static bool is_time(int64_t ms) { return ms >= 0 && ms <= INT64_C(253402300799999); }

static bool check_times(replay *r) {
  static const int64_t year_2000 = INT64_C(946684800000);
  int64_t first = r->has_first ? r->first.ts + r->shift : 0;
  if (!is_time(first) || !is_time(r->extent.last_ts + (r->extent.lines ? r->shift : 0))) {
    console_error(&r->console, "%s: its times are not between 1970 and 9999; --epoch moves them", r->options.log);
    return false;
  }
  if (!r->options.dry_run && r->has_first && first < year_2000)
    console_note(&r->console, "note: the log's times are before the year 2000 and are sent as they are; "
                              "--epoch now moves them");
  return true;
}

static void show_progress(replay *r, const log_line *line) {
  enum { EVERY_MS = 200 };
  int64_t now = r->console.terminal && !r->prints ? host_monotonic_ms() : 0;
  if (now - r->shown_at < EVERY_MS || !r->extent.lines) return;
  int64_t at = (line->ts - r->extent.first_ts) / 1000, all = (r->extent.last_ts - r->extent.first_ts) / 1000;
  if (r->shown_at)
    console_progress(&r->console, "%3.0f %%  %" PRId64 ":%02" PRId64 " of %" PRId64 ":%02" PRId64,
                     all ? 100.0 * (double)at / (double)all : 100.0, at / 60, at % 60, all / 60, all % 60);
  r->shown_at = now;
}

/* What a call was refused for, when the library has not said it. */
static void note_refusal(replay *r, const log_line *line, mb_status status) {
  const char *missing = play_missing_event(line);
  const char *detail = mb_status_is_refusal(status) ? "" : missing ? missing : mb_client_error(r->client);
  if (r->console.verbose || status == MB_TOO_LARGE) /* no rule of a player: what is lost is said */
    console_note_at(&r->console, r->console.file, line->number, "player %s: %s is refused: %s",
                    *line->player ? line->player : "(unnamed)", log_call_name(line->call),
                    *detail ? detail : mb_status_text(status));
}

/* False: the replay cannot go on. */
static bool play_one(replay *r, const log_line *line) {
  int64_t ts = line->ts + r->shift;
  r->console.line = line->number;
  show_progress(r, line);
  if (!is_time(ts)) return console_error_at(&r->console, r->console.file, line->number, "no time before 10000"), false;
  uint64_t uncounted = r->play.uncounted;
  mb_status status = pace_to(&r->pace, ts);
  if (host_interrupted()) return true;
  if (status == MB_OK) status = play_line(&r->play, line, ts);
  if (status == MB_NO_MEMORY) return console_error(&r->console, "out of memory"), false;
  if (r->play.uncounted > uncounted) note_refusal(r, line, status);
  mb_client_deliver(r->client, ts);
  return true;
}

static int play_lines(replay *r) {
  log_line line;
  log_read result = r->has_first ? LOG_LINE : LOG_END;
  if (r->has_first) line = r->first;
  r->has_first = false;
  while (result == LOG_LINE && !host_interrupted()) {
    bool good = play_one(r, &line);
    log_line_free(&line);
    if (!good) return EXIT_UNDELIVERED;
    result = next_line(r, &line);
  }
  if (result == LOG_LINE) log_line_free(&line);
  if (result == LOG_WRONG) say_wrong_line(r);
  return result == LOG_WRONG ? EXIT_WRONG : EXIT_GOOD;
}

/* With a store nothing is lost when the client closes: what waited in memory waits there. */
static void leave_to_store(replay *r) {
  if (r->client->store) mb_client_close(r->client, r->pace.now, r->pace.now);
}

static int sum_up(replay *r) {
  summary sum = {.stats = {.size = sizeof sum.stats}, .consent = r->play.consent, .invalid_calls = r->play.uncounted};
  mb_client_stats(r->client, &sum.stats);
  console_end_progress(&r->console);
  return summary_say(&sum, &r->console);
}

/* Nothing may be lost in silence, what is printed neither. */
static int check_output(replay *r, int exit_status) {
  if (fflush(stdout) == 0 && !ferror(stdout)) return exit_status;
  console_error(&r->console, "stdout: %s", strerror(errno));
  return exit_status == EXIT_GOOD ? EXIT_UNDELIVERED : exit_status;
}

static int play_log(replay *r, const mb_config *config) {
  int64_t start = r->has_first ? r->first.ts + r->shift : 0;
  host_catch_interrupts();
  if (r->options.speed > 0) setvbuf(stdout, NULL, _IOLBF, BUFSIZ); /* what happens now is seen now */
  r->timeline.start_ms = start;
  r->prints = (r->options.dry_run || r->options.show) && isatty(STDOUT_FILENO);
  play_init(&r->play, r->client, config, r->answers);
  pace_init(&r->pace, &r->play, config, r->options.speed, start);
  r->console.file = player_log_name(r->log);
  int status = play_lines(r);
  r->console.file = NULL;
  pace_end(&r->pace, r->options.drain_ms);
  leave_to_store(r);
  int outcome = sum_up(r);
  status = check_output(r, status ? status : outcome);
  return host_interrupted() ? EXIT_INTERRUPTED : status;
}

/* ---- In order ---- */

static int play_with(replay *r, mb_config *config) {
  if (r->options.check_config) return setup_check(&r->options, config, &r->console);
  if (r->options.shifts && r->has_first) r->shift = r->options.epoch_ms - r->first.ts;
  if (!check_times(r) || !setup_complete(&r->options, config, &r->console) || !make_client(r, config))
    return EXIT_WRONG;
  int status = play_log(r, config);
  mb_client_free(r->client);
  play_free(&r->play);
  return status;
}

static int run(replay *r) {
  if (!open_log(r) || !read_first(r)) return EXIT_WRONG;
  const char *name = r->log ? player_log_name(r->log) : "";
  mb_config *config = setup_config(&r->options, name, r->has_first ? &r->first : NULL, &r->console);
  if (!config) return EXIT_WRONG;
  int status = play_with(r, config);
  mb_config_free(config);
  return status;
}

int replay_command(int argc, char **argv) {
  replay r = {.log = NULL};
  console_init(&r.console);
  options_result result = replay_options_read(&r.options, argc, argv, &r.console);
  if (result != OPTIONS_RUN) return result == OPTIONS_DONE ? EXIT_GOOD : EXIT_WRONG;
  int status = run(&r);
  if (r.has_first) log_line_free(&r.first);
  player_log_free(r.log);
  return status;
}

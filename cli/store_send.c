/* Owns the client that delivers what others have left. It has no tracker and no session: what is in the store is all
 * that it sends. */
#include "store_send.h"

#include <inttypes.h>
#include <mediabeat/curl.h>
#include <string.h>

#include "client.h"
#include "host.h"
#include "setup.h"
#include "store_survey.h"
#include "summary.h"

enum { EXIT_GOOD = 0, EXIT_LEFT = 1, EXIT_WRONG = 2, EXIT_INTERRUPTED = 130 };
enum { GLANCE_MS = 100, INTERRUPTED_MS = 2000, PROGRESS_MS = 200 };

typedef struct sending {
  const store_options *options;
  cli_console *console;
  const char *protocol;       /* as journals name it */
  uint64_t sessions, waiting; /* that can be sent; found before */
  uint64_t others;            /* sessions of the other protocol */
  uint64_t unreadable;        /* as well */
  mb_client *client;
  int64_t moved_at, shown_at; /* monotonic */
  bool interrupted;
} sending;

/* ---- What there is ---- */

static void count_session(store_survey *survey, const store_session *session) {
  sending *s = survey->user;
  const mb__journal_state *state = &session->state;
  if (session->owner != STORE_GONE || !state->header.protocol) return;
  if (strcmp(state->header.protocol, s->protocol) != 0) {
    s->others++;
    return;
  }
  s->sessions++;
  s->waiting += store_session_waiting(session);
}

static bool look(sending *s, bool silent) {
  store_survey survey = {.root = s->options->folder, .console = s->console, .user = s, .visit = count_session};
  survey.silent = silent;
  survey.without_living = true;
  s->sessions = s->waiting = s->others = 0;
  bool good = store_survey_run(&survey);
  s->unreadable = survey.unreadable + survey.unsound;
  return good;
}

/* ---- The configuration ---- */

/* What a live client needs besides is in the events already. */
static bool is_complete(mb_config *config, bool edge, cli_console *console) {
  const char *missing = NULL;
  if (edge && !mb_config_text(config, "datastreamId")) missing = "datastreamId: not set; --config names a file";
  if (!mb_config_text(config, "endpoint")) missing = "endpoint: not set; name one with --to";
  if (missing) console_error(console, "configuration: %s", missing);
  return !missing;
}

/* Whoever sends by hand wants what is there, however old and large it is. */
static bool keep_all(mb_config *config) {
  enum { YEAR_S = 31536000 };
  return mb_config_set_number(config, "queueMaxAge", YEAR_S) == MB_OK &&
         mb_config_set_number(config, "storeMaxAge", 10.0 * YEAR_S) == MB_OK &&
         mb_config_set_number(config, "storeMaxBytes", 1099511627776.0) == MB_OK;
}

static mb_config *make_config(sending *s) {
  const store_options *o = s->options;
  replay_options layers = {
      .to = o->to, .protocol = o->protocol, .config = o->config, .store = o->folder, .verbose = o->verbose};
  mb_config *config = setup_config(&layers, "", NULL, s->console);
  if (!config) return NULL;
  bool edge = strcmp(mb_config_text(config, "protocol"), "edge-va-v1") == 0;
  s->protocol = edge ? "edge-va-v1" : "collection-v1";
  if (is_complete(config, edge, s->console) && keep_all(config)) return config;
  mb_config_free(config);
  return NULL;
}

static bool make_client(sending *s, const mb_config *config) {
  mb_transport transport;
  mb_status status = mb_curl_transport_new(config, &transport);
  if (status == MB_OK) {
    status = mb_client_new(config, &transport, &s->client);
    if (status != MB_OK && transport.free) transport.free(transport.user);
  }
  if (status != MB_OK) console_error(s->console, "%s", mb_status_text(status));
  return status == MB_OK;
}

/* ---- Delivering ---- */

static uint64_t settled(const mb_stats *stats) {
  uint64_t sum = stats->delivered;
  for (int reason = 0; reason < MB_DROP_COUNT; reason++) sum += stats->dropped[reason];
  return sum;
}

static mb_stats stats_of(const sending *s) {
  mb_stats stats = {.size = sizeof stats};
  mb_client_stats(s->client, &stats);
  return stats;
}

static void show_progress(sending *s, const mb_stats *stats, int64_t now) {
  if (!s->console->terminal || now - s->shown_at < PROGRESS_MS) return;
  uint64_t done = settled(stats), all = s->waiting + stats->accepted;
  if (all < done) all = done;
  console_progress(s->console, "%3.0f %%  %" PRIu64 " of %" PRIu64 " events",
                   all ? 100.0 * (double)done / (double)all : 0, done, all);
  s->shown_at = now;
}

/* A backend that takes nothing for so long is given up; Ctrl-C leaves it less. */
static bool has_patience(const sending *s, int64_t now) {
  int64_t patience = s->options->patience_ms;
  if (s->interrupted && patience > INTERRUPTED_MS) patience = INTERRUPTED_MS;
  return now - s->moved_at < patience;
}

/* Every session that was taken from the store has an outbox until it is done. */
static bool has_work(const mb_client *client) { return client->outboxes || client->under_way; }

static void note_interrupt(sending *s, int64_t now) {
  if (!host_interrupted() || s->interrupted) return;
  s->interrupted = true;
  s->moved_at = now;
}

static void deliver(sending *s) {
  uint64_t before = 0;
  s->moved_at = host_monotonic_ms();
  mb_client_tick(s->client, host_epoch_ms());
  mb_client_deliver(s->client, host_epoch_ms());
  while (has_work(s->client)) {
    int64_t now = host_monotonic_ms();
    mb_stats stats = stats_of(s);
    if (settled(&stats) > before && !s->interrupted) s->moved_at = now;
    before = settled(&stats);
    note_interrupt(s, now);
    if (!has_patience(s, now)) return;
    show_progress(s, &stats, now);
    mb_client_wait(s->client, GLANCE_MS);
    mb_client_tick(s->client, host_epoch_ms());
  }
}

/* ---- In order ---- */

static void say_others(const sending *s) {
  const char *other = s->protocol[0] == 'e' ? "collection-v1" : "edge-va-v1";
  if (s->others)
    console_note(s->console, "%" PRIu64 " session%s of %s left alone; --protocol names it", s->others,
                 s->others == 1 ? "" : "s", other);
}

static int sum_up(sending *s, const mb_stats *stats) {
  summary sum = {.stats = *stats, .of_store = true};
  uint64_t before = s->waiting;
  console_end_progress(s->console);
  int status = summary_say(&sum, s->console);
  if (!look(s, true)) return EXIT_LEFT;
  if (s->waiting)
    console_error(s->console, "%" PRIu64 " of %" PRIu64 " events are still in the store", s->waiting, before);
  say_others(s);
  return host_interrupted() ? EXIT_INTERRUPTED : s->waiting || s->unreadable ? EXIT_LEFT : status;
}

static int send_all(sending *s, const mb_config *config) {
  if (!make_client(s, config)) return EXIT_WRONG;
  bool stored = s->client->store != NULL;
  if (stored) deliver(s);
  mb_client_close(s->client, host_epoch_ms(), 0);
  mb_stats stats = stats_of(s);
  mb_client_free(s->client);
  return stored ? sum_up(s, &stats) : EXIT_LEFT;
}

static int send_with(sending *s, const mb_config *config) {
  if (!look(s, false)) return EXIT_WRONG;
  host_catch_interrupts();
  if (s->sessions) return send_all(s, config);
  console_note(s->console, "nothing to send");
  say_others(s);
  return s->unreadable ? EXIT_LEFT : EXIT_GOOD;
}

int store_send(const store_options *options, cli_console *console) {
  sending s = {.options = options, .console = console};
  mb_config *config = make_config(&s);
  if (!config) return EXIT_WRONG;
  int status = send_with(&s, config);
  mb_config_free(config);
  return status;
}

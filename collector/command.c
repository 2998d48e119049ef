/* Owns the course of `mediabeat collector`: options, store, server, and the signals that end it. */
#define _DEFAULT_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "browse.h"
#include "collector.h"
#include "listen.h"
#include "options.h"
#include "server.h"
#include "store.h"

enum { DONE = 0, FAILED = 1, BAD_USAGE = 2, ERROR_SIZE = 512 };

static int complain(int status, const char *error) {
  fprintf(stderr, "mediabeat collector: %s\n", error);
  if (status == BAD_USAGE) fputs("Try \"mediabeat collector --help\".\n", stderr);
  return status;
}

static int export_events(const mbc_options *options) {
  char error[ERROR_SIZE];
  mbc_store *store = mbc_store_open(options->data, MBC_READ, error, sizeof error);
  bool good = store && mbc_browse_export(store, options->normalised, stdout, error, sizeof error);
  mbc_store_close(store);
  return good ? DONE : complain(FAILED, error);
}

/* A signal becomes a byte in a pipe, which the server waits for along with everything else. */
static int ends[2];

static void on_signal(int number) {
  (void)number;
  int before = errno;
  if (write(ends[1], "", 1) < 0) errno = before; /* full: the byte that matters is in it */
}

static bool catch_signals(void) {
  struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
  return pipe(ends) == 0 && fcntl(ends[1], F_SETFL, O_NONBLOCK) == 0 && sigaction(SIGINT, &action, NULL) == 0 &&
         sigaction(SIGTERM, &action, NULL) == 0;
}

/* Ready: the line a script waits for. */
static bool announce(const char *url) { return printf("collector listening on %s\n", url) > 0 && fflush(stdout) == 0; }

static int64_t ms(size_t seconds) { return (int64_t)seconds * 1000; }

static mbc_limits limits_of(const mbc_options *options) {
  const int64_t day = ms(86400);
  return (mbc_limits){
      .silence = ms(options->timeout),
      .complete_grace = ms(options->complete_grace),
      .standstill = ms(options->movement_timeout),
      .age = options->max_age ? ms(options->max_age) : INT64_MAX,
      .edge_age = ms(options->edge_max_age),
      .gone = ms(options->gone),
      .keep = options->keep_days ? (int64_t)options->keep_days * day : INT64_MAX,
      .open_sessions = (int64_t)options->session_limit,
      .events = (int64_t)options->event_limit,
      .data = (int64_t)options->data_limit,
      .drop_after_close = options->drop_after_close,
  };
}

static mbc_settings settings_of(const mbc_options *options) {
  return (mbc_settings){
      .limits = {[MBC_LIMIT_BODY] = options->body_limit,
                 [MBC_LIMIT_BATCH] = options->batch_limit,
                 [MBC_LIMIT_EDGE] = options->edge_limit},
      .header_limit = options->header_limit,
      .connections = options->connection_limit,
      .connections_of_one = options->address_limit,
      .request_ms = ms(options->request_time),
      .token = options->token,
      .org = options->org,
      .verbose = options->verbose,
  };
}

static int run_server(mbc_server *server, const char *url) {
  if (!announce(url)) return complain(FAILED, "standard output cannot be written");
  return mbc_server_run(server, ends[0]) ? DONE : complain(FAILED, "waiting for connections failed");
}

static int close_at_end(mbc_expiry *expiry, mbc_store *store, int64_t now) {
  bool good = mbc_expiry_close_all(expiry, now);
  return mbc_store_settle(store) && good ? DONE : complain(FAILED, mbc_store_error(store));
}

static int serve_on(int descriptor, const char *url, mbc_options *options, mbc_store *store) {
  char error[ERROR_SIZE];
  const mbc_limits limits = limits_of(options);
  const mbc_settings settings = settings_of(options);
  mbc_clock clock = {.manual = options->clock_is_manual,
                     .now = options->clock_start < 0 ? mbc_clock_system() : options->clock_start};
  mbc_expiry expiry;
  const mbc_workings workings = {
      .clock = &clock, .expiry = &expiry, .injection = &options->injection, .started_at = clock.now};
  if (!mbc_expiry_begin(&expiry, store, &limits)) return close(descriptor), complain(FAILED, mbc_store_error(store));
  mbc_server *server = mbc_server_new(descriptor, store, &workings, &settings, error, sizeof error);
  if (!server) return complain(FAILED, error);
  int status = run_server(server, url);
  mbc_server_free(server);
  if (status == DONE && options->close_at_end) status = close_at_end(&expiry, store, mbc_clock_now(&clock));
  return status;
}

static int serve(mbc_options *options) {
  char error[ERROR_SIZE], url[MBC_URL_SIZE];
  if (!catch_signals()) return complain(FAILED, strerror(errno));
  mbc_store *store = mbc_store_open(options->data, MBC_CREATE, error, sizeof error);
  if (!store) return complain(FAILED, error);
  int status, descriptor = mbc_listen(options->listen, (unsigned)options->port, options->token != NULL, url, error,
                                      sizeof error);
  if (descriptor < 0)
    status = complain(descriptor == MBC_LISTEN_REFUSED ? BAD_USAGE : FAILED, error);
  else
    status = serve_on(descriptor, url, options, store);
  mbc_store_close(store);
  return status;
}

int mb_collector_command(int argc, char **argv) {
  mbc_options options;
  char error[ERROR_SIZE];
  signal(SIGPIPE, SIG_IGN); /* a reader that went away and a file size limit come back as errors of the write */
  signal(SIGXFSZ, SIG_IGN);
  if (!mbc_options_read(argc, argv, &options, error, sizeof error)) return complain(BAD_USAGE, error);
  if (options.help) return fputs(mbc_options_help, stdout) < 0 ? FAILED : DONE;
  return options.export ? export_events(&options) : serve(&options);
}

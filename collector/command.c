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

static int serve_on(int descriptor, const char *url, const mbc_options *options, mbc_store *store) {
  char error[ERROR_SIZE];
  const mbc_settings settings = {
      .limits = {[MBC_LIMIT_BODY] = options->body_limit,
                 [MBC_LIMIT_BATCH] = options->batch_limit,
                 [MBC_LIMIT_EDGE] = options->edge_limit},
      .org = options->org,
      .verbose = options->verbose,
  };
  mbc_server *server = mbc_server_new(descriptor, store, &settings, error, sizeof error);
  if (!server) return complain(FAILED, error);
  int status = DONE;
  if (!announce(url))
    status = complain(FAILED, "standard output cannot be written");
  else if (!mbc_server_run(server, ends[0]))
    status = complain(FAILED, "waiting for connections failed");
  mbc_server_free(server);
  return status;
}

static int serve(const mbc_options *options) {
  char error[ERROR_SIZE], url[MBC_URL_SIZE];
  if (!catch_signals()) return complain(FAILED, strerror(errno));
  mbc_store *store = mbc_store_open(options->data, MBC_CREATE, error, sizeof error);
  if (!store) return complain(FAILED, error);
  int descriptor = mbc_listen(options->listen, (unsigned)options->port, url, error, sizeof error);
  int status = descriptor < 0 ? complain(FAILED, error) : serve_on(descriptor, url, options, store);
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

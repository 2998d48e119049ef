/* Owns the course of `mediabeat collector`: options, store, server, and the wait for a signal. Signals are waited for,
 * not handled, so there is no state that a handler would share. */
#define _DEFAULT_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

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
  bool good = store && mbc_browse_export(store, stdout, error, sizeof error);
  mbc_store_close(store);
  return good ? DONE : complain(FAILED, error);
}

/* Ready: the line a script waits for. */
static bool announce(const char *url) { return printf("collector listening on %s\n", url) > 0 && fflush(stdout) == 0; }

static int serve_until(const sigset_t *ends, const mbc_options *options, mbc_store *store) {
  char error[ERROR_SIZE], url[MBC_URL_SIZE];
  mbc_limits limits = {options->body_limit, options->batch_limit};
  int descriptor = mbc_listen(options->listen, (unsigned)options->port, url, error, sizeof error);
  if (descriptor < 0) return complain(FAILED, error);
  mbc_server *server = mbc_server_start(descriptor, store, limits, options->verbose, error, sizeof error);
  if (!server) return complain(FAILED, error);
  int signal_number;
  bool good = announce(url) && sigwait(ends, &signal_number) == 0;
  mbc_server_stop(server);
  return good ? DONE : complain(FAILED, "standard output is closed");
}

static int serve(const mbc_options *options, const sigset_t *ends) {
  char error[ERROR_SIZE];
  mbc_store *store = mbc_store_open(options->data, MBC_CREATE, error, sizeof error);
  if (!store) return complain(FAILED, error);
  int status = serve_until(ends, options, store);
  mbc_store_close(store);
  return status;
}

/* Blocked before the server's thread exists, which inherits that: only sigwait sees the two signals. A reader that went
 * away and a file size limit come back as errors of the write. */
static int serve_with_signals(const mbc_options *options) {
  sigset_t ends, before;
  sigemptyset(&ends);
  sigaddset(&ends, SIGINT);
  sigaddset(&ends, SIGTERM);
  if (pthread_sigmask(SIG_BLOCK, &ends, &before) != 0) return complain(FAILED, "signals cannot be blocked");
  int status = serve(options, &ends);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return status;
}

int mb_collector_command(int argc, char **argv) {
  mbc_options options;
  char error[ERROR_SIZE];
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);
  if (!mbc_options_read(argc, argv, &options, error, sizeof error)) return complain(BAD_USAGE, error);
  if (options.help) return fputs(mbc_options_help, stdout) < 0 ? FAILED : DONE;
  return options.export ? export_events(&options) : serve_with_signals(&options);
}

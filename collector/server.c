/* Owns HTTP; with response.c and stream.c the only file that knows libmicrohttpd. One thread turns a loop: what all connections have sent is worked
 * off, the store settles once for all of it, and only then the answers go out. A request costs some tens of
 * microseconds and SQLite wants one writer, so more threads would wait for each other. */
#define _DEFAULT_SOURCE
#include "server.h"

#include <errno.h>
#include <limits.h>
#include <microhttpd.h>
#include <poll.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "connections.h"
#include "refusals.h"
#include "response.h"
#include "routes.h"
#include "stream.h"
#include "token.h"
#include "work.h"

enum {
  IDLE_SECONDS = 120, /* a client that pings every 10 s keeps its connection */
  SPARE_DESCRIPTORS = 32,
  CLOSED_AT_ONCE = 256, /* sessions that time out: the others have to wait for a turn */
  TICK_MS = 1000,       /* between looks at connections and room */
  IDLE_TICK_MS = 60000,
  WORK_MS = 2,            /* of a turn, for answers that take longer */
  READER_RETRY_AFTER = 5, /* s */
  DRAIN_LIMIT = 64 << 20  /* a refused body is read to its end up to here, so that the client sees the answer */
};

typedef struct exchange exchange;

struct mbc_server {
  struct MHD_Daemon *daemon;
  exchange *held; /* answers that wait for the store, last one first */
  exchange *late; /* answers that wait for their time, as a fault wants it */
  exchange *busy; /* answers that take long, last one first */
  mbc_connections connections;
  int64_t now;                     /* of the steady clock, at the beginning of the turn: reading clocks costs */
  int64_t receipt;                 /* the same of the receipt clock */
  int64_t tick_at;                 /* the same, of the next tick */
  struct MHD_Response *no_content; /* the answer to almost every v1 event, made once */
  mbc_store *store;
  mbc_streams *streams; /* answers to pages that look on */
  mbc_workings workings;
  mbc_settings settings;
};

/* A request that is coming in, and its answer. */
struct exchange {
  struct MHD_Connection *connection;
  mbc_match match;
  char *body;
  size_t size, capacity, limit;
  size_t dropped; /* bytes over the limit */
  bool no_memory;
  char empty; /* the body of a request without one */
  mbc_answer answer;
  bool answered;
  mbc_outcome fate;  /* other than MBC_ANSWERED: a fault on demand */
  int64_t answer_at; /* steady clock */
  exchange *next_held;
};

static const char *header(void *connection, const char *name) {
  return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

/* Answers. */

static enum MHD_Result send_answer(mbc_server *server, struct MHD_Connection *connection, mbc_answer *answer) {
  unsigned status = (unsigned)answer->status;
  if (mbc_response_is_no_content(answer)) return MHD_queue_response(connection, status, server->no_content);
  struct MHD_Response *response = mbc_response_make(answer, connection, server->streams);
  if (!response) return MHD_NO; /* out of memory: the connection is closed, the client asks again */
  enum MHD_Result result = MHD_queue_response(connection, status, response);
  MHD_destroy_response(response);
  return result;
}

/* Paths and messages have the client's words in them: what a terminal might obey is not shown. */
static void log_request(const char *method, const char *path, const exchange *x) {
  static const char *const fates[] = {
      [MBC_REFUSED] = " (a fault)", [MBC_CLOSED_ON] = " (a fault: closed)", [MBC_DROPPED] = " (a fault: dropped)"};
  char line[640];
  const mbc_answer *answer = &x->answer;
  snprintf(line, sizeof line, "%.16s %.200s %zu bytes: %d%s%s%s", method, path, x->size, answer->status,
           fates[x->fate] ? fates[x->fate] : "", *answer->message ? " " : "", answer->message);
  for (char *c = line; *c; c++)
    if ((unsigned char)*c < 0x20 || (unsigned char)*c >= 0x7f) *c = '?';
  fprintf(stderr, "%s\n", line);
}

/* Requests. */

static const char *query(void *user, const char *name) {
  return MHD_lookup_connection_value(user, MHD_GET_ARGUMENT_KIND, name);
}

static void refuse_length(exchange *x) {
  mbc_answer_refuse(&x->answer, MHD_HTTP_CONTENT_TOO_LARGE, "the body is longer than %zu bytes", x->limit);
}

static void handle(mbc_server *server, exchange *x, const mbc_request *request) {
  if (x->dropped && x->match.route)
    refuse_length(x);
  else if (x->no_memory)
    mbc_answer_refuse(&x->answer, MHD_HTTP_INTERNAL_SERVER_ERROR, "out of memory");
  else if (x->match.side != MBC_FOR_OWNER || mbc_token_admit(server->settings.token, request, &x->answer))
    mbc_routes_answer(&x->match, server->store, request, &x->answer);
}

/* What a fault on demand does to a request before it is looked at. Returns whether it is looked at. */
static bool meet_fault(mbc_server *server, exchange *x, const char *path) {
  bool exempt = x->match.side != MBC_FOR_CLIENTS || !x->match.route;
  const mbc_injected *fault = exempt ? NULL : mbc_injection_next(server->workings.injection, path);
  if (!fault) return true;
  x->fate = fault->outcome;
  x->answer_at = server->now + fault->delay;
  if (fault->outcome == MBC_REFUSED) mbc_answer_fault(&x->answer, fault->status, fault->retry_after);
  return fault->outcome == MBC_ANSWERED || fault->outcome == MBC_DROPPED;
}

static bool settle_store(const mbc_server *server) {
  if (mbc_store_settle(server->store)) return true;
  mbc_store_complain(server->store);
  return false;
}

static void refuse_unsettled(const mbc_server *server, exchange *x) {
  mbc_answer_refuse(&x->answer, MHD_HTTP_INTERNAL_SERVER_ERROR, "nothing was kept, the store failed: %s",
                    mbc_store_error(server->store));
}

/* Any answer waits while the store is unsettled, refusals and lists too: they may rest on what others wrote just now. */
static enum MHD_Result hold(exchange **list, exchange *x) {
  x->next_held = *list;
  *list = x;
  MHD_suspend_connection(x->connection);
  return MHD_YES;
}

/* Whether there is room for a reader is known when it joins: others may have joined while its answer was held. */
static void refuse_surplus_reader(const mbc_server *server, mbc_answer *answer) {
  if (!answer->live || answer->status != MHD_HTTP_OK || !mbc_live_full(mbc_streams_live(server->streams))) return;
  mbc_answer_refuse(answer, MHD_HTTP_SERVICE_UNAVAILABLE, "too many pages look on");
  answer->retry_after = READER_RETRY_AFTER;
}

static enum MHD_Result reply(mbc_server *server, exchange *x, const char *method, const char *path) {
  refuse_surplus_reader(server, &x->answer);
  if (server->settings.verbose) log_request(method, path, x);
  if (x->fate == MBC_CLOSED_ON || x->fate == MBC_DROPPED) return MHD_NO;
  return send_answer(server, x->connection, &x->answer);
}

static mbc_connection *watched(struct MHD_Connection *connection) {
  return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
}

static enum MHD_Result finish(mbc_server *server, exchange *x, const char *method, const char *path) {
  mbc_request request = {.method = method,
                         .path = path,
                         .argument = x->match.argument,
                         .hint = x->match.hint,
                         .org = server->settings.org,
                         .body = x->body ? x->body : &x->empty,
                         .size = x->size,
                         .received_at = mbc_clock_now(server->workings.clock),
                         .query = query,
                         .header = header,
                         .user = x->connection,
                         .workings = &server->workings};
  mbc_connection_enter(watched(x->connection), MBC_ANSWERING, server->now);
  mbc_refusals_look(server->workings.refusals, request.body, request.size);
  if (meet_fault(server, x, path)) handle(server, x, &request);
  if (x->match.side != MBC_FOR_OWNER && x->fate == MBC_ANSWERED)
    mbc_refusals_note(server->workings.refusals, &request, &x->answer);
  x->answered = true;
  if (x->answer.work) return hold(&server->busy, x);
  /* Nobody to share a commit with: pages that look on write nothing. */
  bool alone = server->connections.count == 1 + mbc_live_readers(mbc_streams_live(server->streams));
  if (alone && !settle_store(server)) refuse_unsettled(server, x);
  if (mbc_store_unsettled(server->store)) return hold(&server->held, x);
  return x->answer_at > server->now ? hold(&server->late, x) : reply(server, x, method, path);
}

static bool make_room(exchange *x, size_t size) {
  if (x->capacity - x->size >= size) return true;
  size_t capacity = x->capacity * 2 > x->size + size ? x->capacity * 2 : x->size + size;
  char *body = realloc(x->body, capacity);
  if (!body) return false;
  x->body = body;
  x->capacity = capacity;
  return true;
}

static void append(exchange *x, const char *bytes, size_t size) {
  if (x->dropped || x->no_memory || size > x->limit - x->size)
    x->dropped += size;
  else if (!make_room(x, size))
    x->no_memory = true;
  else
    memcpy(x->body + x->size, bytes, size), x->size += size;
}

/* How long the client says its body is; 0 when it does not say. */
static uint64_t declared_size(struct MHD_Connection *connection) {
  const char *text = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);
  return text ? strtoull(text, NULL, 10) : 0;
}

/* Too long a body is refused before it comes when the client waits for that, or when it is not worth reading. */
static bool not_worth_reading(const exchange *x) {
  uint64_t size = declared_size(x->connection);
  if (size <= x->limit) return false;
  return size > DRAIN_LIMIT || MHD_lookup_connection_value(x->connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_EXPECT);
}

static exchange *begin(const mbc_server *server, struct MHD_Connection *connection, const char *method,
                       const char *path) {
  exchange *x = calloc(1, sizeof *x);
  if (!x) return NULL;
  x->connection = connection;
  mbc_answer_init(&x->answer);
  mbc_routes_match(method, path, &x->match);
  x->answer.closed = x->match.side == MBC_FOR_OWNER;
  x->limit = x->match.route ? server->settings.limits[x->match.route->limit] : 0; /* 0: nobody is going to read it */
  if (x->match.wire == MBC_WIRE_EDGE) mbc_answer_for_edge(&x->answer, query(connection, "requestId"));
  return x;
}

/* Called with the head, then with each piece of the body, then with none; with none again after an answer was held. */
static enum MHD_Result on_request(void *user, struct MHD_Connection *connection, const char *path, const char *method,
                                  const char *version, const char *data, size_t *size, void **state) {
  (void)version;
  mbc_server *server = user;
  exchange *x = *state;
  if (!x) {
    *state = x = begin(server, connection, method, path);
    if (!x) return MHD_NO;
    if (!not_worth_reading(x)) return MHD_YES;
    refuse_length(x);
    return reply(server, x, method, path);
  }
  if (!*size) return x->answered ? reply(server, x, method, path) : finish(server, x, method, path);
  append(x, data, *size);
  *size = 0;
  return x->dropped > DRAIN_LIMIT ? MHD_NO : MHD_YES;
}

static void on_completed(void *user, struct MHD_Connection *connection, void **state,
                         enum MHD_RequestTerminationCode code) {
  (void)code;
  const mbc_server *server = user;
  exchange *x = *state;
  mbc_connection_enter(watched(connection), MBC_WAITING, server->now);
  if (!x) return;
  mbc_answer_free(&x->answer);
  free(x->body);
  free(x);
  *state = NULL;
}

static void on_connection(void *user, struct MHD_Connection *connection, void **state,
                          enum MHD_ConnectionNotificationCode code) {
  mbc_server *server = user;
  if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
    mbc_connections_remove(&server->connections, *state);
    return;
  }
  int descriptor = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
  *state = mbc_connections_add(&server->connections, descriptor, server->now);
  if (server->tick_at > server->now + TICK_MS) server->tick_at = server->now + TICK_MS;
}

/* Called with the first line of a request, before its head is complete. What is returned becomes its state: none yet. */
static void *on_first_line(void *user, const char *address, struct MHD_Connection *connection) {
  (void)address;
  const mbc_server *server = user;
  mbc_connection_enter(watched(connection), MBC_ASKING, server->now);
  return NULL;
}

/* What libmicrohttpd itself has to say, about requests that are not HTTP above all. */
__attribute__((format(printf, 2, 0))) static void on_log(void *user, const char *format, va_list arguments) {
  const mbc_server *server = user;
  if (server->settings.verbose) vfprintf(stderr, format, arguments);
}

/* The loop. */

/* Lets answers go whose time has come by `now`; the others wait on. */
static void release(mbc_server *server, exchange *held, int64_t now) {
  while (held) {
    exchange *next = held->next_held; /* resumed, it may be gone at any time */
    if (held->answer_at > now) {
      held->next_held = server->late;
      server->late = held;
    } else {
      MHD_resume_connection(held->connection);
    }
    held = next;
  }
}

static void release_late(mbc_server *server, int64_t now) {
  exchange *late = server->late;
  server->late = NULL;
  release(server, late, now);
}

/* Goes on with the answer that was asked for first. It reads what is settled: nothing was written in this turn yet. */
static void work(mbc_server *server) {
  exchange **first = &server->busy;
  if (!*first) return;
  while ((*first)->next_held) first = &(*first)->next_held;
  exchange *x = *first;
  bool more = true;
  for (int64_t end = mbc_clock_steady() + WORK_MS; more && mbc_clock_steady() < end;) more = mbc_work_go_on(&x->answer);
  if (more) return;
  *first = NULL;
  MHD_resume_connection(x->connection);
}

/* Of those that are not done. */
static void refuse_busy(mbc_server *server) {
  for (exchange *x = server->busy; x; x = x->next_held) {
    mbc_work_drop(&x->answer);
    mbc_answer_refuse(&x->answer, MHD_HTTP_INTERNAL_SERVER_ERROR, "the collector has ended");
  }
  release(server, server->busy, INT64_MAX);
  server->busy = NULL;
}

/* Settles the store for everything that was held. */
static void settle(mbc_server *server) {
  bool good = settle_store(server);
  exchange *held = server->held;
  server->held = NULL;
  for (exchange *x = held; x && !good; x = x->next_held) refuse_unsettled(server, x);
  release(server, held, server->now);
}

/* How long there is nothing to do unless something comes in; poll's own unit and its -1 for ever. */

static int http_patience(const mbc_server *server) {
  MHD_UNSIGNED_LONG_LONG ms;
  if (MHD_get_timeout(server->daemon, &ms) != MHD_YES) return -1;
  return ms < INT_MAX ? (int)ms : INT_MAX;
}

static int shorter(int one, int other) { return one < 0 || (other >= 0 && other < one) ? other : one; }

static int until(int64_t moment, int64_t now) {
  if (moment <= now) return 0;
  return moment - now < INT_MAX ? (int)(moment - now) : INT_MAX;
}

static int late_patience(const mbc_server *server, int64_t now) {
  int least = -1;
  for (const exchange *x = server->late; x; x = x->next_held) least = shorter(least, until(x->answer_at, now));
  return least;
}

/* A manual clock does not pass anything while nobody moves it. */
static int expiry_patience(const mbc_server *server) {
  const mbc_workings *workings = &server->workings;
  if (workings->clock->manual || workings->expiry->next == INT64_MAX) return -1;
  return until(workings->expiry->next, server->receipt);
}

static int patience(const mbc_server *server) {
  int64_t now = server->now;
  if (server->held || server->busy || mbc_store_unsettled(server->store)) return 0;
  int least = shorter(http_patience(server), mbc_live_patience(mbc_streams_live(server->streams), now));
  least = shorter(least, shorter(late_patience(server, now), expiry_patience(server)));
  return shorter(least, until(server->tick_at, now));
}

static void tick(mbc_server *server, int64_t now) {
  if (server->now < server->tick_at) return;
  int64_t asking = server->settings.request_ms;
  mbc_connections_end_slow(&server->connections, server->now, asking, asking + IDLE_SECONDS * 1000);
  bool more = mbc_expiry_tidy(server->workings.expiry, now);
  int wait = server->connections.count ? TICK_MS : IDLE_TICK_MS;
  server->tick_at = server->now + (more ? 0 : wait);
}

/* What time brings. Before the store settles, so that it is on file when the turn ends. */
static void pass_time(mbc_server *server) {
  int64_t now = server->receipt = mbc_clock_now(server->workings.clock);
  server->now = mbc_clock_steady();
  mbc_expiry_run(server->workings.expiry, now, CLOSED_AT_ONCE);
  tick(server, now);
  settle(server);
  release_late(server, server->now);
  work(server);
  mbc_live_turn(mbc_streams_live(server->streams), server->now, now);
}

bool mbc_server_run(mbc_server *server, int end) {
  const union MHD_DaemonInfo *info = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD);
  if (!info) return false;
  struct pollfd input[] = {{.fd = end, .events = POLLIN}, {.fd = info->epoll_fd, .events = POLLIN}};
  while (!input[0].revents) {
    if (poll(input, 2, patience(server)) < 0 && errno != EINTR) return false;
    pass_time(server);
    if (MHD_run(server->daemon) != MHD_YES) return false;
  }
  return true;
}

/* Beginning and end. */

/* What is wished, or what the descriptor limit allows. */
static unsigned connection_limit(size_t wished) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur > wished + SPARE_DESCRIPTORS) return (unsigned)wished;
  unsigned descriptors = (unsigned)limit.rlim_cur;
  return descriptors > SPARE_DESCRIPTORS ? descriptors - SPARE_DESCRIPTORS : 1;
}

static bool start_daemon(mbc_server *server, int descriptor) {
  const mbc_settings *settings = &server->settings;
  server->daemon = MHD_start_daemon(
      MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG | MHD_USE_TURBO, 0, NULL, NULL, on_request, server,
      MHD_OPTION_EXTERNAL_LOGGER, on_log, server, MHD_OPTION_LISTEN_SOCKET, descriptor, MHD_OPTION_CONNECTION_LIMIT,
      connection_limit(settings->connections), MHD_OPTION_PER_IP_CONNECTION_LIMIT,
      (unsigned)settings->connections_of_one, MHD_OPTION_CONNECTION_MEMORY_LIMIT, settings->header_limit,
      MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_SECONDS, MHD_OPTION_NOTIFY_COMPLETED, on_completed, server,
      MHD_OPTION_NOTIFY_CONNECTION, on_connection, server, MHD_OPTION_URI_LOG_CALLBACK, on_first_line, server,
      MHD_OPTION_END);
  return server->daemon != NULL;
}

mbc_server *mbc_server_new(int descriptor, mbc_store *store, const mbc_workings *workings, const mbc_settings *settings,
                           char *error, size_t size) {
  mbc_server *server = calloc(1, sizeof *server);
  if (server)
    *server = (mbc_server){.store = store,
                           .workings = *workings,
                           .settings = *settings,
                           .now = mbc_clock_steady(),
                           .receipt = mbc_clock_now(workings->clock)};
  if (server) server->streams = mbc_streams_new(store);
  if (server) server->no_content = mbc_response_no_content();
  if (server) server->workings.refusals = calloc(1, sizeof *server->workings.refusals);
  if (server && server->streams && server->workings.refusals && server->no_content && start_daemon(server, descriptor))
    return server;
  snprintf(error, size, "the HTTP server could not be started");
  close(descriptor);
  mbc_server_free(server);
  return NULL;
}

/* Whatever was taken is settled, and the answers have one more turn to leave. */
void mbc_server_free(mbc_server *server) {
  if (!server) return;
  settle(server);
  release_late(server, INT64_MAX);
  refuse_busy(server);
  if (server->streams) mbc_streams_end(server->streams);
  if (server->daemon) MHD_run(server->daemon);
  settle(server);
  if (server->daemon) MHD_stop_daemon(server->daemon);
  mbc_streams_free(server->streams);
  free(server->workings.refusals);
  if (server->no_content) MHD_destroy_response(server->no_content);
  free(server);
}

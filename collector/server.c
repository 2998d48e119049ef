/* Owns HTTP; the only file that knows libmicrohttpd. One epoll thread serves all connections: a request costs some tens
 * of microseconds, and SQLite wants one writer anyway. */
#define _DEFAULT_SOURCE
#include "server.h"

#include <microhttpd.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "routes.h"

enum {
  IDLE_SECONDS = 120,      /* a client that pings every 10 s keeps its connection */
  MOST_CONNECTIONS = 4096, /* or what the descriptor limit allows */
  SPARE_DESCRIPTORS = 32,
  DRAIN_LIMIT = 64 << 20 /* a refused body is read to its end up to here, so that the client sees the answer */
};

struct mbc_server {
  struct MHD_Daemon *daemon;
  struct MHD_Response *no_content; /* the answer to almost every event, made once */
  mbc_store *store;
  mbc_limits limits;
  bool verbose;
};

/* A request that is coming in. */
typedef struct exchange {
  mbc_match match;
  char *body;
  size_t size, capacity, limit;
  size_t dropped; /* bytes over the limit */
  bool no_memory;
  char empty; /* the body of a request without one */
} exchange;

/* The receipt clock. */
static int64_t now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Answers. */

/* https://developer.mozilla.org/en-US/docs/Web/HTTP/Guides/CORS; the values are those of the real backend. */
static const char *const common_headers[][2] = {
    {"Access-Control-Allow-Origin", "*"},
    {"Access-Control-Allow-Methods", "OPTIONS,POST,PUT"},
    {"Access-Control-Allow-Headers", "Content-Type"},
    {"Access-Control-Expose-Headers", "Location"},
};

static bool add_header(struct MHD_Response *response, const char *name, const char *value) {
  return !value || !*value || MHD_add_response_header(response, name, value) == MHD_YES;
}

static bool add_common_headers(struct MHD_Response *response) {
  bool good = true;
  for (size_t i = 0; i < sizeof common_headers / sizeof *common_headers; i++)
    good = good && add_header(response, common_headers[i][0], common_headers[i][1]);
  return good;
}

/* Takes the body out of the answer. */
static struct MHD_Response *make_response(mbc_answer *answer) {
  struct MHD_Response *response =
      MHD_create_response_from_buffer(answer->body.size, answer->body.bytes, MHD_RESPMEM_MUST_FREE);
  if (!response) return NULL;
  mb__writer_init(&answer->body, answer->body.memory);
  if (add_common_headers(response) && add_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, answer->type) &&
      add_header(response, MHD_HTTP_HEADER_LOCATION, answer->location) &&
      add_header(response, MHD_HTTP_HEADER_ALLOW, answer->allow))
    return response;
  MHD_destroy_response(response);
  return NULL;
}

static enum MHD_Result send_answer(mbc_server *server, struct MHD_Connection *connection, mbc_answer *answer) {
  unsigned status = (unsigned)answer->status;
  if (status == MHD_HTTP_NO_CONTENT) return MHD_queue_response(connection, status, server->no_content);
  struct MHD_Response *response = make_response(answer);
  if (!response) return MHD_NO; /* out of memory: the connection is closed, the client asks again */
  enum MHD_Result result = MHD_queue_response(connection, status, response);
  MHD_destroy_response(response);
  return result;
}

/* Paths and messages have the client's words in them: what a terminal might obey is not shown. */
static void log_request(const mbc_request *request, const mbc_answer *answer) {
  char line[640];
  snprintf(line, sizeof line, "%.16s %.200s %zu bytes: %d%s%s", request->method, request->path, request->size,
           answer->status, *answer->message ? " " : "", answer->message);
  for (char *c = line; *c; c++)
    if ((unsigned char)*c < 0x20 || (unsigned char)*c >= 0x7f) *c = '?';
  fprintf(stderr, "%s\n", line);
}

/* Requests. */

static const char *query(void *user, const char *name) {
  return MHD_lookup_connection_value(user, MHD_GET_ARGUMENT_KIND, name);
}

static void handle(mbc_server *server, exchange *x, const mbc_request *request, mbc_answer *answer) {
  if (x->dropped && x->match.route)
    mbc_answer_refuse(answer, MHD_HTTP_CONTENT_TOO_LARGE, "the body is longer than %zu bytes", x->limit);
  else if (x->no_memory)
    mbc_answer_refuse(answer, MHD_HTTP_INTERNAL_SERVER_ERROR, "out of memory");
  else
    mbc_routes_answer(&x->match, server->store, request, answer);
}

static enum MHD_Result finish(mbc_server *server, struct MHD_Connection *connection, exchange *x, const char *method,
                              const char *path) {
  mbc_request request = {.method = method,
                         .path = path,
                         .argument = x->match.argument,
                         .body = x->body ? x->body : &x->empty,
                         .size = x->size,
                         .received_at = now_ms(),
                         .query = query,
                         .user = connection};
  mbc_answer answer;
  mbc_answer_init(&answer);
  handle(server, x, &request, &answer);
  if (server->verbose) log_request(&request, &answer);
  enum MHD_Result result = send_answer(server, connection, &answer);
  mbc_answer_free(&answer);
  return result;
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
static bool refuse_early(struct MHD_Connection *connection, exchange *x) {
  uint64_t size = declared_size(connection);
  if (size <= x->limit) return false;
  bool waits = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_EXPECT) != NULL;
  x->dropped = waits || size > DRAIN_LIMIT;
  return x->dropped;
}

static exchange *begin(const mbc_server *server, const char *method, const char *path) {
  exchange *x = calloc(1, sizeof *x);
  if (!x) return NULL;
  mbc_routes_match(method, path, &x->match);
  x->limit = x->match.route && x->match.route->batch ? server->limits.batch : server->limits.body;
  if (!x->match.route) x->limit = 0; /* nobody is going to read it */
  return x;
}

/* Called with the head, then with each piece of the body, then with none. */
static enum MHD_Result on_request(void *user, struct MHD_Connection *connection, const char *path, const char *method,
                                  const char *version, const char *data, size_t *size, void **state) {
  (void)version;
  mbc_server *server = user;
  exchange *x = *state;
  if (!x) {
    *state = x = begin(server, method, path);
    if (!x) return MHD_NO;
    return refuse_early(connection, x) ? finish(server, connection, x, method, path) : MHD_YES;
  }
  if (!*size) return finish(server, connection, x, method, path);
  append(x, data, *size);
  *size = 0;
  return x->dropped > DRAIN_LIMIT ? MHD_NO : MHD_YES;
}

static void on_completed(void *user, struct MHD_Connection *connection, void **state,
                         enum MHD_RequestTerminationCode code) {
  (void)user, (void)connection, (void)code;
  exchange *x = *state;
  if (!x) return;
  free(x->body);
  free(x);
  *state = NULL;
}

/* What libmicrohttpd itself has to say, about requests that are not HTTP above all. */
__attribute__((format(printf, 2, 0))) static void on_log(void *user, const char *format, va_list arguments) {
  const mbc_server *server = user;
  if (server->verbose) vfprintf(stderr, format, arguments);
}

/* Start and stop. */

static unsigned connection_limit(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur > MOST_CONNECTIONS + SPARE_DESCRIPTORS)
    return MOST_CONNECTIONS;
  unsigned descriptors = (unsigned)limit.rlim_cur;
  return descriptors > SPARE_DESCRIPTORS ? descriptors - SPARE_DESCRIPTORS : 1;
}

static bool make_no_content(mbc_server *server) {
  server->no_content = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
  return server->no_content && add_common_headers(server->no_content);
}

static bool start_daemon(mbc_server *server, int descriptor) {
  server->daemon =
      MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ERROR_LOG | MHD_USE_TURBO, 0, NULL, NULL, on_request,
                       server, MHD_OPTION_EXTERNAL_LOGGER, on_log, server, MHD_OPTION_LISTEN_SOCKET, descriptor,
                       MHD_OPTION_CONNECTION_LIMIT, connection_limit(), MHD_OPTION_CONNECTION_TIMEOUT,
                       (unsigned)IDLE_SECONDS, MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL, MHD_OPTION_END);
  return server->daemon != NULL;
}

mbc_server *mbc_server_start(int descriptor, mbc_store *store, mbc_limits limits, bool verbose, char *error,
                             size_t size) {
  mbc_server *server = calloc(1, sizeof *server);
  if (server) *server = (mbc_server){.store = store, .limits = limits, .verbose = verbose};
  if (server && make_no_content(server) && start_daemon(server, descriptor)) return server;
  snprintf(error, size, "the HTTP server could not be started");
  close(descriptor);
  mbc_server_stop(server);
  return NULL;
}

void mbc_server_stop(mbc_server *server) {
  if (!server) return;
  if (server->daemon) MHD_stop_daemon(server->daemon);
  if (server->no_content) MHD_destroy_response(server->no_content);
  free(server);
}

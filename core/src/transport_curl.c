/* Owns the libcurl transport: one multi handle, a few easy handles that are used again and again, one header list.
 * libcurl is called only for sockets that are ready and for its own timer, so that requests which wait cost nothing. */
#define _POSIX_C_SOURCE 200809L
#include <curl/curl.h>
#include <fcntl.h>
#include <limits.h>
#include <mediabeat/curl.h>
#include <mediabeat/mediabeat.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "readiness.h"

#define DEFAULT_CAPACITY 8
#define MAX_CAPACITY 1024
#define DEFAULT_TIMEOUT_S 5
#define MAX_TIMEOUT_S 86400
#define MAX_HEADERS (64 * 1024) /* of one answer; libcurl alone sets no limit to their sum */
#define MAX_BODY (64 * 1024)    /* what is kept of an answer's body */
#define SPARE_BODY (4 * 1024)   /* what is kept of that memory between two requests */
#define NO_TIMER INT64_MAX
#define NS_PER_MS 1000000
#define NS_PER_S 1000000000

typedef struct slot slot;
typedef struct curl_transport curl_transport;

/* Requests that wait for the same thing for the same time at most, which makes the oldest the first to time out. libcurl
 * can time requests as well, at the price of a tenth of the request. */
typedef struct phase {
  slot *first, *last;
  int64_t limit_ns;
  const char *missing; /* for the error text */
} phase;

/* An easy handle with what belongs to its present request. */
struct slot {
  curl_transport *transport;
  slot *before, *after; /* in the phase, or in the list of idle slots */
  phase *phase;
  int64_t due_ns;
  CURL *easy;
  CURLU *url; /* parsed once; only path and query change */
  mb_request *request;
  char *body;
  size_t body_size, body_capacity;
  size_t header_size;
  bool headers_ended;
  char error[CURL_ERROR_SIZE];
};

struct curl_transport {
  CURLM *multi;
  CURLSH *share; /* TLS sessions; everything else that is shared is shared by the multi */
  struct curl_slist *headers;
  CURL *model; /* never sent: every easy handle is a duplicate of it */
  CURLU *endpoint;
  char *base; /* the endpoint's path without the slash at its end */
  char *target;
  size_t target_capacity;
  mb__readiness *sockets;
  slot **slots;
  slot *idle;
  phase connecting, answering;
  size_t slot_count, running, capacity, connections;
  int64_t timer_ns;         /* libcurl's timer on the monotonic clock, 0 when due at once, or NO_TIMER */
  int64_t host_ms, host_ns; /* the host's clock and the monotonic clock at the same moment */
  int64_t waited_ns;        /* waited but not yet reported: less than a millisecond */
};

static int64_t monotonic_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec;
}

static void note_time(curl_transport *t, int64_t now_ms) {
  t->host_ms = now_ms;
  t->host_ns = monotonic_ns();
}

/* --- Phases of a request --- */

static void leave_phase(slot *s) {
  phase *p = s->phase;
  if (!p) return;
  *(s->before ? &s->before->after : &p->first) = s->after;
  *(s->after ? &s->after->before : &p->last) = s->before;
  s->phase = NULL;
}

static void enter_phase(slot *s, phase *p) {
  leave_phase(s);
  s->phase = p;
  s->due_ns = s->transport->host_ns + p->limit_ns;
  s->before = p->last;
  s->after = NULL;
  *(p->last ? &p->last->after : &p->first) = s;
  p->last = s;
}

/* --- What libcurl asks of us --- */

static int on_timer(CURLM *multi, long timeout_ms, void *user) {
  curl_transport *t = user;
  (void)multi;
  if (timeout_ms < 0)
    t->timer_ns = NO_TIMER;
  else if (timeout_ms == 0)
    t->timer_ns = 0;
  else
    t->timer_ns = monotonic_ns() + (int64_t)timeout_ms * NS_PER_MS;
  return 0;
}

/* A socket that cannot be watched is no reason to answer -1, which would end every transfer: libcurl's timers still run
 * for it, and its request ends by its time-out. */
static int on_interest(CURL *easy, curl_socket_t fd, int what, void *user, void *socket_user) {
  curl_transport *t = user;
  (void)easy, (void)socket_user;
  unsigned wanted = 0;
  if (what == CURL_POLL_IN || what == CURL_POLL_INOUT) wanted |= MB__READABLE;
  if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT) wanted |= MB__WRITABLE;
  (void)mb__readiness_want(t->sockets, fd, wanted);
  return 0;
}

/* A connection whose other end has vanished would otherwise go on taking HTTP/2 streams for a quarter of an hour: that
 * one of them times out does not close it. */
static void limit_silence(const curl_transport *t, int fd) {
#ifdef TCP_USER_TIMEOUT
  int64_t longest_ns = t->answering.limit_ns;
  if (longest_ns < t->connecting.limit_ns) longest_ns = t->connecting.limit_ns;
  unsigned limit_ms = (unsigned)(longest_ns / NS_PER_MS);
  (void)setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &limit_ms, sizeof limit_ms);
#else
  (void)t, (void)fd;
#endif
}

/* Only sockets opened here are known to be closed in on_close; those of libcurl's resolver are not. */
static curl_socket_t on_open(void *user, curlsocktype purpose, struct curl_sockaddr *address) {
  curl_transport *t = user;
  (void)purpose;
  int fd = socket(address->family, address->socktype, address->protocol);
  if (fd < 0) return CURL_SOCKET_BAD;
  if (fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 && mb__readiness_adopt(t->sockets, fd)) {
    t->connections++;
    limit_silence(t, fd);
    return fd;
  }
  close(fd);
  return CURL_SOCKET_BAD;
}

static int on_close(void *user, curl_socket_t fd) {
  curl_transport *t = user;
  mb__readiness_forget(t->sockets, fd);
  t->connections--;
  return close(fd);
}

/* libcurl says nothing when a kept connection ends before an answer: it sends the request once more. Whether the backend
 * may have it twice is the client's to know, so repeating is, too. */
static int on_connected(void *user, char *remote, char *local, int remote_port, int local_port) {
  slot *s = user;
  (void)remote, (void)local, (void)remote_port, (void)local_port;
  if (s->phase == &s->transport->answering) return CURL_PREREQFUNC_ABORT;
  enter_phase(s, &s->transport->answering);
  return CURL_PREREQFUNC_OK;
}

/* Any return value other than the size ends the transfer. */
static size_t on_header(char *line, size_t size, size_t count, void *user) {
  slot *s = user;
  size *= count;
  s->header_size += size;
  s->headers_ended = size > 0 && (line[0] == '\r' || line[0] == '\n');
  return s->header_size <= MAX_HEADERS ? size : 0;
}

static bool reserve_body(slot *s, size_t size) {
  if (size <= s->body_capacity) return true;
  size_t capacity = s->body_capacity ? s->body_capacity : 512;
  while (capacity < size) capacity *= 2;
  char *body = realloc(s->body, capacity);
  if (!body) return false;
  s->body = body;
  s->body_capacity = capacity;
  return true;
}

/* The body only explains a status, so losing some of it to a lack of memory is no failure of the request. */
static size_t on_body(char *data, size_t size, size_t count, void *user) {
  slot *s = user;
  size *= count;
  size_t kept = MAX_BODY - s->body_size;
  if (kept > size) kept = size;
  if (kept > 0 && reserve_body(s, s->body_size + kept)) {
    memcpy(s->body + s->body_size, data, kept);
    s->body_size += kept;
  }
  return size;
}

/* --- Slots --- */

static void slot_free(slot *s) {
  if (!s) return;
  curl_easy_cleanup(s->easy);
  curl_url_cleanup(s->url);
  free(s->body);
  free(s);
}

#define SET(easy, option, value) (curl_easy_setopt(easy, option, value) == CURLE_OK)

static bool slot_prepare(curl_transport *t, slot *s) {
  s->transport = t;
  s->easy = curl_easy_duphandle(t->model);
  s->url = curl_url_dup(t->endpoint);
  return s->easy && s->url && SET(s->easy, CURLOPT_CURLU, s->url) && SET(s->easy, CURLOPT_SHARE, t->share) &&
         SET(s->easy, CURLOPT_PRIVATE, s) && SET(s->easy, CURLOPT_PREREQDATA, s) &&
         SET(s->easy, CURLOPT_HEADERDATA, s) && SET(s->easy, CURLOPT_WRITEDATA, s) &&
         SET(s->easy, CURLOPT_ERRORBUFFER, s->error);
}

static slot *slot_new(curl_transport *t) {
  slot *s = calloc(1, sizeof *s);
  if (s && slot_prepare(t, s)) return t->slots[t->slot_count++] = s;
  slot_free(s);
  return NULL;
}

static slot *take_slot(curl_transport *t) {
  slot *s = t->idle;
  if (!s) return slot_new(t);
  t->idle = s->after;
  return s;
}

static void give_back(curl_transport *t, slot *s) {
  if (s->body_capacity > SPARE_BODY) {
    free(s->body);
    s->body = NULL;
    s->body_capacity = 0;
  }
  s->request = NULL;
  s->after = t->idle;
  t->idle = s;
}

/* --- A request leaves --- */

/* A path may carry an id that a server chose: nothing in it may end the request line. */
static bool is_path(const char *path) {
  for (; *path; path++)
    if ((unsigned char)*path <= ' ' || *path == 0x7f || *path == '#') return false;
  return true;
}

/* Base and path one after the other, in memory that is used again. */
static char *join_target(curl_transport *t, const char *path) {
  size_t base = strlen(t->base), slash = *path != '/', size = base + slash + strlen(path) + 1;
  if (size > t->target_capacity) {
    char *target = realloc(t->target, size);
    if (!target) return NULL;
    t->target = target;
    t->target_capacity = size;
  }
  memcpy(t->target, t->base, base);
  t->target[base] = '/';
  memcpy(t->target + base + slash, path, size - base - slash);
  return t->target;
}

static mb_status set_target(curl_transport *t, slot *s, const char *path) {
  if (!path || !is_path(path)) return MB_INVALID_ARGUMENT;
  char *target = join_target(t, path);
  if (!target) return MB_NO_MEMORY;
  char *query = strchr(target, '?');
  if (query) *query++ = 0;
  bool done = curl_url_set(s->url, CURLUPART_PATH, target, 0) == CURLUE_OK &&
              curl_url_set(s->url, CURLUPART_QUERY, query, 0) == CURLUE_OK;
  return done ? MB_OK : MB_NO_MEMORY;
}

static mb_status set_body(slot *s, const mb_request *request) {
  size_t size = 0;
  const char *body = mb_request_body(request, &size);
  bool done =
      SET(s->easy, CURLOPT_POSTFIELDS, body ? body : "") && SET(s->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)size);
  return done ? MB_OK : MB_NO_MEMORY;
}

/* libcurl divides its limit among a host's addresses, so it must know it when it is going to connect. A request that finds
 * an idle connection is spared the timer; should that connection be dead, the phase still ends in time. */
static mb_status set_limit(const curl_transport *t, slot *s) {
  bool reuse = t->connections > t->running;
  long limit_ms = reuse ? 0 : (long)(t->connecting.limit_ns / NS_PER_MS);
  return SET(s->easy, CURLOPT_CONNECTTIMEOUT_MS, limit_ms) ? MB_OK : MB_NO_MEMORY;
}

static mb_status launch(curl_transport *t, slot *s, mb_request *request) {
  s->body_size = s->header_size = 0;
  s->headers_ended = false;
  s->error[0] = 0;
  mb_status status = set_target(t, s, mb_request_path(request));
  if (status == MB_OK) status = set_body(s, request);
  if (status == MB_OK) status = set_limit(t, s);
  if (status != MB_OK) return status;
  return curl_multi_add_handle(t->multi, s->easy) == CURLM_OK ? MB_OK : MB_NO_MEMORY;
}

static mb_status begin(void *user, mb_request *request, int64_t now_ms) {
  curl_transport *t = user;
  if (t->running == t->capacity) return MB_BUSY;
  note_time(t, now_ms);
  slot *s = take_slot(t);
  if (!s) return MB_NO_MEMORY;
  mb_status status = launch(t, s, request);
  if (status != MB_OK) {
    give_back(t, s);
    return status;
  }
  s->request = request;
  mb_request_set_user(request, s);
  enter_phase(s, &t->connecting);
  t->running++;
  return MB_OK;
}

static void stop(curl_transport *t, slot *s) {
  leave_phase(s);
  curl_multi_remove_handle(t->multi, s->easy);
  t->running--;
}

static void forget(void *user, mb_request *request) {
  curl_transport *t = user;
  slot *s = mb_request_user(request);
  stop(t, s);
  give_back(t, s);
}

/* --- An answer arrives --- */

static bool has_whole_body(const slot *s, long status) {
  curl_off_t announced = -1, received = 0;
  curl_easy_getinfo(s->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &announced);
  curl_easy_getinfo(s->easy, CURLINFO_SIZE_DOWNLOAD_T, &received);
  return status == 204 || (announced >= 0 && received >= announced);
}

/* A server may answer before it has read the whole request and then close the connection or reset the HTTP/2 stream.
 * libcurl calls that a failure; the answer is there all the same. A 2xx without a length ends with the reset. */
static bool is_answered(const slot *s, CURLcode result, long status) {
  if (result == CURLE_OK) return status > 0;
  if (!s->headers_ended || status < 200) return false;
  return has_whole_body(s, status) || (result == CURLE_HTTP2_STREAM && status < 300);
}

static const char *header_text(const slot *s, const char *name) {
  struct curl_header *header;
  return curl_easy_header(s->easy, name, 0, CURLH_HEADER, -1, &header) == CURLHE_OK ? header->value : NULL;
}

static bool is_about_connecting(CURLcode result) {
  return result == CURLE_COULDNT_RESOLVE_HOST || result == CURLE_COULDNT_RESOLVE_PROXY ||
         result == CURLE_COULDNT_CONNECT || result == CURLE_SSL_CONNECT_ERROR ||
         result == CURLE_PEER_FAILED_VERIFICATION;
}

/* libcurl connects once more when the connection that a request went out on has ended. */
static bool is_before_sending(const slot *s, CURLcode result) {
  return is_about_connecting(result) && s->phase != &s->transport->answering;
}

static mb_response failure(const slot *s, CURLcode result) {
  mb_response response = {.size = sizeof response, .error = s->error, .not_sent = is_before_sending(s, result)};
  if (result == CURLE_ABORTED_BY_CALLBACK)
    response.error = "the connection ended before an answer";
  else if (!s->error[0])
    response.error = result == CURLE_OK ? "no HTTP answer" : curl_easy_strerror(result);
  return response;
}

static mb_response read_response(const slot *s, CURLcode result) {
  long status = 0;
  curl_off_t retry_after_s = 0;
  curl_easy_getinfo(s->easy, CURLINFO_RESPONSE_CODE, &status);
  if (!is_answered(s, result, status)) return failure(s, result);
  curl_easy_getinfo(s->easy, CURLINFO_RETRY_AFTER, &retry_after_s);
  return (mb_response){.size = sizeof(mb_response),
                       .status = (int)status,
                       .location = header_text(s, "Location"),
                       .retry_after_s = retry_after_s > 0 ? retry_after_s : 0,
                       .body = s->body_size ? s->body : NULL,
                       .body_size = s->body_size};
}

/* The client may send its next request from inside mb_request_complete. The slot is not free then, for the response
 * points into it: that is why there is one slot more than requests under way. */
static void finish(curl_transport *t, slot *s, CURLcode result) {
  mb_response response = read_response(s, result);
  stop(t, s);
  mb_request_complete(s->request, &response, t->host_ms);
  give_back(t, s);
}

static void finish_done(curl_transport *t) {
  int left;
  for (CURLMsg *message; (message = curl_multi_info_read(t->multi, &left));) {
    slot *s = NULL;
    if (message->msg != CURLMSG_DONE) continue;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &s);
    finish(t, s, message->data.result);
  }
}

/* --- Time and I/O --- */

static void act(curl_transport *t, mb__ready ready) {
  int running, what = 0;
  if (ready.what & MB__READABLE) what |= CURL_CSELECT_IN;
  if (ready.what & MB__WRITABLE) what |= CURL_CSELECT_OUT;
  if (ready.what & MB__BROKEN) what |= CURL_CSELECT_ERR;
  curl_multi_socket_action(t->multi, ready.fd, what, &running);
}

static void act_on_sockets(curl_transport *t) {
  mb__ready ready;
  bool acted = false;
  mb__readiness_wait(t->sockets, 0);
  while (mb__readiness_next(t->sockets, &ready)) {
    act(t, ready);
    acted = true;
  }
  if (acted) finish_done(t);
}

/* Requests that were sent since the last time start here too: libcurl sets its timer to 0 for them. */
static void act_on_timer(curl_transport *t) {
  int running;
  if (t->timer_ns > t->host_ns) return;
  t->timer_ns = NO_TIMER;
  curl_multi_socket_action(t->multi, CURL_SOCKET_TIMEOUT, 0, &running);
  finish_done(t);
}

static void end_late(curl_transport *t, const phase *p) {
  for (slot *s; (s = p->first) && s->due_ns <= t->host_ns;) {
    snprintf(s->error, sizeof s->error, "no %s within %g s", p->missing, (double)p->limit_ns / NS_PER_S);
    finish(t, s, CURLE_OPERATION_TIMEDOUT);
  }
}

static void move(void *user, int64_t now_ms) {
  curl_transport *t = user;
  note_time(t, now_ms);
  act_on_sockets(t);
  act_on_timer(t);
  end_late(t, &t->connecting);
  end_late(t, &t->answering);
}

static int64_t earlier(int64_t ns, const phase *p) { return p->first && p->first->due_ns < ns ? p->first->due_ns : ns; }

static int64_t due_ns(const curl_transport *t) { return earlier(earlier(t->timer_ns, &t->connecting), &t->answering); }

static int64_t ceil_ms(int64_t ns) { return ns <= 0 ? 0 : (ns - 1) / NS_PER_MS + 1; }

static int64_t deadline(void *user) {
  const curl_transport *t = user;
  int64_t due = due_ns(t);
  return due == NO_TIMER ? MB_NEVER : t->host_ms + ceil_ms(due - t->host_ns);
}

static int64_t block(void *user, int64_t timeout_ms) {
  curl_transport *t = user;
  int64_t from = monotonic_ns(), due = due_ns(t);
  if (due != NO_TIMER && ceil_ms(due - from) < timeout_ms) timeout_ms = ceil_ms(due - from);
  if (timeout_ms < 0) timeout_ms = 0;
  mb__readiness_wait(t->sockets, timeout_ms < INT_MAX ? (int)timeout_ms : INT_MAX);
  t->waited_ns += monotonic_ns() - from;
  int64_t elapsed_ms = t->waited_ns / NS_PER_MS;
  t->waited_ns %= NS_PER_MS;
  return elapsed_ms;
}

static int descriptor(void *user) {
  const curl_transport *t = user;
  return mb__readiness_descriptor(t->sockets);
}

/* --- Set-up --- */

static const char *environment(const char *lower, const char *upper) {
  const char *value = getenv(lower);
  if ((!value || !*value) && upper) value = getenv(upper);
  return value && *value ? value : NULL;
}

/* As libcurl does it, but once and not for every request. HTTP_PROXY in capitals is not read: under CGI a client's
 * header sets it. */
static const char *proxy_from_environment(bool tls) {
  const char *proxy = tls ? environment("https_proxy", "HTTPS_PROXY") : environment("http_proxy", NULL);
  if (!proxy) proxy = environment("all_proxy", "ALL_PROXY");
  return proxy ? proxy : "";
}

static bool set_proxy(CURL *easy, const mb_config *config, bool tls) {
  const char *proxy = mb_config_text(config, "proxy");
  const char *exceptions = proxy ? NULL : environment("no_proxy", "NO_PROXY");
  if (!proxy) proxy = proxy_from_environment(tls);
  return SET(easy, CURLOPT_PROXY, proxy) && SET(easy, CURLOPT_NOPROXY, exceptions ? exceptions : "") &&
         SET(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
}

/* libcurl keeps a parsed bundle between connections only when it needs no directory of certificates besides; parsing
 * the system's bundle anew costs more than a thousand requests. */
static bool set_certificates(CURL *easy, const mb_config *config) {
  const char *bundle = mb_config_text(config, "caBundle"), *preset = NULL;
  if (bundle && *bundle)
    return SET(easy, CURLOPT_CAINFO, bundle) && SET(easy, CURLOPT_CAPATH, NULL) &&
           SET(easy, CURLOPT_PROXY_CAINFO, bundle) && SET(easy, CURLOPT_PROXY_CAPATH, NULL);
  curl_easy_getinfo(easy, CURLINFO_CAINFO, &preset);
  return !preset || access(preset, R_OK) != 0 || SET(easy, CURLOPT_CAPATH, NULL);
}

static bool set_tls(CURL *easy, const mb_config *config) {
  return SET(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) && SET(easy, CURLOPT_SSL_VERIFYPEER, 1L) &&
         SET(easy, CURLOPT_SSL_VERIFYHOST, 2L) && set_certificates(easy, config);
}

static bool set_http(CURL *easy, bool http2, struct curl_slist *headers) {
  long version = http2 ? (long)CURL_HTTP_VERSION_2TLS : (long)CURL_HTTP_VERSION_1_1;
  return SET(easy, CURLOPT_PROTOCOLS_STR, "http,https") && SET(easy, CURLOPT_FOLLOWLOCATION, 0L) &&
         SET(easy, CURLOPT_HTTP_VERSION, version) && SET(easy, CURLOPT_PIPEWAIT, http2 ? 1L : 0L) &&
         SET(easy, CURLOPT_USERAGENT, "mediabeat/" MB_VERSION) && SET(easy, CURLOPT_HTTPHEADER, headers);
}

static phase read_phase(const mb_config *config, const char *key, const char *missing) {
  double s = mb_config_number(config, key);
  if (!(s > 0)) s = DEFAULT_TIMEOUT_S;
  if (s > MAX_TIMEOUT_S) s = MAX_TIMEOUT_S;
  return (phase){.limit_ns = s < 0.001 ? NS_PER_MS : (int64_t)(s * NS_PER_S), .missing = missing};
}

/* Without QUICK_EXIT, to end a request whose host is being looked up would block until the look-up ends. */
static bool set_socket(CURL *easy) {
  return SET(easy, CURLOPT_NOSIGNAL, 1L) && SET(easy, CURLOPT_TCP_KEEPALIVE, 1L) && SET(easy, CURLOPT_QUICK_EXIT, 1L);
}

static bool set_callbacks(CURL *easy, curl_transport *t) {
  return SET(easy, CURLOPT_OPENSOCKETFUNCTION, on_open) && SET(easy, CURLOPT_OPENSOCKETDATA, t) &&
         SET(easy, CURLOPT_CLOSESOCKETFUNCTION, on_close) && SET(easy, CURLOPT_CLOSESOCKETDATA, t) &&
         SET(easy, CURLOPT_PREREQFUNCTION, on_connected) && SET(easy, CURLOPT_HEADERFUNCTION, on_header) &&
         SET(easy, CURLOPT_WRITEFUNCTION, on_body);
}

#define SET_MULTI(multi, option, value) (curl_multi_setopt(multi, option, value) == CURLM_OK)

/* Connections are kept by libcurl's own count otherwise, which shrinks with the number of requests under way. */
static bool set_multi(curl_transport *t) {
  return SET_MULTI(t->multi, CURLMOPT_SOCKETFUNCTION, on_interest) && SET_MULTI(t->multi, CURLMOPT_SOCKETDATA, t) &&
         SET_MULTI(t->multi, CURLMOPT_TIMERFUNCTION, on_timer) && SET_MULTI(t->multi, CURLMOPT_TIMERDATA, t) &&
         SET_MULTI(t->multi, CURLMOPT_MAXCONNECTS, (long)t->capacity);
}

static bool append_header(struct curl_slist **list, const char *header) {
  struct curl_slist *longer = curl_slist_append(*list, header);
  if (longer) *list = longer;
  return longer != NULL;
}

/* Without "Expect:" libcurl would ask before it sends a large body and wait for the answer. */
static bool make_headers(curl_transport *t) {
  return append_header(&t->headers, "Content-Type: application/json") && append_header(&t->headers, "Expect:");
}

static size_t read_capacity(const mb_config *config) {
  double number = mb_config_number(config, "maxConnections");
  if (!(number >= 1)) return DEFAULT_CAPACITY;
  return number < MAX_CAPACITY ? (size_t)number : MAX_CAPACITY;
}

static bool make_parts(curl_transport *t) {
  t->sockets = mb__readiness_new();
  t->multi = curl_multi_init();
  t->share = curl_share_init();
  t->model = curl_easy_init();
  t->slots = calloc(t->capacity + 1, sizeof(slot *));
  return t->sockets && t->multi && t->share && t->model && t->slots && make_headers(t) && set_multi(t) &&
         curl_share_setopt(t->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION) == CURLSHE_OK;
}

static void trim_slash(char *path) {
  size_t size = strlen(path);
  if (size > 0 && path[size - 1] == '/') path[size - 1] = 0;
}

static mb_status url_status(CURLUcode code) {
  if (code == CURLUE_OK) return MB_OK;
  return code == CURLUE_OUT_OF_MEMORY ? MB_NO_MEMORY : MB_INVALID_ARGUMENT;
}

static mb_status parse_endpoint(curl_transport *t, const char *text) {
  if (!text) return MB_INVALID_ARGUMENT;
  t->endpoint = curl_url();
  if (!t->endpoint) return MB_NO_MEMORY;
  mb_status status = url_status(curl_url_set(t->endpoint, CURLUPART_URL, text, 0));
  if (status == MB_OK) status = url_status(curl_url_get(t->endpoint, CURLUPART_PATH, &t->base, 0));
  if (status == MB_OK) status = url_status(curl_url_set(t->endpoint, CURLUPART_FRAGMENT, NULL, 0));
  if (status == MB_OK) trim_slash(t->base);
  return status;
}

static mb_status read_scheme(const curl_transport *t, bool *tls) {
  char *scheme;
  mb_status status = url_status(curl_url_get(t->endpoint, CURLUPART_SCHEME, &scheme, 0));
  if (status != MB_OK) return status;
  *tls = strcmp(scheme, "https") == 0;
  if (!*tls && strcmp(scheme, "http") != 0) status = MB_INVALID_ARGUMENT;
  curl_free(scheme);
  return status;
}

static bool curl_can(bool tls, bool http2) {
  int needed = (tls ? CURL_VERSION_SSL : 0) | (http2 ? CURL_VERSION_HTTP2 : 0);
  return (curl_version_info(CURLVERSION_NOW)->features & needed) == needed;
}

static mb_status configure(curl_transport *t, const mb_config *config) {
  bool tls, http2 = mb_config_flag(config, "http2");
  mb_status status = parse_endpoint(t, mb_config_text(config, "endpoint"));
  if (status == MB_OK) status = read_scheme(t, &tls);
  if (status != MB_OK) return status;
  if (!curl_can(tls, http2)) return MB_TRANSPORT_FAILED;
  if (!make_parts(t)) return MB_NO_MEMORY;
  bool done = set_http(t->model, http2, t->headers) && (!tls || set_tls(t->model, config)) &&
              set_proxy(t->model, config, tls) && set_socket(t->model) && set_callbacks(t->model, t);
  return done ? MB_OK : MB_TRANSPORT_FAILED;
}

/* The multi closes its connections through on_close, so the set of sockets goes after it; the share is in use until the
 * last easy handle is gone. */
static void destroy(void *user) {
  curl_transport *t = user;
  for (size_t i = 0; i < t->slot_count; i++) {
    if (!t->slots[i]) continue;
    if (t->slots[i]->request) curl_multi_remove_handle(t->multi, t->slots[i]->easy);
    slot_free(t->slots[i]);
  }
  curl_easy_cleanup(t->model);
  curl_multi_cleanup(t->multi);
  curl_share_cleanup(t->share);
  curl_slist_free_all(t->headers);
  curl_url_cleanup(t->endpoint);
  curl_free(t->base);
  mb__readiness_free(t->sockets);
  free(t->target);
  free(t->slots);
  free(t);
}

static const mb_transport functions = {.size = sizeof(mb_transport),
                                       .send = begin,
                                       .cancel = forget,
                                       .poll = move,
                                       .next_deadline = deadline,
                                       .wait = block,
                                       .descriptor = descriptor,
                                       .free = destroy};

mb_status mb_curl_transport_new(const mb_config *config, mb_transport *transport) {
  if (!config || !transport) return MB_INVALID_ARGUMENT;
  mb_status status = mb_curl_global_init();
  if (status != MB_OK) return status;
  curl_transport *t = calloc(1, sizeof *t);
  if (!t) return MB_NO_MEMORY;
  t->capacity = read_capacity(config);
  t->timer_ns = NO_TIMER;
  t->connecting = read_phase(config, "connectTimeout", "connection");
  t->answering = read_phase(config, "answerTimeout", "answer");
  status = configure(t, config);
  if (status != MB_OK) {
    destroy(t);
    return status;
  }
  *transport = functions;
  transport->user = t;
  transport->capacity = t->capacity;
  return MB_OK;
}

/* Never undone: a program that uses libcurl without initialising it itself would lose it with us. */
mb_status mb_curl_global_init(void) {
  return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? MB_OK : MB_TRANSPORT_FAILED;
}

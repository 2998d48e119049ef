/* The libcurl transport against real servers on loopback. Which status, text and connection count follow from which
 * answer of the server; time-outs are configured as fractions of a second. */
#define _GNU_SOURCE /* RTLD_NEXT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dlfcn.h>
#include <mediabeat/curl.h>
#include <mediabeat/mediabeat.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "fake_core.h"
#include "server.h"

#define START_MS 1000000   /* the host's clock: any */
#define PATIENCE_MS 60000  /* until a test gives up: nothing takes so long when all is well */
#define BY_DEFAULT_MS 5000 /* how long the transport waits when it is not told */

static server plain, tls;
static char folder[] = "/tmp/mediabeat-transport-XXXXXX";
static mb_transport transport;
static int64_t now_ms;
static char endpoint[256];

static const char *in_folder(const char *name) {
  static char path[512];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  return path;
}

static const char *url(const char *scheme, const char *host, int port, const char *path) {
  snprintf(endpoint, sizeof endpoint, "%s://%s:%d%s", scheme, host, port, path);
  return endpoint;
}

static const char *plain_url(void) { return url("http", "127.0.0.1", plain.port, ""); }

static void open_transport(mb_config config) {
  now_ms = START_MS;
  if (config.answer_timeout <= 0) config.answer_timeout = PATIENCE_MS / 1000.0;
  assert_int_equal(mb_curl_transport_new(&config, &transport), MB_OK);
}

static void close_transport(void) { transport.free(transport.user); }

static int64_t real_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void step(void) {
  int64_t next = transport.next_deadline(transport.user);
  if (next > now_ms) now_ms += transport.wait(transport.user, next == MB_NEVER ? 1000 : next - now_ms);
  transport.poll(transport.user, now_ms);
}

static void run_for(int64_t ms) {
  for (int64_t end = real_ms() + ms; real_ms() < end;) {
    now_ms += transport.wait(transport.user, 10);
    transport.poll(transport.user, now_ms);
  }
}

static void finish_all(mb_request *requests, size_t count) {
  int64_t end = real_ms() + PATIENCE_MS;
  for (size_t i = 0; i < count; i++)
    while (!requests[i].completions) {
      assert_true(real_ms() < end);
      step();
    }
}

static mb_request post(const char *path) { return (mb_request){.path = path, .body = "{}", .body_size = 2}; }

static void send_ok(mb_request *request) { assert_int_equal(transport.send(transport.user, request, now_ms), MB_OK); }

/* One request over the open transport; clear it afterwards. */
static mb_request exchange(const char *path) {
  mb_request request = post(path);
  send_ok(&request);
  finish_all(&request, 1);
  assert_int_equal(request.completions, 1);
  return request;
}

/* One request over a transport of its own. */
static mb_request exchange_with(mb_config config, const char *path) {
  open_transport(config);
  mb_request request = exchange(path);
  close_transport();
  return request;
}

static mb_request exchange_plain(const char *path) { return exchange_with((mb_config){.endpoint = plain_url()}, path); }

static int count_of(const mb_request *report, const char *name) {
  const char *place = strstr(report->answer, name);
  assert_non_null(place);
  return atoi(place + strlen(name) + 1);
}

/* What the server counted, asked over the open transport. */
static int counted(const char *name) {
  mb_request report = exchange("/count");
  int count = count_of(&report, name);
  fake_request_clear(&report);
  return count;
}

static void assert_failed(mb_request *request, const char *text) {
  assert_int_equal(request->status, 0);
  if (!strstr(request->error, text)) fail_msg("error is \"%s\", not \"%s\"", request->error, text);
  fake_request_clear(request);
}

/* --- Answers --- */

static void test_created_with_location(void **state) {
  (void)state;
  mb_request request = exchange_plain("/api/v1/201?location=/api/v1/sessions/abc");
  assert_int_equal(request.status, 201);
  assert_string_equal(request.location, "/api/v1/sessions/abc");
  assert_int_equal(request.retry_after_s, 0);
  assert_string_equal(request.error, "");
  fake_request_clear(&request);
}

static void test_no_content(void **state) {
  (void)state;
  mb_request request = exchange_plain("/204");
  assert_int_equal(request.status, 204);
  assert_string_equal(request.location, "");
  assert_int_equal(request.answer_size, 0);
  fake_request_clear(&request);
}

static void test_client_error_with_body(void **state) {
  (void)state;
  mb_request request = exchange_plain("/400?body=1000");
  assert_int_equal(request.status, 400);
  assert_int_equal(request.answer_size, 1000);
  assert_int_equal(request.answer[999], 'x');
  fake_request_clear(&request);
}

static void test_retry_after(void **state) {
  (void)state;
  mb_request request = exchange_plain("/503?retry-after=17");
  assert_int_equal(request.status, 503);
  assert_int_equal(request.retry_after_s, 17);
  fake_request_clear(&request);
}

static void test_retry_after_in_the_past(void **state) {
  (void)state;
  mb_request request = exchange_plain("/503?retry-after=Sun,%2006%20Nov%201994%2008:49:37%20GMT");
  assert_int_equal(request.status, 503);
  assert_int_equal(request.retry_after_s, 0);
  fake_request_clear(&request);
}

static void test_redirect_is_an_answer(void **state) {
  (void)state;
  mb_request request = exchange_plain("/307?location=/204");
  assert_int_equal(request.status, 307);
  assert_string_equal(request.location, "/204");
  fake_request_clear(&request);
}

static void assert_has(const mb_request *request, const char *text) {
  if (!strstr(request->answer, text)) fail_msg("no \"%s\" in:\n%s", text, request->answer);
}

static void test_what_is_sent(void **state) {
  (void)state;
  open_transport((mb_config){.endpoint = url("http", "127.0.0.1", plain.port, "/base/"), .max_connections = 1});
  mb_request request = exchange("/echo?a=1");
  assert_has(&request, "POST /base/echo?a=1\n");
  assert_has(&request, "Content-Type: application/json\n");
  assert_has(&request, "Content-Length: 2\n");
  assert_has(&request, "User-Agent: mediabeat/" MB_VERSION "\n");
  assert_has(&request, "\n\n{}");
  assert_null(strstr(request.answer, "Expect"));
  fake_request_clear(&request);
  request = exchange("echo"); /* the same easy handle */
  assert_has(&request, "POST /base/echo\n");
  fake_request_clear(&request);
  close_transport();
}

static void test_large_request(void **state) {
  (void)state;
  size_t size = 1000000;
  char *body = malloc(size);
  memset(body, 'x', size);
  open_transport((mb_config){.endpoint = plain_url()});
  mb_request request = {.path = "/204", .body = body, .body_size = size};
  send_ok(&request);
  finish_all(&request, 1);
  assert_int_equal(request.status, 204);
  fake_request_clear(&request);
  close_transport();
  free(body);
}

/* --- Answers of a hostile server --- */

static void test_large_body_is_cut(void **state) {
  (void)state;
  open_transport((mb_config){.endpoint = plain_url()});
  mb_request request = exchange("/500?body=3000000");
  assert_int_equal(request.status, 500);
  assert_int_equal(request.answer_size, 65536);
  fake_request_clear(&request);
  int connections = counted("connections"); /* it was read to its end: the connection goes on */
  fake_request_clear(&request);
  request = exchange("/204");
  fake_request_clear(&request);
  assert_int_equal(counted("connections"), connections);
  close_transport();
}

static void test_endless_headers(void **state) {
  (void)state;
  mb_request request = exchange_plain("/headers");
  assert_failed(&request, "");
}

static void test_endless_body(void **state) {
  (void)state;
  mb_request request = exchange_with((mb_config){.endpoint = plain_url(), .answer_timeout = 0.2}, "/endless");
  assert_failed(&request, "no answer within 0.2 s");
}

static void test_short_body_is_no_answer(void **state) {
  (void)state;
  mb_request request = exchange_plain("/short");
  assert_failed(&request, "90 bytes remaining");
}

static void test_garbage(void **state) {
  (void)state;
  mb_request request = exchange_plain("/garbage");
  assert_failed(&request, "HTTP/0.9");
}

static void test_closed_without_answer(void **state) {
  (void)state;
  mb_request request = exchange_plain("/silent");
  assert_failed(&request, "Empty reply");
}

/* --- No answer --- */

/* A port on which nothing listens, because it is bound and only bound. */
static int dead_port(int *fd) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  *fd = socket(AF_INET, SOCK_STREAM, 0);
  assert_int_equal(bind(*fd, (struct sockaddr *)&address, size), 0);
  assert_int_equal(getsockname(*fd, (struct sockaddr *)&address, &size), 0);
  return ntohs(address.sin_port);
}

static void test_connection_refused(void **state) {
  (void)state;
  int fd, port = dead_port(&fd);
  mb_request request = exchange_with((mb_config){.endpoint = url("http", "127.0.0.1", port, "")}, "/204");
  assert_failed(&request, "connect");
  close(fd);
}

static void test_unknown_host(void **state) {
  (void)state;
  mb_request request = exchange_with((mb_config){.endpoint = "http://host.invalid"}, "/204");
  assert_failed(&request, "host.invalid");
}

/* libcurl's look-ups come here: one name takes its time. */
int getaddrinfo(const char *host, const char *service, const struct addrinfo *hints, struct addrinfo **result) {
  union {
    void *object;
    int (*function)(const char *, const char *, const struct addrinfo *, struct addrinfo **);
  } next = {.object = dlsym(RTLD_NEXT, "getaddrinfo")};
  if (host && strcmp(host, "slow.invalid") == 0) sleep(BY_DEFAULT_MS / 1000);
  return next.function(host, service, hints, result);
}

static void test_slow_look_up(void **state) {
  (void)state;
  int64_t from = real_ms();
  mb_request request = exchange_with((mb_config){.endpoint = "http://slow.invalid", .connect_timeout = 0.2}, "/204");
  assert_in_range(real_ms() - from, 150, BY_DEFAULT_MS - 100);
  assert_failed(&request, "");
}

static void test_slow_answer(void **state) {
  (void)state;
  int64_t from = real_ms();
  mb_request request = exchange_with((mb_config){.endpoint = plain_url(), .answer_timeout = 0.2}, "/204?delay=60");
  assert_in_range(real_ms() - from, 200, BY_DEFAULT_MS - 100);
  assert_in_range(now_ms - START_MS, 195, BY_DEFAULT_MS - 100); /* the host's clock went along with wait() */
  assert_failed(&request, "no answer within 0.2 s");
}

/* The backlog of a listener that never accepts is full: the next connection waits. */
static void test_slow_connection(void **state) {
  (void)state;
  int listener, port = dead_port(&listener), fillers[4];
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  address.sin_port = htons((uint16_t)port);
  assert_int_equal(listen(listener, 0), 0);
  for (int i = 0; i < 4; i++) {
    fillers[i] = socket(AF_INET, SOCK_STREAM, 0);
    struct timeval soon = {.tv_usec = 50000};
    setsockopt(fillers[i], SOL_SOCKET, SO_SNDTIMEO, &soon, sizeof soon);
    (void)!connect(fillers[i], (struct sockaddr *)&address, sizeof address);
  }
  mb_config config = {.endpoint = url("http", "127.0.0.1", port, ""), .connect_timeout = 0.2};
  int64_t from = real_ms();
  mb_request request = exchange_with(config, "/204");
  assert_in_range(real_ms() - from, 150, BY_DEFAULT_MS - 100);
  assert_failed(&request, "");
  for (int i = 0; i < 4; i++) close(fillers[i]);
  close(listener);
}

/* --- Connections --- */

static int left;

static void send_next(mb_request *request) {
  if (left-- > 0) send_ok(request);
}

static void test_connections_are_kept(void **state) {
  (void)state;
  open_transport((mb_config){.endpoint = plain_url(), .max_connections = 4});
  assert_int_equal(transport.capacity, 4);
  int before = counted("connections");
  mb_request requests[4];
  left = 396;
  for (int i = 0; i < 4; i++) {
    requests[i] = post("/204");
    requests[i].completed = send_next;
    send_ok(&requests[i]);
  }
  while (left > -4) step(); /* the last four completions find nothing left to send */
  for (int i = 0; i < 4; i++) fake_request_clear(&requests[i]);
  assert_int_equal(counted("connections"), before + 3);
  close_transport();
}

static void test_no_more_than_the_capacity(void **state) {
  (void)state;
  open_transport((mb_config){.endpoint = plain_url(), .max_connections = 2});
  mb_request requests[3] = {post("/204?delay=0.1"), post("/204?delay=0.1"), post("/204")};
  send_ok(&requests[0]);
  send_ok(&requests[1]);
  assert_int_equal(transport.send(transport.user, &requests[2], now_ms), MB_BUSY);
  finish_all(requests, 2);
  send_ok(&requests[2]);
  finish_all(requests, 3);
  for (int i = 0; i < 3; i++) {
    assert_int_equal(requests[i].status, 204);
    fake_request_clear(&requests[i]);
  }
  close_transport();
}

static void test_connection_closed_by_server(void **state) {
  (void)state;
  open_transport((mb_config){.endpoint = plain_url(), .max_connections = 1});
  int before = counted("connections");
  for (int i = 0; i < 3; i++) {
    mb_request request = exchange("/204?close=1");
    assert_int_equal(request.status, 204);
    fake_request_clear(&request);
  }
  assert_int_equal(counted("connections"), before + 3);
  close_transport();
}

/* Many more sockets than one wait reports. */
static void test_many_connections(void **state) {
  (void)state;
  static mb_request requests[200];
  open_transport((mb_config){.endpoint = plain_url(), .max_connections = 200});
  for (int i = 0; i < 200; i++) {
    requests[i] = post("/204?delay=0.2");
    send_ok(&requests[i]);
  }
  finish_all(requests, 200);
  for (int i = 0; i < 200; i++) {
    assert_int_equal(requests[i].status, 204);
    fake_request_clear(&requests[i]);
  }
  close_transport();
}

/* --- Cancelling --- */

static void test_cancel_in_flight(void **state) {
  (void)state;
  open_transport((mb_config){.endpoint = plain_url(), .max_connections = 1});
  mb_request request = post("/204?delay=60");
  send_ok(&request);
  run_for(50);
  transport.cancel(transport.user, &request);
  mb_request next = exchange("/201");
  assert_int_equal(next.status, 201);
  assert_int_equal(request.completions, 0);
  fake_request_clear(&next);
  close_transport();
}

static void test_cancel_before_it_left(void **state) {
  (void)state;
  open_transport((mb_config){.endpoint = plain_url(), .max_connections = 1});
  mb_request request = post("/204");
  send_ok(&request);
  transport.cancel(transport.user, &request);
  for (int i = 0; i < 3; i++) transport.poll(transport.user, now_ms);
  assert_int_equal(request.completions, 0);
  close_transport();
}

static mb_request victim;

static void cancel_victim(mb_request *request) {
  (void)request;
  if (!victim.completions) transport.cancel(transport.user, &victim);
}

static void test_cancel_from_inside_a_completion(void **state) {
  (void)state;
  open_transport((mb_config){.endpoint = plain_url(), .max_connections = 2});
  mb_request first = post("/204");
  first.completed = cancel_victim;
  victim = post("/204?delay=60");
  send_ok(&victim);
  send_ok(&first);
  finish_all(&first, 1);
  assert_int_equal(victim.completions, 0);
  fake_request_clear(&first);
  close_transport();
}

static void test_free_with_requests_under_way(void **state) {
  (void)state;
  open_transport((mb_config){.endpoint = plain_url(), .max_connections = 2});
  mb_request requests[2] = {post("/204?delay=60"), post("/204?delay=60")};
  send_ok(&requests[0]);
  run_for(50);
  send_ok(&requests[1]);
  close_transport();
  assert_int_equal(requests[0].completions + requests[1].completions, 0);
}

/* --- Time --- */

static void test_idle_has_no_deadline(void **state) {
  (void)state;
  open_transport((mb_config){.endpoint = plain_url()});
  assert_true(transport.next_deadline(transport.user) == MB_NEVER);
  mb_request request = post("/204");
  send_ok(&request);
  assert_true(transport.next_deadline(transport.user) <= now_ms); /* it leaves at the next poll */
  finish_all(&request, 1);
  fake_request_clear(&request);
  close_transport();
}

static void test_wait_keeps_its_time_out(void **state) {
  (void)state;
  open_transport((mb_config){.endpoint = plain_url()});
  int64_t from = real_ms(), said = transport.wait(transport.user, 60);
  assert_in_range(real_ms() - from, 59, PATIENCE_MS);
  assert_in_range(said, 59, PATIENCE_MS);
  assert_int_equal(transport.wait(transport.user, 0), 0);
  close_transport();
}

static void ignore_signal(int number) { (void)number; }

static void test_wait_ends_with_a_signal(void **state) {
  (void)state;
  struct sigaction old, action = {.sa_handler = ignore_signal};
  sigaction(SIGALRM, &action, &old);
  timer_t timer;
  struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM};
  struct itimerspec soon = {.it_value.tv_nsec = 50000000};
  open_transport((mb_config){.endpoint = plain_url()});
  assert_int_equal(timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
  timer_settime(timer, 0, &soon, NULL);
  assert_in_range(transport.wait(transport.user, MB_NEVER), 40, PATIENCE_MS);
  timer_delete(timer);
  sigaction(SIGALRM, &old, NULL);
  close_transport();
}

/* A kept connection that the server closes is readable for ever; wait must not return for it again and again. */
static void test_wait_does_not_spin(void **state) {
  (void)state;
  open_transport((mb_config){.endpoint = url("http", "127.0.0.1", plain.port, "")});
  server other = server_start("http_server.py", NULL, NULL, NULL);
  close_transport();
  open_transport((mb_config){.endpoint = url("http", "127.0.0.1", other.port, "")});
  mb_request request = exchange("/204");
  fake_request_clear(&request);
  server_stop(&other);
  int64_t from = real_ms();
  for (int i = 0; i < 3; i++) transport.wait(transport.user, 50);
  assert_true(real_ms() - from >= 90);
  close_transport();
}

/* As a loop of the host's does it: sleep until the descriptor can be read or the deadline has come. */
static void sleep_on_descriptor(void) {
  int64_t next = transport.next_deadline(transport.user), from = real_ms();
  struct pollfd watched = {.fd = transport.descriptor(transport.user), .events = POLLIN};
  poll(&watched, 1, next <= now_ms ? 0 : (int)(next - now_ms));
  now_ms += real_ms() - from;
}

static void test_descriptor_wakes_a_loop(void **state) {
  (void)state;
  open_transport((mb_config){.endpoint = plain_url()});
  if (transport.descriptor(transport.user) >= 0) {
    mb_request request = post("/204?delay=0.3");
    int sleeps = 0;
    for (send_ok(&request); !request.completions; sleeps++) {
      sleep_on_descriptor();
      transport.poll(transport.user, now_ms);
    }
    assert_int_equal(request.status, 204);
    assert_in_range(sleeps, 2, 20); /* it slept, and was woken before its time-out */
    fake_request_clear(&request);
  }
  close_transport();
}

/* --- TLS --- */

static mb_request exchange_tls(const char *host, const char *bundle) {
  char path[512];
  snprintf(path, sizeof path, "%s", in_folder(bundle));
  return exchange_with((mb_config){.endpoint = url("https", host, tls.port, ""), .ca_bundle = path}, "/201");
}

static void test_tls_verified(void **state) {
  (void)state;
  mb_request request = exchange_tls("localhost", "ca.pem");
  if (request.status != 201) fail_msg("%s", request.error);
  fake_request_clear(&request);
}

static void test_tls_wrong_authority(void **state) {
  (void)state;
  mb_request request = exchange_tls("localhost", "stranger.pem");
  assert_failed(&request, "certificate");
}

static void test_tls_system_authorities(void **state) {
  (void)state;
  mb_request request = exchange_with((mb_config){.endpoint = url("https", "localhost", tls.port, "")}, "/201");
  assert_failed(&request, "certificate");
}

static void test_tls_wrong_host(void **state) {
  (void)state;
  mb_request request = exchange_tls("127.0.0.1", "ca.pem");
  assert_failed(&request, "127.0.0.1");
}

static void test_tls_sessions_are_resumed(void **state) {
  (void)state;
  const char *bundle = in_folder("ca.pem");
  open_transport((mb_config){.endpoint = url("https", "localhost", tls.port, ""), .ca_bundle = bundle});
  mb_request request = exchange("/204?close=1");
  fake_request_clear(&request);
  int before = counted("resumed");
  request = exchange("/204?close=1");
  fake_request_clear(&request);
  assert_true(counted("resumed") > before);
  close_transport();
}

static void test_http2(void **state) {
  (void)state;
  char certificate[512], key[512];
  snprintf(certificate, sizeof certificate, "%s", in_folder("server.pem"));
  snprintf(key, sizeof key, "%s", in_folder("server.key"));
  server h2 = server_start("h2_server.py", certificate, key, folder);
  if (!h2.port) {
    server_stop(&h2);
    skip();
  }
  open_transport(
      (mb_config){.endpoint = url("https", "localhost", h2.port, ""), .ca_bundle = in_folder("ca.pem"), .http2 = true});
  mb_request requests[8];
  for (int i = 0; i < 8; i++) {
    requests[i] = post("/sessions");
    send_ok(&requests[i]);
  }
  finish_all(requests, 8);
  for (int i = 0; i < 8; i++) {
    if (requests[i].status != 201) fail_msg("%s", requests[i].error);
    assert_string_equal(requests[i].location, requests[0].location); /* one connection for all */
    assert_non_null(strstr(requests[i].location, "HTTP/2.0"));
    fake_request_clear(&requests[i]);
  }
  close_transport();
  server_stop(&h2);
}

/* --- Proxies --- */

static int proxied(void) {
  open_transport((mb_config){.endpoint = plain_url(), .proxy = ""});
  int count = counted("proxied");
  close_transport();
  return count;
}

static const char *proxy_url(void) {
  static char text[64];
  snprintf(text, sizeof text, "http://127.0.0.1:%d", plain.port);
  return text;
}

static void test_proxy(void **state) {
  (void)state;
  int before = proxied();
  open_transport((mb_config){.endpoint = plain_url(), .proxy = proxy_url(), .max_connections = 1});
  mb_request request = exchange("/400");
  assert_int_equal(request.status, 400);
  fake_request_clear(&request);
  request = exchange("/echo?a=2"); /* the path changes in the absolute URI too */
  assert_has(&request, "POST /echo?a=2\n");
  fake_request_clear(&request);
  close_transport();
  assert_int_equal(proxied(), before + 2);
}

static void test_proxy_tunnel(void **state) {
  (void)state;
  int before = proxied();
  mb_config config = {.endpoint = url("https", "localhost", tls.port, ""), .proxy = proxy_url()};
  config.ca_bundle = in_folder("ca.pem");
  mb_request request = exchange_with(config, "/201?location=/there");
  if (request.status != 201) fail_msg("%s", request.error);
  assert_string_equal(request.location, "/there");
  fake_request_clear(&request);
  assert_int_equal(proxied(), before + 1);
}

static void test_proxy_of_the_environment(void **state) {
  (void)state;
  int before = proxied();
  setenv("http_proxy", proxy_url(), 1);
  open_transport((mb_config){.endpoint = plain_url()});
  unsetenv("http_proxy"); /* it was read when the transport was made */
  mb_request request = exchange("/204");
  fake_request_clear(&request);
  close_transport();
  assert_int_equal(proxied(), before + 1);
}

static void test_no_proxy_of_the_environment(void **state) {
  (void)state;
  int before = proxied();
  setenv("http_proxy", proxy_url(), 1);
  setenv("no_proxy", "127.0.0.1", 1);
  mb_request request = exchange_with((mb_config){.endpoint = plain_url()}, "/204");
  fake_request_clear(&request);
  unsetenv("no_proxy");
  request = exchange_with((mb_config){.endpoint = plain_url(), .proxy = ""}, "/204");
  fake_request_clear(&request);
  unsetenv("http_proxy");
  assert_int_equal(proxied(), before);
}

/* --- Arguments --- */

static mb_status try_endpoint(const char *text) {
  mb_config config = {.endpoint = text};
  return mb_curl_transport_new(&config, &transport);
}

static void test_endpoints_that_are_refused(void **state) {
  (void)state;
  assert_int_equal(try_endpoint(NULL), MB_INVALID_ARGUMENT);
  assert_int_equal(try_endpoint(""), MB_INVALID_ARGUMENT);
  assert_int_equal(try_endpoint("ftp://127.0.0.1"), MB_INVALID_ARGUMENT);
  assert_int_equal(try_endpoint("file:///etc/passwd"), MB_INVALID_ARGUMENT);
  assert_int_equal(try_endpoint("127.0.0.1"), MB_INVALID_ARGUMENT);
}

static void test_paths_that_are_refused(void **state) {
  (void)state;
  open_transport((mb_config){.endpoint = plain_url(), .max_connections = 1});
  mb_request bad = post("/204 HTTP/1.1\r\nX-Evil: 1");
  assert_int_equal(transport.send(transport.user, &bad, now_ms), MB_INVALID_ARGUMENT);
  mb_request good = exchange("/204");
  assert_int_equal(good.status, 204);
  fake_request_clear(&good);
  close_transport();
}

/* --- The servers --- */

static int start_servers(void **state) {
  (void)state;
  static const char *const names[] = {"http_proxy",  "https_proxy", "all_proxy", "no_proxy",
                                      "HTTPS_PROXY", "ALL_PROXY",   "NO_PROXY"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) unsetenv(names[i]);
  if (!mkdtemp(folder) || script_run("make_certificates.sh", folder) != 0) return -1;
  char certificate[512], key[512];
  snprintf(certificate, sizeof certificate, "%s", in_folder("server.pem"));
  snprintf(key, sizeof key, "%s", in_folder("server.key"));
  plain = server_start("http_server.py", NULL, NULL, NULL);
  tls = server_start("http_server.py", "--tls", certificate, key);
  return 0;
}

static int stop_servers(void **state) {
  (void)state;
  server_stop(&plain);
  server_stop(&tls);
  return script_run("remove_folder.sh", folder);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_created_with_location),
      cmocka_unit_test(test_no_content),
      cmocka_unit_test(test_client_error_with_body),
      cmocka_unit_test(test_retry_after),
      cmocka_unit_test(test_retry_after_in_the_past),
      cmocka_unit_test(test_redirect_is_an_answer),
      cmocka_unit_test(test_what_is_sent),
      cmocka_unit_test(test_large_request),
      cmocka_unit_test(test_large_body_is_cut),
      cmocka_unit_test(test_endless_headers),
      cmocka_unit_test(test_endless_body),
      cmocka_unit_test(test_short_body_is_no_answer),
      cmocka_unit_test(test_garbage),
      cmocka_unit_test(test_closed_without_answer),
      cmocka_unit_test(test_connection_refused),
      cmocka_unit_test(test_unknown_host),
      cmocka_unit_test(test_slow_look_up),
      cmocka_unit_test(test_slow_answer),
      cmocka_unit_test(test_slow_connection),
      cmocka_unit_test(test_connections_are_kept),
      cmocka_unit_test(test_no_more_than_the_capacity),
      cmocka_unit_test(test_connection_closed_by_server),
      cmocka_unit_test(test_many_connections),
      cmocka_unit_test(test_cancel_in_flight),
      cmocka_unit_test(test_cancel_before_it_left),
      cmocka_unit_test(test_cancel_from_inside_a_completion),
      cmocka_unit_test(test_free_with_requests_under_way),
      cmocka_unit_test(test_idle_has_no_deadline),
      cmocka_unit_test(test_wait_keeps_its_time_out),
      cmocka_unit_test(test_wait_ends_with_a_signal),
      cmocka_unit_test(test_wait_does_not_spin),
      cmocka_unit_test(test_descriptor_wakes_a_loop),
      cmocka_unit_test(test_tls_verified),
      cmocka_unit_test(test_tls_wrong_authority),
      cmocka_unit_test(test_tls_system_authorities),
      cmocka_unit_test(test_tls_wrong_host),
      cmocka_unit_test(test_tls_sessions_are_resumed),
      cmocka_unit_test(test_http2),
      cmocka_unit_test(test_proxy),
      cmocka_unit_test(test_proxy_tunnel),
      cmocka_unit_test(test_proxy_of_the_environment),
      cmocka_unit_test(test_no_proxy_of_the_environment),
      cmocka_unit_test(test_endpoints_that_are_refused),
      cmocka_unit_test(test_paths_that_are_refused),
  };
  return cmocka_run_group_tests(tests, start_servers, stop_servers);
}

/* The libcurl transport when memory runs out: every allocation fails once in turn, the transport's own and those libcurl
 * makes while something is set up or sent. Whatever is taken is completed once, the next request goes through, and
 * nothing leaks. Inside poll libcurl always gets memory: some of its versions, 7.88 among them, crash without. */
#define _POSIX_C_SOURCE 200809L
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <curl/curl.h>
#include <mediabeat/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake_core.h"
#include "server.h"

#define MOST_STEPS 10000

static long countdown; /* allocations until one fails; 0: none does */
static long alive;

static bool polling;

static bool fails(void) { return countdown > 0 && --countdown == 0; }

static bool curl_fails(void) { return !polling && fails(); }

static void *count(void *block) {
  if (block) alive++;
  return block;
}

static void *new_block(size_t size) { return curl_fails() ? NULL : count(malloc(size)); }
static void *new_zeros(size_t items, size_t size) { return curl_fails() ? NULL : count(calloc(items, size)); }
static char *new_text(const char *text) { return curl_fails() ? NULL : count(strdup(text)); }

static void *resized(void *block, size_t size) {
  void *moved = realloc(block, size);
  return block ? moved : count(moved);
}

static void *resize(void *block, size_t size) { return curl_fails() ? NULL : resized(block, size); }

static void release(void *block) {
  if (block) alive--;
  free(block);
}

/* The transport is compiled with these names in place of the C library's: see CMakeLists.txt. */
void *mb_test_calloc(size_t items, size_t size);
void *mb_test_realloc(void *block, size_t size);
void mb_test_free(void *block);
void *mb_test_calloc(size_t items, size_t size) { return fails() ? NULL : count(calloc(items, size)); }
void *mb_test_realloc(void *block, size_t size) { return fails() ? NULL : resized(block, size); }
void mb_test_free(void *block) { release(block); }

static void drive(mb_transport *transport, const mb_request *request) {
  int64_t now_ms = 0;
  for (int steps = 0; !request->completions; steps++) {
    assert_true(steps < MOST_STEPS);
    now_ms += transport->wait(transport->user, 1000);
    polling = true;
    transport->poll(transport->user, now_ms);
    polling = false;
  }
}

static mb_request exchange(mb_transport *transport) {
  mb_request request = {.path = "/201?location=/a&body=2000", .body = "{}", .body_size = 2};
  if (transport->send(transport->user, &request, 0) == MB_OK) drive(transport, &request);
  fake_request_clear(&request);
  return request;
}

static void check_round(const mb_config *config) {
  mb_transport transport;
  mb_status status = mb_curl_transport_new(config, &transport);
  if (status != MB_OK) {
    assert_int_not_equal(status, MB_BUSY);
    return;
  }
  mb_request request = exchange(&transport);
  assert_true(request.completions <= 1);
  if (request.status) assert_int_equal(request.status, 201);
  long left = countdown;
  countdown = 0;
  request = exchange(&transport);
  assert_int_equal(request.status, 201);
  countdown = left;
  transport.free(transport.user);
}

static void test_each_allocation_fails_once(void **state) {
  (void)state;
  server plain = server_start("http_server.py", NULL, NULL, NULL);
  char endpoint[64];
  snprintf(endpoint, sizeof endpoint, "http://127.0.0.1:%d/base", plain.port);
  mb_config config = {.endpoint = endpoint, .proxy = "", .max_connections = 2, .answer_timeout = 30};
  check_round(&config); /* what libcurl keeps for ever */
  long before = alive;
  bool failed = true;
  for (long nth = 1; failed; nth++) {
    countdown = nth;
    check_round(&config);
    failed = countdown == 0;
    countdown = 0;
    if (alive != before) fail_msg("failing allocation %ld leaks %ld blocks", nth, alive - before);
  }
  server_stop(&plain);
}

int main(void) {
  curl_global_init_mem(CURL_GLOBAL_DEFAULT, new_block, release, resize, new_text, new_zeros);
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_each_allocation_fails_once)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}

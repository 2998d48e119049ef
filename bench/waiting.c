/* Decides how requests that wait for an answer are measured: a tick with nothing due while 64 of them are under way
 * through the libcurl transport, to a server that accepts and never answers.
 *
 *   waiting     prints ns of a tick with none and with 64 waiting; of epoll_wait over as many sockets, the least that
 *               looking can cost; of curl_multi_perform over as many transfers. Rounds interleaved, medians. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <curl/curl.h>
#include <mediabeat/curl.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common.h"

enum { WAITING = 64, ROUNDS = 15, SETTLE_NS = 300000000 };

static char endpoint[64];
static struct sockaddr_in address;

/* The system completes the connections in the backlog, which nobody takes. */
static void listen_silently(void) {
  socklen_t size = sizeof address;
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  address = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  bool ready = bind(fd, (struct sockaddr *)&address, sizeof address) == 0 && listen(fd, 8 * WAITING) == 0 &&
               getsockname(fd, (struct sockaddr *)&address, &size) == 0;
  must(ready ? MB_OK : MB_TRANSPORT_FAILED, "a server on loopback");
  snprintf(endpoint, sizeof endpoint, "http://127.0.0.1:%d", ntohs(address.sin_port));
}

static mb_client *new_curl_client(void) {
  mb_config *config = new_config(NULL, COLLECTION_V1);
  mb_transport transport;
  mb_client *client;
  must(mb_config_set_text(config, "endpoint", endpoint), "endpoint");
  must(mb_config_set_number(config, "maxConnections", WAITING), "maxConnections");
  must(mb_config_set_number(config, "answerTimeout", 600), "answerTimeout");
  must(mb_curl_transport_new(config, &transport), "mb_curl_transport_new");
  must(mb_client_new(config, &transport, &client), "mb_client_new");
  mb_config_free(config);
  return client;
}

static mb_client *new_waiting_client(void) {
  mb_client *client = new_curl_client();
  for (int i = 0; i < WAITING; i++) new_session(client, 3, EPOCH_MS);
  for (double until = wall_ns() + SETTLE_NS; wall_ns() < until; mb_client_wait(client, 10))
    must(mb_client_tick(client, EPOCH_MS), "mb_client_tick");
  mb_stats stats = {.size = sizeof stats};
  mb_client_stats(client, &stats);
  must(stats.requests == WAITING && stats.queued == WAITING ? MB_OK : MB_TRANSPORT_FAILED, "64 requests wait");
  return client;
}

static int new_epoll(void) {
  int set = epoll_create1(0);
  for (int i = 0; i < WAITING; i++) {
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    bool ready =
        connect(fd, (struct sockaddr *)&address, sizeof address) == 0 && epoll_ctl(set, EPOLL_CTL_ADD, fd, &event) == 0;
    must(ready ? MB_OK : MB_TRANSPORT_FAILED, "a connection to loopback");
  }
  return set;
}

static CURLM *new_multi(void) {
  CURLM *multi = curl_multi_init();
  int running;
  for (int i = 0; i < WAITING; i++) {
    CURL *easy = must_have(curl_easy_init());
    curl_easy_setopt(easy, CURLOPT_URL, endpoint);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, "{}");
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_multi_add_handle(multi, easy);
  }
  for (double until = wall_ns() + SETTLE_NS; wall_ns() < until;) curl_multi_perform(multi, &running);
  return multi;
}

static double tick_ns(mb_client *client, long ticks) {
  double from = wall_ns();
  for (long i = 0; i < ticks; i++) mb_client_tick(client, EPOCH_MS);
  return (wall_ns() - from) / (double)ticks;
}

static double epoll_ns(int set, long calls) {
  struct epoll_event events[8];
  double from = wall_ns();
  for (long i = 0; i < calls; i++) epoll_wait(set, events, 8, 0);
  return (wall_ns() - from) / (double)calls;
}

static double perform_ns(CURLM *multi, long calls) {
  int running;
  double from = wall_ns();
  for (long i = 0; i < calls; i++) curl_multi_perform(multi, &running);
  return (wall_ns() - from) / (double)calls;
}

int main(void) {
  double none[ROUNDS], waiting[ROUNDS], least[ROUNDS], perform[ROUNDS];
  listen_silently();
  mb_client *idle_client = new_curl_client(), *waiting_client = new_waiting_client();
  int set = new_epoll();
  CURLM *multi = new_multi();
  for (int round = 0; round < ROUNDS; round++) {
    none[round] = tick_ns(idle_client, 1000000);
    waiting[round] = tick_ns(waiting_client, 100000);
    least[round] = epoll_ns(set, 100000);
    perform[round] = perform_ns(multi, 500);
  }
  printf("none=%.1f waiting=%.0f epoll=%.0f perform=%.0f\n", median(none, ROUNDS), median(waiting, ROUNDS),
         median(least, ROUNDS), median(perform, ROUNDS));
  mb_client_free(idle_client);
  mb_client_free(waiting_client);
  return 0; /* the bare transfers are left to the system */
}

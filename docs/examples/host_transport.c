/* A transport over an HTTP stack that the host already has. The stack here is a stand-in: it starts a request at once
 * and reports its end some moments later. */
#include <mediabeat/mediabeat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The stand-in for your HTTP stack. */
typedef struct http_job {
  struct http_job *next;
  mb_request *request;
  bool opens;     /* a session */
  int polls_left; /* until the answer is there */
} http_job;

typedef struct http_stack {
  http_job *jobs;
  int sent;
} http_stack;

static http_job *http_post(http_stack *http, const char *url, const char *body, size_t size) {
  http_job *job = calloc(1, sizeof *job);
  if (!job) return NULL;
  printf("POST %s, %zu bytes: %.24s...\n", url, size, body);
  job->polls_left = 2;
  job->next = http->jobs;
  http->jobs = job;
  http->sent++;
  return job;
}

static void http_remove(http_stack *http, http_job *job) {
  http_job **place = &http->jobs;
  while (*place != job) place = &(*place)->next;
  *place = job->next;
  free(job);
}

/* A job whose answer is there, NULL when there is none. */
static http_job *http_finished(http_stack *http) {
  for (http_job *job = http->jobs; job; job = job->next)
    if (job->polls_left-- == 0) return job;
  return NULL;
}

/* [send] */
static mb_status send_request(void *user, mb_request *request, int64_t now_ms) {
  (void)now_ms;
  size_t size;
  const char *body = mb_request_body(request, &size); /* stays until the request has ended */
  http_job *job = http_post(user, mb_request_url(request), body, size);
  if (!job) return MB_NO_MEMORY; /* counts as "no answer": tried again later */
  job->request = request;
  job->opens = strcmp(mb_request_path(request), "/api/v1/sessions") == 0;
  mb_request_set_user(request, job);
  return MB_OK;
}

static void cancel_request(void *user, mb_request *request) {
  http_remove(user, mb_request_user(request)); /* from here on neither side knows the other */
}
/* [/send] */

/* [poll] */
static void poll_stack(void *user, int64_t now_ms) {
  for (http_job *job; (job = http_finished(user)) != NULL;) {
    mb_request *request = job->request;
    mb_response response = {.size = sizeof response, .status = job->opens ? 201 : 204};
    if (job->opens) response.location = "/api/v1/sessions/4f2e"; /* the answer's Location header */
    http_remove(user, job);
    mb_request_complete(request, &response, now_ms); /* may call send_request for the next event */
  }
}
/* [/poll] */

/* [table] */
static mb_transport transport_over(http_stack *http) {
  return (mb_transport){
      .size = sizeof(mb_transport),
      .user = http,
      .capacity = 4, /* requests under way at once */
      .send = send_request,
      .cancel = cancel_request,
      .poll = poll_stack,
  };
}
/* [/table] */

static void watch(mb_client *client, int64_t now) {
  mb_tracker *tracker;
  mb_media_info film;
  mb_media_info_init(&film);
  film.id = "tos-2012";
  film.name = "Tears of Steel";
  film.length = 734;
  film.stream_type = "vod";
  film.media_type = "video";
  film.preroll_waiting_time_ms = 0;
  if (mb_tracker_new(client, "living-room", &tracker) != MB_OK) return;
  mb_tracker_session_start(tracker, &film, NULL, 0, now);
  mb_tracker_play(tracker, now);
  for (int frame = 1; frame <= 30; frame++) mb_client_tick(client, now += 16);
  mb_tracker_session_end(tracker, now);
  for (int frame = 1; frame <= 30; frame++) mb_client_tick(client, now += 16);
}

static mb_client *new_client(http_stack *http) {
  mb_config *config;
  mb_client *client = NULL;
  const mb_transport transport = transport_over(http);
  if (mb_config_new(NULL, &config) != MB_OK) return NULL;
  mb_config_set_text(config, "endpoint", "https://media.example.com");
  mb_client_new(config, &transport, &client);
  mb_config_free(config);
  return client;
}

int main(void) {
  http_stack http = {NULL, 0};
  mb_stats stats = {.size = sizeof stats};
  mb_client *client = new_client(&http);
  if (!client) return 1;
  watch(client, 1700000000000);
  mb_client_stats(client, &stats);
  mb_client_free(client);
  printf("%d requests, %d events delivered\n", http.sent, (int)stats.delivered);
  return stats.delivered == stats.accepted && stats.delivered == 3 ? 0 : 1;
}

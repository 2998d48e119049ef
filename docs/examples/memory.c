/* An allocator of the host's own, with a limit: what the library does when memory ends, and that it gives all back. */
#include <mediabeat/mediabeat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* [allocate] */
typedef struct budget {
  size_t used, limit; /* bytes */
} budget;

/* As realloc, with the size in front of each block. */
static void *allocate(void *user, void *block, size_t size) {
  budget *b = user;
  max_align_t *head = block ? (max_align_t *)block - 1 : NULL;
  size_t old = 0;
  if (head) memcpy(&old, head, sizeof old);
  if (size == 0) {
    b->used -= old;
    free(head);
    return NULL;
  }
  if (b->used - old + size > b->limit) return NULL;
  head = realloc(head, sizeof *head + size);
  if (!head) return NULL;
  memcpy(head, &size, sizeof size);
  b->used += size - old;
  return head + 1;
}
/* [/allocate] */

/* [log] */
static void print_message(void *user, mb_log_level level, const char *message) {
  (void)user;
  if (level <= MB_LOG_WARNING) fprintf(stderr, "mediabeat: %s\n", message);
}

static mb_status new_config(budget *b, mb_config **config) {
  mb_host host = {.size = sizeof host, .user = b, .allocate = allocate, .log = print_message};
  return mb_config_new(&host, config);
}
/* [/log] */

static mb_tracker *start_film(mb_client *client, int64_t now) {
  mb_tracker *tracker = NULL;
  mb_media_info film;
  mb_media_info_init(&film);
  film.id = "tos-2012";
  film.name = "Tears of Steel";
  film.length = 734;
  film.stream_type = "vod";
  film.media_type = "video";
  film.preroll_waiting_time_ms = 0;
  if (mb_tracker_new(client, NULL, &tracker) == MB_OK) mb_tracker_session_start(tracker, &film, NULL, 0, now);
  return tracker;
}

/* [exhausted] */
static bool goes_on_after(mb_client *client, mb_tracker *tracker, budget *b, int64_t now) {
  mb_status status = MB_OK;
  b->limit = b->used; /* not a byte more */
  for (int i = 0; i < 1000 && status == MB_OK; i++) {
    status = mb_tracker_pause(tracker, now += 100);
    if (status == MB_OK) status = mb_tracker_play(tracker, now += 100);
  }
  printf("%s: %s\n", mb_status_name(status), mb_client_error(client));
  b->limit = (size_t)1 << 20;
  return status == MB_NO_MEMORY && mb_tracker_pause(tracker, now) == MB_OK && mb_tracker_play(tracker, now) == MB_OK;
}
/* [/exhausted] */

int main(void) {
  budget b = {.limit = (size_t)1 << 20};
  mb_config *config;
  mb_client *client;
  if (new_config(&b, &config) != MB_OK) return 1;
  if (mb_client_new(config, NULL, &client) != MB_OK) return 1;
  mb_config_free(config);
  mb_tracker *tracker = start_film(client, 1700000000000);
  bool good = tracker && goes_on_after(client, tracker, &b, 1700000001000);
  mb_client_free(client); /* and the tracker with it */
  printf("%zu bytes left behind\n", b.used);
  return good && b.used == 0 ? 0 : 1;
}

/* A session with everything in it: ads, chapters, states, quality, an error. Nothing is sent: the calls are recorded, as
 * a player log on stdout. */
#include <mediabeat/mediabeat.h>
#include <stdio.h>

/* [record] */
static void write_line(void *user, const char *line, size_t size) { fwrite(line, 1, size, user); }

static mb_status record_to(mb_client *client, FILE *file) { return mb_client_record(client, write_line, file); }
/* [/record] */

/* [details] */
typedef struct player {
  double position; /* s */
  double bitrate;
  int dropped_frames;
} player;

static bool tell_details(void *user, mb_player_details *details) {
  const player *p = user;
  details->playhead = p->position;
  details->has_qoe = true;
  details->qoe.bitrate = p->bitrate;
  details->qoe.startup_time = 920;
  details->qoe.fps = 24;
  details->qoe.dropped_frames = p->dropped_frames;
  return true;
}
/* [/details] */

/* Stands for the player's loop: ticks whenever something is due. */
static void pass_time(mb_client *client, int64_t until) {
  for (int64_t due; (due = mb_client_next_deadline(client)) < until;) mb_client_tick(client, due);
}

/* [start] */
static mb_status start_session(mb_tracker *tracker, int64_t now) {
  static const mb_pair metadata[] = {
      {"a.media.show", "Open Movies"}, /* a standard key: goes out as media.show */
      {"subscription", "family"},      /* anything else is your own metadata */
  };
  mb_media_info film;
  mb_media_info_init(&film);
  film.id = "tos-2012";
  film.name = "Tears of Steel";
  film.length = 734;
  film.stream_type = "vod";
  film.media_type = "video";
  return mb_tracker_session_start(tracker, &film, metadata, sizeof metadata / sizeof *metadata, now);
}
/* [/start] */

/* [ads] */
static void show_preroll(mb_client *client, mb_tracker *tracker, int64_t now) {
  mb_ad_break_info preroll = {.size = sizeof preroll, .name = "pre-roll", .position = 1, .start_time = 0};
  mb_ad_info ad = {.size = sizeof ad, .id = "cw-2291", .name = "Cloudwater Spring", .position = 1, .length = 15};
  mb_tracker_ad_break_start(tracker, &preroll, now);
  mb_tracker_ad_start(tracker, &ad, NULL, 0, now);
  pass_time(client, now + 15000);
  mb_tracker_ad_complete(tracker, now + 15000);
  mb_tracker_ad_break_complete(tracker, now + 15000);
}
/* [/ads] */

/* [chapter] */
static void enter_chapter(mb_tracker *tracker, int64_t now) {
  mb_chapter_info chapter = {
      .size = sizeof chapter, .name = "The Bridge", .position = 1, .length = 38, .start_time = 0};
  mb_tracker_chapter_start(tracker, &chapter, NULL, 0, now);
}
/* [/chapter] */

static void play_film(mb_client *client, mb_tracker *tracker, player *p, int64_t now) {
  mb_tracker_play(tracker, now);
  enter_chapter(tracker, now + 100);

  pass_time(client, now + 12000);
  p->position = 12;
  mb_tracker_buffer_start(tracker, now + 12000);
  mb_tracker_buffer_complete(tracker, now + 13500);

  p->bitrate = 1800000;
  p->dropped_frames = 11;
  mb_tracker_bitrate_change(tracker, now + 14000);

  p->position = 20;
  mb_tracker_state_start(tracker, "fullscreen", now + 21500);
  pass_time(client, now + 25000);
  mb_tracker_error(tracker, "segment-timeout", now + 25000);
  mb_tracker_seek_start(tracker, now + 26000);
  p->position = 31;
  mb_tracker_seek_complete(tracker, now + 26400);
  mb_tracker_state_end(tracker, "fullscreen", now + 30000);
  pass_time(client, now + 31000);
}

/* [refusal] */
static bool pause_is_refused(mb_tracker *tracker, int64_t now) {
  mb_tracker_seek_start(tracker, now);
  mb_status status = mb_tracker_pause(tracker, now); /* there is nothing to pause while seeking */
  mb_tracker_seek_complete(tracker, now);
  fprintf(stderr, "%s: %s\n", mb_status_name(status), mb_status_text(status));
  return mb_status_is_refusal(status);
}
/* [/refusal] */

static bool track(mb_client *client) {
  int64_t now = 1700000000000;
  player p = {.bitrate = 3200000};
  mb_tracker *tracker;
  if (record_to(client, stdout) != MB_OK || mb_tracker_new(client, "living-room", &tracker) != MB_OK) return false;
  mb_tracker_set_player_details(tracker, tell_details, &p);
  if (start_session(tracker, now) != MB_OK) return false;
  show_preroll(client, tracker, now + 180);
  play_film(client, tracker, &p, now + 15250);
  bool refused = pause_is_refused(tracker, now + 47000);
  mb_tracker_complete(tracker, now + 50000);
  return refused;
}

int main(void) {
  mb_config *config;
  mb_client *client = NULL;
  if (mb_config_new(NULL, &config) != MB_OK) return 1;
  mb_client_new(config, NULL, &client);
  mb_config_free(config);
  if (!client) return 1;
  bool good = track(client);
  mb_client_free(client);
  return good ? 0 : 1;
}

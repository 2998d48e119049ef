/* A host that is made to be killed. It plays with a client that has a store, and notes in a file what every call that
 * returned had accepted:
 *
 *   event PLAYER BODY     accepted by a call that has returned
 *   stats A R D Q S X P   after each call: accepted, recovered, delivered, queued, stored, dropped, possibly doubled
 *   log LEVEL MESSAGE     what the client said
 *   end KB                nothing is left to deliver, or nothing more comes; the most memory that it took
 *
 * The lines of a call are one write, so what is in the file survives as what is in the store does. Bodies come from a
 * second client, the shadow. It has no store and gets each call after the first one has returned; what it makes is the
 * same, and it sends at once, to the notes.
 *
 *   viewer NOTES SEED NOW_MS WORK COUNT CONFIG SHADOW_CONFIG
 *
 * WORK: `random` plays COUNT steps, 0: for ever; `archive` makes COUNT sessions without a network, then goes online;
 * `finish` only delivers what the store has, for COUNT ms without progress at most. */
#define _POSIX_C_SOURCE 200809L
#include <fcntl.h>
#include <mediabeat/curl.h>
#include <mediabeat/mediabeat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { PLAYERS = 4, SIDES = 2, PATIENCE_MS = 30000, STEP_MS = 2000 };

/* What a call is made of is a number; these are some whose call is known. */
enum { ROLL_COMPLETE = 0, ROLL_END = 1, ROLL_PLAY = 3, ROLL_ENDS = 2, ROLL_SIDES = 40 };

struct player {
  char name[32];
  mb_tracker *trackers[SIDES]; /* one level or the other */
  mb_session *sessions[SIDES];
  int watched; /* sessions */
  bool is_watching;
};

struct host {
  int notes;
  char *lines; /* of the call under way */
  size_t size, room;
  uint64_t chance;
  int64_t now;
  int opened; /* by the shadow's backend */
  long patience;
  mb_client *clients[SIDES]; /* the real one, its shadow */
  struct player players[PLAYERS];
};

static void fail(const char *what) {
  fprintf(stderr, "viewer: %s\n", what);
  exit(2);
}

static unsigned roll(struct host *host, unsigned sides) {
  host->chance = host->chance * 6364136223846793005u + 1442695040888963407u;
  return (unsigned)(host->chance >> 33) % sides;
}

/* --- Notes --- */

static void note(struct host *host, const char *text, size_t size) {
  while (host->room - host->size < size) {
    host->room = host->room ? 2 * host->room : 4096;
    host->lines = realloc(host->lines, host->room);
    if (!host->lines) fail("out of memory");
  }
  memcpy(host->lines + host->size, text, size);
  host->size += size;
}

static void write_notes(const struct host *host, const char *text, size_t size) {
  if (write(host->notes, text, size) != (ssize_t)size) fail("the notes cannot be written");
}

static void note_message(void *user, mb_log_level level, const char *message) {
  char line[2048];
  int size = snprintf(line, sizeof line, "log %d %s\n", (int)level, message);
  write_notes(user, line, (size_t)size < sizeof line ? (size_t)size : sizeof line - 1);
}

static mb_stats stats_of(const struct host *host) {
  mb_stats stats = {.size = sizeof stats};
  mb_client_stats(host->clients[0], &stats);
  return stats;
}

static void note_stats(struct host *host) {
  char line[256];
  mb_stats stats = stats_of(host);
  uint64_t dropped = 0;
  for (int i = 0; i < MB_DROP_COUNT; i++) dropped += stats.dropped[i];
  int size = snprintf(
      line, sizeof line, "stats %llu %llu %llu %llu %llu %llu %llu\n", (unsigned long long)stats.accepted,
      (unsigned long long)stats.recovered, (unsigned long long)stats.delivered, (unsigned long long)stats.queued,
      (unsigned long long)stats.stored, (unsigned long long)dropped, (unsigned long long)stats.possibly_doubled);
  note(host, line, (size_t)size);
}

static void note_call(struct host *host) {
  note_stats(host);
  write_notes(host, host->lines, host->size);
  host->size = 0;
}

/* --- The shadow's transport --- */

static mb_status send_to_notes(void *user, mb_request *request, int64_t now_ms) {
  struct host *host = user;
  size_t size;
  char location[64], handle[128];
  const char *body = mb_request_body(request, &size), *name = mb_request_player(request);
  note(host, "event ", 6);
  note(host, name, strlen(name));
  note(host, " ", 1);
  note(host, body, size);
  note(host, "\n", 1);
  host->opened++;
  snprintf(location, sizeof location, "/api/v1/sessions/%d", host->opened);
  snprintf(handle, sizeof handle,
           "{\"handle\":[{\"type\":\"media-analytics:new-session\",\"payload\":[{\"sessionId\":\"%d\"}]}]}",
           host->opened);
  mb_response response = {
      .size = sizeof response, .status = 200, .location = location, .body = handle, .body_size = strlen(handle)};
  mb_request_complete(request, &response, now_ms);
  return MB_OK;
}

static void nothing_to_cancel(void *user, mb_request *request) { (void)user, (void)request; }

/* --- Both clients --- */

static mb_client *new_client(struct host *host, const char *json, bool shadow) {
  mb_host ears = {.size = sizeof ears, .user = host, .log = shadow ? NULL : note_message};
  mb_transport transport = {
      .size = sizeof transport, .user = host, .capacity = 1, .send = send_to_notes, .cancel = nothing_to_cancel};
  mb_config *config;
  mb_client *client;
  if (mb_config_new(&ears, &config) || mb_config_set_json(config, json, strlen(json))) fail("wrong configuration");
  if (!shadow && mb_curl_transport_new(config, &transport)) fail("no transport");
  if (mb_client_new(config, &transport, &client)) fail("no client");
  mb_config_free(config);
  return client;
}

static void tick(struct host *host) {
  for (int side = 0; side < SIDES; side++) mb_client_tick(host->clients[side], host->now);
  note_call(host);
}

/* --- A player at tracker level --- */

static mb_status start_film(mb_tracker *tracker, const char *id, int64_t now) {
  const mb_pair metadata[] = {{"a.media.show", "Zo\xc3\xab \"quoted\""}, {"subscription", "family"}};
  mb_media_info film;
  mb_media_info_init(&film);
  film.id = id;
  film.name = "A film";
  film.length = 5400;
  film.stream_type = "vod";
  film.media_type = "video";
  film.preroll_waiting_time_ms = 0;
  return mb_tracker_session_start(tracker, &film, metadata, sizeof metadata / sizeof *metadata, now);
}

static mb_status change_playback(mb_tracker *tracker, unsigned which, int64_t now) {
  static mb_status (*const calls[])(mb_tracker *, int64_t) = {
      mb_tracker_play,       mb_tracker_pause,         mb_tracker_buffer_start,   mb_tracker_buffer_complete,
      mb_tracker_seek_start, mb_tracker_seek_complete, mb_tracker_bitrate_change, mb_tracker_play};
  return calls[which % (sizeof calls / sizeof *calls)](tracker, now);
}

static mb_status change_ad(mb_tracker *tracker, unsigned which, int64_t now) {
  const mb_ad_break_info pod = {sizeof pod, "pod", 1 + which / 5, 60};
  const mb_ad_info ad = {sizeof ad, "ad", "An ad", 1 + which / 7, 30};
  switch (which % 5) {
    case 0: return mb_tracker_ad_break_start(tracker, &pod, now);
    case 1: return mb_tracker_ad_start(tracker, &ad, NULL, 0, now);
    case 2: return mb_tracker_ad_complete(tracker, now);
    case 3: return mb_tracker_ad_skip(tracker, now);
    default: return mb_tracker_ad_break_complete(tracker, now);
  }
}

static mb_status change_rest(mb_tracker *tracker, unsigned which, int64_t now) {
  static const char *const states[] = {"mute", "fullscreen", "pictureInPicture"};
  const mb_chapter_info chapter = {sizeof chapter, "Chapter", 1 + which / 6, 60, 60};
  switch (which % 6) {
    case 0: return mb_tracker_chapter_start(tracker, &chapter, NULL, 0, now);
    case 1: return mb_tracker_chapter_complete(tracker, now);
    case 2: return mb_tracker_state_start(tracker, states[which % 3], now);
    case 3: return mb_tracker_state_end(tracker, states[which % 3], now);
    case 4: return mb_tracker_error(tracker, "E-1", now);
    default: return mb_tracker_update_playhead(tracker, which, now);
  }
}

static mb_status change(mb_tracker *tracker, unsigned which, int64_t now) {
  if (which % ROLL_SIDES == ROLL_COMPLETE) return mb_tracker_complete(tracker, now);
  if (which % ROLL_SIDES == ROLL_END) return mb_tracker_session_end(tracker, now);
  unsigned rest = which / ROLL_SIDES;
  if (which % 3 == 0) return change_playback(tracker, rest, now);
  return which % 3 == 1 ? change_ad(tracker, rest, now) : change_rest(tracker, rest, now);
}

static mb_status call_tracker(struct host *host, struct player *player, int side, unsigned which, const char *id) {
  mb_tracker *tracker = player->trackers[side];
  return player->is_watching ? change(tracker, which, host->now) : start_film(tracker, id, host->now);
}

/* --- A player at session level --- */

static mb_status open_session(struct host *host, struct player *player, int side, const char *id) {
  char json[512];
  snprintf(json, sizeof json,
           "{\"mediaCollection\":{\"playhead\":0,\"sessionDetails\":{\"name\":\"%s\",\"friendlyName\":\"A film\","
           "\"length\":60,\"contentType\":\"vod\"},\"customMetadata\":[{\"name\":\"k\",\"value\":\"v\"}]}}",
           id);
  mb_session_free(player->sessions[side]);
  player->sessions[side] = NULL;
  mb_session_options options = {.size = sizeof options, .player = player->name};
  return mb_session_open(host->clients[side], &options, json, strlen(json), host->now, &player->sessions[side]);
}

static mb_status call_session(struct host *host, struct player *player, int side, unsigned which, const char *id) {
  static const char *const events[] = {
      "{\"eventType\":\"media.play\"}",
      "{\"eventType\":\"media.pauseStart\"}",
      "{\"eventType\":\"media.bufferStart\"}",
      "{\"eventType\":\"media.bitrateChange\",\"mediaCollection\":{\"qoeDataDetails\":{\"bitrate\":100,"
      "\"droppedFrames\":0,\"framesPerSecond\":25,\"timeToStart\":3}}}",
      "{\"eventType\":\"adBreakStart\",\"params\":{\"media.ad.podFriendlyName\":\"mid\",\"media.ad.podIndex\":1,"
      "\"media.ad.podSecond\":11}}",
      "{\"eventType\":\"adBreakComplete\"}",
      "{\"eventType\":\"media.statesUpdate\",\"mediaCollection\":{\"statesStart\":[{\"name\":\"mute\"}]}}",
      "{\"eventType\":\"media.error\",\"mediaCollection\":{\"errorDetails\":{\"name\":\"E1\",\"source\":"
      "\"player\"}}}",
  };
  if (!player->is_watching) return open_session(host, player, side, id);
  if (which % ROLL_SIDES >= ROLL_ENDS) {
    const char *event = events[which / ROLL_SIDES % (sizeof events / sizeof *events)];
    return mb_session_send(player->sessions[side], event, strlen(event), host->now);
  }
  const char *last =
      which % ROLL_SIDES ? "{\"eventType\":\"media.sessionEnd\"}" : "{\"eventType\":\"media.sessionComplete\"}";
  return mb_session_send(player->sessions[side], last, strlen(last), host->now);
}

/* --- Playing --- */

/* The shadow gets what the real client took, so the notes have what was acknowledged and nothing else. */
static mb_status call(struct host *host, struct player *player, unsigned which) {
  char id[64];
  mb_status answers[SIDES];
  snprintf(id, sizeof id, "%s-%04d", player->name, player->watched + 1);
  for (int side = 0; side < SIDES; side++)
    answers[side] = player->trackers[side] ? call_tracker(host, player, side, which, id)
                                           : call_session(host, player, side, which, id);
  if (answers[0] != answers[1]) fail("the client and its shadow answered differently");
  if (answers[0] && !mb_status_is_refusal(answers[0])) fail(mb_client_error(host->clients[0]));
  if (!answers[0] && !player->is_watching) {
    player->watched++;
    player->is_watching = true;
  } else if (!answers[0] && which % ROLL_SIDES < ROLL_ENDS) {
    player->is_watching = false;
  }
  note_call(host);
  return answers[0];
}

static void make_players(struct host *host, const char *run) {
  for (int i = 0; i < PLAYERS; i++) {
    struct player *made = &host->players[i];
    snprintf(made->name, sizeof made->name, "%s%c", run, 'a' + i);
    for (int side = 0; side < SIDES && i % 2 == 0; side++)
      if (mb_tracker_new(host->clients[side], made->name, &made->trackers[side])) fail("no tracker");
  }
}

static void play_at_random(struct host *host, long steps) {
  for (long step = 0; !steps || step < steps; step++) {
    host->now += roll(host, STEP_MS);
    tick(host);
    call(host, &host->players[roll(host, PLAYERS)], roll(host, 1u << 20));
    if (roll(host, 2)) mb_client_wait(host->clients[0], 1);
  }
  for (int i = 0; i < PLAYERS; i++)
    if (host->players[i].is_watching) call(host, &host->players[i], ROLL_END);
}

static void set_online(struct host *host, bool online) {
  if (mb_client_set_online(host->clients[0], online, host->now)) fail("not to be told of the network");
  note_call(host);
}

/* Spread over a week, one after the other. */
static void fill_archive(struct host *host, long sessions) {
  enum { WEEK_MS = 7 * 86400 * 1000, PARTS = 10 };
  struct player *only = &host->players[0];
  int64_t pace = WEEK_MS / sessions / (PARTS + 1);
  set_online(host, false);
  for (long i = 0; i < sessions; i++) {
    call(host, only, 0);
    call(host, only, ROLL_PLAY);
    for (int part = 0; part < PARTS; part++) {
      host->now += pace;
      tick(host);
    }
    call(host, only, ROLL_COMPLETE);
    host->now += pace;
  }
  set_online(host, true);
}

/* Until nothing is left, or nothing has moved for so long. */
static void deliver(struct host *host) {
  uint64_t before = 0;
  int64_t stuck = 0;
  for (;;) {
    mb_client_tick(host->clients[0], host->now);
    mb_stats stats = stats_of(host);
    if (mb_client_next_deadline(host->clients[0]) == MB_NEVER && !stats.queued) break;
    stuck = stats.delivered == before ? stuck : 0;
    before = stats.delivered;
    if (stuck > host->patience) break;
    int64_t waited = mb_client_wait(host->clients[0], 10);
    host->now += waited > 0 ? waited : 1;
    stuck += waited > 0 ? waited : 1;
    if (waited <= 0) nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
  }
  note_call(host);
}

static void note_end(struct host *host) {
  struct rusage used;
  char line[64];
  getrusage(RUSAGE_SELF, &used);
  int size = snprintf(line, sizeof line, "end %ld\n", used.ru_maxrss);
  write_notes(host, line, (size_t)size);
}

int main(int count, char **words) {
  if (count != 8) fail("viewer NOTES SEED NOW_MS WORK COUNT CONFIG SHADOW_CONFIG");
  long amount = strtol(words[5], NULL, 10);
  bool finishes = strcmp(words[4], "finish") == 0;
  struct host host = {.notes = open(words[1], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600),
                      .chance = strtoull(words[2], NULL, 10),
                      .now = strtoll(words[3], NULL, 10),
                      .patience = finishes ? amount : PATIENCE_MS};
  if (host.notes < 0) fail("no notes");
  for (int side = 0; side < SIDES; side++) host.clients[side] = new_client(&host, words[6 + side], side == 1);
  make_players(&host, words[2]);
  if (strcmp(words[4], "random") == 0) play_at_random(&host, amount);
  if (strcmp(words[4], "archive") == 0) fill_archive(&host, amount);
  deliver(&host);
  for (int side = 0; side < SIDES; side++) mb_client_close(host.clients[side], host.now, host.now);
  note_call(&host);
  note_end(&host);
  for (int side = 0; side < SIDES; side++) mb_client_free(host.clients[side]);
  free(host.lines);
  close(host.notes);
  return 0;
}

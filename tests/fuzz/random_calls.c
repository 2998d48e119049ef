/* Random calls against a random backend, with random allocation failures: checks what the core promises after every
 * call. Usage: random_calls [first seed] [number of seeds] [calls per seed]. A failure names the seed and the step. */

/* A fuzzer is one long table of chances, and it compares states byte by byte because nothing may differ. */
/* NOLINTBEGIN(readability-function-*,bugprone-suspicious-memory-comparison,bugprone-suspicious-missing-comma,cert-*) */
#define _XOPEN_SOURCE 700
#include <mediabeat/mediabeat.h>

#include <cjson/cJSON.h>
#include <ftw.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "client.h"
#include "outbox.h"
#include "protocol/validate.h"
#include "protocol/xdm.h"
#include "session.h"
#include "tracker.h"

enum { TRACKERS = 4, SESSIONS = 3, FLYING = 16, STORM = 20000 };

typedef struct flight {
  mb_request *request;
  uint64_t sum;
  const char *body;
  size_t size;
  int64_t due;
  char who[128];
} flight;

static uint64_t rng;
static uint32_t seed, step;
static const char *last_call = "";
static mb_client *client;
static mb_tracker *trackers[TRACKERS];
static mb_session *sessions[SESSIONS];
static flight flying[FLYING];
static int capacity, flying_count;
static int64_t now = 0;
static int oom_percent10000, sync_percent, busy_percent, fail_percent;
static int backend; /* 0: mixed; 1: all well; 2: events always 404; 3: down; 4: 404 now and then; 5: 5xx */
static bool failing, completing, has_wait, downloaded, edge;
static char folder[] = "/tmp/mediabeat-fuzz-XXXXXX"; /* of all clients that store: one goes on with what another left */
static long blocks, requests_in_call;
static int ids;

#define CHECK(condition)                                                                                 \
  do {                                                                                                   \
    if (!(condition)) {                                                                                  \
      fprintf(stderr, "seed %u step %u %s: line %d: %s\n", seed, step, last_call, __LINE__, #condition); \
      abort();                                                                                           \
    }                                                                                                    \
  } while (0)

static uint32_t roll(uint32_t limit) {
  rng = rng * 6364136223846793005u + 1442695040888963407u;
  return (uint32_t)(rng >> 33) % limit;
}
static bool chance(int percent) { return (int)roll(100) < percent; }

static bool fails(void) { return failing && oom_percent10000 && (int)roll(10000) < oom_percent10000; }

static void *allocate(void *user, void *block, size_t size) {
  (void)user;
  if (!size) {
    if (block) blocks--;
    free(block);
    return NULL;
  }
  if (fails()) return NULL;
  void *made = realloc(block, size);
  if (!block) blocks++;
  return made;
}
static void *cjson_malloc(size_t size) { return fails() ? NULL : malloc(size); }

static uint64_t sum_of(const char *bytes, size_t size) {
  uint64_t sum = 1469598103934665603u;
  for (size_t i = 0; i < size; i++) sum = (sum ^ (unsigned char)bytes[i]) * 1099511628211u;
  return sum;
}

/* Wire ts by player and session: strictly growing but for a repetition. */
enum { KNOWN = 4096 };
static struct {
  char who[128];
  int64_t ts;
  uint64_t sum;
  bool started;
} known[KNOWN];
static int known_count;

static void fail_with_fault(void *user, const char *path, const char *reason) {
  fprintf(stderr, "%s\nxdm%s: %s\n", (const char *)user, path, reason);
  CHECK(path == NULL); /* no backend would take it */
}

/* What an event of either protocol is; it must be one that the backend takes. */
static mb__event_type type_of_v1(const mb__json *event, const char *body, size_t size, int64_t *ts) {
  mb__event_type type;
  mb__finding finding = {""};
  mb_status status = mb__validate_body(event, &type, &finding);
  if (status) fprintf(stderr, "%.*s\n%s\n", (int)size, body, finding.text);
  CHECK(status == MB_OK);
  *ts = (int64_t)mb__json_number(mb__json_get(mb__json_get(event, "playerTime"), "ts"));
  return type;
}

static mb__event_type type_of_xdm(const mb__json *xdm, const char *body, int64_t *ts) {
  mb__event_type type = MB__EVENT_COUNT;
  static char shown[100000];
  snprintf(shown, sizeof shown, "%s", body);
  mb__xdm_check(xdm, downloaded ? MB__XDM_FROM_BATCH : MB__XDM_FROM_WIRE, &type, fail_with_fault, shown);
  const char *time = downloaded ? "mediaEventTimestamp" : "timestamp";
  CHECK(mb__time_from_text(mb__json_text(mb__json_get(xdm, time)), ts));
  return type;
}

/* The head of a request of the Media Edge API, and what is in it. */
static const mb__json *open_envelope(const mb__json *json, const char *path) {
  const mb__json *events = mb__json_get(json, "events"), *first = mb__json_first(events);
  CHECK(first && !mb__json_next(first));
  const mb__json *xdm = mb__json_get(first, "xdm");
  const char *type = mb__json_text(mb__json_get(xdm, "eventType")), *id = mb__json_text(mb__json_get(xdm, "_id"));
  const char *action = strstr(path, "/va/v1/");
  CHECK(action && type && strlen(type) > 6);
  CHECK(strncmp(action + 7, type + 6, strlen(type) - 6) == 0 && action[7 + strlen(type) - 6] == '?');
  CHECK(strspn(path, "abcdefghijklmnopqrstuvwxyz0123456789/-_") == (size_t)(strchr(path, '?') - path) ||
        strpbrk(type, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"));
  CHECK(downloaded || (id && strcmp(strstr(path, "&requestId=") + 11, id) == 0));
  return downloaded ? mb__json_get(xdm, "mediaDownloadedEvents") : xdm;
}

static void check_body(mb_request *request, const char *who) {
  size_t size;
  const char *body = mb_request_body(request, &size), *path = mb_request_path(request);
  bool was = failing;
  failing = false;
  mb__json *json;
  char *text = malloc(size + 1);
  memcpy(text, body, size);
  text[size] = 0;
  CHECK(mb__json_parse(body, size, &json, NULL, NULL) == MB_OK);
  bool batch = strcmp(path, "/api/v1/downloaded") == 0 || strstr(path, "/va/v1/downloaded?");
  CHECK(batch == downloaded && edge == (strstr(path, "/va/v1/") != NULL));
  CHECK(!edge || downloaded || size <= 65536);
  const char *stored = edge ? strstr(text, "}],\"meta\":{\"state\":{") : NULL; /* may change from one try to the next */
  uint64_t sum = sum_of(body, stored ? (size_t)(stored - text) : edge ? size - strlen("}]}") : size);
  bool first = true;
  int64_t last = -1;
  const mb__json *whole = edge ? open_envelope(json, path) : json;
  for (const mb__json *event = batch ? mb__json_first(whole) : whole; event;
       event = batch ? mb__json_next(event) : NULL) {
    int64_t ts;
    mb__event_type type = edge ? type_of_xdm(event, text, &ts) : type_of_v1(event, body, size, &ts);
    if (batch) {
      CHECK(first == (type == MB__EVENT_SESSION_START));
      CHECK(ts > last);
      last = ts, first = false;
      continue;
    }
    bool start = type == MB__EVENT_SESSION_START;
    if (!edge) CHECK(start == (strcmp(path, "/api/v1/sessions") == 0));
    if (client->taken && client->taken->request == request) continue; /* where it began nobody here has seen */
    int i = 0;
    while (i < known_count && strcmp(known[i].who, who) != 0) i++;
    if (i == known_count) {
      if (known_count == KNOWN) break;
      CHECK(start || strncmp(who, "resumed", 7) == 0);
      snprintf(known[i].who, sizeof known[i].who, "%s", who);
      known_count++;
    } else {
      CHECK(ts > known[i].ts || (ts == known[i].ts && sum == known[i].sum));
    }
    known[i].ts = ts;
    known[i].sum = sum;
  }
  mb__json_free(json);
  free(text);
  failing = was;
}

static bool is_play(const mb_request *request) {
  static const char play[] = "{\"eventType\":\"play\"";
  if (edge) return strstr(mb_request_path(request), "/va/v1/play?");
  size_t size;
  const char *body = mb_request_body(request, &size);
  return size > sizeof play && memcmp(body, play, sizeof play - 1) == 0;
}

/* Something that an answer of the Media Edge API may have in it, or may not. */
#define HANDLE(type, payload) "{\"type\":\"" type "\",\"payload\":[" payload "]}"
#define STORED(key, value, age) "{\"key\":\"" key "\",\"value\":\"" value "\",\"maxAge\":" age "}"
static const char *const answer_parts[] = {
    HANDLE("media-analytics:new-session", "{\"sessionId\":\"%d\"}"),
    HANDLE("media-analytics:new-session", "{\"sessionId\":\"\\\"%d\\\\\\u00fc\"}"),
    HANDLE("media-analytics:new-session", "{\"sessionId\":\" \"},{},7,{\"sessionId\":%d}"),
    HANDLE("locationHint:result", "{\"scope\":\"EdgeNetwork\",\"hint\":\"irl%d\",\"ttlSeconds\":1800}"),
    HANDLE("locationHint:result", "{\"scope\":\"EdgeNetwork\",\"hint\":\"../%d\",\"ttlSeconds\":-1}"),
    HANDLE("state:store", STORED("k", "%d", "60") "," STORED("k", "", "0")),
    HANDLE("state:store", STORED("\\\"%d", "\\n", "1e99")),
    "{\"type\":[%d],\"payload\":{}}",
    "%d",
};
static const char *const answer_frames[][2] = {
    {"{\"handle\":[", "]}"},
    {"{\"requestId\":\"r\",\"handle\":[", "],\"errors\":[],\"warnings\":[1]}"},
    {"\x1e{\"handle\":[", "]}\n"},
    {"{\"handle\":[", "],\"errors\":[{\"type\":\"x/va-edge-0400-400\"}]}"},
    {"{\"handle\":[", "],\"errors\":[7,{\"title\":\"t\",\"report\":{\"details\":[]}}]}"},
    {"{\"handle\":", "}"},
    {"[[[[", ""}};
#define PROBLEM(type, title, details) \
  "{\"type\":\"x/" type "\",\"title\":\"" title "\",\"detail\":\"d\",\"report\":{\"details\":" details "}}"
static const char *const problems[] = {
    PROBLEM("va-edge-0400-400", "Bad\\nRequest", "[{\"name\":\"$.a\",\"reason\":\"b\"}]"),
    PROBLEM("EXEG-0003-400", "Unknown", "\"text\""),
    "{\"type\":7,\"title\":[],\"report\":9}",
    "{\"title\":\"cut o",
    "\x1e",
};

/* The body of such an answer: some parts in a frame, at times framed with NUL, cut off, or broken at a place. */
static size_t write_answer(char *body, size_t room, bool is_good, bool opens) {
  const char *const *frame = answer_frames[is_good || chance(70) ? roll(3) : roll(7)];
  int size = snprintf(body, room, "%s", frame[0]), parts = (int)roll(4) + opens;
  for (int i = 0; i < parts; i++) {
    uint32_t part = opens && i == 0 && (is_good || chance(90)) ? 0 : roll(sizeof answer_parts / sizeof *answer_parts);
    if (i) body[size++] = ',';
    size += snprintf(body + size, room - (size_t)size, answer_parts[part], (int)roll(50)); /* NOLINT */
  }
  size += snprintf(body + size, room - (size_t)size, "%s", frame[1]);
  if (chance(10)) memmove(body + 1, body, (size_t)size), body[0] = 0, size++;
  if (!is_good && chance(5)) size = (int)roll((uint32_t)size);
  if (!is_good && chance(5) && size) body[roll((uint32_t)size)] = (char)roll(256);
  return (size_t)size;
}

static void answer_edge(mb_response *response, bool opens) {
  static char body[4096];
  if (response->status >= 200 && response->status < 300 && (opens || chance(20))) {
    if (chance(50)) response->status = opens ? 200 : 207;
    response->body_size = write_answer(body, sizeof body - 1, backend != 0, opens);
    response->body = body;
  } else if (response->status >= 400 && chance(70)) {
    response->body = problems[roll(sizeof problems / sizeof *problems)];
    response->body_size = strlen(response->body);
  }
}

static void complete(mb_request *request) {
  static const int mixed[] = {0, 200, 200, 201, 201, 201, 204, 301, 400, 401, 404, 404, 410, 413, 429, 500, 503};
  char location[64];
  const char *path = mb_request_path(request);
  bool start = strcmp(path, "/api/v1/sessions") == 0 || strstr(path, "/va/v1/sessionStart?");
  mb_response response = {.size = sizeof response, .status = mixed[roll(sizeof mixed / sizeof *mixed)]};
  if (backend == 1 || (backend == 0 && chance(60))) response.status = start ? 201 : 204;
  if (backend == 2) response.status = start ? 201 : is_play(request) ? 200 : 404;
  if (backend == 3) response.status = 0;
  if (backend == 4) response.status = start ? 201 : chance(20) ? 404 : 204;
  if (backend == 5) response.status = 503;
  snprintf(location, sizeof location, "/api/v1/sessions/%d", ++ids);
  if (response.status >= 200 && response.status < 300 && (backend || chance(90))) response.location = location;
  if (chance(5)) response.retry_after_s = (int64_t)roll(100000);
  if (chance(10)) response.body = "{\"message\":\"no\"}", response.body_size = 16;
  if (edge && chance(95)) answer_edge(&response, start);
  if (!response.status) response.error = "nobody there";
  bool was = completing;
  completing = true;
  mb_request_complete(request, &response, chance(5) ? now - 3 > 0 ? now - 3 : 0 : now + (chance(5) ? 2 : 0));
  completing = was;
}

static void land(int i) {
  flight one = flying[i];
  CHECK(sum_of(one.body, one.size) == one.sum);
  flying[i] = flying[--flying_count];
  complete(one.request);
}

static mb_status send_request(void *user, mb_request *request, int64_t at) {
  (void)user, (void)at;
  CHECK(++requests_in_call < STORM);
  if (chance(busy_percent)) return MB_BUSY;
  CHECK(flying_count < capacity);
  flight one = {.request = request};
  bool taken = client->taken && client->taken->request == request;
  snprintf(one.who, sizeof one.who, "%s%s/%u", taken ? "from disk " : "", mb_request_player(request),
           mb_request_session(request));
  for (int i = 0; i < flying_count; i++) CHECK(strcmp(flying[i].who, one.who) != 0);
  check_body(request, one.who);
  if (chance(fail_percent)) return MB_TRANSPORT_FAILED;
  if (chance(sync_percent)) {
    complete(request);
    return MB_OK;
  }
  one.body = mb_request_body(request, &one.size);
  one.sum = sum_of(one.body, one.size);
  one.due = now + (int64_t)roll(3000);
  flying[flying_count++] = one;
  return MB_OK;
}
static void cancel(void *user, mb_request *request) {
  (void)user;
  int i = 0;
  while (i < flying_count && flying[i].request != request) i++;
  CHECK(i < flying_count);
  flying[i] = flying[--flying_count];
}
static void poll_requests(void *user, int64_t at) {
  (void)user, (void)at;
  for (int i = 0; i < flying_count; i++)
    if (flying[i].due <= now) land(i), i = -1;
}
static int64_t transport_deadline(void *user) {
  (void)user;
  int64_t due = MB_NEVER;
  for (int i = 0; i < flying_count; i++)
    if (flying[i].due < due) due = flying[i].due;
  return due;
}
static int64_t wait_for(void *user, int64_t timeout) {
  (void)user;
  CHECK(timeout >= 0);
  if (timeout > 5000) timeout = 5000;
  now += timeout;
  return timeout;
}

static void misuse(void) {
  if (!trackers[0] || !client) return;
  CHECK(mb_tracker_play(trackers[0], now) == MB_BUSY);
  CHECK(mb_client_tick(client, now) == MB_BUSY);
  mb_tracker_free(trackers[0]);
}
static void log_line(void *user, mb_log_level level, const char *message) {
  (void)user, (void)level;
  CHECK(!strchr(message, '\n'));
#ifndef FUZZ_LAX
  if (client) misuse();
#else
  if (client && client->inside) misuse();
#endif
}
static bool details(void *user, mb_player_details *answer) {
  (void)user;
  misuse();
  if (flying_count && chance(30)) land((int)roll((uint32_t)flying_count));
  if (chance(10)) return false;
  answer->playhead = chance(5) ? -1 : roll(1000) / 8.0;
  answer->has_qoe = chance(50);
  answer->qoe = (mb_qoe_info){sizeof answer->qoe, roll(3), 2, chance(3) ? -1 : 3, 4};
  return true;
}
static void recorded(void *user, const char *line, size_t size) { (void)user, (void)line, (void)size; }

static void check(bool ticked, mb_status status) {
  mb_stats s = {.size = sizeof s};
  CHECK(mb_client_stats(client, &s) == MB_OK);
  uint64_t dropped = 0, count = 0, bytes = 0, ready = 0, under_way = 0;
  for (int i = 0; i < MB_DROP_COUNT; i++) dropped += s.dropped[i];
  CHECK(s.accepted + s.recovered == s.delivered + s.queued + s.stored + dropped);
  for (mb__outbox *outbox = client->outboxes; outbox; outbox = outbox->next) {
    count += outbox->queue.count;
    bytes += outbox->queue.bytes;
    ready += outbox->ready;
    under_way += outbox->request != NULL;
    CHECK(outbox->owned || outbox->queue.count || outbox->request || outbox->ready);
    CHECK(!outbox->prelude.count || outbox->queue.count);
    CHECK((outbox->queue.count == 0) == (outbox->queue.first == NULL));
    /* nobody is forgotten: something to send and free to go means in line */
    if (outbox->queue.count && !outbox->dead && !client->closed && client->has_transport &&
        client->consent == MB_CONSENT_IN &&
        (!outbox->is_batch || (outbox->ended && client->online && (!client->batch || client->batch == outbox))))
      CHECK(outbox->ready || outbox->request || outbox->retry.slot != MB__NO_SLOT);
  }
  CHECK(count == s.queued && bytes == s.queued_bytes && s.held <= s.queued);
  CHECK(under_way == client->under_way && (int)under_way == flying_count);
  uint64_t line = 0;
  for (mb__outbox *outbox = client->ready_first; outbox; outbox = outbox->ready_next) line++;
  CHECK(line == ready && !client->inside && !client->dispatching);
  if (!ticked || client->closed) return;
  int64_t next = mb_client_next_deadline(client);
  bool busy = client->ready_first != NULL;
  bool transport = flying_count && transport_deadline(NULL) <= now;
  bool unsynced = client->store && client->store_due <= client->now; /* written by this tick, synced by the next */
  if (!busy && !transport && !unsynced && !(status == MB_NO_MEMORY)) CHECK(next > now);
}

static const char *text(void) {
  static const char *const texts[] = {"a", "b", "", NULL, "\xff", "caf\xc3\xa9 \"x\" \\ \n", "fullscreen", "mute"};
  uint32_t which = roll(40);
  return which < 8 ? texts[which] : which < 24 ? "a" : "name";
}
static double number(void) {
  static const double numbers[] = {0, -1, 1e300, 5e-324, 1e15, 0.1, 123456.789, 86400, 1.0 / 3};
  return chance(3) ? (double)NAN : numbers[roll(9)];
}
static int64_t position(void) { return chance(90) ? 1 + roll(3) : chance(50) ? INT64_MAX : 0; }

static size_t metadata(mb_pair pairs[4]) {
  static char big[6000];
  memset(big, 'x', sizeof big - 1);
  size_t count = roll(5);
  for (size_t i = 0; i < count; i++)
    pairs[i] = (mb_pair){chance(30) ? "a.media.show" : chance(50) ? "k1" : text(), chance(3) ? big : text()};
  return count;
}

static mb_status tracker_call(mb_tracker *t) {
  mb_pair pairs[4];
  size_t count = metadata(pairs);
  const mb_pair *given = count ? pairs : NULL;
  mb_media_info media = {
      sizeof media, chance(90) ? "id" : text(), "n", number(), "vod", "video", chance(20), chance(20), 0};
  if (chance(30)) media.preroll_waiting_time_ms = chance(80) ? roll(600) : chance(50) ? INT64_MAX : INT64_MIN;
  mb_ad_break_info pod = {sizeof pod, text(), position(), number()};
  mb_ad_info ad = {sizeof ad, text(), "n", position(), number()};
  mb_chapter_info chapter = {sizeof chapter, text(), position(), number(), number()};
  mb_qoe_info qoe = {sizeof qoe, roll(3), roll(2), chance(5) ? 1e300 : 1, 0};
#define CALL(call) return last_call = #call, call
  switch (roll(26)) {
    case 0:
    case 1:
    case 2: CALL(mb_tracker_session_start(t, &media, given, count, now));
    case 3:
      if (chance(30)) CALL(mb_tracker_complete(t, now));
      CALL(mb_tracker_session_end(t, now));
    case 4:
    case 5:
    case 6: CALL(mb_tracker_play(t, now));
    case 7: CALL(mb_tracker_pause(t, now));
    case 8: CALL(mb_tracker_buffer_start(t, now));
    case 9: CALL(mb_tracker_buffer_complete(t, now));
    case 10: CALL(mb_tracker_seek_start(t, now));
    case 11: CALL(mb_tracker_seek_complete(t, now));
    case 12: CALL(mb_tracker_ad_break_start(t, &pod, now));
    case 13: CALL(mb_tracker_ad_break_complete(t, now));
    case 14: CALL(mb_tracker_ad_start(t, &ad, given, count, now));
    case 15: CALL(mb_tracker_ad_complete(t, now));
    case 16: CALL(mb_tracker_ad_skip(t, now));
    case 17: CALL(mb_tracker_chapter_start(t, &chapter, given, count, now));
    case 18: CALL(mb_tracker_chapter_complete(t, now));
    case 19: CALL(mb_tracker_chapter_skip(t, now));
    case 20: CALL(mb_tracker_state_start(t, text(), now));
    case 21: CALL(mb_tracker_state_end(t, text(), now));
    case 22: CALL(mb_tracker_bitrate_change(t, now));
    case 23: CALL(mb_tracker_error(t, text(), now));
    case 24: CALL(mb_tracker_update_playhead(t, number(), now));
    default: CALL(mb_tracker_update_qoe(t, &qoe, now));
  }
}

static mb_status one_tracker_call(mb_tracker *t) {
  mb__state before = t->state;
  bool preroll = t->preroll_first || t->state.waiting || t->released_at; /* what waited is worked off first */
  uint64_t accepted = client->stats.accepted;
  mb_status status = tracker_call(t);
  bool came_back = client->store != NULL; /* the end of what came back meanwhile is an event too */
  if (status && !preroll)
    CHECK(memcmp(&before, &t->state, sizeof before) == 0 && (came_back || accepted == client->stats.accepted));
  return status;
}

static const char *const events[] = {
    "{\"eventType\":\"play\"}",
    "{\"eventType\":\"play\",\"playerTime\":{\"playhead\":3.5}}",
    "{\"eventType\":\"pauseStart\"}",
    "{\"eventType\":\"bufferStart\"}",
    "{\"eventType\":\"ping\"}",
    "{\"eventType\":\"chapterStart\",\"params\":{\"media.chapter.index\":1,\"media.chapter.offset\":0,"
    "\"media.chapter.length\":9},\"customMetadata\":{\"a\":\"b\"}}",
    "{\"eventType\":\"chapterComplete\"}",
    "{\"eventType\":\"adBreakStart\",\"params\":{\"media.ad.podIndex\":1,\"media.ad.podSecond\":0}}",
    "{\"eventType\":\"adBreakComplete\"}",
    "{\"eventType\":\"adStart\",\"params\":{\"media.ad.id\":\"x\",\"media.ad.length\":1e12,\"media.ad.podPosition\":2}"
    "}",
    "{\"eventType\":\"adComplete\"}",
    "{\"eventType\":\"stateStart\",\"params\":{\"media.state.name\":\"mute\"}}",
    "{\"eventType\":\"stateEnd\",\"params\":{\"media.state.name\":\"mute\"}}",
    "{\"eventType\":\"statesUpdate\",\"params\":{\"statesStart\":[{\"media.state.name\":\"pip\"}],\"statesEnd\":[]}}",
    "{\"eventType\":\"error\",\"qoeData\":{\"media.qoe.errorID\":\"e\",\"media.qoe.bitrate\":5}}",
    "{\"eventType\":\"bitrateChange\",\"qoeData\":{\"media.qoe.bitrate\":5}}",
    "{\"eventType\":\"sessionComplete\"}",
    "{\"eventType\":\"sessionEnd\"}",
    "{\"eventType\":\"nonsense\"}",
    "[",
    "{\"eventType\":\"play\",\"params\":[]}",
#define XDM(type, members) "{\"eventType\":\"media." type "\",\"mediaCollection\":{" members "}}"
    "{\"eventType\":\"media.play\"}",
    XDM("play", "\"playhead\":3"),
    XDM("ping", "\"playhead\":4,\"sessionID\":\"7\""),
    XDM("pauseStart", "\"playhead\":5,\"qoeDataDetails\":{\"bitrate\":1}"),
    XDM("bufferStart", "\"playhead\":6"),
    XDM("adBreakStart", "\"playhead\":7,\"advertisingPodDetails\":{\"index\":1,\"offset\":0}"),
    XDM("adStart", "\"playhead\":7,\"advertisingDetails\":{\"name\":\"x\",\"length\":9,\"podPosition\":1},"
                   "\"customMetadata\":[{\"name\":\"k\",\"value\":\"v\"}]"),
    XDM("adComplete", "\"playhead\":7"),
    XDM("adBreakComplete", "\"playhead\":7"),
    XDM("chapterStart", "\"playhead\":7,\"chapterDetails\":{\"index\":1,\"offset\":0,\"length\":2}"),
    XDM("chapterSkip", "\"playhead\":7"),
    XDM("statesUpdate", "\"playhead\":8,\"statesStart\":[{\"name\":\"mute\"},{\"name\":\"pip\"}],\"statesEnd\":[{"
                        "\"name\":\"pip\"}]"),
    XDM("error", "\"playhead\":8,\"errorDetails\":{\"name\":\"\\\"\",\"source\":\"external\"}"),
    XDM("sessionComplete", "\"playhead\":9"),
    XDM("sessionEnd", "\"playhead\":9"),
    XDM("error", "\"playhead\":9"),
    XDM("nonsense", ""),
    XDM("play", "\"playhead\":1.5"),
#ifndef FUZZ_LAX
    "{\"eventType\":\"play\",\"playerTime\":{}}",
    "{\"eventType\":\"bitrateChange\",\"qoeData\":{\"media.qoe.bitrate\":99999999999999999999}}",
    "{\"eventType\":\"adStart\",\"params\":{\"media.ad.id\":\"x\",\"media.ad.length\":1,"
    "\"media.ad.podPosition\":99999999999999999999}}",
#endif
};

static mb_status session_call(mb_session *s) {
  mb_qoe_info qoe = {sizeof qoe, roll(3), roll(2), 1, 0};
  if (chance(10)) CALL(mb_session_update_playhead(s, number(), now));
  if (chance(10)) CALL(mb_session_update_qoe(s, &qoe, now));
  const char *event = events[roll(sizeof events / sizeof *events)];
  last_call = event;
  double playhead = s->playhead;
  uint64_t accepted = client->stats.accepted;
  mb_status status = mb_session_send(s, event, strlen(event), now);
  if (status) CHECK(accepted == client->stats.accepted);
#ifndef FUZZ_LAX
  if (status && !s->details.ask) CHECK(playhead == s->playhead);
#else
  (void)playhead;
#endif
  return status;
}

static void advance(void) {
  switch (roll(40)) {
    case 0: now += (int64_t)roll(40 * 60 * 1000); break;
    case 1: now += (int64_t)roll(25 * 3600 * 1000); break;
    case 2: now -= (int64_t)roll(100000); break;
    case 3:
    case 4:
    case 5:
    case 6: now += (int64_t)roll(15000); break;
    case 7:
    case 8:
    case 9:
    case 10:
    case 11:
    case 12: now += (int64_t)roll(400); break;
    case 13: {
      int64_t next = mb_client_next_deadline(client);
      if (next != MB_NEVER && next > now) now = next;
      break;
    }
    default: break;
  }
  if (now < 0) now = 0;
}

static const mb_host host = {sizeof host, NULL, allocate, log_line};

static mb_status set_store(mb_config *config) {
  char path[64]; /* requests are checked for what the client makes: others' sessions are of the same kind */
  snprintf(path, sizeof path, "%s/%d%d", folder, edge, downloaded);
  mb_status status = mb_config_set_text(config, "store", path);
  if (!status && chance(50)) status = mb_config_set_text(config, "durability", "power");
  if (!status && chance(50)) status = mb_config_set_number(config, "storeMaxBytes", 65536);
  if (!status && chance(30)) status = mb_config_set_number(config, "storeMaxAge", 1 + roll(100));
  return status;
}

static bool open_client(void) {
  static const char json[] =
      "{\"endpoint\":\"http://h/p/\",\"trackingServer\":\"t\",\"reportSuite\":\"r\",\"orgId\":\"o\",\"channel\":\"c\","
      "\"playerName\":\"p\",\"datastreamId\":\"ds\",\"customerIDs\":{\"x\":{\"id\":\"1\",\"authState\":1}},\"unknwn\":"
      "1,\"seed\":1}";
  mb_config *config;
  if (mb_config_new(&host, &config)) return false;
  mb_status status = mb_config_set_json(config, json, sizeof json - 1);
  downloaded = chance(20);
  edge = chance(50);
  if (!status && edge) status = mb_config_set_text(config, "protocol", "edge-va-v1");
  if (!status && edge && chance(30)) status = mb_config_set_text(config, "locationHint", "or2");
  if (!status) status = mb_config_set_flag(config, "downloaded", downloaded);
  if (!status && chance(50)) status = mb_config_set_number(config, "queueMaxEvents", 16 + roll(20));
  if (!status && chance(30)) status = mb_config_set_number(config, "queueMaxBytes", 4096);
  if (!status && chance(30)) status = mb_config_set_number(config, "queueMaxAge", 1 + roll(100));
  if (!status && chance(30)) status = mb_config_set_text(config, "mainPingAnchor", "sessionStart");
  if (!status && chance(40)) status = set_store(config);
  if (!status) status = mb_config_set_text(config, "logLevel", "bodies");
  mb_transport transport = {sizeof transport,
                            NULL,
                            (size_t)(capacity = 1 + (int)roll(6)),
                            send_request,
                            cancel,
                            poll_requests,
                            transport_deadline,
                            has_wait ? wait_for : NULL,
                            NULL,
                            NULL};
  if (!status) status = mb_client_new(config, chance(95) ? &transport : NULL, &client);
  mb_config_free(config);
  if (!status && chance(40)) mb_client_record(client, recorded, NULL);
  return !status;
}

static void learned(void *user, const char *id) {
  (void)user;
  CHECK(*id && strlen(id) <= 1024);
  misuse();
}

static mb_status open_one_session(mb_session **session) {
  static const char *const starts[] = {
      ("{\"eventType\":\"sessionStart\",\"params\":{\"media.id\":\"a\",\"media.length\":10,\"media.contentType\":"
       "\"vod\"},"
       "\"customMetadata\":{\"k\":\"v\",\"a.media.show\":\"s\"}}"),
      ("{\"mediaCollection\":{\"playhead\":1,\"sessionDetails\":{\"name\":\"a\",\"length\":10,\"contentType\":\"vod\"},"
       "\"customMetadata\":[{\"name\":\"a.media.show\",\"value\":\"\\\\\"}]},\"identityMap\":{\"x\":[{\"id\":\"1\"}]}"
       "}"),
      "{\"mediaCollection\":{\"sessionDetails\":{\"name\":\"a\",\"length\":10,\"contentType\":\"vod\"}}}",
      "{\"eventType\":\"media.sessionStart\"}",
  };
  mb_session_options options = {.size = sizeof options,
                                .player = chance(30) ? "same" : NULL,
                                .granular_ad_tracking = chance(30),
                                .no_pings = chance(20),
                                .manual = chance(20),
                                .player_details = chance(20) ? details : NULL,
                                .session_id = chance(40) ? learned : NULL};
  const mb_session_options *given = chance(70) ? &options : NULL;
  if (chance(20)) {
    options.player = "resumed";
    return mb_session_resume(client, &options, chance(90) ? "7" : text() ? text() : "", now, session);
  }
  const char *start = starts[roll(sizeof starts / sizeof *starts)];
  return mb_session_open(client, given, start, strlen(start), now, session);
}

static bool step_once(void) {
  int i = (int)roll(TRACKERS), j = (int)roll(SESSIONS);
  mb_status status = MB_OK;
  bool ticked = false;
  requests_in_call = 0;
  switch (roll(30)) {
    case 0:
    case 1:
    case 2:
    case 3:
    case 4:
      last_call = "tick";
      status = mb_client_tick(client, now);
      ticked = true;
      break;
    case 5:
      last_call = "deliver";
      status = mb_client_deliver(client, now);
      break;
    case 6:
      last_call = "consent";
      status = mb_client_set_consent(client,
                                     chance(60)   ? MB_CONSENT_IN
                                     : chance(60) ? MB_CONSENT_UNKNOWN
                                                  : MB_CONSENT_OUT,
                                     now);
      break;
    case 7:
      last_call = "online";
      status = mb_client_set_online(client, chance(70), now);
      break;
    case 8:
      last_call = "tracker_free/new";
      if (trackers[i] && chance(20))
        mb_tracker_free(trackers[i]), trackers[i] = NULL;
      else if (!trackers[i]) {
        status = mb_tracker_new(client, chance(30) ? "same" : NULL, &trackers[i]);
        if (!status && chance(40)) mb_tracker_set_player_details(trackers[i], details, NULL);
      }
      break;
    case 9:
    case 10:
      last_call = "session_free/open";
      if (sessions[j] && chance(20))
        mb_session_free(sessions[j]), sessions[j] = NULL;
      else if (!sessions[j]) {
        status = open_one_session(&sessions[j]);
        if (!status && chance(40)) mb_session_set_player_details(sessions[j], details, NULL);
      }
      break;
    case 11:
    case 12:
      last_call = "complete";
      if (flying_count) land((int)roll((uint32_t)flying_count));
      break;
    case 13:
    case 14:
    case 15:
    case 16:
    case 17:
      if (sessions[j]) status = session_call(sessions[j]);
      break;
    default:
      if (trackers[i]) status = one_tracker_call(trackers[i]);
      break;
  }
  if (client->closed) return false;
  check(ticked, status);
  return true;
}

static void run(uint32_t steps) {
  rng = seed * 2654435761u + 1;
  now = chance(50) ? 0 : 1700000000000;
  oom_percent10000 = chance(50) ? 0 : 1 + (int)roll(800);
  sync_percent = chance(30) ? 100 : (int)roll(60);
  busy_percent = chance(50) ? 0 : (int)roll(50);
  fail_percent = chance(50) ? 0 : (int)roll(10);
  backend = (int)roll(6);
  has_wait = chance(70);
  client = NULL;
  memset(trackers, 0, sizeof trackers);
  memset(sessions, 0, sizeof sessions);
  flying_count = known_count = 0;
  blocks = 0;
  failing = true;
  step = 0;
  last_call = "new";
  bool made = open_client();
  for (step = 1; made && step <= steps; step++) {
    if (step % 500 == 0) backend = (int)roll(6);
    advance();
    if (!step_once()) break;
  }
  failing = chance(50);
  requests_in_call = 0;
  last_call = "close";
  if (made && chance(50)) {
    mb_status status = mb_client_close(client, now, now + (int64_t)roll(20000));
    CHECK(status == MB_OK && client->closed && flying_count == 0);
    check(false, MB_OK);
    mb_stats s = {.size = sizeof s};
    mb_client_stats(client, &s);
    CHECK(s.queued == 0 && s.queued_bytes == 0);
  }
  last_call = "free";
  memset(trackers, 0, sizeof trackers); /* handles are invalid from now on, for log lines too */
  if (made) mb_client_free(client);
  client = NULL;
  CHECK(flying_count == 0);
  CHECK(blocks == 0);
}

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *at) {
  (void)info, (void)type, (void)at;
  return remove(path);
}

static void remove_folder(void) { nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS); }

int main(int count, char **arguments) {
  cJSON_Hooks hooks = {cjson_malloc, free};
  cJSON_InitHooks(&hooks);
  uint32_t first = count > 1 ? (uint32_t)atol(arguments[1]) : 1, seeds = count > 2 ? (uint32_t)atol(arguments[2]) : 200;
  uint32_t steps = count > 3 ? (uint32_t)atol(arguments[3]) : 3000;
  if (!mkdtemp(folder)) return 1;
  for (seed = first; seed - first < seeds; seed++) run(steps);
  remove_folder();
  printf("%u seeds, %u calls each: all well\n", seeds, steps);
  return 0;
}

/* NOLINTEND(readability-function-*,bugprone-suspicious-memory-comparison,bugprone-suspicious-missing-comma,cert-*) */

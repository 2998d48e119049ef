/* Histories and metrics: sessions as scripts, a line for each event as it arrives: when by the client's clock, what,
 * where, and what else. Times count from a moment of the test; "+MS" is how much later than that it arrives. */
#include "metrics.h"

#include <inttypes.h>
#include <time.h>

#include "clock.h"
#include "concurrency.h"
#include "md5.h"
#include "suite.h"
#include "text_buffer.h"

static const int64_t BASE = 1700000000000;

/* Scripts. */

static const char *details_of(const char *type) {
  if (strcmp(type, "sessionStart") == 0)
    return "\"params\":{\"media.id\":\"film\",\"media.length\":60,\"media.contentType\":\"vod\"}";
  if (strcmp(type, "adBreakStart") == 0) return "\"params\":{\"media.ad.podIndex\":1}";
  if (strcmp(type, "adStart") == 0) return "\"params\":{\"media.ad.id\":\"ad\"}";
  if (strcmp(type, "chapterStart") == 0) return "\"params\":{\"media.chapter.index\":1}";
  return NULL;
}

static void add(mbc_history *history, int64_t position, int64_t ts, int64_t received, const char *type, double playhead,
                const char *details) {
  text_buffer body = {0};
  if (!details || !*details) details = details_of(type);
  text_add(&body, "{\"eventType\":\"%s\",\"playerTime\":{\"playhead\":%g,\"ts\":%" PRId64 "}%s%s}", type, playhead,
           BASE + ts, details ? "," : "", details ? details : "");
  const mbc_event event = {
      .position = position, .received_at = BASE + received, .body = body.text, .size = strlen(body.text)};
  assert_true(mbc_history_add(history, &event));
  text_free(&body);
}

/* "  1000 +20 ping 10 "qoeData":{}". */
static void add_line(mbc_history *history, int64_t position, const char *text) {
  char type[32], *end;
  int64_t ts = strtoll(text, &end, 10), later = 0;
  end += strspn(end, " ");
  if (*end == '+') later = strtoll(end, &end, 10);
  end += strspn(end, " ");
  size_t size = strcspn(end, " ");
  snprintf(type, sizeof type, "%.*s", (int)size, end);
  double playhead = strtod(end + size, &end);
  end += strspn(end, " ");
  add(history, position, ts, ts + later, type, playhead, end);
}

static void add_script(mbc_history *history, const char *script) {
  int64_t position = 0;
  while (*script) {
    char line[400];
    size_t size = strcspn(script, "\n");
    snprintf(line, sizeof line, "%.*s", (int)size, script);
    add_line(history, position++, line);
    script += size + (script[size] == '\n');
  }
}

static const mbc_session open_session = {.id = "s", .state = MBC_OPEN, .last_event_at = 0};

static mbc_session closed_at(int64_t last_event, int64_t at, mbc_reason reason) {
  return (mbc_session){
      .id = "s", .state = MBC_CLOSED, .reason = reason, .last_event_at = BASE + last_event, .closed_at = BASE + at};
}

static mbc_history *history_of(const char *script, const mbc_session *session, int64_t now) {
  mbc_history *history = mbc_history_new(session, BASE + now);
  assert_non_null(history);
  add_script(history, script);
  assert_int_equal(mbc_history_finish(history), MB_OK);
  return history;
}

static mbc_history *closed_history(const char *script) {
  const mbc_session session = closed_at(0, 0, MBC_SESSION_END);
  return history_of(script, &session, 0);
}

/* Steps as text: "TIME TYPE ACTIVITY [notes]", and what was not processed. */

static void add_notes(text_buffer *text, unsigned notes) {
  for (int bit = 0; bit < MBC_NOTE_COUNT; bit++)
    if (notes & 1u << bit) text_add(text, " %s", mbc_note_name(bit));
}

static void add_steps(text_buffer *text, const mbc_history *history) {
  for (size_t i = 0; i < history->step_count; i++) {
    const mbc_step *step = &history->steps[i];
    text_add(text, "%" PRId64 " %s %s", step->time - BASE, mb__events[step->type].name,
             mbc_activity_name(step->activity));
    add_notes(text, step->notes);
    text_add(text, "\n");
  }
  for (size_t i = 0; i < history->other_count; i++) {
    const mbc_step *step = &history->others[i];
    text_add(text, "not %s", step->type == MB__EVENT_COUNT ? "?" : mb__events[step->type].name);
    add_notes(text, step->notes);
    text_add(text, "\n");
  }
}

static void expect_steps_of(mbc_history *history, const char *expected) {
  text_buffer text = {0};
  add_steps(&text, history);
  assert_string_equal(text_of(&text), expected);
  text_free(&text);
  mbc_history_free(history);
}

static void expect_steps(const char *script, const char *expected) {
  expect_steps_of(closed_history(script), expected);
}

/* Metrics by name, as JSON. */

static mbc_metrics metrics_of(const mbc_history *history) {
  mbc_metrics metrics;
  assert_int_equal(mbc_metrics_compute(history, &metrics), MB_OK);
  return metrics;
}

static char *json_of(const mbc_history *history) {
  mbc_metrics metrics = metrics_of(history);
  mb__writer writer;
  mb__writer_init(&writer, &mb__c_library);
  mbc_metrics_write(&writer, history, &metrics);
  mb__write(&writer, "", 1);
  assert_false(writer.failed);
  return writer.bytes;
}

/* `expected`: members, in any order: "\"adStarts\":1 \"adTimeSpent\":5". */
static void expect_members(const mbc_history *history, const char *expected) {
  char *json = json_of(history), one[120], wanted[124];
  for (int used = 0; sscanf(expected, " %119s%n", one, &used) == 1; expected += used) {
    snprintf(wanted, sizeof wanted, "%s", one);
    const char *found = strstr(json, wanted);
    bool is_whole = found && strchr(",}]", found[strlen(wanted)]);
    if (!is_whole) fail_msg("%s is not in\n%s", wanted, json);
  }
  free(json);
}

static void expect_metrics(const char *script, const char *expected) {
  mbc_history *history = closed_history(script);
  expect_members(history, expected);
  mbc_history_free(history);
}

/* Order. */

TEST(the_window_puts_events_in_order) {
  expect_steps("0 sessionStart 0\n"
               "12 adStart 0\n"
               "10 +3 adBreakStart 0\n"
               "20 adComplete 0\n"
               "30 adBreakComplete 0\n",
               "0 sessionStart idle\n"
               "10 adBreakStart idle\n"
               "12 adStart ad\n"
               "20 adComplete idle\n"
               "30 adBreakComplete idle\n");
}

TEST(five_seconds_after_its_first_event_the_window_is_released) {
  expect_steps("0 sessionStart 0\n"
               "1000 play 0\n"
               "3000 ping 2\n"
               "2000 +3999 pauseStart 1\n" /* at 5999 */
               "4000 +2000 play 1\n",      /* at 6000 */
               "0 sessionStart idle\n"
               "1000 play play\n"
               "2000 pauseStart pause\n"
               "3000 ping pause\n"
               "4000 play play\n");
  expect_steps("0 sessionStart 0\n"
               "1000 play 0\n"
               "3000 ping 2\n"
               "2000 +4000 pauseStart 1\n" /* at 6000: too late */
               "3500 +2600 play 1\n",
               "0 sessionStart idle\n"
               "1000 play play\n"
               "3000 ping play\n"
               "3000 pauseStart pause late\n"
               "3500 play play\n");
}

TEST(the_eleventh_event_releases_the_window) {
  expect_steps("0 sessionStart 0\n"
               "101 error 0\n102 error 0\n103 error 0\n104 error 0\n105 error 0\n"
               "106 error 0\n107 error 0\n108 error 0\n109 error 0\n110 error 0\n"
               "100 +11 play 0\n"   /* the eleventh is in */
               "100 +20 error 0\n", /* and this one is behind */
               "0 sessionStart idle\n"
               "100 play play\n"
               "101 error play\n102 error play\n103 error play\n104 error play\n105 error play\n"
               "106 error play\n107 error play\n108 error play\n109 error play\n110 error play\n"
               "110 error play late\n");
}

TEST(equal_times_keep_the_order_of_arrival) {
  expect_steps("0 sessionStart 0\n1000 pauseStart 0\n1000 play 0\n",
               "0 sessionStart idle\n1000 pauseStart pause\n1000 play play equalTs\n");
}

TEST(what_sorts_behind_the_end_is_dropped) {
  expect_steps("0 sessionStart 0\n1000 play 0\n3000 ping 2\n2000 +1500 sessionEnd 1\n4000 ping 3\n",
               "0 sessionStart idle\n1000 play play\n2000 sessionEnd play\n"
               "not ping afterEnd\nnot ping afterEnd\n");
}

TEST(a_batch_keeps_its_order) {
  mbc_session session = closed_at(0, 0, MBC_BATCH_END);
  session.downloaded = true;
  expect_steps_of(history_of("0 sessionStart 0\n2000 play 1\n1000 ping 0\n1000 error 0\n2000 ping 1\n", &session, 0),
                  "0 sessionStart idle\n2000 play play\n2000 ping play late\n2000 error play late\n2000 ping play\n");
}

TEST(while_a_session_is_open_what_waits_is_shown) {
  static const char script[] = "0 sessionStart 0\n1000 play 0\n";
  expect_steps_of(history_of(script, &open_session, 5999), "0 sessionStart idle\n1000 play play waiting\n");
  expect_steps_of(history_of(script, &open_session, 6000), "0 sessionStart idle\n1000 play play\n");
}

TEST(marked_and_broken_events_are_kept_aside) {
  static const char text[] = "{\"eventType\":\"play\"}";
  const mbc_session session = closed_at(0, 0, MBC_FORCED);
  mbc_history *history = mbc_history_new(&session, 0);
  add_script(history, "0 sessionStart 0\n");
  const mbc_event broken = {.position = 1, .received_at = BASE, .body = text, .size = sizeof text - 1};
  const mbc_event cut = {.position = 2, .received_at = BASE, .body = text, .size = 5, .mark = MBC_DUPLICATE};
  assert_true(mbc_history_add(history, &broken));
  assert_true(mbc_history_add(history, &cut));
  assert_int_equal(mbc_history_finish(history), MB_OK);
  expect_steps_of(history, "0 sessionStart idle\nnot ? unreadable\nnot ? duplicate unreadable\n");
}

TEST(a_session_without_an_event_has_metrics) {
  mbc_history *history = history_of("", &open_session, 0);
  assert_int_equal(history->step_count, 0);
  expect_members(history, "\"contentStarts\":false \"contentTimeSpent\":0 \"contentSegment\":null \"ads\":[]");
  mbc_history_free(history);
}

/* The walk. */

TEST(content_goes_on_after_an_ad_as_it_was) {
  expect_steps(
      "0 sessionStart 0\n1000 play 0\n2000 adBreakStart 1\n3000 adStart 2\n4000 pauseStart 2\n5000 bufferStart 2\n"
      "6000 play 2\n7000 adComplete 2\n8000 adBreakComplete 3\n",
      "0 sessionStart idle\n1000 play play\n2000 adBreakStart play\n3000 adStart ad\n4000 pauseStart pause\n"
      "5000 bufferStart buffer\n6000 play ad\n7000 adComplete play\n8000 adBreakComplete play\n");
}

TEST(a_play_in_a_preroll_does_not_start_content) {
  expect_metrics(
      "0 sessionStart 0\n10 adBreakStart 0\n20 adStart 0\n30 play 0\n5020 adComplete 0\n5030 adBreakComplete 0\n"
      "9000 ping 4\n",
      "\"contentStarts\":false \"dropsBeforeStart\":true \"contentTimeSpent\":0 \"adTimeSpent\":5");
}

TEST(what_belongs_to_nothing_is_noted) {
  expect_steps("0 sessionStart 0\n1 adComplete 0\n2 adBreakComplete 0\n3 chapterSkip 0\n4 adStart 0\n5 adSkip 0\n",
               "0 sessionStart idle\n1 adComplete idle noOpenAd\n2 adBreakComplete idle noOpenBreak\n"
               "3 chapterSkip idle noOpenChapter\n4 adStart idle outsideBreak\n5 adSkip idle outsideBreak\n");
}

TEST(a_break_that_another_one_follows_is_void) {
  mbc_history *history = closed_history("0 sessionStart 0\n1000 play 0\n2000 adBreakStart 1\n2000 adStart 1\n"
                                        "5000 adBreakStart 1\n6000 adStart 1\n8000 adBreakComplete 1\n9000 ping 2\n");
  assert_int_equal(history->ad_count, 2);
  assert_true(history->ads[0].is_void);
  assert_int_equal(history->ads[0].played, 3000);
  expect_members(history, "\"adStarts\":1 \"adCompletes\":0 \"adTimeSpent\":2 \"contentTimeSpent\":6");
  mbc_history_free(history);
}

TEST(a_break_that_the_viewer_leaves_counts) {
  static const char left[] = "0 sessionStart 0\n1000 play 0\n2000 adBreakStart 1\n2001 adStart 1\n7001 ping 1.9\n";
  expect_metrics(left, "\"adStarts\":1 \"adTimeSpent\":5 \"contentTimeSpent\":1");
  expect_metrics("0 sessionStart 0\n1000 play 0\n2000 adBreakStart 1\n2001 adStart 1\n7001 ping 2.1\n",
                 "\"adStarts\":0 \"adTimeSpent\":0 \"contentTimeSpent\":6");
}

TEST(stalls_are_three_samples_in_one_place) {
  expect_metrics("0 sessionStart 0\n1000 play 5\n2000 ping 5\n3000 ping 6\n",
                 "\"stallEvents\":0 \"contentTimeSpent\":2");
  expect_metrics("0 sessionStart 0\n1000 play 5\n2000 ping 5.001\n3000 ping 5.002\n4000 ping 6\n",
                 "\"stallEvents\":0 \"contentTimeSpent\":3");
  expect_metrics("0 sessionStart 0\n1000 play 5\n2000 ping 5\n2500 bitrateChange 5\n3000 ping 5.001\n4000 ping 6\n",
                 "\"stallEvents\":1 \"totalStallingDuration\":2 \"contentTimeSpent\":1");
  expect_metrics(
      "0 sessionStart 0\n1000 play 5\n2000 ping 5\n2500 pauseStart 5\n2600 play 5\n3000 ping 5\n4000 ping 6\n",
      "\"stallEvents\":0 \"totalStallingDuration\":0");
}

TEST(player_states) {
  text_buffer script = {0};
  text_add(&script,
           "0 sessionStart 0\n"
           "1000 stateStart 0 \"params\":{\"media.state.name\":\"FULLSCREEN\"}\n"
           "2000 stateStart 0 \"params\":{\"media.state.name\":\"fullScreen\"}\n"
           "3000 statesUpdate 0 \"params\":{\"statesEnd\":[{\"media.state.name\":\"fullscreen\"}],"
           "\"statesStart\":[{\"media.state.name\":\"closeCaption\"},{\"media.state.name\":\"fullscreen\"}]}\n");
  for (int i = 0; i < 9; i++)
    text_add(&script, "%d stateStart 0 \"params\":{\"media.state.name\":\"own%d\"}\n", 4000 + i, i);
  text_add(&script, "6500 ping 0\n");
  mbc_history *history = closed_history(text_of(&script));
  assert_int_equal(history->state_count, 10);
  assert_int_equal(history->steps[12].notes, MBC_STATE_LIMIT);
  expect_members(history,
                 "\"fullscreen\":{\"set\":true,\"count\":2,\"time\":6 \"closedCaptioning\":{\"set\":true,\"count\":1,"
                 "\"time\":4 \"own7\":{\"set\":true,\"count\":1,\"time\":2");
  mbc_history_free(history);
  text_free(&script);
}

/* Numbers. */

TEST(half_a_second_is_rounded_up_once) {
  assert_int_equal(mbc_seconds(499), 0);
  assert_int_equal(mbc_seconds(500), 1);
  expect_metrics("0 sessionStart 0\n0 play 0\n400 pauseStart 0\n800 play 0\n1200 pauseStart 1\n2000 ping 1\n",
                 "\"contentTimeSpent\":1 \"totalPauseDuration\":1 \"pauseEvents\":2");
}

TEST(time_since_the_last_call_ends_with_the_close) {
  static const char script[] = "0 sessionStart 0\n1000 play 0\n";
  const mbc_session timed_out = closed_at(1000, 601000, MBC_TIMEOUT_10M);
  mbc_session watched = open_session;
  watched.last_event_at = BASE + 1000;
  mbc_history *closed = history_of(script, &timed_out, 0), *open = history_of(script, &watched, 31000);
  expect_members(closed, "\"secondsSinceLastCall\":600");
  expect_members(open, "\"secondsSinceLastCall\":30");
  mbc_history_free(closed);
  mbc_history_free(open);
}

TEST(numbers_as_large_as_they_come) {
  expect_metrics(
      "0 sessionStart 1e300 \"params\":{\"media.length\":1e-300},\"qoeData\":{\"media.qoe.bitrate\":9007199254740992}\n"
      "0 play 9007199254740992\n7307199254740992 +0 ping -5\n",
      "\"averageBitrate\":9007199254740992 \"averageMinuteAudience\":null \"contentTimeSpent\":7307199254741");
}

/* Properties. */

static const char *const types[] = {"play",          "ping",           "ping",         "pauseStart",      "bufferStart",
                                    "bitrateChange", "error",          "adBreakStart", "adBreakComplete", "adStart",
                                    "adComplete",    "adSkip",         "chapterStart", "chapterComplete", "chapterSkip",
                                    "stateStart",    "sessionComplete"};

static uint64_t seed;

static uint64_t chance(uint64_t below) {
  seed = seed * 6364136223846793005u + 1442695040888963407u;
  return (seed >> 33) % below;
}

enum { MOST_EVENTS = 60 };

typedef struct happening {
  int64_t ts, received;
  const char *type;
  double playhead;
} happening;

/* One event every 100 to 900 ms. */
static size_t make_session(happening *events) {
  size_t count = 2 + chance(MOST_EVENTS - 2);
  int64_t ts = 0;
  double playhead = 0;
  for (size_t i = 0; i < count; i++) {
    const char *type = i ? types[chance(sizeof types / sizeof *types)] : "sessionStart";
    events[i] = (happening){ts, ts, type, playhead};
    ts += 100 + (int64_t)chance(800);
    playhead += (double)(chance(4) ? chance(3) : chance(30)) - (double)(chance(10) ? 0 : chance(20));
  }
  return count;
}

static mbc_history *play(const happening *events, size_t count, const mbc_session *session) {
  mbc_history *history = mbc_history_new(session, BASE + events[count - 1].received);
  for (size_t i = 0; i < count; i++) {
    const char *details =
        strcmp(events[i].type, "stateStart") == 0 ? "\"params\":{\"media.state.name\":\"mute\"}" : NULL;
    add(history, (int64_t)i, events[i].ts, events[i].received, events[i].type, events[i].playhead, details);
  }
  assert_int_equal(mbc_history_finish(history), MB_OK);
  return history;
}

static char *json_of_events(const happening *events, size_t count, mbc_state state) {
  const mbc_session session = {.state = state, .closed_at = BASE, .last_event_at = INT64_MAX / 2};
  mbc_history *history = play(events, count, &session);
  char *json = json_of(history);
  mbc_history_free(history);
  return json;
}

/* Events that arrive within 4 s of each other, at most ten of them, may come in any order. */
static void mix_within_windows(happening *events, size_t count) {
  for (size_t first = 1; first < count;) {
    size_t next = first + 1;
    while (next < count && next - first < 10 && events[next].ts - events[first].ts < 4000) next++;
    int64_t arrival = events[first].ts;
    for (size_t i = next; i-- > first + 1;) {
      size_t other = first + chance(i - first + 1);
      happening moved = events[i];
      events[i] = events[other];
      events[other] = moved;
    }
    for (size_t i = first; i < next; i++) events[i].received = arrival;
    if (next < count) /* a pause, for the window to close */
      for (size_t i = next; i < count; i++) events[i].ts += 10000, events[i].received += 10000;
    first = next;
  }
}

static int by_ts(const void *one, const void *other) {
  const happening *a = one, *b = other;
  return (a->ts > b->ts) - (a->ts < b->ts);
}

TEST(the_order_of_arrival_within_a_window_does_not_matter) {
  for (seed = 1; seed < 1u << 20; seed += 1000) {
    uint64_t start = seed;
    happening events[MOST_EVENTS];
    size_t count = make_session(events);
    mix_within_windows(events, count);
    char *mixed = json_of_events(events, count, MBC_CLOSED);
    qsort(events, count, sizeof *events, by_ts);
    for (size_t i = 0; i < count; i++) events[i].received = events[i].ts;
    char *sorted = json_of_events(events, count, MBC_CLOSED);
    if (strcmp(mixed, sorted) != 0) fail_msg("seed %" PRIu64 "\n%s\n%s", start, mixed, sorted);
    free(mixed);
    free(sorted);
    seed = start;
  }
}

TEST(provisional_metrics_are_those_of_a_close_now) {
  for (seed = 1; seed < 200000; seed += 1000) {
    uint64_t start = seed;
    happening events[MOST_EVENTS];
    size_t count = make_session(events);
    for (size_t prefix = 1; prefix <= count; prefix += 7) {
      char *open = json_of_events(events, prefix, MBC_OPEN), *closed = json_of_events(events, prefix, MBC_CLOSED);
      assert_string_equal(open, closed);
      free(open);
      free(closed);
    }
    seed = start;
  }
}

TEST(every_moment_is_one_activity) {
  for (seed = 1; seed < 1u << 20; seed += 1000) {
    uint64_t start = seed;
    happening events[MOST_EVENTS];
    size_t count = make_session(events);
    const mbc_session session = closed_at(0, 0, MBC_FORCED);
    mbc_history *history = play(events, count, &session);
    mbc_metrics metrics = metrics_of(history);
    int64_t sum = 0;
    for (int i = 0; i < MBC_ACTIVITY_COUNT; i++) sum += metrics.activity[i];
    assert_int_equal(sum, history->steps[history->step_count - 1].time - history->steps[0].time);
    assert_true(metrics.value[MBC_UNIQUE_TIME_PLAYED].count <= 60000);
    mbc_history_free(history);
    seed = start;
  }
}

TEST(twenty_thousand_events) {
  const mbc_session session = closed_at(0, 0, MBC_SESSION_END);
  clock_t began = clock();
  mbc_history *history = mbc_history_new(&session, 0);
  add(history, 0, 0, 0, "sessionStart", 0, NULL);
  for (int i = 0; i < 20000; i++) add(history, i + 1, i * 1000, i * 1000, i ? "ping" : "play", i, NULL);
  assert_int_equal(mbc_history_finish(history), MB_OK);
  expect_members(history, "\"contentTimeSpent\":19999 \"uniqueTimePlayed\":60");
  mbc_history_free(history);
  assert_true(clock() - began < 2 * CLOCKS_PER_SEC); /* tenfold, for sanitizers and slow machines */
}

/* Unique time: an interval is viewed as it was up to double speed and a second more, else as it would have been. */
TEST(what_is_viewed_once_counts_once) {
  expect_metrics("0 sessionStart 0\n0 play 0\n10000 ping 21\n", "\"uniqueTimePlayed\":21");
  expect_metrics("0 sessionStart 0\n0 play 0\n10000 ping 21.001\n", "\"uniqueTimePlayed\":10");
  expect_metrics("0 sessionStart 0\n0 play 0\n10000 ping 10\n20000 ping 5\n25000 ping 10\n",
                 "\"uniqueTimePlayed\":20 \"contentTimeSpent\":25");
  expect_metrics("0 sessionStart 0\n0 play 55\n10000 ping 65\n", "\"uniqueTimePlayed\":5");
  expect_metrics("0 sessionStart 0 \"params\":{\"media.length\":60,\"media.contentType\":\"live\"}\n0 play 55\n"
                 "10000 ping 65\n",
                 "\"uniqueTimePlayed\":10");
  expect_metrics("0 sessionStart 0\n0 play 5\n1000 bitrateChange 7\n2000 ping 5\n3000 ping 5\n4000 ping 6\n",
                 "\"stallEvents\":1 \"uniqueTimePlayed\":1"); /* nothing of a stall */
}

TEST(segments_are_five_minutes_at_least) {
  expect_metrics("0 sessionStart 0\n0 play 0\n", "\"contentSegment\":\"[0-5]\"");
  expect_metrics("0 sessionStart 0\n0 play 300\n", "\"contentSegment\":\"[5-10]\"");
  expect_metrics("0 sessionStart 0\n0 play 299\n1 ping 300\n", "\"contentSegment\":\"[0-5]\"");
  expect_metrics("0 sessionStart 0\n0 play 299\n1 ping 300.001\n", "\"contentSegment\":\"[0-10]\"");
}

TEST(bitrates_are_weighted_and_rounded_half_up) {
  expect_metrics("0 sessionStart 0\n"
                 "0 play 0 \"qoeData\":{\"media.qoe.bitrate\":100}\n"
                 "1000 ping 1 \"qoeData\":{\"media.qoe.bitrate\":101}\n"
                 "2000 ping 2 \"qoeData\":{\"media.qoe.bitrate\":0}\n",
                 "\"averageBitrate\":101");
  expect_metrics("0 sessionStart 0\n"
                 "0 play 0 \"qoeData\":{\"media.qoe.bitrate\":100}\n"
                 "1001 ping 1 \"qoeData\":{\"media.qoe.bitrate\":101}\n"
                 "2001 ping 2\n",
                 "\"averageBitrate\":100 \"averageBitrateBucket\":\"100-199\"");
}

/* On a live stream the playhead is the time of day: it goes on in an ad. */
TEST(a_break_of_a_live_stream_that_the_viewer_leaves_counts) {
  static const char *const live = "0 sessionStart 0 \"params\":{\"media.id\":\"a\",\"media.length\":86400,"
                                  "\"media.contentType\":\"Linear\"}\n"
                                  "0 play 0\n1000 adBreakStart 1\n1000 adStart 1\n6000 ping 6\n";
  expect_metrics(live, "\"adStarts\":1 \"adTimeSpent\":5 \"contentTimeSpent\":1");
}

/* Content that goes on shows that an ignored ad is over: what stands still from then on is a stall. */
TEST(an_ignored_ad_ends_where_the_playhead_has_left_it) {
  static const char *const ad = "0 sessionStart 0\n0 play 10\n0 adStart 10\n";
  char script[300];
  static const struct {
    const char *rest, *stalls;
  } cases[] = {{"1000 ping 11\n2000 ping 11\n3000 ping 11\n", "\"stallEvents\":0"},
               {"1000 ping 11.001\n2000 ping 11.001\n3000 ping 11.001\n", "\"stallEvents\":1"},
               {"1000 ping 8.999\n2000 ping 8.999\n3000 ping 8.999\n", "\"stallEvents\":1"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    snprintf(script, sizeof script, "%s%s", ad, cases[i].rest);
    expect_metrics(script, cases[i].stalls);
  }
}

/* Only an ad that is ignored keeps a playhead that stands still from being a stall. */
TEST(an_ignored_ad_ends_with_the_next_end_or_break) {
  static const struct {
    const char *event, *stalls;
  } cases[] = {{"500 error 10\n", "\"stallEvents\":0"},
               {"500 adComplete 10\n", "\"stallEvents\":1"},
               {"500 adSkip 10\n", "\"stallEvents\":1"},
               {"500 adBreakComplete 10\n", "\"stallEvents\":1"},
               {"500 adBreakStart 10\n", "\"stallEvents\":1"}};
  char script[300];
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    snprintf(script, sizeof script,
             "0 sessionStart 0\n0 play 10\n0 adStart 10\n%s1000 ping 10\n2000 ping 10\n3000 ping 10\n", cases[i].event);
    expect_metrics(script, cases[i].stalls);
  }
}

TEST(completion_is_of_content_and_a_play_starts_it_again) {
  expect_metrics("0 sessionStart 0\n0 play 0\n1000 adBreakStart 1\n1000 adStart 1\n2000 sessionComplete 1\n"
                 "4000 adComplete 1\n4000 adBreakComplete 1\n6000 play 1\n9000 ping 2\n",
                 "\"contentCompletes\":true \"adTimeSpent\":3 \"contentTimeSpent\":4");
}

TEST(a_chapter_that_another_one_follows_is_skipped) {
  expect_metrics("0 sessionStart 0\n0 play 0\n0 chapterStart 0\n2000 chapterStart 2\n3000 chapterComplete 3\n",
                 "{\"index\":1,\"completed\":false,\"skipped\":true,\"timeSpent\":2 \"chapterCompletes\":1 "
                 "\"chapterStarts\":2 \"chapterTimeSpent\":3");
}

TEST(half_hours_of_content_and_ads_are_streams) {
  expect_metrics("0 sessionStart 0\n", "\"estimatedStreams\":1");
  expect_metrics("0 sessionStart 0\n0 play 0\n1799499 ping 1\n", "\"estimatedStreams\":1");
  expect_metrics("0 sessionStart 0\n0 play 0\n1799500 ping 1\n", "\"mediaTimeSpent\":1800 \"estimatedStreams\":2");
  expect_metrics("0 sessionStart 0\n0 play 0\n1000000 adBreakStart 1\n1000000 adStart 1\n1800000 adComplete 1\n"
                 "1800000 adBreakComplete 1\n",
                 "\"contentTimeSpent\":1000 \"estimatedStreams\":2");
}

TEST(progress_and_segments_begin_with_content) {
  expect_metrics("0 sessionStart 59\n0 ping 59\n1000 play 0\n2000 ping 6\n",
                 "\"progress10\":true \"progress25\":false \"contentSegment\":\"[0-5]\"");
  expect_metrics("0 sessionStart 0\n0 play 0\n1000 adBreakStart 1\n1000 adStart 400\n2000 adComplete 1\n"
                 "2000 adBreakComplete 1\n",
                 "\"progress95\":true \"contentSegment\":\"[0-5]\"");
  expect_metrics("0 sessionStart 59\n", "\"progress10\":false \"contentSegment\":null");
}

TEST(only_content_weighs_a_bitrate_and_0_is_not_known) {
  expect_metrics("0 sessionStart 0\n"
                 "0 play 0 \"qoeData\":{\"media.qoe.bitrate\":100}\n"
                 "1000 ping 1 \"qoeData\":{\"media.qoe.bitrate\":0}\n"
                 "2000 adBreakStart 2 \"params\":{\"media.ad.podIndex\":1},\"qoeData\":{\"media.qoe.bitrate\":900}\n"
                 "2000 adStart 2\n7000 adComplete 2\n"
                 "7000 adBreakComplete 2 \"qoeData\":{\"media.qoe.bitrate\":200}\n"
                 "8000 pauseStart 3 \"qoeData\":{\"media.qoe.bitrate\":700}\n9000 ping 3\n",
                 "\"averageBitrate\":133 \"averageBitrateBucket\":\"100-199\"");
}

TEST(the_last_word_on_dropped_frames_counts) {
  expect_metrics("0 sessionStart 0\n0 play 0\n", "\"droppedFrames\":null \"droppedFrameImpactedStreams\":false");
  expect_metrics("0 sessionStart 0\n0 play 0 \"qoeData\":{\"media.qoe.droppedFrames\":7}\n1000 ping 1\n",
                 "\"droppedFrames\":7 \"droppedFrameImpactedStreams\":true");
  expect_metrics("0 sessionStart 0\n0 play 0 \"qoeData\":{\"media.qoe.droppedFrames\":7}\n"
                 "1000 ping 1 \"qoeData\":{\"media.qoe.droppedFrames\":0}\n",
                 "\"droppedFrames\":0 \"droppedFrameImpactedStreams\":false");
}

TEST(errors_have_a_source_and_params_go_first) {
  expect_metrics("0 sessionStart 0\n"
                 "1 error 0 \"params\":{\"media.errorId\":\"z\"}\n"
                 "2 error 0 \"params\":{\"media.errorId\":\"b\",\"media.errorSource\":\"external\"},"
                 "\"qoeData\":{\"media.qoe.errorID\":\"y\",\"media.qoe.errorSource\":\"player\"}\n"
                 "3 error 0 \"qoeData\":{\"media.qoe.errorID\":\"a\"}\n"
                 "4 error 0\n"
                 "5 error 0 \"params\":{\"media.errorId\":\"z\"}\n",
                 "\"errorEvents\":5 \"playerSdkErrorIds\":[\"z\",\"a\"] \"externalErrorIds\":[\"b\"]");
}

TEST(authorized_is_the_word_in_any_case) {
  static const struct {
    const char *said, *expected;
  } cases[] = {{"true", "\"authorized\":true"}, {"TRUE", "\"authorized\":true"}, {"yes", "\"authorized\":false"}};
  char script[120];
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    snprintf(script, sizeof script, "0 sessionStart 0 \"params\":{\"media.pass.auth\":\"%s\"}\n", cases[i].said);
    expect_metrics(script, cases[i].expected);
  }
}

/* The other readings of Adobe's pages. */

static void expect_with(mbc_choices choices, const char *script, const char *expected) {
  const mbc_session session = closed_at(0, 0, MBC_SESSION_END);
  mbc_history *history = mbc_history_new(&session, 0);
  history->choices = choices;
  add_script(history, script);
  assert_int_equal(mbc_history_finish(history), MB_OK);
  expect_members(history, expected);
  mbc_history_free(history);
}

TEST(lenient_bookends_count_every_ad_of_a_break) {
  static const mbc_choices lenient = {.lenient_bookends = true};
  static const char goes_on[] = "0 sessionStart 0\n0 play 0\n1000 adBreakStart 1\n1000 adStart 1\n4000 adComplete 1\n"
                                "5000 ping 2\n9000 ping 6\n";
  static const char another[] = "0 sessionStart 0\n0 play 0\n1000 adBreakStart 1\n1000 adStart 1\n4000 adBreakStart 1\n"
                                "5000 adStart 1\n7000 adBreakComplete 1\n9000 ping 3\n";
  static const char outside[] = "0 sessionStart 0\n0 play 0\n1000 adStart 1\n4000 adComplete 1\n9000 ping 6\n";
  expect_metrics(goes_on, "\"adStarts\":0 \"contentTimeSpent\":9");
  expect_with(lenient, goes_on, "\"adStarts\":1 \"adCompletes\":1 \"adTimeSpent\":3 \"contentTimeSpent\":6");
  expect_metrics(another, "\"adStarts\":1 \"adTimeSpent\":2 \"contentTimeSpent\":7");
  expect_with(lenient, another, "\"adStarts\":2 \"adCompletes\":0 \"adTimeSpent\":5 \"contentTimeSpent\":4");
  expect_with(lenient, outside, "\"adStarts\":0 \"contentTimeSpent\":9");
}

TEST(passed_markers_are_those_that_were_played) {
  static const mbc_choices passed = {.passed_markers = true};
  static const char jump[] = "0 sessionStart 0\n0 play 0\n10000 ping 10\n11000 play 40\n17000 ping 46\n";
  expect_metrics(jump, "\"progress10\":true \"progress25\":true \"progress50\":true \"progress75\":true");
  expect_with(passed, jump, "\"progress10\":true \"progress25\":false \"progress50\":false \"progress75\":true");
  expect_with(passed, "0 sessionStart 0\n0 play 0\n6000 ping 6\n21000 ping 20.9\n",
              "\"progress10\":true \"progress25\":true \"progress50\":false");
  expect_with(passed, "0 sessionStart 0\n0 play 6\n5000 ping 11\n", "\"progress10\":false"); /* began there */
  expect_with(passed, "0 sessionStart 0\n0 play 5\n1000 pauseStart 5.9\n3000 ping 7\n", "\"progress10\":false");
}

/* Timelines. */

static bool add_span(void *text, const mbc_timeline_span *span) {
  text_add(text, "%s %s %s %" PRId64 "-%" PRId64 "%s\n", mbc_lane_name(span->lane), span->kind,
           span->label ? span->label : "-", span->start - BASE, span->end - BASE, span->open ? " open" : "");
  return true;
}

TEST(lanes_of_a_timeline) {
  mbc_session session = open_session;
  text_buffer text = {0};
  mbc_history *history =
      history_of("0 sessionStart 0 \"params\":{\"media.id\":\"film\"},\"qoeData\":{\"media.qoe.bitrate\":800}\n"
                 "1000 play 0\n2000 chapterStart 1\n3000 adBreakStart 2\n3000 adStart 2\n"
                 "4000 adSkip 2\n4000 adBreakComplete 2\n5000 ping 40\n"
                 "6000 stateStart 41 \"params\":{\"media.state.name\":\"mute\"}\n7000 pauseStart 42\n",
                 &session, 7000);
  mbc_history_each_span(history, add_span, &text);
  assert_string_equal(text_of(&text), "content idle - 0-1000\n"
                                      "content play - 1000-3000\n"
                                      "content ad - 3000-4000\n"
                                      "content play - 4000-7000\n"
                                      "content pause - 7000-7000 open\n"
                                      "seek seek - 4000-5000\n"
                                      "adBreak break - 3000-4000\n"
                                      "ad skipped ad 3000-4000\n"
                                      "chapter open - 2000-7000 open\n"
                                      "state state mute 6000-7000 open\n"
                                      "bitrate bitrate - 0-7000 open\n");
  text_free(&text);
  mbc_history_free(history);
}

/* Concurrency. */

static bool add_minutes(void *text, const mbc_minutes *minutes) {
  text_add(text, "%" PRId64 "-%" PRId64 ": %" PRId64 " viewers, %" PRId64 " sessions, %" PRId64 " ms\n", minutes->from,
           minutes->to, minutes->viewers, minutes->sessions, minutes->ms);
  return true;
}

static void expect_minutes(mbc_viewing *viewings, size_t count, const char *expected) {
  text_buffer text = {0};
  assert_true(mbc_concurrency(viewings, count, add_minutes, &text));
  assert_string_equal(text_of(&text), expected);
  text_free(&text);
}

TEST(viewers_in_a_minute) {
  mbc_viewing viewings[] = {{"1", 10000, 150000}, {"2", 110000, 180000}, {"1", 160000, 245000}};
  expect_minutes(viewings, 3,
                 "0-1: 1 viewers, 1 sessions, 50000 ms\n"
                 "1-2: 2 viewers, 2 sessions, 70000 ms\n"
                 "2-3: 2 viewers, 3 sessions, 110000 ms\n"
                 "3-4: 1 viewers, 1 sessions, 60000 ms\n"
                 "4-5: 1 viewers, 1 sessions, 5000 ms\n");
}

/* One of a visitor's sessions may last longer than those that begin in it. */
TEST(a_viewer_is_one_as_long_as_the_longest_session) {
  mbc_viewing viewings[] = {{"1", 0, 240000}, {"1", 10000, 20000}, {"1", 130000, 140000}, {"1", 360000, 370000}};
  expect_minutes(viewings, 4,
                 "0-1: 1 viewers, 2 sessions, 70000 ms\n"
                 "1-2: 1 viewers, 1 sessions, 60000 ms\n"
                 "2-3: 1 viewers, 2 sessions, 70000 ms\n"
                 "3-4: 1 viewers, 1 sessions, 60000 ms\n"
                 "6-7: 1 viewers, 1 sessions, 10000 ms\n");
}

TEST(moments_gaps_and_years) {
  mbc_viewing moment[] = {{"1", 60000, 60000}, {"2", -1, 0}};
  expect_minutes(moment, 2, "-1-0: 1 viewers, 1 sessions, 1 ms\n1-2: 1 viewers, 1 sessions, 0 ms\n");
  mbc_viewing year[] = {{"1", 30000, 31536000000}};
  expect_minutes(year, 1,
                 "0-1: 1 viewers, 1 sessions, 30000 ms\n1-525599: 1 viewers, 1 sessions, 60000 ms\n"
                 "525599-525600: 1 viewers, 1 sessions, 60000 ms\n");
  expect_minutes(NULL, 0, "");
}

/* The receipt clock. */

TEST(a_clock_that_is_set_back_goes_on_where_it_was) {
  const int64_t hour = 3600000;
  mbc_clock clock = {.now = mbc_clock_system() + hour}; /* which is an hour behind now */
  int64_t before = clock.now, first = mbc_clock_now(&clock), began = mbc_clock_steady();
  while (mbc_clock_now(&clock) < before + 20) assert_true(mbc_clock_steady() < began + 60000);
  assert_in_range(first, before, before + 60000);
  assert_true(mbc_clock_now(&clock) < before + 60000);
}

/* Ids that are made. The texts of RFC 1321. */

TEST(md5) {
  static const char *const texts[][2] = {
      {"", "d41d8cd98f00b204e9800998ecf8427e"},
      {"abc", "900150983cd24fb0d6963f7d28e17f72"},
      {"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", "d174ab98d277d9f5a5611c2c9f419d9f"},
      {"12345678901234567890123456789012345678901234567890123456789012345678901234567890",
       "57edf4a22be3c955ac49da2e2107b67a"},
  };
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    char hex[MBC_MD5_SIZE + 1];
    mbc_md5(texts[i][0], strlen(texts[i][0]), hex);
    assert_string_equal(hex, texts[i][1]);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_window_puts_events_in_order),
      cmocka_unit_test(five_seconds_after_its_first_event_the_window_is_released),
      cmocka_unit_test(the_eleventh_event_releases_the_window),
      cmocka_unit_test(equal_times_keep_the_order_of_arrival),
      cmocka_unit_test(what_sorts_behind_the_end_is_dropped),
      cmocka_unit_test(a_batch_keeps_its_order),
      cmocka_unit_test(while_a_session_is_open_what_waits_is_shown),
      cmocka_unit_test(marked_and_broken_events_are_kept_aside),
      cmocka_unit_test(a_session_without_an_event_has_metrics),
      cmocka_unit_test(content_goes_on_after_an_ad_as_it_was),
      cmocka_unit_test(a_play_in_a_preroll_does_not_start_content),
      cmocka_unit_test(what_belongs_to_nothing_is_noted),
      cmocka_unit_test(a_break_that_another_one_follows_is_void),
      cmocka_unit_test(a_break_that_the_viewer_leaves_counts),
      cmocka_unit_test(stalls_are_three_samples_in_one_place),
      cmocka_unit_test(player_states),
      cmocka_unit_test(half_a_second_is_rounded_up_once),
      cmocka_unit_test(time_since_the_last_call_ends_with_the_close),
      cmocka_unit_test(numbers_as_large_as_they_come),
      cmocka_unit_test(the_order_of_arrival_within_a_window_does_not_matter),
      cmocka_unit_test(provisional_metrics_are_those_of_a_close_now),
      cmocka_unit_test(every_moment_is_one_activity),
      cmocka_unit_test(twenty_thousand_events),
      cmocka_unit_test(what_is_viewed_once_counts_once),
      cmocka_unit_test(segments_are_five_minutes_at_least),
      cmocka_unit_test(bitrates_are_weighted_and_rounded_half_up),
      cmocka_unit_test(a_break_of_a_live_stream_that_the_viewer_leaves_counts),
      cmocka_unit_test(an_ignored_ad_ends_where_the_playhead_has_left_it),
      cmocka_unit_test(an_ignored_ad_ends_with_the_next_end_or_break),
      cmocka_unit_test(completion_is_of_content_and_a_play_starts_it_again),
      cmocka_unit_test(a_chapter_that_another_one_follows_is_skipped),
      cmocka_unit_test(half_hours_of_content_and_ads_are_streams),
      cmocka_unit_test(progress_and_segments_begin_with_content),
      cmocka_unit_test(only_content_weighs_a_bitrate_and_0_is_not_known),
      cmocka_unit_test(the_last_word_on_dropped_frames_counts),
      cmocka_unit_test(errors_have_a_source_and_params_go_first),
      cmocka_unit_test(authorized_is_the_word_in_any_case),
      cmocka_unit_test(lenient_bookends_count_every_ad_of_a_break),
      cmocka_unit_test(passed_markers_are_those_that_were_played),
      cmocka_unit_test(lanes_of_a_timeline),
      cmocka_unit_test(viewers_in_a_minute),
      cmocka_unit_test(a_viewer_is_one_as_long_as_the_longest_session),
      cmocka_unit_test(moments_gaps_and_years),
      cmocka_unit_test(a_clock_that_is_set_back_goes_on_where_it_was),
      cmocka_unit_test(md5),
  };
  return cmocka_run_group_tests_name("metrics", tests, NULL, NULL);
}

/* Findings: sessions as scripts, a line for each event as it arrives: when by the client's clock, what, where, and what
 * else. Times count from a moment of the test; "+MS" or "-MS" is how much later
 * or earlier than that it arrives; "duplicate" and "afterEnd"
 * ahead of a line are the collector's marks. What a script is not meant to show is in order in it. */
#include "findings.h"

#include <inttypes.h>

#include "suite.h"
#include "text.h"
#include "text_buffer.h"

static const int64_t BASE = 1700000000000;
static bool raised[MBC_FINDING_COUNT]; /* by any test of this suite but that of chance */

/* Scripts. */

static const char *details_of(const char *type) {
  static const struct {
    const char *type, *details;
  } known[] = {
      {"sessionStart", "\"params\":{\"media.id\":\"film\",\"media.length\":60,\"media.contentType\":\"vod\"}"},
      {"adStart", "\"params\":{\"media.ad.id\":\"ad\"}"},
      {"chapterStart", "\"params\":{\"media.chapter.index\":1,\"media.chapter.offset\":0,\"media.chapter.length\":10}"},
      {"bitrateChange", "\"qoeData\":{\"media.qoe.bitrate\":900}"},
      {"error", "\"qoeData\":{\"media.qoe.errorID\":\"e\"}"},
  };
  for (size_t i = 0; i < sizeof known / sizeof *known; i++)
    if (strcmp(type, known[i].type) == 0) return known[i].details;
  return "";
}

static void add_body(mbc_history *history, int64_t position, int64_t received, mbc_mark mark, const char *body) {
  const mbc_event event = {
      .position = position, .received_at = received, .mark = mark, .body = body, .size = strlen(body)};
  assert_true(mbc_history_add(history, &event));
}

static bool take_word(const char **text, const char *word) {
  if (strncmp(*text, word, strlen(word)) != 0) return false;
  *text += strlen(word);
  return true;
}

/* "duplicate 1000 +20 ping 10 "qoeData":{}". */
static void add_line(mbc_history *history, int64_t position, const char *line) {
  char type[32], *end;
  text_buffer body = {0};
  mbc_mark mark = take_word(&line, "duplicate ")  ? MBC_DUPLICATE
                  : take_word(&line, "afterEnd ") ? MBC_AFTER_END
                                                  : MBC_ACCEPTED;
  int64_t ts = strtoll(line, &end, 10), later = 0;
  end += strspn(end, " ");
  if (*end == '+' || *end == '-') later = strtoll(end, &end, 10);
  end += strspn(end, " ");
  size_t size = strcspn(end, " ");
  snprintf(type, sizeof type, "%.*s", (int)size, end);
  double playhead = strtod(end + size, &end);
  end += strspn(end, " ");
  const char *details = *end ? end : details_of(type);
  text_add(&body, "{\"eventType\":\"%s\",\"playerTime\":{\"playhead\":%g,\"ts\":%" PRId64 "}%s%s}", type, playhead,
           BASE + ts, *details ? "," : "", details);
  add_body(history, position, BASE + ts + later, mark, body.text);
  text_free(&body);
}

static void add_script(mbc_history *history, const char *script) {
  int64_t position = 0;
  while (*script) {
    char line[600];
    size_t size = strcspn(script, "\n");
    snprintf(line, sizeof line, "%.*s", (int)size, script);
    if (*line == '{')
      add_body(history, position++, BASE, MBC_ACCEPTED, line);
    else
      add_line(history, position++, line);
    script += size + (script[size] == '\n');
  }
}

static const mbc_session open_session = {.id = "s", .state = MBC_OPEN};
static const mbc_session ended = {.id = "s", .state = MBC_CLOSED, .reason = MBC_SESSION_END, .closed_at = BASE};
static const mbc_session timed_out = {.id = "s", .state = MBC_CLOSED, .reason = MBC_TIMEOUT_10M, .closed_at = BASE};
static const mbc_session over_edge = {
    .id = "s", .state = MBC_CLOSED, .reason = MBC_SESSION_END, .closed_at = BASE, .edge = true};
static const mbc_session batch = {
    .id = "s", .state = MBC_CLOSED, .reason = MBC_SESSION_END, .closed_at = BASE, .downloaded = true};

static mbc_history *history_of(const mbc_session *session, const char *script) {
  mbc_history *history = mbc_history_new(session, BASE + 60000);
  assert_non_null(history);
  add_script(history, script);
  assert_int_equal(mbc_history_finish(history), MB_OK);
  return history;
}

/* Findings as lines: "EVENT CODE", and behind the text of the code what is said in addition. */

static bool add_finding(void *user, const mbc_finding *finding) {
  const mbc_finding_row *row = &mbc_finding_rows[finding->code];
  size_t size = strlen(row->text);
  raised[finding->code] = true;
  assert_memory_equal(finding->message, row->text, size);
  text_add(user, "%" PRId64 " %s%s\n", finding->event, row->code, finding->message + size);
  return true;
}

static void expect_of(const mbc_session *session, const char *script, const char *expected) {
  text_buffer text = {0};
  mbc_history *history = history_of(session, script);
  assert_int_equal(mbc_findings_each(history, add_finding, &text), MB_OK);
  assert_string_equal(text_of(&text), expected);
  text_free(&text);
  mbc_history_free(history);
}

static void expect(const char *script, const char *expected) { expect_of(&ended, script, expected); }

#define START "0 sessionStart 0\n1 play 0\n"
#define END "9000 sessionEnd 9\n"

/* Sessions. */

TEST(a_good_session_has_no_findings) {
  expect("0 sessionStart 0\n"
         "1 adBreakStart 0\n2 adStart 0\n5000 ping 0\n7000 adComplete 0\n7001 adBreakComplete 0\n"
         "7002 play 0\n8000 chapterStart 1\n12000 stateStart 5 \"params\":{\"media.state.name\":\"mute\"}\n"
         "17000 ping 10\n17001 chapterComplete 10\n"
         "18000 pauseStart 11\n28000 ping 11\n38000 play 11\n"
         "39000 bitrateChange 12\n40000 error 13\n48000 ping 21\n"
         "49000 sessionComplete 22\n49001 sessionEnd 22",
         "");
}

TEST(what_is_no_event_is_unreadable) {
  expect(START "{\"eventType\":\"ping\"}\n{]\n" END, "2 unreadable: playerTime: missing\n"
                                                     "3 unreadable: not JSON\n");
}

TEST(a_session_begins_with_one_session_start) {
  expect("0 play 0\n1 ping 0\n" END, "0 noStart\n");
  expect(START "2 sessionStart 0\n" END, "2 secondStart\n");
}

TEST(a_session_that_times_out_has_no_end_unless_it_is_complete) {
  expect_of(&timed_out, START "9000 ping 9", "2 noEnd: closed by timeout10m behind ping\n");
  expect_of(&timed_out, START "9000 sessionComplete 9", "");
  expect_of(&open_session, START "9000 ping 9", "");
}

TEST(events_behind_the_end_are_lost_but_a_second_end_is_harmless) {
  expect(START END "afterEnd 9500 ping 9\nafterEnd 9600 sessionEnd 9", "3 afterEnd\n");
}

TEST(a_session_without_play_is_a_drop) {
  expect("0 sessionStart 0\n9000 sessionEnd 0", "0 noPlay\n");
  expect_of(&open_session, "0 sessionStart 0\n9000 ping 0", "");
}

TEST(content_that_runs_without_play_is_found_once) {
  expect("0 sessionStart 0\n1 adBreakStart 0\n2 adStart 0\n3 play 0\n5000 adComplete 0\n5001 adBreakComplete 0\n"
         "10000 ping 5\n15000 ping 10\n16000 sessionEnd 11",
         "0 noPlay\n"
         "6 contentWithoutPlay: the playhead moves by 5.000 s in 4.999 s\n");
}

TEST(a_length_of_nothing) {
  expect("0 sessionStart 0 \"params\":{\"media.id\":\"a\",\"media.length\":0,\"media.contentType\":\"vod\"}\n"
         "1 play 0\n" END,
         "0 noLength\n");
  expect("0 sessionStart 0 \"params\":{\"media.id\":\"a\",\"media.length\":0,\"media.contentType\":\"Live\"}\n"
         "1 play 0\n" END,
         "");
}

TEST(a_repeated_request) { expect(START "8000 ping 8\nduplicate 8000 ping 8\n" END, "3 duplicate\n"); }

/* Order and time. */

TEST(equal_ts) { expect(START "1 ping 0\n" END, "2 equalTs: 1700000000001\n"); }

TEST(what_arrives_in_the_wrong_order_is_a_note_as_long_as_the_window_is_open) {
  expect(START "3000 +10 ping 3\n2000 +1020 bitrateChange 2\n" END,
         "3 outOfOrder: bitrateChange, ahead of ping by ts\n");
}

TEST(what_comes_too_late_loses_its_time) {
  expect(START "2000 ping 2\n8000 ping 8\n1500 +7000 bitrateChange 2\n" END, "4 fallingTs: 500 ms\n");
  expect_of(&batch, START "5000 ping 5\n3000 ping 3\n" END, "3 fallingTs: 2000 ms\n");
}

TEST(clocks) {
  expect("0 +3601000 sessionStart 0\n1 +3600000 play 0\n9000 +3600000 sessionEnd 9",
         "0 clockDiffers: it is 3601 s behind\n");
  expect("3601000 -3601000 sessionStart 0\n3601001 play 0\n3609000 sessionEnd 9",
         "0 clockDiffers: it is 3601 s ahead\n");
  expect("-1698300000000 +1698300000000 sessionStart 0\n-1698299999999 play 0\n-1698299991000 sessionEnd 9",
         "0 tsInSeconds: 1700000000\n");
}

TEST(pings_that_are_rare_where_something_plays) {
  expect(START "31002 ping 31\n31003 sessionEnd 31", "2 pingsRare: 31 s behind play\n");
  expect(START "30001 ping 30\n30002 sessionEnd 30", "");
  expect("0 sessionStart 0\n40000 play 0\n40001 sessionEnd 0", "");
  expect_of(&batch, START "50001 ping 50\n50002 sessionEnd 50", "");
  expect_of(&over_edge, START "60002 ping 60\n60003 sessionEnd 60", "2 pingsRare: 60 s behind play\n");
}

/* Ads. */

TEST(ads_outside_a_break) {
  expect(START "1000 adStart 1\n6000 adComplete 1\n" END, "2 adOutsideBreak\n3 adOutsideBreak\n");
}

TEST(a_break_without_its_end) {
  expect(START "1000 adBreakStart 1\n1001 adStart 1\n5000 adComplete 1\n8999 ping 5\n" END,
         "2 missingBreakEnd: content goes on\n3 voidAd\n");
  expect(START "1000 adBreakStart 1\n1001 adStart 1\n5000 adComplete 1\n"
               "5001 adBreakStart 1\n5002 adStart 1\n8000 adComplete 1\n8001 adBreakComplete 1\n" END,
         "2 missingBreakEnd: the next adBreakStart comes first\n3 voidAd\n");
}

TEST(of_an_open_session_it_is_not_known_whether_a_break_will_end) {
  expect_of(&open_session, START "1000 adBreakStart 1\n1001 adStart 1\n5000 adComplete 1\n9000 ping 5", "");
}

TEST(ends_of_what_did_not_begin) {
  expect(START "1000 adBreakComplete 1\n" END, "2 missingBreakStart\n");
  expect(START "1000 adSkip 1\n" END, "2 missingAdStart\n");
  expect(START "1000 chapterComplete 1\n" END, "2 missingChapterStart\n");
}

TEST(an_ad_without_its_end) {
  expect("0 sessionStart 0\n1 adBreakStart 0\n2 adStart 0\n3000 adStart 0\n5000 adSkip 0\n5001 adBreakComplete 0\n"
         "5002 play 0\n" END,
         "2 missingAdEnd: adStart comes first\n");
  expect("0 sessionStart 0\n1 adBreakStart 0\n2 adStart 0\n5001 adBreakComplete 0\n5002 play 0\n" END,
         "2 missingAdEnd: adBreakComplete comes first\n");
}

TEST(a_break_without_ads) { expect(START "1000 adBreakStart 1\n1001 adBreakComplete 1\n" END, "2 emptyBreak\n"); }

TEST(what_a_viewer_leaves_open) {
  expect(START "100 chapterStart 0\n1000 adBreakStart 1\n1001 adStart 1\n"
               "9000 sessionEnd 1",
         "2 leftOpen: the chapter\n3 leftOpen: the ad break\n4 leftOpen: the ad\n");
}

TEST(play_before_a_preroll) {
  expect(START "500 adBreakStart 0\n501 adStart 0\n5000 adComplete 0\n5001 adBreakComplete 0\n5002 play 0\n" END,
         "1 playBeforePreroll\n");
  expect(START "5000 adBreakStart 5 \"params\":{\"media.ad.podIndex\":1,\"media.ad.podSecond\":5}\n"
               "5001 adStart 5\n8000 adComplete 5\n8001 adBreakComplete 5\n" END,
         "");
  /* A break of a later second, which came early, and one that came late. */
  expect(START "500 adBreakStart 0 \"params\":{\"media.ad.podIndex\":1,\"media.ad.podSecond\":1}\n"
               "501 adStart 0\n5000 adComplete 0\n5001 adBreakComplete 0\n" END,
         "");
  static const char rest[] = "adStart 0.9\n15000 adComplete 0.9\n15001 adBreakComplete 0.9\n15002 play 0.9\n"
                             "20000 ping 6\n21000 sessionEnd 7\n";
  char script[300];
  for (int late = 0; late < 2; late++) {
    snprintf(script, sizeof script, START "%d adBreakStart 0.9\n10010 %s", 10001 + late, rest);
    expect(script, late ? "" : "1 playBeforePreroll\n");
  }
}

TEST(content_between_the_ads_of_a_break) {
  expect("0 sessionStart 0\n1 adBreakStart 0\n2 play 0\n3 adStart 0\n3000 adComplete 0\n3250 adStart 0\n"
         "5000 adComplete 0\n5251 adBreakComplete 0\n" END,
         "2 playInBreak\n7 gapInBreak: 0.251 s\n");
}

/* Chapters. */

TEST(chapters_that_overlap) {
  expect(START "1000 chapterStart 1\n5000 chapterStart 5 \"params\":{\"media.chapter.index\":2,"
               "\"media.chapter.offset\":10,\"media.chapter.length\":10}\n8000 chapterSkip 8\n" END,
         "3 chaptersOverlap\n");
  expect(START "1000 chapterStart 1\n5000 chapterComplete 5\n5001 chapterStart 5 \"params\":{\"media.chapter.index\":2,"
               "\"media.chapter.offset\":9,\"media.chapter.length\":10}\n8000 chapterSkip 8\n" END,
         "4 chapterTimesOverlap\n");
  expect(START "1000 chapterStart 1\n5000 chapterComplete 5\n5001 chapterStart 5 \"params\":{\"media.chapter.index\":2,"
               "\"media.chapter.offset\":9.5,\"media.chapter.length\":10}\n8000 chapterSkip 8\n" END,
         ""); /* rounded somewhere */
  expect(START "1000 chapterStart 1\n5000 chapterComplete 5\n5001 chapterStart 1\n8000 chapterSkip 4\n" END, "");
}

/* Playheads. */

TEST(playheads_out_of_range) {
  expect("0 sessionStart -1\n1 play 0\n" END, "0 playheadNegative: -1 s\n");
  expect(START "10001 ping 61\n20001 ping 61.5\n30001 ping 70\n40001 ping 5\n50001 ping 80\n50002 sessionEnd 5",
         "3 playheadBeyondLength: 61.5 s of 60 s\n6 playheadBeyondLength: 80 s of 60 s\n");
}

TEST(a_playhead_that_runs_in_a_pause) {
  expect(START "1000 pauseStart 1\n3000 ping 3\n4000 ping 4\n8000 play 8\n" END,
         "3 playheadMovesInPause: by 2.000 s in 2.000 s\n");
  expect(START "1000 bufferStart 1\n3000 ping 3\n8000 play 8\n" END, "3 playheadMovesInPause: by 2.000 s in 2.000 s\n");
  expect(START "1000 pauseStart 1\n3000 ping 40\n8000 play 45\n8001 ping 45\n9000 sessionEnd 46", "");
  expect(START "1000 pauseStart 1\n3000 ping 2\n8000 play 8\n" END, "3 playheadMovesInPause: by 1.000 s in 2.000 s\n");
  expect(START "1000 pauseStart 1\n3000 ping 1.999\n8000 play 8\n" END, "");
  expect(START "1000 pauseStart 1\n3000 ping 5.001\n8000 play 8\n" END, "");
}

TEST(a_playhead_that_moves_in_an_ad) {
  expect("0 sessionStart 0\n1 adBreakStart 0\n2 adStart 0\n2002 ping 2\n4002 ping 4\n5000 adComplete 0\n"
         "5001 adBreakComplete 0\n5002 play 0\n" END,
         "3 playheadMovesInAd: by 2.000 s\n");
}

TEST(a_playhead_that_stands_still) {
  expect(START "2001 ping 0\n4001 ping 0\n" END, "1 stall: for 4.000 s\n");
  expect("0 sessionStart 7\n1 play 7\n20001 ping 7\n40001 ping 7\n40002 sessionEnd 7",
         "1 stall: for 40.000 s\n1 playheadNeverMoves: 7 s\n");
}

/* Player states. */

static void add_states(text_buffer *script, int count) {
  for (int i = 0; i < count; i++)
    text_add(script, "%d stateStart 1 \"params\":{\"media.state.name\":\"s%d\"}\n", 100 + i, i);
}

TEST(an_eleventh_player_state) {
  text_buffer script = {0};
  text_add(&script, START);
  add_states(&script, 11);
  text_add(&script, END);
  expect(text_of(&script), "12 tooManyStates\n");
  text_free(&script);
}

TEST(player_states_that_do_not_change) {
  expect(START "100 stateStart 0 \"params\":{\"media.state.name\":\"mute\"}\n"
               "200 stateStart 0 \"params\":{\"media.state.name\":\"Mute\"}\n"
               "300 stateEnd 0 \"params\":{\"media.state.name\":\"inFocus\"}\n"
               "400 stateEnd 0 \"params\":{\"media.state.name\":\"mute\"}\n"
               "500 statesUpdate 0 \"params\":{\"statesEnd\":[{\"media.state.name\":\"mute\"}]}\n" END,
         "3 stateUnchanged\n4 stateUnchanged\n6 stateUnchanged\n");
}

TEST(names_of_player_states) {
  expect(START "100 stateStart 0 \"params\":{\"media.state.name\":\"full screen\"}\n"
               "200 statesUpdate 0 \"params\":{\"statesStart\":[{\"media.state.name\":\"\xc3\xa4\"}]}\n" END,
         "2 stateName: full screen\n3 stateName: \xc3\xa4\n");
  char name[66], script[300], expected[100];
  for (int size = 64; size <= 65; size++) {
    memset(name, 'n', (size_t)size);
    name[size] = 0;
    snprintf(script, sizeof script, START "100 stateStart 0 \"params\":{\"media.state.name\":\"%s\"}\n" END, name);
    snprintf(expected, sizeof expected, "2 stateName: %s\n", name);
    expect(script, size > 64 ? expected : "");
  }
}

/* Quality, errors, metadata. */

#define METADATA(pairs) \
  "\"params\":{\"media.id\":\"a\",\"media.length\":60,\"media.contentType\":\"vod\"},\"customMetadata\":{" pairs "}"

TEST(metadata_with_keys_of_adobe) {
  expect(
      "0 sessionStart 0 " METADATA("\"media.show\":\"S\",\"a.media.season\":\"1\",\"media.ad.id\":\"a\",\"a.x\":\"\","
                                   "\"show\":\"S\"") "\n1 play 0\n" END,
      "0 metadataOverwrites: media.show\n0 metadataOverwrites: a.media.season\n"
      "0 metadataReserved: media.ad.id\n0 metadataReserved: a.x\n");
}

TEST(quality_in_the_wrong_place) {
  expect("0 sessionStart 0 " METADATA("\"media.qoe.bitrate\":\"900\"") "\n1 play 0\n" END,
         "0 qualityMisplaced: media.qoe.bitrate in customMetadata\n");
}

#define XDM(type, seconds, members)                                                    \
  "{\"eventType\":\"media." type "\",\"timestamp\":\"2023-11-14T22:13:" seconds "Z\"," \
  "\"mediaCollection\":{\"sessionID\":\"s\",\"playhead\":" seconds members "}}\n"

TEST(quality_in_the_wrong_place_over_edge) {
  expect_of(
      &over_edge,
      "{\"eventType\":\"media.sessionStart\",\"timestamp\":\"2023-11-14T22:13:20Z\",\"mediaCollection\":{"
      "\"playhead\":0,\"sessionDetails\":{\"name\":\"a\",\"length\":60,\"contentType\":\"vod\",\"playerName\":\"p\","
      "\"channel\":\"c\",\"bitrate\":900},\"qoeDataDetails\":{\"timeToStart\":5}}}\n" XDM("play", "21", "")
          XDM("ping", "22", ",\"qoeDataDetails\":{\"bitrate\":900}") XDM("ping", "23", ",\"bitrate\":900")
              XDM("sessionEnd", "24", ""),
      "0 qualityMisplaced: bitrate\n3 qualityMisplaced: bitrate\n");
}

TEST(a_change_of_bitrate_without_it) {
  expect(START "1000 bitrateChange 1 \"qoeData\":{\"media.qoe.droppedFrames\":1}\n" END, "2 missingBitrate\n");
}

TEST(figures_that_should_not_change_so) {
  expect(START "1000 ping 1 \"qoeData\":{\"media.qoe.droppedFrames\":7,\"media.qoe.timeToStart\":300}\n"
               "2000 ping 2 \"qoeData\":{\"media.qoe.droppedFrames\":2,\"media.qoe.timeToStart\":300}\n"
               "3000 ping 3 \"qoeData\":{\"media.qoe.droppedFrames\":4,\"media.qoe.timeToStart\":400}\n" END,
         "3 droppedFramesFall: 2 behind 7\n4 timeToStartChanges: 400 ms behind 300 ms\n");
  expect("0 sessionStart 0 \"qoeData\":{\"media.qoe.timeToStart\":300}\n"
         "1 play 0 \"qoeData\":{\"media.qoe.timeToStart\":400}\n"
         "2000 ping 2 \"qoeData\":{\"media.qoe.timeToStart\":500}\n" END,
         "0 noLength\n2 timeToStartChanges: 500 ms behind 400 ms\n");
}

TEST(errors_without_an_id) {
  expect(START "1000 error 1 \"qoeData\":{}\n"
               "2000 error 2 \"params\":{\"media.errorId\":\"e\",\"media.errorSource\":\"player\"}\n" END,
         "2 missingErrorId\n");
}

/* All of them. */

typedef struct some {
  int left;
} some;

static bool take_some(void *user, const mbc_finding *finding) {
  (void)finding;
  return --((some *)user)->left > 0;
}

TEST(a_visit_ends_when_the_visitor_says_so) {
  mbc_history *history = history_of(&ended, START "1 ping 0\n1 ping 0.1\n1 ping 0.2\nduplicate 1 ping 0\n" END);
  some s = {2};
  assert_int_equal(mbc_findings_each(history, take_some, &s), MB_OK);
  assert_int_equal(s.left, 0);
  mbc_finding_counts counts = mbc_findings_count(history);
  assert_int_equal(counts.of[MBC_SEVERITY_ERROR], 0);
  assert_int_equal(counts.of[MBC_SEVERITY_NOTE], 4);
  mbc_history_free(history);
}

TEST(a_history_of_nothing_has_no_findings) { expect("", ""); }

TEST(every_code_was_raised_by_a_test) {
  for (int code = 0; code < MBC_FINDING_COUNT; code++)
    if (!raised[code]) fail_msg("no test raises %s", mbc_finding_rows[code].code);
}

TEST(codes_are_different_and_pages_are_public) {
  for (int code = 0; code < MBC_FINDING_COUNT; code++) {
    const mbc_finding_row *row = &mbc_finding_rows[code];
    assert_memory_equal(row->where, "https://", 8);
    assert_true(*row->text && *row->says);
    for (int other = 0; other < code; other++) assert_string_not_equal(row->code, mbc_finding_rows[other].code);
  }
}

/* Chance. */

static uint32_t chance(uint32_t *state, uint32_t below) {
  *state = *state * 1664525u + 1013904223u;
  return (uint32_t)(((uint64_t)(*state >> 8) * below) >> 24);
}

static const char *const pieces[] = {
    "",
    "\"params\":{}",
    "\"params\":{\"media.id\":\"a\",\"media.length\":1e300,\"media.contentType\":\"vod\"}",
    "\"params\":{\"media.length\":-5,\"media.contentType\":\"live\"}",
    "\"params\":{\"media.id\":\"\"},\"customMetadata\":{\"media.show\":\"\",\"a.\":\"x\"}",
    "\"params\":{\"media.ad.podIndex\":-1,\"media.ad.podSecond\":-1e9}",
    "\"params\":{\"media.chapter.index\":0,\"media.chapter.offset\":1e18,\"media.chapter.length\":-1e18}",
    "\"params\":{\"media.state.name\":\"\xf0\x9f\x94\x87 mute\"}",
    "\"params\":{\"media.state.name\":\"fullScreen\"}",
    "\"params\":{\"statesStart\":[{\"media.state.name\":\"mute\"}],\"statesEnd\":[{\"media.state.name\":\"mute\"}]}",
    "\"qoeData\":{\"media.qoe.droppedFrames\":-9007199254740991,\"media.qoe.timeToStart\":9007199254740991}",
    "\"qoeData\":{\"media.qoe.errorID\":\"\"}",
};

static void write_xdm(text_buffer *body, uint32_t *state) {
  static const char *const members[] = {"",
                                        ",\"bitrate\":1",
                                        ",\"qoeDataDetails\":{\"bitrate\":-1,\"droppedFrames\":2}",
                                        ",\"customMetadata\":[{\"name\":\"media.qoe.x\",\"value\":\"1\"}]",
                                        ",\"statesStart\":[{\"name\":\"mute\"},{\"name\":\"\xc3\xa4\"}]",
                                        ",\"sessionDetails\":[[[{\"timeToStart\":[]}]]]",
                                        ",\"advertisingPodDetails\":{\"index\":0,\"offset\":-5}"};
  enum { COUNT = sizeof members / sizeof *members };
  text_add(body, "{\"eventType\":\"media.%s\",\"timestamp\":\"2023-11-14T22:13:%02uZ\",\"mediaCollection\":{",
           mb__events[chance(state, MB__EVENT_COUNT)].xdm, chance(state, 60));
  text_add(body, "\"sessionID\":\"s\",\"playhead\":%u%s%s}%s}", chance(state, 70), members[chance(state, COUNT)],
           members[chance(state, COUNT)], members[chance(state, COUNT)]);
}

static void write_event(text_buffer *body, uint32_t *state) {
  static const double playheads[] = {0, 1, 1.5, 5, 59, 60, 61.001, -1, 1e300, -1e300, 86400};
  static const int64_t times[] = {0, 1, 999, 10000, 600000, -1700000000000, 9007199254740991 - 1700000000000};
  mb__event_type type = (mb__event_type)chance(state, MB__EVENT_COUNT);
  const char *piece = pieces[chance(state, sizeof pieces / sizeof *pieces)];
  int64_t ts = BASE + times[chance(state, sizeof times / sizeof *times)] + chance(state, 3);
  double playhead = playheads[chance(state, sizeof playheads / sizeof *playheads)];
  text_add(body, "{\"eventType\":\"%s\",\"playerTime\":{\"playhead\":%g,\"ts\":%" PRId64 "}%s%s}",
           mb__events[type].name, playhead, ts, *piece ? "," : "", piece);
}

static void add_by_chance(mbc_history *history, int64_t position, uint32_t *state) {
  text_buffer body = {0};
  (chance(state, 4) ? write_event : write_xdm)(&body, state);
  bool is_broken = chance(state, 8) == 0;
  if (is_broken) body.text[chance(state, (uint32_t)strlen(body.text))] = (char)(1 + chance(state, 255));
  mbc_mark mark = chance(state, 10) ? MBC_ACCEPTED : (mbc_mark)chance(state, 3);
  add_body(history, position, BASE + position * (int64_t)chance(state, 3000), mark, body.text);
  text_free(&body);
}

static bool judge(void *user, const mbc_finding *finding) {
  mbc_finding_counts *counts = user;
  assert_true(finding->code < MBC_FINDING_COUNT);
  assert_true(mb__utf8_valid(finding->message));
  assert_true(finding->event >= 0);
  counts->of[mbc_finding_rows[finding->code].severity]++;
  return true;
}

static void check_by_chance(uint32_t seed) {
  static const mbc_session *const sessions[] = {&open_session, &ended, &timed_out, &over_edge, &batch};
  uint32_t state = seed;
  mbc_history *history = mbc_history_new(sessions[chance(&state, 5)], BASE + chance(&state, 100000));
  mbc_finding_counts counts = {{0}};
  uint32_t count = chance(&state, 60);
  for (uint32_t i = 0; i < count; i++) add_by_chance(history, i, &state);
  assert_int_equal(mbc_history_finish(history), MB_OK);
  assert_int_equal(mbc_findings_each(history, judge, &counts), MB_OK);
  mbc_finding_counts counted = mbc_findings_count(history);
  assert_memory_equal(&counts, &counted, sizeof counts);
  mbc_history_free(history);
}

TEST(whatever_comes_is_checked) {
  for (uint32_t seed = 0; seed < 3000; seed++) check_by_chance(seed);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_good_session_has_no_findings),
      cmocka_unit_test(what_is_no_event_is_unreadable),
      cmocka_unit_test(a_session_begins_with_one_session_start),
      cmocka_unit_test(a_session_that_times_out_has_no_end_unless_it_is_complete),
      cmocka_unit_test(events_behind_the_end_are_lost_but_a_second_end_is_harmless),
      cmocka_unit_test(a_session_without_play_is_a_drop),
      cmocka_unit_test(content_that_runs_without_play_is_found_once),
      cmocka_unit_test(a_length_of_nothing),
      cmocka_unit_test(a_repeated_request),
      cmocka_unit_test(equal_ts),
      cmocka_unit_test(what_arrives_in_the_wrong_order_is_a_note_as_long_as_the_window_is_open),
      cmocka_unit_test(what_comes_too_late_loses_its_time),
      cmocka_unit_test(clocks),
      cmocka_unit_test(pings_that_are_rare_where_something_plays),
      cmocka_unit_test(ads_outside_a_break),
      cmocka_unit_test(a_break_without_its_end),
      cmocka_unit_test(of_an_open_session_it_is_not_known_whether_a_break_will_end),
      cmocka_unit_test(ends_of_what_did_not_begin),
      cmocka_unit_test(an_ad_without_its_end),
      cmocka_unit_test(a_break_without_ads),
      cmocka_unit_test(what_a_viewer_leaves_open),
      cmocka_unit_test(play_before_a_preroll),
      cmocka_unit_test(content_between_the_ads_of_a_break),
      cmocka_unit_test(chapters_that_overlap),
      cmocka_unit_test(playheads_out_of_range),
      cmocka_unit_test(a_playhead_that_runs_in_a_pause),
      cmocka_unit_test(a_playhead_that_moves_in_an_ad),
      cmocka_unit_test(a_playhead_that_stands_still),
      cmocka_unit_test(an_eleventh_player_state),
      cmocka_unit_test(player_states_that_do_not_change),
      cmocka_unit_test(names_of_player_states),
      cmocka_unit_test(metadata_with_keys_of_adobe),
      cmocka_unit_test(quality_in_the_wrong_place),
      cmocka_unit_test(quality_in_the_wrong_place_over_edge),
      cmocka_unit_test(a_change_of_bitrate_without_it),
      cmocka_unit_test(figures_that_should_not_change_so),
      cmocka_unit_test(errors_without_an_id),
      cmocka_unit_test(a_visit_ends_when_the_visitor_says_so),
      cmocka_unit_test(a_history_of_nothing_has_no_findings),
      cmocka_unit_test(every_code_was_raised_by_a_test),
      cmocka_unit_test(codes_are_different_and_pages_are_public),
      cmocka_unit_test(whatever_comes_is_checked),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

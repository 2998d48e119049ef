/* The doors of a tracker beyond its rules: playheads by the short way, several trackers, life and death. */
#include "tracker.h"

#include <math.h>

#include "suite.h"

/* An update that sends nothing takes a short way; whatever way it takes, the same comes out: here each playhead of one
 * player is reported on a recorded client, which always goes the long way. */
static void forget_line(void *user, const char *line, size_t size) { (void)user, (void)line, (void)size; }

static void watch(transcript *log, bool record) {
  char line[64];
  transcript_begin(log, WIRE_BRIEF, NULL);
  if (record) assert_int_equal(mb_client_record(log->client, forget_line, NULL), MB_OK);
  transcript_perform(log, "0 playhead 1");
  transcript_perform(log, "0 sessionStart -wait 250");
  for (int ms = 50; ms < 2500000; ms += ms < 40000 ? 50 : 17500) {
    if (ms == 1000) transcript_perform(log, "1000 play");
    if (ms == 30000) transcript_perform(log, "30000 pause");
    snprintf(line, sizeof line, ms % 1000 == 950 ? "!%d playhead %d.5" : "%d playhead %d.5", ms, ms / 1000);
    transcript_perform(log, line);
  }
  transcript_perform(log, "!2000000 playhead 7"); /* a step back */
  transcript_perform(log, "2000500 play");
  transcript_perform(log, "2000600 playhead -1");
  transcript_perform(log, "2000700 sessionEnd");
  transcript_perform(log, "2000800 playhead 8");
}

TEST(the_short_way_and_the_long_one) {
  transcript brief, full;
  watch(&brief, false);
  watch(&full, true);
  assert_true(brief.out.size > 1000);
  assert_string_equal(text_of(&brief.out), text_of(&full.out));
  transcript_end(&brief);
  transcript_end(&full);
}

/* A replay moves the playhead with the clock: nothing fires, nothing is refused. */
TEST(a_silent_playhead) {
  transcript log;
  transcript_begin(&log, WIRE_BRIEF, NULL);
  transcript_perform(&log, "0 playhead 1");
  mb_tracker *tracker = log.players[0].tracker;
  text_clear(&log.out);
  mb__tracker_set_playhead_silently(tracker, 5); /* without a session: nothing */
  transcript_expect(&log, "0 sessionStart\n"
                          "    0 sessionStart 0\n");
  mb__tracker_set_playhead_silently(tracker, 5);
  mb__tracker_set_playhead_silently(tracker, -1);
  mb__tracker_set_playhead_silently(tracker, (double)INFINITY);
  transcript_expect(&log, "10000 tick\n"
                          "    10000 ping 5\n");
  transcript_end(&log);
}

TEST(trackers_do_not_know_of_each_other) {
  expect_talk(NULL, "0 a.sessionStart one\n"
                    "    0 a/1 new: sessionStart 0 -> 201\n"
                    "0 b.play: MB_REFUSED_NOT_IN_SESSION\n"
                    "0 b.sessionStart two -granular\n"
                    "    0 b/1 new: sessionStart 0 -> 201\n"
                    "10 a.adBreakStart one 1 0\n"
                    "    10 a/1 id1: adBreakStart 0 one -> 204\n"
                    "20 b.adComplete: MB_REFUSED_NOT_IN_AD_BREAK\n"
                    "20 b.stateStart mute\n"
                    "    20 b/1 id2: stateStart 0 mute -> 204\n"
                    "30 a.stateStart mute\n"
                    "    30 a/1 id1: stateStart 0 mute -> 204\n"
                    "40 b.playhead 9\n"
                    "50 a.sessionEnd\n"
                    "    50 a/1 id1: adBreakComplete 0 -> 204\n"
                    "    50 a/1 id1: sessionEnd 0 ts 51 -> 204\n"
                    "60 b.play\n"
                    "    60 b/1 id2: play 9 -> 204\n");
}

/* An open session stays as it is; what is queued still goes out. */
TEST(a_tracker_freed_in_mid_session) {
  expect_talk(NULL, "0 next ok,after=100\n"
                    "0 a.sessionStart\n"
                    "    0 a/1 new: sessionStart 0\n"
                    "0 b.sessionStart\n"
                    "    0 b/1 new: sessionStart 0 -> 201\n"
                    "0 a.chapterStart c 1 0 10\n"
                    "0 a.adBreakStart one 1 0\n"
                    "0 a.adStart a 1 15\n"
                    "0 a.stateStart mute\n"
                    "10 a.free\n"
                    "100 tick\n"
                    "    100 a/1 <- 201\n"
                    "    100 a/1 id2: chapterStart 0 ts 1 c -> 204\n"
                    "    100 a/1 id2: adBreakStart 0 ts 2 one -> 204\n"
                    "    100 a/1 id2: adStart 0 ts 3 a -> 204\n"
                    "    100 a/1 id2: play 0 ts 4 -> 204\n"
                    "    100 a/1 id2: stateStart 0 ts 5 mute -> 204\n"
                    "    10000 b/1 id1: ping 0 -> 204\n"
                    "15000 tick\n");
}

/* Infos and texts belong to the caller: they may change as soon as the call returns. */
TEST(texts_are_copied) {
  transcript log;
  mb_tracker *tracker;
  char id[] = "id", name[] = "name", key[] = "key", value[] = "value", player[] = "player";
  mb_pair pair = {key, value};
  mb_media_info info;
  transcript_begin(&log, WIRE_TALK, NULL);
  mb_media_info_init(&info);
  info.id = id, info.name = name, info.stream_type = "vod", info.media_type = "video";
  log.wire.always = wire_read_answer("ok,after=10");
  assert_int_equal(mb_tracker_new(log.client, player, &tracker), MB_OK);
  memset(player, 'x', sizeof player - 1);
  assert_int_equal(mb_tracker_session_start(tracker, &info, &pair, 1, 0), MB_OK);
  mb_ad_break_info ad_break = {sizeof ad_break, name, 1, 0};
  mb_ad_info ad = {sizeof ad, id, name, 1, 15};
  assert_int_equal(
      mb_tracker_chapter_start(tracker, &(mb_chapter_info){sizeof(mb_chapter_info), name, 1, 0, 0}, &pair, 1, 0),
      MB_OK); /* kept: the session waits for a pre-roll */
  memset(key, 'x', sizeof key - 1), memset(value, 'x', sizeof value - 1);
  assert_int_equal(mb_tracker_ad_break_start(tracker, &ad_break, 0), MB_OK);
  assert_int_equal(mb_tracker_ad_start(tracker, &ad, NULL, 0, 0), MB_OK);
  memset(id, 'x', sizeof id - 1), memset(name, 'x', sizeof name - 1);
  for (int ms = 10; ms <= 50; ms += 10) assert_int_equal(mb_client_tick(log.client, ms), MB_OK);
  assert_string_equal(text_of(&log.out), "    0 player/1 new: sessionStart 0 {\"key\":\"value\"}\n"
                                         "    10 player/1 <- 201\n"
                                         "    10 player/1 id1: chapterStart 0 ts 1 name {\"key\":\"value\"}\n"
                                         "    20 player/1 <- 204\n"
                                         "    20 player/1 id1: adBreakStart 0 ts 2 name\n"
                                         "    30 player/1 <- 204\n"
                                         "    30 player/1 id1: adStart 0 ts 3 id\n"
                                         "    40 player/1 <- 204\n"
                                         "    40 player/1 id1: play 0 ts 4\n"
                                         "    50 player/1 <- 204\n");
  transcript_end(&log);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_short_way_and_the_long_one),
      cmocka_unit_test(a_silent_playhead),
      cmocka_unit_test(trackers_do_not_know_of_each_other),
      cmocka_unit_test(a_tracker_freed_in_mid_session),
      cmocka_unit_test(texts_are_copied),
  };
  return cmocka_run_group_tests_name("tracker", tests, NULL, NULL);
}

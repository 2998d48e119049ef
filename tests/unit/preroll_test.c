/* The wait for a pre-roll: a play that comes just before the first ad break must not count as content start. */
#include "suite.h"

TEST(a_play_before_the_break_is_dropped) {
  expect_brief(NULL, "0 sessionStart -wait 250\n"
                     "    0 sessionStart 0\n"
                     "10 play\n"
                     "100 adBreakStart pre 1 0\n"
                     "    100 adBreakStart 0 pre\n"
                     "100 adStart a 1 15\n"
                     "    100 adStart 0 ts 101 a\n"
                     "    100 play 0 ts 102\n"
                     "250 tick\n"
                     "2000 adBreakComplete\n"
                     "    2000 adSkip 0\n"
                     "    2000 adBreakComplete 0 ts 2001\n"
                     "    2000 play 0 ts 2002\n"
                     "3000 tick\n"
                     "    3000 play 0\n");
}

/* All plays before the first break go, whatever stands between; the rest stays, in order. */
TEST(only_plays_are_dropped) {
  expect_brief(NULL, "0 sessionStart -wait 250\n"
                     "    0 sessionStart 0\n"
                     "10 play\n"
                     "20 chapterStart c 1 0 10\n"
                     "30 pause\n"
                     "40 play\n"
                     "50 stateStart mute\n"
                     "60 adBreakStart pre 1 0\n"
                     "    60 chapterStart 0 ts 20 c\n"
                     "    60 pauseStart 0 ts 30\n"
                     "    60 stateStart 0 ts 50 mute\n"
                     "    60 adBreakStart 0 pre\n");
}

/* Without a break the calls run with their own times when the wait is over. */
TEST(calls_keep_their_times) {
  expect_brief(NULL, "0 sessionStart -wait 250\n"
                     "    0 sessionStart 0\n"
                     "10 playhead 3\n"
                     "10 play\n"
                     "50 qoe 1 2 3 4\n"
                     "100 playhead 4\n"
                     "100 pause\n"
                     "200 play\n"
                     "200 deadline\n"
                     "    250\n"
                     "250 tick\n"
                     "    250 play 3 ts 10\n"
                     "    250 pauseStart 4 ts 100 qoe 1/2/3/4\n"
                     "    250 play 4 ts 200\n"
                     "    1010 play 4\n"
                     "11010 tick\n"
                     "    11010 ping 4\n");
}

/* The call that comes when the wait is over is the last of the queue: it is worked off after the others. */
TEST(a_late_call_releases) {
  expect_brief(NULL, "0 sessionStart -wait 250\n"
                     "    0 sessionStart 0\n"
                     "10 play\n"
                     "!300 pause\n"
                     "    300 play 0 ts 10\n"
                     "    300 pauseStart 0\n");
  expect_brief(NULL, "0 sessionStart -wait 250\n"
                     "    0 sessionStart 0\n"
                     "10 play\n"
                     "!300 adBreakStart pre 1 0\n"
                     "    300 adBreakStart 0 pre\n");
}

TEST(the_wait_ends_on_the_millisecond) {
  expect_brief(NULL, "0 sessionStart -wait 250\n"
                     "    0 sessionStart 0\n"
                     "10 play\n"
                     "!249 pause\n"
                     "!250 chapterStart c 1 0 10\n"
                     "    250 play 0 ts 10\n"
                     "    250 pauseStart 0 ts 249\n"
                     "    250 chapterStart 0 c\n");
}

TEST(the_end_releases) {
  expect_brief(NULL, "0 sessionStart -wait 250\n"
                     "    0 sessionStart 0\n"
                     "10 play\n"
                     "20 sessionEnd\n"
                     "    20 play 0 ts 10\n"
                     "    20 sessionEnd 0\n"
                     "250 tick\n"
                     "300 sessionStart -wait 250\n"
                     "    300 sessionStart 0\n"
                     "310 play\n"
                     "320 complete\n"
                     "    320 play 0 ts 310\n"
                     "    320 sessionComplete 0\n");
}

/* Even a break with a wrong info releases, and drops the plays before it: it is a break that was wished for. */
TEST(a_wrong_break_releases) {
  expect_brief(NULL, "0 sessionStart -wait 250\n"
                     "    0 sessionStart 0\n"
                     "10 play\n"
                     "20 pause\n"
                     "30 adBreakStart \"\" 1 0: MB_REFUSED_INVALID_INFO\n"
                     "    30 pauseStart 0 ts 20\n"
                     "40 play\n"
                     "    40 play 0\n");
}

/* A call that was kept was answered MB_OK; it may still be refused when it is worked off. */
TEST(kept_calls_may_be_refused) {
  expect_brief(NULL, "0 sessionStart -wait 250\n"
                     "    0 sessionStart 0\n"
                     "10 adComplete\n"
                     "20 sessionStart other\n"
                     "30 playhead -1\n"
                     "40 stateEnd mute\n"
                     "50 error \"\"\n"
                     "60 play\n"
                     "250 tick\n"
                     "    250 play 0 ts 60\n"
                     "250 stats\n"
                     "    accepted 2 delivered 2 requests 2 refusedCalls 5 sessions 1\n");
}

/* What is wrong in itself is not kept. */
TEST(wrong_arguments_are_not_kept) {
  expect_brief(NULL, "0 sessionStart -wait 250\n"
                     "    0 sessionStart 0\n"
                     "10 playhead nan: MB_INVALID_NUMBER\n"
                     "10 stateStart \xff: MB_INVALID_TEXT\n"
                     "250 tick\n");
}

TEST(no_wait) {
  expect_brief(NULL, "0 sessionStart -wait 0\n"
                     "    0 sessionStart 0\n"
                     "0 play\n"
                     "    0 play 0 ts 1\n");
  expect_brief(NULL, "0 sessionStart -wait -5\n"
                     "    0 sessionStart 0\n"
                     "0 play\n"
                     "    0 play 0 ts 1\n");
}

TEST(the_wait_is_250_ms_by_default) {
  mb_media_info info;
  memset(&info, 0xFF, sizeof info);
  mb_media_info_init(&info);
  assert_int_equal(info.size, sizeof info);
  assert_int_equal(info.preroll_waiting_time_ms, 250);
  assert_null(info.id);
  assert_null(info.name);
  assert_null(info.stream_type);
  assert_null(info.media_type);
  assert_false(info.resumed);
  assert_false(info.granular_ad_tracking);
  assert_true(info.length == 0);
}

/* The wait does not come back after a restart. */
TEST(a_restart_does_not_wait) {
  expect_brief(NULL, "0 sessionStart -wait 250\n"
                     "    0 sessionStart 0\n"
                     "10 pause\n"
                     "250 tick\n"
                     "    250 pauseStart 0 ts 10\n"
                     "!1800000 tick\n"
                     "    1800000 sessionEnd 0\n"
                     "1800010 play\n"
                     "    1800010 sessionStart 0 resume\n"
                     "    1800010 play 0 ts 1800011\n"
                     "1800020 pause\n"
                     "    1800020 pauseStart 0\n");
}

/* A wait so long that timers are due in it: they fire at their own times when the queue is worked off, between the
 * calls that were kept and before the one that releases. */
TEST(timers_within_a_long_wait) {
  expect_brief(NULL, "0 sessionStart -wait 40000\n"
                     "    0 sessionStart 0\n"
                     "100 play\n"
                     "5000 playhead 5\n"
                     "5000 pause\n"
                     "20000 deadline\n"
                     "    40000\n"
                     "40000 tick\n"
                     "    40000 play 0 ts 100\n"
                     "    40000 play 0 ts 1100\n"
                     "    40000 pauseStart 5 ts 5000\n"
                     "    40000 ping 5 ts 15000\n"
                     "    40000 ping 5 ts 25000\n"
                     "    40000 ping 5 ts 35000\n"
                     "45000 tick\n"
                     "    45000 ping 5\n");
}

/* A host that slept through the end of the wait is not caught up with. */
TEST(a_host_that_slept_through_the_wait) {
  expect_brief(NULL, "0 sessionStart -wait 20000\n"
                     "    0 sessionStart 0\n"
                     "!100000 tick\n"
                     "    100000 ping 0 ts 10000\n"
                     "    100000 ping 0\n"
                     "110000 tick\n"
                     "    110000 ping 0\n");
}

/* A wait that is longer than 30 minutes does not keep an idle session alive. */
TEST(a_wait_of_hours) {
  transcript log;
  transcript_begin(&log, WIRE_BRIEF, "{'mainPingInterval':50}");
  transcript_perform(&log, "0 sessionStart -wait 7200000");
  transcript_perform(&log, "!7200000 tick");
  assert_non_null(strstr(text_of(&log.out), "    7200000 sessionEnd 0 ts 1800000\n"));
  assert_null(strstr(text_of(&log.out), "ts 1850000"));
  transcript_end(&log);
}

/* What the player says belongs to the call during which it was asked. */
TEST(details_are_asked_when_a_call_is_kept) {
  expect_brief(NULL, "0 sessionStart -wait 250\n"
                     "    0 sessionStart 0\n"
                     "10 ask 1\n"
                     "10 play\n"
                     "20 ask 2 1 2 3 4\n"
                     "20 pause\n"
                     "30 ask nothing\n"
                     "30 play\n"
                     "250 tick\n"
                     "    250 play 1 ts 10\n"
                     "    250 pauseStart 2 ts 20 qoe 1/2/3/4\n"
                     "    250 play 2 ts 30\n");
}

/* A player that leaves the preset playhead alone does not take back what was reported meanwhile. */
TEST(the_preset_playhead_is_the_last_known_one) {
  expect_brief(NULL, "0 sessionStart -wait 250\n"
                     "    0 sessionStart 0\n"
                     "0 ask - 1 2 3 4\n"
                     "10 playhead 5\n"
                     "20 play\n"
                     "250 tick\n"
                     "    250 play 5 ts 20 qoe 1/2/3/4\n");
  expect_brief(NULL, "0 sessionStart -wait 250\n"
                     "    0 sessionStart 0\n"
                     "0 ask - 1 2 3 4\n"
                     "10 playhead 5\n"
                     "15 playhead 0\n"
                     "20 play\n"
                     "250 tick\n"
                     "    250 play 0 ts 20 qoe 1/2/3/4\n");
}

TEST(a_wait_lasts_a_day_at_most) {
  expect_brief(NULL, "0 sessionStart -wait 9000000000000000000\n"
                     "    0 sessionStart 0\n"
                     "0 deadline\n"
                     "    86400000\n");
}

/* A host that never stops calling does not fill the memory: the wait is over after so many calls. */
TEST(calls_that_wait_have_a_bound) {
  enum { MOST = 4096 };
  transcript log;
  transcript_begin(&log, WIRE_BRIEF, NULL);
  transcript_perform(&log, "0 sessionStart -wait 86400000");
  transcript_perform(&log, "1 play");
  for (int i = 1; i < MOST; i++) transcript_perform(&log, "1 playhead 7");
  text_clear(&log.out);
  transcript_expect(&log, "2 playhead 8\n"
                          "    2 play 0 ts 1\n");
  transcript_end(&log);
}

TEST(a_tracker_freed_while_it_waits) {
  expect_brief(NULL, "0 sessionStart -wait 250\n"
                     "    0 sessionStart 0\n"
                     "10 adStart a 1 15 k=v\n"
                     "10 play\n"
                     "20 free\n"
                     "20 deadline\n"
                     "    never\n");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_play_before_the_break_is_dropped),
      cmocka_unit_test(only_plays_are_dropped),
      cmocka_unit_test(calls_keep_their_times),
      cmocka_unit_test(a_late_call_releases),
      cmocka_unit_test(the_wait_ends_on_the_millisecond),
      cmocka_unit_test(the_end_releases),
      cmocka_unit_test(a_wrong_break_releases),
      cmocka_unit_test(kept_calls_may_be_refused),
      cmocka_unit_test(wrong_arguments_are_not_kept),
      cmocka_unit_test(no_wait),
      cmocka_unit_test(the_wait_is_250_ms_by_default),
      cmocka_unit_test(a_restart_does_not_wait),
      cmocka_unit_test(timers_within_a_long_wait),
      cmocka_unit_test(a_host_that_slept_through_the_wait),
      cmocka_unit_test(a_wait_of_hours),
      cmocka_unit_test(details_are_asked_when_a_call_is_kept),
      cmocka_unit_test(the_preset_playhead_is_the_last_known_one),
      cmocka_unit_test(a_wait_lasts_a_day_at_most),
      cmocka_unit_test(calls_that_wait_have_a_bound),
      cmocka_unit_test(a_tracker_freed_while_it_waits),
  };
  return cmocka_run_group_tests_name("preroll", tests, NULL, NULL);
}

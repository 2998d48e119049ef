/* Which call a tracker takes when, and what the call itself sends: every row of the table of calls.
 * https://developer.adobe.com/client-sdks/solution/adobe-media-analytics/api-reference/ */
#include "suite.h"

TEST(nothing_is_taken_before_a_session) {
  expect_brief(NULL, "0 complete: MB_REFUSED_NOT_IN_SESSION\n"
                     "0 sessionEnd: MB_REFUSED_NOT_IN_SESSION\n"
                     "0 play: MB_REFUSED_NOT_IN_SESSION\n"
                     "0 pause: MB_REFUSED_NOT_IN_SESSION\n"
                     "0 bufferStart: MB_REFUSED_NOT_IN_SESSION\n"
                     "0 bufferComplete: MB_REFUSED_NOT_IN_SESSION\n"
                     "0 seekStart: MB_REFUSED_NOT_IN_SESSION\n"
                     "0 seekComplete: MB_REFUSED_NOT_IN_SESSION\n"
                     "0 adBreakStart pre 1 0: MB_REFUSED_NOT_IN_SESSION\n"
                     "0 adBreakComplete: MB_REFUSED_NOT_IN_SESSION\n"
                     "0 adStart one 1 15: MB_REFUSED_NOT_IN_SESSION\n"
                     "0 adComplete: MB_REFUSED_NOT_IN_SESSION\n"
                     "0 adSkip: MB_REFUSED_NOT_IN_SESSION\n"
                     "0 chapterStart one 1 0 10: MB_REFUSED_NOT_IN_SESSION\n"
                     "0 chapterComplete: MB_REFUSED_NOT_IN_SESSION\n"
                     "0 chapterSkip: MB_REFUSED_NOT_IN_SESSION\n"
                     "0 stateStart mute: MB_REFUSED_NOT_IN_SESSION\n"
                     "0 stateEnd mute: MB_REFUSED_NOT_IN_SESSION\n"
                     "0 bitrateChange: MB_REFUSED_NOT_IN_SESSION\n"
                     "0 error e: MB_REFUSED_NOT_IN_SESSION\n"
                     "0 playhead 1: MB_REFUSED_NOT_IN_SESSION\n"
                     "0 qoe 1 2 3 4: MB_REFUSED_NOT_IN_SESSION\n"
                     "0 stats\n"
                     "    refusedCalls 22\n");
}

/* "Not in session" is the first check: an info that is wrong as well does not change the answer. */
TEST(the_session_is_asked_first) {
  expect_brief(NULL, "0 adBreakStart NULL 0 -1: MB_REFUSED_NOT_IN_SESSION\n"
                     "0 adStart NULL 0 -1: MB_REFUSED_NOT_IN_SESSION\n"
                     "0 chapterStart NULL 0 -1 -1: MB_REFUSED_NOT_IN_SESSION\n"
                     "0 stateStart a-b: MB_REFUSED_NOT_IN_SESSION\n"
                     "0 error NULL: MB_REFUSED_NOT_IN_SESSION\n"
                     "0 playhead -1: MB_REFUSED_NOT_IN_SESSION\n"
                     "0 qoe -1 0 0 0: MB_REFUSED_NOT_IN_SESSION\n");
}

TEST(nothing_is_taken_after_the_end) {
  expect_brief(NULL, "0 sessionStart\n"
                     "    0 sessionStart 0\n"
                     "10 complete\n"
                     "    10 sessionComplete 0\n"
                     "20 play: MB_REFUSED_NOT_IN_SESSION\n"
                     "20 complete: MB_REFUSED_NOT_IN_SESSION\n"
                     "20 sessionEnd: MB_REFUSED_NOT_IN_SESSION\n"
                     "99999 tick\n"
                     "99999 deadline\n"
                     "    never\n");
}

TEST(media_infos) {
  expect_brief(NULL, "0 sessionStart \"\": MB_REFUSED_INVALID_INFO\n"
                     "0 sessionStart NULL: MB_REFUSED_INVALID_INFO\n"
                     "0 sessionStart -name \"\": MB_REFUSED_INVALID_INFO\n"
                     "0 sessionStart -name NULL: MB_REFUSED_INVALID_INFO\n"
                     "0 sessionStart -stream \"\": MB_REFUSED_INVALID_INFO\n"
                     "0 sessionStart -stream NULL: MB_REFUSED_INVALID_INFO\n"
                     "0 sessionStart -media NULL: MB_REFUSED_INVALID_INFO\n"
                     "0 sessionStart -media film: MB_REFUSED_INVALID_INFO\n"
                     "0 sessionStart -media Video: MB_REFUSED_INVALID_INFO\n"
                     "0 sessionStart -length -0.1: MB_REFUSED_INVALID_INFO\n"
                     "0 sessionStart -length nan: MB_INVALID_NUMBER\n"
                     "0 sessionStart -length inf: MB_INVALID_NUMBER\n"
                     "0 sessionStart -name \xff: MB_INVALID_TEXT\n"
                     "0 sessionStart -length 0 -media audio -stream Anything\n"
                     "    0 sessionStart 0\n");
}

TEST(a_second_session_start_changes_nothing) {
  expect_brief(NULL, "0 sessionStart\n"
                     "    0 sessionStart 0\n"
                     "10 chapterStart one 1 0 10\n"
                     "    10 chapterStart 0 one\n"
                     "20 sessionStart other -granular: MB_REFUSED_IN_SESSION\n"
                     "20 sessionStart \"\": MB_REFUSED_IN_SESSION\n"
                     "30 chapterComplete\n"
                     "    30 chapterComplete 0\n");
}

TEST(a_tracker_starts_afresh) {
  expect_brief(NULL, "0 sessionStart -granular\n"
                     "    0 sessionStart 0\n"
                     "10 playhead 5\n"
                     "10 qoe 1 2 3 4\n"
                     "10 stateStart mute\n"
                     "    10 stateStart 5 mute qoe 1/2/3/4\n"
                     "20 play\n"
                     "    20 play 5\n"
                     "30 sessionEnd\n"
                     "    30 sessionEnd 5\n"
                     "1000 sessionStart second\n"
                     "    1000 sessionStart 0\n"
                     "1010 stateEnd mute: MB_REFUSED_STATE_NOT_ON\n"
                     "1020 play\n"
                     "    1020 play 0\n"
                     "    2020 play 0\n"
                     "2500 stateStart mute\n"
                     "    2500 stateStart 0 mute\n");
}

TEST(in_a_break_without_an_ad_playback_stands) {
  expect_brief(NULL, "0 sessionStart\n"
                     "    0 sessionStart 0\n"
                     "10 bufferStart\n"
                     "    10 bufferStart 0\n"
                     "20 adBreakStart mid 1 0\n"
                     "    20 adBreakStart 0 mid\n"
                     "30 play: MB_REFUSED_BREAK_WITHOUT_AD\n"
                     "30 pause: MB_REFUSED_BREAK_WITHOUT_AD\n"
                     "30 bufferStart: MB_REFUSED_BREAK_WITHOUT_AD\n"
                     "30 bufferComplete: MB_REFUSED_BREAK_WITHOUT_AD\n"
                     "30 seekStart: MB_REFUSED_BREAK_WITHOUT_AD\n"
                     "30 seekComplete: MB_REFUSED_BREAK_WITHOUT_AD\n"
                     "40 adStart one 1 15\n"
                     "    40 adStart 0 one\n"
                     "    40 bufferStart 0 ts 41\n"
                     "50 pause: MB_REFUSED_BUFFERING\n"
                     "60 play\n"
                     "    60 play 0\n"
                     "70 pause\n"
                     "    70 pauseStart 0\n"
                     "80 adComplete\n"
                     "    80 adComplete 0\n"
                     "90 play: MB_REFUSED_BREAK_WITHOUT_AD\n");
}

TEST(buffering_and_seeking_never_nest) {
  expect_brief(NULL, "0 sessionStart\n"
                     "    0 sessionStart 0\n"
                     "10 bufferComplete: MB_REFUSED_NOT_BUFFERING\n"
                     "10 seekComplete: MB_REFUSED_NOT_SEEKING\n"
                     "20 bufferStart\n"
                     "    20 bufferStart 0\n"
                     "30 bufferStart: MB_REFUSED_BUFFERING\n"
                     "30 seekStart: MB_REFUSED_BUFFERING\n"
                     "30 pause: MB_REFUSED_BUFFERING\n"
                     "30 seekComplete: MB_REFUSED_NOT_SEEKING\n"
                     "40 bufferComplete\n"
                     "    40 pauseStart 0\n"
                     "50 seekStart\n"
                     "    50 pauseStart 0\n"
                     "60 seekStart: MB_REFUSED_SEEKING\n"
                     "60 bufferStart: MB_REFUSED_SEEKING\n"
                     "60 pause: MB_REFUSED_SEEKING\n"
                     "60 bufferComplete: MB_REFUSED_NOT_BUFFERING\n"
                     "70 seekComplete\n"
                     "    70 pauseStart 0\n");
}

TEST(play_ends_buffering_and_seeking) {
  expect_brief(NULL, "0 sessionStart\n"
                     "    0 sessionStart 0\n"
                     "10 bufferStart\n"
                     "    10 bufferStart 0\n"
                     "20 play\n"
                     "    20 play 0\n"
                     "30 bufferComplete: MB_REFUSED_NOT_BUFFERING\n"
                     "40 seekStart\n"
                     "    40 pauseStart 0\n"
                     "50 play\n"
                     "    50 play 0\n"
                     "60 seekComplete: MB_REFUSED_NOT_SEEKING\n");
}

/* The state beneath buffering and seeking is announced again; the same state twice is not. */
TEST(announcements_follow_the_state) {
  expect_brief(NULL, "0 sessionStart\n"
                     "    0 sessionStart 0\n"
                     "10 play\n"
                     "    10 play 0\n"
                     "20 play\n"
                     "30 bufferStart\n"
                     "    30 bufferStart 0\n"
                     "40 bufferComplete\n"
                     "    40 play 0\n"
                     "50 seekStart\n"
                     "    50 pauseStart 0\n"
                     "60 seekComplete\n"
                     "    60 play 0\n"
                     "70 pause\n"
                     "    70 pauseStart 0\n"
                     "80 pause\n"
                     "90 bufferStart\n"
                     "    90 bufferStart 0\n"
                     "100 bufferComplete\n"
                     "    100 pauseStart 0\n"
                     "110 seekStart\n"
                     "    110 pauseStart 0\n"
                     "120 seekComplete\n"
                     "    120 pauseStart 0\n"
                     "130 play\n"
                     "    130 play 0\n");
}

/* Before any play, the end of buffering or seeking is a pause. */
TEST(never_played_counts_as_paused) {
  expect_brief(NULL, "0 sessionStart\n"
                     "    0 sessionStart 0\n"
                     "10 seekStart\n"
                     "    10 pauseStart 0\n"
                     "20 seekComplete\n"
                     "    20 pauseStart 0\n"
                     "30 pause\n"
                     "40 sessionEnd\n"
                     "    40 sessionEnd 0\n");
}

TEST(ad_breaks) {
  expect_brief(NULL, "0 sessionStart\n"
                     "    0 sessionStart 0\n"
                     "10 adBreakComplete: MB_REFUSED_NOT_IN_AD_BREAK\n"
                     "10 adBreakStart NULL 1 0: MB_REFUSED_INVALID_INFO\n"
                     "10 adBreakStart \"\" 1 0: MB_REFUSED_INVALID_INFO\n"
                     "10 adBreakStart one 0 0: MB_REFUSED_INVALID_INFO\n"
                     "10 adBreakStart one 1 -0.5: MB_REFUSED_INVALID_INFO\n"
                     "10 adBreakStart one 1 nan: MB_INVALID_NUMBER\n"
                     "20 adBreakStart one 1 0\n"
                     "    20 adBreakStart 0 one\n"
                     "30 adBreakStart one 1 0: MB_REFUSED_SAME_AD_BREAK\n"
                     "30 adBreakStart one 1 0.0: MB_REFUSED_SAME_AD_BREAK\n"
                     "40 adBreakStart one 1 0.001\n"
                     "    40 adBreakComplete 0\n"
                     "    40 adBreakStart 0 ts 41 one\n"
                     "50 adBreakStart one 2 0.001\n"
                     "    50 adBreakComplete 0\n"
                     "    50 adBreakStart 0 ts 51 one\n"
                     "60 adStart a 1 15\n"
                     "    60 adStart 0 a\n"
                     "    60 play 0 ts 61\n"
                     "70 adBreakStart two 2 0.001\n"
                     "    70 adSkip 0\n"
                     "    70 adBreakComplete 0 ts 71\n"
                     "    70 adBreakStart 0 ts 72 two\n"
                     "80 adBreakComplete\n"
                     "    80 adBreakComplete 0\n"
                     "    80 play 0 ts 81\n"
                     "90 adBreakStart two 2 0.001\n"
                     "    90 adBreakStart 0 two\n");
}

TEST(a_break_before_the_first_play_ends_with_a_ping) {
  expect_brief(NULL, "0 sessionStart\n"
                     "    0 sessionStart 0\n"
                     "10 adBreakStart one 1 0\n"
                     "    10 adBreakStart 0 one\n"
                     "20 adBreakComplete\n"
                     "    20 adBreakComplete 0\n"
                     "    20 ping 0 ts 21\n");
}

TEST(ads) {
  expect_brief(NULL, "0 sessionStart\n"
                     "    0 sessionStart 0\n"
                     "10 adStart a 1 15: MB_REFUSED_NOT_IN_AD_BREAK\n"
                     "10 adStart NULL 1 15: MB_REFUSED_NOT_IN_AD_BREAK\n"
                     "10 adComplete: MB_REFUSED_NOT_IN_AD_BREAK\n"
                     "10 adSkip: MB_REFUSED_NOT_IN_AD_BREAK\n"
                     "20 adBreakStart one 1 0\n"
                     "    20 adBreakStart 0 one\n"
                     "30 adComplete: MB_REFUSED_NOT_IN_AD\n"
                     "30 adSkip: MB_REFUSED_NOT_IN_AD\n"
                     "30 adStart NULL 1 15: MB_REFUSED_INVALID_INFO\n"
                     "30 adStart \"\" 1 15: MB_REFUSED_INVALID_INFO\n"
                     "30 adStart a 0 15: MB_REFUSED_INVALID_INFO\n"
                     "30 adStart a 1 -1: MB_REFUSED_INVALID_INFO\n"
                     "30 adStart a 1 inf: MB_INVALID_NUMBER\n"
                     "40 adStart a 1 15 k=v\n"
                     "    40 adStart 0 a {\"k\":\"v\"}\n"
                     "    40 play 0 ts 41\n"
                     "50 adStart a 1 15 k=other: MB_REFUSED_SAME_AD\n"
                     "60 adStart a 2 15\n"
                     "    60 adSkip 0\n"
                     "    60 adStart 0 ts 61 a\n"
                     "    60 play 0 ts 62\n"
                     "70 adComplete\n"
                     "    70 adComplete 0\n"
                     "80 adStart a 2 15\n"
                     "    80 adStart 0 a\n"
                     "    80 play 0 ts 81\n"
                     "90 adSkip\n"
                     "    90 adSkip 0\n"
                     "100 adStart b 3 15\n"
                     "    100 adStart 0 b\n"
                     "    100 play 0 ts 101\n"
                     "110 adBreakComplete\n"
                     "    110 adSkip 0\n"
                     "    110 adBreakComplete 0 ts 111\n"
                     "    110 play 0 ts 112\n");
}

/* The announcement after adStart is forced: it says the state again even when nothing changed. */
TEST(an_ad_that_starts_while_paused) {
  expect_brief(NULL, "0 sessionStart\n"
                     "    0 sessionStart 0\n"
                     "10 play\n"
                     "    10 play 0\n"
                     "20 pause\n"
                     "    20 pauseStart 0\n"
                     "30 adBreakStart one 1 0\n"
                     "    30 adBreakStart 0 one\n"
                     "40 adStart a 1 15\n"
                     "    40 adStart 0 a\n"
                     "    40 pauseStart 0 ts 41\n");
}

TEST(the_name_of_an_ad_is_part_of_it) {
  transcript log;
  mb_tracker *tracker;
  transcript_begin(&log, WIRE_BRIEF, NULL);
  transcript_expect(&log, "0 sessionStart\n"
                          "    0 sessionStart 0\n"
                          "10 adBreakStart one 1 0\n"
                          "    10 adBreakStart 0 one\n");
  tracker = log.players[0].tracker;
  mb_ad_info ad = {sizeof ad, "a", "Name", 1, 15};
  assert_int_equal(mb_tracker_ad_start(tracker, &ad, NULL, 0, 20), MB_OK);
  assert_int_equal(mb_tracker_ad_start(tracker, &ad, NULL, 0, 20), MB_REFUSED_SAME_AD);
  ad.name = "Another name";
  assert_int_equal(mb_tracker_ad_start(tracker, &ad, NULL, 0, 30), MB_OK);
  ad.name = "";
  assert_int_equal(mb_tracker_ad_start(tracker, &ad, NULL, 0, 40), MB_REFUSED_INVALID_INFO);
  ad.name = NULL;
  assert_int_equal(mb_tracker_ad_start(tracker, &ad, NULL, 0, 40), MB_REFUSED_INVALID_INFO);
  transcript_end(&log);
}

TEST(chapters) {
  expect_brief(NULL, "0 sessionStart\n"
                     "    0 sessionStart 0\n"
                     "10 chapterComplete: MB_REFUSED_NOT_IN_CHAPTER\n"
                     "10 chapterSkip: MB_REFUSED_NOT_IN_CHAPTER\n"
                     "10 chapterStart NULL 1 0 10: MB_REFUSED_INVALID_INFO\n"
                     "10 chapterStart \"\" 1 0 10: MB_REFUSED_INVALID_INFO\n"
                     "10 chapterStart c 0 0 10: MB_REFUSED_INVALID_INFO\n"
                     "10 chapterStart c 1 -1 10: MB_REFUSED_INVALID_INFO\n"
                     "10 chapterStart c 1 0 -1: MB_REFUSED_INVALID_INFO\n"
                     "10 chapterStart c 1 inf 10: MB_INVALID_NUMBER\n"
                     "20 chapterStart c 1 0 10 k=v\n"
                     "    20 chapterStart 0 c {\"k\":\"v\"}\n"
                     "30 chapterStart c 1 0 10: MB_REFUSED_SAME_CHAPTER\n"
                     "40 chapterStart c 1 0 10.5\n"
                     "    40 chapterSkip 0\n"
                     "    40 chapterStart 0 ts 41 c\n"
                     "50 chapterSkip\n"
                     "    50 chapterSkip 0\n"
                     "60 chapterStart c 1 0 10.5\n"
                     "    60 chapterStart 0 c\n"
                     "70 chapterComplete\n"
                     "    70 chapterComplete 0\n"
                     "80 chapterComplete: MB_REFUSED_NOT_IN_CHAPTER\n");
}

/* Neither touches the other. */
TEST(chapters_and_breaks_cross) {
  expect_brief(NULL, "0 sessionStart\n"
                     "    0 sessionStart 0\n"
                     "10 chapterStart c 1 0 10\n"
                     "    10 chapterStart 0 c\n"
                     "20 adBreakStart one 1 0\n"
                     "    20 adBreakStart 0 one\n"
                     "30 chapterComplete\n"
                     "    30 chapterComplete 0\n"
                     "40 adStart a 1 15\n"
                     "    40 adStart 0 a\n"
                     "    40 play 0 ts 41\n"
                     "50 chapterStart d 2 10 10\n"
                     "    50 chapterStart 0 d\n"
                     "60 adBreakComplete\n"
                     "    60 adSkip 0\n"
                     "    60 adBreakComplete 0 ts 61\n"
                     "    60 play 0 ts 62\n"
                     "70 chapterComplete\n"
                     "    70 chapterComplete 0\n");
}

/* Ad, break, chapter: in that order. */
TEST(the_end_closes_what_is_open) {
  expect_brief(NULL, "0 sessionStart\n"
                     "    0 sessionStart 0\n"
                     "10 chapterStart c 1 0 10\n"
                     "    10 chapterStart 0 c\n"
                     "20 adBreakStart one 1 0\n"
                     "    20 adBreakStart 0 one\n"
                     "30 adStart a 1 15\n"
                     "    30 adStart 0 a\n"
                     "    30 play 0 ts 31\n"
                     "40 stateStart mute\n"
                     "    40 stateStart 0 mute\n"
                     "50 complete\n"
                     "    50 adSkip 0\n"
                     "    50 adBreakComplete 0 ts 51\n"
                     "    50 chapterSkip 0 ts 52\n"
                     "    50 sessionComplete 0 ts 53\n"
                     "100 sessionStart\n"
                     "    100 sessionStart 0\n"
                     "110 adBreakStart one 1 0\n"
                     "    110 adBreakStart 0 one\n"
                     "120 sessionEnd\n"
                     "    120 adBreakComplete 0\n"
                     "    120 sessionEnd 0 ts 121\n");
}

TEST(states) {
  expect_brief(NULL, "0 sessionStart\n"
                     "    0 sessionStart 0\n"
                     "10 stateStart NULL: MB_REFUSED_INVALID_INFO\n"
                     "10 stateStart \"\": MB_REFUSED_INVALID_INFO\n"
                     "10 stateStart full-screen: MB_REFUSED_INVALID_INFO\n"
                     "10 stateStart \xc3\xbc: MB_REFUSED_INVALID_INFO\n"
                     "10 stateStart \xff: MB_INVALID_TEXT\n"
                     "10 stateEnd a-b: MB_REFUSED_INVALID_INFO\n"
                     "10 stateEnd mute: MB_REFUSED_STATE_NOT_ON\n"
                     "20 stateStart mute\n"
                     "    20 stateStart 0 mute\n"
                     "30 stateStart mute: MB_REFUSED_STATE_ON\n"
                     "40 stateStart Mute\n"
                     "    40 stateStart 0 Mute\n"
                     "50 stateEnd mute\n"
                     "    50 stateEnd 0 mute\n"
                     "60 stateEnd mute: MB_REFUSED_STATE_NOT_ON\n"
                     "70 stateStart mute\n"
                     "    70 stateStart 0 mute\n"
                     "80 stateStart my_state.2\n"
                     "    80 stateStart 0 my_state.2\n");
}

TEST(state_names_have_64_characters_at_most) {
  expect_brief(NULL, "0 sessionStart\n"
                     "    0 sessionStart 0\n"
                     "10 stateStart 0123456789012345678901234567890123456789012345678901234567890123\n"
                     "    10 stateStart 0 0123456789012345678901234567890123456789012345678901234567890123\n"
                     "20 stateStart 01234567890123456789012345678901234567890123456789012345678901234: "
                     "MB_REFUSED_INVALID_INFO\n");
}

/* Ten names a session, whether on or off; a refused one does not count. */
TEST(ten_states) {
  transcript log;
  transcript_begin(&log, WIRE_SILENT, NULL);
  transcript_perform(&log, "0 sessionStart");
  text_clear(&log.out);
  for (int name = 'a'; name <= 'j'; name++) {
    char line[64];
    snprintf(line, sizeof line, "%d stateStart %c", name, name);
    transcript_perform(&log, line);
    if (name % 2) snprintf(line, sizeof line, "%d stateEnd %c", name, name), transcript_perform(&log, line);
  }
  assert_null(strstr(text_of(&log.out), "MB_"));
  text_clear(&log.out);
  log.wire.form = WIRE_BRIEF;
  transcript_expect(&log, "200 stateStart k: MB_REFUSED_TOO_MANY_STATES\n"
                          "200 stateStart l: MB_REFUSED_TOO_MANY_STATES\n"
                          "200 stateStart b: MB_REFUSED_STATE_ON\n"
                          "210 stateStart a\n"
                          "    210 stateStart 0 a\n"
                          "220 stateEnd j\n"
                          "    220 stateEnd 0 j\n"
                          "230 stateStart k: MB_REFUSED_TOO_MANY_STATES\n"
                          "240 sessionEnd\n"
                          "    240 sessionEnd 0\n"
                          "250 sessionStart\n"
                          "    250 sessionStart 0\n"
                          "260 stateStart k\n"
                          "    260 stateStart 0 k\n");
  transcript_end(&log);
}

TEST(errors) {
  expect_brief(NULL, "0 sessionStart\n"
                     "    0 sessionStart 0\n"
                     "10 error NULL: MB_REFUSED_INVALID_INFO\n"
                     "10 error \"\": MB_REFUSED_INVALID_INFO\n"
                     "10 error \xff: MB_INVALID_TEXT\n"
                     "20 play\n"
                     "    20 play 0\n"
                     "30 error e-1\n"
                     "    30 error 0 error e-1/player\n"
                     "40 pause\n"
                     "    40 pauseStart 0\n");
}

TEST(playheads) {
  expect_brief(NULL, "0 sessionStart\n"
                     "    0 sessionStart 0\n"
                     "10 playhead 60.333333333333336\n"
                     "20 play\n"
                     "    20 play 60.3333333333333\n"
                     "30 playhead -1: MB_REFUSED_INVALID_INFO\n"
                     "30 playhead nan: MB_INVALID_NUMBER\n"
                     "30 playhead inf: MB_INVALID_NUMBER\n"
                     "40 pause\n"
                     "    40 pauseStart 60.3333333333333\n"
                     "50 playhead 0\n"
                     "60 play\n"
                     "    60 play 0\n");
}

TEST(quality_infos) {
  expect_brief(NULL, "0 sessionStart\n"
                     "    0 sessionStart 0\n"
                     "10 qoe -1 0 0 0: MB_REFUSED_INVALID_INFO\n"
                     "10 qoe 0 -1 0 0: MB_REFUSED_INVALID_INFO\n"
                     "10 qoe 0 0 -1 0: MB_REFUSED_INVALID_INFO\n"
                     "10 qoe 0 0 0 -1: MB_REFUSED_INVALID_INFO\n"
                     "10 qoe 9007199254740994 0 0 0: MB_REFUSED_INVALID_INFO\n"
                     "10 qoe nan 0 0 0: MB_INVALID_NUMBER\n"
                     "20 play\n"
                     "    20 play 0\n"
                     "30 qoe 9007199254740992 2.9 23.976 0\n"
                     "40 pause\n"
                     "    40 pauseStart 0 qoe 9.00719925474099e+15/2/23/0\n");
}

/* A refused call does not run the timers: the ping that is due waits for the next one. */
TEST(a_refused_call_fires_nothing) {
  expect_brief(NULL, "0 sessionStart\n"
                     "    0 sessionStart 0\n"
                     "10000 adComplete: MB_REFUSED_NOT_IN_AD_BREAK\n"
                     "10000 playhead -1: MB_REFUSED_INVALID_INFO\n"
                     "10000 sessionStart: MB_REFUSED_IN_SESSION\n"
                     "10000 tick\n"
                     "    10000 ping 0\n");
}

TEST(refusals_are_no_failures_and_are_logged) {
  expect_brief(NULL, "0 log info\n"
                     "0 play: MB_REFUSED_NOT_IN_SESSION\n"
                     "    # info: player m: play is refused: no session is open\n");
  for (int status = 0; status < MB_STATUS_COUNT; status++) {
    bool named = strncmp(mb_status_name((mb_status)status), "MB_REFUSED_", 11) == 0;
    assert_int_equal(mb_status_is_refusal((mb_status)status), named);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(nothing_is_taken_before_a_session),
      cmocka_unit_test(the_session_is_asked_first),
      cmocka_unit_test(nothing_is_taken_after_the_end),
      cmocka_unit_test(media_infos),
      cmocka_unit_test(a_second_session_start_changes_nothing),
      cmocka_unit_test(a_tracker_starts_afresh),
      cmocka_unit_test(in_a_break_without_an_ad_playback_stands),
      cmocka_unit_test(buffering_and_seeking_never_nest),
      cmocka_unit_test(play_ends_buffering_and_seeking),
      cmocka_unit_test(announcements_follow_the_state),
      cmocka_unit_test(never_played_counts_as_paused),
      cmocka_unit_test(ad_breaks),
      cmocka_unit_test(a_break_before_the_first_play_ends_with_a_ping),
      cmocka_unit_test(ads),
      cmocka_unit_test(an_ad_that_starts_while_paused),
      cmocka_unit_test(the_name_of_an_ad_is_part_of_it),
      cmocka_unit_test(chapters),
      cmocka_unit_test(chapters_and_breaks_cross),
      cmocka_unit_test(the_end_closes_what_is_open),
      cmocka_unit_test(states),
      cmocka_unit_test(state_names_have_64_characters_at_most),
      cmocka_unit_test(ten_states),
      cmocka_unit_test(errors),
      cmocka_unit_test(playheads),
      cmocka_unit_test(quality_infos),
      cmocka_unit_test(a_refused_call_fires_nothing),
      cmocka_unit_test(refusals_are_no_failures_and_are_logged),
  };
  return cmocka_run_group_tests_name("rules", tests, NULL, NULL);
}

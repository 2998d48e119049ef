/* What time does to a session of a tracker: pings, content start, the end after 30 idle minutes, the restart after 24
 * hours. https://developer.adobe.com/client-sdks/solution/adobe-media-analytics/ */
#include "suite.h"

TEST(pings_come_every_ten_seconds) {
  expect_brief(NULL, "0 sessionStart\n"
                     "    0 sessionStart 0\n"
                     "0 play\n"
                     "    0 play 0 ts 1\n"
                     "    1000 play 0\n"
                     "    11000 ping 0\n"
                     "    21000 ping 0\n"
                     "31000 tick\n"
                     "    31000 ping 0\n"
                     "31000 deadline\n"
                     "    41000\n");
}

/* Also before the first play, in a pause, while buffering or seeking, and in a break without an ad. */
TEST(pings_come_in_every_state) {
  expect_brief(NULL, "0 sessionStart\n"
                     "    0 sessionStart 0\n"
                     "    10000 ping 0\n"
                     "15000 seekStart\n"
                     "    15000 pauseStart 0\n"
                     "    25000 ping 0\n"
                     "26000 seekComplete\n"
                     "    26000 pauseStart 0\n"
                     "    36000 ping 0\n"
                     "37000 bufferStart\n"
                     "    37000 bufferStart 0\n"
                     "    47000 ping 0\n"
                     "48000 adBreakStart one 1 0\n"
                     "    48000 adBreakStart 0 one\n"
                     "    57000 ping 0\n"
                     "67000 tick\n"
                     "    67000 ping 0\n");
}

/* Events that announce no playback state leave the timer alone. */
TEST(what_does_not_restart_the_timer) {
  expect_brief(NULL, "0 sessionStart\n"
                     "    0 sessionStart 0\n"
                     "1000 chapterStart c 1 0 10\n"
                     "    1000 chapterStart 0 c\n"
                     "2000 chapterComplete\n"
                     "    2000 chapterComplete 0\n"
                     "3000 stateStart mute\n"
                     "    3000 stateStart 0 mute\n"
                     "4000 stateEnd mute\n"
                     "    4000 stateEnd 0 mute\n"
                     "5000 error e\n"
                     "    5000 error 0 error e/player\n"
                     "6000 bitrateChange\n"
                     "    6000 bitrateChange 0\n"
                     "7000 qoe 1 2 3 4\n"
                     "8000 playhead 8\n"
                     "9000 adBreakStart one 1 0\n"
                     "    9000 adBreakStart 8 one qoe 1/2/3/4\n"
                     "10000 tick\n"
                     "    10000 ping 8\n"
                     "11000 adStart a 1 15\n"
                     "    11000 adStart 8 a\n"
                     "    11000 play 8 ts 11001\n"
                     "12000 adComplete\n"
                     "    12000 adComplete 8\n"
                     "21000 tick\n"
                     "    21000 ping 8\n");
}

/* A ping that is due at T is sent after the first accepted call at T has been applied. */
TEST(a_call_at_the_moment_of_a_ping) {
  expect_brief(NULL, "0 sessionStart\n"
                     "    0 sessionStart 0\n"
                     "10000 playhead 10\n"
                     "    10000 ping 10\n"
                     "20000 chapterStart c 1 0 10\n"
                     "    20000 chapterStart 10 c\n"
                     "    20000 ping 10 ts 20001\n"
                     "30000 pause\n"
                     "    30000 pauseStart 10\n"
                     "30000 tick\n"
                     "40000 qoe 1 2 3 4\n"
                     "    40000 ping 10 qoe 1/2/3/4\n"
                     "50000 complete\n"
                     "    50000 chapterSkip 10\n"
                     "    50000 sessionComplete 10 ts 50001\n");
}

TEST(a_host_that_slept_is_not_caught_up_with) {
  expect_brief(NULL, "0 sessionStart\n"
                     "    0 sessionStart 0\n"
                     "!47000 tick\n"
                     "    47000 ping 0\n"
                     "57000 tick\n"
                     "    57000 ping 0\n");
}

TEST(granular_pings_inside_ads) {
  expect_brief(NULL, "0 sessionStart -granular\n"
                     "    0 sessionStart 0\n"
                     "0 adBreakStart one 1 0\n"
                     "    0 adBreakStart 0 ts 1 one\n"
                     "0 adStart a 1 15\n"
                     "    0 adStart 0 ts 2 a\n"
                     "    0 play 0 ts 3\n"
                     "    1000 ping 0\n"
                     "    2000 ping 0\n"
                     "2500 adComplete\n"
                     "    2500 adComplete 0\n"
                     "2600 deadline\n"
                     "    12000\n"
                     "2600 adStart b 2 15\n"
                     "    2600 adStart 0 b\n"
                     "    2600 play 0 ts 2601\n"
                     "    3600 ping 0\n"
                     "3700 pause\n"
                     "    3700 pauseStart 0\n"
                     "4700 tick\n"
                     "    4700 ping 0\n");
}

/* The interval in force is that of the situation at the check: an ad that ends late lets a long one take over. */
TEST(ad_pings_are_ten_seconds_apart_by_default) {
  expect_brief(NULL, "0 sessionStart\n"
                     "    0 sessionStart 0\n"
                     "0 adBreakStart one 1 0\n"
                     "    0 adBreakStart 0 ts 1 one\n"
                     "5000 adStart a 1 15\n"
                     "    5000 adStart 0 a\n"
                     "    5000 play 0 ts 5001\n"
                     "15000 tick\n"
                     "    15000 ping 0\n");
  expect_brief("{'adPingInterval':3,'mainPingInterval':20}", "0 sessionStart\n"
                                                             "    0 sessionStart 0\n"
                                                             "20000 adBreakStart one 1 0\n"
                                                             "    20000 adBreakStart 0 one\n"
                                                             "    20000 ping 0 ts 20001\n"
                                                             "21000 adStart a 1 15\n"
                                                             "    21000 adStart 0 a\n"
                                                             "    21000 play 0 ts 21001\n"
                                                             "    24000 ping 0\n"
                                                             "25000 adBreakComplete\n"
                                                             "    25000 adSkip 0\n"
                                                             "    25000 adBreakComplete 0 ts 25001\n"
                                                             "    25000 play 0 ts 25002\n"
                                                             "    26000 play 0\n"
                                                             "46000 tick\n"
                                                             "    46000 ping 0\n");
}

/* Entering an ad after more than its interval has passed: the announcement after adStart comes first. */
TEST(an_ad_restarts_the_timer) {
  expect_brief("{'adPingInterval':1}", "0 sessionStart\n"
                                       "    0 sessionStart 0\n"
                                       "9000 adBreakStart one 1 0\n"
                                       "    9000 adBreakStart 0 one\n"
                                       "9500 adStart a 1 15\n"
                                       "    9500 adStart 0 a\n"
                                       "    9500 play 0 ts 9501\n"
                                       "10500 tick\n"
                                       "    10500 ping 0\n");
}

/* Content start. */

/* The reference is a moment: pause, buffering and seeking do not reset it. */
TEST(content_start_counts_the_wall_clock) {
  expect_brief(NULL, "0 sessionStart\n"
                     "    0 sessionStart 0\n"
                     "100 play\n"
                     "    100 play 0\n"
                     "600 pause\n"
                     "    600 pauseStart 0\n"
                     "9000 play\n"
                     "    9000 play 0\n"
                     "    19000 ping 0\n"
                     "29000 tick\n"
                     "    29000 ping 0\n");
}

TEST(content_start_waits_for_playing) {
  expect_brief(NULL, "0 sessionStart\n"
                     "    0 sessionStart 0\n"
                     "100 play\n"
                     "    100 play 0\n"
                     "200 bufferStart\n"
                     "    200 bufferStart 0\n"
                     "900 bufferComplete\n"
                     "    900 play 0\n"
                     "1100 tick\n"
                     "    1100 play 0\n"
                     "3000 tick\n");
}

/* In a break the reference is cleared; after it the second begins anew. */
TEST(content_start_after_a_break) {
  expect_brief(NULL, "0 sessionStart\n"
                     "    0 sessionStart 0\n"
                     "0 play\n"
                     "    0 play 0 ts 1\n"
                     "900 adBreakStart one 1 0\n"
                     "    900 adBreakStart 0 one\n"
                     "950 adStart a 1 15\n"
                     "    950 adStart 0 a\n"
                     "    950 play 0 ts 951\n"
                     "5000 adComplete\n"
                     "    5000 adComplete 0\n"
                     "5000 adBreakComplete\n"
                     "    5000 adBreakComplete 0 ts 5001\n"
                     "    5000 play 0 ts 5002\n"
                     "6000 tick\n"
                     "    6000 play 0\n"
                     "6500 adBreakStart two 2 0\n"
                     "    6500 adBreakStart 0 two\n"
                     "6600 adBreakComplete\n"
                     "    6600 adBreakComplete 0\n"
                     "    6600 play 0 ts 6601\n"
                     "9000 tick\n");
}

/* Idle. */

/* sessionEnd alone: no adSkip, no adBreakComplete, no chapterSkip; and no ping at the same moment. */
TEST(thirty_idle_minutes_end_a_session) {
  expect_brief(NULL, "0 sessionStart\n"
                     "    0 sessionStart 0\n"
                     "0 chapterStart c 1 0 10\n"
                     "    0 chapterStart 0 ts 1 c\n"
                     "0 adBreakStart one 1 0\n"
                     "    0 adBreakStart 0 ts 2 one\n"
                     "!1790000 tick\n"
                     "    1790000 ping 0\n"
                     "1800000 tick\n"
                     "    1800000 sessionEnd 0\n"
                     "1800000 deadline\n"
                     "    never\n"
                     "9999999 tick\n"
                     "9999999 complete\n"
                     "9999999 play: MB_REFUSED_NOT_IN_SESSION\n");
}

TEST(playing_is_not_idle_but_buffering_is) {
  expect_brief(NULL, "0 sessionStart\n"
                     "    0 sessionStart 0\n"
                     "0 play\n"
                     "    0 play 0 ts 1\n"
                     "!1799999 bufferStart\n"
                     "    1799999 bufferStart 0\n"
                     "!1800005 bufferComplete\n"
                     "    1800005 play 0\n"
                     "!1800007 seekStart\n"
                     "    1800007 pauseStart 0\n"
                     "!3600006 playhead 7\n"
                     "    3600006 ping 7\n"
                     "3600007 tick\n"
                     "    3600007 sessionEnd 7\n");
}

/* A paused ad is idle, a break that was entered while playing is not. */
TEST(ads_make_no_difference_to_idling) {
  expect_brief(NULL, "0 sessionStart\n"
                     "    0 sessionStart 0\n"
                     "0 play\n"
                     "    0 play 0 ts 1\n"
                     "10 adBreakStart one 1 0\n"
                     "    10 adBreakStart 0 one\n"
                     "!1900000 tick\n"
                     "    1900000 ping 0\n"
                     "!1900001 adStart a 1 15\n"
                     "    1900001 adStart 0 a\n"
                     "    1900001 play 0 ts 1900002\n"
                     "1900010 pause\n"
                     "    1900010 pauseStart 0\n"
                     "!3700009 tick\n"
                     "    3700009 ping 0\n"
                     "3700010 tick\n"
                     "    3700010 sessionEnd 0\n");
}

TEST(play_restarts_an_idle_session) {
  expect_brief(NULL, "0 sessionStart k=v\n"
                     "    0 sessionStart 0 {\"k\":\"v\"}\n"
                     "10 qoe 1 2 3 4\n"
                     "10 playhead 33\n"
                     "20 stateStart b\n"
                     "    20 stateStart 33 b qoe 1/2/3/4\n"
                     "20 stateStart a\n"
                     "    20 stateStart 33 ts 21 a\n"
                     "20 stateStart off\n"
                     "    20 stateStart 33 ts 22 off\n"
                     "20 stateEnd off\n"
                     "    20 stateEnd 33 ts 23 off\n"
                     "30 chapterStart c 1 0 10 k=c\n"
                     "    30 chapterStart 33 c {\"k\":\"c\"}\n"
                     "40 adBreakStart one 1 0\n"
                     "    40 adBreakStart 33 one\n"
                     "50 bufferStart: MB_REFUSED_BREAK_WITHOUT_AD\n"
                     "60 adStart a 1 15 k=a\n"
                     "    60 adStart 33 a {\"k\":\"a\"}\n"
                     "    60 play 33 ts 61\n"
                     "70 pause\n"
                     "    70 pauseStart 33\n"
                     "!1800070 tick\n"
                     "    1800070 sessionEnd 33\n"
                     "1900000 play\n"
                     "    1900000 sessionStart 33 resume qoe 1/2/3/4 {\"k\":\"v\"}\n"
                     "    1900000 chapterStart 33 ts 1900001 c {\"k\":\"c\"}\n"
                     "    1900000 adBreakStart 33 ts 1900002 one\n"
                     "    1900000 adStart 33 ts 1900003 a {\"k\":\"a\"}\n"
                     "    1900000 stateStart 33 ts 1900004 b\n"
                     "    1900000 stateStart 33 ts 1900005 a\n"
                     "    1900000 play 33 ts 1900006\n"
                     "1910000 tick\n"
                     "    1910000 ping 33\n");
}

/* While idle-closed, calls are taken or refused as ever; what they send is thrown away, what they change is not. */
TEST(calls_while_idle_closed) {
  expect_talk(NULL, "0 sessionStart\n"
                    "    0 m/1 new: sessionStart 0 -> 201\n"
                    "0 stateStart off\n"
                    "    0 m/1 id1: stateStart 0 ts 1 off -> 204\n"
                    "!1800000 tick\n"
                    "    1800000 m/1 id1: sessionEnd 0 -> 204\n"
                    "1800010 chapterStart c 1 0 10\n"
                    "1800020 stateStart mute\n"
                    "1800020 stateStart mute: MB_REFUSED_STATE_ON\n"
                    "1800020 stateEnd off\n"
                    "1800030 qoe 1 2 3 4\n"
                    "1800030 bitrateChange\n"
                    "1800030 error e\n"
                    "1800040 playhead 44\n"
                    "1800040 adComplete: MB_REFUSED_NOT_IN_AD_BREAK\n"
                    "1800050 seekStart\n"
                    "1800060 pause: MB_REFUSED_SEEKING\n"
                    "1900000 tick\n"
                    "1900000 deadline\n"
                    "    never\n"
                    "1900000 play\n"
                    "    1900000 m/2 new: sessionStart 44 resume qoe 1/2/3/4 -> 201\n"
                    "    1900000 m/2 id2: chapterStart 44 ts 1900001 c -> 204\n"
                    "    1900000 m/2 id2: stateStart 44 ts 1900002 mute -> 204\n"
                    "    1900000 m/2 id2: play 44 ts 1900003 -> 204\n"
                    "1901000 tick\n"
                    "    1901000 m/2 id2: play 44 -> 204\n");
}

/* The end of buffering over play restarts too; over pause it does not. */
TEST(bufferComplete_restarts_over_play) {
  expect_brief(NULL, "0 sessionStart\n"
                     "    0 sessionStart 0\n"
                     "0 play\n"
                     "    0 play 0 ts 1\n"
                     "10 bufferStart\n"
                     "    10 bufferStart 0\n"
                     "!1800010 tick\n"
                     "    1800010 sessionEnd 0\n"
                     "1800020 bufferComplete\n"
                     "    1800020 sessionStart 0 resume\n"
                     "    1800020 play 0 ts 1800021\n"
                     "1800030 pause\n"
                     "    1800030 pauseStart 0\n"
                     "1800040 seekStart\n"
                     "    1800040 pauseStart 0\n"
                     "!3600030 tick\n"
                     "    3600030 sessionEnd 0\n"
                     "3600040 seekComplete\n"
                     "3600050 play\n"
                     "    3600050 sessionStart 0 resume\n"
                     "    3600050 play 0 ts 3600051\n");
}

/* An ad that starts before anything was played makes the tracker play: restart, then its own announcement. */
TEST(adStart_restarts_from_init) {
  expect_brief(NULL, "0 sessionStart\n"
                     "    0 sessionStart 0\n"
                     "10 adBreakStart one 1 0\n"
                     "    10 adBreakStart 0 one\n"
                     "!1800000 tick\n"
                     "    1800000 sessionEnd 0\n"
                     "1800010 adStart a 1 15\n"
                     "    1800010 sessionStart 0 resume\n"
                     "    1800010 adBreakStart 0 ts 1800011 one\n"
                     "    1800010 adStart 0 ts 1800012 a\n"
                     "    1800010 play 0 ts 1800013\n"
                     "    1800010 play 0 ts 1800014\n");
}

TEST(the_ten_names_outlive_a_restart) {
  transcript log;
  transcript_begin(&log, WIRE_SILENT, NULL);
  transcript_perform(&log, "0 sessionStart");
  for (int name = 'a'; name <= 'j'; name++) {
    char line[64];
    snprintf(line, sizeof line, "1 stateStart %c", name);
    transcript_perform(&log, line);
  }
  transcript_perform(&log, "!1800000 tick");
  transcript_perform(&log, "1800001 play");
  text_clear(&log.out);
  transcript_expect(&log, "1800002 stateStart k: MB_REFUSED_TOO_MANY_STATES\n"
                          "1800002 stateEnd j\n");
  transcript_end(&log);
}

/* Idle time begins anew with each idle state, and with each session. */
TEST(idle_time_is_not_added_up) {
  expect_brief(NULL, "0 sessionStart\n"
                     "    0 sessionStart 0\n"
                     "!1700000 play\n"
                     "    1700000 play 0\n"
                     "!1700010 pause\n"
                     "    1700010 pauseStart 0\n"
                     "!1900000 sessionEnd\n"
                     "    1900000 sessionEnd 0\n"
                     "!3600000 sessionStart\n"
                     "    3600000 sessionStart 0\n"
                     "!5399999 tick\n"
                     "    5399999 ping 0\n"
                     "5400000 tick\n"
                     "    5400000 sessionEnd 0\n"
                     "5400001 sessionEnd\n"
                     "5400002 sessionStart\n"
                     "    5400002 sessionStart 0\n"
                     "5400003 play\n"
                     "    5400003 play 0\n");
}

/* 24 hours. */

TEST(a_day_restarts_a_session) {
  expect_talk(NULL, "0 sessionStart\n"
                    "    0 m/1 new: sessionStart 0 -> 201\n"
                    "0 play\n"
                    "    0 m/1 id1: play 0 ts 1 -> 204\n"
                    "10 chapterStart c 1 0 10\n"
                    "    10 m/1 id1: chapterStart 0 c -> 204\n"
                    "!86399999 playhead 5\n"
                    "    86399999 m/1 id1: play 5 -> 204\n"
                    "86400000 tick\n"
                    "    86400000 m/1 id1: sessionEnd 5 -> 204\n"
                    "    86400000 m/2 new: sessionStart 5 resume -> 201\n"
                    "    86400000 m/2 id2: chapterStart 5 ts 86400001 c -> 204\n"
                    "    86400000 m/2 id2: play 5 ts 86400002 -> 204\n"
                    "86401000 tick\n"
                    "    86401000 m/2 id2: play 5 -> 204\n"
                    "!172799999 tick\n"
                    "    172799999 m/2 id2: ping 5 -> 204\n"
                    "172800000 tick\n"
                    "    172800000 m/2 id2: sessionEnd 5 -> 204\n"
                    "    172800000 m/3 new: sessionStart 5 resume -> 201\n"
                    "    172800000 m/3 id3: chapterStart 5 ts 172800001 c -> 204\n"
                    "    172800000 m/3 id3: play 5 ts 172800002 -> 204\n");
}

/* In a pause of less than 30 minutes the pause is announced again, and goes on being idle since it began. */
TEST(a_day_ends_in_a_pause) {
  expect_brief(NULL, "0 sessionStart\n"
                     "    0 sessionStart 0\n"
                     "0 play\n"
                     "    0 play 0 ts 1\n"
                     "!86000000 pause\n"
                     "    86000000 pauseStart 0\n"
                     "!86400000 tick\n"
                     "    86400000 sessionEnd 0\n"
                     "    86400000 sessionStart 0 resume\n"
                     "    86400000 pauseStart 0 ts 86400001\n"
                     "!87799999 tick\n"
                     "    87799999 ping 0\n"
                     "87800000 tick\n"
                     "    87800000 sessionEnd 0\n");
}

TEST(idle_goes_before_a_day) {
  expect_brief(NULL, "0 sessionStart\n"
                     "    0 sessionStart 0\n"
                     "!86400000 tick\n"
                     "    86400000 sessionEnd 0\n"
                     "!186400000 tick\n");
}

/* A clock that jumps days ahead: each rule fires once. */
TEST(days_pass_at_once) {
  expect_brief(NULL, "0 sessionStart\n"
                     "    0 sessionStart 0\n"
                     "0 play\n"
                     "    0 play 0 ts 1\n"
                     "!864000000 tick\n"
                     "    864000000 sessionEnd 0\n"
                     "    864000000 sessionStart 0 resume\n"
                     "    864000000 play 0 ts 864000001\n"
                     "864000000 tick\n"
                     "864001000 tick\n"
                     "    864001000 play 0\n");
}

/* Downloaded content: pings every 50 s, in ads too, whatever the media asks for. They count from the play at 2000, not
 * from the 2002 which the wire says so that times grow. */
TEST(downloaded_content_pings_every_fifty_seconds) {
  expect_talk("{'downloaded':true}",
              "0 sessionStart -granular\n"
              "0 play\n"
              "2000 adBreakStart one 1 0\n"
              "2000 adStart a 1 15\n"
              "60000 sessionEnd\n"
              "    60000 m/1 batch: sessionStart 0 ts 0, play 0 ts 1, play 0 ts 1000, adBreakStart 0 ts 2000 one, "
              "adStart 0 ts 2001 a, play 0 ts 2002, ping 0 ts 52000, adSkip 0, adBreakComplete 0 ts 60001, "
              "sessionEnd 0 ts 60002 -> 201\n");
}

/* Two trackers whose deadlines fall together: the one that was made first goes first, whatever else happened. */
TEST(ties_go_by_age) {
  expect_talk(NULL, "0 b.sessionStart\n"
                    "    0 b/1 new: sessionStart 0 -> 201\n"
                    "0 a.sessionStart\n"
                    "    0 a/1 new: sessionStart 0 -> 201\n"
                    "5000 a.pause\n"
                    "    5000 a/1 id2: pauseStart 0 -> 204\n"
                    "5000 b.pause\n"
                    "    5000 b/1 id1: pauseStart 0 -> 204\n"
                    "    15000 b/1 id1: ping 0 -> 204\n"
                    "    15000 a/1 id2: ping 0 -> 204\n"
                    "25000 tick\n"
                    "    25000 b/1 id1: ping 0 -> 204\n"
                    "    25000 a/1 id2: ping 0 -> 204\n");
}

/* An ad plays unless the player is kept from it. */
TEST(an_ad_that_starts_while_buffering) {
  expect_brief(NULL, "0 sessionStart\n"
                     "    0 sessionStart 0\n"
                     "10 bufferStart\n"
                     "    10 bufferStart 0\n"
                     "20 adBreakStart b 1 0\n"
                     "    20 adBreakStart 0 b\n"
                     "30 adStart a 1 5\n"
                     "    30 adStart 0 a\n"
                     "    30 bufferStart 0 ts 31\n"
                     "40 bufferComplete\n"
                     "    40 pauseStart 0\n");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(pings_come_every_ten_seconds),
      cmocka_unit_test(pings_come_in_every_state),
      cmocka_unit_test(what_does_not_restart_the_timer),
      cmocka_unit_test(a_call_at_the_moment_of_a_ping),
      cmocka_unit_test(a_host_that_slept_is_not_caught_up_with),
      cmocka_unit_test(granular_pings_inside_ads),
      cmocka_unit_test(ad_pings_are_ten_seconds_apart_by_default),
      cmocka_unit_test(an_ad_restarts_the_timer),
      cmocka_unit_test(content_start_counts_the_wall_clock),
      cmocka_unit_test(content_start_waits_for_playing),
      cmocka_unit_test(content_start_after_a_break),
      cmocka_unit_test(thirty_idle_minutes_end_a_session),
      cmocka_unit_test(playing_is_not_idle_but_buffering_is),
      cmocka_unit_test(ads_make_no_difference_to_idling),
      cmocka_unit_test(play_restarts_an_idle_session),
      cmocka_unit_test(calls_while_idle_closed),
      cmocka_unit_test(bufferComplete_restarts_over_play),
      cmocka_unit_test(adStart_restarts_from_init),
      cmocka_unit_test(the_ten_names_outlive_a_restart),
      cmocka_unit_test(idle_time_is_not_added_up),
      cmocka_unit_test(a_day_restarts_a_session),
      cmocka_unit_test(a_day_ends_in_a_pause),
      cmocka_unit_test(idle_goes_before_a_day),
      cmocka_unit_test(days_pass_at_once),
      cmocka_unit_test(downloaded_content_pings_every_fifty_seconds),
      cmocka_unit_test(ties_go_by_age),
      cmocka_unit_test(an_ad_that_starts_while_buffering),
  };
  return cmocka_run_group_tests_name("beat", tests, NULL, NULL);
}

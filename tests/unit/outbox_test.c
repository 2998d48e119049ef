/* How one session's events reach the backend: how it goes on in a new one when the backend has forgotten it, how long and
 * how many events wait.
 * https://experienceleague.adobe.com/en/docs/media-analytics/using/implementation/media-collection-api/mc-api-impl/mc-api-queuing */
#include "suite.h"

/* A retry after one millisecond, without any chance in it. */
static const char at_once[] = "{'retryInterval':0.001,'retryIntervalMax':0.001}";

/* 404 and 410. */

/* A new session as of the first undelivered event: what was open is said again, before it in time. */
TEST(a_session_that_is_gone_goes_on_in_a_new_one) {
  for (int status = 404; status <= 410; status += 6) {
    char script[2048];
    snprintf(script, sizeof script,
             "0 sessionStart k=v\n"
             "    0 m/1 new: sessionStart 0 {\"k\":\"v\"} -> 201\n"
             "10 playhead 7\n"
             "10 chapterStart c 1 0 10 k=c\n"
             "    10 m/1 id1: chapterStart 7 c {\"k\":\"c\"} -> 204\n"
             "20 stateStart b\n"
             "    20 m/1 id1: stateStart 7 b -> 204\n"
             "30 stateStart a\n"
             "    30 m/1 id1: stateStart 7 a -> 204\n"
             "40 stateStart off\n"
             "    40 m/1 id1: stateStart 7 off -> 204\n"
             "50 stateEnd off\n"
             "    50 m/1 id1: stateEnd 7 off -> 204\n"
             "60 adBreakStart one 1 0\n"
             "    60 m/1 id1: adBreakStart 7 one -> 204\n"
             "70 adStart a 1 15 k=a\n"
             "    70 m/1 id1: adStart 7 a {\"k\":\"a\"} -> 204\n"
             "    70 m/1 id1: play 7 ts 71 -> 204\n"
             "80 next %d\n"
             "80 playhead 8\n"
             "90 pause\n"
             "    90 m/1 id1: pauseStart 8 -> %d\n"
             "    90 m/2 new: sessionStart 8 ts 83 resume {\"k\":\"v\"} -> 201\n"
             "    90 m/2 id2: chapterStart 8 ts 84 c {\"k\":\"c\"} -> 204\n"
             "    90 m/2 id2: adBreakStart 8 ts 85 one -> 204\n"
             "    90 m/2 id2: adStart 8 ts 86 a {\"k\":\"a\"} -> 204\n"
             "    90 m/2 id2: stateStart 8 ts 87 b -> 204\n"
             "    90 m/2 id2: stateStart 8 ts 88 a -> 204\n"
             "    90 m/2 id2: play 8 ts 89 -> 204\n"
             "    90 m/2 id2: pauseStart 8 -> 204\n"
             "100 adSkip\n"
             "    100 m/2 id2: adSkip 8 -> 204\n"
             "100 stats\n"
             "    accepted 11 delivered 11 requests 19 reopened 1 resent 7 sessions 1\n",
             status, status);
    expect_talk(NULL, script);
  }
}

/* What was open when the last delivered event had been taken, not what is open now. */
TEST(what_was_open_is_what_the_backend_knew) {
  expect_talk(NULL, "0 sessionStart\n"
                    "    0 m/1 new: sessionStart 0 -> 201\n"
                    "10 chapterStart c 1 0 10\n"
                    "    10 m/1 id1: chapterStart 0 c -> 204\n"
                    "20 stateStart mute\n"
                    "    20 m/1 id1: stateStart 0 mute -> 204\n"
                    "30 always ok,after=100\n"
                    "30 next 404,after=100\n"
                    "30 play\n"
                    "    30 m/1 id1: play 0\n"
                    "40 chapterComplete\n"
                    "40 stateEnd mute\n"
                    "50 bufferStart\n"
                    "60 chapterStart d 2 10 10\n"
                    "    130 m/1 <- 404\n"
                    "    130 m/2 new: sessionStart 0 ts 27 resume\n"
                    "    230 m/2 <- 201\n"
                    "    230 m/2 id2: chapterStart 0 ts 28 c\n"
                    "    330 m/2 <- 204\n"
                    "    330 m/2 id2: stateStart 0 ts 29 mute\n"
                    "    430 m/2 <- 204\n"
                    "    430 m/2 id2: play 0 ts 30\n"
                    "500 always ok\n"
                    "    530 m/2 <- 204\n"
                    "    530 m/2 id2: chapterComplete 0 ts 40 -> 204\n"
                    "    530 m/2 id2: stateEnd 0 ts 41 mute -> 204\n"
                    "    530 m/2 id2: bufferStart 0 ts 50 -> 204\n"
                    "    530 m/2 id2: chapterStart 0 ts 60 d -> 204\n"
                    "1000 tick\n");
}

/* An application may switch on more states than a session has: the first ten are said again. */
TEST(ten_states_are_said_again) {
  transcript log;
  char line[160];
  transcript_begin(&log, WIRE_BRIEF, NULL);
  transcript_perform(&log, "0 open -silent " SESSION_XDM);
  for (int i = 1; i <= 11; i++) {
    snprintf(line, sizeof line,
             "%d send {'eventType':'media.statesUpdate','mediaCollection':{'statesStart':[{'name':'s%d'}]}}", i, i);
    transcript_perform(&log, line);
  }
  text_clear(&log.out);
  transcript_expect(&log, "20 next 404\n"
                          "30 send {'eventType':'media.play'}\n"
                          "    30 play 0\n"
                          "    30 sessionStart 0 ts 19 resume\n"
                          "    30 stateStart 0 ts 20 s1\n"
                          "    30 stateStart 0 ts 21 s2\n"
                          "    30 stateStart 0 ts 22 s3\n"
                          "    30 stateStart 0 ts 23 s4\n"
                          "    30 stateStart 0 ts 24 s5\n"
                          "    30 stateStart 0 ts 25 s6\n"
                          "    30 stateStart 0 ts 26 s7\n"
                          "    30 stateStart 0 ts 27 s8\n"
                          "    30 stateStart 0 ts 28 s9\n"
                          "    30 stateStart 0 ts 29 s10\n"
                          "    30 play 0\n");
  transcript_end(&log);
}

/* The second such answer in a row to a fresh session counts as 400: the event is dropped, and the next one sent. */
TEST(a_fresh_session_that_is_gone_too) {
  expect_talk(NULL, "0 log warning\n"
                    "0 sessionStart\n"
                    "    0 m/1 new: sessionStart 0 -> 201\n"
                    "10 next 404 ok 404\n"
                    "10 play\n"
                    "    10 m/1 id1: play 0 -> 404\n"
                    "    10 m/2 new: sessionStart 0 ts 9 resume -> 201\n"
                    "    10 m/2 id2: play 0 -> 404\n"
                    "    # warning: player m: play answered 404; the event is dropped\n"
                    "20 next 410\n"
                    "20 pause\n"
                    "    20 m/2 id2: pauseStart 0 -> 410\n"
                    "    20 m/3 new: sessionStart 0 ts 19 resume -> 201\n"
                    "    20 m/3 id3: pauseStart 0 -> 204\n"
                    "30 play\n"
                    "    30 m/3 id3: play 0 -> 204\n"
                    "40 next 410\n"
                    "40 pause\n"
                    "    40 m/3 id3: pauseStart 0 -> 410\n"
                    "    40 m/4 new: sessionStart 0 ts 38 resume -> 201\n"
                    "    40 m/4 id4: play 0 ts 39 -> 204\n"
                    "    40 m/4 id4: pauseStart 0 -> 204\n"
                    "40 stats\n"
                    "    accepted 5 delivered 4 refused 1 requests 12 reopened 3 resent 4 sessions 1\n");
}

/* While the old state is being said again: an event of it may be refused like any other, without costing one of ours. */
TEST(a_prelude_event_that_is_refused) {
  expect_talk(NULL, "0 sessionStart\n"
                    "    0 m/1 new: sessionStart 0 -> 201\n"
                    "10 chapterStart c 1 0 10\n"
                    "    10 m/1 id1: chapterStart 0 c -> 204\n"
                    "20 next 404 ok 400\n"
                    "20 play\n"
                    "    20 m/1 id1: play 0 -> 404\n"
                    "    20 m/2 new: sessionStart 0 ts 18 resume -> 201\n"
                    "    20 m/2 id2: chapterStart 0 ts 19 c -> 400\n"
                    "    20 m/2 id2: play 0 -> 204\n"
                    "20 stats\n"
                    "    accepted 3 delivered 3 requests 6 reopened 1 resent 2 sessions 1\n");
}

/* A 404 in the middle of the prelude, after something of it was taken, opens the next session from the start. */
TEST(a_prelude_that_is_interrupted) {
  expect_talk(NULL, "0 sessionStart\n"
                    "    0 m/1 new: sessionStart 0 -> 201\n"
                    "10 chapterStart c 1 0 10\n"
                    "    10 m/1 id1: chapterStart 0 c -> 204\n"
                    "20 stateStart mute\n"
                    "    20 m/1 id1: stateStart 0 mute -> 204\n"
                    "30 next 404 ok ok 410\n"
                    "30 play\n"
                    "    30 m/1 id1: play 0 -> 404\n"
                    "    30 m/2 new: sessionStart 0 ts 27 resume -> 201\n"
                    "    30 m/2 id2: chapterStart 0 ts 28 c -> 204\n"
                    "    30 m/2 id2: stateStart 0 ts 29 mute -> 410\n"
                    "    30 m/2 id2: play 0 -> 204\n");
}

/* A backend that takes sessions and nothing else: every new session costs it one event, so there is an end to it. */
TEST(a_backend_that_forgets_every_session) {
  expect_talk(NULL, "0 sessionStart\n"
                    "    0 m/1 new: sessionStart 0 -> 201\n"
                    "10 next ok 404 ok 404 404 404 ok ok 404\n"
                    "10 play\n"
                    "    10 m/1 id1: play 0 -> 204\n"
                    "20 chapterStart c 1 0 10\n"
                    "    20 m/1 id1: chapterStart 0 c -> 404\n"
                    "    20 m/2 new: sessionStart 0 ts 18 resume -> 201\n"
                    "    20 m/2 id2: play 0 ts 19 -> 404\n"
                    "    20 m/2 id2: chapterStart 0 c -> 404\n"
                    "30 chapterComplete\n"
                    "    30 m/2 id2: chapterComplete 0 -> 404\n"
                    "    30 m/3 new: sessionStart 0 ts 28 resume -> 201\n"
                    "    30 m/3 id3: play 0 ts 29 -> 204\n"
                    "    30 m/3 id3: chapterComplete 0 -> 404\n");
}

/* A failure that passes, within a prelude: the same event once more. */
TEST(a_prelude_event_is_retried) {
  expect_talk(at_once, "0 sessionStart\n"
                       "    0 m/1 new: sessionStart 0 -> 201\n"
                       "10 stateStart mute\n"
                       "    10 m/1 id1: stateStart 0 mute -> 204\n"
                       "20 next 404 503 201 ok 503\n"
                       "20 play\n"
                       "    20 m/1 id1: play 0 -> 404\n"
                       "    20 m/2 new: sessionStart 0 ts 18 resume -> 503\n"
                       "21 tick\n"
                       "    21 m/2 new: sessionStart 0 ts 18 resume -> 201\n"
                       "22 tick\n"
                       "    22 m/2 new: sessionStart 0 ts 18 resume -> 201\n"
                       "    22 m/2 id2: stateStart 0 ts 19 mute -> 503\n"
                       "23 tick\n"
                       "    23 m/2 id2: stateStart 0 ts 19 mute -> 204\n"
                       "    23 m/2 id2: play 0 ts 20 -> 204\n");
}

/* If the new session is refused, the queue goes with it. */
TEST(a_new_session_that_is_refused) {
  expect_talk(NULL, "0 sessionStart\n"
                    "    0 m/1 new: sessionStart 0 -> 201\n"
                    "10 next 404 404\n"
                    "10 play\n"
                    "    10 m/1 id1: play 0 -> 404\n"
                    "    10 m/2 new: sessionStart 0 ts 9 resume -> 404\n"
                    "20 pause\n"
                    "20 stats\n"
                    "    accepted 3 delivered 1 sessionRefused 2 requests 3 reopened 1 resent 1 sessions 1\n");
}

/* The end of a session that is over is news to nobody. */
TEST(the_end_of_a_session_that_is_gone) {
  static const char *const ends[][2] = {{"sessionEnd", "sessionEnd"}, {"complete", "sessionComplete"}};
  for (int i = 0; i < 2; i++) {
    char script[512];
    snprintf(script, sizeof script,
             "0 sessionStart\n"
             "    0 m/1 new: sessionStart 0 -> 201\n"
             "10 next 410\n"
             "10 %s\n"
             "    10 m/1 id1: %s 0 -> 410\n"
             "10 stats\n"
             "    accepted 2 delivered 2 requests 2 sessions 1\n"
             "10 deadline\n"
             "    never\n",
             ends[i][0], ends[i][1]);
    expect_talk(NULL, script);
  }
}

/* A session that has ended here and is gone there is opened once more for what was not delivered. */
TEST(an_ended_session_is_reopened_for_its_rest) {
  expect_talk(at_once, "0 sessionStart\n"
                       "    0 m/1 new: sessionStart 0 -> 201\n"
                       "10 adBreakStart one 1 0\n"
                       "    10 m/1 id1: adBreakStart 0 one -> 204\n"
                       "20 next 404\n"
                       "20 complete\n"
                       "    20 m/1 id1: adBreakComplete 0 -> 404\n"
                       "    20 m/2 new: sessionStart 0 ts 18 resume -> 201\n"
                       "    20 m/2 id2: adBreakStart 0 ts 19 one -> 204\n"
                       "    20 m/2 id2: adBreakComplete 0 -> 204\n"
                       "    20 m/2 id2: sessionComplete 0 ts 21 -> 204\n"
                       "30 sessionStart\n"
                       "    30 m/3 new: sessionStart 0 -> 201\n");
}

/* Near the epoch there is no room below the first queued event: the times still grow, and none is negative. */
TEST(a_prelude_at_the_epoch) {
  expect_talk(NULL, "0 sessionStart\n"
                    "    0 m/1 new: sessionStart 0 -> 201\n"
                    "0 chapterStart c 1 0 10\n"
                    "    0 m/1 id1: chapterStart 0 ts 1 c -> 204\n"
                    "0 next 404\n"
                    "0 play\n"
                    "    0 m/1 id1: play 0 ts 2 -> 404\n"
                    "    0 m/2 new: sessionStart 0 resume -> 201\n"
                    "    0 m/2 id2: chapterStart 0 ts 1 c -> 204\n"
                    "    0 m/2 id2: play 0 ts 2 -> 204\n");
}

/* Age. */

TEST(a_sessionStart_that_is_too_old_takes_its_session_along) {
  expect_talk("{'queueMaxAge':1,'retryInterval':0.001,'retryIntervalMax':0.001}",
              "0 log warning\n"
              "0 always 503,retry=1\n"
              "0 sessionStart\n"
              "    0 m/1 new: sessionStart 0 -> 503\n"
              "    # warning: the endpoint answered 503; events are kept and tried again\n"
              "10 play\n"
              "1000 tick\n"
              "    1000 m/1 new: sessionStart 0 ts 0 -> 503\n"
              "2000 tick\n"
              "    2000 m/1 new: sessionStart 0 ts 0 -> 503\n"
              "    # warning: player m: sessionStart could not be delivered for too long; dropped\n"
              "2010 pause\n"
              "2010 stats\n"
              "    accepted 4 tooOld 4 requests 3 retries 2 sessions 1\n");
}

TEST(events_that_are_too_old_go_without_those_that_are_not) {
  expect_talk("{'queueMaxAge':1,'retryInterval':0.001,'retryIntervalMax':0.001}",
              "0 sessionStart\n"
              "    0 m/1 new: sessionStart 0 -> 201\n"
              "0 always none,retry=1\n"
              "100 pause\n"
              "    100 m/1 id1: pauseStart 0 -> none\n"
              "150 error 7\n"
              "    1100 m/1 id1: pauseStart 0 ts 100 -> none\n"
              "1500 seekStart\n"
              "2000 next none,retry=1 ok\n"
              "2100 tick\n"
              "    2100 m/1 id1: pauseStart 0 ts 100 -> none\n"
              "3100 tick\n"
              "    3100 m/1 id1: pauseStart 0 ts 1500 -> 204\n"
              "3100 stats\n"
              "    accepted 4 delivered 2 tooOld 2 requests 5 retries 3 sessions 1\n");
}

/* What was open need not be said again then, either. */
TEST(events_that_are_too_old_while_a_session_is_opened_again) {
  expect_talk("{'queueMaxAge':1,'retryInterval':0.001,'retryIntervalMax':0.001}",
              "0 sessionStart\n"
              "    0 m/1 new: sessionStart 0 -> 201\n"
              "5 chapterStart c 1 0 10\n"
              "    5 m/1 id1: chapterStart 0 c -> 204\n"
              "10 next 404 ok none,retry=2\n"
              "10 play\n"
              "    10 m/1 id1: play 0 -> 404\n"
              "    10 m/2 new: sessionStart 0 ts 8 resume -> 201\n"
              "    10 m/2 id2: chapterStart 0 ts 9 c -> none\n"
              "2010 next none\n"
              "2010 tick\n"
              "    2010 m/2 id2: chapterStart 0 ts 9 c -> none\n"
              "2020 pause\n"
              "2020 stats\n"
              "    accepted 5 delivered 2 tooOld 3 requests 6 retries 1 reopened 1 resent 2 sessions 1\n");
}

/* Bounds. */

/* Pings leave the last tenth of a full queue to what matters more; the end of a session always fits. */
TEST(a_queue_has_bounds) {
  expect_talk("{'queueMaxEvents':20}",
              "0 log warning\n"
              "0 consent unknown\n"
              "0 sessionStart\n"
              "1 error 2\n"
              "1 error 3\n"
              "1 error 4\n"
              "1 error 5\n"
              "1 error 6\n"
              "1 error 7\n"
              "1 error 8\n"
              "1 error 9\n"
              "1 error 10\n"
              "1 error 11\n"
              "1 error 12\n"
              "1 error 13\n"
              "1 error 14\n"
              "1 error 15\n"
              "1 error 16\n"
              "1 error 17\n"
              "10000 tick\n"
              "10000 stats\n"
              "    accepted 18 queued 18 held 18 sessions 1\n"
              "20000 tick\n"
              "    # warning: player m: 18 events wait, the queue is full; new ones are dropped\n"
              "20000 stats\n"
              "    accepted 19 queued 18 held 18 queueFull 1 sessions 1\n"
              "20001 error 19\n"
              "20002 error 20\n"
              "20003 error 21\n"
              "20004 chapterStart c 1 0 10\n"
              "20005 complete\n"
              "20005 stats\n"
              "    accepted 25 queued 21 held 21 queueFull 4 sessions 1\n");
}

TEST(a_queue_has_bounds_in_bytes) {
  transcript log;
  mb_stats stats = {.size = sizeof stats};
  transcript_begin(&log, WIRE_SILENT, "{'queueMaxBytes':4096}");
  transcript_perform(&log, "0 consent unknown");
  transcript_perform(&log, "0 sessionStart");
  for (int i = 0; i < 100; i++) transcript_perform(&log, "1 error e");
  assert_int_equal(mb_client_stats(log.client, &stats), MB_OK);
  assert_in_range(stats.queued_bytes, 4096 - 200, 4096);
  uint64_t queued = stats.queued;
  transcript_perform(&log, "2 sessionEnd");
  assert_int_equal(mb_client_stats(log.client, &stats), MB_OK);
  assert_int_equal(stats.queued, queued + 1);
  transcript_end(&log);
}

/* A session begins with its sessionStart or not at all, however little room there is: nothing else may be posted to where
 * sessions are opened. */
TEST(a_sessionStart_always_fits) {
  char line[6000] = "0 sessionStart big=";
  size_t size = strlen(line);
  memset(line + size, 'x', 5000);
  line[size + 5000] = 0;
  transcript log;
  transcript_begin(&log, WIRE_TALK, "{'queueMaxBytes':4096}");
  transcript_perform(&log, line);
  text_clear(&log.out);
  transcript_expect(&log, "10 play\n"
                          "    10 m/1 id1: play 0 -> 204\n");
  transcript_end(&log);
}

/* When there is room again, a queue that fills once more is reported once more. */
TEST(a_full_queue_is_reported_each_time) {
  transcript log;
  transcript_begin(&log, WIRE_SILENT, "{'queueMaxEvents':16}");
  transcript_perform(&log, "0 log warning");
  for (int round = 0; round < 2; round++) {
    text_clear(&log.out);
    transcript_perform(&log, "0 consent unknown");
    if (!round) transcript_perform(&log, "0 sessionStart");
    for (int i = 0; i < 20; i++) transcript_perform(&log, "1 error e");
    const char *first = strstr(text_of(&log.out), "the queue is full");
    assert_non_null(first);
    assert_null(strstr(first + 1, "the queue is full"));
    transcript_perform(&log, "2 consent in");
  }
  transcript_end(&log);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_session_that_is_gone_goes_on_in_a_new_one),
      cmocka_unit_test(what_was_open_is_what_the_backend_knew),
      cmocka_unit_test(ten_states_are_said_again),
      cmocka_unit_test(a_fresh_session_that_is_gone_too),
      cmocka_unit_test(a_prelude_event_that_is_refused),
      cmocka_unit_test(a_prelude_that_is_interrupted),
      cmocka_unit_test(a_backend_that_forgets_every_session),
      cmocka_unit_test(a_prelude_event_is_retried),
      cmocka_unit_test(a_new_session_that_is_refused),
      cmocka_unit_test(the_end_of_a_session_that_is_gone),
      cmocka_unit_test(an_ended_session_is_reopened_for_its_rest),
      cmocka_unit_test(a_prelude_at_the_epoch),
      cmocka_unit_test(a_sessionStart_that_is_too_old_takes_its_session_along),
      cmocka_unit_test(events_that_are_too_old_go_without_those_that_are_not),
      cmocka_unit_test(events_that_are_too_old_while_a_session_is_opened_again),
      cmocka_unit_test(a_queue_has_bounds),
      cmocka_unit_test(a_queue_has_bounds_in_bytes),
      cmocka_unit_test(a_sessionStart_always_fits),
      cmocka_unit_test(a_full_queue_is_reported_each_time),
  };
  return cmocka_run_group_tests_name("outbox", tests, NULL, NULL);
}

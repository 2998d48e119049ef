/* Requests and their answers: who sends when, and what each answer means to a sessionStart and to any other event.
 * https://experienceleague.adobe.com/en/docs/media-analytics/using/implementation/media-collection-api/mc-api-impl/mc-api-queuing */
#include "suite.h"

/* A retry after one millisecond, without any chance in it. */
static const char at_once[] = "{'retryInterval':0.001,'retryIntervalMax':0.001}";

/* Order. */

TEST(events_wait_for_the_id) {
  expect_talk(NULL, "0 next ok,after=500\n"
                    "0 sessionStart\n"
                    "    0 m/1 new: sessionStart 0\n"
                    "0 play\n"
                    "100 pause\n"
                    "100 deadline\n"
                    "    500\n"
                    "100 stats\n"
                    "    accepted 3 queued 3 requests 1 sessions 1\n"
                    "500 tick\n"
                    "    500 m/1 <- 201\n"
                    "    500 m/1 id1: play 0 ts 1 -> 204\n"
                    "    500 m/1 id1: pauseStart 0 ts 100 -> 204\n"
                    "500 stats\n"
                    "    accepted 3 delivered 3 requests 3 sessions 1\n");
}

/* A slow sessionStart answer: the session may be over before its id is known. */
TEST(a_session_that_ends_before_its_id_is_known) {
  expect_talk(NULL, "0 next ok,after=5000\n"
                    "0 sessionStart\n"
                    "    0 m/1 new: sessionStart 0\n"
                    "10 play\n"
                    "1000 complete\n"
                    "1000 sessionStart next\n"
                    "    1000 m/2 new: sessionStart 0 -> 201\n"
                    "2000 free\n"
                    "5000 tick\n"
                    "    5000 m/1 <- 201\n"
                    "    5000 m/1 id2: play 0 ts 10 -> 204\n"
                    "    5000 m/1 id2: sessionComplete 0 ts 1000 -> 204\n"
                    "6000 deadline\n"
                    "    never\n"
                    "6000 stats\n"
                    "    accepted 4 delivered 4 requests 4 sessions 2\n");
}

TEST(one_request_at_a_time_for_each_session) {
  transcript log;
  transcript_begin(&log, WIRE_TALK, NULL);
  transcript_expect(&log, "0 always ok,after=100\n"
                          "0 a.sessionStart\n"
                          "    0 a/1 new: sessionStart 0\n"
                          "0 b.sessionStart\n"
                          "    0 b/1 new: sessionStart 0\n"
                          "0 a.play\n"
                          "0 b.pause\n"
                          "0 a.pause\n"
                          "    100 a/1 <- 201\n"
                          "    100 a/1 id1: play 0 ts 1\n"
                          "    100 b/1 <- 201\n"
                          "    100 b/1 id2: pauseStart 0 ts 1\n"
                          "    200 a/1 <- 204\n"
                          "    200 a/1 id1: pauseStart 0 ts 2\n"
                          "    200 b/1 <- 204\n"
                          "    300 a/1 <- 204\n"
                          "1000 tick\n");
  assert_int_equal(log.wire.most_pending, 2);
  transcript_end(&log);
}

/* No more at once than the transport takes; sessions take turns. */
TEST(a_narrow_transport) {
  transcript log;
  transcript_begin_with(&log, WIRE_TALK, NULL, 1);
  transcript_expect(&log, "0 always ok,after=10\n"
                          "0 a.sessionStart\n"
                          "    0 a/1 new: sessionStart 0\n"
                          "0 a.play\n"
                          "0 b.sessionStart\n"
                          "0 c.sessionStart\n"
                          "    10 a/1 <- 201\n"
                          "    10 b/1 new: sessionStart 0 ts 0\n"
                          "    20 b/1 <- 201\n"
                          "    20 c/1 new: sessionStart 0 ts 0\n"
                          "    30 c/1 <- 201\n"
                          "    30 a/1 id1: play 0 ts 1\n"
                          "    40 a/1 <- 204\n"
                          "100 tick\n");
  assert_int_equal(log.wire.most_pending, 1);
  transcript_end(&log);
}

TEST(a_busy_transport_is_asked_again) {
  expect_talk(NULL, "0 always busy\n"
                    "0 sessionStart\n"
                    "0 play\n"
                    "0 stats\n"
                    "    accepted 2 queued 2 sessions 1\n"
                    "0 tick\n"
                    "0 deadline\n"
                    "    100\n"
                    "0 always ok\n"
                    "0 tick\n"
                    "    0 m/1 new: sessionStart 0 -> 201\n"
                    "    0 m/1 id1: play 0 ts 1 -> 204\n"
                    "0 deadline\n"
                    "    1000\n"
                    "0 stats\n"
                    "    accepted 2 delivered 2 requests 2 sessions 1\n");
}

TEST(a_busy_transport_and_a_repetition) {
  expect_talk(at_once, "0 next 503\n"
                       "0 sessionStart\n"
                       "    0 m/1 new: sessionStart 0 -> 503\n"
                       "1 always busy\n"
                       "1 tick\n"
                       "1 stats\n"
                       "    accepted 1 queued 1 requests 1 sessions 1\n"
                       "2 always ok\n"
                       "    101 m/1 new: sessionStart 0 ts 0 -> 201\n"
                       "102 stats\n"
                       "    accepted 1 delivered 1 requests 2 retries 1 sessions 1\n");
}

/* Any other status of send() counts as no answer. */
TEST(a_transport_that_cannot_send) {
  expect_talk(at_once, "0 next fail\n"
                       "0 sessionStart\n"
                       "    0 m/1 new: sessionStart 0 -> not sent\n"
                       "1 tick\n"
                       "    1 m/1 new: sessionStart 0 ts 0 -> 201\n"
                       "1 stats\n"
                       "    accepted 1 delivered 1 requests 2 retries 1 sessions 1\n");
}

/* The endpoint may have a path of its own; a slash at its end is one too many. */
TEST(urls) {
  static const char *const endpoints[][2] = {{"https://c.example", "https://c.example"},
                                             {"https://c.example/", "https://c.example"},
                                             {"http://c.example:8080/va//", "http://c.example:8080/va"}};
  for (int i = 0; i < 3; i++) {
    transcript log;
    char config[128], expected[160];
    snprintf(config, sizeof config, "{'endpoint':'%s'}", endpoints[i][0]);
    transcript_begin(&log, WIRE_SILENT, config);
    transcript_perform(&log, "0 sessionStart");
    snprintf(expected, sizeof expected, "%s/api/v1/sessions", endpoints[i][1]);
    assert_string_equal(log.wire.url, expected);
    transcript_perform(&log, "0 play");
    snprintf(expected, sizeof expected, "%s/api/v1/sessions/id1/events", endpoints[i][1]);
    assert_string_equal(log.wire.url, expected);
    transcript_end(&log);
  }
}

TEST(without_a_transport_events_wait) {
  mb_config *config;
  mb_client *client;
  mb_tracker *tracker;
  mb_media_info info;
  mb_stats stats = {.size = sizeof stats};
  mb_media_info_init(&info);
  info.id = info.name = "x", info.stream_type = "vod", info.media_type = "audio", info.preroll_waiting_time_ms = 0;
  assert_int_equal(mb_config_new(NULL, &config), MB_OK);
  assert_int_equal(mb_client_new(config, NULL, &client), MB_OK);
  mb_config_free(config);
  assert_int_equal(mb_tracker_new(client, NULL, &tracker), MB_OK);
  assert_int_equal(mb_tracker_session_start(tracker, &info, NULL, 0, 0), MB_OK);
  assert_int_equal(mb_client_tick(client, 10000), MB_OK);
  assert_int_equal(mb_client_stats(client, &stats), MB_OK);
  assert_int_equal(stats.queued, 2);
  assert_int_equal(mb_client_next_deadline(client), 20000);
  assert_int_equal(mb_client_wait(client, 1000), 0);
  assert_int_equal(mb_client_close(client, 10000, 20000), MB_OK);
  assert_int_equal(mb_client_stats(client, &stats), MB_OK);
  assert_int_equal(stats.dropped[MB_DROP_CLOSED], 2);
  mb_client_free(client);
}

/* Answers to a sessionStart. */

static void expect_session_dropped(int status) {
  char script[1024];
  snprintf(script, sizeof script,
           "0 log warning\n"
           "0 next %d,after=10,body={\"message\":\"media.id-missing\"}\n"
           "0 sessionStart\n"
           "    0 m/1 new: sessionStart 0\n"
           "0 play\n"
           "10 tick\n"
           "    10 m/1 <- %d\n"
           "    # warning: player m: sessionStart answered %d: media.id-missing; the session is dropped with its "
           "queue\n"
           "20 pause\n"
           "30 sessionEnd\n"
           "30 stats\n"
           "    accepted 4 refused 1 sessionRefused 3 requests 1 sessions 1\n"
           "40 sessionStart\n"
           "    40 m/2 new: sessionStart 0 -> 201\n",
           status, status, status);
  expect_talk(at_once, script);
}

TEST(a_sessionStart_that_is_refused_takes_its_session_along) {
  const int statuses[] = {400, 402, 404, 405, 406, 407, 409, 410, 411, 412, 413, 414, 415,
                          416, 417, 418, 421, 422, 423, 424, 426, 428, 431, 451, 499};
  for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) expect_session_dropped(statuses[i]);
}

/* What the backend says is only read when it is JSON with a message. */
TEST(words_of_a_backend) {
  static const char *const bodies[] = {"nonsense", "[1]", "{\"message\":1}", "{\"other\":\"x\"}", "\xff"};
  for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
    char script[512];
    snprintf(script, sizeof script,
             "0 log warning\n"
             "0 next 400,body=%s\n"
             "0 sessionStart\n"
             "    0 m/1 new: sessionStart 0 -> 400\n"
             "    # warning: player m: sessionStart answered 400; the session is dropped with its queue\n",
             bodies[i]);
    expect_talk(NULL, script);
  }
}

static void expect_tried_again(const char *answer, const char *shown) {
  char script[1024];
  snprintf(script, sizeof script,
           "0 next %s ok %s %s\n"
           "0 sessionStart\n"
           "    0 m/1 new: sessionStart 0 -> %s\n"
           "0 play\n"
           "0 deadline\n"
           "    1\n"
           "1 tick\n"
           "    1 m/1 new: sessionStart 0 ts 0 -> 201\n"
           "    1 m/1 id1: play 0 -> %s\n"
           "1 pause\n"
           "2 tick\n"
           "    2 m/1 id1: play 0 ts 1 -> %s\n"
           "3 tick\n"
           "    3 m/1 id1: play 0 ts 1 -> 204\n"
           "    3 m/1 id1: pauseStart 0 ts 2 -> 204\n"
           "3 stats\n"
           "    accepted 3 delivered 3 requests 6 retries 3 sessions 1\n",
           answer, answer, answer, shown, shown, shown);
  expect_talk(at_once, script);
}

/* In place and in order, until it is delivered; to a sessionStart and to any other event. */
TEST(failures_that_pass) {
  const char *const answers[] = {"100", "408", "425", "429", "500", "501", "502", "503", "504", "507", "599", "999"};
  for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) expect_tried_again(answers[i], answers[i]);
  expect_tried_again("unsent", "none");
  expect_tried_again("fail", "not sent");
}

static void expect_held(int status) {
  char script[1024];
  snprintf(script, sizeof script,
           "0 log error\n"
           "0 next %d %d ok %d\n"
           "0 sessionStart\n"
           "    0 m/1 new: sessionStart 0 -> %d\n"
           "    # error: the endpoint answered %d: check the configuration; events are kept and tried again\n"
           "1 tick\n"
           "    1 m/1 new: sessionStart 0 ts 0 -> %d\n"
           "2 tick\n"
           "    2 m/1 new: sessionStart 0 ts 0 -> 201\n"
           "3 play\n"
           "    3 m/1 id1: play 0 -> %d\n"
           "    # error: the endpoint answered %d: check the configuration; events are kept and tried again\n"
           "4 tick\n"
           "    4 m/1 id1: play 0 ts 3 -> 204\n"
           "4 stats\n"
           "    accepted 2 delivered 2 requests 5 retries 3 sessions 1\n",
           status, status, status, status, status, status, status, status);
  expect_talk(at_once, script);
}

/* Held, reported once until something is delivered again, and tried again. */
TEST(a_wrong_configuration) {
  const int statuses[] = {300, 301, 302, 303, 304, 307, 308, 399, 401, 403};
  for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) expect_held(statuses[i]);
}

TEST(a_wrong_configuration_is_reported_once_for_all_sessions) {
  expect_talk(NULL, "0 log error\n"
                    "0 always 401\n"
                    "0 a.sessionStart\n"
                    "    0 a/1 new: sessionStart 0 -> 401\n"
                    "    # error: the endpoint answered 401: check the configuration; events are kept and tried again\n"
                    "0 b.sessionStart\n"
                    "    0 b/1 new: sessionStart 0 -> 401\n");
}

/* The longest interval from the first time on; a passing failure begins with the shortest. */
TEST(a_wrong_configuration_is_tried_rarely) {
  static const struct {
    const char *answer;
    int64_t least, most;
  } rows[] = {{"401", 30000, 60000}, {"302", 30000, 60000}, {"503", 500, 1000}, {"none", 500, 1000}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    transcript log;
    transcript_begin(&log, WIRE_SILENT, "{'mainPingInterval':50,'seed':77}");
    log.wire.always = wire_read_answer(rows[i].answer);
    assert_int_equal(mb_client_set_online(log.client, true, 0), MB_OK);
    transcript_perform(&log, "0 sessionStart");
    transcript_perform(&log, "0 complete"); /* no timer but the retry */
    assert_in_range(mb_client_next_deadline(log.client), rows[i].least, rows[i].most);
    transcript_end(&log);
  }
}

/* Doubled each time up to the longest; a success begins anew; the same seed gives the same times. */
TEST(backoff) {
  static const int64_t least[] = {500, 1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000};
  int64_t seen[2][9];
  for (int run = 0; run < 2; run++) {
    transcript log;
    transcript_begin(&log, WIRE_SILENT, "{'seed':5}");
    log.wire.always = wire_read_answer("503");
    transcript_perform(&log, "0 sessionStart");
    transcript_perform(&log, "0 complete");
    int64_t now = 0;
    for (int i = 0; i < 9; i++) {
      int64_t due = mb_client_next_deadline(log.client);
      int64_t most = 2 * least[i] < 60000 ? 2 * least[i] : 60000;
      assert_in_range(due - now, least[i], most);
      seen[run][i] = due;
      assert_int_equal(mb_client_tick(log.client, due - 1), MB_OK);
      assert_int_equal(log.wire.sent, i + 1);
      now = due;
      assert_int_equal(mb_client_tick(log.client, now), MB_OK);
      assert_int_equal(log.wire.sent, i + 2);
    }
    log.wire.always = wire_read_answer("ok");
    wire_answer_next(&log.wire, wire_read_answer("ok"));
    wire_answer_next(&log.wire, wire_read_answer("503"));
    now = mb_client_next_deadline(log.client);
    assert_int_equal(mb_client_tick(log.client, now), MB_OK);
    assert_in_range(mb_client_next_deadline(log.client) - now, 500, 1000);
    transcript_end(&log);
  }
  assert_memory_equal(seen[0], seen[1], sizeof seen[0]);
}

TEST(retry_after_is_honoured) {
  expect_talk(at_once, "0 next 503,retry=7 ok 429,retry=1\n"
                       "0 sessionStart\n"
                       "    0 m/1 new: sessionStart 0 -> 503\n"
                       "    7000 m/1 new: sessionStart 0 ts 0 -> 201\n"
                       "8000 play\n"
                       "    8000 m/1 id1: play 0 -> 429\n"
                       "9000 tick\n"
                       "    9000 m/1 id1: play 0 ts 8000 -> 204\n"
                       "    9000 m/1 id1: play 0 -> 204\n");
}

/* It asks for more patience than the backoff, never for less. */
TEST(retry_after_does_not_hurry) {
  transcript log;
  transcript_begin(&log, WIRE_SILENT, "{'retryInterval':20}");
  log.wire.always = wire_read_answer("503,retry=1");
  transcript_perform(&log, "0 sessionStart");
  transcript_perform(&log, "0 complete");
  assert_in_range(mb_client_next_deadline(log.client), 10000, 20000);
  transcript_end(&log);
}

/* A day at most. */
TEST(retry_after_of_an_age) {
  expect_talk(at_once, "0 next 503,retry=9223372036854775807\n"
                       "0 sessionStart\n"
                       "    0 m/1 new: sessionStart 0 -> 503\n"
                       "0 complete\n"
                       "1 deadline\n"
                       "    86400000\n");
}

/* Not every success is one: without a usable id it counts as 5xx, and is said once. There may be a session, though. */
TEST(success_without_an_id) {
  expect_talk(at_once,
              "0 log warning\n"
              "0 next 201 200,location=/nowhere/id 201,location=/api/v1/sessions/ "
              "201,location=/api/v1/sessions/a\xc3\xa9 202,location=https://x.example/va/api/v1/sessions/abc?x=1\n"
              "0 sessionStart\n"
              "    0 m/1 new: sessionStart 0 -> 201\n"
              "    # warning: player m: sessionStart was answered 201 without a usable session id; events are kept and "
              "tried again\n"
              "1 tick\n"
              "    1 m/1 new: sessionStart 0 ts 0 -> 200\n"
              "2 tick\n"
              "    2 m/1 new: sessionStart 0 ts 0 -> 201\n"
              "3 tick\n"
              "    3 m/1 new: sessionStart 0 ts 0 -> 201\n"
              "4 tick\n"
              "    4 m/1 new: sessionStart 0 ts 0 -> 202\n"
              "    # warning: player m: the answer to a request that opened a session was lost or had no id, "
              "and it was sent again; the backend may have the session twice\n"
              "5 play\n"
              "    5 m/1 abc: play 0 -> 204\n"
              "6 stats\n"
              "    accepted 2 delivered 2 possiblyDoubled 1 requests 6 retries 4 sessions 1\n");
}

/* A sessionStart whose answer was lost may have made a session; one that never left has not. */
TEST(sessions_that_may_be_there_twice) {
  expect_talk(at_once,
              "0 log warning\n"
              "0 next unsent 503 none ok\n"
              "0 sessionStart\n"
              "    0 m/1 new: sessionStart 0 -> none\n"
              "    # warning: no answer from the endpoint: connection refused; events are kept and tried again\n"
              "1 tick\n"
              "    1 m/1 new: sessionStart 0 ts 0 -> 503\n"
              "2 tick\n"
              "    2 m/1 new: sessionStart 0 ts 0 -> none\n"
              "3 tick\n"
              "    3 m/1 new: sessionStart 0 ts 0 -> 201\n"
              "    # warning: player m: the answer to a request that opened a session was lost or had no id, "
              "and it was sent again; the backend may have the session twice\n"
              "4 stats\n"
              "    accepted 1 delivered 1 possiblyDoubled 1 requests 4 retries 3 sessions 1\n");
}

/* Two sessions may be given the same id. */
TEST(ids_need_not_differ) {
  expect_talk(NULL, "0 always 201,location=/api/v1/sessions/same\n"
                    "0 a.sessionStart\n"
                    "    0 a/1 new: sessionStart 0 -> 201\n"
                    "0 b.sessionStart\n"
                    "    0 b/1 new: sessionStart 0 -> 201\n"
                    "0 always ok\n"
                    "0 a.play\n"
                    "    0 a/1 same: play 0 ts 1 -> 204\n"
                    "0 b.pause\n"
                    "    0 b/1 same: pauseStart 0 ts 1 -> 204\n");
}

/* Answers to other events. */

static void expect_event_dropped(int status) {
  char script[1024];
  snprintf(script, sizeof script,
           "0 log warning\n"
           "0 next ok\n"
           "0 next %d,body={\"message\":\"no\"}\n"
           "0 sessionStart\n"
           "    0 m/1 new: sessionStart 0 -> 201\n"
           "10 play\n"
           "    10 m/1 id1: play 0 -> %d\n"
           "    # warning: player m: play answered %d: no; the event is dropped\n"
           "20 pause\n"
           "    20 m/1 id1: pauseStart 0 -> 204\n"
           "20 stats\n"
           "    accepted 3 delivered 2 refused 1 requests 3 sessions 1\n",
           status, status, status);
  expect_talk(at_once, script);
}

TEST(an_event_that_is_refused_is_dropped_alone) {
  const int statuses[] = {400, 402, 405, 406, 407, 409, 411, 412, 413, 414, 415, 418, 422, 426, 431, 451, 499};
  for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) expect_event_dropped(statuses[i]);
}

TEST(any_success_takes_an_event) {
  expect_talk(NULL, "0 sessionStart\n"
                    "    0 m/1 new: sessionStart 0 -> 201\n"
                    "0 next 200 201 202 299\n"
                    "0 play\n"
                    "    0 m/1 id1: play 0 ts 1 -> 200\n"
                    "0 pause\n"
                    "    0 m/1 id1: pauseStart 0 ts 2 -> 201\n"
                    "0 play\n"
                    "    0 m/1 id1: play 0 ts 3 -> 202\n"
                    "0 complete\n"
                    "    0 m/1 id1: sessionComplete 0 ts 4 -> 299\n");
}

/* A repeated event is byte-identical. */
TEST(a_repeated_event_is_the_same) {
  transcript log;
  transcript_begin(&log, WIRE_BODIES, at_once);
  transcript_perform(&log, "0 sessionStart");
  transcript_perform(&log, "0 qoe 1 2 3 4");
  text_clear(&log.out);
  wire_answer_next(&log.wire, wire_read_answer("503"));
  transcript_perform(&log, "5 play");
  transcript_perform(&log, "5 playhead 9");
  transcript_perform(&log, "5 qoe 2 2 3 4");
  transcript_perform(&log, "6 tick");
  const char *first = strchr(strstr(text_of(&log.out), "    5 m/1"), '{');
  const char *second = strchr(strstr(text_of(&log.out), "    6 m/1"), '{');
  assert_memory_equal(first, second, strcspn(first, "\n") + 1);
  transcript_end(&log);
}

/* Consent. */

TEST(consent_unknown_keeps_everything) {
  expect_talk(NULL, "0 consent unknown\n"
                    "0 sessionStart\n"
                    "10 play\n"
                    "20 sessionEnd\n"
                    "20 stats\n"
                    "    accepted 3 queued 3 held 3 sessions 1\n"
                    "20 deadline\n"
                    "    never\n"
                    "99999 tick\n"
                    "99999 consent in\n"
                    "    99999 m/1 new: sessionStart 0 ts 0 -> 201\n"
                    "    99999 m/1 id1: play 0 ts 10 -> 204\n"
                    "    99999 m/1 id1: sessionEnd 0 ts 20 -> 204\n"
                    "99999 stats\n"
                    "    accepted 3 delivered 3 requests 3 sessions 1\n");
}

TEST(consent_unknown_in_mid_session) {
  expect_talk(at_once, "0 next ok,after=10\n"
                       "0 sessionStart\n"
                       "    0 m/1 new: sessionStart 0\n"
                       "0 play\n"
                       "5 consent unknown\n"
                       "10 tick\n"
                       "    10 m/1 <- 201\n"
                       "20 consent in\n"
                       "    20 m/1 id1: play 0 ts 1 -> 204\n"
                       "30 next 503\n"
                       "30 pause\n"
                       "    30 m/1 id1: pauseStart 0 -> 503\n"
                       "30 consent unknown\n"
                       "50 tick\n"
                       "60 consent in\n"
                       "    60 m/1 id1: pauseStart 0 ts 30 -> 204\n");
}

TEST(consent_out_drops) {
  expect_talk(NULL, "0 consent unknown\n"
                    "0 sessionStart\n"
                    "10 play\n"
                    "20 consent out\n"
                    "20 stats\n"
                    "    accepted 2 consent 2 sessions 1\n"
                    "30 pause\n"
                    "40 consent in\n"
                    "50 play\n"
                    "60 sessionEnd\n"
                    "60 stats\n"
                    "    accepted 5 consent 5 sessions 1\n"
                    "70 sessionStart\n"
                    "    70 m/2 new: sessionStart 0 -> 201\n");
}

/* A running session ends silently: nothing more goes out for it, also when consent comes back. */
TEST(consent_out_ends_silently) {
  expect_talk(NULL, "0 sessionStart\n"
                    "    0 m/1 new: sessionStart 0 -> 201\n"
                    "10 consent out\n"
                    "20 play\n"
                    "25000 consent in\n"
                    "25000 pause\n"
                    "60000 sessionEnd\n"
                    "60000 sessionStart\n"
                    "    60000 m/2 new: sessionStart 0 -> 201\n"
                    "60000 consent out\n"
                    "60001 sessionEnd\n"
                    "60002 sessionStart\n"
                    "60003 sessionEnd\n");
}

/* Nothing is left to be repeated. */
TEST(consent_out_between_two_attempts) {
  expect_talk(NULL, "0 next 503\n"
                    "0 open -silent " SESSION_XDM "\n"
                    "    0 m/1 new: sessionStart 0 -> 503\n"
                    "0 deadline\n"
                    "    781\n"
                    "1 consent out\n"
                    "1 deadline\n"
                    "    never\n");
}

/* A request under way is not recalled; whatever its answer, nothing follows it. */
TEST(consent_out_with_a_request_under_way) {
  static const char *const answers[] = {"ok", "404", "400", "503", "none", "401", "201"};
  for (size_t i = 0; i < sizeof answers / sizeof *answers; i++)
    for (int second = 0; second < 2; second++) {
      char line[64];
      mb_stats stats = {.size = sizeof stats};
      transcript log;
      transcript_begin(&log, WIRE_SILENT, at_once);
      if (second) transcript_perform(&log, "0 sessionStart");
      int before = log.wire.sent;
      snprintf(line, sizeof line, "0 next %s,after=10", answers[i]);
      transcript_perform(&log, line);
      transcript_perform(&log, second ? "0 play" : "0 sessionStart");
      transcript_perform(&log, "1 pause");
      transcript_perform(&log, "5 consent out");
      transcript_perform(&log, "10 tick");
      transcript_perform(&log, "20 consent in");
      transcript_perform(&log, "5000 tick");
      assert_int_equal(log.wire.sent, before + 1);
      assert_int_equal(mb_client_stats(log.client, &stats), MB_OK);
      assert_int_equal(stats.queued, 0);
      assert_int_equal(stats.reopened, 0);
      assert_int_equal(stats.resent, 0);
      transcript_end(&log);
    }
}

/* In line for a busy transport when consent is withdrawn: nothing of it goes out. */
TEST(consent_out_while_the_transport_is_busy) {
  expect_talk(NULL, "0 always busy\n"
                    "0 sessionStart\n"
                    "0 free\n"
                    "0 consent out\n"
                    "0 always ok\n"
                    "0 consent in\n"
                    "0 tick\n"
                    "0 stats\n"
                    "    accepted 1 consent 1 sessions 1\n");
}

TEST(consent_has_three_values) {
  transcript log;
  transcript_begin(&log, WIRE_SILENT, NULL);
  assert_int_equal(mb_client_set_consent(log.client, (mb_consent)3, 0), MB_INVALID_ARGUMENT);
  assert_non_null(strstr(mb_client_error(log.client), "consent: 3"));
  transcript_end(&log);
}

/* Closing. */

TEST(close_delivers_until_its_deadline) {
  expect_talk(NULL, "0 always ok,after=100\n"
                    "0 sessionStart\n"
                    "    0 m/1 new: sessionStart 0\n"
                    "0 play\n"
                    "10 pause\n"
                    "20 sessionEnd\n"
                    "50 close 350\n"
                    "    100 m/1 <- 201\n"
                    "    100 m/1 id1: play 0 ts 1\n"
                    "    200 m/1 <- 204\n"
                    "    200 m/1 id1: pauseStart 0 ts 10\n"
                    "    300 m/1 <- 204\n"
                    "    300 m/1 id1: sessionEnd 0 ts 20\n"
                    "    350 m/1 cancelled\n"
                    "400 stats\n"
                    "    accepted 4 delivered 3 closed 1 requests 4 sessions 1\n"
                    "400 play: MB_CLOSED\n"
                    "400 sessionStart: MB_CLOSED\n"
                    "400 tick: MB_CLOSED\n"
                    "400 deliver: MB_CLOSED\n"
                    "400 consent out: MB_CLOSED\n"
                    "400 online yes: MB_CLOSED\n"
                    "400 close 500: MB_CLOSED\n"
                    "400 deadline\n"
                    "    never\n"
                    "400 free\n");
}

TEST(close_makes_one_attempt_without_blocking) {
  expect_talk(NULL, "0 consent unknown\n"
                    "0 sessionStart\n"
                    "0 play\n"
                    "10 close 0\n"
                    "10 stats\n"
                    "    accepted 2 closed 2 sessions 1\n");
  expect_talk(NULL, "0 always ok,after=20\n"
                    "0 sessionStart\n"
                    "    0 m/1 new: sessionStart 0\n"
                    "0 play\n"
                    "10 close 10\n"
                    "    10 m/1 cancelled\n"
                    "10 stats\n"
                    "    accepted 2 closed 2 requests 1 sessions 1\n");
}

TEST(close_retries_while_there_is_time) {
  expect_talk(at_once, "0 next unsent unsent unsent\n"
                       "0 sessionStart\n"
                       "    0 m/1 new: sessionStart 0 -> none\n"
                       "0 play\n"
                       "0 close 5\n"
                       "    1 m/1 new: sessionStart 0 ts 0 -> none\n"
                       "    2 m/1 new: sessionStart 0 ts 0 -> none\n"
                       "    3 m/1 new: sessionStart 0 ts 0 -> 201\n"
                       "    3 m/1 id1: play 0 ts 1 -> 204\n"
                       "5 stats\n"
                       "    accepted 2 delivered 2 requests 5 retries 3 sessions 1\n");
}

TEST(close_ends_when_nothing_answers) {
  expect_talk(NULL, "0 always never\n"
                    "0 sessionStart\n"
                    "    0 m/1 new: sessionStart 0\n"
                    "10 close 5000\n"
                    "    5000 m/1 cancelled\n"
                    "5000 stats\n"
                    "    accepted 1 closed 1 requests 1 sessions 1\n");
}

/* A close that begins when everything is delivered ends at once. */
TEST(close_does_not_wait_for_nothing) {
  transcript log;
  transcript_begin(&log, WIRE_TALK, NULL);
  transcript_perform(&log, "0 sessionStart");
  transcript_perform(&log, "10 close 100000");
  assert_int_equal(log.wire.now, 10);
  transcript_end(&log);
}

TEST(freeing_a_client_cancels_what_is_under_way) {
  expect_talk(NULL, "0 always never\n"
                    "0 a.sessionStart\n"
                    "    0 a/1 new: sessionStart 0\n"
                    "0 b.sessionStart\n"
                    "    0 b/1 new: sessionStart 0\n"
                    "0 a.play\n"
                    "0 b.free\n");
}

/* Downloaded content: one batch when the session is over and the device online.
 * https://experienceleague.adobe.com/en/docs/media-analytics/using/implementation/use-cases/download-content/sdk-track-downloaded-content-v1 */

TEST(a_batch_waits_for_the_end_and_the_network) {
  expect_talk("{'downloaded':true}", "0 online no\n"
                                     "0 sessionStart\n"
                                     "0 pause\n"
                                     "1000 online yes\n"
                                     "1000 online no\n"
                                     "1000 stats\n"
                                     "    accepted 2 queued 2 held 2 sessions 1\n"
                                     "2000 complete\n"
                                     "3000 stats\n"
                                     "    accepted 3 queued 3 held 3 sessions 1\n"
                                     "4000 online yes\n"
                                     "    4000 m/1 batch: sessionStart 0 ts 0, pauseStart 0 ts 1, sessionComplete 0 ts "
                                     "2000 -> 201\n"
                                     "4000 stats\n"
                                     "    accepted 3 delivered 3 requests 1 sessions 1\n");
}

TEST(answers_to_a_batch) {
  static const char *const body = "sessionStart 0 ts 0, sessionEnd 0 ts 1";
  static const int refusals[] = {400, 404, 410, 413, 422};
  char script[1024];
  for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
    snprintf(script, sizeof script,
             "0 sessionStart\n"
             "1 next %d\n"
             "1 sessionEnd\n"
             "    1 m/1 batch: sessionStart 0 ts 0, sessionEnd 0 -> %d\n"
             "1 stats\n"
             "    accepted 2 refused 1 sessionRefused 1 requests 1 sessions 1\n"
             "9 deadline\n"
             "    never\n",
             refusals[i], refusals[i]);
    expect_talk("{'downloaded':true}", script);
  }
  static const char *const failures[] = {"408", "429", "500", "503", "unsent", "401", "302"};
  for (size_t i = 0; i < sizeof failures / sizeof *failures; i++) {
    snprintf(script, sizeof script,
             "0 sessionStart\n"
             "1 next %s\n"
             "1 sessionEnd\n"
             "    1 m/1 batch: sessionStart 0 ts 0, sessionEnd 0 -> %s\n"
             "2 tick\n"
             "    2 m/1 batch: %s -> 201\n"
             "2 stats\n"
             "    accepted 2 delivered 2 requests 2 retries 1 sessions 1\n",
             failures[i], strcmp(failures[i], "unsent") == 0 ? "none" : failures[i], body);
    expect_talk("{'downloaded':true,'retryInterval':0.001,'retryIntervalMax':0.001}", script);
  }
}

/* What waited goes out in the order in which the sessions began. */
TEST(the_oldest_session_goes_first) {
  expect_talk("{'downloaded':true}", "0 online no\n"
                                     "0 a.sessionStart\n"
                                     "10 b.sessionStart\n"
                                     "20 b.sessionEnd\n"
                                     "30 a.sessionEnd\n"
                                     "40 a.sessionStart\n"
                                     "50 a.sessionEnd\n"
                                     "60 online yes\n"
                                     "    60 a/1 batch: sessionStart 0 ts 0, sessionEnd 0 ts 30 -> 201\n"
                                     "    60 b/1 batch: sessionStart 0 ts 10, sessionEnd 0 ts 20 -> 201\n"
                                     "    60 a/2 batch: sessionStart 0 ts 40, sessionEnd 0 ts 50 -> 201\n");
  expect_talk(NULL, "0 consent unknown\n"
                    "0 a.sessionStart\n"
                    "10 b.sessionStart\n"
                    "20 consent in\n"
                    "    20 a/1 new: sessionStart 0 ts 0 -> 201\n"
                    "    20 b/1 new: sessionStart 0 ts 10 -> 201\n");
}

/* A batch needs no Location. */
TEST(a_batch_needs_no_id) {
  expect_talk("{'protocol':'downloaded-v1'}", "0 sessionStart\n"
                                              "1 next 200\n"
                                              "1 sessionEnd\n"
                                              "    1 m/1 batch: sessionStart 0 ts 0, sessionEnd 0 -> 200\n"
                                              "1 stats\n"
                                              "    accepted 2 delivered 2 requests 1 sessions 1\n");
}

/* An idle session is a batch of its own, and so is its restart. */
TEST(restarts_make_batches) {
  expect_talk("{'downloaded':true,'downloadedPingInterval':600}",
              "0 sessionStart\n"
              "    1800000 m/1 batch: sessionStart 0 ts 0, ping 0 ts 600000, ping 0 ts 1200000, sessionEnd 0 -> 201\n"
              "1900000 play\n"
              "1900000 complete\n"
              "    1900000 m/2 batch: sessionStart 0 resume, play 0 ts 1900001, sessionComplete 0 ts 1900002 -> 201\n");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(events_wait_for_the_id),
      cmocka_unit_test(a_session_that_ends_before_its_id_is_known),
      cmocka_unit_test(one_request_at_a_time_for_each_session),
      cmocka_unit_test(a_narrow_transport),
      cmocka_unit_test(a_busy_transport_is_asked_again),
      cmocka_unit_test(a_busy_transport_and_a_repetition),
      cmocka_unit_test(a_transport_that_cannot_send),
      cmocka_unit_test(urls),
      cmocka_unit_test(without_a_transport_events_wait),
      cmocka_unit_test(a_sessionStart_that_is_refused_takes_its_session_along),
      cmocka_unit_test(words_of_a_backend),
      cmocka_unit_test(failures_that_pass),
      cmocka_unit_test(a_wrong_configuration),
      cmocka_unit_test(a_wrong_configuration_is_reported_once_for_all_sessions),
      cmocka_unit_test(a_wrong_configuration_is_tried_rarely),
      cmocka_unit_test(backoff),
      cmocka_unit_test(retry_after_is_honoured),
      cmocka_unit_test(retry_after_does_not_hurry),
      cmocka_unit_test(retry_after_of_an_age),
      cmocka_unit_test(success_without_an_id),
      cmocka_unit_test(sessions_that_may_be_there_twice),
      cmocka_unit_test(ids_need_not_differ),
      cmocka_unit_test(an_event_that_is_refused_is_dropped_alone),
      cmocka_unit_test(any_success_takes_an_event),
      cmocka_unit_test(a_repeated_event_is_the_same),
      cmocka_unit_test(consent_unknown_keeps_everything),
      cmocka_unit_test(consent_unknown_in_mid_session),
      cmocka_unit_test(consent_out_drops),
      cmocka_unit_test(consent_out_ends_silently),
      cmocka_unit_test(consent_out_between_two_attempts),
      cmocka_unit_test(consent_out_with_a_request_under_way),
      cmocka_unit_test(consent_out_while_the_transport_is_busy),
      cmocka_unit_test(consent_has_three_values),
      cmocka_unit_test(close_delivers_until_its_deadline),
      cmocka_unit_test(close_makes_one_attempt_without_blocking),
      cmocka_unit_test(close_retries_while_there_is_time),
      cmocka_unit_test(close_ends_when_nothing_answers),
      cmocka_unit_test(close_does_not_wait_for_nothing),
      cmocka_unit_test(freeing_a_client_cancels_what_is_under_way),
      cmocka_unit_test(a_batch_waits_for_the_end_and_the_network),
      cmocka_unit_test(answers_to_a_batch),
      cmocka_unit_test(the_oldest_session_goes_first),
      cmocka_unit_test(a_batch_needs_no_id),
      cmocka_unit_test(restarts_make_batches),
  };
  return cmocka_run_group_tests_name("dispatch", tests, NULL, NULL);
}

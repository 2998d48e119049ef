/* The life of a client: its clock, its doors, its accounting, what it says. */
#include "client.h"

#include "suite.h"

/* The clock. */

/* A clock that steps back is taken out: time stands still at the step and goes on from there; deadlines are said on the
 * host's clock. */
TEST(a_clock_that_steps_back) {
  expect_brief(NULL, "100000 sessionStart\n"
                     "    100000 sessionStart 0\n"
                     "!40000 play\n"
                     "    40000 play 0 ts 100001\n"
                     "40000 deadline\n"
                     "    41000\n"
                     "40500 pause\n"
                     "    40500 pauseStart 0 ts 100500\n"
                     "40500 deadline\n"
                     "    50500\n"
                     "!30000 tick\n"
                     "30000 deadline\n"
                     "    40000\n"
                     "40000 tick\n"
                     "    40000 ping 0 ts 110500\n");
}

/* Once it is ahead again the library follows it. */
TEST(a_clock_that_is_set_right_again) {
  expect_brief(NULL, "100000 sessionStart\n"
                     "    100000 sessionStart 0\n"
                     "!95000 pause\n"
                     "    95000 pauseStart 0 ts 100001\n"
                     "!101000 seekStart\n"
                     "    101000 pauseStart 0\n"
                     "101000 deadline\n"
                     "    111000\n"
                     "!101000 seekComplete\n"
                     "    101000 pauseStart 0 ts 101001\n");
}

/* Retries keep their distance too, and the transport's own deadlines are on the host's clock already. */
TEST(retries_and_a_clock_that_steps_back) {
  expect_talk("{'retryInterval':0.001,'retryIntervalMax':0.001}", "100000 next none,retry=2\n"
                                                                  "100000 sessionStart\n"
                                                                  "    100000 m/1 new: sessionStart 0 -> none\n"
                                                                  "!50000 tick\n"
                                                                  "50000 deadline\n"
                                                                  "    52000\n"
                                                                  "52000 next ok,after=30\n"
                                                                  "52000 tick\n"
                                                                  "    52000 m/1 new: sessionStart 0 ts 100000\n"
                                                                  "52000 deadline\n"
                                                                  "    52030\n"
                                                                  "52030 tick\n"
                                                                  "    52030 m/1 <- 201\n");
}

TEST(times_out_of_range) {
  expect_brief(NULL, "0 sessionStart\n"
                     "    0 sessionStart 0\n"
                     "!-1 play: MB_INVALID_TIME\n"
                     "!-1 playhead 1: MB_INVALID_TIME\n"
                     "!-1 tick: MB_INVALID_TIME\n"
                     "!-1 deliver: MB_INVALID_TIME\n"
                     "!-1 consent in: MB_INVALID_TIME\n"
                     "!-1 online yes: MB_INVALID_TIME\n"
                     "!-1 close 0: MB_INVALID_TIME\n"
                     "!253402300800000 play: MB_INVALID_TIME\n"
                     "!253402300800000 tick: MB_INVALID_TIME\n"
                     "!253402300800000 playhead 1: MB_INVALID_TIME\n"
                     "!0 play\n"
                     "    0 play 0 ts 1\n");
}

TEST(the_last_moment) {
  expect_brief(NULL, "253402300799999 sessionStart\n"
                     "    253402300799999 sessionStart 0\n"
                     "253402300799999 sessionEnd\n"
                     "    253402300799999 sessionEnd 0 ts 253402300800000\n");
}

/* Seconds with a fraction become the milliseconds that were meant. */
TEST(milliseconds_are_not_cut_off) {
  expect_talk("{'queueMaxAge':1.001,'retryInterval':0.001,'retryIntervalMax':0.001}",
              "0 next none,after=1001 none\n"
              "0 sessionStart\n"
              "    0 m/1 new: sessionStart 0\n"
              "    1001 m/1 <- none\n"
              "1002 tick\n"
              "    1002 m/1 new: sessionStart 0 ts 0 -> none\n"
              "1002 stats\n"
              "    accepted 1 tooOld 1 requests 2 retries 1 sessions 1\n");
}

/* Doors. */

static mb_client *inside;
static int tries;

static void try_doors(void) {
  mb_tracker *tracker;
  mb_session *session;
  tries++;
  assert_int_equal(mb_client_tick(inside, 0), MB_BUSY);
  assert_int_equal(mb_client_deliver(inside, 0), MB_BUSY);
  assert_int_equal(mb_client_close(inside, 0, 0), MB_BUSY);
  assert_int_equal(mb_client_set_consent(inside, MB_CONSENT_OUT, 0), MB_BUSY);
  assert_int_equal(mb_client_set_online(inside, false, 0), MB_BUSY);
  assert_int_equal(mb_client_record(inside, NULL, NULL), MB_BUSY);
  assert_int_equal(mb_tracker_new(inside, NULL, &tracker), MB_BUSY);
  assert_int_equal(mb_session_open(inside, NULL, "{}", 2, 0, &session), MB_BUSY);
  assert_int_equal(mb_client_wait(inside, 1), 0);
  mb_client_free(inside);
}

static void log_and_try(void *user, mb_log_level level, const char *message) {
  (void)user, (void)level, (void)message;
  if (inside) try_doors();
}

static void write_and_try(void *user, const char *line, size_t size) {
  (void)user, (void)line, (void)size;
  try_doors();
}

TEST(callbacks_find_every_door_busy) {
  mb_config *config;
  mb_client *client;
  mb_tracker *tracker;
  const mb_host host = {.size = sizeof host, .log = log_and_try};
  inside = NULL;
  tries = 0;
  assert_int_equal(mb_config_new(&host, &config), MB_OK);
  assert_int_equal(mb_config_set_text(config, "logLevel", "bodies"), MB_OK);
  assert_int_equal(mb_client_new(config, NULL, &client), MB_OK);
  inside = client;
  assert_int_equal(mb_client_record(client, write_and_try, NULL), MB_OK);
  assert_int_equal(mb_tracker_new(client, "p", &tracker), MB_OK);
  assert_int_equal(mb_tracker_play(tracker, 5), MB_REFUSED_NOT_IN_SESSION);
  assert_string_equal(mb_client_error(client), "play: no session is open");
  assert_in_range(tries, 3, 9); /* a message, the configuration's line, the call's */
  mb_client_free(client);
  mb_config_free(config);
  inside = NULL;
}

TEST(arguments) {
  mb_client *client = (mb_client *)&client;
  mb_config *config;
  mb_tracker *tracker;
  test_wire wire;
  text_buffer out = {0};
  assert_int_equal(mb_config_new(NULL, &config), MB_OK);
  assert_int_equal(mb_client_new(config, NULL, NULL), MB_INVALID_ARGUMENT);
  assert_int_equal(mb_client_new(NULL, NULL, &client), MB_INVALID_ARGUMENT);
  assert_null(client);
  wire_init(&wire, WIRE_SILENT, &out);
  for (int i = 0; i < 4; i++) {
    mb_transport transport = wire_transport(&wire, 1);
    if (i == 0) transport.send = NULL;
    if (i == 1) transport.cancel = NULL;
    if (i == 2) transport.capacity = 0;
    if (i == 3) transport.size = 0;
    assert_int_equal(mb_client_new(config, &transport, &client), MB_INVALID_ARGUMENT);
    assert_null(client);
  }
  assert_int_equal(wire.freed, 0);
  assert_int_equal(mb_tracker_new(NULL, "p", &tracker), MB_INVALID_ARGUMENT);
  assert_int_equal(mb_client_tick(NULL, 0), MB_INVALID_ARGUMENT);
  assert_int_equal(mb_client_deliver(NULL, 0), MB_INVALID_ARGUMENT);
  assert_int_equal(mb_client_close(NULL, 0, 0), MB_INVALID_ARGUMENT);
  assert_int_equal(mb_client_set_consent(NULL, MB_CONSENT_IN, 0), MB_INVALID_ARGUMENT);
  assert_int_equal(mb_client_set_online(NULL, true, 0), MB_INVALID_ARGUMENT);
  assert_int_equal(mb_client_record(NULL, NULL, NULL), MB_INVALID_ARGUMENT);
  assert_int_equal(mb_client_next_deadline(NULL), MB_NEVER);
  assert_int_equal(mb_client_wait(NULL, 1), 0);
  assert_string_equal(mb_client_error(NULL), "");
  mb_client_free(NULL);
  assert_int_equal(mb_client_new(config, NULL, &client), MB_OK);
  assert_int_equal(mb_tracker_new(client, "p", NULL), MB_INVALID_ARGUMENT);
  assert_int_equal(mb_tracker_new(client, "\xff", &tracker), MB_INVALID_TEXT);
  assert_null(tracker);
  assert_int_equal(mb_tracker_play(NULL, 0), MB_INVALID_ARGUMENT);
  assert_int_equal(mb_tracker_update_playhead(NULL, 0, 0), MB_INVALID_ARGUMENT);
  assert_int_equal(mb_tracker_set_player_details(NULL, NULL, NULL), MB_INVALID_ARGUMENT);
  mb_tracker_free(NULL);
  mb_stats stats = {.size = sizeof stats - 1};
  assert_int_equal(mb_client_stats(client, &stats), MB_INVALID_ARGUMENT);
  assert_int_equal(mb_client_stats(client, NULL), MB_INVALID_ARGUMENT);
  assert_int_equal(mb_client_stats(NULL, &stats), MB_INVALID_ARGUMENT);
  mb_client_free(client);
  mb_config_free(config);
}

/* A struct whose size was forgotten is refused wherever one is given. */
TEST(structs_say_their_size) {
  transcript log;
  mb_tracker *tracker;
  mb_session *session;
  mb_config *config;
  const mb_host host = {.size = 0};
  mb_media_info media = {.id = "a", .name = "a", .stream_type = "vod", .media_type = "video"};
  mb_ad_break_info ad_break = {.name = "a", .position = 1};
  mb_ad_info ad = {.id = "a", .name = "a", .position = 1};
  mb_chapter_info chapter = {.name = "a", .position = 1};
  mb_qoe_info qoe = {.bitrate = 1};
  const mb_session_options options = {.player = "p"};
  transcript_begin(&log, WIRE_SILENT, NULL);
  assert_int_equal(mb_tracker_new(log.client, "p", &tracker), MB_OK);
  assert_int_equal(mb_config_new(&host, &config), MB_INVALID_ARGUMENT);
  assert_int_equal(mb_tracker_session_start(tracker, &media, NULL, 0, 0), MB_INVALID_ARGUMENT);
  assert_int_equal(mb_tracker_ad_break_start(tracker, &ad_break, 0), MB_INVALID_ARGUMENT);
  assert_int_equal(mb_tracker_ad_start(tracker, &ad, NULL, 0, 0), MB_INVALID_ARGUMENT);
  assert_int_equal(mb_tracker_chapter_start(tracker, &chapter, NULL, 0, 0), MB_INVALID_ARGUMENT);
  assert_int_equal(mb_tracker_update_qoe(tracker, &qoe, 0), MB_INVALID_ARGUMENT);
  assert_int_equal(mb_session_open(log.client, &options, "{}", 2, 0, &session), MB_INVALID_ARGUMENT);
  transcript_end(&log);
}

/* A message belongs to the last call that had something to say. */
TEST(messages) {
  transcript log;
  transcript_begin(&log, WIRE_SILENT, NULL);
  assert_string_equal(mb_client_error(log.client), "");
  transcript_perform(&log, "0 sessionStart \"\"");
  assert_string_equal(mb_client_error(log.client), "sessionStart: a required field is missing or out of range");
  transcript_perform(&log, "0 playhead nan");
  assert_string_equal(mb_client_error(log.client), "playhead: a number is not finite or out of range");
  transcript_perform(&log, "0 stateStart \xff");
  assert_string_equal(mb_client_error(log.client), "stateStart: name: a text is not valid UTF-8");
  transcript_perform(&log, "!-5 tick");
  assert_string_equal(mb_client_error(log.client), "now_ms: -5 is no time between 1970 and 9999");
  transcript_perform(&log, "0 sessionStart");
  assert_string_equal(mb_client_error(log.client), "");
  transcript_end(&log);
}

/* What is said to the host. */

TEST(configuration_warnings_are_passed_on) {
  transcript log;
  transcript_begin(&log, WIRE_SILENT, "{'chanel':'x','mainPingInterval':5}");
  transcript_perform(&log, "0 log warning");
  text_clear(&log.out);
  transcript_expect(&log,
                    "0 restart\n"
                    "    # warning: configuration: chanel: no such key; did you mean channel?\n"
                    "    # warning: configuration: mainPingInterval: 5 is out of range (10 to 50, whole); the default "
                    "10 is used\n");
  transcript_end(&log);
}

static void keep_message(void *user, mb_log_level level, const char *message) {
  text_add(user, "%d %s\n", (int)level, message);
}

static void run_with_secrets(const char *level, text_buffer *messages) {
  static const mb_pair metadata[] = {{"user", "SECRET"}, {"SECRET key", "SECRET"}};
  mb_config *config;
  mb_client *client;
  mb_tracker *tracker;
  mb_media_info info;
  test_wire wire;
  text_buffer out = {0};
  const mb_host host = {.size = sizeof host, .user = messages, .log = keep_message};
  wire_init(&wire, WIRE_SILENT, &out);
  mb_transport transport = wire_transport(&wire, 1);
  mb_media_info_init(&info);
  info.id = info.name = "SECRET", info.stream_type = "vod", info.media_type = "video";
  assert_int_equal(mb_config_new(&host, &config), MB_OK);
  if (level) assert_int_equal(mb_config_set_text(config, "logLevel", level), MB_OK);
  assert_int_equal(mb_config_set_text(config, "visitorId", "SECRET"), MB_OK);
  assert_int_equal(mb_client_new(config, &transport, &client), MB_OK);
  assert_int_equal(mb_tracker_new(client, "p", &tracker), MB_OK);
  for (int i = 0; i < 3; i++) {
    const char *const answers[] = {"400", "401", "404"};
    wire_answer_next(&wire, wire_read_answer(i == 0 ? "400" : "ok"));
    wire_answer_next(&wire, wire_read_answer(answers[i]));
    mb_tracker_session_start(tracker, &info, metadata, 1, i);
    mb_tracker_error(tracker, "SECRET", i);
    mb_tracker_play(tracker, i);
    mb_tracker_session_start(tracker, &info, metadata, 1, i);
    mb_tracker_session_end(tracker, i);
  }
  mb_client_free(client);
  mb_config_free(config);
}

/* Only the level that asks for bodies shows what a viewer is and sees. */
TEST(messages_keep_secrets) {
  static const char *const levels[] = {"error", "warning", "info", "debug"};
  for (int i = 0; i < 4; i++) {
    text_buffer messages = {0};
    run_with_secrets(levels[i], &messages);
    assert_null(strstr(text_of(&messages), "SECRET"));
    for (const char *line = text_of(&messages); *line; line = strchr(line, '\n') + 1)
      assert_in_range(*line, '0', '0' + i);
    if (i == 3) assert_non_null(strstr(text_of(&messages), "/api/v1/sessions"));
    text_free(&messages);
  }
  text_buffer messages = {0};
  run_with_secrets(NULL, &messages);
  assert_null(strstr(text_of(&messages), "\n2 ")); /* by default warnings and errors */
  text_free(&messages);
}

TEST(bodies_are_logged_when_asked_for) {
  text_buffer messages = {0};
  run_with_secrets("bodies", &messages);
  assert_non_null(strstr(text_of(&messages), "SECRET"));
  text_free(&messages);
}

/* Waiting. */

TEST(wait_is_the_transports) {
  transcript log;
  transcript_begin(&log, WIRE_TALK, NULL);
  transcript_perform(&log, "0 next ok,after=30");
  transcript_perform(&log, "0 sessionStart");
  assert_int_equal(mb_client_wait(log.client, 0), 0);
  assert_int_equal(mb_client_wait(log.client, -1), 0);
  assert_int_equal(mb_client_wait(log.client, 10), 10);
  assert_int_equal(mb_client_wait(log.client, 100), 20);
  assert_int_equal(mb_client_tick(log.client, 30), MB_OK);
  assert_int_equal(log.wire.pending_count, 0);
  transcript_end(&log);
}

/* Deliver moves requests and retries, and fires no timer. */
TEST(deliver_fires_no_timer) {
  expect_talk("{'retryInterval':0.001,'retryIntervalMax':0.001}", "0 next none ok,after=5\n"
                                                                  "0 sessionStart\n"
                                                                  "    0 m/1 new: sessionStart 0 -> none\n"
                                                                  "!1 deliver\n"
                                                                  "    1 m/1 new: sessionStart 0 ts 0\n"
                                                                  "!20000 deliver\n"
                                                                  "    20000 m/1 <- 201\n"
                                                                  "!20000 deadline\n"
                                                                  "    10000\n"
                                                                  "!20000 tick\n"
                                                                  "    20000 m/1 id1: ping 0 -> 204\n");
}

/* Recording begins before anything else. */
TEST(recording_comes_first) {
  transcript log;
  mb_tracker *tracker;
  transcript_begin(&log, WIRE_SILENT, NULL);
  assert_int_equal(mb_client_record(log.client, write_and_try, NULL), MB_OK);
  assert_int_equal(mb_client_record(log.client, NULL, NULL), MB_OK);
  assert_int_equal(mb_tracker_new(log.client, NULL, &tracker), MB_OK);
  assert_int_equal(mb_client_record(log.client, write_and_try, NULL), MB_TOO_LATE);
  transcript_end(&log);
}

/* Players without a name are numbered; a name counts its sessions, whoever makes them. */
TEST(players) {
  transcript log;
  mb_tracker *first, *second, *same;
  mb_media_info info;
  transcript_begin(&log, WIRE_TALK, NULL);
  mb_media_info_init(&info);
  info.id = info.name = "x", info.stream_type = "vod", info.media_type = "video";
  assert_int_equal(mb_tracker_new(log.client, NULL, &first), MB_OK);
  assert_int_equal(mb_tracker_new(log.client, NULL, &second), MB_OK);
  assert_int_equal(mb_tracker_new(log.client, "1", &same), MB_OK);
  assert_int_equal(mb_tracker_session_start(second, &info, NULL, 0, 0), MB_OK);
  assert_int_equal(mb_tracker_session_start(first, &info, NULL, 0, 0), MB_OK);
  assert_int_equal(mb_tracker_session_start(same, &info, NULL, 0, 0), MB_OK);
  assert_string_equal(text_of(&log.out), "    0 2/1 new: sessionStart 0 -> 201\n"
                                         "    0 1/1 new: sessionStart 0 -> 201\n"
                                         "    0 1/2 new: sessionStart 0 -> 201\n");
  transcript_end(&log);
}

/* However many there are, each is found by its name. */
TEST(many_players) {
  enum { PLAYERS = 300 };
  transcript log;
  mb_tracker *trackers[PLAYERS];
  mb_media_info info;
  char name[32], expected[64];
  transcript_begin(&log, WIRE_TALK, NULL);
  mb_media_info_init(&info);
  info.id = info.name = "x", info.stream_type = "vod", info.media_type = "video";
  for (int round = 1; round <= 2; round++)
    for (int i = 0; i < PLAYERS; i++) {
      snprintf(name, sizeof name, "player %d", i);
      text_clear(&log.out);
      if (round == 1) assert_int_equal(mb_tracker_new(log.client, name, &trackers[i]), MB_OK);
      assert_int_equal(mb_tracker_session_start(trackers[i], &info, NULL, 0, round), MB_OK);
      assert_int_equal(mb_tracker_session_end(trackers[i], round), MB_OK);
      snprintf(expected, sizeof expected, "    %d %s/%d new: ", round, name, round);
      assert_memory_equal(text_of(&log.out), expected, strlen(expected));
    }
  transcript_end(&log);
}

/* Statuses and reasons. */

TEST(every_status_has_a_name_and_a_text) {
  for (int i = 0; i < MB_STATUS_COUNT; i++) {
    assert_memory_equal(mb_status_name((mb_status)i), "MB_", 3);
    for (int other = 0; other < i; other++) {
      assert_string_not_equal(mb_status_name((mb_status)i), mb_status_name((mb_status)other));
      assert_string_not_equal(mb_status_text((mb_status)i), mb_status_text((mb_status)other));
    }
  }
  assert_string_equal(mb_status_text(MB_STATUS_COUNT), "unknown status");
  assert_string_equal(mb_status_text((mb_status)-1), "unknown status");
  assert_non_null(mb_status_name((mb_status)-1));
  assert_false(mb_status_is_refusal((mb_status)-1));
  assert_false(mb_status_is_refusal(MB_STATUS_COUNT));
  for (int i = 0; i < MB_DROP_COUNT; i++) assert_true(*mb_drop_text((mb_drop)i));
  assert_string_equal(mb_drop_text(MB_DROP_COUNT), "unknown reason");
  assert_string_equal(mb_version(), MB_VERSION);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_clock_that_steps_back),
      cmocka_unit_test(a_clock_that_is_set_right_again),
      cmocka_unit_test(retries_and_a_clock_that_steps_back),
      cmocka_unit_test(times_out_of_range),
      cmocka_unit_test(the_last_moment),
      cmocka_unit_test(milliseconds_are_not_cut_off),
      cmocka_unit_test(callbacks_find_every_door_busy),
      cmocka_unit_test(arguments),
      cmocka_unit_test(structs_say_their_size),
      cmocka_unit_test(messages),
      cmocka_unit_test(configuration_warnings_are_passed_on),
      cmocka_unit_test(messages_keep_secrets),
      cmocka_unit_test(bodies_are_logged_when_asked_for),
      cmocka_unit_test(wait_is_the_transports),
      cmocka_unit_test(deliver_fires_no_timer),
      cmocka_unit_test(recording_comes_first),
      cmocka_unit_test(players),
      cmocka_unit_test(many_players),
      cmocka_unit_test(every_status_has_a_name_and_a_text),
  };
  return cmocka_run_group_tests_name("client", tests, NULL, NULL);
}

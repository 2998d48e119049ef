/* What the events of one call carry: times that grow, quality of experience, what the player says when it is asked. */
#include "suite.h"

/* Events of one call share its time; on the wire each is later than the one before, 0 being a time like any other. The
 * timers do not see it.
 * https://experienceleague.adobe.com/en/docs/media-analytics/using/implementation/media-collection-api/mc-api-ref/mc-api-events-req */
TEST(times_grow_on_the_wire) {
  expect_brief(NULL, "0 sessionStart\n"
                     "    0 sessionStart 0\n"
                     "0 adBreakStart one 1 0\n"
                     "    0 adBreakStart 0 ts 1 one\n"
                     "0 adStart a 1 15\n"
                     "    0 adStart 0 ts 2 a\n"
                     "    0 play 0 ts 3\n"
                     "1 error e\n"
                     "    1 error 0 ts 4 error e/player\n"
                     "2 error f\n"
                     "    2 error 0 ts 5 error f/player\n"
                     "50 error g\n"
                     "    50 error 0 error g/player\n"
                     "10000 tick\n"
                     "    10000 ping 0\n");
}

TEST(quality_goes_out_once) {
  expect_brief(NULL, "0 qoe 1 2 3 4: MB_REFUSED_NOT_IN_SESSION\n"
                     "0 sessionStart\n"
                     "    0 sessionStart 0\n"
                     "10 qoe 1000 0 25 500\n"
                     "20 play\n"
                     "    20 play 0 qoe 1000/0/25/500\n"
                     "30 qoe 1000 0 25 500\n"
                     "40 pause\n"
                     "    40 pauseStart 0\n"
                     "50 qoe 1000 7 25 500\n"
                     "60 qoe 1000 0 25 500\n"
                     "70 play\n"
                     "    70 play 0\n"
                     "80 qoe 2000 0 25 500\n"
                     "90 stateStart mute\n"
                     "    90 stateStart 0 mute qoe 2000/0/25/500\n"
                     "100 error e\n"
                     "    100 error 0 qoe 2000/0/25/500 error e/player\n");
}

/* bitrateChange always carries what is known, and counts as sending it. */
TEST(bitrate_changes) {
  expect_brief(NULL, "0 sessionStart\n"
                     "    0 sessionStart 0\n"
                     "10 bitrateChange\n"
                     "    10 bitrateChange 0\n"
                     "20 qoe 1000 0 25 500\n"
                     "30 bitrateChange\n"
                     "    30 bitrateChange 0 qoe 1000/0/25/500\n"
                     "40 bitrateChange\n"
                     "    40 bitrateChange 0 qoe 1000/0/25/500\n"
                     "50 play\n"
                     "    50 play 0\n");
}

/* An error sends quality and error as one value: the plain quality follows with the next event. */
TEST(errors_and_quality) {
  expect_brief(NULL, "0 sessionStart\n"
                     "    0 sessionStart 0\n"
                     "10 error e\n"
                     "    10 error 0 error e/player\n"
                     "20 play\n"
                     "    20 play 0\n"
                     "30 qoe 1000 0 25 500\n"
                     "40 error e\n"
                     "    40 error 0 qoe 1000/0/25/500 error e/player\n"
                     "50 error e\n"
                     "    50 error 0 qoe 1000/0/25/500 error e/player\n"
                     "60 pause\n"
                     "    60 pauseStart 0 qoe 1000/0/25/500\n"
                     "70 play\n"
                     "    70 play 0\n");
}

TEST(quality_is_sent_again_after_a_restart) {
  expect_brief(NULL, "0 sessionStart\n"
                     "    0 sessionStart 0\n"
                     "10 qoe 1 2 3 4\n"
                     "20 pause\n"
                     "    20 pauseStart 0 qoe 1/2/3/4\n"
                     "!1800020 tick\n"
                     "    1800020 sessionEnd 0\n"
                     "1800030 play\n"
                     "    1800030 sessionStart 0 resume qoe 1/2/3/4\n"
                     "    1800030 play 0 ts 1800031\n");
}

TEST(a_resumed_session) {
  expect_brief(NULL, "0 sessionStart -resumed\n"
                     "    0 sessionStart 0 resume\n");
}

/* The player is asked once before the events of a call or timer, and not when there are none. */
TEST(the_player_is_asked) {
  expect_brief(NULL, "0 ask 1 1000 0 25 500\n"
                     "0 sessionStart\n"
                     "    0 sessionStart 1 qoe 1000/0/25/500\n"
                     "10 ask 2.5 1000 0 25 500\n"
                     "10 play\n"
                     "    10 play 2.5\n"
                     "20 ask 3 2000.9 0 25 500\n"
                     "20 adBreakStart one 1 0\n"
                     "    20 adBreakStart 3 one qoe 2000/0/25/500\n"
                     "30 ask nothing\n"
                     "30 adStart a 1 15\n"
                     "    30 adStart 3 a\n"
                     "    30 play 3 ts 31\n"
                     "40 playhead 9\n"
                     "50 ask - \n"
                     "50 adComplete\n"
                     "    50 adComplete 9\n"
                     "60 ask 10\n"
                     "10030 tick\n"
                     "    10030 ping 10\n"
                     "10040 play: MB_REFUSED_BREAK_WITHOUT_AD\n");
}

TEST(details_out_of_range_are_ignored_with_a_warning) {
  expect_brief(NULL, "0 log warning\n"
                     "0 ask -1 1 2 3 4\n"
                     "0 sessionStart\n"
                     "    # warning: player m: its playhead is out of range and ignored\n"
                     "    0 sessionStart 0 qoe 1/2/3/4\n"
                     "10 ask inf 1 2 3 5\n"
                     "10 play\n"
                     "    # warning: player m: its playhead is out of range and ignored\n"
                     "    10 play 0 qoe 1/2/3/5\n"
                     "20 ask 7 1 2 -3 6\n"
                     "20 pause\n"
                     "    # warning: player m: its quality of experience is out of range and ignored\n"
                     "    20 pauseStart 7\n");
  expect_brief(NULL, "0 log warning\n"
                     "0 sessionStart -wait 250\n"
                     "    0 sessionStart 0\n"
                     "10 ask -1 1 2 3 4\n"
                     "10 play\n"
                     "    # warning: player m: its playhead is out of range and ignored\n"
                     "20 ask 7 1 2 -3 6\n"
                     "20 pause\n"
                     "    # warning: player m: its quality of experience is out of range and ignored\n"
                     "250 ask nothing\n"
                     "250 tick\n"
                     "    250 play 0 ts 10 qoe 1/2/3/4\n"
                     "    250 pauseStart 7 ts 20\n");
}

/* Asked without a call that sends: never. */
typedef struct counting_player {
  mb_client *client;
  mb_tracker *tracker;
  int asked, busy;
} counting_player;

static bool try_everything(void *user, mb_player_details *details) {
  counting_player *player = user;
  player->asked++;
  assert_int_equal(details->size, sizeof *details);
  assert_int_equal(details->qoe.size, sizeof details->qoe);
  assert_false(details->has_qoe);
  mb_tracker *tracker = player->tracker, *other;
  mb_session *session;
  const mb_status statuses[] = {
      mb_tracker_play(tracker, 0),
      mb_tracker_update_playhead(tracker, 1, 0),
      mb_tracker_set_player_details(tracker, NULL, NULL),
      mb_tracker_new(player->client, NULL, &other),
      mb_client_tick(player->client, 0),
      mb_client_deliver(player->client, 0),
      mb_client_close(player->client, 0, 0),
      mb_client_set_consent(player->client, MB_CONSENT_OUT, 0),
      mb_client_set_online(player->client, false, 0),
      mb_client_record(player->client, NULL, NULL),
      mb_session_open(player->client, NULL, "{}", 2, 0, &session),
  };
  for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) player->busy += statuses[i] == MB_BUSY;
  assert_int_equal(player->busy, player->asked * (int)(sizeof statuses / sizeof *statuses));
  assert_int_equal(mb_client_wait(player->client, 10), 0);
  mb_tracker_free(tracker);
  mb_client_free(player->client);
  return false;
}

TEST(a_callback_finds_every_door_busy) {
  transcript log;
  counting_player player = {0};
  mb_media_info info;
  transcript_begin(&log, WIRE_BRIEF, NULL);
  player.client = log.client;
  assert_int_equal(mb_tracker_new(log.client, "p", &player.tracker), MB_OK);
  assert_int_equal(mb_tracker_set_player_details(player.tracker, try_everything, &player), MB_OK);
  assert_int_equal(mb_tracker_pause(player.tracker, 0), MB_REFUSED_NOT_IN_SESSION);
  assert_int_equal(player.asked, 0);
  mb_media_info_init(&info);
  info.id = info.name = "x", info.stream_type = "vod", info.media_type = "video", info.preroll_waiting_time_ms = 0;
  assert_int_equal(mb_tracker_session_start(player.tracker, &info, NULL, 0, 0), MB_OK);
  assert_int_equal(player.asked, 1);
  assert_int_equal(mb_tracker_play(player.tracker, 5), MB_OK);
  assert_int_equal(player.asked, 2);
  assert_int_equal(mb_tracker_update_playhead(player.tracker, 3, 6), MB_OK);
  assert_int_equal(mb_tracker_play(player.tracker, 7), MB_OK);
  assert_int_equal(mb_client_tick(log.client, 8), MB_OK);
  assert_int_equal(player.asked, 2);
  assert_int_equal(mb_client_tick(log.client, 1005), MB_OK);
  assert_int_equal(player.asked, 3);
  assert_string_equal(text_of(&log.out), "    0 sessionStart 0\n"
                                         "    5 play 0\n"
                                         "    1005 play 3\n");
  transcript_end(&log);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(times_grow_on_the_wire),
      cmocka_unit_test(quality_goes_out_once),
      cmocka_unit_test(bitrate_changes),
      cmocka_unit_test(errors_and_quality),
      cmocka_unit_test(quality_is_sent_again_after_a_restart),
      cmocka_unit_test(a_resumed_session),
      cmocka_unit_test(the_player_is_asked),
      cmocka_unit_test(details_out_of_range_are_ignored_with_a_warning),
      cmocka_unit_test(a_callback_finds_every_door_busy),
  };
  return cmocka_run_group_tests_name("turn", tests, NULL, NULL);
}

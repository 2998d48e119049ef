/* Bodies, paths and Location headers of the Media Collection API v1.
 * https://experienceleague.adobe.com/en/docs/media-analytics/using/implementation/media-collection-api/mc-api-ref/mc-api-sessions-req */
#include "encode_collection.h"

#include "outbox.h"
#include "suite.h"
#include "written.h"

static mb__writer writer;

static int set_up(void **state) {
  (void)state;
  mb__writer_init(&writer, &mb__c_library);
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  mb__writer_free(&writer);
  return 0;
}

TEST(heads) {
  mb__collection_head(&writer,
                      &(mb__moment){.type = MB__EVENT_PING, .playhead = 60.333333333333336, .ts = 1700000000123});
  assert_string_equal(written(&writer),
                      "{\"eventType\":\"ping\",\"playerTime\":{\"playhead\":60.333333333333336,\"ts\":1700000000123}");
  for (int i = 0; i < MB__EVENT_COUNT; i++) {
    char expected[128];
    mb__writer_clear(&writer);
    mb__collection_head(&writer, &(mb__moment){.type = (mb__event_type)i, .playhead = 30.0, .ts = 0});
    snprintf(expected, sizeof expected, "{\"eventType\":\"%s\",\"playerTime\":{\"playhead\":30,\"ts\":0}%s",
             mb__events[i].name, i == MB__EVENT_SESSION_START ? ",\"params\":{\"media.resume\":false" : "");
    assert_string_equal(written(&writer), expected);
    assert_true(mb__wire_playhead(writer.bytes, writer.size) == 30);
  }
}

TEST(quality_and_errors) {
  mb__moment moment = {
      .type = MB__EVENT_ERROR, .qoe = {{1, 2, 3, 4}, MB__QOE_ALL}, .error_id = "a\"b", .error_source = "player"};
  mb__collection_head(&writer, &moment);
  assert_string_equal(written(&writer),
                      "{\"eventType\":\"error\",\"playerTime\":{\"playhead\":0,\"ts\":0},\"qoeData\":{"
                      "\"media.qoe.bitrate\":1,\"media.qoe.droppedFrames\":2,\"media.qoe.framesPerSecond\":3,"
                      "\"media.qoe.timeToStart\":4,\"media.qoe.errorID\":\"a\\\"b\",\"media.qoe.errorSource\":"
                      "\"player\"}");
  mb__writer_clear(&writer);
  moment = (mb__moment){.type = MB__EVENT_PLAY, .qoe = {{1, 2, 3, 4}, 1 << 2}};
  mb__collection_head(&writer, &moment);
  assert_string_equal(written(&writer), "{\"eventType\":\"play\",\"playerTime\":{\"playhead\":0,\"ts\":0},\"qoeData\":{"
                                        "\"media.qoe.framesPerSecond\":3}");
  mb__writer_clear(&writer);
  moment = (mb__moment){.type = MB__EVENT_ERROR, .error_source = "external"};
  mb__collection_head(&writer, &moment);
  assert_string_equal(written(&writer),
                      "{\"eventType\":\"error\",\"playerTime\":{\"playhead\":0,\"ts\":0},\"qoeData\":{"
                      "\"media.qoe.errorSource\":\"external\"}");
  mb__writer_clear(&writer);
  moment = (mb__moment){.type = MB__EVENT_SESSION_START, .resume = true, .qoe = {{0}, 1}};
  mb__collection_head(&writer, &moment);
  assert_string_equal(written(&writer),
                      "{\"eventType\":\"sessionStart\",\"playerTime\":{\"playhead\":0,\"ts\":0},\"qoeData\":{"
                      "\"media.qoe.bitrate\":0},\"params\":{\"media.resume\":true");
}

TEST(tails) {
  mb__values values = {0};
  const mb_pair metadata[] = {{"a", "1"}, {"b", "\n"}};
  assert_int_equal(mb__collection_tail(&writer, MB__EVENT_PLAY, NULL, NULL, 0, MB__FIELD_COUNT), 0);
  assert_string_equal(written(&writer), "}");
  mb__writer_clear(&writer);
  mb__set_number(&values, MB__FIELD_MEDIA_AD_LENGTH, 15);
  mb__set_text(&values, MB__FIELD_MEDIA_AD_ID, "x");
  mb__set_text(&values, MB__FIELD_MEDIA_AD_PLAYER_NAME, "p");
  mb__set_integer(&values, MB__FIELD_MEDIA_AD_POD_POSITION, 1);
  mb__set_text(&values, MB__FIELD_MEDIA_AD_NAME, NULL);
  mb__set_text(&values, MB__FIELD_MEDIA_ID, "not of an ad");
  size_t identity =
      mb__collection_tail(&writer, MB__EVENT_AD_START, &values, metadata, 2, MB__FIELD_MEDIA_AD_POD_POSITION);
  static const char same[] = ",\"params\":{\"media.ad.id\":\"x\",\"media.ad.length\":15,\"media.ad.podPosition\":1";
  assert_int_equal(identity, sizeof same - 1);
  assert_memory_equal(writer.bytes, same, identity);
  assert_string_equal(written(&writer) + identity,
                      ",\"media.ad.playerName\":\"p\"},\"customMetadata\":{\"a\":\"1\",\"b\":\"\\n\"}}");
  mb__writer_clear(&writer);
  assert_int_equal(mb__collection_tail(&writer, MB__EVENT_AD_START, &values, NULL, 0, MB__FIELD_MEDIA_ID), 0);
}

/* media.resume is the head's, which has opened params already. */
TEST(the_tail_of_a_sessionStart) {
  mb__values values = {0};
  mb__set_flag(&values, MB__FIELD_MEDIA_RESUME, true);
  mb__collection_tail(&writer, MB__EVENT_SESSION_START, &values, NULL, 0, MB__FIELD_COUNT);
  assert_string_equal(written(&writer), "}}");
  mb__writer_clear(&writer);
  mb__set_text(&values, MB__FIELD_MEDIA_ID, "x");
  mb__collection_tail(&writer, MB__EVENT_SESSION_START, &values, NULL, 0, MB__FIELD_COUNT);
  assert_string_equal(written(&writer), ",\"media.id\":\"x\"}}");
}

TEST(playheads_are_read_back) {
  static const double playheads[] = {0, 0.5, 60.333333333333336, 86399.999, 1e21, 5e-324};
  for (size_t i = 0; i < sizeof playheads / sizeof *playheads; i++) {
    mb__writer_clear(&writer);
    mb__collection_head(&writer, &(mb__moment){.type = MB__EVENT_PLAY, .playhead = playheads[i], .ts = 5});
    assert_true(mb__wire_playhead(writer.bytes, writer.size) == playheads[i]);
  }
}

TEST(paths) {
  char id[] = "abc";
  mb__outbox outbox = {.id = id};
  mb__collection_wire.path(&writer, &outbox, &(mb__record){.type = MB__EVENT_SESSION_START});
  mb__write_raw(&writer, " ");
  mb__collection_wire.path(&writer, &outbox, &(mb__record){.type = MB__EVENT_PLAY});
  mb__write_raw(&writer, " ");
  assert_string_equal(written(&writer), "/api/v1/sessions /api/v1/sessions/abc/events ");
}

/* An older place for downloaded sessions is the same as for others. */
TEST(paths_of_batches) {
  static const char *const paths[] = {"downloaded", "sessions"};
  for (int i = 0; i < 2; i++) {
    char expected[64];
    mb_config *config;
    mb_client *client;
    assert_int_equal(mb_config_new(NULL, &config), MB_OK);
    assert_int_equal(mb_config_set_text(config, "downloadedPath", paths[i]), MB_OK);
    assert_int_equal(mb_client_new(config, NULL, &client), MB_OK);
    mb__outbox outbox = {.client = client, .is_batch = true};
    mb__writer_clear(&writer);
    mb__collection_wire.path(&writer, &outbox, &(mb__record){.type = MB__EVENT_SESSION_START});
    snprintf(expected, sizeof expected, "/api/v1/%s", paths[i]);
    assert_string_equal(written(&writer), expected);
    mb_client_free(client);
    mb_config_free(config);
  }
}

static void assert_id(const char *location, const char *expected) {
  size_t size = 0;
  const char *id = mb__collection_session_id(location, &size);
  if (!expected && id) fail_msg("%s gives the id %.*s", location, (int)size, id);
  if (!expected) return;
  assert_non_null(id);
  assert_int_equal(size, strlen(expected));
  assert_memory_equal(id, expected, size);
}

/* What follows the last /sessions/, up to the next '/', '?' or '#'. */
TEST(ids) {
  assert_id("/api/v1/sessions/abc", "abc");
  assert_id("/api/v1/sessions/0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
            "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef");
  assert_id("https://host.example:8443/api/v1/sessions/abc", "abc");
  assert_id("https://host.example/va/api/v1/sessions/abc/", "abc");
  assert_id("/api/v2/sessions/abc/events", "abc");
  assert_id("/api/v1/sessions/abc?x=1", "abc");
  assert_id("/api/v1/sessions/abc#top", "abc");
  assert_id("/sessions/old/sessions/new", "new");
  assert_id("/api/v1/sessions//sessions/x", "x");
  assert_id("/api/v1/sessions/a-b_c.d~e%20!$&'()*+,;=:@", "a-b_c.d~e%20!$&'()*+,;=:@");
  assert_id("/api/v1/sessions/...", "...");
}

TEST(no_ids) {
  assert_id("", NULL);
  assert_id("/", NULL);
  assert_id("abc", NULL);
  assert_id("/api/v1/sessions", NULL);
  assert_id("/api/v1/sessions/", NULL);
  assert_id("/api/v1/sessions//", NULL);
  assert_id("/api/v1/sessions/?x", NULL);
  assert_id("/api/v1/sessions/#x", NULL);
  assert_id("/api/v1/session/abc", NULL);
  assert_id("/api/v1/Sessions/abc", NULL);
  assert_id(NULL, NULL);
}

/* An id goes into the path of every request: one that could lead elsewhere is none. */
TEST(hostile_ids) {
  char longest[1200];
  assert_id("/api/v1/sessions/a b", NULL);
  assert_id("/api/v1/sessions/a\r\nHost: evil", NULL);
  assert_id("/api/v1/sessions/a\"b", NULL);
  assert_id("/api/v1/sessions/a\\b", NULL);
  assert_id("/api/v1/sessions/a\x7f", NULL);
  assert_id("/api/v1/sessions/a\xc3\xa9", NULL);
  assert_id("/api/v1/sessions/<script>", NULL);
  assert_id("/api/v1/sessions/.", NULL);
  assert_id("/api/v1/sessions/..", NULL);
  assert_id("/api/v1/sessions/../../admin", NULL);
  assert_id("/api/v1/sessions/%2e%2E", NULL);
  assert_id("/api/v1/sessions/.%2e", NULL);
  assert_id("/api/v1/sessions/%2E", NULL);
  snprintf(longest, sizeof longest, "/sessions/%01024d", 0);
  assert_id(longest, longest + 10);
  snprintf(longest, sizeof longest, "/sessions/%01025d", 0);
  assert_id(longest, NULL);
}

int main(void) {
#define BODY_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
  const struct CMUnitTest tests[] = {
      BODY_TEST(heads),
      BODY_TEST(quality_and_errors),
      BODY_TEST(tails),
      BODY_TEST(the_tail_of_a_sessionStart),
      BODY_TEST(playheads_are_read_back),
      BODY_TEST(paths),
      BODY_TEST(paths_of_batches),
      cmocka_unit_test(ids),
      cmocka_unit_test(no_ids),
      cmocka_unit_test(hostile_ids),
  };
  return cmocka_run_group_tests_name("encode_collection", tests, NULL, NULL);
}

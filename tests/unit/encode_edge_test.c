/* Bodies and paths of the Media Edge API, byte by byte.
 * https://developer.adobe.com/data-collection-apis/docs/endpoints/media/ */
#include "encode_edge.h"

#include "outbox.h"
#include "protocol/xdm.h"
#include "suite.h"
#include "written.h"

static mb__writer writer;
static mb__values values;

static int set_up(void **state) {
  (void)state;
  mb__writer_init(&writer, &mb__c_library);
  values = (mb__values){0};
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  mb__writer_free(&writer);
  return 0;
}

#define NOON INT64_C(1768478400000) /* 2026-01-15T12:00:00Z */
#define ID "01234567-89ab-4def-bedc-ba9876543210"
#define BEGINNING(type)                                                                              \
  "{\"_id\":\"" ID "\",\"eventType\":\"media." type "\",\"timestamp\":\"2026-01-15T12:00:00.000Z\"," \
  "\"mediaCollection\":{"

static mb__moment moment_of(mb__event_type type) {
  return (mb__moment){
      .id = {0x0123456789abcdef, 0xfedcba9876543210}, .type = type, .playhead = 10, .ts = NOON, .error_source = NULL};
}

static void fail_with_fault(void *user, const char *path, const char *reason) {
  fail_msg("xdm%s: %s in %s", path, reason, (const char *)user);
}

/* Once the session's id is in, the body is one that a backend takes. */
static void assert_valid(const char *body, mb__event_type type) {
  mb__writer filled;
  mb__json *json;
  mb__event_type checked;
  mb__writer_init(&filled, &mb__c_library);
  mb__edge_fill_in(&filled, body, strlen(body), type, type == MB__EVENT_SESSION_START ? NULL : "a");
  assert_int_equal(mb__json_parse(filled.bytes, filled.size, &json, NULL, NULL), MB_OK);
  mb__xdm_check(json, MB__XDM_FROM_WIRE, &checked, fail_with_fault, (void *)(uintptr_t)body);
  assert_string_equal(mb__events[checked].xdm, mb__events[type].xdm);
  mb__json_free(json);
  mb__writer_free(&filled);
}

static void expect_body_of(const mb__moment *moment, const mb_pair *metadata, size_t count, const char *expected) {
  mb__writer_clear(&writer);
  mb__edge_head(&writer, moment);
  mb__edge_tail(&writer, moment->type, &values, metadata, count, MB__FIELD_COUNT);
  assert_string_equal(written(&writer), expected);
  assert_valid(expected, moment->type);
}

static void expect_body(mb__event_type type, const char *expected) {
  mb__moment moment = moment_of(type);
  expect_body_of(&moment, NULL, 0, expected);
}

/* Every event type. */

TEST(plain_events) {
  static const mb__event_type plain[] = {
      MB__EVENT_PLAY,         MB__EVENT_PING,        MB__EVENT_PAUSE_START,       MB__EVENT_BUFFER_START,
      MB__EVENT_AD_COMPLETE,  MB__EVENT_AD_SKIP,     MB__EVENT_AD_BREAK_COMPLETE, MB__EVENT_CHAPTER_COMPLETE,
      MB__EVENT_CHAPTER_SKIP, MB__EVENT_SESSION_END, MB__EVENT_SESSION_COMPLETE};
  for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) {
    char expected[512];
    mb__moment moment = moment_of(plain[i]);
    snprintf(expected, sizeof expected, BEGINNING("%s") "\"sessionID\":\"\",\"playhead\":10}}",
             mb__events[plain[i]].name);
    expect_body(plain[i], expected);
    mb__writer_clear(&writer);
    mb__edge_head(&writer, &moment);
    mb__write_raw(&writer, mb__edge_wire.no_tail);
    assert_string_equal(written(&writer), expected);
  }
}

TEST(a_sessionStart) {
  mb__set_text(&values, MB__FIELD_MEDIA_ID, "movie \"1\"");
  mb__set_text(&values, MB__FIELD_MEDIA_NAME, "Ein Film \xc3\xbc\n");
  mb__set_number(&values, MB__FIELD_MEDIA_LENGTH, 5400.9);
  mb__set_text(&values, MB__FIELD_MEDIA_CONTENT_TYPE, "vod");
  mb__set_text(&values, MB__FIELD_MEDIA_STREAM_TYPE, "video");
  mb__set_text(&values, MB__FIELD_MEDIA_PLAYER_NAME, "pn");
  mb__set_text(&values, MB__FIELD_MEDIA_CHANNEL, "ch");
  mb__set_text(&values, MB__FIELD_MEDIA_SDK_VERSION, "1.2");
  mb__set_text(&values, MB__FIELD_MEDIA_LIBRARY_VERSION, "mediabeat-9");
  mb__set_text(&values, MB__FIELD_MEDIA_SHOW, "S");
  mb__set_text(&values, MB__FIELD_MEDIA_PASS_AUTH, "true");
  mb__set_text(&values, MB__FIELD_ANALYTICS_REPORT_SUITE, "the datastream's");
  const mb_pair metadata[] = {{"a", "1"}, {"b", "\\"}};
  mb__moment moment = moment_of(MB__EVENT_SESSION_START);
  expect_body_of(
      &moment, metadata, 2,
      BEGINNING(
          "sessionStart") "\"playhead\":10,\"sessionDetails\":{\"hasResume\":false,\"name\":\"movie \\\"1\\\"\","
                          "\"friendlyName\":\"Ein Film "
                          "\xc3\xbc\\n\",\"length\":5400,\"contentType\":\"vod\",\"streamType\":\"video\","
                          "\"playerName\":\"pn\",\"channel\":\"ch\",\"appVersion\":\"1.2\",\"show\":\"S\","
                          "\"authorized\":\"true\"},"
                          "\"customMetadata\":[{\"name\":\"a\",\"value\":\"1\"},{\"name\":\"b\",\"value\":\"\\\\\"}]},"
                          "\"implementationDetails\":{\"name\":\"https://ns.adobe.com/experience/"
                          "edge\",\"version\":\"mediabeat-9\","
                          "\"environment\":\"app\"}}");
}

/* A resume differs in the head alone, whatever the values say; content that is not downloaded does not say so. */
TEST(resumed_and_downloaded) {
  mb__moment moment = moment_of(MB__EVENT_SESSION_START);
  moment.resume = true;
  mb__set_flag(&values, MB__FIELD_MEDIA_RESUME, false);
  mb__set_flag(&values, MB__FIELD_MEDIA_DOWNLOADED, false);
  mb__edge_head(&writer, &moment);
  mb__edge_tail(&writer, moment.type, &values, NULL, 0, MB__FIELD_COUNT);
  assert_string_equal(written(&writer),
                      BEGINNING("sessionStart") "\"playhead\":10,\"sessionDetails\":{\"hasResume\":true}}}");
  mb__writer_clear(&writer);
  mb__set_flag(&values, MB__FIELD_MEDIA_DOWNLOADED, true);
  mb__edge_tail(&writer, moment.type, &values, NULL, 0, MB__FIELD_COUNT);
  assert_string_equal(written(&writer), ",\"isDownloaded\":true}}}");
}

TEST(an_ad_break) {
  mb__set_text(&values, MB__FIELD_MEDIA_AD_POD_FRIENDLY_NAME, "pre-roll");
  mb__set_integer(&values, MB__FIELD_MEDIA_AD_POD_INDEX, 0);
  mb__set_number(&values, MB__FIELD_MEDIA_AD_POD_SECOND, 0.5);
  expect_body(
      MB__EVENT_AD_BREAK_START,
      BEGINNING("adBreakStart") "\"sessionID\":\"\",\"playhead\":10,\"advertisingPodDetails\":{\"friendlyName\":"
                                "\"pre-roll\",\"index\":0,\"offset\":0}}}");
}

TEST(an_ad) {
  mb__set_text(&values, MB__FIELD_MEDIA_AD_POD_FRIENDLY_NAME, "of the break");
  mb__set_text(&values, MB__FIELD_MEDIA_AD_ID, "x");
  mb__set_text(&values, MB__FIELD_MEDIA_AD_NAME, "An ad");
  mb__set_number(&values, MB__FIELD_MEDIA_AD_LENGTH, 15);
  mb__set_integer(&values, MB__FIELD_MEDIA_AD_POD_POSITION, 1);
  mb__set_text(&values, MB__FIELD_MEDIA_AD_PLAYER_NAME, "pn");
  mb__set_text(&values, MB__FIELD_MEDIA_AD_CREATIVE_URL, "https://c.example/?a=1&b=2");
  const mb_pair metadata[] = {{"k", "v"}};
  mb__moment moment = moment_of(MB__EVENT_AD_START);
  expect_body_of(&moment, metadata, 1,
                 BEGINNING("adStart") "\"sessionID\":\"\",\"playhead\":10,\"advertisingDetails\":{\"name\":\"x\","
                                      "\"friendlyName\":\"An ad\","
                                      "\"length\":15,\"podPosition\":1,\"playerName\":\"pn\",\"creativeURL\":\"https://"
                                      "c.example/?a=1&b=2\"},"
                                      "\"customMetadata\":[{\"name\":\"k\",\"value\":\"v\"}]}}");
}

TEST(a_chapter) {
  mb__set_integer(&values, MB__FIELD_MEDIA_CHAPTER_INDEX, 3);
  mb__set_number(&values, MB__FIELD_MEDIA_CHAPTER_OFFSET, 60);
  mb__set_number(&values, MB__FIELD_MEDIA_CHAPTER_LENGTH, 30);
  mb__set_text(&values, MB__FIELD_MEDIA_CHAPTER_FRIENDLY_NAME, "Three");
  expect_body(
      MB__EVENT_CHAPTER_START,
      BEGINNING("chapterStart") "\"sessionID\":\"\",\"playhead\":10,\"chapterDetails\":{\"index\":3,\"offset\":60,"
                                "\"length\":30,\"friendlyName\":\"Three\"}}}");
}

TEST(the_start_and_the_end_of_a_state) {
  mb__set_text(&values, MB__FIELD_MEDIA_STATE_NAME, "fullScreen");
  expect_body(
      MB__EVENT_STATE_START,
      BEGINNING("statesUpdate") "\"sessionID\":\"\",\"playhead\":10,\"statesStart\":[{\"name\":\"fullScreen\"}]}}");
  expect_body(
      MB__EVENT_STATE_END,
      BEGINNING("statesUpdate") "\"sessionID\":\"\",\"playhead\":10,\"statesEnd\":[{\"name\":\"fullScreen\"}]}}");
}

/* The names come as either protocol has them. */
TEST(several_states) {
  static const char *const forms[][2] = {
      {"[{\"name\":\"a\"},{\"name\":\"b.c\"}]", "[]"},
      {"[{\"media.state.name\":\"a\"},{\"media.state.name\":\"b.c\"}]", "[]"},
  };
  for (int i = 0; i < 2; i++) {
    mb__json *start, *end;
    assert_int_equal(mb__json_parse(forms[i][0], strlen(forms[i][0]), &start, NULL, NULL), MB_OK);
    assert_int_equal(mb__json_parse(forms[i][1], strlen(forms[i][1]), &end, NULL, NULL), MB_OK);
    mb__set_json(&values, MB__FIELD_STATES_START, start);
    mb__set_json(&values, MB__FIELD_STATES_END, end);
    expect_body(MB__EVENT_STATES_UPDATE,
                BEGINNING("statesUpdate") "\"sessionID\":\"\",\"playhead\":10,\"statesStart\":[{\"name\":\"a\"},"
                                          "{\"name\":\"b.c\"}],\"statesEnd\":[]}}");
    mb__json_free(start);
    mb__json_free(end);
  }
}

TEST(an_error) {
  mb__moment moment = moment_of(MB__EVENT_ERROR);
  moment.error_id = "E \"1\"";
  expect_body_of(&moment, NULL, 0,
                 BEGINNING("error") "\"sessionID\":\"\",\"playhead\":10,\"errorDetails\":{\"name\":\"E \\\"1\\\"\","
                                    "\"source\":\"player\"}}}");
  moment.error_source = "external";
  moment.qoe = (mb__qoe){{1, 2, 3, 4}, MB__QOE_ALL};
  expect_body_of(&moment, NULL, 0,
                 BEGINNING("error") "\"sessionID\":\"\",\"playhead\":10,\"qoeDataDetails\":{\"bitrate\":1,"
                                    "\"droppedFrames\":2,\"framesPerSecond\":3,\"timeToStart\":4},\"errorDetails\":{"
                                    "\"name\":\"E \\\"1\\\"\",\"source\":\"external\"}}}");
}

/* A change of the bitrate always has the object, be it empty; what is larger than 32 bits is cut. */
TEST(quality) {
  mb__moment moment = moment_of(MB__EVENT_BITRATE_CHANGE);
  expect_body_of(&moment, NULL, 0,
                 BEGINNING("bitrateChange") "\"sessionID\":\"\",\"playhead\":10,\"qoeDataDetails\":{}}}");
  moment.qoe = (mb__qoe){{INT32_MAX, INT64_C(2147483648), INT64_C(9007199254740992), 0}, MB__QOE_ALL};
  expect_body_of(
      &moment, NULL, 0,
      BEGINNING("bitrateChange") "\"sessionID\":\"\",\"playhead\":10,\"qoeDataDetails\":{\"bitrate\":2147483647,"
                                 "\"droppedFrames\":2147483647,\"framesPerSecond\":2147483647,"
                                 "\"timeToStart\":0}}}");
  moment = moment_of(MB__EVENT_PING);
  moment.qoe = (mb__qoe){{1, 2, 3, 4}, 1 << 2};
  expect_body_of(&moment, NULL, 0,
                 BEGINNING("ping") "\"sessionID\":\"\",\"playhead\":10,\"qoeDataDetails\":{\"framesPerSecond\":3}}}");
}

/* So many bytes of a tail tell a break, an ad or a chapter from another. */
TEST(identities_of_tails) {
  static const char same[] = ",\"advertisingDetails\":{\"name\":\"x\",\"length\":15,\"podPosition\":1";
  mb__set_text(&values, MB__FIELD_MEDIA_AD_ID, "x");
  mb__set_number(&values, MB__FIELD_MEDIA_AD_LENGTH, 15);
  mb__set_integer(&values, MB__FIELD_MEDIA_AD_POD_POSITION, 1);
  mb__set_text(&values, MB__FIELD_MEDIA_AD_PLAYER_NAME, "pn");
  size_t identity = mb__edge_tail(&writer, MB__EVENT_AD_START, &values, NULL, 0, MB__FIELD_MEDIA_AD_POD_POSITION);
  assert_int_equal(identity, sizeof same - 1);
  assert_memory_equal(writer.bytes, same, identity);
  mb__writer_clear(&writer);
  assert_int_equal(mb__edge_tail(&writer, MB__EVENT_AD_START, &values, NULL, 0, MB__FIELD_MEDIA_ID), 0);
  assert_int_equal(mb__edge_tail(&writer, MB__EVENT_PLAY, NULL, NULL, 0, MB__FIELD_COUNT), 0);
}

/* Times, playheads, ids. */

TEST(times) {
  static const struct {
    int64_t ts;
    const char *text;
  } rows[] = {{0, "1970-01-01T00:00:00.000Z"},
              {7, "1970-01-01T00:00:00.007Z"},
              {INT64_C(951782399999), "2000-02-28T23:59:59.999Z"},
              {INT64_C(951782400000), "2000-02-29T00:00:00.000Z"},
              {INT64_C(253402300799999), "9999-12-31T23:59:59.999Z"}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    mb__moment moment = moment_of(MB__EVENT_PING);
    moment.ts = rows[i].ts;
    mb__writer_clear(&writer);
    mb__edge_head(&writer, &moment);
    if (!strstr(written(&writer), rows[i].text)) fail_msg("%s is not %s", written(&writer), rows[i].text);
  }
}

/* Whole seconds are all that XDM takes; they are read back when a session goes on in a new one. */
TEST(playheads_are_cut) {
  static const struct {
    double playhead;
    const char *written;
    double read;
  } rows[] = {{0, "0", 0},
              {0.999, "0", 0},
              {60.333333333333336, "60", 60},
              {86399.5, "86399", 86399},
              {5e-324, "0", 0},
              {1e300, "9007199254740992", 9007199254740992}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    for (int type = 0; type < MB__EVENT_COUNT; type++) {
      char expected[64];
      mb__moment moment = moment_of((mb__event_type)type);
      moment.playhead = rows[i].playhead;
      mb__writer_clear(&writer);
      mb__edge_head(&writer, &moment);
      mb__write_raw(&writer, mb__edge_wire.no_tail);
      snprintf(expected, sizeof expected, "\"playhead\":%s", rows[i].written);
      const char *found = strstr(written(&writer), expected);
      assert_non_null(found);
      assert_non_null(strchr(",}", found[strlen(expected)]));
      assert_true(mb__wire_playhead(writer.bytes, writer.size) == rows[i].read);
    }
  }
}

/* Version 4, the variant of RFC 9562; all other bits are those that were given. */
TEST(uuids) {
  static const struct {
    uint64_t bits[2];
    const char *uuid;
  } rows[] = {{{0, 0}, "00000000-0000-4000-8000-000000000000"},
              {{UINT64_MAX, UINT64_MAX}, "ffffffff-ffff-4fff-bfff-ffffffffffff"},
              {{0x0123456789abcdef, 0x0edcba9876543210}, "01234567-89ab-4def-8edc-ba9876543210"}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    mb__moment moment = moment_of(MB__EVENT_PING);
    memcpy(moment.id, rows[i].bits, sizeof moment.id);
    mb__writer_clear(&writer);
    mb__edge_head(&writer, &moment);
    assert_memory_equal(mb__edge_id_of(writer.bytes), rows[i].uuid, MB__UUID_SIZE);
  }
}

/* The session's id. */

static void expect_filled_in(mb__event_type type, const char *id, const char *escaped) {
  char whole[4096];
  mb__writer filled;
  mb__moment moment = moment_of(type);
  mb__writer_clear(&writer);
  mb__edge_head(&writer, &moment);
  mb__edge_tail(&writer, type, &values, NULL, 0, MB__FIELD_COUNT);
  const char *body = written(&writer), *hole = strstr(body, "\"sessionID\":\"\"") + strlen("\"sessionID\":");
  snprintf(whole, sizeof whole, "%.*s\"%s\"%s", (int)(hole - body), body, escaped, hole + 2);
  mb__writer_init(&filled, &mb__c_library);
  mb__edge_fill_in(&filled, body, strlen(body), type, id);
  assert_string_equal(written(&filled), whole);
  mb__writer_free(&filled);
}

TEST(session_ids_are_filled_in) {
  static const char *const ids[][2] = {{"4d8c00415c3c318d20c0a3ba", "4d8c00415c3c318d20c0a3ba"},
                                       {"a\"b", "a\\\"b"},
                                       {"\\", "\\\\"},
                                       {"\"\"", "\\\"\\\""},
                                       {"\xc3\xbc\xf0\x9f\x8e\xac", "\xc3\xbc\xf0\x9f\x8e\xac"},
                                       {"a\nb", "a\\nb"},
                                       {"},\"playhead\":99", "},\\\"playhead\\\":99"}};
  mb__set_text(&values, MB__FIELD_MEDIA_STATE_NAME, "sessionID");
  for (int type = 0; type < MB__EVENT_COUNT; type++)
    for (size_t i = 0; i < sizeof ids / sizeof *ids && type != MB__EVENT_SESSION_START; i++)
      expect_filled_in((mb__event_type)type, ids[i][0], ids[i][1]);
}

TEST(a_sessionStart_has_no_session_id) {
  mb__moment moment = moment_of(MB__EVENT_SESSION_START);
  mb__writer filled;
  mb__writer_init(&filled, &mb__c_library);
  mb__edge_head(&writer, &moment);
  mb__edge_tail(&writer, moment.type, &values, NULL, 0, MB__FIELD_COUNT);
  assert_null(strstr(written(&writer), "sessionID"));
  mb__edge_fill_in(&filled, writer.bytes, writer.size, moment.type, NULL);
  assert_int_equal(filled.size, writer.size);
  assert_memory_equal(filled.bytes, writer.bytes, writer.size);
  mb__writer_free(&filled);
}

/* What an application might have given: without what the library alone may say. */
TEST(bare_bodies) {
  mb_pair metadata[] = {{"k", "v"}};
  mb__reading reading = {.moment = moment_of(MB__EVENT_SESSION_START), .metadata = metadata, .metadata_count = 1};
  mb__set_text(&reading.values, MB__FIELD_MEDIA_ID, "a");
  mb__set_text(&reading.values, MB__FIELD_VISITOR_MARKETING_CLOUD_USER_ID, "e");
  mb__set_text(&reading.values, MB__FIELD_MEDIA_LIBRARY_VERSION, "the library's");
  mb__edge_bare(&writer, &reading);
  assert_string_equal(written(&writer),
                      "{\"eventType\":\"media.sessionStart\",\"mediaCollection\":{\"playhead\":10,"
                      "\"sessionDetails\":{\"hasResume\":false,\"name\":\"a\"},\"customMetadata\":["
                      "{\"name\":\"k\",\"value\":\"v\"}]},\"identityMap\":{\"ECID\":[{\"id\":\"e\"}]}}");
}

/* Requests. */

#define XDM_START "{'mediaCollection':{'sessionDetails':{'name':'a','length':60,'contentType':'vod'}}}"
#define XDM_START_WITH(identities) "{'identityMap':" identities ",'mediaCollection':{" SESSION_DETAILS "}}"
#define SENT_START                                                                                            \
  "{\"events\":[{\"xdm\":{\"_id\":\"UUID\",\"eventType\":\"media.sessionStart\",\"timestamp\":"               \
  "\"1970-01-01T00:00:00.000Z\",\"mediaCollection\":{\"playhead\":0,\"sessionDetails\":{\"hasResume\":false," \
  "\"name\":\"a\",\"length\":60,\"contentType\":\"vod\",\"playerName\":\"pn\",\"channel\":\"ch\"}}"
#define SENT_IMPLEMENTATION                                                                                           \
  ",\"implementationDetails\":{\"name\":\"https://ns.adobe.com/experience/edge\",\"version\":\"mediabeat-" MB_VERSION \
  "\",\"environment\":\"app\"}"

TEST(requests) {
  expect_bodies(ON_EDGE,
                "0 open " XDM_START "\n"
                "    0 m/1 POST /ee/va/v1/sessionStart?configId=ds&requestId=UUID " SENT_START SENT_IMPLEMENTATION
                "}}]}\n"
                "1 send {'eventType':'media.play'}\n"
                "    1 m/1 POST /ee/va/v1/play?configId=ds&requestId=UUID {\"events\":[{\"xdm\":{\"_id\":"
                "\"UUID\",\"eventType\":\"media.play\",\"timestamp\":\"1970-01-01T00:00:00.001Z\","
                "\"mediaCollection\":{\"sessionID\":\"id1\",\"playhead\":0}}}]}\n");
}

static void expect_address(const char *more, const char *path, const char *url) {
  char config[512], start[256];
  transcript log;
  snprintf(config, sizeof config, "{'protocol':'edge-va-v1','channel':'ch','playerName':'pn',%s}", more);
  snprintf(start, sizeof start, "    0 m/1 POST %s&requestId=UUID {", path);
  transcript_begin(&log, WIRE_BODIES, config);
  transcript_perform(&log, "0 open " XDM_START);
  if (!strstr(text_of(&log.out), start)) fail_msg("not\n%s\n%s", start, text_of(&log.out));
  assert_memory_equal(log.wire.url, url, strlen(url));
  transcript_end(&log);
}

TEST(addresses) {
  expect_address("'datastreamId':'ds','endpoint':'https://edge.example'", "/ee/va/v1/sessionStart?configId=ds",
                 "https://edge.example/ee/va/v1/sessionStart?configId=ds&requestId=");
  expect_address("'datastreamId':'ds','endpoint':'https://edge.example:8443/prefix/'",
                 "/ee/va/v1/sessionStart?configId=ds", "https://edge.example:8443/prefix/ee/va/v1/sessionStart?");
  expect_address("'datastreamId':'ds','edgeBasePath':'ee-pre-prd'", "/ee-pre-prd/va/v1/sessionStart?configId=ds",
                 "/ee-pre");
  expect_address("'datastreamId':'ds','locationHint':'irl1'", "/ee/irl1/va/v1/sessionStart?configId=ds", "/ee/irl1/va");
  expect_address("'datastreamId':'ds','locationHint':''", "/ee/va/v1/sessionStart?configId=ds", "/ee/va");
  expect_address("'datastreamId':'1a-2B_3.4~5:6/7 8%9&c=d#e?f+\xc3\xbc'",
                 "/ee/va/v1/sessionStart?configId=1a-2B_3.4~5%3A6%2F7%208%259%26c%3Dd%23e%3Ff%2B%C3%BC", "/ee/va");
}

/* identityMap: visitor ids of the configuration or of the caller's XDM, of which the caller's go before. */
TEST(identities) {
  static const char *const rows[][3] = {
      {"", XDM_START, ""},
      {",'marketingCloudUserId':'e'", XDM_START, ",\"identityMap\":{\"ECID\":[{\"id\":\"e\"}]}"},
      {",'appInstallationId':'f'", XDM_START, ",\"identityMap\":{\"FPID\":[{\"id\":\"f\"}]}"},
      {",'marketingCloudUserId':'e','appInstallationId':'f','customerIDs':{'crm':{'id':'\xc3\xbc','authState':1},'a b':"
       "{'id':'2','authState':2},'x':{'id':'3','authState':0}}",
       XDM_START,
       ",\"identityMap\":{\"ECID\":[{\"id\":\"e\"}],\"crm\":[{\"id\":\"\xc3\xbc\",\"authenticatedState\":"
       "\"authenticated\"}],\"a b\":[{\"id\":\"2\",\"authenticatedState\":\"loggedOut\"}],\"x\":[{\"id\":\"3\","
       "\"authenticatedState\":\"ambiguous\"}],\"FPID\":[{\"id\":\"f\"}]}"},
      {"", XDM_START_WITH("{'ECID':[{'id':'mine'}],'crm':[{'id':'7','authenticatedState':'loggedOut'}]}"),
       ",\"identityMap\":{\"ECID\":[{\"id\":\"mine\"}],\"crm\":[{\"id\":\"7\",\"authenticatedState\":\"loggedOut\"}]}"},
      {",'marketingCloudUserId':'e','customerIDs':{'x':{'id':'3','authState':0}}",
       XDM_START_WITH("{'ECID':[{'id':'mine'}],'crm':[{'id':'7','authenticatedState':'loggedOut'}]}"),
       ",\"identityMap\":{\"ECID\":[{\"id\":\"mine\"}],\"crm\":[{\"id\":\"7\",\"authenticatedState\":\"loggedOut\"}]}"},
      {",'marketingCloudUserId':'e'", XDM_START_WITH("{'FPID':[{'id':'f'}]}"),
       ",\"identityMap\":{\"ECID\":[{\"id\":\"e\"}],\"FPID\":[{\"id\":\"f\"}]}"},
      {"", XDM_START_WITH("{}"), ""},
      {"", XDM_START_WITH("{'crm':[]}"), ""},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    char config[512], script[2048];
    snprintf(config, sizeof config, "{" EDGE "%s}", rows[i][0]);
    snprintf(script, sizeof script,
             "0 open %s\n"
             "    0 m/1 POST /ee/va/v1/sessionStart?configId=ds&requestId=UUID " SENT_START "%s" SENT_IMPLEMENTATION
             "}}]}\n",
             rows[i][1], rows[i][2]);
    expect_bodies(config, script);
  }
}

/* The same customer ids given by a v1 body. */
TEST(identities_of_a_v1_event) {
  expect_bodies(
      ON_EDGE,
      "0 open {'eventType':'sessionStart','params':{'media.id':'a','media.length':60,'media.contentType':'vod',"
      "'visitor.marketingCloudUserId':'e','visitor.customerIDs':{'crm':{'id':'7','authState':1}},"
      "'visitor.aamLocationHint':6,'analytics.aid':'not for the Edge'}}\n"
      "    0 m/1 POST /ee/va/v1/sessionStart?configId=ds&requestId=UUID " SENT_START
      ",\"identityMap\":{\"ECID\":[{\"id\":\"e\"}],\"crm\":[{\"id\":\"7\",\"authenticatedState\":"
      "\"authenticated\"}]}" SENT_IMPLEMENTATION "}}]}\n");
}

/* A downloaded session is one event: what stands beside mediaCollection in its start stands beside the list. */
TEST(batches) {
  expect_bodies(
      "{" EDGE ",'downloaded':true,'marketingCloudUserId':'e'}",
      "0 open "
      "{'mediaCollection':{'sessionDetails':{'name':'}\\\\\\'{','length':60,'contentType':'vod'},'customMetadata':[{"
      "'name':'k','value':'{'}]}}\n"
      "1 send {'eventType':'media.play'}\n"
      "2 send {'eventType':'media.statesUpdate','mediaCollection':{'statesStart':[{'name':'a'}]}}\n"
      "3 send {'eventType':'media.error','mediaCollection':{'errorDetails':{'name':'\\\\','source':'player'}}}\n"
      "4 send {'eventType':'media.sessionEnd','mediaCollection':{'playhead':4}}\n"
      "    4 m/1 POST /ee/va/v1/downloaded?configId=ds&requestId=UUID {\"events\":[{\"xdm\":{\"eventType\":"
      "\"media.downloaded\",\"identityMap\":{\"ECID\":[{\"id\":\"e\"}]}" SENT_IMPLEMENTATION
      ",\"mediaDownloadedEvents\":[{\"mediaEventType\":\"media.sessionStart\",\"mediaEventTimestamp\":"
      "\"1970-01-01T00:00:00.000Z\",\"mediaCollection\":{\"playhead\":0,\"sessionDetails\":{\"hasResume\":false,"
      "\"name\":\"}\\\\\\\"{\",\"length\":60,\"contentType\":\"vod\",\"playerName\":\"pn\",\"channel\":\"ch\","
      "\"isDownloaded\":true},\"customMetadata\":[{\"name\":\"k\",\"value\":\"{\"}]}},{\"mediaEventType\":"
      "\"media.play\",\"mediaEventTimestamp\":\"1970-01-01T00:00:00.001Z\",\"mediaCollection\":{\"playhead\":0}},{"
      "\"mediaEventType\":\"media.statesUpdate\",\"mediaEventTimestamp\":\"1970-01-01T00:00:00.002Z\","
      "\"mediaCollection\":{\"playhead\":0,\"statesStart\":[{\"name\":\"a\"}]}},{\"mediaEventType\":\"media.error\","
      "\"mediaEventTimestamp\":\"1970-01-01T00:00:00.003Z\",\"mediaCollection\":{\"playhead\":0,\"errorDetails\":{"
      "\"name\":\"\\\\\",\"source\":\"player\"}}},{\"mediaEventType\":\"media.sessionEnd\",\"mediaEventTimestamp\":"
      "\"1970-01-01T00:00:00.004Z\",\"mediaCollection\":{\"playhead\":4}}]}}]}\n");
}

int main(void) {
#define BODY_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
  const struct CMUnitTest tests[] = {
      BODY_TEST(plain_events),
      BODY_TEST(a_sessionStart),
      BODY_TEST(resumed_and_downloaded),
      BODY_TEST(an_ad_break),
      BODY_TEST(an_ad),
      BODY_TEST(a_chapter),
      BODY_TEST(the_start_and_the_end_of_a_state),
      BODY_TEST(several_states),
      BODY_TEST(an_error),
      BODY_TEST(quality),
      BODY_TEST(identities_of_tails),
      BODY_TEST(times),
      BODY_TEST(playheads_are_cut),
      BODY_TEST(uuids),
      BODY_TEST(session_ids_are_filled_in),
      BODY_TEST(a_sessionStart_has_no_session_id),
      BODY_TEST(bare_bodies),
      cmocka_unit_test(requests),
      cmocka_unit_test(addresses),
      cmocka_unit_test(identities),
      cmocka_unit_test(identities_of_a_v1_event),
      cmocka_unit_test(batches),
  };
  return cmocka_run_group_tests_name("encode_edge", tests, NULL, NULL);
}

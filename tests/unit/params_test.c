/* How an event's parameters come together: infos, standard metadata, configuration, and what stays custom.
 * https://experienceleague.adobe.com/en/docs/media-analytics/using/implementation/media-collection-api/mc-api-ref/mc-api-req-params */
#include "suite.h"

/* Sorted bytewise; of equal keys the last one counts; what has no fitting key or no value is dropped, each with a
 * warning, and an empty value is kept. */
TEST(metadata) {
  expect_brief(NULL,
               "0 log warning\n"
               "0 sessionStart z=1 a=first Z=2 a.b=3 _=4 9=5 a=last empty= bad-key=x \xc3\xbc=x =x NULL=x none=NULL\n"
               "    # warning: metadata: bad-key is dropped: a key has letters, digits, '_' and '.' only\n"
               "    # warning: metadata: \xc3\xbc is dropped: a key has letters, digits, '_' and '.' only\n"
               "    # warning: metadata:  is dropped: a key has letters, digits, '_' and '.' only\n"
               "    # warning: metadata: a pair without a key is dropped: a key has letters, digits, '_' and '.' only\n"
               "    # warning: metadata: none is dropped: it has no value\n"
               "    0 sessionStart 0 "
               "{\"9\":\"5\",\"Z\":\"2\",\"_\":\"4\",\"a\":\"last\",\"a.b\":\"3\",\"empty\":\"\",\"z\":\"1\"}\n"
               "10 sessionEnd\n"
               "    10 sessionEnd 0\n"
               "20 sessionStart bad-key=x\n"
               "    # warning: metadata: bad-key is dropped: a key has letters, digits, '_' and '.' only\n"
               "    20 sessionStart 0\n");
}

TEST(metadata_must_be_text) {
  expect_brief(NULL, "0 sessionStart k=\xff: MB_INVALID_TEXT\n"
                     "0 sessionStart \xff=v: MB_INVALID_TEXT\n"
                     "0 sessionStart k=\xf0\x9f\x98\x80\"\\\x01\x7f\n"
                     "    0 sessionStart 0 {\"k\":\"\xf0\x9f\x98\x80\\\"\\\\\\u0001\x7f\"}\n");
  transcript log;
  transcript_begin(&log, WIRE_SILENT, NULL);
  transcript_perform(&log, "0 free");
  mb_tracker *tracker;
  mb_media_info info;
  mb_media_info_init(&info);
  info.id = info.name = "x", info.stream_type = "vod", info.media_type = "video";
  assert_int_equal(mb_tracker_new(log.client, "p", &tracker), MB_OK);
  assert_int_equal(mb_tracker_session_start(tracker, &info, NULL, 1, 0), MB_INVALID_ARGUMENT);
  assert_int_equal(mb_tracker_session_start(tracker, NULL, NULL, 0, 0), MB_INVALID_ARGUMENT);
  transcript_end(&log);
}

/* Standard keys become fields of the event they belong to; on another event they are custom metadata like any other. */
TEST(standard_metadata) {
  expect_bodies(
      NULL, "0 sessionStart a.media.show=Show a.media.ad.site=Site own=1 a.media.asset=77 a.media.show=Show2\n"
            "    0 m/1 POST /api/v1/sessions {\"eventType\":\"sessionStart\",\"playerTime\":{\"playhead\":0,\"ts\":0},"
            "\"params\":{\"media.resume\":false,\"analytics.enableSSL\":true,\"media.id\":\"movie\",\"media.name\":"
            "\"A movie\",\"media.length\":60,\"media.contentType\":\"vod\",\"media.streamType\":\"video\","
            "\"media.downloaded\":false,\"media.libraryVersion\":\"mediabeat-" MB_VERSION
            "\",\"media.show\":\"Show2\",\"media.assetId\":\"77\"},"
            "\"customMetadata\":{\"a.media.ad.site\":\"Site\",\"own\":\"1\"}}\n"
            "10 adBreakStart one 1 2.5\n"
            "    10 m/1 POST /api/v1/sessions/id1/events {\"eventType\":\"adBreakStart\",\"playerTime\":{\"playhead\":"
            "0,\"ts\":10},\"params\":{\"media.ad.podFriendlyName\":\"one\",\"media.ad.podIndex\":1,"
            "\"media.ad.podSecond\":2.5}}\n"
            "20 adStart a 1 15 a.media.ad.campaign=Spring a.media.show=No z=1 a.media.ad.creativeURL=u\n"
            "    20 m/1 POST /api/v1/sessions/id1/events {\"eventType\":\"adStart\",\"playerTime\":{\"playhead\":0,"
            "\"ts\":20},\"params\":{\"media.ad.id\":\"a\",\"media.ad.name\":\"a\",\"media.ad.length\":15,"
            "\"media.ad.podPosition\":1,\"media.ad.campaignId\":\"Spring\",\"media.ad.creativeURL\":\"u\"},"
            "\"customMetadata\":{\"a.media.show\":\"No\",\"z\":\"1\"}}\n"
            "    20 m/1 POST /api/v1/sessions/id1/events {\"eventType\":\"play\",\"playerTime\":{\"playhead\":0,"
            "\"ts\":21}}\n"
            "30 chapterStart c 2 30 10 a.media.show=No\n"
            "    30 m/1 POST /api/v1/sessions/id1/events {\"eventType\":\"chapterStart\",\"playerTime\":{\"playhead\":"
            "0,\"ts\":30},\"params\":{\"media.chapter.index\":2,\"media.chapter.offset\":30,\"media.chapter.length\":"
            "10,\"media.chapter.friendlyName\":\"c\"},\"customMetadata\":{\"a.media.show\":\"No\"}}\n");
}

TEST(configuration_fills_in) {
  expect_bodies(
      "{'trackingServer':'t.example','reportSuite':'rs','orgId':'o@AdobeOrg','enableSSL':false,'visitorId':'v',"
      "'analyticsId':'aid','marketingCloudUserId':'mid','aamLocationHint':7,'customerIDs':{'crm':{'id':'1',"
      "'authState':2}},'appInstallationId':'app','optOutServerSideForwarding':true,'optOutShare':false,'channel':'ch',"
      "'playerName':'pn','appVersion':'1.2','endpoint':'https://c.example/va/'}",
      "0 sessionStart -length 60.333333333333336 -resumed\n"
      "    0 m/1 POST /api/v1/sessions {\"eventType\":\"sessionStart\",\"playerTime\":{\"playhead\":0,\"ts\":0},"
      "\"params\":{\"media.resume\":true,\"analytics.trackingServer\":\"t.example\",\"analytics.reportSuite\":\"rs\","
      "\"analytics.enableSSL\":false,\"analytics.visitorId\":\"v\",\"analytics.aid\":\"aid\","
      "\"analytics.optOutServerSideForwarding\":true,\"analytics.optOutShare\":false,"
      "\"visitor.marketingCloudOrgId\":\"o@AdobeOrg\",\"visitor.marketingCloudUserId\":\"mid\","
      "\"visitor.aamLocationHint\":7,\"visitor.customerIDs\":{\"crm\":{\"id\":\"1\",\"authState\":2}},"
      "\"appInstallationId\":\"app\",\"media.id\":\"movie\",\"media.name\":\"A movie\","
      "\"media.length\":60.333333333333336,\"media.contentType\":\"vod\",\"media.streamType\":\"video\","
      "\"media.playerName\":\"pn\",\"media.channel\":\"ch\",\"media.downloaded\":false,\"media.sdkVersion\":\"1.2\","
      "\"media.libraryVersion\":\"mediabeat-" MB_VERSION "\"}}\n"
      "10 adBreakStart one 1 0\n"
      "    10 m/1 POST /api/v1/sessions/id1/events {\"eventType\":\"adBreakStart\",\"playerTime\":{\"playhead\":0,"
      "\"ts\":10},\"params\":{\"media.ad.podFriendlyName\":\"one\",\"media.ad.podIndex\":1,\"media.ad.podSecond\":0}}\n"
      "20 adStart a 1 15\n"
      "    20 m/1 POST /api/v1/sessions/id1/events "
      "{\"eventType\":\"adStart\",\"playerTime\":{\"playhead\":0,\"ts\":20},"
      "\"params\":{\"media.ad.id\":\"a\",\"media.ad.name\":\"a\",\"media.ad.length\":15,\"media.ad.podPosition\":1,"
      "\"media.ad.playerName\":\"pn\"}}\n"
      "    20 m/1 POST /api/v1/sessions/id1/events "
      "{\"eventType\":\"play\",\"playerTime\":{\"playhead\":0,\"ts\":21}}\n");
}

TEST(ads_may_have_a_player_of_their_own) {
  transcript log;
  transcript_begin(&log, WIRE_BODIES, "{'playerName':'main','adPlayerName':'ima'}");
  transcript_perform(&log, "0 sessionStart");
  transcript_perform(&log, "0 adBreakStart one 1 0");
  transcript_perform(&log, "0 adStart a 1 15");
  assert_non_null(strstr(text_of(&log.out), "\"media.playerName\":\"main\""));
  assert_non_null(strstr(text_of(&log.out), "\"media.ad.playerName\":\"ima\""));
  transcript_end(&log);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(metadata),
      cmocka_unit_test(metadata_must_be_text),
      cmocka_unit_test(standard_metadata),
      cmocka_unit_test(configuration_fills_in),
      cmocka_unit_test(ads_may_have_a_player_of_their_own),
  };
  return cmocka_run_group_tests_name("params", tests, NULL, NULL);
}

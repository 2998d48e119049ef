/* The event-by-event level: one call, one event of the Media Collection API, plus automatic pings.
 * https://experienceleague.adobe.com/en/docs/media-analytics/using/implementation/media-collection-api/mc-api-overview */
#include "suite.h"

#define PARAMS "'media.id':'a','media.length':60,'media.contentType':'vod'"
#define START "{'eventType':'sessionStart','params':{" PARAMS "}}"
#define EVENT(type) "{'eventType':'" type "'}"
#define OPENED         \
  "0 open " START "\n" \
  "    0 sessionStart 0\n"

/* No rule refuses an order of events. */
TEST(every_event_type_is_taken) {
  expect_brief(NULL, OPENED
               "1 send {'eventType':'play'}\n"
               "    1 play 0\n"
               "2 send {'eventType':'ping'}\n"
               "    2 ping 0\n"
               "3 send {'eventType':'pauseStart','params':{}}\n"
               "    3 pauseStart 0\n"
               "4 send {'eventType':'bufferStart','qoeData':{}}\n"
               "    4 bufferStart 0\n"
               "5 send {'eventType':'bitrateChange','qoeData':{'media.qoe.bitrate':1,'media.qoe.droppedFrames':2,"
               "'media.qoe.framesPerSecond':3,'media.qoe.timeToStart':4}}\n"
               "    5 bitrateChange 0 qoe 1/2/3/4\n"
               "6 send {'eventType':'error','qoeData':{'media.qoe.errorID':'e','media.qoe.errorSource':'external'}}\n"
               "    6 error 0 error e/external\n"
               "7 send {'eventType':'adComplete'}\n"
               "    7 adComplete 0\n"
               "8 send {'eventType':'adSkip'}\n"
               "    8 adSkip 0\n"
               "9 send {'eventType':'adBreakComplete'}\n"
               "    9 adBreakComplete 0\n"
               "10 send {'eventType':'adBreakStart','params':{'media.ad.podFriendlyName':'one','media.ad.podIndex':0,"
               "'media.ad.podSecond':1.5}}\n"
               "    10 adBreakStart 0 one\n"
               "11 send {'eventType':'adStart','params':{'media.ad.id':'x','media.ad.length':15,"
               "'media.ad.podPosition':1,'media.ad.playerName':'p'},'customMetadata':{'k':'v'}}\n"
               "    11 adStart 0 x {\"k\":\"v\"}\n"
               "12 send {'eventType':'chapterComplete'}\n"
               "    12 chapterComplete 0\n"
               "13 send {'eventType':'chapterSkip'}\n"
               "    13 chapterSkip 0\n"
               "14 send {'eventType':'chapterStart','params':{'media.chapter.index':1,'media.chapter.offset':0,"
               "'media.chapter.length':20},'customMetadata':{'k':'v'}}\n"
               "    14 chapterStart 0 {\"k\":\"v\"}\n"
               "15 send {'eventType':'stateEnd','params':{'media.state.name':'mute'}}\n"
               "    15 stateEnd 0 mute\n"
               "16 send {'eventType':'stateStart','params':{'media.state.name':'any name at all'}}\n"
               "    16 stateStart 0 any name at all\n"
               "17 send {'eventType':'statesUpdate','params':{'statesStart':[{'media.state.name':'mute'}]}}\n"
               "    17 statesUpdate 0 +mute\n"
               "18 send {'eventType':'sessionComplete'}\n"
               "    18 sessionComplete 0\n"
               "19 send {'eventType':'sessionEnd'}\n"
               "    19 sessionEnd 0\n"
               "20 send {'eventType':'ping'}: MB_CLOSED the session has ended\n"
               "20 playhead 1: MB_CLOSED\n"
               "20 qoe 1 2 3 4: MB_CLOSED\n"
               "99999 tick\n");
}

TEST(bodies_are_passed_on) {
  expect_bodies(
      "{'trackingServer':'t','reportSuite':'r','orgId':'o','channel':'ch','playerName':'pn','appVersion':'1'}",
      "5 open {'eventType':'sessionStart','playerTime':{'playhead':7.5},'params':{'media.length':60.25,'media.id':'a',"
      "'media.contentType':'VOD','media.name':'N','media.resume':true,'media.channel':'mine','analytics.enableSSL':"
      "false,"
      "'visitor.customerIDs':{'x':{'authState':1,'id':'i'}},'visitor.aamLocationHint':6,'media.libraryVersion':'l'},"
      "'customMetadata':{'b':'2','a':'1','a.media.show':'S'},'qoeData':{'media.qoe.bitrate':5}}\n"
      "    5 m/1 POST /api/v1/sessions {\"eventType\":\"sessionStart\",\"playerTime\":{\"playhead\":7.5,\"ts\":5},"
      "\"qoeData\":{\"media.qoe.bitrate\":5},\"params\":{\"media.resume\":true,\"analytics.trackingServer\":\"t\","
      "\"analytics.reportSuite\":\"r\",\"analytics.enableSSL\":false,\"visitor.marketingCloudOrgId\":\"o\","
      "\"visitor.aamLocationHint\":6,\"visitor.customerIDs\":{\"x\":{\"id\":\"i\",\"authState\":1}},\"media.id\":\"a\","
      "\"media.name\":\"N\",\"media.length\":60.25,\"media.contentType\":\"VOD\",\"media.playerName\":\"pn\","
      "\"media.channel\":\"mine\",\"media.downloaded\":false,\"media.sdkVersion\":\"1\",\"media.libraryVersion\":\"l\","
      "\"media.show\":\"S\"},\"customMetadata\":{\"a\":\"1\",\"b\":\"2\"}}\n"
      "6 send {'eventType':'statesUpdate','params':{'statesEnd':[],'statesStart':[{'media.state.name':'m'},"
      "{'media.state.name':'n'}]}}\n"
      "    6 m/1 POST /api/v1/sessions/id1/events {\"eventType\":\"statesUpdate\",\"playerTime\":{\"playhead\":7.5,"
      "\"ts\":6},\"params\":{\"statesStart\":[{\"media.state.name\":\"m\"},{\"media.state.name\":\"n\"}],"
      "\"statesEnd\":[]}}\n"
      "7 send {'eventType':'error','params':{'media.errorId':'e','media.errorSource':'player'}}\n"
      "    7 m/1 POST /api/v1/sessions/id1/events {\"eventType\":\"error\",\"playerTime\":{\"playhead\":7.5,\"ts\":7},"
      "\"params\":{\"media.errorId\":\"e\",\"media.errorSource\":\"player\"}}\n"
      "8 send {'eventType':'adStart','params':{'media.ad.id':'x','media.ad.length':1e1,'media.ad.podPosition':1}}\n"
      "    8 m/1 POST /api/v1/sessions/id1/events "
      "{\"eventType\":\"adStart\",\"playerTime\":{\"playhead\":7.5,\"ts\":8},"
      "\"params\":{\"media.ad.id\":\"x\",\"media.ad.length\":10,\"media.ad.podPosition\":1,"
      "\"media.ad.playerName\":\"pn\"}}\n"
      "9 send {'eventType':'play','params':{},'qoeData':{}}\n"
      "    9 m/1 POST /api/v1/sessions/id1/events "
      "{\"eventType\":\"play\",\"playerTime\":{\"playhead\":7.5,\"ts\":9}}\n");
}

/* Findings: each names the path. Nothing is sent, and the session goes on. */

TEST(what_is_no_event) {
  expect_brief(NULL, OPENED "1 send : MB_INVALID_JSON at byte 0: a value is expected\n"
                            "1 send {'eventType':'play'} {}: MB_INVALID_JSON at byte 21: something follows the value\n"
                            "1 send {'eventType':'pl\xff'}: MB_INVALID_JSON at byte 16: not UTF-8\n"
                            "1 send []: MB_INVALID_EVENT an event is an object, not an array\n"
                            "1 send {}: MB_INVALID_EVENT eventType: missing\n"
                            "1 send {'eventType':1}: MB_INVALID_EVENT eventType: a text is needed, not a number\n"
                            "1 send {'eventType':'Play'}: MB_INVALID_EVENT eventType: \"Play\" is unknown\n"
                            "1 send {'eventType':'seekStart'}: MB_INVALID_EVENT eventType: \"seekStart\" is unknown\n"
                            "1 send {'eventType':'play','extra':1}: MB_INVALID_EVENT extra: unknown\n"
                            "1 send " START
                            ": MB_INVALID_EVENT eventType: sessionStart opens a session; see mb_session_open\n"
                            "2 send {'eventType':'play'}\n"
                            "    2 play 0\n"
                            "2 stats\n"
                            "    accepted 2 delivered 2 requests 2 sessions 1\n");
}

TEST(only_a_sessionStart_opens) {
  expect_brief(NULL,
               "0 open {'eventType':'play'}: MB_INVALID_EVENT eventType: a session opens with sessionStart, not play\n"
               "0 open {: MB_INVALID_JSON at byte 1: a member name is expected\n"
               "0 open {'eventType':'sessionStart'}: MB_INVALID_EVENT params.media.id: missing\n"
               "0 open {'eventType':'sessionStart','params':{}}: MB_INVALID_EVENT params.media.id: missing\n"
               "0 open {'eventType':'sessionStart','params':{'media.id':'a'}}: MB_INVALID_EVENT "
               "params.media.length: missing\n"
               "0 open {'eventType':'sessionStart','params':{'media.id':'a','media.length':1}}: MB_INVALID_EVENT "
               "params.media.contentType: missing\n"
               "0 stats\n"
               "   \n" OPENED);
}

TEST(playerTime_has_a_playhead_only) {
  static const char *const wrong[] = {"{}",
                                      "[]",
                                      "1",
                                      "null",
                                      "{'ts':1}",
                                      "{'playhead':1,'ts':1}",
                                      "{'ts':1,'playhead':1}",
                                      "{'playhead':1,'playhead':2}",
                                      "{'playhead':-1}",
                                      "{'playhead':'1'}",
                                      "{'playhead':null}",
                                      "{'Playhead':1}"};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    char script[1024];
    snprintf(script, sizeof script,
             OPENED
             "1 send {'eventType':'play','playerTime':%s}: MB_INVALID_EVENT playerTime: only a playhead >= 0 may be "
             "given; ts is the library's\n"
             "2 send {'eventType':'play','playerTime':{'playhead':2.5}}\n"
             "    2 play 2.5\n"
             "3 send {'eventType':'pauseStart'}\n"
             "    3 pauseStart 2.5\n",
             wrong[i]);
    expect_brief(NULL, script);
  }
}

TEST(wrong_params) {
  expect_brief(
      NULL, OPENED
      "1 send {'eventType':'ping','params':{}}: MB_INVALID_EVENT params: not allowed in ping\n"
      "1 send {'eventType':'play','params':1}: MB_INVALID_EVENT params: an object is needed, not a number\n"
      "1 send {'eventType':'play','params':{'media.id':'a'}}: MB_INVALID_EVENT params.media.id: unknown in play\n"
      "1 send {'eventType':'play','params':{'x':1}}: MB_INVALID_EVENT params.x: unknown in play\n"
      "1 send {'eventType':'play','params':{'media.qoe.bitrate':1}}: MB_INVALID_EVENT params.media.qoe.bitrate: "
      "unknown "
      "in play\n"
      "1 send {'eventType':'play','qoeData':{'media.qoe.errorID':'e'}}: MB_INVALID_EVENT qoeData.media.qoe.errorID: "
      "unknown in play\n"
      "1 send {'eventType':'play','qoeData':[]}: MB_INVALID_EVENT qoeData: an object is needed, not an array\n"
      "1 send {'eventType':'play','qoeData':{'media.qoe.bitrate':1.0}}: MB_INVALID_EVENT qoeData.media.qoe.bitrate: an "
      "integer is needed, not a number\n"
      "1 send {'eventType':'play','customMetadata':{}}: MB_INVALID_EVENT customMetadata: not allowed in play\n"
      "1 send {'eventType':'adBreakStart'}: MB_INVALID_EVENT params.media.ad.podIndex: missing\n"
      "1 send {'eventType':'adBreakStart','params':{'media.ad.podIndex':1}}: MB_INVALID_EVENT "
      "params.media.ad.podSecond: "
      "missing\n"
      "1 send {'eventType':'adBreakStart','params':{'media.ad.podIndex':'1','media.ad.podSecond':0}}: MB_INVALID_EVENT "
      "params.media.ad.podIndex: an integer is needed, not a text\n"
      "1 send {'eventType':'adStart'}: MB_INVALID_EVENT params.media.ad.id: missing\n"
      "1 send {'eventType':'chapterStart','params':{}}: MB_INVALID_EVENT params.media.chapter.index: missing\n"
      "1 send {'eventType':'stateStart'}: MB_INVALID_EVENT params.media.state.name: missing\n"
      "1 send {'eventType':'stateEnd','params':{'media.state.name':1}}: MB_INVALID_EVENT params.media.state.name: a "
      "text "
      "is needed, not a number\n"
      "1 send {'eventType':'statesUpdate'}: MB_INVALID_EVENT params: statesStart or statesEnd is needed\n"
      "1 send {'eventType':'statesUpdate','params':{}}: MB_INVALID_EVENT params: statesStart or statesEnd is needed\n"
      "1 send {'eventType':'statesUpdate','params':{'statesEnd':[{'media.state.name':'a'},{}]}}: MB_INVALID_EVENT "
      "params.statesEnd[1]: an object with a non-empty \"media.state.name\" alone is needed\n"
      "1 send {'eventType':'error','qoeData':{'media.qoe.errorSource':'me'}}: MB_INVALID_EVENT "
      "qoeData.media.qoe.errorSource: \"player\" or \"external\" is needed\n"
      "1 send {'eventType':'chapterStart','params':{'media.chapter.index':1,'media.chapter.offset':0,"
      "'media.chapter.length':1},'customMetadata':{'a b':'1'}}: MB_INVALID_EVENT customMetadata.a b: a key has "
      "letters, "
      "digits, '_' and '.' only\n"
      "1 send {'eventType':'chapterStart','params':{'media.chapter.index':1,'media.chapter.offset':0,"
      "'media.chapter.length':1},'customMetadata':{'a':1}}: MB_INVALID_EVENT customMetadata.a: a text is needed, not a "
      "number\n");
}

/* An integer that no double holds exactly would go out as another one. */
TEST(integers_out_of_range) {
  expect_brief(NULL,
               OPENED "1 send {'eventType':'play','qoeData':{'media.qoe.bitrate':9007199254740994}}: MB_INVALID_EVENT "
                      "qoeData.media.qoe.bitrate: out of range\n"
                      "1 send {'eventType':'play','qoeData':{'media.qoe.bitrate':-9007199254740994}}: MB_INVALID_EVENT "
                      "qoeData.media.qoe.bitrate: out of range\n"
                      "1 send {'eventType':'adBreakStart','params':{'media.ad.podIndex':99999999999999999999,"
                      "'media.ad.podSecond':0}}: MB_INVALID_EVENT params.media.ad.podIndex: out of range\n"
                      "1 send {'eventType':'adBreakStart','params':{'media.ad.podIndex':-9007199254740994,"
                      "'media.ad.podSecond':0}}: MB_INVALID_EVENT params.media.ad.podIndex: out of range\n"
                      "1 send {'eventType':'play','qoeData':{'media.qoe.bitrate':9007199254740992}}\n"
                      "    1 play 0 qoe 9.00719925474099e+15/-/-/-\n");
}

/* Pings. */

TEST(pings_count_from_the_last_playback_event) {
  expect_brief(NULL, OPENED "3000 send {'eventType':'play'}\n"
                            "    3000 play 0\n"
                            "4000 send {'eventType':'error'}\n"
                            "    4000 error 0\n"
                            "4000 playhead 4.5\n"
                            "    13000 ping 4.5\n"
                            "20000 send {'eventType':'pauseStart'}\n"
                            "    20000 pauseStart 4.5\n"
                            "25000 send {'eventType':'ping'}\n"
                            "    25000 ping 4.5\n"
                            "35000 tick\n"
                            "    35000 ping 4.5\n"
                            "!99000 tick\n"
                            "    99000 ping 4.5\n"
                            "100000 send {'eventType':'sessionComplete'}\n"
                            "    100000 sessionComplete 4.5\n"
                            "200000 deadline\n"
                            "    never\n");
}

/* A ping that is due at T follows the event at T, and not at all if that event was a playback event. */
TEST(an_event_at_the_moment_of_a_ping) {
  expect_brief(NULL, OPENED "10000 send {'eventType':'stateStart','params':{'media.state.name':'mute'}}\n"
                            "    10000 stateStart 0 mute\n"
                            "    10000 ping 0 ts 10001\n"
                            "20000 send {'eventType':'play'}\n"
                            "    20000 play 0\n"
                            "29000 deadline\n"
                            "    30000\n"
                            "30000 send {'eventType':'sessionEnd'}\n"
                            "    30000 sessionEnd 0\n");
}

TEST(pings_of_the_caller) {
  expect_brief(NULL, "0 open -silent " START "\n"
                     "    0 sessionStart 0\n"
                     "10 send {'eventType':'play'}\n"
                     "    10 play 0\n"
                     "99999 deadline\n"
                     "    never\n");
}

#define AD_START "{'eventType':'adStart','params':{'media.ad.id':'x','media.ad.length':15,'media.ad.podPosition':1}}"

TEST(pings_inside_ads) {
  expect_brief(NULL, "0 open -granular " START "\n"
                     "    0 sessionStart 0\n"
                     "500 send " AD_START "\n"
                     "    500 adStart 0 x\n"
                     "    1500 ping 0\n"
                     "    2500 ping 0\n"
                     "3000 send {'eventType':'pauseStart'}\n"
                     "    3000 pauseStart 0\n"
                     "    4000 ping 0\n"
                     "4200 send {'eventType':'play'}\n"
                     "    4200 play 0\n"
                     "5000 send {'eventType':'adBreakComplete'}\n"
                     "    5000 adBreakComplete 0\n"
                     "15000 tick\n"
                     "    15000 ping 0\n");
  expect_brief("{'adPingInterval':3}", "0 open " START "\n"
                                       "    0 sessionStart 0\n"
                                       "500 send " AD_START "\n"
                                       "    500 adStart 0 x\n"
                                       "3500 tick\n"
                                       "    3500 ping 0\n");
}

/* The interval in force is that of the situation at the check: after the ad it is the main one again, counted from the
 * last ping or playback event. */
TEST(the_ad_interval_ends_with_the_ad) {
  static const char *const ends[] = {"adComplete", "adSkip"};
  for (int i = 0; i < 2; i++) {
    char script[1024];
    snprintf(script, sizeof script,
             "0 open -granular " START "\n"
             "    0 sessionStart 0\n"
             "500 send " AD_START "\n"
             "    500 adStart 0 x\n"
             "    1500 ping 0\n"
             "2000 send {'eventType':'%s'}\n"
             "    2000 %s 0\n"
             "11500 tick\n"
             "    11500 ping 0\n",
             ends[i], ends[i]);
    expect_brief(NULL, script);
  }
}

/* A fixed grid, as in the timelines of the documentation: multiples of ten seconds since the session start, of one second
 * inside a granular ad, whatever else happens.
 * https://experienceleague.adobe.com/en/docs/media-analytics/using/implementation/media-collection-api/mc-api-impl/mc-api-timelines/mc-api-timeline-1 */
TEST(pings_on_a_grid) {
  expect_brief("{'mainPingAnchor':'sessionStart'}", "7 open -granular " START "\n"
                                                    "    7 sessionStart 0\n"
                                                    "3000 send {'eventType':'play'}\n"
                                                    "    3000 play 0\n"
                                                    "    10007 ping 0\n"
                                                    "15000 send {'eventType':'pauseStart'}\n"
                                                    "    15000 pauseStart 0\n"
                                                    "    20007 ping 0\n"
                                                    "24507 send " AD_START "\n"
                                                    "    24507 adStart 0 x\n"
                                                    "    25007 ping 0\n"
                                                    "    26007 ping 0\n"
                                                    "26500 send {'eventType':'adComplete'}\n"
                                                    "    26500 adComplete 0\n"
                                                    "    30007 ping 0\n"
                                                    "31000 tick\n"
                                                    "!54321 tick\n"
                                                    "    54321 ping 0\n"
                                                    "60007 tick\n"
                                                    "    60007 ping 0\n");
}

/* Quality. */

TEST(quality_of_the_event_goes_before_what_was_pushed) {
  expect_brief(NULL, OPENED
               "1 qoe 1 2 3 4\n"
               "2 send {'eventType':'play'}\n"
               "    2 play 0 qoe 1/2/3/4\n"
               "3 send {'eventType':'pauseStart'}\n"
               "    3 pauseStart 0\n"
               "4 qoe 5 2 3 4\n"
               "5 send {'eventType':'play','qoeData':{'media.qoe.bitrate':9,'media.qoe.droppedFrames':9,"
               "'media.qoe.framesPerSecond':9,'media.qoe.timeToStart':9}}\n"
               "    5 play 0 qoe 9/9/9/9\n"
               "6 send {'eventType':'pauseStart'}\n"
               "    6 pauseStart 0 qoe 5/2/3/4\n"
               "7 send {'eventType':'bitrateChange'}\n"
               "    7 bitrateChange 0 qoe 5/2/3/4\n"
               "8 send {'eventType':'error','qoeData':{'media.qoe.errorID':'e','media.qoe.errorSource':'player'}}\n"
               "    8 error 0 qoe 5/2/3/4 error e/player\n"
               "9 send {'eventType':'play'}\n"
               "    9 play 0 qoe 5/2/3/4\n"
               "10009 tick\n"
               "    10009 ping 0\n"
               "10010 qoe -1 0 0 0: MB_INVALID_NUMBER\n"
               "10010 playhead -1: MB_INVALID_NUMBER\n"
               "10010 playhead nan: MB_INVALID_NUMBER\n");
}

TEST(the_player_is_asked) {
  expect_brief(NULL, OPENED "1 ask 3 1 2 3 4\n"
                            "2 send {'eventType':'play'}\n"
                            "    2 play 3 qoe 1/2/3/4\n"
                            "3 send {'eventType':'pauseStart','playerTime':{'playhead':9}}\n"
                            "    3 pauseStart 9\n"
                            "4 ask nothing\n"
                            "5 send {'eventType':'play'}\n"
                            "    5 play 9\n"
                            "6 ask 4\n"
                            "10005 tick\n"
                            "    10005 ping 4\n"
                            "10006 ask -4\n"
                            "10006 log warning\n"
                            "20005 tick\n"
                            "    # warning: player m: its playhead is out of range and ignored\n"
                            "    20005 ping 4\n");
}

/* Life. */

TEST(sessions_end_in_any_order) {
  expect_talk(NULL, "0 a.open " START "\n"
                    "    0 a/1 new: sessionStart 0 -> 201\n"
                    "0 b.open " START "\n"
                    "    0 b/1 new: sessionStart 0 -> 201\n"
                    "0 c.open " START "\n"
                    "    0 c/1 new: sessionStart 0 -> 201\n"
                    "1 b.id\n"
                    "    id2\n"
                    "1 b.free\n"
                    "2 a.send {'eventType':'sessionEnd'}\n"
                    "    2 a/1 id1: sessionEnd 0 -> 204\n"
                    "2 a.id\n"
                    "    none\n"
                    "3 a.open " START "\n"
                    "    3 a/2 new: sessionStart 0 -> 201\n"
                    "4 a.free\n"
                    "10000 c.send {'eventType':'ping'}\n"
                    "    10000 c/1 id3: ping 0 -> 204\n"
                    "20000 c.free\n"
                    "20000 deadline\n"
                    "    never\n");
}

TEST(what_is_queued_goes_out_without_its_handle) {
  expect_talk(NULL, "0 next ok,after=100\n"
                    "0 open " START "\n"
                    "    0 m/1 new: sessionStart 0\n"
                    "1 id\n"
                    "    none\n"
                    "1 send {'eventType':'play'}\n"
                    "2 free\n"
                    "100 tick\n"
                    "    100 m/1 <- 201\n"
                    "    100 m/1 id1: play 0 ts 1 -> 204\n"
                    "20000 deadline\n"
                    "    never\n");
}

TEST(a_refused_session_takes_events_and_drops_them) {
  expect_talk(NULL, "0 next 400\n"
                    "0 open " START "\n"
                    "    0 m/1 new: sessionStart 0 -> 400\n"
                    "1 send {'eventType':'play'}\n"
                    "2 send {'eventType':'sessionEnd'}\n"
                    "2 stats\n"
                    "    accepted 3 refused 1 sessionRefused 2 requests 1 sessions 1\n");
}

#define STATE(type, name) "{'eventType':'" type "','params':{'media.state.name':'" name "'}}"

/* At this level things may be left open or closed in one go; a new session after 404 says what the events meant. */
TEST(a_session_that_is_gone) {
  expect_talk(
      NULL,
      "0 open " START "\n"
      "    0 m/1 new: sessionStart 0 -> 201\n"
      "1 send " STATE(
          "stateStart",
          "a") "\n"
               "    1 m/1 id1: stateStart 0 a -> 204\n"
               "2 send " STATE(
                   "stateStart",
                   "b") "\n"
                        "    2 m/1 id1: stateStart 0 b -> 204\n"
                        "3 send {'eventType':'statesUpdate','params':{'statesStart':[{'media.state.name':'c'},"
                        "{'media.state.name':'a'}],'statesEnd':[{'media.state.name':'a'}]}}\n"
                        "    3 m/1 id1: statesUpdate 0 -a +c +a -> 204\n"
                        "4 send " STATE("stateEnd", "b") "\n"
                                                         "    4 m/1 id1: stateEnd 0 b -> 204\n"
                                                         "100 next 404\n"
                                                         "100 send {'eventType':'ping','playerTime':{'playhead':3}}\n"
                                                         "    100 m/1 id1: ping 3 -> 404\n"
                                                         "    100 m/2 new: sessionStart 3 ts 97 resume -> 201\n"
                                                         "    100 m/2 id2: stateStart 3 ts 98 c -> 204\n"
                                                         "    100 m/2 id2: stateStart 3 ts 99 a -> 204\n"
                                                         "    100 m/2 id2: ping 3 -> 204\n"
                                                         "101 id\n"
                                                         "    id2\n");
}

/* The end of a break is the end of its ad; a new break leaves the ad of the old one behind. */
TEST(an_ad_does_not_outlive_its_break) {
  expect_talk(NULL, "0 open " START "\n"
                    "    0 m/1 new: sessionStart 0 -> 201\n"
                    "1 send {'eventType':'adBreakStart','params':{'media.ad.podIndex':1,'media.ad.podSecond':0}}\n"
                    "    1 m/1 id1: adBreakStart 0 -> 204\n"
                    "2 send " AD_START "\n"
                    "    2 m/1 id1: adStart 0 x -> 204\n"
                    "3 send {'eventType':'adBreakComplete'}\n"
                    "    3 m/1 id1: adBreakComplete 0 -> 204\n"
                    "4 next 404\n"
                    "10 send {'eventType':'play'}\n"
                    "    10 m/1 id1: play 0 -> 404\n"
                    "    10 m/2 new: sessionStart 0 ts 9 resume -> 201\n"
                    "    10 m/2 id2: play 0 -> 204\n");
}

TEST(a_downloaded_session) {
  expect_talk("{'downloaded':true}",
              "0 open " START "\n"
              "1 send {'eventType':'play'}\n"
              "60000 send {'eventType':'sessionEnd'}\n"
              "    60000 m/1 batch: sessionStart 0 ts 0, play 0 ts 1, ping 0 ts 50001, sessionEnd 0 -> 201\n");
}

/* Out of memory: nothing has changed, the playhead neither. */
TEST(a_failed_event_leaves_nothing_behind) {
  for (size_t n = 1;; n++) {
    transcript log;
    transcript_begin(&log, WIRE_BRIEF, NULL);
    transcript_perform(&log, "0 open " START);
    text_clear(&log.out);
    log.memory.fail_at = log.memory.calls + n;
    transcript_perform(&log,
                       "1 send {'eventType':'stateStart','playerTime':{'playhead':5},'params':{'media.state.name':"
                       "'a'}}");
    bool failed = strstr(text_of(&log.out), "MB_NO_MEMORY") != NULL;
    text_clear(&log.out);
    transcript_expect(&log, failed ? "10000 tick\n"
                                     "    10000 ping 0\n"
                                   : "10000 tick\n"
                                     "    10000 ping 5\n");
    bool over = !log.memory.failures;
    transcript_end(&log);
    if (over) return;
  }
}

/* A ping that finds no memory comes a little later; the next one counts from there. */
TEST(a_ping_without_memory) {
  transcript log;
  transcript_begin(&log, WIRE_SILENT, NULL);
  transcript_perform(&log, "0 consent unknown"); /* what is queued needs more and more room */
  transcript_perform(&log, "0 open " START);
  int64_t now = 0;
  while (!log.memory.failures) {
    now = mb_client_next_deadline(log.client);
    log.memory.fail_at = log.memory.calls + 1;
    mb_status status = mb_client_tick(log.client, now);
    assert_int_equal(status, log.memory.failures ? MB_NO_MEMORY : MB_OK);
  }
  assert_int_equal(mb_client_next_deadline(log.client), now + 100);
  assert_int_equal(mb_client_tick(log.client, now + 100), MB_OK);
  assert_int_equal(mb_client_next_deadline(log.client), now + 10100);
  transcript_end(&log);
}

/* A context key goes before the field that it stands for. */
TEST(standard_metadata_given_twice) {
  transcript log;
  transcript_begin(&log, WIRE_BODIES, NULL);
  transcript_perform(&log,
                     "0 open {'eventType':'sessionStart','params':{" PARAMS ",'media.show':'A','media.season':'1'},"
                     "'customMetadata':{'a.media.show':'B'}}");
  assert_non_null(strstr(text_of(&log.out), "\"media.show\":\"B\",\"media.season\":\"1\"}}"));
  transcript_end(&log);
}

/* Trackers and sessions stand in one line: what was made first fires first. */
TEST(ties_go_by_age) {
  expect_talk(NULL, "0 b.sessionStart\n"
                    "    0 b/1 new: sessionStart 0 -> 201\n"
                    "0 s.open " START "\n"
                    "    0 s/1 new: sessionStart 0 -> 201\n"
                    "0 a.sessionStart\n"
                    "    0 a/1 new: sessionStart 0 -> 201\n"
                    "10000 tick\n"
                    "    10000 b/1 id1: ping 0 -> 204\n"
                    "    10000 s/1 id2: ping 0 -> 204\n"
                    "    10000 a/1 id3: ping 0 -> 204\n");
}

TEST(arguments) {
  transcript log;
  mb_session *session = (mb_session *)&log;
  const char start[] = "{\"eventType\":\"sessionStart\",\"params\":{\"media.id\":\"a\",\"media.length\":1,"
                       "\"media.contentType\":\"vod\"}}";
  transcript_begin(&log, WIRE_SILENT, NULL);
  assert_int_equal(mb_session_open(log.client, NULL, NULL, 0, 0, &session), MB_INVALID_ARGUMENT);
  assert_int_equal(mb_session_open(log.client, NULL, start, strlen(start), 0, NULL), MB_INVALID_ARGUMENT);
  assert_int_equal(mb_session_open(NULL, NULL, start, strlen(start), 0, &session), MB_INVALID_ARGUMENT);
  assert_null(session);
  assert_int_equal(mb_session_open(log.client, NULL, start, strlen(start), -1, &session), MB_INVALID_TIME);
  const mb_session_options options = {.size = sizeof options, .player = "\xff"};
  assert_int_equal(mb_session_open(log.client, &options, start, strlen(start), 0, &session), MB_INVALID_TEXT);
  assert_int_equal(mb_session_open(log.client, NULL, start, strlen(start), 0, &session), MB_OK);
  assert_int_equal(mb_session_send(NULL, "{}", 2, 0), MB_INVALID_ARGUMENT);
  assert_int_equal(mb_session_send(session, NULL, 0, 0), MB_INVALID_ARGUMENT);
  assert_int_equal(mb_session_update_qoe(session, NULL, 0), MB_INVALID_ARGUMENT);
  assert_int_equal(mb_session_update_qoe(NULL, NULL, 0), MB_INVALID_ARGUMENT);
  assert_int_equal(mb_session_update_playhead(NULL, 0, 0), MB_INVALID_ARGUMENT);
  assert_int_equal(mb_session_set_player_details(NULL, NULL, NULL), MB_INVALID_ARGUMENT);
  assert_null(mb_session_id(NULL));
  mb_session_free(NULL);
  transcript_end(&log);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_event_type_is_taken),
      cmocka_unit_test(bodies_are_passed_on),
      cmocka_unit_test(what_is_no_event),
      cmocka_unit_test(only_a_sessionStart_opens),
      cmocka_unit_test(playerTime_has_a_playhead_only),
      cmocka_unit_test(wrong_params),
      cmocka_unit_test(integers_out_of_range),
      cmocka_unit_test(pings_count_from_the_last_playback_event),
      cmocka_unit_test(an_event_at_the_moment_of_a_ping),
      cmocka_unit_test(pings_of_the_caller),
      cmocka_unit_test(pings_inside_ads),
      cmocka_unit_test(the_ad_interval_ends_with_the_ad),
      cmocka_unit_test(pings_on_a_grid),
      cmocka_unit_test(quality_of_the_event_goes_before_what_was_pushed),
      cmocka_unit_test(the_player_is_asked),
      cmocka_unit_test(sessions_end_in_any_order),
      cmocka_unit_test(what_is_queued_goes_out_without_its_handle),
      cmocka_unit_test(a_refused_session_takes_events_and_drops_them),
      cmocka_unit_test(a_session_that_is_gone),
      cmocka_unit_test(an_ad_does_not_outlive_its_break),
      cmocka_unit_test(a_downloaded_session),
      cmocka_unit_test(a_failed_event_leaves_nothing_behind),
      cmocka_unit_test(a_ping_without_memory),
      cmocka_unit_test(standard_metadata_given_twice),
      cmocka_unit_test(ties_go_by_age),
      cmocka_unit_test(arguments),
  };
  return cmocka_run_group_tests_name("session", tests, NULL, NULL);
}

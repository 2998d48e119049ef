/* Events given as XDM, as the Web SDK takes them, over either protocol; and events of the Media Collection API over the
 * Media Edge API.
 * https://experienceleague.adobe.com/en/docs/experience-platform/collection/js/commands/createmediasession
 * https://experienceleague.adobe.com/en/docs/experience-platform/collection/js/commands/sendmediaevent */
#include "suite.h"

#define START "{'eventType':'media.sessionStart','mediaCollection':{" SESSION_DETAILS "}}"
#define AD_BREAK                                                                                                   \
  "{'eventType':'media.adBreakStart','mediaCollection':{'advertisingPodDetails':{'friendlyName':'one','index':0,'" \
  "offset':5}}}"
#define AD \
  "{'eventType':'media.adStart','mediaCollection':{'advertisingDetails':{'name':'x','length':15,'podPosition':1}}}"
#define ERROR "{'eventType':'media.error','mediaCollection':{'errorDetails':{'name':'e','source':'player'}}}"
#define CHAPTER                                                                                                      \
  "{'eventType':'media.chapterStart','mediaCollection':{'chapterDetails':{'friendlyName':'c','index':1,'offset':0,'" \
  "length':20}}}"
#define OPENED         \
  "0 open " START "\n" \
  "    0 sessionStart 0\n"

/* What is taken. */

TEST(every_event_type_is_taken) {
  expect_both(
      WIRE_BRIEF, NULL,
      OPENED
      "1 send {'eventType':'media.play'}\n"
      "    1 play 0\n"
      "2 send {'eventType':'media.ping'}\n"
      "    2 ping 0\n"
      "3 send {'eventType':'media.pauseStart'}\n"
      "    3 pauseStart 0\n"
      "4 send {'eventType':'media.bufferStart','mediaCollection':{}}\n"
      "    4 bufferStart 0\n"
      "5 send "
      "{'eventType':'media.bitrateChange','mediaCollection':{'qoeDataDetails':{'bitrate':1,'droppedFrames':2,'"
      "framesPerSecond':3,'timeToStart':4}}}\n"
      "    5 bitrateChange 0 qoe 1/2/3/4\n"
      "6 send {'eventType':'media.error','mediaCollection':{'errorDetails':{'name':'e','source':'external'}}}\n"
      "    6 error 0 error e/external\n"
      "7 send " AD_BREAK "\n"
      "    7 adBreakStart 0 one\n"
      "8 send "
      "{'eventType':'media.adStart','mediaCollection':{'advertisingDetails':{'name':'x','length':15,'podPosition':0,'"
      "playerName':'p'},'customMetadata':[{'name':'k','value':'v'}]}}\n"
      "    8 adStart 0 x {\"k\":\"v\"}\n"
      "9 send {'eventType':'media.adComplete'}\n"
      "    9 adComplete 0\n"
      "10 send {'eventType':'media.adSkip'}\n"
      "    10 adSkip 0\n"
      "11 send {'eventType':'media.adBreakComplete'}\n"
      "    11 adBreakComplete 0\n"
      "12 send "
      "{'eventType':'media.chapterStart','mediaCollection':{'chapterDetails':{'friendlyName':'c','index':1,'offset':0,'"
      "length':20},'customMetadata':[{'name':'z','value':'1'},{'name':'a','value':'2'}]}}\n"
      "    12 chapterStart 0 c {\"a\":\"2\",\"z\":\"1\"}\n"
      "13 send {'eventType':'media.chapterComplete'}\n"
      "    13 chapterComplete 0\n"
      "14 send {'eventType':'media.chapterSkip'}\n"
      "    14 chapterSkip 0\n"
      "15 send "
      "{'eventType':'media.statesUpdate','mediaCollection':{'statesStart':[{'name':'mute'},{'name':'fullScreen'}]}}\n"
      "    15 statesUpdate 0 +mute +fullScreen\n"
      "16 send "
      "{'eventType':'media.statesUpdate','mediaCollection':{'statesEnd':[{'name':'mute'},{'name':'fullScreen'}],'"
      "statesStart':[{'name':'in.focus'}]}}\n"
      "    16 statesUpdate 0 -mute -fullScreen +in.focus\n"
      "17 send {'eventType':'media.sessionComplete'}\n"
      "    17 sessionComplete 0\n"
      "18 send {'eventType':'media.sessionEnd'}\n"
      "    18 sessionEnd 0\n"
      "19 send {'eventType':'media.ping'}: MB_CLOSED the session has ended\n"
      "20 stats\n"
      "    accepted 19 delivered 19 requests 19 sessions 1\n");
}

/* A session's first event need not say what it is; later ones must. */
TEST(the_type_is_assumed_where_a_session_opens) {
  expect_both(
      WIRE_BRIEF, NULL,
      "0 open " SESSION_XDM "\n"
      "    0 sessionStart 0\n"
      "1 send {'mediaCollection':{'playhead':1}}: MB_INVALID_EVENT eventType: missing\n"
      "1 n.open {'eventType':'media.play','mediaCollection':{" SESSION_DETAILS
      "}}: MB_INVALID_EVENT mediaCollection.sessionDetails: not allowed in media.play\n"
      "1 n.open {'eventType':'media.play'}: MB_INVALID_EVENT eventType: a session opens with sessionStart, not play\n"
      "1 n.open {'eventType':'media.Play'}: MB_INVALID_EVENT eventType: \"media.Play\" is unknown\n"
      "1 send " START ": MB_INVALID_EVENT eventType: sessionStart opens a session; see mb_session_open\n");
}

/* The forms may change from one event to the next. */
TEST(either_form_in_one_session) {
  expect_both(
      WIRE_BRIEF, NULL,
      "0 open {'eventType':'sessionStart','params':{'media.id':'a','media.length':60,'media.contentType':'vod'}}\n"
      "    0 sessionStart 0\n"
      "1 send {'eventType':'media.play','mediaCollection':{'playhead':7}}\n"
      "    1 play 7\n"
      "2 send {'eventType':'pauseStart','playerTime':{'playhead':9}}\n"
      "    2 pauseStart 9\n"
      "3 n.open " START "\n"
      "    3 sessionStart 0\n"
      "4 n.send {'eventType':'chapterComplete'}\n"
      "    4 chapterComplete 0\n");
}

#define V1_START "{'eventType':'sessionStart','params':{'media.id':'a','media.length':60,'media.contentType':'vod'}}"

TEST(events_of_the_collection_api_over_the_edge) {
  expect_brief(
      ON_EDGE,
      "0 open "
      "{'eventType':'sessionStart','playerTime':{'playhead':3.9},'params':{'media.id':'a','media.length':60.5,'media."
      "contentType':'vod','media.resume':true},'customMetadata':{'b':'2','a':'1'},'qoeData':{'media.qoe.bitrate':5}}\n"
      "    0 sessionStart 3 resume qoe 5/-/-/- {\"a\":\"1\",\"b\":\"2\"}\n"
      "1 send {'eventType':'play','params':{},'qoeData':{}}\n"
      "    1 play 3\n"
      "2 send {'eventType':'error','qoeData':{'media.qoe.errorID':'e','media.qoe.errorSource':'external'}}\n"
      "    2 error 3 error e/external\n"
      "3 send {'eventType':'error','params':{'media.errorId':'f','media.errorSource':'player'}}\n"
      "    3 error 3 error f/player\n"
      "4 send {'eventType':'error','qoeData':{'media.qoe.errorID':'g'}}\n"
      "    4 error 3 error g/player\n"
      "5 send {'eventType':'stateStart','params':{'media.state.name':'mute'}}\n"
      "    5 statesUpdate 3 +mute\n"
      "6 send {'eventType':'stateEnd','params':{'media.state.name':'mute'}}\n"
      "    6 statesUpdate 3 -mute\n"
      "7 send "
      "{'eventType':'statesUpdate','params':{'statesStart':[{'media.state.name':'a'},{'media.state.name':'b'}],'"
      "statesEnd':[{'media.state.name':'c'}]}}\n"
      "    7 statesUpdate 3 -c +a +b\n"
      "8 send "
      "{'eventType':'adBreakStart','params':{'media.ad.podFriendlyName':'one','media.ad.podIndex':0,'media.ad."
      "podSecond':1.5}}\n"
      "    8 adBreakStart 3 one\n"
      "9 send "
      "{'eventType':'adStart','params':{'media.ad.id':'x','media.ad.length':15,'media.ad.podPosition':1,'media.ad."
      "podFriendlyName':'one'},'customMetadata':{'k':'v'}}\n"
      "    9 adStart 3 x {\"k\":\"v\"}\n"
      "10 send {'eventType':'bitrateChange','qoeData':{'media.qoe.bitrate':7}}\n"
      "    10 bitrateChange 3 qoe 7/-/-/-\n"
      "11 send {'eventType':'bitrateChange'}\n"
      "    11 bitrateChange 3 qoe -/-/-/-\n");
}

/* What v1 takes and XDM does not is refused before it is sent, with the place that XDM has for it. */
TEST(what_xdm_does_not_take) {
  expect_brief(
      ON_EDGE,
      "0 open "
      "{'eventType':'sessionStart','params':{'media.id':'a','media.length':60,'media.contentType':'vod','media."
      "streamType':'x'}}: MB_INVALID_EVENT the Media Edge API: mediaCollection.sessionDetails.streamType: \"audio\" or "
      "\"video\" is needed\n"
      "0 open {'eventType':'sessionStart','params':{'media.id':'','media.length':60,'media.contentType':'vod'}}: "
      "MB_INVALID_EVENT the Media Edge API: mediaCollection.sessionDetails.name: must not be empty\n"
      "0 open "
      "{'eventType':'sessionStart','params':{'media.id':'','media.length':60,'media.contentType':'vod','media."
      "streamType':'x'}}: MB_INVALID_EVENT the Media Edge API: mediaCollection.sessionDetails.name: must not be empty "
      "(and 1 more)\n"
      "0 open " V1_START "\n"
      "    0 sessionStart 0\n"
      "1 send {'eventType':'adStart','params':{'media.ad.id':'x','media.ad.length':15,'media.ad.podPosition':-1}}: "
      "MB_INVALID_EVENT the Media Edge API: mediaCollection.advertisingDetails.podPosition: must not be negative\n"
      "1 send {'eventType':'stateStart','params':{'media.state.name':'a b'}}: MB_INVALID_EVENT the Media Edge API: "
      "mediaCollection.statesStart[0].name: 1 to 64 letters, digits, '_' and '.' are needed\n"
      "1 send {'eventType':'stateEnd','params':{'media.state.name':'\xc3\xbc'}}: MB_INVALID_EVENT the Media Edge API: "
      "mediaCollection.statesEnd[0].name: 1 to 64 letters, digits, '_' and '.' are needed\n"
      "1 send {'eventType':'statesUpdate','params':{'statesEnd':[{'media.state.name':'a'},{'media.state.name':'b "
      "c'}]}}: MB_INVALID_EVENT the Media Edge API: mediaCollection.statesEnd[1].name: 1 to 64 letters, digits, '_' "
      "and '.' are needed\n"
      "1 send {'eventType':'error'}: MB_INVALID_EVENT the Media Edge API: mediaCollection.errorDetails: missing\n"
      "1 send {'eventType':'error','qoeData':{'media.qoe.errorSource':'player'}}: MB_INVALID_EVENT the Media Edge API: "
      "mediaCollection.errorDetails: missing\n"
      "1 send {'eventType':'error','qoeData':{'media.qoe.errorID':''}}: MB_INVALID_EVENT the Media Edge API: "
      "mediaCollection.errorDetails.name: must not be empty\n"
      "1 send {'eventType':'play','qoeData':{'media.qoe.bitrate':-1}}: MB_INVALID_EVENT the Media Edge API: "
      "mediaCollection.qoeDataDetails.bitrate: must be from 0 to 2147483647\n"
      "2 stats\n"
      "    accepted 1 delivered 1 requests 1 sessions 1\n"
      "2 send {'eventType':'play'}\n"
      "    2 play 0\n");
}

/* What is refused names the path. Nothing is sent, and the session goes on. */
TEST(findings_where_a_session_opens) {
  expect_both(
      WIRE_BRIEF, NULL,
      "0 open {'mediaCollection':{}}: MB_INVALID_EVENT mediaCollection.sessionDetails: missing\n"
      "0 open {'mediaCollection':{'sessionDetails':{}}}: MB_INVALID_EVENT mediaCollection.sessionDetails.name: missing "
      "(and 2 more)\n"
      "0 open {'mediaCollection':{'sessionDetails':{'name':'a','length':'60','contentType':'vod'}}}: MB_INVALID_EVENT "
      "mediaCollection.sessionDetails.length: an integer is needed, not a text\n"
      "0 open {'mediaCollection':{'sessionDetails':{'name':'a','length':60.5,'contentType':'vod'}}}: MB_INVALID_EVENT "
      "mediaCollection.sessionDetails.length: an integer is needed, not a fraction\n"
      "0 open {'_id':'mine','mediaCollection':{" SESSION_DETAILS "}}: MB_INVALID_EVENT _id: the library sets it\n"
      "0 open {'timestamp':'2026-01-15T12:00:00Z','mediaCollection':{" SESSION_DETAILS
      "}}: MB_INVALID_EVENT timestamp: the library sets it\n"
      "0 open {'more':1,'mediaCollection':{" SESSION_DETAILS "}}: MB_INVALID_EVENT more: unknown\n"
      "0 open {'mediaCollection':{'sessionID':'x'," SESSION_DETAILS
      "}}: MB_INVALID_EVENT mediaCollection.sessionID: not allowed in media.sessionStart\n"
      "0 open {'mediaCollection':7}: MB_INVALID_EVENT mediaCollection: an object is needed, not a number\n"
      "0 stats\n"
      "   \n");
}

TEST(findings) {
  expect_both(
      WIRE_BRIEF, NULL,
      OPENED
      "1 send {'eventType':'media.adBreakSkip'}: MB_INVALID_EVENT eventType: \"media.adBreakSkip\" is unknown\n"
      "1 send {'eventType':'media.downloaded'}: MB_INVALID_EVENT eventType: \"media.downloaded\" is unknown\n"
      "1 send {'eventType':'media.'}: MB_INVALID_EVENT eventType: \"media.\" is unknown\n"
      "1 send {'eventType':7,'mediaCollection':{}}: MB_INVALID_EVENT eventType: a text is needed, not a number\n"
      "1 send {'eventType':'media.play','mediaCollection':{'playhead':-1}}: MB_INVALID_EVENT mediaCollection.playhead: "
      "must not be negative\n"
      "1 send {'eventType':'media.play','mediaCollection':{'playhead':1.5}}: MB_INVALID_EVENT "
      "mediaCollection.playhead: an integer is needed, not a fraction\n"
      "1 send {'eventType':'media.play','mediaCollection':{'playhead':'1'}}: MB_INVALID_EVENT "
      "mediaCollection.playhead: an integer is needed, not a text\n"
      "1 send {'eventType':'media.play','mediaCollection':{'advertisingDetails':{}}}: MB_INVALID_EVENT "
      "mediaCollection.advertisingDetails: not allowed in media.play\n"
      "1 send {'eventType':'media.play','mediaCollection':{'customMetadata':[]}}: MB_INVALID_EVENT "
      "mediaCollection.customMetadata: not allowed in media.play\n"
      "1 send {'eventType':'media.play','mediaCollection':{'extra':1}}: MB_INVALID_EVENT mediaCollection.extra: "
      "unknown\n"
      "1 send {'eventType':'media.adBreakStart'}: MB_INVALID_EVENT mediaCollection.advertisingPodDetails: missing\n"
      "1 send {'eventType':'media.adBreakStart','mediaCollection':{'advertisingPodDetails':{'index':1}}}: "
      "MB_INVALID_EVENT mediaCollection.advertisingPodDetails.offset: missing\n"
      "1 send {'eventType':'media.adStart'}: MB_INVALID_EVENT mediaCollection.advertisingDetails: missing\n"
      "1 send "
      "{'eventType':'media.adStart','mediaCollection':{'advertisingDetails':{'name':'','length':1,'podPosition':-1}}}: "
      "MB_INVALID_EVENT mediaCollection.advertisingDetails.name: must not be empty (and 1 more)\n"
      "1 send "
      "{'eventType':'media.chapterStart','mediaCollection':{'chapterDetails':{'index':1,'length':1,'offset':1,'more':1}"
      "}}: MB_INVALID_EVENT mediaCollection.chapterDetails.more: unknown\n"
      "1 send {'eventType':'media.error'}: MB_INVALID_EVENT mediaCollection.errorDetails: missing\n"
      "1 send {'eventType':'media.error','mediaCollection':{'errorDetails':{'name':'e','source':'me'}}}: "
      "MB_INVALID_EVENT mediaCollection.errorDetails.source: \"player\" or \"external\" is needed\n"
      "1 send {'eventType':'media.statesUpdate'}: MB_INVALID_EVENT mediaCollection: statesStart or statesEnd is "
      "needed\n"
      "1 send {'eventType':'media.statesUpdate','mediaCollection':{'statesStart':[{'name':'a'},{'name':'b c'}]}}: "
      "MB_INVALID_EVENT mediaCollection.statesStart[1].name: 1 to 64 letters, digits, '_' and '.' are needed\n"
      "1 send {'eventType':'media.statesUpdate','mediaCollection':{'statesEnd':[{}]}}: MB_INVALID_EVENT "
      "mediaCollection.statesEnd[0].name: missing\n"
      "1 send {'eventType':'media.play','mediaCollection':{'qoeDataDetails':{'bitrate':-1,'fps':25}}}: "
      "MB_INVALID_EVENT mediaCollection.qoeDataDetails.bitrate: must be from 0 to 2147483647 (and 1 more)\n"
      "1 send "
      "{'eventType':'media.adStart','mediaCollection':{'advertisingDetails':{'name':'x','length':1,'podPosition':1},'"
      "customMetadata':[{'name':'a b','value':'v'}]}}: MB_INVALID_EVENT mediaCollection.customMetadata[0].name: "
      "letters, digits, '_' and '.' are needed\n"
      "1 send {'eventType':'media.play','identityMap':{}}: MB_INVALID_EVENT identityMap: not allowed in media.play\n"
      "2 send {'eventType':'media.play'}\n"
      "    2 play 0\n"
      "2 stats\n"
      "    accepted 2 delivered 2 requests 2 sessions 1\n");
}

/* What is filled in. */

#define V1_BODY(session, rest) "    0 m/1 POST /api/v1/sessions" session " {\"eventType\":" rest "\n"

TEST(what_the_configuration_knows_is_filled_in) {
  expect_bodies("{'playerName':'pn','channel':'ch','appVersion':'1.2','adPlayerName':'ap'}",
                "0 open " SESSION_XDM "\n" V1_BODY(
                    "", "\"sessionStart\",\"playerTime\":{\"playhead\":0,\"ts\":0},\"params\":{\"media.resume\":false,"
                        "\"analytics.enableSSL\":true,\"media.id\":\"a\",\"media.length\":60,\"media.contentType\":"
                        "\"vod\",\"media.playerName\":\"pn\",\"media.channel\":\"ch\",\"media.downloaded\":false,"
                        "\"media.sdkVersion\":\"1.2\",\"media.libraryVersion\":\"mediabeat-" MB_VERSION "\"}}"));
  expect_bodies(
      "{" EDGE ",'appVersion':'1.2','adPlayerName':'ap'}",
      "0 open " SESSION_XDM "\n"
      "    0 m/1 POST /ee/va/v1/sessionStart?configId=ds&requestId=UUID "
      "{\"events\":[{\"xdm\":{\"_id\":\"UUID\",\"eventType\":\"media.sessionStart\",\"timestamp\":\"1970-01-01T00:00:"
      "00.000Z\",\"mediaCollection\":{\"playhead\":0,\"sessionDetails\":{\"hasResume\":false,\"name\":\"a\",\"length\":"
      "60,\"contentType\":\"vod\",\"playerName\":\"pn\",\"channel\":\"ch\",\"appVersion\":\"1.2\"}},"
      "\"implementationDetails\":{\"name\":\"https://ns.adobe.com/experience/edge\",\"version\":\"mediabeat-" MB_VERSION
      "\",\"environment\":\"app\"}}}]}\n"
      "1 send " AD "\n"
      "    1 m/1 POST /ee/va/v1/adStart?configId=ds&requestId=UUID "
      "{\"events\":[{\"xdm\":{\"_id\":\"UUID\",\"eventType\":\"media.adStart\",\"timestamp\":\"1970-01-01T00:00:00."
      "001Z\",\"mediaCollection\":{\"sessionID\":\"id1\",\"playhead\":0,\"advertisingDetails\":{\"name\":\"x\","
      "\"length\":15,\"podPosition\":1,\"playerName\":\"ap\"}}}}]}\n");
}

/* What the caller says goes before what the library knows: playhead and quality too. */
TEST(the_callers_xdm_wins) {
  expect_bodies(
      "{" EDGE ",'appVersion':'1.2','marketingCloudUserId':'e'}",
      "0 answers 40 9 9 9 9\n"
      "0 open -ask "
      "{'identityMap':{'ECID':[{'id':'f'}]},'mediaCollection':{'playhead':7,'qoeDataDetails':{'bitrate':1},'"
      "sessionDetails':{'name':'a','length':60,'contentType':'vod','playerName':'mine','channel':'too','appVersion':'3'"
      ",'hasResume':true,'show':'S'},'customMetadata':[{'name':'a.media.season','value':'4'},{'name':'k','value':'v'}]}"
      "}\n"
      "    0 m/1 POST /ee/va/v1/sessionStart?configId=ds&requestId=UUID "
      "{\"events\":[{\"xdm\":{\"_id\":\"UUID\",\"eventType\":\"media.sessionStart\",\"timestamp\":\"1970-01-01T00:00:"
      "00.000Z\",\"mediaCollection\":{\"playhead\":7,\"qoeDataDetails\":{\"bitrate\":1},\"sessionDetails\":{"
      "\"hasResume\":true,\"name\":\"a\",\"length\":60,\"contentType\":\"vod\",\"playerName\":\"mine\",\"channel\":"
      "\"too\",\"appVersion\":\"3\",\"show\":\"S\",\"season\":\"4\"},\"customMetadata\":[{\"name\":\"k\",\"value\":"
      "\"v\"}]},\"identityMap\":{\"ECID\":[{\"id\":\"f\"}]},\"implementationDetails\":{\"name\":\"https://ns.adobe.com/"
      "experience/edge\",\"version\":\"mediabeat-" MB_VERSION "\",\"environment\":\"app\"}}}]}\n"
      "1 send "
      "{'eventType':'media.adStart','mediaCollection':{'advertisingDetails':{'name':'x','length':15,'podPosition':1,'"
      "playerName':'of the ad'}}}\n"
      "    1 m/1 POST /ee/va/v1/adStart?configId=ds&requestId=UUID "
      "{\"events\":[{\"xdm\":{\"_id\":\"UUID\",\"eventType\":\"media.adStart\",\"timestamp\":\"1970-01-01T00:00:00."
      "001Z\",\"mediaCollection\":{\"sessionID\":\"id1\",\"playhead\":40,\"qoeDataDetails\":{\"bitrate\":9,"
      "\"droppedFrames\":9,\"framesPerSecond\":9,\"timeToStart\":9},\"advertisingDetails\":{\"name\":\"x\",\"length\":"
      "15,\"podPosition\":1,\"playerName\":\"of the ad\"}}}}]}\n");
}

/* getPlayerDetails: asked before every event, the first one and pings too. Whole seconds are all that XDM has. */
TEST(the_player_is_asked) {
  expect_brief(ON_EDGE, "0 answers 3.9 1 2 3 4\n"
                        "0 open -ask " START "\n"
                        "    0 sessionStart 3 qoe 1/2/3/4\n"
                        "1 answers 4.2 1 2 3 4\n"
                        "1 send {'eventType':'media.play'}\n"
                        "    1 play 4\n"
                        "2 answers 5\n"
                        "3 send {'eventType':'media.pauseStart','mediaCollection':{'playhead':77}}\n"
                        "    3 pauseStart 77\n"
                        "4 answers 6 5 6 7 8\n"
                        "10003 tick\n"
                        "    10003 ping 6 qoe 5/6/7/8\n"
                        "10004 answers nothing\n"
                        "10004 send {'eventType':'media.play'}\n"
                        "    10004 play 6\n");
  expect_brief("{'playerName':'pn','channel':'ch'}", "0 answers 3.9 1 2 3 4\n"
                                                     "0 open -ask " START "\n"
                                                     "    0 sessionStart 3.9 qoe 1/2/3/4\n"
                                                     "1 answers 4.2 1 2 3 4\n"
                                                     "10000 tick\n"
                                                     "    10000 ping 4.2\n");
}

/* Manual sessions: every event brings its playhead, nobody is asked, no pings. */
TEST(manual_sessions) {
  expect_both(WIRE_BRIEF, NULL,
              "0 answers 40 9 9 9 9\n"
              "0 open -manual -ask " START
              ": MB_INVALID_EVENT mediaCollection.playhead: missing; the caller of a manual session gives it\n"
              "0 open -manual " V1_START
              ": MB_INVALID_EVENT playerTime.playhead: missing; the caller of a manual session gives it\n"
              "0 stats\n"
              "   \n"
              "0 open -manual -ask {'mediaCollection':{'playhead':7," SESSION_DETAILS "}}\n"
              "    0 sessionStart 7\n"
              "1 deadline\n"
              "    never\n"
              "1 send {'eventType':'media.play'}: MB_INVALID_EVENT mediaCollection.playhead: missing; the caller of a "
              "manual session gives it\n"
              "1 send {'eventType':'play'}: MB_INVALID_EVENT playerTime.playhead: missing; the caller of a manual "
              "session gives it\n"
              "1 send {'eventType':'media.play','mediaCollection':{'playhead':8}}\n"
              "    1 play 8\n"
              "2 send {'eventType':'media.ping','mediaCollection':{'playhead':9}}\n"
              "    2 ping 9\n"
              "3 deadline\n"
              "    never\n"
              "3 stats\n"
              "    accepted 3 delivered 3 requests 3 sessions 1\n");
}

/* The session's id. */

TEST(the_id_is_told) {
  expect_both(WIRE_BRIEF, NULL,
              "0 next ok,after=100\n"
              "0 open -tell " START "\n"
              "    0 sessionStart 0\n"
              "1 id\n"
              "    none\n"
              "100 tick\n"
              "    m is id1\n"
              "101 id\n"
              "    id1\n"
              "102 send {'eventType':'media.play'}\n"
              "    102 play 0\n"
              "103 n.open -tell " START "\n"
              "    103 sessionStart 0\n"
              "    n is id2\n");
}

/* Again when the session goes on in a new one; not when its handle is gone, nor when it has ended. */
TEST(the_id_is_told_again) {
  expect_both(WIRE_BRIEF, NULL,
              "0 open -tell " START "\n"
              "    0 sessionStart 0\n"
              "    m is id1\n"
              "10 next 404\n"
              "10 send {'eventType':'media.play'}\n"
              "    10 play 0\n"
              "    10 sessionStart 0 ts 9 resume\n"
              "    m is id2\n"
              "    10 play 0\n"
              "20 next ok,after=100\n"
              "20 n.open -tell " START "\n"
              "    20 sessionStart 0\n"
              "21 n.free\n"
              "120 tick\n"
              "130 next ok,after=100\n"
              "130 e.open -tell " START "\n"
              "    130 sessionStart 0\n"
              "131 e.send {'eventType':'media.sessionEnd'}\n"
              "230 tick\n"
              "    230 sessionEnd 0 ts 131\n");
}

/* A caller may say which session it means. */
TEST(session_ids_are_checked) {
  expect_both(WIRE_BRIEF, NULL,
              "0 next ok,after=100\n"
              "0 open " START "\n"
              "    0 sessionStart 0\n"
              "1 send {'eventType':'media.play','mediaCollection':{'sessionID':'id1'}}: MB_INVALID_EVENT "
              "mediaCollection.sessionID: this session has no id yet; leave it out\n"
              "100 tick\n"
              "101 send {'eventType':'media.play','mediaCollection':{'sessionID':'id2'}}: MB_INVALID_EVENT "
              "mediaCollection.sessionID: not that of this session\n"
              "101 send {'eventType':'media.play','mediaCollection':{'sessionID':''}}: MB_INVALID_EVENT "
              "mediaCollection.sessionID: must not be empty\n"
              "101 send {'eventType':'media.play','mediaCollection':{'sessionID':7}}: MB_INVALID_EVENT "
              "mediaCollection.sessionID: a text is needed, not a number\n"
              "101 send {'eventType':'media.play','mediaCollection':{'sessionID':'id1'}}\n"
              "    101 play 0\n");
}

/* Until a new session's id is told, the old one is all that the caller can know. */
TEST(the_session_id_of_a_session_that_goes_on) {
  expect_both(
      WIRE_BRIEF, NULL,
      "0 open -manual {'mediaCollection':{'playhead':0," SESSION_DETAILS "}}\n"
      "    0 sessionStart 0\n"
      "1 next 404 ok,after=100\n"
      "1 send {'eventType':'media.play','mediaCollection':{'playhead':1,'sessionID':'id1'}}\n"
      "    1 play 1\n"
      "    1 sessionStart 1 ts 0 resume\n"
      "2 send {'eventType':'media.ping','mediaCollection':{'playhead':2,'sessionID':'id1'}}\n"
      "2 send {'eventType':'media.ping','mediaCollection':{'playhead':2,'sessionID':'id2'}}: MB_INVALID_EVENT "
      "mediaCollection.sessionID: not that of this session\n"
      "101 tick\n"
      "    101 play 1 ts 1\n"
      "    101 ping 2 ts 2\n"
      "102 send {'eventType':'media.ping','mediaCollection':{'playhead':3,'sessionID':'id1'}}: MB_INVALID_EVENT "
      "mediaCollection.sessionID: not that of this session\n"
      "102 send {'eventType':'media.ping','mediaCollection':{'playhead':3,'sessionID':'id2'}}\n"
      "    102 ping 3\n");
}

/* Sessions that were opened elsewhere. */

TEST(a_resumed_session) {
  expect_both(WIRE_TALK, NULL,
              "0 resume -tell elsewhere\n"
              "0 id\n"
              "    elsewhere\n"
              "1 deadline\n"
              "    never\n"
              "1 send {'eventType':'media.play'}: MB_INVALID_EVENT mediaCollection.playhead: missing; the caller of "
              "a manual session gives it\n"
              "1 send {'eventType':'media.play','mediaCollection':{'playhead':7}}\n"
              "    1 m/1 elsewhere: play 7 -> 204\n"
              "2 send {'eventType':'media.pauseStart','mediaCollection':{'playhead':8,'sessionID':'other'}}: "
              "MB_INVALID_EVENT mediaCollection.sessionID: not that of this session\n"
              "2 send {'eventType':'media.pauseStart','mediaCollection':{'playhead':8,'sessionID':'elsewhere'}}\n"
              "    2 m/1 elsewhere: pauseStart 8 -> 204\n"
              "3 send {'eventType':'play','playerTime':{'playhead':9}}\n"
              "    3 m/1 elsewhere: play 9 -> 204\n"
              "4 send " START ": MB_INVALID_EVENT eventType: sessionStart opens a session; see mb_session_open\n"
              "5 deadline\n"
              "    never\n"
              "6 send {'eventType':'media.sessionEnd','mediaCollection':{'playhead':9}}\n"
              "    6 m/1 elsewhere: sessionEnd 9 -> 204\n"
              "6 stats\n"
              "    accepted 4 delivered 4 requests 4 sessions 1\n");
}

/* It cannot go on in a new session: how it began is not known here. */
TEST(a_resumed_session_that_is_gone) {
  for (int status = 404; status <= 410; status += 6) {
    char script[1024];
    snprintf(script, sizeof script,
             "0 log warning\n"
             "0 resume elsewhere\n"
             "1 next %d\n"
             "1 send {'eventType':'media.play','mediaCollection':{'playhead':7}}\n"
             "    1 m/1 elsewhere: play 7 -> %d\n"
             "    # warning: player m: play answered %d; the event is dropped\n"
             "2 send {'eventType':'media.ping','mediaCollection':{'playhead':8}}\n"
             "    2 m/1 elsewhere: ping 8 -> 204\n"
             "3 next %d\n"
             "3 send {'eventType':'media.sessionEnd','mediaCollection':{'playhead':8}}\n"
             "    3 m/1 elsewhere: sessionEnd 8 -> %d\n"
             "4 stats\n"
             "    accepted 3 delivered 2 refused 1 requests 3 sessions 1\n",
             status, status, status, status, status);
    expect_both(WIRE_TALK, NULL, script);
  }
}

TEST(ids_that_cannot_be_resumed) {
  char id[1100];
  mb_session *session;
  transcript log;
  transcript_begin(&log, WIRE_SILENT, ON_EDGE);
  memset(id, 'x', 1025);
  id[1025] = 0;
  assert_int_equal(mb_session_resume(log.client, NULL, id, 0, &session), MB_INVALID_ARGUMENT);
  assert_string_equal(mb_client_error(log.client),
                      "id: 1 to 1024 bytes are needed, of a session that is not downloaded");
  assert_int_equal(mb_session_resume(log.client, NULL, "", 0, &session), MB_INVALID_ARGUMENT);
  assert_int_equal(mb_session_resume(log.client, NULL, "\xff", 0, &session), MB_INVALID_TEXT);
  assert_int_equal(mb_session_resume(log.client, NULL, NULL, 0, &session), MB_INVALID_ARGUMENT);
  assert_int_equal(mb_session_resume(log.client, NULL, "x", 0, NULL), MB_INVALID_ARGUMENT);
  assert_int_equal(mb_session_resume(log.client, NULL, "x", -1, &session), MB_INVALID_TIME);
  assert_int_equal(mb_session_resume(NULL, NULL, "x", 0, &session), MB_INVALID_ARGUMENT);
  const mb_session_options options = {.size = sizeof options, .player = "\xff"};
  assert_int_equal(mb_session_resume(log.client, &options, "x", 0, &session), MB_INVALID_TEXT);
  assert_null(session);
  id[1024] = 0;
  assert_int_equal(mb_session_resume(log.client, NULL, id, 0, &session), MB_OK);
  assert_string_equal(mb_session_id(session), id);
  transcript_end(&log);
  transcript_begin(&log, WIRE_SILENT, "{'downloaded':true}");
  assert_int_equal(mb_session_resume(log.client, NULL, "x", 0, &session), MB_INVALID_ARGUMENT);
  transcript_end(&log);
}

/* An id goes into the path of the Media Collection API: one that could lead elsewhere must not. */
TEST(hostile_ids_cannot_be_resumed) {
  static const char *const ids[] = {"../../admin", "a/b", "a?b", "a#b", "a b", "..", ".", "%2e%2e", "a\r\nHost: evil"};
  for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
    mb_session *session;
    transcript log;
    transcript_begin(&log, WIRE_SILENT, NULL);
    if (mb_session_resume(log.client, NULL, ids[i], 0, &session) != MB_INVALID_ARGUMENT)
      fail_msg("%s is taken", ids[i]);
    transcript_end(&log);
    transcript_begin(&log, WIRE_SILENT, ON_EDGE); /* there it is in the body */
    assert_int_equal(mb_session_resume(log.client, NULL, ids[i], 0, &session), MB_OK);
    transcript_end(&log);
  }
}

/* Pings of a session that was opened with XDM: as in the Web SDK. */

static const char ping_config[] = "{" EDGE ",'adPingInterval':3}";

/* Where the next ping is after an event at 5 s, in main content and after an adBreakStart at 1 s. */
TEST(every_event_moves_the_ping) {
  static const struct {
    const char *event;
    int64_t in_main, in_break;
  } rows[] = {
      {"{'eventType':'media.play'}", 15000, 8000},
      {"{'eventType':'media.pauseStart'}", 15000, 8000},
      {"{'eventType':'media.bufferStart'}", 15000, 8000},
      {"{'eventType':'media.ping'}", 15000, 8000},
      {"{'eventType':'media.bitrateChange'}", 15000, 8000},
      {ERROR, 15000, 8000},
      {"{'eventType':'media.statesUpdate','mediaCollection':{'statesStart':[{'name':'mute'}]}}", 15000, 8000},
      {AD_BREAK, 8000, 8000},
      {AD, 8000, 8000},
      {"{'eventType':'media.adComplete'}", 8000, 8000},
      {"{'eventType':'media.adSkip'}", 8000, 8000},
      {"{'eventType':'media.adBreakComplete'}", 15000, 15000},
      {CHAPTER, 15000, 15000},
      {"{'eventType':'media.chapterComplete'}", 15000, 15000},
      {"{'eventType':'media.chapterSkip'}", 15000, 15000},
      {"{'eventType':'media.sessionComplete'}", MB_NEVER, MB_NEVER},
      {"{'eventType':'media.sessionEnd'}", MB_NEVER, MB_NEVER},
  };
  static const char *const configurations[] = {"{'adPingInterval':3}", ping_config};
  for (size_t i = 0; i < 4 * sizeof rows / sizeof *rows; i++) {
    char line[512];
    transcript log;
    transcript_begin(&log, WIRE_BRIEF, configurations[i % 2]);
    transcript_perform(&log, "0 open -granular " START); /* granular pings are the Collection API's trackers' */
    if (i / 2 % 2) transcript_perform(&log, "1000 send " AD_BREAK);
    if (i / 2 % 2) transcript_perform(&log, "3999 send {'eventType':'media.ping'}");
    snprintf(line, sizeof line, "5000 send %s", rows[i / 4].event);
    transcript_perform(&log, line);
    int64_t due = i / 2 % 2 ? rows[i / 4].in_break : rows[i / 4].in_main;
    int64_t granular = i % 2 == 0 && due == 8000 ? 6000 : due; /* a second, which only the Collection API has */
    if (mb_client_next_deadline(log.client) != granular)
      fail_msg("%s\n%s is followed at %lld", configurations[i % 2], line,
               (long long)mb_client_next_deadline(log.client));
    transcript_end(&log);
  }
}

TEST(pings_of_a_session) {
  expect_brief(ping_config, OPENED "10000 tick\n"
                                   "    10000 ping 0\n"
                                   "12000 send {'eventType':'media.pauseStart'}\n"
                                   "    12000 pauseStart 0\n"
                                   "22000 send " AD_BREAK "\n"
                                   "    22000 adBreakStart 0 one\n"
                                   "    25000 ping 0\n"
                                   "26000 send " AD "\n"
                                   "    26000 adStart 0 x\n"
                                   "    29000 ping 0\n"
                                   "30000 send {'eventType':'media.adComplete'}\n"
                                   "    30000 adComplete 0\n"
                                   "    33000 ping 0\n"
                                   "34000 send {'eventType':'media.adBreakComplete'}\n"
                                   "    34000 adBreakComplete 0\n"
                                   "    44000 ping 0\n"
                                   "50000 send {'eventType':'media.sessionComplete'}\n"
                                   "    50000 sessionComplete 0\n"
                                   "60000 send " AD "\n"
                                   "    60000 adStart 0 x\n"
                                   "61000 deadline\n"
                                   "    never\n"
                                   "62000 send {'eventType':'media.sessionEnd'}\n"
                                   "    62000 sessionEnd 0\n"
                                   "63000 deadline\n"
                                   "    never\n");
}

/* The configuration may say otherwise, for sessions of either form. */
TEST(what_pings_count_from) {
  static const struct {
    const char *anchor, *start;
    int64_t due; /* after a play at 3 s and an error at 5 s */
  } rows[] = {{"", START, 15000},
              {"", V1_START, 13000},
              {"state", START, 13000},
              {"state", V1_START, 13000},
              {"event", START, 15000},
              {"event", V1_START, 15000},
              {"sessionStart", START, 10000},
              {"sessionStart", V1_START, 10000}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    char config[256], line[256];
    transcript log;
    snprintf(config, sizeof config, "{" EDGE "%s%s%s}", *rows[i].anchor ? ",'mainPingAnchor':'" : "", rows[i].anchor,
             *rows[i].anchor ? "'" : "");
    snprintf(line, sizeof line, "0 open %s", rows[i].start);
    transcript_begin(&log, WIRE_BRIEF, config);
    transcript_perform(&log, line);
    transcript_perform(&log, "3000 send {'eventType':'media.play'}");
    transcript_perform(&log, "5000 send " ERROR);
    if (mb_client_next_deadline(log.client) != rows[i].due)
      fail_msg("%s %s: %lld", config, rows[i].start, (long long)mb_client_next_deadline(log.client));
    transcript_end(&log);
  }
}

/* Quality. */

/* On an error the Media Edge API's quality comes only when it changed; a change of the bitrate always has it. */
TEST(when_quality_is_sent) {
  expect_brief(ON_EDGE, OPENED "1 qoe 1 2 3 4\n"
                               "2 send {'eventType':'media.play'}\n"
                               "    2 play 0 qoe 1/2/3/4\n"
                               "3 send " ERROR "\n"
                               "    3 error 0 error e/player\n"
                               "4 send {'eventType':'media.pauseStart'}\n"
                               "    4 pauseStart 0\n"
                               "5 send {'eventType':'media.bitrateChange'}\n"
                               "    5 bitrateChange 0 qoe 1/2/3/4\n"
                               "6 qoe 5 2 3 4\n"
                               "7 send " ERROR "\n"
                               "    7 error 0 qoe 5/2/3/4 error e/player\n"
                               "8 send {'eventType':'media.play'}\n"
                               "    8 play 0\n"
                               "9 send {'eventType':'media.play','mediaCollection':{'qoeDataDetails':{'bitrate':9}}}\n"
                               "    9 play 0 qoe 9/-/-/-\n"
                               "10 send {'eventType':'media.play'}\n"
                               "    10 play 0 qoe 5/2/3/4\n");
  expect_brief(NULL, OPENED "1 qoe 1 2 3 4\n"
                            "2 send {'eventType':'media.play'}\n"
                            "    2 play 0 qoe 1/2/3/4\n"
                            "3 send " ERROR "\n"
                            "    3 error 0 qoe 1/2/3/4 error e/player\n");
}

/* The same at a tracker. */
TEST(when_quality_of_a_tracker_is_sent) {
  expect_brief(ON_EDGE, "0 sessionStart\n"
                        "    0 sessionStart 0\n"
                        "1 bitrateChange\n"
                        "    1 bitrateChange 0 qoe -/-/-/-\n"
                        "2 qoe 1 2 3 4\n"
                        "3 play\n"
                        "    3 play 0 qoe 1/2/3/4\n"
                        "4 error E\n"
                        "    4 error 0 error E/player\n"
                        "5 bitrateChange\n"
                        "    5 bitrateChange 0 qoe 1/2/3/4\n"
                        "6 qoe 5 2 3 4\n"
                        "7 error E\n"
                        "    7 error 0 qoe 5/2/3/4 error E/player\n"
                        "8 pause\n"
                        "    8 pauseStart 0\n");
}

/* Granular ad tracking is the Collection API's; on the Edge the interval inside ads is adPingInterval alone. */
TEST(no_granular_ad_tracking) {
  expect_brief("{" EDGE ",'adPingInterval':5}", "0 sessionStart -granular\n"
                                                "    0 sessionStart 0\n"
                                                "10 adBreakStart one 1 0\n"
                                                "    10 adBreakStart 0 one\n"
                                                "20 adStart a 1 15\n"
                                                "    20 adStart 0 a\n"
                                                "    20 play 0 ts 21\n"
                                                "    5020 ping 0\n"
                                                "    10020 ping 0\n"
                                                "12000 tick\n");
}

/* Events that are too large. */

/* A line with `size` times x in the place of %s, performed; what the call said. */
static mb_status perform_large(transcript *log, const char *format, int size) {
  char *text = malloc((size_t)size + 1), *line = malloc((size_t)size + 512);
  memset(text, 'x', (size_t)size);
  text[size] = 0;
  snprintf(line, (size_t)size + 512, format, text);
  for (char *c = line; *c; c++)
    if (*c == '\'') *c = '"';
  mb_status status = mb_session_send(log->players[0].session, line, strlen(line), 1000);
  free(text);
  free(line);
  return status;
}

static const char large_ad[] = "{'eventType':'media.adStart','mediaCollection':{'playhead':9,'advertisingDetails':{'"
                               "name':'%s','length':1,'podPosition':1}}}";
static const char large_error[] =
    "{'eventType':'media.error','mediaCollection':{'playhead':9,'errorDetails':{'name':'%s','source':'player'}}}";

/* A request may have 64 KB. What is refused has changed nothing: no event, no playhead, no ping. */
TEST(events_that_are_too_large) {
  transcript log;
  mb_session *session;
  transcript_begin(&log, WIRE_BRIEF, ping_config);
  transcript_perform(&log, "0 open " START);
  assert_int_equal(perform_large(&log, large_ad, 65536), MB_TOO_LARGE);
  assert_string_equal(mb_client_error(log.client), "the Media Edge API takes at most 48 KiB of details and metadata");
  assert_int_equal(perform_large(&log, large_error, 65536), MB_TOO_LARGE);
  assert_string_equal(mb_client_error(log.client), "errorDetails.name: too long");
  assert_int_equal(perform_large(&log, "{'eventType':'error','qoeData':{'media.qoe.errorID':'%s'}}", 65536),
                   MB_TOO_LARGE);
  text_clear(&log.out);
  transcript_expect(&log, "1001 deadline\n"
                          "    10000\n"
                          "1001 send {'eventType':'media.play'}\n"
                          "    1001 play 0\n"
                          "1001 stats\n"
                          "    accepted 2 delivered 2 requests 2 sessions 1\n");
  char start[70000], details[66000];
  memset(details, 'x', sizeof details);
  int size =
      snprintf(start, sizeof start,
               "{\"mediaCollection\":{\"sessionDetails\":{\"name\":\"%.*s\",\"length\":1,\"contentType\":\"vod\"}}}",
               (int)sizeof details, details);
  assert_int_equal(mb_session_open(log.client, NULL, start, (size_t)size, 1002, &session), MB_TOO_LARGE);
  assert_null(session);
  transcript_end(&log);
}

/* The largest that is taken fits into a request. */
TEST(the_largest_events_fit) {
  static const char *const formats[] = {large_ad, large_error};
  for (int i = 0; i < 2; i++) {
    int size = 65536;
    transcript log;
    transcript_begin(&log, WIRE_BRIEF, ON_EDGE);
    transcript_perform(&log, "0 open " START);
    transcript_perform(&log, "0 always never");
    while (perform_large(&log, formats[i], size)) size -= 16;
    size_t body;
    mb_request_body(log.wire.pending[0].request, &body);
    assert_in_range(body, size, 65536);
    transcript_end(&log);
  }
}

/* The Collection API states no bound. */
TEST(nothing_is_too_large_for_the_collection_api) {
  transcript log;
  transcript_begin(&log, WIRE_BRIEF, "{'playerName':'p'}");
  transcript_perform(&log, "0 open " START);
  assert_int_equal(perform_large(&log, large_ad, 70000), MB_OK);
  assert_int_equal(perform_large(&log, large_error, 70000), MB_OK);
  transcript_end(&log);
}

/* Nothing is sent and the tracker is as it was. */
TEST(calls_that_are_too_large) {
  char *text = malloc(65537);
  memset(text, 'x', 65536);
  text[65536] = 0;
  mb_media_info media;
  mb_media_info_init(&media);
  media.id = text;
  media.name = "n";
  media.length = 60;
  media.stream_type = "vod";
  media.media_type = "video";
  media.preroll_waiting_time_ms = 0;
  const mb_pair pair = {"k", text};
  const mb_ad_break_info pod = {sizeof pod, text, 1, 0};
  const mb_ad_info ad = {sizeof ad, "a", text, 1, 15};
  const mb_chapter_info chapter = {sizeof chapter, "c", 1, 10, 0};
  transcript log;
  transcript_begin(&log, WIRE_BRIEF, ON_EDGE);
  transcript_perform(&log, "0 ask 5");
  mb_tracker *tracker = log.players[0].tracker;
  assert_int_equal(mb_tracker_session_start(tracker, &media, NULL, 0, 1), MB_TOO_LARGE);
  media.id = "movie";
  assert_int_equal(mb_tracker_session_start(tracker, &media, &pair, 1, 1), MB_TOO_LARGE);
  text_clear(&log.out);
  transcript_expect(&log, "2 sessionStart\n"
                          "    2 sessionStart 5\n"
                          "3 adBreakStart one 1 0\n"
                          "    3 adBreakStart 5 one\n");
  assert_int_equal(mb_tracker_ad_start(tracker, &ad, NULL, 0, 4), MB_TOO_LARGE);
  assert_int_equal(mb_tracker_ad_break_start(tracker, &pod, 4), MB_TOO_LARGE);
  assert_int_equal(mb_tracker_chapter_start(tracker, &chapter, &pair, 1, 4), MB_TOO_LARGE);
  assert_int_equal(mb_tracker_error(tracker, text, 4), MB_TOO_LARGE);
  assert_int_equal(mb_tracker_session_start(tracker, &media, &pair, 1, 4), MB_REFUSED_IN_SESSION);
  transcript_expect(&log, "5 adSkip: MB_REFUSED_NOT_IN_AD\n"
                          "6 chapterSkip: MB_REFUSED_NOT_IN_CHAPTER\n"
                          "7 adBreakComplete\n"
                          "    7 adBreakComplete 5\n"
                          "    7 ping 5 ts 8\n"
                          "10 complete\n"
                          "    10 sessionComplete 5\n");
  transcript_end(&log);
  free(text);
}

/* Several players. */

TEST(several_players) {
  static const char *const configurations[] = {NULL, ON_EDGE};
  for (int i = 0; i < 2; i++) {
    char script[2048];
    int opened = i ? 200 : 201;
    snprintf(script, sizeof script,
             "0 a.open -tell " START "\n"
             "    0 a/1 new: sessionStart 0 -> %d\n"
             "    a is id1\n"
             "1 b.answers 7\n"
             "1 b.open -ask -tell " START "\n"
             "    1 b/1 new: sessionStart 7 -> %d\n"
             "    b is id2\n"
             "2 c.sessionStart\n"
             "    2 c/1 new: sessionStart 0 -> %d\n"
             "3 a.send {'eventType':'media.play','mediaCollection':{'playhead':4}}\n"
             "    3 a/1 id1: play 4 -> 204\n"
             "4 b.send {'eventType':'media.play'}\n"
             "    4 b/1 id2: play 7 -> 204\n"
             "5 b.send {'eventType':'media.play','mediaCollection':{'sessionID':'id1'}}: MB_INVALID_EVENT "
             "mediaCollection.sessionID: not that of this session\n"
             "6 a.send {'eventType':'media.sessionEnd'}\n"
             "    6 a/1 id1: sessionEnd 4 -> 204\n"
             "7 a.open " START "\n"
             "    7 a/2 new: sessionStart 0 -> %d\n"
             "    10002 c/1 id3: ping 0 -> 204\n"
             "    10004 b/1 id2: ping 7 -> 204\n"
             "10007 tick\n"
             "    10007 a/2 id4: ping 0 -> 204\n",
             opened, opened, opened, opened);
    expect_talk(configurations[i], script);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_event_type_is_taken),
      cmocka_unit_test(the_type_is_assumed_where_a_session_opens),
      cmocka_unit_test(either_form_in_one_session),
      cmocka_unit_test(events_of_the_collection_api_over_the_edge),
      cmocka_unit_test(what_xdm_does_not_take),
      cmocka_unit_test(findings_where_a_session_opens),
      cmocka_unit_test(findings),
      cmocka_unit_test(what_the_configuration_knows_is_filled_in),
      cmocka_unit_test(the_callers_xdm_wins),
      cmocka_unit_test(the_player_is_asked),
      cmocka_unit_test(manual_sessions),
      cmocka_unit_test(the_id_is_told),
      cmocka_unit_test(the_id_is_told_again),
      cmocka_unit_test(session_ids_are_checked),
      cmocka_unit_test(the_session_id_of_a_session_that_goes_on),
      cmocka_unit_test(a_resumed_session),
      cmocka_unit_test(a_resumed_session_that_is_gone),
      cmocka_unit_test(ids_that_cannot_be_resumed),
      cmocka_unit_test(hostile_ids_cannot_be_resumed),
      cmocka_unit_test(every_event_moves_the_ping),
      cmocka_unit_test(pings_of_a_session),
      cmocka_unit_test(what_pings_count_from),
      cmocka_unit_test(when_quality_is_sent),
      cmocka_unit_test(when_quality_of_a_tracker_is_sent),
      cmocka_unit_test(no_granular_ad_tracking),
      cmocka_unit_test(events_that_are_too_large),
      cmocka_unit_test(the_largest_events_fit),
      cmocka_unit_test(nothing_is_too_large_for_the_collection_api),
      cmocka_unit_test(calls_that_are_too_large),
      cmocka_unit_test(several_players),
  };
  return cmocka_run_group_tests_name("session_xdm", tests, NULL, NULL);
}

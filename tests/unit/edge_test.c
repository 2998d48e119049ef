/* What is made of the Media Edge API's answers.
 * https://developer.adobe.com/data-collection-apis/docs/endpoints/media/
 * https://developer.adobe.com/data-collection-apis/docs/getting-started/location-hints
 * https://experienceleague.adobe.com/en/docs/experience-platform/edge-network-server-api/interactive-data-collection */
#include "edge.h"

#include "client.h"
#include "suite.h"

#define AT_ONCE "{" EDGE ",'retryInterval':0.001,'retryIntervalMax':0.001}"
#define OPEN "open " SESSION_XDM "\n"
#define QUIET "open -silent " SESSION_XDM "\n"
#define MEDIA "https://ns.adobe.com/aep/errors/va-edge-"
#define GATEWAY "https://ns.adobe.com/aep/errors/EXEG-"
#define OPENED_AS "{'type':'media-analytics:new-session','payload':[{'sessionId':'" /* and the id */
#define SESSION_X OPENED_AS "x'}],'eventIndex':0}"

/* A format whose answer stands in one place. */
static void expect_answered(const char *format, const char *answer) {
  char script[4096];
  snprintf(script, sizeof script, format, answer);
  expect_talk(AT_ONCE, script);
}

/* The id of a session. */

#define OPENED_BY(answer, id)                        \
  "0 next " answer "\n"                              \
  "0 " OPEN "    0 m/1 new: sessionStart 0 -> 200\n" \
  "1 send {'eventType':'media.play'}\n"              \
  "    1 m/1 " id ": play 0 -> 204\n"

TEST(a_session_is_opened) {
  expect_talk(AT_ONCE, OPENED_BY("200,session=4d8c00415c3c", "4d8c00415c3c"));
  expect_talk(AT_ONCE, OPENED_BY("200,body={'handle':[" SESSION_X "]}", "x"));
  expect_talk(AT_ONCE, OPENED_BY("200,body={'handle':[{'type':'other','payload':[{'sessionId':'no'}]}," SESSION_X
                                 "],'warnings':[],'requestId':'r'}",
                                 "x"));
  expect_talk(AT_ONCE, OPENED_BY("200,body={'handle':[" OPENED_AS "a\\'b\\\\\xc3\xbc'}]}]}", "a\"b\\\xc3\xbc"));
}

TEST(a_session_is_opened_in_other_ways) {
  static const char *const answers[] = {"201,session=x", "202,session=x", "207,session=x",
                                        "207,body={'handle':[" SESSION_X "],'errors':[{'title':'t','status':500}]}"};
  for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
    char script[1024];
    snprintf(script, sizeof script,
             "0 next %s\n"
             "0 " OPEN "    0 m/1 new: sessionStart 0 -> %.3s\n"
             "1 send {'eventType':'media.play'}\n"
             "    1 m/1 x: play 0 -> 204\n",
             answers[i], answers[i]);
    expect_talk(AT_ONCE, script);
  }
}

/* A series of records, each behind a separator: NUL as mobile clients ask for, or that of RFC 7464. */
TEST(framed_answers) {
  static const char *const frames[] = {
      "^@{'handle':[" SESSION_X "]}^J",
      "^@{'handle':[" SESSION_X "]}",
      "^^{'handle':[" SESSION_X "]}^J",
      "^^{'handle':[" SESSION_X "]}",
      "{'handle':[" SESSION_X "]}^J",
      "^@{'handle':[]}^J^@{'requestId':'r'}^J^@{'handle':[" SESSION_X "]}^J",
      "^^{'handle':[" SESSION_X "]}^J^^{'handle':[{'type':'state:store','payload':[]}]}^J",
      "^@^@^J^@{'handle':[" SESSION_X "]}^@",
      "^@{'handle':[" SESSION_X "]}^J^@{'handle':[{'type':",
      "^@nonsense^J^@{'handle':[" SESSION_X "]}^J",
  };
  for (size_t i = 0; i < sizeof frames / sizeof *frames; i++) expect_answered(OPENED_BY("200,body=%s", "x"), frames[i]);
}

/* Not every success is one: without a usable id it counts as 5xx, which is tried again. */
TEST(success_without_an_id) {
  static const char *const answers[] = {
      "200",
      "204",
      "200,body={}",
      "200,body={'handle':[]}",
      "200,body={'handle':{}}",
      "200,body={'handle':[{'type':'media-analytics:new-session'}]}",
      "200,body={'handle':[{'type':'media-analytics:new-session','payload':{'sessionId':'x'}}]}",
      "200,body={'handle':[{'type':'media-analytics:new-session','payload':[{'sessionId':7}]}]}",
      "200,body={'handle':[{'type':'media-analytics:new-session','payload':[{'sessionID':'x'}]}]}",
      "200,body={'handle':[" OPENED_AS "'}]}]}",
      "200,body={'handle':[" OPENED_AS "  '}]}]}",
      "200,body={'handle':[{'type':7,'payload':[{'sessionId':'x'}]}]}",
      "200,location=/api/v1/sessions/v1",
      "200,body=no JSON",
      "200,body={'handle':[" SESSION_X "]",
      "200,body={'handle':[" OPENED_AS "x\\u0000'}]}]}",
      "200,body={'handle':[" SESSION_X "]} ]",
      "200,body=[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
      "200,body={'handle':[" OPENED_AS "\xff'}]}]}",
  };
  for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
    char script[2048];
    snprintf(script, sizeof script,
             "0 log warning\n"
             "0 next %s\n"
             "0 " OPEN "    0 m/1 new: sessionStart 0 -> %.3s\n"
             "    # warning: player m: sessionStart was answered %.3s without a usable session id; events are kept and "
             "tried again\n"
             "1 tick\n"
             "    1 m/1 new: sessionStart 0 ts 0 -> 200\n"
             "    # warning: player m: the answer to a request that opened a session was lost or had no id, and it was "
             "sent again; the backend may have the session twice\n"
             "2 send {'eventType':'media.play'}\n"
             "    2 m/1 id1: play 0 -> 204\n",
             answers[i], answers[i], answers[i]);
    expect_talk(AT_ONCE, script);
  }
}

/* 1024 bytes are the most; the bodies of transcripts are not long enough for more. */
TEST(ids_that_are_too_long) {
  for (int size = 1024; size <= 1025; size++) {
    char body[1400];
    transcript log;
    int length = snprintf(
        body, sizeof body,
        "{\"handle\":[{\"type\":\"media-analytics:new-session\",\"payload\":[{\"sessionId\":\"%0*d\"}]}]}", size, 7);
    transcript_begin(&log, WIRE_SILENT, AT_ONCE);
    transcript_perform(&log, "0 always never");
    transcript_perform(&log, "0 " OPEN);
    const mb_response response = {.size = sizeof response, .status = 200, .body = body, .body_size = (size_t)length};
    mb_request_complete(log.wire.pending[0].request, &response, 0);
    log.wire.pending_count = 0;
    const char *id = mb_session_id(log.players[0].session);
    assert_true(size == 1024 ? id && strlen(id) == 1024 : !id);
    transcript_end(&log);
  }
}

/* The backend's words about a start that it does not like: the session is dropped with its queue. */
TEST(a_start_that_is_refused) {
  static const struct {
    int status;
    const char *body, *words;
  } rows[] = {
      {207,
       "{'handle':[{'type':'state:store','payload':[]}],'errors':[{'type':'" MEDIA
       "0400-400','status':400,'title':'Invalid "
       "request','report':{'eventIndex':0,'details':[{'name':'$.xdm.mediaCollection.sessionDetails.name','reason':'"
       "Missing required field'},{'name':'b','reason':'c'}]}}]}",
       "Invalid request ($.xdm.mediaCollection.sessionDetails.name: Missing required field)"},
      {207, "{'errors':[{'type':'" MEDIA "0400-400','status':400,'title':'Invalid request','detail':'Sorry'}]}",
       "Invalid request: Sorry"},
      {200, "{'errors':[{'type':'https://ns.adobe.com/aep/errors/VA-Edge-0400-400','title':'T'}]}", "T"},
      {400, "{'type':'" MEDIA "0400-400','status':400,'title':'Bad Request','detail':'d','report':{'details':'whole'}}",
       "Bad Request: d (whole)"},
      {404, "{'type':'" MEDIA "0404-404','title':'Not Found'}", "Not Found"},
      {410, "{'title':'Gone'}", "Gone"},
      {422, "{'type':'" GATEWAY "0104-422','title':'Invalid'}", "Invalid"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    char script[2048];
    snprintf(script, sizeof script,
             "0 log warning\n"
             "0 next %d,body=%s\n"
             "0 " OPEN "    0 m/1 new: sessionStart 0 -> %d\n"
             "    # warning: player m: sessionStart answered %d: %s; the session is dropped with its queue\n"
             "1 send {'eventType':'media.play'}\n"
             "20000 stats\n"
             "    accepted 3 refused 1 sessionRefused 2 requests 1 sessions 1\n",
             rows[i].status, rows[i].body, rows[i].status, rows[i].status, rows[i].words);
    expect_talk(AT_ONCE, script);
  }
}

/* Other errors beside a success do not make it none: without an id it is tried again, and they are said. They are the
 * reason that there is no session: nothing is doubled. */
TEST(a_start_with_other_errors) {
  expect_talk(AT_ONCE, "0 log warning\n"
                       "0 next 207,body={'handle':[],'errors':[{'type':'" GATEWAY
                       "0201-503','status':503,'title':'Upstream'}]}\n"
                       "0 " OPEN "    0 m/1 new: sessionStart 0 -> 207\n"
                       "    # warning: player m: sessionStart was answered 207 without a usable session id: Upstream; "
                       "events are kept and tried again\n"
                       "1 tick\n"
                       "    1 m/1 new: sessionStart 0 ts 0 -> 200\n");
}

/* Answers to other events. */

#define OPENED      \
  "0 log warning\n" \
  "0 " OPEN "    0 m/1 new: sessionStart 0 -> 200\n"

TEST(any_success_is_one) {
  static const char *const answers[] = {
      "200", "201", "202", "204", "207", "200,body=nonsense", "299,body={'handle':[]}"};
  for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
    char script[1024];
    snprintf(script, sizeof script,
             OPENED "1 next %s\n"
                    "1 send {'eventType':'media.play'}\n"
                    "    1 m/1 id1: play 0 -> %.3s\n"
                    "2 send {'eventType':'media.ping'}\n"
                    "    2 m/1 id1: ping 0 -> 204\n"
                    "2 stats\n"
                    "    accepted 3 delivered 3 requests 3 sessions 1\n",
             answers[i], answers[i]);
    expect_talk(AT_ONCE, script);
  }
}

/* Only a sessionStart's answer names a session. */
TEST(an_event_does_not_change_the_session) {
  expect_talk(AT_ONCE, OPENED "1 next 200,session=other\n"
                              "1 send {'eventType':'media.play'}\n"
                              "    1 m/1 id1: play 0 -> 200\n"
                              "2 send {'eventType':'media.ping'}\n"
                              "    2 m/1 id1: ping 0 -> 204\n");
}

TEST(a_start_is_taken_with_errors) {
  expect_talk(AT_ONCE, "0 log warning\n"
                       "0 next 207,body={'handle':[" SESSION_X "],'errors':[{'title':'t','status':500}]}\n"
                       "0 " OPEN "    0 m/1 new: sessionStart 0 -> 207\n"
                       "    # warning: player m: an event was taken (207), with an error: t\n"
                       "1 send {'eventType':'media.play'}\n"
                       "    1 m/1 x: play 0 -> 204\n");
  expect_talk("{" EDGE ",'downloaded':true}", "0 log warning\n"
                                              "0 next 200,body={'errors':[{'title':'t','status':500}]}\n"
                                              "0 " QUIET "0 send {'eventType':'media.sessionEnd'}\n"
                                              "    0 m/1 batch: sessionStart 0, sessionEnd 0 ts 1 -> 200\n"
                                              "    # warning: player m: an event was taken (200), with an error: t\n");
}

TEST(an_event_is_taken_with_errors) {
  expect_talk(AT_ONCE, OPENED
              "1 next 207,body={'errors':[{'type':'" MEDIA "0400-400','title':'Hm','detail':'odd','report':{'details':["
              "{'name':'$.a','reason':'because'}]}},{'title':'second'}]}\n"
              "1 send {'eventType':'media.play'}\n"
              "    1 m/1 id1: play 0 -> 207\n"
              "    # warning: player m: an event was taken (207), with an error: Hm: odd ($.a: because)\n"
              "2 send {'eventType':'media.ping'}\n"
              "    2 m/1 id1: ping 0 -> 204\n"
              "2 stats\n"
              "    accepted 3 delivered 3 requests 3 sessions 1\n");
}

TEST(an_event_that_is_refused_is_dropped_alone) {
  static const struct {
    int status;
    const char *body, *words;
  } rows[] = {
      {400,
       "{'type':'" MEDIA "0400-400','status':400,'title':'Bad "
       "Request','detail':'d','report':{'requestId':'r','details':[{'name':'$.events[0].xdm."
       "mediaCollection.playhead','reason':'Missing required field'}]}}",
       ": Bad Request: d ($.events[0].xdm.mediaCollection.playhead: Missing required field)"},
      {400, "{'title':'Bad Request','report':{'details':'play is not pause'}}", ": Bad Request (play is not pause)"},
      {400, "{'detail':'only this'}", ": only this"},
      {400, "{'report':{'details':'no title'}}", ""},
      {400, "{'title':1,'detail':[]}", ""},
      {400, "{'title':'T','report':{'details':[{'name':1},7]}}", ": T"},
      {400, "{'title':'T','report':[]}", ": T"},
      {400, "no JSON", ""},
      {400, "{'title':'cut o", ""},
      {400, "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", ""},
      {400, "{'title':'a\\nb\\u001b[31m'}", ": a b [31m"},
      {413, "{'type':'" GATEWAY "0112-413','title':'Too large'}", ": Too large"},
      {415, "{'type':'" GATEWAY "0111-415','title':'Type'}", ": Type"},
      {422, "{'type':'" GATEWAY "0104-422','title':'Validation'}", ": Validation"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    char script[2048];
    snprintf(script, sizeof script,
             OPENED "1 next %d,body=%s\n"
                    "1 send {'eventType':'media.play'}\n"
                    "    1 m/1 id1: play 0 -> %d\n"
                    "    # warning: player m: play answered %d%s; the event is dropped\n"
                    "2 send {'eventType':'media.ping'}\n"
                    "    2 m/1 id1: ping 0 -> 204\n"
                    "2 stats\n"
                    "    accepted 3 delivered 2 refused 1 requests 3 sessions 1\n",
             rows[i].status, rows[i].body, rows[i].status, rows[i].status, rows[i].words);
    expect_talk(AT_ONCE, script);
  }
}

/* A message has room for so much of a backend's words. */
TEST(long_words) {
  char body[1000];
  transcript log;
  memcpy(body, "1 next 400,body={'title':'", 26);
  for (int i = 26; i < 926; i += 2) memcpy(body + i, "\xc3\xbc", 2);
  memcpy(body + 926, "'}", 3);
  transcript_begin(&log, WIRE_SILENT, AT_ONCE);
  transcript_perform(&log, "0 log warning");
  transcript_perform(&log, "0 " OPEN);
  transcript_perform(&log, body);
  text_clear(&log.out);
  transcript_perform(&log, "1 send {'eventType':'media.play'}");
  const char *words = strstr(text_of(&log.out), "\xc3\xbc");
  assert_non_null(words);
  assert_true(mb__utf8_valid(words));
  assert_non_null(strstr(words, "; the event is dropped\n"));
  transcript_end(&log);
}

TEST(what_is_tried_again) {
  static const char *const answers[] = {"408",
                                        "425",
                                        "429",
                                        "500",
                                        "502",
                                        "503",
                                        "504",
                                        "599",
                                        "none",
                                        "100",
                                        "429,body={'title':'slow'}",
                                        "500,body={'type':'x'}"};
  for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
    char script[1024];
    int shown = (int)strcspn(answers[i], ",");
    snprintf(script, sizeof script,
             "0 " OPEN "    0 m/1 new: sessionStart 0 -> 200\n"
             "1 next %s\n"
             "1 send {'eventType':'media.play'}\n"
             "    1 m/1 id1: play 0 -> %.*s\n"
             "1 send {'eventType':'media.ping'}\n"
             "2 tick\n"
             "    2 m/1 id1: play 0 ts 1 -> 204\n"
             "    2 m/1 id1: ping 0 -> 204\n",
             answers[i], shown, answers[i]);
    expect_talk(AT_ONCE, script);
  }
}

TEST(retry_after) {
  expect_talk(AT_ONCE, "0 next 503,retry=30\n"
                       "0 " QUIET "    0 m/1 new: sessionStart 0 -> 503\n"
                       "1 deadline\n"
                       "    30000\n"
                       "30000 tick\n"
                       "    30000 m/1 new: sessionStart 0 ts 0 -> 200\n"
                       "30001 next 429,retry=7\n"
                       "30002 send {'eventType':'media.play'}\n"
                       "    30002 m/1 id1: play 0 -> 429\n"
                       "37001 tick\n"
                       "37002 tick\n"
                       "    37002 m/1 id1: play 0 ts 30002 -> 204\n");
}

/* A repeated request is the same bytes, requestId and _id too: a backend can see the double. */
TEST(a_repeated_request_is_the_same) {
  transcript log;
  transcript_begin(&log, WIRE_BYTES, AT_ONCE);
  transcript_perform(&log, "0 next ok 503 503 ok");
  transcript_perform(&log, "0 " OPEN);
  text_clear(&log.out);
  transcript_perform(&log, "5 send {'eventType':'media.play'}\n");
  transcript_perform(&log, "10 tick");
  const char *body = strstr(text_of(&log.out), "POST");
  size_t size = strcspn(body, "\n");
  for (int i = 1; i < 3; i++) {
    const char *again = strstr(body + 1, "POST");
    assert_non_null(again);
    assert_memory_equal(again, body, size + 1);
    body = again;
  }
  transcript_end(&log);
}

/* Errors of the gateway about the configuration: nothing is lost, it is said once, tried rarely. */
/* Nothing is left of a player once its session is delivered; its name comes again, its ids must not. */
TEST(ids_of_a_player_that_comes_again) {
  transcript log;
  transcript_begin(&log, WIRE_SILENT, AT_ONCE);
  char urls[4][512];
  for (int i = 0; i < 4; i++) {
    transcript_perform(&log, i % 2 ? "0 n." OPEN : "0 " OPEN);
    memcpy(urls[i], log.wire.url, sizeof urls[i]);
    for (int before = 0; before < i; before++) assert_string_not_equal(urls[i], urls[before]);
    transcript_perform(&log, i % 2 ? "0 n.free" : "0 free");
  }
  transcript_end(&log);
}

TEST(configuration_errors) {
  static const struct {
    int status;
    const char *type;
  } rows[] = {{400, "0002-400"}, {400, "0003-400"}, {400, "0003-400"}, {422, "0004-422"},
              {422, "0010-422"}, {403, "0400-403"}, {401, "0503-401"}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    char script[2048], answer[256];
    snprintf(answer, sizeof answer, "%d,body={'type':'" GATEWAY "%s','title':'Datastream','status':%d}", rows[i].status,
             rows[i].type, rows[i].status);
    snprintf(
        script, sizeof script,
        "0 log warning\n"
        "0 always %s\n"
        "0 " OPEN "    0 m/1 new: sessionStart 0 -> %d\n"
        "    # error: the endpoint answered %d, Datastream: check the configuration; events are kept and tried again\n"
        "1 send {'eventType':'media.play'}\n"
        "500 stats\n"
        "    accepted 2 queued 2 requests 1 sessions 1\n",
        answer, rows[i].status, rows[i].status);
    expect_talk("{" EDGE ",'retryInterval':0.001,'retryIntervalMax':2}", script);
  }
}

TEST(a_configuration_that_is_put_right) {
  transcript log;
  transcript_begin(&log, WIRE_TALK, "{" EDGE ",'retryInterval':0.001,'retryIntervalMax':60}");
  transcript_perform(&log, "0 log warning");
  transcript_perform(&log, "0 always 400,body={'type':'" GATEWAY "0003-400','title':'Unknown datastream'}");
  transcript_perform(&log, "0 open -silent " SESSION_XDM);
  transcript_perform(&log, "29999 tick"); /* at least half of the longest interval */
  assert_int_equal(log.wire.sent, 1);
  transcript_perform(&log, "60000 tick");
  assert_int_equal(log.wire.sent, 2);
  text_clear(&log.out);
  transcript_perform(&log, "60000 always ok");
  transcript_perform(&log, "120000 tick");
  assert_non_null(strstr(text_of(&log.out), "m/1 new: sessionStart 0 ts 0 -> 200\n"));
  assert_null(strstr(text_of(&log.out), "#"));
  transcript_end(&log);
}

/* The same types to an event, and types that only look like them. */
TEST(configuration_errors_of_events) {
  expect_talk(AT_ONCE, OPENED
              "1 next 400,body={'type':'" GATEWAY "0003-400'}\n"
              "1 send {'eventType':'media.play'}\n"
              "    1 m/1 id1: play 0 -> 400\n"
              "    # error: the endpoint answered 400: check the configuration; events are kept and tried again\n"
              "2 tick\n"
              "    2 m/1 id1: play 0 ts 1 -> 204\n"
              "3 next 400,body={'type':'" GATEWAY "0003-400/more','title':'x'}\n"
              "3 send {'eventType':'media.play'}\n"
              "    3 m/1 id1: play 0 -> 400\n"
              "    # warning: player m: play answered 400: x; the event is dropped\n"
              "4 next 400,body={'type':'notEXEG-0003-400','title':'x'}\n"
              "4 send {'eventType':'media.play'}\n"
              "    4 m/1 id1: play 0 -> 400\n"
              "    # warning: player m: play answered 400: x; the event is dropped\n");
}

/* 404 and 410: a new session, what was open, then the queue. */

TEST(a_session_that_is_gone_goes_on_in_a_new_one) {
  for (int status = 404; status <= 410; status += 6) {
    char script[4096];
    snprintf(script, sizeof script,
             "0 sessionStart k=v\n"
             "    0 m/1 new: sessionStart 0 {\"k\":\"v\"} -> 200\n"
             "10 playhead 7.9\n"
             "10 chapterStart c 1 0 10 k=c\n"
             "    10 m/1 id1: chapterStart 7 c {\"k\":\"c\"} -> 204\n"
             "20 stateStart b\n"
             "    20 m/1 id1: statesUpdate 7 +b -> 204\n"
             "30 stateStart off\n"
             "    30 m/1 id1: statesUpdate 7 +off -> 204\n"
             "50 stateEnd off\n"
             "    50 m/1 id1: statesUpdate 7 -off -> 204\n"
             "60 adBreakStart one 1 0\n"
             "    60 m/1 id1: adBreakStart 7 one -> 204\n"
             "70 adStart a 1 15 k=a\n"
             "    70 m/1 id1: adStart 7 a {\"k\":\"a\"} -> 204\n"
             "    70 m/1 id1: play 7 ts 71 -> 204\n"
             "80 next %d\n"
             "80 playhead 8.5\n"
             "90 pause\n"
             "    90 m/1 id1: pauseStart 8 -> %d\n"
             "    90 m/2 new: sessionStart 8 ts 84 resume {\"k\":\"v\"} -> 200\n"
             "    90 m/2 id2: chapterStart 8 ts 85 c {\"k\":\"c\"} -> 204\n"
             "    90 m/2 id2: adBreakStart 8 ts 86 one -> 204\n"
             "    90 m/2 id2: adStart 8 ts 87 a {\"k\":\"a\"} -> 204\n"
             "    90 m/2 id2: statesUpdate 8 ts 88 +b -> 204\n"
             "    90 m/2 id2: play 8 ts 89 -> 204\n"
             "    90 m/2 id2: pauseStart 8 -> 204\n"
             "100 adSkip\n"
             "    100 m/2 id2: adSkip 8 -> 204\n"
             "100 stats\n"
             "    accepted 10 delivered 10 requests 17 reopened 1 resent 6 sessions 1\n",
             status, status);
    expect_talk(ON_EDGE, script);
  }
}

/* A list of states is taken apart: each that is on is said again. */
TEST(listed_states_are_said_again) {
  expect_talk(
      AT_ONCE,
      "0 " OPEN "    0 m/1 new: sessionStart 0 -> 200\n"
      "1 send {'eventType':'media.statesUpdate','mediaCollection':{'statesStart':[{'name':'a'},{'name':'b'}]}}\n"
      "    1 m/1 id1: statesUpdate 0 +a +b -> 204\n"
      "2 send "
      "{'eventType':'media.statesUpdate','mediaCollection':{'statesEnd':[{'name':'a'}],'statesStart':[{'name':'c'}]}}\n"
      "    2 m/1 id1: statesUpdate 0 -a +c -> 204\n"
      "3 send "
      "{'eventType':'media.statesUpdate','mediaCollection':{'statesEnd':[{'name':'c'}],'statesStart':[{'name':'c'}]}}\n"
      "    3 m/1 id1: statesUpdate 0 -c +c -> 204\n"
      "100 next 404\n"
      "100 send {'eventType':'media.ping'}\n"
      "    100 m/1 id1: ping 0 -> 404\n"
      "    100 m/2 new: sessionStart 0 ts 97 resume -> 200\n"
      "    100 m/2 id2: statesUpdate 0 ts 98 +b -> 204\n"
      "    100 m/2 id2: statesUpdate 0 ts 99 +c -> 204\n"
      "    100 m/2 id2: ping 0 -> 204\n");
}

TEST(a_session_that_is_gone_twice) {
  expect_talk(AT_ONCE, OPENED "10 next 404 ok\n"
                              "10 next 404,body={'title':'Not\xc2\xa0"
                              "Found'}\n"
                              "10 send {'eventType':'media.play'}\n"
                              "    10 m/1 id1: play 0 -> 404\n"
                              "    10 m/2 new: sessionStart 0 ts 9 resume -> 200\n"
                              "    10 m/2 id2: play 0 -> 404\n"
                              "    # warning: player m: play answered 404: Not\xc2\xa0"
                              "Found; the event is dropped\n"
                              "20 next 404\n"
                              "20 send {'eventType':'media.ping'}\n"
                              "    20 m/2 id2: ping 0 -> 404\n"
                              "    20 m/3 new: sessionStart 0 ts 19 resume -> 200\n"
                              "    20 m/3 id3: ping 0 -> 204\n"
                              "20 stats\n"
                              "    accepted 3 delivered 2 refused 1 requests 7 reopened 2 resent 2 sessions 1\n");
}

/* The backend says by itself that the session is over, which is all that its end could say. */
TEST(the_end_of_a_session_that_is_gone) {
  static const char *const ends[] = {"sessionEnd", "sessionComplete"};
  for (int i = 0; i < 4; i++) {
    char script[1024];
    snprintf(script, sizeof script,
             OPENED "10 next %d\n"
                    "10 send {'eventType':'media.%s'}\n"
                    "    10 m/1 id1: %s 0 -> %d\n"
                    "10 stats\n"
                    "    accepted 2 delivered 2 requests 2 sessions 1\n",
             i / 2 ? 410 : 404, ends[i % 2], ends[i % 2], i / 2 ? 410 : 404);
    expect_talk(AT_ONCE, script);
  }
}

/* Downloaded sessions: one request, which is taken without an id. */

#define DOWNLOADED "{" EDGE ",'downloaded':true,'retryInterval':0.001,'retryIntervalMax':0.001}"
#define VIEWED                 \
  "0 sessionStart k=v\n"       \
  "10 play\n"                  \
  "20 chapterStart c 1 0 10\n" \
  "500 complete\n"
#define BATCH                                                                                       \
  "batch: sessionStart 0 ts 0 {\"k\":\"v\"}, play 0 ts 10, chapterStart 0 ts 20 c, chapterSkip 0, " \
  "sessionComplete 0 ts 501"

TEST(a_downloaded_session) {
  static const char *const answers[] = {"ok", "200,session=x", "207,body={'errors':[{'title':'hm'}]}", "204"};
  for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
    char script[1024];
    snprintf(script, sizeof script,
             "0 next %s\n" VIEWED "    500 m/1 " BATCH " -> %.3s\n"
             "501 stats\n"
             "    accepted 5 delivered 5 requests 1 sessions 1\n",
             answers[i], strcmp(answers[i], "ok") == 0 ? "200" : answers[i]);
    expect_talk(DOWNLOADED, script);
  }
}

TEST(a_downloaded_session_that_is_refused) {
  expect_talk(
      DOWNLOADED,
      "0 log warning\n"
      "0 next 207,body={'errors':[{'type':'" MEDIA "0400-400','title':'Invalid request'}]}\n" VIEWED
      "    500 m/1 " BATCH " -> 207\n"
      "    # warning: player m: sessionStart answered 207: Invalid request; the session is dropped with its queue\n"
      "501 stats\n"
      "    accepted 5 refused 1 sessionRefused 4 requests 1 sessions 1\n");
}

TEST(a_downloaded_session_is_tried_again) {
  expect_talk(DOWNLOADED, "0 next 503,hint=irl1:1800\n"
                          "0 next ok,hint=irl1:1800\n" VIEWED "    500 m/1 " BATCH " -> 503\n"
                          "501 tick\n"
                          "    501 m/1 batch: sessionStart 0 ts 0 {\"k\":\"v\"}, play 0 ts 10, chapterStart 0 ts 20 c, "
                          "chapterSkip 0 ts 500, sessionComplete 0 -> 200\n"
                          "600 sessionStart\n"
                          "700 sessionEnd\n"
                          "    700 m/2 batch@irl1: sessionStart 0 ts 600, sessionEnd 0 -> 200\n");
}

/* Regions. */

/* A session keeps to its region; new ones begin there until the backend's time is over. */
TEST(a_region_is_kept) {
  expect_talk(AT_ONCE, "0 next ok,hint=irl1:60\n"
                       "0 a." QUIET "    0 a/1 new: sessionStart 0 -> 200\n"
                       "1 a.send {'eventType':'media.play'}\n"
                       "    1 a/1 id1@irl1: play 0 -> 204\n"
                       "59999 b." QUIET "    59999 b/1 new@irl1: sessionStart 0 -> 200\n"
                       "60000 c." QUIET "    60000 c/1 new: sessionStart 0 -> 200\n"
                       "60001 a.send {'eventType':'media.pauseStart'}\n"
                       "    60001 a/1 id1@irl1: pauseStart 0 -> 204\n"
                       "60001 b.send {'eventType':'media.play'}\n"
                       "    60001 b/1 id2@irl1: play 0 -> 204\n"
                       "60001 c.send {'eventType':'media.play'}\n"
                       "    60001 c/1 id3: play 0 -> 204\n"
                       "60002 next 200,hint=va6:1\n"
                       "60002 c.send {'eventType':'media.ping'}\n"
                       "    60002 c/1 id3: ping 0 -> 200\n"
                       "60003 c.send {'eventType':'media.ping'}\n"
                       "    60003 c/1 id3@va6: ping 0 -> 204\n"
                       "60003 a.send {'eventType':'media.ping'}\n"
                       "    60003 a/1 id1@irl1: ping 0 -> 204\n");
}

/* When the backend's time is over, nothing better is known than what was configured. */
TEST(a_region_that_was_named_for_a_time) {
  expect_talk("{" EDGE ",'locationHint':'or2'}", "0 next ok,hint=irl1:60\n"
                                                 "0 a." QUIET "    0 a/1 new@or2: sessionStart 0 -> 200\n"
                                                 "59999 b." QUIET "    59999 b/1 new@irl1: sessionStart 0 -> 200\n"
                                                 "60000 c." QUIET "    60000 c/1 new@or2: sessionStart 0 -> 200\n");
}

/* One that was opened elsewhere goes where new ones would begin. */
TEST(the_region_of_a_resumed_session) {
  expect_talk("{" EDGE ",'locationHint':'or2'}", "0 resume other\n"
                                                 "1 send {'eventType':'media.ping','mediaCollection':{'playhead':1}}\n"
                                                 "    1 m/1 other@or2: ping 1 -> 204\n"
                                                 "2 next 200,hint=va6:0\n"
                                                 "2 send {'eventType':'media.ping','mediaCollection':{'playhead':2}}\n"
                                                 "    2 m/1 other@or2: ping 2 -> 200\n"
                                                 "3 send {'eventType':'media.ping','mediaCollection':{'playhead':3}}\n"
                                                 "    3 m/1 other@va6: ping 3 -> 204\n");
}

/* What others learn meanwhile does not move a session from where its first request went. */
TEST(the_region_of_the_first_request) {
  expect_talk("{" EDGE ",'locationHint':'or2'}",
              "0 r.resume other\n"
              "0 r.send {'eventType':'media.ping','mediaCollection':{'playhead':1}}\n"
              "    0 r/1 other@or2: ping 1 -> 204\n"
              "0 next ok,after=100\n"
              "0 a." QUIET "    0 a/1 new@or2: sessionStart 0\n"
              "1 next ok,hint=va6:1800\n"
              "1 b." QUIET "    1 b/1 new@or2: sessionStart 0 -> 200\n"
              "    100 a/1 <- 200\n"
              "200 a.send {'eventType':'media.play'}\n"
              "    200 a/1 id2@or2: play 0 -> 204\n"
              "200 r.send {'eventType':'media.ping','mediaCollection':{'playhead':2}}\n"
              "    200 r/1 other@or2: ping 2 -> 204\n");
}

TEST(a_region_that_changes) {
  expect_talk("{" EDGE ",'locationHint':'or2'}", "0 a.sessionStart\n"
                                                 "    0 a/1 new@or2: sessionStart 0 -> 200\n"
                                                 "1 next ok,hint=va6:1800\n"
                                                 "1 b.sessionStart\n"
                                                 "    1 b/1 new@or2: sessionStart 0 -> 200\n"
                                                 "2 a.play\n"
                                                 "    2 a/1 id1@or2: play 0 -> 204\n"
                                                 "3 next ok,hint=sgp3:1800\n"
                                                 "3 b.play\n"
                                                 "    3 b/1 id2@va6: play 0 -> 200\n"
                                                 "4 b.pause\n"
                                                 "    4 b/1 id2@sgp3: pauseStart 0 -> 204\n"
                                                 "5 c.sessionStart\n"
                                                 "    5 c/1 new@sgp3: sessionStart 0 -> 200\n"
                                                 "6 next 404\n"
                                                 "6 a.pause\n"
                                                 "    6 a/1 id1@or2: pauseStart 0 -> 404\n"
                                                 "    6 a/2 new@sgp3: sessionStart 0 ts 4 resume -> 200\n"
                                                 "    6 a/2 id4@sgp3: play 0 ts 5 -> 204\n"
                                                 "    6 a/2 id4@sgp3: pauseStart 0 -> 204\n");
}

/* A hint becomes part of a path: one that could lead elsewhere is none; other scopes are not for this path. */
TEST(hints_that_are_ignored) {
  static const char *const hints[] = {
      "{'scope':'EdgeNetwork','hint':'../../evil','ttlSeconds':1800}",
      "{'scope':'EdgeNetwork','hint':'..','ttlSeconds':1800}",
      "{'scope':'EdgeNetwork','hint':'a/b','ttlSeconds':1800}",
      "{'scope':'EdgeNetwork','hint':'a?b','ttlSeconds':1800}",
      "{'scope':'EdgeNetwork','hint':'a b','ttlSeconds':1800}",
      "{'scope':'EdgeNetwork','hint':'%2e','ttlSeconds':1800}",
      "{'scope':'EdgeNetwork','hint':'a\\r\\nHost: evil','ttlSeconds':1800}",
      "{'scope':'EdgeNetwork','hint':'\xc3\xbc','ttlSeconds':1800}",
      "{'scope':'EdgeNetwork','hint':'','ttlSeconds':1800}",
      "{'scope':'EdgeNetwork','hint':'12345678901234567890123456789012','ttlSeconds':1800}",
      "{'scope':'EdgeNetwork','hint':7,'ttlSeconds':1800}",
      "{'scope':'EdgeNetwork','ttlSeconds':1800}",
      "{'scope':'Target','hint':'35','ttlSeconds':1800}",
      "{'scope':'AAM','hint':'6','ttlSeconds':1800}",
      "{'hint':'irl1','ttlSeconds':1800}",
      "'irl1'",
  };
  for (size_t i = 0; i < sizeof hints / sizeof *hints; i++) {
    char script[1024];
    snprintf(script, sizeof script,
             "0 next 200,body={'handle':[" SESSION_X ",{'type':'locationHint:result','payload':[%s]}]}\n"
             "0 " OPEN "    0 m/1 new: sessionStart 0 -> 200\n"
             "1 send {'eventType':'media.play'}\n"
             "    1 m/1 x: play 0 -> 204\n",
             hints[i]);
    expect_talk(AT_ONCE, script);
  }
}

/* A time that is none is over at once: the session keeps to the region, new ones do not begin there. */
TEST(times_of_hints) {
  static const char *const times[] = {"0", "-5", "'1800'", "null"};
  for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
    char script[1024];
    snprintf(script, sizeof script,
             "0 next 200,body={'handle':[" SESSION_X
             ",{'type':'locationHint:result','payload':[{'scope':'EdgeNetwork','hint':'irl1','ttlSeconds':%s}]}]}\n"
             "0 " OPEN "    0 m/1 new: sessionStart 0 -> 200\n"
             "1 send {'eventType':'media.play'}\n"
             "    1 m/1 x@irl1: play 0 -> 204\n"
             "1 n." OPEN "    1 n/1 new: sessionStart 0 -> 200\n",
             times[i]);
    expect_talk(AT_ONCE, script);
  }
  expect_talk(AT_ONCE,
              "0 next 200,body={'handle':[" SESSION_X
              ",{'type':'locationHint:result','payload':[{'scope':'EdgeNetwork','hint':'irl1','ttlSeconds':1e300}]}]}\n"
              "0 " QUIET "    0 m/1 new: sessionStart 0 -> 200\n"
              "900000000000 n." OPEN "    900000000000 n/1 new@irl1: sessionStart 0 -> 200\n");
}

/* What the backend stores here, as it would in cookies. */

TEST(state_is_given_back) {
  expect_talk(AT_ONCE,
              "0 next ok,store=identity:i:100,store=cluster:irl1:10\n"
              "0 a." QUIET "    0 a/1 new: sessionStart 0 -> 200\n"
              "1 a.send {'eventType':'media.play'}\n"
              "    1 a/1 id1: play 0 state {\"identity\":\"i\",\"cluster\":\"irl1\"} -> 204\n"
              "2 b." QUIET "    2 b/1 new: sessionStart 0 state {\"identity\":\"i\",\"cluster\":\"irl1\"} -> 200\n"
              "9999 a.send {'eventType':'media.ping'}\n"
              "    9999 a/1 id1: ping 0 state {\"identity\":\"i\",\"cluster\":\"irl1\"} -> 204\n"
              "10000 a.send {'eventType':'media.ping'}\n"
              "    10000 a/1 id1: ping 0 state {\"identity\":\"i\"} -> 204\n"
              "20000 next ok,store=identity:j:50\n"
              "20000 a.send {'eventType':'media.ping'}\n"
              "    20000 a/1 id1: ping 0 state {\"identity\":\"i\"} -> 200\n"
              "20001 b.send {'eventType':'media.ping'}\n"
              "    20001 b/1 id2: ping 0 state {\"identity\":\"j\"} -> 204\n"
              "70000 next ok,store=identity:k:5\n"
              "70000 a.send {'eventType':'media.ping'}\n"
              "    70000 a/1 id1: ping 0 -> 200\n"
              "70001 next ok,store=identity:gone:0\n"
              "70001 a.send {'eventType':'media.ping'}\n"
              "    70001 a/1 id1: ping 0 state {\"identity\":\"k\"} -> 200\n"
              "70002 a.send {'eventType':'media.ping'}\n"
              "    70002 a/1 id1: ping 0 -> 204\n");
}

TEST(state_on_the_wire) {
  expect_bodies(
      ON_EDGE,
      "0 next 200,body={'handle':[" SESSION_X
      ",{'type':'state:store','payload':[{'key':'kndctr_\\'_identity','value':'a\\\\b','maxAge':34128000,'attrs':{'"
      "SameSite':'None'}},{'key':'c','value':'','maxAge':1800}]}]}\n"
      "0 resume other\n"
      "0 n." OPEN "    0 n/1 POST /ee/va/v1/sessionStart?configId=ds&requestId=UUID "
      "{\"events\":[{\"xdm\":{\"_id\":\"UUID\",\"eventType\":\"media.sessionStart\",\"timestamp\":\"1970-01-01T00:00:"
      "00.000Z\",\"mediaCollection\":{\"playhead\":0,\"sessionDetails\":{\"hasResume\":false,\"name\":\"a\",\"length\":"
      "60,\"contentType\":\"vod\",\"playerName\":\"pn\",\"channel\":\"ch\"}},\"implementationDetails\":{\"name\":"
      "\"https://ns.adobe.com/experience/edge\",\"version\":\"mediabeat-" MB_VERSION "\",\"environment\":\"app\"}}}]}\n"
      "1 send {'eventType':'media.ping','mediaCollection':{'playhead':5}}\n"
      "    1 m/1 POST /ee/va/v1/ping?configId=ds&requestId=UUID "
      "{\"events\":[{\"xdm\":{\"_id\":\"UUID\",\"eventType\":\"media.ping\",\"timestamp\":\"1970-01-01T00:00:00.001Z\","
      "\"mediaCollection\":{\"sessionID\":\"other\",\"playhead\":5}}}],\"meta\":{\"state\":{\"entries\":[{\"key\":"
      "\"kndctr_\\\"_identity\",\"value\":\"a\\\\b\",\"maxAge\":34128000},{\"key\":\"c\",\"value\":\"\",\"maxAge\":"
      "1800}]}}}\n");
}

TEST(state_that_is_not_kept) {
  static const char *const entries[] = {"{'key':'','value':'v','maxAge':9}",
                                        "{'value':'v','maxAge':9}",
                                        "{'key':'k','maxAge':9}",
                                        "{'key':7,'value':'v','maxAge':9}",
                                        "{'key':'k','value':7,'maxAge':9}",
                                        "{'key':'k','value':'v'}",
                                        "{'key':'k','value':'v','maxAge':'9'}",
                                        "{'key':'k','value':'v','maxAge':-1}",
                                        "null",
                                        "[]"};
  for (size_t i = 0; i < sizeof entries / sizeof *entries; i++) {
    char script[1024];
    snprintf(script, sizeof script,
             "0 next 200,body={'handle':[" SESSION_X ",{'type':'state:store','payload':[%s]}]}\n"
             "0 " OPEN "    0 m/1 new: sessionStart 0 -> 200\n"
             "1 send {'eventType':'media.play'}\n"
             "    1 m/1 x: play 0 -> 204\n",
             entries[i]);
    expect_talk(AT_ONCE, script);
  }
}

/* An answer that stores `size` bytes under a key of one. */
static void store(transcript *log, const char *key, size_t size) {
  char body[9000];
  int length = snprintf(
      body, sizeof body,
      "{\"handle\":[{\"type\":\"state:store\",\"payload\":[{\"key\":\"%s\",\"value\":\"%0*d\",\"maxAge\":9}]}]}", key,
      (int)size, 0);
  const mb_response response = {.size = sizeof response, .status = 200, .body = body, .body_size = (size_t)length};
  transcript_perform(log, "1 send {'eventType':'media.ping'}");
  mb_request *request = log->wire.pending[0].request;
  log->wire.pending_count = 0;
  mb_request_complete(request, &response, 1);
}

/* Values of so many bytes fill what is kept. */
enum { AROUND_A_VALUE = sizeof "{'key':'a','value':'','maxAge':9}" - 1, MOST_OF_TWO = 8192 - 2 * AROUND_A_VALUE };

static size_t stored(const transcript *log) {
  size_t size = 0;
  for (const mb__stored *entry = log->client->edge.stored; entry; entry = entry->next)
    size += entry->size - AROUND_A_VALUE;
  return size;
}

/* 8 KB are kept as they are written; what is too much goes without replacing anything but its own key. */
TEST(state_has_a_bound) {
  transcript log;
  transcript_begin(&log, WIRE_SILENT, AT_ONCE);
  transcript_perform(&log, "0 " OPEN);
  transcript_perform(&log, "0 log warning");
  transcript_perform(&log, "0 always never");
  store(&log, "a", MOST_OF_TWO / 2);
  store(&log, "b", MOST_OF_TWO / 2);
  assert_int_equal(stored(&log), MOST_OF_TWO);
  assert_null(strstr(text_of(&log.out), "#"));
  store(&log, "c", 1);
  assert_int_equal(stored(&log), MOST_OF_TWO);
  assert_non_null(
      strstr(text_of(&log.out), "# warning: the backend wants more stored than fits a request: c is not kept\n"));
  store(&log, "b", 1);
  assert_int_equal(stored(&log), MOST_OF_TWO / 2 + 1);
  store(&log, "d", 8192);
  assert_int_equal(stored(&log), MOST_OF_TWO / 2 + 1);
  store(&log, "c", MOST_OF_TWO / 2 - 1 - AROUND_A_VALUE);
  assert_int_equal(stored(&log), MOST_OF_TWO - AROUND_A_VALUE);
  transcript_end(&log);
}

/* However small the entries are and however much their escaping takes, a request stays one that the gateway takes. */
TEST(state_leaves_room_for_the_event) {
  static const char *const values[] = {"", "\\u0001\\u0001\\u0001\\u0001"};
  enum { ENTRIES = 2000 };
  for (int i = 0; i < 2; i++) {
    transcript log;
    text_buffer body = {0};
    transcript_begin(&log, WIRE_SILENT, AT_ONCE);
    transcript_perform(&log, "0 " OPEN);
    transcript_perform(&log, "0 always never");
    transcript_perform(&log, "1 log warning");
    transcript_perform(&log, "1 send {'eventType':'media.ping'}");
    text_add(&body, "{\"handle\":[{\"type\":\"state:store\",\"payload\":[{}");
    for (int n = 0; n < ENTRIES; n++)
      text_add(&body, ",{\"key\":\"%d\",\"value\":\"%s\",\"maxAge\":1e300}", n, values[i]);
    text_add(&body, "]}]}");
    const mb_response response = {
        .size = sizeof response, .status = 200, .body = text_of(&body), .body_size = strlen(text_of(&body))};
    mb_request *request = log.wire.pending[0].request;
    log.wire.pending_count = 0;
    mb_request_complete(request, &response, 1);
    transcript_perform(&log, "2 send {'eventType':'media.ping'}");
    size_t size;
    assert_non_null(strstr(mb_request_body(log.wire.pending[0].request, &size), "\"entries\":[{\"key\":\"0\""));
    assert_true(size < 8192 + 512);
    const char *warning = strstr(text_of(&log.out), "# warning");
    assert_non_null(warning);
    assert_null(strstr(warning + 1, "# warning"));
    text_free(&body);
    transcript_end(&log);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_session_is_opened),
      cmocka_unit_test(a_session_is_opened_in_other_ways),
      cmocka_unit_test(framed_answers),
      cmocka_unit_test(success_without_an_id),
      cmocka_unit_test(ids_that_are_too_long),
      cmocka_unit_test(a_start_that_is_refused),
      cmocka_unit_test(a_start_with_other_errors),
      cmocka_unit_test(any_success_is_one),
      cmocka_unit_test(an_event_does_not_change_the_session),
      cmocka_unit_test(a_start_is_taken_with_errors),
      cmocka_unit_test(an_event_is_taken_with_errors),
      cmocka_unit_test(an_event_that_is_refused_is_dropped_alone),
      cmocka_unit_test(long_words),
      cmocka_unit_test(what_is_tried_again),
      cmocka_unit_test(retry_after),
      cmocka_unit_test(a_repeated_request_is_the_same),
      cmocka_unit_test(ids_of_a_player_that_comes_again),
      cmocka_unit_test(configuration_errors),
      cmocka_unit_test(a_configuration_that_is_put_right),
      cmocka_unit_test(configuration_errors_of_events),
      cmocka_unit_test(a_session_that_is_gone_goes_on_in_a_new_one),
      cmocka_unit_test(listed_states_are_said_again),
      cmocka_unit_test(a_session_that_is_gone_twice),
      cmocka_unit_test(the_end_of_a_session_that_is_gone),
      cmocka_unit_test(a_downloaded_session),
      cmocka_unit_test(a_downloaded_session_that_is_refused),
      cmocka_unit_test(a_downloaded_session_is_tried_again),
      cmocka_unit_test(a_region_is_kept),
      cmocka_unit_test(a_region_that_was_named_for_a_time),
      cmocka_unit_test(the_region_of_a_resumed_session),
      cmocka_unit_test(the_region_of_the_first_request),
      cmocka_unit_test(a_region_that_changes),
      cmocka_unit_test(hints_that_are_ignored),
      cmocka_unit_test(times_of_hints),
      cmocka_unit_test(state_is_given_back),
      cmocka_unit_test(state_on_the_wire),
      cmocka_unit_test(state_that_is_not_kept),
      cmocka_unit_test(state_has_a_bound),
      cmocka_unit_test(state_leaves_room_for_the_event),
  };
  return cmocka_run_group_tests_name("edge", tests, NULL, NULL);
}

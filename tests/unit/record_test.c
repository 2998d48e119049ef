/* A recorded run, line by line: what `mediabeat replay` reads. */
#include "record.h"

#include "suite.h"

static void keep_line(void *user, const char *line, size_t size) {
  assert_int_equal(line[size - 1], '\n');
  assert_null(memchr(line, '\n', size - 1));
  text_add_bytes(user, line, size);
}

static transcript run;
static text_buffer lines;

static void begin(const char *config) {
  transcript_begin(&run, WIRE_SILENT, config);
  assert_int_equal(mb_client_record(run.client, keep_line, &lines), MB_OK);
}

static void end(void) {
  transcript_end(&run);
  text_free(&lines);
}

static void expect_lines(const char *expected) {
  assert_string_equal(text_of(&lines), expected);
  text_clear(&lines);
}

/* The first line says how the client was configured, as far as somebody did, and has the time of the first call. */
TEST(the_first_line) {
  begin("{'channel':'c','customerIDs':{'x':{'id':'1','authState':0}},'retryInterval':0.5,'enableSSL':false}");
  expect_lines("");
  transcript_perform(&run, "5 play");
  expect_lines("{\"ts\":5,\"call\":\"configure\",\"config\":{\"enableSSL\":false,\"customerIDs\":{\"x\":{\"id\":\"1\","
               "\"authState\":0}},\"channel\":\"c\",\"retryInterval\":0.5,\"seed\":1,\"logLevel\":\"bodies\","
               "\"ticks\":\"recorded\"}}\n"
               "{\"ts\":5,\"player\":\"m\",\"call\":\"play\"}\n");
  end();
}

static void begin_after_configuration(void) {
  begin(NULL);
  transcript_perform(&run, "0 play");
  text_clear(&lines);
}

/* It has its own ticks, and the playheads that were told; nothing is to be moved again. */
TEST(how_a_log_was_replayed_is_left_out) {
  begin("{'channel':'c','playheadFollows':true,'ticks':'recorded'}");
  transcript_perform(&run, "5 play");
  expect_lines("{\"ts\":5,\"call\":\"configure\",\"config\":{\"channel\":\"c\",\"seed\":1,\"logLevel\":\"bodies\","
               "\"ticks\":\"recorded\"}}\n"
               "{\"ts\":5,\"player\":\"m\",\"call\":\"play\"}\n");
  end();
}

TEST(calls_of_a_tracker) {
  begin_after_configuration();
  transcript_perform(&run, "1 sessionStart m1 -granular -resumed -length 60.5 -wait 250 z=1 a.media.show=S a\"=q z=2");
  expect_lines(
      "{\"ts\":1,\"player\":\"m\",\"call\":\"sessionStart\",\"info\":{\"id\":\"m1\",\"name\":\"A movie\","
      "\"length\":60.5,\"streamType\":\"vod\",\"mediaType\":\"video\",\"resumed\":true,\"prerollWaitingTime\":250,"
      "\"granularAdTracking\":true},\"metadata\":{\"z\":\"1\",\"a.media.show\":\"S\",\"a\\\"\":\"q\","
      "\"z\":\"2\"}}\n");
  transcript_perform(&run, "2 adBreakStart one 1 2.5");
  transcript_perform(&run, "3 adStart a 1 15 k=v NULL=x x=NULL");
  transcript_perform(&run, "4 chapterStart c 2 10 20");
  transcript_perform(&run, "5 stateStart mute");
  transcript_perform(&run, "6 stateEnd NULL");
  transcript_perform(&run, "7 error e");
  transcript_perform(&run, "8 error NULL");
  transcript_perform(&run, "9 playhead 1.25");
  transcript_perform(&run, "10 qoe 1 2.5 3 4");
  expect_lines(
      "{\"ts\":2,\"player\":\"m\",\"call\":\"adBreakStart\",\"info\":{\"name\":\"one\",\"position\":1,"
      "\"startTime\":2.5}}\n"
      "{\"ts\":3,\"player\":\"m\",\"call\":\"adStart\",\"info\":{\"id\":\"a\",\"name\":\"a\",\"position\":1,"
      "\"length\":15},\"metadata\":{\"k\":\"v\"}}\n"
      "{\"ts\":4,\"player\":\"m\",\"call\":\"chapterStart\",\"info\":{\"name\":\"c\",\"position\":2,\"length\":20,"
      "\"startTime\":10}}\n"
      "{\"ts\":5,\"player\":\"m\",\"call\":\"stateStart\",\"info\":{\"name\":\"mute\"}}\n"
      "{\"ts\":6,\"player\":\"m\",\"call\":\"stateEnd\",\"info\":{\"name\":null}}\n"
      "{\"ts\":7,\"player\":\"m\",\"call\":\"error\",\"id\":\"e\"}\n"
      "{\"ts\":8,\"player\":\"m\",\"call\":\"error\",\"id\":null}\n"
      "{\"ts\":9,\"player\":\"m\",\"call\":\"playhead\",\"value\":1.25}\n"
      "{\"ts\":10,\"player\":\"m\",\"call\":\"qoe\",\"info\":{\"bitrate\":1,\"startupTime\":4,\"fps\":3,"
      "\"droppedFrames\":2.5}}\n");
  static const char *const plain[] = {
      "play",   "pause",           "bufferStart",     "bufferComplete", "seekStart",     "seekComplete", "adComplete",
      "adSkip", "adBreakComplete", "chapterComplete", "chapterSkip",    "bitrateChange", "complete",     "sessionEnd"};
  for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) {
    char line[64], expected[128];
    snprintf(line, sizeof line, "20 %s", plain[i]);
    transcript_perform(&run, line);
    snprintf(expected, sizeof expected, "{\"ts\":20,\"player\":\"m\",\"call\":\"%s\"}\n", plain[i]);
    expect_lines(expected);
  }
  end();
}

/* A refused call is written down as well: the replay refuses it again. What is wrong in itself cannot be. */
TEST(what_is_written_down) {
  begin_after_configuration();
  transcript_perform(&run, "1 adStart NULL 0 -1");
  expect_lines("{\"ts\":1,\"player\":\"m\",\"call\":\"adStart\",\"info\":{\"id\":null,\"name\":null,\"position\":0,"
               "\"length\":-1}}\n");
  transcript_perform(&run, "2 playhead nan");
  transcript_perform(&run, "2 stateStart \xff");
  transcript_perform(&run, "!-1 play");
  expect_lines("");
  end();
}

/* Only ticks that fired something; the host's other ticks and its deliveries are nothing to a player. */
TEST(ticks) {
  begin_after_configuration();
  transcript_perform(&run, "0 sessionStart");
  text_clear(&lines);
  transcript_perform(&run, "5000 tick");
  transcript_perform(&run, "6000 deliver");
  expect_lines("");
  transcript_perform(&run, "10000 tick");
  transcript_perform(&run, "!35000 tick");
  expect_lines("{\"ts\":10000,\"call\":\"tick\"}\n"
               "{\"ts\":35000,\"call\":\"tick\"}\n");
  end();
}

TEST(consent_and_connectivity) {
  begin_after_configuration();
  transcript_perform(&run, "1 consent unknown");
  transcript_perform(&run, "2 consent out");
  transcript_perform(&run, "3 consent in");
  transcript_perform(&run, "4 online no");
  transcript_perform(&run, "5 online yes");
  expect_lines("{\"ts\":1,\"call\":\"consent\",\"value\":\"unknown\"}\n"
               "{\"ts\":2,\"call\":\"consent\",\"value\":\"out\"}\n"
               "{\"ts\":3,\"call\":\"consent\",\"value\":\"in\"}\n"
               "{\"ts\":4,\"call\":\"online\",\"value\":false}\n"
               "{\"ts\":5,\"call\":\"online\",\"value\":true}\n");
  end();
}

/* What the player said comes before the call, or the tick, during which it was asked. */
TEST(details) {
  begin_after_configuration();
  transcript_perform(&run, "1 ask 2.5 1000.9 0 25 500");
  transcript_perform(&run, "1 sessionStart -wait 0");
  expect_lines(
      "{\"ts\":1,\"player\":\"m\",\"call\":\"playerDetails\",\"details\":{\"playhead\":2.5,\"qoeDataDetails\":{"
      "\"bitrate\":1000,\"droppedFrames\":0,\"framesPerSecond\":25,\"timeToStart\":500}}}\n"
      "{\"ts\":1,\"player\":\"m\",\"call\":\"sessionStart\",\"info\":{\"id\":\"movie\",\"name\":\"A movie\","
      "\"length\":60,\"streamType\":\"vod\",\"mediaType\":\"video\",\"resumed\":false,\"prerollWaitingTime\":0,"
      "\"granularAdTracking\":false}}\n");
  transcript_perform(&run, "2 playhead 3");
  text_clear(&lines);
  transcript_perform(&run, "3 ask 4");
  transcript_perform(&run, "10001 tick");
  expect_lines(
      "{\"ts\":10001,\"player\":\"m\",\"call\":\"playerDetails\",\"details\":{\"playhead\":4,\"qoeDataDetails\":{"
      "\"bitrate\":1000,\"droppedFrames\":0,\"framesPerSecond\":25,\"timeToStart\":500}}}\n"
      "{\"ts\":10001,\"call\":\"tick\"}\n");
  end();
}

/* A clock that steps back is recorded as the library saw it. */
TEST(times) {
  begin_after_configuration();
  transcript_perform(&run, "1000 play");
  transcript_perform(&run, "!500 pause");
  transcript_perform(&run, "!501 pause");
  expect_lines("{\"ts\":1000,\"player\":\"m\",\"call\":\"play\"}\n"
               "{\"ts\":1000,\"player\":\"m\",\"call\":\"pause\"}\n"
               "{\"ts\":1001,\"player\":\"m\",\"call\":\"pause\"}\n");
  end();
}

TEST(the_session_level) {
  begin_after_configuration();
  transcript_perform(&run, "1 open -granular {'eventType':'sessionStart','params':{'media.id':'a','media.length':1.50,"
                           "'media.contentType':'vod'},'customMetadata':{'b':'1','a':'2'}}");
  transcript_perform(&run, "2 send {'eventType':'play', 'playerTime':{'playhead':1}}");
  transcript_perform(&run, "3 send {'eventType':'nonsense'}");
  transcript_perform(&run, "4 playhead 2");
  transcript_perform(&run, "5 qoe 1 2 3 4");
  transcript_perform(&run, "6 s.open -silent {'eventType':'sessionStart','params':{'media.id':'a','media.length':1,"
                           "'media.contentType':'vod'}}");
  expect_lines("{\"ts\":1,\"player\":\"m\",\"call\":\"createMediaSession\",\"options\":{\"playerId\":\"m\","
               "\"granularAdTracking\":true,"
               "\"event\":{\"eventType\":\"sessionStart\",\"params\":{\"media.id\":\"a\",\"media.length\":1.5,"
               "\"media.contentType\":\"vod\"},\"customMetadata\":{\"b\":\"1\",\"a\":\"2\"}}}}\n"
               "{\"ts\":2,\"player\":\"m\",\"call\":\"sendMediaEvent\",\"options\":{\"playerId\":\"m\",\"event\":{"
               "\"eventType\":\"play\","
               "\"playerTime\":{\"playhead\":1}}}}\n"
               "{\"ts\":4,\"player\":\"m\",\"call\":\"playhead\",\"value\":2}\n"
               "{\"ts\":5,\"player\":\"m\",\"call\":\"qoe\",\"info\":{\"bitrate\":1,\"startupTime\":4,\"fps\":3,"
               "\"droppedFrames\":2}}\n"
               "{\"ts\":6,\"player\":\"s\",\"call\":\"createMediaSession\",\"options\":{\"playerId\":\"s\",\"noPings\":"
               "true,\"event\":{"
               "\"eventType\":\"sessionStart\",\"params\":{\"media.id\":\"a\",\"media.length\":1,\"media.contentType\":"
               "\"vod\"}}}}\n");
  end();
}

/* A line is written whole or, for want of memory, not at all. */
TEST(a_line_that_is_lost) {
  for (size_t failing = 1; failing < 16; failing++) {
    begin_after_configuration();
    transcript_perform(&run, "1 resume elsewhere");
    text_clear(&lines);
    run.memory.fail_at = run.memory.calls + failing;
    transcript_perform(&run, "2 send {'eventType':'media.ping','mediaCollection':{'playhead':1}}");
    run.memory.fail_at = 0;
    if (*text_of(&lines))
      expect_lines("{\"ts\":2,\"player\":\"m\",\"call\":\"sendMediaEvent\",\"options\":{\"playerId\":\"m\","
                   "\"manual\":true,\"sessionID\":\"elsewhere\",\"xdm\":{\"eventType\":\"media.ping\","
                   "\"mediaCollection\":{\"playhead\":1}}}}\n");
    end();
  }
}

/* An integer at session level is written as it was given: the replay must not read 24.0 where 24 stood, nor the other way
 * round. */
TEST(numbers_keep_their_kind) {
  begin_after_configuration();
  transcript_perform(&run, "1 open {'eventType':'sessionStart','params':{'media.id':'a','media.length':24.0,"
                           "'media.contentType':'vod','visitor.aamLocationHint':9007199254740991}}");
  const char *line = text_of(&lines);
  assert_non_null(strstr(line, "\"visitor.aamLocationHint\":9007199254740991"));
  assert_non_null(strstr(line, "\"media.length\":24"));
  end();
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_first_line),
      cmocka_unit_test(how_a_log_was_replayed_is_left_out),
      cmocka_unit_test(calls_of_a_tracker),
      cmocka_unit_test(what_is_written_down),
      cmocka_unit_test(ticks),
      cmocka_unit_test(consent_and_connectivity),
      cmocka_unit_test(details),
      cmocka_unit_test(times),
      cmocka_unit_test(the_session_level),
      cmocka_unit_test(a_line_that_is_lost),
      cmocka_unit_test(numbers_keep_their_kind),
  };
  return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}

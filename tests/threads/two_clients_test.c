/* Clients share nothing: several of them, in threads of their own, over either protocol, at the same time and without a
 * lock, make the same events as one alone. */
#include <pthread.h>

#include "suite.h"

#define CUSTOMERS "'customerIDs':{'crm':{'id':'7','authState':1}}"

/* One thread's part. */
typedef struct viewing {
  const char *configuration;
  text_buffer sent;
} viewing;

static const char *const configurations[] = {"{'playerName':'p','channel':'c'," CUSTOMERS "}",
                                             "{" EDGE "," CUSTOMERS "}"};

/* Five hours of viewing with ads, states and events given as JSON; keeps everything that was sent. */
static void *view(void *part) {
  viewing *mine = part;
  transcript log;
  char line[256];
  transcript_begin(&log, WIRE_BYTES, mine->configuration);
  transcript_perform(&log, "0 always ok,hint=irl1:600,store=k:v:600");
  transcript_perform(&log, "0 sessionStart movie -granular a.media.show=Show k=v");
  transcript_perform(&log, "0 s.open {'eventType':'sessionStart','params':{'media.id':'a','media.length':60,"
                           "'media.contentType':'vod'}}");
  transcript_perform(&log,
                     "0 x.open {'mediaCollection':{'sessionDetails':{'name':'a','length':60,'contentType':'vod'}}}");
  for (int minute = 0; minute < 300; minute++) {
    static const char *const calls[] = {
        "play",        "stateStart mute",     "adBreakStart pod 1 0", "adStart ad 1 15 k=v",
        "adComplete",  "adBreakComplete",     "stateEnd mute",        "playhead 0.25",
        "bufferStart", "qoe 1000 1 25 800.5", "bufferComplete",       "error E-1"};
    for (int i = 0; i < 12; i++) {
      snprintf(line, sizeof line, "%d %s", minute * 60000 + i * 4567, calls[i]);
      transcript_perform(&log, line);
    }
    snprintf(line, sizeof line, "%d s.send {'eventType':'play','playerTime':{'playhead':%d.5}}", minute * 60000 + 59000,
             minute);
    transcript_perform(&log, line);
    snprintf(line, sizeof line, "%d x.send {'eventType':'media.pauseStart','mediaCollection':{'playhead':%d}}",
             minute * 60000 + 59500, minute);
    transcript_perform(&log, line);
  }
  transcript_perform(&log, "18000000 complete");
  text_add(&mine->sent, "%s", text_of(&log.out));
  transcript_end(&log);
  return NULL;
}

TEST(clients_in_threads) {
  enum { THREADS = 4 };
  pthread_t threads[THREADS];
  viewing alone[2] = {{configurations[0], {0}}, {configurations[1], {0}}}, together[THREADS];
  for (int i = 0; i < 2; i++) view(&alone[i]);
  for (int i = 0; i < THREADS; i++) {
    together[i] = (viewing){configurations[i % 2], {0}};
    assert_int_equal(pthread_create(&threads[i], NULL, view, &together[i]), 0);
  }
  for (int i = 0; i < THREADS; i++) assert_int_equal(pthread_join(threads[i], NULL), 0);
  for (int i = 0; i < THREADS; i++) {
    assert_true(together[i].sent.size > 1000000);
    assert_string_equal(text_of(&together[i].sent), text_of(&alone[i % 2].sent));
    text_free(&together[i].sent);
  }
  for (int i = 0; i < 2; i++) text_free(&alone[i].sent);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(clients_in_threads)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}

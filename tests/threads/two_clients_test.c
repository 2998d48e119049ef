/* Clients share nothing: two of them, in two threads, at the same time, without a lock, make the same events as one. */
#include <pthread.h>

#include "suite.h"

static const char configuration[] = "{'playerName':'p','channel':'c','customerIDs':{'crm':{'id':'7','authState':1}}}";

/* Five hours of viewing with ads, states and events given as JSON; returns everything that was sent. */
static void *view(void *out) {
  transcript log;
  char line[128];
  transcript_begin(&log, WIRE_BODIES, configuration);
  transcript_perform(&log, "0 sessionStart movie -granular a.media.show=Show k=v");
  transcript_perform(&log, "0 s.open {'eventType':'sessionStart','params':{'media.id':'a','media.length':60,"
                           "'media.contentType':'vod'}}");
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
  }
  transcript_perform(&log, "18000000 complete");
  text_add(out, "%s", text_of(&log.out));
  transcript_end(&log);
  return out;
}

TEST(two_clients_in_two_threads) {
  enum { THREADS = 4 };
  pthread_t threads[THREADS];
  text_buffer alone = {0}, together[THREADS] = {{0}};
  view(&alone);
  for (int i = 0; i < THREADS; i++) assert_int_equal(pthread_create(&threads[i], NULL, view, &together[i]), 0);
  for (int i = 0; i < THREADS; i++) assert_int_equal(pthread_join(threads[i], NULL), 0);
  assert_true(alone.size > 1000000);
  for (int i = 0; i < THREADS; i++) {
    assert_string_equal(text_of(&together[i]), text_of(&alone));
    text_free(&together[i]);
  }
  text_free(&alone);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(two_clients_in_two_threads)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}

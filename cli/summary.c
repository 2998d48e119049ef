/* Owns the sums: accepted + recovered = delivered + stored + held back + dropped + left over. */
#include "summary.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

typedef struct sentence {
  char text[1024];
  size_t size;
  uint64_t parts;
} sentence;

CONSOLE_PRINTF(3, 4) static void add(sentence *s, const char *before, const char *format, ...) {
  va_list arguments;
  int size = snprintf(s->text + s->size, sizeof s->text - s->size, "%s", before);
  s->size += (size_t)size;
  va_start(arguments, format);
  size = vsnprintf(s->text + s->size, sizeof s->text - s->size, format, arguments);
  va_end(arguments);
  s->size += (size_t)size;
  s->parts++;
}

static const char *plural(uint64_t count) { return count == 1 ? "" : "s"; }

/* "12 things", and nothing when there are none. */
static void add_count(sentence *s, uint64_t count, const char *what) {
  if (count) add(s, s->parts ? ", " : "", "%" PRIu64 " %s", count, what);
}

static void add_drops(sentence *s, const mb_stats *stats) {
  for (int reason = 0; reason < MB_DROP_COUNT; reason++) {
    if (reason == MB_DROP_CONSENT || !stats->dropped[reason]) continue;
    add(s, s->parts ? ", " : "", "%" PRIu64 " dropped (%s)", stats->dropped[reason], mb_drop_text((mb_drop)reason));
  }
}

static void add_recovered(sentence *s, const mb_stats *stats) {
  add(s, "", "%" PRIu64 " event%s recovered", stats->recovered, plural(stats->recovered));
  if (stats->accepted)
    add(s, ", ", "%" PRIu64 " added to end %s", stats->accepted, stats->accepted == 1 ? "a session" : "sessions");
}

static void add_events(sentence *s, const mb_stats *stats) {
  add(s, "", "%" PRIu64 " session%s, %" PRIu64 " event%s", stats->sessions, plural(stats->sessions), stats->accepted,
      plural(stats->accepted));
  if (stats->recovered) add(s, ", ", "%" PRIu64 " recovered", stats->recovered);
}

static uint64_t failed_drops(const mb_stats *stats) {
  uint64_t sum = 0;
  for (int reason = 0; reason < MB_DROP_COUNT; reason++)
    if (reason != MB_DROP_CONSENT) sum += stats->dropped[reason];
  return sum;
}

static void add_asides(sentence *s, const summary *sum) {
  uint64_t refused = sum->stats.refused_calls + sum->invalid_calls;
  if (refused) add(s, "; ", "%" PRIu64 " call%s refused", refused, plural(refused));
  if (sum->stats.retries)
    add(s, "; ", "%" PRIu64 " request%s repeated", sum->stats.retries, plural(sum->stats.retries));
  if (sum->stats.reopened)
    add(s, "; ", "%" PRIu64 " session%s reopened", sum->stats.reopened, plural(sum->stats.reopened));
  if (sum->stats.possibly_doubled)
    add(s, "; ", "%" PRIu64 " session%s possibly doubled", sum->stats.possibly_doubled,
        plural(sum->stats.possibly_doubled));
}

int summary_say(const summary *sum, cli_console *console) {
  const mb_stats *stats = &sum->stats;
  uint64_t waiting_for_consent = sum->consent == MB_CONSENT_IN ? 0 : stats->held;
  uint64_t left = stats->queued - waiting_for_consent;
  sentence events = {.size = 0}, s = {.size = 0};
  (sum->of_store ? add_recovered : add_events)(&events, stats);
  add_count(&s, stats->delivered, "delivered");
  add_count(&s, stats->stored, "stored");
  add_count(&s, waiting_for_consent + stats->dropped[MB_DROP_CONSENT], "held back by consent");
  add_drops(&s, stats);
  add_count(&s, left, "left undelivered");
  add_asides(&s, sum);
  bool failed = left || failed_drops(stats);
  (failed ? console_error : console_note)(console, "%s%s%s", events.text, !s.parts || s.text[0] == ';' ? "" : ": ",
                                          s.text);
  return failed ? 1 : 0;
}

/* Decides who watched in which minute: visitors and sessions, and how long the sessions took. Minutes count from
 * 1970 UTC.
 * https://experienceleague.adobe.com/en/docs/analytics/analyze/analysis-workspace/panels/media-concurrent-viewers */
#ifndef MEDIABEAT_COLLECTOR_CONCURRENCY_H
#define MEDIABEAT_COLLECTOR_CONCURRENCY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* From a session's first event to its last, ms. */
typedef struct mbc_viewing {
  const char *visitor;
  int64_t start, end;
} mbc_viewing;

/* Minutes `from` to `to` (the latter is not in it) that are all alike. */
typedef struct mbc_minutes {
  int64_t from, to;
  int64_t viewers;  /* different visitors */
  int64_t sessions; /* theirs */
  int64_t ms;       /* of sessions, in each of the minutes */
} mbc_minutes;

/* Returning false ends the visit. */
typedef bool mbc_minutes_visitor(void *user, const mbc_minutes *minutes);

/* In order of time; minutes with nobody are left out. Sorts `viewings`. False: memory ended. */
bool mbc_concurrency(mbc_viewing *viewings, size_t count, mbc_minutes_visitor *visit, void *user);

#endif

/* Decides what a report over sessions is: each session with its metrics, and what they come to together.
 *
 *   {"sessions":[{"id":"...","closeReason":"sessionEnd","metrics":{"mediaStarts":true,...},...}],
 *    "total":{"sessions":1,"mediaStarts":1,...}} */
#ifndef MEDIABEAT_COLLECTOR_REPORT_H
#define MEDIABEAT_COLLECTOR_REPORT_H

#include "metrics.h"

typedef struct mbc_report mbc_report;

/* Writes to `out`, which must outlive it. NULL: memory ended. */
mbc_report *mbc_report_begin(mb__writer *out);

/* Adds a session. MB_OK or MB_NO_MEMORY. */
mb_status mbc_report_add(mbc_report *report, const mbc_history *history);

/* Writes the totals and frees the report. MB_OK or MB_NO_MEMORY, also when `out` has failed. */
mb_status mbc_report_end(mbc_report *report);

/* One session as a report shows it. MB_OK or MB_NO_MEMORY. */
mb_status mbc_report_session(mb__writer *out, const mbc_history *history);

#endif

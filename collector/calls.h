/* Decides which few records Adobe's backend makes of a session's many events, and what is in them: the start of the
 * session, start and close of each ad, close of each chapter, and the close of the session with its metrics.
 * https://experienceleague.adobe.com/en/docs/media-analytics/using/metrics-and-metadata/audio-video-parameters */
#ifndef MEDIABEAT_COLLECTOR_CALLS_H
#define MEDIABEAT_COLLECTOR_CALLS_H

#include "history.h"
#include "writer.h"

/* Appends an array, in order of time:
 *
 *   {"call":"mediaStart","eventType":"media.sessionStart","ts":1700000000000,"void":false,"contextData":{...}}
 *
 * contextData: as Analytics gets it, texts by variable. What is false, 0 or not known is left out. void: of an ad in a
 * break that has no end, which does not count. Of an open session the closes are those of a close now. MB_OK or
 * MB_NO_MEMORY, which is also for records that come to more than anybody reads. */
mb_status mbc_calls_write(mb__writer *writer, const mbc_history *history);

#endif

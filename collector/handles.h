/* Decides what the Media Edge API hands back with an answer: sessions, the region to go on with, what to store, and who
 * the visitor is.
 * https://experienceleague.adobe.com/en/docs/experience-platform/edge-network-server-api/interactive-data-collection */
#ifndef MEDIABEAT_COLLECTOR_HANDLES_H
#define MEDIABEAT_COLLECTOR_HANDLES_H

#include "envelope.h"
#include "request.h"
#include "writer.h"

/* Append an element to a list of handles: the first without a comma. */
void mbc_handles_session(mb__writer *handles, const char *session_id, size_t event_index);

/* Those that every answer has, and `identity`: the one that a client may ask for. */
void mbc_handles_common(mb__writer *handles, const mbc_envelope *envelope, const mbc_request *request, bool identity);

#endif

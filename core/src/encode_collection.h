/* Decides how an event looks in the Media Collection API v1.
 * https://experienceleague.adobe.com/en/docs/media-analytics/using/implementation/media-collection-api/mc-api-ref/mc-api-sessions-req */
#ifndef MEDIABEAT_ENCODE_COLLECTION_H
#define MEDIABEAT_ENCODE_COLLECTION_H

#include "wire.h"

void mb__collection_head(mb__writer *writer, const mb__moment *moment);
size_t mb__collection_tail(mb__writer *writer, mb__event_type type, const mb__values *values, const mb_pair *metadata,
                           size_t metadata_count, mb__field last_identity);

/* The session id in a Location header: what follows the last "/sessions/" up to '/', '?' or '#'. NULL when there is none
 * that is fit for a URL. Not terminated: its length goes to size. */
const char *mb__collection_session_id(const char *location, size_t *size);

#endif

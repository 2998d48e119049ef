/* Decides what event a body of the Media Collection API v1 is: reading, by the tables.
 * https://experienceleague.adobe.com/en/docs/media-analytics/using/implementation/media-collection-api/mc-api-overview */
#ifndef MEDIABEAT_COLLECTION_H
#define MEDIABEAT_COLLECTION_H

#include "../event.h"
#include "validate.h"

/* Reads a body in which mb__validate_blocks (or mb__validate_body) found nothing wrong, into a reading that is all zero
 * but for its moment.type. The reading points into `body`, which must outlive it. MB_INVALID_EVENT with a finding: a
 * number that is not held exactly, or a playerTime of other things than numbers. On an error there is nothing to free;
 * free with mb__reading_free. */
mb_status mb__collection_read(const mb__memory *memory, const mb__json *body, mb__reading *reading,
                              mb__finding *finding);

#endif

/* Decides how an event looks in the Media Edge API. What waits in a queue is the xdm object, with an empty sessionID; the
 * request around it and the id are written when it leaves.
 * https://developer.adobe.com/data-collection-apis/docs/endpoints/media/ */
#ifndef MEDIABEAT_ENCODE_EDGE_H
#define MEDIABEAT_ENCODE_EDGE_H

#include "wire.h"

void mb__edge_head(mb__writer *writer, const mb__moment *moment);
size_t mb__edge_tail(mb__writer *writer, mb__event_type type, const mb__values *values, const mb_pair *metadata,
                     size_t metadata_count, mb__field last_identity);

/* The xdm object of an event without what the library alone may say: _id, timestamp, sessionID, implementationDetails. */
void mb__edge_bare(mb__writer *writer, const mb__reading *reading);

/* The xdm object of a record with a session id in its place. `id` NULL: the record of a sessionStart, as it is. */
void mb__edge_fill_in(mb__writer *writer, const char *xdm, size_t size, mb__event_type type, const char *id);

/* The 36 characters of the _id in an xdm object that mb__edge_head began. */
enum { MB__UUID_SIZE = 36 };
const char *mb__edge_id_of(const char *xdm);

#endif

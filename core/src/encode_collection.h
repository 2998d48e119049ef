/* Decides how an event looks in the Media Collection API v1. A body is a head (what differs between two sendings)
 * followed by a tail (what stays the same). */
#ifndef MEDIABEAT_ENCODE_COLLECTION_H
#define MEDIABEAT_ENCODE_COLLECTION_H

#include "event.h"
#include "writer.h"

/* Appends the head. */
void mb__collection_head(mb__writer *writer, const mb__moment *moment);

/* Appends the tail: params in table order, customMetadata (sorted by the caller), closing braces. `values` may be NULL.
 * Returns how many of its bytes hold the fields up to and including last_identity (0 when none of them is set). */
size_t mb__collection_tail(mb__writer *writer, mb__event_type type, const mb__values *values, const mb_pair *metadata,
                           size_t metadata_count, mb__field last_identity);

/* The playhead in a body that mb__collection_head began. */
double mb__collection_playhead(const char *body, size_t size);

/* Where requests go. `id` NULL: a sessionStart. Appends to the writer. */
void mb__collection_path(mb__writer *writer, const char *id);
void mb__collection_batch_path(mb__writer *writer);

/* The session id in a Location header: what follows the last "/sessions/" up to '/', '?' or '#'. NULL when there is none
 * that is fit for a URL. Not terminated: its length goes to size. */
const char *mb__collection_session_id(const char *location, size_t *size);

#endif

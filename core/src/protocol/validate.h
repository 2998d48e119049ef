/* Decides whether a v1 body fits the protocol: the checks of the served schemas, from the tables. */
#ifndef MEDIABEAT_VALIDATE_H
#define MEDIABEAT_VALIDATE_H

#include <mediabeat/status.h>

#include "../json.h"
#include "protocol.h"

/* Where the path and reason of a finding go, such as "params.media.length: a number is needed, not a text". */
typedef struct mb__finding {
  char text[256];
} mb__finding;

/* A whole event body as a backend receives it. MB_OK with its type, or MB_INVALID_EVENT with the first finding. */
mb_status mb__validate_body(const mb__json *body, mb__event_type *type, mb__finding *finding);

/* Its parts, for an event that is still to be completed: that it is an object of known members with a known eventType,
 * and that params, qoeData and customMetadata hold nothing wrong (required fields may be missing). */
mb_status mb__validate_event_type(const mb__json *body, mb__event_type *type, mb__finding *finding);
mb_status mb__validate_blocks(const mb__json *body, mb__event_type type, mb__finding *finding);

/* The playerTime of a body as a backend receives it; `time` NULL: there is none. */
mb_status mb__validate_player_time(const mb__json *time, mb__finding *finding);

/* {name: {"id": text, "authState": 0, 1 or 2}}; `path` says in the finding where that is. */
mb_status mb__validate_customer_ids(const mb__json *value, const char *path, mb__finding *finding);

#endif

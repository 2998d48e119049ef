/* Decides what a protocol is to the rest of the core: how events are written, where requests go, what answers say. A
 * third protocol is one more mb__wire. */
#ifndef MEDIABEAT_WIRE_H
#define MEDIABEAT_WIRE_H

#include <mediabeat/transport.h>

#include "event.h"
#include "queue.h"
#include "retry.h"
#include "writer.h"

struct mb_client;
struct mb__given;
struct mb__outbox;

enum { MB__MOST_SESSION_ID = 1024 }; /* bytes */

/* What an answer says. */
typedef struct mb__answer {
  mb__verdict verdict;
  char id[MB__MOST_SESSION_ID + 1]; /* of the session that was opened; "": none that can be used */
  char words[256];                  /* the backend's own; "": none */
} mb__answer;

typedef struct mb__wire {
  const char *name; /* as in the configuration */

  /* A body is a head (what differs between two sendings) and a tail (what stays the same). The tail has the fields in
   * table order and customMetadata, sorted by the caller; `values` may be NULL. It returns how many of its bytes hold the
   * fields up to and including last_identity (0 when none of them is set). */
  void (*head)(mb__writer *writer, const mb__moment *moment);
  size_t (*tail)(mb__writer *writer, mb__event_type type, const mb__values *values, const mb_pair *metadata,
                 size_t metadata_count, mb__field last_identity);
  const char *no_tail; /* closes a head that has no tail */
  size_t no_tail_size;
  bool has_ids;              /* each event has one of its own */
  size_t most_tail;          /* bytes; what is larger would not be taken */
  size_t most_batch;         /* bytes of one request with a whole session */
  const char *states_member; /* a statesUpdate's lists are in this member of its tail; NULL: in the tail itself */
  const char *is_online, *is_downloaded; /* what a sessionStart's tail says of it; NULL: nothing */
  size_t states_excess;                  /* so many bytes at the end of that tail close more than the tail opened */
  bool error_carries_qoe;                /* an error always brings the quality of experience along, changed or not */

  /* Whether a session may have this id, of 1 to MB__MOST_SESSION_ID bytes; NULL: any. */
  bool (*takes_id)(const char *id);

  /* Reads back a body that waited; it is checked as hostile as any input. */
  mb_status (*recover)(struct mb_client *client, const char *body, size_t size, struct mb__given *event);

  /* What follows the endpoint in the URL of a record, or of a batch that begins with it; the request is about to leave. */
  void (*path)(mb__writer *url, struct mb__outbox *outbox, const mb__record *record);

  /* The request's body around a record; NULL: the record is the body. */
  void (*wrap)(mb__writer *body, const struct mb__outbox *outbox, const mb__record *record);

  /* The request's body with all records of a session. */
  void (*batch)(mb__writer *body, const struct mb__outbox *outbox);

  /* Reads an answer to a request that opens a session, or to another; keeps what it says for later requests. */
  void (*read)(struct mb__outbox *outbox, const mb_response *response, bool opens, mb__answer *answer);
} mb__wire;

extern const mb__wire mb__collection_wire; /* encode_collection.c */
extern const mb__wire mb__edge_wire;       /* encode_edge.c */

/* The playhead in a body that a head began, whichever wire it was. */
double mb__wire_playhead(const char *body, size_t size);

#endif

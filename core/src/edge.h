/* Decides what is made of the Media Edge API's answers: the session id, the region to go on with, what the backend wants
 * to have back, its errors.
 * https://developer.adobe.com/data-collection-apis/docs/endpoints/media/
 * https://experienceleague.adobe.com/en/docs/experience-platform/edge-network-server-api/interactive-data-collection */
#ifndef MEDIABEAT_EDGE_H
#define MEDIABEAT_EDGE_H

#include <mediabeat/transport.h>

#include "alloc.h"
#include "config.h"
#include "wire.h"

struct mb_client;

enum { MB__MOST_HINT = 31 };

/* A region, for as long as it is good. */
typedef struct mb__hint {
  char text[MB__MOST_HINT + 1]; /* "": none */
  int64_t until;                /* the library's time */
} mb__hint;

/* What a backend has stored at this client: "state:store". */
typedef struct mb__stored {
  struct mb__stored *next; /* in the order of arrival */
  int64_t until;
  size_t size, key_size;
  char bytes[]; /* its entry in a request, not terminated; up to key_size it is the same for the same key */
} mb__stored;

typedef struct mb__edge {
  char *datastream; /* fit for a URL */
  mb__hint hint;    /* for new sessions */
  mb__stored *stored;
  bool full_reported; /* once: an answer may have any number of entries */
} mb__edge;

bool mb__edge_init(const mb__memory *memory, const mb_config *config, mb__edge *edge); /* false: out of memory */
void mb__edge_free(const mb__memory *memory, mb__edge *edge);

void mb__edge_read(struct mb__outbox *outbox, const mb_response *response, bool opens, mb__answer *answer);

/* Parts of a request. */
void mb__edge_write_base(mb__writer *url, struct mb__outbox *outbox);        /* base path and region */
void mb__edge_write_state(mb__writer *body, const struct mb_client *client); /* ,"meta":{...} or nothing */

#endif

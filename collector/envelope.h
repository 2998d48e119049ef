/* Decides what a request to the Media Edge API says besides its events: where they are, how the answer is wanted, and
 * who the visitor is.
 * https://experienceleague.adobe.com/en/docs/experience-platform/edge-network-server-api/interactive-data-collection */
#ifndef MEDIABEAT_COLLECTOR_ENVELOPE_H
#define MEDIABEAT_COLLECTOR_ENVELOPE_H

#include <stdbool.h>

#include "body.h"

typedef struct mbc_envelope {
  mbc_part events; /* an array that is not empty; or, `single`, an event. tree NULL: there is none */
  bool single;
  mbc_part xdm;              /* the request's own, for what events do not say themselves */
  const char *stored;        /* the identity that this visitor was given to store, or NULL */
  const char *identity;      /* who an identityMap says it is, or NULL */
  bool wants_ecid;           /* asks who the visitor is */
  bool framed;               /* the answer is wanted as a record of a stream */
  const char *record_before; /* NULL: U+0000, which JSON trees cannot hold */
  const char *record_after;
} mbc_envelope;

/* Reads a body; what does not look right is as if it were not there. The texts stay the body's. */
void mbc_envelope_read(mbc_part body, bool single, mbc_envelope *envelope);

/* Walk through the events. */
mbc_part mbc_envelope_first(const mbc_envelope *envelope);
mbc_part mbc_envelope_next(const mbc_envelope *envelope, mbc_part event);

/* The member whose value is "\u0000" with every mobile SDK: to be blanked before the body is parsed. */
extern const char mbc_envelope_separator[];

#endif

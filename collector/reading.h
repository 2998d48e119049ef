/* Decides how a stored body is read: the body says itself which wire it came over. */
#ifndef MEDIABEAT_COLLECTOR_READING_H
#define MEDIABEAT_COLLECTOR_READING_H

#include "event.h"
#include "protocol/validate.h"

typedef enum mbc_strictness {
  MBC_AS_SENT, /* fits the protocol in everything, as when it came */
  MBC_AS_KEPT  /* of a v1 body, what a session needs nothing of may be missing: as the normal form leaves it out */
} mbc_strictness;

/* Checks and reads an event into a reading that is all zero; it points into `body`, which must outlive it. MB_OK,
 * MB_INVALID_EVENT with a finding, or MB_NO_MEMORY. Free with mb__reading_free. */
mb_status mbc_read_body(const mb__json *body, mbc_strictness strictness, mb__reading *reading, mb__finding *finding);

#endif

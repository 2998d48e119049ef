/* Decides what an answer means and how long to wait before trying again. */
#ifndef MEDIABEAT_RETRY_H
#define MEDIABEAT_RETRY_H

#include <stdbool.h>
#include <stdint.h>

typedef enum mb__verdict {
  MB__TAKEN,        /* delivered */
  MB__TRY_AGAIN,    /* later, with backoff */
  MB__TRY_RARELY,   /* a configuration error: report, and try at the longest interval */
  MB__DROP_EVENT,   /* this one will never be taken */
  MB__DROP_SESSION, /* the session cannot be opened */
  MB__SESSION_GONE  /* the backend does not know the session, or has closed it */
} mb__verdict;

/* What an HTTP status (0: no answer) says to a sessionStart (or batch), or to any other event. */
mb__verdict mb__verdict_of(int status, bool opens);

/* ms before attempt number `attempts` + 1 (attempts >= 1): doubled each time from first, capped at most, the upper half
 * of it by chance. */
int64_t mb__backoff(uint32_t attempts, int64_t first, int64_t most, uint64_t *random);

#endif

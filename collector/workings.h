/* What a running collector has beside its store; every request finds it. */
#ifndef MEDIABEAT_COLLECTOR_WORKINGS_H
#define MEDIABEAT_COLLECTOR_WORKINGS_H

#include "clock.h"
#include "expiry.h"
#include "injection.h"

typedef struct mbc_workings {
  mbc_clock *clock;
  mbc_expiry *expiry;
  mbc_injection *injection;
  struct mbc_refusals *refusals; /* refusals.h; the server makes them */
  int64_t started_at;            /* by the clock */
} mbc_workings;

#endif

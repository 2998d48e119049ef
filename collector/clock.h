/* Decides what time it is: the receipt clock, by which events are stamped and sessions time out. Never that of clients. */
#ifndef MEDIABEAT_COLLECTOR_CLOCK_H
#define MEDIABEAT_COLLECTOR_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* The system's, or one that stands still until it is moved. */
typedef struct mbc_clock {
  bool manual;
  int64_t now;   /* what it said last; ms since 1970 UTC */
  int64_t ahead; /* of the system's, since that went back */
} mbc_clock;

/* Never goes back. When the system's clock is set back, time goes on from where it was. */
int64_t mbc_clock_now(mbc_clock *clock);

/* Moves a manual clock. False: it would go back, or is not manual. */
bool mbc_clock_move(mbc_clock *clock, int64_t now);

int64_t mbc_clock_system(void);

/* For what is no receipt: how long a connection has taken, when an answer is due. Its beginning means nothing. */
int64_t mbc_clock_steady(void);

#endif

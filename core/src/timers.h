/* Decides what is due when: deadlines in a 4-ary heap, earliest first, ties in order of creation. */
#ifndef MEDIABEAT_TIMERS_H
#define MEDIABEAT_TIMERS_H

#include <mediabeat/transport.h>
#include <stdbool.h>
#include <stdint.h>

#include "alloc.h"

/* Part of whatever has a deadline. */
typedef struct mb__timer {
  uint64_t order; /* of creation */
  uint32_t slot;  /* in the heap, MB__NO_SLOT when it has no deadline */
} mb__timer;

#define MB__NO_SLOT UINT32_MAX

typedef struct mb__timer_entry {
  int64_t due;
  uint64_t order;
  mb__timer *timer;
} mb__timer_entry;

typedef struct mb__timers {
  const mb__memory *memory;
  mb__timer_entry *heap;
  uint32_t count, capacity, reserved;
} mb__timers;

void mb__timers_init(mb__timers *timers, const mb__memory *memory);
void mb__timers_free(mb__timers *timers);

/* Room for one more timer, so that setting it later cannot fail. Give back with release. */
bool mb__timers_reserve(mb__timers *timers, mb__timer *timer, uint64_t order);
void mb__timers_release(mb__timers *timers, mb__timer *timer); /* stops it too */

/* Sets, moves or (MB_NEVER) stops a timer. */
void mb__timers_set(mb__timers *timers, mb__timer *timer, int64_t due);

static inline int64_t mb__timers_next(const mb__timers *timers) {
  return timers->count ? timers->heap[0].due : MB_NEVER;
}

/* The earliest timer if it is due at now, else NULL. It stays where it is until it is set again. */
static inline mb__timer *mb__timers_due(const mb__timers *timers, int64_t now) {
  return mb__timers_next(timers) <= now ? timers->heap[0].timer : NULL;
}

#endif

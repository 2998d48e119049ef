/* Owns the reading of clocks. */
#define _DEFAULT_SOURCE
#include "clock.h"

#include <time.h>

static int64_t read_ms(clockid_t which) {
  struct timespec now;
  clock_gettime(which, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t mbc_clock_system(void) { return read_ms(CLOCK_REALTIME); }

int64_t mbc_clock_steady(void) { return read_ms(CLOCK_MONOTONIC); }

int64_t mbc_clock_now(mbc_clock *clock) {
  if (clock->manual) return clock->now;
  int64_t now = mbc_clock_system() + clock->ahead;
  if (now < clock->now) {
    clock->ahead += clock->now - now;
    now = clock->now;
  }
  return clock->now = now;
}

bool mbc_clock_move(mbc_clock *clock, int64_t now) {
  if (!clock->manual || now < clock->now) return false;
  clock->now = now;
  return true;
}

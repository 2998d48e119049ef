/* Owns randomness; the only file that asks the operating system for it. */
#define _DEFAULT_SOURCE
#include "random.h"

#include <stdio.h>
#include <sys/types.h>
#ifdef __linux__
#  include <sys/random.h>
#endif

uint64_t mb__random_seed(void) {
  uint64_t seed = 0;
#ifdef __linux__
  if (getrandom(&seed, sizeof seed, GRND_NONBLOCK) == (ssize_t)sizeof seed) return seed;
#endif
  FILE *file = fopen("/dev/urandom", "rb");
  if (!file) return (uint64_t)(uintptr_t)&mb__random_seed; /* address layout is all that is left */
  if (fread(&seed, sizeof seed, 1, file) != 1) seed = (uint64_t)(uintptr_t)file;
  fclose(file);
  return seed;
}

uint64_t mb__random_next(uint64_t *state) {
  uint64_t z = (*state += 0x9E3779B97F4A7C15u);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

uint64_t mb__random_below(uint64_t *state, uint64_t limit) { return limit ? mb__random_next(state) % limit : 0; }

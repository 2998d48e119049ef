/* Decides where chance comes from: one seeded generator per client, so that a run can be repeated. */
#ifndef MEDIABEAT_RANDOM_H
#define MEDIABEAT_RANDOM_H

#include <stdint.h>

uint64_t mb__random_seed(void);                             /* from the operating system */
uint64_t mb__random_next(uint64_t *state);                  /* splitmix64 */
uint64_t mb__random_below(uint64_t *state, uint64_t limit); /* 0 when limit is 0; limit is far below 2^64 */

#endif

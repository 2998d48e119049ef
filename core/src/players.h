/* Decides who makes sessions: a player by its name, shared by its trackers, sessions and their outboxes. */
#ifndef MEDIABEAT_PLAYERS_H
#define MEDIABEAT_PLAYERS_H

#include <stdint.h>

#include "alloc.h"

typedef struct mb__player {
  struct mb__player *next; /* in its bucket */
  uint32_t hash;
  uint32_t references;
  uint32_t sessions; /* sessionStart events made */
  char name[];
} mb__player;

/* All players of a client by name. */
typedef struct mb__players {
  const mb__memory *memory;
  mb__player **buckets;
  uint32_t bucket_count, count;
  uint64_t numbered; /* how many have a number for a name */
} mb__players;

void mb__players_free(mb__players *players); /* when no player is left */

/* The player of this name with one reference more; name NULL: a new one, called by the next number that is free.
 * NULL: out of memory. */
mb__player *mb__player_take(mb__players *players, const char *name);
void mb__player_drop(mb__players *players, mb__player *player); /* NULL is fine */

/* Its name for a message. */
const char *mb__player_shown(const mb__player *player);

#endif

/* Decides who makes sessions: a player by its name, shared by its trackers, sessions and their outboxes. */
#ifndef MEDIABEAT_PLAYERS_H
#define MEDIABEAT_PLAYERS_H

#include <stdbool.h>
#include <stdint.h>

#include "alloc.h"

typedef struct mb__player {
  struct mb__player *next; /* in its bucket */
  uint32_t hash;
  uint32_t references;
  uint32_t sessions; /* sessionStart events made */
  bool numbered;     /* its name was made here and does not come again */
  char name[];
} mb__player;

/* All players of a client by name. A name that comes again goes on counting its sessions, because they give events their
 * ids: of players that are gone the most sessions are kept, one number for all whose hash begins with the same byte. */
typedef struct mb__players {
  const mb__memory *memory;
  mb__player **buckets;
  uint32_t bucket_count, count;
  uint64_t numbered; /* how many have a number for a name */
  uint32_t sessions_of_gone[256];
} mb__players;

void mb__players_free(mb__players *players); /* when no player is left */

/* The player of this name with one reference more; name NULL: a new one, called by the next number that is free.
 * NULL: out of memory. */
mb__player *mb__player_take(mb__players *players, const char *name);
void mb__player_drop(mb__players *players, mb__player *player); /* NULL is fine */

/* Its name for a message. */
const char *mb__player_shown(const mb__player *player);

#endif

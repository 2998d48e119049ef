/* Decides what belongs to one player of a log: its tracker or session, what it answers, where its playhead is. */
#ifndef MEDIABEAT_CLI_PLAYERS_H
#define MEDIABEAT_CLI_PLAYERS_H

#include <mediabeat/session.h>
#include <mediabeat/tracker.h>

#include "follow_playhead.h"
#include "log_sessions.h"

typedef struct player {
  struct player *next; /* in order of appearance */
  mb_tracker *tracker; /* NULL until a call needs it */
  log_session *opened; /* its session, the one opened last; NULL: none */
  bool has_details;
  mb_player_details details;
  follow_playhead follow;
  char name[];
} player;

/* All players of a log, by name. Players do not move. */
typedef struct players {
  player *first, *last;
  player **slots; /* open addressing, at most half full */
  size_t count, capacity;
} players;

/* The player of that name, made when it is new. NULL: out of memory. */
player *players_get(players *all, const char *name);

/* getPlayerDetails of a player that has said its details; `user` is the player. */
bool player_answer_details(void *user, mb_player_details *details);

/* Of a name, for tables. */
size_t name_hash(const char *name);

/* Frees the players, not their trackers and sessions, which go with the client. */
void players_free(players *all);

#endif

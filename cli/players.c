/* Owns the players: a load test has a hundred thousand of them, so they are found by hash. */
#include "players.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

size_t name_hash(const char *name) { /* FNV-1a */
  uint64_t h = UINT64_C(14695981039346656037);
  for (; *name; name++) h = (h ^ (unsigned char)*name) * UINT64_C(1099511628211);
  return (size_t)h;
}

/* Where the name is or would be. */
static player **slot(player **slots, size_t capacity, const char *name) {
  size_t at = name_hash(name) & (capacity - 1);
  while (slots[at] && strcmp(slots[at]->name, name) != 0) at = (at + 1) & (capacity - 1);
  return &slots[at];
}

static bool grow(players *all) {
  size_t capacity = all->capacity ? all->capacity * 2 : 16;
  player **slots = calloc(capacity, sizeof *slots);
  if (!slots) return false;
  for (player *who = all->first; who; who = who->next) *slot(slots, capacity, who->name) = who;
  free(all->slots);
  all->slots = slots;
  all->capacity = capacity;
  return true;
}

static player *add(players *all, const char *name) {
  if (all->count * 2 >= all->capacity && !grow(all)) return NULL;
  size_t size = strlen(name) + 1;
  player *p = calloc(1, sizeof *p + size);
  if (!p) return NULL;
  memcpy(p->name, name, size);
  *slot(all->slots, all->capacity, name) = p;
  *(all->last ? &all->last->next : &all->first) = p;
  all->last = p;
  all->count++;
  return p;
}

player *players_get(players *all, const char *name) {
  player *found = all->capacity ? *slot(all->slots, all->capacity, name) : NULL;
  return found ? found : add(all, name);
}

bool player_answer_details(void *user, mb_player_details *details) {
  const player *who = user;
  if (!isnan(who->details.playhead)) details->playhead = who->details.playhead;
  details->has_qoe = who->details.has_qoe;
  details->qoe = who->details.qoe;
  return true;
}

void players_free(players *all) {
  for (player *p = all->first, *next; p; p = next) {
    next = p->next;
    free(p);
  }
  free(all->slots);
  *all = (players){0};
}

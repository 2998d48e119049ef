/* Owns the table of players. */
#include "players.h"

#include <string.h>

#include "text.h"

enum { FIRST_BUCKETS = 8 };

void mb__players_free(mb__players *players) { mb__delete(players->memory, players->buckets); }

/* FNV-1a */
static uint32_t hash_of(const char *name) {
  uint32_t hash = 2166136261u;
  for (; *name; name++) hash = (hash ^ (unsigned char)*name) * 16777619u;
  return hash;
}

static mb__player **bucket(const mb__players *players, uint32_t hash) {
  return &players->buckets[hash & (players->bucket_count - 1)];
}

static mb__player *find(const mb__players *players, const char *name, uint32_t hash) {
  if (!players->bucket_count) return NULL;
  mb__player *player = *bucket(players, hash);
  while (player && (player->hash != hash || strcmp(player->name, name) != 0)) player = player->next;
  return player;
}

static uint32_t *sessions_of_gone(mb__players *players, uint32_t hash) {
  return &players->sessions_of_gone[hash >> 24];
}

static void insert(mb__players *players, mb__player *player) {
  mb__player **first = bucket(players, player->hash);
  player->next = *first;
  *first = player;
}

static bool grow(mb__players *players) {
  if (players->count < players->bucket_count) return true;
  mb__players larger = *players;
  larger.bucket_count = players->bucket_count ? players->bucket_count * 2 : FIRST_BUCKETS;
  larger.buckets = mb__new(players->memory, larger.bucket_count * sizeof *larger.buckets);
  if (!larger.buckets) return false;
  for (uint32_t i = 0; i < players->bucket_count; i++) {
    for (mb__player *player = players->buckets[i], *next; player; player = next) {
      next = player->next;
      insert(&larger, player);
    }
  }
  mb__delete(players->memory, players->buckets);
  *players = larger;
  return true;
}

static mb__player *make(mb__players *players, const char *name, uint32_t hash) {
  size_t size = strlen(name) + 1;
  mb__player *player = grow(players) ? mb__new(players->memory, sizeof *player + size) : NULL;
  if (!player) return NULL;
  player->hash = hash;
  player->references = 1;
  player->sessions = *sessions_of_gone(players, hash);
  memcpy(player->name, name, size);
  insert(players, player);
  players->count++;
  return player;
}

static mb__player *make_numbered(mb__players *players) {
  char name[MB__NUMBER_SIZE + 1];
  uint32_t hash;
  uint64_t number = players->numbered;
  do {
    name[mb__format_integer(name, (int64_t)++number)] = 0;
    hash = hash_of(name);
  } while (find(players, name, hash));
  mb__player *player = make(players, name, hash);
  if (!player) return NULL;
  players->numbered = number;
  player->numbered = true;
  return player;
}

mb__player *mb__player_take(mb__players *players, const char *name) {
  if (!name) return make_numbered(players);
  uint32_t hash = hash_of(name);
  mb__player *player = find(players, name, hash);
  if (!player) return make(players, name, hash);
  player->references++;
  return player;
}

void mb__player_drop(mb__players *players, mb__player *player) {
  if (!player || --player->references) return;
  mb__player **link = bucket(players, player->hash);
  while (*link != player) link = &(*link)->next;
  *link = player->next;
  players->count--;
  uint32_t *most = sessions_of_gone(players, player->hash);
  if (!player->numbered && *most < player->sessions) *most = player->sessions;
  mb__delete(players->memory, player);
}

const char *mb__player_shown(const mb__player *player) { return *player->name ? player->name : "(unnamed)"; }

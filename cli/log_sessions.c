/* Owns the table from ids to sessions. */
#include "log_sessions.h"

#include <stdlib.h>
#include <string.h>

#include "players.h"

struct session_id_entry {
  log_session *session;
  char text[];
};

log_session *log_sessions_add(log_sessions *all, struct player *who) {
  log_session *session = calloc(1, sizeof *session);
  if (!session) return NULL;
  *session = (log_session){.next = all->first, .who = who, .all = all};
  return all->first = session;
}

/* Where the id is or would be. */
static session_id_entry **slot(session_id_entry **slots, size_t capacity, const char *id) {
  size_t at = name_hash(id) & (capacity - 1);
  while (slots[at] && strcmp(slots[at]->text, id) != 0) at = (at + 1) & (capacity - 1);
  return &slots[at];
}

static bool grow(log_sessions *all) {
  size_t capacity = all->capacity ? all->capacity * 2 : 16;
  session_id_entry **slots = calloc(capacity, sizeof *slots);
  if (!slots) return false;
  for (size_t i = 0; i < all->capacity; i++)
    if (all->slots[i]) *slot(slots, capacity, all->slots[i]->text) = all->slots[i];
  free(all->slots);
  all->slots = slots;
  all->capacity = capacity;
  return true;
}

static session_id_entry *add(log_sessions *all, const char *id) {
  size_t size = strlen(id) + 1;
  session_id_entry *added = all->count * 2 < all->capacity || grow(all) ? malloc(sizeof *added + size) : NULL;
  if (!added) return NULL;
  memcpy(added->text, id, size);
  *slot(all->slots, all->capacity, id) = added;
  all->count++;
  return added;
}

void log_session_note_id(void *user, const char *id) {
  log_session *session = user;
  log_sessions *all = session->all;
  session_id_entry *entry = all->capacity ? *slot(all->slots, all->capacity, id) : NULL;
  if (!entry) entry = add(all, id);
  if (entry)
    entry->session = session;
  else
    all->out_of_memory = true;
}

log_session *log_sessions_find(const log_sessions *all, const char *id) {
  const session_id_entry *entry = all->capacity ? *slot(all->slots, all->capacity, id) : NULL;
  return entry && entry->session->session ? entry->session : NULL;
}

void log_sessions_free(log_sessions *all) {
  for (size_t i = 0; i < all->capacity; i++) free(all->slots[i]);
  free(all->slots);
  for (log_session *session = all->first, *next; session; session = next) {
    next = session->next;
    free(session);
  }
  *all = (log_sessions){0};
}

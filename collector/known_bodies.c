/* Owns the table of bodies that have come. */
#include "known_bodies.h"

#include <stdlib.h>
#include <string.h>

#include "body.h"

void mbc_known_bodies_init(mbc_known_bodies *known) {
  *known = (mbc_known_bodies){.capacity = 0};
  mb__writer_init(&known->texts, &mb__c_library);
}

void mbc_known_bodies_free(mbc_known_bodies *known) {
  mb__writer_free(&known->texts);
  free(known->slots);
}

static bool is_equal(const mbc_known_bodies *known, const mbc_known_body *one, const mbc_known_body *other) {
  return one->hash == other->hash && one->size == other->size &&
         memcmp(known->texts.bytes + one->at, known->texts.bytes + other->at, one->size) == 0;
}

/* Where it is, or where it would be. */
static mbc_known_body *slot_of(const mbc_known_bodies *known, const mbc_known_body *body) {
  size_t mask = known->capacity - 1, i = (size_t)body->hash & mask;
  while (known->slots[i].size && !is_equal(known, &known->slots[i], body)) i = (i + 1) & mask;
  return &known->slots[i];
}

static bool grow(mbc_known_bodies *known) {
  mbc_known_bodies larger = *known;
  larger.capacity = known->capacity ? known->capacity * 2 : 64;
  larger.slots = calloc(larger.capacity, sizeof *larger.slots);
  if (!larger.slots) return false;
  for (size_t i = 0; i < known->capacity; i++)
    if (known->slots[i].size) *slot_of(&larger, &known->slots[i]) = known->slots[i];
  free(known->slots);
  *known = larger;
  return true;
}

static int64_t hash_of(const mb__writer *texts, size_t at) {
  const mb__writer text = {.bytes = texts->bytes + at, .size = texts->size - at};
  return mbc_body_hash(&text);
}

bool mbc_known_bodies_add(mbc_known_bodies *known, const mb__json *body, bool *is_new) {
  if (known->count * 2 >= known->capacity && !grow(known)) return false;
  size_t at = known->texts.size;
  mbc_body_identity(&known->texts, body);
  if (known->texts.failed) return false;
  const mbc_known_body candidate = {hash_of(&known->texts, at), at, known->texts.size - at};
  mbc_known_body *slot = slot_of(known, &candidate);
  *is_new = !slot->size;
  if (!*is_new) known->texts.size = at;
  if (!*is_new) return true;
  *slot = candidate;
  known->count++;
  return true;
}

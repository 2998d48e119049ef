/* Owns the way to memory. */
#include "alloc.h"

#include <stdlib.h>
#include <string.h>

static void *c_library_allocate(void *user, void *block, size_t size) {
  (void)user;
  if (size) return realloc(block, size);
  free(block);
  return NULL;
}

const mb__memory mb__c_library = {NULL, c_library_allocate};

void *mb__resize(const mb__memory *memory, void *block, size_t size) {
  return memory->allocate(memory->user, block, size);
}

void *mb__new(const mb__memory *memory, size_t size) {
  void *block = mb__resize(memory, NULL, size);
  return block ? memset(block, 0, size) : NULL;
}

void mb__delete(const mb__memory *memory, void *block) {
  if (block) memory->allocate(memory->user, block, 0);
}

char *mb__copy_text(const mb__memory *memory, const char *text, size_t size) {
  char *copy = mb__resize(memory, NULL, size + 1);
  if (!copy) return NULL;
  memcpy(copy, text, size);
  copy[size] = 0;
  return copy;
}

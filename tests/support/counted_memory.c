/* Owns the counting allocator. A resize always moves, so that a stale pointer is found by the sanitizers. */
#include "counted_memory.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

typedef union header {
  size_t size;
  max_align_t aligned;
} header;

static bool fails(const counted_memory *memory) {
  size_t last = memory->fail_at + (memory->fail_for ? memory->fail_for : 1) - 1;
  return memory->fail_at && memory->calls >= memory->fail_at && memory->calls <= last;
}

static void *allocate(counted_memory *memory, size_t size) {
  memory->calls++;
  if (fails(memory)) {
    memory->failures++;
    return NULL;
  }
  header *made = malloc(sizeof *made + size);
  if (!made) abort(); /* the test machine itself */
  made->size = size;
  memory->blocks++;
  return memset(made + 1, 0xA5, size);
}

static void release(counted_memory *memory, void *block) {
  if (!block) return;
  memory->blocks--;
  free((header *)block - 1);
}

void *counted_allocate(void *user, void *block, size_t size) {
  counted_memory *memory = user;
  if (!size) {
    release(memory, block);
    return NULL;
  }
  void *made = allocate(memory, size);
  if (!made || !block) return made;
  size_t old = ((header *)block - 1)->size;
  memcpy(made, block, old < size ? old : size);
  release(memory, block);
  return made;
}

static counted_memory *of_cjson;

static void *cjson_allocate(size_t size) { return allocate(of_cjson, size); }
static void cjson_release(void *block) { release(of_cjson, block); }

void counted_cjson(counted_memory *memory) {
  cJSON_Hooks hooks = {cjson_allocate, cjson_release};
  of_cjson = memory;
  cJSON_InitHooks(memory ? &hooks : NULL);
}

/* Decides what memory is in a test: every block is counted, every resize moves, and chosen allocations fail. */
#ifndef MEDIABEAT_TESTS_COUNTED_MEMORY_H
#define MEDIABEAT_TESTS_COUNTED_MEMORY_H

#include <stddef.h>

typedef struct counted_memory {
  size_t blocks;   /* alive */
  size_t calls;    /* allocations asked for, resizes included */
  size_t fail_at;  /* the first of them that fails, counted from 1; 0: none */
  size_t fail_for; /* how many fail from there on; 0 counts as 1 */
  size_t failures; /* so many have failed */
} counted_memory;

/* For mb_host.allocate, with the counted_memory as user. */
void *counted_allocate(void *memory, void *block, size_t size);

/* Lets cJSON allocate from here too, for the whole process; NULL gives it back to the C library. */
void counted_cjson(counted_memory *memory);

#endif

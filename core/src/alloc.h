/* Decides where memory comes from: the host's allocator or the C library's. Every call can fail. */
#ifndef MEDIABEAT_ALLOC_H
#define MEDIABEAT_ALLOC_H

#include <stddef.h>

typedef struct mb__memory {
  void *user;
  void *(*allocate)(void *user, void *block, size_t size);
} mb__memory;

extern const mb__memory mb__c_library;

void *mb__new(const mb__memory *memory, size_t size); /* zeroed; NULL when out of memory */
void *mb__resize(const mb__memory *memory, void *block, size_t size);
void mb__delete(const mb__memory *memory, void *block);                       /* NULL is fine */
char *mb__copy_text(const mb__memory *memory, const char *text, size_t size); /* terminated */

#endif

/* Decides what a store's folder is in a test: a real one under the folder for temporary files, that is written down as
 * text, and left behind as a process that is killed leaves it. */
#ifndef MEDIABEAT_TESTS_DISK_H
#define MEDIABEAT_TESTS_DISK_H

#include <stdbool.h>
#include <stdint.h>

#include "text_buffer.h"

enum { DISK_PATH = 512 };

typedef struct disk {
  char root[64];          /* "": there is none */
  char folder[DISK_PATH]; /* the store's; it need not exist */
} disk;

void disk_make(disk *d);
void disk_remove(disk *d); /* with everything in it; none is fine */

/* Before the client is freed, and after it: in between, the client sees the folder as its own. What it left at `keep` is
 * what there is at `restore`, and nobody holds a lock. */
void disk_keep(const disk *d);
void disk_restore(const disk *d);

void disk_forbid(const disk *d,
                 bool forbidden); /* another thing stands where the folder was: no new file can be made */

/* A line for each journal, oldest first: "    m/1 online: sessionStart play, done 1, open id1, ended". Those that were set
 * aside come last, as "    aside m/1 ...: \"words\"". */
void disk_describe(const disk *d, text_buffer *out);

/* Events in journals that are not done, those set aside left out. */
uint64_t disk_waiting(const disk *d);

/* Calls back with the path of each journal, oldest first. */
void disk_visit(const disk *d, void (*visit)(void *user, const char *path), void *user);

#endif

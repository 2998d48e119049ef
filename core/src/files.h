/* Decides what the store asks of a file system. files_posix.c answers it, and is the only file that calls the operating
 * system for files and locks; tests answer it from memory. */
#ifndef MEDIABEAT_FILES_H
#define MEDIABEAT_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Why it did not work: X(name, text). The text ends a sentence: "/var/media: no space left". */
#define MB__FAULT_LIST(X)                                                        \
  X(OK, "success")                                                               \
  X(ABSENT, "no such file or folder")                                            \
  X(EXISTS, "it exists already")                                                 \
  X(DENIED, "permission denied")                                                 \
  X(NOT_A_FOLDER, "not a folder")                                                \
  X(NOT_EMPTY, "the folder is not empty")                                        \
  X(NO_SPACE, "no space left")                                                   \
  X(READ_ONLY, "the file system is read-only")                                   \
  X(TOO_MANY_FILES, "too many open files")                                       \
  X(HELD, "another client holds it")                                             \
  X(FORKED, "it belongs to the process that this one was forked from")           \
  X(TOO_LARGE, "larger than a line of a journal may be")                         \
  X(GIVEN_UP, "the journal was given up after a write that could not be undone") \
  X(NO_MEMORY, "out of memory")                                                  \
  X(FAILED, "input or output failed")

typedef enum mb__fault {
#define MB__FAULT_NAME(name, text) MB__FAULT_##name,
  MB__FAULT_LIST(MB__FAULT_NAME)
#undef MB__FAULT_NAME
      MB__FAULT_COUNT
} mb__fault;

const char *mb__fault_text(mb__fault fault); /* static; never NULL */

typedef intptr_t mb__file; /* an open file */
enum { MB__NO_FILE = -1 };

typedef enum mb__opening {
  MB__OPEN_NEW,   /* must not exist; readable and writable by its owner alone; to append */
  MB__OPEN_AGAIN, /* must exist; to append, and to truncate */
  MB__OPEN_READ   /* must exist; to read */
} mb__opening;

typedef void (*mb__name_fn)(void *user, const char *name);

/* A file system. Paths are terminated and as the operating system wants them. On a fault nothing has changed, unless it
 * says so. No open file or lock passes to a program that is started (close-on-exec).
 *
 * After a fork both processes share open files and locks. What changes anything is refused in the child with FORKED,
 * closing is not, so a child may free what it has inherited and its parent loses nothing. A lock is held until both
 * have closed it or ended: as long as a child lives that has neither closed it nor started another program, nobody
 * adopts what a dead parent has left. A child that wants to store something makes a client of its own. */
typedef struct mb__files mb__files;
struct mb__files {
  void *user;
  int64_t process; /* id of the process that these are for */

  mb__fault (*open)(const mb__files *files, const char *path, mb__opening how, mb__file *file);
  void (*close)(const mb__files *files, mb__file file);
  mb__fault (*read)(const mb__files *files, mb__file file, uint64_t at, char *bytes, size_t size, size_t *got);
  /* At the end, in one call of the operating system. Fewer bytes than asked for is a fault; then, as after any fault of
   * this function, some of the bytes may be there, and the caller truncates. */
  mb__fault (*write)(const mb__files *files, mb__file file, const char *bytes, size_t size);
  mb__fault (*truncate)(const mb__files *files, mb__file file, uint64_t size);
  mb__fault (*sync)(const mb__files *files, mb__file file); /* its bytes and its size survive loss of power */

  mb__fault (*measure)(const mb__files *files, const char *path, uint64_t *size);
  mb__fault (*rename)(const mb__files *files, const char *from, const char *to); /* replaces what is at `to` */
  mb__fault (*remove)(const mb__files *files, const char *path);

  mb__fault (*make_folder)(const mb__files *files, const char *path);   /* for its owner alone; EXISTS if it does */
  mb__fault (*remove_folder)(const mb__files *files, const char *path); /* NOT_EMPTY if it is not */
  mb__fault (*sync_folder)(const mb__files *files, const char *path);   /* its names survive loss of power */
  /* Each name in it but "." and "..", in any order. What is made or removed meanwhile may be missing or not. */
  mb__fault (*list)(const mb__files *files, const char *path, mb__name_fn visit, void *user);

  /* Makes the file if need be and locks it, without waiting: HELD when somebody has it, in this process or another.
   * ABSENT when its folder is gone, or when it was removed meanwhile: what is locked is the file that has this path.
   * Closing unlocks. */
  mb__fault (*lock)(const mb__files *files, const char *path, mb__file *file);
};

mb__files mb__files_posix(void); /* for the process that calls */

#endif

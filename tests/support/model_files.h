/* Decides what a file system is in a test: one in memory, that fails where it is told to, and that can lose power: then
 * of what was not synced any part may be gone. */
#ifndef MEDIABEAT_TESTS_MODEL_FILES_H
#define MEDIABEAT_TESTS_MODEL_FILES_H

#include "files.h"

typedef struct model_files {
  mb__files files; /* hand this to what is tested */

  /* May be changed at any time. */
  size_t fail_at;           /* the call that fails, counted from 1; 0: none */
  size_t fail_for;          /* how many from there on; 0 counts as 1 */
  mb__fault fault;          /* with what; OK counts as FAILED */
  bool writes_torn;         /* a write that fails leaves half of its bytes */
  bool truncates_fail;      /* nothing can be undone */
  uint64_t capacity;        /* bytes of all files; what is beyond has NO_SPACE and leaves what fits */
  size_t most_open;         /* open files and locks; beyond that TOO_MANY_FILES */
  const char *read_only_at; /* what begins so cannot be changed; NULL: everything can */

  /* Counted. */
  size_t calls; /* that change, open or sync something; only those fail */
  size_t writes, syncs, folder_syncs, lists;
  size_t open;

  struct model_node *nodes; /* names */
  size_t node_count;
  struct model_content **contents; /* what names lead to */
  size_t content_count;
  struct model_handle *handles;
  size_t handle_count;
  struct model_step *steps; /* what was done, for loss of power */
  size_t step_count;
} model_files;

enum { MODEL_UNLIMITED = 1 << 30 };

#define OK(call) assert_int_equal(call, MB__FAULT_OK) /* a call that has no fault */

model_files *model_new(void);
void model_free(model_files *model); /* fails the test if something is open */

/* As other processes see and do it; faults do not touch these. */
const char *model_read(const model_files *model, const char *path, size_t *size); /* NULL: no such file; terminated */
void model_put(model_files *model, const char *path, const char *bytes, size_t size);
size_t model_count(const model_files *model, const char *part); /* files whose path has this part */
/* The path of the nth such file, from 0, in the order of making; NULL when there are fewer. */
const char *model_path(const model_files *model, const char *part, size_t nth);

/* The process is killed: nothing is open or locked any more. */
void model_kill(model_files *model);

/* Loss of power. */
typedef enum model_fate { MODEL_KEPT, MODEL_LOST, MODEL_HALF } model_fate; /* half: of a write */

/* The steps before `cut` that were not synced by then, at most `most` of them. */
size_t model_unsynced(const model_files *model, size_t cut, size_t *steps, size_t most);
/* A new file system: what the first `cut` steps leave. fates[i] is that of steps[i]; others are kept. */
model_files *model_lose_power(const model_files *model, size_t cut, const size_t *steps, const model_fate *fates,
                              size_t count);

#endif

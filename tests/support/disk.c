/* Owns folders of stores in tests. */
#define _XOPEN_SOURCE 700
#include "disk.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alloc.h"
#include "journal.h"

enum { MOST_FILES = 256, MOST_OPEN = 16 };

void disk_make(disk *d) {
  snprintf(d->root, sizeof d->root, "/tmp/mediabeat-disk-XXXXXX");
  assert_non_null(mkdtemp(d->root));
  snprintf(d->folder, sizeof d->folder, "%s/store", d->root);
}

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *at) {
  (void)info, (void)type, (void)at;
  return remove(path);
}

static void remove_all(const char *path) { nftw(path, remove_one, MOST_OPEN, FTW_DEPTH | FTW_PHYS); }

void disk_remove(disk *d) {
  if (d->root[0]) remove_all(d->root);
  d->root[0] = 0;
}

/* nftw has no user pointer. */
static const disk *copied;

static void path_of_copy(char *copy, const char *path) {
  snprintf(copy, DISK_PATH, "%s/kept%s", copied->root, path + strlen(copied->folder));
}

static void copy_file(const char *from, const char *to) {
  char bytes[4096];
  size_t got;
  FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
  assert_true(in && out);
  while ((got = fread(bytes, 1, sizeof bytes, in)) > 0) assert_int_equal(fwrite(bytes, 1, got, out), got);
  fclose(in);
  assert_int_equal(fclose(out), 0);
}

static int copy_one(const char *path, const struct stat *info, int type, struct FTW *at) {
  char copy[DISK_PATH];
  (void)info, (void)at;
  path_of_copy(copy, path);
  if (type == FTW_D) return mkdir(copy, 0700);
  copy_file(path, copy);
  return 0;
}

void disk_keep(const disk *d) {
  copied = d;
  assert_int_equal(nftw(d->folder, copy_one, MOST_OPEN, FTW_PHYS), 0);
}

void disk_restore(const disk *d) {
  char kept[DISK_PATH];
  snprintf(kept, sizeof kept, "%s/kept", d->root);
  remove_all(d->folder);
  assert_int_equal(rename(kept, d->folder), 0);
}

void disk_forbid(const disk *d, bool forbidden) {
  char away[DISK_PATH];
  snprintf(away, sizeof away, "%s/away", d->root);
  assert_int_equal(forbidden ? rename(d->folder, away) : rename(away, d->folder), 0);
}

/* Journals by name, which is their age. */

static char *files[MOST_FILES];
static size_t file_count;

static int list_one(const char *path, const struct stat *info, int type, struct FTW *at) {
  const char *end = strrchr(path, '.');
  (void)info, (void)at;
  if (type != FTW_F || !end || strcmp(end, ".journal") != 0) return 0;
  assert_in_range(file_count, 0, MOST_FILES - 1);
  files[file_count++] = strdup(path);
  return 0;
}

static bool is_aside(const char *path) { return strstr(path, "/aside/") != NULL; }

static int compare(const void *one, const void *other) {
  const char *const *a = one, *const *b = other;
  int aside = is_aside(*a) - is_aside(*b);
  return aside ? aside : strcmp(strrchr(*a, '/'), strrchr(*b, '/'));
}

void disk_visit(const disk *d, void (*visit)(void *user, const char *path), void *user) {
  file_count = 0;
  nftw(d->folder, list_one, MOST_OPEN, FTW_PHYS);
  qsort(files, file_count, sizeof *files, compare);
  for (size_t i = 0; i < file_count; i++) {
    visit(user, files[i]);
    free(files[i]);
  }
}

/* The word behind "eventType":" and "media." */
static mb__fault write_type(void *user, uint64_t number, const char *body, size_t size) {
  static const char key[] = "\"eventType\":\"", media[] = "media.";
  (void)number;
  for (size_t i = 0; i + sizeof key - 1 < size; i++) {
    if (memcmp(body + i, key, sizeof key - 1) != 0) continue;
    const char *name = body + i + sizeof key - 1;
    if (strncmp(name, media, sizeof media - 1) == 0) name += sizeof media - 1;
    text_add(user, " %.*s", (int)strcspn(name, "\""), name);
    return MB__FAULT_OK;
  }
  text_add(user, " ?");
  return MB__FAULT_OK;
}

static void read_journal(const char *path, const mb__journal_visitor *visitor, mb__journal_state *state) {
  const mb__files posix = mb__files_posix();
  assert_int_equal(mb__journal_read(&posix, &mb__c_library, path, visitor, state), MB__FAULT_OK);
}

static void describe(void *user, const char *path) {
  text_buffer *out = user, events = {0};
  mb__journal_state state;
  const mb__journal_visitor visitor = {.user = &events, .event = write_type};
  read_journal(path, &visitor, &state);
  text_add(out, "    %s", is_aside(path) ? "aside " : "");
  if (state.good_size)
    text_add(out, "%s/%u %s:%s", state.header.player, state.header.session,
             state.header.downloaded ? "downloaded" : "online", text_of(&events));
  else
    text_add(out, "empty");
  if (state.done) text_add(out, ", done %d", (int)state.done);
  if (state.opening) text_add(out, ", opening");
  if (state.id) text_add(out, ", open %s", state.id);
  if (state.ended) text_add(out, ", ended");
  if (state.aside) text_add(out, ": \"%s\"", state.aside);
  text_add(out, "\n");
  text_free(&events);
  mb__journal_state_free(&state);
}

void disk_describe(const disk *d, text_buffer *out) { disk_visit(d, describe, out); }

static void count(void *user, const char *path) {
  mb__journal_state state;
  if (is_aside(path)) return;
  read_journal(path, NULL, &state);
  *(uint64_t *)user += state.events - state.done;
  mb__journal_state_free(&state);
}

uint64_t disk_waiting(const disk *d) {
  uint64_t events = 0;
  disk_visit(d, count, &events);
  return events;
}

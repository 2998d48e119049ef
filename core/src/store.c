/* Owns the folder of journals. */
#include "store.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "random.h"
#include "text.h"

enum { WINDOW = 256, NAME_SIZE = 48, TRIES = 16, OWN = 0, FOLDERS = 1 + MB__STORE_MOST_ADOPTED, COPY_SIZE = 4096 };

/* A folder whose lock we hold. */
typedef struct folder {
  mb__journal_folder journals; /* first: a journal's folder is its folder */
  const char *name;            /* the end of its path */
  mb__file lock;
  uint64_t sessions;
  bool counted; /* sessions and bytes are known */
  bool named;   /* what is foreign in it was said */
} folder;

typedef struct entry {
  mb__journal journal; /* first: an open journal is its entry */
  mb__store_name name;
  struct entry *before, *after; /* in the order of names */
} entry;

struct mb__store {
  const mb__memory *memory;
  mb__files files;
  mb__store_options options;
  char *root, *aside;
  folder *folders[FOLDERS]; /* NULL: free; the first is our own */
  entry *first, *last;      /* open journals */
  mb__writer paths[2];
  mb__store_name made;  /* the last one */
  mb__store_name *left; /* journals that are left alone */
  size_t left_count, left_capacity;
  /* The names that wait and follow `low`, up to `high` or, when it is complete, all of them. */
  mb__store_name window[WINDOW], low, high;
  size_t window_count;
  bool window_valid, window_complete;
  bool named;        /* what is foreign in the root was said */
  int64_t next_sync; /* not before */
  int64_t expiry;    /* nothing that waits is too old before */
};

/* --- Names --- */

static int compare(mb__store_name one, mb__store_name other) {
  if (one.created != other.created) return one.created < other.created ? -1 : 1;
  if (one.number != other.number) return one.number < other.number ? -1 : 1;
  return (one.folder > other.folder) - (one.folder < other.folder);
}

static void format_stem(char out[NAME_SIZE], mb__store_name name) {
  snprintf(out, NAME_SIZE, "%015lld-%06u", (long long)name.created, (unsigned)name.number);
}

/* What follows so many digits, or more when they do not begin with 0. NULL: something else stands there. */
static const char *read_digits(const char *at, size_t width, uint64_t *value) {
  size_t size = 0;
  for (*value = 0; size < 18 && at[size] >= '0' && at[size] <= '9'; size++)
    *value = *value * 10 + (uint64_t)(at[size] - '0');
  return size == width || (size > width && at[0] != '0') ? at + size : NULL;
}

/* A folder may have a hundred thousand of them. */
static bool parse_name(const char *text, size_t folder_at, mb__store_name *name) {
  uint64_t created, number;
  const char *at = read_digits(text, 15, &created);
  if (!at || *at != '-') return false;
  at = read_digits(at + 1, 6, &number);
  if (!at || number > UINT32_MAX || strcmp(at, ".journal") != 0) return false;
  *name = (mb__store_name){(int64_t)created, (uint32_t)number, (uint32_t)folder_at};
  return true;
}

static bool is_folder_name(const char *text) {
  size_t digits = strspn(text, "0123456789");
  return digits && text[digits] == '-' && strspn(text + digits + 1, "0123456789abcdef") == 16 && !text[digits + 17];
}

/* In one of two buffers, until it is used again. NULL: out of memory. */
static const char *join(mb__store *store, int buffer, const char *const *parts) {
  mb__writer *path = &store->paths[buffer];
  mb__writer_clear(path);
  for (; *parts; parts++) mb__write_raw(path, *parts);
  mb__write(path, "", 1);
  return path->failed ? NULL : path->bytes;
}

#define JOIN(store, buffer, ...) join(store, buffer, (const char *const[]){__VA_ARGS__, NULL})

static folder *folder_of(const mb__store *store, mb__store_name name) { return store->folders[name.folder]; }

static const char *path_of(mb__store *store, mb__store_name name) {
  char stem[NAME_SIZE];
  format_stem(stem, name);
  return JOIN(store, 0, folder_of(store, name)->journals.path, "/", stem, ".journal");
}

static const char *path_aside(mb__store *store, mb__store_name name, const char *suffix) {
  char stem[NAME_SIZE];
  format_stem(stem, name);
  return JOIN(store, 1, store->aside, "/", stem, "-", folder_of(store, name)->name, suffix);
}

MB__FORMAT(3, 4) static void note(const mb__store *store, mb_log_level level, const char *format, ...) {
  char message[1024];
  va_list arguments;
  if (!store->options.note) return;
  va_start(arguments, format);
  vsnprintf(message, sizeof message, format, arguments);
  va_end(arguments);
  store->options.note(store->options.user, level, message);
}

/* --- Folders --- */

/* Removes what is empty; whoever finds the rest may adopt it. */
static void leave_folder(mb__store *store, size_t at) {
  folder *left = store->folders[at];
  const char *lock = JOIN(store, 0, left->journals.path, "/lock");
  if (lock) store->files.remove(&store->files, lock);
  store->files.remove_folder(&store->files, left->journals.path);
  store->files.close(&store->files, left->lock);
  mb__delete(store->memory, left->journals.path);
  mb__delete(store->memory, left);
  store->folders[at] = NULL;
}

/* Locks it, and holds it at `at`. */
static mb__fault hold_folder(mb__store *store, size_t at, const char *name) {
  folder *held = mb__new(store->memory, sizeof *held);
  const char *path = JOIN(store, 0, store->root, "/", name);
  char *copy = held && path ? mb__copy_text(store->memory, path, strlen(path)) : NULL;
  const char *lock = copy ? JOIN(store, 0, copy, "/lock") : NULL;
  mb__fault fault = lock ? store->files.lock(&store->files, lock, &held->lock) : MB__FAULT_NO_MEMORY;
  if (fault) {
    mb__delete(store->memory, copy);
    mb__delete(store->memory, held);
    return fault;
  }
  held->journals = (mb__journal_folder){&store->files, store->memory, copy, store->options.power, false, false, 0};
  held->name = copy + strlen(store->root) + 1;
  store->folders[at] = held;
  return MB__FAULT_OK;
}

static mb__fault sync_folder(const mb__store *store, const char *path) {
  return store->options.power ? store->files.sync_folder(&store->files, path) : MB__FAULT_OK;
}

static mb__fault make_root(mb__store *store) {
  mb__fault fault = store->files.make_folder(&store->files, store->root);
  if (fault == MB__FAULT_EXISTS) return MB__FAULT_OK;
  if (fault) return fault;
  const char *parent = JOIN(store, 0, strchr(store->root, '/') ? store->root : ".");
  if (!parent) return MB__FAULT_NO_MEMORY;
  char *slash = strrchr(store->paths[0].bytes, '/');
  if (slash) slash[slash == store->paths[0].bytes] = 0;
  return sync_folder(store, parent);
}

/* Somebody may take it for the folder of one who is gone, between its making and its locking: then another is made. */
static mb__fault make_own(mb__store *store) {
  mb__fault fault = MB__FAULT_EXISTS;
  for (int i = 0; i < TRIES; i++) {
    char name[NAME_SIZE];
    snprintf(name, sizeof name, "%lld-%016llx", (long long)store->files.process,
             (unsigned long long)mb__random_next(&store->options.seed));
    const char *path = JOIN(store, 0, store->root, "/", name);
    fault = path ? store->files.make_folder(&store->files, path) : MB__FAULT_NO_MEMORY;
    if (fault == MB__FAULT_EXISTS) continue;
    if (fault) break;
    fault = hold_folder(store, OWN, name);
    if (fault == MB__FAULT_HELD || fault == MB__FAULT_ABSENT) continue;
    if (!fault) fault = sync_folder(store, store->root);
    break;
  }
  if (!fault) store->folders[OWN]->counted = true;
  return fault;
}

mb__fault mb__store_open(const mb__store_options *options, mb__store **store) {
  mb__store *made = mb__new(options->memory, sizeof *made);
  *store = NULL;
  if (!made) return MB__FAULT_NO_MEMORY;
  made->memory = options->memory;
  made->files = *options->files;
  made->options = *options;
  for (int i = 0; i < 2; i++) mb__writer_init(&made->paths[i], made->memory);
  made->root = mb__copy_text(made->memory, options->folder, strlen(options->folder));
  made->options.folder = made->root;
  const char *aside = JOIN(made, 0, options->folder, "/aside");
  made->aside = aside ? mb__copy_text(made->memory, aside, strlen(aside)) : NULL;
  mb__fault fault = made->root && made->aside ? make_root(made) : MB__FAULT_NO_MEMORY;
  if (!fault) fault = make_own(made);
  if (fault) {
    note(made, MB_LOG_ERROR, "store %s: %s", options->folder, mb__fault_text(fault));
    mb__store_free(made);
    return fault;
  }
  *store = made;
  return MB__FAULT_OK;
}

void mb__store_free(mb__store *store) {
  if (!store) return;
  for (entry *next; store->first; store->first = next) {
    next = store->first->after;
    mb__journal_close(&store->first->journal);
    mb__delete(store->memory, store->first);
  }
  for (size_t i = 0; i < FOLDERS; i++)
    if (store->folders[i]) leave_folder(store, i);
  for (int i = 0; i < 2; i++) mb__writer_free(&store->paths[i]);
  mb__delete(store->memory, store->left);
  mb__delete(store->memory, store->root);
  mb__delete(store->memory, store->aside);
  mb__delete(store->memory, store);
}

/* --- Open journals --- */

static void link_entry(mb__store *store, entry *added) {
  added->before = store->last;
  while (added->before && compare(added->before->name, added->name) > 0) added->before = added->before->before;
  added->after = added->before ? added->before->after : store->first;
  *(added->before ? &added->before->after : &store->first) = added;
  *(added->after ? &added->after->before : &store->last) = added;
}

static void free_entry(mb__store *store, entry *gone) {
  *(gone->before ? &gone->before->after : &store->first) = gone->after;
  *(gone->after ? &gone->after->before : &store->last) = gone->before;
  mb__journal_close(&gone->journal);
  mb__delete(store->memory, gone);
}

mb__fault mb__store_new_journal(mb__store *store, const mb__journal_header *header, mb__journal **journal) {
  entry *made = mb__new(store->memory, sizeof *made);
  *journal = NULL;
  if (!made) return MB__FAULT_NO_MEMORY;
  made->name = (mb__store_name){store->made.created, store->made.number + 1, OWN};
  if (header->created > made->name.created) made->name.created = header->created;
  const char *path = path_of(store, made->name);
  mb__fault fault = MB__FAULT_NO_MEMORY;
  if (path) fault = mb__journal_create(&made->journal, &store->folders[OWN]->journals, path, header);
  if (fault) {
    mb__delete(store->memory, made);
    return fault;
  }
  store->made = made->name;
  store->folders[OWN]->sessions++;
  link_entry(store, made);
  *journal = &made->journal;
  return MB__FAULT_OK;
}

/* --- Names that wait --- */

static void forget_window(mb__store *store) { store->window_valid = false; }

static int64_t expiry_of(const mb__store *store, mb__store_name name) {
  int64_t age = store->options.max_age_ms;
  return name.created > INT64_MAX - age ? INT64_MAX : name.created + age;
}

/* A name that the window has, or would have, is new. */
static void name_waits(mb__store *store, mb__store_name name) {
  if (store->window_complete || compare(name, store->high) <= 0) forget_window(store);
  if (expiry_of(store, name) < store->expiry) store->expiry = expiry_of(store, name);
}

/* When the last one is gone, the next look finds folders to leave. */
static void name_gone(mb__store *store, mb__store_name name) {
  size_t at = 0;
  while (at < store->window_count && compare(store->window[at], name) != 0) at++;
  if (at < store->window_count) {
    store->window_count--;
    memmove(&store->window[at], &store->window[at + 1], (store->window_count - at) * sizeof *store->window);
  }
  if (!store->window_count && name.folder != OWN) forget_window(store);
}

/* Without memory for it, it is met again. */
static void leave_alone(mb__store *store, mb__store_name name) {
  name_gone(store, name);
  if (store->left_count == store->left_capacity) {
    size_t capacity = store->left_capacity ? 2 * store->left_capacity : 16;
    mb__store_name *left = mb__resize(store->memory, store->left, capacity * sizeof *left);
    if (!left) return;
    store->left = left;
    store->left_capacity = capacity;
  }
  store->left[store->left_count++] = name;
}

typedef struct visit {
  mb__store *store;
  size_t at; /* of the folder */
  mb__fault fault;
  mb__store_name after;
  size_t seen; /* names but that of the lock */
  bool overflow;
  size_t adopted;
} visit;

static void into_window(visit *v, mb__store_name name) {
  mb__store *store = v->store;
  size_t at = store->window_count;
  while (at && compare(store->window[at - 1], name) > 0) at--;
  if (store->window_count == WINDOW) {
    v->overflow = true;
    if (at == WINDOW) return;
    store->window_count--;
  }
  memmove(&store->window[at + 1], &store->window[at], (store->window_count - at) * sizeof *store->window);
  store->window[at] = name;
  store->window_count++;
}

static void see_name(void *user, const char *text) {
  visit *v = user;
  folder *seen = v->store->folders[v->at];
  mb__store_name name;
  if (strcmp(text, "lock") == 0) return;
  v->seen++;
  if (parse_name(text, v->at, &name)) {
    if (compare(name, v->after) > 0) into_window(v, name);
  } else if (!seen->named) {
    note(v->store, MB_LOG_WARNING, "store: %s/%s is no journal and is left alone", seen->journals.path, text);
  }
}

static bool is_left(const mb__store *store, mb__store_name name) {
  for (size_t i = 0; i < store->left_count; i++)
    if (compare(store->left[i], name) == 0) return true;
  return false;
}

static void take_out_what_does_not_wait(mb__store *store) {
  const entry *open = store->first;
  size_t kept = 0;
  for (size_t i = 0; i < store->window_count; i++) {
    mb__store_name name = store->window[i];
    while (open && compare(open->name, name) < 0) open = open->after;
    if (!(open && compare(open->name, name) == 0) && !is_left(store, name)) store->window[kept++] = name;
  }
  store->window_count = kept;
}

static bool has_open(const mb__store *store, size_t at) {
  const entry *open = store->first;
  while (open && open->name.folder != at) open = open->after;
  return open != NULL;
}

static mb__fault look_into(mb__store *store, visit *v) {
  folder *seen = store->folders[v->at];
  v->seen = 0;
  mb__fault fault = store->files.list(&store->files, seen->journals.path, see_name, v);
  if (fault && fault != MB__FAULT_ABSENT) return fault;
  seen->named = true;
  if (v->at != OWN && !v->seen && !has_open(store, v->at)) leave_folder(store, v->at);
  return MB__FAULT_OK;
}

static mb__fault fill_window(mb__store *store, mb__store_name after) {
  visit v = {.store = store, .after = after};
  store->window_valid = false;
  store->window_count = 0;
  for (v.at = 0; v.at < FOLDERS; v.at++) {
    mb__fault fault = store->folders[v.at] ? look_into(store, &v) : MB__FAULT_OK;
    if (fault) return fault;
  }
  store->low = after;
  store->high = store->window_count ? store->window[store->window_count - 1] : after;
  store->window_complete = !v.overflow;
  store->window_valid = true;
  take_out_what_does_not_wait(store);
  return MB__FAULT_OK;
}

static bool window_reaches(const mb__store *store, mb__store_name after) {
  return store->window_valid && compare(after, store->low) >= 0 &&
         (store->window_complete || compare(after, store->high) < 0);
}

mb__fault mb__store_next(mb__store *store, mb__store_name *name, bool *found) {
  mb__store_name after = *name;
  *found = false;
  for (;;) {
    mb__fault fault = window_reaches(store, after) ? MB__FAULT_OK : fill_window(store, after);
    if (fault) return fault;
    for (size_t i = 0; i < store->window_count && !*found; i++)
      if (compare(store->window[i], after) > 0) *name = store->window[i], *found = true;
    if (*found || store->window_complete) return MB__FAULT_OK;
    after = store->high;
  }
}

static void see_folder(void *user, const char *name) {
  visit *v = user;
  mb__store *store = v->store;
  if (v->fault) return;
  mb__fault fault = MB__FAULT_DENIED;
  if (is_folder_name(name)) {
    while (v->at < FOLDERS && store->folders[v->at]) v->at++;
    if (v->at == FOLDERS) return;
    fault = hold_folder(store, v->at, name);
  }
  if (!fault) {
    v->adopted++;
  } else if (fault == MB__FAULT_DENIED || fault == MB__FAULT_NOT_A_FOLDER) {
    if (!store->named && strcmp(name, "aside") != 0)
      note(store, MB_LOG_WARNING, "store: %s/%s is nothing of ours and is left alone", store->root, name);
  } else if (fault != MB__FAULT_HELD && fault != MB__FAULT_ABSENT) {
    v->fault = fault;
  }
}

mb__fault mb__store_adopt(mb__store *store, size_t *adopted) {
  visit v = {.store = store, .at = OWN + 1};
  mb__fault fault = store->files.list(&store->files, store->root, see_folder, &v);
  if (!fault) fault = v.fault;
  if (!fault) store->named = true;
  if (v.adopted) {
    forget_window(store);
    store->expiry = 0;
  }
  if (adopted) *adopted = v.adopted;
  return fault;
}

/* --- Closing --- */

static void uncount(mb__store *store, mb__store_name name, uint64_t bytes) {
  folder *in = folder_of(store, name);
  in->sessions--;
  in->journals.bytes -= bytes;
  in->journals.unnamed = true;
  name_gone(store, name);
}

static mb__fault remove_file(mb__store *store, mb__store_name name, uint64_t bytes) {
  const char *path = path_of(store, name);
  mb__fault fault = path ? store->files.remove(&store->files, path) : MB__FAULT_NO_MEMORY;
  if (fault == MB__FAULT_ABSENT) return name_gone(store, name), MB__FAULT_OK; /* erased, and not counted any more */
  if (!fault) uncount(store, name, bytes);
  return fault;
}

mb__fault mb__store_remove(mb__store *store, mb__journal *journal) {
  entry *gone = (entry *)(void *)journal;
  mb__fault fault = remove_file(store, gone->name, journal->size);
  if (fault) leave_alone(store, gone->name); /* it is done, and must not be sent again */
  free_entry(store, gone);
  return fault;
}

mb__fault mb__store_let_go(mb__store *store, mb__journal *journal) {
  entry *gone = (entry *)(void *)journal;
  mb__fault fault = mb__journal_flush(journal);
  if (!fault) fault = mb__journal_sync(journal);
  mb__store_name name = gone->name;
  free_entry(store, gone);
  name_waits(store, name);
  return fault;
}

static mb__fault make_aside(mb__store *store) {
  mb__fault fault = store->files.make_folder(&store->files, store->aside);
  if (fault == MB__FAULT_EXISTS) return MB__FAULT_OK;
  return fault ? fault : sync_folder(store, store->root);
}

mb__fault mb__store_set_aside(mb__store *store, mb__journal *journal, const char *message) {
  entry *gone = (entry *)(void *)journal;
  folder *in = folder_of(store, gone->name);
  (void)mb__journal_mark_aside(journal, message); /* the file is of more use than the mark */
  (void)mb__journal_sync(journal);
  mb__fault fault = make_aside(store);
  const char *from = path_of(store, gone->name), *to = path_aside(store, gone->name, ".journal");
  if (!fault) fault = from && to ? store->files.rename(&store->files, from, to) : MB__FAULT_NO_MEMORY;
  if (fault) return mb__store_let_go(store, journal), fault;
  note(store, MB_LOG_WARNING, "store: set aside as %s: %s", to, message);
  uncount(store, gone->name, journal->size);
  free_entry(store, gone);
  fault = sync_folder(store, store->aside);
  return fault ? fault : sync_folder(store, in->journals.path);
}

/* --- Taking what waits --- */

static mb__fault copy_bytes(mb__store *store, mb__file from, mb__file to) {
  char bytes[COPY_SIZE];
  size_t got;
  for (uint64_t at = 0;; at += got) {
    mb__fault fault = store->files.read(&store->files, from, at, bytes, sizeof bytes, &got);
    if (!fault && got) fault = store->files.write(&store->files, to, bytes, got);
    if (fault || !got) return fault;
  }
}

static mb__fault copy_file(mb__store *store, const char *from, const char *to) {
  const mb__files *files = &store->files;
  mb__file source, copy;
  mb__fault fault = files->open(files, from, MB__OPEN_READ, &source);
  if (fault) return fault;
  fault = files->open(files, to, MB__OPEN_NEW, &copy);
  if (!fault) {
    fault = copy_bytes(store, source, copy);
    if (!fault && store->options.power) fault = files->sync(files, copy);
    files->close(files, copy);
    if (fault) files->remove(files, to);
  }
  files->close(files, source);
  return fault;
}

/* Copied, not moved: what is good in it is still to be sent, and a crash in between must not cost it. */
static mb__fault save_damaged(mb__store *store, mb__store_name name) {
  mb__fault fault = make_aside(store);
  const char *from = path_of(store, name), *to = path_aside(store, name, ".damaged");
  if (!from || !to) return MB__FAULT_NO_MEMORY;
  if (fault) return fault;
  fault = store->files.remove(&store->files, to); /* of one who did not finish */
  if (!fault || fault == MB__FAULT_ABSENT) fault = copy_file(store, from, to);
  if (!fault) fault = sync_folder(store, store->aside);
  if (!fault) note(store, MB_LOG_ERROR, "store: %s is damaged; its good lines are used, all of it is in %s", from, to);
  return fault;
}

mb__fault mb__store_read(mb__store *store, mb__store_name name, const mb__journal_visitor *visitor,
                         mb__journal_state *state) {
  *state = (mb__journal_state){.finding = MB__JOURNAL_EMPTY};
  const char *path = path_of(store, name);
  return path ? mb__journal_read(&store->files, store->memory, path, visitor, state) : MB__FAULT_NO_MEMORY;
}

/* A journal that nobody can send is passed over from now on. */
static bool is_not_ours(mb__store *store, mb__store_name name, const mb__journal_state *state) {
  if (state->finding != MB__JOURNAL_FOREIGN && state->finding != MB__JOURNAL_NEWER) return false;
  const char *path = path_of(store, name);
  if (state->finding == MB__JOURNAL_FOREIGN)
    note(store, MB_LOG_WARNING, "store: %s is no journal and is left alone", path ? path : "");
  else
    note(store, MB_LOG_WARNING, "store: %s has version %llu, this library knows %d; it is left alone", path ? path : "",
         (unsigned long long)state->version, MB__JOURNAL_VERSION);
  leave_alone(store, name);
  return true;
}

static mb__fault open_entry(mb__store *store, mb__store_name name, const mb__journal_state *state,
                            mb__journal **journal) {
  entry *made = mb__new(store->memory, sizeof *made);
  const char *path = path_of(store, name);
  mb__fault fault = MB__FAULT_NO_MEMORY;
  if (made && path) fault = mb__journal_open(&made->journal, &folder_of(store, name)->journals, path, state);
  if (fault) {
    mb__delete(store->memory, made);
    return fault;
  }
  made->name = name;
  link_entry(store, made);
  name_gone(store, name);
  *journal = &made->journal;
  return MB__FAULT_OK;
}

mb__fault mb__store_take(mb__store *store, mb__store_name name, mb__journal_state *state, mb__journal **journal) {
  *journal = NULL;
  mb__fault fault = mb__store_read(store, name, NULL, state);
  if (fault || is_not_ours(store, name, state)) return fault;
  if (state->finding == MB__JOURNAL_DAMAGED) fault = save_damaged(store, name);
  if (fault) return fault;
  if (state->good_size) fault = open_entry(store, name, state, journal);
  if (!state->good_size) fault = remove_file(store, name, state->size);
  if (fault || (state->finding != MB__JOURNAL_TORN && state->finding != MB__JOURNAL_EMPTY)) return fault;
  const char *path = path_of(store, name);
  if (state->finding == MB__JOURNAL_TORN)
    note(store, MB_LOG_INFO, "store: %s: a torn last line was cut off", path ? path : "");
  else
    note(store, MB_LOG_INFO, "store: %s was empty and is removed", path ? path : "");
  return MB__FAULT_OK;
}

/* --- All of it --- */

static void count_name(void *user, const char *text) {
  visit *v = user;
  folder *in = v->store->folders[v->at];
  mb__store_name name;
  uint64_t size = 0;
  if (v->fault || !parse_name(text, v->at, &name)) return;
  const char *path = path_of(v->store, name);
  v->fault = path ? v->store->files.measure(&v->store->files, path, &size) : MB__FAULT_NO_MEMORY;
  if (v->fault == MB__FAULT_ABSENT)
    v->fault = MB__FAULT_OK;
  else if (!v->fault)
    in->sessions++;
  in->journals.bytes += size;
}

static mb__fault count_folder(mb__store *store, size_t at) {
  visit v = {.store = store, .at = at};
  folder *in = store->folders[at];
  if (!in || in->counted) return MB__FAULT_OK;
  in->sessions = in->journals.bytes = 0;
  mb__fault fault = store->files.list(&store->files, in->journals.path, count_name, &v);
  if (!fault || fault == MB__FAULT_ABSENT) fault = v.fault;
  in->counted = !fault;
  return fault;
}

mb__fault mb__store_totals(mb__store *store, uint64_t *sessions, uint64_t *bytes) {
  mb__fault fault = MB__FAULT_OK;
  *sessions = *bytes = 0;
  for (size_t i = 0; i < FOLDERS && !fault; i++) {
    fault = count_folder(store, i);
    if (fault || !store->folders[i]) continue;
    *sessions += store->folders[i]->sessions;
    *bytes += store->folders[i]->journals.bytes;
  }
  return fault;
}

static bool may_work_later(mb__fault fault) {
  return fault == MB__FAULT_NO_MEMORY || fault == MB__FAULT_TOO_MANY_FILES;
}

/* One that cannot be read does not keep others. */
static mb__fault drop(mb__store *store, mb__store_name name, mb__store_drop reason) {
  mb__journal_state state;
  mb__fault fault = mb__store_read(store, name, NULL, &state);
  if (fault && !may_work_later(fault)) {
    fault = MB__FAULT_OK;
    leave_alone(store, name);
  } else if (!fault && !is_not_ours(store, name, &state)) {
    fault = remove_file(store, name, state.size);
    if (!fault && store->options.dropped)
      store->options.dropped(store->options.user, reason, name.folder == 0, state.events - state.done);
  }
  mb__journal_state_free(&state);
  return fault;
}

mb__fault mb__store_enforce_bounds(mb__store *store, int64_t now_ms) {
  uint64_t sessions, bytes;
  mb__store_name name = {0};
  bool found = true;
  mb__fault fault = mb__store_totals(store, &sessions, &bytes);
  while (!fault && (bytes > store->options.max_bytes || now_ms >= store->expiry)) {
    fault = mb__store_next(store, &name, &found);
    if (fault) break;
    store->expiry = found ? expiry_of(store, name) : INT64_MAX;
    bool too_old = now_ms >= store->expiry, too_many = bytes > store->options.max_bytes;
    if (!found || (!too_old && !too_many)) break;
    fault = drop(store, name, too_many ? MB__STORE_DROP_BYTES : MB__STORE_DROP_AGE);
    if (!fault) fault = mb__store_totals(store, &sessions, &bytes);
  }
  return fault;
}

static void keep_first(mb__fault *first, mb__fault fault) {
  if (!*first && fault != MB__FAULT_ABSENT) *first = fault;
}

static void erase_name(void *user, const char *text) {
  visit *v = user;
  mb__store_name name;
  if (!parse_name(text, v->at, &name)) return;
  const char *path = path_of(v->store, name);
  keep_first(&v->fault, path ? v->store->files.remove(&v->store->files, path) : MB__FAULT_NO_MEMORY);
}

static mb__fault erase_folder(mb__store *store, size_t at) {
  visit v = {.store = store, .at = at};
  folder *in = store->folders[at];
  mb__fault fault = store->files.list(&store->files, in->journals.path, erase_name, &v);
  keep_first(&fault, v.fault);
  in->counted = false;
  keep_first(&fault, sync_folder(store, in->journals.path));
  return fault;
}

static void erase_aside(void *user, const char *name) {
  visit *v = user;
  const char *end = strrchr(name, '.');
  if (!end || (strcmp(end, ".journal") != 0 && strcmp(end, ".damaged") != 0)) return;
  const char *path = JOIN(v->store, 0, v->store->aside, "/", name);
  keep_first(&v->fault, path ? v->store->files.remove(&v->store->files, path) : MB__FAULT_NO_MEMORY);
}

mb__fault mb__store_erase(mb__store *store) {
  visit v = {.store = store};
  mb__fault fault = MB__FAULT_OK;
  size_t adopted;
  for (entry *open = store->first; open; open = open->after) mb__journal_give_up(&open->journal);
  do {
    keep_first(&fault, mb__store_adopt(store, &adopted));
    for (size_t i = 0; i < FOLDERS; i++)
      if (store->folders[i]) keep_first(&fault, erase_folder(store, i));
    keep_first(&fault, fill_window(store, (mb__store_name){0})); /* leaves the empty folders */
  } while (adopted && !fault);
  keep_first(&v.fault, store->files.list(&store->files, store->aside, erase_aside, &v));
  keep_first(&fault, v.fault);
  store->left_count = 0;
  forget_window(store);
  return fault;
}

static bool is_dirty(const mb__store *store) {
  bool dirty = false;
  for (size_t i = 0; i < FOLDERS && !dirty && store->options.power; i++)
    dirty = store->folders[i] && (store->folders[i]->journals.unsynced || store->folders[i]->journals.unnamed);
  return dirty;
}

int64_t mb__store_next_deadline(const mb__store *store) { return is_dirty(store) ? store->next_sync : INT64_MAX; }

mb__fault mb__store_tick(mb__store *store, int64_t now_ms) {
  mb__fault fault = MB__FAULT_OK;
  if (!is_dirty(store) || now_ms < store->next_sync) return MB__FAULT_OK;
  store->next_sync = now_ms + store->options.sync_interval_ms;
  for (size_t i = 0; i < FOLDERS; i++)
    if (store->folders[i]) store->folders[i]->journals.unsynced = false;
  for (entry *open = store->first; open; open = open->after) {
    mb__fault failed = mb__journal_sync(&open->journal);
    if (failed) open->journal.folder->unsynced = true;
    keep_first(&fault, failed);
  }
  for (size_t i = 0; i < FOLDERS; i++) {
    mb__journal_folder *in = store->folders[i] ? &store->folders[i]->journals : NULL;
    mb__fault failed = in && in->unnamed ? sync_folder(store, in->path) : MB__FAULT_OK;
    if (in && !failed) in->unnamed = false;
    keep_first(&fault, failed);
  }
  return fault;
}

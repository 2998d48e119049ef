/* Owns the walk through a store. */
#include "store_survey.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "writer.h"

/* ---- Names ---- */

typedef struct collector {
  store_names found;
  bool failed;
} collector;

static void collect(void *user, const char *name) {
  collector *into = user;
  store_names *found = &into->found;
  if (into->failed) return;
  if (found->count == found->capacity) {
    size_t capacity = found->capacity ? 2 * found->capacity : 16;
    char **names = realloc(found->names, capacity * sizeof *names);
    into->failed = !names;
    if (!names) return;
    found->names = names;
    found->capacity = capacity;
  }
  char *copy = strdup(name);
  into->failed = !copy;
  if (copy) found->names[found->count++] = copy;
}

static int compare(const void *one, const void *other) { return strcmp(*(char *const *)one, *(char *const *)other); }

static void free_names(store_names *names) {
  for (size_t i = 0; i < names->count; i++) free(names->names[i]);
  free(names->names);
  *names = (store_names){NULL, 0, 0};
}

/* Sorted: digits before letters, so what was set aside comes last. */
static mb__fault list(const store_survey *survey, const char *path, store_names *names) {
  collector into = {.failed = false};
  mb__fault fault = survey->files.list(&survey->files, path, collect, &into);
  if (!fault && into.failed) fault = MB__FAULT_NO_MEMORY;
  if (!fault && into.found.count) qsort(into.found.names, into.found.count, sizeof *into.found.names, compare);
  if (fault) free_names(&into.found);
  *names = into.found;
  return fault;
}

static char *join(const char *folder, const char *name) {
  size_t folder_size = strlen(folder), name_size = strlen(name);
  char *path = malloc(folder_size + name_size + 2);
  if (!path) return NULL;
  memcpy(path, folder, folder_size);
  path[folder_size] = '/';
  memcpy(path + folder_size + 1, name, name_size + 1);
  return path;
}

static bool ends_with(const char *text, const char *end) {
  size_t size = strlen(text), end_size = strlen(end);
  return size >= end_size && strcmp(text + size - end_size, end) == 0;
}

static bool is_client(const char *name) {
  size_t digits = strspn(name, "0123456789");
  return digits && name[digits] == '-' && strspn(name + digits + 1, "0123456789abcdef") == 16 && !name[digits + 17];
}

/* ---- Sessions ---- */

static void say(store_survey *survey, uint64_t *count, const char *path, const char *problem) {
  ++*count;
  if (!survey->silent) console_error(survey->console, "%s: %s", path, problem);
}

static void say_finding(store_survey *survey, const store_session *session) {
  const mb__journal_state *state = &session->state;
  char text[128];
  if (session->is_copy) return;
  if (state->finding == MB__JOURNAL_FOREIGN) say(survey, &survey->unsound, session->path, "no journal");
  if (state->finding == MB__JOURNAL_NEWER) {
    snprintf(text, sizeof text, "version %" PRIu64 " of journals is newer than this program, which knows %d",
             state->version, MB__JOURNAL_VERSION);
    say(survey, &survey->unsound, session->path, text);
  }
  if (state->finding == MB__JOURNAL_DAMAGED) {
    snprintf(text, sizeof text, "damaged: %" PRIu64 " of its %" PRIu64 " bytes are good", state->good_size,
             state->size);
    say(survey, &survey->unsound, session->path, text);
  }
}

uint64_t store_session_waiting(const store_session *session) {
  return session->is_copy ? 0 : session->state.events - session->state.done;
}

static void add_up(store_survey *survey, const store_session *session) {
  store_sums *sums = &survey->sums[session->owner];
  sums->sessions++;
  sums->waiting += store_session_waiting(session);
  sums->bytes += session->state.size;
}

/* False: out of memory. A session that is gone meanwhile was delivered. */
static bool see_session(store_survey *survey, store_session *session) {
  mb__fault fault = mb__journal_read(&survey->files, &mb__c_library, session->path, NULL, &session->state);
  if (!fault) {
    say_finding(survey, session);
    add_up(survey, session);
    if (survey->visit) survey->visit(survey, session);
  } else if (fault != MB__FAULT_ABSENT && fault != MB__FAULT_NO_MEMORY) {
    say(survey, &survey->unreadable, session->path, mb__fault_text(fault));
  }
  mb__journal_state_free(&session->state);
  return fault != MB__FAULT_NO_MEMORY;
}

typedef struct event_filter {
  void *user;
  uint64_t done;
  mb__fault (*event)(void *user, uint64_t number, const char *body, size_t size);
} event_filter;

static mb__fault pass_on(void *user, uint64_t number, const char *body, size_t size) {
  const event_filter *filter = user;
  return number > filter->done ? filter->event(filter->user, number, body, size) : MB__FAULT_OK;
}

mb__fault store_session_events(store_survey *survey, const store_session *session, void *user,
                               mb__fault (*event)(void *user, uint64_t number, const char *body, size_t size)) {
  event_filter filter = {user, session->state.done, event};
  mb__journal_visitor visitor = {.user = &filter, .event = pass_on};
  mb__journal_state again;
  mb__fault fault = mb__journal_read(&survey->files, &mb__c_library, session->path, &visitor, &again);
  mb__journal_state_free(&again);
  return fault;
}

/* ---- Clients ---- */

/* Held by its client for as long as that lives. Looking must not make the file. */
static mb__fault find_owner(const store_survey *survey, const char *folder, store_owner *owner) {
  uint64_t size;
  mb__file lock;
  char *path = join(folder, "lock");
  if (!path) return MB__FAULT_NO_MEMORY;
  *owner = STORE_GONE;
  mb__fault fault = survey->files.measure(&survey->files, path, &size);
  if (!fault) fault = survey->files.lock(&survey->files, path, &lock);
  if (!fault) survey->files.close(&survey->files, lock);
  if (fault == MB__FAULT_HELD) *owner = STORE_ALIVE;
  free(path);
  return fault == MB__FAULT_HELD || fault == MB__FAULT_ABSENT ? MB__FAULT_OK : fault;
}

static bool see_sessions(store_survey *survey, const char *name, const char *folder, store_owner owner,
                         const store_names *files) {
  bool good = true;
  for (size_t i = 0; i < files->count && good; i++) {
    store_session session = {.folder = name, .file = files->names[i], .owner = owner};
    session.is_copy = owner == STORE_ASIDE && ends_with(session.file, ".damaged");
    if (!session.is_copy && !ends_with(session.file, ".journal")) continue;
    char *path = join(folder, session.file);
    session.path = path;
    good = path && see_session(survey, &session);
    free(path);
  }
  return good;
}

static bool see_folder(store_survey *survey, const char *name, const char *folder, bool is_aside) {
  store_names files = {NULL, 0, 0};
  store_owner owner = STORE_ASIDE;
  mb__fault fault = is_aside ? MB__FAULT_OK : find_owner(survey, folder, &owner);
  if (!fault && owner == STORE_ALIVE && survey->without_living) return true;
  if (!fault) fault = list(survey, folder, &files);
  if (fault == MB__FAULT_NO_MEMORY) return false;
  if (fault && fault != MB__FAULT_ABSENT) say(survey, &survey->unreadable, folder, mb__fault_text(fault));
  bool good = see_sessions(survey, name, folder, owner, &files);
  free_names(&files);
  return good;
}

static bool see_name(store_survey *survey, const char *name) {
  bool is_aside = strcmp(name, "aside") == 0;
  char *folder = join(survey->root, name);
  bool good = folder != NULL;
  if (good && (is_aside || is_client(name)))
    good = see_folder(survey, name, folder, is_aside);
  else if (good && survey->console->verbose && !survey->silent)
    console_note(survey->console, "%s is nothing of the store", folder);
  free(folder);
  return good;
}

bool store_survey_run(store_survey *survey) {
  store_names names;
  survey->files = mb__files_posix();
  mb__fault fault = list(survey, survey->root, &names);
  if (fault) return console_error(survey->console, "%s: %s", survey->root, mb__fault_text(fault)), false;
  bool good = true;
  for (size_t i = 0; i < names.count && good; i++) good = see_name(survey, names.names[i]);
  free_names(&names);
  if (!good) console_error(survey->console, "out of memory");
  return good;
}

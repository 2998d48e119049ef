/* The folder of journals: who has what, in which order it waits, what is dropped, what faults, other processes and loss
 * of power leave. */
#define _POSIX_C_SOURCE 200809L
#include "store.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "counted_memory.h"
#include "model_files.h"
#include "random.h"
#include "suite.h"

enum { T0 = 1000000 };

/* One client's store, and what it said. */
typedef struct client {
  counted_memory counted;
  mb__memory memory;
  mb__store_options options;
  mb__store *store;
  text_buffer notes, drops;
} client;

static void on_note(void *user, mb_log_level level, const char *message) {
  (void)level;
  text_add(&((client *)user)->notes, "%s\n", message);
}

static void on_drop(void *user, mb__store_drop reason, bool own, uint64_t events) {
  (void)own;
  text_add(&((client *)user)->drops, "%s %d;", reason == MB__STORE_DROP_AGE ? "age" : "bytes", (int)events);
}

static void prepare(client *c, const mb__files *files, const char *folder) {
  static uint64_t seed;
  memset(c, 0, sizeof *c);
  c->memory = (mb__memory){&c->counted, counted_allocate};
  c->options =
      (mb__store_options){&c->memory, files, folder, ++seed, true, 1000, INT64_MAX, INT64_MAX, c, on_note, on_drop};
}

static void begin(client *c, model_files *model) {
  prepare(c, &model->files, "S");
  OK(mb__store_open(&c->options, &c->store));
}

static void end(client *c) {
  mb__store_free(c->store);
  assert_int_equal(c->counted.blocks, 0);
  text_free(&c->notes);
  text_free(&c->drops);
}

static mb__journal *session(client *c, const char *player, int64_t created) {
  const mb__journal_header header = {"collection-v1", false, player, 1, created};
  mb__journal *journal;
  OK(mb__store_new_journal(c->store, &header, &journal));
  return journal;
}

static void write_event(mb__journal *journal, const char *body) {
  OK(mb__journal_add(journal, body, strlen(body)));
  OK(mb__journal_flush(journal));
}

static mb__journal *session_with_event(client *c, const char *player) {
  mb__journal *journal = session(c, player, T0);
  write_event(journal, "{}");
  return journal;
}

/* A session of some events that is over and waits. */
static void leave_session(client *c, const char *player, int64_t created, int events) {
  mb__journal *journal = session(c, player, created);
  for (int i = 0; i < events; i++) write_event(journal, "{}");
  OK(mb__store_let_go(c->store, journal));
}

/* A session of one event by a client that is gone. */
static void leave_client(model_files *model, int64_t created) {
  client c;
  begin(&c, model);
  leave_session(&c, "x", created, 1);
  end(&c);
}

static mb__fault add_body(void *user, uint64_t number, const char *body, size_t size) {
  (void)number;
  text_add(user, "%.*s", (int)size, body);
  return MB__FAULT_OK;
}

static bool next(client *c, mb__store_name *name) {
  bool found;
  OK(mb__store_next(c->store, name, &found));
  return found;
}

/* Takes all that waits, oldest first, and removes it: "player done/events bodies;". */
static void drain(client *c, text_buffer *sent) {
  mb__store_name name = {0};
  while (next(c, &name)) {
    mb__journal_state state;
    mb__journal *journal;
    const mb__journal_visitor visitor = {sent, NULL, add_body};
    OK(mb__store_take(c->store, name, &state, &journal));
    if (journal) {
      text_add(sent, "%s %d/%d ", state.header.player, (int)state.done, (int)state.events);
      mb__journal_state_free(&state);
      OK(mb__store_read(c->store, name, &visitor, &state));
      text_add(sent, ";");
      OK(mb__store_remove(c->store, journal));
    }
    mb__journal_state_free(&state);
  }
}

static void assert_drains(client *c, const char *expected) {
  text_buffer sent = {0};
  drain(c, &sent);
  assert_string_equal(text_of(&sent), expected);
  text_free(&sent);
}

static void assert_totals(client *c, uint64_t sessions) {
  uint64_t counted, bytes;
  OK(mb__store_totals(c->store, &counted, &bytes));
  assert_int_equal(counted, sessions);
  assert_int_equal(bytes != 0, sessions != 0);
}

static size_t adopt(client *c) {
  size_t adopted;
  OK(mb__store_adopt(c->store, &adopted));
  return adopted;
}

static void assert_noted(client *c, const char *part) {
  if (!strstr(text_of(&c->notes), part)) fail_msg("not noted: %s\nbut: %s", part, text_of(&c->notes));
}

/* --- One client --- */

TEST(a_store_that_is_not_used_leaves_nothing) {
  model_files *model = model_new();
  client c;
  begin(&c, model);
  assert_int_equal(model_count(model, "/lock"), 1);
  end(&c);
  assert_int_equal(model_count(model, "S/"), 0);
  model_free(model);
}

TEST(sessions_are_files_and_wait_oldest_first) {
  model_files *model = model_new();
  client c;
  begin(&c, model);
  leave_session(&c, "a", T0, 2);
  mb__journal *open = session(&c, "open", T0 + 1);
  write_event(open, "{\"a\":1}");
  leave_session(&c, "b", T0 + 1, 1);
  leave_session(&c, "c", T0 + 2, 3);
  assert_int_equal(model_count(model, "/000000001000001-000002.journal"), 1);
  assert_totals(&c, 4);
  assert_drains(&c, "a 0/2 {}{};b 0/1 {};c 0/3 {}{}{};");
  assert_totals(&c, 1);
  OK(mb__journal_mark_done(open, 1));
  OK(mb__store_let_go(c.store, open));
  assert_drains(&c, "open 1/1 {\"a\":1};");
  assert_totals(&c, 0);
  end(&c);
  assert_int_equal(model_count(model, "S/"), 0);
  model_free(model);
}

TEST(names_grow_when_the_clock_steps_back) {
  model_files *model = model_new();
  client c;
  begin(&c, model);
  leave_session(&c, "a", T0, 1);
  leave_session(&c, "a year back", 5, 1);
  leave_session(&c, "b", T0 + 7, 1);
  assert_drains(&c, "a 0/1 {};a year back 0/1 {};b 0/1 {};");
  end(&c);
  model_free(model);
}

TEST(a_session_that_is_done_leaves_no_file) {
  model_files *model = model_new();
  client c;
  begin(&c, model);
  mb__journal *journal = session_with_event(&c, "a");
  OK(mb__store_remove(c.store, journal));
  assert_int_equal(model_count(model, ".journal"), 0);
  assert_totals(&c, 0);
  end(&c);
  model_free(model);
}

static mb__fault open_with(client *c, model_files *model, const char *folder, const char *note) {
  prepare(c, &model->files, folder);
  mb__fault fault = mb__store_open(&c->options, &c->store);
  assert_null(c->store);
  assert_string_equal(text_of(&c->notes), note);
  end(c);
  return fault;
}

TEST(what_is_wrong_with_a_folder_is_said) {
  model_files *model = model_new();
  client c;
  assert_int_equal(open_with(&c, model, "no/S", "store no/S: no such file or folder\n"), MB__FAULT_ABSENT);
  model_put(model, "file", "", 0);
  assert_int_equal(open_with(&c, model, "file", "store file: not a folder\n"), MB__FAULT_NOT_A_FOLDER);
  model->read_only_at = "S";
  assert_int_equal(open_with(&c, model, "S", "store S: the file system is read-only\n"), MB__FAULT_READ_ONLY);
  model->read_only_at = NULL;
  model->fail_at = model->calls + 1;
  model->fault = MB__FAULT_DENIED;
  assert_int_equal(open_with(&c, model, "S", "store S: permission denied\n"), MB__FAULT_DENIED);
  model->fail_at = model->calls + 2;
  model->fault = MB__FAULT_NO_SPACE;
  assert_int_equal(open_with(&c, model, "S", "store S: no space left\n"), MB__FAULT_NO_SPACE);
  model->most_open = 0;
  assert_int_equal(open_with(&c, model, "S", "store S: too many open files\n"), MB__FAULT_TOO_MANY_FILES);
  model_free(model);
}

/* --- Several clients --- */

TEST(a_folder_of_the_living_is_not_adopted) {
  model_files *model = model_new();
  client one, two;
  begin(&one, model);
  leave_session(&one, "a", T0, 1);
  begin(&two, model);
  assert_int_equal(adopt(&two), 0);
  assert_drains(&two, "");
  assert_drains(&one, "a 0/1 {};");
  assert_string_equal(text_of(&two.notes), "");
  end(&one);
  end(&two);
  assert_int_equal(model_count(model, "S/"), 0);
  model_free(model);
}

/* What a client lets wait when it ends goes to the first who asks. */
TEST(a_folder_that_was_left_is_adopted_once) {
  model_files *model = model_new();
  client one, two, three;
  begin(&one, model);
  leave_session(&one, "a", T0, 1);
  write_event(session(&one, "open", T0 + 1), "{}");
  end(&one);
  begin(&two, model);
  begin(&three, model);
  assert_int_equal(adopt(&two), 1);
  assert_int_equal(adopt(&three), 0);
  assert_int_equal(adopt(&two), 0);
  assert_totals(&two, 2);
  leave_session(&two, "own", T0 - 1, 1);
  assert_drains(&two, "own 0/1 {};a 0/1 {};open 0/1 {};");
  assert_int_equal(model_count(model, "/lock"), 2); /* the adopted folder is gone already */
  end(&two);
  end(&three);
  assert_int_equal(model_count(model, "S/"), 0);
  model_free(model);
}

TEST(many_folders_are_adopted_by_and_by) {
  enum { DEAD = 100 };
  model_files *model = model_new();
  client c;
  for (int i = 0; i < DEAD; i++) leave_client(model, T0 + i);
  begin(&c, model);
  text_buffer sent = {0};
  size_t first = adopt(&c);
  assert_int_equal(first, MB__STORE_MOST_ADOPTED);
  drain(&c, &sent);
  assert_int_equal(adopt(&c), DEAD - first);
  drain(&c, &sent);
  assert_int_equal(strlen(text_of(&sent)), DEAD * strlen("x 0/1 {};"));
  text_free(&sent);
  end(&c);
  assert_int_equal(model_count(model, "S/"), 0);
  model_free(model);
}

/* What cannot be listed is counted later. */
TEST(totals_that_cannot_be_had) {
  model_files *model = model_new();
  uint64_t sessions, bytes;
  client c;
  leave_client(model, T0);
  begin(&c, model);
  adopt(&c);
  model->fail_at = model->calls + 1;
  assert_int_equal(mb__store_totals(c.store, &sessions, &bytes), MB__FAULT_FAILED);
  assert_totals(&c, 1);
  end(&c);
  model_free(model);
}

/* Files run out while adopting: what was adopted before stays, the rest comes later. */
TEST(file_handles_run_out) {
  const mb__journal_header header = {"collection-v1", false, "x", 1, T0};
  model_files *model = model_new();
  mb__journal *journal;
  client c;
  for (int i = 0; i < 5; i++) leave_client(model, T0 + i);
  begin(&c, model);
  size_t adopted;
  model->most_open = 3;
  assert_int_equal(mb__store_adopt(c.store, &adopted), MB__FAULT_TOO_MANY_FILES);
  assert_int_equal(adopted, 2);
  assert_int_equal(mb__store_new_journal(c.store, &header, &journal), MB__FAULT_TOO_MANY_FILES);
  mb__store_name name = {0};
  bool found;
  assert_int_equal(mb__store_next(c.store, &name, &found), MB__FAULT_TOO_MANY_FILES);
  model->most_open = MODEL_UNLIMITED;
  assert_int_equal(adopt(&c), 3);
  assert_drains(&c, "x 0/1 {};x 0/1 {};x 0/1 {};x 0/1 {};x 0/1 {};");
  end(&c);
  model_free(model);
}

/* --- What is found --- */

static void put_waiting(model_files *model, const char *name, const char *bytes, size_t size) {
  char path[100];
  snprintf(path, sizeof path, "S/1-0123456789abcdef/%s", name);
  model_put(model, path, bytes, size);
}

/* The bytes of a journal with three events. */
static size_t journal_bytes(char *bytes, size_t room) {
  model_files *model = model_new();
  size_t size;
  client c;
  begin(&c, model);
  leave_session(&c, "x", T0, 3);
  const char *written = model_read(model, model_path(model, ".journal", 0), &size);
  assert_in_range(size, 1, room);
  memcpy(bytes, written, size);
  end(&c);
  model_free(model);
  return size;
}

TEST(what_is_found_is_mended_or_left_alone) {
  model_files *model = model_new();
  char bytes[512], damaged[512];
  client c;
  size_t size = journal_bytes(bytes, sizeof bytes);
  memcpy(damaged, bytes, size);
  damaged[size - 15] ^= 1; /* in the last but one line */
  begin(&c, model);
  OK(model->files.make_folder(&model->files, "S/1-0123456789abcdef"));
  put_waiting(model, "000000000000001-000001.journal", bytes, size);
  put_waiting(model, "000000000000002-000001.journal", bytes, size - 3);
  put_waiting(model, "000000000000003-000001.journal", damaged, size);
  put_waiting(model, "000000000000004-000001.journal", "", 0);
  put_waiting(model, "000000000000005-000001.journal", "{\"mediabeat\":1 oh\n", 18);
  put_waiting(model, "000000000000006-000001.journal", "Dear diary\n", 11);
  put_waiting(model, "000000000000007-000001.journal", "{\"mediabeat\":2}\td75d4fbe\n", 25);
  put_waiting(model, "notes.txt", "", 0);
  put_waiting(model, "000000000000008-1.journal", bytes, size);
  put_waiting(model, "100000000000000000001-000001.journal", bytes, size);
  model_put(model, "S/README", "", 0);
  assert_int_equal(adopt(&c), 1);
  uint64_t sessions, total;
  OK(mb__store_totals(c.store, &sessions, &total));
  assert_int_equal(sessions, 7);
  assert_drains(&c, "x 0/3 {}{}{};x 0/2 {}{};x 0/1 {};");
  OK(mb__store_totals(c.store, &sessions, &total));
  assert_int_equal(sessions, 2); /* those that are left alone */
  assert_int_equal(total, 11 + 25);
  assert_drains(&c, "");
  adopt(&c);
  const char *const expected =
      "store: S/README is nothing of ours and is left alone\n"
      "store: S/1-0123456789abcdef/100000000000000000001-000001.journal is no journal and is left alone\n"
      "store: S/1-0123456789abcdef/000000000000008-1.journal is no journal and is left alone\n"
      "store: S/1-0123456789abcdef/notes.txt is no journal and is left alone\n"
      "store: S/1-0123456789abcdef/000000000000002-000001.journal: a torn last line was cut off\n"
      "store: S/1-0123456789abcdef/000000000000003-000001.journal is damaged; its good lines are used, all of it is in "
      "S/aside/000000000000003-000001-1-0123456789abcdef.damaged\n"
      "store: S/1-0123456789abcdef/000000000000004-000001.journal was empty and is removed\n"
      "store: S/1-0123456789abcdef/000000000000005-000001.journal is damaged; its good lines are used, all of it is in "
      "S/aside/000000000000005-000001-1-0123456789abcdef.damaged\n"
      "store: S/1-0123456789abcdef/000000000000006-000001.journal is no journal and is left alone\n"
      "store: S/1-0123456789abcdef/000000000000007-000001.journal has version 2, this library knows 1; it is left "
      "alone\n";
  assert_string_equal(text_of(&c.notes), expected);
  end(&c);
  assert_int_equal(model_count(model, ".damaged"), 2);
  assert_int_equal(model_count(model, ".journal"), 4);
  assert_memory_equal(model_read(model, "S/aside/000000000000003-000001-1-0123456789abcdef.damaged", &size), damaged,
                      size);
  model_free(model);
}

/* Without room for the copy a damaged journal waits. */
TEST(a_damaged_journal_and_a_full_disk) {
  model_files *model = model_new();
  char bytes[512];
  size_t size = journal_bytes(bytes, sizeof bytes);
  mb__store_name name = {0};
  mb__journal_state state;
  mb__journal *journal;
  client c;
  bytes[size - 15] ^= 1;
  begin(&c, model);
  OK(model->files.make_folder(&model->files, "S/1-0123456789abcdef"));
  put_waiting(model, "000000000000001-000001.journal", bytes, size);
  adopt(&c);
  assert_true(next(&c, &name));
  model->capacity = size + 10;
  assert_int_equal(mb__store_take(c.store, name, &state, &journal), MB__FAULT_NO_SPACE);
  assert_null(journal);
  mb__journal_state_free(&state);
  assert_int_equal(model_count(model, ".damaged"), 0);
  model->capacity = MODEL_UNLIMITED;
  assert_drains(&c, "x 0/1 {};");
  end(&c);
  model_free(model);
}

/* --- Many --- */

/* In order over several folders, though each is listed backwards; a listing for each 256, and open ones passed over. */
TEST(a_thousand_wait) {
  enum { SESSIONS = 1000, CLIENTS = 4 };
  model_files *model = model_new();
  mb__store_name name = {0}, before;
  mb__journal *open[10];
  client c;
  for (int i = 0; i < CLIENTS; i++) {
    begin(&c, model);
    for (int j = i; j < SESSIONS; j += CLIENTS) leave_session(&c, "x", T0 + j, 1);
    end(&c);
  }
  begin(&c, model);
  assert_int_equal(adopt(&c), CLIENTS);
  for (int i = 0; i < 10; i++) open[i] = session(&c, "open", T0 + 100 * i);
  size_t lists = model->lists, blocks = c.counted.blocks;
  for (int i = 0; i < SESSIONS; i++) {
    before = name;
    assert_true(next(&c, &name));
    assert_int_equal(name.created, T0 + i);
    assert_true(next(&c, &before));
    assert_int_equal(before.created, T0 + i);
  }
  assert_false(next(&c, &name));
  assert_in_range(model->lists - lists, 1, (CLIENTS + 1) * 5);
  assert_int_equal(c.counted.blocks, blocks);
  lists = model->lists;
  for (int i = 0; i < 1000; i++) next(&c, &name);
  assert_int_equal(model->lists, lists);
  for (int i = 0; i < 10; i++) OK(mb__store_remove(c.store, open[i]));
  end(&c);
  model_free(model);
}

/* One that is let go while others are looked at is met in its place, or by the next who begins at the front. */
TEST(what_is_let_go_later_is_met) {
  model_files *model = model_new();
  mb__store_name name = {0};
  client c;
  begin(&c, model);
  mb__journal *first = session(&c, "first", T0), *third = session(&c, "third", T0 + 2);
  write_event(first, "{}");
  write_event(third, "{}");
  leave_session(&c, "second", T0 + 3, 1);
  assert_true(next(&c, &name));
  assert_int_equal(name.created, T0 + 3);
  OK(mb__store_let_go(c.store, third));
  OK(mb__store_let_go(c.store, first));
  assert_false(next(&c, &name));
  assert_drains(&c, "first 0/1 {};third 0/1 {};second 0/1 {};");
  end(&c);
  model_free(model);
}

/* --- Bounds --- */

TEST(bounded_by_bytes) {
  model_files *model = model_new();
  uint64_t sessions, bytes;
  client c;
  prepare(&c, &model->files, "S");
  c.options.max_bytes = 1000;
  OK(mb__store_open(&c.options, &c.store));
  mb__journal *open = session_with_event(&c, "open");
  for (int i = 1; i <= 10; i++) leave_session(&c, "x", T0 + i, i);
  OK(mb__store_enforce_bounds(c.store, T0));
  assert_string_equal(text_of(&c.drops), "bytes 1;bytes 2;bytes 3;bytes 4;bytes 5;bytes 6;");
  OK(mb__store_totals(c.store, &sessions, &bytes));
  assert_int_equal(sessions, 5);
  assert_in_range(bytes, 800, 1000);
  size_t lists = model->lists;
  for (int i = 0; i < 100; i++) OK(mb__store_enforce_bounds(c.store, T0));
  assert_int_equal(model->lists, lists);
  OK(mb__journal_mark_done(open, 1));
  end(&c);
  model_free(model);
}

TEST(bounded_by_age) {
  model_files *model = model_new();
  client c;
  begin(&c, model);
  for (int i = 0; i < 3; i++) leave_session(&c, "old", T0 + i, 2);
  end(&c);
  prepare(&c, &model->files, "S");
  c.options.max_age_ms = 100;
  OK(mb__store_open(&c.options, &c.store));
  adopt(&c);
  mb__journal *open = session(&c, "open", T0);
  OK(mb__store_enforce_bounds(c.store, T0 + 99));
  assert_string_equal(text_of(&c.drops), "");
  OK(mb__store_enforce_bounds(c.store, T0 + 101));
  assert_string_equal(text_of(&c.drops), "age 2;age 2;");
  OK(mb__store_let_go(c.store, open));
  OK(mb__store_enforce_bounds(c.store, T0 + 101));
  assert_string_equal(text_of(&c.drops), "age 2;age 2;age 0;");
  OK(mb__store_enforce_bounds(c.store, T0 + 1000));
  assert_string_equal(text_of(&c.drops), "age 2;age 2;age 0;age 2;");
  assert_totals(&c, 0);
  end(&c);
  model_free(model);
}

/* What is adopted later may be older than all that was known. */
TEST(bounded_by_age_when_adopted_later) {
  model_files *model = model_new();
  client c;
  prepare(&c, &model->files, "S");
  c.options.max_age_ms = 100;
  OK(mb__store_open(&c.options, &c.store));
  OK(mb__store_enforce_bounds(c.store, T0 + 500));
  leave_client(model, T0);
  assert_int_equal(adopt(&c), 1);
  OK(mb__store_enforce_bounds(c.store, T0 + 500));
  assert_string_equal(text_of(&c.drops), "age 1;");
  end(&c);
  model_free(model);
}

TEST(a_newer_version_is_not_dropped) {
  model_files *model = model_new();
  client c;
  prepare(&c, &model->files, "S");
  c.options.max_bytes = 0;
  OK(mb__store_open(&c.options, &c.store));
  OK(model->files.make_folder(&model->files, "S/1-0123456789abcdef"));
  put_waiting(model, "000000000000007-000001.journal", "{\"mediabeat\":2}\td75d4fbe\n", 25);
  adopt(&c);
  leave_session(&c, "x", T0, 1);
  OK(mb__store_enforce_bounds(c.store, T0));
  assert_string_equal(text_of(&c.drops), "bytes 1;");
  assert_int_equal(model_count(model, ".journal"), 1);
  assert_noted(&c, "has version 2");
  end(&c);
  model_free(model);
}

/* --- Aside, erasing --- */

TEST(set_aside) {
  model_files *model = model_new();
  mb__journal_state state;
  client c;
  begin(&c, model);
  mb__journal *journal = session_with_event(&c, "x");
  OK(mb__store_set_aside(c.store, journal, "no such report suite"));
  assert_totals(&c, 0);
  assert_drains(&c, "");
  end(&c);
  const char *path = model_path(model, "S/aside/000000001000000-000001-4711-", 0);
  assert_non_null(path);
  OK(mb__journal_read(&model->files, &mb__c_library, path, NULL, &state));
  assert_string_equal(state.aside, "no such report suite");
  assert_int_equal(state.events, 1);
  mb__journal_state_free(&state);
  model_free(model);
}

TEST(what_cannot_be_set_aside_waits_with_the_message) {
  model_files *model = model_new();
  mb__journal_state state;
  mb__store_name name = {0};
  client c;
  begin(&c, model);
  mb__journal *journal = session_with_event(&c, "x");
  model->read_only_at = "S/aside";
  assert_int_equal(mb__store_set_aside(c.store, journal, "no"), MB__FAULT_READ_ONLY);
  model->read_only_at = NULL;
  assert_true(next(&c, &name));
  OK(mb__store_take(c.store, name, &state, &journal));
  assert_string_equal(state.aside, "no");
  mb__journal_state_free(&state);
  OK(mb__store_set_aside(c.store, journal, "no"));
  end(&c);
  model_free(model);
}

/* A journal that is done but cannot be removed is not met again. */
TEST(what_cannot_be_removed_is_not_sent_again) {
  model_files *model = model_new();
  client c;
  begin(&c, model);
  mb__journal *journal = session_with_event(&c, "x");
  model->read_only_at = "S";
  assert_int_equal(mb__store_remove(c.store, journal), MB__FAULT_READ_ONLY);
  model->read_only_at = NULL;
  assert_drains(&c, "");
  end(&c);
  model_free(model);
}

TEST(erasing) {
  enum { DEAD = 70 };
  model_files *model = model_new();
  client living, c;
  for (int i = 0; i < DEAD; i++) leave_client(model, T0);
  begin(&living, model);
  leave_session(&living, "living", T0, 1);
  begin(&c, model);
  OK(model->files.make_folder(&model->files, "S/1-0123456789abcdef"));
  put_waiting(model, "notes.txt", "", 0);
  OK(mb__store_set_aside(c.store, session(&c, "aside", T0), "no"));
  model_put(model, "S/aside/notes.txt", "", 0);
  leave_session(&c, "waits", T0, 1);
  mb__journal *open = session_with_event(&c, "open");
  OK(mb__store_erase(c.store));
  assert_int_equal(model_count(model, ".journal"), 1);
  assert_int_equal(mb__journal_flush(open), MB__FAULT_GIVEN_UP);
  assert_totals(&c, 0);
  OK(mb__store_remove(c.store, open));
  assert_totals(&c, 0);
  leave_session(&c, "again", T0, 1);
  assert_totals(&c, 1);
  assert_drains(&c, "again 0/1 {};");
  assert_drains(&living, "living 0/1 {};");
  end(&c);
  end(&living);
  assert_int_equal(model_count(model, ".txt"), 2);
  assert_int_equal(model_count(model, "S/"), 2);
  model_free(model);
}

/* What fails is skipped, and found by the next try. True when nothing failed any more. */
static bool erase_with(int dead, size_t memory_at, size_t call_at) {
  model_files *model = model_new();
  client c;
  for (int i = 0; i < dead; i++) leave_client(model, T0);
  begin(&c, model);
  OK(mb__store_set_aside(c.store, session(&c, "aside", T0), "no"));
  leave_session(&c, "waits", T0, 1);
  mb__journal *open = session_with_event(&c, "open");
  c.counted.calls = 0;
  c.counted.fail_at = memory_at;
  model->fail_at = call_at ? model->calls + call_at : 0;
  mb__fault fault = mb__store_erase(c.store);
  bool failed = c.counted.failures || (call_at && model->calls >= model->fail_at);
  c.counted.fail_at = model->fail_at = 0;
  if (!failed) OK(fault);
  if (fault) OK(mb__store_erase(c.store));
  assert_int_equal(model_count(model, ".journal"), 0);
  assert_totals(&c, 0);
  OK(mb__store_remove(c.store, open));
  assert_totals(&c, 0);
  end(&c);
  model_free(model);
  return !failed;
}

TEST(erasing_while_something_fails) {
  for (int dead = 0; dead <= 3; dead += 3) {
    size_t memory_at = 1, call_at = 1;
    while (!erase_with(dead, memory_at, 0)) memory_at++;
    while (!erase_with(dead, 0, call_at)) call_at++;
    assert_in_range(call_at, 8, 1000);
    assert_in_range(memory_at, dead ? 5 : 1, 1000);
  }
}

/* --- Syncing --- */

TEST(synced_at_most_once_in_an_interval) {
  model_files *model = model_new();
  client c;
  begin(&c, model);
  assert_int_equal(mb__store_next_deadline(c.store), INT64_MAX);
  mb__journal *one = session(&c, "one", T0), *two = session(&c, "two", T0);
  for (int64_t now = T0; now <= T0 + 10000; now += 100) {
    write_event(one, "{}");
    if (now < T0 + 5000) write_event(two, "{}");
    if (now >= mb__store_next_deadline(c.store)) OK(mb__store_tick(c.store, now));
  }
  assert_int_equal(model->syncs, 11 + 6);
  OK(mb__store_tick(c.store, T0 + 20000));
  assert_int_equal(mb__store_next_deadline(c.store), INT64_MAX);
  size_t calls = model->calls;
  OK(mb__store_tick(c.store, T0 + 30000));
  assert_int_equal(model->calls, calls);
  end(&c);
  model_free(model);
}

/* Or it would be sent again. */
TEST(a_session_that_is_done_does_not_come_back) {
  enum { MOST = 16 };
  model_files *model = model_new();
  size_t steps[MOST];
  model_fate fates[MOST];
  client c;
  begin(&c, model);
  mb__journal *journal = session_with_event(&c, "x");
  OK(mb__journal_sync(journal));
  OK(mb__store_tick(c.store, T0));
  OK(mb__store_remove(c.store, journal));
  assert_int_equal(mb__store_next_deadline(c.store), T0 + 1000);
  OK(mb__store_tick(c.store, T0 + 1000));
  size_t count = model_unsynced(model, model->step_count, steps, MOST);
  for (size_t i = 0; i < count; i++) fates[i] = MODEL_LOST;
  model_files *after = model_lose_power(model, model->step_count, steps, fates, count);
  assert_int_equal(model_count(after, ".journal"), 0);
  model_free(after);
  end(&c);
  model_free(model);
}

TEST(a_sync_that_fails_is_tried_again) {
  model_files *model = model_new();
  client c;
  begin(&c, model);
  session_with_event(&c, "x");
  model->fail_at = model->calls + 1;
  assert_int_equal(mb__store_tick(c.store, T0), MB__FAULT_FAILED);
  assert_int_equal(mb__store_next_deadline(c.store), T0 + 1000);
  OK(mb__store_tick(c.store, T0 + 1000));
  assert_int_equal(mb__store_next_deadline(c.store), INT64_MAX);
  end(&c);
  model_free(model);
}

TEST(without_power_nothing_is_synced) {
  model_files *model = model_new();
  client c;
  prepare(&c, &model->files, "S");
  c.options.power = false;
  OK(mb__store_open(&c.options, &c.store));
  leave_session(&c, "x", T0, 3);
  OK(mb__store_set_aside(c.store, session(&c, "x", T0), "no"));
  assert_int_equal(mb__store_next_deadline(c.store), INT64_MAX);
  OK(mb__store_tick(c.store, T0 + 100000));
  end(&c);
  assert_int_equal(model->syncs + model->folder_syncs, 0);
  model_free(model);
}

/* --- Loss of power --- */

enum { PLAYERS = 5, MOST_PROMISES = 64 };

/* From this step on, so many events of a player must be found; -1: from here on it may be gone. */
typedef struct promise {
  size_t step;
  int player, events;
} promise;

typedef struct power_run {
  model_files *model;
  client c;
  int written[PLAYERS];
  promise promises[MOST_PROMISES];
  int promise_count;
  size_t aside_step; /* from here on something is set aside */
} power_run;

static void promised(power_run *r, int player, int events) {
  assert_in_range(r->promise_count, 0, MOST_PROMISES - 1);
  r->promises[r->promise_count++] = (promise){r->model->step_count, player, events};
}

static void write_numbered(power_run *r, mb__journal *journal, int player) {
  char body[32];
  snprintf(body, sizeof body, "{\"n\":%d}", ++r->written[player]);
  write_event(journal, body);
}

static mb__journal *player(power_run *r, int number, int64_t created) {
  char name[2] = {(char)('0' + number), 0};
  return session(&r->c, name, created);
}

/* Sessions in every state: open, let go, done, set aside. */
static void run_with_power(power_run *r) {
  mb__journal *a = player(r, 0, T0);
  write_numbered(r, a, 0);
  write_numbered(r, a, 0);
  OK(mb__store_tick(r->c.store, T0));
  promised(r, 0, 2);
  mb__journal *b = player(r, 1, T0 + 1);
  write_numbered(r, b, 1);
  write_numbered(r, a, 0);
  OK(mb__journal_mark_opening(a));
  OK(mb__journal_mark_opened(a, "id", ""));
  OK(mb__journal_mark_done(a, 1));
  OK(mb__journal_sync(b));
  promised(r, 1, 1);
  OK(mb__store_tick(r->c.store, T0 + 1000));
  promised(r, 0, 3);
  write_numbered(r, b, 1);
  OK(mb__store_let_go(r->c.store, b));
  promised(r, 1, 2);
  mb__journal *c = player(r, 2, T0 + 2);
  write_numbered(r, c, 2);
  OK(mb__journal_sync(c));
  promised(r, 2, 1);
  mb__journal *d = player(r, 3, T0 + 3);
  write_numbered(r, d, 3);
  OK(mb__journal_sync(d));
  promised(r, 3, 1);
  write_numbered(r, a, 0);
  promised(r, 2, -1);
  OK(mb__store_remove(r->c.store, c));
  OK(mb__store_set_aside(r->c.store, d, "no"));
  r->aside_step = r->model->step_count;
  write_numbered(r, a, 0);
  OK(mb__store_tick(r->c.store, T0 + 2000));
  promised(r, 0, 5);
  mb__journal *last = player(r, 4, T0 + 4);
  for (int64_t now = T0 + 3000; now < T0 + 6000; now += 1000) {
    for (int i = 0; i < 4; i++) write_numbered(r, i % 2 ? a : last, i % 2 ? 0 : 4);
    OK(mb__journal_mark_done(a, (uint64_t)r->written[0] - 1));
    OK(mb__store_tick(r->c.store, now));
    promised(r, 0, r->written[0]);
    promised(r, 4, r->written[4]);
  }
  write_numbered(r, a, 0);
  write_numbered(r, last, 4);
  OK(mb__store_let_go(r->c.store, last));
  promised(r, 4, r->written[4]);
}

static int promised_at(const power_run *r, int number, size_t cut) {
  int events = 0;
  for (int i = 0; i < r->promise_count && r->c.options.power; i++)
    if (r->promises[i].player == number && r->promises[i].step <= cut) events = r->promises[i].events;
  return events < 0 ? 0 : events;
}

/* Bodies must be the first so many of what was written, in order. */
static mb__fault check_body(void *user, uint64_t number, const char *body, size_t size) {
  char expected[32];
  int length = snprintf(expected, sizeof expected, "{\"n\":%d}", (int)number);
  assert_int_equal(size, length);
  assert_memory_equal(body, expected, size);
  *(int *)user = (int)number;
  return MB__FAULT_OK;
}

static void find_player(const mb__journal_state *state, int events, int found[PLAYERS]) {
  int number = state->header.player[0] - '0';
  assert_in_range(number, 0, PLAYERS - 1);
  assert_int_equal(found[number], 0);
  found[number] = events;
}

static void find_waiting(client *c, int found[PLAYERS]) {
  mb__store_name name = {0};
  while (next(c, &name)) {
    mb__journal_state state;
    mb__journal *journal;
    int events = 0;
    const mb__journal_visitor visitor = {&events, NULL, check_body};
    OK(mb__store_take(c->store, name, &state, &journal));
    if (journal) {
      mb__journal_state_free(&state);
      OK(mb__store_read(c->store, name, &visitor, &state));
      assert_int_equal(state.finding, MB__JOURNAL_GOOD);
      find_player(&state, events, found);
      OK(mb__store_remove(c->store, journal));
    }
    mb__journal_state_free(&state);
  }
}

static void find_aside(model_files *model, int found[PLAYERS]) {
  const char *path;
  for (size_t i = 0; (path = model_path(model, "S/aside/", i)) != NULL; i++) {
    mb__journal_state state;
    int events = 0;
    const mb__journal_visitor visitor = {&events, NULL, check_body};
    OK(mb__journal_read(&model->files, &mb__c_library, path, &visitor, &state));
    if (strstr(path, ".journal") && state.good_size) find_player(&state, events, found);
    mb__journal_state_free(&state);
  }
}

static void check_after(const power_run *r, size_t cut, const size_t *steps, const model_fate *fates, size_t count) {
  model_files *after = model_lose_power(r->model, cut, steps, fates, count);
  int found[PLAYERS] = {0};
  client c;
  if (r->c.options.power && cut >= r->aside_step) assert_int_equal(model_count(after, "S/aside/"), 1);
  begin(&c, after);
  adopt(&c);
  find_waiting(&c, found);
  find_aside(after, found);
  for (int i = 0; i < PLAYERS; i++)
    if (found[i] < promised_at(r, i, cut))
      fail_msg("after step %d player %d has %d events of %d", (int)cut, i, found[i], promised_at(r, i, cut));
  end(&c);
  model_free(after);
}

/* All subsets when there are few, else random ones; in these half of a write may be lost too. */
static int check_cut(const power_run *r, size_t cut, uint64_t *random) {
  enum { MOST = 64, FEW = 7, RANDOM = 150 };
  size_t steps[MOST];
  model_fate fates[MOST];
  size_t count = model_unsynced(r->model, cut, steps, MOST);
  int outcomes = count <= FEW ? 1 << count : RANDOM;
  for (int i = 0; i < outcomes; i++) {
    for (size_t j = 0; j < count; j++)
      fates[j] = (model_fate)(count <= FEW ? i >> j & 1 : (int)mb__random_below(random, 3));
    check_after(r, cut, steps, fates, count);
  }
  return outcomes;
}

static void lose_power_everywhere(bool power, int least) {
  power_run r = {.model = model_new()};
  uint64_t random = 1;
  int outcomes = 0;
  prepare(&r.c, &r.model->files, "S");
  r.c.options.power = power;
  OK(mb__store_open(&r.c.options, &r.c.store));
  run_with_power(&r);
  for (size_t cut = 0; cut <= r.model->step_count; cut++) outcomes += check_cut(&r, cut, &random);
  assert_in_range(outcomes, least, 20000);
  end(&r.c);
  model_free(r.model);
}

TEST(power_is_lost_at_any_point) { lose_power_everywhere(true, 500); }

/* Nothing is promised then, but what is found is what was written, up to somewhere. */
TEST(power_is_lost_and_nothing_was_synced) { lose_power_everywhere(false, 3000); }

/* All of a damaged journal is at one of two places, whatever part of what was not synced is lost. */
static bool has_bytes(const model_files *model, const char *part, const char *bytes, size_t size) {
  size_t found;
  for (size_t i = 0; model_path(model, part, i); i++) {
    const char *there = model_read(model, model_path(model, part, i), &found);
    if (found == size && memcmp(there, bytes, size) == 0) return true;
  }
  return false;
}

static void check_damaged(const model_files *model, size_t cut, const char *bytes, size_t size) {
  enum { MOST = 12 };
  size_t steps[MOST], count = model_unsynced(model, cut, steps, MOST);
  assert_in_range(count, 0, MOST - 1);
  for (int i = 0; i < 1 << count; i++) {
    model_fate fates[MOST];
    for (size_t j = 0; j < count; j++) fates[j] = (model_fate)(i >> j & 1);
    model_files *after = model_lose_power(model, cut, steps, fates, count);
    if (!has_bytes(after, "", bytes, size)) fail_msg("after step %d, loss %x: it is lost", (int)cut, (unsigned)i);
    model_free(after);
  }
}

/* As files that somebody wrote and synced. */
static void write_synced(model_files *model, const char *folder, const char *path, const char *bytes, size_t size) {
  const mb__files *files = &model->files;
  mb__file file;
  OK(files->make_folder(files, folder));
  OK(files->open(files, path, MB__OPEN_NEW, &file));
  OK(files->write(files, file, bytes, size));
  OK(files->sync(files, file));
  files->close(files, file);
  OK(files->sync_folder(files, folder));
  OK(files->sync_folder(files, "S"));
}

TEST(power_is_lost_while_a_damaged_journal_is_copied) {
  model_files *model = model_new();
  mb__store_name name = {0};
  mb__journal_state state;
  mb__journal *journal;
  char bytes[512];
  client c;
  size_t size = journal_bytes(bytes, sizeof bytes);
  bytes[size - 15] ^= 1;
  begin(&c, model);
  write_synced(model, "S/1-0123456789abcdef", "S/1-0123456789abcdef/000000000000001-000001.journal", bytes, size);
  size_t first = model->step_count;
  adopt(&c);
  assert_true(next(&c, &name));
  OK(mb__store_take(c.store, name, &state, &journal));
  OK(mb__store_let_go(c.store, journal));
  mb__journal_state_free(&state);
  for (size_t cut = first; cut <= model->step_count; cut++) check_damaged(model, cut, bytes, size);
  end(&c);
  model_free(model);
}

/* --- Every fault, every allocation --- */

/* A client's life over what another has left: the first fault, and how many journals it was done with. */
static mb__fault live(client *c, size_t *removed) {
  const mb__journal_header header = {"collection-v1", true, "new", 1, T0 + 50};
  mb__journal *journal = NULL;
  mb__journal_state state;
  mb__store_name name = {0};
  bool found = true;
  uint64_t sessions, bytes;
  mb__fault first = mb__store_adopt(c->store, NULL), fault;
#define DO(call) ((fault = (call)) != MB__FAULT_OK && !first ? (void)(first = fault) : (void)0)
  DO(mb__store_new_journal(c->store, &header, &journal));
  if (journal) {
    DO(mb__journal_add(journal, "{}", 2));
    DO(mb__journal_flush(journal));
    DO(mb__journal_mark_opening(journal));
    DO(mb__store_tick(c->store, T0 + 50));
    DO(mb__store_let_go(c->store, journal));
  }
  DO(mb__store_totals(c->store, &sessions, &bytes));
  DO(mb__store_enforce_bounds(c->store, T0 + 50));
  while (found) {
    DO(mb__store_next(c->store, &name, &found));
    if (!found) break;
    DO(mb__store_take(c->store, name, &state, &journal));
    mb__journal_state_free(&state);
    if (!journal) continue;
    DO(mb__journal_mark_done(journal, 1));
    if (name.number % 3 == 0) DO(mb__store_let_go(c->store, journal));
    if (name.number % 3 == 1) ++*removed, DO(mb__store_remove(c->store, journal));
    if (name.number % 3 == 2) DO(mb__store_set_aside(c->store, journal, "no"));
  }
#undef DO
  return first;
}

enum { LEFT = 8 };

static void leave_something(model_files *model) {
  char bytes[512];
  size_t size = journal_bytes(bytes, sizeof bytes);
  client c;
  begin(&c, model);
  for (int i = 0; i < LEFT - 2; i++) leave_session(&c, "x", T0 + i, 3);
  end(&c);
  OK(model->files.make_folder(&model->files, "S/1-0123456789abcdef"));
  put_waiting(model, "000000000000001-000001.journal", bytes, size - 3);
  bytes[size - 15] ^= 1;
  put_waiting(model, "000000000000002-000001.journal", bytes, size);
}

/* Whatever failed, a client that comes after it finds what was neither done nor set aside. */
static void assert_nothing_lost(model_files *model, size_t removed) {
  size_t found = removed;
  text_buffer sent = {0};
  client c;
  begin(&c, model);
  adopt(&c);
  drain(&c, &sent);
  for (const char *at = text_of(&sent); (at = strstr(at, "x ")) != NULL; at++) found++;
  for (size_t i = 0; model_path(model, "S/aside/", i); i++)
    found += strstr(model_path(model, "S/aside/", i), ".journal") != NULL;
  assert_in_range(found, LEFT, 2 * LEFT);
  text_free(&sent);
  end(&c);
  assert_int_equal(model_count(model, "/lock"), 0);
}

static size_t live_with(size_t memory_at, size_t call_at, mb__fault fault, bool torn) {
  model_files *model = model_new();
  client c;
  leave_something(model);
  size_t calls = model->calls, removed = 0;
  prepare(&c, &model->files, "S");
  c.counted.fail_at = memory_at;
  model->fail_at = call_at ? calls + call_at : 0;
  model->fault = fault;
  model->writes_torn = torn;
  mb__fault first = mb__store_open(&c.options, &c.store);
  if (!first) first = live(&c, &removed);
  size_t failures = c.counted.failures + (call_at && model->calls >= model->fail_at);
  if (c.counted.failures) assert_true(first == MB__FAULT_OK || first == MB__FAULT_NO_MEMORY);
  if (call_at && failures) assert_true(first == MB__FAULT_OK || first == fault);
  c.counted.fail_at = model->fail_at = 0;
  end(&c);
  assert_nothing_lost(model, removed);
  model_free(model);
  return failures;
}

TEST(every_allocation_fails) {
  size_t at = 1;
  while (live_with(at, 0, MB__FAULT_OK, false)) at++;
  assert_in_range(at, 20, 10000);
}

TEST(every_call_fails) {
  static const mb__fault faults[] = {MB__FAULT_FAILED, MB__FAULT_NO_SPACE, MB__FAULT_TOO_MANY_FILES};
  for (size_t i = 0; i < 3; i++)
    for (int torn = 0; torn < 2; torn++) {
      size_t at = 1;
      while (live_with(0, at, faults[i], torn)) at++;
      assert_in_range(at, 50, 10000);
    }
}

/* --- On a real file system --- */

typedef struct real {
  char folder[64], store[80];
  mb__files files;
} real;

static void real_begin(real *r) {
  strcpy(r->folder, "/tmp/mediabeat-store-XXXXXX");
  assert_non_null(mkdtemp(r->folder));
  snprintf(r->store, sizeof r->store, "%s/S", r->folder);
  r->files = mb__files_posix();
}

static void real_open(client *c, const real *r) {
  prepare(c, &r->files, r->store);
  c->options.seed = mb__random_seed();
  OK(mb__store_open(&c->options, &c->store));
}

/* The store has removed all that was its own. */
static void real_end(const real *r) {
  rmdir(r->store);
  assert_int_equal(rmdir(r->folder), 0);
}

static void check_mode(void *user, const char *name) {
  const char *folder = user;
  char path[400];
  struct stat found;
  snprintf(path, sizeof path, "%s/%s", folder, name);
  assert_int_equal(lstat(path, &found), 0);
  assert_int_equal(found.st_mode & 0777, S_ISDIR(found.st_mode) ? 0700 : 0600);
  mb__files files = mb__files_posix();
  if (S_ISDIR(found.st_mode)) OK(files.list(&files, path, check_mode, path));
}

TEST(real_files_are_their_owners_alone) {
  real r;
  client c;
  real_begin(&r);
  real_open(&c, &r);
  leave_session(&c, "x", T0, 3);
  check_mode(r.folder, "S");
  assert_drains(&c, "x 0/3 {}{}{};");
  end(&c);
  real_end(&r);
}

static void add_name(void *user, const char *name) { text_add(user, "%s", name); }

/* A folder with a journal's name, and a folder that somebody removed. */
TEST(real_obstacles) {
  real r;
  client c, dead;
  char path[200];
  mb__store_name name = {0};
  mb__journal_state state;
  mb__journal *journal;
  real_begin(&r);
  real_open(&dead, &r);
  leave_session(&dead, "x", T0 + 1, 1);
  text_buffer folder = {0};
  OK(r.files.list(&r.files, r.store, add_name, &folder));
  snprintf(path, sizeof path, "%s/%s", r.store, text_of(&folder));
  end(&dead);
  text_add(&folder, "/000000000000001-000001.journal");
  char obstacle[300];
  snprintf(obstacle, sizeof obstacle, "%s/%s", r.store, text_of(&folder));
  OK(r.files.make_folder(&r.files, obstacle));
  prepare(&c, &r.files, r.store);
  c.options.max_bytes = 0;
  OK(mb__store_open(&c.options, &c.store));
  assert_int_equal(adopt(&c), 1);
  assert_true(next(&c, &name));
  assert_int_equal(mb__store_take(c.store, name, &state, &journal), MB__FAULT_FAILED);
  mb__journal_state_free(&state);
  OK(mb__store_enforce_bounds(c.store, T0));
  assert_string_equal(text_of(&c.drops), "bytes 1;");
  assert_int_equal(rmdir(obstacle), 0);
  snprintf(obstacle, sizeof obstacle, "%s/lock", path);
  OK(r.files.remove(&r.files, obstacle));
  OK(r.files.remove_folder(&r.files, path));
  leave_session(&c, "y", T0, 1);
  assert_drains(&c, "y 0/1 {};");
  text_free(&folder);
  end(&c);
  real_end(&r);
}

TEST(real_stores_on_one_folder) {
  real r;
  client one, two, three;
  real_begin(&r);
  real_open(&one, &r);
  real_open(&two, &r);
  leave_session(&one, "x", T0, 1);
  assert_int_equal(adopt(&two), 0);
  end(&one);
  real_open(&three, &r);
  assert_int_equal(adopt(&two), 1);
  assert_int_equal(adopt(&three), 0);
  assert_drains(&three, "");
  assert_drains(&two, "x 0/1 {};");
  end(&two);
  end(&three);
  real_end(&r);
}

TEST(real_faults) {
  real r;
  client c;
  char path[120];
  mb__file file;
  uint64_t size;
  real_begin(&r);
  snprintf(path, sizeof path, "%s/none/S", r.folder);
  prepare(&c, &r.files, path);
  assert_int_equal(mb__store_open(&c.options, &c.store), MB__FAULT_ABSENT);
  end(&c);
  snprintf(path, sizeof path, "%s/file", r.folder);
  OK(r.files.open(&r.files, path, MB__OPEN_NEW, &file));
  assert_int_equal(fcntl((int)file, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
  OK(r.files.write(&r.files, file, "abc", 3));
  OK(r.files.truncate(&r.files, file, 2));
  OK(r.files.sync(&r.files, file));
  r.files.close(&r.files, file);
  OK(r.files.measure(&r.files, path, &size));
  assert_int_equal(size, 2);
  assert_int_equal(r.files.open(&r.files, path, MB__OPEN_NEW, &file), MB__FAULT_EXISTS);
  prepare(&c, &r.files, path);
  assert_int_equal(mb__store_open(&c.options, &c.store), MB__FAULT_NOT_A_FOLDER);
  assert_noted(&c, "/file: not a folder");
  end(&c);
  assert_int_equal(r.files.remove_folder(&r.files, r.folder), MB__FAULT_NOT_EMPTY);
  OK(r.files.remove(&r.files, path));
  assert_int_equal(r.files.remove(&r.files, path), MB__FAULT_ABSENT);
  assert_int_equal(symlink("/etc/passwd", path), 0);
  assert_int_not_equal(r.files.open(&r.files, path, MB__OPEN_READ, &file), MB__FAULT_OK);
  OK(r.files.remove(&r.files, path));
  real_end(&r);
}

/* Takes the lock again and again; whoever has it is alone, though each removes the file. */
static int child_locks(const real *r) {
  mb__files files = mb__files_posix();
  mb__file lock, alone;
  char path[100], marker[100];
  snprintf(path, sizeof path, "%s/lock", r->folder);
  snprintf(marker, sizeof marker, "%s/marker", r->folder);
  for (int held = 0; held < 1000;) {
    mb__fault fault = files.lock(&files, path, &lock);
    if (fault == MB__FAULT_HELD || fault == MB__FAULT_ABSENT) continue;
    if (fault || files.open(&files, marker, MB__OPEN_NEW, &alone)) return 1;
    files.close(&files, alone);
    if (files.remove(&files, marker) || files.remove(&files, path)) return 1;
    files.close(&files, lock);
    held++;
  }
  return 0;
}

TEST(real_locks_exclude) {
  enum { CHILDREN = 4 };
  real r;
  pid_t children[CHILDREN];
  real_begin(&r);
  for (int i = 0; i < CHILDREN; i++)
    if ((children[i] = fork()) == 0) _exit(child_locks(&r));
  for (int i = 0; i < CHILDREN; i++) {
    int status;
    assert_int_equal(waitpid(children[i], &status, 0), children[i]);
    assert_int_equal(status, 0);
  }
  real_end(&r);
}

/* Runs in a child; its exit status is how many sessions it found. It may also adopt the folder of a child that has just
 * ended. */
static int child_adopts(const real *r, int gate) {
  char go;
  client c;
  mb__files files = mb__files_posix();
  prepare(&c, &files, r->store);
  c.options.seed = mb__random_seed();
  mb__fault fault = mb__store_open(&c.options, &c.store);
  if (read(gate, &go, 1) < 0 || fault || mb__store_adopt(c.store, NULL)) return 100;
  text_buffer sent = {0};
  drain(&c, &sent);
  int sessions = (int)(strlen(text_of(&sent)) / strlen("x 0/1 {};"));
  text_free(&sent);
  mb__store_free(c.store);
  return sessions;
}

/* Many processes started together: every folder goes to one of them, with all that is in it. */
TEST(real_adoption_by_many_processes) {
  enum { CHILDREN = 12, DEAD = 5, ROUNDS = 5 };
  for (int round = 0; round < ROUNDS; round++) {
    real r;
    client c;
    int gate[2], adopted = 0;
    pid_t children[CHILDREN];
    real_begin(&r);
    for (int i = 0; i < DEAD; i++) {
      real_open(&c, &r);
      leave_session(&c, "x", T0, 1);
      leave_session(&c, "x", T0, 1);
      end(&c);
    }
    assert_int_equal(pipe(gate), 0);
    for (int i = 0; i < CHILDREN; i++)
      if ((children[i] = fork()) == 0) {
        close(gate[1]);
        _exit(child_adopts(&r, gate[0]));
      }
    close(gate[0]);
    close(gate[1]);
    for (int i = 0; i < CHILDREN; i++) {
      int status;
      assert_int_equal(waitpid(children[i], &status, 0), children[i]);
      assert_true(WIFEXITED(status) && WEXITSTATUS(status) <= 2 * DEAD && WEXITSTATUS(status) % 2 == 0);
      adopted += WEXITSTATUS(status);
    }
    assert_int_equal(adopted, 2 * DEAD);
    real_end(&r);
  }
}

/* A child frees what it inherited, and changes nothing; the parent goes on. */
TEST(a_forked_child_does_no_harm) {
  const mb__journal_header header = {"collection-v1", false, "x", 1, T0};
  real r;
  client c, other;
  int status;
  real_begin(&r);
  real_open(&c, &r);
  mb__journal *journal = session_with_event(&c, "x"), *more;
  pid_t child = fork();
  if (child == 0) {
    bool refused = mb__store_new_journal(c.store, &header, &more) == MB__FAULT_FORKED &&
                   mb__journal_mark_done(journal, 1) == MB__FAULT_FORKED &&
                   mb__store_remove(c.store, journal) == MB__FAULT_FORKED;
    mb__store_free(c.store);
    _exit(!refused);
  }
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);
  real_open(&other, &r);
  assert_int_equal(adopt(&other), 0);
  write_event(journal, "{\"a\":1}");
  end(&c);
  assert_int_equal(adopt(&other), 1);
  assert_drains(&other, "x 0/2 {}{\"a\":1};");
  end(&other);
  real_end(&r);
}

/* A process that is killed at any moment loses nothing that was flushed. */
TEST(real_kills) {
  enum { ROUNDS = 20 };
  uint64_t random = 7;
  for (int round = 0; round < ROUNDS; round++) {
    real r;
    client c;
    int told[2], flushed = 0, status;
    char byte;
    real_begin(&r);
    assert_int_equal(pipe(told), 0);
    pid_t child = fork();
    if (child == 0) {
      client writer;
      r.files = mb__files_posix();
      real_open(&writer, &r);
      mb__journal *journal = session(&writer, "x", T0);
      for (;;) {
        write_event(journal, "{}");
        if (write(told[1], "", 1) != 1) _exit(1);
      }
    }
    close(told[1]);
    for (int most = (int)mb__random_below(&random, 300) + 1; flushed < most && read(told[0], &byte, 1) == 1;) flushed++;
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    while (read(told[0], &byte, 1) == 1) flushed++;
    close(told[0]);
    text_buffer sent = {0};
    int found = 0;
    real_open(&c, &r);
    assert_int_equal(adopt(&c), 1);
    drain(&c, &sent);
    assert_int_equal(sscanf(text_of(&sent), "x 0/%d ", &found), 1);
    assert_in_range(found, flushed, flushed + 1);
    text_free(&sent);
    end(&c);
    real_end(&r);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_store_that_is_not_used_leaves_nothing),
      cmocka_unit_test(sessions_are_files_and_wait_oldest_first),
      cmocka_unit_test(names_grow_when_the_clock_steps_back),
      cmocka_unit_test(a_session_that_is_done_leaves_no_file),
      cmocka_unit_test(what_is_wrong_with_a_folder_is_said),
      cmocka_unit_test(a_folder_of_the_living_is_not_adopted),
      cmocka_unit_test(a_folder_that_was_left_is_adopted_once),
      cmocka_unit_test(many_folders_are_adopted_by_and_by),
      cmocka_unit_test(totals_that_cannot_be_had),
      cmocka_unit_test(file_handles_run_out),
      cmocka_unit_test(what_is_found_is_mended_or_left_alone),
      cmocka_unit_test(a_damaged_journal_and_a_full_disk),
      cmocka_unit_test(a_thousand_wait),
      cmocka_unit_test(what_is_let_go_later_is_met),
      cmocka_unit_test(bounded_by_bytes),
      cmocka_unit_test(bounded_by_age),
      cmocka_unit_test(bounded_by_age_when_adopted_later),
      cmocka_unit_test(a_newer_version_is_not_dropped),
      cmocka_unit_test(set_aside),
      cmocka_unit_test(what_cannot_be_set_aside_waits_with_the_message),
      cmocka_unit_test(what_cannot_be_removed_is_not_sent_again),
      cmocka_unit_test(erasing),
      cmocka_unit_test(erasing_while_something_fails),
      cmocka_unit_test(synced_at_most_once_in_an_interval),
      cmocka_unit_test(a_session_that_is_done_does_not_come_back),
      cmocka_unit_test(a_sync_that_fails_is_tried_again),
      cmocka_unit_test(without_power_nothing_is_synced),
      cmocka_unit_test(power_is_lost_at_any_point),
      cmocka_unit_test(power_is_lost_and_nothing_was_synced),
      cmocka_unit_test(power_is_lost_while_a_damaged_journal_is_copied),
      cmocka_unit_test(every_allocation_fails),
      cmocka_unit_test(every_call_fails),
      cmocka_unit_test(real_files_are_their_owners_alone),
      cmocka_unit_test(real_obstacles),
      cmocka_unit_test(real_stores_on_one_folder),
      cmocka_unit_test(real_faults),
      cmocka_unit_test(real_locks_exclude),
      cmocka_unit_test(real_adoption_by_many_processes),
      cmocka_unit_test(a_forked_child_does_no_harm),
      cmocka_unit_test(real_kills),
  };
  return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}

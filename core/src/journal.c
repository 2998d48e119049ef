/* Owns the lines of a journal. */
#include "journal.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "crc32c.h"
#include "text.h"

#define LITERAL(writer, text) mb__write(writer, text, sizeof(text) - 1)
#define BEGINNING "{\"mediabeat\":"

enum { CHECK_SIZE = 9, LINE_EXTRA = CHECK_SIZE + 1, KEPT_BUFFER = 2048, READ_SIZE = 64 * 1024 };

/* TAB and the digits. */
static void write_check(char out[CHECK_SIZE], const char *text, size_t size) {
  uint32_t crc = mb__crc32c(0, text, size);
  out[0] = '\t';
  for (int i = 1; i < CHECK_SIZE; i++) out[i] = "0123456789abcdef"[crc >> (32 - 4 * i) & 15];
}

/* --- Writing --- */

static void forget_pending(mb__journal *journal) { mb__writer_free(&journal->pending); }

/* Closes the line that was begun at `start`, or takes it back. */
static mb__fault end_line(mb__journal *journal, size_t start) {
  mb__writer *pending = &journal->pending;
  size_t size = pending->size - start;
  bool too_large = !pending->failed && size > MB__JOURNAL_LONGEST_LINE - LINE_EXTRA;
  char *end = too_large ? NULL : mb__write_room(pending, LINE_EXTRA);
  if (!end || pending->failed) {
    pending->size = start;
    pending->failed = false;
    return too_large ? MB__FAULT_TOO_LARGE : MB__FAULT_NO_MEMORY;
  }
  write_check(end, pending->bytes + start, size);
  end[CHECK_SIZE] = '\n';
  pending->size += LINE_EXTRA;
  return MB__FAULT_OK;
}

static mb__fault add_header(mb__journal *journal, const mb__journal_header *header) {
  mb__writer *line = &journal->pending;
  LITERAL(line, BEGINNING);
  mb__write_integer(line, MB__JOURNAL_VERSION);
  LITERAL(line, ",\"protocol\":");
  mb__write_text(line, header->protocol);
  LITERAL(line, ",\"kind\":");
  mb__write_text(line, header->downloaded ? "downloaded" : "online");
  LITERAL(line, ",\"player\":");
  mb__write_text(line, header->player);
  LITERAL(line, ",\"session\":");
  mb__write_integer(line, header->session);
  LITERAL(line, ",\"created\":");
  mb__write_integer(line, header->created);
  LITERAL(line, "}");
  return end_line(journal, 0);
}

static void init(mb__journal *journal, mb__journal_folder *folder) {
  *journal = (mb__journal){.folder = folder, .file = MB__NO_FILE};
  mb__writer_init(&journal->pending, folder->memory);
}

mb__fault mb__journal_create(mb__journal *journal, mb__journal_folder *folder, const char *path,
                             const mb__journal_header *header) {
  init(journal, folder);
  mb__fault fault = add_header(journal, header);
  if (!fault) fault = folder->files->open(folder->files, path, MB__OPEN_NEW, &journal->file);
  if (fault)
    forget_pending(journal);
  else
    folder->unnamed = journal->unsynced = folder->unsynced = true;
  return fault;
}

void mb__journal_close(mb__journal *journal) {
  journal->folder->files->close(journal->folder->files, journal->file);
  forget_pending(journal);
}

mb__fault mb__journal_add(mb__journal *journal, const char *body, size_t size) {
  assert(size && body[0] == '{' && !memchr(body, '\n', size));
  if (journal->given_up) return MB__FAULT_OK;
  if (size > MB__JOURNAL_LONGEST_LINE - LINE_EXTRA) return MB__FAULT_TOO_LARGE;
  size_t start = journal->pending.size;
  mb__write(&journal->pending, body, size);
  mb__fault fault = end_line(journal, start);
  if (!fault) journal->events++;
  return fault;
}

mb__journal_point mb__journal_save(const mb__journal *journal) {
  return (mb__journal_point){journal->pending.size, journal->events};
}

void mb__journal_restore(mb__journal *journal, mb__journal_point point) {
  if (journal->given_up) return;
  journal->pending.size = point.pending;
  journal->events = point.events;
}

void mb__journal_give_up(mb__journal *journal) {
  journal->given_up = true;
  forget_pending(journal);
}

/* Nothing half-written stays. */
static void undo_write(mb__journal *journal) {
  const mb__files *files = journal->folder->files;
  if (files->truncate(files, journal->file, journal->size) || journal->pending.size > MB__JOURNAL_MOST_PENDING)
    mb__journal_give_up(journal);
}

mb__fault mb__journal_flush(mb__journal *journal) {
  mb__journal_folder *folder = journal->folder;
  mb__writer *pending = &journal->pending;
  if (journal->given_up) return MB__FAULT_GIVEN_UP;
  if (!pending->size) return MB__FAULT_OK;
  mb__fault fault = folder->files->write(folder->files, journal->file, pending->bytes, pending->size);
  if (fault) return undo_write(journal), fault;
  journal->size += pending->size;
  journal->written = journal->events;
  folder->bytes += pending->size;
  journal->unsynced = folder->unsynced = true;
  mb__writer_clear(pending);
  if (pending->capacity > KEPT_BUFFER) forget_pending(journal);
  return MB__FAULT_OK;
}

static mb__fault end_mark(mb__journal *journal, size_t start) {
  mb__fault fault = end_line(journal, start);
  return fault ? fault : mb__journal_flush(journal);
}

/* The first line of a file is its header: a mark never is. */
static mb__fault mark(mb__journal *journal, const char *text) {
  size_t start = journal->pending.size;
  if (journal->given_up) return MB__FAULT_GIVEN_UP;
  mb__write_raw(&journal->pending, text);
  return end_mark(journal, start);
}

mb__fault mb__journal_mark_done(mb__journal *journal, uint64_t events) {
  char text[sizeof "done " + MB__NUMBER_SIZE] = "done ";
  if (events <= journal->done) return MB__FAULT_OK;
  text[5 + mb__format_integer(text + 5, (int64_t)events)] = 0;
  mb__fault fault = mark(journal, text);
  if (fault != MB__FAULT_NO_MEMORY) journal->done = events;
  return fault;
}

mb__fault mb__journal_mark_opening(mb__journal *journal) { return mark(journal, "opening"); }
mb__fault mb__journal_mark_unopened(mb__journal *journal) { return mark(journal, "unopened"); }
mb__fault mb__journal_mark_ended(mb__journal *journal) { return mark(journal, "ended"); }

/* What cannot be read again must not be written. */
static const char *readable(const char *text) { return mb__utf8_valid(text) ? text : "not UTF-8"; }

mb__fault mb__journal_mark_opened(mb__journal *journal, const char *id, const char *region) {
  mb__writer *line = &journal->pending;
  size_t start = line->size;
  if (journal->given_up) return MB__FAULT_GIVEN_UP;
  LITERAL(line, "opened {\"id\":");
  mb__write_text(line, readable(id));
  LITERAL(line, ",\"region\":");
  mb__write_text(line, readable(region));
  LITERAL(line, "}");
  return end_mark(journal, start);
}

mb__fault mb__journal_mark_aside(mb__journal *journal, const char *message) {
  size_t start = journal->pending.size;
  if (journal->given_up) return MB__FAULT_GIVEN_UP;
  LITERAL(&journal->pending, "aside ");
  mb__write_text(&journal->pending, readable(message));
  return end_mark(journal, start);
}

mb__fault mb__journal_sync(mb__journal *journal) {
  mb__journal_folder *folder = journal->folder;
  if (!folder->power || !journal->unsynced) return MB__FAULT_OK;
  mb__fault fault = folder->files->sync(folder->files, journal->file);
  if (!fault && folder->unnamed) fault = folder->files->sync_folder(folder->files, folder->path);
  if (fault) return fault;
  journal->unsynced = folder->unnamed = false;
  return MB__FAULT_OK;
}

/* --- Reading --- */

enum { HEADER, OPENED, ASIDE }; /* in state->parsed */

typedef struct reader {
  const mb__files *files;
  const mb__memory *memory;
  const mb__journal_visitor *visitor;
  mb__journal_state *state;
  mb__file file;
  char *buffer;
  size_t capacity, start, end; /* what is read and not yet used: from start to end */
  uint64_t at;                 /* of the end, in the file */
  bool over;
} reader;

static mb__fault find(reader *r, mb__journal_finding finding) {
  r->state->finding = finding;
  r->over = true;
  return MB__FAULT_OK;
}

static bool is_whole(const char *line, size_t size) {
  char check[CHECK_SIZE];
  if (size < CHECK_SIZE) return false;
  write_check(check, line, size - CHECK_SIZE);
  return memcmp(line + size - CHECK_SIZE, check, CHECK_SIZE) == 0;
}

/* Also of the first bytes of a line. */
static bool begins_as_ours(const char *line, size_t size) {
  size_t length = sizeof BEGINNING - 1;
  return memcmp(line, BEGINNING, size < length ? size : length) == 0;
}

/* MB__FAULT_FAILED: not JSON. */
static mb__fault parse(const char *text, size_t size, mb__json **value) {
  mb_status status = mb__json_parse(text, size, value, NULL, NULL);
  if (status) return status == MB_NO_MEMORY ? MB__FAULT_NO_MEMORY : MB__FAULT_FAILED;
  return MB__FAULT_OK;
}

/* Only what was understood: the state stays that of the last good line. */
static void own(reader *r, int slot, mb__json *value) {
  mb__json_free(r->state->parsed[slot]);
  r->state->parsed[slot] = value;
}

static bool fits(double number, double most) { return number >= 0 && number <= most; /* not of NAN */ }

/* False: it has not what a header has. */
static bool understand_header(mb__journal_state *state) {
  const mb__json *json = state->parsed[HEADER];
  double version = mb__json_number(mb__json_get(json, "mediabeat"));
  double session = mb__json_number(mb__json_get(json, "session"));
  double created = mb__json_number(mb__json_get(json, "created"));
  const char *kind = mb__json_text(mb__json_get(json, "kind"));
  if (!fits(version, MB__MOST_EXACT) || version < 1) return false;
  state->version = (uint64_t)version;
  if (state->version > MB__JOURNAL_VERSION) return true;
  state->header = (mb__journal_header){.protocol = mb__json_text(mb__json_get(json, "protocol")),
                                       .player = mb__json_text(mb__json_get(json, "player")),
                                       .downloaded = kind && strcmp(kind, "downloaded") == 0};
  if (!kind || !state->header.protocol || !state->header.player) return false;
  if (!fits(session, UINT32_MAX) || !fits(created, MB__MOST_EXACT)) return false;
  state->header.session = (uint32_t)session;
  state->header.created = (int64_t)created;
  return true;
}

static mb__fault read_header(reader *r, const char *line, size_t size) {
  if (!begins_as_ours(line, size)) return find(r, MB__JOURNAL_FOREIGN);
  if (!is_whole(line, size)) return find(r, MB__JOURNAL_DAMAGED);
  mb__json *header;
  mb__fault fault = parse(line, size - CHECK_SIZE, &header);
  if (fault == MB__FAULT_NO_MEMORY) return fault;
  if (fault) return find(r, MB__JOURNAL_FOREIGN);
  own(r, HEADER, header);
  if (!understand_header(r->state)) return find(r, MB__JOURNAL_FOREIGN);
  if (r->state->version > MB__JOURNAL_VERSION) return find(r, MB__JOURNAL_NEWER);
  return r->visitor && r->visitor->header ? r->visitor->header(r->visitor->user, &r->state->header) : MB__FAULT_OK;
}

/* Each is given what follows its word; FAILED when that is wrong. */
static mb__fault read_done(reader *r, const char *text, size_t size) {
  mb__journal_state *state = r->state;
  uint64_t events = 0;
  for (size_t i = 0; i < size; i++) {
    if (text[i] < '0' || text[i] > '9' || events > state->events) return MB__FAULT_FAILED;
    events = events * 10 + (uint64_t)(text[i] - '0');
  }
  if (!size || events > state->events) return MB__FAULT_FAILED;
  state->done = events;
  return MB__FAULT_OK;
}

static mb__fault read_opening(reader *r, const char *text, size_t size) {
  (void)text, (void)size;
  r->state->opening = true;
  r->state->id = r->state->region = NULL;
  return MB__FAULT_OK;
}

static mb__fault read_unopened(reader *r, const char *text, size_t size) {
  (void)text, (void)size;
  r->state->opening = false;
  return MB__FAULT_OK;
}

/* It is the first event that opens a session: whoever died before the next mark has sent it all the same. */
static mb__fault read_opened(reader *r, const char *text, size_t size) {
  mb__json *opened;
  mb__fault fault = parse(text, size, &opened);
  if (fault) return fault;
  const char *id = mb__json_text(mb__json_get(opened, "id"));
  const char *region = mb__json_text(mb__json_get(opened, "region"));
  if (!id || !region) return mb__json_free(opened), MB__FAULT_FAILED;
  own(r, OPENED, opened);
  if (!r->state->done && r->state->events) r->state->done = 1;
  r->state->id = id;
  r->state->region = region;
  r->state->opening = false;
  return MB__FAULT_OK;
}

static mb__fault read_ended(reader *r, const char *text, size_t size) {
  (void)text, (void)size;
  r->state->ended = true;
  return MB__FAULT_OK;
}

static mb__fault read_aside(reader *r, const char *text, size_t size) {
  mb__json *words;
  mb__fault fault = parse(text, size, &words);
  if (fault) return fault;
  const char *aside = mb__json_text(words);
  if (!aside) return mb__json_free(words), MB__FAULT_FAILED;
  own(r, ASIDE, words);
  r->state->aside = aside;
  return MB__FAULT_OK;
}

static const struct mark_reader {
  const char *word;
  mb__fault (*read)(reader *r, const char *text, size_t size);
} mark_readers[] = {{"done ", read_done},     {"opening", read_opening}, {"unopened", read_unopened},
                    {"opened ", read_opened}, {"ended", read_ended},     {"aside ", read_aside}};

static mb__fault read_mark(reader *r, const char *text, size_t size) {
  for (size_t i = 0; i < sizeof mark_readers / sizeof *mark_readers; i++) {
    const struct mark_reader *known = &mark_readers[i];
    size_t length = strlen(known->word);
    if (size < length || memcmp(text, known->word, length) != 0) continue;
    if (size == length || known->word[length - 1] == ' ') return known->read(r, text + length, size - length);
  }
  return MB__FAULT_FAILED;
}

static mb__fault read_event(reader *r, const char *body, size_t size) {
  uint64_t number = ++r->state->events;
  return r->visitor && r->visitor->event ? r->visitor->event(r->visitor->user, number, body, size) : MB__FAULT_OK;
}

static mb__fault read_line(reader *r, const char *line, size_t size) {
  if (!r->state->good_size) return read_header(r, line, size);
  if (!is_whole(line, size)) return find(r, MB__JOURNAL_DAMAGED);
  size -= CHECK_SIZE;
  if (size && line[0] == '{') return read_event(r, line, size);
  mb__fault fault = read_mark(r, line, size);
  return fault == MB__FAULT_FAILED ? find(r, MB__JOURNAL_DAMAGED) : fault;
}

/* What has no newline, at the end of the file. */
static mb__fault read_rest(reader *r) {
  size_t size = r->end - r->start;
  if (r->state->good_size) return find(r, size ? MB__JOURNAL_TORN : MB__JOURNAL_GOOD);
  return find(r, begins_as_ours(r->buffer + r->start, size) ? MB__JOURNAL_EMPTY : MB__JOURNAL_FOREIGN);
}

static mb__fault read_lines(reader *r) {
  for (const char *newline; !r->over && (newline = memchr(r->buffer + r->start, '\n', r->end - r->start)) != NULL;) {
    const char *line = r->buffer + r->start;
    size_t size = (size_t)(newline - line);
    mb__fault fault = read_line(r, line, size);
    if (fault) return fault;
    if (!r->over) r->state->good_size += size + 1;
    r->start += size + 1;
  }
  return MB__FAULT_OK;
}

/* Moves the begun line to the front, and makes room for more of it. */
static mb__fault make_room(reader *r) {
  if (r->start) memmove(r->buffer, r->buffer + r->start, r->end - r->start);
  r->end -= r->start;
  r->start = 0;
  if (r->end < r->capacity) return MB__FAULT_OK;
  if (r->capacity >= MB__JOURNAL_LONGEST_LINE) return find(r, MB__JOURNAL_DAMAGED);
  size_t capacity = r->capacity ? 2 * r->capacity : READ_SIZE;
  char *buffer = mb__resize(r->memory, r->buffer, capacity);
  if (!buffer) return MB__FAULT_NO_MEMORY;
  r->buffer = buffer;
  r->capacity = capacity;
  return MB__FAULT_OK;
}

static mb__fault read_more(reader *r) {
  size_t got;
  mb__fault fault = make_room(r);
  if (fault || r->over) return fault;
  fault = r->files->read(r->files, r->file, r->at, r->buffer + r->end, r->capacity - r->end, &got);
  if (fault) return fault;
  r->at += got;
  r->end += got;
  if (!got) return read_rest(r);
  if (!r->state->good_size && !begins_as_ours(r->buffer, r->end)) return find(r, MB__JOURNAL_FOREIGN);
  return read_lines(r);
}

mb__fault mb__journal_read(const mb__files *files, const mb__memory *memory, const char *path,
                           const mb__journal_visitor *visitor, mb__journal_state *state) {
  reader r = {.files = files, .memory = memory, .visitor = visitor, .state = state};
  *state = (mb__journal_state){.finding = MB__JOURNAL_EMPTY};
  mb__fault fault = files->measure(files, path, &state->size);
  if (!fault) fault = files->open(files, path, MB__OPEN_READ, &r.file);
  if (fault) return fault;
  while (!fault && !r.over) fault = read_more(&r);
  files->close(files, r.file);
  mb__delete(memory, r.buffer);
  return fault;
}

void mb__journal_state_free(mb__journal_state *state) {
  for (size_t i = 0; i < sizeof state->parsed / sizeof *state->parsed; i++) mb__json_free(state->parsed[i]);
  *state = (mb__journal_state){.finding = MB__JOURNAL_EMPTY};
}

mb__fault mb__journal_open(mb__journal *journal, mb__journal_folder *folder, const char *path,
                           const mb__journal_state *state) {
  const mb__files *files = folder->files;
  init(journal, folder);
  mb__fault fault = files->open(files, path, MB__OPEN_AGAIN, &journal->file);
  if (fault) return fault;
  if (state->finding != MB__JOURNAL_GOOD) fault = files->truncate(files, journal->file, state->good_size);
  if (fault) return files->close(files, journal->file), fault;
  journal->size = state->good_size;
  journal->events = journal->written = state->events;
  journal->done = state->done;
  folder->bytes -= state->size - state->good_size;
  if (state->finding != MB__JOURNAL_GOOD) journal->unsynced = folder->unsynced = true;
  return MB__FAULT_OK;
}

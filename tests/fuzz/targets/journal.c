/* Fuzzer: the reader of journals, the files in which events wait on disk. An input is a journal; where its checksums do
 * not fit, it is read once more with checksums that do, or nearly nothing would come past them. */
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "crc32c.h"
#include "journal.h"
#include "target.h"
#include "writer.h"

/* One file. */

typedef struct bytes_file {
  const char *bytes;
  size_t size;
} bytes_file;

static mb__fault measure(const mb__files *files, const char *path, uint64_t *size) {
  (void)path;
  *size = ((const bytes_file *)files->user)->size;
  return MB__FAULT_OK;
}

static mb__fault open_file(const mb__files *files, const char *path, mb__opening how, mb__file *file) {
  (void)files, (void)path, (void)how;
  *file = 1;
  return MB__FAULT_OK;
}

static void close_file(const mb__files *files, mb__file file) { (void)files, (void)file; }

static mb__fault read_file(const mb__files *files, mb__file file, uint64_t at, char *out, size_t size, size_t *got) {
  const bytes_file *content = files->user;
  (void)file;
  size_t left = at < content->size ? content->size - (size_t)at : 0;
  *got = size < left ? size : left;
  if (*got) memcpy(out, content->bytes + at, *got);
  return MB__FAULT_OK;
}

/* Reading. */

static mb__fault look_at_header(void *user, const mb__journal_header *header) {
  (void)user;
  PROMISE(strlen(header->protocol) < SIZE_MAX &&
          strlen(header->player) < SIZE_MAX); /* texts; who goes on checks them */
  return MB__FAULT_OK;
}

static mb__fault look_at_event(void *user, uint64_t number, const char *body, size_t size) {
  uint64_t *events = user;
  PROMISE(number == ++*events);
  PROMISE(size > 0 && body[0] == '{' && !memchr(body, '\n', size));
  return MB__FAULT_OK;
}

static void read_journal(const char *bytes, size_t size, mb__journal_state *state) {
  bytes_file content = {bytes, size};
  const mb__files files = {
      .user = &content, .open = open_file, .close = close_file, .read = read_file, .measure = measure};
  uint64_t events = 0;
  const mb__journal_visitor visitor = {&events, look_at_header, look_at_event};
  PROMISE(mb__journal_read(&files, &mb__c_library, "journal", &visitor, state) == MB__FAULT_OK);
  PROMISE(state->size == size && state->good_size <= size && state->done <= state->events);
  PROMISE(state->events == events);
}

/* What is good stays what it is when what is behind it is cut off, as is done before it is gone on with. */
static void read_twice(const char *bytes, size_t size) {
  mb__journal_state whole, cut;
  char *file = exact_copy(bytes, size);
  read_journal(file, size, &whole);
  if (whole.good_size) {
    read_journal(file, (size_t)whole.good_size, &cut);
    PROMISE(cut.finding == MB__JOURNAL_GOOD && cut.good_size == whole.good_size);
    PROMISE(cut.events == whole.events && cut.done == whole.done && cut.ended == whole.ended);
    PROMISE(!cut.id == !whole.id && (!cut.id || strcmp(cut.id, whole.id) == 0));
    mb__journal_state_free(&cut);
  }
  mb__journal_state_free(&whole);
  free(file);
}

static void write_with_checksum(mb__writer *out, const char *line, size_t size) {
  static const char hex[] = "0123456789abcdef";
  const char *tab = size ? memchr(line, '\t', size) : NULL;
  size_t text = tab ? (size_t)(tab - line) : size;
  uint32_t sum = mb__crc32c(0, line, text);
  mb__write(out, line, text);
  mb__write(out, "\t", 1);
  for (int shift = 28; shift >= 0; shift -= 4) mb__write(out, &hex[sum >> shift & 15], 1);
  mb__write(out, "\n", 1);
}

static void read_mended(const char *bytes, size_t size) {
  mb__writer mended;
  mb__writer_init(&mended, &mb__c_library);
  while (size) {
    const char *newline = memchr(bytes, '\n', size);
    size_t length = newline ? (size_t)(newline - bytes) : size;
    write_with_checksum(&mended, bytes, length);
    bytes += newline ? length + 1 : length;
    size -= newline ? length + 1 : length;
  }
  PROMISE(!mended.failed);
  read_twice(mended.bytes, mended.size);
  mb__writer_free(&mended);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  read_twice((const char *)bytes, size);
  read_mended((const char *)bytes, size);
  return 0;
}

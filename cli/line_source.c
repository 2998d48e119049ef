/* Owns the bytes of a log until they are lines. */
#include "line_source.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum { READ_SIZE = 64 << 10 };

struct line_source {
  int pipe;    /* when following, else -1 */
  gzFile file; /* otherwise; zlib reads what is not compressed as it is */
  char *bytes; /* at..end are read and not yet handed out; one byte more is always there for a terminator */
  size_t at, end, capacity;
  size_t searched; /* no line end before this one */
  bool ended;
  const char *error;
};

static int copy_all(int from, int to) {
  char bytes[READ_SIZE];
  for (;;) {
    ssize_t size = read(from, bytes, sizeof bytes);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return (int)size;
    for (ssize_t at = 0; at < size;) {
      ssize_t written = write(to, bytes + at, (size_t)(size - at));
      if (written < 0 && errno != EINTR) return -1;
      if (written > 0) at += written;
    }
  }
}

/* A descriptor of its own on a temporary file with everything that comes out of `pipe`, -1 on failure. */
static int spool(int pipe) {
  FILE *file = tmpfile();
  if (!file) return -1;
  int copy = copy_all(pipe, fileno(file)) == 0 ? dup(fileno(file)) : -1;
  if (copy >= 0) lseek(copy, 0, SEEK_SET);
  fclose(file);
  return copy;
}

static int open_descriptor(const char *path, bool follow) {
  struct stat about;
  int fd = strcmp(path, "-") == 0 ? dup(STDIN_FILENO) : open(path, O_RDONLY);
  if (fd < 0 || fstat(fd, &about) != 0) return fd;
  if (S_ISDIR(about.st_mode)) return close(fd), errno = EISDIR, -1;
  if (follow || S_ISREG(about.st_mode)) return fd;
  int copy = spool(fd);
  close(fd);
  return copy;
}

static bool grow(line_source *source) {
  size_t capacity = source->capacity ? source->capacity * 2 : 2 * READ_SIZE;
  char *bytes = realloc(source->bytes, capacity + 1);
  if (!bytes) return source->error = "out of memory", false;
  source->bytes = bytes;
  source->capacity = capacity;
  return true;
}

line_source *line_source_open(const char *path, bool follow) {
  int fd = open_descriptor(path, follow);
  if (fd < 0) return NULL;
  line_source *source = calloc(1, sizeof *source);
  if (!source) return close(fd), NULL;
  source->pipe = follow ? fd : -1;
  source->file = follow ? NULL : gzdopen(fd, "rb");
  if ((follow || source->file) && grow(source)) return source;
  if (!source->file) close(fd);
  source->pipe = -1;
  line_source_free(source);
  errno = ENOMEM;
  return NULL;
}

void line_source_free(line_source *source) {
  if (!source) return;
  if (source->file) gzclose(source->file);
  if (source->pipe >= 0) close(source->pipe);
  free(source->bytes);
  free(source);
}

const char *line_source_error(const line_source *source) { return source->error ? source->error : ""; }

/* Moves what is left to the front and makes room for another read. */
static bool make_room(line_source *source) {
  memmove(source->bytes, source->bytes + source->at, source->end - source->at);
  source->searched -= source->at;
  source->end -= source->at;
  source->at = 0;
  if (source->end > SOURCE_LINE_MAX) return source->error = "the line is longer than 16 MiB", false;
  return source->capacity - source->end >= READ_SIZE || grow(source);
}

static source_result read_pipe(line_source *source, ssize_t *size) {
  struct pollfd ready = {.fd = source->pipe, .events = POLLIN};
  *size = 0;
  if (poll(&ready, 1, 0) <= 0) return SOURCE_WAIT;
  *size = read(source->pipe, source->bytes + source->end, READ_SIZE);
  if (*size < 0 && errno == EINTR) return SOURCE_WAIT;
  if (*size < 0) return source->error = strerror(errno), SOURCE_FAILED;
  return SOURCE_LINE;
}

static source_result read_file(line_source *source, ssize_t *size) {
  int code = Z_OK;
  *size = gzread(source->file, source->bytes + source->end, READ_SIZE);
  const char *message = gzerror(source->file, &code);
  if (strncmp(message, "<fd:", 4) == 0 && strstr(message, ": ")) message = strstr(message, ": ") + 2; /* zlib's name */
  if (code == Z_BUF_ERROR) message = "the compressed data ends too early";
  if (code == Z_ERRNO) message = strerror(errno);
  if (*size < 0 || (*size == 0 && code != Z_OK)) return source->error = message, SOURCE_FAILED;
  return SOURCE_LINE;
}

/* Reads on; SOURCE_LINE: something came or the end was found. */
static source_result fill(line_source *source) {
  ssize_t size;
  if (!make_room(source)) return SOURCE_FAILED;
  source_result result = source->file ? read_file(source, &size) : read_pipe(source, &size);
  if (result != SOURCE_LINE) return result;
  source->ended = size == 0;
  source->end += (size_t)size;
  return SOURCE_LINE;
}

static source_result hand_out(line_source *source, size_t end, const char **text, size_t *size) {
  *text = source->bytes + source->at;
  *size = end - source->at;
  source->bytes[end] = 0;
  source->at = end < source->end ? end + 1 : end;
  source->searched = source->at;
  return SOURCE_LINE;
}

source_result line_source_next(line_source *source, const char **text, size_t *size) {
  for (;;) {
    const char *newline = memchr(source->bytes + source->searched, '\n', source->end - source->searched);
    if (newline) return hand_out(source, (size_t)(newline - source->bytes), text, size);
    source->searched = source->end;
    if (source->ended && source->at == source->end) return SOURCE_END;
    if (source->ended) return hand_out(source, source->end, text, size);
    source_result result = fill(source);
    if (result != SOURCE_LINE) return result;
  }
}

bool line_source_rewind(line_source *source) {
  source->at = source->end = source->searched = 0;
  source->ended = false;
  return source->file && gzrewind(source->file) == 0;
}

void line_source_wait(const line_source *source, int timeout_ms) {
  struct pollfd ready = {.fd = source->pipe, .events = POLLIN};
  if (source->pipe >= 0) poll(&ready, 1, timeout_ms);
}

/* Owns the calls of the operating system for files and locks. */
#define _DEFAULT_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"

static mb__fault fault_of(int error) {
  switch (error) {
    case ENOENT: return MB__FAULT_ABSENT;
    case EEXIST: return MB__FAULT_EXISTS;
    case EACCES:
    case EPERM: return MB__FAULT_DENIED;
    case ENOTDIR: return MB__FAULT_NOT_A_FOLDER;
    case ENOTEMPTY: return MB__FAULT_NOT_EMPTY;
    case ENOSPC:
    case EDQUOT:
    case EFBIG: return MB__FAULT_NO_SPACE;
    case EROFS: return MB__FAULT_READ_ONLY;
    case EMFILE:
    case ENFILE: return MB__FAULT_TOO_MANY_FILES;
    case EWOULDBLOCK: return MB__FAULT_HELD;
    case ENOMEM: return MB__FAULT_NO_MEMORY;
    default: return MB__FAULT_FAILED;
  }
}

static mb__fault outcome(int result) { return result == 0 ? MB__FAULT_OK : fault_of(errno); }

static bool is_child(const mb__files *files) { return files->process != getpid(); }

#define UNINTERRUPTED(result, call) \
  do (result) = (call);             \
  while ((result) < 0 && errno == EINTR)

/* A link is not followed, and what only looks like a file (a pipe) does not keep us waiting. */
static int open_descriptor(const char *path, int flags) {
  int descriptor;
  UNINTERRUPTED(descriptor, open(path, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, S_IRUSR | S_IWUSR));
  return descriptor;
}

static mb__fault posix_open(const mb__files *files, const char *path, mb__opening how, mb__file *file) {
  static const int flags[] = {O_RDWR | O_APPEND | O_CREAT | O_EXCL, O_RDWR | O_APPEND, O_RDONLY};
  *file = MB__NO_FILE;
  if (how != MB__OPEN_READ && is_child(files)) return MB__FAULT_FORKED;
  *file = open_descriptor(path, flags[how]);
  return *file < 0 ? fault_of(errno) : MB__FAULT_OK;
}

static void posix_close(const mb__files *files, mb__file file) {
  (void)files;
  close((int)file); /* after EINTR it is closed all the same */
}

static mb__fault posix_read(const mb__files *files, mb__file file, uint64_t at, char *bytes, size_t size, size_t *got) {
  ssize_t result;
  (void)files;
  *got = 0;
  UNINTERRUPTED(result, pread((int)file, bytes, size, (off_t)at));
  if (result < 0) return fault_of(errno);
  *got = (size_t)result;
  return MB__FAULT_OK;
}

static mb__fault posix_write(const mb__files *files, mb__file file, const char *bytes, size_t size) {
  ssize_t result;
  if (is_child(files)) return MB__FAULT_FORKED;
  UNINTERRUPTED(result, write((int)file, bytes, size));
  if (result < 0) return fault_of(errno);
  return (size_t)result == size ? MB__FAULT_OK : MB__FAULT_NO_SPACE; /* a regular file has no other reason */
}

static mb__fault posix_truncate(const mb__files *files, mb__file file, uint64_t size) {
  int result;
  if (is_child(files)) return MB__FAULT_FORKED;
  UNINTERRUPTED(result, ftruncate((int)file, (off_t)size));
  return outcome(result);
}

static int sync_descriptor(int descriptor) {
  int result;
#ifdef __APPLE__
  UNINTERRUPTED(result, fcntl(descriptor, F_FULLFSYNC));
#else
  UNINTERRUPTED(result, fdatasync(descriptor));
#endif
  return result;
}

static mb__fault posix_sync(const mb__files *files, mb__file file) {
  (void)files;
  return outcome(sync_descriptor((int)file));
}

static mb__fault posix_measure(const mb__files *files, const char *path, uint64_t *size) {
  struct stat found;
  (void)files;
  *size = 0;
  if (lstat(path, &found)) return fault_of(errno);
  *size = (uint64_t)found.st_size;
  return MB__FAULT_OK;
}

static mb__fault posix_rename(const mb__files *files, const char *from, const char *to) {
  return is_child(files) ? MB__FAULT_FORKED : outcome(rename(from, to));
}

static mb__fault posix_remove(const mb__files *files, const char *path) {
  return is_child(files) ? MB__FAULT_FORKED : outcome(unlink(path));
}

static mb__fault posix_make_folder(const mb__files *files, const char *path) {
  return is_child(files) ? MB__FAULT_FORKED : outcome(mkdir(path, S_IRWXU));
}

static mb__fault posix_remove_folder(const mb__files *files, const char *path) {
  if (is_child(files)) return MB__FAULT_FORKED;
  mb__fault fault = outcome(rmdir(path));
  return fault == MB__FAULT_EXISTS ? MB__FAULT_NOT_EMPTY : fault; /* POSIX allows either */
}

static mb__fault posix_sync_folder(const mb__files *files, const char *path) {
  (void)files;
  int descriptor = open_descriptor(path, O_RDONLY | O_DIRECTORY);
  if (descriptor < 0) return fault_of(errno);
  mb__fault fault = MB__FAULT_OK;
  if (sync_descriptor(descriptor) && errno != EINVAL) fault = fault_of(errno); /* EINVAL: it has no such thing */
  close(descriptor);
  return fault;
}

static mb__fault posix_list(const mb__files *files, const char *path, mb__name_fn visit, void *user) {
  (void)files;
  DIR *folder = opendir(path);
  if (!folder) return fault_of(errno);
  errno = 0;
  for (const struct dirent *entry; (entry = readdir(folder)) != NULL; errno = 0)
    if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) visit(user, entry->d_name);
  mb__fault fault = errno ? fault_of(errno) : MB__FAULT_OK;
  closedir(folder);
  return fault;
}

/* Who held the lock before may have removed the file: then what we hold is nothing. */
static bool is_still_there(int descriptor, const char *path) {
  struct stat held, found;
  return fstat(descriptor, &held) == 0 && lstat(path, &found) == 0 && held.st_dev == found.st_dev &&
         held.st_ino == found.st_ino;
}

static mb__fault posix_lock(const mb__files *files, const char *path, mb__file *file) {
  int result;
  *file = MB__NO_FILE;
  if (is_child(files)) return MB__FAULT_FORKED;
  int descriptor = open_descriptor(path, O_RDWR | O_CREAT);
  if (descriptor < 0) return fault_of(errno);
  UNINTERRUPTED(result, flock(descriptor, LOCK_EX | LOCK_NB));
  mb__fault fault = outcome(result);
  if (!fault && !is_still_there(descriptor, path)) fault = MB__FAULT_ABSENT;
  if (fault)
    close(descriptor);
  else
    *file = descriptor;
  return fault;
}

mb__files mb__files_posix(void) {
  return (mb__files){
      .process = getpid(),
      .open = posix_open,
      .close = posix_close,
      .read = posix_read,
      .write = posix_write,
      .truncate = posix_truncate,
      .sync = posix_sync,
      .measure = posix_measure,
      .rename = posix_rename,
      .remove = posix_remove,
      .make_folder = posix_make_folder,
      .remove_folder = posix_remove_folder,
      .sync_folder = posix_sync_folder,
      .list = posix_list,
      .lock = posix_lock,
  };
}

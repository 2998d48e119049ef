/* Owns the set of watched sockets; the only file that knows how the kernel is asked. */
#define _POSIX_C_SOURCE 200809L
#include "readiness.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#if defined(__linux__) && !defined(MB_READINESS_POLL)
#  define USE_EPOLL 1
#  include <sys/epoll.h>
#else
#  define USE_EPOLL 0
#  include <poll.h>
#endif

/* One wait finds at most so many sockets: it bounds the work of a tick. */
#define BATCH 32

#if USE_EPOLL
/* What is known of a descriptor. `watched` is what the kernel was told; it may be more than `wanted`. */
typedef struct watch {
  unsigned char wanted;
  unsigned char watched;
  bool adopted;
} watch;
#else
typedef struct pollfd watch;
#endif

struct mb__readiness {
  watch *watches; /* epoll: by descriptor, as in libev and libuv; poll: those that are wanted, in no order */
  size_t count;   /* poll only: how many */
  size_t capacity;
  size_t turn; /* poll only: where the next search starts, so that no socket starves */
  int epoll;
  int found, taken;
  mb__ready ready[BATCH];
};

static bool reserve(mb__readiness *set, size_t count) {
  if (count <= set->capacity) return true;
  size_t capacity = set->capacity ? set->capacity : 16;
  while (capacity < count) capacity *= 2;
  watch *watches = realloc(set->watches, capacity * sizeof *watches);
  if (!watches) return false;
  memset(watches + set->capacity, 0, (capacity - set->capacity) * sizeof *watches);
  set->watches = watches;
  set->capacity = capacity;
  return true;
}

/* A descriptor may be closed, and its number given to another socket, while results of the last wait are taken. */
static void drop_results(mb__readiness *set, int fd) {
  for (int i = set->taken; i < set->found; i++)
    if (set->ready[i].fd == fd) set->ready[i].what = 0;
}

#if USE_EPOLL

mb__readiness *mb__readiness_new(void) {
  mb__readiness *set = calloc(1, sizeof *set);
  if (!set) return NULL;
  set->epoll = epoll_create1(EPOLL_CLOEXEC);
  if (set->epoll >= 0) return set;
  free(set);
  return NULL;
}

void mb__readiness_free(mb__readiness *set) {
  if (!set) return;
  close(set->epoll);
  free(set->watches);
  free(set);
}

static bool tell_kernel(mb__readiness *set, int fd, unsigned what) {
  watch *w = &set->watches[fd];
  struct epoll_event event = {.data.fd = fd};
  if (what & MB__READABLE) event.events |= EPOLLIN;
  if (what & MB__WRITABLE) event.events |= EPOLLOUT;
  int operation = !what ? EPOLL_CTL_DEL : w->watched ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
  if (epoll_ctl(set->epoll, operation, fd, &event) != 0 && operation != EPOLL_CTL_DEL) return false;
  w->watched = (unsigned char)what;
  return true;
}

bool mb__readiness_adopt(mb__readiness *set, int fd) {
  if (!reserve(set, (size_t)fd + 1)) return false;
  set->watches[fd] = (watch){.adopted = true};
  return true;
}

bool mb__readiness_want(mb__readiness *set, int fd, unsigned what) {
  if (!reserve(set, (size_t)fd + 1)) return what == 0;
  watch *w = &set->watches[fd];
  w->wanted = (unsigned char)what;
  if (what & ~(unsigned)w->watched) return tell_kernel(set, fd, what);
  if (!what && w->watched && !w->adopted) return tell_kernel(set, fd, 0);
  return true;
}

void mb__readiness_forget(mb__readiness *set, int fd) {
  if ((size_t)fd >= set->capacity) return;
  if (set->watches[fd].watched) tell_kernel(set, fd, 0);
  set->watches[fd] = (watch){0};
  drop_results(set, fd);
}

static unsigned meaning(uint32_t events) {
  unsigned what = 0;
  if (events & (EPOLLIN | EPOLLHUP)) what |= MB__READABLE;
  if (events & EPOLLOUT) what |= MB__WRITABLE;
  if (events & (EPOLLERR | EPOLLHUP)) what |= MB__BROKEN;
  return what;
}

/* The kernel reported what nobody wants any more, and would report it again and again. */
static bool is_stale(mb__readiness *set, mb__ready ready) {
  watch *w = &set->watches[ready.fd];
  if (w->wanted && ready.what & (w->wanted | MB__BROKEN)) return false;
  tell_kernel(set, ready.fd, w->wanted);
  return true;
}

static void collect(mb__readiness *set, int timeout_ms) {
  struct epoll_event events[BATCH];
  int count = epoll_wait(set->epoll, events, BATCH, timeout_ms);
  for (int i = 0; i < count; i++) {
    mb__ready ready = {events[i].data.fd, meaning(events[i].events)};
    if (!is_stale(set, ready)) set->ready[set->found++] = ready;
  }
}

static unsigned wanted_now(const mb__readiness *set, int fd) { return set->watches[fd].wanted; }

int mb__readiness_descriptor(const mb__readiness *set) { return set->epoll; }

#else

mb__readiness *mb__readiness_new(void) { return calloc(1, sizeof(mb__readiness)); }

void mb__readiness_free(mb__readiness *set) {
  if (!set) return;
  free(set->watches);
  free(set);
}

static watch *find(const mb__readiness *set, int fd) {
  for (size_t i = 0; i < set->count; i++)
    if (set->watches[i].fd == fd) return &set->watches[i];
  return NULL;
}

static void remove_watch(mb__readiness *set, watch *w) {
  if (w) *w = set->watches[--set->count];
}

/* poll() registers nothing, so there is nothing to keep. */
bool mb__readiness_adopt(mb__readiness *set, int fd) {
  (void)fd;
  return reserve(set, set->count + 1);
}

bool mb__readiness_want(mb__readiness *set, int fd, unsigned what) {
  watch *w = find(set, fd);
  if (!what) {
    remove_watch(set, w);
    return true;
  }
  if (!w) {
    if (!reserve(set, set->count + 1)) return false;
    w = &set->watches[set->count++];
  }
  *w = (watch){.fd = fd};
  if (what & MB__READABLE) w->events |= POLLIN;
  if (what & MB__WRITABLE) w->events |= POLLOUT;
  return true;
}

void mb__readiness_forget(mb__readiness *set, int fd) {
  remove_watch(set, find(set, fd));
  drop_results(set, fd);
}

static unsigned meaning(short events) {
  unsigned what = 0;
  if (events & (POLLIN | POLLHUP)) what |= MB__READABLE;
  if (events & POLLOUT) what |= MB__WRITABLE;
  if (events & (POLLERR | POLLHUP | POLLNVAL)) what |= MB__BROKEN;
  return what;
}

static void collect(mb__readiness *set, int timeout_ms) {
  if (poll(set->watches, (nfds_t)set->count, timeout_ms) <= 0) return;
  for (size_t i = 0; i < set->count && set->found < BATCH; i++) {
    const watch *w = &set->watches[(set->turn + i) % set->count];
    unsigned what = meaning(w->revents);
    if (what) set->ready[set->found++] = (mb__ready){w->fd, what};
  }
  set->turn++;
}

static unsigned wanted_now(const mb__readiness *set, int fd) {
  const watch *w = find(set, fd);
  return w ? meaning(w->events) : 0;
}

int mb__readiness_descriptor(const mb__readiness *set) {
  (void)set;
  return -1;
}

#endif

void mb__readiness_wait(mb__readiness *set, int timeout_ms) {
  if (set->taken < set->found) return;
  set->taken = set->found = 0;
  collect(set, timeout_ms);
}

bool mb__readiness_next(mb__readiness *set, mb__ready *ready) {
  while (set->taken < set->found) {
    *ready = set->ready[set->taken++];
    unsigned wanted = wanted_now(set, ready->fd);
    if (wanted && ready->what & (wanted | MB__BROKEN)) return true;
  }
  return false;
}

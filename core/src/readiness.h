/* Decides how a set of sockets is watched: epoll on Linux, poll() elsewhere or with MB_READINESS_POLL defined. */
#ifndef MEDIABEAT_READINESS_H
#define MEDIABEAT_READINESS_H

#include <stdbool.h>

typedef struct mb__readiness mb__readiness;

enum { MB__READABLE = 1, MB__WRITABLE = 2, MB__BROKEN = 4 };

/* A socket and what it is ready for. */
typedef struct mb__ready {
  int fd;
  unsigned what;
} mb__ready;

mb__readiness *mb__readiness_new(void);      /* NULL: out of memory or descriptors */
void mb__readiness_free(mb__readiness *set); /* NULL is fine */

/* Promises that mb__readiness_forget comes before fd is closed, so that the set may keep the kernel's registration
 * while nothing is wanted: a connection that carries one request after another then costs no system call to watch.
 * False: out of memory. */
bool mb__readiness_adopt(mb__readiness *set, int fd);

/* Watch fd for `what` from now on, 0 for nothing. False: it cannot be watched. */
bool mb__readiness_want(mb__readiness *set, int fd, unsigned what);

/* fd is about to be closed. */
void mb__readiness_forget(mb__readiness *set, int fd);

/* Blocks until something is ready or timeout_ms has passed (0: not at all, -1: no limit), or a signal came. Returns at
 * once when mb__readiness_next has something left to give. Now and then it returns early with nothing. */
void mb__readiness_wait(mb__readiness *set, int timeout_ms);

/* Can be read when a wait would find something; -1 where the kernel has no such thing (poll). */
int mb__readiness_descriptor(const mb__readiness *set);

/* Takes the next socket that the last wait found; false when there is none left. */
bool mb__readiness_next(mb__readiness *set, mb__ready *ready);

#endif

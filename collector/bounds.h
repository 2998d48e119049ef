/* What a collector takes, and how long sessions may be silent: its settings, which nothing changes while it runs. */
#ifndef MEDIABEAT_COLLECTOR_BOUNDS_H
#define MEDIABEAT_COLLECTOR_BOUNDS_H

#include <stdbool.h>
#include <stdint.h>

typedef struct mbc_limits {
  /* ms of the receipt clock */
  int64_t silence;        /* no events: closed */
  int64_t complete_grace; /* the same after sessionComplete, when it is shorter */
  int64_t standstill;     /* no movement of the playhead: closed */
  int64_t age, edge_age;  /* since the start, of sessions from either wire: closed. INT64_MAX: any */
  int64_t gone;           /* how long a closed session is known to clients */
  int64_t keep;           /* how long a closed session is kept. INT64_MAX: until there is no room */

  int64_t open_sessions;
  int64_t events; /* of a session, repeated ones too */
  int64_t data;   /* bytes */

  bool drop_after_close; /* what comes for a closed session is answered as if it were taken; v1 alone */
} mbc_limits;

#endif

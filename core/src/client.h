/* Decides what a client holds: settings, the clock, timers, outboxes, the accounting, and the guard at its doors. */
#ifndef MEDIABEAT_CLIENT_INTERNAL_H
#define MEDIABEAT_CLIENT_INTERNAL_H

#include <mediabeat/mediabeat.h>

#include "config.h"
#include "edge.h"
#include "event.h"
#include "players.h"
#include "queue.h"
#include "record.h"
#include "store.h"
#include "text.h"
#include "timers.h"
#include "wire.h"
#include "writer.h"

typedef struct mb__outbox mb__outbox;

/* What the pings of a session count from: mainPingAnchor. */
typedef enum mb__anchoring {
  MB__ANCHOR_BY_FORM, /* not set: EVENT for a session opened with XDM, else STATE */
  MB__ANCHOR_STATE,   /* the last playback event or ping */
  MB__ANCHOR_EVENT,   /* the last event of any kind */
  MB__ANCHOR_GRID     /* sessionStart, in a fixed grid */
} mb__anchoring;

/* Configuration as the hot paths want it. */
typedef struct mb__settings {
  int64_t main_ping_ms, ad_ping_ms, downloaded_ping_ms;
  int64_t retry_ms, retry_max_ms, queue_max_age_ms;
  uint32_t queue_max_events;
  uint64_t queue_max_bytes;
  mb__anchoring anchoring;
  bool downloaded;           /* sessions are batches */
  bool edge;                 /* events go to the Media Edge API */
  bool power;                /* durability */
  bool recovers_as_download; /* recovery */
  int64_t sync_interval_ms, store_max_age_ms;
  uint64_t store_max_bytes;
  mb_log_level log_level;
} mb__settings;

/* ms between pings: of downloaded content, of main content, inside an ad. */
static inline int64_t mb__ping_interval(const mb__settings *settings, bool in_ad, bool granular) {
  enum { GRANULAR_MS = 1000 };
  if (settings->downloaded) return settings->downloaded_ping_ms;
  if (!in_ad) return settings->main_ping_ms;
  return granular && !settings->edge ? GRANULAR_MS : settings->ad_ping_ms;
}

/* A timer that could not fire for want of memory is tried again after so long. */
enum { MB__TRY_AGAIN_MS = 100 };

/* Whoever has timers: a tracker or a session. The timer comes first, so that a timer is its owner. */
typedef struct mb__timed {
  mb__timer timer;
  mb_status (*fire)(struct mb__timed *owner, int64_t now);
} mb__timed;

struct mb_client {
  mb__memory memory;
  mb_config *config;
  mb__settings settings;
  mb_transport transport;
  bool has_transport;
  const mb__wire *wire;
  mb__edge edge; /* what the Media Edge API said */

  int64_t now;      /* the library's time: never steps back */
  int64_t shift;    /* what it is ahead of the host's clock after a step back */
  uint64_t seed;    /* of everything random */
  uint64_t random;  /* for delivery */
  uint64_t created; /* counts trackers, sessions and outboxes, for the order of timers */

  mb__timers timers;  /* of trackers and sessions */
  mb__timers retries; /* of outboxes */
  mb__chunk_pool chunks;
  mb__players players;
  mb__writer scratch; /* bodies and paths while they are written */

  struct mb_tracker *trackers; /* lists of all that must be freed with the client */
  struct mb_session *sessions;
  mb__outbox *outboxes;
  mb__outbox *ready_first, *ready_last; /* outboxes with something to send, in turn */
  mb__outbox *batch;                    /* the downloaded session whose turn it is */

  mb__store *store;          /* NULL: everything is in memory only */
  mb__store_name store_name; /* of the session last taken from it */
  mb__outbox *taken;         /* the one that is being sent */
  int64_t store_due;         /* when it wants a tick */
  bool store_waits;          /* something may wait in it */
  int64_t store_quiet_until; /* that it does not work is not said again before */

  mb_request *idle_requests;
  size_t under_way;

  mb_consent consent;
  bool online;
  bool inside;      /* a door is open: other doors answer MB_BUSY */
  bool dispatching; /* dispatch is on the stack: answers only change outboxes */
  bool closed;
  /* Said once until something is delivered again: */
  bool outage_reported;        /* no answer, or one that says later */
  bool configuration_reported; /* 401, 403, 3xx */

  mb__recorder recorder;
  mb_stats stats;
  char error[256];
};

/* How a host that is interruptible closes: it is asked after every wait, of slice_ms at most, whether to wait on. */
typedef struct mb__patience {
  int64_t slice_ms;
  bool (*lasts)(void *user); /* NULL: until the deadline */
  void *user;
} mb__patience;
mb_status mb__client_close(mb_client *client, int64_t now_ms, int64_t deadline_ms, mb__patience patience);

/* Doors (door.c). enter checks time, re-entry and closing, and sets client->now; every MB_OK needs a leave, which passes the
 * status on and keeps its message. */
mb_status mb__enter(mb_client *client, int64_t now_ms);
mb_status mb__enter_now(mb_client *client); /* for calls that need no time */
mb_status mb__leave(mb_client *client, mb_status status);

bool mb__time_is_valid(int64_t now_ms); /* from 1970 to 9999 */

/* Moves the library's time to the host's now_ms, never back. */
void mb__advance(mb_client *client, int64_t now_ms);

/* Sets the message of mb_client_error; returns the status. */
MB__FORMAT(3, 4) mb_status mb__fail(mb_client *client, mb_status status, const char *format, ...);

bool mb__logs(const mb_client *client, mb_log_level level);
MB__FORMAT(3, 4) void mb__log(const mb_client *client, mb_log_level level, const char *format, ...);

#endif

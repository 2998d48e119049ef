/* Decides the life of a client: configuration in, time in, delivery, accounting. One client belongs to one thread at a
 * time; two clients may run in two threads without a lock. The library reads no clock and starts no thread.
 *
 * Time: every `now_ms` is milliseconds since 1970 UTC, 0 to 253402300799999. A clock that steps back is taken out:
 * time stands still at the step and goes on from there. */
#ifndef MEDIABEAT_CLIENT_H
#define MEDIABEAT_CLIENT_H

#include "config.h"
#include "transport.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct mb_client mb_client;

/* A client. The configuration is copied, the transport is copied and its `user` now belongs to the client, on success
 * only. `transport` NULL: nothing is sent, events wait. Errors: MB_NO_MEMORY, MB_INVALID_ARGUMENT. Does not check that
 * the configuration is complete: see mb_config_check_live. */
MB_API mb_status mb_client_new(const mb_config *config, const mb_transport *transport, mb_client **client);

/* Frees the client with all its trackers and sessions, whose handles are invalid from this call on. What is still queued
 * and not in a store is lost: call mb_client_close before. NULL is fine. Not from inside a callback. */
MB_API void mb_client_free(mb_client *client);

/* Fires every timer that is due and moves I/O, without blocking. With nothing due and no request under way it costs a
 * comparison. Timers that are due at the same time fire in the order in which their trackers and sessions were made.
 * MB_NO_MEMORY: a timer could not fire, it is tried again after 100 ms. */
MB_API mb_status mb_client_tick(mb_client *client, int64_t now_ms);

/* When mb_client_tick is next needed if nothing else happens: the earliest timer, retry or transport deadline, on the
 * host's clock; MB_NEVER if none. May lie in the past. */
MB_API int64_t mb_client_next_deadline(const mb_client *client);

/* As mb_client_tick, but fires no timer of a tracker or session: moves I/O and retries only. */
MB_API mb_status mb_client_deliver(mb_client *client, int64_t now_ms);

/* Blocks until the transport has something to do or timeout_ms has passed, and returns how long that took in ms; the
 * transport's own clock measures it. Returns 0 at once when the transport cannot wait. Call mb_client_tick afterwards. */
MB_API int64_t mb_client_wait(mb_client *client, int64_t timeout_ms);

/* For hosts with a loop of their own instead of mb_client_wait: a file descriptor that can be read as soon as
 * mb_client_tick has I/O to move; -1 while no request is under way, or when the transport has none. Ask again after every
 * call, as for mb_client_next_deadline. It belongs to the transport: watch it, nothing else. */
MB_API int mb_client_descriptor(const mb_client *client);

/* Delivers what it can until deadline_ms, blocking in the transport's wait; never longer. What is left then counts as
 * dropped (MB_DROP_CLOSED). Afterwards only mb_client_stats and the free functions work; the rest returns MB_CLOSED.
 * deadline_ms <= now_ms makes one attempt without blocking. Returns MB_OK also when something was left. */
MB_API mb_status mb_client_close(mb_client *client, int64_t now_ms, int64_t deadline_ms);

/* Consent: `in` sends (the default), `unknown` keeps events in their queues, `out` drops what is queued, ends the
 * running sessions silently at the backend's side and produces nothing until consent is `in` again and the host ends the
 * session that its tracker still has open and starts another. */
typedef enum mb_consent { MB_CONSENT_IN = 0, MB_CONSENT_UNKNOWN = 1, MB_CONSENT_OUT = 2 } mb_consent;
MB_API mb_status mb_client_set_consent(mb_client *client, mb_consent consent, int64_t now_ms);

/* Whether the device is online (the default). Only downloaded sessions wait for it. */
MB_API mb_status mb_client_set_online(mb_client *client, bool online, int64_t now_ms);

/* Writes every call that this client receives as a player log, one line at a time with its newline, so that
 * `mediabeat replay` sends the same bodies again. Before the first tracker or session, else MB_TOO_LATE. `write` gets
 * bytes valid during the call and must not call the library. A line that cannot be written is the writer's concern.
 * Freeing a tracker or session that is still open is no line of a log: end it before. A log knows a player from its
 * first call on: of two timers due together the replay fires that of the player first
 * called, the recorded client that of the player first made. */
typedef void (*mb_write_fn)(void *user, const char *line, size_t size);
MB_API mb_status mb_client_record(mb_client *client, mb_write_fn write, void *user);

/* Why events were dropped. */
#define MB_DROP_LIST(X)                                                \
  X(MB_DROP_REFUSED, "refused by the backend")                         \
  X(MB_DROP_SESSION_REFUSED, "the backend refused their sessionStart") \
  X(MB_DROP_QUEUE_FULL, "the session's queue was full")                \
  X(MB_DROP_TOO_OLD, "undelivered for too long")                       \
  X(MB_DROP_CONSENT, "no consent")                                     \
  X(MB_DROP_CLOSED, "undelivered when the client was closed")          \
  X(MB_DROP_STORE_FULL, "the store was full")

typedef enum mb_drop {
#define MB_DROP_NAME(name, text) name,
  MB_DROP_LIST(MB_DROP_NAME)
#undef MB_DROP_NAME
      MB_DROP_COUNT
} mb_drop;

MB_API const char *mb_drop_text(mb_drop reason); /* static; never NULL */

/* Accounting: accepted + recovered = delivered + queued + stored + the sum of dropped, at every moment outside a call. */
typedef struct mb_stats {
  size_t size;                     /* set by the caller to sizeof(mb_stats) */
  uint64_t accepted;               /* events made by calls and timers */
  uint64_t delivered;              /* taken by the backend */
  uint64_t queued;                 /* waiting, the ones under way included */
  uint64_t queued_bytes;           /* their bodies */
  uint64_t held;                   /* of those queued: waiting for consent or for being online */
  uint64_t dropped[MB_DROP_COUNT]; /* by mb_drop */
  uint64_t requests;               /* requests handed to the transport */
  uint64_t retries;                /* of those: repeats of one that failed */
  uint64_t reopened;               /* sessions continued in a new one after 404 or 410 */
  uint64_t resent;                 /* events sent once more to say what was open there */
  uint64_t refused_calls;          /* calls that a tracker rule refused */
  uint64_t sessions;               /* sessionStart events made, and sessions resumed */
  uint64_t recovered;              /* events found in the store, of clients that are gone */
  uint64_t stored;                 /* waiting on disk only */
  uint64_t possibly_doubled;       /* sessions whose opening was repeated although it may have been taken */
} mb_stats;
MB_API mb_status mb_client_stats(const mb_client *client, mb_stats *stats);

/* What the last call on this client, its trackers or its sessions that did not return MB_OK had to say: names what and
 * where. "" if none. Valid until the next call. */
MB_API const char *mb_client_error(const mb_client *client);

#ifdef __cplusplus
}
#endif

#endif

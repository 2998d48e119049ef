/* Decides how one session's events reach the backend: their order, what the backend has acknowledged as open, and how a
 * session goes on in a new one. */
#ifndef MEDIABEAT_OUTBOX_H
#define MEDIABEAT_OUTBOX_H

#include "client.h"

enum { MB__MOST_STATES = 10 }; /* player states of a session */

/* What the backend knows to be open, to say it again in a new session. */
typedef struct mb__opened {
  mb__tail *start, *chapter, *ad_break, *ad;
  mb__tail *states[MB__MOST_STATES];
  uint8_t state_count;
  uint8_t playback; /* mb__event_type: play, pauseStart or bufferStart; sessionStart when there was none */
} mb__opened;

struct mb__outbox {
  mb__timer retry; /* first: a retry timer is its outbox */
  mb_client *client;
  mb__outbox *previous, *next;
  mb__outbox *ready_next;
  mb__player *player;
  mb__queue queue;
  mb__queue prelude; /* what was open, sent before the queue in a re-opened session */
  mb__opened opened;
  char region[MB__MOST_HINT + 1]; /* that the session keeps to, once it is settled; "": none */
  mb_session_id_fn learned;       /* told of the id; NULL: nobody */
  void *learner;
  uint64_t ids; /* state of the stream of event ids */
  char *id;     /* NULL until the backend has given one */
  char *former; /* the id before that, of a session that was re-opened */
  mb_request *request;
  mb__journal *journal; /* NULL: in memory only */
  uint64_t done;        /* events of the queue that have come to their end */
  double last_playhead; /* of the newest event, as last_ts and last_type */
  int64_t last_ts;
  uint32_t ordinal; /* session of this player, for dry runs */
  uint32_t attempts;
  uint8_t last_type;
  bool unsure;  /* a request that opens it may have been taken, its answer was lost */
  bool opening; /* the journal says that the request that opens it is under way */
  bool owned;   /* a tracker or session may still add events */
  bool ended;   /* nothing will be added */
  bool dead;    /* the backend refused it or consent was withdrawn: events are dropped on arrival */
  mb_drop dead_because;
  bool ready; /* in the list */
  bool fresh; /* re-opened, and nothing delivered since */
  bool full_reported;
  bool reopen; /* must be re-opened, as soon as there is memory */
  bool is_batch;
  bool is_settled; /* its region is known */
};

/* A new outbox, owned and not yet listed: mb__outbox_list makes it the client's. NULL: out of memory. */
mb__outbox *mb__outbox_new(mb_client *client, mb__player *player, bool is_batch);
void mb__outbox_list(mb__outbox *outbox);    /* as the player's next session */
void mb__outbox_link(mb__outbox *outbox);    /* as one that was made before */
void mb__outbox_free(mb__outbox *outbox);    /* with everything in it */
void mb__outbox_discard(mb__outbox *outbox); /* one that never was: not listed, and nothing of it on disk */

/* Encodes an event and appends it. The wire ts is moment->ts, or one more than the last. Out of memory: unchanged.
 * MB_OK with *dropped set to a reason when the outbox takes nothing (MB_DROP_COUNT otherwise). */
mb_status mb__outbox_add(mb__outbox *outbox, const mb__moment *moment, mb__tail *tail, mb_drop *dropped);

/* A point to which additions can be taken back, as long as nothing was delivered in between. */
typedef struct mb__outbox_mark {
  mb__queue_mark queue;
  int64_t last_ts;
  uint64_t ids;
  mb__journal_point journal;
  double last_playhead;
  uint8_t last_type;
} mb__outbox_mark;
mb__outbox_mark mb__outbox_save(const mb__outbox *outbox);
void mb__outbox_restore(mb__outbox *outbox, mb__outbox_mark mark);

/* A session that was cut off ends a millisecond after its last event. False: out of memory. */
bool mb__outbox_end(mb__outbox *outbox);

/* For a session that comes back from disk: an event that waits (false: out of memory), and one that was delivered. */
bool mb__outbox_put(mb__outbox *outbox, const mb__record *record, const char *body, mb__tail *tail);
void mb__outbox_recall(mb__outbox *outbox, mb__event_type type, mb__tail *tail);

/* What waits is on disk now, and no longer here; the newest `lost` events are not, and dropped with the client. */
void mb__outbox_move_to_store(mb__outbox *outbox, uint64_t lost);

/* Drops everything that waits, but for the record under way. */
void mb__outbox_drop_all(mb__outbox *outbox, mb_drop reason);

/* Whether it may be freed, and freeing it then. */
void mb__outbox_tidy(mb__outbox *outbox);

/* The oldest record to send now, NULL when there is none. */
static inline const mb__record *mb__outbox_head(const mb__outbox *outbox) {
  return mb__queue_head(outbox->prelude.count ? &outbox->prelude : &outbox->queue);
}

/* The head is done: delivered, or dropped for a reason. */
void mb__outbox_delivered(mb__outbox *outbox);
void mb__outbox_dropped(mb__outbox *outbox, mb_drop reason);

/* As mb__outbox_reopen, but what is left becomes one downloaded session. */
bool mb__outbox_make_batch(mb__outbox *outbox);

/* Prepares to go on in a new session. False: out of memory, to be tried again (outbox->reopen stays set). */
bool mb__outbox_reopen(mb__outbox *outbox);

#endif

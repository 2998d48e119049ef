/* Decides what a session's stored events come to: in which order they are processed, at what time each takes effect,
 * and what the player was doing from each to the next. A pure function of the events, the session's close and, while
 * it is open, the time at which it is looked at. Metrics, findings and the page all read from here.
 *
 * Order: the sessionStart first; the others wait in a window, which is released when 5 s by the receipt clock have
 * passed since its first event, or an eleventh event is in it, or the session closes. A window's events are sorted
 * by ts. A downloaded session keeps its order. Time runs by ts; one that is earlier than that of the event before
 * takes effect at once. While a session is open, events that still wait are shown as if it closed now.
 * https://experienceleague.adobe.com/en/docs/media-analytics/using/implementation/media-collection-api/mc-api-impl/mc-api-ctrl-order */
#ifndef MEDIABEAT_COLLECTOR_HISTORY_H
#define MEDIABEAT_COLLECTOR_HISTORY_H

#include "event.h"
#include "store.h"

/* What the time between two events is: each millisecond of a session is exactly one of these. */
typedef enum mbc_activity {
  MBC_IDLE,    /* content has not begun, or is complete */
  MBC_PLAY,    /* content plays */
  MBC_PAUSE,   /* of content or of an ad */
  MBC_BUFFER,  /* of content or of an ad */
  MBC_STALL,   /* content should play, and its playhead stands still for three samples or more */
  MBC_AD_PLAY, /* an ad plays */
  MBC_ACTIVITY_COUNT
} mbc_activity;

const char *mbc_activity_name(mbc_activity activity); /* "idle", "play", "pause", "buffer", "stall", "ad" */

/* Why an event had no part, or less than it could have had. Bits. */
enum {
  MBC_LATE = 1 << 0,            /* came after its window: it takes effect at the time of the event before */
  MBC_EQUAL_TS = 1 << 1,        /* has the ts of the event before */
  MBC_WAITING = 1 << 2,         /* of an open session: its window is not released yet */
  MBC_OUTSIDE_BREAK = 1 << 3,   /* of an ad, without an open break */
  MBC_MISSING_BOOKEND = 1 << 4, /* of an ad or its break, and the break has no end */
  MBC_NO_OPEN_BREAK = 1 << 5,   /* adBreakComplete without a break */
  MBC_NO_OPEN_AD = 1 << 6,      /* adComplete or adSkip without an ad */
  MBC_NO_OPEN_CHAPTER = 1 << 7, /* chapterComplete or chapterSkip without a chapter */
  MBC_STATE_LIMIT = 1 << 8,     /* starts an eleventh player state */
  MBC_IS_DUPLICATE = 1 << 9,    /* not processed from here on */
  MBC_IS_AFTER_END = 1 << 10,   /* came or sorts behind the end of the session */
  MBC_IS_UNREADABLE = 1 << 11,  /* the stored body is no event */
};

enum { MBC_NOTE_COUNT = 12 };
const char *mbc_note_name(int bit); /* of 1 << bit: "late", "equalTs", ... */

/* Where Adobe's pages say two things: the reading that is not the usual one. */
typedef struct mbc_choices {
  bool lenient_bookends; /* ads of a break that has begun count, whether it ends or not */
  bool passed_markers;   /* progress is what was played: a marker that a seek went over is not passed */
} mbc_choices;

/* One event, and the time from it to the next. */
typedef struct mbc_step {
  int64_t index; /* order of arrival, as in the store */
  int64_t received_at;
  int64_t ts;           /* as sent; of a sessionStart without one, its receipt */
  int64_t time;         /* when it takes effect: ts, or the time of the event before */
  int64_t playhead;     /* ms, never negative */
  double sent_playhead; /* s, as sent */
  mb__event_type type;
  unsigned notes;
  mb__qoe qoe; /* present 0: none */

  /* Everything the body says, of events that say more than a moment: starts of sessions, breaks, ads and chapters,
   * player states and errors. NULL for others. Belongs to the history. */
  const mb__reading *reading;
  const mb__json *tree; /* the body that the reading points into */
  const char *body;     /* the body as stored, not terminated */
  size_t size;

  /* From this event to the next; of the last event, its state. */
  mbc_activity activity;
  mbc_activity content;      /* the state of content alone, while an ad is open too */
  bool ghost;                /* an ignored ad runs */
  int ad_break, ad, chapter; /* the open one, as index into the lists below; -1: none */
  int64_t bitrate;           /* last one that was said, 0: unknown */
} mbc_step;

/* What has a beginning and an end. Both are indices of steps; while something is still open, `to` is the last step and
 * `open` is set. A thing's times are those of its steps. */
typedef struct mbc_span {
  size_t from, to;
  bool open;
} mbc_span;

typedef struct mbc_break {
  mbc_span span;
  bool valid; /* false: it has no adBreakComplete, content went on, bookends are not lenient; its ads do not count */
} mbc_break;

typedef struct mbc_ad {
  mbc_span span;
  int ad_break; /* index of its break */
  bool is_void; /* its break turned out not to be valid: shown, not counted */
  bool completed, skipped;
  int64_t played; /* ms */
} mbc_ad;

typedef struct mbc_chapter {
  mbc_span span;
  bool completed, skipped;
  int64_t played; /* ms of content */
} mbc_chapter;

/* A player state, and each time it was on. */
typedef struct mbc_player_state {
  const char *name; /* as metrics spell it */
  int64_t count, time;
  bool on;      /* still */
  size_t since; /* step at which it went on last */
} mbc_player_state;

typedef struct mbc_state_span {
  mbc_span span;
  int state; /* index of its player state */
} mbc_state_span;

enum { MBC_MOST_STATES = 10 };

typedef struct mbc_history mbc_history;

/* Lists are for reading. They are complete after mbc_history_finish. */
struct mbc_history {
  mbc_session session; /* without its texts */
  mbc_choices choices; /* may be set before mbc_history_finish */
  int64_t now;         /* when it is looked at; of a closed session, when it closed */
  mbc_step *steps;     /* processed events in the order of processing */
  size_t step_count;
  mbc_step *others; /* what arrived and is not processed, in order of arrival */
  size_t other_count;
  mbc_break *breaks;
  size_t break_count;
  mbc_ad *ads; /* void ones too */
  size_t ad_count;
  mbc_chapter *chapters;
  size_t chapter_count;
  mbc_player_state states[MBC_MOST_STATES];
  size_t state_count;
  mbc_state_span *state_spans;
  size_t state_span_count;
  mbc_span *stalls;
  size_t stall_count;
  bool live;                     /* content is live or linear */
  bool complete;                 /* sessionComplete was processed */
  int64_t length;                /* ms, 0: none */
  double sent_length;            /* s, as sent */
  size_t content_start;          /* step of the first play of content; step_count: none */
  int64_t pauses, buffers;       /* how often these began */
  struct mbc_arrivals *arrivals; /* what is owned */
};

/* `session`: as the store has it; its texts are not needed. `now`: by the collector's clock, counts while it is open.
 * NULL: memory ended. */
mbc_history *mbc_history_new(const mbc_session *session, int64_t now);
void mbc_history_free(mbc_history *history); /* NULL is fine */

/* Adds the event that arrived next; copies it. An mbc_event_visitor, to be given to mbc_store_each_event with the
 * history. False: memory ended, and mbc_history_finish will say so. */
bool mbc_history_add(void *history, const mbc_event *event);

/* Orders and walks. MB_OK or MB_NO_MEMORY. A session of no event that can be read has no steps. */
mb_status mbc_history_finish(mbc_history *history);

/* Whether the playhead jumped between step i and the next: back, or further than double speed could bring it. */
bool mbc_history_is_seek(const mbc_history *history, size_t i);

/* Everything that has a duration, lane by lane and in order of time: for timelines. */
typedef enum mbc_lane {
  MBC_LANE_CONTENT,  /* kind: an activity's name; while an ad is open, that of the ad */
  MBC_LANE_SEEK,     /* kind "seek" */
  MBC_LANE_AD_BREAK, /* kind "break", or "void" */
  MBC_LANE_AD,       /* kind "open", "completed", "skipped" or "void" */
  MBC_LANE_CHAPTER,  /* kind "open", "completed" or "skipped" */
  MBC_LANE_STATE,    /* kind "state" */
  MBC_LANE_BITRATE   /* kind "bitrate" */
} mbc_lane;

typedef struct mbc_timeline_span {
  mbc_lane lane;
  const char *kind;
  const char *label; /* name of the ad, chapter or state; may be NULL. Hostile text */
  int64_t start, end;
  int64_t from, to; /* indices of arrival of the events that bound it */
  bool open;
  int64_t value; /* of MBC_LANE_BITRATE */
} mbc_timeline_span;

const char *mbc_lane_name(mbc_lane lane);

/* Returning false ends the visit. */
typedef bool mbc_span_visitor(void *user, const mbc_timeline_span *span);
void mbc_history_each_span(const mbc_history *history, mbc_span_visitor *visit, void *user);

#endif

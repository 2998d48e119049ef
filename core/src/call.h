/* Decides what a call of a player is: its kind, its moment, its arguments; how it is checked and copied. */
#ifndef MEDIABEAT_CALL_H
#define MEDIABEAT_CALL_H

#include <mediabeat/tracker.h>

#include "alloc.h"

/* X(id, name in the player log) */
#define MB__CALLS(X)                      \
  X(SESSION_START, "sessionStart")        \
  X(COMPLETE, "complete")                 \
  X(SESSION_END, "sessionEnd")            \
  X(PLAY, "play")                         \
  X(PAUSE, "pause")                       \
  X(BUFFER_START, "bufferStart")          \
  X(BUFFER_COMPLETE, "bufferComplete")    \
  X(SEEK_START, "seekStart")              \
  X(SEEK_COMPLETE, "seekComplete")        \
  X(AD_BREAK_START, "adBreakStart")       \
  X(AD_BREAK_COMPLETE, "adBreakComplete") \
  X(AD_START, "adStart")                  \
  X(AD_COMPLETE, "adComplete")            \
  X(AD_SKIP, "adSkip")                    \
  X(CHAPTER_START, "chapterStart")        \
  X(CHAPTER_COMPLETE, "chapterComplete")  \
  X(CHAPTER_SKIP, "chapterSkip")          \
  X(STATE_START, "stateStart")            \
  X(STATE_END, "stateEnd")                \
  X(BITRATE_CHANGE, "bitrateChange")      \
  X(ERROR, "error")                       \
  X(PLAYHEAD, "playhead")                 \
  X(QOE, "qoe")                           \
  X(TICK, "tick")

typedef enum mb__call_type {
#define MB__CALL_ID(id, name) MB__CALL_##id,
  MB__CALLS(MB__CALL_ID)
#undef MB__CALL_ID
      MB__CALL_COUNT
} mb__call_type;

const char *mb__call_name(mb__call_type type);

typedef struct mb__call {
  mb__call_type type;
  int64_t now;
  union {
    mb_media_info media;
    mb_ad_break_info ad_break;
    mb_ad_info ad;
    mb_chapter_info chapter;
    mb_qoe_info qoe;
    double playhead;
    const char *text; /* state name or error id */
  } as;
  const mb_pair *metadata;
  size_t metadata_count;
  struct mb__call *next; /* in the pre-roll queue */
} mb__call;

/* What no rule needs to see: texts that are not UTF-8, numbers that are not finite. `what` names the culprit. */
mb_status mb__call_check(const mb__call *call, const char **what);

/* A copy with everything it points to, in one block of memory; NULL: out of memory. */
mb__call *mb__call_copy(const mb__memory *memory, const mb__call *call);

#endif

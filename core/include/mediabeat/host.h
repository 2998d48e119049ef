/* Decides what the program around the library supplies: memory, a place for messages, player details. */
#ifndef MEDIABEAT_HOST_H
#define MEDIABEAT_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "export.h"
#include "status.h"

/* Structs that may grow begin with their size. The caller sets it to sizeof the struct; a smaller one, such as 0 when it
 * was forgotten, is MB_INVALID_ARGUMENT. */

#ifdef __cplusplus
extern "C" {
#endif

typedef enum mb_log_level {
  MB_LOG_ERROR = 0,   /* data was or will be lost unless somebody acts */
  MB_LOG_WARNING = 1, /* something was corrected or dropped */
  MB_LOG_INFO = 2,    /* sessions opened and ended, calls refused by a rule */
  MB_LOG_DEBUG = 3,   /* requests and answers, without bodies */
  MB_LOG_BODIES = 4   /* the same with bodies: the only level that shows metadata and visitor ids */
} mb_log_level;

/* What the host supplies. Any member may be NULL. Copied by mb_config_new; `user` must outlive the client. */
typedef struct mb_host {
  size_t size; /* sizeof(mb_host) */
  void *user;  /* handed to every function below */

  /* As realloc: block NULL allocates, size 0 frees and returns NULL. NULL member: the C library's. */
  void *(*allocate)(void *user, void *block, size_t size);

  /* A message, one line without newline, UTF-8, valid during the call. The library must not be called from
   * inside; calls that are tried all the same return MB_BUSY. */
  void (*log)(void *user, mb_log_level level, const char *message);
} mb_host;

/* Quality of experience. All four values are needed, finite, from 0 to 2^53; fractions are cut off. */
typedef struct mb_qoe_info {
  size_t size;           /* sizeof(mb_qoe_info) */
  double bitrate;        /* bit/s; passed through as given */
  double startup_time;   /* ms from the wish to play to the first frame */
  double fps;            /* frames per second */
  double dropped_frames; /* running total of the session */
} mb_qoe_info;

/* What a player answers when it is asked for its state. */
typedef struct mb_player_details {
  size_t size;     /* set by the library */
  double playhead; /* s of main content; preset to the last known value */
  bool has_qoe;    /* whether qoe is to be taken; preset to false */
  mb_qoe_info qoe;
} mb_player_details;

/* getPlayerDetails: asked once before the events of a call or timer are written. Return false to keep the last known
 * values (the player is gone, an exception was raised). Called in the thread of the call; must not call the library:
 * such calls return MB_BUSY. Details out of range are ignored with a warning. */
typedef bool (*mb_player_details_fn)(void *user, mb_player_details *details);

/* One pair of metadata: texts, UTF-8, copied. */
typedef struct mb_pair {
  const char *key;
  const char *value;
} mb_pair;

#ifdef __cplusplus
}
#endif

#endif

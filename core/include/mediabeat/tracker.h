/* Decides the calls of a player: the Media SDK level. Calls are accepted or refused by rules, open things are closed,
 * pings are sent, idle sessions end and resume.
 * https://developer.adobe.com/client-sdks/solution/adobe-media-analytics/api-reference/
 *
 * Every call: MB_OK or a status that says why nothing changed. MB_REFUSED_...: a rule (no failure). MB_INVALID_TEXT,
 * MB_INVALID_NUMBER, MB_INVALID_TIME, MB_INVALID_ARGUMENT: the arguments. MB_NO_MEMORY: try again. MB_BUSY: called
 * from inside a callback. MB_CLOSED: the client is closed. All texts are UTF-8 and copied. While a session waits for a
 * pre-roll (see mb_media_info) a call is kept and answered MB_OK; it may still be refused when it is worked off. */
#ifndef MEDIABEAT_TRACKER_H
#define MEDIABEAT_TRACKER_H

#include "client.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct mb_tracker mb_tracker;

/* A tracker: one player. `player` names it in recordings and dry runs; NULL: the library numbers it. Two trackers of a
 * client that is recorded need different names. Freed by mb_tracker_free or with its client. */
MB_API mb_status mb_tracker_new(mb_client *client, const char *player, mb_tracker **tracker);

/* Frees the tracker. An open session stays as it is: nothing is sent for it, what is queued still goes out. Calls that
 * wait for a pre-roll are lost: end the session before, which works them off. NULL is fine. Not from inside a callback. */
MB_API void mb_tracker_free(mb_tracker *tracker);

/* Ask the player before events are written instead of (or beside) updates that are pushed. NULL: ask no more. */
MB_API mb_status mb_tracker_set_player_details(mb_tracker *tracker, mb_player_details_fn callback, void *user);

typedef struct mb_media_info {
  size_t size;                     /* sizeof(mb_media_info) */
  const char *id;                  /* not empty */
  const char *name;                /* not empty */
  double length;                   /* s, >= 0; live of unknown length: 86400 */
  const char *stream_type;         /* vod, live, linear, podcast, audiobook, aod, or any other text */
  const char *media_type;          /* "video" or "audio" */
  bool resumed;                    /* this viewing continues an earlier one */
  bool granular_ad_tracking;       /* pings every second inside ads (protocol v1) */
  int64_t preroll_waiting_time_ms; /* how long calls wait for an ad break to come first; 0: not at all */
} mb_media_info;

/* All members empty, with size set and the pre-roll wait at its default of 250 ms. */
MB_API void mb_media_info_init(mb_media_info *info);

typedef struct mb_ad_break_info {
  size_t size;       /* sizeof(mb_ad_break_info) */
  const char *name;  /* not empty */
  int64_t position;  /* 1 for the first break */
  double start_time; /* s of main content, >= 0 */
} mb_ad_break_info;

typedef struct mb_ad_info {
  size_t size;      /* sizeof(mb_ad_info) */
  const char *id;   /* not empty */
  const char *name; /* not empty */
  int64_t position; /* 1 for the first ad of its break */
  double length;    /* s, >= 0 */
} mb_ad_info;

typedef struct mb_chapter_info {
  size_t size;       /* sizeof(mb_chapter_info) */
  const char *name;  /* not empty */
  int64_t position;  /* 1 for the first chapter */
  double length;     /* s, >= 0 */
  double start_time; /* s of main content, >= 0 */
} mb_chapter_info;

/* trackSessionStart and its counterparts. Metadata: keys of letters, digits, '_' and '.'; other pairs are dropped with
 * a warning; standard keys such as "a.media.show" become standard fields. `metadata` may be NULL when count is 0. */
MB_API mb_status mb_tracker_session_start(mb_tracker *tracker, const mb_media_info *info, const mb_pair *metadata,
                                          size_t metadata_count, int64_t now_ms);
MB_API mb_status mb_tracker_complete(mb_tracker *tracker, int64_t now_ms);    /* watched to the end */
MB_API mb_status mb_tracker_session_end(mb_tracker *tracker, int64_t now_ms); /* left */

MB_API mb_status mb_tracker_play(mb_tracker *tracker, int64_t now_ms);
MB_API mb_status mb_tracker_pause(mb_tracker *tracker, int64_t now_ms);
MB_API mb_status mb_tracker_buffer_start(mb_tracker *tracker, int64_t now_ms);
MB_API mb_status mb_tracker_buffer_complete(mb_tracker *tracker, int64_t now_ms);
MB_API mb_status mb_tracker_seek_start(mb_tracker *tracker, int64_t now_ms);
MB_API mb_status mb_tracker_seek_complete(mb_tracker *tracker, int64_t now_ms);

MB_API mb_status mb_tracker_ad_break_start(mb_tracker *tracker, const mb_ad_break_info *info, int64_t now_ms);
MB_API mb_status mb_tracker_ad_break_complete(mb_tracker *tracker, int64_t now_ms);
MB_API mb_status mb_tracker_ad_start(mb_tracker *tracker, const mb_ad_info *info, const mb_pair *metadata,
                                     size_t metadata_count, int64_t now_ms);
MB_API mb_status mb_tracker_ad_complete(mb_tracker *tracker, int64_t now_ms);
MB_API mb_status mb_tracker_ad_skip(mb_tracker *tracker, int64_t now_ms);

MB_API mb_status mb_tracker_chapter_start(mb_tracker *tracker, const mb_chapter_info *info, const mb_pair *metadata,
                                          size_t metadata_count, int64_t now_ms);
MB_API mb_status mb_tracker_chapter_complete(mb_tracker *tracker, int64_t now_ms);
MB_API mb_status mb_tracker_chapter_skip(mb_tracker *tracker, int64_t now_ms);

/* Player states such as "fullscreen" or "mute": 1 to 64 letters, digits, '_' or '.'; ten names a session. */
MB_API mb_status mb_tracker_state_start(mb_tracker *tracker, const char *name, int64_t now_ms);
MB_API mb_status mb_tracker_state_end(mb_tracker *tracker, const char *name, int64_t now_ms);

MB_API mb_status mb_tracker_bitrate_change(mb_tracker *tracker, int64_t now_ms);
MB_API mb_status mb_tracker_error(mb_tracker *tracker, const char *error_id, int64_t now_ms); /* id not empty */

/* updateCurrentPlayhead: seconds of main content, >= 0. Sends nothing; costs next to nothing. */
MB_API mb_status mb_tracker_update_playhead(mb_tracker *tracker, double playhead, int64_t now_ms);

/* updateQoEObject: sends nothing; the next event carries the values if they changed. */
MB_API mb_status mb_tracker_update_qoe(mb_tracker *tracker, const mb_qoe_info *info, int64_t now_ms);

#ifdef __cplusplus
}
#endif

#endif

/* Decides the event-by-event level: one call, one event, plus automatic pings. Shapes are checked, sequences are not.
 * What the Web SDK calls createMediaSession and sendMediaEvent; over either protocol.
 * https://experienceleague.adobe.com/en/docs/experience-platform/collection/js/commands/createmediasession
 * https://experienceleague.adobe.com/en/docs/experience-platform/collection/js/commands/sendmediaevent
 * https://experienceleague.adobe.com/en/docs/media-analytics/using/implementation/media-collection-api/mc-api-overview */
#ifndef MEDIABEAT_SESSION_H
#define MEDIABEAT_SESSION_H

#include "client.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct mb_session mb_session;

/* Called as soon as the backend has given the session its id, and again when it goes on in a new one; no more once
 * sessionEnd was sent or the handle freed. The text is valid during the call. Must not call the library: such calls return MB_BUSY. */
typedef void (*mb_session_id_fn)(void *user, const char *id);

/* Any member may be zero. */
typedef struct mb_session_options {
  size_t size;                         /* sizeof(mb_session_options) */
  const char *player;                  /* playerId: name in recordings and dry runs; NULL: numbered */
  bool granular_ad_tracking;           /* protocol v1: pings every second inside ads */
  bool no_pings;                       /* the caller sends pings itself */
  bool manual;                         /* no pings, and every event must bring its playhead; nobody is asked for it */
  mb_player_details_fn player_details; /* getPlayerDetails: asked before every event, the first one and pings too */
  mb_session_id_fn session_id;
  void *user; /* for both callbacks */
} mb_session_options;

/* Opens a session with a sessionStart event, given as JSON text in one of two forms. XDM, as the Web SDK takes it:
 *   {"eventType": "media.sessionStart", "mediaCollection": {"playhead": 0, "sessionDetails": {"name": "a", "length": 60,
 *    "contentType": "vod"}, "customMetadata": [{"name": "key", "value": "text"}]}}
 * (eventType may be left out), or that of the Media Collection API:
 *   {"eventType": "sessionStart", "params": {"media.id": "a", ...}, "customMetadata": {"key": "value"}}
 * Either goes out over the client's protocol. `options` may be NULL.
 *
 * Left out by the caller and filled in: what the configuration knows (player name, channel, application version,
 * visitor ids, and analytics.* for protocol v1), the time, and the playhead and quality of experience, unless manual.
 * Standard keys such as "a.media.show" in customMetadata become fields of the session.
 *
 * Pings count from the last playback event; in a session opened with XDM from the last event of any kind, and its ad
 * interval goes from adBreakStart, adStart, adComplete or adSkip to adBreakComplete or an event of a chapter, as in the
 * Web SDK. The key mainPingAnchor decides otherwise.
 *
 * Errors: MB_INVALID_JSON, MB_INVALID_EVENT (mb_client_error gives the path, such as
 * "mediaCollection.sessionDetails.length: an integer is needed, not a text"), MB_TOO_LARGE, MB_NO_MEMORY,
 * MB_INVALID_TIME, MB_BUSY, MB_CLOSED. */
MB_API mb_status mb_session_open(mb_client *client, const mb_session_options *options, const char *json, size_t size,
                                 int64_t now_ms, mb_session **session);

/* Goes on with a session that was opened elsewhere, by its id (1 to 1024 bytes), as a manual one, whatever `options` say
 * of pings. The backend gave the id to another process or an earlier run, which must not send any more: events are put
 * in order by one sender only. Such a session cannot go on in a new one when the backend has forgotten it: its events
 * are dropped then. Errors: MB_INVALID_ARGUMENT, MB_INVALID_TEXT, MB_NO_MEMORY, MB_INVALID_TIME, MB_BUSY, MB_CLOSED;
 * MB_INVALID_ARGUMENT with a client for downloaded content. */
MB_API mb_status mb_session_resume(mb_client *client, const mb_session_options *options, const char *id, int64_t now_ms,
                                   mb_session **session);

/* Sends one event, in either form; eventType must be given. mediaCollection.sessionID may be given if it is this
 * session's; while the session goes on in a new one, that is the id before. After sessionEnd: MB_CLOSED. */
MB_API mb_status mb_session_send(mb_session *session, const char *json, size_t size, int64_t now_ms);

/* Frees the handle. What is queued still goes out; pings stop; nothing is sent for an open session. NULL is fine. Not from
 * inside a callback: it does nothing there, and the handle must be freed later. */
MB_API void mb_session_free(mb_session *session);

MB_API mb_status mb_session_update_playhead(mb_session *session, double playhead, int64_t now_ms); /* s, >= 0 */
MB_API mb_status mb_session_update_qoe(mb_session *session, const mb_qoe_info *info, int64_t now_ms);
/* Sets or changes what mb_session_options.player_details sets. */
MB_API mb_status mb_session_set_player_details(mb_session *session, mb_player_details_fn callback, void *user);

/* The id the backend gave, NULL while it is unknown. Valid until the next call on the client. */
MB_API const char *mb_session_id(const mb_session *session);

#ifdef __cplusplus
}
#endif

#endif

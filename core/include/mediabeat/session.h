/* Decides the event-by-event level: one call, one event of the Media Collection API, plus automatic pings. Shapes are
 * checked, sequences are not.
 * https://experienceleague.adobe.com/en/docs/media-analytics/using/implementation/media-collection-api/mc-api-overview */
#ifndef MEDIABEAT_SESSION_H
#define MEDIABEAT_SESSION_H

#include "client.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct mb_session mb_session;

typedef struct mb_session_options {
  size_t size;               /* sizeof(mb_session_options) */
  const char *player;        /* name in recordings and dry runs; NULL: numbered */
  bool granular_ad_tracking; /* pings every second inside ads */
  bool no_pings;             /* the caller sends pings itself */
} mb_session_options;

/* Opens a session with a sessionStart event given as JSON text in the form of the Media Collection API:
 *   {"eventType": "sessionStart", "params": {"media.id": "a", ...}, "customMetadata": {"key": "value"}}
 * `options` may be NULL. Left out by the caller and filled in: what the configuration knows (analytics.*, visitor.*,
 * media.channel, media.playerName, media.sdkVersion), media.resume, media.downloaded and playerTime, of which only
 * "playhead" may be given. Standard keys such as "a.media.show" in customMetadata become params. qoeData left out:
 * what mb_session_update_qoe or the player's details said, if it changed.
 * Errors: MB_INVALID_JSON, MB_INVALID_EVENT (mb_client_error gives the path, such as "params.media.length: a number is
 * needed"), MB_NO_MEMORY, MB_INVALID_TIME, MB_BUSY, MB_CLOSED. */
MB_API mb_status mb_session_open(mb_client *client, const mb_session_options *options, const char *json, size_t size,
                                 int64_t now_ms, mb_session **session);

/* Sends one event, in the same form. After sessionEnd: MB_CLOSED. */
MB_API mb_status mb_session_send(mb_session *session, const char *json, size_t size, int64_t now_ms);

/* Frees the handle. What is queued still goes out; pings stop; nothing is sent for an open session. */
MB_API void mb_session_free(mb_session *session);

MB_API mb_status mb_session_update_playhead(mb_session *session, double playhead, int64_t now_ms); /* s, >= 0 */
MB_API mb_status mb_session_update_qoe(mb_session *session, const mb_qoe_info *info, int64_t now_ms);
MB_API mb_status mb_session_set_player_details(mb_session *session, mb_player_details_fn callback, void *user);

/* The id the backend gave, NULL while it is unknown. Valid until the next call on the client. */
MB_API const char *mb_session_id(const mb_session *session);

#ifdef __cplusplus
}
#endif

#endif

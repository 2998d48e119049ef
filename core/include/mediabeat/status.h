/* Decides what every call can answer: one list of statuses with their texts. */
#ifndef MEDIABEAT_STATUS_H
#define MEDIABEAT_STATUS_H

#include "export.h"

#ifdef __cplusplus
extern "C" {
#endif

/* X(name, text). Order is part of the ABI: new entries go to the end. */
#define MB_STATUS_LIST(X)                                                                   \
  X(MB_OK, "success")                                                                       \
  X(MB_NO_MEMORY, "out of memory; nothing was changed")                                     \
  X(MB_INVALID_ARGUMENT, "an argument is missing or out of range")                          \
  X(MB_INVALID_TEXT, "a text is not valid UTF-8")                                           \
  X(MB_INVALID_NUMBER, "a number is not finite or out of range")                            \
  X(MB_INVALID_TIME, "the time is before 1970 or after the year 9999")                      \
  X(MB_INVALID_JSON, "the text is not valid JSON")                                          \
  X(MB_INVALID_EVENT, "the event does not fit the protocol")                                \
  X(MB_UNKNOWN_KEY, "no such configuration key")                                            \
  X(MB_WRONG_TYPE, "the configuration key has another type")                                \
  X(MB_MISSING_KEY, "a required configuration key is missing")                              \
  X(MB_BUSY, "called from inside one of this client's callbacks, or not possible just now") \
  X(MB_CLOSED, "the client or session is closed")                                           \
  X(MB_TOO_LATE, "must be called before the first tracker or session")                      \
  X(MB_TRANSPORT_FAILED, "the transport could not be set up")                               \
  X(MB_REFUSED_NOT_IN_SESSION, "no session is open")                                        \
  X(MB_REFUSED_IN_SESSION, "a session is already open")                                     \
  X(MB_REFUSED_INVALID_INFO, "a required field is missing or out of range")                 \
  X(MB_REFUSED_BREAK_WITHOUT_AD, "inside an ad break playback calls need an ad")            \
  X(MB_REFUSED_BUFFERING, "the player is buffering")                                        \
  X(MB_REFUSED_NOT_BUFFERING, "the player is not buffering")                                \
  X(MB_REFUSED_SEEKING, "the player is seeking")                                            \
  X(MB_REFUSED_NOT_SEEKING, "the player is not seeking")                                    \
  X(MB_REFUSED_SAME_AD_BREAK, "this ad break is already open")                              \
  X(MB_REFUSED_NOT_IN_AD_BREAK, "no ad break is open")                                      \
  X(MB_REFUSED_SAME_AD, "this ad is already open")                                          \
  X(MB_REFUSED_NOT_IN_AD, "no ad is open")                                                  \
  X(MB_REFUSED_SAME_CHAPTER, "this chapter is already open")                                \
  X(MB_REFUSED_NOT_IN_CHAPTER, "no chapter is open")                                        \
  X(MB_REFUSED_STATE_ON, "this player state is already on")                                 \
  X(MB_REFUSED_STATE_NOT_ON, "this player state is not on")                                 \
  X(MB_REFUSED_TOO_MANY_STATES, "ten player states are known in this session")              \
  X(MB_TOO_LARGE, "the Media Edge API takes at most 48 KiB of details and metadata")

typedef enum mb_status {
#define MB_STATUS_NAME(name, text) name,
  MB_STATUS_LIST(MB_STATUS_NAME)
#undef MB_STATUS_NAME
      MB_STATUS_COUNT
} mb_status;

/* The English sentence for a status; never NULL, static. An unknown value gives "unknown status". */
MB_API const char *mb_status_text(mb_status status);

/* The constant's name, such as "MB_REFUSED_BUFFERING"; never NULL, static. */
MB_API const char *mb_status_name(mb_status status);

/* 1 when the status says that a tracker rule refused the call (MB_REFUSED_...), else 0.
 * A refusal is no failure: the call came at a moment when the protocol has no use for it. */
MB_API int mb_status_is_refusal(mb_status status);

#ifdef __cplusplus
}
#endif

#endif

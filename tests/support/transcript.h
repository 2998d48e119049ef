/* Decides how a test of the core reads: as a log. A line at the margin is a time on the host's clock and a call; the
 * lines below it, indented, are what went over the wire because of it and before the next one:
 *
 *     0 sessionStart
 *         0 sessionStart 0
 *     1000 play
 *         1000 play 0
 *         2000 play 0
 *     2500 bufferComplete: MB_REFUSED_NOT_BUFFERING
 *
 * The clock goes to each line's time as a host's would: it ticks at every deadline the client names before that time. A
 * line that begins with '!' comes without those ticks. Nothing sleeps.
 *
 * Calls, for player "m" unless a name and a dot stand before them:
 *   sessionStart [ID] [-wait MS] [-length S] [-stream TYPE] [-media TYPE] [-name TEXT] [-resumed] [-granular] [KEY=VALUE]...
 *       (ID "movie", length 60, no wait for a pre-roll unless given; "" for TEXT is an empty one, NULL is none)
 *   adBreakStart NAME POSITION START   adStart ID POSITION LENGTH [KEY=VALUE]...
 *   chapterStart NAME POSITION START LENGTH [KEY=VALUE]...
 *   stateStart NAME   stateEnd NAME   error ID   playhead S   qoe BITRATE DROPPED FPS STARTUP
 *   every other call of a tracker by its name in player logs
 *   ask S [BITRATE DROPPED FPS STARTUP]   the player answers so when it is asked; "ask nothing": it answers nothing
 *   open [-granular] [-silent] [-manual] [-ask] [-tell] JSON   send JSON   resume [-tell] ID   (session level, ' for ")
 *       (-ask: the player is asked from the first event on; -tell: "m is ID" is written when the id is known)
 *   answers S [BITRATE DROPPED FPS STARTUP]   the player of an open -ask answers so
 *   free
 * Of the client: tick   deliver   consent in|unknown|out   online yes|no   close DEADLINE
 * Of the network: next ANSWER...   always ANSWER   (see wire.h; one with a body is the line's only one)
 * Of the process, with a store: die [JSON]   it is killed, and another begins, configured with JSON in addition
 *       restart [JSON]   the client is freed as it is, and another begins
 *       forbid   the store's folder is moved away: no journal can be begun   allow   it is back
 *       disk   the journals are written down (see disk.h)
 * Writing down: stats   deadline   id
 *       log LEVEL [-disk]   from now on, with '# ' before each message (and the journals as they are at that moment)
 *
 * A status that is not MB_OK stands behind the call; at session level with the message. */
#ifndef MEDIABEAT_TESTS_TRANSCRIPT_H
#define MEDIABEAT_TESTS_TRANSCRIPT_H

#include <mediabeat/mediabeat.h>

#include "counted_memory.h"
#include "disk.h"
#include "text_buffer.h"
#include "wire.h"

enum { TRANSCRIPT_PLAYERS = 8 };

/* What a client needs for the Media Edge API, to begin a configuration with. */
#define EDGE "'protocol':'edge-va-v1','datastreamId':'ds','channel':'ch','playerName':'pn'"
#define ON_EDGE "{" EDGE "}"

/* What a session needs that is opened with XDM. */
#define SESSION_DETAILS "'sessionDetails':{'name':'a','length':60,'contentType':'vod'}"
#define SESSION_XDM "{'mediaCollection':{" SESSION_DETAILS "}}"

typedef struct transcript_player {
  struct transcript *log;
  char name[32];
  mb_tracker *tracker;
  mb_session *session;
  bool answers;
  mb_player_details details;
} transcript_player;

typedef struct transcript {
  counted_memory memory;
  mb_config *config;
  mb_client *client;
  test_wire wire;
  disk disk;
  text_buffer out;
  transcript_player players[TRANSCRIPT_PLAYERS];
  int player_count;
  int clients; /* made so far */
  size_t capacity;
  int64_t now;
  mb_log_level shown; /* messages up to here are written down */
  bool shows_log, shows_disk;
} transcript;

/* `config` is JSON with ' for "; NULL: none. The seed is 1 unless it says otherwise. The transport takes 8 requests at
 * once, or `capacity`. */
void transcript_begin(transcript *log, wire_form form, const char *config);
void transcript_begin_with(transcript *log, wire_form form, const char *config, size_t capacity);

/* With a store in a folder of its own, which is removed at the end. */
void transcript_begin_stored(transcript *log, wire_form form, const char *config);

/* Performs the lines at the margin and compares all that happened with the whole text. */
void transcript_expect(transcript *log, const char *script);

/* Performs one line, '!' and all, and appends it to log->out with what happened. */
void transcript_perform(transcript *log, const char *line);

/* Frees the client; every block must be gone and the accounting must have been right. */
void transcript_end(transcript *log);

/* All of it for one script. */
void expect_brief(const char *config, const char *script);
void expect_talk(const char *config, const char *script);
void expect_bodies(const char *config, const char *script);
void expect_both(wire_form form, const char *config, const char *script); /* over either protocol, the same */

/* The same with a store. */
void expect_stored(wire_form form, const char *config, const char *script);
void expect_both_stored(wire_form form, const char *config, const char *script);

/* accepted + recovered = delivered + queued + stored + dropped, at this moment. */
void assert_stats_balance(const mb_client *client);

#endif

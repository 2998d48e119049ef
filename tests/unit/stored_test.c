/* What of a session is on disk while it lives, and how it comes back after its process is gone. */
#define _POSIX_C_SOURCE 200809L
#include "stored.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "suite.h"

TEST(every_event_is_on_disk_before_its_call_returns) {
  expect_both_stored(WIRE_BRIEF, NULL,
                     "0 consent unknown\n"
                     "0 sessionStart\n"
                     "0 disk\n"
                     "    m/1 online: sessionStart\n"
                     "10 play\n"
                     "10 disk\n"
                     "    m/1 online: sessionStart play\n"
                     "20 pause\n"
                     "20 disk\n"
                     "    m/1 online: sessionStart play pauseStart\n"
                     "30 chapterStart one 1 0 10\n"
                     "30 disk\n"
                     "    m/1 online: sessionStart play pauseStart chapterStart\n"
                     "40 sessionEnd\n"
                     "40 disk\n"
                     "    m/1 online: sessionStart play pauseStart chapterStart chapterSkip sessionEnd, ended\n");
}

TEST(events_of_the_session_level_and_pings) {
  expect_both_stored(WIRE_BRIEF, NULL,
                     "0 always none\n"
                     "0 open " SESSION_XDM "\n"
                     "    0 sessionStart 0\n"
                     "0 disk\n"
                     "    m/1 online: sessionStart, opening\n"
                     "5 send {'eventType':'media.play','mediaCollection':{'playhead':1}}\n"
                     "5 disk\n"
                     "    m/1 online: sessionStart play, opening\n"
                     "    781 sessionStart 0 ts 0\n"
                     "    2229 sessionStart 0 ts 0\n"
                     "    4964 sessionStart 0 ts 0\n"
                     "    9055 sessionStart 0 ts 0\n"
                     "10005 tick\n"
                     "10006 disk\n"
                     "    m/1 online: sessionStart play ping, opening\n");
}

/* Under way, refused for now, open, taken; the file goes with the last answer. */
TEST(answers_leave_marks) {
  expect_stored(WIRE_TALK, NULL,
                "0 next never\n"
                "0 sessionStart\n"
                "    0 m/1 new: sessionStart 0\n"
                "0 disk\n"
                "    m/1 online: sessionStart, opening\n"
                "0 free\n"
                "0 consent out\n"
                "1 disk\n"
                "1 consent in\n"
                "2 next 503 ok,after=10\n"
                "2 sessionStart\n"
                "    2 m/2 new: sessionStart 0 -> 503\n"
                "3 disk\n"
                "    m/2 online: sessionStart\n"
                "    783 m/2 new: sessionStart 0 ts 2\n"
                "    793 m/2 <- 201\n"
                "5000 disk\n"
                "    m/2 online: sessionStart, done 1, open id1\n"
                "5100 play\n"
                "    5100 m/2 id1: play 0 -> 204\n"
                "5100 disk\n"
                "    m/2 online: sessionStart play, done 2, open id1\n"
                "5200 sessionEnd\n"
                "    5200 m/2 id1: sessionEnd 0 -> 204\n"
                "5200 disk\n");
}

/* What waited goes out in order, then the end, a millisecond after the last event. */
TEST(a_session_goes_on_where_its_process_died) {
  expect_both_stored(WIRE_BRIEF, NULL,
                     "0 sessionStart\n"
                     "    0 sessionStart 0\n"
                     "10 play\n"
                     "    10 play 0\n"
                     "20 next none\n"
                     "20 pause\n"
                     "    20 pauseStart 0\n"
                     "30 chapterStart one 1 0 10\n"
                     "30 disk\n"
                     "    m/1 online: sessionStart play pauseStart chapterStart, done 2, open id1\n"
                     "40 die\n"
                     "    40 pauseStart 0 ts 20\n"
                     "    40 chapterStart 0 ts 30 one\n"
                     "    40 sessionEnd 0 ts 31\n"
                     "50 disk\n"
                     "50 stats\n"
                     "    accepted 1 delivered 3 recovered 2 requests 3\n");
}

TEST(an_end_that_was_written_is_not_written_again) {
  expect_stored(WIRE_BRIEF, NULL,
                "0 sessionStart\n"
                "    0 sessionStart 0\n"
                "10 next none\n"
                "10 play\n"
                "    10 play 0\n"
                "20 complete\n"
                "30 die\n"
                "    30 play 0 ts 10\n"
                "    30 sessionComplete 0 ts 20\n"
                "40 disk\n"
                "40 stats\n"
                "    delivered 2 recovered 2 requests 2\n");
}

TEST(all_was_delivered_but_the_end) {
  expect_both_stored(WIRE_BRIEF, NULL,
                     "0 sessionStart\n"
                     "    0 sessionStart 0\n"
                     "10 play\n"
                     "    10 play 0\n"
                     "20 disk\n"
                     "    m/1 online: sessionStart play, done 2, open id1\n"
                     "30 die\n"
                     "    30 sessionEnd 0 ts 11\n"
                     "40 disk\n"
                     "40 stats\n"
                     "    accepted 1 delivered 1 requests 1\n");
}

/* The process died between the last answer and the removal. */
TEST(all_was_delivered_but_the_file_remained) {
  expect_stored(WIRE_BRIEF, NULL,
                "0 sessionStart\n"
                "    0 sessionStart 0\n"
                "10 play\n"
                "    10 play 0\n"
                "20 next never\n"
                "20 sessionEnd\n"
                "    20 sessionEnd 0\n"
                "20 disk\n"
                "    m/1 online: sessionStart play sessionEnd, done 2, open id1, ended\n"
                "30 next 404\n"
                "30 die\n"
                "    30 sessionEnd 0 ts 20\n"
                "40 disk\n"
                "40 stats\n"
                "    delivered 1 recovered 1 requests 1\n");
}

TEST(a_session_that_was_not_open_is_opened_first) {
  expect_both_stored(WIRE_BRIEF, NULL,
                     "0 consent unknown\n"
                     "0 sessionStart\n"
                     "10 play\n"
                     "20 die\n"
                     "    20 sessionStart 0 ts 0\n"
                     "    20 play 0 ts 10\n"
                     "    20 sessionEnd 0 ts 11\n"
                     "30 disk\n"
                     "30 stats\n"
                     "    accepted 1 delivered 3 recovered 2 requests 3\n");
}

/* It is repeated, and said: there may be two. */
TEST(the_answer_to_the_opening_was_lost) {
  expect_stored(WIRE_TALK, NULL,
                "0 log warning\n"
                "0 next never\n"
                "0 sessionStart\n"
                "    0 m/1 new: sessionStart 0\n"
                "10 play\n"
                "10 disk\n"
                "    m/1 online: sessionStart play, opening\n"
                "20 die\n"
                "    0 m/1 cancelled\n"
                "    20 m/1 new: sessionStart 0 ts 0 -> 201\n"
                "    # warning: player m: the answer to a request that opened a session was lost or had no id, "
                "and it was sent again; the backend may have the session twice\n"
                "    20 m/1 id1: play 0 ts 10 -> 204\n"
                "    20 m/1 id1: sessionEnd 0 ts 11 -> 204\n"
                "30 disk\n"
                "30 stats\n"
                "    accepted 1 delivered 3 recovered 2 possiblyDoubled 1 requests 3\n");
}

/* Also when a later attempt is refused. */
TEST(a_lost_answer_is_not_forgotten) {
  expect_stored(WIRE_TALK, NULL,
                "0 next none 503\n"
                "0 sessionStart\n"
                "    0 m/1 new: sessionStart 0 -> none\n"
                "    781 m/1 new: sessionStart 0 ts 0 -> 503\n"
                "1000 disk\n"
                "    m/1 online: sessionStart, opening\n");
}

/* The new process knows of no region. */
TEST(a_session_that_comes_back_keeps_its_region) {
  expect_stored(WIRE_TALK, ON_EDGE,
                "0 next ok,hint=irl1:1800\n"
                "0 open -silent " SESSION_XDM "\n"
                "    0 m/1 new: sessionStart 0 -> 200\n"
                "10 next none\n"
                "10 send {'eventType':'media.play'}\n"
                "    10 m/1 id1@irl1: play 0 -> none\n"
                "20 die\n"
                "    20 m/1 id1@irl1: play 0 ts 10 -> 204\n"
                "    20 m/1 id1@irl1: sessionEnd 0 ts 11 -> 204\n"
                "30 disk\n");
}

/* Before the disk forgets it: whoever dies while it is said leaves it to the next one to say. */
TEST(a_doubled_session_is_said_while_it_is_known) {
  expect_stored(WIRE_TALK, NULL,
                "0 log warning -disk\n"
                "0 next none ok\n"
                "0 sessionStart\n"
                "    0 m/1 new: sessionStart 0 -> none\n"
                "    # warning: no answer from the endpoint: connection refused; events are kept and tried again\n"
                "    m/1 online: sessionStart, opening\n"
                "    781 m/1 new: sessionStart 0 ts 0 -> 201\n"
                "    # warning: player m: the answer to a request that opened a session was lost or had no id, "
                "and it was sent again; the backend may have the session twice\n"
                "    m/1 online: sessionStart, opening\n"
                "1000 disk\n"
                "    m/1 online: sessionStart, done 1, open id1\n");
  expect_stored(WIRE_TALK, "{'downloaded':true,'playerName':'p'}",
                "0 sessionStart\n"
                "10 next never\n"
                "10 sessionEnd\n"
                "    10 m/1 batch: sessionStart 0 ts 0, sessionEnd 0\n"
                "10 log warning -disk\n"
                "20 die\n"
                "    10 m/1 cancelled\n"
                "    20 m/1 batch: sessionStart 0 ts 0, sessionEnd 0 ts 10 -> 201\n"
                "    # warning: player m: the answer to a request that opened a session was lost or had no id, "
                "and it was sent again; the backend may have the session twice\n"
                "    m/1 downloaded: sessionStart sessionEnd, opening, ended\n"
                "30 disk\n");
}

TEST(a_refusal_that_was_heard_is_no_lost_answer) {
  expect_stored(WIRE_TALK, NULL,
                "0 next 503\n"
                "0 sessionStart\n"
                "    0 m/1 new: sessionStart 0 -> 503\n"
                "0 disk\n"
                "    m/1 online: sessionStart\n"
                "10 log warning\n"
                "10 die\n"
                "    10 m/1 new: sessionStart 0 ts 0 -> 201\n"
                "    10 m/1 id1: sessionEnd 0 ts 1 -> 204\n"
                "30 stats\n"
                "    accepted 1 delivered 2 recovered 1 requests 2\n");
}

/* The backend has taken what opens a session, and nobody can know the id; an error that says why is another thing. */
TEST(an_answer_without_an_id) {
  expect_stored(WIRE_BRIEF, "{" EDGE "}",
                "0 next 207,body={'errors':[{'title':'Upstream'}]}\n"
                "0 sessionStart\n"
                "    0 sessionStart 0\n"
                "0 disk\n"
                "    m/1 online: sessionStart\n"
                "1 next 200\n"
                "    781 sessionStart 0 ts 0\n"
                "1000 disk\n"
                "    m/1 online: sessionStart, opening\n"
                "1010 die\n"
                "    1010 sessionStart 0 ts 0\n"
                "    1010 sessionEnd 0 ts 1\n"
                "1020 stats\n"
                "    accepted 1 delivered 2 recovered 1 possiblyDoubled 1 requests 2\n");
}

/* Then what was open is said again, as if the process had never died. */
TEST(the_backend_has_forgotten_the_session) {
  expect_stored(WIRE_BRIEF, NULL,
                "0 sessionStart k=v\n"
                "    0 sessionStart 0 {\"k\":\"v\"}\n"
                "5 stateStart mute\n"
                "    5 stateStart 0 mute\n"
                "6 stateStart fullScreen\n"
                "    6 stateStart 0 fullScreen\n"
                "7 play\n"
                "    7 play 0\n"
                "8 chapterStart one 1 0 10\n"
                "    8 chapterStart 0 one\n"
                "9 adBreakStart b 1 0\n"
                "    9 adBreakStart 0 b\n"
                "10 adStart ad 1 5\n"
                "    10 adStart 0 ad\n"
                "    10 play 0 ts 11\n"
                "11 stateEnd mute\n"
                "    11 stateEnd 0 ts 12 mute\n"
                "20 next none 404\n"
                "20 pause\n"
                "    20 pauseStart 0\n"
                "30 stateStart pictureInPicture\n"
                "40 die\n"
                "    40 pauseStart 0 ts 20\n"
                "    40 sessionStart 0 ts 14 resume {\"k\":\"v\"}\n"
                "    40 chapterStart 0 ts 15 one\n"
                "    40 adBreakStart 0 ts 16 b\n"
                "    40 adStart 0 ts 17 ad\n"
                "    40 stateStart 0 ts 18 fullScreen\n"
                "    40 play 0 ts 19\n"
                "    40 pauseStart 0 ts 20\n"
                "    40 stateStart 0 ts 30 pictureInPicture\n"
                "    40 sessionEnd 0 ts 31\n"
                "50 disk\n"
                "50 stats\n"
                "    accepted 1 delivered 3 recovered 2 requests 10 reopened 1 resent 6\n");
}

TEST(the_rest_is_sent_as_downloaded_content) {
  expect_stored(
      WIRE_TALK, "{'recovery':'downloaded'}",
      "0 sessionStart\n"
      "    0 m/1 new: sessionStart 0 -> 201\n"
      "7 play\n"
      "    7 m/1 id1: play 0 -> 204\n"
      "8 chapterStart one 1 0 10\n"
      "    8 m/1 id1: chapterStart 0 one -> 204\n"
      "20 next none 404\n"
      "20 pause\n"
      "    20 m/1 id1: pauseStart 0 -> none\n"
      "40 die\n"
      "    40 m/1 id1: pauseStart 0 ts 20 -> 404\n"
      "    40 m/1 batch: sessionStart 0 ts 17 resume, chapterStart 0 ts 18 one, play 0 ts 19, pauseStart 0 ts 20, "
      "sessionEnd 0 ts 21 -> 201\n"
      "50 disk\n"
      "50 stats\n"
      "    accepted 1 delivered 5 recovered 4 requests 2 reopened 1 resent 3\n");
}

TEST(the_backend_has_forgotten_the_session_of_the_edge) {
  expect_stored(WIRE_BRIEF, ON_EDGE,
                "0 sessionStart k=v\n"
                "    0 sessionStart 0 {\"k\":\"v\"}\n"
                "5 stateStart mute\n"
                "    5 statesUpdate 0 +mute\n"
                "6 stateStart fullScreen\n"
                "    6 statesUpdate 0 +fullScreen\n"
                "7 play\n"
                "    7 play 0\n"
                "8 chapterStart one 1 0 10\n"
                "    8 chapterStart 0 one\n"
                "9 adBreakStart b 1 0\n"
                "    9 adBreakStart 0 b\n"
                "10 adStart ad 1 5\n"
                "    10 adStart 0 ad\n"
                "    10 play 0 ts 11\n"
                "11 stateEnd mute\n"
                "    11 statesUpdate 0 ts 12 -mute\n"
                "20 next none 404\n"
                "20 pause\n"
                "    20 pauseStart 0\n"
                "30 stateStart pictureInPicture\n"
                "40 die\n"
                "    40 pauseStart 0 ts 20\n"
                "    40 sessionStart 0 ts 14 resume {\"k\":\"v\"}\n"
                "    40 chapterStart 0 ts 15 one\n"
                "    40 adBreakStart 0 ts 16 b\n"
                "    40 adStart 0 ts 17 ad\n"
                "    40 statesUpdate 0 ts 18 +fullScreen\n"
                "    40 play 0 ts 19\n"
                "    40 pauseStart 0 ts 20\n"
                "    40 statesUpdate 0 ts 30 +pictureInPicture\n"
                "    40 sessionEnd 0 ts 31\n"
                "50 disk\n"
                "50 stats\n"
                "    accepted 1 delivered 3 recovered 2 requests 10 reopened 1 resent 6\n");
}

/* Each of those that are on is said again, in the words of the protocol. */
#define STATES_SWITCHED(first, second, third)                                                                \
  "0 open -silent " SESSION_XDM "\n"                                                                         \
  "    0 sessionStart 0\n"                                                                                   \
  "1 send {'eventType':'media.statesUpdate','mediaCollection':{'statesStart':[{'name':'mute'},"              \
  "{'name':'fullScreen'},{'name':'inFocus'}]}}\n"                                                            \
  "    1 statesUpdate 0 +mute +fullScreen +inFocus\n"                                                        \
  "2 send {'eventType':'media.statesUpdate','mediaCollection':{'statesStart':[{'name':'pictureInPicture'}]," \
  "'statesEnd':[{'name':'fullScreen'}]}}\n"                                                                  \
  "    2 statesUpdate 0 -fullScreen +pictureInPicture\n"                                                     \
  "3 next none 410\n"                                                                                        \
  "3 send {'eventType':'media.play'}\n"                                                                      \
  "    3 play 0\n"                                                                                           \
  "10 die\n"                                                                                                 \
  "    10 play 0 ts 3\n"                                                                                     \
  "    10 sessionStart 0 ts 0 resume\n"                                                                      \
  "    10 " first "\n"                                                                                       \
  "    10 " second "\n"                                                                                      \
  "    10 " third "\n"                                                                                       \
  "    10 play 0 ts 3\n"                                                                                     \
  "    10 sessionEnd 0 ts 4\n"                                                                               \
  "20 disk\n"

TEST(states_that_one_event_switched) {
  expect_stored(
      WIRE_BRIEF, NULL,
      STATES_SWITCHED("stateStart 0 ts 1 mute", "stateStart 0 ts 2 inFocus", "stateStart 0 ts 3 pictureInPicture"));
  expect_stored(WIRE_BRIEF, ON_EDGE,
                STATES_SWITCHED("statesUpdate 0 ts 1 +mute", "statesUpdate 0 ts 2 +inFocus",
                                "statesUpdate 0 ts 3 +pictureInPicture"));
}

/* And the next one goes on. */
TEST(it_dies_again) {
  expect_stored(WIRE_TALK, NULL,
                "0 sessionStart\n"
                "    0 m/1 new: sessionStart 0 -> 201\n"
                "10 next none\n"
                "10 play\n"
                "    10 m/1 id1: play 0 -> none\n"
                "20 pause\n"
                "30 next ok never\n"
                "30 die\n"
                "    30 m/1 id1: play 0 ts 10 -> 204\n"
                "    30 m/1 id1: pauseStart 0 ts 20\n"
                "40 disk\n"
                "    m/1 online: sessionStart play pauseStart sessionEnd, done 2, open id1\n"
                "50 die\n"
                "    30 m/1 cancelled\n"
                "    50 m/1 id1: pauseStart 0 ts 20 -> 204\n"
                "    50 m/1 id1: sessionEnd 0 ts 21 -> 204\n"
                "60 disk\n"
                "60 stats\n"
                "    delivered 2 recovered 2 requests 2\n");
}

/* The id of the new one was never heard. */
TEST(it_dies_between_two_sessions_of_the_backend) {
  expect_stored(WIRE_TALK, NULL,
                "0 log warning\n"
                "0 sessionStart\n"
                "    0 m/1 new: sessionStart 0 -> 201\n"
                "10 next 404 never\n"
                "10 play\n"
                "    10 m/1 id1: play 0 -> 404\n"
                "    10 m/2 new: sessionStart 0 ts 9 resume\n"
                "10 disk\n"
                "    m/1 online: sessionStart play, done 1, opening\n"
                "20 die\n"
                "    10 m/2 cancelled\n"
                "    20 m/1 new: sessionStart 0 ts 9 resume -> 201\n"
                "    # warning: player m: the answer to a request that opened a session was lost or had no id, "
                "and it was sent again; the backend may have the session twice\n"
                "    20 m/1 id2: play 0 ts 10 -> 204\n"
                "    20 m/1 id2: sessionEnd 0 ts 11 -> 204\n"
                "30 disk\n"
                "30 stats\n"
                "    accepted 1 delivered 2 recovered 1 possiblyDoubled 1 requests 3 reopened 1 resent 1\n");
}

TEST(a_session_that_was_opened_elsewhere) {
  expect_both_stored(WIRE_BRIEF, NULL,
                     "0 next none\n"
                     "0 resume xyz\n"
                     "1 send {'eventType':'media.play','mediaCollection':{'playhead':1}}\n"
                     "    1 play 1\n"
                     "2 disk\n"
                     "    m/1 online: play, open xyz\n"
                     "10 die\n"
                     "    10 play 1 ts 1\n"
                     "    10 sessionEnd 1 ts 2\n"
                     "20 disk\n");
}

TEST(oldest_first_one_at_a_time) {
  expect_stored(WIRE_TALK, NULL,
                "0 consent unknown\n"
                "0 a.sessionStart\n"
                "10 b.sessionStart\n"
                "20 a.play\n"
                "30 b.sessionEnd\n"
                "40 c.sessionStart\n"
                "45 always ok,after=10\n"
                "50 die\n"
                "    50 a/1 new: sessionStart 0 ts 0\n"
                "    60 a/1 <- 201\n"
                "    60 a/1 id1: play 0 ts 20\n"
                "70 stats\n"
                "    accepted 1 delivered 1 queued 2 recovered 2 requests 2\n"
                "    70 a/1 <- 204\n"
                "    70 a/1 id1: sessionEnd 0 ts 21\n"
                "    80 a/1 <- 204\n"
                "    80 b/1 new: sessionStart 0 ts 10\n"
                "    90 b/1 <- 201\n"
                "    90 b/1 id2: sessionEnd 0 ts 30\n"
                "    100 b/1 <- 204\n"
                "    100 c/1 new: sessionStart 0 ts 40\n"
                "    110 c/1 <- 201\n"
                "    110 c/1 id3: sessionEnd 0 ts 41\n"
                "    120 c/1 <- 204\n"
                "200 disk\n");
}

TEST(what_lives_does_not_wait_for_what_came_back) {
  expect_stored(WIRE_TALK, NULL,
                "0 consent unknown\n"
                "0 a.sessionStart\n"
                "10 a.play\n"
                "20 always ok,after=100\n"
                "20 die\n"
                "    20 a/1 new: sessionStart 0 ts 0\n"
                "30 b.sessionStart\n"
                "    30 b/1 new: sessionStart 0\n"
                "40 b.play\n"
                "    120 a/1 <- 201\n"
                "    120 a/1 id1: play 0 ts 10\n"
                "    130 b/1 <- 201\n"
                "    130 b/1 id2: play 0 ts 40\n"
                "150 b.pause\n"
                "    220 a/1 <- 204\n"
                "    220 a/1 id1: sessionEnd 0 ts 11\n"
                "    230 b/1 <- 204\n"
                "    230 b/1 id2: pauseStart 0 ts 150\n"
                "    320 a/1 <- 204\n"
                "    330 b/1 <- 204\n"
                "500 b.sessionEnd\n"
                "    500 b/1 id2: sessionEnd 0\n"
                "    600 b/1 <- 204\n"
                "700 disk\n");
}

/* What waits stays; what was delivered leaves nothing behind. */
TEST(freed_without_close) {
  expect_stored(WIRE_TALK, NULL,
                "0 a.sessionStart\n"
                "    0 a/1 new: sessionStart 0 -> 201\n"
                "10 next none\n"
                "10 b.sessionStart\n"
                "    10 b/1 new: sessionStart 0 -> none\n"
                "10 b.play\n"
                "20 restart\n"
                "    20 b/1 new: sessionStart 0 ts 10 -> 201\n"
                "    20 b/1 id2: play 0 ts 11 -> 204\n"
                "    20 b/1 id2: sessionEnd 0 ts 12 -> 204\n"
                "30 disk\n"
                "30 stats\n"
                "    accepted 1 delivered 3 recovered 2 possiblyDoubled 1 requests 3\n");
}

TEST(close_leaves_what_waits) {
  expect_both_stored(WIRE_BRIEF, NULL,
                     "0 always none\n"
                     "0 sessionStart\n"
                     "    0 sessionStart 0\n"
                     "10 play\n"
                     "20 close 20\n"
                     "20 disk\n"
                     "    m/1 online: sessionStart play, opening\n"
                     "20 stats\n"
                     "    accepted 2 stored 2 requests 1 sessions 1\n"
                     "25 always ok\n"
                     "30 restart\n"
                     "    30 sessionStart 0 ts 0\n"
                     "    30 play 0 ts 10\n"
                     "    30 sessionEnd 0 ts 11\n"
                     "40 disk\n"
                     "40 stats\n"
                     "    accepted 1 delivered 3 recovered 2 possiblyDoubled 1 requests 3\n");
}

/* Files cannot grow beyond so many bytes. */
static void limit_files(rlim_t bytes, struct rlimit *before) {
  assert_int_equal(getrlimit(RLIMIT_FSIZE, before), 0);
  const struct rlimit limit = {bytes, before->rlim_max};
  signal(SIGXFSZ, SIG_IGN);
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* What the disk has not taken is lost with the process, and counted so; what it had taken before waits. */
TEST(closed_while_the_disk_is_full) {
  transcript log;
  struct rlimit before;
  transcript_begin_stored(&log, WIRE_BRIEF, NULL);
  transcript_perform(&log, "0 consent unknown");
  transcript_perform(&log, "0 sessionStart");
  transcript_perform(&log, "10 play");
  limit_files(1, &before);
  transcript_perform(&log, "20 pause");
  transcript_perform(&log, "30 close 30");
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
  text_clear(&log.out);
  transcript_expect(&log, "30 disk\n"
                          "    m/1 online: sessionStart play\n"
                          "30 stats\n"
                          "    accepted 3 closed 1 stored 2 sessions 1\n");
  transcript_end(&log);
}

/* More was written nowhere than still waits: what was delivered meanwhile is not lost. */
TEST(closed_while_the_disk_is_full_and_the_network_works) {
  transcript log;
  struct rlimit before;
  transcript_begin_stored(&log, WIRE_BRIEF, NULL);
  transcript_perform(&log, "0 sessionStart");
  limit_files(1, &before);
  transcript_perform(&log, "10 play");
  transcript_perform(&log, "20 always none");
  transcript_perform(&log, "20 pause");
  transcript_perform(&log, "30 close 30");
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
  text_clear(&log.out);
  transcript_expect(&log, "30 stats\n"
                          "    accepted 3 delivered 2 closed 1 requests 3 sessions 1\n");
  transcript_end(&log);
}

/* A tracker or session that is let go may find that the disk is full, and nobody comes in while it says so. What it had
 * stays in memory and goes out later. */
static void free_on_a_full_disk(const char *opening) {
  transcript log;
  struct rlimit before;
  transcript_begin_stored(&log, WIRE_BRIEF, "{'downloaded':true,'playerName':'p'}");
  transcript_perform(&log, "0 log error");
  transcript_perform(&log, "0 online no");
  transcript_perform(&log, opening);
  limit_files(1, &before);
  text_clear(&log.out);
  transcript_expect(&log, "20 free\n"
                          "    # error: the store: no space left; events are kept in memory meanwhile\n"
                          "20 stats\n"
                          "    accepted 2 queued 2 held 2 sessions 1\n");
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
  transcript_expect(&log, "30 online yes\n"
                          "    30 sessionStart 0 ts 0, sessionEnd 0 ts 1\n"
                          "30 disk\n");
  transcript_end(&log);
}

TEST(freed_while_the_disk_is_full) {
  free_on_a_full_disk("0 sessionStart");
  free_on_a_full_disk("0 open " SESSION_XDM);
}

TEST(closed_with_everything_delivered) {
  expect_stored(WIRE_BRIEF, NULL,
                "0 sessionStart\n"
                "    0 sessionStart 0\n"
                "10 sessionEnd\n"
                "    10 sessionEnd 0\n"
                "20 close 20\n"
                "20 disk\n"
                "20 stats\n"
                "    accepted 2 delivered 2 requests 2 sessions 1\n");
}

TEST(downloaded_sessions_leave_memory) {
  expect_both_stored(WIRE_BRIEF, "{'downloaded':true,'playerName':'p'}",
                     "0 online no\n"
                     "0 sessionStart\n"
                     "10 play\n"
                     "20 disk\n"
                     "    m/1 downloaded: sessionStart play\n"
                     "20 stats\n"
                     "    accepted 2 queued 2 held 2 sessions 1\n"
                     "30 sessionEnd\n"
                     "30 disk\n"
                     "    m/1 downloaded: sessionStart play sessionEnd, ended\n"
                     "30 stats\n"
                     "    accepted 3 stored 3 sessions 1\n"
                     "40 sessionStart second\n"
                     "50 complete\n"
                     "60 stats\n"
                     "    accepted 5 stored 5 sessions 2\n"
                     "70 online yes\n"
                     "    70 sessionStart 0 ts 0, play 0 ts 10, sessionEnd 0 ts 30\n"
                     "    70 sessionStart 0 ts 40, sessionComplete 0 ts 50\n"
                     "70 disk\n"
                     "70 stats\n"
                     "    accepted 5 delivered 5 requests 2 sessions 2\n");
}

TEST(downloaded_sessions_go_one_at_a_time) {
  expect_stored(WIRE_TALK, "{'downloaded':true,'playerName':'p'}",
                "0 online no\n"
                "0 sessionStart\n"
                "10 sessionEnd\n"
                "20 sessionStart\n"
                "30 sessionEnd\n"
                "40 sessionStart\n"
                "50 always ok,after=10\n"
                "50 online yes\n"
                "    50 m/1 batch: sessionStart 0 ts 0, sessionEnd 0 ts 10\n"
                "55 stats\n"
                "    accepted 5 queued 3 stored 2 requests 1 sessions 3\n"
                "    60 m/1 <- 201\n"
                "    60 m/2 batch: sessionStart 0 ts 20, sessionEnd 0 ts 30\n"
                "    70 m/2 <- 201\n"
                "100 sessionEnd\n"
                "    100 m/3 batch: sessionStart 0 ts 40, sessionEnd 0\n"
                "    110 m/3 <- 201\n"
                "200 disk\n"
                "200 stats\n"
                "    accepted 6 delivered 6 requests 3 sessions 3\n");
}

TEST(offline_again_before_the_second) {
  expect_stored(WIRE_TALK, "{'downloaded':true,'playerName':'p'}",
                "0 online no\n"
                "0 sessionStart\n"
                "10 sessionEnd\n"
                "20 sessionStart\n"
                "30 sessionEnd\n"
                "50 always ok,after=10\n"
                "50 online yes\n"
                "    50 m/1 batch: sessionStart 0 ts 0, sessionEnd 0 ts 10\n"
                "55 online no\n"
                "    60 m/1 <- 201\n"
                "100 disk\n"
                "    m/2 downloaded: sessionStart sessionEnd, ended\n"
                "100 stats\n"
                "    accepted 4 delivered 2 stored 2 requests 1 sessions 2\n"
                "110 online yes\n"
                "    110 m/2 batch: sessionStart 0 ts 20, sessionEnd 0 ts 30\n"
                "    120 m/2 <- 201\n"
                "200 disk\n"
                "200 stats\n"
                "    accepted 4 delivered 4 requests 2 sessions 2\n");
}

TEST(a_download_that_is_refused_is_set_aside) {
  expect_stored(WIRE_BRIEF, "{" EDGE ",'downloaded':true}",
                "0 online no\n"
                "0 sessionStart\n"
                "10 play\n"
                "20 sessionEnd\n"
                "21 next 400,body={'title':'no such report suite'}\n"
                "30 online yes\n"
                "    30 sessionStart 0 ts 0, play 0 ts 10, sessionEnd 0 ts 20\n"
                "30 disk\n"
                "    aside m/1 downloaded: sessionStart play sessionEnd, ended: \"no such report suite\"\n"
                "30 stats\n"
                "    accepted 3 refused 1 sessionRefused 2 requests 1 sessions 1\n"
                "40 die\n"
                "50 disk\n"
                "    aside m/1 downloaded: sessionStart play sessionEnd, ended: \"no such report suite\"\n"
                "50 stats\n"
                "   \n");
}

TEST(a_download_that_was_cut_off_ends) {
  expect_both_stored(WIRE_BRIEF, "{'downloaded':true,'playerName':'p'}",
                     "0 online no\n"
                     "0 sessionStart\n"
                     "10 play\n"
                     "20 die\n"
                     "    20 sessionStart 0 ts 0, play 0 ts 10, sessionEnd 0 ts 11\n"
                     "30 disk\n"
                     "30 stats\n"
                     "    accepted 1 delivered 3 recovered 2 requests 1\n");
}

TEST(a_download_whose_answer_was_lost) {
  expect_stored(WIRE_TALK, "{'downloaded':true,'playerName':'p'}",
                "0 log warning\n"
                "0 sessionStart\n"
                "10 next never\n"
                "10 sessionEnd\n"
                "    10 m/1 batch: sessionStart 0 ts 0, sessionEnd 0\n"
                "10 disk\n"
                "    m/1 downloaded: sessionStart sessionEnd, opening, ended\n"
                "20 die\n"
                "    10 m/1 cancelled\n"
                "    20 m/1 batch: sessionStart 0 ts 0, sessionEnd 0 ts 10 -> 201\n"
                "    # warning: player m: the answer to a request that opened a session was lost or had no id, "
                "and it was sent again; the backend may have the session twice\n"
                "30 disk\n"
                "30 stats\n"
                "    delivered 2 recovered 2 possiblyDoubled 1 requests 1\n");
}

TEST(withdrawn_consent_erases) {
  expect_both_stored(WIRE_BRIEF, NULL,
                     "0 always none\n"
                     "0 sessionStart\n"
                     "    0 sessionStart 0\n"
                     "10 play\n"
                     "20 disk\n"
                     "    m/1 online: sessionStart play, opening\n"
                     "20 consent out\n"
                     "20 disk\n"
                     "20 stats\n"
                     "    accepted 2 consent 2 requests 1 sessions 1\n"
                     "30 play\n"
                     "40 die\n"
                     "50 disk\n"
                     "50 stats\n"
                     "   \n");
}

TEST(withdrawn_consent_erases_what_others_left) {
  expect_stored(WIRE_BRIEF, "{'downloaded':true,'playerName':'p'}",
                "0 online no\n"
                "0 sessionStart\n"
                "10 sessionEnd\n"
                "20 sessionStart\n"
                "30 die\n"
                "!30 online no\n"
                "40 sessionStart\n"
                "50 sessionEnd\n"
                "60 disk\n"
                "    m/1 downloaded: sessionStart sessionEnd, ended\n"
                "    m/2 downloaded: sessionStart\n"
                "    m/1 downloaded: sessionStart sessionEnd, ended\n"
                "60 stats\n"
                "    accepted 2 stored 2 sessions 1\n"
                "70 consent out\n"
                "70 disk\n"
                "70 stats\n"
                "    accepted 2 consent 2 sessions 1\n"
                "80 consent in\n"
                "80 online yes\n"
                "90 sessionStart\n"
                "100 sessionEnd\n"
                "    100 sessionStart 0 ts 90, sessionEnd 0\n"
                "100 stats\n"
                "    accepted 4 delivered 2 consent 2 requests 1 sessions 2\n");
}

TEST(unknown_consent_holds_what_came_back) {
  expect_stored(WIRE_BRIEF, NULL,
                "0 consent unknown\n"
                "0 sessionStart\n"
                "10 play\n"
                "20 die\n"
                "!20 consent unknown\n"
                "30 tick\n"
                "30 stats\n"
                "   \n"
                "30 disk\n"
                "    m/1 online: sessionStart play\n"
                "40 consent in\n"
                "    40 sessionStart 0 ts 0\n"
                "    40 play 0 ts 10\n"
                "    40 sessionEnd 0 ts 11\n"
                "50 disk\n"
                "50 stats\n"
                "    accepted 1 delivered 3 recovered 2 requests 3\n");
}

TEST(another_protocol_s_sessions_are_left_alone) {
  expect_stored(
      WIRE_TALK, NULL,
      "0 log warning\n"
      "0 consent unknown\n"
      "0 sessionStart\n"
      "10 play\n"
      "20 die {'protocol':'edge-va-v1','datastreamId':'ds','channel':'ch','playerName':'pn'}\n"
      "    # warning: the store: a session of player m speaks collection-v1 and waits for a client that does\n"
      "30 sessionStart\n"
      "    30 m/1 new: sessionStart 0 -> 200\n"
      "40 sessionEnd\n"
      "    40 m/1 id1: sessionEnd 0 -> 204\n"
      "40 disk\n"
      "    m/1 online: sessionStart play\n"
      "40 stats\n"
      "    accepted 2 delivered 2 requests 2 sessions 1\n"
      "50 die {'protocol':'collection-v1'}\n"
      "    50 m/1 new: sessionStart 0 ts 0 -> 201\n"
      "    50 m/1 id2: play 0 ts 10 -> 204\n"
      "    50 m/1 id2: sessionEnd 0 ts 11 -> 204\n"
      "60 disk\n"
      "60 stats\n"
      "    accepted 1 delivered 3 recovered 2 requests 3\n");
}

/* One message; tracking goes on, and the next session is stored again. */
TEST(no_new_file_can_be_made) {
  expect_stored(WIRE_BRIEF, NULL,
                "0 log error\n"
                "0 consent unknown\n"
                "0 forbid\n"
                "0 sessionStart\n"
                "    # error: the store: no such file or folder; events are kept in memory meanwhile\n"
                "5 play\n"
                "5 b.sessionStart\n"
                "10 allow\n"
                "20 consent in\n"
                "    20 sessionStart 0 ts 0\n"
                "    20 sessionStart 0 ts 5\n"
                "    20 play 0 ts 5\n"
                "30 sessionEnd\n"
                "    30 sessionEnd 0\n"
                "35 next none\n"
                "40 sessionStart\n"
                "    40 sessionStart 0\n"
                "40 disk\n"
                "    m/2 online: sessionStart, opening\n"
                "40 stats\n"
                "    accepted 5 delivered 4 queued 1 requests 5 sessions 3\n");
}

/* So many more files can be opened. */
static void limit_open_files(int more, struct rlimit *before) {
  int spare[4], last = more;
  for (int i = 0; i <= last; i++) assert_true((spare[i] = dup(STDERR_FILENO)) >= 0);
  assert_int_equal(getrlimit(RLIMIT_NOFILE, before), 0);
  const struct rlimit limit = {(rlim_t)spare[last], before->rlim_max};
  for (int i = 0; i <= last; i++) close(spare[i]);
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

/* A tick finds no file to open for what waits: the same is tried again after a tenth of a second. */
static void expect_tried_again(transcript *log, int more) {
  struct rlimit before;
  limit_open_files(more, &before);
  text_clear(&log->out);
  transcript_expect(log, "!1030 tick\n"
                         "    # error: the store: too many open files; events are kept in memory meanwhile\n"
                         "1030 deadline\n"
                         "    1130\n"
                         "1131 deadline\n"
                         "    1230\n");
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
}

TEST(no_file_can_be_opened_for_now) {
  transcript log;
  transcript_begin_stored(&log, WIRE_BRIEF, NULL);
  transcript_perform(&log, "0 consent unknown");
  transcript_perform(&log, "0 sessionStart");
  transcript_perform(&log, "10 play");
  transcript_perform(&log, "20 log error");
  transcript_perform(&log, "1000 die");
  expect_tried_again(&log, 0);
  transcript_expect(&log, "1230 disk\n"
                          "    m/1 online: sessionStart play\n"
                          "    1230 sessionStart 0 ts 0\n"
                          "    1230 play 0 ts 10\n"
                          "    1230 sessionEnd 0 ts 11\n"
                          "1240 disk\n");
  transcript_end(&log);
}

TEST(too_old_when_it_is_found) {
  expect_stored(WIRE_BRIEF, "{'storeMaxAge':10}",
                "0 consent unknown\n"
                "0 sessionStart\n"
                "10 play\n"
                "9000 b.sessionStart\n"
                "!11000 die\n"
                "    11000 sessionStart 0 ts 9000\n"
                "    11000 sessionEnd 0 ts 9001\n"
                "11001 disk\n"
                "11001 stats\n"
                "    accepted 1 delivered 2 tooOld 3 recovered 4 requests 2\n");
}

/* A queue's bound is for what never left memory. */
TEST(too_old_for_a_queue_but_not_for_the_store) {
  expect_stored(WIRE_BRIEF, "{'queueMaxAge':10,'storeMaxAge':100,'retryInterval':0.001,'retryIntervalMax':0.001}",
                "0 consent unknown\n"
                "0 sessionStart\n"
                "10 play\n"
                "!20000 next 503\n"
                "!20000 die\n"
                "    20000 sessionStart 0 ts 0\n"
                "20001 tick\n"
                "    20001 sessionStart 0 ts 0\n"
                "    20001 play 0 ts 10\n"
                "    20001 sessionEnd 0 ts 11\n");
}

TEST(too_old_while_it_waits) {
  expect_stored(WIRE_BRIEF, "{'downloaded':true,'storeMaxAge':10}",
                "0 online no\n"
                "0 sessionStart\n"
                "10 sessionEnd\n"
                "11000 b.sessionStart\n"
                "11010 b.sessionEnd\n"
                "11010 disk\n"
                "    b/1 downloaded: sessionStart sessionEnd, ended\n"
                "11010 stats\n"
                "    accepted 4 tooOld 2 stored 2 sessions 2\n"
                "20000 online yes\n"
                "    20000 sessionStart 0 ts 11000, sessionEnd 0 ts 11010\n"
                "20000 stats\n"
                "    accepted 4 delivered 2 tooOld 2 requests 1 sessions 2\n");
}

/* Loss of power. */

static off_t synced; /* bytes of the file that was synced last */

/* In place of the C library's: nothing here loses power. */
int fdatasync(int descriptor) {
  struct stat info;
  assert_int_equal(fstat(descriptor, &info), 0);
  if (S_ISREG(info.st_mode)) synced = info.st_size;
  return 0;
}

static void measure(void *user, const char *path) {
  struct stat info;
  assert_int_equal(stat(path, &info), 0);
  *(off_t *)user = info.st_size;
}

/* Whether all that is in the one journal would survive. */
static bool is_synced(const transcript *log) {
  off_t size = 0;
  disk_visit(&log->disk, measure, &size);
  assert_true(size > 0);
  return synced == size;
}

static void expect_synced(const char *config, const char *const *lines, size_t count) {
  transcript log;
  transcript_begin_stored(&log, WIRE_SILENT, config);
  transcript_perform(&log, "0 always none");
  for (size_t i = 0; i < count; i++) {
    bool expected = lines[i][0] == '*';
    transcript_perform(&log, lines[i] + expected);
    if (is_synced(&log) != expected) fail_msg("%s %s", lines[i], expected ? "is not synced" : "is synced");
  }
  transcript_end(&log);
}

/* Pauses and ends at once, the rest when the interval is over. A line with a star leaves nothing that is not synced. */
TEST(what_survives_loss_of_power) {
  static const char *const viewing[] = {
      "0 sessionStart",       "*1 tick",    "10 play",   "*20 pause",           "30 play",     "4999 bufferStart",
      "5000 stateStart mute", "*5001 tick", "5010 play", "10000 stateEnd mute", "*10001 tick", "10010 stateStart mute",
      "*10020 sessionEnd"};
  static const char *const events[] = {
      ("0 open -silent " SESSION_XDM),      "*1 tick",
      "10 send {'eventType':'media.play'}", "*20 send {'eventType':'media.pauseStart'}",
      "30 send {'eventType':'media.play'}", "*40 send {'eventType':'media.sessionComplete'}"};
  expect_synced("{'durability':'power','syncInterval':5}", viewing, sizeof viewing / sizeof *viewing);
  expect_synced("{'durability':'power','syncInterval':5}", events, sizeof events / sizeof *events);
}

TEST(what_survives_the_end_of_the_process_only) {
  static const char *const lines[] = {"0 sessionStart", "1 tick", "20 pause", "9000 tick", "9010 sessionEnd"};
  expect_synced("{'durability':'process'}", lines, sizeof lines / sizeof *lines);
}

/* Calls that run out of memory. */

static char *disk_as_text(const transcript *log) {
  text_buffer text = {0};
  disk_describe(&log->disk, &text);
  return text.text ? text.text : strdup("");
}

/* True when no allocation failed any more. Files that hold no event are nothing. */
static bool leaves_nothing(const char *const *before, const char *line, size_t fail_at) {
  transcript log;
  transcript_begin_stored(&log, WIRE_SILENT, "{'playerName':'p'}");
  transcript_perform(&log, "0 consent unknown");
  for (; *before; before++) transcript_perform(&log, *before);
  char *old = disk_as_text(&log);
  log.memory.calls = log.memory.failures = 0;
  log.memory.fail_at = fail_at;
  text_clear(&log.out);
  transcript_perform(&log, line);
  log.memory.fail_at = 0;
  bool short_of_memory = strstr(text_of(&log.out), "MB_NO_MEMORY") != NULL, over = !log.memory.failures;
  char *new = disk_as_text(&log);
  if (short_of_memory) assert_string_equal(new, old);
  if (over) assert_string_not_equal(new, old);
  free(old);
  free(new);
  transcript_end(&log);
  return over;
}

TEST(a_call_that_was_undone_is_not_on_disk) {
  static const char *const none[] = {"0 ask 1", NULL};
  static const char *const started[] = {"0 sessionStart", "5 chapterStart one 1 0 10", NULL};
  static const char *const opened[] = {"0 open " SESSION_XDM, NULL};
  static const struct {
    const char *const *before;
    const char *line;
  } calls[] = {{none, "10 sessionStart k=v"},
               {started, "10 adBreakStart one 1 0"},
               {started, "10 complete"},
               {opened, "10 send {'eventType':'media.play'}"}};
  for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
    for (size_t n = 1; !leaves_nothing(calls[i].before, calls[i].line, n); n++) continue;
}

/* Journals that somebody wrote: their checksums are right. `id`: of a session that is open, or NULL. */

#define PLANTED "1-0000000000000001/000000000001000-000001.journal"

static void plant(const transcript *log, const char *header, const char *const *bodies, const char *id) {
  const mb__files posix = mb__files_posix();
  mb__journal_folder folder = {.files = &posix, .memory = &mb__c_library};
  mb__journal journal;
  char path[2 * DISK_PATH];
  const bool edge = strcmp(header, "edge-va-v1") == 0;
  const mb__journal_header line = {edge ? header : "collection-v1", strcmp(header, "downloaded") == 0, "m", 1, 1000};
  snprintf(path, sizeof path, "%s/1-0000000000000001", log->disk.folder);
  assert_int_equal(mkdir(path, 0700), 0);
  snprintf(path, sizeof path, "%s/" PLANTED, log->disk.folder);
  assert_int_equal(mb__journal_create(&journal, &folder, path, &line), MB__FAULT_OK);
  for (; *bodies; bodies++) assert_int_equal(mb__journal_add(&journal, *bodies, strlen(*bodies)), MB__FAULT_OK);
  assert_int_equal(mb__journal_flush(&journal), MB__FAULT_OK);
  if (id) assert_int_equal(mb__journal_mark_opened(&journal, id, ""), MB__FAULT_OK);
  mb__journal_close(&journal);
}

#define START                                                                                                    \
  "{\"eventType\":\"sessionStart\",\"playerTime\":{\"playhead\":0,\"ts\":5},\"params\":{\"media.resume\":false," \
  "\"media.id\":\"a\","                                                                                          \
  "\"media.name\":\"a\",\"media.length\":60,\"media.contentType\":\"vod\",\"media.playerName\":\"p\"}}"
#define PLAY "{\"eventType\":\"play\",\"playerTime\":{\"playhead\":0,\"ts\":10}}"

/* A byte of its last line is another. */
static void damage(const transcript *log) {
  char path[2 * DISK_PATH];
  snprintf(path, sizeof path, "%s/" PLANTED, log->disk.folder);
  FILE *file = fopen(path, "r+");
  assert_non_null(file);
  assert_int_equal(fseek(file, -20, SEEK_END), 0);
  assert_int_equal(fputc('!', file), '!');
  assert_int_equal(fclose(file), 0);
}

/* There is a file for reading what waits, and none for a copy of what is damaged: the same journal is tried again. */
TEST(no_second_file_can_be_opened_for_now) {
  static const char *const bodies[] = {START, PLAY, NULL};
  transcript log;
  transcript_begin_stored(&log, WIRE_BRIEF, "{'playerName':'p'}");
  plant(&log, "online", bodies, NULL);
  damage(&log);
  transcript_perform(&log, "20 log error");
  transcript_perform(&log, "1000 restart");
  expect_tried_again(&log, 1);
  log.shows_log = false; /* the copy is made, and said */
  transcript_expect(&log, "1230 disk\n"
                          "    m/1 online: sessionStart\n"
                          "    1230 sessionStart 0 ts 5\n"
                          "    1230 sessionEnd 0 ts 6\n"
                          "1240 disk\n");
  transcript_end(&log);
}

/* One that nobody touched goes out; of the others nothing does, they are set aside, and what comes later works. */
static void expect_planted(const char *kind, const char *const *bodies, bool goes_out) {
  transcript log;
  transcript_begin_stored(&log, WIRE_BRIEF, "{'playerName':'p'}");
  plant(&log, kind, bodies, NULL);
  transcript_perform(&log, "1000 restart");
  text_clear(&log.out);
  transcript_perform(&log, "2000 disk");
  bool went_out = strstr(text_of(&log.out), "sessionStart 0") != NULL;
  bool set_aside = strstr(text_of(&log.out), "    aside m/1") != NULL;
  if (went_out != goes_out || set_aside == goes_out) fail_msg("%s:\n%s", bodies[0], text_of(&log.out));
  text_clear(&log.out);
  transcript_expect(&log, "3000 sessionStart\n"
                          "    3000 sessionStart 0\n"
                          "3010 sessionEnd\n"
                          "    3010 sessionEnd 0\n");
  transcript_end(&log);
}

TEST(journals_that_somebody_edited) {
  static const char *const whole[] = {START, PLAY, NULL};
  static const char *const hostile[][4] = {
      {"{}"},
      {PLAY},
      {START, "{\"eventType\":\"play\"}"},
      {START, "{\"eventType\":\"nonsense\",\"playerTime\":{\"playhead\":0,\"ts\":10}}"},
      {START, "{\"eventType\":\"play\",\"playerTime\":{\"playhead\":0,\"ts\":10},\"params\":{\"media.id\":7}}"},
      {START, "{\"eventType\":\"play\",\"playerTime\":{\"playhead\":0,\"ts\":-10}}"},
      {START, "{\"eventType\":\"play\",\"playerTime\":{\"playhead\":0,\"ts\":1e300}}"},
      {START, "{\"playerTime\":{\"playhead\":0,\"ts\":10},\"eventType\":\"play\"}"},
      {START, "{\"eventType\":\"play\",\"playerTime\":{\"playhead\":0,\"ts\":10}"},
      {START, "{\"eventType\":\"play\",\"playerTime\":{\"playhead\":0,\"ts\":9223372036854775807}}"},
      {START, PLAY, START},
      {START, "{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{}}}}}}}}}}"},
  };
  expect_planted("online", whole, true);
  for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
    expect_planted("online", hostile[i], false);
    expect_planted("downloaded", hostile[i], false);
  }
}

/* The process died between the two marks of the answer: that the session is open, and that its first event is over. */
TEST(an_open_session_is_not_opened_again) {
  static const char *const started[] = {START, PLAY, NULL};
  transcript log;
  transcript_begin_stored(&log, WIRE_TALK, "{'playerName':'p'}");
  plant(&log, "online", started, "id7");
  text_clear(&log.out);
  transcript_expect(&log, "1000 restart\n"
                          "    1000 m/1 id7: play 0 ts 10 -> 204\n"
                          "    1000 m/1 id7: sessionEnd 0 ts 11 -> 204\n"
                          "1010 disk\n"
                          "1010 stats\n"
                          "    accepted 1 delivered 2 recovered 1 requests 2\n");
  transcript_end(&log);
}

/* Of 64 KiB six sessions of 12 KB each are too much. */
TEST(too_many_bytes) {
  transcript log;
  char line[13000], name[12001];
  memset(name, 'x', sizeof name - 1);
  name[sizeof name - 1] = 0;
  transcript_begin_stored(&log, WIRE_SILENT, "{'downloaded':true,'playerName':'p','storeMaxBytes':65536}");
  transcript_perform(&log, "0 online no");
  for (int i = 0; i < 6; i++) {
    snprintf(line, sizeof line, "%d sessionStart k=%s", i * 100, name);
    transcript_perform(&log, line);
    snprintf(line, sizeof line, "%d sessionEnd", i * 100 + 50);
    transcript_perform(&log, line);
  }
  text_clear(&log.out);
  log.wire.form = WIRE_BRIEF;
  transcript_expect(&log, "600 disk\n"
                          "    m/2 downloaded: sessionStart sessionEnd, ended\n"
                          "    m/3 downloaded: sessionStart sessionEnd, ended\n"
                          "    m/4 downloaded: sessionStart sessionEnd, ended\n"
                          "    m/5 downloaded: sessionStart sessionEnd, ended\n"
                          "    m/6 downloaded: sessionStart sessionEnd, ended\n"
                          "600 stats\n"
                          "    accepted 12 storeFull 2 stored 10 sessions 6\n");
  transcript_end(&log);
}

/* Where the folder should be there is a file: one message, and everything stays in memory. */
TEST(a_store_that_cannot_be_opened) {
  transcript log;
  transcript_begin_stored(&log, WIRE_BRIEF, NULL);
  transcript_perform(&log, "0 log error");
  disk_forbid(&log.disk, true);
  FILE *file = fopen(log.disk.folder, "w");
  assert_non_null(file);
  fclose(file);
  transcript_perform(&log, "0 restart");
  assert_non_null(strstr(text_of(&log.out), "    # error: "));
  text_clear(&log.out);
  transcript_expect(&log, "1 sessionStart\n"
                          "    1 sessionStart 0\n"
                          "2 next none\n"
                          "2 play\n"
                          "    2 play 0\n"
                          "2 sessionEnd\n"
                          "2 stats\n"
                          "    accepted 3 delivered 1 queued 2 requests 2 sessions 1\n"
                          "3 close 3\n"
                          "3 stats\n"
                          "    accepted 3 delivered 1 closed 2 requests 2 sessions 1\n");
  transcript_end(&log);
}

/* With a store the same bytes go out. */

static char *bytes_of(bool stored, const char *config, const char *const *lines) {
  transcript log;
  if (stored)
    transcript_begin_stored(&log, WIRE_BYTES, config);
  else
    transcript_begin(&log, WIRE_BYTES, config);
  for (; *lines; lines++) transcript_perform(&log, *lines);
  char *bytes = strdup(text_of(&log.out));
  transcript_end(&log);
  return bytes;
}

TEST(the_same_bytes_with_and_without_a_store) {
  static const char *const lines[] = {"0 online no",
                                      "0 sessionStart k=v",
                                      "10 play",
                                      "20 chapterStart one 1 0 10",
                                      "30 next none 404",
                                      "30 stateStart mute",
                                      "40 qoe 1 2 3 4",
                                      "9000 pause",
                                      "10000 b.sessionStart",
                                      "31000 b.sessionEnd",
                                      "50000 online yes",
                                      "60000 complete",
                                      "70000 tick",
                                      NULL};
  static const char *const configs[] = {"{'playerName':'p'}", ON_EDGE, "{'playerName':'p','downloaded':true}",
                                        "{" EDGE ",'downloaded':true}"};
  for (size_t i = 0; i < sizeof configs / sizeof *configs; i++) {
    char *without = bytes_of(false, configs[i], lines), *with = bytes_of(true, configs[i], lines);
    assert_string_equal(with, without);
    assert_non_null(strstr(with, "POST"));
    free(without);
    free(with);
  }
}

/* The events of two sessions of one player have different ids, also when one came back and the seed is the same. */
TEST(no_id_is_given_twice) {
  transcript log;
  transcript_begin_stored(&log, WIRE_BYTES, ON_EDGE);
  transcript_perform(&log, "0 sessionStart");
  transcript_perform(&log, "10 play");
  transcript_perform(&log, "20 die");
  transcript_perform(&log, "30 sessionStart");
  transcript_perform(&log, "40 sessionEnd");
  char ids[8][40];
  size_t count = 0;
  for (const char *at = text_of(&log.out); (at = strstr(at, "\"_id\":\"")) != NULL && count < 8; count++) {
    at += strlen("\"_id\":\"");
    snprintf(ids[count], sizeof ids[count], "%.36s", at);
    if (count >= 3) /* the first session of a player begins with the same ids as its former process's */
      for (size_t i = 2; i < count; i++) assert_string_not_equal(ids[i], ids[count]);
  }
  assert_int_equal(count, 5);
  assert_string_not_equal(ids[2], ids[0]);
  transcript_end(&log);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_event_is_on_disk_before_its_call_returns),
      cmocka_unit_test(events_of_the_session_level_and_pings),
      cmocka_unit_test(answers_leave_marks),
      cmocka_unit_test(a_session_goes_on_where_its_process_died),
      cmocka_unit_test(an_end_that_was_written_is_not_written_again),
      cmocka_unit_test(all_was_delivered_but_the_end),
      cmocka_unit_test(all_was_delivered_but_the_file_remained),
      cmocka_unit_test(a_session_that_was_not_open_is_opened_first),
      cmocka_unit_test(the_answer_to_the_opening_was_lost),
      cmocka_unit_test(a_lost_answer_is_not_forgotten),
      cmocka_unit_test(a_session_that_comes_back_keeps_its_region),
      cmocka_unit_test(a_doubled_session_is_said_while_it_is_known),
      cmocka_unit_test(a_refusal_that_was_heard_is_no_lost_answer),
      cmocka_unit_test(an_answer_without_an_id),
      cmocka_unit_test(the_backend_has_forgotten_the_session),
      cmocka_unit_test(the_rest_is_sent_as_downloaded_content),
      cmocka_unit_test(the_backend_has_forgotten_the_session_of_the_edge),
      cmocka_unit_test(states_that_one_event_switched),
      cmocka_unit_test(it_dies_again),
      cmocka_unit_test(it_dies_between_two_sessions_of_the_backend),
      cmocka_unit_test(a_session_that_was_opened_elsewhere),
      cmocka_unit_test(oldest_first_one_at_a_time),
      cmocka_unit_test(what_lives_does_not_wait_for_what_came_back),
      cmocka_unit_test(freed_without_close),
      cmocka_unit_test(close_leaves_what_waits),
      cmocka_unit_test(closed_while_the_disk_is_full),
      cmocka_unit_test(closed_while_the_disk_is_full_and_the_network_works),
      cmocka_unit_test(freed_while_the_disk_is_full),
      cmocka_unit_test(closed_with_everything_delivered),
      cmocka_unit_test(downloaded_sessions_leave_memory),
      cmocka_unit_test(downloaded_sessions_go_one_at_a_time),
      cmocka_unit_test(offline_again_before_the_second),
      cmocka_unit_test(a_download_that_is_refused_is_set_aside),
      cmocka_unit_test(a_download_that_was_cut_off_ends),
      cmocka_unit_test(a_download_whose_answer_was_lost),
      cmocka_unit_test(withdrawn_consent_erases),
      cmocka_unit_test(withdrawn_consent_erases_what_others_left),
      cmocka_unit_test(unknown_consent_holds_what_came_back),
      cmocka_unit_test(another_protocol_s_sessions_are_left_alone),
      cmocka_unit_test(no_new_file_can_be_made),
      cmocka_unit_test(no_file_can_be_opened_for_now),
      cmocka_unit_test(too_old_when_it_is_found),
      cmocka_unit_test(too_old_for_a_queue_but_not_for_the_store),
      cmocka_unit_test(too_old_while_it_waits),
      cmocka_unit_test(what_survives_loss_of_power),
      cmocka_unit_test(what_survives_the_end_of_the_process_only),
      cmocka_unit_test(a_call_that_was_undone_is_not_on_disk),
      cmocka_unit_test(journals_that_somebody_edited),
      cmocka_unit_test(no_second_file_can_be_opened_for_now),
      cmocka_unit_test(an_open_session_is_not_opened_again),
      cmocka_unit_test(too_many_bytes),
      cmocka_unit_test(a_store_that_cannot_be_opened),
      cmocka_unit_test(the_same_bytes_with_and_without_a_store),
      cmocka_unit_test(no_id_is_given_twice),
  };
  return cmocka_run_group_tests_name("stored", tests, NULL, NULL);
}

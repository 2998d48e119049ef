/* Decides what rules are given, what they remember, and how they report. */
#ifndef MEDIABEAT_COLLECTOR_FINDINGS_PARTS_H
#define MEDIABEAT_COLLECTOR_FINDINGS_PARTS_H

#include "findings.h"
#include "text.h"

typedef struct mbc_checking {
  const mbc_history *history;
  mbc_finding_visitor *visit;
  void *user;
  mb_status status;       /* MB_NO_MEMORY: something could not be looked at */
  bool enough;            /* the visitor said so */
  size_t at;              /* the step under way */
  const mbc_step *now;    /* the same */
  const mbc_step *before; /* NULL at the first */
  const mbc_step *next;   /* NULL at the last */
  int64_t passed;         /* ms between the step before and this one, 0 at the first */
  int64_t moved;          /* ms of the playhead between these two */

  /* What began at this step, as index into the history's lists; -1: nothing did. */
  int break_begun, ad_begun, chapter_begun, stall_begun;

  /* What rules remember. */
  size_t breaks, ads, chapters, stalls, state_spans; /* so many have begun */
  size_t latest[MBC_MOST_STATES];                    /* of each player state the last span that has begun, plus 1 */
  bool is_complete;                                  /* sessionComplete was processed */
  bool is_beyond, runs_in_pause, runs_without_play;  /* reported, and still so */
  int moves_in_ad;                                   /* the ad of which it was reported, plus 1 */
  int64_t dropped_frames, time_to_start;             /* last ones said; -1: none */
} mbc_checking;

/* `detail` goes behind the text of the finding; NULL: nothing does. */
MB__FORMAT(4, 5)
void mbc_report_at(mbc_checking *checking, mbc_finding_code code, const mbc_step *step, const char *detail, ...);

const char *mbc_step_name(const mbc_step *step); /* of its type */

/* A rule looks at the step under way. */
typedef void mbc_rule(mbc_checking *checking);

/* Lists of rules; they end with NULL. */
extern mbc_rule *const mbc_rules_of_sessions[];
extern mbc_rule *const mbc_rules_of_ads[];
extern mbc_rule *const mbc_rules_of_playheads[];
extern mbc_rule *const mbc_rules_of_details[];

/* The same for what was not processed. */
void mbc_rule_of_others(mbc_checking *checking, const mbc_step *other);

#endif

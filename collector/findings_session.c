/* Owns the rules of sessions, order and time. */
#include <inttypes.h>

#include "findings_parts.h"
#include "reading.h"

enum { CLOCKS_AGREE_MS = 3600000 };

/* Three pings of 10 s; the intervals of the Edge API and of downloads may be up to 50 s. */
enum { RARE_MS = 30000, RARE_IF_LONG_MS = 60000 };

/* A ts of these years is one in seconds of our time. */
static const int64_t FIRST_SECOND = 1000000000, LAST_SECOND = 100000000000;

static bool is_closed(const mbc_history *history) { return history->session.state == MBC_CLOSED; }
static bool is_last(const mbc_checking *c) { return !c->next; }

/* What opens and closes. */

static void check_start(mbc_checking *c) {
  bool is_start = c->now->type == MB__EVENT_SESSION_START;
  if (c->at == 0 && !is_start) mbc_report_at(c, MBC_FINDING_NO_START, c->now, NULL);
  if (c->at > 0 && is_start) mbc_report_at(c, MBC_FINDING_SECOND_START, c->now, NULL);
}

static void check_end(mbc_checking *c) {
  const mbc_session *session = &c->history->session;
  if (!is_last(c) || !is_closed(c->history) || c->is_complete || session->reason == MBC_SESSION_END) return;
  const char *reason = mbc_reason_name(session->reason);
  mbc_report_at(c, MBC_FINDING_NO_END, c->now, "closed by %s behind %s", reason ? reason : "nothing known",
                mbc_step_name(c->now));
}

static void check_play(mbc_checking *c) {
  bool has_played = c->history->content_start < c->history->step_count;
  if (c->at == 0 && is_closed(c->history) && !has_played) mbc_report_at(c, MBC_FINDING_NO_PLAY, c->now, NULL);
}

static void check_length(mbc_checking *c) {
  bool is_start = c->at == 0 && c->now->type == MB__EVENT_SESSION_START;
  if (is_start && c->history->length == 0 && !c->history->live) mbc_report_at(c, MBC_FINDING_NO_LENGTH, c->now, NULL);
}

/* Time. */

static void check_ts(mbc_checking *c) {
  if (c->now->notes & MBC_EQUAL_TS) mbc_report_at(c, MBC_FINDING_EQUAL_TS, c->now, "%" PRId64, c->now->ts);
  if (c->now->notes & MBC_LATE)
    mbc_report_at(c, MBC_FINDING_FALLING_TS, c->now, "%" PRId64 " ms", c->now->time - c->now->ts);
}

static void check_arrival(mbc_checking *c) {
  bool is_late = c->now->notes & MBC_LATE;
  if (!is_late && c->next && c->next->index < c->now->index)
    mbc_report_at(c, MBC_FINDING_OUT_OF_ORDER, c->now, "%s, ahead of %s by ts", mbc_step_name(c->now),
                  mbc_step_name(c->next));
}

static void check_clock(mbc_checking *c) {
  int64_t ts = c->now->ts, behind = c->now->received_at - ts;
  if (c->at > 0) return;
  if (ts >= FIRST_SECOND && ts < LAST_SECOND)
    mbc_report_at(c, MBC_FINDING_TS_IN_SECONDS, c->now, "%" PRId64, ts);
  else if (!c->history->session.downloaded && (behind > CLOCKS_AGREE_MS || behind < -CLOCKS_AGREE_MS))
    mbc_report_at(c, MBC_FINDING_CLOCK_DIFFERS, c->now, "it is %" PRId64 " s %s",
                  (behind < 0 ? -behind : behind) / 1000, behind < 0 ? "ahead" : "behind");
}

static void check_pings(mbc_checking *c) {
  const mbc_session *session = &c->history->session;
  int64_t longest = session->edge || session->downloaded ? RARE_IF_LONG_MS : RARE_MS;
  if (c->before && c->before->activity != MBC_IDLE && c->passed > longest)
    mbc_report_at(c, MBC_FINDING_PINGS_RARE, c->now, "%" PRId64 " s behind %s", c->passed / 1000,
                  mbc_step_name(c->before));
}

mbc_rule *const mbc_rules_of_sessions[] = {check_start,   check_play,  check_length, check_clock, check_ts,
                                           check_arrival, check_pings, check_end,    NULL};

/* What was not processed. */

static void check_unreadable(mbc_checking *c, const mbc_step *other) {
  mb__json *tree = NULL;
  mb__reading reading = {0};
  mb__finding why = {"not JSON"};
  mb_status status = mb__json_parse(other->body, other->size, &tree, NULL, NULL);
  if (!status) status = mbc_read_body(tree, MBC_AS_KEPT, &reading, &why);
  if (status == MB_NO_MEMORY)
    c->status = status;
  else
    mbc_report_at(c, MBC_FINDING_UNREADABLE, other, "%s", why.text);
  if (!status) mb__reading_free(&mb__c_library, &reading);
  mb__json_free(tree);
}

void mbc_rule_of_others(mbc_checking *c, const mbc_step *other) {
  if (other->notes & MBC_IS_UNREADABLE)
    check_unreadable(c, other);
  else if (other->notes & MBC_IS_DUPLICATE)
    mbc_report_at(c, MBC_FINDING_DUPLICATE, other, NULL);
  else if (other->type != MB__EVENT_SESSION_END) /* to be sure it may be sent twice */
    mbc_report_at(c, MBC_FINDING_AFTER_END, other, NULL);
}

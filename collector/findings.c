/* Owns the table of findings, and the order in which rules see a session. */
#include "findings.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "findings_parts.h"

#define MB_PAGE(id, address) static const char page_##id[] = address;
#include "findings.def"

const mbc_finding_row mbc_finding_rows[MBC_FINDING_COUNT] = {
#define MB_CHECK(id, code, severity, text, says, page) {code, MBC_SEVERITY_##severity, text, says, page_##page},
#include "findings.def"
};

const char *mbc_severity_name(mbc_severity severity) {
  static const char *const names[MBC_SEVERITY_COUNT] = {"error", "warning", "note"};
  return names[severity];
}

const char *mbc_step_name(const mbc_step *step) {
  return step->type < MB__EVENT_COUNT ? mb__events[step->type].name : "what came";
}

/* Reporting. */

enum { MESSAGE_SIZE = 400 };

/* Cut where a character ends: names in it come from anywhere. */
static void append(char *message, const char *detail, va_list arguments) {
  size_t size = strlen(message);
  size_t room = MESSAGE_SIZE - size;
  int wanted = vsnprintf(message + size, room, detail, arguments);
  if (wanted < 0) message[size] = 0;
  message[mb__utf8_prefix(message, strlen(message))] = 0;
}

void mbc_report_at(mbc_checking *checking, mbc_finding_code code, const mbc_step *step, const char *detail, ...) {
  char message[MESSAGE_SIZE];
  if (checking->enough) return;
  snprintf(message, sizeof message, "%s%s", mbc_finding_rows[code].text, detail ? ": " : "");
  if (detail) {
    va_list arguments;
    va_start(arguments, detail);
    append(message, detail, arguments);
    va_end(arguments);
  }
  mbc_finding finding = {code, step->index, step->type, message};
  checking->enough = !checking->visit(checking->user, &finding);
}

/* Going along. */

static void begin_state_spans(mbc_checking *c) {
  const mbc_history *history = c->history;
  for (; c->state_spans < history->state_span_count; c->state_spans++) {
    const mbc_state_span *span = &history->state_spans[c->state_spans];
    if (span->span.from > c->at) return;
    c->latest[span->state] = c->state_spans + 1;
  }
}

#define BEGUN(list, count, taken, from) ((taken) < (count) && (list)[taken].from == c->at ? (int)(taken)++ : -1)

static void enter_step(mbc_checking *c, size_t at) {
  const mbc_history *history = c->history;
  c->at = at;
  c->now = &history->steps[at];
  c->next = at + 1 < history->step_count ? c->now + 1 : NULL;
  c->before = at ? c->now - 1 : NULL;
  c->passed = at ? c->now->time - c->before->time : 0;
  c->moved = at ? c->now->playhead - c->before->playhead : 0;
  c->break_begun = BEGUN(history->breaks, history->break_count, c->breaks, span.from);
  c->ad_begun = BEGUN(history->ads, history->ad_count, c->ads, span.from);
  c->chapter_begun = BEGUN(history->chapters, history->chapter_count, c->chapters, span.from);
  c->stall_begun = BEGUN(history->stalls, history->stall_count, c->stalls, from);
  begin_state_spans(c);
  if (c->now->type == MB__EVENT_SESSION_COMPLETE) c->is_complete = true;
}

static void apply(mbc_checking *c, mbc_rule *const *rules) {
  for (; *rules && !c->enough; rules++) (*rules)(c);
}

static void check_step(mbc_checking *c, size_t at) {
  enter_step(c, at);
  apply(c, mbc_rules_of_sessions);
  apply(c, mbc_rules_of_ads);
  apply(c, mbc_rules_of_playheads);
  apply(c, mbc_rules_of_details);
}

mb_status mbc_findings_each(const mbc_history *history, mbc_finding_visitor *visit, void *user) {
  mbc_checking c = {.history = history, .visit = visit, .user = user, .dropped_frames = -1, .time_to_start = -1};
  size_t other = 0;
  for (size_t at = 0; at < history->step_count && !c.enough; at++) {
    while (other < history->other_count && history->others[other].index < history->steps[at].index && !c.enough)
      mbc_rule_of_others(&c, &history->others[other++]);
    check_step(&c, at);
  }
  while (other < history->other_count && !c.enough) mbc_rule_of_others(&c, &history->others[other++]);
  return c.status;
}

static bool count(void *user, const mbc_finding *finding) {
  mbc_finding_counts *counts = user;
  counts->of[mbc_finding_rows[finding->code].severity]++;
  return true;
}

mbc_finding_counts mbc_findings_count(const mbc_history *history) {
  mbc_finding_counts counts = {{0}};
  mbc_findings_each(history, count, &counts);
  return counts;
}

/* Decides what is found wrong in a session beyond the schema: which findings there are, and where a session has them.
 * A pure function of its history; findings of an open session are provisional, and say nothing about what may still
 * come. */
#ifndef MEDIABEAT_COLLECTOR_FINDINGS_H
#define MEDIABEAT_COLLECTOR_FINDINGS_H

#include "history.h"

typedef enum mbc_severity {
  MBC_SEVERITY_ERROR,
  MBC_SEVERITY_WARNING,
  MBC_SEVERITY_NOTE,
  MBC_SEVERITY_COUNT
} mbc_severity;

const char *mbc_severity_name(mbc_severity severity); /* "error", "warning", "note" */

typedef enum mbc_finding_code {
#define MB_CHECK(id, code, severity, text, says, page) MBC_FINDING_##id,
#include "findings.def"
  MBC_FINDING_COUNT
} mbc_finding_code;

typedef struct mbc_finding_row {
  const char *code;
  mbc_severity severity;
  const char *text;  /* what is wrong */
  const char *says;  /* what the protocol says about it */
  const char *where; /* address of the page that says so */
} mbc_finding_row;

extern const mbc_finding_row mbc_finding_rows[MBC_FINDING_COUNT];

typedef struct mbc_finding {
  mbc_finding_code code;
  int64_t event;       /* index of arrival */
  mb__event_type type; /* of the event; MB__EVENT_COUNT when it is none */
  const char *message; /* what is wrong, here. Hostile text may be in it; valid UTF-8 */
} mbc_finding;

/* Returning false ends the visit. */
typedef bool mbc_finding_visitor(void *user, const mbc_finding *finding);

/* In the order of processing, with what was not processed where it arrived. MB_OK, or MB_NO_MEMORY when something could
 * not be looked at. */
mb_status mbc_findings_each(const mbc_history *history, mbc_finding_visitor *visit, void *user);

typedef struct mbc_finding_counts {
  int64_t of[MBC_SEVERITY_COUNT];
} mbc_finding_counts;

/* Less than the history took. Where memory ends, of what could be looked at. */
mbc_finding_counts mbc_findings_count(const mbc_history *history);

#endif

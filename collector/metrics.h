/* Decides what a session comes to in numbers: the metrics that Adobe's backend reports, by the table metrics.def. */
#ifndef MEDIABEAT_COLLECTOR_METRICS_H
#define MEDIABEAT_COLLECTOR_METRICS_H

#include "history.h"
#include "writer.h"

typedef enum mbc_metric {
#define MB_METRIC(id, name, level, kind, unit, analytics, xdm, call, meaning) MBC_##id,
#include "metrics.def"
#undef MB_METRIC
  MBC_METRIC_COUNT
} mbc_metric;

typedef enum mbc_metric_level {
  MBC_LEVEL_SESSION,
  MBC_LEVEL_AD,
  MBC_LEVEL_CHAPTER,
  MBC_LEVEL_STATE,
  MBC_LEVEL_REPORT
} mbc_metric_level;

typedef enum mbc_metric_kind {
  MBC_KIND_FLAG,
  MBC_KIND_COUNT,
  MBC_KIND_DURATION,
  MBC_KIND_NUMBER,
  MBC_KIND_TEXT,
  MBC_KIND_LIST,
  MBC_KIND_SERIES
} mbc_metric_kind;

typedef enum mbc_call_kind {
  MBC_CALL_NONE,
  MBC_CALL_MEDIA_START,
  MBC_CALL_AD_START,
  MBC_CALL_AD_CLOSE,
  MBC_CALL_CHAPTER_CLOSE,
  MBC_CALL_MEDIA_CLOSE
} mbc_call_kind;

typedef struct mbc_metric_row {
  const char *name;
  mbc_metric_level level;
  mbc_metric_kind kind;
  const char *unit;
  const char *analytics, *xdm; /* NULL: none */
  mbc_call_kind call;
  const char *meaning;
} mbc_metric_row;

extern const mbc_metric_row mbc_metric_rows[MBC_METRIC_COUNT];

typedef struct mbc_value {
  bool known;
  int64_t count; /* flags: 0 or 1; counts; durations in ms */
  double number;
  char text[48];
} mbc_value;

/* Of levels AD and CHAPTER: the sums over the session. Lists, states and REPORT have no value here. */
typedef struct mbc_metrics {
  mbc_value value[MBC_METRIC_COUNT];
  int64_t activity[MBC_ACTIVITY_COUNT]; /* ms; together the time from the first event to the last */
} mbc_metrics;

/* Of an open session: as if it closed now, with nothing more to come. MB_OK or MB_NO_MEMORY. */
mb_status mbc_metrics_compute(const mbc_history *history, mbc_metrics *metrics);

/* Whole seconds of milliseconds, half a second up. */
int64_t mbc_seconds(int64_t ms);

/* {"mediaStarts":true,...,"ads":[...],"chapters":[...],"states":{...}}: every value of the session, null for what is
 * not known, and the records that they sum up. */
void mbc_metrics_write(mb__writer *writer, const mbc_history *history, const mbc_metrics *metrics);

/* {"contentTimeSpent":45002,...}: the durations, in milliseconds. */
void mbc_metrics_write_milliseconds(mb__writer *writer, const mbc_metrics *metrics);

/* The value of one metric, as JSON. Not of lists. */
void mbc_metrics_write_value(mb__writer *writer, mbc_metric metric, const mbc_value *value);

/* The ids of errors from `source`, "player" or "external", each once, in order of appearance: a JSON array. */
void mbc_metrics_write_errors(mb__writer *writer, const mbc_history *history, const char *source);

#endif

/* Owns a history: what it holds, and the order in which its parts are found. */

#define _DEFAULT_SOURCE
#include "history.h"

#include <math.h>
#include <string.h>
#include <strings.h>

#include "history_parts.h"
#include "lists.h"
#include "reading.h"
#include "text.h"

static const char *const activity_names[MBC_ACTIVITY_COUNT] = {"idle", "play", "pause", "buffer", "stall", "ad"};

static const char *const note_names[MBC_NOTE_COUNT] = {"late",           "equalTs",     "waiting",  "outsideBreak",
                                                       "missingBookend", "noOpenBreak", "noOpenAd", "noOpenChapter",
                                                       "stateLimit",     "duplicate",   "afterEnd", "unreadable"};

const char *mbc_activity_name(mbc_activity activity) { return activity_names[activity]; }
const char *mbc_note_name(int bit) { return note_names[bit]; }

mbc_history *mbc_history_new(const mbc_session *session, int64_t now) {
  mbc_history *history = calloc(1, sizeof *history);
  mbc_arrivals *arrivals = calloc(1, sizeof *arrivals);
  if (!history || !arrivals) {
    free(history);
    free(arrivals);
    return NULL;
  }
  history->session = *session;
  history->session.protocol = history->session.media_id = history->session.media_name = NULL;
  history->session.player_name = history->session.channel = NULL;
  history->now = session->state == MBC_CLOSED ? session->closed_at : now;
  history->arrivals = arrivals;
  return history;
}

/* Steps and others are copies of arrivals, which own what they point to. */
static void free_arrival(mbc_step *step) {
  if (step->reading) mb__reading_free(&mb__c_library, (mb__reading *)step->reading);
  free((void *)step->reading);
  mb__json_free((mb__json *)step->tree);
  free((void *)step->body);
}

void mbc_history_free(mbc_history *history) {
  if (!history) return;
  for (size_t i = 0; i < history->arrivals->count; i++) free_arrival(&history->arrivals->steps[i]);
  free(history->arrivals->steps);
  free(history->arrivals);
  free(history->steps);
  free(history->others);
  free(history->breaks);
  free(history->ads);
  free(history->chapters);
  free(history->state_spans);
  free(history->stalls);
  free(history);
}

/* Arrivals. */

/* Half a millisecond up; what is no position is the beginning. */
static int64_t milliseconds(double seconds) {
  if (!(seconds > 0)) return 0;
  return (int64_t)fmin(floor(seconds * 1000 + 0.5), MB__MOST_EXACT);
}

/* Whether the body is looked at again later. Most events are pings, which it is not. */
static bool says_more(mb__event_type type) {
  return mb__events[type].object != MB__XDM_NONE || type == MB__EVENT_STATE_START || type == MB__EVENT_STATE_END ||
         type == MB__EVENT_STATES_UPDATE;
}

static bool keep_reading(mbc_step *step, const mb__reading *reading, mb__json *tree) {
  mb__reading *kept = malloc(sizeof *kept);
  if (!kept) return false;
  *kept = *reading;
  step->reading = kept;
  step->tree = tree;
  return true;
}

static void take_reading(mbc_step *step, const mb__reading *reading) {
  step->type = reading->moment.type;
  step->ts = reading->has_ts ? reading->moment.ts : step->received_at;
  step->sent_playhead = reading->moment.playhead;
  step->playhead = milliseconds(reading->moment.playhead);
  step->qoe = reading->moment.qoe;
}

static unsigned note_of(mbc_mark mark) {
  return mark == MBC_DUPLICATE ? MBC_IS_DUPLICATE : mark == MBC_AFTER_END ? MBC_IS_AFTER_END : 0;
}

static bool copy_body(mbc_step *step, const mbc_event *event) {
  char *body = malloc(event->size + 1);
  if (!body) return false;
  memcpy(body, event->body, event->size);
  body[event->size] = 0;
  step->body = body;
  step->size = event->size;
  return true;
}

/* Reads the copied body. */
static mb_status read_arrival(mbc_step *step) {
  mb__json *tree = NULL;
  mb__reading reading = {0};
  mb__finding finding;
  mb_status status = mb__json_parse(step->body, step->size, &tree, NULL, NULL);
  if (!status) status = mbc_read_body(tree, MBC_AS_KEPT, &reading, &finding);
  if (!status) take_reading(step, &reading);
  if (!status && says_more(step->type) && keep_reading(step, &reading, tree)) return MB_OK;
  if (!status && says_more(step->type)) status = MB_NO_MEMORY;
  mb__reading_free(&mb__c_library, &reading);
  mb__json_free(tree);
  return status;
}

static bool add(mbc_arrivals *arrivals, const mbc_event *event) {
  mbc_step *steps = mbc_list_room(arrivals->steps, arrivals->count, sizeof *steps);
  if (!steps) return false;
  arrivals->steps = steps;
  mbc_step *step = &steps[arrivals->count];
  *step = (mbc_step){.index = event->position, .received_at = event->received_at, .notes = note_of(event->mark)};
  step->ad_break = step->ad = step->chapter = -1;
  step->ts = step->time = event->received_at;
  step->type = MB__EVENT_COUNT;
  if (!copy_body(step, event)) return false;
  arrivals->count++;
  mb_status status = read_arrival(step);
  if (status && status != MB_NO_MEMORY) step->notes |= MBC_IS_UNREADABLE;
  return status != MB_NO_MEMORY;
}

bool mbc_history_add(void *history, const mbc_event *event) {
  mbc_arrivals *arrivals = ((mbc_history *)history)->arrivals;
  if (!arrivals->failed) arrivals->failed = !add(arrivals, event);
  return !arrivals->failed;
}

/* Finishing. */

static void take_content(mbc_history *history) {
  const mbc_step *start = history->step_count ? &history->steps[0] : NULL;
  if (!start || start->type != MB__EVENT_SESSION_START) return;
  const mb__values *values = &start->reading->values;
  const char *type =
      values->set[MB__FIELD_MEDIA_CONTENT_TYPE] ? values->value[MB__FIELD_MEDIA_CONTENT_TYPE].as.text : "";
  history->live = strcasecmp(type, "live") == 0 || strcasecmp(type, "linear") == 0;
  if (values->set[MB__FIELD_MEDIA_LENGTH]) history->sent_length = values->value[MB__FIELD_MEDIA_LENGTH].as.number;
  history->length = milliseconds(history->sent_length);
}

static void count_played(mbc_history *history) {
  for (size_t i = 0; i + 1 < history->step_count; i++) {
    const mbc_step *step = &history->steps[i];
    int64_t passed = step[1].time - step->time;
    if (step->activity == MBC_AD_PLAY) history->ads[step->ad].played += passed;
    if (step->activity == MBC_PLAY && step->chapter >= 0) history->chapters[step->chapter].played += passed;
  }
  for (size_t i = 0; i < history->ad_count; i++) {
    mbc_ad *ad = &history->ads[i];
    if (ad->is_void) ad->played = history->steps[ad->span.to].time - history->steps[ad->span.from].time;
  }
}

static bool make_room(mbc_history *history) {
  size_t count = history->arrivals->count + 1; /* never nothing */
  history->steps = calloc(count, sizeof *history->steps);
  history->others = calloc(count, sizeof *history->others);
  return history->steps && history->others;
}

mb_status mbc_history_finish(mbc_history *history) {
  if (history->arrivals->failed || !make_room(history)) return MB_NO_MEMORY;
  mbc_window_order(history, history->arrivals);
  take_content(history);
  if (!mbc_breaks_find(history) || !mbc_walk(history) || !mbc_stalls_find(history)) return MB_NO_MEMORY;
  count_played(history);
  return MB_OK;
}

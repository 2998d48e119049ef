/* Owns player states: which name is which, and how long each was on.
 * https://experienceleague.adobe.com/en/docs/media-analytics/using/implementation/events/player-state/overview */
#define _DEFAULT_SOURCE
#include <strings.h>

#include "history_parts.h"
#include "lists.h"

/* Names are the same in any case; those of the standard are spelled as reports spell them. */
static const char *spelled(const char *name) {
  static const struct {
    const char *given, *reported;
  } standard[] = {{"fullscreen", "fullscreen"},
                  {"mute", "mute"},
                  {"closedCaptioning", "closedCaptioning"},
                  {"closeCaption", "closedCaptioning"},
                  {"pictureInPicture", "pictureInPicture"},
                  {"inFocus", "inFocus"}};
  for (size_t i = 0; i < sizeof standard / sizeof *standard; i++)
    if (strcasecmp(name, standard[i].given) == 0) return standard[i].reported;
  return name;
}

static int find(const mbc_history *history, const char *name) {
  for (size_t i = 0; i < history->state_count; i++)
    if (strcasecmp(history->states[i].name, name) == 0) return (int)i;
  return -1;
}

static int find_or_add(mbc_history *history, const char *name) {
  int known = find(history, name);
  if (known >= 0 || history->state_count == MBC_MOST_STATES) return known;
  history->states[history->state_count] = (mbc_player_state){.name = name};
  return (int)history->state_count++;
}

static bool add_span(mbc_history *history, int state, size_t from) {
  mbc_state_span *spans = mbc_list_room(history->state_spans, history->state_span_count, sizeof *spans);
  if (!spans) return false;
  history->state_spans = spans;
  spans[history->state_span_count++] = (mbc_state_span){{from, from, true}, state};
  return true;
}

static bool start(mbc_history *history, size_t i, const char *name) {
  int state = find_or_add(history, spelled(name));
  if (state < 0) {
    history->steps[i].notes |= MBC_STATE_LIMIT;
    return true;
  }
  mbc_player_state *started = &history->states[state];
  if (started->on) return true;
  started->on = true;
  started->since = i;
  started->count++;
  return add_span(history, state, i);
}

/* The last span of a state is the one that is open. */
static void close_span(mbc_history *history, int state, size_t to, bool open) {
  size_t at = history->state_span_count;
  while (history->state_spans[--at].state != state) continue;
  history->state_spans[at].span.to = to;
  history->state_spans[at].span.open = open;
}

static void count_time(mbc_history *history, mbc_player_state *state, size_t to) {
  state->time += history->steps[to].time - history->steps[state->since].time;
}

static void end(mbc_history *history, size_t i, const char *name) {
  int state = find(history, spelled(name));
  if (state < 0 || !history->states[state].on) return;
  history->states[state].on = false;
  count_time(history, &history->states[state], i);
  close_span(history, state, i, false);
}

static const mb__json *list_of(const mb__values *values, mb__field field) {
  return values->set[field] ? mb__json_first(values->value[field].as.json) : NULL;
}

static bool update(mbc_history *history, size_t i, const mb__values *values) {
  const char *name;
  for (const mb__json *at = list_of(values, MB__FIELD_STATES_END); at; at = mb__json_next(at))
    if ((name = mb__state_name(at))) end(history, i, name);
  for (const mb__json *at = list_of(values, MB__FIELD_STATES_START); at; at = mb__json_next(at))
    if ((name = mb__state_name(at)) && !start(history, i, name)) return false;
  return true;
}

bool mbc_states_take(mbc_history *history, size_t i) {
  const mb__values *values = &history->steps[i].reading->values;
  mb__event_type type = history->steps[i].type;
  if (type == MB__EVENT_STATES_UPDATE) return update(history, i, values);
  if (!values->set[MB__FIELD_MEDIA_STATE_NAME]) return true;
  const char *name = values->value[MB__FIELD_MEDIA_STATE_NAME].as.text;
  if (type == MB__EVENT_STATE_START) return start(history, i, name);
  end(history, i, name);
  return true;
}

void mbc_states_end(mbc_history *history) {
  for (size_t i = 0; i < history->state_count; i++) {
    if (!history->states[i].on) continue;
    count_time(history, &history->states[i], history->step_count - 1);
    close_span(history, (int)i, history->step_count - 1, true);
  }
}

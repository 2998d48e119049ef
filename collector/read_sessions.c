/* Owns the ways in: an array, an export, a store. */
#include "read_sessions.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "body.h"
#include "expiry.h"
#include "known_bodies.h"
#include "lists.h"
#include "reading.h"
#include "text.h"

/* Those of the protocol. */
static const mbc_limits limits = {.silence = 600000,
                                  .complete_grace = 600000,
                                  .standstill = 1800000,
                                  .age = INT64_MAX,
                                  .edge_age = 86400000,
                                  .gone = INT64_MAX,
                                  .keep = INT64_MAX,
                                  .open_sessions = INT64_MAX,
                                  .events = INT64_MAX,
                                  .data = INT64_MAX};

mbc_reason mbc_reason_named(const char *name) {
  for (int reason = MBC_SESSION_END; reason < MBC_REASON_COUNT; reason++)
    if (strcmp(mbc_reason_name((mbc_reason)reason), name) == 0) return (mbc_reason)reason;
  return MBC_NOT_CLOSED;
}

typedef struct reader {
  const mbc_assumptions *assumed;
  mbc_history_visitor *visit;
  void *user;
  char *error;
  size_t error_size;
  bool enough; /* the visitor said so */
} reader;

static mbc_reading_result nonsense_at(reader *r, const char *before, int64_t number, const char *after,
                                      const char *why) {
  snprintf(r->error, r->error_size, "%s%" PRId64 "%s%s", before, number, after, why);
  return MBC_READ_NONSENSE;
}

static mbc_reading_result nonsense(reader *r, const char *why) {
  snprintf(r->error, r->error_size, "%s", why);
  return MBC_READ_NONSENSE;
}

static mbc_reading_result wrong_event(reader *r, int64_t index, const char *why) {
  return nonsense_at(r, "events[", index, "]: ", why);
}

static mbc_reading_result wrong_line(reader *r, size_t number, const char *why) {
  return nonsense_at(r, "line ", (int64_t)number, ": ", why);
}

static mbc_reading_result no_memory(reader *r) {
  snprintf(r->error, r->error_size, "%s", mb_status_text(MB_NO_MEMORY));
  return MBC_READ_FAILED;
}

enum { WHY_SIZE = 160 };

static const char *not_json(char why[WHY_SIZE], const char *what, size_t where) {
  snprintf(why, WHY_SIZE, "not JSON: %s at byte %zu", what, where);
  return why;
}

/* One session as it grows. */

typedef struct growing {
  mbc_session session;
  mbc_history *history; /* made with the first event, when it is known whether it is a batch */
  mbc_known_bodies known;
  bool began;
} growing;

static void advance(mbc_session *session, const mb__reading *reading, int64_t received_at) {
  mb__event_type type = reading->moment.type;
  bool has_moved = fabs(reading->moment.playhead - session->playhead) * 1000 > 1 + 1e-6;
  if (has_moved) session->last_moved_at = received_at;
  session->playhead = reading->moment.playhead;
  if (type == MB__EVENT_SESSION_COMPLETE) session->state = MBC_COMPLETED;
  if (type == MB__EVENT_SESSION_END) mbc_session_close(session, MBC_SESSION_END, received_at);
}

static bool says_downloaded(const mb__reading *start) {
  mb__field field = MB__FIELD_MEDIA_DOWNLOADED;
  return start->values.set[field] && start->values.value[field].as.flag;
}

static void begin(growing *g, const mb__reading *start, int64_t received_at, mbc_reason reason) {
  mbc_session *session = &g->session;
  session->started_at = session->last_event_at = session->last_moved_at = received_at;
  session->playhead = start->moment.playhead;
  session->edge = start->is_xdm;
  session->downloaded = reason == MBC_BATCH_END || says_downloaded(start);
  g->began = true;
}

/* When it closes of itself. */
static int64_t close_of(const mbc_session *session, mbc_reason reason) {
  int64_t at = session->last_event_at;
  if (reason == MBC_TIMEOUT_10M) at += limits.silence;
  if (reason == MBC_TIMEOUT_30M) at = session->last_moved_at + limits.standstill;
  if (reason == MBC_MAX_AGE_24H) at = session->started_at + limits.edge_age;
  return at > session->last_event_at ? at : session->last_event_at;
}

static void close_at_end(growing *g, mbc_reason given) {
  mbc_reason otherwise = g->session.downloaded ? MBC_BATCH_END : MBC_TIMEOUT_10M;
  mbc_reason reason = given == MBC_NOT_CLOSED ? otherwise : given;
  if (g->session.state != MBC_CLOSED) mbc_session_close(&g->session, reason, close_of(&g->session, reason));
  g->history->session = g->session;
  g->history->now = g->session.closed_at;
}

static mbc_reading_result show(reader *r, growing *g) {
  close_at_end(g, r->assumed->reason);
  g->history->choices = r->assumed->choices;
  if (mbc_history_finish(g->history)) return no_memory(r);
  r->enough = !r->visit(r->user, g->history);
  return MBC_READ_GOOD;
}

static bool add(growing *g, const mbc_event *event) {
  if (!g->history) g->history = mbc_history_new(&g->session, event->received_at);
  return g->history && mbc_history_add(g->history, event);
}

static void end(growing *g) {
  mbc_history_free(g->history);
  mbc_known_bodies_free(&g->known);
}

/* An array: intake is done here. */

/* What the collector would have said, or kept. */
static bool judge(growing *g, const mb__json *body, const mb__reading *reading, mbc_event *event) {
  mbc_session *session = &g->session;
  bool is_new;
  if (!session->downloaded) mbc_expiry_close_if_due(&limits, session, event->received_at);
  bool is_closed = session->state == MBC_CLOSED;
  if (!is_closed) session->last_event_at = event->received_at;
  if (!mbc_known_bodies_add(&g->known, body, &is_new)) return false;
  event->mark = !is_new ? MBC_DUPLICATE : is_closed ? MBC_AFTER_END : MBC_ACCEPTED;
  if (event->mark == MBC_ACCEPTED) advance(session, reading, event->received_at);
  return true;
}

static mbc_reading_result check_place(reader *r, const mb__reading *reading, int64_t index) {
  bool is_start = reading->moment.type == MB__EVENT_SESSION_START;
  if (index == 0 && !is_start) return wrong_event(r, index, "eventType: a session begins with its sessionStart");
  if (index > 0 && is_start) return wrong_event(r, index, "eventType: an array is one session, with one sessionStart");
  return MBC_READ_GOOD;
}

static mbc_reading_result take_checked(reader *r, growing *g, mbc_part part, int64_t index,
                                       const mb__reading *reading) {
  mbc_reading_result result = check_place(r, reading, index);
  if (result != MBC_READ_GOOD) return result;
  int64_t ts = reading->has_ts ? reading->moment.ts : g->session.last_event_at;
  int64_t latest = index ? g->history->now : ts;
  mbc_event event = {.position = index, .received_at = ts > latest ? ts : latest, .body = part.text, .size = part.size};
  if (!index) begin(g, reading, event.received_at, r->assumed->reason);
  if (!judge(g, part.tree, reading, &event) || !add(g, &event)) return no_memory(r);
  g->history->now = event.received_at;
  return MBC_READ_GOOD;
}

static mbc_reading_result take_element(reader *r, growing *g, mbc_part part, int64_t index) {
  mb__reading reading = {0};
  mb__finding finding;
  mb_status status = mbc_read_body(part.tree, MBC_AS_KEPT, &reading, &finding);
  if (status == MB_NO_MEMORY) return no_memory(r);
  if (status) return wrong_event(r, index, finding.text);
  mbc_reading_result result = take_checked(r, g, part, index, &reading);
  mb__reading_free(&mb__c_library, &reading);
  return result;
}

static mbc_reading_result read_elements(reader *r, mbc_part array) {
  growing g = {.began = false};
  mbc_reading_result result = MBC_READ_GOOD;
  int64_t index = 0;
  mbc_known_bodies_init(&g.known);
  for (mbc_part part = mbc_part_first(array); part.tree && result == MBC_READ_GOOD; part = mbc_part_next(array, part))
    result = take_element(r, &g, part, index++);
  if (result == MBC_READ_GOOD) result = index ? show(r, &g) : nonsense(r, "the array has no events");
  end(&g);
  return result;
}

static mbc_reading_result read_array(reader *r, char *text, size_t size) {
  mb__json *tree;
  size_t where;
  const char *what;
  char why[WHY_SIZE];
  mb_status status = mb__json_parse(text, size, &tree, &where, &what);
  if (status == MB_NO_MEMORY) return no_memory(r);
  if (status) return nonsense(r, not_json(why, what, where));
  size = mbc_body_compact(text, size);
  mbc_reading_result result = read_elements(r, (mbc_part){tree, text, size});
  mb__json_free(tree);
  return result;
}

/* An export: a line for each event, of sessions that stand mixed or one after the other. */

typedef struct line {
  const char *text;
  size_t size, number;
  char id[MBC_ID_SIZE + 1];
  size_t first; /* number of the session's first line */
} line;

typedef struct lines {
  line *list;
  size_t count;
} lines;

static bool is_whole(const mb__json *value) {
  double number = value ? mb__json_number(value) : NAN;
  return fabs(number) <= MB__MOST_EXACT && floor(number) == number;
}

static mbc_reading_result check_line(reader *r, line *l, const mb__json *tree) {
  const mb__json *session = mb__json_get(tree, "session");
  const char *id = session ? mb__json_text(session) : NULL;
  if (mb__json_get(tree, "call"))
    return wrong_line(r, l->number, "a line of a player log: replay it to a collector, and give that");
  if (!id || !*id || strlen(id) > MBC_ID_SIZE)
    return wrong_line(r, l->number, "session: the id of a session is needed, as in an export");
  if (!is_whole(mb__json_get(tree, "index")) || !is_whole(mb__json_get(tree, "receivedAt")))
    return wrong_line(r, l->number, "index and receivedAt: whole numbers are needed");
  if (!mb__json_get(tree, "event")) return wrong_line(r, l->number, "event: missing");
  snprintf(l->id, sizeof l->id, "%s", id);
  return MBC_READ_GOOD;
}

static mbc_reading_result take_line(reader *r, lines *all, line l) {
  mb__json *tree;
  size_t where;
  const char *what;
  char why[WHY_SIZE];
  mb_status status = mb__json_parse(l.text, l.size, &tree, &where, &what);
  if (status == MB_NO_MEMORY) return no_memory(r);
  if (status) return wrong_line(r, l.number, not_json(why, what, where));
  mbc_reading_result result = check_line(r, &l, tree);
  mb__json_free(tree);
  if (result != MBC_READ_GOOD) return result;
  line *list = mbc_list_room(all->list, all->count, sizeof *list);
  if (!list) return no_memory(r);
  all->list = list;
  list[all->count++] = l;
  return MBC_READ_GOOD;
}

static mbc_reading_result split(reader *r, lines *all, const char *text, size_t size) {
  mbc_reading_result result = MBC_READ_GOOD;
  const char *end = text + size;
  for (size_t number = 1; text < end && result == MBC_READ_GOOD; number++) {
    const char *newline = memchr(text, '\n', (size_t)(end - text));
    size_t length = newline ? (size_t)(newline - text) : (size_t)(end - text);
    bool is_blank = length == 0 || (length == 1 && *text == '\r');
    if (!is_blank) result = take_line(r, all, (line){.text = text, .size = length, .number = number});
    text += length + 1;
  }
  return result;
}

static int by_id(const void *one, const void *other) {
  const line *a = one, *b = other;
  int order = strcmp(a->id, b->id);
  return order ? order : (a->number > b->number) - (a->number < b->number);
}

static int by_first(const void *one, const void *other) {
  const line *a = one, *b = other;
  if (a->first != b->first) return a->first > b->first ? 1 : -1;
  return (a->number > b->number) - (a->number < b->number);
}

/* Sessions one after the other, in the order in which they began. */
static void group(lines *all) {
  qsort(all->list, all->count, sizeof *all->list, by_id);
  for (size_t i = 0; i < all->count; i++) {
    bool goes_on = i && strcmp(all->list[i].id, all->list[i - 1].id) == 0;
    all->list[i].first = goes_on ? all->list[i - 1].first : all->list[i].number;
  }
  qsort(all->list, all->count, sizeof *all->list, by_first);
}

static bool flag_in(const mb__json *object, const char *name) {
  const mb__json *flag = mb__json_get(object, name);
  return flag && mb__json_flag(flag);
}

/* The collector decided what counts. What cannot be read stays a mystery in the history. */
static bool take_exported(growing *g, mbc_part whole, mbc_reason reason) {
  mbc_part body = mbc_part_get(whole, "event");
  mb__reading reading = {0};
  mb__finding finding;
  mbc_event event = {.position = (int64_t)mb__json_number(mb__json_get(whole.tree, "index")),
                     .received_at = (int64_t)mb__json_number(mb__json_get(whole.tree, "receivedAt")),
                     .mark = flag_in(whole.tree, "duplicate")  ? MBC_DUPLICATE
                             : flag_in(whole.tree, "afterEnd") ? MBC_AFTER_END
                                                               : MBC_ACCEPTED,
                     .body = body.text,
                     .size = body.size};
  mb_status status = mbc_read_body(body.tree, MBC_AS_KEPT, &reading, &finding);
  if (status == MB_NO_MEMORY) return false;
  bool is_first = !status && !g->began;
  if (is_first) begin(g, &reading, event.received_at, reason);
  if (g->session.state != MBC_CLOSED) g->session.last_event_at = event.received_at;
  if (!status && event.mark == MBC_ACCEPTED) advance(&g->session, &reading, event.received_at);
  mb__reading_free(&mb__c_library, &reading);
  return add(g, &event);
}

static bool take_text(growing *g, const line *l, mbc_reason reason) {
  mb__json *tree;
  char *text = malloc(l->size);
  if (!text) return false;
  memcpy(text, l->text, l->size);
  mb_status status = mb__json_parse(text, l->size, &tree, NULL, NULL);
  size_t size = status ? 0 : mbc_body_compact(text, l->size);
  bool good = !status && take_exported(g, (mbc_part){tree, text, size}, reason);
  if (!status) mb__json_free(tree);
  free(text);
  return good;
}

static mbc_reading_result read_group(reader *r, const line *list, size_t count) {
  growing g = {.began = false};
  bool good = true;
  mbc_known_bodies_init(&g.known);
  snprintf(g.session.id, sizeof g.session.id, "%s", list->id);
  for (size_t i = 0; i < count && good; i++) good = take_text(&g, &list[i], r->assumed->reason);
  mbc_reading_result result = good ? show(r, &g) : no_memory(r);
  end(&g);
  return result;
}

static mbc_reading_result read_lines(reader *r, const char *text, size_t size) {
  lines all = {.count = 0};
  mbc_reading_result result = split(r, &all, text, size);
  if (result == MBC_READ_GOOD && all.count) group(&all);
  for (size_t i = 0, next; i < all.count && result == MBC_READ_GOOD && !r->enough; i = next) {
    for (next = i + 1; next < all.count && all.list[next].first == all.list[i].first;) next++;
    result = read_group(r, &all.list[i], next - i);
  }
  free(all.list);
  return result;
}

mbc_reading_result mbc_read_text(char *text, size_t size, const mbc_assumptions *assumed, mbc_history_visitor *visit,
                                 void *user, char *error, size_t error_size) {
  reader r = {.assumed = assumed, .visit = visit, .user = user, .error = error, .error_size = error_size};
  size_t at = 0;
  while (at < size && strchr(" \t\r\n", text[at]) && text[at]) at++;
  if (at == size) return nonsense(&r, "there is nothing in it");
  if (text[at] == '[') return read_array(&r, text, size);
  if (text[at] == '{') return read_lines(&r, text, size);
  return nonsense(&r, "neither an array of events, nor an export, nor a collector's data file");
}

/* A store. */

typedef struct store_reader {
  mbc_store *store;
  int64_t now;
  mbc_choices choices;
  mbc_history_visitor *visit;
  void *user;
  mbc_reading_result result;
  bool enough;
} store_reader;

static mbc_reading_result fill_and_show(store_reader *r, const mbc_session *session, mbc_history *history) {
  history->choices = r->choices;
  if (!mbc_store_each_event(r->store, session->key, -1, -1, mbc_history_add, history)) return MBC_READ_FAILED;
  if (mbc_history_finish(history)) return MBC_READ_FAILED;
  r->enough = !r->visit(r->user, history);
  return MBC_READ_GOOD;
}

static bool read_stored(void *user, const mbc_session *session) {
  store_reader *r = user;
  mbc_history *history = mbc_history_new(session, r->now < 0 ? session->last_event_at : r->now);
  r->result = history ? fill_and_show(r, session, history) : MBC_READ_FAILED;
  mbc_history_free(history);
  return r->result == MBC_READ_GOOD && !r->enough;
}

mbc_reading_result mbc_read_session(mbc_store *store, const mbc_session *session, int64_t now,
                                    mbc_history_visitor *visit, void *user) {
  store_reader r = {.store = store, .now = now, .visit = visit, .user = user};
  read_stored(&r, session);
  return r.result;
}

mbc_reading_result mbc_read_store(mbc_store *store, int64_t now, mbc_choices choices, mbc_history_visitor *visit,
                                  void *user) {
  store_reader r = {.store = store, .now = now, .choices = choices, .visit = visit, .user = user};
  bool good = mbc_store_each_session(store, -1, -1, read_stored, &r);
  return good ? r.result : MBC_READ_FAILED;
}

/* Owns the endpoints that are no protocol's and show no sessions. */
#include "control.h"

#include <limits.h>
#include <math.h>

#include "keep.h"
#include "mediabeat/mediabeat.h"

/* Health. */

static void write_integer(mb__writer *writer, const char *before, int64_t value) {
  mb__write_raw(writer, before);
  mb__write_integer(writer, value);
}

void mbc_control_health(mbc_store *store, const mbc_request *request, mbc_answer *answer) {
  const mbc_workings *workings = request->workings;
  mb__writer *body = &answer->body;
  answer->closed = true;
  mb__write_raw(body, workings->expiry->full ? "{\"status\":\"full\",\"version\":" : "{\"status\":\"ok\",\"version\":");
  mb__write_text(body, mb_version());
  write_integer(body, ",\"startedAt\":", workings->started_at);
  write_integer(body, ",\"now\":", request->received_at);
  write_integer(body, ",\"openSessions\":", mbc_store_open_sessions(store));
  mb__write_raw(body, "}\n");
  mbc_answer_json(answer);
}

/* JSON that is sent here. */

static bool parse(const mbc_request *request, mbc_answer *answer, mb__json **tree) {
  size_t where;
  const char *what;
  mb_status status = mb__json_parse(request->body, request->size, tree, &where, &what);
  if (status == MB_OK) return true;
  if (status == MB_NO_MEMORY)
    mbc_answer_refuse(answer, 500, "%s", mb_status_text(status));
  else
    mbc_answer_refuse(answer, 400, "the body is not JSON: %s at byte %zu", what, where);
  return false;
}

/* The clock. */

static const double latest = 1e15; /* ms; numbers up to here are exact, and sums of two do not overflow */

void mbc_control_clock(mbc_store *store, const mbc_request *request, mbc_answer *answer) {
  (void)store;
  const mbc_clock *clock = request->workings->clock;
  mb__write_raw(&answer->body, clock->manual ? "{\"clock\":\"manual\"" : "{\"clock\":\"real\"");
  write_integer(&answer->body, ",\"now\":", clock->now);
  mb__write_raw(&answer->body, "}\n");
  mbc_answer_json(answer);
}

static bool is_time(double number) { return number >= 0 && number <= latest && floor(number) == number; }

/* False: neither form, or both. */
static bool read_move(const mb__json *tree, int64_t now, int64_t *to) {
  const mb__json *member = mb__json_first(tree);
  bool one = mb__json_type_of(tree) == MB__JSON_OBJECT && member && !mb__json_next(member);
  const mb__json *advance = mb__json_get(tree, "advance"), *moment = mb__json_get(tree, "now");
  double number = advance ? mb__json_number(advance) : moment ? mb__json_number(moment) : NAN;
  if (!one || !is_time(number)) return false;
  *to = (int64_t)number + (advance ? now : 0);
  return *to <= (int64_t)latest;
}

static void move_clock(const mb__json *tree, const mbc_request *request, mbc_answer *answer, mbc_store *store) {
  const mbc_workings *workings = request->workings;
  int64_t to;
  if (!workings->clock->manual) {
    mbc_answer_refuse(answer, 409, "the clock is the system's: start with --clock manual");
  } else if (!read_move(tree, workings->clock->now, &to)) {
    mbc_answer_refuse(answer, 400, "{\"advance\": MS} or {\"now\": MS} is needed, with whole numbers from 0 to %.0f",
                      latest);
  } else if (!mbc_clock_move(workings->clock, to)) {
    mbc_answer_refuse(answer, 409, "the clock does not go back: it is %lld", (long long)workings->clock->now);
  } else {
    mbc_expiry_run(workings->expiry, to, INT_MAX);
    mbc_control_clock(store, request, answer);
  }
}

void mbc_control_move_clock(mbc_store *store, const mbc_request *request, mbc_answer *answer) {
  mb__json *tree;
  if (!parse(request, answer, &tree)) return;
  move_clock(tree, request, answer, store);
  mb__json_free(tree);
}

/* Faults. */

void mbc_control_faults(mbc_store *store, const mbc_request *request, mbc_answer *answer) {
  (void)store;
  mbc_injection_write(request->workings->injection, &answer->body);
  mbc_answer_json(answer);
}

void mbc_control_set_faults(mbc_store *store, const mbc_request *request, mbc_answer *answer) {
  mb__json *tree;
  char error[160];
  if (!parse(request, answer, &tree)) return;
  if (mbc_injection_read(request->workings->injection, tree, error, sizeof error))
    mbc_control_faults(store, request, answer);
  else
    mbc_answer_refuse(answer, 400, "%s", error);
  mb__json_free(tree);
}

void mbc_control_clear_faults(mbc_store *store, const mbc_request *request, mbc_answer *answer) {
  (void)store;
  request->workings->injection->count = 0;
  mbc_answer_empty(answer, 204);
}

/* Closing. */

typedef struct closing {
  mbc_keeping keeping;
  const char *id;
} closing;

static bool close_found(void *user) {
  closing *c = user;
  mbc_result result = mbc_keep_find(&c->keeping, c->id);
  if (result == MBC_NONE) mbc_answer_refuse(c->keeping.answer, 404, "no such session");
  return result == MBC_FOUND && mbc_keep_close(&c->keeping);
}

void mbc_control_close(mbc_store *store, const mbc_request *request, mbc_answer *answer) {
  closing c = {.keeping = {.store = store,
                           .expiry = request->workings->expiry,
                           .answer = answer,
                           .received_at = request->received_at},
               .id = request->argument};
  if (mbc_keep_together(&c.keeping, close_found, &c)) mbc_answer_empty(answer, 204);
}

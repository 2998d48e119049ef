/* Owns how the built-in backend is disposed, and the answers that it has not given yet. */
#include "dry_run.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dry_answer.h"

/* How requests are answered. */
typedef struct manner {
  int status; /* 0: as the protocol's success */
  int64_t delay_ms;
  bool down;        /* no answer comes: the network is down */
  char *session_id; /* NULL: "1", "2", ... */
} manner;

/* An answer that has not come yet. */
typedef struct held {
  struct held *next; /* by due, then by age */
  mb_request *request;
  int64_t due;
  mb_response response;
  char text[]; /* what the response points to: a Location or a body */
} held;

struct dry_run {
  request_printer printer;
  manner usual;
  manner passing;       /* of a `backend` line with `times` */
  int64_t passing_left; /* requests that it still goes for */
  uint64_t sessions;    /* ids given */
  held *first;
  bool ended;
};

static const manner *next_manner(dry_run *answers) {
  if (answers->passing_left == 0) return &answers->usual;
  answers->passing_left--;
  return &answers->passing;
}

static held *new_held(const mb__writer *text, bool is_body) {
  held *answer = text->failed ? NULL : calloc(1, sizeof *answer + text->size + 1);
  if (!answer) return NULL;
  if (text->size) memcpy(answer->text, text->bytes, text->size);
  answer->response = (mb_response){.size = sizeof answer->response};
  if (text->size && is_body) answer->response.body = answer->text, answer->response.body_size = text->size;
  if (text->size && !is_body) answer->response.location = answer->text;
  return answer;
}

static held *answer_with(dry_run *answers, const dry_request *request, const manner *how, int status) {
  char counted[24];
  bool brings_id = status && dry_answer_brings_id(request, status);
  mb__writer text;
  if (brings_id && !how->session_id) snprintf(counted, sizeof counted, "%" PRIu64, ++answers->sessions);
  mb__writer_init(&text, &mb__c_library);
  if (status) dry_answer_write(&text, request, status, !brings_id ? NULL : how->session_id ? how->session_id : counted);
  held *answer = new_held(&text, request->edge);
  mb__writer_free(&text);
  return answer;
}

/* What the backend says to this request: the status of the protocol's success, unless another was asked for. */
static held *answer_to(dry_run *answers, mb_request *request, int64_t now_ms) {
  dry_request asked = dry_request_of(mb_request_path(request));
  const manner *how = next_manner(answers);
  int status = how->down ? 0 : how->status ? how->status : dry_answer_success(&asked);
  held *answer = answer_with(answers, &asked, how, status);
  if (!answer) return NULL;
  answer->request = request;
  answer->due = now_ms + (answers->ended ? 0 : how->delay_ms);
  answer->response.status = status;
  answer->response.error = how->down ? "the network is down (by a backend line)" : NULL;
  answer->response.not_sent = how->down;
  return answer;
}

static void hold(dry_run *answers, held *answer) {
  held **place = &answers->first;
  while (*place && (*place)->due <= answer->due) place = &(*place)->next;
  answer->next = *place;
  *place = answer;
}

static void give(held *answer, int64_t now_ms) {
  mb_request_complete(answer->request, &answer->response, now_ms);
  free(answer);
}

static mb_status take(void *user, mb_request *request, int64_t now_ms) {
  dry_run *answers = user;
  held *answer = answer_to(answers, request, now_ms);
  if (!answer) return MB_NO_MEMORY;
  answers->printer.print(answers->printer.user, request, now_ms);
  if (answer->due > now_ms)
    hold(answers, answer);
  else
    give(answer, now_ms);
  return MB_OK;
}

static void forget(void *user, mb_request *request) {
  dry_run *answers = user;
  for (held **place = &answers->first; *place; place = &(*place)->next) {
    held *answer = *place;
    if (answer->request != request) continue;
    *place = answer->next;
    free(answer);
    return;
  }
}

/* An answer may lead to the next request, which changes the list: so one at a time, from the front. */
static void give_due(dry_run *answers, int64_t now_ms) {
  for (held *answer; (answer = answers->first) && (answers->ended || answer->due <= now_ms);) {
    answers->first = answer->next;
    give(answer, now_ms);
  }
}

static void poll_answers(void *user, int64_t now_ms) { give_due(user, now_ms); }

static int64_t next_due(void *user) {
  const dry_run *answers = user;
  return answers->first ? answers->first->due : MB_NEVER;
}

static void release(void *user) {
  dry_run *answers = user;
  for (held *answer = answers->first, *next; answer; answer = next) {
    next = answer->next;
    free(answer);
  }
  free(answers->usual.session_id);
  free(answers->passing.session_id);
  free(answers);
}

dry_run *dry_run_new(request_printer printer, mb_transport *transport) {
  enum { PLENTY = 1000000 }; /* so that a log with many players is never held up */
  dry_run *answers = calloc(1, sizeof *answers);
  if (!answers) return NULL;
  answers->printer = printer;
  *transport = (mb_transport){.size = sizeof *transport,
                              .user = answers,
                              .capacity = PLENTY,
                              .send = take,
                              .cancel = forget,
                              .poll = poll_answers,
                              .next_deadline = next_due,
                              .free = release};
  return answers;
}

static bool copy_text(const char *text, char **copy) {
  size_t size = text ? strlen(text) + 1 : 0;
  *copy = text ? malloc(size) : NULL;
  if (*copy) memcpy(*copy, text, size);
  return *copy || !text;
}

/* A number from least to most; another is as good as none. */
static bool given(const log_line *line, const char *member, double least, double most, double *number) {
  *number = log_number(line, member);
  return *number >= least && *number <= most;
}

static void change(manner *how, const log_line *line) {
  double number;
  const char *network = log_text(line, "network");
  if (given(line, "status", 100, 599, &number)) how->status = (int)number;
  if (given(line, "delay", 0, 1e12, &number)) how->delay_ms = (int64_t)number;
  if (network) how->down = strcmp(network, "down") == 0;
}

bool dry_run_backend(dry_run *answers, const log_line *line) {
  double times;
  bool passing = given(line, "times", 0, 1e12, &times);
  const char *id = log_text(line, "sessionId");
  manner how = answers->usual, *place = passing ? &answers->passing : &answers->usual;
  if (!copy_text(id ? id : how.session_id, &how.session_id)) return false;
  change(&how, line);
  free(place->session_id);
  *place = how;
  answers->passing_left = passing ? (int64_t)times : 0;
  return true;
}

void dry_run_end(dry_run *answers, int64_t now_ms) {
  answers->ended = true;
  give_due(answers, now_ms);
}

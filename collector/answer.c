/* Owns the answers every handler needs. Refusals of the Media Collection API carry a JSON object with a `message`:
 * https://experienceleague.adobe.com/en/docs/media-analytics/using/implementation/media-collection-api/mc-api-ref/mc-api-sessions-req */
#include "answer.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "problem.h"
#include "random.h"
#include "text.h"
#include "work.h"

void mbc_answer_init(mbc_answer *answer) {
  *answer = (mbc_answer){.status = 500};
  mb__writer_init(&answer->body, &mb__c_library);
}

void mbc_answer_free(mbc_answer *answer) {
  mbc_work_drop(answer);
  mb__writer_free(&answer->body);
}

static bool fits_header(const char *text) {
  size_t size = 0;
  while (text[size] > ' ' && text[size] <= '~') size++;
  return size && !text[size] && size <= MBC_REQUEST_ID_SIZE;
}

/* A random UUID, version 4. */
static void make_request_id(char *out, size_t size) {
  uint64_t high = mb__random_seed(), low = mb__random_seed();
  snprintf(out, size, "%08llx-%04llx-4%03llx-%04llx-%012llx", (unsigned long long)(high >> 32),
           (unsigned long long)(high >> 16 & 0xFFFF), (unsigned long long)(high & 0xFFF),
           (unsigned long long)(low >> 48 & 0x3FFF) | 0x8000, (unsigned long long)(low & 0xFFFFFFFFFFFF));
}

void mbc_answer_for_edge(mbc_answer *answer, const char *request_id) {
  answer->wire = MBC_WIRE_EDGE;
  if (request_id && fits_header(request_id))
    snprintf(answer->request_id, sizeof answer->request_id, "%s", request_id);
  else
    make_request_id(answer->request_id, sizeof answer->request_id);
}

void mbc_answer_empty(mbc_answer *answer, int status) {
  mb__writer_clear(&answer->body);
  answer->status = status;
  answer->type = NULL;
}

static void write_message(mbc_answer *answer) {
  mb__writer_clear(&answer->body);
  mb__write_raw(&answer->body, "{\"message\":");
  mb__write_text(&answer->body, answer->message);
  mb__write_raw(&answer->body, "}\n");
}

void mbc_answer_refuse(mbc_answer *answer, int status, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(answer->message, sizeof answer->message, format, arguments);
  va_end(arguments);
  size_t whole = mb__utf8_prefix(answer->message, strlen(answer->message)); /* the cut may have split a character */
  answer->message[whole] = 0;
  answer->location[0] = 0;
  if (answer->wire == MBC_WIRE_EDGE) {
    mbc_problem_answer(answer, mbc_problem_for(status), answer->message);
    return;
  }
  write_message(answer);
  answer->status = status;
  answer->type = answer->body.failed ? NULL : "application/json";
  if (answer->body.failed) mb__writer_clear(&answer->body); /* the status alone has to do */
}

void mbc_answer_fault(mbc_answer *answer, int status, int retry_after) {
  mbc_answer_refuse(answer, status, "a fault on demand");
  answer->retry_after = retry_after;
  if (answer->wire != MBC_WIRE_EDGE) return;
  mb__writer_clear(&answer->body);
  mbc_problem_fault(&answer->body, status, answer->request_id);
  answer->status = status;
  answer->type = answer->body.failed ? NULL : "application/json;charset=utf-8";
  if (answer->body.failed) mb__writer_clear(&answer->body);
}

void mbc_answer_document(mbc_answer *answer, int status, const char *type) {
  if (answer->body.failed) {
    mbc_answer_refuse(answer, 500, "out of memory");
    return;
  }
  answer->status = status;
  answer->type = type;
}

void mbc_answer_json(mbc_answer *answer) { mbc_answer_document(answer, 200, "application/json"); }

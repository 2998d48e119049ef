/* Owns the answers every handler needs. Refusals carry a JSON object with a `message`:
 * https://experienceleague.adobe.com/en/docs/media-analytics/using/implementation/media-collection-api/mc-api-ref/mc-api-sessions-req */
#include "answer.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "text.h"

void mbc_answer_init(mbc_answer *answer) {
  *answer = (mbc_answer){.status = 500};
  mb__writer_init(&answer->body, &mb__c_library);
}

void mbc_answer_free(mbc_answer *answer) { mb__writer_free(&answer->body); }

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
  write_message(answer);
  answer->status = status;
  answer->location[0] = 0;
  answer->type = answer->body.failed ? NULL : "application/json";
  if (answer->body.failed) mb__writer_clear(&answer->body); /* the status alone has to do */
}

void mbc_answer_json(mbc_answer *answer) {
  if (answer->body.failed) {
    mbc_answer_refuse(answer, 500, "out of memory");
    return;
  }
  answer->status = 200;
  answer->type = "application/json";
}

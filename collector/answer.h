/* Decides what an answer is made of; how it gets onto the wire is server.c's business. */
#ifndef MEDIABEAT_COLLECTOR_ANSWER_H
#define MEDIABEAT_COLLECTOR_ANSWER_H

#include <stdbool.h>

#include "writer.h"

typedef struct mbc_answer {
  int status;
  const char *type;  /* Content-Type, or NULL */
  const char *allow; /* Allow, or NULL */
  bool closed;       /* no page of another origin may read it: stored sessions are nobody else's */
  char location[96]; /* Location, or empty */
  char message[320]; /* what the body says when the request was refused, for the log */
  mb__writer body;
} mbc_answer;

/* An answer that says 500 until a handler says otherwise. Free with mbc_answer_free. */
void mbc_answer_init(mbc_answer *answer);
void mbc_answer_free(mbc_answer *answer);

void mbc_answer_empty(mbc_answer *answer, int status);

/* {"message": "..."}; an answer that was begun is thrown away. */
__attribute__((format(printf, 3, 4))) void mbc_answer_refuse(mbc_answer *answer, int status, const char *format, ...);

/* Says that what was written to the body is a JSON document, and whole; 500 when memory ran out. */
void mbc_answer_json(mbc_answer *answer);

#endif

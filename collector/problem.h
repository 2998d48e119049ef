/* Decides how the Media Edge API says what is wrong: problem objects, for a whole request or for one event of it.
 * https://developer.adobe.com/data-collection-apis/docs/getting-started/troubleshooting/ */
#ifndef MEDIABEAT_COLLECTOR_PROBLEM_H
#define MEDIABEAT_COLLECTOR_PROBLEM_H

#include "answer.h"

typedef enum mbc_problem {
  MBC_PROBLEM_DATASTREAM,      /* none is named */
  MBC_PROBLEM_JSON,            /* the body is none */
  MBC_PROBLEM_EVENTS,          /* there are none */
  MBC_PROBLEM_TOO_LONG,        /* the body is */
  MBC_PROBLEM_CONTENT_TYPE,    /* is another one */
  MBC_PROBLEM_FAULT,           /* the collector's */
  MBC_PROBLEM_BUSY,            /* not now */
  MBC_PROBLEM_INVALID_START,   /* what opens a session does not fit; one of several errors */
  MBC_PROBLEM_INVALID_EVENT,   /* another event does not fit */
  MBC_PROBLEM_UNKNOWN_SESSION, /* there is none, or none any more */
  MBC_PROBLEM_CLOSED_SESSION,  /* it has ended by its age */
  MBC_PROBLEM_PATH,            /* nothing is there */
  MBC_PROBLEM_METHOD,          /* not possible there */
  MBC_PROBLEM_COUNT
} mbc_problem;

/* The one that a status alone stands for. */
mbc_problem mbc_problem_for(int status);

/* Write a problem object: {"type":...,"status":...,"title":...,"detail":...,"report":{ ... }}. What the report says is
 * written between the two. */
void mbc_problem_open(mb__writer *writer, mbc_problem problem, const char *detail);
void mbc_problem_close(mb__writer *writer);

/* Makes it the answer, with the request's id as the report. */
void mbc_problem_answer(mbc_answer *answer, mbc_problem problem, const char *detail);

/* Writes a whole one of the media service with any status: a fault on demand. */
void mbc_problem_fault(mb__writer *writer, int status, const char *request_id);

/* Says that the answer's body is now this problem, whole. */
void mbc_problem_finish(mbc_answer *answer, mbc_problem problem);

#endif

/* Decides what an answer is made of; how it gets onto the wire is response.c's business. */
#ifndef MEDIABEAT_COLLECTOR_ANSWER_H
#define MEDIABEAT_COLLECTOR_ANSWER_H

#include <stdbool.h>

#include "writer.h"

/* Whose rules an answer follows: the form of refusals, and which headers go along. */
typedef enum mbc_wire { MBC_WIRE_COLLECTION, MBC_WIRE_EDGE } mbc_wire;

enum { MBC_REQUEST_ID_SIZE = 128 }; /* longest one that is taken over */

typedef struct mbc_answer {
  mbc_wire wire;
  int status;
  const char *type;  /* Content-Type, or NULL */
  const char *allow; /* Allow, or NULL */
  bool closed;       /* no page of another origin may read it: stored sessions are nobody else's */
  bool live;         /* no document: what a reader of live.h has to read, for as long as it stays */
  int retry_after;   /* Retry-After in s, or 0 */
  bool challenge;    /* WWW-Authenticate goes along */
  char cookie[328];  /* Set-Cookie, or empty */
  char location[96]; /* Location, or empty */
  char message[320]; /* what the body says when the request was refused, for the log */
  char request_id[MBC_REQUEST_ID_SIZE + 1]; /* Media Edge API only */
  mb__writer body;
  struct mbc_sweep *work; /* what is still to be done for it, or NULL: work.h */
} mbc_answer;

/* An answer that says 500 until a handler says otherwise. Free with mbc_answer_free. */
void mbc_answer_init(mbc_answer *answer);
void mbc_answer_free(mbc_answer *answer);

/* Makes it one of the Media Edge API. `request_id`: what the client calls the request, or NULL; what is not fit for a
 * header is replaced by a UUID. */
void mbc_answer_for_edge(mbc_answer *answer, const char *request_id);

void mbc_answer_empty(mbc_answer *answer, int status);

/* {"message": "..."}, or the problem object that the Media Edge API has for this status. An answer that was begun is
 * thrown away. */
__attribute__((format(printf, 3, 4))) void mbc_answer_refuse(mbc_answer *answer, int status, const char *format, ...);

/* A refusal that is a fault on demand, with any status and Retry-After when it is not 0. */
void mbc_answer_fault(mbc_answer *answer, int status, int retry_after);

/* Says that what was written to the body is a document of this type, and whole; 500 when memory ran out. */
void mbc_answer_document(mbc_answer *answer, int status, const char *type);

/* The same of JSON, with status 200. */
void mbc_answer_json(mbc_answer *answer);

#endif

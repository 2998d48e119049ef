/* Decides how faults of an xdm are listed in an answer: [{"name": JSONPath, "reason": text}, ...], all of them. */
#ifndef MEDIABEAT_COLLECTOR_FAULTS_H
#define MEDIABEAT_COLLECTOR_FAULTS_H

#include <stddef.h>

#include "answer.h"

typedef struct mbc_faults {
  size_t count;
  char root[64]; /* JSONPath of the xdm that is checked */
  mb__writer list;
  mbc_answer *answer; /* whose message, for the log, is the first fault */
} mbc_faults;

/* Free with mbc_faults_free. */
void mbc_faults_init(mbc_faults *faults, mbc_answer *answer);
void mbc_faults_free(mbc_faults *faults);

/* An mb__xdm_fault; `user` is an mbc_faults, whose root says where `path` begins. */
void mbc_faults_add(void *user, const char *path, const char *reason);

/* Appends the list. */
void mbc_faults_write(const mbc_faults *faults, mb__writer *writer);

#endif

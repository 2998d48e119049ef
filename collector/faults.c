/* Owns the list of faults. */
#include "faults.h"

#include <stdio.h>
#include <string.h>

void mbc_faults_init(mbc_faults *faults, mbc_answer *answer) {
  *faults = (mbc_faults){.answer = answer};
  mb__writer_init(&faults->list, &mb__c_library);
}

void mbc_faults_free(mbc_faults *faults) { mb__writer_free(&faults->list); }

void mbc_faults_add(void *user, const char *path, const char *reason) {
  mbc_faults *faults = user;
  mbc_answer *answer = faults->answer;
  char name[512];
  if (strcmp(reason, "missing") == 0) reason = "Missing required field"; /* Adobe's words */
  snprintf(name, sizeof name, "%s%s", faults->root, path);
  if (!faults->count) snprintf(answer->message, sizeof answer->message, "%.200s: %.100s", name, reason);
  mb__write_raw(&faults->list, faults->count++ ? ",{\"name\":" : "{\"name\":");
  mb__write_text(&faults->list, name);
  mb__write_raw(&faults->list, ",\"reason\":");
  mb__write_text(&faults->list, reason);
  mb__write_raw(&faults->list, "}");
}

void mbc_faults_write(const mbc_faults *faults, mb__writer *writer) {
  mb__write_raw(writer, "[");
  mb__write(writer, faults->list.bytes, faults->list.size);
  mb__write_raw(writer, "]");
  writer->failed |= faults->list.failed;
}

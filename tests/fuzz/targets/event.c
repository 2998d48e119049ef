/* Fuzzer: whether an event in JSON fits either protocol, and what is read out of it. An input is a JSON text. */
#include <mediabeat/host.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/collection.h"
#include "protocol/validate.h"
#include "protocol/xdm.h"
#include "target.h"

static void look_at_fault(void *user, const char *path, const char *reason) {
  size_t *faults = user;
  PROMISE(strlen(path) < 4096 && strlen(reason) > 0);
  ++*faults;
}

static void read_xdm(const mb__json *xdm, mb__xdm_source source) {
  mb__reading reading = {0};
  reading.moment.type = MB__EVENT_COUNT;
  size_t told = 0, faults = mb__xdm_check(xdm, source, &reading.moment.type, look_at_fault, &told);
  PROMISE(told == faults);
  if (faults) return;
  PROMISE(reading.moment.type < MB__EVENT_COUNT);
  PROMISE(mb__xdm_read(&mb__c_library, xdm, &reading) == MB_OK);
  mb__reading_free(&mb__c_library, &reading);
}

static void read_body(const mb__json *body) {
  mb__event_type type;
  mb__finding finding;
  mb__reading reading = {0};
  mb_status status = mb__validate_body(body, &type, &finding);
  PROMISE(status == MB_OK || status == MB_INVALID_EVENT);
  if (status != MB_OK) {
    PROMISE(strlen(finding.text) > 0);
    return;
  }
  reading.moment.type = type;
  status = mb__collection_read(&mb__c_library, body, &reading, &finding);
  PROMISE(status == MB_OK || status == MB_INVALID_EVENT);
  if (status == MB_OK) mb__reading_free(&mb__c_library, &reading);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  char *text = exact_copy(bytes, size);
  mb__json *event;
  size_t where = 0;
  const char *what = NULL;
  mb_status status = mb__json_parse(text, size, &event, &where, &what);
  PROMISE(status == MB_OK || (status == MB_INVALID_JSON && where <= size && what));
  free(text);
  if (status != MB_OK) return 0;
  read_xdm(event, MB__XDM_FROM_HOST);
  read_xdm(event, MB__XDM_FROM_WIRE);
  read_xdm(event, MB__XDM_FROM_BATCH);
  read_body(event);
  mb__json_free(event);
  return 0;
}

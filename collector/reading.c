/* Owns the reading of stored bodies. A data file may come from anywhere: what was checked when it came is checked
 * again. */
#include "reading.h"

#include <stdio.h>

#include "protocol/collection.h"
#include "protocol/xdm.h"

static void note_fault(void *user, const char *path, const char *reason) {
  mb__finding *finding = user;
  if (!*finding->text) snprintf(finding->text, sizeof finding->text, "%.180s: %s", path, reason);
}

static mb_status read_xdm(const mb__json *body, mb__xdm_source source, mb__reading *reading, mb__finding *finding) {
  *finding->text = 0;
  if (mb__xdm_check(body, source, &reading->moment.type, note_fault, finding)) return MB_INVALID_EVENT;
  return mb__xdm_read(&mb__c_library, body, reading);
}

static mb_status check_kept(const mb__json *body, mb__event_type *type, mb__finding *finding) {
  mb_status status = mb__validate_event_type(body, type, finding);
  if (!status) status = mb__validate_player_time(mb__json_get(body, "playerTime"), finding);
  return status ? status : mb__validate_blocks(body, *type, finding);
}

static mb_status read_collection(const mb__json *body, mbc_strictness strictness, mb__reading *reading,
                                 mb__finding *finding) {
  mb_status status = (strictness == MBC_AS_SENT ? mb__validate_body : check_kept)(body, &reading->moment.type, finding);
  return status ? status : mb__collection_read(&mb__c_library, body, reading, finding);
}

mb_status mbc_read_body(const mb__json *body, mbc_strictness strictness, mb__reading *reading, mb__finding *finding) {
  if (mb__json_get(body, "mediaEventType")) return read_xdm(body, MB__XDM_FROM_BATCH, reading, finding);
  if (mb__json_get(body, "mediaCollection")) return read_xdm(body, MB__XDM_FROM_WIRE, reading, finding);
  return read_collection(body, strictness, reading, finding);
}

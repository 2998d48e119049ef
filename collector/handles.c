/* Owns the handles. The visitor: an ECID has 38 digits. It is what the client was given to store, or what its
 * identityMap says, or made up; what does not have 38 digits stands for one that is made from it, always the same. */
#include "handles.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "random.h"

enum { ECID_SIZE = 38, HINT_SECONDS = 1800, IDENTITY_SECONDS = 34128000 };

static const char own_hint[] = "local1";

static bool is_ecid(const char *text) { return strlen(text) == ECID_SIZE && strspn(text, "0123456789") == ECID_SIZE; }

/* FNV-1a. */
static uint64_t hash_of(const char *text) {
  uint64_t hash = 14695981039346656037u;
  for (; *text; text++) hash = (hash ^ (unsigned char)*text) * 1099511628211u;
  return hash;
}

/* `from` NULL: somebody new. The halves are 63 bits each, which 19 digits hold. */
static void make_ecid(const char *from, char ecid[ECID_SIZE + 1]) {
  if (from && is_ecid(from)) {
    memcpy(ecid, from, ECID_SIZE + 1);
    return;
  }
  uint64_t state = from ? hash_of(from) : mb__random_seed();
  uint64_t high = mb__random_next(&state) >> 1, low = mb__random_next(&state) >> 1;
  snprintf(ecid, ECID_SIZE + 1, "%019llu%019llu", (unsigned long long)high, (unsigned long long)low);
}

static void open_handle(mb__writer *handles, const char *type) {
  mb__write_raw(handles, handles->size ? ",{\"type\":\"" : "{\"type\":\"");
  mb__write_raw(handles, type);
  mb__write_raw(handles, "\",\"payload\":[");
}

void mbc_handles_session(mb__writer *handles, const char *session_id, size_t event_index) {
  open_handle(handles, "media-analytics:new-session");
  mb__write_raw(handles, "{\"sessionId\":");
  mb__write_text(handles, session_id);
  mb__write_raw(handles, "}],\"eventIndex\":");
  mb__write_integer(handles, (int64_t)event_index);
  mb__write_raw(handles, "}");
}

static void write_hint(mb__writer *handles, const char *hint) {
  open_handle(handles, "locationHint:result");
  mb__write_raw(handles, "{\"scope\":\"EdgeNetwork\",\"hint\":");
  mb__write_text(handles, hint);
  mb__write_raw(handles, ",\"ttlSeconds\":");
  mb__write_integer(handles, HINT_SECONDS);
  mb__write_raw(handles, "}]}");
}

static void write_entry(mb__writer *handles, const char *org, const char *what, const char *value, int64_t seconds) {
  mb__write_raw(handles, "{\"key\":\"kndctr_");
  mb__write(handles, org, strcspn(org, "@"));
  mb__write_raw(handles, "_AdobeOrg_");
  mb__write_raw(handles, what);
  mb__write_raw(handles, "\",\"value\":");
  mb__write_text(handles, value);
  mb__write_raw(handles, ",\"maxAge\":");
  mb__write_integer(handles, seconds);
  mb__write_raw(handles, "}");
}

static void write_state(mb__writer *handles, const char *org, const char *hint, const char *identity) {
  open_handle(handles, "state:store");
  write_entry(handles, org, "cluster", hint, HINT_SECONDS);
  if (identity) mb__write_raw(handles, ",");
  if (identity) write_entry(handles, org, "identity", identity, IDENTITY_SECONDS);
  mb__write_raw(handles, "]}");
}

static void write_identity(mb__writer *handles, const char *ecid) {
  open_handle(handles, "identity:result");
  mb__write_raw(handles, "{\"id\":");
  mb__write_text(handles, ecid);
  mb__write_raw(handles, ",\"namespace\":{\"code\":\"ECID\"}}]}");
}

void mbc_handles_common(mb__writer *handles, const mbc_envelope *envelope, const mbc_request *request, bool identity) {
  const char *hint = *request->hint ? request->hint : own_hint;
  char ecid[ECID_SIZE + 1];
  make_ecid(envelope->stored ? envelope->stored : envelope->identity, ecid);
  write_hint(handles, hint);
  write_state(handles, request->org, hint, envelope->stored ? NULL : ecid);
  if (identity && envelope->wants_ecid) write_identity(handles, ecid);
}

/* Owns the ring of refusals. */
#include "refusals.h"

#include <stdio.h>
#include <string.h>

#include "members.h"
#include "text.h"

/* What does not fit is cut; what is not UTF-8 ends it, for it is shown as JSON. */
static void copy_text(char *to, size_t room, const char *from, size_t size) {
  size = size < room ? size : room - 1;
  memcpy(to, from, size);
  to[size] = 0;
  to[mb__utf8_prefix(to, strlen(to))] = 0;
}

void mbc_refusals_look(mbc_refusals *refusals, const char *body, size_t size) {
  size = size < MBC_REFUSED_BODY ? size : MBC_REFUSED_BODY;
  memcpy(refusals->body, body, size);
  refusals->body[size] = 0;
}

static bool is_refusal(int status) { return status == 207 || (status >= 400 && status < 500); }

void mbc_refusals_note(mbc_refusals *refusals, const mbc_request *request, const mbc_answer *answer) {
  if (!is_refusal(answer->status)) return;
  mbc_refusal *refusal = &refusals->last[refusals->count++ % MBC_MOST_REFUSALS];
  refusal->received_at = request->received_at;
  refusal->status = answer->status;
  refusal->size = request->size;
  copy_text(refusal->method, sizeof refusal->method, request->method, strlen(request->method));
  copy_text(refusal->path, sizeof refusal->path, request->path, strlen(request->path));
  copy_text(refusal->message, sizeof refusal->message, answer->message, strlen(answer->message));
  copy_text(refusal->body, sizeof refusal->body, refusals->body, strlen(refusals->body));
}

static void write_refusal(mb__writer *out, const mbc_refusal *refusal) {
  mbc_element(out);
  mb__write_raw(out, "\n{");
  mbc_member_integer(out, "receivedAt", refusal->received_at);
  mbc_member_text(out, "method", refusal->method);
  mbc_member_text(out, "path", refusal->path);
  mbc_member_integer(out, "status", refusal->status);
  mbc_member_text(out, "message", refusal->message);
  mbc_member_integer(out, "size", (int64_t)refusal->size);
  mbc_member_text(out, "body", refusal->body);
  mb__write_raw(out, "}");
}

void mbc_refusals_get(mbc_store *store, const mbc_request *request, mbc_answer *answer) {
  (void)store;
  const mbc_refusals *refusals = request->workings->refusals;
  int64_t first = refusals->count > MBC_MOST_REFUSALS ? refusals->count - MBC_MOST_REFUSALS : 0;
  mb__write_raw(&answer->body, "[");
  for (int64_t i = first; i < refusals->count; i++)
    write_refusal(&answer->body, &refusals->last[i % MBC_MOST_REFUSALS]);
  mb__write_raw(&answer->body, "\n]\n");
  mbc_answer_json(answer);
}

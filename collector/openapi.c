/* Owns the answer with the description. */
#include "openapi.h"

void mbc_openapi_get(mbc_store *store, const mbc_request *request, mbc_answer *answer) {
  (void)store, (void)request;
  mb__write(&answer->body, (const char *)mbc_openapi_text, mbc_openapi_size);
  mbc_answer_json(answer);
}

/* Owns the answers with the page's files. */
#include "page.h"

#include <string.h>

static const mbc_file *find(const char *name) {
  for (size_t i = 0; i < mbc_page_file_count; i++)
    if (strcmp(mbc_page_files[i].name, name) == 0) return &mbc_page_files[i];
  return NULL;
}

static void serve(const char *name, mbc_answer *answer) {
  const mbc_file *file = find(name);
  answer->closed = true;
  if (!file) {
    mbc_answer_refuse(answer, 404, "no such file");
    return;
  }
  mb__write(&answer->body, (const char *)file->bytes, file->size);
  mbc_answer_document(answer, 200, file->type);
}

bool mbc_page_has(const char *name) { return find(name) != NULL; }

void mbc_page_index(mbc_store *store, const mbc_request *request, mbc_answer *answer) {
  (void)store, (void)request;
  serve("index.html", answer);
}

void mbc_page_file(mbc_store *store, const mbc_request *request, mbc_answer *answer) {
  (void)store;
  serve(request->argument, answer);
}

/* Decides how the page that people look at is served: files that are part of the program. */
#ifndef MEDIABEAT_COLLECTOR_PAGE_H
#define MEDIABEAT_COLLECTOR_PAGE_H

#include "answer.h"
#include "request.h"
#include "store.h"

typedef struct mbc_file {
  const char *name, *type;
  const unsigned char *bytes;
  size_t size;
} mbc_file;

/* Written at build time by page/embed.cmake. */
extern const mbc_file mbc_page_files[];
extern const size_t mbc_page_file_count;

/* GET /: the page. */
void mbc_page_index(mbc_store *store, const mbc_request *request, mbc_answer *answer);

/* GET /page/{name}: what the page consists of. */
void mbc_page_file(mbc_store *store, const mbc_request *request, mbc_answer *answer);
bool mbc_page_has(const char *name);

#endif

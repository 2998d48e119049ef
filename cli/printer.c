/* Owns the line of JSON that stands for a request. Written piece by piece: the body may be a day of viewing. */
#include "printer.h"

#include <inttypes.h>
#include <stdio.h>

static void print_text(const char *text) {
  putchar('"');
  for (; *text; text++) {
    unsigned char c = (unsigned char)*text;
    if (c == '"' || c == '\\') putchar('\\');
    if (c < 0x20)
      printf("\\u%04x", c);
    else
      putchar(c);
  }
  putchar('"');
}

static void print_json(void *user, const mb_request *request, int64_t now_ms) {
  (void)user;
  size_t size;
  const char *body = mb_request_body(request, &size);
  printf("{\"at\": %" PRId64 ", \"player\": ", now_ms);
  print_text(mb_request_player(request));
  printf(", \"session\": %" PRIu32 ", \"method\": ", mb_request_session(request));
  print_text(mb_request_method(request));
  fputs(", \"path\": ", stdout);
  print_text(mb_request_path(request));
  fputs(", \"body\": ", stdout);
  fwrite(body, 1, size, stdout);
  fputs("}\n", stdout);
}

request_printer json_printer(void) { return (request_printer){print_json, NULL}; }

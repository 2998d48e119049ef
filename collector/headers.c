/* Owns CORS, by wire, and what the collector's own page may do:
 * https://developer.mozilla.org/en-US/docs/Web/HTTP/Guides/CORS
 * https://developer.mozilla.org/en-US/docs/Web/HTTP/Guides/CSP */
#include "headers.h"

#include <string.h>

typedef bool adder(void *user, const char *name, const char *value);

/* The values are those of the real backend. */
static bool add_for_collection(adder *add, void *user) {
  return add(user, "Access-Control-Allow-Origin", "*") &&
         add(user, "Access-Control-Allow-Methods", "OPTIONS,POST,PUT") &&
         add(user, "Access-Control-Allow-Headers", "Content-Type") &&
         add(user, "Access-Control-Expose-Headers", "Location");
}

/* Only what is made of visible characters and blanks is said back. */
static bool is_plain(const char *value) {
  if (!value || !*value) return false;
  for (; *value; value++)
    if (*value < ' ' || *value > '~') return false;
  return true;
}

/* A page sends its cookies along, and then "*" would not do. */
static bool add_for_page(const mbc_page *page, adder *add, void *user) {
  return add(user, "Access-Control-Allow-Origin", page->origin) &&
         add(user, "Access-Control-Allow-Credentials", "true") &&
         add(user, "Access-Control-Allow-Methods", "POST, OPTIONS") &&
         add(user, "Access-Control-Expose-Headers", "Retry-After, x-adobe-edge, x-request-id") &&
         (!is_plain(page->wanted_headers) || add(user, "Access-Control-Allow-Headers", page->wanted_headers));
}

static bool add_for_edge(const mbc_answer *answer, const mbc_page *page, adder *add, void *user) {
  return add(user, "x-request-id", answer->request_id) && add(user, "x-adobe-edge", "LOC1;1") &&
         add(user, "Vary", "Origin") && (!is_plain(page->origin) || add_for_page(page, add, user));
}

/* Stored texts are anybody's: whatever a page makes of them, nothing runs but its own files, nothing is asked of another
 * host, and no other site shows or reads it. */
static bool add_for_own_page(adder *add, void *user) {
  return add(user, "Content-Security-Policy",
             "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
             "base-uri 'none'; form-action 'none'; frame-ancestors 'none'") &&
         add(user, "X-Content-Type-Options", "nosniff") && add(user, "Referrer-Policy", "no-referrer") &&
         add(user, "Cross-Origin-Resource-Policy", "same-origin") && add(user, "Cache-Control", "no-store");
}

bool mbc_headers_each(const mbc_answer *answer, const mbc_page *page, adder *add, void *user) {
  if (answer->closed) return add_for_own_page(add, user);
  return answer->wire == MBC_WIRE_EDGE ? add_for_edge(answer, page, add, user) : add_for_collection(add, user);
}

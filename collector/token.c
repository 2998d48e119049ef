/* Owns the checks: a secret, and where requests come from when there is none.
 * https://www.rfc-editor.org/rfc/rfc6750
 * https://en.wikipedia.org/wiki/DNS_rebinding */
#define _DEFAULT_SOURCE
#include "token.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static const char cookie_name[] = "mediabeat_token=";

bool mbc_token_is_fit(const char *token) {
  static const char fit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  size_t size = strlen(token);
  return size >= MBC_TOKEN_LEAST && size <= MBC_TOKEN_MOST && strspn(token, fit) == size;
}

/* Takes as long for a wrong one as for the right one, wherever they differ. */
static bool is_same(const char *token, const char *given, size_t size) {
  size_t wanted = strlen(token);
  unsigned char difference = size != wanted;
  for (size_t i = 0; i < wanted; i++) difference |= (unsigned char)(token[i] ^ (i < size ? given[i] : 0));
  return difference == 0;
}

static const char *header(const mbc_request *request, const char *name) { return request->header(request->user, name); }

static bool has_bearer(const char *token, const mbc_request *request) {
  static const char scheme[] = "Bearer ";
  const char *value = header(request, "Authorization");
  if (!value || strncasecmp(value, scheme, sizeof scheme - 1) != 0) return false;
  value += sizeof scheme - 1;
  return is_same(token, value, strlen(value));
}

static bool has_cookie(const char *token, const mbc_request *request) {
  const char *at = header(request, "Cookie");
  while (at && *at) {
    at += strspn(at, " ;");
    size_t size = strcspn(at, ";");
    if (strncmp(at, cookie_name, sizeof cookie_name - 1) == 0 &&
        is_same(token, at + sizeof cookie_name - 1, size - (sizeof cookie_name - 1)))
      return true;
    at += size;
  }
  return false;
}

static bool refuse_stranger(mbc_answer *answer) {
  mbc_answer_refuse(answer, 401, "a token is needed: Authorization: Bearer TOKEN, or ?token=TOKEN once in a browser");
  answer->challenge = true;
  return false;
}

/* Out of the address, where others would see it, and into a cookie. */
static bool greet(const char *token, const mbc_request *request, mbc_answer *answer) {
  snprintf(answer->cookie, sizeof answer->cookie, "%s%s; Path=/; HttpOnly; SameSite=Strict", cookie_name, token);
  if (strcmp(request->path, "/") != 0) return true;
  mbc_answer_empty(answer, 303);
  snprintf(answer->location, sizeof answer->location, "/");
  return false;
}

/* Of another site's page; there is none behind what no browser made. */
static bool is_foreign(const mbc_request *request) {
  const char *origin = header(request, "Origin"), *host = header(request, "Host");
  const char *name = origin ? strstr(origin, "://") : NULL;
  return origin && (!name || !host || strcasecmp(name + 3, host) != 0);
}

static bool refuse_foreign(mbc_answer *answer) {
  mbc_answer_refuse(answer, 403, "pages of other sites may not do this");
  return false;
}

/* A browser sends cookies along for pages of other ports of this host too. */
static bool check_token(const char *token, const mbc_request *request, mbc_answer *answer) {
  const char *given = request->query(request->user, "token");
  if (given) return is_same(token, given, strlen(given)) ? greet(token, request, answer) : refuse_stranger(answer);
  if (has_bearer(token, request)) return true;
  if (!has_cookie(token, request)) return refuse_stranger(answer);
  return !is_foreign(request) || refuse_foreign(answer);
}

/* The host of "host:port" and "[host]:port" ends here. */
static size_t host_size(const char *host) {
  if (*host != '[') return strcspn(host, ":");
  size_t size = strcspn(host, "]");
  return host[size] ? size + 1 : size;
}

static bool is_number_of_loopback(const char *host, size_t size) {
  return size > 4 && strncmp(host, "127.", 4) == 0 && strspn(host, "0123456789.") >= size;
}

/* A page whose name somebody else resolves to this machine is sent with that name. */
static bool is_own_host(const char *host) {
  static const char *const names[] = {"localhost", "[::1]", "ip6-localhost"};
  size_t size = host_size(host);
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (strlen(names[i]) == size && strncasecmp(names[i], host, size) == 0) return true;
  return is_number_of_loopback(host, size);
}

static bool check_place(const mbc_request *request, mbc_answer *answer) {
  const char *host = header(request, "Host");
  if (host && !is_own_host(host)) {
    mbc_answer_refuse(answer, 403, "without --token this is for localhost only, not for \"%.80s\"", host);
    return false;
  }
  return !is_foreign(request) || refuse_foreign(answer);
}

bool mbc_token_admit(const char *token, const mbc_request *request, mbc_answer *answer) {
  answer->closed = true;
  return token ? check_token(token, request, answer) : check_place(request, answer);
}

/* Owns the asking of a collector that runs. */
#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

#include "report_input.h"

enum { PATIENCE_S = 60, LONGEST_URL = 2000 };

static size_t take(char *bytes, size_t size, size_t count, void *user) {
  mb__writer *out = user;
  mb__write(out, bytes, size * count);
  return out->failed ? 0 : size * count;
}

/* The URL is that of the collector, with or without a slash. */
static bool write_url(char *to, const char *url, const char *path) {
  size_t size = strlen(url);
  while (size && url[size - 1] == '/') size--;
  return snprintf(to, LONGEST_URL, "%.*s%s", (int)(size < LONGEST_URL ? size : LONGEST_URL), url, path) < LONGEST_URL;
}

static void set_up(CURL *request, const char *url, mb__writer *out, char *error) {
  curl_easy_setopt(request, CURLOPT_URL, url);
  curl_easy_setopt(request, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(request, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(request, CURLOPT_CONNECTTIMEOUT, 10L);
  curl_easy_setopt(request, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(request, CURLOPT_LOW_SPEED_TIME, (long)PATIENCE_S);
  curl_easy_setopt(request, CURLOPT_ACCEPT_ENCODING, "");
  curl_easy_setopt(request, CURLOPT_ERRORBUFFER, error);
  curl_easy_setopt(request, CURLOPT_WRITEFUNCTION, take);
  curl_easy_setopt(request, CURLOPT_WRITEDATA, out);
}

static void set_token(CURL *request, const char *token) {
  if (!token) return;
  curl_easy_setopt(request, CURLOPT_HTTPAUTH, CURLAUTH_BEARER);
  curl_easy_setopt(request, CURLOPT_XOAUTH2_BEARER, token);
}

static mbc_reading_result perform(CURL *request, const char *url, mb__writer *out, const char *error,
                                  cli_console *console) {
  long status = 0;
  CURLcode code = curl_easy_perform(request);
  if (code == CURLE_OK) curl_easy_getinfo(request, CURLINFO_RESPONSE_CODE, &status);
  if (code == CURLE_OK && status == 200) return MBC_READ_GOOD;
  if (code != CURLE_OK)
    console_error(console, "%s: %s", url, out->failed ? "out of memory" : *error ? error : curl_easy_strerror(code));
  else if (status == 401)
    console_error(console, "%s: it wants a token, see --token", url);
  else
    console_error(console, "%s: HTTP status %ld; is it a collector?", url, status);
  return MBC_READ_FAILED;
}

mbc_reading_result report_fetch(const char *url, const char *path, const char *token, mb__writer *out,
                                cli_console *console) {
  char whole[LONGEST_URL], error[CURL_ERROR_SIZE] = "";
  CURL *request = write_url(whole, url, path) ? curl_easy_init() : NULL;
  if (!request) {
    console_error(console, "%.200s: it cannot be asked", url);
    return MBC_READ_FAILED;
  }
  set_up(request, whole, out, error);
  set_token(request, token);
  mbc_reading_result result = perform(request, whole, out, error, console);
  curl_easy_cleanup(request);
  return result;
}

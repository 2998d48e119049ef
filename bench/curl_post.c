/* Decides the limit of delivery: a program that does nothing but post one body through a libcurl multi handle, with
 * everything that makes libcurl fast: handles and connections used again, the URL parsed once, no look-up of a proxy,
 * the CA bundle and TLS sessions kept.
 *
 *   curl_post URL EVENTS BODY_BYTES [CA_BUNDLE]
 *
 * Prints events per CPU second of this process after the first tenth. */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common.h"

enum { CONNECTIONS = 8 };

static CURLM *multi;
static CURLSH *share;
static CURLU *url;
static struct curl_slist *headers;
static char *body;
static long started, finished;

static size_t ignore_body(char *data, size_t size, size_t number, void *user) {
  (void)data, (void)user;
  return size * number;
}

static CURL *new_handle(const char *ca_bundle) {
  CURL *easy = must_have(curl_easy_init());
  curl_easy_setopt(easy, CURLOPT_CURLU, url);
  curl_easy_setopt(easy, CURLOPT_PROXY, "");
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
  curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)strlen(body));
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, ignore_body);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_SHARE, share);
  if (!ca_bundle) return easy;
  curl_easy_setopt(easy, CURLOPT_CAINFO, ca_bundle);
  curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
  return easy;
}

static void start(CURL *easy) {
  curl_multi_add_handle(multi, easy);
  started++;
}

static void reap(long last) {
  CURLMsg *message;
  for (int left; (message = curl_multi_info_read(multi, &left));) {
    CURL *easy = message->easy_handle;
    long status = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    must(message->data.result == CURLE_OK && status == 204 ? MB_OK : MB_TRANSPORT_FAILED, "every request is answered");
    finished++;
    curl_multi_remove_handle(multi, easy);
    if (started < last) start(easy);
  }
}

static void post_until(long events, long last) {
  int running;
  while (finished < events) {
    curl_multi_perform(multi, &running);
    reap(last);
    if (finished >= events) return;
    curl_multi_perform(multi, &running);
    reap(last);
    if (finished < events) curl_multi_poll(multi, NULL, 0, 1000, NULL);
  }
}

static void set_up(const char *address, size_t body_size) {
  curl_global_init(CURL_GLOBAL_DEFAULT);
  multi = curl_multi_init();
  share = curl_share_init();
  curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
  curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)CONNECTIONS);
  url = curl_url();
  curl_url_set(url, CURLUPART_URL, address, 0);
  headers = curl_slist_append(NULL, "Content-Type: application/json");
  headers = curl_slist_append(headers, "Expect:");
  body = must_have(malloc(body_size + 1));
  memset(body, 'x', body_size);
  body[body_size] = 0;
}

int main(int argc, char **argv) {
  if (argc < 4) return fputs("usage: curl_post URL EVENTS BODY_BYTES [CA_BUNDLE]\n", stderr), 2;
  long events = number_argument(argc, argv, 2, 10000);
  set_up(argv[1], (size_t)number_argument(argc, argv, 3, 72));
  CURL *handles[CONNECTIONS];
  for (int i = 0; i < CONNECTIONS; i++) start(handles[i] = new_handle(argc > 4 ? argv[4] : NULL));
  post_until(events / 10, events);
  double from = cpu_ns();
  long before = finished;
  post_until(events, events);
  printf("per_cpu_second=%.0f\n", (double)(finished - before) / ((cpu_ns() - from) / 1e9));
  for (int i = 0; i < CONNECTIONS; i++) curl_easy_cleanup(handles[i]);
  curl_multi_cleanup(multi);
  curl_share_cleanup(share);
  curl_slist_free_all(headers);
  curl_url_cleanup(url);
  free(body);
  return 0;
}

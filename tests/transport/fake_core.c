/* Owns the stand-in for the core: see fake_core.h. */
#include "fake_core.h"

#include <mediabeat/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *mb_config_text(const mb_config *config, const char *key) {
  if (strcmp(key, "endpoint") == 0) return config->endpoint;
  if (strcmp(key, "caBundle") == 0) return config->ca_bundle;
  if (strcmp(key, "proxy") == 0) return config->proxy;
  return NULL;
}

double mb_config_number(const mb_config *config, const char *key) {
  if (strcmp(key, "maxConnections") == 0) return config->max_connections;
  if (strcmp(key, "connectTimeout") == 0) return config->connect_timeout;
  if (strcmp(key, "answerTimeout") == 0) return config->answer_timeout;
  return 0;
}

bool mb_config_flag(const mb_config *config, const char *key) { return strcmp(key, "http2") == 0 && config->http2; }

const char *mb_request_path(const mb_request *request) { return request->path; }

const char *mb_request_body(const mb_request *request, size_t *size) {
  *size = request->body_size;
  return request->body;
}

void mb_request_set_user(mb_request *request, void *user) { request->transport_user = user; }
void *mb_request_user(const mb_request *request) { return request->transport_user; }

static void keep_text(char *place, size_t size, const char *text) { snprintf(place, size, "%s", text ? text : ""); }

static void keep_answer(mb_request *request, const mb_response *response) {
  free(request->answer);
  request->answer = malloc(response->body_size + 1);
  request->answer_size = response->body_size;
  if (response->body_size) memcpy(request->answer, response->body, response->body_size);
  request->answer[response->body_size] = 0;
}

void mb_request_complete(mb_request *request, const mb_response *response, int64_t now_ms) {
  (void)now_ms;
  request->completions++;
  request->status = response->status;
  request->retry_after_s = response->retry_after_s;
  keep_text(request->location, sizeof request->location, response->location);
  keep_text(request->error, sizeof request->error, response->error);
  keep_answer(request, response);
  if (request->completed) request->completed(request);
}

void fake_request_clear(mb_request *request) {
  free(request->answer);
  request->answer = NULL;
}

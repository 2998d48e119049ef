/* Owns what all benchmarks share. */
#define _GNU_SOURCE
#include "common.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SESSION_ID "0123456789abcdef0123456789abcdef"

static double clock_ns(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

double wall_ns(void) { return clock_ns(CLOCK_MONOTONIC); }
double cpu_ns(void) { return clock_ns(CLOCK_PROCESS_CPUTIME_ID); }

static int compare(const void *one, const void *other) {
  double a = *(const double *)one, b = *(const double *)other;
  return (a > b) - (a < b);
}

double median(double *values, int count) {
  qsort(values, (size_t)count, sizeof *values, compare);
  return count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

uint32_t next_random(void) {
  static uint64_t state = 88172645463325252U;
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return (uint32_t)(state >> 32);
}

long number_argument(int argc, char **argv, int index, long otherwise) {
  return argc > index ? strtol(argv[index], NULL, 10) : otherwise;
}

void fail(mb_status status, const char *what) {
  fprintf(stderr, "%s: %s\n", what, mb_status_text(status));
  exit(1);
}

void *must_have(void *block) {
  must(block ? MB_OK : MB_NO_MEMORY, "benchmark");
  return block;
}

enum { MALLOC_HEADER = sizeof(size_t) };

static size_t footprint(void *block) { return block ? malloc_usable_size(block) + MALLOC_HEADER : 0; }

static void *allocate(void *user, void *block, size_t size) {
  memory_count *count = user;
  count->bytes -= footprint(block);
  if (!size) {
    free(block);
    return NULL;
  }
  void *given = must_have(realloc(block, size));
  count->allocations++;
  count->bytes += footprint(given);
  return given;
}

mb_host counting_host(memory_count *count) {
  *count = (memory_count){0};
  return (mb_host){.size = sizeof(mb_host), .user = count, .allocate = allocate};
}

mb_config *new_config(const mb_host *host, const char *protocol) {
  static const char json[] = "{\"endpoint\":\"http://127.0.0.1:8091\",\"trackingServer\":\"example.sc.omtrdc.net\","
                             "\"reportSuite\":\"examplersid\",\"orgId\":\"0123456789ABCDEF01234567@AdobeOrg\","
                             "\"marketingCloudUserId\":\"12345678901234567890123456789012345678\","
                             "\"datastreamId\":\"01234567-89ab-cdef-0123-456789abcdef\","
                             "\"channel\":\"Sports\",\"playerName\":\"HTML5 Player\",\"seed\":1,"
                             "\"queueMaxEvents\":1000000000,\"queueMaxBytes\":1073741824}";
  mb_config *config;
  must(mb_config_new(host, &config), "mb_config_new");
  must(mb_config_set_json(config, json, sizeof json - 1), "mb_config_set_json");
  must(mb_config_set_text(config, "protocol", protocol), "mb_config_set_text");
  return config;
}

static uint64_t bytes_answered;

uint64_t answered_bytes(void) { return bytes_answered; }

static const mb_response *answer_to(const char *path) {
  static const char handle[] = "{\"requestId\":\"0\",\"handle\":[{\"type\":\"media-analytics:new-session\","
                               "\"eventIndex\":0,\"payload\":[{\"sessionId\":\"" SESSION_ID "\"}]}]}";
  static const mb_response opened = {.size = sizeof opened, .status = 201, .location = "/api/v1/sessions/" SESSION_ID};
  static const mb_response opened_edge = {
      .size = sizeof opened_edge, .status = 200, .body = handle, .body_size = sizeof handle - 1};
  static const mb_response taken = {.size = sizeof taken, .status = 204};
  if (strcmp(path, "/api/v1/sessions") == 0) return &opened;
  return strncmp(path, "/ee/va/v1/sessionStart?", 23) == 0 ? &opened_edge : &taken;
}

static mb_status answer_at_once(void *user, mb_request *request, int64_t now) {
  size_t size;
  (void)user;
  mb_request_body(request, &size);
  bytes_answered += size;
  mb_request_complete(request, answer_to(mb_request_path(request)), now);
  return MB_OK;
}

static void cancel_nothing(void *user, mb_request *request) { (void)user, (void)request; }

const mb_transport instant_transport = {
    .size = sizeof(mb_transport), .capacity = 8, .send = answer_at_once, .cancel = cancel_nothing};

mb_client *new_client(const mb_host *host, const mb_transport *transport) {
  return new_client_of(COLLECTION_V1, host, transport);
}

mb_client *new_client_of(const char *protocol, const mb_host *host, const mb_transport *transport) {
  mb_config *config = new_config(host, protocol);
  mb_client *client;
  must(mb_client_new(config, transport, &client), "mb_client_new");
  mb_config_free(config);
  return client;
}

static const mb_pair pairs[] = {
    {"show", "Cup 2026"},        {"genre", "sport"},       {"isUserLoggedIn", "true"}, {"season", "2025.2026"},
    {"episode", "final"},        {"network", "Example 1"}, {"originator", "Example"},  {"rating", "0"},
    {"firstAirDate", "2026-07"}, {"dayPart", "evening"},   {"feed", "east-hd"},        {"assetId", "a-1234567"},
    {"player.theme", "dark"},    {"abTest", "group-b"},    {"subscription", "family"}, {"region", "north"},
    {"audio", "en-GB"},          {"subtitles", "off"},     {"drm", "widevine"},        {"cdn", "edge-17"}};

mb_tracker *new_session(mb_client *client, size_t metadata_count, int64_t now) {
  mb_media_info media;
  mb_media_info_init(&media);
  media.id = "video-123";
  media.name = "The Final, second half";
  media.length = 3600;
  media.stream_type = "vod";
  media.media_type = "video";
  media.granular_ad_tracking = true;
  media.preroll_waiting_time_ms = 0;
  mb_tracker *tracker;
  must(mb_tracker_new(client, NULL, &tracker), "mb_tracker_new");
  must(mb_tracker_session_start(tracker, &media, pairs, metadata_count, now), "mb_tracker_session_start");
  return tracker;
}

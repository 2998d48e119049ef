/* A failing allocation at every point of a run, in turn: a status comes back, the same call works when it is made again,
 * and in the end the same bodies went over the wire as if nothing had failed. */
#include "suite.h"

static const char configuration[] =
    "{'trackingServer':'t','reportSuite':'r','orgId':'o','channel':'c','playerName':'p','retryInterval':0.1,"
    "'retryIntervalMax':0.5,'customerIDs':{'crm':{'id':'7','authState':1}}}";

static const char edge_configuration[] =
    "{" EDGE ",'retryInterval':0.1,'retryIntervalMax':0.5,'locationHint':'or2','marketingCloudUserId':'e',"
    "'customerIDs':{'crm':{'id':'7','authState':1}}}";

static const char *const viewing[] = {
    "0 sessionStart movie -wait 250 -granular a.media.show=Show zebra=z apple=a",
    "10 play",
    "20 playhead 0.5",
    "30 stateStart mute",
    "100 adBreakStart pre-roll 1 0",
    "110 adStart spot 1 15 a.media.ad.advertiser=Adv k=v",
    "5000 qoe 1000 1 25 800",
    "15110 adComplete",
    "15120 adBreakComplete",
    "16500 chapterStart One 1 0 60 key=value",
    "20000 stateStart fullscreen",
    "21000 next 410",
    "22000 bufferStart",
    "22500 bitrateChange",
    "23000 bufferComplete",
    "24000 error E-1",
    "25000 pause",
    "1900000 tick",
    "1900010 adBreakStart late 2 30",
    "1900020 stateEnd mute",
    "1900030 play",
    "1905000 adStart second 1 5",
    "1906000 seekStart",
    "1907000 seekComplete",
    "1910000 complete",
    "1990000 tick",
};

static const char *const events[] = {
    "0 open {'eventType':'sessionStart','params':{'media.id':'a','media.length':60,'media.contentType':'vod'},"
    "'customMetadata':{'a.media.show':'Show','k':'v'}}",
    "1000 send {'eventType':'play'}",
    "2000 send {'eventType':'statesUpdate','params':{'statesStart':[{'media.state.name':'mute'}]}}",
    "3000 send {'eventType':'chapterStart','params':{'media.chapter.index':1,'media.chapter.offset':0,"
    "'media.chapter.length':30},'customMetadata':{'k':'v'}}",
    "4000 next 404",
    "5000 send {'eventType':'pauseStart','qoeData':{'media.qoe.bitrate':5}}",
    "30000 send {'eventType':'play'}",
    "31000 send {'eventType':'sessionEnd'}",
    "40000 tick",
};

#define XDM_OPEN                                                                                                       \
  "open -ask -tell {'identityMap':{'crm':[{'id':'8','authenticatedState':'loggedOut'}]},'mediaCollection':{"           \
  "'sessionDetails':{'name':'a','length':60,'contentType':'vod'},'customMetadata':[{'name':'a.media.show','value':'S'" \
  "},"                                                                                                                 \
  "{'name':'k','value':'v'}]}}"
#define XDM_AD_BREAK                                                                                               \
  "send "                                                                                                          \
  "{'eventType':'media.adBreakStart','mediaCollection':{'playhead':6,'advertisingPodDetails':{'index':1,'offset':" \
  "6}}}"

/* The same given as XDM, by an application that is told the session's id. */
static const char *const xdm_events[] = {
    "0 answers 3",
    ("0 " XDM_OPEN),
    "1000 send {'eventType':'media.play','mediaCollection':{'sessionID':'s'}}",
    "2000 send {'eventType':'media.statesUpdate','mediaCollection':{'statesStart':[{'name':'mute'},{'name':'pip'}]}}",
    ("3000 send "
     "{'eventType':'media.chapterStart','mediaCollection':{'chapterDetails':{'index':1,'offset':0,'length':30}}}"),
    "4000 next 404",
    "5000 answers 5 1 2 3 4",
    "6000 send {'eventType':'media.pauseStart'}",
    "30000 send {'eventType':'media.error','mediaCollection':{'errorDetails':{'name':'e','source':'player'}}}",
    "32000 send {'eventType':'media.sessionComplete'}",
    "40000 tick",
};

/* A session that was opened elsewhere. */
static const char *const resumed[] = {
    "0 resume -tell elsewhere",
    "1000 send {'eventType':'media.play','mediaCollection':{'playhead':5,'sessionID':'elsewhere'}}",
    "2000 next 503",
    ("3000 " XDM_AD_BREAK),
    "4000 send {'eventType':'media.sessionEnd','mediaCollection':{'playhead':7}}",
    "5000 tick",
};

/* A backend that stores things here and names regions. What cannot be kept for want of memory is not said again. */
static const char *const stored[] = {
    "0 next ok,store=a:1:100,store=b:2:5,hint=irl1:10,session=s",
    "0 open {'mediaCollection':{'sessionDetails':{'name':'a','length':60,'contentType':'vod'}}}",
    "1000 next 200,store=a:3:100,hint=va6:10",
    "1000 send {'eventType':'media.play'}",
    "2000 next 200,store=b:2:0",
    "2000 send {'eventType':'media.pauseStart'}",
    "2500 next 400,body=^@{'title':'no','report':{'details':[{'name':'a','reason':'b'}]}}",
    "2500 send {'eventType':'media.ping'}",
    "3000 send {'eventType':'media.sessionEnd'}",
    "4000 tick",
};

/* Calls that wait, a player that is asked, a queue that is worked off by a break and by the end of a long wait. */
static const char *const waiting[] = {
    "0 sessionStart movie -wait 30000 k=v",
    "100 play",
    "200 stateStart mute",
    "300 qoe 1 2 3 4",
    "5000 ask 2.5 1000 1 25 800",
    "6000 pause",
    "7000 play",
    "26000 adBreakStart one 1 0",
    "26500 adStart a 1 15 k=v",
    "27000 sessionEnd",
    "30000 sessionStart second -wait 20000",
    "30500 play",
    "31000 ask 7",
    "45000 chapterStart c 1 0 10 k=v",
    "50000 bufferStart",
    "51000 complete",
};

/* Content played from a download: a batch that waits, is refused once, and the one of the session that goes on. */
static const char *const downloaded[] = {
    "0 sessionStart movie k=v",
    "10 play",
    "20 chapterStart c 1 0 10 k=v",
    "30 stateStart mute",
    "1000 online no",
    "40 qoe 1 2 3 4",
    "50 pause",
    "!1800050 tick",
    "1800060 next 503",
    "1800070 online yes",
    "1900000 play",
    "1900010 complete",
    "2000000 tick",
};

typedef struct scenario {
  const char *configuration;
  const char *network;     /* a line before anything fails */
  const char *preparation; /* another; it makes the tracker */
  const char *const *lines;
  size_t count;
  bool stored;
} scenario;

#define LINES(lines) lines, sizeof(lines) / sizeof *(lines), false
#define STORED(lines) lines, sizeof(lines) / sizeof *(lines), true
/* The Media Edge API's bodies name their session: it has one id, however often it is opened. */
#define ONE_ID "0 always ok,session=s"

static const scenario viewers[] = {{configuration, NULL, "0 ask nothing", LINES(viewing)},
                                   {edge_configuration, ONE_ID, "0 ask nothing", LINES(viewing)}};
static const scenario programmers[] = {{configuration, NULL, NULL, LINES(events)},
                                       {edge_configuration, ONE_ID, NULL, LINES(events)}};
static const scenario xdm_programmers[] = {
    {configuration, "0 always ok,location=/api/v1/sessions/s", NULL, LINES(xdm_events)},
    {edge_configuration, ONE_ID, NULL, LINES(xdm_events)}};
static const scenario resumers[] = {{configuration, NULL, NULL, LINES(resumed)},
                                    {edge_configuration, NULL, NULL, LINES(resumed)}};
static const scenario rememberer = {edge_configuration, ONE_ID, NULL, LINES(stored)};
static const scenario waiters[] = {{configuration, NULL, "0 ask 1.5", LINES(waiting)},
                                   {edge_configuration, ONE_ID, "0 ask 1.5", LINES(waiting)}};
static const scenario travellers[] = {
    {"{'downloaded':true,'playerName':'p'}", NULL, "0 ask nothing", LINES(downloaded)},
    {"{" EDGE ",'downloaded':true}", NULL, "0 ask nothing", LINES(downloaded)}};

static const scenario stored_viewers[] = {{configuration, NULL, "0 ask nothing", STORED(viewing)},
                                          {edge_configuration, ONE_ID, "0 ask nothing", STORED(viewing)}};
static const scenario stored_programmers[] = {{configuration, NULL, NULL, STORED(events)},
                                              {edge_configuration, ONE_ID, NULL, STORED(events)}};
static const scenario stored_resumers[] = {{configuration, NULL, NULL, STORED(resumed)},
                                           {edge_configuration, NULL, NULL, STORED(resumed)}};
static const scenario stored_travellers[] = {
    {"{'downloaded':true,'playerName':'p'}", NULL, "0 ask nothing", STORED(downloaded)},
    {"{" EDGE ",'downloaded':true}", NULL, "0 ask nothing", STORED(downloaded)}};

static bool ends_with(const char *text, size_t size, const char *end) {
  return size >= strlen(end) && memcmp(text + size - strlen(end), end, strlen(end)) == 0;
}

/* Whether the line just performed said that memory was short. It is the one at the margin: ticks may have come before. */
static bool was_short(const char *happened) {
  while (*happened == ' ') happened += strcspn(happened, "\n") + 1;
  const char *status = strstr(happened, ": MB_NO_MEMORY");
  return status && status < happened + strcspn(happened, "\n");
}

static bool perform(transcript *log, const char *line) {
  size_t before = log->out.size;
  transcript_perform(log, line);
  return !was_short(text_of(&log->out) + before);
}

/* A timer that could not fire is tried again a little later, everything else at once. */
static void perform_again(transcript *log, const char *line) {
  char again[1024];
  bool is_tick = ends_with(line, strlen(line), " tick");
  snprintf(again, sizeof again, "%lld%s", strtoll(line, NULL, 10) + (is_tick ? 100 : 0), strchr(line, ' '));
  assert_true(perform(log, again));
}

/* The bodies that went over the wire, a line each; one that was repeated in place counts once. */
static void keep_bodies(const char *out, text_buffer *bodies) {
  size_t last = 0, last_size = 0;
  for (const char *line = out; *line; line += strcspn(line, "\n") + 1) {
    const char *body = strchr(line, '{');
    size_t size = body ? strcspn(body, "\n") : 0;
    if (*line != ' ' || !body || body > line + strcspn(line, "\n")) continue;
    if (last_size && size == last_size && memcmp(bodies->text + last, body, size) == 0) continue;
    last = bodies->size;
    last_size = size;
    text_add_bytes(bodies, body, size);
    text_add_bytes(bodies, "\n", 1);
  }
}

typedef struct outcome {
  text_buffer bodies;
  size_t failures;
  bool late;   /* a timer was what failed: what it made carries a later time */
  bool poorer; /* what a statesUpdate meant was lost: a re-opened session says less; it is logged */
} outcome;

static void forget_line(void *user, const char *line, size_t size) { (void)user, (void)line, (void)size; }

/* A run that is recorded too: the lines of a recording need memory of their own. */
static void begin(transcript *log, const scenario *script) {
  counted_cjson(&log->memory); /* before there is any JSON */
  (script->stored ? transcript_begin_stored : transcript_begin)(log, WIRE_BYTES, script->configuration);
  assert_int_equal(mb_client_record(log->client, forget_line, NULL), MB_OK);
  transcript_perform(log, "0 log error");
  if (script->network) transcript_perform(log, script->network);
  if (script->preparation) transcript_perform(log, script->preparation);
  log->memory.calls = 0;
}

static outcome play(const scenario *script, size_t fail_at) {
  outcome result = {0};
  transcript log;
  begin(&log, script);
  log.memory.fail_at = fail_at;
  for (size_t i = 0; i < script->count; i++)
    if (!perform(&log, script->lines[i])) perform_again(&log, script->lines[i]);
  mb_stats stats = {.size = sizeof stats};
  assert_int_equal(mb_client_stats(log.client, &stats), MB_OK);
  assert_int_equal(stats.queued, 0);
  assert_int_equal(stats.stored, 0);
  assert_int_equal(stats.accepted, stats.delivered);
  result.failures = log.memory.failures;
  keep_bodies(text_of(&log.out), &result.bodies);
  result.late = strstr(text_of(&log.out), " tick: MB_NO_MEMORY") != NULL;
  result.poorer = strstr(text_of(&log.out), "would not be said again") != NULL;
  transcript_end(&log);
  counted_cjson(NULL);
  return result;
}

static size_t count_lines(const char *text) {
  size_t count = 0;
  for (; *text; text++) count += *text == '\n';
  return count;
}

static void assert_excused(const outcome *failed, const outcome *whole, size_t n) {
  if (failed->late || failed->poorer) return;
  fprintf(stderr, "allocation %zu failed\n--- expected\n%s--- happened\n%s", n, text_of(&whole->bodies),
          text_of(&failed->bodies));
  fail();
}

static void play_all(const scenario *script) {
  outcome whole = play(script, 0);
  size_t same = 0, late = 0, poorer = 0;
  assert_int_equal(whole.failures, 0);
  for (bool over = false; !over;) {
    outcome failed = play(script, same + late + poorer + 1);
    over = !failed.failures;
    if (strcmp(text_of(&failed.bodies), text_of(&whole.bodies)) == 0) {
      same++;
    } else {
      assert_excused(&failed, &whole, same + late + poorer + 1);
      late += failed.late;
      poorer += failed.poorer;
      size_t lines = count_lines(text_of(&failed.bodies)), all = count_lines(text_of(&whole.bodies));
      assert_in_range(lines, failed.poorer ? all - 2 : all, all); /* a statesUpdate has two states at most here */
    }
    text_free(&failed.bodies);
  }
  text_free(&whole.bodies);
  printf("%zu allocations failed in turn: %zu runs sent the same bytes, %zu some at a later time, %zu said less in a "
         "re-opened session\n",
         same - 1 + late + poorer, same - 1, late, poorer);
}

static void play_both(const scenario scripts[2]) {
  play_all(&scripts[0]);
  play_all(&scripts[1]);
}

TEST(a_viewer_with_everything) { play_both(viewers); }
TEST(a_session_event_by_event) { play_both(programmers); }
TEST(a_session_given_as_xdm) { play_both(xdm_programmers); }
TEST(a_resumed_session) { play_both(resumers); }
TEST(calls_that_wait) { play_both(waiters); }
TEST(downloaded_content) { play_both(travellers); }
TEST(a_viewer_with_a_store) { play_both(stored_viewers); }
TEST(a_session_event_by_event_with_a_store) { play_both(stored_programmers); }
TEST(a_resumed_session_with_a_store) { play_both(stored_resumers); }
TEST(downloaded_content_with_a_store) { play_both(stored_travellers); }

/* Memory is short for a while and nobody tries again: what was refused is missing, the rest is in order, and when there is
 * memory again everything works. */
static bool survive(const scenario *script, size_t from, size_t many) {
  transcript log;
  begin(&log, script);
  log.memory.fail_at = from;
  log.memory.fail_for = many;
  for (size_t i = 0; i < script->count; i++) transcript_perform(&log, script->lines[i]);
  bool failed = log.memory.failures > 0;
  log.memory.fail_at = 0;
  log.wire.next_count = 0; /* answers for requests that were never made */
  transcript_perform(&log, "3000000 fresh.sessionStart");
  transcript_perform(&log, "3000010 fresh.play");
  text_clear(&log.out);
  transcript_perform(&log, "3000020 fresh.complete");
  assert_null(strstr(text_of(&log.out), "MB_"));
  assert_non_null(strstr(text_of(&log.out), "sessionComplete\""));
  transcript_end(&log);
  counted_cjson(NULL);
  return failed;
}

static void survive_all(const scenario *script) {
  for (size_t many = 2; many <= 128; many *= 4)
    for (size_t from = 1; survive(script, from, many); from++) continue;
}

static void survive_both(const scenario scripts[2]) {
  survive_all(&scripts[0]);
  survive_all(&scripts[1]);
}

TEST(droughts_of_a_viewer) { survive_both(viewers); }
TEST(droughts_event_by_event) { survive_both(programmers); }
TEST(droughts_in_xdm) { survive_both(xdm_programmers); }
TEST(droughts_of_a_resumed_session) { survive_both(resumers); }
TEST(droughts_of_what_is_stored) { survive_all(&rememberer); }
TEST(droughts_while_waiting) { survive_both(waiters); }
TEST(droughts_of_downloads) { survive_both(travellers); }

TEST(droughts_of_a_stored_viewer) { survive_both(stored_viewers); }
TEST(droughts_of_stored_downloads) { survive_both(stored_travellers); }

/* A session comes back while memory is short. What it could not do is done by the next client at the latest; nothing is
 * lost on the way. */
static bool come_back(const char *wanted, size_t fail_at) {
  transcript log;
  counted_cjson(&log.memory);
  transcript_begin_stored(&log, WIRE_BYTES, wanted);
  transcript_perform(&log, "0 consent unknown");
  transcript_perform(&log, "0 sessionStart k=v");
  transcript_perform(&log, "10 stateStart mute");
  transcript_perform(&log, "20 play");
  text_clear(&log.out);
  log.memory.calls = log.memory.failures = 0;
  log.memory.fail_at = fail_at;
  transcript_perform(&log, "30 die");
  transcript_perform(&log, "5000 tick");
  bool failed = log.memory.failures > 0;
  log.memory.fail_at = 0;
  transcript_perform(&log, "5010 restart");
  transcript_perform(&log, "9000 tick");
  assert_int_equal(disk_waiting(&log.disk), 0);
  static const char *const parts[] = {"sessionStart\"", "mute\"", "play\"", "sessionEnd\""};
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) assert_non_null(strstr(text_of(&log.out), parts[i]));
  transcript_end(&log);
  counted_cjson(NULL);
  return failed;
}

TEST(a_session_that_comes_back) {
  for (size_t n = 1; come_back(configuration, n); n++) continue;
  for (size_t n = 1; come_back(edge_configuration, n); n++) continue;
}

static void *fail_or_allocate(void *user, void *block, size_t size) { return counted_allocate(user, block, size); }

static mb_status set_up(counted_memory *memory) {
  const mb_host host = {.size = sizeof host, .user = memory, .allocate = fail_or_allocate};
  static const char json[] = "{\"playerName\":\"p\",\"chanel\":\"c\",\"mainPingInterval\":7,"
                             "\"customerIDs\":{\"crm\":{\"id\":\"7\",\"authState\":1}}}";
  mb_config *config = NULL;
  mb_client *client = NULL;
  mb_tracker *tracker = NULL;
  mb_status status = mb_config_new(&host, &config);
  if (!status) status = mb_config_set_json(config, json, strlen(json));
  if (!status) status = mb_client_new(config, NULL, &client);
  if (!status) status = mb_tracker_new(client, "player", &tracker);
  mb_client_free(client);
  mb_config_free(config);
  return status;
}

TEST(setting_up) {
  counted_memory memory = {0};
  counted_cjson(&memory);
  mb_status status = MB_NO_MEMORY;
  for (size_t n = 1; status; n++) {
    memory = (counted_memory){.fail_at = n};
    status = set_up(&memory);
    assert_int_equal(memory.blocks, 0);
    assert_int_equal(status, memory.failures ? MB_NO_MEMORY : MB_OK);
  }
  counted_cjson(NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(setting_up),
      cmocka_unit_test(a_viewer_with_everything),
      cmocka_unit_test(a_session_event_by_event),
      cmocka_unit_test(a_session_given_as_xdm),
      cmocka_unit_test(a_resumed_session),
      cmocka_unit_test(calls_that_wait),
      cmocka_unit_test(downloaded_content),
      cmocka_unit_test(a_viewer_with_a_store),
      cmocka_unit_test(a_session_event_by_event_with_a_store),
      cmocka_unit_test(a_resumed_session_with_a_store),
      cmocka_unit_test(downloaded_content_with_a_store),
      cmocka_unit_test(a_session_that_comes_back),
      cmocka_unit_test(droughts_of_a_viewer),
      cmocka_unit_test(droughts_event_by_event),
      cmocka_unit_test(droughts_in_xdm),
      cmocka_unit_test(droughts_of_a_resumed_session),
      cmocka_unit_test(droughts_of_what_is_stored),
      cmocka_unit_test(droughts_while_waiting),
      cmocka_unit_test(droughts_of_downloads),
      cmocka_unit_test(droughts_of_a_stored_viewer),
      cmocka_unit_test(droughts_of_stored_downloads),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Owns the performing and comparing of transcripts. */
#include "transcript.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_WORDS = 48, LINE_SIZE = 16384, MOST_TICKS = 1000000 };

/* One call being performed. */
typedef struct performance {
  transcript *log;
  transcript_player *player;
  int64_t at;
  const char *rest; /* behind the call's name */
  char *words[MOST_WORDS];
  int count;
  mb_pair pairs[MOST_WORDS];
  size_t pair_count;
} performance;

typedef struct command {
  const char *name;
  mb_status (*run)(performance *p);
} command;

/* Arguments. */

static const char *word(const performance *p, int i) {
  if (i >= p->count || strcmp(p->words[i], "NULL") == 0) return NULL;
  return strcmp(p->words[i], "\"\"") == 0 ? "" : p->words[i];
}

static double number(const performance *p, int i) { return word(p, i) ? strtod(word(p, i), NULL) : 0; }

/* From word `from` on, those with '=' are metadata. "KEY=NULL" has no value, "=V" an empty key, "NULL=V" none. */
static void read_pairs(performance *p, int from) {
  for (int i = from; i < p->count; i++) {
    char *equals = strchr(p->words[i], '=');
    if (!equals) continue;
    *equals = 0;
    mb_pair *pair = &p->pairs[p->pair_count++];
    pair->key = strcmp(p->words[i], "NULL") == 0 ? NULL : p->words[i];
    pair->value = strcmp(equals + 1, "NULL") == 0 ? NULL : equals + 1;
  }
}

static mb_qoe_info read_qoe(const performance *p, int from) {
  return (mb_qoe_info){.size = sizeof(mb_qoe_info),
                       .bitrate = number(p, from),
                       .dropped_frames = number(p, from + 1),
                       .fps = number(p, from + 2),
                       .startup_time = number(p, from + 3)};
}

static void read_option(performance *p, mb_media_info *info, int *i) {
  const char *option = p->words[*i];
  if (strcmp(option, "-resumed") == 0)
    info->resumed = true;
  else if (strcmp(option, "-granular") == 0)
    info->granular_ad_tracking = true;
  else if (strcmp(option, "-wait") == 0)
    info->preroll_waiting_time_ms = (int64_t)number(p, ++*i);
  else if (strcmp(option, "-length") == 0)
    info->length = number(p, ++*i);
  else if (strcmp(option, "-stream") == 0)
    info->stream_type = word(p, ++*i);
  else if (strcmp(option, "-media") == 0)
    info->media_type = word(p, ++*i);
  else if (strcmp(option, "-name") == 0)
    info->name = word(p, ++*i);
  else if (!strchr(option, '='))
    info->id = word(p, *i);
}

static mb_media_info read_media(performance *p) {
  mb_media_info info;
  mb_media_info_init(&info);
  info.id = "movie";
  info.name = "A movie";
  info.length = 60;
  info.stream_type = "vod";
  info.media_type = "video";
  info.preroll_waiting_time_ms = 0;
  for (int i = 0; i < p->count; i++) read_option(p, &info, &i);
  read_pairs(p, 0);
  return info;
}

/* Calls of a tracker. */

static mb_tracker *tracker(performance *p) {
  if (!p->player->tracker)
    assert_int_equal(mb_tracker_new(p->log->client, p->player->name, &p->player->tracker), MB_OK);
  return p->player->tracker;
}

static mb_status session_start(performance *p) {
  mb_media_info info = read_media(p);
  return mb_tracker_session_start(tracker(p), &info, p->pairs, p->pair_count, p->at);
}

static mb_status ad_break_start(performance *p) {
  mb_ad_break_info info = {sizeof info, word(p, 0), (int64_t)number(p, 1), number(p, 2)};
  return mb_tracker_ad_break_start(tracker(p), &info, p->at);
}

static mb_status ad_start(performance *p) {
  mb_ad_info info = {sizeof info, word(p, 0), word(p, 0), (int64_t)number(p, 1), number(p, 2)};
  read_pairs(p, 3);
  return mb_tracker_ad_start(tracker(p), &info, p->pairs, p->pair_count, p->at);
}

static mb_status chapter_start(performance *p) {
  mb_chapter_info info = {sizeof info, word(p, 0), (int64_t)number(p, 1), number(p, 3), number(p, 2)};
  read_pairs(p, 4);
  return mb_tracker_chapter_start(tracker(p), &info, p->pairs, p->pair_count, p->at);
}

static mb_status qoe(performance *p) {
  mb_qoe_info info = read_qoe(p, 0);
  if (p->player->session) return mb_session_update_qoe(p->player->session, &info, p->at);
  return mb_tracker_update_qoe(tracker(p), &info, p->at);
}

static mb_status playhead(performance *p) {
  if (p->player->session) return mb_session_update_playhead(p->player->session, number(p, 0), p->at);
  return mb_tracker_update_playhead(tracker(p), number(p, 0), p->at);
}

static mb_status state_start(performance *p) { return mb_tracker_state_start(tracker(p), word(p, 0), p->at); }
static mb_status state_end(performance *p) { return mb_tracker_state_end(tracker(p), word(p, 0), p->at); }
static mb_status error(performance *p) { return mb_tracker_error(tracker(p), word(p, 0), p->at); }

#define PLAIN(name) \
  static mb_status name(performance *p) { return mb_tracker_##name(tracker(p), p->at); }
PLAIN(complete)
PLAIN(session_end)
PLAIN(play)
PLAIN(pause)
PLAIN(buffer_start)
PLAIN(buffer_complete)
PLAIN(seek_start)
PLAIN(seek_complete)
PLAIN(ad_break_complete)
PLAIN(ad_complete)
PLAIN(ad_skip)
PLAIN(chapter_complete)
PLAIN(chapter_skip)
PLAIN(bitrate_change)

static bool answer_details(void *user, mb_player_details *details) {
  const transcript_player *player = user;
  if (!player->answers) return false;
  if (!isnan(player->details.playhead)) details->playhead = player->details.playhead;
  details->has_qoe = player->details.has_qoe;
  details->qoe = player->details.qoe;
  return true;
}

/* "-": the playhead stays as the library has preset it. */
static mb_status answers(performance *p) {
  transcript_player *player = p->player;
  player->answers = strcmp(p->words[0], "nothing") != 0;
  player->details.playhead = strcmp(p->words[0], "-") == 0 ? (double)NAN : number(p, 0);
  player->details.has_qoe = p->count > 1;
  player->details.qoe = read_qoe(p, 1);
  return MB_OK;
}

static mb_status ask(performance *p) {
  transcript_player *player = p->player;
  answers(p);
  if (player->session) return mb_session_set_player_details(player->session, answer_details, player);
  return mb_tracker_set_player_details(tracker(p), answer_details, player);
}

/* The session level. */

static char *unquote(performance *p, const char *json) {
  char *text = p->words[0]; /* words are not needed here: their room is */
  size_t size = strlen(json);
  for (size_t i = 0; i <= size; i++) text[i] = json[i] == '\'' ? '"' : json[i];
  return text;
}

/* Nothing may come in while somebody is told. */
static void tell_id(void *user, const char *id) {
  transcript_player *player = user;
  transcript *log = player->log;
  text_add(&log->out, "    %s is %s\n", player->name, id);
  assert_int_equal(mb_client_tick(log->client, log->now), MB_BUSY);
  assert_int_equal(mb_client_close(log->client, log->now, log->now), MB_BUSY);
  if (player->session) assert_int_equal(mb_session_send(player->session, "{}", 2, log->now), MB_BUSY);
}

/* Whether the option `name` stands before the JSON. */
static bool has_option(const performance *p, const char *name) {
  const char *json = strchr(p->rest, '{'), *found = strstr(p->rest, name);
  return found && (!json || found < json);
}

static mb_session_options read_session_options(performance *p) {
  return (mb_session_options){.size = sizeof(mb_session_options),
                              .player = p->player->name,
                              .granular_ad_tracking = has_option(p, "-granular "),
                              .no_pings = has_option(p, "-silent "),
                              .manual = has_option(p, "-manual "),
                              .player_details = has_option(p, "-ask ") ? answer_details : NULL,
                              .session_id = has_option(p, "-tell ") ? tell_id : NULL,
                              .user = p->player};
}

static mb_status open_session(performance *p) {
  const mb_session_options options = read_session_options(p);
  char *json = unquote(p, strchr(p->rest, '{') ? strchr(p->rest, '{') : p->rest);
  return mb_session_open(p->log->client, &options, json, strlen(json), p->at, &p->player->session);
}

static mb_status resume_session(performance *p) {
  const mb_session_options options = read_session_options(p);
  const char *id = word(p, p->count - 1);
  return mb_session_resume(p->log->client, &options, id ? id : "", p->at, &p->player->session);
}

static mb_status send_event(performance *p) {
  char *json = unquote(p, p->rest);
  return mb_session_send(p->player->session, json, strlen(json), p->at);
}

static mb_status free_player(performance *p) {
  mb_tracker_free(p->player->tracker);
  mb_session_free(p->player->session);
  p->player->tracker = NULL;
  p->player->session = NULL;
  return MB_OK;
}

static mb_status write_id(performance *p) {
  const char *id = mb_session_id(p->player->session);
  text_add(&p->log->out, "    %s\n", id ? id : "none");
  return MB_OK;
}

/* The client and its surroundings. */

static mb_status tick(performance *p) { return mb_client_tick(p->log->client, p->at); }
static mb_status deliver(performance *p) { return mb_client_deliver(p->log->client, p->at); }

static mb_status close_client(performance *p) {
  p->log->wire.now = p->at;
  return mb_client_close(p->log->client, p->at, (int64_t)number(p, 0));
}

static mb_status consent(performance *p) {
  static const char *const names[] = {"in", "unknown", "out"};
  int i = 0;
  while (i < 3 && strcmp(names[i], p->words[0]) != 0) i++;
  return mb_client_set_consent(p->log->client, (mb_consent)i, p->at);
}

static mb_status online(performance *p) {
  return mb_client_set_online(p->log->client, strcmp(p->words[0], "yes") == 0, p->at);
}

/* An answer with a body stands alone: the body goes to the end of the line. */
static mb_status next(performance *p) {
  if (strstr(p->rest, ",body="))
    wire_answer_next(&p->log->wire, wire_read_answer(p->rest));
  else
    for (int i = 0; i < p->count; i++) wire_answer_next(&p->log->wire, wire_read_answer(p->words[i]));
  return MB_OK;
}

static mb_status always(performance *p) {
  p->log->wire.always = wire_read_answer(p->rest);
  return MB_OK;
}

static mb_status write_stats(performance *p) {
  mb_stats s = {.size = sizeof s};
  assert_int_equal(mb_client_stats(p->log->client, &s), MB_OK);
  const struct {
    const char *name;
    uint64_t value;
  } values[] = {
      {"accepted", s.accepted},
      {"delivered", s.delivered},
      {"queued", s.queued},
      {"held", s.held},
      {"refused", s.dropped[MB_DROP_REFUSED]},
      {"sessionRefused", s.dropped[MB_DROP_SESSION_REFUSED]},
      {"queueFull", s.dropped[MB_DROP_QUEUE_FULL]},
      {"tooOld", s.dropped[MB_DROP_TOO_OLD]},
      {"consent", s.dropped[MB_DROP_CONSENT]},
      {"closed", s.dropped[MB_DROP_CLOSED]},
      {"storeFull", s.dropped[MB_DROP_STORE_FULL]},
      {"recovered", s.recovered},
      {"stored", s.stored},
      {"possiblyDoubled", s.possibly_doubled},
      {"requests", s.requests},
      {"retries", s.retries},
      {"reopened", s.reopened},
      {"resent", s.resent},
      {"refusedCalls", s.refused_calls},
      {"sessions", s.sessions},
  };
  text_add(&p->log->out, "   ");
  for (size_t i = 0; i < sizeof values / sizeof *values; i++)
    if (values[i].value) text_add(&p->log->out, " %s %llu", values[i].name, (unsigned long long)values[i].value);
  text_add(&p->log->out, "\n");
  return MB_OK;
}

static mb_status write_deadline(performance *p) {
  int64_t deadline = mb_client_next_deadline(p->log->client);
  if (deadline == MB_NEVER)
    text_add(&p->log->out, "    never\n");
  else
    text_add(&p->log->out, "    %lld\n", (long long)deadline);
  return MB_OK;
}

static mb_status show_log(performance *p) {
  static const char *const names[] = {"error", "warning", "info", "debug", "bodies"};
  int i = 0;
  while (strcmp(names[i], p->words[0]) != 0) i++;
  p->log->shows_log = true;
  p->log->shows_disk = p->count > 1 && strcmp(p->words[1], "-disk") == 0;
  p->log->shown = (mb_log_level)i;
  return MB_OK;
}

/* Processes and their disk. */

static void configure(transcript *log, const char *config) {
  char json[LINE_SIZE];
  snprintf(json, sizeof json, "%s", config);
  for (char *c = json; *c; c++)
    if (*c == '\'') *c = '"';
  mb_status status = mb_config_set_json(log->config, json, strlen(json));
  if (status) fail_msg("%s: %s", json, mb_config_error(log->config));
}

static void make_client(transcript *log) {
  mb_transport transport = wire_transport(&log->wire, log->capacity);
  mb_status status = mb_client_new(log->config, &transport, &log->client);
  if (status == MB_NO_MEMORY) status = mb_client_new(log->config, &transport, &log->client);
  assert_int_equal(status, MB_OK);
  log->clients++;
}

static void free_client(transcript *log) {
  mb_client_free(log->client);
  for (int i = 0; i < log->player_count; i++) {
    log->players[i].tracker = NULL;
    log->players[i].session = NULL;
  }
}

static mb_status restart(performance *p) {
  free_client(p->log);
  if (*p->rest) configure(p->log, p->rest);
  make_client(p->log);
  return MB_OK;
}

static mb_status die(performance *p) {
  disk_keep(&p->log->disk);
  free_client(p->log);
  disk_restore(&p->log->disk);
  if (*p->rest) configure(p->log, p->rest);
  make_client(p->log);
  return MB_OK;
}

static mb_status forbid(performance *p) { return disk_forbid(&p->log->disk, true), MB_OK; }
static mb_status allow(performance *p) { return disk_forbid(&p->log->disk, false), MB_OK; }
static mb_status describe_disk(performance *p) { return disk_describe(&p->log->disk, &p->log->out), MB_OK; }

static const command commands[] = {
    {"sessionStart", session_start},
    {"complete", complete},
    {"sessionEnd", session_end},
    {"play", play},
    {"pause", pause},
    {"bufferStart", buffer_start},
    {"bufferComplete", buffer_complete},
    {"seekStart", seek_start},
    {"seekComplete", seek_complete},
    {"adBreakStart", ad_break_start},
    {"adBreakComplete", ad_break_complete},
    {"adStart", ad_start},
    {"adComplete", ad_complete},
    {"adSkip", ad_skip},
    {"chapterStart", chapter_start},
    {"chapterComplete", chapter_complete},
    {"chapterSkip", chapter_skip},
    {"stateStart", state_start},
    {"stateEnd", state_end},
    {"bitrateChange", bitrate_change},
    {"error", error},
    {"playhead", playhead},
    {"qoe", qoe},
    {"ask", ask},
    {"answers", answers},
    {"open", open_session},
    {"resume", resume_session},
    {"send", send_event},
    {"free", free_player},
    {"id", write_id},
    {"tick", tick},
    {"deliver", deliver},
    {"close", close_client},
    {"consent", consent},
    {"online", online},
    {"next", next},
    {"always", always},
    {"stats", write_stats},
    {"deadline", write_deadline},
    {"log", show_log},
    {"restart", restart},
    {"die", die},
    {"forbid", forbid},
    {"allow", allow},
    {"disk", describe_disk},
};

/* Performing. */

static transcript_player *player_named(transcript *log, const char *name, size_t size) {
  for (int i = 0; i < log->player_count; i++) {
    transcript_player *player = &log->players[i];
    if (strlen(player->name) == size && memcmp(player->name, name, size) == 0) return player;
  }
  assert_in_range(log->player_count, 0, TRANSCRIPT_PLAYERS - 1);
  transcript_player *player = &log->players[log->player_count++];
  snprintf(player->name, sizeof player->name, "%.*s", (int)size, name);
  player->log = log;
  return player;
}

static const command *command_named(const char *name) {
  for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
    if (strcmp(commands[i].name, name) == 0) return &commands[i];
  fail_msg("no such call in a transcript: %s", name);
  return NULL;
}

/* The host's loop: it ticks at every deadline that lies before `until`. */
static void tick_before(transcript *log, int64_t until) {
  int ticks = 0;
  for (int64_t due; (due = mb_client_next_deadline(log->client)) < until;) {
    if (due > log->now) log->now = due;
    mb_status status = mb_client_tick(log->client, log->now);
    if (status) text_add(&log->out, "    %lld tick: %s\n", (long long)log->now, mb_status_name(status));
    if (++ticks == MOST_TICKS) fail_msg("the deadline %lld does not pass at %lld", (long long)due, (long long)log->now);
  }
}

static void split_words(performance *p, char *text) {
  p->words[0] = text;
  for (char *word = text + strspn(text, " "); *word; word += strspn(word, " ")) {
    assert_in_range(p->count, 0, MOST_WORDS - 1);
    p->words[p->count++] = word;
    word += strcspn(word, " ");
    if (*word) *word++ = 0;
  }
}

static bool is_session_level(const char *call) {
  return strcmp(call, "open") == 0 || strcmp(call, "send") == 0 || strcmp(call, "resume") == 0;
}

static mb_status perform_call(transcript *log, const char *call, int64_t at, bool *says_why) {
  char room[LINE_SIZE], name[64];
  const char *dot = call + strcspn(call, ". ");
  performance p = {.log = log, .at = at};
  p.player = *dot == '.' ? player_named(log, call, (size_t)(dot - call)) : player_named(log, "m", 1);
  if (*dot == '.') call = dot + 1;
  size_t size = strcspn(call, " ");
  snprintf(name, sizeof name, "%.*s", (int)size, call);
  p.rest = call[size] ? call + size + 1 : "";
  snprintf(room, sizeof room, "%s", p.rest);
  split_words(&p, room);
  *says_why = is_session_level(name);
  return command_named(name)->run(&p);
}

void assert_stats_balance(const mb_client *client) {
  mb_stats s = {.size = sizeof s};
  assert_int_equal(mb_client_stats(client, &s), MB_OK);
  uint64_t dropped = 0;
  for (int i = 0; i < MB_DROP_COUNT; i++) dropped += s.dropped[i];
  assert_int_equal(s.accepted + s.recovered, s.delivered + s.queued + s.stored + dropped);
  assert_true(s.held <= s.queued);
  if (!s.queued) assert_int_equal(s.queued_bytes, 0);
}

/* What happens is collected apart, because the call's status stands before it. */
void transcript_perform(transcript *log, const char *line) {
  bool jumps = *line == '!', says_why = false;
  char *call;
  int64_t at = strtoll(line + jumps, &call, 10);
  if (!jumps) tick_before(log, at);
  log->now = at;
  text_buffer text = log->out;
  log->out = (text_buffer){0};
  while (*call == ' ') call++;
  mb_status status = perform_call(log, call, at, &says_why);
  text_add(&text, status ? "%s: %s" : "%s", line, mb_status_name(status));
  if (status && says_why) text_add(&text, " %s", mb_client_error(log->client));
  text_add(&text, "\n%s", text_of(&log->out));
  text_free(&log->out);
  log->out = text;
  assert_stats_balance(log->client);
}

static void show_difference(const char *expected, const char *actual) {
  fprintf(stderr, "--- expected\n%s--- happened\n%s", expected, actual);
  size_t same = 0;
  while (expected[same] && expected[same] == actual[same]) same++;
  while (same && expected[same - 1] != '\n') same--;
  fail_msg("first difference:\n  expected %.*s\n  happened %.*s", (int)strcspn(expected + same, "\n"), expected + same,
           (int)strcspn(actual + same, "\n"), actual + same);
}

void transcript_expect(transcript *log, const char *script) {
  char line[LINE_SIZE];
  for (const char *at = script; *at;) {
    size_t size = strcspn(at, "\n");
    snprintf(line, sizeof line, "%.*s", (int)size, at);
    char *status = strstr(line, ": MB_");
    if (status) *status = 0;
    if (*line && *line != ' ') transcript_perform(log, line);
    at += size + (at[size] == '\n');
  }
  if (strcmp(script, text_of(&log->out)) != 0) show_difference(script, text_of(&log->out));
  text_clear(&log->out);
}

/* Beginning and end. */

/* Nothing may come in meanwhile. */
static void take_message(void *user, mb_log_level level, const char *message) {
  static const char *const names[] = {"error", "warning", "info", "debug", "bodies"};
  transcript *log = user;
  assert_null(strchr(message, '\n'));
  if (log->client) assert_int_equal(mb_client_tick(log->client, log->now), MB_BUSY);
  if (!log->shows_log || level > log->shown) return;
  text_add(&log->out, "    # %s: %s\n", names[level], message);
  if (log->shows_disk) disk_describe(&log->disk, &log->out);
}

/* Everything lies behind one pointer for the library: memory first. */
static void *allocate(void *user, void *block, size_t size) {
  transcript *log = user;
  return counted_allocate(&log->memory, block, size);
}

static void begin(transcript *log, wire_form form, const char *config, size_t capacity) {
  const mb_host host = {.size = sizeof host, .user = log, .allocate = allocate, .log = take_message};
  wire_init(&log->wire, form, &log->out);
  log->capacity = capacity;
  assert_int_equal(mb_config_new(&host, &log->config), MB_OK);
  assert_int_equal(mb_config_set_number(log->config, "seed", 1), MB_OK);
  assert_int_equal(mb_config_set_text(log->config, "logLevel", "bodies"), MB_OK);
  if (log->disk.root[0]) assert_int_equal(mb_config_set_text(log->config, "store", log->disk.folder), MB_OK);
  if (config) configure(log, config);
  make_client(log);
}

void transcript_begin_with(transcript *log, wire_form form, const char *config, size_t capacity) {
  *log = (transcript){0};
  begin(log, form, config, capacity);
}

void transcript_begin_stored(transcript *log, wire_form form, const char *config) {
  *log = (transcript){0};
  disk_make(&log->disk);
  begin(log, form, config, 8);
}

void transcript_begin(transcript *log, wire_form form, const char *config) {
  transcript_begin_with(log, form, config, 8);
}

void transcript_end(transcript *log) {
  log->wire.form = WIRE_SILENT;
  mb_client_free(log->client);
  mb_config_free(log->config);
  text_free(&log->out);
  disk_remove(&log->disk);
  assert_int_equal(log->wire.freed, log->clients);
  assert_int_equal(log->memory.blocks, 0);
}

static void expect(wire_form form, const char *config, const char *script) {
  transcript log;
  transcript_begin(&log, form, config);
  transcript_expect(&log, script);
  transcript_end(&log);
}

void expect_brief(const char *config, const char *script) { expect(WIRE_BRIEF, config, script); }
void expect_talk(const char *config, const char *script) { expect(WIRE_TALK, config, script); }
void expect_bodies(const char *config, const char *script) { expect(WIRE_BODIES, config, script); }

static void over_edge(char edge[LINE_SIZE], const char *config) {
  snprintf(edge, LINE_SIZE, "{" EDGE "%s%s", config ? "," : "}", config ? config + 1 : "");
}

void expect_both(wire_form form, const char *config, const char *script) {
  char edge[LINE_SIZE];
  over_edge(edge, config);
  expect(form, config, script);
  expect(form, edge, script);
}

void expect_stored(wire_form form, const char *config, const char *script) {
  transcript log;
  transcript_begin_stored(&log, form, config);
  transcript_expect(&log, script);
  transcript_end(&log);
}

void expect_both_stored(wire_form form, const char *config, const char *script) {
  char edge[LINE_SIZE];
  over_edge(edge, config);
  expect_stored(form, config, script);
  expect_stored(form, edge, script);
}

/* Journals: what is written, what is read again after every cut and every flipped bit, and what faults leave. */
#include "journal.h"

#include "crc32c.h"

#include "counted_memory.h"
#include "model_files.h"
#include "suite.h"

static const mb__journal_header header = {"collection-v1", false, "tv \"1\"", 3, 1768435200000};

/* A folder F of a file system in memory, and a journal in it. */
typedef struct place {
  counted_memory counted;
  mb__memory memory;
  model_files *model;
  mb__journal_folder folder;
  mb__journal journal;
  char path[8];
} place;

static void begin_folder(place *p) {
  memset(p, 0, sizeof *p);
  p->memory = (mb__memory){&p->counted, counted_allocate};
  p->model = model_new();
  strcpy(p->path, "F");
  p->folder = (mb__journal_folder){&p->model->files, &p->memory, p->path, true, false, false, 0};
  OK(p->model->files.make_folder(&p->model->files, "F"));
}

static mb__fault create(place *p) { return mb__journal_create(&p->journal, &p->folder, "F/j", &header); }

static void begin(place *p) {
  begin_folder(p);
  OK(create(p));
}

static void end(place *p) {
  assert_int_equal(p->counted.blocks, 0);
  model_free(p->model);
}

static mb__fault add(place *p, const char *body) { return mb__journal_add(&p->journal, body, strlen(body)); }

static void write_event(place *p, const char *body) {
  OK(add(p, body));
  OK(mb__journal_flush(&p->journal));
}

static const char *content(place *p) {
  size_t size;
  const char *bytes = model_read(p->model, "F/j", &size);
  return bytes ? bytes : "";
}

static void assert_content(place *p, const char *expected) {
  size_t size;
  const char *bytes = model_read(p->model, "F/j", &size);
  assert_non_null(bytes);
  assert_int_equal(size, strlen(expected));
  assert_memory_equal(bytes, expected, size);
}

/* What a reading told, in one text. */
static mb__fault tell_header(void *user, const mb__journal_header *told) {
  text_add(user, "%s %s %s %u %lld;", told->protocol, told->downloaded ? "downloaded" : "online", told->player,
           (unsigned)told->session, (long long)told->created);
  return MB__FAULT_OK;
}

static mb__fault tell_event(void *user, uint64_t number, const char *body, size_t size) {
  text_add(user, "%d:%.*s;", (int)number, (int)size, body);
  return MB__FAULT_OK;
}

static mb__fault tell(place *p, text_buffer *told, mb__journal_state *state) {
  const mb__journal_visitor visitor = {told, tell_header, tell_event};
  text_clear(told);
  return mb__journal_read(&p->model->files, &p->memory, "F/j", &visitor, state);
}

static mb__fault read_state(place *p, mb__journal_state *state) {
  return mb__journal_read(&p->model->files, &p->memory, "F/j", NULL, state);
}

static void tell_state(text_buffer *told, const mb__journal_state *state) {
  static const char *const findings[] = {"good", "torn", "damaged", "empty", "foreign", "newer"};
  text_add(told, "%s %d/%d", findings[state->finding], (int)state->done, (int)state->events);
  if (state->id) text_add(told, " id=%s@%s", state->id, state->region);
  if (state->opening) text_add(told, " opening");
  if (state->ended) text_add(told, " ended");
  if (state->aside) text_add(told, " aside=%s", state->aside);
}

static void assert_told(place *p, const char *expected) {
  text_buffer told = {0};
  mb__journal_state state;
  OK(tell(p, &told, &state));
  tell_state(&told, &state);
  assert_string_equal(text_of(&told), expected);
  mb__journal_state_free(&state);
  text_free(&told);
}

/* Closed, the journal tells this. */
static void end_as(place *p, const char *expected) {
  mb__journal_close(&p->journal);
  assert_told(p, expected);
  end(p);
}

#define HEADER_LINE                                                                                                \
  "{\"mediabeat\":1,\"protocol\":\"collection-v1\",\"kind\":\"online\",\"player\":\"tv \\\"1\\\"\",\"session\":3," \
  "\"created\":1768435200000}\t"
#define HEADER_TOLD "collection-v1 online tv \"1\" 3 1768435200000;"

TEST(a_journal_is_text) {
  place p;
  begin(&p);
  assert_content(&p, "");
  write_event(&p, "{\"a\":1}");
  OK(mb__journal_mark_opening(&p.journal));
  OK(mb__journal_mark_opened(&p.journal, "4f2a", "irl1"));
  OK(mb__journal_mark_done(&p.journal, 1));
  OK(mb__journal_mark_ended(&p.journal));
  OK(mb__journal_mark_aside(&p.journal, "no\nsuch"));
  mb__journal_close(&p.journal);
  assert_content(&p, HEADER_LINE "eca03f5f\n"
                                 "{\"a\":1}\tcff7d56a\n"
                                 "opening\t24b37d46\n"
                                 "opened {\"id\":\"4f2a\",\"region\":\"irl1\"}\t747c1e86\n"
                                 "done 1\tc1f88256\n"
                                 "ended\t3c4a452f\n"
                                 "aside \"no\\nsuch\"\t457f9fa4\n");
  assert_told(&p, HEADER_TOLD "1:{\"a\":1};good 1/1 id=4f2a@irl1 ended aside=no\nsuch");
  end(&p);
}

/* The header goes with the first events, and those of one call together. */
TEST(one_write_for_a_call) {
  place p;
  begin(&p);
  add(&p, "{\"a\":1}");
  add(&p, "{\"a\":2}");
  assert_int_equal(p.model->writes, 0);
  OK(mb__journal_flush(&p.journal));
  assert_int_equal(p.model->writes, 1);
  add(&p, "{\"a\":3}");
  add(&p, "{\"a\":4}");
  OK(mb__journal_flush(&p.journal));
  assert_int_equal(p.model->writes, 2);
  OK(mb__journal_flush(&p.journal));
  assert_int_equal(p.model->writes, 2);
  mb__journal_mark_done(&p.journal, 2);
  mb__journal_mark_done(&p.journal, 2);
  mb__journal_mark_done(&p.journal, 1);
  assert_int_equal(p.model->writes, 3);
  assert_int_equal(p.journal.size, strlen(content(&p)));
  assert_int_equal(p.folder.bytes, strlen(content(&p)));
  end_as(&p, HEADER_TOLD "1:{\"a\":1};2:{\"a\":2};3:{\"a\":3};4:{\"a\":4};good 2/4");
}

TEST(what_was_added_can_be_taken_back) {
  place p;
  begin(&p);
  add(&p, "{\"a\":1}");
  mb__journal_point point = mb__journal_save(&p.journal);
  add(&p, "{\"a\":2}");
  add(&p, "{\"a\":3}");
  mb__journal_restore(&p.journal, point);
  assert_int_equal(p.journal.events, 1);
  write_event(&p, "{\"a\":4}");
  end_as(&p, HEADER_TOLD "1:{\"a\":1};2:{\"a\":4};good 0/2");
}

TEST(states) {
  static const struct {
    const char *marks, *told;
  } cases[] = {
      {"o", "good 0/2 opening"},         {"ou", "good 0/2"},           {"oi", "good 1/2 id=x@"},
      {"oio", "good 1/2 opening"},       {"oi1oj", "good 1/2 id=y@r"}, {"oij", "good 1/2 id=y@r"},
      {"oi12e", "good 2/2 id=x@ ended"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    place p;
    text_buffer expected = {0};
    begin(&p);
    add(&p, "{\"a\":1}");
    add(&p, "{\"a\":2}");
    for (const char *mark = cases[i].marks; *mark; mark++) {
      if (*mark == 'o') mb__journal_mark_opening(&p.journal);
      if (*mark == 'u') mb__journal_mark_unopened(&p.journal);
      if (*mark == 'i') mb__journal_mark_opened(&p.journal, "x", "");
      if (*mark == 'j') mb__journal_mark_opened(&p.journal, "y", "r");
      if (*mark == 'e') mb__journal_mark_ended(&p.journal);
      if (*mark == '1' || *mark == '2') mb__journal_mark_done(&p.journal, (uint64_t)(*mark - '0'));
    }
    mb__journal_close(&p.journal);
    text_add(&expected, HEADER_TOLD "1:{\"a\":1};2:{\"a\":2};%s", cases[i].told);
    assert_told(&p, text_of(&expected));
    text_free(&expected);
    end(&p);
  }
}

/* No event of this journal has opened it. */
TEST(a_session_opened_elsewhere) {
  place p;
  begin(&p);
  mb__journal_mark_opened(&p.journal, "x", "");
  write_event(&p, "{}");
  end_as(&p, HEADER_TOLD "1:{};good 0/1 id=x@");
}

/* A backend's words may be anything. */
TEST(texts_that_are_not_utf8) {
  place p;
  begin(&p);
  write_event(&p, "{}");
  mb__journal_mark_opened(&p.journal, "\xFF\xFE", "a\tb");
  mb__journal_mark_aside(&p.journal, "\xC3");
  end_as(&p, HEADER_TOLD "1:{};good 1/1 id=not UTF-8@a\tb aside=not UTF-8");
}

/* --- Cut anywhere, any bit flipped --- */

enum { LINES = 9 };

/* A journal with one of each line; where each line ends, and what is told of that many lines. */
typedef struct sample {
  place p;
  char bytes[1024];
  size_t size, ends[LINES + 1];
  char *told[LINES + 1]; /* of what comes before the finding and the state behind it */
  int lines;
} sample;

static const char *const bodies[] = {"{\"event\":\"play\",\"ts\":1}", "{\"event\":\"ping\",\"ts\":22}",
                                     "{\"event\":\"pauseStart\",\"text\":\"\xC3\xA4\"}"};

static void write_sample(sample *s) {
  place *p = &s->p;
  begin(p);
  write_event(p, bodies[0]);
  mb__journal_mark_opening(&p->journal);
  mb__journal_mark_opened(&p->journal, "id", "r");
  write_event(p, bodies[1]);
  mb__journal_mark_done(&p->journal, 1);
  write_event(p, bodies[2]);
  mb__journal_mark_ended(&p->journal);
  mb__journal_mark_done(&p->journal, 3);
  mb__journal_close(&p->journal);
  s->size = strlen(content(p));
  memcpy(s->bytes, content(p), s->size);
}

static void put(sample *s, const char *bytes, size_t size) { model_put(s->p.model, "F/j", bytes, size); }

static char *told_without_finding(sample *s, mb__journal_finding *finding, uint64_t *good) {
  text_buffer told = {0};
  mb__journal_state state;
  OK(tell(&s->p, &told, &state));
  *finding = state.finding;
  *good = state.good_size;
  state.finding = MB__JOURNAL_GOOD;
  tell_state(&told, &state);
  mb__journal_state_free(&state);
  return told.text;
}

static void sample_begin(sample *s) {
  mb__journal_finding finding;
  uint64_t good;
  memset(s, 0, sizeof *s);
  write_sample(s);
  for (size_t i = 0; i < s->size; i++)
    if (s->bytes[i] == '\n') s->ends[++s->lines] = i + 1;
  assert_int_equal(s->lines, LINES);
  for (int i = 0; i <= LINES; i++) {
    put(s, s->bytes, s->ends[i]);
    s->told[i] = told_without_finding(s, &finding, &good);
    assert_int_equal(finding, i ? MB__JOURNAL_GOOD : MB__JOURNAL_EMPTY);
    assert_int_equal(good, s->ends[i]);
  }
}

static void sample_end(sample *s) {
  for (int i = 0; i <= LINES; i++) free(s->told[i]);
  end(&s->p);
}

static int whole_lines(const sample *s, size_t size) {
  int lines = 0;
  while (lines < LINES && s->ends[lines + 1] <= size) lines++;
  return lines;
}

static void assert_reads_as(sample *s, int lines, mb__journal_finding expected) {
  mb__journal_finding finding;
  uint64_t good;
  char *told = told_without_finding(s, &finding, &good);
  assert_string_equal(told, s->told[lines]);
  assert_int_equal(finding, expected);
  assert_int_equal(good, s->ends[lines]);
  free(told);
}

/* Opened to go on, it is whole again, and what is added then is read behind it. */
static void assert_goes_on(sample *s, int lines) {
  mb__journal_state state;
  uint64_t events;
  place *p = &s->p;
  OK(read_state(p, &state));
  events = state.events;
  OK(mb__journal_open(&p->journal, &p->folder, "F/j", &state));
  mb__journal_state_free(&state);
  assert_reads_as(s, lines, MB__JOURNAL_GOOD);
  write_event(p, "{\"more\":1}");
  mb__journal_close(&p->journal);
  OK(read_state(p, &state));
  assert_int_equal(state.finding, MB__JOURNAL_GOOD);
  assert_int_equal(state.events, events + 1);
  mb__journal_state_free(&state);
}

TEST(cut_at_every_byte) {
  sample s;
  sample_begin(&s);
  for (size_t size = 0; size <= s.size; size++) {
    int lines = whole_lines(&s, size);
    mb__journal_finding finding = !lines                  ? MB__JOURNAL_EMPTY
                                  : size == s.ends[lines] ? MB__JOURNAL_GOOD
                                                          : MB__JOURNAL_TORN;
    put(&s, s.bytes, size);
    assert_reads_as(&s, lines, finding);
    if (lines) assert_goes_on(&s, lines);
  }
  sample_end(&s);
}

/* Beyond a cut there may be zeros: a file can grow before its bytes are on the disk. */
TEST(cut_and_zeros_behind) {
  sample s;
  char bytes[sizeof s.bytes + 100] = {0};
  sample_begin(&s);
  for (size_t size = s.ends[1]; size <= s.size; size++) {
    memset(bytes, 0, sizeof bytes);
    memcpy(bytes, s.bytes, size);
    put(&s, bytes, s.size + 100);
    assert_reads_as(&s, whole_lines(&s, size), MB__JOURNAL_TORN);
    assert_goes_on(&s, whole_lines(&s, size));
  }
  sample_end(&s);
}

TEST(every_bit_flipped) {
  sample s;
  char bytes[sizeof s.bytes];
  sample_begin(&s);
  for (size_t bit = 0; bit < 8 * s.size; bit++) {
    int lines = whole_lines(&s, bit / 8);
    memcpy(bytes, s.bytes, s.size);
    bytes[bit / 8] = (char)(bytes[bit / 8] ^ 1 << bit % 8);
    put(&s, bytes, s.size);
    mb__journal_finding finding = MB__JOURNAL_DAMAGED;
    if (bit / 8 == s.size - 1) finding = MB__JOURNAL_TORN;
    if (bit / 8 < strlen("{\"mediabeat\":")) finding = MB__JOURNAL_FOREIGN;
    assert_reads_as(&s, lines, finding);
    if (lines) assert_goes_on(&s, lines);
  }
  sample_end(&s);
}

static void assert_finding(const char *bytes, size_t size, const char *told) {
  place p;
  begin_folder(&p);
  model_put(p.model, "F/j", bytes, size);
  assert_told(&p, told);
  end(&p);
}

#define FINDING(bytes, told) assert_finding(bytes, sizeof(bytes) - 1, told)

TEST(what_is_no_journal) {
  static char large[100000];
  FINDING("", "empty 0/0");
  FINDING("{\"media", "empty 0/0");
  FINDING("{\"mediabeat\":1,", "empty 0/0");
  FINDING("hello", "foreign 0/0");
  FINDING("hello\n", "foreign 0/0");
  FINDING("\n", "foreign 0/0");
  FINDING("{\"mediabeat\":1}\n", "damaged 0/0");
  assert_finding(large, sizeof large, "foreign 0/0");
}

/* A line as a newer version would write it, with its check. */
static void assert_header_finding(const char *line, const char *told) {
  place p;
  begin(&p);
  mb__writer_clear(&p.journal.pending);
  OK(add(&p, line));
  OK(mb__journal_flush(&p.journal));
  end_as(&p, told);
}

TEST(headers) {
  assert_header_finding("{\"mediabeat\":2,\"all\":[\"is\",\"new\"]}", "newer 0/0");
  assert_header_finding("{\"mediabeat\":1e9}", "newer 0/0");
  assert_header_finding("{\"mediabeat\":0}", "foreign 0/0");
  assert_header_finding("{\"mediabeat\":\"1\"}", "foreign 0/0");
  assert_header_finding("{\"mediabeat\":1}", "foreign 0/0");
  assert_header_finding("{\"mediabeat\":}", "foreign 0/0");
  assert_header_finding("{\"mediabeat\":1,\"protocol\":\"p\",\"kind\":\"downloaded\",\"player\":\"\",\"session\":-1,"
                        "\"created\":1}",
                        "foreign 0/0");
  assert_header_finding("{\"mediabeat\":1,\"protocol\":\"p\",\"kind\":\"downloaded\",\"player\":\"\",\"session\":1,"
                        "\"created\":1,\"more\":true}",
                        "p downloaded  1 1;good 0/0");
}

/* Two events and a line that somebody wrote, with its check or as it is. */
static void assert_line_finding(const char *line, bool checked, const char *told) {
  char text[200], bytes[1000], expected[200];
  size_t size;
  place p;
  begin(&p);
  write_event(&p, "{}");
  write_event(&p, "{}");
  const char *before = model_read(p.model, "F/j", &size);
  snprintf(text, sizeof text, checked ? "%s\t%08x\n" : "%s\n", line, (unsigned)mb__crc32c(0, line, strlen(line)));
  assert_in_range(size + strlen(text), 1, sizeof bytes);
  memcpy(bytes, before, size);
  memcpy(bytes + size, text, strlen(text));
  model_put(p.model, "F/j", bytes, size + strlen(text));
  snprintf(expected, sizeof expected, HEADER_TOLD "1:{};2:{};%s", told);
  end_as(&p, expected);
}

TEST(marks_that_cannot_be) {
  static const char *const marks[] = {"done 3",   "done 10",   "done 99999999999999999999",
                                      "done ",    "done",      "done -1",
                                      "done 1x",  "do",        "opening ",
                                      "opened",   "opened {}", "opened {\"id\":\"x\"}",
                                      "opened 7", "opened {",  "unopened 1",
                                      "ended ",   "aside 7",   "nonsense",
                                      "",         "aside \"x"};
  for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) assert_line_finding(marks[i], true, "damaged 0/2");
  assert_line_finding("done 2", true, "good 2/2");
  assert_line_finding("done 02", true, "good 2/2");
}

TEST(lines_without_a_check) {
  static const char *const lines[] = {"", "x", "ended", "\t0000000", "\t00000000", "{}\t00000000", "ended 01234567"};
  for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) assert_line_finding(lines[i], false, "damaged 0/2");
}

/* --- Sizes --- */

TEST(bytes_on_disk) {
  char body[150];
  place p;
  begin(&p);
  memset(body, 'x', sizeof body);
  memcpy(body, "{", 1);
  mb__journal_flush(&p.journal);
  uint64_t before = p.journal.size, events = 9000;
  for (uint64_t i = 0; i < events; i++) {
    mb__journal_add(&p.journal, body, sizeof body);
    mb__journal_flush(&p.journal);
  }
  assert_in_range((p.journal.size - before) * 100, 0, events * sizeof body * 120);
  for (uint64_t i = 1; i <= events; i++) mb__journal_mark_done(&p.journal, i);
  assert_in_range((p.journal.size - before) * 100, 0, events * sizeof body * 120);
  mb__journal_close(&p.journal);
  end(&p);
}

/* Lines around the size of the reader's buffer and far beyond it; the longest one; one more byte. */
TEST(long_lines) {
  static const size_t sizes[] = {65525, 65526, 65527, 65536, 131072, 1000000, 3, 16 * 1024 * 1024 - 10};
  place p;
  mb__journal_state state;
  char *body = test_malloc(sizes[7] + 1);
  memset(body, 'x', sizes[7] + 1);
  body[0] = '{';
  begin(&p);
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    OK(mb__journal_add(&p.journal, body, sizes[i]));
    OK(mb__journal_flush(&p.journal));
  }
  assert_int_equal(mb__journal_add(&p.journal, body, sizes[7] + 1), MB__FAULT_TOO_LARGE);
  OK(mb__journal_flush(&p.journal));
  mb__journal_close(&p.journal);
  OK(read_state(&p, &state));
  assert_int_equal(state.finding, MB__JOURNAL_GOOD);
  assert_int_equal(state.events, sizeof sizes / sizeof *sizes);
  mb__journal_state_free(&state);
  test_free(body);
  end(&p);
}

/* Something endless does not take endless memory. */
TEST(a_line_without_end) {
  enum { SIZE = 20 * 1024 * 1024 };
  place p;
  mb__journal_state state;
  begin(&p);
  write_event(&p, "{}");
  mb__journal_close(&p.journal);
  size_t good = strlen(content(&p));
  char *bytes = test_calloc(1, SIZE);
  memcpy(bytes, content(&p), good);
  model_put(p.model, "F/j", bytes, SIZE);
  OK(read_state(&p, &state));
  assert_int_equal(state.finding, MB__JOURNAL_DAMAGED);
  assert_int_equal(state.good_size, good);
  mb__journal_state_free(&state);
  test_free(bytes);
  end(&p);
}

/* --- Faults --- */

/* A session's life; every step that touches the file. How many worked. */
static int live(place *p, mb__fault *fault) {
  char body[32];
  mb__fault faults[14];
  int step = 0, good = 0;
  for (int i = 0; i < 4; i++) {
    snprintf(body, sizeof body, "{\"a\":%d}", i);
    faults[step] = add(p, body);
    if (!faults[step]) faults[step] = mb__journal_flush(&p->journal);
    step++;
  }
  faults[step++] = mb__journal_mark_opening(&p->journal);
  faults[step++] = mb__journal_mark_opened(&p->journal, "x", "");
  faults[step++] = mb__journal_mark_done(&p->journal, 2);
  faults[step++] = mb__journal_mark_ended(&p->journal);
  for (int i = 0; i < step; i++) {
    if (faults[i]) *fault = faults[i];
    good += !faults[i];
  }
  return good;
}

/* Each write fails once, leaving half of its bytes or none: nothing of it stays, and the next write has it all. */
TEST(a_write_that_fails_is_made_good) {
  for (int torn = 0; torn < 2; torn++)
    for (size_t at = 1; at <= 8; at++) {
      place p;
      mb__fault fault = MB__FAULT_OK;
      begin(&p);
      p.model->fail_at = p.model->calls + at;
      p.model->fault = MB__FAULT_NO_SPACE;
      p.model->writes_torn = torn;
      assert_int_equal(live(&p, &fault), 7);
      assert_int_equal(fault, MB__FAULT_NO_SPACE);
      p.model->fail_at = 0;
      OK(mb__journal_flush(&p.journal));
      end_as(&p, HEADER_TOLD "1:{\"a\":0};2:{\"a\":1};3:{\"a\":2};4:{\"a\":3};good 2/4 id=x@ ended");
    }
}

/* The disk is full at every possible size: what is in the file is a good journal, and with room again all of it is. */
TEST(disk_full_at_every_byte) {
  for (uint64_t capacity = 0; capacity < 260; capacity++) {
    place p;
    mb__fault fault = MB__FAULT_OK;
    mb__journal_state state;
    begin(&p);
    p.model->capacity = capacity;
    assert_in_range(live(&p, &fault), 0, 7);
    assert_int_equal(fault, MB__FAULT_NO_SPACE);
    OK(read_state(&p, &state));
    assert_int_equal(state.finding, p.journal.size ? MB__JOURNAL_GOOD : MB__JOURNAL_EMPTY);
    assert_int_equal(state.size, p.journal.size);
    mb__journal_state_free(&state);
    p.model->capacity = MODEL_UNLIMITED;
    OK(mb__journal_flush(&p.journal));
    end_as(&p, HEADER_TOLD "1:{\"a\":0};2:{\"a\":1};3:{\"a\":2};4:{\"a\":3};good 2/4 id=x@ ended");
  }
}

TEST(a_torn_write_that_cannot_be_undone) {
  place p;
  begin(&p);
  write_event(&p, "{\"a\":1}");
  p.model->fail_at = p.model->calls + 1;
  p.model->writes_torn = p.model->truncates_fail = true;
  OK(add(&p, "{\"a\":2}"));
  assert_int_equal(mb__journal_flush(&p.journal), MB__FAULT_FAILED);
  assert_true(p.journal.given_up);
  p.model->truncates_fail = false;
  OK(add(&p, "{\"a\":3}"));
  assert_int_equal(mb__journal_flush(&p.journal), MB__FAULT_GIVEN_UP);
  assert_int_equal(mb__journal_mark_done(&p.journal, 1), MB__FAULT_GIVEN_UP);
  assert_int_equal(mb__journal_mark_opening(&p.journal), MB__FAULT_GIVEN_UP);
  assert_int_equal(mb__journal_mark_opened(&p.journal, "x", ""), MB__FAULT_GIVEN_UP);
  assert_int_equal(mb__journal_mark_aside(&p.journal, "x"), MB__FAULT_GIVEN_UP);
  end_as(&p, HEADER_TOLD "1:{\"a\":1};torn 0/1");
}

/* Lines that cannot be written do not fill the memory. */
TEST(pending_lines_have_a_bound) {
  static char body[10000];
  place p;
  size_t flushes = 0;
  begin(&p);
  p.model->capacity = 0;
  memset(body, ' ', sizeof body);
  memcpy(body, "{}", 2);
  for (; !p.journal.given_up; flushes++) {
    assert_in_range(p.journal.pending.size, 0, MB__JOURNAL_MOST_PENDING + 2 * sizeof body);
    OK(mb__journal_add(&p.journal, body, sizeof body));
    assert_int_equal(mb__journal_flush(&p.journal), MB__FAULT_NO_SPACE);
  }
  assert_in_range(flushes, 100, 110);
  mb__journal_close(&p.journal);
  end(&p);
}

TEST(syncing) {
  place p;
  begin(&p);
  write_event(&p, "{}");
  OK(mb__journal_sync(&p.journal));
  assert_int_equal(p.model->syncs, 1);
  assert_int_equal(p.model->folder_syncs, 1);
  OK(mb__journal_sync(&p.journal));
  assert_int_equal(p.model->syncs, 1);
  write_event(&p, "{}");
  p.model->fail_at = p.model->calls + 1;
  assert_int_equal(mb__journal_sync(&p.journal), MB__FAULT_FAILED);
  OK(mb__journal_sync(&p.journal));
  assert_int_equal(p.model->syncs, 3);
  assert_int_equal(p.model->folder_syncs, 1);
  p.folder.power = false;
  write_event(&p, "{}");
  OK(mb__journal_sync(&p.journal));
  assert_int_equal(p.model->syncs, 3);
  mb__journal_close(&p.journal);
  end(&p);
}

/* Every allocation fails in turn; the visitor's fault ends the reading too. */
TEST(out_of_memory) {
  bool failed = true;
  for (size_t at = 1; failed; at++) {
    place p;
    mb__journal_state state;
    begin_folder(&p);
    p.counted.fail_at = at;
    mb__fault fault = create(&p);
    if (!fault) {
      char body[700] = "{";
      memset(body + 1, ' ', sizeof body - 2);
      fault = add(&p, body);
      if (!fault) fault = mb__journal_flush(&p.journal);
      if (!fault) fault = mb__journal_mark_opened(&p.journal, body, "");
      if (!fault) fault = mb__journal_mark_done(&p.journal, 1);
      mb__journal_close(&p.journal);
    }
    if (!fault) {
      fault = read_state(&p, &state);
      mb__journal_state_free(&state);
    }
    assert_int_equal(fault, p.counted.failures ? MB__FAULT_NO_MEMORY : MB__FAULT_OK);
    failed = p.counted.failures > 0;
    assert_true(failed || at > 3);
    end(&p);
  }
}

TEST(out_of_memory_changes_nothing) {
  place p;
  begin(&p);
  char body[700] = "{";
  memset(body + 1, ' ', sizeof body - 2);
  write_event(&p, "{}");
  for (int i = 0; i < 20; i++) {
    uint64_t events = p.journal.events;
    p.counted.fail_at = p.counted.calls + 1;
    mb__fault fault = add(&p, body);
    assert_int_equal(p.journal.events, events + !fault);
    p.counted.fail_at = 0;
    if (fault) OK(add(&p, body));
    assert_int_equal(p.journal.events, events + 1);
  }
  OK(mb__journal_flush(&p.journal));
  p.counted.fail_at = p.counted.calls + 1;
  assert_int_equal(mb__journal_mark_opened(&p.journal, body, ""), MB__FAULT_NO_MEMORY);
  p.counted.fail_at = p.counted.calls + 1;
  assert_int_equal(mb__journal_mark_done(&p.journal, 2), MB__FAULT_NO_MEMORY);
  OK(mb__journal_mark_done(&p.journal, 2));
  mb__journal_close(&p.journal);
  mb__journal_state state;
  OK(read_state(&p, &state));
  assert_int_equal(state.finding, MB__JOURNAL_GOOD);
  assert_int_equal(state.events, 21);
  assert_int_equal(state.done, 2);
  mb__journal_state_free(&state);
  end(&p);
}

/* Reading takes memory through cJSON too. */
TEST(out_of_memory_while_reading_marks) {
  sample s;
  mb__journal_state state;
  sample_begin(&s);
  put(&s, s.bytes, s.size);
  mb__fault fault = MB__FAULT_NO_MEMORY;
  for (size_t at = 1; fault; at++) {
    counted_memory cjson = {.fail_at = at};
    counted_cjson(&cjson);
    fault = read_state(&s.p, &state);
    mb__journal_state_free(&state);
    counted_cjson(NULL);
    assert_int_equal(fault, cjson.failures ? MB__FAULT_NO_MEMORY : MB__FAULT_OK);
    assert_int_equal(cjson.blocks, 0);
  }
  sample_end(&s);
}

static mb__fault stop_at_2(void *user, uint64_t number, const char *body, size_t size) {
  (void)body, (void)size;
  *(uint64_t *)user = number;
  return number == 2 ? MB__FAULT_NO_MEMORY : MB__FAULT_OK;
}

TEST(a_visitor_can_stop) {
  sample s;
  mb__journal_state state;
  uint64_t last = 0;
  const mb__journal_visitor visitor = {&last, NULL, stop_at_2};
  sample_begin(&s);
  put(&s, s.bytes, s.size);
  assert_int_equal(mb__journal_read(&s.p.model->files, &s.p.memory, "F/j", &visitor, &state), MB__FAULT_NO_MEMORY);
  assert_int_equal(last, 2);
  mb__journal_state_free(&state);
  sample_end(&s);
}

TEST(faults_of_opening) {
  place p;
  mb__journal_state state;
  begin_folder(&p);
  assert_int_equal(mb__journal_read(&p.model->files, &p.memory, "F/none", NULL, &state), MB__FAULT_ABSENT);
  p.model->most_open = 0;
  assert_int_equal(create(&p), MB__FAULT_TOO_MANY_FILES);
  p.model->most_open = 1;
  OK(create(&p));
  assert_int_equal(read_state(&p, &state), MB__FAULT_TOO_MANY_FILES);
  mb__journal_close(&p.journal);
  assert_int_equal(create(&p), MB__FAULT_EXISTS);
  model_put(p.model, "F/j", "{\"mediabeat", 11);
  p.model->read_only_at = "F";
  assert_int_equal(mb__journal_create(&p.journal, &p.folder, "F/k", &header), MB__FAULT_READ_ONLY);
  end(&p);
}

TEST(texts_of_faults) {
  for (int i = 0; i < MB__FAULT_COUNT; i++) assert_true(strlen(mb__fault_text((mb__fault)i)) > 5);
  assert_string_equal(mb__fault_text(MB__FAULT_COUNT), "unknown fault");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_journal_is_text),
      cmocka_unit_test(one_write_for_a_call),
      cmocka_unit_test(what_was_added_can_be_taken_back),
      cmocka_unit_test(states),
      cmocka_unit_test(a_session_opened_elsewhere),
      cmocka_unit_test(texts_that_are_not_utf8),
      cmocka_unit_test(cut_at_every_byte),
      cmocka_unit_test(cut_and_zeros_behind),
      cmocka_unit_test(every_bit_flipped),
      cmocka_unit_test(what_is_no_journal),
      cmocka_unit_test(headers),
      cmocka_unit_test(marks_that_cannot_be),
      cmocka_unit_test(lines_without_a_check),
      cmocka_unit_test(bytes_on_disk),
      cmocka_unit_test(long_lines),
      cmocka_unit_test(a_line_without_end),
      cmocka_unit_test(a_write_that_fails_is_made_good),
      cmocka_unit_test(disk_full_at_every_byte),
      cmocka_unit_test(a_torn_write_that_cannot_be_undone),
      cmocka_unit_test(pending_lines_have_a_bound),
      cmocka_unit_test(syncing),
      cmocka_unit_test(out_of_memory),
      cmocka_unit_test(out_of_memory_changes_nothing),
      cmocka_unit_test(out_of_memory_while_reading_marks),
      cmocka_unit_test(a_visitor_can_stop),
      cmocka_unit_test(faults_of_opening),
      cmocka_unit_test(texts_of_faults),
  };
  return cmocka_run_group_tests_name("journal", tests, NULL, NULL);
}

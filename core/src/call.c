/* Owns the checks and copies of calls. */
#include "call.h"

#include <math.h>
#include <string.h>

#include "text.h"

const char *mb__call_name(mb__call_type type) {
  static const char *const names[] = {
#define NAME(id, name) name,
      MB__CALLS(NAME)
#undef NAME
  };
  return names[type];
}

enum { MOST_TEXTS = 4, MOST_NUMBERS = 4 };

/* The arguments of a call by kind, so that checking and copying need not know every info. */
typedef struct arguments {
  const char **texts[MOST_TEXTS];
  const char *text_names[MOST_TEXTS];
  double numbers[MOST_NUMBERS];
  const char *number_names[MOST_NUMBERS];
  int text_count, number_count;
} arguments;

static void add_text(arguments *list, const char *name, const char **text) {
  list->texts[list->text_count] = text;
  list->text_names[list->text_count++] = name;
}

static void add_number(arguments *list, const char *name, double number) {
  list->numbers[list->number_count] = number;
  list->number_names[list->number_count++] = name;
}

static void list_media(arguments *list, mb_media_info *info) {
  add_text(list, "id", &info->id);
  add_text(list, "name", &info->name);
  add_text(list, "stream_type", &info->stream_type);
  add_text(list, "media_type", &info->media_type);
  add_number(list, "length", info->length);
}

static void list_ad(arguments *list, mb_ad_info *info) {
  add_text(list, "id", &info->id);
  add_text(list, "name", &info->name);
  add_number(list, "length", info->length);
}

static void list_chapter(arguments *list, mb_chapter_info *info) {
  add_text(list, "name", &info->name);
  add_number(list, "length", info->length);
  add_number(list, "start_time", info->start_time);
}

static void list_qoe(arguments *list, const mb_qoe_info *info) {
  add_number(list, "bitrate", info->bitrate);
  add_number(list, "startup_time", info->startup_time);
  add_number(list, "fps", info->fps);
  add_number(list, "dropped_frames", info->dropped_frames);
}

static arguments list_arguments(mb__call *call) {
  arguments list = {0};
  switch (call->type) {
    case MB__CALL_SESSION_START: list_media(&list, &call->as.media); break;
    case MB__CALL_AD_BREAK_START:
      add_text(&list, "name", &call->as.ad_break.name);
      add_number(&list, "start_time", call->as.ad_break.start_time);
      break;
    case MB__CALL_AD_START: list_ad(&list, &call->as.ad); break;
    case MB__CALL_CHAPTER_START: list_chapter(&list, &call->as.chapter); break;
    case MB__CALL_QOE: list_qoe(&list, &call->as.qoe); break;
    case MB__CALL_PLAYHEAD: add_number(&list, "playhead", call->as.playhead); break;
    case MB__CALL_STATE_START:
    case MB__CALL_STATE_END:
    case MB__CALL_ERROR: add_text(&list, "name", &call->as.text); break;
    default: break;
  }
  return list;
}

static bool metadata_is_text(const mb__call *call) {
  for (size_t i = 0; i < call->metadata_count; i++) {
    const mb_pair *pair = &call->metadata[i];
    if ((pair->key && !mb__utf8_valid(pair->key)) || (pair->value && !mb__utf8_valid(pair->value))) return false;
  }
  return true;
}

mb_status mb__call_check(const mb__call *call, const char **what) {
  mb__call copy = *call;
  arguments list = list_arguments(&copy);
  for (int i = 0; i < list.text_count; i++)
    if (*list.texts[i] && !mb__utf8_valid(*list.texts[i])) return *what = list.text_names[i], MB_INVALID_TEXT;
  for (int i = 0; i < list.number_count; i++)
    if (!isfinite(list.numbers[i])) return *what = list.number_names[i], MB_INVALID_NUMBER;
  *what = "metadata";
  if (call->metadata_count && !call->metadata) return MB_INVALID_ARGUMENT;
  return metadata_is_text(call) ? MB_OK : MB_INVALID_TEXT;
}

static size_t text_size(const char *text) { return text ? strlen(text) + 1 : 0; }

static size_t copied_size(const mb__call *call) {
  mb__call copy = *call;
  arguments list = list_arguments(&copy);
  size_t size = sizeof *call + call->metadata_count * sizeof(mb_pair);
  for (int i = 0; i < list.text_count; i++) size += text_size(*list.texts[i]);
  for (size_t i = 0; i < call->metadata_count; i++)
    size += text_size(call->metadata[i].key) + text_size(call->metadata[i].value);
  return size;
}

static const char *move_text(const char *text, char **room) {
  if (!text) return NULL;
  size_t size = text_size(text);
  char *copy = memcpy(*room, text, size);
  *room += size;
  return copy;
}

mb__call *mb__call_copy(const mb__memory *memory, const mb__call *call) {
  mb__call *copy = mb__resize(memory, NULL, copied_size(call));
  if (!copy) return NULL;
  *copy = *call;
  mb_pair *pairs = (mb_pair *)(void *)(copy + 1);
  char *room = (char *)(pairs + call->metadata_count);
  arguments list = list_arguments(copy);
  for (int i = 0; i < list.text_count; i++) *list.texts[i] = move_text(*list.texts[i], &room);
  for (size_t i = 0; i < call->metadata_count; i++) {
    pairs[i].key = move_text(call->metadata[i].key, &room);
    pairs[i].value = move_text(call->metadata[i].value, &room);
  }
  copy->metadata = pairs;
  copy->next = NULL;
  return copy;
}

/* Owns the heap of deadlines. */
#include "timers.h"

void mb__timers_init(mb__timers *timers, const mb__memory *memory) { *timers = (mb__timers){.memory = memory}; }
void mb__timers_free(mb__timers *timers) { mb__delete(timers->memory, timers->heap); }

static bool earlier(const mb__timer_entry *one, const mb__timer_entry *other) {
  return one->due < other->due || (one->due == other->due && one->order < other->order);
}

static void put(mb__timers *timers, uint32_t slot, mb__timer_entry entry) {
  timers->heap[slot] = entry;
  entry.timer->slot = slot;
}

static void sift_up(mb__timers *timers, uint32_t slot, mb__timer_entry entry) {
  while (slot) {
    uint32_t parent = (slot - 1) / 4;
    if (!earlier(&entry, &timers->heap[parent])) break;
    put(timers, slot, timers->heap[parent]);
    slot = parent;
  }
  put(timers, slot, entry);
}

static void sift_down(mb__timers *timers, uint32_t slot, mb__timer_entry entry) {
  for (;;) {
    uint32_t child = 4 * slot + 1, end = child + 4;
    if (child >= timers->count) break;
    if (end > timers->count) end = timers->count;
    uint32_t least = child;
    for (uint32_t i = child + 1; i < end; i++)
      if (earlier(&timers->heap[i], &timers->heap[least])) least = i;
    if (!earlier(&timers->heap[least], &entry)) break;
    put(timers, slot, timers->heap[least]);
    slot = least;
  }
  put(timers, slot, entry);
}

static void place(mb__timers *timers, uint32_t slot, mb__timer_entry entry) {
  if (slot && earlier(&entry, &timers->heap[(slot - 1) / 4]))
    sift_up(timers, slot, entry);
  else
    sift_down(timers, slot, entry);
}

bool mb__timers_reserve(mb__timers *timers, mb__timer *timer, uint64_t order) {
  if (timers->reserved == timers->capacity) {
    uint32_t capacity = timers->capacity ? timers->capacity * 2 : 8;
    mb__timer_entry *heap = mb__resize(timers->memory, timers->heap, capacity * sizeof *heap);
    if (!heap) return false;
    timers->heap = heap;
    timers->capacity = capacity;
  }
  timers->reserved++;
  *timer = (mb__timer){order, MB__NO_SLOT};
  return true;
}

static void stop(mb__timers *timers, mb__timer *timer) {
  uint32_t slot = timer->slot;
  if (slot == MB__NO_SLOT) return;
  timer->slot = MB__NO_SLOT;
  mb__timer_entry last = timers->heap[--timers->count];
  if (last.timer != timer) place(timers, slot, last);
}

void mb__timers_release(mb__timers *timers, mb__timer *timer) {
  stop(timers, timer);
  timers->reserved--;
}

void mb__timers_set(mb__timers *timers, mb__timer *timer, int64_t due) {
  if (due == MB_NEVER) {
    stop(timers, timer);
    return;
  }
  mb__timer_entry entry = {due, timer->order, timer};
  if (timer->slot != MB__NO_SLOT) {
    place(timers, timer->slot, entry);
    return;
  }
  timer->slot = timers->count++;
  sift_up(timers, timer->slot, entry);
}

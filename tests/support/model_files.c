/* Owns the file system in memory. */
#include "model_files.h"

#include <stdlib.h>
#include <string.h>

#include "suite.h"

typedef struct model_content {
  char *bytes; /* terminated; NULL while nothing was written */
  size_t size, capacity;
} model_content;

typedef struct model_node {
  char *path;
  size_t content; /* of a file */
  bool is_folder;
} model_node;

typedef struct model_handle {
  size_t content;
  bool open, is_lock, may_write;
} model_handle;

typedef enum step_kind {
  LINK,
  UNLINK,
  MAKE_FOLDER,
  REMOVE_FOLDER,
  RENAME,
  WRITE,
  TRUNCATE,
  SYNC,
  SYNC_FOLDER
} step_kind;

typedef struct model_step {
  step_kind kind;
  char *path, *to, *bytes;
  size_t content, at, size;
} model_step;

static model_files *model_of(const mb__files *files) { return files->user; }

static char *copy_text(const char *text) {
  size_t size = strlen(text) + 1;
  return memcpy(test_malloc(size), text, size);
}

static void *grown(void *array, size_t count, size_t item) {
  bool full = (count & (count - 1)) == 0; /* doubles at powers of two */
  return full ? test_realloc(array, (count ? 2 * count : 1) * item) : array;
}

static model_node *find(const model_files *model, const char *path) {
  for (size_t i = 0; i < model->node_count; i++)
    if (strcmp(model->nodes[i].path, path) == 0) return &model->nodes[i];
  return NULL;
}

static size_t folder_size(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash ? (size_t)(slash - path) : 0;
}

static bool is_in(const char *path, const char *folder) {
  if (strcmp(folder, ".") == 0) folder = "";
  return folder_size(path) == strlen(folder) && memcmp(path, folder, strlen(folder)) == 0;
}

static mb__fault find_folder_of(const model_files *model, const char *path) {
  char folder[256] = {0};
  memcpy(folder, path, folder_size(path));
  if (!*folder) return MB__FAULT_OK;
  const model_node *found = find(model, folder);
  if (!found) return MB__FAULT_ABSENT;
  return found->is_folder ? MB__FAULT_OK : MB__FAULT_NOT_A_FOLDER;
}

static void add_node(model_files *model, const char *path, size_t content, bool is_folder) {
  model->nodes = grown(model->nodes, model->node_count, sizeof *model->nodes);
  model->nodes[model->node_count++] = (model_node){copy_text(path), content, is_folder};
}

static void remove_node(model_files *model, model_node *node) {
  test_free(node->path);
  size_t after = (size_t)(model->nodes + --model->node_count - node);
  memmove(node, node + 1, after * sizeof *node);
}

static size_t add_content(model_files *model) {
  model->contents = grown(model->contents, model->content_count, sizeof(model_content *));
  model->contents[model->content_count] = test_calloc(1, sizeof(model_content));
  return model->content_count++;
}

/* What lies between the end and `at` is zero, as in a file with a hole. */
static void write_content(model_content *content, size_t at, const char *bytes, size_t size) {
  size_t end = at + size;
  if (end > content->size) {
    if (end >= content->capacity) content->bytes = test_realloc(content->bytes, content->capacity = 2 * end + 1);
    memset(content->bytes + content->size, 0, end + 1 - content->size);
    content->size = end;
  }
  if (size) memcpy(content->bytes + at, bytes, size);
}

static void truncate_content(model_content *content, size_t size) {
  if (size > content->size) write_content(content, size, NULL, 0);
  content->size = size;
  if (content->bytes) content->bytes[size] = 0;
}

static model_step *add_step(model_files *model, step_kind kind) {
  model->steps = grown(model->steps, model->step_count, sizeof *model->steps);
  model_step *step = &model->steps[model->step_count++];
  *step = (model_step){.kind = kind};
  return step;
}

static void step_on_name(model_files *model, step_kind kind, const char *path, size_t content) {
  model_step *step = add_step(model, kind);
  step->path = copy_text(path);
  step->content = content;
}

/* What fails by order, or because of what the file system is. */
static mb__fault begin(model_files *model, const char *path, bool changes) {
  model->calls++;
  size_t last = model->fail_at + (model->fail_for ? model->fail_for : 1) - 1;
  if (model->fail_at && model->calls >= model->fail_at && model->calls <= last)
    return model->fault ? model->fault : MB__FAULT_FAILED;
  if (changes && path && model->read_only_at && strncmp(path, model->read_only_at, strlen(model->read_only_at)) == 0)
    return MB__FAULT_READ_ONLY;
  return MB__FAULT_OK;
}

static mb__fault add_handle(model_files *model, size_t content, bool is_lock, bool may_write, mb__file *file) {
  if (model->open >= model->most_open) return MB__FAULT_TOO_MANY_FILES;
  model->handles = grown(model->handles, model->handle_count, sizeof *model->handles);
  model->handles[model->handle_count] = (model_handle){content, true, is_lock, may_write};
  *file = (mb__file)model->handle_count++;
  model->open++;
  return MB__FAULT_OK;
}

static model_handle *handle(model_files *model, mb__file file) {
  assert_in_range(file, 0, model->handle_count - 1);
  assert_true(model->handles[file].open);
  return &model->handles[file];
}

/* A new name for a new content. */
static mb__fault make_file(model_files *model, const char *path, bool is_lock, mb__file *file) {
  size_t content = add_content(model);
  mb__fault fault = add_handle(model, content, is_lock, !is_lock, file);
  if (fault) return fault;
  add_node(model, path, content, false);
  step_on_name(model, LINK, path, content);
  return MB__FAULT_OK;
}

static mb__fault model_open(const mb__files *files, const char *path, mb__opening how, mb__file *file) {
  model_files *model = model_of(files);
  const model_node *found = find(model, path);
  *file = MB__NO_FILE;
  mb__fault fault = begin(model, path, how != MB__OPEN_READ);
  if (!fault) fault = find_folder_of(model, path);
  if (fault) return fault;
  if (how != MB__OPEN_NEW)
    return found ? add_handle(model, found->content, false, how != MB__OPEN_READ, file) : MB__FAULT_ABSENT;
  return found ? MB__FAULT_EXISTS : make_file(model, path, false, file);
}

static void model_close(const mb__files *files, mb__file file) {
  model_files *model = model_of(files);
  handle(model, file)->open = false;
  model->open--;
}

static mb__fault model_read_at(const mb__files *files, mb__file file, uint64_t at, char *bytes, size_t size,
                               size_t *got) {
  model_files *model = model_of(files);
  const model_content *content = model->contents[handle(model, file)->content];
  *got = at < content->size ? content->size - (size_t)at : 0;
  if (*got > size) *got = size;
  if (*got) memcpy(bytes, content->bytes + at, *got);
  return MB__FAULT_OK;
}

static uint64_t bytes_in_use(const model_files *model) {
  uint64_t bytes = 0;
  for (size_t i = 0; i < model->node_count; i++)
    if (!model->nodes[i].is_folder) bytes += model->contents[model->nodes[i].content]->size;
  return bytes;
}

static void append(model_files *model, size_t content, const char *bytes, size_t size) {
  model_step *step = add_step(model, WRITE);
  step->content = content;
  step->at = model->contents[content]->size;
  step->size = size;
  step->bytes = test_malloc(size + 1);
  memcpy(step->bytes, bytes, size);
  write_content(model->contents[content], step->at, bytes, size);
}

static mb__fault model_write(const mb__files *files, mb__file file, const char *bytes, size_t size) {
  model_files *model = model_of(files);
  const model_handle *to = handle(model, file);
  assert_true(to->may_write);
  model->writes++;
  mb__fault fault = begin(model, NULL, true);
  uint64_t room = model->capacity - bytes_in_use(model);
  if (fault && model->writes_torn) append(model, to->content, bytes, size / 2);
  if (fault) return fault;
  append(model, to->content, bytes, size < room ? size : (size_t)room);
  return size <= room ? MB__FAULT_OK : MB__FAULT_NO_SPACE;
}

static mb__fault model_truncate(const mb__files *files, mb__file file, uint64_t size) {
  model_files *model = model_of(files);
  const model_handle *of = handle(model, file);
  assert_true(of->may_write);
  mb__fault fault = begin(model, NULL, true);
  if (model->truncates_fail) fault = MB__FAULT_FAILED;
  if (fault) return fault;
  model_step *step = add_step(model, TRUNCATE);
  step->content = of->content;
  step->size = (size_t)size;
  truncate_content(model->contents[of->content], (size_t)size);
  return MB__FAULT_OK;
}

static mb__fault model_sync(const mb__files *files, mb__file file) {
  model_files *model = model_of(files);
  mb__fault fault = begin(model, NULL, false);
  model->syncs++;
  if (!fault) add_step(model, SYNC)->content = handle(model, file)->content;
  return fault;
}

static mb__fault model_measure(const mb__files *files, const char *path, uint64_t *size) {
  const model_files *model = model_of(files);
  const model_node *found = find(model, path);
  *size = found && !found->is_folder ? model->contents[found->content]->size : 0;
  return found ? MB__FAULT_OK : MB__FAULT_ABSENT;
}

static void move(model_files *model, const char *from, const char *to, size_t content) {
  model_node *source = find(model, from);
  if (source && source->content == content) remove_node(model, source);
  model_node *target = find(model, to);
  if (target) remove_node(model, target);
  add_node(model, to, content, false);
}

static mb__fault model_rename(const mb__files *files, const char *from, const char *to) {
  model_files *model = model_of(files);
  const model_node *source = find(model, from);
  mb__fault fault = begin(model, from, true);
  if (!fault) fault = source ? find_folder_of(model, to) : MB__FAULT_ABSENT;
  if (fault) return fault;
  size_t content = source->content;
  step_on_name(model, RENAME, from, content);
  model->steps[model->step_count - 1].to = copy_text(to);
  move(model, from, to, content);
  return MB__FAULT_OK;
}

static mb__fault model_remove(const mb__files *files, const char *path) {
  model_files *model = model_of(files);
  model_node *found = find(model, path);
  mb__fault fault = begin(model, path, true);
  if (!fault && (!found || found->is_folder)) fault = MB__FAULT_ABSENT;
  if (fault) return fault;
  step_on_name(model, UNLINK, path, found->content);
  remove_node(model, found);
  return MB__FAULT_OK;
}

static mb__fault model_make_folder(const mb__files *files, const char *path) {
  model_files *model = model_of(files);
  mb__fault fault = begin(model, path, true);
  if (!fault) fault = find_folder_of(model, path);
  if (!fault && find(model, path)) fault = MB__FAULT_EXISTS;
  if (fault) return fault;
  step_on_name(model, MAKE_FOLDER, path, 0);
  add_node(model, path, 0, true);
  return MB__FAULT_OK;
}

static mb__fault model_remove_folder(const mb__files *files, const char *path) {
  model_files *model = model_of(files);
  model_node *found = find(model, path);
  mb__fault fault = begin(model, path, true);
  if (!fault && !found) fault = MB__FAULT_ABSENT;
  for (size_t i = 0; i < model->node_count && !fault; i++)
    if (is_in(model->nodes[i].path, path)) fault = MB__FAULT_NOT_EMPTY;
  if (fault) return fault;
  step_on_name(model, REMOVE_FOLDER, path, 0);
  remove_node(model, found);
  return MB__FAULT_OK;
}

static mb__fault model_sync_folder(const mb__files *files, const char *path) {
  model_files *model = model_of(files);
  mb__fault fault = begin(model, NULL, false);
  model->folder_syncs++;
  if (!fault) step_on_name(model, SYNC_FOLDER, path, 0);
  return fault;
}

/* Backwards, so that nobody relies on an order, and so that what is seen may be removed. */
static mb__fault model_list(const mb__files *files, const char *path, mb__name_fn visit, void *user) {
  model_files *model = model_of(files);
  const model_node *found = find(model, path);
  mb__fault fault = begin(model, NULL, false);
  if (fault) return fault;
  if (!found) return MB__FAULT_ABSENT;
  if (!found->is_folder) return MB__FAULT_NOT_A_FOLDER;
  if (model->open >= model->most_open) return MB__FAULT_TOO_MANY_FILES;
  model->lists++;
  for (size_t i = model->node_count; i-- > 0;) {
    if (!is_in(model->nodes[i].path, path)) continue;
    char *name = copy_text(model->nodes[i].path + strlen(path) + 1);
    visit(user, name);
    test_free(name);
  }
  return MB__FAULT_OK;
}

static mb__fault model_lock(const mb__files *files, const char *path, mb__file *file) {
  model_files *model = model_of(files);
  *file = MB__NO_FILE;
  mb__fault fault = begin(model, path, true);
  if (!fault) fault = find_folder_of(model, path);
  if (fault) return fault;
  const model_node *found = find(model, path);
  for (size_t i = 0; found && i < model->handle_count; i++)
    if (model->handles[i].open && model->handles[i].is_lock && model->handles[i].content == found->content)
      return MB__FAULT_HELD;
  return found ? add_handle(model, found->content, true, false, file) : make_file(model, path, true, file);
}

model_files *model_new(void) {
  model_files *model = test_calloc(1, sizeof *model);
  model->capacity = MODEL_UNLIMITED;
  model->most_open = MODEL_UNLIMITED;
  model->files = (mb__files){
      model,      4711,          model_open,   model_close,  model_read_at,     model_write,         model_truncate,
      model_sync, model_measure, model_rename, model_remove, model_make_folder, model_remove_folder, model_sync_folder,
      model_list, model_lock};
  return model;
}

void model_free(model_files *model) {
  assert_int_equal(model->open, 0);
  for (size_t i = 0; i < model->node_count; i++) test_free(model->nodes[i].path);
  for (size_t i = 0; i < model->content_count; i++) {
    test_free(model->contents[i]->bytes);
    test_free(model->contents[i]);
  }
  for (size_t i = 0; i < model->step_count; i++) {
    test_free(model->steps[i].path);
    test_free(model->steps[i].to);
    test_free(model->steps[i].bytes);
  }
  test_free(model->nodes);
  test_free(model->contents);
  test_free(model->handles);
  test_free(model->steps);
  test_free(model);
}

const char *model_read(const model_files *model, const char *path, size_t *size) {
  const model_node *found = find(model, path);
  if (!found || found->is_folder) return NULL;
  *size = model->contents[found->content]->size;
  return *size ? model->contents[found->content]->bytes : "";
}

void model_put(model_files *model, const char *path, const char *bytes, size_t size) {
  if (!find(model, path)) add_node(model, path, add_content(model), false);
  model_content *content = model->contents[find(model, path)->content];
  truncate_content(content, 0);
  write_content(content, 0, bytes, size);
}

const char *model_path(const model_files *model, const char *part, size_t nth) {
  for (size_t i = 0; i < model->node_count; i++)
    if (!model->nodes[i].is_folder && strstr(model->nodes[i].path, part) && nth-- == 0) return model->nodes[i].path;
  return NULL;
}

size_t model_count(const model_files *model, const char *part) {
  size_t count = 0;
  while (model_path(model, part, count)) count++;
  return count;
}

void model_kill(model_files *model) {
  for (size_t i = 0; i < model->handle_count; i++) model->handles[i].open = false;
  model->open = 0;
}

/* --- Loss of power --- */

static bool synced_after(const model_files *model, size_t at, size_t cut, const char *path) {
  for (size_t i = at + 1; i < cut; i++)
    if (model->steps[i].kind == SYNC_FOLDER && is_in(path, model->steps[i].path)) return true;
  return false;
}

/* A name is safe when its folder was synced; a move, when both were. */
static bool is_synced(const model_files *model, size_t at, size_t cut) {
  const model_step *step = &model->steps[at];
  if (step->path)
    return synced_after(model, at, cut, step->path) && (!step->to || synced_after(model, at, cut, step->to));
  for (size_t i = at + 1; i < cut; i++)
    if (model->steps[i].kind == SYNC && model->steps[i].content == step->content) return true;
  return false;
}

size_t model_unsynced(const model_files *model, size_t cut, size_t *steps, size_t most) {
  size_t count = 0;
  for (size_t i = 0; i < cut && count < most; i++)
    if (model->steps[i].kind < SYNC && !is_synced(model, i, cut)) steps[count++] = i;
  return count;
}

static void write_again(model_files *model, const model_step *step, model_fate fate) {
  model_content *content = model->contents[step->content];
  if (step->kind == WRITE)
    write_content(content, step->at, step->bytes, fate == MODEL_HALF ? step->size / 2 : step->size);
  if (step->kind == TRUNCATE) truncate_content(content, step->size);
}

/* Again, on another file system. What rests on something lost is lost with it. */
static void do_again(model_files *model, const model_step *step, model_fate fate) {
  if (!step->path) {
    write_again(model, step, fate);
    return;
  }
  model_node *found = find(model, step->path);
  bool makes = step->kind == LINK || step->kind == MAKE_FOLDER;
  bool removes = step->kind == UNLINK || step->kind == REMOVE_FOLDER;
  if (makes && !found) add_node(model, step->path, step->content, step->kind == MAKE_FOLDER);
  if (removes && found) remove_node(model, found);
  if (step->to) move(model, step->path, step->to, step->content);
}

static void remove_orphans(model_files *model) {
  for (size_t i = 0; i < model->node_count;) {
    if (!find_folder_of(model, model->nodes[i].path))
      i++;
    else
      remove_node(model, &model->nodes[i]), i = 0;
  }
}

model_files *model_lose_power(const model_files *model, size_t cut, const size_t *steps, const model_fate *fates,
                              size_t count) {
  model_files *after = model_new();
  for (size_t i = 0; i < model->content_count; i++) add_content(after);
  for (size_t i = 0, next = 0; i < cut; i++) {
    model_fate fate = MODEL_KEPT;
    if (next < count && steps[next] == i) fate = fates[next++];
    if (fate != MODEL_LOST) do_again(after, &model->steps[i], fate);
  }
  remove_orphans(after);
  return after;
}

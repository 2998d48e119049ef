/* Owns a fuzzer's course without libFuzzer: the inputs in the folders that are named, once each. So the corpus is a test
 * of every build. */
#define _DEFAULT_SOURCE
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "target.h"

static int replay_file(const char *path) {
  FILE *file = fopen(path, "rb");
  if (!file) return perror(path), 1;
  char *bytes = NULL;
  size_t size = 0, got = 1;
  while (got) {
    bytes = realloc(bytes, size + 4096);
    PROMISE(bytes != NULL);
    size += got = fread(bytes + size, 1, 4096, file);
  }
  fclose(file);
  LLVMFuzzerTestOneInput((const uint8_t *)bytes, size);
  free(bytes);
  return 0;
}

static int replay_folder(const char *folder, unsigned *count) {
  DIR *names = opendir(folder);
  if (!names) return perror(folder), 1;
  int status = 0;
  for (const struct dirent *name; !status && (name = readdir(names)) != NULL;) {
    char path[4096];
    if (name->d_name[0] == '.') continue;
    snprintf(path, sizeof path, "%s/%s", folder, name->d_name);
    status = replay_file(path);
    *count += !status;
  }
  closedir(names);
  return status;
}

int main(int count, char **arguments) {
  unsigned inputs = 0;
  for (int i = 1; i < count; i++)
    if (replay_folder(arguments[i], &inputs)) return 1;
  printf("%u inputs\n", inputs);
  return inputs ? 0 : 1;
}

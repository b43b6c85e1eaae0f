/* Loaded before libc: reads of the file whose name ends with FAULT_READ_OF fail from the offset FAULT_READ_FROM on. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

/* As the kernel does: a read that begins before the bad bytes stops short of them. */
static int fails(int fd, off_t offset, size_t *count) {
  const char *name = getenv("FAULT_READ_OF"), *text = getenv("FAULT_READ_FROM");
  char link[32], path[4096];
  off_t from = text ? atol(text) : 0;
  if (!name || offset + (off_t)*count <= from) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path);
  size_t wanted = strlen(name);
  if (length < (ssize_t)wanted || memcmp(path + length - wanted, name, wanted)) return 0;
  if (offset < from) {
    *count = from - offset;
    return 0;
  }
  errno = EIO;
  return 1;
}

ssize_t read(int fd, void *bytes, size_t count) {
  static ssize_t (*real)(int, void *, size_t);
  if (!real) real = (ssize_t(*)(int, void *, size_t))dlsym(RTLD_NEXT, "read");
  return fails(fd, lseek(fd, 0, SEEK_CUR), &count) ? -1 : real(fd, bytes, count);
}

ssize_t pread(int fd, void *bytes, size_t count, off_t offset) {
  static ssize_t (*real)(int, void *, size_t, off_t);
  if (!real) real = (ssize_t(*)(int, void *, size_t, off_t))dlsym(RTLD_NEXT, "pread");
  return fails(fd, offset, &count) ? -1 : real(fd, bytes, count, offset);
}

ssize_t pread64(int fd, void *bytes, size_t count, off64_t offset) {
  static ssize_t (*real)(int, void *, size_t, off64_t);
  if (!real) real = (ssize_t(*)(int, void *, size_t, off64_t))dlsym(RTLD_NEXT, "pread64");
  return fails(fd, offset, &count) ? -1 : real(fd, bytes, count, offset);
}

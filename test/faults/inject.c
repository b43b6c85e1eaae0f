/*
 * Loaded before libc: lets one kind of call fail on some files of a folder, and records which calls there are.
 *   FAULT_FOLDER    the folder; other files are not affected
 *   FAULT_CONTROL   a file of sizeof(struct control) bytes, written by the test (test/faults/injector.ts) at any time
 *   FAULT_NO_SYNC   fsync or fdatasync, whichever it names, or both, do nothing in the folder, as on a disk that lies
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* The same order as CALLS in injector.ts. */
enum call { WRITE, PWRITE, WRITEV, FSYNC, FDATASYNC, OPEN, RENAME, UNLINK, FTRUNCATE, READ, PREAD, STATFS, MKDIR, CLOSE };

struct control {
  int32_t armed;
  int32_t call;
  int32_t error;
  /* How many matching calls pass first. */
  int32_t skip;
  /* How many fail; below 0 means all. */
  int32_t times;
  int32_t hits;
  /* Other than 0: each kind of call on each path is recorded once in FAULT_CONTROL.survey, after this number. */
  int32_t survey;
  char pattern[256];
};

static struct control *control;
static const char *folder;
static size_t folder_length;
static const char *no_sync;
static int survey_fd = -1;

/* The real syscall(), which libuv closes files with. */
static long raw(long number, long a, long b, long c, long d, long e, long f) {
  static long (*real)(long, ...);
  if (!real) real = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
  return real(number, a, b, c, d, e, f);
}

__attribute__((constructor)) static void begin(void) {
  const char *path = getenv("FAULT_CONTROL");
  folder = getenv("FAULT_FOLDER");
  no_sync = getenv("FAULT_NO_SYNC");
  if (!folder) return;
  folder_length = strlen(folder);
  if (!path) return;
  int fd = raw(SYS_openat, AT_FDCWD, (long)path, O_RDWR | O_CLOEXEC, 0, 0, 0);
  if (fd < 0) return;
  void *page = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  raw(SYS_close, fd, 0, 0, 0, 0, 0);
  if (page == MAP_FAILED) return;
  char survey[PATH_MAX];
  snprintf(survey, sizeof survey, "%s.survey", path);
  survey_fd = raw(SYS_openat, AT_FDCWD, (long)survey, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600, 0, 0);
  control = page;
}

/* @returns the path below the folder, "." for the folder itself; NULL for what lies elsewhere */
static const char *below(char *path) {
  if (!folder || strncmp(path, folder, folder_length)) return NULL;
  char *deleted = strstr(path, " (deleted)");
  if (deleted) *deleted = 0;
  if (!path[folder_length]) return ".";
  return path[folder_length] == '/' ? path + folder_length + 1 : NULL;
}

static const char *below_fd(int fd, char *buffer) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = raw(SYS_readlinkat, AT_FDCWD, (long)link, (long)buffer, PATH_MAX - 1, 0, 0);
  if (length <= 0) return NULL;
  buffer[length] = 0;
  return below(buffer);
}

static void note(int phase, enum call call, const char *name) {
  static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  static char *seen[4096];
  static int count;
  char line[PATH_MAX + 32];
  int length = snprintf(line, sizeof line, "%d %d %s\n", phase, call, name);
  pthread_mutex_lock(&mutex);
  int known = 0;
  for (int i = 0; i < count && !known; i++) known = !strcmp(seen[i], line);
  if (!known && count < 4096) {
    seen[count++] = strdup(line);
    raw(SYS_write, survey_fd, (long)line, length, 0, 0, 0);
  }
  pthread_mutex_unlock(&mutex);
}

/* @returns whether this call is to fail; errno says how then */
static int fails(enum call call, int fd, const char *given) {
  if (!control) return 0;
  int armed = __atomic_load_n(&control->armed, __ATOMIC_ACQUIRE) && control->call == (int)call;
  int phase = control->survey;
  if (!armed && !phase) return 0;
  int before = errno;
  char path[PATH_MAX];
  const char *name = NULL;
  if (!given) name = below_fd(fd, path);
  else if (strlen(given) < sizeof path) name = below(strcpy(path, given));
  if (name && phase) note(phase, call, name);
  errno = before;
  if (!name || !armed || fnmatch(control->pattern, name, 0)) return 0;
  if (__atomic_fetch_sub(&control->skip, 1, __ATOMIC_ACQ_REL) > 0) return 0;
  for (int left = __atomic_load_n(&control->times, __ATOMIC_ACQUIRE); left > 0;) {
    if (__atomic_compare_exchange_n(&control->times, &left, left - 1, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) break;
    if (left == 0) return 0;
  }
  if (control->times == 0 && __atomic_exchange_n(&control->armed, 0, __ATOMIC_ACQ_REL) == 0) return 0;
  __atomic_fetch_add(&control->hits, 1, __ATOMIC_ACQ_REL);
  errno = control->error;
  return 1;
}

#define REAL(name) \
  static __typeof__(name) *real; \
  if (!real) real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)
#define BY_FD(call, type, name, parameters, arguments) \
  type name parameters { \
    REAL(name); \
    return fails(call, fd, NULL) ? -1 : real arguments; \
  }
#define BY_PATH(call, type, name, parameters, arguments) \
  type name parameters { \
    REAL(name); \
    return fails(call, -1, path) ? -1 : real arguments; \
  }

BY_FD(WRITE, ssize_t, write, (int fd, const void *data, size_t size), (fd, data, size))
BY_FD(PWRITE, ssize_t, pwrite, (int fd, const void *data, size_t size, off_t at), (fd, data, size, at))
BY_FD(PWRITE, ssize_t, pwrite64, (int fd, const void *data, size_t size, off64_t at), (fd, data, size, at))
BY_FD(PWRITE, ssize_t, pwritev, (int fd, const struct iovec *parts, int count, off_t at), (fd, parts, count, at))
BY_FD(PWRITE, ssize_t, pwritev64, (int fd, const struct iovec *parts, int count, off64_t at), (fd, parts, count, at))
BY_FD(WRITEV, ssize_t, writev, (int fd, const struct iovec *parts, int count), (fd, parts, count))
BY_FD(FTRUNCATE, int, ftruncate, (int fd, off_t size), (fd, size))
BY_FD(FTRUNCATE, int, ftruncate64, (int fd, off64_t size), (fd, size))
BY_PATH(FTRUNCATE, int, truncate, (const char *path, off_t size), (path, size))
BY_PATH(FTRUNCATE, int, truncate64, (const char *path, off64_t size), (path, size))
BY_FD(READ, ssize_t, read, (int fd, void *data, size_t size), (fd, data, size))
BY_FD(READ, ssize_t, readv, (int fd, const struct iovec *parts, int count), (fd, parts, count))
BY_FD(PREAD, ssize_t, pread, (int fd, void *data, size_t size, off_t at), (fd, data, size, at))
BY_FD(PREAD, ssize_t, pread64, (int fd, void *data, size_t size, off64_t at), (fd, data, size, at))
BY_FD(PREAD, ssize_t, preadv, (int fd, const struct iovec *parts, int count, off_t at), (fd, parts, count, at))
BY_FD(PREAD, ssize_t, preadv64, (int fd, const struct iovec *parts, int count, off64_t at), (fd, parts, count, at))
BY_PATH(STATFS, int, statfs, (const char *path, struct statfs *room), (path, room))
BY_PATH(STATFS, int, statfs64, (const char *path, struct statfs64 *room), (path, room))
BY_FD(STATFS, int, fstatfs, (int fd, struct statfs *room), (fd, room))
BY_FD(STATFS, int, fstatfs64, (int fd, struct statfs64 *room), (fd, room))
BY_PATH(MKDIR, int, mkdir, (const char *path, mode_t mode), (path, mode))
BY_PATH(UNLINK, int, unlink, (const char *path), (path))
BY_PATH(UNLINK, int, rmdir, (const char *path), (path))
BY_PATH(UNLINK, int, unlinkat, (int at, const char *path, int flags), (at, path, flags))
BY_PATH(RENAME, int, rename, (const char *path, const char *to), (path, to))
BY_PATH(OPEN, int, scandir64, (const char *path, struct dirent64 ***names,
  int (*wanted)(const struct dirent64 *), int (*order)(const struct dirent64 **, const struct dirent64 **)),
  (path, names, wanted, order))

/* @returns whether a sync of this name is left out for the file */
static int leaves_out(const char *name, int fd) {
  char path[PATH_MAX];
  const char *found = no_sync ? strstr(no_sync, name) : NULL;
  return found && below_fd(fd, path);
}

int fsync(int fd) {
  REAL(fsync);
  if (fails(FSYNC, fd, NULL)) return -1;
  return leaves_out("fsync", fd) ? 0 : real(fd);
}

int fdatasync(int fd) {
  REAL(fdatasync);
  if (fails(FDATASYNC, fd, NULL)) return -1;
  return leaves_out("fdatasync", fd) ? 0 : real(fd);
}

/* A descriptor is gone after a close that fails, too. */
int close(int fd) {
  REAL(close);
  int failed = fails(CLOSE, fd, NULL), error = errno;
  int result = real(fd);
  if (failed) errno = error;
  return failed ? -1 : result;
}

long syscall(long number, ...) {
  __builtin_va_list more;
  __builtin_va_start(more, number);
  long with[6];
  for (int i = 0; i < 6; i++) with[i] = __builtin_va_arg(more, long);
  __builtin_va_end(more);
  int failed = number == SYS_close && fails(CLOSE, with[0], NULL), error = errno;
  long result = raw(number, with[0], with[1], with[2], with[3], with[4], with[5]);
  if (failed) errno = error;
  return failed ? -1 : result;
}

/* More than are there may be passed on: the mode is read by libc only where it is given. */
int open(const char *path, int flags, ...) {
  REAL(open);
  __builtin_va_list more;
  __builtin_va_start(more, flags);
  mode_t mode = __builtin_va_arg(more, mode_t);
  __builtin_va_end(more);
  return fails(OPEN, -1, path) ? -1 : real(path, flags, mode);
}

int open64(const char *path, int flags, ...) {
  REAL(open64);
  __builtin_va_list more;
  __builtin_va_start(more, flags);
  mode_t mode = __builtin_va_arg(more, mode_t);
  __builtin_va_end(more);
  return fails(OPEN, -1, path) ? -1 : real(path, flags, mode);
}

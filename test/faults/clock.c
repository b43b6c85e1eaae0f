/*
 * Loaded before libc: shifts the wall clock by the seconds in the file that FAULT_CLOCK names, such as -3600 or 0.25. The
 * monotonic clock stays as it is.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define SECOND_NS 1000000000LL

static long long shift_ns(void) {
  /* While the file is being written, it may be empty. */
  static atomic_llong last;
  const char *path = getenv("FAULT_CLOCK");
  char text[40] = {0};
  int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
  if (fd < 0) return atomic_load(&last);
  ssize_t length = read(fd, text, sizeof text - 1);
  close(fd);
  if (length > 0) atomic_store(&last, (long long)(strtold(text, NULL) * SECOND_NS));
  return atomic_load(&last);
}

static struct timespec shifted(long long s, long long ns) {
  long long sum = s * SECOND_NS + ns + shift_ns();
  long long rest = (sum % SECOND_NS + SECOND_NS) % SECOND_NS;
  return (struct timespec){.tv_sec = (sum - rest) / SECOND_NS, .tv_nsec = rest};
}

int clock_gettime(clockid_t id, struct timespec *at) {
  static int (*real)(clockid_t, struct timespec *);
  if (!real) real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
  int result = real(id, at);
  if (!result && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE)) *at = shifted(at->tv_sec, at->tv_nsec);
  return result;
}

int gettimeofday(struct timeval *restrict at, void *restrict zone) {
  static int (*real)(struct timeval *, void *);
  if (!real) real = (int (*)(struct timeval *, void *))dlsym(RTLD_NEXT, "gettimeofday");
  int result = real(at, zone);
  if (!result) {
    struct timespec there = shifted(at->tv_sec, at->tv_usec * 1000LL);
    at->tv_sec = there.tv_sec;
    at->tv_usec = there.tv_nsec / 1000;
  }
  return result;
}

/* Loaded before a program: reading, writing or syncing a database fails with EIO while a file of that
   name is in the folder that FAILING_DISK names. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

static int fails(int fd, const char *what) {
  const char *folder = getenv("FAILING_DISK");
  char path[4096], link[64];
  struct stat found;
  ssize_t length;
  if (folder == NULL) return 0;
  snprintf(path, sizeof path, "%s/%s", folder, what);
  if (stat(path, &found) != 0) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = 0;
  return strstr(path, ".db") != NULL;
}

#define FAIL(type, name, what, parameters, arguments)               \
  type name parameters {                                            \
    static type(*real) parameters;                                  \
    if (real == NULL) real = (type(*) parameters)dlsym(RTLD_NEXT, #name); \
    if (fails(fd, what)) {                                          \
      errno = EIO;                                                  \
      return -1;                                                    \
    }                                                               \
    return real arguments;                                          \
  }

FAIL(ssize_t, pread, "read", (int fd, void *to, size_t n, off_t at), (fd, to, n, at))
FAIL(ssize_t, pread64, "read", (int fd, void *to, size_t n, off64_t at), (fd, to, n, at))
FAIL(ssize_t, pwrite, "write", (int fd, const void *from, size_t n, off_t at), (fd, from, n, at))
FAIL(ssize_t, pwrite64, "write", (int fd, const void *from, size_t n, off64_t at), (fd, from, n, at))
FAIL(int, fsync, "sync", (int fd), (fd))
FAIL(int, fdatasync, "sync", (int fd), (fd))

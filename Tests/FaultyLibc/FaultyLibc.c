#define _GNU_SOURCE
#include "FaultyLibc.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

enum { KILL = -1 };

struct plan {
    char call[32]; // empty: no plan
    int nth;
    int error;
    int length;
    bool short_write;
};

static _Thread_local struct plan plan;
static _Thread_local int seen;

static struct plan process_plan;
static atomic_int process_seen;
static int count_file = -1;

__attribute__((constructor)) static void read_environment(void) {
    const char *call = getenv("FAULTY_CALL"), *error = getenv("FAULTY_ERROR"), *count = getenv("FAULTY_COUNT");
    if (!call) return;
    const char *nth = getenv("FAULTY_NTH"), *length = getenv("FAULTY_FOR");
    process_plan.nth = nth ? atoi(nth) : 1;
    process_plan.length = length ? atoi(length) : 1;
    process_plan.error = !error ? 0 : strcmp(error, "kill") == 0 ? KILL : atoi(error);
    if (count) count_file = open(count, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    strncpy(process_plan.call, call, sizeof process_plan.call - 1);
}

void faulty_arm(const char *call, int nth, int error) {
    plan = (struct plan){.nth = nth, .error = error, .length = 1};
    strncpy(plan.call, call, sizeof plan.call - 1);
    seen = 0;
}

void faulty_arm_short_write(int nth) {
    plan = (struct plan){.call = "write", .nth = nth, .length = 1, .short_write = true};
    seen = 0;
}

int faulty_disarm(void) {
    plan.call[0] = 0;
    return seen;
}

static bool matches(const struct plan *plan, const char *call) {
    return plan->call[0] && (strcmp(plan->call, call) == 0 || strcmp(plan->call, "any") == 0);
}

static bool due(const struct plan *plan, int number) {
    return number >= plan->nth && number < plan->nth + plan->length;
}

static void note(void) {
    static ssize_t (*next)(int, const void *, size_t);
    if (!next) next = dlsym(RTLD_NEXT, "write");
    if (count_file >= 0) next(count_file, "x", 1);
}

/// True when this call shall fail; errno is set then.
static bool fails(const char *call) {
    if (matches(&plan, call) && due(&plan, ++seen) && plan.error) {
        errno = plan.error;
        return true;
    }
    if (matches(&process_plan, call)) {
        int number = atomic_fetch_add(&process_seen, 1) + 1;
        note();
        if (!due(&process_plan, number) || !process_plan.error) return false;
        if (process_plan.error == KILL) raise(SIGKILL);
        errno = process_plan.error;
        return true;
    }
    return false;
}

/// `next` is libc's own function of this name.
#define NEXT(name)                                                                                                     \
    static __typeof__(&name) next;                                                                                     \
    if (!next) next = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

static mode_t mode_argument(int flags, va_list arguments) {
    return flags & (O_CREAT | O_TMPFILE) ? (mode_t)va_arg(arguments, int) : 0;
}

int open(const char *path, int flags, ...) {
    NEXT(open);
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = mode_argument(flags, arguments);
    va_end(arguments);
    return fails("open") ? -1 : next(path, flags, mode);
}

int openat(int directory, const char *path, int flags, ...) {
    NEXT(openat);
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = mode_argument(flags, arguments);
    va_end(arguments);
    return fails("openat") ? -1 : next(directory, path, flags, mode);
}

/// Sockets, pipes and terminals are not what fills up.
static bool is_file(int file) {
    struct stat status;
    return fstat(file, &status) == 0 && S_ISREG(status.st_mode);
}

ssize_t write(int file, const void *bytes, size_t count) {
    NEXT(write);
    if (!is_file(file)) return next(file, bytes, count);
    if (fails("write")) return -1;
    if (plan.short_write && seen == plan.nth && count > 1) count /= 2;
    return next(file, bytes, count);
}

ssize_t pwrite(int file, const void *bytes, size_t count, off_t offset) {
    NEXT(pwrite);
    return fails("pwrite") ? -1 : next(file, bytes, count, offset);
}

#define WRAP(name, parameters, arguments)                                                                              \
    int name parameters {                                                                                              \
        NEXT(name);                                                                                                    \
        return fails(#name) ? -1 : next arguments;                                                                     \
    }

WRAP(fsync, (int file), (file))
WRAP(flock, (int file, int operation), (file, operation))
WRAP(fchmod, (int file, mode_t mode), (file, mode))
WRAP(futimens, (int file, const struct timespec times[2]), (file, times))
WRAP(linkat, (int a, const char *from, int b, const char *to, int flags), (a, from, b, to, flags))
WRAP(unlinkat, (int directory, const char *name, int flags), (directory, name, flags))
WRAP(mkdirat, (int directory, const char *name, mode_t mode), (directory, name, mode))
WRAP(renameat2, (int a, const char *from, int b, const char *to, unsigned flags), (a, from, b, to, flags))
WRAP(inotify_init1, (int flags), (flags))
WRAP(inotify_add_watch, (int file, const char *path, uint32_t mask), (file, path, mask))

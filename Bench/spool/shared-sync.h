// What files.c and Bench/smtp/bare.c share: a sync that serves all who wait for it.
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

// A sync shared as in Sources/Spool/DirectorySync.swift: who comes while one runs waits for the next.
struct shared {
    pthread_mutex_t mutex;
    unsigned long begun, ended;
    unsigned count;
    int (*sync)(int);
};

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static void futex(unsigned *count, int what, unsigned value, unsigned long needed) {
    syscall(SYS_futex, count, what | FUTEX_PRIVATE_FLAG, value, NULL, NULL, 1 << (needed & 1));
}

static void share(struct shared *s, int fd) {
    for (unsigned long needed = 0;;) {
        unsigned seen = __atomic_load_n(&s->count, __ATOMIC_ACQUIRE);
        pthread_mutex_lock(&s->mutex);
        if (!needed) needed = s->begun + 1;
        int is_done = s->ended >= needed, leads = !is_done && s->begun == s->ended;
        if (leads) s->begun = needed;
        pthread_mutex_unlock(&s->mutex);
        if (is_done) return;
        if (!leads) {
            futex(&s->count, FUTEX_WAIT_BITSET, seen, needed);
            continue;
        }
        if (s->sync(fd) < 0) fail("sync");
        pthread_mutex_lock(&s->mutex);
        s->ended = needed;
        pthread_mutex_unlock(&s->mutex);
        __atomic_fetch_add(&s->count, 1, __ATOMIC_RELEASE);
        futex(&s->count, FUTEX_WAKE_BITSET, 1, needed + 1);
        futex(&s->count, FUTEX_WAKE_BITSET, 1 << 30, needed);
        return;
    }
}

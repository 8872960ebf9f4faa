// What Linux has and Swift's Glibc module does not show: GNU extensions (the module is built without _GNU_SOURCE),
// and wrappers for variadic calls.
#pragma once
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/magic.h>
#include <malloc.h>
#include <pthread.h>
#include <spawn.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

// Declared as the man pages have them; glibc only shows them under _GNU_SOURCE.
int accept4(int socket, struct sockaddr *address, socklen_t *length, int flags);
int pthread_setname_np(pthread_t thread, const char *name);
int pipe2(int ends[2], int flags);
int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int from);
int renameat2(int from, const char *name, int to, const char *new_name, unsigned int flags);

// From asm-generic/fcntl.h and linux/fs.h: the same on every architecture that Debian has.
enum {
    clinux_O_TMPFILE = 020000000 | O_DIRECTORY,
    clinux_RENAME_NOREPLACE = 1,
};
// linux/magic.h, as numbers that Swift sees.
enum { clinux_EXT4_SUPER_MAGIC = EXT4_SUPER_MAGIC, clinux_XFS_SUPER_MAGIC = XFS_SUPER_MAGIC };
static inline unsigned int clinux_major(dev_t device) { return major(device); }
static inline unsigned int clinux_minor(dev_t device) { return minor(device); }
// bits/stat.h: leave this time as it is.
static const long clinux_UTIME_OMIT = (1L << 30) - 2L;

/// prctl(PR_SET_PDEATHSIG): the signal this process gets when the thread that made it ends.
static inline int clinux_set_parent_death_signal(int signal) {
    return prctl(PR_SET_PDEATHSIG, (unsigned long)signal, 0UL, 0UL, 0UL);
}

// futex(2) between threads of one process. Who waits, at this count, is woken with those that share a bit with him.
static inline uint32_t clinux_load(const uint32_t *value) { return __atomic_load_n(value, __ATOMIC_ACQUIRE); }
static inline void clinux_increment(uint32_t *value) { __atomic_fetch_add(value, 1, __ATOMIC_RELEASE); }
static inline void clinux_futex_wait(uint32_t *value, uint32_t count, uint32_t bits) {
    syscall(SYS_futex, value, FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG, count, NULL, NULL, bits);
}
static inline void clinux_futex_wake(uint32_t *value, int most, uint32_t bits) {
    syscall(SYS_futex, value, FUTEX_WAKE_BITSET | FUTEX_PRIVATE_FLAG, most, NULL, NULL, bits);
}

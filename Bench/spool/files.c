// files DIR VARIANT THREADS COUNT: makes COUNT durable files of 4 KB in DIR/new by THREADS threads and prints files a
// second and CPU seconds per 1,000. Each is fsynced before it has its name in new/, and the name is synced after:
//   tmpfile   O_TMPFILE, write, fsync, linkat, directory sync shared by those who wait: smtp-accept on xfs, and on ext4 with a
//             journal; without one a power cut loses messages, for it leaves an inode without links
//   late      as tmpfile, but the file is synced once more after the directory: smtp-accept on ext4 without a journal
//   twice     as tmpfile, but the file is synced once more before the directory: smtp-accept on any other filesystem
//   rename    a named file in tmp/, write, fsync, renameat2, shared directory sync
//   own       as twice, but everybody syncs the directory himself
//   syncfs    O_TMPFILE, write, syncfs shared by those who wait, linkat, syncfs once more
#define _GNU_SOURCE
#include "shared-sync.h"
#include <sys/resource.h>
#include <time.h>

static struct shared names = {PTHREAD_MUTEX_INITIALIZER, 0, 0, 0, fsync};
static struct shared contents = {PTHREAD_MUTEX_INITIALIZER, 0, 0, 0, syncfs};
static int tmp, new, count, next_file;
static const char *variant;
static char bytes[4096];

static void make(int number) {
    char name[32], path[32];
    snprintf(name, sizeof name, "%08d.eml", number);
    int is_named = !strcmp(variant, "rename");
    int file = is_named ? openat(tmp, name, O_CREAT | O_EXCL | O_RDWR, 0600) : openat(tmp, ".", O_TMPFILE | O_RDWR, 0600);
    if (file < 0 || write(file, bytes, sizeof bytes) != sizeof bytes) fail("write");
    if (!strcmp(variant, "syncfs")) share(&contents, new);
    else if (fsync(file) < 0) fail("fsync");
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    if (is_named ? renameat2(tmp, name, new, name, RENAME_NOREPLACE) : linkat(AT_FDCWD, path, new, name, AT_SYMLINK_FOLLOW))
        fail("name");
    if ((!strcmp(variant, "twice") || !strcmp(variant, "own")) && fsync(file) < 0) fail("fsync");
    if (!strcmp(variant, "syncfs")) share(&contents, new);
    else if (strcmp(variant, "own")) share(&names, new);
    else if (fsync(new) < 0) fail("fsync");
    if (!strcmp(variant, "late") && fsync(file) < 0) fail("fsync");
    close(file);
}

static void *work(void *unused) {
    int number;
    while ((number = __atomic_fetch_add(&next_file, 1, __ATOMIC_RELAXED)) < count) make(number);
    return unused;
}

int main(int argc, char **argv) {
    if (argc != 5 || chdir(argv[1]) < 0) fail("usage: files DIR VARIANT THREADS COUNT");
    variant = argv[2];
    int threads = atoi(argv[3]);
    count = atoi(argv[4]);
    mkdir("tmp", 0700);
    mkdir("new", 0700);
    tmp = open("tmp", O_RDONLY | O_DIRECTORY);
    new = open("new", O_RDONLY | O_DIRECTORY);
    memset(bytes, 'x', sizeof bytes);
    pthread_t all[256];
    struct timespec start, end;
    clock_gettime(CLOCK_MONOTONIC, &start);
    for (int i = 0; i < threads; i++) pthread_create(&all[i], NULL, work, NULL);
    for (int i = 0; i < threads; i++) pthread_join(all[i], NULL);
    clock_gettime(CLOCK_MONOTONIC, &end);
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    double seconds = end.tv_sec - start.tv_sec + (end.tv_nsec - start.tv_nsec) / 1e9;
    double cpu = used.ru_utime.tv_sec + used.ru_stime.tv_sec + (used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
    printf("%.0f %.3f\n", count / seconds, cpu / count * 1000);
}

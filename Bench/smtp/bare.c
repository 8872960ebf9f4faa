// bare SPOOL CERT KEY: what a thread a connection that syncs each file and its directory costs at least. Prints its port and
// takes mail as smtp-accept does on ext4 without a journal (Bench/spool/files.c, `late`), with the fewest system calls we
// know: it knows no grammar, no limits, no deadlines, no log, and answers what it expects to be asked.
#define _GNU_SOURCE
#include "../spool/shared-sync.h"
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>

static struct shared names = {PTHREAD_MUTEX_INITIALIZER, 0, 0, 0, fsync};
static int tmp, new, next_file;
static SSL_CTX *context;
static const char trace[] = "Return-Path: <s@example.net>\r\nDelivered-To: a@example.com\r\nReceived: from localhost\r\n";

struct client {
    int socket, filled;
    SSL *tls;
    char bytes[65536];
};

static int receive(struct client *c) {
    char *at = c->bytes + c->filled;
    int room = (int)sizeof c->bytes - c->filled, count = c->tls ? SSL_read(c->tls, at, room) : (int)read(c->socket, at, room);
    if (count > 0) c->filled += count;
    return count > 0;
}

static void reply(struct client *c, const char *line) {
    int length = (int)strlen(line), sent = c->tls ? SSL_write(c->tls, line, length) : (int)send(c->socket, line, length, MSG_NOSIGNAL);
    if (sent != length) fail("reply");
}

static void write_all(int file, const char *bytes, int length) {
    if (write(file, bytes, (size_t)length) != length) fail("write");
}

static void publish(int file, int number) {
    char name[64], path[32];
    snprintf(name, sizeof name, "019ab000-0000-7000-8000-%012d.eml", number);
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    if (fsync(file) < 0 || linkat(AT_FDCWD, path, new, name, AT_SYMLINK_FOLLOW) < 0) fail("name");
    share(&names, new);
    if (fsync(file) < 0 || close(file) < 0) fail("fsync");
}

// Reads to CRLF.CRLF; what comes in is kept until the buffer is full, so that a message that fits costs one write.
static int take(struct client *c) {
    int number = __atomic_fetch_add(&next_file, 1, __ATOMIC_RELAXED), file = -1;
    c->filled = sizeof trace - 1;
    memcpy(c->bytes, trace, sizeof trace - 1);
    while (c->filled < 5 || memcmp(c->bytes + c->filled - 5, "\r\n.\r\n", 5)) {
        if (c->filled == sizeof c->bytes) {
            if (file < 0) file = openat(tmp, ".", O_TMPFILE | O_RDWR, 0600);
            write_all(file, c->bytes, c->filled - 4);
            memmove(c->bytes, c->bytes + c->filled - 4, 4);
            c->filled = 4;
        }
        if (!receive(c)) return 0;
    }
    if (file < 0) file = openat(tmp, ".", O_TMPFILE | O_RDWR, 0600);
    if (file < 0) fail("openat");
    write_all(file, c->bytes, c->filled - 3);
    publish(file, number);
    return 1;
}

static int secure(struct client *c) {
    SSL *tls = SSL_new(context);
    SSL_set_fd(tls, c->socket);
    if (SSL_accept(tls) != 1) return 0;
    c->tls = tls;
    return 1;
}

static int answer(struct client *c) {
    switch (c->bytes[0]) {
    case 'E': reply(c, "250-mx.example.com\r\n250 STARTTLS\r\n"); return 1;
    case 'S': reply(c, "220 2.0.0 Ready to start TLS\r\n"); return secure(c);
    case 'D':
        reply(c, "354 End data with <CR><LF>.<CR><LF>\r\n");
        if (!take(c)) return 0;
        reply(c, "250 2.0.0 Ok: queued as 019ab000-0000-7000-8000-000000000000\r\n");
        return 1;
    case 'Q': reply(c, "221 2.0.0 Bye\r\n"); return 0;
    default: reply(c, "250 2.1.0 Ok\r\n"); return 1;
    }
}

static void *serve(void *socket) {
    struct client c;
    c.socket = (int)(long)socket, c.tls = NULL;
    reply(&c, "220 mx.example.com ESMTP\r\n");
    do {
        c.filled = 0;
        while (receive(&c) && c.bytes[c.filled - 1] != '\n') {}
    } while (c.filled > 0 && answer(&c));
    if (c.tls) SSL_shutdown(c.tls), SSL_free(c.tls);
    close(c.socket);
    return NULL;
}

int main(int argc, char **argv) {
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof at;
    int listener = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    if (argc != 4 || mkdir(argv[1], 0700) < 0 || chdir(argv[1]) < 0) fail("usage: bare SPOOL CERT KEY");
    mkdir("tmp", 0700), mkdir("new", 0700);
    tmp = open("tmp", O_RDONLY | O_DIRECTORY), new = open("new", O_RDONLY | O_DIRECTORY);
    context = SSL_CTX_new(TLS_server_method());
    SSL_CTX_use_certificate_chain_file(context, argv[2]), SSL_CTX_use_PrivateKey_file(context, argv[3], SSL_FILETYPE_PEM);
    if (bind(listener, (struct sockaddr *)&at, length) < 0 || listen(listener, 1024) < 0) fail("listen");
    getsockname(listener, (struct sockaddr *)&at, &length);
    printf("%d\n", ntohs(at.sin_port)), fflush(stdout);
    for (int socket; (socket = accept(listener, NULL, NULL)) >= 0;) {
        pthread_t thread;
        setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        if (pthread_create(&thread, NULL, serve, (void *)(long)socket)) fail("pthread_create");
        pthread_detach(thread);
    }
}

// source PORT SESSIONS MESSAGES BYTES many|each plain|tls: sends MESSAGES by SESSIONS threads, many a connection or one in
// each, in the clear or by STARTTLS (a full handshake each time). What Postfix's smtp-source does, which has no TLS.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int port, messages, next_message, is_one_each, is_secure;
static char *content;
static size_t content_length;
static SSL_CTX *context;

struct client {
    int socket;
    SSL *tls;
    char buffer[4096];
    int filled;
};

static void fail(const char *what) {
    fprintf(stderr, "source: %s\n", what);
    exit(1);
}

static void send_all(struct client *c, const char *bytes, size_t length) {
    while (length > 0) {
        ssize_t sent = c->tls ? SSL_write(c->tls, bytes, (int)length) : write(c->socket, bytes, length);
        if (sent <= 0) fail("the connection is lost");
        bytes += sent, length -= (size_t)sent;
    }
}

// The last line of a reply begins with three digits and a space.
static int is_whole(const char *reply, int length) {
    if (length < 5 || reply[length - 1] != '\n') return 0;
    int start = length - 1;
    while (start > 0 && reply[start - 1] != '\n') start--;
    return length - start > 3 && reply[start + 3] == ' ';
}

static void expect(struct client *c, char code) {
    c->filled = 0;
    while (!is_whole(c->buffer, c->filled)) {
        int room = (int)sizeof c->buffer - 1 - c->filled;
        ssize_t count = c->tls ? SSL_read(c->tls, c->buffer + c->filled, room) : read(c->socket, c->buffer + c->filled, (size_t)room);
        if (count <= 0) fail("no reply");
        c->filled += (int)count;
    }
    c->buffer[c->filled] = 0;
    if (c->buffer[0] != code) fail(c->buffer);
}

static void say(struct client *c, const char *line, char code) {
    send_all(c, line, strlen(line));
    expect(c, code);
}

static void begin(struct client *c) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int one = 1;
    c->tls = NULL;
    c->socket = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(c->socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (connect(c->socket, (struct sockaddr *)&to, sizeof to) < 0) fail("nobody listens");
    expect(c, '2');
    say(c, "EHLO client.example.net\r\n", '2');
    if (!is_secure) return;
    say(c, "STARTTLS\r\n", '2');
    SSL *tls = SSL_new(context);
    SSL_set_fd(tls, c->socket);
    if (SSL_connect(tls) != 1) fail("no handshake");
    c->tls = tls;
    say(c, "EHLO client.example.net\r\n", '2');
}

static void end(struct client *c) {
    say(c, "QUIT\r\n", '2');
    if (c->tls) SSL_shutdown(c->tls), SSL_free(c->tls);
    close(c->socket);
}

static void *work(void *unused) {
    struct client c;
    int is_open = 0;
    while (__atomic_fetch_add(&next_message, 1, __ATOMIC_RELAXED) < messages) {
        if (!is_open) begin(&c);
        is_open = !is_one_each;
        say(&c, "MAIL FROM:<s@example.net>\r\n", '2');
        say(&c, "RCPT TO:<a@example.com>\r\n", '2');
        say(&c, "DATA\r\n", '3');
        send_all(&c, content, content_length);
        expect(&c, '2');
        if (!is_open) end(&c);
    }
    if (is_open) end(&c);
    return unused;
}

static void make_content(size_t length) {
    static const char header[] = "From: <s@example.net>\r\nTo: <a@example.com>\r\nSubject: a load\r\n\r\n";
    content = malloc(length + 200);
    size_t at = sizeof header - 1;
    memcpy(content, header, at);
    for (; at < length; at += 80) {
        memset(content + at, 'X', 78);
        memcpy(content + at + 78, "\r\n", 2);
    }
    memcpy(content + at, ".\r\n", 3);
    content_length = at + 3;
}

int main(int argc, char **argv) {
    if (argc != 7) fail("usage: source PORT SESSIONS MESSAGES BYTES many|each plain|tls");
    int sessions = atoi(argv[2]);
    port = atoi(argv[1]), messages = atoi(argv[3]);
    is_one_each = !strcmp(argv[5], "each"), is_secure = !strcmp(argv[6], "tls");
    make_content((size_t)atol(argv[4]));
    context = SSL_CTX_new(TLS_client_method());
    pthread_t all[1000];
    if (sessions < 1 || sessions > 1000) fail("1 to 1000 sessions");
    for (int i = 0; i < sessions; i++) pthread_create(&all[i], NULL, work, NULL);
    for (int i = 0; i < sessions; i++) pthread_join(all[i], NULL);
}

// The bounds for json-post: a bare loop on libcurl's multi interface that posts COUNT bodies.
// bare URL COUNT CONCURRENCY 1|2: the same 8 KB again and again; 2 is HTTP/2 where TLS agrees on it
// bare URL COUNT CONCURRENCY 1|2 HEADER...: the lines of standard input, with these headers
// bare URL COUNT CONCURRENCY 1|2 sign SECRET DIR: the lines, which begin with {"id":"UUID", each with the headers of json-post, signed,
// and DIR/UUID.eml is removed when it is delivered. A line is not judged, and nothing is kept for another attempt.
#include <curl/curl.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static size_t drop(char *bytes, size_t size, size_t count, void *context) {
    (void)bytes, (void)context;
    return size * count;
}

static EVP_MAC_CTX *signer;

struct transfer {
    char *body;
    size_t size;
    char name[41], text[512];
    struct curl_slist headers;
};

static void begin_signing(const char *secret) {
    unsigned char key[64];
    int length = EVP_DecodeBlock(key, (const unsigned char *)secret, (int)strlen(secret));
    OSSL_PARAM digest[] = {OSSL_PARAM_construct_utf8_string("digest", "SHA256", 0), OSSL_PARAM_construct_end()};
    signer = EVP_MAC_CTX_new(EVP_MAC_fetch(NULL, "HMAC", NULL));
    if (length < 1 || !EVP_MAC_init(signer, key, (size_t)length, digest)) exit(78);
}

// The headers are one item of libcurl's list, the fastest way to have them printed.
static void sign(CURL *easy, struct transfer *own, size_t length) {
    char id[37], prefix[64], signature[45];
    unsigned char code[32];
    size_t size;
    if (length < 43 || memcmp(own->body, "{\"id\":\"", 7)) exit(65);
    snprintf(id, sizeof id, "%.36s", own->body + 7);
    snprintf(own->name, sizeof own->name, "%s.eml", id);
    long now = (long)time(NULL);
    int count = snprintf(prefix, sizeof prefix, "%s.%ld.", id, now);
    EVP_MAC_init(signer, NULL, 0, NULL);
    EVP_MAC_update(signer, (unsigned char *)prefix, (size_t)count);
    EVP_MAC_update(signer, (unsigned char *)own->body, length);
    EVP_MAC_final(signer, code, &size, sizeof code);
    EVP_EncodeBlock((unsigned char *)signature, code, sizeof code);
    snprintf(own->text, sizeof own->text,
             "content-type: application/json\r\nuser-agent: json-post/0.1.0\r\nwebhook-id: %s\r\nwebhook-timestamp: %ld\r\n"
             "webhook-attempt: 1\r\nidempotency-key: \"%s\"\r\nwebhook-signature: v1,%s", id, now, id, signature);
    own->headers.data = own->text;
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, &own->headers);
}

// Gives a transfer the next line.
static void load(CURL *easy) {
    struct transfer *own;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &own);
    ssize_t length = getline(&own->body, &own->size, stdin);
    if (length < 1) exit(66);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, own->body);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)length - 1);
    if (signer) sign(easy, own, (size_t)length - 1);
}

static void acknowledge(CURL *easy, int directory) {
    struct transfer *own;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &own);
    if (unlinkat(directory, own->name, 0)) exit(74);
}

int main(int argc, char **argv) {
    if (argc < 5) return 64;
    int count = atoi(argv[2]), width = atoi(argv[3]), begun = 0, ended = 0, good = 0, running;
    int directory = argc == 8 && !strcmp(argv[5], "sign") ? open(argv[7], O_RDONLY | O_DIRECTORY) : -1;
    if (directory >= 0) begin_signing(argv[6]);
    char *body = malloc(8192);
    memset(body, 'x', 8192);
    long is2 = *argv[4] == '2', version = is2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1;
    CURLM *multi = curl_multi_init();
    struct curl_slist *headers = curl_slist_append(NULL, "Expect:");
    for (int i = 5; i < argc && !signer; i++) headers = curl_slist_append(headers, argv[i]);
    for (int i = 0; i < width && begun < count; i++, begun++) {
        CURL *easy = curl_easy_init();
        curl_easy_setopt(easy, CURLOPT_URL, argv[1]);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, 8192L);
        curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
        curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, drop);
        curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
        curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
        curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, version);
        curl_easy_setopt(easy, CURLOPT_PIPEWAIT, is2);
        curl_easy_setopt(easy, CURLOPT_PRIVATE, calloc(1, sizeof(struct transfer)));
        if (argc > 5) load(easy);
        curl_multi_add_handle(multi, easy);
    }
    while (ended < count) {
        curl_multi_perform(multi, &running);
        int left;
        CURLMsg *message;
        while ((message = curl_multi_info_read(multi, &left))) {
            CURL *easy = message->easy_handle;
            long status = 0;
            curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
            int isGood = message->data.result == CURLE_OK && status / 100 == 2;
            good += isGood;
            if (isGood && signer) acknowledge(easy, directory);
            curl_multi_remove_handle(multi, easy);
            ended++;
            if (begun < count) {
                begun++;
                if (argc > 5) load(easy);
                curl_multi_add_handle(multi, easy);
            }
        }
        if (ended < count) curl_multi_poll(multi, NULL, 0, 1000, NULL);
    }
    return good == count ? 0 : 1;
}

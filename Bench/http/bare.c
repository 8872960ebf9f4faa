// The bounds for json-post: a bare loop on libcurl's multi interface that posts COUNT bodies, without headers the same 8 KB again and
// again, with headers the lines of standard input.
// bare URL COUNT CONCURRENCY 1|2 [HEADER...]: 2 is HTTP/2 where TLS agrees on it
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t drop(char *bytes, size_t size, size_t count, void *context) {
    (void)bytes, (void)context;
    return size * count;
}

struct transfer {
    char *body;
    size_t size;
};

// Gives a transfer the next line.
static void load(CURL *easy) {
    struct transfer *own;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &own);
    ssize_t length = getline(&own->body, &own->size, stdin);
    if (length < 1) exit(66);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, own->body);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)length - 1);
}

int main(int argc, char **argv) {
    if (argc < 5) return 64;
    int count = atoi(argv[2]), width = atoi(argv[3]), begun = 0, ended = 0, good = 0, running;
    char *body = malloc(8192);
    memset(body, 'x', 8192);
    long is2 = *argv[4] == '2', version = is2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1;
    CURLM *multi = curl_multi_init();
    struct curl_slist *headers = curl_slist_append(NULL, "Expect:");
    for (int i = 5; i < argc; i++) headers = curl_slist_append(headers, argv[i]);
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
            good += message->data.result == CURLE_OK && status / 100 == 2;
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

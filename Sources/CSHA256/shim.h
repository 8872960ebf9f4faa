// SHA-256 by OpenSSL, out of its archive, for mime2json, which needs nothing else of it: loading and relocating libcrypto.so takes
// as long as all the rest of a process that converts one small message.
#pragma once
// SHA256_Init and its like are deprecated for want of providers, which is why we use them: they need no start-up.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

// SHA-256 of `count` bytes into 32. (The one-shot SHA256() would initialise OpenSSL first.)
static inline void csha256(const void *bytes, size_t count, unsigned char *digest) {
    SHA256_CTX context;
    SHA256_Init(&context);
    SHA256_Update(&context, bytes, count);
    SHA256_Final(digest, &context);
}

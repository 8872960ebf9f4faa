// OpenSSL as Swift sees it: the headers, and wrappers for what is a macro or variadic there.
#pragma once
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

// smtp-accept: what a server's SSL_CTX needs. A key under a passphrase is an error: nobody is there to be asked for it.
static inline int copenssl_no_passphrase(char *buffer, int size, int writing, void *context) {
    (void)buffer, (void)size, (void)writing, (void)context;
    return -1;
}
static inline int copenssl_ctx_harden(SSL_CTX *context) {
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                     SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_default_passwd_cb(context, copenssl_no_passphrase);
    SSL_CTX_set_read_ahead(context, 1);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    // Tickets keep sessions at the client. A mail server keeps the last one: a second would be made for nothing.
    SSL_CTX_set_num_tickets(context, 1);
    // What the system allows, with forward secrecy: whoever speaks TLS 1.2 can do that.
    return SSL_CTX_set_cipher_list(context, "DEFAULT:!kRSA:!PSK:!SRP") == 1 &&
           SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1;
}
static inline EVP_PKEY *copenssl_make_p256(void) { return EVP_EC_gen("P-256"); }
static inline const EVP_MD *copenssl_sha256(void) { return EVP_sha256(); }

// json-post: HMAC-SHA-256. An OSSL_PARAM keeps the pointers to its name and value, which a string of Swift gives for one call only.
static inline int copenssl_hmac_sha256_init(EVP_MAC_CTX *context, const unsigned char *key, size_t count) {
    const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string("digest", (char *)"SHA256", 0),
                                     OSSL_PARAM_construct_end()};
    return EVP_MAC_init(context, key, count, parameters);
}

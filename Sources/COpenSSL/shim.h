// OpenSSL as Swift sees it: the headers, and wrappers for what is a macro or variadic there.
#pragma once
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>

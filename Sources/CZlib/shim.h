// zlib as Swift sees it: the header, and a wrapper for what is a macro there.
#pragma once
#include <zlib.h>

// Level 6, and a gzip header (RFC 1952) around it.
static inline int czlib_begin_gzip(z_stream *stream) {
    return deflateInit2(stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
}

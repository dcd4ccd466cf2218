#ifndef UNITED_PHARMACY_CZLIB_SHIM_H
#define UNITED_PHARMACY_CZLIB_SHIM_H

#include <zlib.h>

/* deflateInit2 is a macro, which Swift does not import. 15 + 16: the largest window, with the header of gzip (RFC 1952). */
static inline int up_deflate_init_gzip(z_stream *stream, int level) {
    return deflateInit2(stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
}

#endif

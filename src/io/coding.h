/* Coding: what bodies may be compressed with, under the names that each protocol has for it.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_IO_CODING_H
#define TM_IO_CODING_H

#include "base/text.h"

typedef enum tm_coding {
    TM_CODING_IDENTITY,
    TM_CODING_GZIP,          /* RFC 1952: one member or several */
    TM_CODING_ZSTD,          /* RFC 8878: one frame or several */
    TM_CODING_DEFLATE,       /* RFC 1950, which is what RFC 9110 means by deflate */
    TM_CODING_ZLIB,          /* the same by its other name */
    TM_CODING_SNAPPY,        /* one block of snappy's block format */
    TM_CODING_SNAPPY_FRAMED, /* snappy's framing format */
    TM_CODING_LZ4,           /* LZ4 frames */
    TM_CODINGS
} tm_coding;

/* Whose names: of HTTP's Content-Encoding or of grpc-encoding. They differ in "snappy", which is
 * the block format in HTTP and the framing format in gRPC. */
typedef enum tm_coding_names { TM_NAMES_HTTP, TM_NAMES_GRPC } tm_coding_names;

/* The coding of a name in letters of any case; "" and "identity" are none. False: not known. */
bool tm_coding_find(tm_coding_names names, tm_text name, tm_coding *coding);

/* HTTP's name. */
const char *tm_coding_name(tm_coding coding);

/* All names as a header lists them: "gzip, zstd" for HTTP, "identity,gzip" for gRPC. */
const char *tm_coding_list(tm_coding_names names);

#endif

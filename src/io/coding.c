/* Coding: the table of names.
 * SPDX-License-Identifier: Apache-2.0 */
#include "io/coding.h"

/* The first rows are in the order of the enum; NULL: the protocol has none. */
static const struct {
    const char *name[2]; /* by tm_coding_names */
    tm_coding coding;
} rows[] = {
    {{"identity", "identity"}, TM_CODING_IDENTITY},
    {{"gzip", "gzip"}, TM_CODING_GZIP},
    {{"zstd", "zstd"}, TM_CODING_ZSTD},
    {{"deflate", NULL}, TM_CODING_DEFLATE},
    {{"zlib", NULL}, TM_CODING_ZLIB},
    {{"snappy", NULL}, TM_CODING_SNAPPY},
    {{"x-snappy-framed", "snappy"}, TM_CODING_SNAPPY_FRAMED},
    {{"lz4", NULL}, TM_CODING_LZ4},
    {{"x-gzip", NULL}, TM_CODING_GZIP},
    {{"", ""}, TM_CODING_IDENTITY},
};

bool tm_coding_find(tm_coding_names names, tm_text name, tm_coding *coding)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *known = rows[i].name[names];
        if (known && tm_text_same_word(name, tm_text_of(known))) {
            *coding = rows[i].coding;
            return true;
        }
    }
    return false;
}

const char *tm_coding_name(tm_coding coding)
{
    return rows[coding].name[TM_NAMES_HTTP];
}

const char *tm_coding_list(tm_coding_names names)
{
    return names == TM_NAMES_GRPC ? "identity,gzip,zstd,snappy"
                                  : "gzip, zstd, deflate, zlib, snappy, x-snappy-framed, lz4";
}

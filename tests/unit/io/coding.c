/* Names of codings.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/io/packing.h"

static void names_of_codings_have_no_case(void **state)
{
    (void)state;
    tm_coding coding;
    static const struct {
        const char *name;
        int http, grpc; /* -1: not known */
    } rows[] = {
        {"GZip", TM_CODING_GZIP, TM_CODING_GZIP},
        {"x-gzip", TM_CODING_GZIP, -1},
        {"zstd", TM_CODING_ZSTD, TM_CODING_ZSTD},
        {"", TM_CODING_IDENTITY, TM_CODING_IDENTITY},
        {"identity", TM_CODING_IDENTITY, TM_CODING_IDENTITY},
        {"deflate", TM_CODING_DEFLATE, -1},
        {"zlib", TM_CODING_ZLIB, -1},
        {"Snappy", TM_CODING_SNAPPY, TM_CODING_SNAPPY_FRAMED},
        {"x-snappy-framed", TM_CODING_SNAPPY_FRAMED, -1},
        {"lz4", TM_CODING_LZ4, -1},
        {"gzip, gzip", -1, -1},
        {"br", -1, -1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        tm_text name = tm_text_of(rows[i].name);
        assert_int_equal(tm_coding_find(TM_NAMES_HTTP, name, &coding) ? (int)coding : -1,
                         rows[i].http);
        assert_int_equal(tm_coding_find(TM_NAMES_GRPC, name, &coding) ? (int)coding : -1,
                         rows[i].grpc);
    }
}

/* The lists that headers give away have every coding that has a name, and no other. */
static void lists_have_every_coding(void **state)
{
    (void)state;
    for (int names = TM_NAMES_HTTP; names <= TM_NAMES_GRPC; names++) {
        tm_text list = tm_text_of(tm_coding_list((tm_coding_names)names)), part;
        unsigned listed = 0, known = 0;
        tm_coding coding;
        while (tm_text_next(&list, ',', &part)) {
            assert_true(tm_coding_find((tm_coding_names)names, tm_text_trim(part), &coding));
            listed |= 1u << coding;
        }
        for (int c = TM_CODING_GZIP; c < TM_CODINGS; c++) {
            const char *name = tm_coding_name((tm_coding)c);
            assert_true(tm_coding_find(TM_NAMES_HTTP, tm_text_of(name), &coding));
            assert_int_equal(coding, c);
            known |= 1u << c;
        }
        if (names == TM_NAMES_GRPC)
            known = 1u << TM_CODING_IDENTITY | 1u << TM_CODING_GZIP | 1u << TM_CODING_ZSTD |
                    1u << TM_CODING_SNAPPY_FRAMED;
        assert_int_equal(listed, known);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_of_codings_have_no_case),
        cmocka_unit_test(lists_have_every_coding),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

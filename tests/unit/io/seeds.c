/* The seeds of tests/fuzz/inflate are what their names say: a coding, which the first byte picks as
 * the fuzzer does, and "over-cap" where the cap in the second byte stops them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/io/packing.h"

#include <dirent.h>

static const char folder[] = "tests/fuzz/corpus/inflate";

/* Where one name starts like another, the longer one comes first. */
static const struct {
    const char *name;
    tm_coding coding;
} codings[] = {
    {"snappy-framed", TM_CODING_SNAPPY_FRAMED},
    {"identity", TM_CODING_IDENTITY},
    {"gzip", TM_CODING_GZIP},
    {"zstd", TM_CODING_ZSTD},
    {"deflate", TM_CODING_DEFLATE},
    {"zlib", TM_CODING_ZLIB},
    {"snappy", TM_CODING_SNAPPY},
    {"lz4", TM_CODING_LZ4},
};

static tm_coding coding_of(const char *name)
{
    for (size_t i = 0; i < TM_CODINGS; i++)
        if (!strncmp(name, codings[i].name, strlen(codings[i].name)))
            return codings[i].coding;
    fail_msg("%s is named after no coding", name);
    return TM_CODING_IDENTITY;
}

static tm_bytes content(const char *name)
{
    char path[400], block[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    tm_bytes bytes = {0};
    for (size_t n; (n = fread(block, 1, sizeof block, file)) > 0;)
        assert_true(tm_bytes_add(&bytes, tm_text_slice(block, n)));
    fclose(file);
    return bytes;
}

static void check(const char *name)
{
    tm_bytes seed = content(name), out = {0};
    tm_text bytes = tm_bytes_text(&seed);
    assert_true(bytes.n > 2);
    tm_coding coding = (tm_coding)(bytes.p[0] % TM_CODINGS);
    size_t cap_bytes = (size_t)(uint8_t)bytes.p[1] << 8;
    tm_inflate_result result = unpack(coding, tm_text_skip(bytes, 2), cap_bytes, &out);
    if (coding != coding_of(name) ||
        result != (strstr(name, "over-cap") ? TM_INFLATE_TOO_LARGE : TM_INFLATE_OK))
        fail_msg("%s: coding %d gives result %d", name, (int)coding, (int)result);
    tm_bytes_free(&seed), tm_bytes_free(&out);
}

static void each_seed_of_the_fuzzer_is_what_its_name_says(void **state)
{
    (void)state;
    bool seen[TM_CODINGS] = {false};
    DIR *d = opendir(folder);
    assert_non_null(d);
    for (struct dirent *entry; (entry = readdir(d));) {
        if (entry->d_name[0] == '.')
            continue;
        check(entry->d_name);
        seen[coding_of(entry->d_name)] = true;
    }
    closedir(d);
    for (size_t i = 0; i < TM_CODINGS; i++)
        assert_true(seen[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_seed_of_the_fuzzer_is_what_its_name_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

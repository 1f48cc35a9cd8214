/* Fuzz: any bytes decompressed as any coding, with a cap. The first byte picks the coding, the
 * second the cap. What comes out is within the cap, and the same the second time, from a warm
 * state.
 *
 *     clang -fsanitize=fuzzer,address,undefined ... tests/fuzz/inflate.c
 * SPDX-License-Identifier: Apache-2.0 */
#include "io/inflate.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static tm_inflater *inflater; /* libFuzzer has no owner to pass */
    if (!inflater)
        inflater = tm_inflater_new(NULL);
    if (size < 2)
        return 0;
    tm_coding coding = (tm_coding)(data[0] % TM_CODINGS);
    size_t cap_bytes = (size_t)data[1] << 8;
    tm_text in = tm_text_slice(data + 2, size - 2);
    tm_bytes first = {0}, second = {0};
    tm_inflate_result result = tm_inflate(inflater, coding, in, cap_bytes, &first);
    assert(result != TM_INFLATE_OK || first.n <= cap_bytes);
    assert(tm_inflate(inflater, coding, in, cap_bytes, &second) == result);
    assert(result != TM_INFLATE_OK || tm_text_equal(tm_bytes_text(&first), tm_bytes_text(&second)));
    tm_bytes_free(&first);
    tm_bytes_free(&second);
    return 0;
}

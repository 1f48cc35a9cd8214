/* Names and numbers: those of enums.def.
 * SPDX-License-Identifier: Apache-2.0 */
#include "otlp/enums.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void every_symbol_reads_back_and_no_other_does(void **state)
{
    (void)state;
    static const int symbols[TM_ENUMS] = {[TM_ENUM_SPAN_KIND] = 6, [TM_ENUM_STATUS_CODE] = 3};
    int64_t value;
    for (tm_enum which = 0; which < TM_ENUMS; which++) {
        int64_t n = 0;
        for (tm_text symbol; (symbol = tm_enum_row_of(which, n).symbol).n; n++) {
            assert_true(tm_enum_read(which, symbol, &value) && value == n);
            assert_true(tm_enum_row_of(which, n).word.n > 0);
            assert_false(tm_enum_read(1 - which, symbol, &value));
        }
        assert_int_equal(n, symbols[which]);
        assert_int_equal(tm_enum_row_of(which, -1).symbol.n, 0);
        assert_int_equal(tm_enum_row_of(which, INT64_MAX).word.n, 0);
        assert_false(tm_enum_read(which, TM_TEXT(""), &value));
    }
    assert_true(tm_text_is(tm_enum_row_of(TM_ENUM_SPAN_KIND, 2).symbol, "SPAN_KIND_SERVER"));
    assert_true(tm_text_is(tm_enum_row_of(TM_ENUM_STATUS_CODE, 2).word, "Error"));
    assert_false(tm_enum_read(TM_ENUM_SPAN_KIND, TM_TEXT("span_kind_server"), &value));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_symbol_reads_back_and_no_other_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Blocks: how many blocks of code have run, in the build that counts them (make work); else 0.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TESTS_BLOCKS_H
#define TM_TESTS_BLOCKS_H

#include <stdint.h>

/* The compiler puts a call into each block with -fsanitize-coverage=trace-pc; otherwise nobody
 * calls it. */
static uint64_t blocks_run;
void __sanitizer_cov_trace_pc(void);
#ifndef __clang__
__attribute__((no_sanitize_coverage))
#endif
void __sanitizer_cov_trace_pc(void)
{
    blocks_run++;
}

#endif

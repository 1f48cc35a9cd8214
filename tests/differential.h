/* Differential: one case answered, for tests/peers/differential.py.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TESTS_DIFFERENTIAL_H
#define TM_TESTS_DIFFERENTIAL_H

#include "vectors_case.h"

/* Runs the row and writes its answer, one JSON object without a line's end. */
void tm_differential_answer(tm_vectors_run *run, tm_buf *out);

/* {"type": T, "value": V}, as tests/vectors/README.md describes typed values. */
void tm_differential_write_value(tm_buf *out, tm_value value);

/* A document as JSON. Bytes of strings that are no UTF-8 stay, as the reference leaves them. */
void tm_differential_write_doc(tm_buf *out, const tm_doc *doc);

#endif

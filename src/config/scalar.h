/* Scalar: what a plain YAML scalar means.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_CONFIG_SCALAR_H
#define TM_CONFIG_SCALAR_H

#include "base/doc.h"

/* Gives a scalar the type and value that its text has as a plain scalar, as the Collector's YAML
 * reader types it: null (also the empty text), true and false, ints (decimal, 0x, 0o, 0b, a leading
 * 0 is octal, _ between digits), floats with .inf and .nan; everything else, "yes" and dates too,
 * is a string. An int above 2^63 - 1 is a double. */
void tm_scalar_type(tm_doc *doc);

#endif

/* Sample: the span that examples are tried on.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TESTS_SAMPLE_H
#define TM_TESTS_SAMPLE_H

#include "lang/compile.h"
#include "otlp/request.h"
#include "vectors_doc.h"

/* Stands on the first span of the sample (TracesData as OTLP/JSON): its items, with what the table
 * asks of them, become the VM's. All of it lives in the arena. */
void sample_open(tm_arena *arena, const tm_doc *sample, tm_need_table *table, tm_vm *vm,
                 tm_request *request);

#endif

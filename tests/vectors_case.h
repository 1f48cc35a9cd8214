/* Vectors, cases: one row of a vectors file, run and judged.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TESTS_VECTORS_CASE_H
#define TM_TESTS_VECTORS_CASE_H

#include "vectors_doc.h"
#include "vm/proof.h"

/* What a case runs with. Everything it makes lives in `arena`, which is reset behind it. */
typedef struct tm_vectors_run {
    tm_arena *arena;
    tm_vm *vm;
    const tm_doc *row;
    const tm_doc *expected;
    const tm_doc *traces; /* the entry of spans.json that it runs on */
    bool proven;          /* run it as explain does, and see that each part says the same */
    tm_text difference;   /* out: what failed, empty when nothing did */
} tm_vectors_run;

/* Notes the first difference; returns false always. */
bool tm_vectors_differ(tm_vectors_run *run, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Conditions, values and statements. True when all is as expected. */
bool tm_vectors_run_rule(tm_vectors_run *run);

/* What watches a rule: that it does not build; what one item yields (`ran` is false for an error,
 * which vm->error tells); the data behind the last item, as bytes of OTLP. A watcher that returns
 * false makes the run false. */
typedef struct tm_vectors_watch {
    bool (*refused)(void *self, const tm_diags *diags);
    bool (*result)(void *self, tm_text path, bool ran, tm_value result);
    bool (*data)(void *self, tm_text request);
} tm_vectors_watch;

/* Compiles the row's rule and runs it over every item of its context; needs no `expected`. */
bool tm_vectors_watch_rule(tm_vectors_run *run, const tm_vectors_watch *watch, void *self);

/* Whether the proof of a run tells what the run yielded, and each part of the rule what it yields
 * by itself, compiled and run in the same context. */
bool tm_vectors_is_proven(tm_vectors_run *run, const tm_proof *proof, const tm_needs *const needs[],
                          bool ran, tm_value result);

/* Configurations of processors. */
bool tm_vectors_run_processor(tm_vectors_run *run);

/* Whether a value is the typed value of the vectors; `span` is the item around it. */
bool tm_vectors_same_value(tm_arena *arena, const tm_doc *want, tm_value got);
/* "int", "slice", ...: the names of types in typed values. */
const char *tm_vectors_type_name(tm_type type);
tm_text tm_vectors_print_value(tm_arena *arena, tm_value value);

#endif

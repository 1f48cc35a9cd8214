/* tamis: OTTL rules over OTLP trace requests, as a library.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Compile rules once, make one judge for each thread, and give it ExportTraceServiceRequests
 * (protobuf). What leaves is the request without the spans that the rules drop, with the edits that
 * they make and without parents and ids of links that are zeros only, which are no ids; everything
 * else byte for byte. The library opens no socket, starts no thread and keeps no global state; it
 * reads no file but the system's time zones, when a rule asks for one. examples/embed.c shows all
 * of it. Text is UTF-8; strings end with a NUL.
 *
 * How to link it is at the top of examples/embed.c. Versions below 1.0 may change this header. */
#ifndef TAMIS_H
#define TAMIS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TAMIS_API __attribute__((visibility("default")))

/* Compiled rules: immutable, counted references, shared between threads. */
typedef struct tamis_rules tamis_rules;
/* What one thread judges with. */
typedef struct tamis_judge tamis_judge;

TAMIS_API const char *tamis_version(void);

/* Where memory comes from; NULL instead of one means malloc, realloc and free. The struct is
 * copied; its functions must work as long as what was made with them, in every thread that uses it.
 */
typedef struct tamis_heap {
    void *(*alloc)(void *owner, size_t size_bytes);
    void *(*grow)(void *owner, void *block, size_t size_bytes);
    void (*drop)(void *owner, void *block);
    void *owner;
} tamis_heap;

/* ---- compiling ---------------------------------------------------------------------------------
 */

typedef enum tamis_step_kind {
    TAMIS_DROP, /* OTTL conditions: what any of them holds for is dropped */
    TAMIS_EDIT  /* OTTL statements, run in order */
} tamis_step_kind;

/* What a step's rules are about. TAMIS_INFER finds it from the paths, which then all need a prefix:
 * span.name instead of name. */
typedef enum tamis_context {
    TAMIS_INFER,
    TAMIS_RESOURCE,
    TAMIS_SCOPE,
    TAMIS_SPAN,
    TAMIS_SPAN_EVENT
} tamis_context;

/* What a rule's runtime error does. */
typedef enum tamis_error_mode {
    TAMIS_IGNORE,   /* count it, call judge_options.failed, go on */
    TAMIS_SILENT,   /* count it, go on */
    TAMIS_PROPAGATE /* refuse the request */
} tamis_error_mode;

typedef struct tamis_step {
    const char *name; /* of its rules: "noise" gives "noise[0]", "noise[1]", ... */
    tamis_step_kind kind;
    tamis_context context;
    tamis_error_mode error_mode;
    const char *const *rule;
    size_t rules;
} tamis_step;

/* Compiles the steps, which run in their order. NULL when a rule does not compile, a step cannot be
 * one (no name, an enum out of range, a rule that is NULL) or memory is out. *messages tells of all
 * errors and warnings, with places, or is NULL when there is nothing to tell (or no memory to do
 * so); it is given back by tamis_messages_free with the same heap. `messages` may be NULL. */
TAMIS_API tamis_rules *tamis_rules_compile(const tamis_heap *heap, const tamis_step *step,
                                           size_t steps, char **messages);
TAMIS_API void tamis_messages_free(const tamis_heap *heap, char *messages);

TAMIS_API void tamis_rules_ref(tamis_rules *rules);   /* NULL is fine */
TAMIS_API void tamis_rules_unref(tamis_rules *rules); /* the last one frees; NULL is fine */

/* How many rules there are, numbered from 0 through all steps, and the name of one: NULL when there
 * is no such rule. The name lives as long as the rules. */
TAMIS_API size_t tamis_rules_count(const tamis_rules *rules);
TAMIS_API const char *tamis_rules_name(const tamis_rules *rules, size_t rule);

/* ---- judging -----------------------------------------------------------------------------------
 */

/* What to do with a string that is not UTF-8. */
typedef enum tamis_utf8 {
    TAMIS_UTF8_SANITIZE, /* put U+FFFD for what is bad */
    TAMIS_UTF8_PASS,
    TAMIS_UTF8_REJECT /* refuse the request */
} tamis_utf8;

/* What one request may cost; 0 means the value in brackets, TAMIS_NO_BOUND that there is none. Of
 * sizes that are given twice the larger one counts: so many bytes, or so many times the bytes of
 * the request. */
#define TAMIS_NO_BOUND UINT64_MAX
typedef struct tamis_bounds {
    uint64_t time_ns;       /* [500,000,000] processor time of the thread */
    uint64_t memory_bytes;  /* [64 MiB] beside what the judge always keeps */
    uint64_t memory_factor; /* [32] */
    uint64_t output_bytes;  /* [1 MiB] of what leaves */
    uint64_t output_factor; /* [16] */
    uint64_t span_percent;  /* [10] of time and memory may go to one span, at most 100; a large one
                             * may take three times its part of the bytes, and leaves as much */
} tamis_bounds;

/* Zeroed is fine. */
typedef struct tamis_judge_options {
    const tamis_heap *heap;
    tamis_utf8 utf8;
    tamis_bounds bounds;
    /* Called for each runtime error of a rule in error mode TAMIS_IGNORE, and for each span that
     * takes too much; may be NULL. */
    void (*failed)(void *owner, const char *rule_name, const char *message);
    void *owner;
} tamis_judge_options;

/* NULL when out of memory, or when the options cannot be: a heap without one of its functions, a
 * value of utf8 that is none. `options` may be NULL. */
TAMIS_API tamis_judge *tamis_judge_new(const tamis_judge_options *options);
TAMIS_API void tamis_judge_free(tamis_judge *judge); /* NULL is fine */

typedef enum tamis_status {
    TAMIS_JUDGED,        /* what tamis_judge_copy gives leaves */
    TAMIS_MALFORMED,     /* the bytes are no sound request */
    TAMIS_RULE_FAILED,   /* a rule of error mode TAMIS_PROPAGATE failed */
    TAMIS_OUT_OF_MEMORY, /* the judge can be used again */
    TAMIS_BAD_ARGUMENT,  /* judge or rules are NULL, or bytes that are to be some */
    TAMIS_TOO_COSTLY     /* it takes more than tamis_bounds allow, and would do so again */
} tamis_status;

typedef struct tamis_verdict {
    const char *reason; /* one sentence, unless judged with no span rejected: then NULL */
    size_t size_bytes;  /* of what leaves; 0: nothing */
    uint32_t spans_in;
    uint32_t spans_out;
    uint32_t spans_rejected; /* dropped because they took more than their share of tamis_bounds */
} tamis_verdict;

/* Judges one request. The bytes must stay as they are, and the rules live, until the judge's next
 * request; so long *verdict, tamis_judge_copy and tamis_judge_counts speak of this one. `verdict`
 * may be NULL. */
TAMIS_API tamis_status tamis_judge_request(tamis_judge *judge, tamis_rules *rules,
                                           const void *bytes, size_t size_bytes,
                                           tamis_verdict *verdict);

/* Copies what leaves to `to`, which has room for verdict.size_bytes. After any other
 * status than TAMIS_JUDGED it copies nothing. */
TAMIS_API void tamis_judge_copy(const tamis_judge *judge, void *to);

/* What one rule did to the request. */
typedef struct tamis_counts {
    uint64_t matched; /* items for which the condition held or the statement ran */
    uint64_t errors;
    uint64_t dropped_spans;
    uint64_t dropped_bytes;
    uint64_t mismatches;     /* comparisons that were false because the types of the operands do not
                              * compare: a text with a number */
    uint64_t rejected_spans; /* that took more than their share while the rule ran */
} tamis_counts;

/* After TAMIS_RULE_FAILED: what it did until then. All zero after any other failure, and when there
 * is no such rule. */
TAMIS_API tamis_counts tamis_judge_counts(const tamis_judge *judge, size_t rule);

#ifdef __cplusplus
}
#endif

#endif

/* Collector VM: what Go asks of libtamis for each request, in as few calls as can be.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A call from Go into C costs as much as judging a simple span, so one call judges a request and
 * brings along all verdicts and all counts that are not 0. */
#ifndef COLLECTOR_VM_H
#define COLLECTOR_VM_H

#include <tamis/tamis.h>

/* What became of a span: its tamis_fate, and the rule that dropped it or edited it last. */
typedef struct collector_verdict {
    uint32_t fate;
    uint32_t rule; /* UINT32_MAX: none */
} collector_verdict;

typedef struct collector_count {
    uint32_t rule;
    uint32_t rejected_spans;
    uint64_t dropped_spans, errors;
} collector_count;

enum { COLLECTOR_FAILURES = 8, COLLECTOR_RULE_BYTES = 160, COLLECTOR_MESSAGE_BYTES = 400 };

typedef struct collector_failure {
    char rule[COLLECTOR_RULE_BYTES], message[COLLECTOR_MESSAGE_BYTES];
} collector_failure;

/* A VM with the outcome of its latest request. One thread at a time. */
typedef struct collector_vm {
    tamis_vm *vm;
    tamis_result result; /* its reason, if any, lives until the next request */
    collector_verdict *verdict;
    size_t verdicts, verdict_room; /* one a span of the request */
    collector_count *count;
    size_t counts, count_room; /* of rules that dropped spans or failed */
    collector_failure failure[COLLECTOR_FAILURES];
    size_t failures; /* in error mode ignore; the first of them are above */
    bool edited;     /* statements ran, or conditions dropped events */
} collector_vm;

/* NULL: out of memory. */
collector_vm *collector_vm_new(tamis_engine *engine);
void collector_vm_free(collector_vm *vm);

/* Judges a request of protobuf, which has to stay as it is until the next one. `drops` says of each
 * rule whether it can drop spans. */
tamis_status collector_vm_filter(collector_vm *vm, tamis_ruleset *ruleset, const bool *drops,
                                 const void *bytes, size_t size_bytes, const char *address,
                                 const tamis_header *metadata, size_t metadatas);

/* Takes the texts of a host for what `import` names. */
typedef struct collector_compile {
    const tamis_step *step;
    size_t steps;
    const tamis_source *source;
    size_t sources;
    tamis_error_mode error_mode;
    uintptr_t imports; /* handle of Go's */
} collector_compile;

tamis_status collector_vm_compile(tamis_engine *engine, const collector_compile *what,
                                  tamis_ruleset **ruleset, tamis_messages **messages);

#endif

/* tamis: OTTL rules over OTLP trace requests, as a library.
 * SPDX-License-Identifier: Apache-2.0
 *
 * An engine holds what rules may use; rules are compiled with it, once, into a ruleset; each thread
 * filters ExportTraceServiceRequests with a VM of its own. What leaves is the request without the
 * spans that the rules drop, with the edits that they make and without parents and ids of links
 * that are zeros only, which are no ids; everything else byte for byte. Spans that are no protobuf
 * are judged as a table (table.h). docs/embedding.md shows all of it.
 *
 * The library opens no socket, starts no thread, writes nowhere, ends no process and keeps no
 * global state; it reads no file but the system's time zones, when a rule asks for one and the host
 * has none. Text is UTF-8; strings end with a NUL. NULL and objects of another kind are refused,
 * not followed.
 *
 * Structs of options and of results begin with their size, which the caller sets to sizeof: a
 * program built with an older header runs with a newer library, which takes what is missing as 0.
 * TAMIS_ABI goes up when that is not enough. */
#ifndef TAMIS_H
#define TAMIS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TAMIS_API __attribute__((visibility("default")))
#define TAMIS_ABI 0

typedef struct tamis_engine tamis_engine;         /* counted references, any thread */
typedef struct tamis_ruleset tamis_ruleset;       /* immutable, counted references, any thread */
typedef struct tamis_expression tamis_expression; /* the same */
typedef struct tamis_vm tamis_vm;                 /* one thread at a time */
typedef struct tamis_holder tamis_holder;         /* any thread */
typedef struct tamis_messages tamis_messages;     /* any thread that has it to itself */
typedef struct tamis_call tamis_call;             /* while a function of the host's runs */

typedef enum tamis_status {
    TAMIS_OK,
    TAMIS_BAD_ARGUMENT,  /* NULL, a size or value that cannot be, an object of another kind */
    TAMIS_OUT_OF_MEMORY, /* the object can be used again */
    TAMIS_BAD_RULES,     /* they do not compile: see the messages */
    TAMIS_MALFORMED,     /* the bytes are no sound request */
    TAMIS_RULE_FAILED,   /* a rule of error mode TAMIS_PROPAGATE failed */
    TAMIS_TOO_COSTLY,    /* it takes more than tamis_bounds allow, and would do so again */
    TAMIS_NO_SUCH,       /* there is none of that number */
    TAMIS_WHOLE_SPANS    /* rules ask for what no table holds: see table.h */
} tamis_status;

TAMIS_API const char *tamis_version(void);
TAMIS_API unsigned tamis_abi(void);                           /* TAMIS_ABI of the library */
TAMIS_API const char *tamis_status_text(tamis_status status); /* "out of memory"; static */

typedef struct tamis_slice {
    const char *bytes;
    size_t size_bytes;
} tamis_slice; /* laid out as struct iovec */

/* Takes text piece by piece. */
typedef void (*tamis_write)(void *owner, const char *text, size_t size_bytes);

/* ---- engine ------------------------------------------------------------------------------ */

/* Where memory comes from. Its functions must work as long as what was made with them, in every
 * thread that uses it. */
typedef struct tamis_heap {
    void *(*alloc)(void *owner, size_t size_bytes);
    void *(*grow)(void *owner, void *block, size_t size_bytes);
    void (*drop)(void *owner, void *block);
    void *owner;
} tamis_heap;

/* Time zones, while rules are compiled, in any thread: the file (RFC 8536) of "Europe/Paris", or of
 * "Local", whose bytes live until compiling ends. False: there is none. */
typedef struct tamis_zones {
    bool (*find)(void *owner, const char *name, tamis_slice *file);
    void *owner;
} tamis_zones;

/* Time and randomness, of every thread. Ids that rules make are random. */
typedef struct tamis_clock {
    uint64_t (*realtime_ns)(void *owner);                        /* since 1970 */
    uint64_t (*monotonic_ns)(void *owner);                       /* never steps back */
    uint64_t (*thread_ns)(void *owner);                          /* processor time of the thread */
    bool (*random)(void *owner, void *bytes, size_t size_bytes); /* false: there is none */
    void *owner;
} tamis_clock;

typedef struct tamis_engine_options {
    size_t size;
    const tamis_heap *heap;   /* copied; NULL: malloc, realloc and free */
    const tamis_clock *clock; /* copied; NULL: the machine's */
    const tamis_zones *zones; /* the same */
} tamis_engine_options;

/* `options` may be NULL. */
TAMIS_API tamis_status tamis_engine_new(const tamis_engine_options *options, tamis_engine **engine);
TAMIS_API void tamis_engine_unref(tamis_engine *engine); /* rules and VMs hold references, too */

typedef enum tamis_type {
    TAMIS_NIL,
    TAMIS_BOOL,     /* truth */
    TAMIS_INT,      /* integer */
    TAMIS_DOUBLE,   /* number */
    TAMIS_STRING,   /* text */
    TAMIS_BYTES,    /* text */
    TAMIS_TIME,     /* integer: nanoseconds since 1970 */
    TAMIS_DURATION, /* integer: nanoseconds */
    TAMIS_TRACE_ID, /* text: 16 bytes */
    TAMIS_SPAN_ID,  /* text: 8 bytes */
    TAMIS_MAP,      /* entry: `entries` of them */
    TAMIS_LIST,     /* the same, without keys */
    TAMIS_OPAQUE    /* a whole status, events or links: text is its JSON */
} tamis_type;

typedef struct tamis_value {
    tamis_type type;
    size_t entries;
    union {
        bool truth;
        int64_t integer;
        double number;
        tamis_slice text;
        const struct tamis_entry *entry;
    } as;
} tamis_value;

typedef struct tamis_entry {
    tamis_slice key;
    tamis_value value;
} tamis_entry;

/* A converter of the host's own. */
typedef struct tamis_function {
    size_t size;
    const char *name;      /* "Weight": begins with a capital, is no function of the language */
    const char *signature; /* "int Weight(name: string, times?: int = 1)": docs/embedding.md */
    const char *manual;    /* a sentence; may be NULL */
    bool impure;           /* equal arguments may have different answers: never remembered, and
                            * never asked while rules are compiled */
    /* Arguments come checked and coerced as the signature says, NIL where none was given; they and
     * what *result points to live until the call of the library ends, memory of tamis_call_alloc
     * too. False: a runtime error, after tamis_call_fail. In any thread that compiles or filters.
     */
    bool (*run)(void *owner, tamis_call *call, const tamis_value *argument, size_t arguments,
                tamis_value *result);
    void *owner;
} tamis_function;

/* Before anything is compiled. The struct and its texts are copied. *why, which may be NULL, is
 * what is wrong with it: static. */
TAMIS_API tamis_status tamis_engine_add(tamis_engine *engine, const tamis_function *function,
                                        const char **why);
TAMIS_API void *tamis_call_alloc(tamis_call *call, size_t size_bytes); /* NULL: out of memory */
TAMIS_API void tamis_call_fail(tamis_call *call, const char *message); /* copied, may be cut */

typedef struct tamis_function_info {
    size_t size;
    const char *name, *signature, *manual; /* as long as the engine */
    bool host;                             /* it was added by the host */
} tamis_function_info;

/* The functions that rules can call: those of the language, then those added. */
TAMIS_API tamis_status tamis_engine_function(const tamis_engine *engine, size_t i,
                                             tamis_function_info *info);

/* ---- compiling --------------------------------------------------------------------------- */

/* What a rule's runtime error does. */
typedef enum tamis_error_mode {
    TAMIS_IGNORE,   /* count it, call failed of the VM's options, go on */
    TAMIS_SILENT,   /* count it, go on */
    TAMIS_PROPAGATE /* refuse the request */
} tamis_error_mode;

/* A rule file: docs/rules.md. */
typedef struct tamis_source {
    const char *name; /* "noise.ottl": places in messages, names of rules without a label */
    const char *text;
    size_t size_bytes;
} tamis_source;

/* What `import "name"` in the file `from` means; what the host does not have is looked for among
 * what tamis brings along. The texts live until compiling ends; `found->name` says which file it
 * is, so that none is read twice. False with a clause in *why. */
typedef bool (*tamis_resolve)(void *owner, const char *name, const char *from, tamis_source *found,
                              const char **why);

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

/* Plain OTTL, as the Collector's filter and transform processors take it. */
typedef struct tamis_step {
    const char *name; /* of its rules: "noise" gives "noise[0]", "noise[1]", ... */
    tamis_step_kind kind;
    tamis_context context;
    tamis_error_mode error_mode;
    const char *const *rule;
    size_t rules;
} tamis_step;

/* The steps run first, in their order, then the rules of the sources, in theirs. */
typedef struct tamis_compile_options {
    size_t size;
    const tamis_step *step;
    size_t steps;
    const tamis_source *source;
    size_t sources;
    tamis_error_mode error_mode; /* of sources that say none */
    tamis_resolve resolve;       /* NULL: only what tamis brings along can be imported */
    void *owner;                 /* of resolve */
    bool explained;              /* for tamis_explain: judges the same, slower */
} tamis_compile_options;

/* *messages, which may be NULL, are all errors and warnings; NULL without, or without memory. */
TAMIS_API tamis_status tamis_compile(tamis_engine *engine, const tamis_compile_options *options,
                                     tamis_ruleset **ruleset, tamis_messages **messages);
TAMIS_API void tamis_ruleset_ref(tamis_ruleset *ruleset);   /* NULL is fine */
TAMIS_API void tamis_ruleset_unref(tamis_ruleset *ruleset); /* NULL is fine */

typedef struct tamis_message {
    size_t size;
    bool warning;
    const char *code; /* "E0102": docs/messages.md */
    const char *file;
    unsigned line, column; /* from 1; 0: it has no place */
    const char *text;      /* one sentence */
    const char *hint;      /* "did you mean IsMatch?"; "" without */
    const char *drawn;     /* all of it, with the line of the rule and carets */
} tamis_message;

TAMIS_API tamis_status tamis_message_at(const tamis_messages *messages, size_t i,
                                        tamis_message *message);
TAMIS_API void tamis_messages_free(tamis_messages *messages); /* NULL is fine */

/* ---- filtering --------------------------------------------------------------------------- */

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
    uint64_t steps;         /* [TAMIS_NO_BOUND] of work, which no clock decides */
    uint64_t memory_bytes;  /* [64 MiB] beside what the VM always keeps */
    uint64_t memory_factor; /* [32] */
    uint64_t output_bytes;  /* [1 MiB] of what leaves */
    uint64_t output_factor; /* [16] */
    uint64_t span_percent;  /* [10] of time and memory may go to one span, at most 100; a large one
                             * may take three times its part of the bytes, and leaves as much */
} tamis_bounds;

typedef struct tamis_vm_options {
    size_t size;
    tamis_utf8 utf8;
    tamis_bounds bounds;
    bool verdicts; /* tamis_vm_verdict is to be asked */
    /* Called for each runtime error of a rule in error mode TAMIS_IGNORE, and for each span that
     * takes too much; may be NULL. */
    void (*failed)(void *owner, const char *rule, const char *message);
    void *owner;
} tamis_vm_options;

/* `options` may be NULL. */
TAMIS_API tamis_status tamis_vm_new(tamis_engine *engine, const tamis_vm_options *options,
                                    tamis_vm **vm);
TAMIS_API void tamis_vm_free(tamis_vm *vm); /* NULL is fine */

typedef struct tamis_header {
    const char *name, *value; /* the name in lower case */
} tamis_header;

/* An ExportTraceServiceRequest, and what is known of who sent it. */
typedef struct tamis_request {
    size_t size;
    const void *bytes;
    size_t size_bytes;
    bool json;                    /* OTLP/JSON; else protobuf */
    const char *address;          /* of the client: "127.0.0.1"; NULL: unknown */
    const tamis_header *metadata; /* otelcol.client.metadata */
    size_t metadatas;
} tamis_request;

typedef struct tamis_result {
    size_t size;
    const char *reason;       /* one sentence, unless TAMIS_OK with no span rejected: then NULL */
    size_t size_bytes;        /* of what leaves; 0: nothing */
    const tamis_slice *slice; /* of it, in order: parts of the request's bytes and of the VM's */
    size_t slices;
    uint32_t spans_in, spans_out;
    uint32_t spans_rejected; /* dropped because they took more than their share of the bounds */
    bool mended;             /* bad UTF-8 was replaced */
    uint64_t steps;          /* of work that was taken */
} tamis_result;

/* Filters one request. The bytes must stay as they are, and the ruleset live, until the VM's next
 * request or its end; so long *result and all that is asked of the VM below speak of this one. */
TAMIS_API tamis_status tamis_filter(tamis_vm *vm, tamis_ruleset *ruleset,
                                    const tamis_request *request, tamis_result *result);

/* Copies what leaves, which needs room for result.size_bytes. */
TAMIS_API tamis_status tamis_vm_copy(const tamis_vm *vm, void *to, size_t room_bytes);
/* Writes it as OTLP/JSON: "{}" when nothing leaves. */
TAMIS_API tamis_status tamis_vm_json(tamis_vm *vm, tamis_write write, void *owner);

/* What one rule did. */
typedef struct tamis_counts {
    size_t size;
    uint64_t matched; /* items for which the condition held or the statement ran */
    uint64_t errors;
    uint64_t dropped_spans;
    uint64_t dropped_bytes;
    uint64_t mismatches;     /* comparisons that were false because the types of the operands do not
                              * compare: a text with a number */
    uint64_t rejected_spans; /* that took more than their share while the rule ran */
} tamis_counts;

/* Of the request, also after TAMIS_RULE_FAILED: what it did until then. */
TAMIS_API tamis_status tamis_vm_counts(const tamis_vm *vm, size_t rule, tamis_counts *counts);

typedef enum tamis_fate { TAMIS_KEPT, TAMIS_EDITED, TAMIS_DROPPED, TAMIS_REJECTED } tamis_fate;
#define TAMIS_NO_RULE SIZE_MAX

/* What became of a span of the request, by its number there. */
typedef struct tamis_verdict {
    size_t size;
    tamis_fate fate;
    size_t rule; /* that dropped it, or the last that edited it; TAMIS_NO_RULE: none */
    size_t kept; /* the rule that kept it from later ones; TAMIS_NO_RULE: none */
} tamis_verdict;

TAMIS_API tamis_status tamis_vm_verdict(const tamis_vm *vm, size_t span, tamis_verdict *verdict);

/* ---- one expression ---------------------------------------------------------------------- */

/* An OTTL condition or value over spans, or over span events when it names one. */
TAMIS_API tamis_status tamis_expression_new(tamis_engine *engine, const char *text,
                                            tamis_expression **expression,
                                            tamis_messages **messages);
TAMIS_API void tamis_expression_unref(tamis_expression *expression); /* NULL is fine */

/* Called for each span or event with what the expression yields; a runtime error has a message
 * instead of a value. What they point to lives until it returns. False: enough. */
typedef bool (*tamis_each)(void *owner, size_t span, const tamis_value *value, const char *error);
TAMIS_API tamis_status tamis_evaluate(tamis_vm *vm, tamis_expression *expression,
                                      const tamis_request *request, tamis_each each, void *owner);

/* ---- replacing rules while threads filter ------------------------------------------------ */

/* Takes a reference of its own to the ruleset, which may be NULL. */
TAMIS_API tamis_status tamis_holder_new(tamis_engine *engine, tamis_ruleset *ruleset,
                                        tamis_holder **holder);
TAMIS_API void tamis_holder_free(tamis_holder *holder); /* when no thread uses it */
TAMIS_API tamis_status tamis_holder_set(tamis_holder *holder, tamis_ruleset *ruleset);
/* The ruleset of now with a reference for the caller, to be given back by tamis_ruleset_unref once
 * what was filtered with it has been used. */
TAMIS_API tamis_ruleset *tamis_holder_get(tamis_holder *holder);

#ifdef __cplusplus
}
#endif

#include "inspect.h"
#include "table.h"

#endif

/* Call: what a function of the language is, and what its body gets to see.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Authors of functions read stdlib/fn.h; this header ties that module to the loop that runs
 * programs.
 */
#ifndef TM_VM_CALL_H
#define TM_VM_CALL_H

#include "base/work.h"
#include "otlp/item.h"
#include "vm/regex/regex.h"

enum { TM_PARAMETERS_MOST = 8 };

/* Parameter kinds, the notation of signatures beside them (language.md 1.3). */
typedef enum tm_kind {
    TM_KIND_ANY,               /* any */
    TM_KIND_STRING,            /* string    exactly that type at run time, nil is an error */
    TM_KIND_INT,               /* int */
    TM_KIND_DOUBLE,            /* double */
    TM_KIND_BOOL,              /* bool */
    TM_KIND_MAP,               /* map */
    TM_KIND_LIST,              /* list */
    TM_KIND_TIME,              /* time */
    TM_KIND_DURATION,          /* duration */
    TM_KIND_TO_STRING,         /* string~   coerced (language.md 5.2), nil stays nil */
    TM_KIND_TO_INT,            /* int~ */
    TM_KIND_TO_DOUBLE,         /* double~ */
    TM_KIND_TO_BOOL,           /* bool~ */
    TM_KIND_TO_BYTES,          /* bytes~ */
    TM_KIND_LITERAL_STRING,    /* 'string   a literal token only */
    TM_KIND_LITERAL_INT,       /* 'int */
    TM_KIND_LITERAL_DOUBLE,    /* 'double */
    TM_KIND_LITERAL_BOOL,      /* 'bool */
    TM_KIND_LITERAL_STRINGS,   /* ['string] */
    TM_KIND_LIST_OF_ANY,       /* [any]     a list literal; [..]* also takes a path or converter */
    TM_KIND_LIST_OF_STRING,    /* [string] */
    TM_KIND_LIST_OF_TO_STRING, /* [string~] */
    TM_KIND_PATH,              /* path      read and written through tm_target_* */
    TM_KIND_PATH_MAP,          /* path map  must hold a map at run time */
    TM_KIND_PATH_LIST,         /* path list */
    TM_KIND_FUNCTION,          /* converter a bare converter name */
    TM_KIND_LAMBDA,            /* (k, v) => called with tm_call_lambda; the names say how many */
    TM_KIND_LAZY,              /* lazy any, lazy string: evaluated when the body forces it */
    TM_KIND_LIST_OF_LAZY       /* [lazy any], [lazy string] */
} tm_kind;

typedef struct tm_parameter {
    tm_text name; /* snake_case, as in the signature */
    tm_kind kind;
    tm_kind forced; /* lazy: the kind that the value must be of */
    uint8_t lambda_parameters;
    bool optional;
    bool tested; /* string|any: literals are checked at build time, any value passes at run time */
    bool or_dynamic;  /* [..]*: also a path or converter that yields a list */
    tm_text fallback; /* the text after "=", for the manual; bodies apply it themselves */
} tm_parameter;

typedef struct tm_signature {
    tm_text name;
    tm_text result; /* "bool", "string", "any", ... ; "nothing" of editors */
    uint8_t n, required;
    tm_parameter parameter[TM_PARAMETERS_MOST];
} tm_signature;

typedef struct tm_vm tm_vm;
typedef struct tm_call tm_call;
typedef struct tm_prepare tm_prepare;
struct tm_call_site;
struct tm_target;

/* Where a function may be used: bits. */
enum {
    TM_HOST_ANY = 0,
    TM_HOST_SPAN = 1,      /* only in the span context */
    TM_HOST_TRANSFORM = 2, /* only in the transform processor */
    TM_HOST_IMPURE = 4,    /* answers differ for equal arguments: Now, UUID; never hoisted */
    TM_HOST_TRACE = 8      /* asks for the span's trace: where there is a span, or its event */
};

/* What a function of two strings asks, where conditions can ask it without a call: its body must
 * answer the same. */
typedef enum tm_asks { TM_ASKS_NOTHING, TM_ASKS_STARTS, TM_ASKS_ENDS } tm_asks;

typedef struct tm_function {
    const char *name;
    const char *signature; /* "bool HasPrefix(value: string, prefix: string)" */
    const char *manual;
    const char
        *examples; /* lines of "condition", "statement -> condition" or "expression -> error" */
    const char *origin; /* "OTTL" or "tamis" */
    unsigned hosts;
    tm_asks asks;
    bool (*prepare)(tm_prepare *p); /* at build time; may be NULL */
    bool (*body)(tm_call *c);
} tm_function;

/* Functions beside those of the language: an embedder's. */
typedef struct tm_function_set {
    const tm_function *const *row;
    size_t n;
    const struct tm_zone_source *zones; /* that all functions read; NULL: the machine's */
} tm_function_set;

/* One call at run time. */
struct tm_call {
    tm_vm *vm;
    tm_arena *arena; /* the request's: results live there */
    tm_work *work;   /* what the body does for the data is charged to it: tm_charge */
    const struct tm_call_site *site;
    tm_value *arg; /* one a parameter, checked and coerced as its kind says; NIL when not given */
    void *state;   /* what prepare left, NULL without */
    tm_value result;
};

/* One call at build time. */
struct tm_prepare {
    tm_arena *arena; /* the program's */
    const tm_function *function;
    const tm_signature *signature;
    const struct tm_zone_source *zones;   /* NULL: the machine's */
    tm_value literal[TM_PARAMETERS_MOST]; /* values of literal arguments, coerced; of a lazy list
                                             always a list, with nil where no literal stands */
    uint32_t given;                       /* bit per parameter: it was given */
    uint32_t is_literal;                  /* bit per parameter: `literal` holds its value */
    void *state;                          /* out: kept with the call */
    tm_text refusal;                      /* out: why the call cannot be built; set by tm_refuse */
    bool left_out;                        /* out: refused for what this build lacks */
    tm_text near;                         /* out: what was meant perhaps; empty: no idea */
    int at_argument;                      /* out: the parameter to blame, or -1 */
};

#endif

/* Program: a compiled rule.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_VM_PROGRAM_H
#define TM_VM_PROGRAM_H

#include "base/diag.h"
#include "vm/call.h"

/* Opcodes, from grammar/opcodes.def: OP(NAME, a, b, c, manual). */
typedef enum tm_opcode {
#define OP(name, a, b, c, manual) TM_OP_##name,
#include "opcodes.def"
#undef OP
    TM_OP_COUNT
} tm_opcode;

/* Fixed width: 12 bytes. What a, b and c mean stands in the opcode's row. */
typedef struct tm_insn {
    uint16_t op;
    uint16_t a;
    uint32_t b;
    uint32_t c;
} tm_insn;

/* Operand `need` and `field`: a level and a number in one word. */
static inline uint32_t tm_where(tm_level level, uint32_t number)
{
    return (uint32_t)level << 24 | number;
}
static inline tm_level tm_where_level(uint32_t where)
{
    return (tm_level)(where >> 24);
}
static inline uint32_t tm_where_number(uint32_t where)
{
    return where & 0xffffffu;
}

/* How a path is read and written; bodies in vm/path/path.c, rows in grammar/paths.def. */
typedef enum tm_access {
    TM_ACCESS_STRING, /* a text field */
    TM_ACCESS_INT32,  /* stored modulo 2^32, read as signed */
    TM_ACCESS_UINT32, /* counters: stored modulo 2^32 */
    TM_ACCESS_FLAGS,  /* 0 .. 2^32-1, else an error */
    TM_ACCESS_INT64,  /* *_unix_nano */
    TM_ACCESS_TIME,   /* the same field as a time */
    TM_ACCESS_TRACE_ID,
    TM_ACCESS_SPAN_ID,
    TM_ACCESS_ID_HEX,      /* *.string */
    TM_ACCESS_KIND,        /* kind.string */
    TM_ACCESS_KIND_OLD,    /* kind.deprecated_string */
    TM_ACCESS_TRACE_STATE, /* plain, or with one string key */
    TM_ACCESS_STATUS,
    TM_ACCESS_EVENTS,
    TM_ACCESS_LINKS,
    TM_ACCESS_ATTRIBUTES, /* takes keys */
    TM_ACCESS_CACHE,      /* takes keys */
    TM_ACCESS_EVENT_INDEX,
    TM_ACCESS_CLIENT_ADDRESS,
    TM_ACCESS_CLIENT_METADATA, /* takes keys */
    TM_ACCESS_CLIENT_AUTH,     /* takes keys */
    TM_ACCESS_GRPC_METADATA    /* takes keys */
} tm_access;

/* One row of grammar/paths.def. */
typedef struct tm_path {
    tm_level level;     /* TM_LEVELS: otelcol.*, of no level */
    const char *dotted; /* without the context: "kind.string" */
    tm_type type;       /* what reading yields; TM_NIL: depends */
    tm_access access;
    unsigned field; /* TM_SPAN_NAME, ...; 0 when none */
    const char *manual;
} tm_path;

/* All rows; NULL-terminated by dotted == NULL. */
const tm_path *tm_path_rows(void);

/* One key of an indexed path. */
typedef struct tm_path_key {
    bool dynamic;
    bool lazy;       /* dynamic, and evaluated only when the steps before it led somewhere */
    tm_value value;  /* not dynamic: a STRING or an INT */
    uint16_t reg;    /* dynamic: the register that holds it */
    uint32_t lambda; /* lazy: what yields it */
} tm_path_key;

/* A path as one rule uses it. */
typedef struct tm_target {
    const tm_path *path;
    const tm_path_key *key;
    unsigned keys;
    int32_t slot; /* attributes[<string literal>] first: the need's number at its level, else -1 */
    tm_place place;
} tm_target;

/* An argument of a call: where its value comes from. */
typedef struct tm_argument {
    uint8_t kind; /* tm_kind */
    bool given;
    bool written_list; /* a list literal stood there */
    bool tested;
    bool is_literal;             /* checked and coerced at build time already */
    uint32_t index;              /* target (PATH*), first lambda (LAMBDA, LAZY, LIST_OF_LAZY) */
    uint32_t count;              /* lambdas of LIST_OF_LAZY */
    const tm_function *function; /* FUNCTION */
} tm_argument;

typedef struct tm_call_site {
    const tm_function *function;
    const tm_argument *argument; /* one a parameter */
    uint16_t arguments;          /* parameters of the function */
    uint16_t first; /* register of the first argument's value; they follow each other */
    void *state;
    bool of_values; /* a converter that answers equal values alike, and is given nothing else */
    tm_place place;
} tm_call_site;

/* A block of code that a function calls: starts at `entry`, ends at a RETURN. */
typedef struct tm_lambda {
    uint32_t entry;
    uint16_t parameters;
    uint16_t first; /* register of the first parameter */
} tm_lambda;

/* A condition in the text of a rule, or of a definition that it uses. */
typedef struct tm_condition_note {
    struct tm_condition_note *next; /* of the same truth: the call of a def, and what its body is */
    const tm_source *source;
    tm_place place;
} tm_condition_note;

/* What of a rule's text a run of its instructions stands for. */
typedef enum tm_code_part_kind {
    TM_CODE_VALUE, /* a path, a parameter, a list, a map, arithmetic */
    TM_CODE_CONSTANT,
    TM_CODE_CALL,
    TM_CODE_COMPARE,
    TM_CODE_NOT,
    TM_CODE_AND,
    TM_CODE_OR
} tm_code_part_kind;

enum { TM_NO_PART = UINT32_MAX };

/* A part of a rule, of programs that are compiled to be explained. A part stands behind the one
 * that it is a part of. */
typedef struct tm_code_part {
    uint8_t kind; /* tm_code_part_kind */
    bool operand; /* it has no instruction: it is the attribute or field of the one before `end` */
    uint16_t out; /* register of its value */
    uint32_t parent;     /* TM_NO_PART: none */
    uint32_t begin, end; /* its instructions */
    uint32_t lambda;     /* it is the body of this lambda, of its parent; TM_NO_PART: it is none */
    const tm_source *source; /* where it is written: in the rule, or in a definition */
    tm_place place;
} tm_code_part;

typedef struct tm_program {
    const tm_insn *code;
    uint32_t length;
    uint32_t constants, regexes, sites, targets, lambdas;
    const tm_value *constant;
    tm_regex *const *regex;
    const tm_call_site *site;
    const tm_target *target;
    const tm_lambda *lambda;
    const tm_code_part *part; /* NULL unless it is to be explained */
    uint32_t parts;
    uint16_t registers;
    uint8_t context;     /* tm_level the program runs at */
    uint8_t entry_point; /* tm_entry_point of lang/tree.h */
    uint8_t reads;       /* bit per tm_level: levels whose items it reads */
    uint8_t writes;      /* bit per tm_level: levels whose items it may change */
    bool impure;         /* clock, random numbers or cache: never hoisted */
    tm_text text;        /* the source text, for messages */
    uint32_t rule;       /* whoever runs rules: the number of this one, for counters */
    /* One an instruction: what the TEST there tells the truth of, or NULL. NULL unless the compiler
     * was asked for notes. */
    const tm_condition_note *const *note;
} tm_program;

#endif

/* Resolve: every name of a rule looked up, every argument bound to its parameter.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The tree of lang/tree.h says what was written; the expressions here say what it means. Functions
 * that yield an expression return NULL after a diagnostic, and go on to report what is independent
 * of it.
 *
 * Codes: E0201 unknown path, E0202 missing context, E0203 context out of reach, E0204 superfluous
 * segment, E0205 superfluous keys, E0206 foreign cache; E0210 unknown function, E0212 number of
 * arguments, E0213 unknown parameter, E0214 positional after named, E0215 given twice, E0216
 * required one missing, E0217 wrong form of argument, E0218 literal of a wrong kind, E0219 refused
 * by the function, E0220 unknown enum, E0221 no enums here, E0222 function of another host or
 * context; E0230 misplaced lambda, E0231 lambda missing, E0232 its number of parameters, E0233
 * parameter twice, E0234 parameter with a dot; E0240 map literal that cannot be stored, E0242 no
 * value; E0250 no context inferred; E0260 rule too large, E0261 not verified; E0290
 * function that this build lacks, E0291 argument that names what it lacks; W0107 comparison of
 * kinds that are never equal. */
#ifndef TM_LANG_RESOLVE_H
#define TM_LANG_RESOLVE_H

#include "lang/compile.h"
#include "vm/vm.h"

typedef enum tm_expr_kind {
    TM_EXPR_CONSTANT,   /* value */
    TM_EXPR_PATH,       /* path, keys, slot */
    TM_EXPR_LOCAL,      /* binding, keys: a lambda parameter */
    TM_EXPR_CALL,       /* function, argument, state, keys */
    TM_EXPR_LIST,       /* first: elements, not all of them literal */
    TM_EXPR_MAP,        /* first: entries, each with its `text` as key */
    TM_EXPR_SIGN,       /* op, first */
    TM_EXPR_ARITHMETIC, /* op, first and its next */
    TM_EXPR_COMPARE,    /* the same */
    TM_EXPR_NOT,        /* first */
    TM_EXPR_AND,        /* first: two or more operands */
    TM_EXPR_OR,
    TM_EXPR_TEST,  /* first: a converter used as a condition, must yield a bool */
    TM_EXPR_LAMBDA /* binding (n of them), first: the body */
} tm_expr_kind;

typedef struct tm_expr tm_expr;

/* A lambda parameter. The emitter gives it a register. */
typedef struct tm_binding {
    tm_text name; /* "_": takes its argument and cannot be read */
    uint16_t reg;
} tm_binding;

/* The parameters in sight, innermost lambda first. */
typedef struct tm_scope {
    const struct tm_scope *outer;
    tm_binding *binding;
    unsigned n;
} tm_scope;

/* What a parameter of a call received. */
typedef struct tm_bound {
    bool given;
    bool literal; /* value is a CONSTANT, checked and coerced */
    bool written_list;
    tm_place place;
    tm_expr *value; /* of kind [lazy any]: the first element */
    const tm_function *function;
} tm_bound;

struct tm_expr {
    tm_expr_kind kind;
    tm_operator op;
    bool
        literal; /* a literal in the sense of language.md 1.3: checked and compared at build time */
    bool inlined; /* it stands in a let, or a def without parameters; `place` is where that is used
                   */
    tm_place place;          /* in the rule: where it is written, or the name that stands for it */
    const tm_source *source; /* where it is written */
    tm_place written;
    tm_expr *next, *first, *keys;
    tm_text text;
    tm_value value;
    const tm_path *path;
    int32_t slot; /* attributes["k"]: the need's number, else -1 */
    tm_binding *binding;
    unsigned n;
    const tm_function *function;
    const tm_signature *signature;
    tm_bound *argument;      /* one a parameter */
    void *state;             /* what prepare left */
    tm_condition_note *note; /* of a condition, when the compiler is asked for notes */
};

enum { TM_INLINED_PARAMETERS = 16 };

/* A let or a def that is being written out: whose text the resolver is in. */
typedef struct tm_inlining {
    const struct tm_inlining *caller; /* where the call stands; its arguments are resolved there */
    const tm_scope *scope;            /* the same */
    const tm_source *source;          /* the same */
    tm_diags *diags;                  /* the same */
    const struct tm_definition *definition;
    const tm_node *argument[TM_INLINED_PARAMETERS];
    tm_place place; /* of the outermost call, in the rule itself */
    unsigned depth;
} tm_inlining;

/* The state of resolving one rule. */
typedef struct tm_resolver {
    tm_compiler *compiler;
    tm_arena *arena; /* the compiler's */
    tm_diags *diags;
    const tm_source *source;
    tm_level context;
    tm_path_mode mode;
    const tm_scope *scope;
    const tm_inlining *inlining; /* NULL: in the rule's own text */
    unsigned inlined;            /* how many definitions were written out */
    uint8_t reads, writes;       /* bit per level */
    bool impure;
    tm_vm vm; /* only holds arena and error while literals are fitted */
} tm_resolver;

tm_expr *tm_resolve_value(tm_resolver *r, const tm_node *node);
tm_expr *tm_resolve_condition(tm_resolver *r, const tm_node *node);

/* A path or a lambda parameter, with its keys. */
tm_expr *tm_resolve_path(tm_resolver *r, const tm_node *node);
/* Makes the ruleset need, and the program read, what the path with its keys says. */
void tm_resolve_note(tm_resolver *r, tm_expr *path);
/* Index keys, each a value; false after a diagnostic. */
bool tm_resolve_keys(tm_resolver *r, const tm_node *keys, tm_expr **first);
/* The parameter that a path's first segment names, or NULL. */
tm_binding *tm_resolve_local(const tm_resolver *r, tm_text name);

/* A call: of an editor as the head of a statement, of a converter everywhere else. */
tm_expr *tm_resolve_call(tm_resolver *r, const tm_node *node, bool editor);
/* A function that only other builds have (E0290): false. */
bool tm_resolve_left_out(tm_resolver *r, tm_text function, tm_place place, const char *without);
/* Binds one argument; false after a diagnostic. */
bool tm_resolve_argument(tm_resolver *r, const tm_function *function, const tm_parameter *parameter,
                         const tm_node *node, tm_bound *bound);
tm_expr *tm_resolve_lambda(tm_resolver *r, const tm_node *node, unsigned parameters);

/* resolve_inline.c. A path that names a let or a parameter of the def around: *out is what it
 * stands for, NULL after a diagnostic. False: it is no such name. */
bool tm_resolve_reference(tm_resolver *r, const tm_node *node, tm_expr **out);
/* The same for a call of a def. */
bool tm_resolve_defined(tm_resolver *r, const tm_node *node, tm_expr **out);
/* Where such a name stands as an argument: calls `follow` in the place of what it stands for, and
 * *done is what that returned. False: it is no such name. */
typedef bool (*tm_follow)(tm_resolver *r, const tm_node *node, void *owner);
bool tm_resolve_follow(tm_resolver *r, const tm_node *node, tm_follow follow, void *owner,
                       bool *done);

/* Warns when two sides can never be equal (W0107). */
void tm_resolve_warn(tm_resolver *r, const tm_node *node, const tm_expr *left,
                     const tm_expr *right);

tm_expr *tm_expr_new(tm_resolver *r, tm_expr_kind kind, tm_place place);

/* Notes that the condition, which may be NULL, stands at `place` of the text that is resolved, if
 * notes are wanted and it is no constant. The condition. */
tm_expr *tm_expr_note(tm_resolver *r, tm_expr *condition, tm_place place);
tm_expr *tm_expr_constant(tm_resolver *r, tm_value value, tm_place place);
void tm_expr_append(tm_expr **first, tm_expr **last, tm_expr *e);

/* The expression itself, or the constant it folds to (language.md 2.4); fold.c. */
tm_expr *tm_fold(tm_resolver *r, tm_expr *e);

/* The value of an enum symbol; false when there is none of that name. */
bool tm_enum_find(tm_text symbol, int64_t *value);
tm_text tm_enum_nearest(tm_arena *arena, tm_text symbol);

/* What a rule means, without a program: its condition, value or editor call, and its `where` (NULL
 * without). False with diagnostics. compile.c. */
bool tm_resolve_tree(tm_compiler *c, const tm_tree *tree, tm_level context, tm_path_mode mode,
                     tm_expr **expression, tm_expr **where);

/* A program of one part of a rule that was resolved with this compiler: a condition or a value.
 * NULL with diagnostics. compile.c. */
tm_program *tm_emit_part(tm_compiler *c, const tm_tree *tree, tm_level context,
                         tm_entry_point entry, tm_expr *part);

/* Turns a resolved rule into a program; NULL after a diagnostic. emit.c. */
tm_program *tm_emit(tm_resolver *r, tm_entry_point entry, tm_expr *expression, tm_expr *where);

#endif

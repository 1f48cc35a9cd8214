/* XPath run: an expression being evaluated, and how its functions are written.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Several functions answer otherwise than XPath 1.0 asks: lengths are bytes, texts turn into
 * numbers as Go reads them, and so on. Two kinds of value stand for none: an empty set of nodes,
 * and its text. */
#ifndef TM_STDLIB_XML_XPATH_RUN_H
#define TM_STDLIB_XML_XPATH_RUN_H

#include "stdlib/xml/xpath_tree.h"

/* Nodes, each once, in the order in which they were found. */
typedef struct tm_xpath_nodes {
    tm_xml **node;
    size_t n, room;
} tm_xpath_nodes;

typedef enum tm_xpath_type { TM_IS_NODES, TM_IS_NUMBER, TM_IS_TEXT, TM_IS_TRUTH } tm_xpath_type;

typedef struct tm_xpath_value {
    tm_xpath_type type;
    tm_xpath_nodes nodes;
    double number;
    tm_text text;
    bool truth;
} tm_xpath_value;

/* What a constant in a predicate yields; `known`: it was evaluated. Of many nodes also what other
 * sets are compared with, so that not each node meets each. */
typedef struct tm_xpath_kept {
    bool known, many;
    tm_xpath_value value;
    tm_map *texts; /* of the nodes */
    bool alike;    /* all texts are the same */
    double least, greatest;
} tm_xpath_kept;

typedef struct tm_xpath_run {
    tm_vm *vm;
    tm_arena *arena; /* the VM's */
    tm_work *work;
    const tm_xpath *xpath;
    tm_xml *document;
    uint32_t stamp;             /* of the step that is being taken */
    tm_xpath_kept *kept;        /* by number of the constant */
    const tm_xml **declaration; /* by number of the node: of its namespace; or NULL */
    const char *error;          /* why it ends; NULL: it goes on */
} tm_xpath_run;

/* Where an expression is evaluated. */
typedef struct tm_xpath_context {
    tm_xml *node;
    size_t position, size;
} tm_xpath_context;

/* Evaluates; with run->error set the value means nothing. What it allocates may be given back once
 * the value was used. */
tm_xpath_value tm_xpath_eval(tm_xpath_run *run, const tm_xpath_expr *e, tm_xpath_context at);

/* Takes a step, or filters a set; these replace `in`, which they may use. */
tm_xpath_nodes tm_xpath_step(tm_xpath_run *run, const tm_xpath_expr *step, tm_xpath_nodes in);
tm_xpath_nodes tm_xpath_filter(tm_xpath_run *run, const tm_xpath_expr *filter, tm_xpath_nodes in);

/* Both sets, the first before what only the second has. */
tm_xpath_nodes tm_xpath_unite(tm_xpath_run *run, tm_xpath_nodes a, tm_xpath_nodes b);

/* a = b and the like. `kept`: what is known of b as a constant of many nodes, or NULL. */
bool tm_xpath_compare(tm_xpath_run *run, tm_xpath_kind op, const tm_xpath_value *a,
                      const tm_xpath_value *b, const tm_xpath_kept *kept);

/* Evaluates a constant once, for all later evaluations. */
void tm_xpath_keep(tm_xpath_run *run, const tm_xpath_expr *e);

/* Ends the run with a reason. */
void tm_xpath_end(tm_xpath_run *run, const char *why);

/* False: the work is spent, and the run ends. */
static inline bool tm_xpath_charge(tm_xpath_run *run, size_t steps)
{
    if (!run->error && !tm_work_charge(run->work, steps))
        tm_xpath_end(run, "it takes too many steps");
    return !run->error;
}

static inline void tm_xpath_add(tm_xpath_run *run, tm_xpath_nodes *to, tm_xml *node)
{
    if (to->n == to->room) {
        size_t room = to->room ? 2 * to->room : 4;
        to->node = tm_arena_grow(run->arena, to->node, to->room * sizeof *to->node,
                                 room * sizeof *to->node);
        to->room = room;
    }
    to->node[to->n++] = node;
}

/* --- values --- */
static inline tm_xpath_value tm_xpath_give_nodes(tm_xpath_nodes nodes)
{
    return (tm_xpath_value){.type = TM_IS_NODES, .nodes = nodes};
}
static inline tm_xpath_value tm_xpath_give_text(tm_text t)
{
    return (tm_xpath_value){.type = TM_IS_TEXT, .text = t};
}
static inline tm_xpath_value tm_xpath_give_bool(bool truth)
{
    return (tm_xpath_value){.type = TM_IS_TRUTH, .truth = truth};
}
static inline tm_xpath_value tm_xpath_give_double(double x)
{
    return (tm_xpath_value){.type = TM_IS_NUMBER, .number = x};
}

/* The text of a node, that of a document or instruction being empty. */
tm_text tm_xpath_node_text(tm_xpath_run *run, const tm_xml *node);

/* A value as text, number or truth; of a set the first node counts. */
tm_text tm_xpath_value_text(tm_xpath_run *run, const tm_xpath_value *v);
double tm_xpath_value_double(tm_xpath_run *run, const tm_xpath_value *v);
bool tm_xpath_value_bool(const tm_xpath_value *v);
double tm_xpath_read_double(tm_text t); /* NaN: it is none */

/* --- functions --- */
typedef struct tm_xpath_call {
    tm_xpath_run *run;
    tm_arena *arena;
    const tm_xpath_expr *expr;
    tm_xpath_context at;
    tm_xpath_value *arg;
    unsigned n;
} tm_xpath_call;

typedef tm_xpath_value tm_xpath_body(tm_xpath_call *c);

typedef struct tm_xpath_function {
    const char *name;
    unsigned least, most, used; /* arguments; those behind the first `used` are not evaluated */
    tm_xpath_body *body;
} tm_xpath_function;

#define XPATH(name, body, least, most, used) tm_xpath_body tm_xpath_##body;
#include "xpath_call.def"
#undef XPATH

/* NULL: there is none of that name. */
const tm_xpath_function *tm_xpath_function_find(tm_text name);

static inline bool tm_xpath_is_nodes(const tm_xpath_call *c, unsigned i)
{
    return c->arg[i].type == TM_IS_NODES;
}

/* The first node of an argument that is a set; NULL: none. */
static inline tm_xml *tm_xpath_first(const tm_xpath_call *c, unsigned i)
{
    return tm_xpath_is_nodes(c, i) && c->arg[i].nodes.n ? c->arg[i].nodes.node[0] : NULL;
}
static inline tm_text tm_xpath_text(tm_xpath_call *c, unsigned i)
{
    return tm_xpath_value_text(c->run, &c->arg[i]);
}
static inline double tm_xpath_double(tm_xpath_call *c, unsigned i)
{
    return tm_xpath_value_double(c->run, &c->arg[i]);
}
static inline tm_xpath_value tm_xpath_give_up(tm_xpath_call *c, const char *why)
{
    tm_xpath_end(c->run, why);
    return tm_xpath_give_text(TM_TEXT(""));
}

#endif

/* Verify: constants, regexes, targets, lambdas and sites.
 * Work: of rules alone: programs.
 * SPDX-License-Identifier: Apache-2.0 */
#include "vm/verify/verify_inside.h"

static bool constant_fits(tm_value c)
{
    switch (c.type) {
    case TM_STRING:
    case TM_BYTES:
        return c.n == 0 || c.p;
    case TM_TRACE_ID:
        return c.n == 16 && c.p;
    case TM_SPAN_ID:
        return c.n == 8 && c.p;
    case TM_MAP:
    case TM_LIST:
    case TM_TIME:
        return c.object != NULL;
    default: /* events, links and status belong to one span, native ints to one call */
        return c.type == TM_NIL || c.type == TM_BOOL || c.type == TM_INT || c.type == TM_DOUBLE ||
               c.type == TM_DURATION;
    }
}

static bool check_constants(const tm_verifier *v)
{
    for (uint32_t i = 0; i < v->program->constants; i++)
        if (!constant_fits(v->program->constant[i]))
            return tm_verify_refuse(v, "constant %u is not well-formed", i);
    for (uint32_t i = 0; i < v->program->regexes; i++)
        if (!v->program->regex[i])
            return tm_verify_refuse(v, "regex %u is missing", i);
    return true;
}

/* --- targets --- */

static bool is_row(const tm_path *path)
{
    for (const tm_path *row = tm_path_rows(); row->dotted; row++)
        if (row == path)
            return true;
    return false;
}

/* How many keys a path of that access takes. */
static unsigned keys_most(unsigned access)
{
    switch (access) {
    case TM_ACCESS_ATTRIBUTES:
    case TM_ACCESS_CACHE:
    case TM_ACCESS_CLIENT_METADATA:
    case TM_ACCESS_CLIENT_AUTH:
    case TM_ACCESS_GRPC_METADATA:
        return UINT32_MAX;
    case TM_ACCESS_TRACE_STATE:
        return 1;
    default:
        return 0;
    }
}

static bool key_fits(const tm_verifier *v, const tm_path_key *key)
{
    if (key->lazy)
        return key->lambda < v->program->lambdas && !v->program->lambda[key->lambda].parameters;
    if (key->dynamic)
        return key->reg < v->program->registers;
    return (key->value.type == TM_STRING && constant_fits(key->value)) || key->value.type == TM_INT;
}

static bool level_fits(const tm_program *p, const tm_path *path)
{
    if (path->level == TM_LEVELS)
        return true;
    if (path->access == TM_ACCESS_CACHE)
        return path->level == p->context && p->impure;
    return path->level <= p->context && p->reads >> path->level & 1;
}

/* A slot stands for one attribute key that is written in the rule. */
static bool slot_fits(const tm_verifier *v, const tm_target *t)
{
    if (t->slot < 0)
        return true;
    return t->path->access == TM_ACCESS_ATTRIBUTES && t->keys && !t->key[0].dynamic &&
           t->key[0].value.type == TM_STRING && (uint32_t)t->slot < v->needs[t->path->level];
}

static bool check_targets(const tm_verifier *v)
{
    for (uint32_t i = 0; i < v->program->targets; i++) {
        const tm_target *t = &v->program->target[i];
        if (!is_row(t->path))
            return tm_verify_refuse(v, "target %u names no path", i);
        if (!level_fits(v->program, t->path))
            return tm_verify_refuse(v, "target %u is of a level that is not said to be read", i);
        if (t->keys > keys_most(t->path->access))
            return tm_verify_refuse(v, "target %u has too many keys", i);
        for (unsigned k = 0; k < t->keys; k++)
            if (!key_fits(v, &t->key[k]))
                return tm_verify_refuse(v, "target %u: key %u is not well-formed", i, k);
        if (!slot_fits(v, t))
            return tm_verify_refuse(v, "target %u has a slot that is not its key's", i);
    }
    return true;
}

/* --- lambdas and sites --- */

static bool check_lambdas(const tm_verifier *v)
{
    for (uint32_t i = 0; i < v->program->lambdas; i++) {
        const tm_lambda *l = &v->program->lambda[i];
        if (l->entry >= v->program->length)
            return tm_verify_refuse(v, "lambda %u starts outside the code", i);
        if ((uint32_t)l->first + l->parameters > v->program->registers)
            return tm_verify_refuse(v, "lambda %u: its parameters are out of range", i);
    }
    return true;
}

static bool lambdas_fit(const tm_verifier *v, const tm_argument *a)
{
    const uint32_t n = tm_argument_lambdas(a);
    if ((uint64_t)a->index + n > v->program->lambdas)
        return false;
    for (uint32_t i = 0; i < n && a->kind != TM_KIND_LAMBDA; i++)
        if (v->program->lambda[a->index + i].parameters)
            return false;
    return true;
}

static bool writes_fit(const tm_program *p, const tm_path *path)
{
    return path->level == TM_LEVELS || path->access == TM_ACCESS_CACHE ||
           p->writes >> path->level & 1;
}

static bool check_argument(const tm_verifier *v, uint32_t site, unsigned i)
{
    const tm_program *p = v->program;
    const tm_argument *a = &p->site[site].argument[i];
    if (a->kind > TM_KIND_LIST_OF_LAZY)
        return tm_verify_refuse(v, "site %u: argument %u has no kind", site, i);
    if (tm_argument_is_path(a) && a->index >= p->targets)
        return tm_verify_refuse(v, "site %u: argument %u names no target", site, i);
    if (tm_argument_is_path(a) && !writes_fit(p, p->target[a->index].path))
        return tm_verify_refuse(v, "site %u: argument %u is of a level not said to be written",
                                site, i);
    if (a->given && a->kind == TM_KIND_FUNCTION && !a->function)
        return tm_verify_refuse(v, "site %u: argument %u names no function", site, i);
    if (tm_argument_lambdas(a) && !lambdas_fit(v, a))
        return tm_verify_refuse(v, "site %u: argument %u has no lambda that fits", site, i);
    return true;
}

static bool check_sites(const tm_verifier *v)
{
    for (uint32_t i = 0; i < v->program->sites; i++) {
        const tm_call_site *s = &v->program->site[i];
        if (!s->function || !s->function->body)
            return tm_verify_refuse(v, "site %u calls no function", i);
        if (s->function->hosts & TM_HOST_IMPURE && !v->program->impure)
            return tm_verify_refuse(v, "site %u calls %s, which is impure", i, s->function->name);
        if ((uint32_t)s->first + s->arguments > v->program->registers)
            return tm_verify_refuse(v, "site %u: its arguments are out of range", i);
        for (unsigned k = 0; k < s->arguments; k++)
            if (!check_argument(v, i, k))
                return false;
    }
    return true;
}

bool tm_verify_tables(const tm_verifier *v)
{
    return check_constants(v) && check_targets(v) && check_lambdas(v) && check_sites(v);
}

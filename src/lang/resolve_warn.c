/* Resolve: comparisons that build and yet can never be true (W0107).
 * SPDX-License-Identifier: Apache-2.0 */
#include "lang/resolve.h"

/* The type that the expression surely has, or TM_TYPE_COUNT. */
static tm_type sure_type(const tm_expr *e)
{
    if (e->kind == TM_EXPR_CONSTANT)
        return (tm_type)e->value.type;
    if (e->kind == TM_EXPR_PATH && !e->keys && e->path->type != TM_NIL &&
        e->path->level != TM_LEVELS)
        return e->path->type;
    if (e->kind == TM_EXPR_LIST)
        return TM_LIST;
    return e->kind == TM_EXPR_MAP ? TM_MAP : TM_TYPE_COUNT;
}

static bool comparable(tm_type a, tm_type b)
{
    bool numbers = (a == TM_INT || a == TM_DOUBLE) && (b == TM_INT || b == TM_DOUBLE);
    return a == b || numbers;
}

static tm_text upper(tm_arena *arena, tm_text word)
{
    char *p = tm_arena_alloc(arena, word.n);
    for (size_t i = 0; i < word.n; i++)
        p[i] = word.p[i] >= 'a' && word.p[i] <= 'z' ? (char)(word.p[i] - 32) : word.p[i];
    return tm_text_slice(p, word.n);
}

/* For kind == "server": SPAN_KIND_SERVER. For trace_id == "01...": trace_id.string. */
static bool hint(tm_resolver *r, const tm_expr *path, const tm_expr *other)
{
    if (path->kind != TM_EXPR_PATH || other->value.type != TM_STRING)
        return false;
    const char *prefix = path->path->access == TM_ACCESS_KIND  ? NULL
                         : path->path->field == TM_SPAN_KIND   ? "SPAN_KIND_"
                         : path->path->field == TM_STATUS_CODE ? "STATUS_CODE_"
                                                               : NULL;
    tm_text word = upper(r->arena, tm_value_text(other->value));
    int64_t value;
    if (prefix && path->path->level == TM_SPAN) {
        tm_text symbol = tm_arena_print(r->arena, "%s%.*s", prefix, TM_PRI(word));
        if (tm_enum_find(symbol, &value))
            return tm_diag_hint(r->diags, "did you mean %.*s?", TM_PRI(symbol));
    }
    if (path->path->type == TM_STATUS &&
        tm_enum_find(tm_arena_print(r->arena, "STATUS_CODE_%.*s", TM_PRI(word)), &value))
        return tm_diag_hint(r->diags, "did you mean %s.code == STATUS_CODE_%.*s?",
                            path->path->dotted, TM_PRI(word));
    if (path->path->type == TM_TRACE_ID || path->path->type == TM_SPAN_ID)
        return tm_diag_hint(r->diags, "did you mean %s.string?", path->path->dotted);
    return false;
}

static tm_text written(const tm_resolver *r, const tm_expr *e)
{
    return tm_text_slice(r->source->text.p + e->place.at, e->place.n);
}

void tm_resolve_warn(tm_resolver *r, const tm_node *node, const tm_expr *left, const tm_expr *right)
{
    tm_type a = sure_type(left), b = sure_type(right);
    if (a == TM_TYPE_COUNT || b == TM_TYPE_COUNT || comparable(a, b) ||
        (left->literal && right->literal))
        return;
    const char *verdict = node->op == TM_NE ? "always" : "never";
    if (a == TM_NIL || b == TM_NIL) {
        const tm_expr *e = a == TM_NIL ? right : left;
        tm_type type = a == TM_NIL ? b : a;
        tm_diag_warning(r->diags, r->source, right->place, "W0107",
                        "%.*s is %s %s and not nil, so this is %s true", TM_PRI(written(r, e)),
                        tm_type_article(type), tm_type_name(type), verdict);
    } else {
        tm_diag_warning(r->diags, r->source, right->place, "W0107",
                        "%.*s is %s %s and %.*s is %s %s, so this is %s true",
                        TM_PRI(written(r, left)), tm_type_article(a), tm_type_name(a),
                        TM_PRI(written(r, right)), tm_type_article(b), tm_type_name(b), verdict);
    }
    tm_diag_other(r->diags, left->place);
    if (left->literal)
        hint(r, right, left);
    else
        hint(r, left, right);
}

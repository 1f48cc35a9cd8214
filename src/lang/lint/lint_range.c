/* Lint, ranges: comparisons with what a path never holds.
 * SPDX-License-Identifier: Apache-2.0 */
#include "lang/lint/lint_fact.h"

#include "base/ascii.h"
#include "otlp/enums.h"

/* ---- numbers --------------------------------------------------------------------------------- */

/* What an int can be at most. */
typedef struct bounds {
    double least, most;
    const char *what; /* "a span kind is 0 to 5" */
} bounds;

static bool bounds_of(const tm_expr *subject, bounds *b)
{
    if (subject->kind == TM_EXPR_CALL) {
        *b = (bounds){0, 1e18, "a length is 0 or more"};
        return strcmp(subject->function->name, "Len") == 0 && !subject->keys;
    }
    if (subject->kind != TM_EXPR_PATH || subject->keys || subject->path->level == TM_LEVELS)
        return false;
    const tm_path *path = subject->path;
    if (path->type == TM_INT && path->level == TM_SPAN && path->field == TM_SPAN_KIND)
        *b = (bounds){0, 5, "a span kind is 0 to 5"};
    else if (path->type == TM_INT && path->level == TM_SPAN && path->field == TM_STATUS_CODE)
        *b = (bounds){0, 2, "a status code is 0 to 2"};
    else if (path->access == TM_ACCESS_UINT32)
        *b = (bounds){0, 4294967295.0, "a count is 0 to 4294967295"};
    else if (path->access == TM_ACCESS_FLAGS)
        *b = (bounds){0, 4294967295.0, "flags are 32 bits"};
    else
        return false;
    return true;
}

/* Whether `op` holds for all numbers of the bounds, for none (*never), or for some. */
static bool decides(const bounds *b, tm_operator op, double value, bool *never)
{
    const bool below = value<b->least, above = value> b->most;
    switch (op) {
    case TM_EQ:
    case TM_NE:
        *never = op == TM_EQ;
        return below || above;
    case TM_LT:
        *never = value <= b->least;
        return *never || above;
    case TM_LE:
        *never = below;
        return *never || value >= b->most;
    case TM_GT:
        *never = value >= b->most;
        return *never || below;
    case TM_GE:
        *never = above;
        return *never || value <= b->least;
    default:
        return false;
    }
}

static bool number_of(tm_value v, double *number)
{
    if (v.type == TM_INT)
        *number = (double)v.integer;
    else if (v.type == TM_DOUBLE)
        *number = v.number;
    return v.type == TM_INT || v.type == TM_DOUBLE;
}

static const char *verdict(bool never)
{
    return never ? "never" : "always";
}

static bool check_bounds(tm_lint *lint, const tm_lint_rule *rule, const tm_fact *f, tm_place place)
{
    bounds b;
    double value;
    bool never;
    if (!number_of(f->value, &value) || !bounds_of(f->subject, &b) ||
        !decides(&b, f->op, value, &never))
        return false;
    return tm_diag_warning(lint->diags, rule->source, place, "W0603", "%s, so this is %s true",
                           b.what, verdict(never != f->negated));
}

/* ---- texts ----------------------------------------------------------------------------------- */

static bool is_hex(tm_text t)
{
    for (size_t i = 0; i < t.n; i++)
        if (!((t.p[i] >= '0' && t.p[i] <= '9') || (t.p[i] >= 'a' && t.p[i] <= 'f')))
            return false;
    return true;
}

static void check_id(tm_lint *lint, const tm_lint_rule *rule, const tm_fact *f, tm_place place)
{
    const size_t digits = f->subject->path->field == TM_SPAN_TRACE_ID ? 32 : 16;
    const tm_text text = tm_value_text(f->value);
    if (!text.n || (text.n == digits && is_hex(text)))
        return;
    tm_diag_warning(lint->diags, rule->source, place, "W0603",
                    "%s is %zu lower-case hex digits, so this is %s true", f->subject->path->dotted,
                    digits, verdict(f->op == TM_EQ));
}

static void check_kind(tm_lint *lint, const tm_lint_rule *rule, const tm_fact *f, tm_place place)
{
    static const char *const words[] = {"Unspecified", "Internal", "Server",
                                        "Client",      "Producer", "Consumer"};
    const tm_text text = tm_value_text(f->value);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (tm_text_is(text, words[i]))
            return;
    tm_diag_warning(lint->diags, rule->source, place, "W0603",
                    "kind.string is Unspecified, Internal, Server, Client, Producer or Consumer, "
                    "so this is %s true",
                    verdict(f->op == TM_EQ));
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (tm_text_same_word(text, tm_text_of(words[i])))
            tm_diag_hint(lint->diags, "did you mean \"%s\"?", words[i]);
}

/* ---- semantic conventions -------------------------------------------------------------------- */

/* Attributes that are ints whoever writes them: Envoy writes the older http.status_code as a
 * string, for one. */
static const char *const INTS[] = {"http.response.status_code",
                                   "http.request.body.size",
                                   "http.response.body.size",
                                   "http.request.resend_count",
                                   "net.peer.port",
                                   "net.host.port",
                                   "net.sock.peer.port",
                                   "net.sock.host.port",
                                   "server.port",
                                   "client.port",
                                   "network.peer.port",
                                   "network.local.port",
                                   "rpc.grpc.status_code",
                                   "messaging.batch.message_count",
                                   "messaging.message.body.size",
                                   "thread.id",
                                   "process.pid",
                                   "code.lineno",
                                   "code.line.number"};

static bool is_int_by_convention(tm_text key)
{
    for (size_t i = 0; i < sizeof INTS / sizeof *INTS; i++)
        if (tm_text_is(key, INTS[i]))
            return true;
    return false;
}

static void check_convention(tm_lint *lint, const tm_lint_rule *rule, const tm_fact *f,
                             tm_place place)
{
    const tm_expr *key = f->subject->keys;
    if (!key || key->next || key->kind != TM_EXPR_CONSTANT || key->value.type != TM_STRING ||
        f->value.type != TM_STRING || !is_int_by_convention(tm_value_text(key->value)))
        return;
    const tm_text text = tm_value_text(f->value);
    bool number = text.n > 0;
    for (size_t i = 0; i < text.n; i++)
        number &= tm_ascii_is_digit(text.p[i]);
    tm_diag_warning(lint->diags, rule->source, place, "W0604",
                    "%.*s is an int by the semantic conventions, so this is %s true of spans that "
                    "keep to them",
                    TM_PRI(tm_value_text(key->value)), verdict((f->op != TM_NE) != f->negated));
    if (number)
        tm_diag_hint(lint->diags, "did you mean %.*s?", TM_PRI(text));
}

void tm_lint_range(tm_lint *lint, const tm_lint_rule *rule, tm_lint_claim leaf)
{
    const tm_fact f = tm_fact_of(leaf);
    const tm_place place = leaf.e->place;
    if (f.kind != TM_FACT_COMPARE || check_bounds(lint, rule, &f, place) ||
        f.subject->kind != TM_EXPR_PATH)
        return;
    const tm_access access = f.subject->path->access;
    const bool equality = f.value.type == TM_STRING && (f.op == TM_EQ || f.op == TM_NE);
    if (equality && access == TM_ACCESS_ID_HEX)
        check_id(lint, rule, &f, place);
    else if (equality && access == TM_ACCESS_KIND)
        check_kind(lint, rule, &f, place);
    else if (access == TM_ACCESS_ATTRIBUTES)
        check_convention(lint, rule, &f, place);
}

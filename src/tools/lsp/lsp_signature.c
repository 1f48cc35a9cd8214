/* LSP, signature help: the call whose brackets the cursor is in.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/lsp/lsp_describe.h"
#include "tools/lsp/lsp_scan.h"
#include "tools/lsp/lsp_server.h"

enum { DEEP_MOST = 256 };

/* A bracket that is open at the cursor. */
typedef struct open_call {
    tm_text name;   /* of what is called; empty: the bracket is no call's */
    unsigned comma; /* arguments before the cursor's */
    tm_text label;  /* the name of the cursor's argument; empty: it goes by its number */
} open_call;

/* The innermost call; false: there is none. */
static bool innermost(tm_text before, bool file, open_call *found)
{
    open_call stack[DEEP_MOST];
    unsigned depth = 0;
    tm_lsp_scan s = {.text = before, .file = file};
    tm_lsp_token t;
    tm_text last = TM_TEXT("");
    while (tm_lsp_scan_next(&s, &t)) {
        const tm_text text = tm_lsp_token_text(&s, &t);
        const char sign = t.kind == TM_LSP_SIGN && text.n == 1 ? text.p[0] : 0;
        if (sign && strchr("([{", sign) && depth < DEEP_MOST)
            stack[depth++] = (open_call){.name = sign == '(' ? last : TM_TEXT("")};
        else if (sign && strchr(")]}", sign) && depth)
            depth--;
        else if (sign == ',' && depth)
            stack[depth - 1] =
                (open_call){stack[depth - 1].name, stack[depth - 1].comma + 1, TM_TEXT("")};
        else if (sign == '=' && depth)
            stack[depth - 1].label = last;
        last = t.kind == TM_LSP_WORD ? text : TM_TEXT("");
    }
    while (depth && !stack[depth - 1].name.n)
        depth--;
    if (depth)
        *found = stack[depth - 1];
    return depth > 0;
}

/* ---- parameters ------------------------------------------------------------------------------ */

/* Takes a parameter off the front of what stands between the brackets of a signature. */
static bool next_parameter(tm_text *rest, tm_text *parameter)
{
    size_t n = 0;
    unsigned depth = 0;
    *rest = tm_text_trim(*rest);
    if (!rest->n)
        return false;
    for (; n < rest->n && (depth || rest->p[n] != ','); n++) {
        depth += strchr("([", rest->p[n]) != NULL;
        depth -= depth && strchr(")]", rest->p[n]);
    }
    *parameter = tm_text_trim(tm_text_slice(rest->p, n));
    *rest = tm_text_skip(*rest, n < rest->n ? n + 1 : n);
    return true;
}

static bool is_called(tm_text parameter, tm_text label)
{
    size_t n = 0;
    while (n < parameter.n && !strchr("?:= ", parameter.p[n]))
        n++;
    return tm_text_equal(tm_text_slice(parameter.p, n), label);
}

static void add_signature(tm_buf *out, tm_text signature, tm_text manual, const open_call *c)
{
    const ptrdiff_t open = tm_text_find(signature, TM_TEXT("("));
    tm_text rest = tm_text_skip(signature, (size_t)open + 1), parameter;
    unsigned n = 0, active = c->comma;
    while (rest.n && rest.p[rest.n - 1] != ')')
        rest.n--;
    rest.n -= rest.n > 0;
    tm_buf_add(out, TM_TEXT("{\"signatures\":[{"));
    tm_lsp_add_text(out, "label", signature);
    tm_lsp_open(out, "documentation", '{');
    tm_lsp_add_text(out, "kind", TM_TEXT("markdown"));
    tm_lsp_add_text(out, "value", manual);
    tm_buf_add_char(out, '}');
    tm_lsp_open(out, "parameters", '[');
    for (; next_parameter(&rest, &parameter); n++) {
        tm_lsp_open(out, NULL, '{');
        tm_lsp_add_text(out, "label", parameter);
        tm_buf_add_char(out, '}');
        active = c->label.n && is_called(parameter, c->label) ? n : active;
    }
    tm_buf_print(out, "]}],\"activeSignature\":0,\"activeParameter\":%u}", active);
}

bool tm_lsp_signature_help(tm_lsp_call *call)
{
    const tm_lsp_analysis *a;
    tm_lsp_spot spot;
    open_call found;
    size_t at;
    if (!tm_lsp_ask(call, &a, &at))
        return false;
    if (!tm_lsp_spot_at(a, at, &spot))
        return true;
    const size_t begin = a->file ? tm_lsp_item_begin(spot.text, spot.at) : 0;
    const tm_text before = tm_text_slice(spot.text.p + begin, spot.at - begin);
    if (!innermost(before, a->file != NULL, &found))
        return true;
    const tm_function *f = tm_function_find(found.name);
    const tm_definition *d = tm_definition_find(&a->unit.definitions, found.name);
    if (f) {
        add_signature(call->result, tm_text_of(f->signature), tm_text_of(f->manual), &found);
    } else if (d && d->item->kind == TM_FILE_DEF) {
        tm_buf manual = {.arena = call->arena};
        tm_lsp_describe_item(&manual, d->source, d->item);
        add_signature(call->result, tm_lsp_item_head(call->arena, d->item), tm_buf_text(&manual),
                      &found);
    }
    return true;
}

/* Run, gather: fields are copied as they came; only lengths are new.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/run_gather.h"

#include "base/json_write.h"
#include "otlp/identity.h"

/* All fields of a body but the repeated ones of that number. */
static bool add_head(tm_bytes *out, tm_text body, uint32_t repeated)
{
    const char *p = body.p, *end = p + body.n;
    tm_wire_field f;
    while (p && p < end && (p = tm_wire_next(p, end, &f)) != NULL)
        if (f.number != repeated &&
            !tm_bytes_add(out, tm_text_slice(f.start, (size_t)(p - f.start))))
            return false;
    return true;
}

static bool add_field(tm_bytes *out, uint32_t number, tm_text body)
{
    if (!tm_bytes_reserve(out, tm_wire_bytes_field_bytes(number, body.n)))
        return false;
    out->n = (size_t)(tm_wire_put_bytes_field(out->p + out->n, number, body) - out->p);
    return true;
}

void tm_run_gather_close(tm_run_gathered *g)
{
    tm_bytes scope = {.heap = g->spans.heap}, resource = scope;
    if (!g->scope)
        return;
    bool ok = add_head(&scope, g->scope_body, TM_NUMBER_SCOPE_SPANS_spans) &&
              tm_bytes_add(&scope, tm_bytes_text(&g->spans)) &&
              add_head(&resource, g->resource_body, TM_NUMBER_RESOURCE_SPANS_scope_spans) &&
              add_field(&resource, TM_NUMBER_RESOURCE_SPANS_scope_spans, tm_bytes_text(&scope)) &&
              add_field(&g->request, TM_NUMBER_REQUEST_resource_spans, tm_bytes_text(&resource));
    g->short_of_memory |= !ok;
    tm_bytes_free(&scope);
    tm_bytes_free(&resource);
    g->scope = NULL;
    g->spans.n = 0;
}

void tm_run_gather(tm_run_gathered *g, const tm_run_drop *drop)
{
    if (g->scope != drop->scope_body.p)
        tm_run_gather_close(g);
    g->scope = drop->scope_body.p;
    g->scope_body = drop->scope_body;
    g->resource_body = drop->resource_body;
    g->short_of_memory |= !tm_bytes_add(&g->spans, drop->span_field);
}

void tm_run_gather_free(tm_run_gathered *g)
{
    tm_bytes_free(&g->request);
    tm_bytes_free(&g->spans);
}

tm_text tm_run_gather_one(tm_arena *arena, const tm_run_drop *span)
{
    tm_run_gathered g = {0};
    tm_run_gather(&g, span);
    tm_run_gather_close(&g);
    if (g.short_of_memory) {
        tm_run_gather_free(&g);
        tm_arena_out_of_memory(arena);
    }
    tm_text copy = tm_arena_copy(arena, tm_bytes_text(&g.request));
    tm_run_gather_free(&g);
    return copy;
}

void tm_run_why(tm_buf *out, const tm_run_drop *drop)
{
    const tm_span_identity id = tm_span_identify(tm_wire_body(drop->span_field));
    tm_buf_add_hex(out, id.trace_id);
    tm_buf_add_char(out, ' ');
    tm_buf_add_hex(out, id.span_id);
    tm_buf_add_char(out, ' ');
    tm_json_write_string(out, id.name, TM_JSON_ESCAPE_HARMFUL);
    tm_buf_print(out, ": %.*s", TM_PRI(drop->rule->name));
    if (drop->rule->file.n)
        tm_buf_print(out, " (%.*s)", TM_PRI(drop->rule->file));
    tm_buf_add_char(out, '\n');
}

/* Tables, proof: texts of both proofs, compared behind what names the span.
 * SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* memmem */
#include "tables_proof.h"

#include "base/buf.h"
#include "base/json_write.h"

static void take(void *owner, const char *text, size_t size_bytes)
{
    tm_buf_add(owner, tm_text_slice(text, size_bytes));
}

/* From the verdict on: ids, name and service are told only where rules ask for them. */
static tm_text proof_behind_names(tm_text whole)
{
    static const char verdict[] = ",\"verdict\":";
    const char *at = memmem(whole.p, whole.n, verdict, sizeof verdict - 1);
    return at ? tm_text_slice(at, (size_t)(whole.p + whole.n - at)) : TM_TEXT("");
}

static tm_text proof_of(const tables_row *r, bool by_table, tamis_status *status)
{
    tm_buf out = {.arena = r->arena};
    const unsigned how = TAMIS_EXPLAIN_JSON;
    *status = by_table
                  ? tamis_explain_table(r->vm, r->explained, r->table, r->span, how, take, &out)
                  : tamis_explain(r->vm, r->explained, r->request, r->span, how, take, &out);
    return *status == TAMIS_OK ? proof_behind_names(tm_buf_text(&out)) : TM_TEXT("");
}

/* What a proof begins with that says so. */
static tm_text verdict_text(const tables_row *r, const char *word, uint32_t rule)
{
    tm_buf out = {.arena = r->arena};
    tamis_rule dropped_by = {.size = sizeof dropped_by};
    tm_buf_print(&out, ",\"verdict\":\"%s\",", word);
    if (rule != UINT32_MAX && tamis_ruleset_rule(r->explained, rule, &dropped_by) == TAMIS_OK) {
        tm_buf_print(&out, "\"by\":");
        tm_json_write_string(&out, tm_text_of(dropped_by.name), TM_JSON_PLAIN);
        tm_buf_add_char(&out, ',');
    }
    return tm_buf_text(&out);
}

/* A statement that ran has perhaps changed nothing. */
static bool tells(const tables_row *r, tm_text proof, tamis_row judged)
{
    const bool edited = judged.fate == TAMIS_EDITED;
    if (judged.fate == TAMIS_DROPPED)
        return tm_text_starts(proof, verdict_text(r, "dropped", judged.rule));
    return tm_text_starts(proof, verdict_text(r, "kept", UINT32_MAX)) ||
           (edited && tm_text_starts(proof, verdict_text(r, "edited", UINT32_MAX)));
}

const char *tables_proof_differs(const tables_row *row, tamis_row judged)
{
    tamis_status by_table, by_bytes;
    const tm_text a = proof_of(row, true, &by_table), b = proof_of(row, false, &by_bytes);
    if (by_table != TAMIS_OK || by_bytes != TAMIS_OK)
        return "whether there is a proof";
    if (!tm_text_equal(a, b))
        return tm_arena_print(row->arena, "the proof %.*s, of bytes %.*s,", TM_PRI(a), TM_PRI(b)).p;
    return row->alone || tells(row, a, judged) ? NULL : "what the proof tells";
}

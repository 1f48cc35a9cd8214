/* Proof tree: lines.
 * SPDX-License-Identifier: Apache-2.0 */
#include "explain/proof_tree.h"

#include "base/harmless.h"
#include "base/json_write.h"
#include "lang/tree.h"
#include "otlp/enums.h"
#include "explain/span_facts.h"
#include "engine/span_value.h"
#include "vm/program_listing.h"

/* ---- texts ----------------------------------------------------------------------------------- */

tm_text tm_proof_part_text(tm_arena *arena, const tm_code_part *part, size_t most)
{
    tm_buf plain = {.arena = arena}, out = {.arena = arena};
    const char *p = part->source->text.p + part->place.at;
    bool quoted = false, space = false;
    for (size_t i = 0; i < part->place.n; i++) {
        const bool white = !quoted && strchr(" \t\r\n", p[i]);
        if (p[i] == '"' && (i == 0 || p[i - 1] != '\\'))
            quoted = !quoted;
        if (!white || !space)
            tm_buf_add_char(&plain, white ? ' ' : p[i]);
        space = white;
    }
    tm_harmless_add(&out, tm_buf_text(&plain));
    if (!most || out.n <= most)
        return tm_buf_text(&out);
    for (out.n = most; out.n && (out.p[out.n] & 0xc0) == 0x80;)
        out.n--;
    tm_buf_add(&out, TM_TEXT("…"));
    return tm_buf_text(&out);
}

tm_text tm_proof_symbol(tm_text path, tm_value v)
{
    if (tm_text_starts(path, TM_TEXT("span.")))
        path = tm_text_skip(path, 5);
    if (v.type != TM_INT)
        return TM_TEXT("");
    if (tm_text_is(path, "kind"))
        return tm_enum_row_of(TM_ENUM_SPAN_KIND, v.integer).symbol;
    return tm_text_is(path, "status.code") ? tm_enum_row_of(TM_ENUM_STATUS_CODE, v.integer).symbol
                                           : TM_TEXT("");
}

/* It does not stand within the text of what it is a part of: a definition brought it. */
static bool is_from_elsewhere(const tm_program *p, const tm_code_part *part)
{
    if (part->parent == TM_NO_PART)
        return p->text.p != part->source->text.p;
    const tm_code_part *outer = &p->part[part->parent];
    return part->source != outer->source || part->place.at < outer->place.at ||
           part->place.at + part->place.n > outer->place.at + outer->place.n;
}

static void add_source(const tm_proof_look *look, tm_buf *line, const tm_code_part *part)
{
    unsigned row, column;
    tm_source_position(part->source, part->place.at, &row, &column);
    tm_screen_print(look->screen, line, TM_INK_DIM, "  (%.*s:%u)", TM_PRI(part->source->name), row);
}

static void add_truth(const tm_proof_look *look, tm_buf *line, bool truth)
{
    tm_screen_add(look->screen, line, truth ? TM_INK_GREEN : TM_INK_RED,
                  truth ? TM_TEXT("true") : TM_TEXT("false"));
    tm_buf_add(line, TM_TEXT(": "));
}

/* ---- which parts decide ---------------------------------------------------------------------- */

static bool is_chain(const tm_code_part *part)
{
    return part->kind == TM_CODE_AND || part->kind == TM_CODE_OR;
}

/* It failed, or something in it did. */
static bool has_failed(const tm_proof *proof, uint32_t part)
{
    uint32_t i = proof->failed;
    while (i != part && i != TM_NO_PART)
        i = proof->program->part[i].parent;
    return i == part;
}

static bool is_telling(const tm_proof *proof, uint32_t part)
{
    const tm_code_part *p = &proof->program->part[part];
    bool truth;
    if (has_failed(proof, part))
        return true;
    if (p->kind == TM_CODE_CONSTANT)
        return proof->part[part].known && is_from_elsewhere(proof->program, p);
    return proof->part[part].known || tm_proof_truth(proof, part, &truth);
}

/* Of a chain that one operand decided, that one; of one that all decided, all of them. */
static bool decides(const tm_proof *proof, uint32_t chain, uint32_t operand)
{
    bool whole, one;
    const bool any = proof->program->part[chain].kind == TM_CODE_OR;
    if (!tm_proof_truth(proof, chain, &whole) || whole != any)
        return true;
    return tm_proof_truth(proof, operand, &one) && one == any;
}

/* The first part within `outer` that is to be shown, behind `after` (TM_NO_PART: from the start).
 */
static uint32_t next_shown(const tm_proof *proof, uint32_t outer, uint32_t after)
{
    const tm_program *p = proof->program;
    uint32_t i = after == TM_NO_PART ? tm_proof_first(p, outer) : tm_proof_next(p, after);
    while (i != TM_NO_PART &&
           (!is_telling(proof, i) || (is_chain(&p->part[outer]) && !decides(proof, outer, i))))
        i = tm_proof_next(p, i);
    return i;
}

static void add_parts(const tm_proof_look *look, tm_branch *branch, const tm_proof *proof,
                      uint32_t outer)
{
    for (uint32_t i = next_shown(proof, outer, TM_NO_PART); i != TM_NO_PART;
         i = next_shown(proof, outer, i))
        tm_proof_part_branch(look, branch, proof, i);
}

/* The only part to be shown within `outer`, if it has none itself and is written there: it stands
 * on the same line. Else TM_NO_PART. */
static uint32_t only_leaf(const tm_proof *proof, uint32_t outer)
{
    const uint32_t i = next_shown(proof, outer, TM_NO_PART);
    if (i == TM_NO_PART || next_shown(proof, outer, i) != TM_NO_PART ||
        next_shown(proof, i, TM_NO_PART) != TM_NO_PART || i == proof->failed ||
        proof->program->part[i].lambda != TM_NO_PART ||
        is_from_elsewhere(proof->program, &proof->program->part[i]))
        return TM_NO_PART;
    return i;
}

/* Behind the number of a kind or status code, what it is called. */
static void add_symbol(const tm_proof_look *look, tm_buf *line, tm_text text, tm_value v)
{
    tm_text symbol = tm_proof_symbol(text, v);
    if (symbol.n)
        tm_screen_print(look->screen, line, TM_INK_DIM, " (%.*s)", TM_PRI(symbol));
}

static void add_line_of(const tm_proof_look *look, tm_buf *line, const tm_proof *proof,
                        uint32_t part)
{
    enum { TEXT_MOST = 200, CHAIN_MOST = 60 }; /* of a chain the operands show */
    const tm_code_part *p = &proof->program->part[part];
    const tm_proved *known = &proof->part[part];
    tm_text text = tm_proof_part_text(look->arena, p, is_chain(p) ? CHAIN_MOST : TEXT_MOST);
    bool truth;
    if (p->lambda != TM_NO_PART && known->times > 1)
        tm_screen_print(look->screen, line, TM_INK_DIM, "at time %u ", known->times);
    if (tm_proof_truth(proof, part, &truth)) {
        add_truth(look, line, truth);
        tm_buf_add(line, text);
    } else if (p->kind == TM_CODE_CONSTANT) {
        tm_span_fact_value(line, known->value);
    } else if (known->known) {
        tm_buf_print(line, "%.*s is ", TM_PRI(text));
        tm_span_fact_value(line, known->value);
        add_symbol(look, line, text, known->value);
    } else {
        tm_buf_add(line, text);
    }
    if (part == proof->failed) {
        tm_screen_print(look->screen, line, TM_INK_YELLOW, " failed: ");
        tm_harmless_add(line, proof->error);
    }
    if (is_from_elsewhere(proof->program, p))
        add_source(look, line, p);
}

void tm_proof_part_branch(const tm_proof_look *look, tm_branch *branch, const tm_proof *proof,
                          uint32_t part)
{
    const uint32_t leaf = only_leaf(proof, part);
    tm_buf line = {.arena = look->arena};
    add_line_of(look, &line, proof, part);
    if (leaf != TM_NO_PART) {
        tm_screen_add(look->screen, &line, TM_INK_DIM, TM_TEXT("  <- "));
        add_line_of(look, &line, proof, leaf);
    }
    tm_branch *inner = tm_branch_add(look->arena, branch, tm_buf_text(&line));
    if (leaf == TM_NO_PART)
        add_parts(look, inner, proof, part);
}

/* ---- a rule ---------------------------------------------------------------------------------- */

bool tm_proof_holds(const tm_proof *proof)
{
    return proof->program->entry_point == TM_STATEMENT
               ? proof->matched
               : proof->ended && proof->result.type == TM_BOOL && proof->result.truth;
}

/* The rule's own line says already what its outermost part is, unless a definition brought it. */
void tm_proof_branches(const tm_proof_look *look, tm_branch *branch, const tm_proof *proof)
{
    const tm_program *p = proof->program;
    for (uint32_t i = tm_proof_first(p, TM_NO_PART); i != TM_NO_PART; i = tm_proof_next(p, i)) {
        const bool is_editor = p->entry_point == TM_STATEMENT && tm_proof_next(p, i) == TM_NO_PART;
        if (p->part[i].kind == TM_CODE_CONSTANT || (is_editor && !proof->matched))
            continue;
        if ((!is_editor && is_from_elsewhere(p, &p->part[i])) || i == proof->failed)
            tm_proof_part_branch(look, branch, proof, i);
        else
            add_parts(look, branch, proof, i);
    }
    if (!proof->ended && proof->failed == TM_NO_PART) {
        tm_buf line = {.arena = look->arena};
        tm_screen_print(look->screen, &line, TM_INK_YELLOW, "failed: ");
        tm_harmless_add(&line, proof->error);
        tm_branch_add(look->arena, branch, tm_buf_text(&line));
    }
}

/* ---- code ------------------------------------------------------------------------------------ */

/* The innermost part that holds the instruction, or TM_NO_PART. */
static uint32_t part_at(const tm_program *p, uint32_t at)
{
    uint32_t found = TM_NO_PART;
    for (uint32_t i = 0; i < p->parts; i++)
        if (!p->part[i].operand && p->part[i].begin <= at && at < p->part[i].end)
            found = i;
    return found;
}

static tm_text left_of(const tm_proof_look *look, const tm_program *p, uint32_t at)
{
    enum { LEFT_MOST = 48 };
    const uint32_t part = part_at(p, at);
    if (part == TM_NO_PART)
        return TM_TEXT("");
    if (is_chain(&p->part[part]))
        return p->part[part].kind == TM_CODE_AND ? TM_TEXT("and") : TM_TEXT("or");
    return tm_proof_part_text(look->arena, &p->part[part], LEFT_MOST);
}

static void add_worth(const tm_proof_look *look, tm_buf *line, const tm_proof *proof, uint32_t at)
{
    const uint32_t part = part_at(proof->program, at);
    if (part == TM_NO_PART || proof->program->part[part].end != at + 1 || !proof->part[part].known)
        return;
    tm_screen_add(look->screen, line, TM_INK_DIM, TM_TEXT("  -> "));
    tm_span_fact_value(line, proof->part[part].value);
}

void tm_proof_code(const tm_proof_look *look, tm_branch *branch, const tm_program *program,
                   const tm_proof *proof)
{
    size_t width = 0;
    for (uint32_t at = 0; at < program->length; at++) {
        const size_t left = tm_screen_width(left_of(look, program, at));
        width = left > width ? left : width;
    }
    for (uint32_t at = 0; at < program->length; at++) {
        tm_buf line = {.arena = look->arena}, insn = {.arena = look->arena};
        tm_text left = left_of(look, program, at);
        tm_buf_print(&line, "%.*s%*s", TM_PRI(left), (int)(width - tm_screen_width(left)), "");
        tm_screen_print(look->screen, &line, TM_INK_DIM, " | %3u  ", at);
        tm_listing_insn(&insn, program, look->needs, at);
        tm_harmless_add(&line, tm_buf_text(&insn));
        if (proof)
            add_worth(look, &line, proof, at);
        tm_branch_add(look->arena, branch, tm_buf_text(&line));
    }
}

/* ---- JSON ------------------------------------------------------------------------------------ */

static void add_json(tm_buf *out, const tm_proof *proof, uint32_t part)
{
    const tm_program *p = proof->program;
    bool truth, first = true;
    tm_buf_print(out, "{\"text\":");
    tm_json_write_string(out, tm_proof_part_text(out->arena, &p->part[part], 0), TM_JSON_PLAIN);
    if (is_from_elsewhere(p, &p->part[part])) {
        unsigned row, column;
        tm_source_position(p->part[part].source, p->part[part].place.at, &row, &column);
        tm_buf_print(out, ",\"file\":");
        tm_json_write_string(
            out, tm_arena_print(out->arena, "%.*s:%u", TM_PRI(p->part[part].source->name), row),
            TM_JSON_PLAIN);
    }
    if (tm_proof_truth(proof, part, &truth)) {
        tm_buf_print(out, ",\"value\":%s", truth ? "true" : "false");
    } else if (proof->part[part].known) {
        tm_buf_print(out, ",\"value\":");
        tm_span_value_json(out, proof->part[part].value);
    }
    if (part == proof->failed)
        tm_buf_print(out, ",\"failed\":true");
    for (uint32_t i = tm_proof_first(p, part); i != TM_NO_PART; i = tm_proof_next(p, i)) {
        if (!is_telling(proof, i) || (is_chain(&p->part[part]) && !decides(proof, part, i)))
            continue;
        tm_buf_print(out, first ? ",\"parts\":[" : ",");
        first = false;
        add_json(out, proof, i);
    }
    tm_buf_print(out, first ? "}" : "]}");
}

void tm_proof_json(tm_buf *out, const tm_proof *proof)
{
    const uint32_t first = tm_proof_first(proof->program, TM_NO_PART);
    if (first == TM_NO_PART)
        tm_buf_print(out, "null");
    else
        add_json(out, proof, first);
}

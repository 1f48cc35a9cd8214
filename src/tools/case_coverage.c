/* Case coverage: a table of places.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/case_coverage.h"

#include "tools/case_files.h"

#include <stdlib.h>

enum { BUCKETS = 1 << 12 };

typedef struct tested {
    struct tested *next;
    tm_text path;
} tested;

/* What a note of a program that was taken in is about. */
typedef struct known {
    struct known *next;
    const tm_condition_note *note;
    tm_case_covered *covered;
} known;

struct tm_case_coverage {
    tm_arena *arena;
    tested *files;
    tm_case_covered *first, *last;
    tm_case_covered *bucket[BUCKETS];
    known *known[BUCKETS];
    tm_trace trace;
};

static void step(void *owner, const tm_vm *vm, uint32_t at);

tm_case_coverage *tm_case_coverage_new(tm_arena *arena)
{
    tm_case_coverage *c = TM_NEW(arena, tm_case_coverage);
    c->arena = arena;
    c->trace = (tm_trace){.step = step, .owner = c};
    return c;
}

static bool is_tested(const tm_case_coverage *c, tm_text path)
{
    for (const tested *f = c->files; f; f = f->next)
        if (tm_text_equal(f->path, path))
            return true;
    return false;
}

void tm_case_coverage_file(tm_case_coverage *c, tm_text path)
{
    path = tm_case_path_tidy(c->arena, path);
    if (is_tested(c, path))
        return;
    tested *f = TM_NEW(c->arena, tested);
    *f = (tested){.next = c->files, .path = path};
    c->files = f;
}

/* ---- the table ------------------------------------------------------------------------------- */

static unsigned bucket_of(tm_text file, unsigned line, unsigned column, uint32_t width)
{
    uint32_t h = line * 0x9e3779b1u ^ column * 0x85ebca6bu ^ width * 0xc2b2ae35u;
    for (size_t i = 0; i < file.n; i++)
        h = (h ^ (unsigned char)file.p[i]) * 16777619u;
    return (h ^ h >> 15) % BUCKETS;
}

static tm_case_covered *find(const tm_case_coverage *c, const tm_case_covered *key)
{
    unsigned b = bucket_of(key->file, key->line, key->column, key->width);
    for (tm_case_covered *i = c->bucket[b]; i; i = i->same)
        if (i->line == key->line && i->column == key->column && i->width == key->width &&
            tm_text_equal(i->file, key->file))
            return i;
    return NULL;
}

static tm_case_covered *add(tm_case_coverage *c, const tm_case_covered *key)
{
    unsigned b = bucket_of(key->file, key->line, key->column, key->width);
    tm_case_covered *i = find(c, key);
    if (i)
        return i;
    i = TM_NEW(c->arena, tm_case_covered);
    *i = *key;
    i->file = tm_arena_copy(c->arena, key->file);
    i->text = tm_arena_copy(c->arena, key->text);
    i->same = c->bucket[b];
    c->bucket[b] = i;
    *(c->last ? &c->last->next : &c->first) = i;
    c->last = i;
    return i;
}

/* ---- rules ----------------------------------------------------------------------------------- */

/* By the "FILE:LINE" where the rule stands, its name and number telling those of one line apart. */
static tm_case_covered key_of_rule(tm_case_coverage *c, const tm_rule *rule)
{
    tm_case_covered key = {.text = rule->name};
    size_t n = rule->file.n;
    while (n && rule->file.p[n - 1] != ':')
        n--;
    if (!n)
        return key;
    for (size_t i = n; i < rule->file.n; i++)
        key.line = key.line * 10 + (unsigned)(rule->file.p[i] - '0');
    key.file = tm_case_path_tidy(c->arena, tm_text_slice(rule->file.p, n - 1));
    for (size_t i = 0; i < rule->name.n; i++)
        key.width = key.width * 31 + (unsigned char)rule->name.p[i];
    return key;
}

void tm_case_coverage_rules(tm_case_coverage *c, const tm_ruleset *ruleset)
{
    for (uint32_t i = 0; i < ruleset->rules; i++) {
        const tm_case_covered key = key_of_rule(c, ruleset->rule[i]);
        if (is_tested(c, key.file))
            add(c, &key);
        if (ruleset->rule[i]->program)
            tm_case_coverage_program(c, ruleset->rule[i]->program);
    }
}

void tm_case_coverage_counts(tm_case_coverage *c, const tm_ruleset *ruleset,
                             const tm_rule_counts *counts)
{
    for (uint32_t i = 0; i < ruleset->rules; i++) {
        const tm_case_covered key = key_of_rule(c, ruleset->rule[i]);
        tm_case_covered *covered = counts[i].matched ? find(c, &key) : NULL;
        if (covered)
            covered->held[1] = true;
    }
}

/* ---- conditions ------------------------------------------------------------------------------ */

static tm_case_covered key_of_note(tm_case_coverage *c, const tm_condition_note *note)
{
    tm_case_covered key = {.file = tm_case_path_tidy(c->arena, note->source->name),
                           .width = note->place.n,
                           .text =
                               tm_text_slice(note->source->text.p + note->place.at, note->place.n)};
    tm_source_position(note->source, note->place.at, &key.line, &key.column);
    return key;
}

static unsigned bucket_of_note(const tm_condition_note *note)
{
    const uint64_t h = (uintptr_t)note * 0x9e3779b97f4a7c15u;
    return (unsigned)(h >> 52) % BUCKETS;
}

static void know(tm_case_coverage *c, const tm_condition_note *note, tm_case_covered *covered)
{
    known *k = TM_NEW(c->arena, known), **bucket = &c->known[bucket_of_note(note)];
    *k = (known){.next = *bucket, .note = note, .covered = covered};
    *bucket = k;
}

void tm_case_coverage_program(tm_case_coverage *c, const tm_program *program)
{
    for (uint32_t i = 0; program->note && i < program->length; i++)
        for (const tm_condition_note *n = program->note[i]; n; n = n->next) {
            const tm_case_covered key = key_of_note(c, n);
            if (is_tested(c, key.file))
                know(c, n, add(c, &key));
        }
}

static void step(void *owner, const tm_vm *vm, uint32_t at)
{
    tm_case_coverage *c = owner;
    const tm_program *p = vm->program;
    const tm_value *truth = &vm->r[p->code[at].a];
    for (const tm_condition_note *n = p->note ? p->note[at] : NULL; n; n = n->next)
        for (const known *k = c->known[bucket_of_note(n)]; k; k = k->next)
            if (k->note == n)
                k->covered->held[truth->truth] = true;
}

tm_trace *tm_case_coverage_trace(tm_case_coverage *c)
{
    return &c->trace;
}

/* ---- results --------------------------------------------------------------------------------- */

void tm_case_coverage_sum(const tm_case_coverage *c, unsigned *covered, unsigned *all)
{
    *covered = *all = 0;
    for (const tm_case_covered *i = c->first; i; i = i->next) {
        *all += i->column ? 2 : 1;
        *covered += i->held[1] + (i->column && i->held[0]);
    }
}

double tm_case_coverage_percent(const tm_case_coverage *c)
{
    unsigned covered, all;
    tm_case_coverage_sum(c, &covered, &all);
    return all ? 100.0 * covered / all : 100.0;
}

static int by_place(const void *a, const void *b)
{
    const tm_case_covered *x = *(tm_case_covered *const *)a, *y = *(tm_case_covered *const *)b;
    const int file = tm_text_compare(x->file, y->file);
    if (file)
        return file;
    if (x->line != y->line)
        return x->line < y->line ? -1 : 1;
    return x->column < y->column ? -1 : x->column > y->column;
}

const tm_case_covered *tm_case_coverage_all(tm_case_coverage *c)
{
    size_t n = 0, k = 0;
    for (const tm_case_covered *i = c->first; i; i = i->next)
        n++;
    tm_case_covered **all = TM_NEW_ARRAY(c->arena, n + 1, tm_case_covered *);
    for (tm_case_covered *i = c->first; i; i = i->next)
        all[k++] = i;
    qsort(all, n, sizeof *all, by_place);
    for (k = 0; k < n; k++)
        all[k]->next = all[k + 1];
    c->first = all[0];
    c->last = n ? all[n - 1] : NULL;
    return c->first;
}

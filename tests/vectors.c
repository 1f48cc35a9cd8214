/* Vectors: runs the conformance vectors.
 * SPDX-License-Identifier: Apache-2.0
 *
 *     vectors [-v] FILE.jsonl...
 *
 * Each file has a spans.json beside it; a case may also hold its spans itself. Prints the id of
 * every case that fails (-v: and how), then "N passed, N failed". Exits 0 when none failed, 1 when
 * some did, 2 when a file cannot be read. */
#include "base/clock.h"
#include "vectors_case.h"
#include "whole_file.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct session {
    tm_arena *own;     /* spans.json, the VM */
    tm_arena *scratch; /* what rules make on their way */
    tm_arena *arena;   /* of one case */
    tm_vm vm;
    tm_doc *pool; /* the spans.json of the current file */
    tm_text pool_name;
    unsigned passed, failed;
    bool verbose;
} session;

/* spans.json in the directory of `file`, read once. */
static bool find_pool(session *s, const char *file)
{
    const char *slash = strrchr(file, '/');
    int directory = slash ? (int)(slash - file) + 1 : 0;
    tm_text name = tm_arena_print(s->own, "%.*sspans.json", directory, file);
    if (s->pool && tm_text_equal(name, s->pool_name))
        return true;
    tm_text text = read_file(s->own, name.p);
    s->pool = text.p ? tm_vectors_json(s->own, text) : NULL;
    s->pool_name = name;
    return s->pool != NULL;
}

/* The same once more, in the way that explains: it is to answer the same. */
static bool run_proven(tm_vectors_run *run)
{
    run->proven = true;
    tm_memo_forget(run->vm);
    if (tm_text_is(tm_vectors_text(run->row, "kind"), "processor"))
        return tm_vectors_run_processor(run);
    return tm_vectors_run_rule(run);
}

static void run_case(session *s, tm_text line)
{
    tm_vectors_run run = {.arena = s->arena, .vm = &s->vm, .row = tm_vectors_json(s->arena, line)};
    bool ok = run.row != NULL;
    run.expected = tm_vectors_find(run.row, "expected");
    const tm_doc *spans = tm_vectors_find(run.row, "spans");
    run.traces = spans && spans->type == TM_DOC_STRING ? tm_doc_find(s->pool, spans->text) : spans;
    if (!run.expected || !run.traces)
        ok = tm_vectors_differ(&run, "the row is not complete");
    else if (tm_text_is(tm_vectors_text(run.row, "kind"), "processor"))
        ok = tm_vectors_run_processor(&run);
    else
        ok = tm_vectors_run_rule(&run);
    if (ok && run.row)
        ok = run_proven(&run);
    s->passed += ok;
    s->failed += !ok;
    if (ok)
        return;
    printf("%.*s", TM_PRI(tm_vectors_text(run.row, "id")));
    if (s->verbose)
        printf(" %.*s on %.*s\n    %.*s", TM_PRI(tm_vectors_text(run.row, "expr")),
               TM_PRI(tm_vectors_text(run.row, "spans")), TM_PRI(run.difference));
    putchar('\n');
}

static bool run_file(session *s, const char *name)
{
    tm_text rest = read_file(s->own, name), line;
    if (!rest.p || !find_pool(s, name)) {
        fprintf(stderr, "%s: it or the spans.json beside it cannot be read\n", name);
        return false;
    }
    while (tm_text_next(&rest, '\n', &line)) {
        if (!tm_text_trim(line).n)
            continue;
        run_case(s, line);
        tm_arena_reset(s->arena);
        tm_arena_reset(s->scratch);
        tm_memo_forget(&s->vm);
    }
    return true;
}

int main(int argc, char **argv)
{
    session s = {
        .own = tm_arena_new(NULL), .arena = tm_arena_new(NULL), .scratch = tm_arena_new(NULL)};
    int first = 1, status = 0;
    tm_vm_init(&s.vm, s.own, s.arena, tm_clock_real());
    tm_memo_enable(&s.vm, 0);
    s.vm.arena = s.scratch;
    for (; first < argc && strcmp(argv[first], "-v") == 0; first++)
        s.verbose = true;
    for (int i = first; i < argc; i++)
        if (!run_file(&s, argv[i]))
            status = 2;
    printf("%u passed, %u failed\n", s.passed, s.failed);
    tm_arena_free(s.arena);
    tm_arena_free(s.scratch);
    tm_arena_free(s.own);
    return status ? status : s.failed > 0;
}

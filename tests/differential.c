/* Differential, our side: answers cases as tests/peers/ottl does, so that both can be compared.
 * SPDX-License-Identifier: Apache-2.0
 *
 *     answers SPANS.json <CASES.jsonl >ANSWERS.jsonl
 *     answers --language
 *
 * A case is a line {"id", "context", "kind", "paths", "expr", "spans"}, an answer a line {"id",
 * ...} of the form in tests/vectors/README.md. Answers leave at once, so that a crash tells which
 * case it was. */
#include "differential.h"

#include "base/clock.h"
#include "stdlib/fn.h"
#include "whole_file.h"

#include <stdio.h>
#include <stdlib.h>

/* Functions, paths and enums, as the generator reads them: new ones are tried without being told.
 */
static int print_language(void)
{
    const tm_function *f;
    for (unsigned i = 0; (f = tm_function_at(i)) != NULL; i++)
        printf("function\t%s\t%s\t%s\n", f->signature, f->origin,
               f->hosts & TM_HOST_IMPURE ? "impure" : "pure");
#define PATH(level, dotted, type, access, field, manual)                                           \
    printf("path\t%s\t%s\t%s\n", #level, dotted, #type);
#include "paths.def"
#undef PATH
#define ENUM(type, name, value, word) puts("enum\t" #type "_" #name);
#include "enums.def"
#undef ENUM
    return 0;
}

static bool answer_line(tm_arena *arena, tm_vm *vm, const tm_doc *pool, tm_text line)
{
    tm_vectors_run run = {.arena = arena, .vm = vm, .row = tm_vectors_json(arena, line)};
    tm_buf out = {.arena = arena};
    const tm_doc *spans = tm_vectors_find(run.row, "spans");
    run.traces = spans && spans->type == TM_DOC_STRING ? tm_doc_find(pool, spans->text) : spans;
    if (!run.traces)
        return false;
    tm_differential_answer(&run, &out);
    tm_buf_add_char(&out, '\n');
    fwrite(out.p, 1, out.n, stdout);
    return fflush(stdout) == 0;
}

static int answer_all(tm_arena *own, const tm_doc *pool)
{
    tm_arena *arena = tm_arena_new(NULL), *scratch = tm_arena_new(NULL);
    tm_vm vm;
    char *line = NULL;
    size_t room = 0;
    ssize_t n;
    bool ok = true;
    tm_vm_init(&vm, own, arena, tm_clock_real());
    tm_memo_enable(&vm, 0);
    vm.arena = scratch;
    while (ok && (n = getline(&line, &room, stdin)) > 0) {
        ok = answer_line(arena, &vm, pool, tm_text_trim(tm_text_slice(line, (size_t)n)));
        tm_arena_reset(arena);
        tm_arena_reset(scratch);
        tm_memo_forget(&vm);
    }
    free(line);
    tm_arena_free(arena);
    tm_arena_free(scratch);
    return !ok;
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--language") == 0)
        return print_language();
    tm_arena *own = tm_arena_new(NULL);
    tm_text text = argc == 2 ? read_file(own, argv[1]) : (tm_text){0};
    const tm_doc *pool = text.p ? tm_vectors_json(own, text) : NULL;
    int status = 2;
    if (pool)
        status = answer_all(own, pool);
    else
        fputs("usage: answers SPANS.json <CASES.jsonl >ANSWERS.jsonl, or answers --language\n",
              stderr);
    tm_arena_free(own);
    return status;
}

/* Regex: PCRE2 behind RE2's dialect, with limits on what a search may cost.
 * SPDX-License-Identifier: Apache-2.0 */
#include "vm/regex/regex.h"

#include "base/utf8.h"
#include "vm/regex/regex_inside.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

/* PCRE2 is asked first where it is the faster one and cannot take long: with subjects up to
 * SHORT_BYTES, and a limit on the steps back that it may take from one start offset (1 to 3 ns
 * each), fewer where there are many offsets. What it does not decide so, the linear engine
 * decides. */
enum {
    SHORT_BYTES = 512,
    FEW_BYTES = 128,
    LIMIT_FEW = 400,
    LIMIT = 100,
    HEAP_KIB = 1024,
    STACK_FIRST = 32 << 10,
    STACK_MOST = 512 << 10,
    MOST_NESTING = 4 * TM_RE2_MOST_HEIGHT
};

struct tm_matcher {
    tm_arena *arena;
    size_t short_bytes;
    uint32_t limit; /* that the context has */
    pcre2_general_context *general;
    pcre2_match_context *context;
    pcre2_jit_stack *stack;
    pcre2_match_data *one;  /* for tests: no groups */
    pcre2_match_data *data; /* as many groups as were needed so far */
    pcre2_code *names;      /* of groups: made when it is needed */
    const tm_regex *regex;  /* whose classes the linear engine asks for */
    tm_dfas dfas;
};

/* ---- memory
 * ------------------------------------------------------------------------------------- */

static void *take_block(size_t size_bytes, void *heap)
{
    return tm_heap_alloc(heap, size_bytes);
}

static void give_block(void *block, void *heap)
{
    if (block)
        tm_heap_free(heap, block);
}

static pcre2_general_context *new_context(tm_arena *arena)
{
    /* The heap is handed on to its own functions only, which take it as they gave it. */
    union {
        const tm_heap *heap;
        void *owner;
    } u = {.heap = tm_arena_heap(arena)};
    return pcre2_general_context_create(take_block, give_block, u.owner);
}

static void *must(tm_arena *arena, void *made)
{
    if (!made)
        tm_arena_out_of_memory(arena);
    return made;
}

static void free_matcher(void *what)
{
    tm_matcher *m = what;
    tm_dfas_free(&m->dfas);
    pcre2_code_free(m->names);
    pcre2_match_data_free(m->data);
    pcre2_match_data_free(m->one);
    pcre2_jit_stack_free(m->stack);
    pcre2_match_context_free(m->context);
    pcre2_general_context_free(m->general);
}

tm_matcher *tm_matcher_new(tm_arena *arena)
{
    tm_matcher *m = TM_NEW(arena, tm_matcher);
    m->arena = m->dfas.arena = arena;
    m->short_bytes = SHORT_BYTES;
    tm_arena_cleanup(arena, free_matcher, m);
    m->general = must(arena, new_context(arena));
    m->context = must(arena, pcre2_match_context_create(m->general));
    m->stack = must(arena, pcre2_jit_stack_create(STACK_FIRST, STACK_MOST, m->general));
    m->one = must(arena, pcre2_match_data_create(1, m->general));
    pcre2_set_heap_limit(m->context, HEAP_KIB);
    pcre2_jit_stack_assign(m->context, NULL, m->stack);
    return m;
}

void tm_matcher_set_work(tm_matcher *matcher, tm_work *work)
{
    matcher->dfas.work = work;
}

bool tm_matcher_charge(const tm_matcher *matcher, size_t steps)
{
    return !matcher->dfas.work || tm_work_charge(matcher->dfas.work, steps);
}

void tm_matcher_set_short(tm_matcher *matcher, size_t bytes)
{
    matcher->short_bytes = bytes;
}

static void free_regex(void *what)
{
    tm_regex *regex = what;
    /* Work: classes of the pattern */
    for (unsigned i = 0; i < regex->members; i++)
        pcre2_code_free(regex->member[i].code);
    pcre2_code_free(regex->search.code);
    pcre2_code_free(regex->test.code);
}

/* ---- compiling
 * ---------------------------------------------------------------------------------- */

/* Code for an emitted pattern; NULL and *error when it is too large for PCRE2. */
static pcre2_code *compile(tm_arena *arena, tm_text pattern, tm_text *error)
{
    pcre2_general_context *general = must(arena, new_context(arena));
    pcre2_compile_context *context = pcre2_compile_context_create(general);
    pcre2_code *code = NULL;
    int reason = PCRE2_ERROR_NOMEMORY;
    PCRE2_SIZE at;
    if (context) {
        pcre2_set_newline(context, PCRE2_NEWLINE_LF);
        pcre2_set_parens_nest_limit(context, MOST_NESTING);
        code = pcre2_compile((PCRE2_SPTR)pattern.p, pattern.n,
                             PCRE2_UTF | PCRE2_DOTALL | PCRE2_DOLLAR_ENDONLY |
                                 PCRE2_ALT_CIRCUMFLEX | PCRE2_NEVER_UCP | PCRE2_NEVER_BACKSLASH_C,
                             &reason, &at, context);
    }
    pcre2_compile_context_free(context);
    pcre2_general_context_free(general);
    if (code)
        return code;
    if (reason == PCRE2_ERROR_NOMEMORY || reason == PCRE2_ERROR_HEAP_FAILED)
        tm_arena_out_of_memory(arena);
    PCRE2_UCHAR words[160];
    pcre2_get_error_message(reason, words, sizeof words);
    *error = tm_arena_print(arena, "expression too large: %s", (const char *)words);
    return NULL;
}

static bool matches_rune(const pcre2_code *code, pcre2_match_data *data, uint32_t rune)
{
    char utf8[4];
    tm_buf b = {.p = utf8, .room = sizeof utf8}; /* has room, so that it needs no arena */
    tm_buf_add_rune(&b, rune);
    return pcre2_match(code, (PCRE2_SPTR)b.p, b.n, 0, PCRE2_ANCHORED | PCRE2_NO_UTF_CHECK, data,
                       NULL) >= 0;
}

static bool add_code(tm_arena *arena, tm_code *to, const tm_re2_node *node, tm_text *error)
{
    to->code = compile(arena, tm_re2_emit(arena, node), error);
    if (to->code)
        to->jit = pcre2_jit_compile(to->code, PCRE2_JIT_COMPLETE) == 0;
    return to->code != NULL;
}

/* Code for a class of the machine that Unicode's tables know, which says what of ASCII it holds. */
static bool add_member(tm_arena *arena, tm_regex *regex, tm_nfa_class *class, tm_text *error)
{
    tm_code *m = &regex->member[class->node->set];
    if (!add_code(arena, m, class->node, error))
        return false;
    pcre2_match_data *data = must(arena, pcre2_match_data_create_from_pattern(m->code, NULL));
    /* Work: TM_NFA_ASCII characters */
    for (uint32_t c = 0; c < TM_NFA_ASCII; c++)
        class->ascii[c / 64] |= (uint64_t)matches_rune(m->code, data, c) << c % 64;
    pcre2_match_data_free(data);
    return true;
}

static bool add_nfa(tm_arena *arena, tm_regex *regex, tm_text *error)
{
    tm_nfa *nfa = tm_nfa_new(arena, regex->re2);
    if (!nfa)
        *error =
            tm_arena_print(arena, "expression too large: more than %d states", TM_NFA_MOST_STATES);
    if (!nfa)
        return false;
    regex->member = TM_NEW_ARRAY(arena, nfa->classes, tm_code);
    regex->members = nfa->classes;
    /* Work: classes of the pattern */
    for (unsigned i = 0; i < nfa->classes; i++)
        if (nfa->class[i].node && nfa->class[i].beyond == TM_NFA_ASK &&
            !add_member(arena, regex, &nfa->class[i], error))
            return false;
    tm_nfa_finish(arena, nfa);
    regex->nfa = nfa;
    return true;
}

tm_regex *tm_regex_new(tm_arena *arena, tm_text pattern, tm_text *error, size_t *at)
{
    *at = 0;
    const tm_re2 *re2 = tm_re2_new(arena, pattern, error, at);
    if (!re2)
        return NULL;
    tm_regex *regex = TM_NEW(arena, tm_regex);
    regex->pattern = tm_arena_copy(arena, pattern);
    regex->re2 = re2;
    regex->shortcut = tm_re2_find_shortcut(arena, re2);
    if (regex->shortcut.whole)
        return regex;
    if (regex->shortcut.type == TM_RE2_NO_SHORTCUT)
        regex->row = tm_re2_row_of(arena, re2);
    tm_arena_cleanup(arena, free_regex, regex);
    const tm_re2_node *rest = regex->shortcut.rest;
    if (!add_code(arena, &regex->search, re2->root, error) ||
        (rest && !add_code(arena, &regex->test, rest, error)) || !add_nfa(arena, regex, error))
        return NULL;
    return regex;
}

/* ---- searching
 * ---------------------------------------------------------------------------------- */

static bool is_member(void *owner, unsigned class, uint32_t rune)
{
    const tm_matcher *m = owner;
    return matches_rune(m->regex->member[class].code, m->one, rune);
}

tm_dfa *tm_matcher_dfa(tm_matcher *m, const tm_regex *regex, bool back)
{
    m->regex = regex;
    return tm_dfas_get(&m->dfas, regex, back, is_member, m);
}

/* The steps back from one start offset. */
static uint32_t limit_for(size_t bytes)
{
    return bytes <= FEW_BYTES ? LIMIT_FEW : LIMIT;
}

/* Match data with room for so many groups. */
static pcre2_match_data *data_for(tm_matcher *m, unsigned groups)
{
    if (groups <= 1)
        return m->one;
    if (!m->data || pcre2_get_ovector_count(m->data) < groups) {
        pcre2_match_data_free(m->data);
        m->data = NULL;
        m->data = must(m->arena, pcre2_match_data_create(groups < 16 ? 16 : groups, m->general));
    }
    return m->data;
}

tm_match tm_regex_run(const tm_code *code, tm_matcher *m, tm_text text, size_t from, size_t *group,
                      unsigned groups)
{
    PCRE2_SPTR p = (PCRE2_SPTR)(text.n ? text.p : "");
    if (text.n - from > m->short_bytes || m->short_bytes == 0)
        return TM_MATCH_BUDGET;
    if (!tm_matcher_charge(m, tm_work_bytes(text.n - from)))
        return TM_MATCH_BUDGET;
    pcre2_match_data *data = data_for(m, groups);
    const uint32_t limit = limit_for(text.n - from);
    if (limit != m->limit)
        pcre2_set_match_limit(m->context, m->limit = limit);
    int rc = code->jit
                 ? pcre2_jit_match(code->code, p, text.n, from, 0, data, m->context)
                 : pcre2_match(code->code, p, text.n, from, PCRE2_NO_UTF_CHECK, data, m->context);
    if (rc < 0)
        return rc == PCRE2_ERROR_NOMATCH ? TM_NO_MATCH : TM_MATCH_BUDGET;
    if (groups)
        memcpy(group, pcre2_get_ovector_pointer(data), 2 * groups * sizeof *group);
    return TM_MATCH;
}

/* ---- the engine
 * --------------------------------------------------------------------------------- */

bool tm_matcher_is_name_rune(tm_matcher *m, uint32_t rune)
{
    if (rune < 0x80)
        return (rune >= '0' && rune <= '9') || ((rune | 0x20) >= 'a' && (rune | 0x20) <= 'z');
    tm_text error;
    if (!m->names)
        m->names = must(m->arena, compile(m->arena, TM_TEXT("[\\p{L}\\p{Nd}]"), &error));
    return matches_rune(m->names, m->one, rune);
}

tm_text tm_regex_engine(tm_arena *arena)
{
    char version[64] = "", unicode[32] = "", target[64] = "";
    uint32_t jit = 0;
    pcre2_config(PCRE2_CONFIG_VERSION, version);
    pcre2_config(PCRE2_CONFIG_UNICODE_VERSION, unicode);
    pcre2_config(PCRE2_CONFIG_JIT, &jit);
    if (jit)
        pcre2_config(PCRE2_CONFIG_JITTARGET, target);
    return tm_arena_print(arena, "PCRE2 %s, %s%s, Unicode %s", version, jit ? "JIT " : "no JIT",
                          target, unicode);
}

tm_text tm_regex_version(tm_arena *arena, bool unicode)
{
    char text[64];
    int n = pcre2_config(unicode ? PCRE2_CONFIG_UNICODE_VERSION : PCRE2_CONFIG_VERSION, text);
    return n > 0 ? tm_arena_copy(arena, tm_text_of(text)) : TM_TEXT("unknown");
}

/* Regex: PCRE2 behind RE2's dialect, with limits on what a search may cost.
 * SPDX-License-Identifier: Apache-2.0 */
#include "vm/regex.h"

#include "base/utf8.h"
#include "vm/nfa.h"
#include "vm/regex_inside.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

/* A step of JIT code that counts costs 1 to 3 ns; measured, no sane pattern needs more than
 * 10,000 of them from one start offset. The offsets are taken in slices, with a look at the
 * clock between two. */
enum {
    TM_REGEX_MATCH_LIMIT = 10000,
    TM_REGEX_HEAP_KIB = 1024,
    TM_REGEX_STACK_FIRST = 32 << 10,
    TM_REGEX_STACK_MOST = 512 << 10,
    TM_REGEX_SLICE = 256,
    TM_REGEX_BUDGET_NS = 20000000,
    TM_REGEX_MOST_NESTING = 4 * TM_RE2_MOST_HEIGHT
};

/* The code points of a class or folded letter, for the NFA. */
typedef struct tm_member {
    uint64_t ascii[2];
    pcre2_code *code; /* for the rest */
} tm_member;

struct tm_matcher {
    tm_arena *arena;
    const tm_clock *clock;
    uint64_t deadline_ns; /* 0: not set yet */
    pcre2_general_context *general;
    pcre2_match_context *context;
    pcre2_jit_stack *stack;
    pcre2_match_data *one;  /* for tests: no groups */
    pcre2_match_data *data; /* as many groups as were needed so far */
    void *memory;           /* of the NFA */
    size_t memory_bytes;
    const tm_regex *regex; /* that the NFA runs */
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
    pcre2_match_data_free(m->data);
    pcre2_match_data_free(m->one);
    pcre2_jit_stack_free(m->stack);
    pcre2_match_context_free(m->context);
    pcre2_general_context_free(m->general);
}

tm_matcher *tm_matcher_new(tm_arena *arena)
{
    tm_matcher *m = TM_NEW(arena, tm_matcher);
    m->arena = arena;
    m->clock = tm_clock_real();
    tm_arena_cleanup(arena, free_matcher, m);
    m->general = must(arena, new_context(arena));
    m->context = must(arena, pcre2_match_context_create(m->general));
    m->stack =
        must(arena, pcre2_jit_stack_create(TM_REGEX_STACK_FIRST, TM_REGEX_STACK_MOST, m->general));
    m->one = must(arena, pcre2_match_data_create(1, m->general));
    pcre2_set_match_limit(m->context, TM_REGEX_MATCH_LIMIT);
    pcre2_set_heap_limit(m->context, TM_REGEX_HEAP_KIB);
    pcre2_jit_stack_assign(m->context, NULL, m->stack);
    return m;
}

void tm_matcher_set_clock(tm_matcher *matcher, const tm_clock *clock)
{
    matcher->clock = clock;
}

static void free_regex(void *what)
{
    tm_regex *regex = what;
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
        pcre2_set_parens_nest_limit(context, TM_REGEX_MOST_NESTING);
        code =
            pcre2_compile((PCRE2_SPTR)pattern.p, pattern.n,
                          PCRE2_UTF | PCRE2_DOTALL | PCRE2_DOLLAR_ENDONLY | PCRE2_ALT_CIRCUMFLEX |
                              PCRE2_NEVER_UCP | PCRE2_NEVER_BACKSLASH_C | PCRE2_USE_OFFSET_LIMIT,
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

static bool add_member(tm_arena *arena, tm_regex *regex, const tm_re2_node *node, tm_text *error)
{
    tm_member *m = &regex->member[regex->members++];
    m->code = compile(arena, tm_re2_emit(arena, node), error);
    if (!m->code)
        return false;
    pcre2_jit_compile(m->code, PCRE2_JIT_COMPLETE);
    pcre2_match_data *data = must(arena, pcre2_match_data_create_from_pattern(m->code, NULL));
    for (uint32_t c = 0; c < 0x80; c++)
        m->ascii[c / 64] |= (uint64_t)matches_rune(m->code, data, c) << c % 64;
    pcre2_match_data_free(data);
    return true;
}

/* The machine for an expression that PCRE2 would answer otherwise than RE2. One with too many
 * states is left to PCRE2 nonetheless: what matches is the same, only how far and into which
 * groups may differ. */
static bool add_nfa(tm_arena *arena, tm_regex *regex, tm_text *error)
{
    const tm_re2_node **class;
    unsigned count;
    regex->nfa = tm_nfa_new(arena, regex->re2, &class, &count);
    if (!regex->nfa)
        return true;
    regex->member = TM_NEW_ARRAY(arena, count, tm_member);
    for (unsigned i = 0; i < count; i++)
        if (!add_member(arena, regex, class[i], error))
            return false;
    return true;
}

static bool add_code(tm_arena *arena, tm_code *to, const tm_re2_node *node, tm_text *error)
{
    to->code = compile(arena, tm_re2_emit(arena, node), error);
    if (to->code)
        to->jit = pcre2_jit_compile(to->code, PCRE2_JIT_COMPLETE) == 0;
    return to->code != NULL;
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
        (rest && !add_code(arena, &regex->test, rest, error)) ||
        (re2->idle_loops && !add_nfa(arena, regex, error)))
        return NULL;
    return regex;
}

/* ---- searching
 * ---------------------------------------------------------------------------------- */

/* Asked for the first time in a search, it starts the budget. */
static bool is_over_budget(tm_matcher *m)
{
    uint64_t now = tm_clock_monotonic_ns(m->clock);
    if (m->deadline_ns == 0)
        m->deadline_ns = now + TM_REGEX_BUDGET_NS;
    return now > m->deadline_ns;
}

/* Runs the code from `from` on, a slice of start offsets at a time. text is valid UTF-8. */
static tm_match run_slices(const tm_code *code, tm_matcher *m, tm_text text, size_t from,
                           pcre2_match_data *data)
{
    PCRE2_SPTR p = (PCRE2_SPTR)(text.n ? text.p : "");
    m->deadline_ns = 0;
    for (;;) {
        size_t last = from + (TM_REGEX_SLICE - 1);
        pcre2_set_offset_limit(m->context, last);
        int rc = code->jit ? pcre2_jit_match(code->code, p, text.n, from, 0, data, m->context)
                           : pcre2_match(code->code, p, text.n, from, PCRE2_NO_UTF_CHECK, data,
                                         m->context);
        if (rc >= 0)
            return TM_MATCH;
        if (rc != PCRE2_ERROR_NOMATCH)
            return TM_MATCH_BUDGET;
        if (last >= text.n)
            return TM_NO_MATCH;
        if (is_over_budget(m))
            return TM_MATCH_BUDGET;
        from = last + 1;
        while (from < text.n && ((unsigned char)text.p[from] & 0xc0) == 0x80)
            from++;
    }
}

static bool is_member(void *owner, unsigned class, uint32_t rune)
{
    const tm_matcher *m = owner;
    const tm_member *member = &m->regex->member[class];
    if (rune < 0x80)
        return member->ascii[rune / 64] >> rune % 64 & 1;
    return matches_rune(member->code, m->one, rune);
}

static bool is_expired(void *owner)
{
    return is_over_budget(owner);
}

tm_match tm_regex_run_nfa(const tm_regex *regex, tm_matcher *m, tm_text text, size_t from,
                          size_t *group, unsigned groups)
{
    size_t bytes = tm_nfa_memory(regex->nfa, groups);
    if (bytes > m->memory_bytes) {
        m->memory_bytes = bytes * 2;
        m->memory = tm_arena_alloc(m->arena, m->memory_bytes);
    }
    m->deadline_ns = 0;
    m->regex = regex;
    tm_nfa_run run = {.memory = m->memory, .member = is_member, .owner = m, .expired = is_expired};
    return tm_nfa_search(regex->nfa, &run, text, from, group, groups);
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
    pcre2_match_data *data = data_for(m, groups);
    tm_match found = run_slices(code, m, text, from, data);
    if (found == TM_MATCH && groups)
        memcpy(group, pcre2_get_ovector_pointer(data), 2 * groups * sizeof *group);
    return found;
}

/* ---- the engine
 * --------------------------------------------------------------------------------- */

bool tm_regex_is_name_rune(tm_arena *arena, uint32_t rune)
{
    if (rune < 0x80)
        return (rune >= '0' && rune <= '9') || ((rune | 0x20) >= 'a' && (rune | 0x20) <= 'z');
    tm_text error;
    pcre2_code *code = compile(arena, TM_TEXT("[\\p{L}\\p{Nd}]"), &error);
    pcre2_match_data *data = code ? pcre2_match_data_create_from_pattern(code, NULL) : NULL;
    bool is = data && matches_rune(code, data, rune);
    bool fine = data != NULL;
    pcre2_match_data_free(data);
    pcre2_code_free(code);
    if (!fine)
        tm_arena_out_of_memory(arena);
    return is;
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

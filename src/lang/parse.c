/* Parse: from text to tree, and what is said when that fails.
 * SPDX-License-Identifier: Apache-2.0 */
#include "lang/parse.h"

#include "ottl.tab.h"

int tm_ottl_lex(TM_OTTL_STYPE *value, tm_place *place, tm_parser *p);

/* ---- places ---------------------------------------------------------------------------------- */

tm_text tm_parse_text(const tm_parser *p, tm_place place)
{
    return tm_text_slice(p->source->text.p + place.at, place.n);
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

tm_place tm_parse_word(const tm_parser *p, tm_place place)
{
    tm_text text = p->source->text;
    while (place.at + place.n < p->end && is_word(text.p[place.at + place.n]))
        place.n++;
    return place;
}

/* ---- messages -------------------------------------------------------------------------------- */

typedef struct tm_habit {
    const char *wrong, *hint;
} tm_habit;

/* What people bring along from other languages. */
static const tm_habit habits[] = {
    {"AND", "`and` is lower-case"},
    {"And", "`and` is lower-case"},
    {"OR", "`or` is lower-case"},
    {"Or", "`or` is lower-case"},
    {"NOT", "`not` is lower-case"},
    {"Not", "`not` is lower-case"},
    {"WHERE", "`where` is lower-case"},
    {"Where", "`where` is lower-case"},
    {"True", "`true` is lower-case"},
    {"False", "`false` is lower-case"},
    {"None", "did you mean nil?"},
    {"Nil", "`nil` is lower-case"},
    {"is", "did you mean `==`?"},
    {"in", "use IsMatch, or several comparisons with `or`"},
    {"like", "use IsMatch"},
    {"matches", "use IsMatch"},
    {"contains", "use IsMatch or ContainsValue"},
    {"startswith", "use HasPrefix"},
    {"starts_with", "use HasPrefix"},
    {"endswith", "use HasSuffix"},
    {"ends_with", "use HasSuffix"},
    {"=", "did you mean `==`?"},
    {"if", "a condition follows `where`"},
};

void tm_parse_hint_word(tm_parser *p, tm_text word)
{
    for (size_t i = 0; i < sizeof habits / sizeof *habits; i++)
        if (tm_text_is(word, habits[i].wrong))
            tm_diag_hint(p->diags, "%s", habits[i].hint);
}

/* In the order in which a message lists them. */
static const struct {
    tm_expected bit;
    const char *noun;
} nouns[] = {
    {TM_EXPECT_VALUE, "a value"},   {TM_EXPECT_NAME, "a lower-case name"},
    {TM_EXPECT_STRING, "a string"}, {TM_EXPECT_OPERATOR, "an operator"},
    {TM_EXPECT_CALL, "`(`"},        {TM_EXPECT_ARROW, "`=>`"},
    {TM_EXPECT_COLON, "`:`"},       {TM_EXPECT_COMMA, "`,`"},
    {TM_EXPECT_ROUND, "`)`"},       {TM_EXPECT_SQUARE, "`]`"},
    {TM_EXPECT_CURLY, "`}`"},       {TM_EXPECT_WHERE, "`where`"},
    {TM_EXPECT_END, "the end"},
};

/* "a value", "`,` or `]`", "an operator, `,` or `)`". */
static tm_text list_expected(tm_parser *p, unsigned expected)
{
    tm_buf out = {.arena = p->arena};
    if (expected & TM_EXPECT_VALUE) /* a string is one, and a name starts one */
        expected &= ~(unsigned)(TM_EXPECT_NAME | TM_EXPECT_STRING);
    if (expected & ~(unsigned)TM_EXPECT_NAME) /* a name that goes on is not worth a word */
        expected &= ~(unsigned)TM_EXPECT_NAME;
    for (size_t i = 0; i < sizeof nouns / sizeof *nouns; i++) {
        if (!(expected & nouns[i].bit))
            continue;
        expected &= ~(unsigned)nouns[i].bit;
        if (out.n)
            tm_buf_add(&out, expected ? TM_TEXT(", ") : TM_TEXT(" or "));
        tm_buf_add(&out, tm_text_of(nouns[i].noun));
    }
    return tm_buf_text(&out);
}

/* A closing bracket that belongs to another kind of opening one, or to none. False when it fits,
 * and something else is wrong. */
static bool report_bracket(tm_parser *p, tm_place place, char sign)
{
    const char *pairs = "()[]{}";
    if (!strchr(")]}", sign))
        return false;
    char opener = strchr(pairs, sign)[-1];
    if (p->closed.place.n && p->closed.sign == opener)
        return false;
    if (p->closed.place.n == 0) {
        TM_PARSE_ERROR(p, place, "E0107", "`%c` closes nothing", sign);
        return true;
    }
    TM_PARSE_ERROR(p, place, "E0107", "`%c` cannot close `%c`", sign, p->closed.sign);
    tm_diag_other(p->diags, p->closed.place);
    return true;
}

/* The text ends too early: a bracket that is still open is the likelier culprit. */
static void report_end(tm_parser *p, tm_place place, tm_text wanted)
{
    if (p->nesting == 0) {
        TM_PARSE_ERROR(p, place, "E0101", "the text ends where %.*s should follow", TM_PRI(wanted));
        return;
    }
    const tm_bracket *bracket = &p->open[p->nesting - 1];
    TM_PARSE_ERROR(p, place, "E0107", "`%c` is never closed", bracket->sign);
    tm_diag_other(p->diags, bracket->place);
}

/* The byte before a place, white space skipped; 0 at the start. */
static char byte_before(const tm_parser *p, tm_place place)
{
    size_t at = place.at;
    while (at > 0 && strchr("\t\n\f\r ", p->source->text.p[at - 1]))
        at--;
    return at > 0 ? p->source->text.p[at - 1] : 0;
}

/* The word before a place, white space skipped; it may be empty. */
static tm_text word_before(const tm_parser *p, tm_place place)
{
    const char *text = p->source->text.p;
    size_t end = place.at;
    while (end > 0 && strchr("\t\n\f\r ", text[end - 1]))
        end--;
    size_t at = end;
    while (at > 0 && is_word(text[at - 1]))
        at--;
    return tm_text_slice(text + at, end - at);
}

/* Hints that depend on what stands directly around an unexpected token. */
static void hint_neighbours(tm_parser *p, tm_place place, tm_text text)
{
    char before = byte_before(p, place), sign = text.p[0];
    bool digit = text.n > 1 && text.p[1] >= '0' && text.p[1] <= '9';
    if (before == '/' && (sign == '/' || sign == '*'))
        tm_diag_hint(p->diags, "comments are not part of OTTL");
    else if (before == ',' && strchr(")]", sign))
        tm_diag_hint(p->diags, "leave the last comma out");
    else if (before == '<' && sign == '>')
        tm_diag_hint(p->diags, "did you mean `!=`?");
    else if (before == '=' && sign == '=')
        tm_diag_hint(p->diags, "equality is `==`");
    else if (sign == '.' && digit)
        tm_diag_hint(p->diags, "write [%.*s] for an element", TM_PRI(tm_text_skip(text, 1)));
    else if (sign == '"') /* an operator that is a word was taken for a part of a path */
        tm_parse_hint_word(p, word_before(p, place));
    else if (before >= '0' && before <= '9' && (sign == 'e' || sign == 'E') && digit)
        tm_diag_hint(p->diags, "an exponent needs a point before it: 1.0%.*s", TM_PRI(text));
}

/* In a statement, what may follow its call differs from what the grammar, reading more, expects. */
static unsigned expected_in_statement(const tm_parser *p, tm_place place, unsigned expected)
{
    bool head = p->tree->entry == TM_STATEMENT && !p->in_where && p->nesting == 0;
    char before = byte_before(p, place);
    expected &= ~(unsigned)TM_EXPECT_WHERE;
    if (!head || expected & TM_EXPECT_VALUE)
        return expected;
    return before == ')' || before == ']' ? TM_EXPECT_WHERE | TM_EXPECT_END : TM_EXPECT_CALL;
}

/* Words are shown whole. Where no value was due, the bracket around it is shown too. */
static void report_token(tm_parser *p, tm_place place, unsigned expected, tm_text wanted)
{
    if (is_word(p->source->text.p[place.at]))
        place = tm_parse_word(p, place);
    tm_text text = tm_parse_text(p, place);
    bool cut = text.n > 40;
    TM_PARSE_ERROR(p, place, "E0101", "unexpected `%.*s%s`, expected %.*s", cut ? 37 : (int)text.n,
                   text.p, cut ? "..." : "", TM_PRI(wanted));
    if (p->nesting > 0 && !(expected & TM_EXPECT_VALUE) && !p->closed.place.n)
        tm_diag_other(p->diags, p->open[p->nesting - 1].place);
    tm_parse_hint_word(p, text);
    hint_neighbours(p, place, text);
    if (expected == TM_EXPECT_CALL)
        tm_diag_hint(p->diags, "a statement is the call of an editor, such as set(name, \"x\")");
}

void tm_parse_unexpected(tm_parser *p, tm_place place, unsigned expected)
{
    if (p->muted)
        return;
    p->muted = true;
    expected = expected_in_statement(p, place, expected);
    tm_text wanted = list_expected(p, expected);
    if (place.n == 0)
        report_end(p, place, wanted);
    else if (place.n > 1 || !report_bracket(p, place, p->source->text.p[place.at]))
        report_token(p, place, expected, wanted);
}

/* ---- entry point -------------------------------------------------------------------------------
 */

/* Reads what the parser has left, for the sake of bad characters and bad literals in it. */
static void read_rest(tm_parser *p)
{
    TM_OTTL_STYPE value;
    tm_place place;
    while (p->token != TM_TOKEN_END)
        tm_ottl_lex(&value, &place, p);
}

/* Syntax errors end the parse, so a text has one of them at most; bad characters, bad literals and
 * what the shape pass refuses are all reported. */
static tm_tree *parse(tm_parser *p, tm_entry_point entry)
{
    tm_diags *diags = p->diags;
    const tm_source *source = p->source;
    unsigned before = diags->errors;
    if (source->text.n > TM_PARSE_MOST_BYTES) {
        tm_diag_error(diags, source, (tm_place){0}, "E0109",
                      "a text of %zu bytes is too long: at most %d are read", source->text.n,
                      TM_PARSE_MOST_BYTES);
        return NULL;
    }
    p->tree = TM_NEW(p->arena, tm_tree);
    *p->tree = (tm_tree){.entry = entry, .source = source};
    p->token = -1;
    bool read = tm_ottl_parse(p) == 0;
    read_rest(p);
    if (read && !p->broken && !p->muted)
        tm_shape_check(p);
    return diags->errors == before ? p->tree : NULL;
}

tm_tree *tm_parse(tm_arena *arena, tm_diags *diags, const tm_source *source, tm_entry_point entry)
{
    tm_parser *p = TM_NEW(arena, tm_parser);
    *p = (tm_parser){.arena = arena, .diags = diags, .source = source, .end = source->text.n};
    return parse(p, entry);
}

static tm_parser *open_part(tm_arena *arena, tm_diags *diags, const tm_source *source,
                            tm_place part)
{
    tm_parser *p = TM_NEW(arena, tm_parser);
    *p = (tm_parser){.arena = arena,
                     .diags = diags,
                     .source = source,
                     .at = part.at,
                     .end = (size_t)part.at + part.n,
                     .file = true};
    return p;
}

tm_tree *tm_parse_part(tm_arena *arena, tm_diags *diags, const tm_source *source, tm_place part,
                       tm_entry_point entry)
{
    return parse(open_part(arena, diags, source, part), entry);
}

tm_tree *tm_parse_body(tm_arena *arena, tm_diags *diags, const tm_source *source, tm_place part)
{
    tm_parser *p = open_part(arena, diags, source, part);
    p->body = true;
    return parse(p, TM_VALUE);
}

/* Only an editor's call begins with a lower-case name and its bracket. */
static bool begins_statement(tm_arena *arena, const tm_source *source)
{
    tm_diags aside = {.arena = arena};
    tm_tree tree = {.entry = TM_VALUE, .source = source};
    tm_parser *p = TM_NEW(arena, tm_parser);
    TM_OTTL_STYPE value;
    tm_place place;
    *p = (tm_parser){.arena = arena,
                     .diags = &aside,
                     .source = source,
                     .tree = &tree,
                     .end = source->text.n,
                     .file = true};
    return tm_ottl_lex(&value, &place, p) == TM_TOKEN_LOWER &&
           tm_ottl_lex(&value, &place, p) == TM_TOKEN_OPEN_ROUND;
}

tm_tree *tm_parse_any(tm_arena *arena, tm_diags *diags, const tm_source *source)
{
    const tm_place whole = {.at = 0, .n = (uint32_t)source->text.n};
    if (source->text.n <= TM_PARSE_MOST_BYTES && begins_statement(arena, source))
        return tm_parse_part(arena, diags, source, whole, TM_STATEMENT);
    return tm_parse_body(arena, diags, source, whole);
}

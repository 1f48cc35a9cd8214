/* Rule item: the head of each item of a rule file.
 * SPDX-License-Identifier: Apache-2.0 */
#include "lang/rule_item.h"

#include "base/ascii.h"

#define FAIL(r, place, ...) tm_diag_error((r)->diags, (r)->source, (place), __VA_ARGS__)

/* ---- words ------------------------------------------------------------------------------------
 */

/* What is left of an item. */
typedef struct cursor {
    const char *text; /* of the source */
    uint32_t at, end;
} cursor;

static bool is_letter(char c)
{
    return tm_ascii_is_letter(c) || c == '_';
}

static bool is_word(char c)
{
    return is_letter(c) || (c >= '0' && c <= '9');
}

/* White space and comments. */
static void skip_blank(cursor *c)
{
    while (c->at < c->end && (tm_rule_is_blank(c->text[c->at]) || c->text[c->at] == '#')) {
        if (c->text[c->at] == '#')
            while (c->at < c->end && c->text[c->at] != '\n')
                c->at++;
        else
            c->at++;
    }
}

static tm_place take_while(cursor *c, bool (*takes)(char))
{
    tm_place place = {.at = c->at};
    while (c->at < c->end && takes(c->text[c->at]))
        c->at++;
    place.n = c->at - place.at;
    return place;
}

/* The next word, and white space around it; n is 0 where none stands. */
static tm_place take_word(cursor *c)
{
    skip_blank(c);
    tm_place place = {.at = c->at};
    if (c->at < c->end && is_letter(c->text[c->at]))
        place = take_while(c, is_word);
    skip_blank(c);
    return place;
}

static bool take_sign(cursor *c, char sign)
{
    skip_blank(c);
    if (c->at == c->end || c->text[c->at] != sign)
        return false;
    c->at++;
    return true;
}

static bool is_text(const tm_rule_reader *r, tm_place place, const char *word)
{
    return tm_text_is(tm_rule_text_at(r, place), word);
}

/* What stands where the cursor is: a word, or one character; for messages. */
static tm_place next_place(const cursor *c)
{
    cursor copy = *c;
    skip_blank(&copy);
    tm_place word = take_while(&copy, is_word);
    if (!word.n && copy.at < copy.end)
        word.n = 1;
    return word;
}

static tm_place rest(cursor *c)
{
    skip_blank(c);
    return (tm_place){.at = c->at, .n = c->end - c->at};
}

/* ---- items ------------------------------------------------------------------------------------
 */

static void set_name(const tm_rule_reader *r, tm_file_item *item, tm_place place)
{
    item->name = tm_rule_text_at(r, place);
    item->name_place = place;
}

/* import "NAME" */
static void read_import(tm_rule_reader *r, tm_file_item *item, cursor *c)
{
    item->kind = TM_FILE_IMPORT;
    item->text = rest(c);
    tm_text text = tm_rule_text_at(r, item->text);
    if (text.n < 3 || text.p[0] != '"' || text.p[text.n - 1] != '"') {
        FAIL(r, item->text.n ? item->text : item->place, "E0304",
             "an import names a file in double quotes");
        tm_diag_hint(r->diags, "such as import \"probes\"");
        return;
    }
    set_name(r, item, (tm_place){.at = item->text.at + 1, .n = item->text.n - 2});
}

/* option NAME VALUE */
static void read_option(tm_rule_reader *r, tm_file_item *item, cursor *c)
{
    item->kind = TM_FILE_OPTION;
    set_name(r, item, take_word(c));
    item->value_place = take_word(c);
    item->value = tm_rule_text_at(r, item->value_place);
    if (!item->name.n || !item->value.n || c->at < c->end) {
        FAIL(r, item->place, "E0304", "an option is a name and a word");
        tm_diag_hint(r->diags, "such as option error_mode silent");
        item->name = TM_TEXT("");
    }
}

/* NAME = value */
static void read_let(tm_rule_reader *r, tm_file_item *item, cursor *c)
{
    item->kind = TM_FILE_LET;
    set_name(r, item, take_word(c));
    bool lower = item->name.n && item->name.p[0] >= 'a' && item->name.p[0] <= 'z';
    for (size_t i = 0; i < item->name.n; i++)
        lower &= !(item->name.p[i] >= 'A' && item->name.p[i] <= 'Z');
    if (!lower) {
        FAIL(r, item->name.n ? item->name_place : item->place, "E0303",
             "let defines a lower-case name");
        tm_diag_hint(r->diags, "such as let slow = Duration(\"1s\")");
        return;
    }
    if (!take_sign(c, '=')) {
        FAIL(r, next_place(c), "E0303", "`=` and a value follow the name of a let");
        return;
    }
    item->text = rest(c);
    item->tree = tm_parse_part(r->arena, r->diags, r->source, item->text, TM_VALUE);
}

/* (a, b) of a def. False when told. */
static bool read_parameters(tm_rule_reader *r, tm_file_item *item, cursor *c)
{
    tm_segment **end = (tm_segment **)&item->parameters;
    if (!take_sign(c, '('))
        return FAIL(r, next_place(c), "E0305",
                    "parameters in parentheses follow the name of a def");
    while (!take_sign(c, ')')) {
        tm_place place;
        if (item->parameter_count && !take_sign(c, ','))
            return FAIL(r, next_place(c), "E0305", "`,` or `)` follows a parameter");
        place = take_word(c);
        tm_text name = tm_rule_text_at(r, place);
        if (!name.n || name.p[0] < 'a' || name.p[0] > 'z')
            return FAIL(r, name.n ? place : next_place(c), "E0305",
                        "a parameter is a lower-case name");
        for (const tm_segment *s = item->parameters; s; s = s->next)
            if (tm_text_equal(s->name, name)) {
                FAIL(r, place, "E0305", "parameter %.*s is declared twice", TM_PRI(name));
                return tm_diag_other(r->diags, s->place);
            }
        if (item->parameter_count == TM_PARAMETERS_OF_DEF_MOST)
            return FAIL(r, place, "E0305", "a def has at most %d parameters",
                        TM_PARAMETERS_OF_DEF_MOST);
        tm_segment *parameter = TM_NEW(r->arena, tm_segment);
        *parameter = (tm_segment){.name = name, .place = place};
        *end = parameter;
        end = &parameter->next;
        item->parameter_count++;
    }
    return true;
}

/* Name(parameters) = value or condition */
static void read_def(tm_rule_reader *r, tm_file_item *item, cursor *c)
{
    item->kind = TM_FILE_DEF;
    set_name(r, item, take_word(c));
    if (!item->name.n || item->name.p[0] < 'A' || item->name.p[0] > 'Z') {
        FAIL(r, item->name.n ? item->name_place : item->place, "E0303",
             "def defines a name that starts with an upper-case letter, as converters do");
        tm_diag_hint(r->diags, "such as def IsServer() = kind == SPAN_KIND_SERVER");
        return;
    }
    if (!read_parameters(r, item, c))
        return;
    if (!take_sign(c, '=')) {
        FAIL(r, next_place(c), "E0305", "`=` and the body follow the parameters of a def");
        return;
    }
    item->text = rest(c);
    item->tree = tm_parse_body(r->arena, r->diags, r->source, item->text);
}

/* drop where CONDITION, keep where CONDITION; the verb has been read. */
static void read_verb(tm_rule_reader *r, tm_file_item *item, cursor *c, tm_place verb)
{
    cursor ahead = *c;
    bool drop = is_text(r, verb, "drop");
    item->kind = drop ? TM_FILE_DROP : TM_FILE_KEEP;
    tm_place where = take_word(&ahead);
    if (!is_text(r, where, "where")) {
        FAIL(r, where.n ? where : verb, "E0302", "%s is followed by `where` and a condition",
             drop ? "drop" : "keep");
        if (where.n)
            tm_diag_other(r->diags, verb);
        return;
    }
    *c = ahead;
    item->text = rest(c);
    if (item->text.n == 0)
        item->text = (tm_place){.at = item->place.at + item->place.n};
    item->tree = tm_parse_part(r->arena, r->diags, r->source, item->text, TM_CONDITION);
}

static void unknown_item(tm_rule_reader *r, tm_place word)
{
    static const char *const words[] = {"drop", "keep", "let", "def", "import", "option"};
    tm_text names[sizeof words / sizeof *words];
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        names[i] = tm_text_of(words[i]);
    tm_text near =
        tm_nearest(r->arena, tm_rule_text_at(r, word), names, sizeof words / sizeof *words);
    FAIL(r, word, "E0301", "%.*s starts no item of a rule file", TM_PRI(tm_rule_text_at(r, word)));
    if (near.n)
        tm_diag_hint(r->diags, "did you mean %.*s?", TM_PRI(near));
    else
        tm_diag_hint(r->diags, "a rule is `drop where`, `keep where`, an editor or a condition");
}

static bool is_verb(const tm_rule_reader *r, tm_place word)
{
    return is_text(r, word, "drop") || is_text(r, word, "keep");
}

/* What people write who come from other languages, and YAML, before a rule; the item starts with
 * it. True when that is told. */
static bool refuse_habit(tm_rule_reader *r, const tm_file_item *item)
{
    static const struct {
        const char *start, *hint;
    } habits[] = {{"//", "comments start with #"},
                  {"/*", "comments start with #"},
                  {"--", "comments start with #"},
                  {"- ", "rules are no list: leave the dash out"}};
    for (size_t i = 0; i < sizeof habits / sizeof *habits; i++) {
        const tm_text start = tm_text_trim(tm_text_of(habits[i].start));
        if (!tm_text_starts(tm_rule_text_at(r, item->text), tm_text_of(habits[i].start)))
            continue;
        FAIL(r, ((tm_place){.at = item->text.at, .n = (uint32_t)start.n}), "E0301",
             "%.*s starts no item of a rule file", TM_PRI(start));
        tm_diag_hint(r->diags, "%s", habits[i].hint);
        return true;
    }
    return false;
}

static bool is_lower_word(tm_text word)
{
    for (size_t i = 0; i < word.n; i++)
        if (word.p[i] >= 'A' && word.p[i] <= 'Z')
            return false;
    return word.n > 0;
}

/* A statement, or a condition without its verb. */
static void read_rule(tm_rule_reader *r, tm_file_item *item, cursor *c)
{
    cursor ahead = *c;
    tm_place word = take_word(&ahead);
    tm_place next = next_place(&ahead);
    bool call = is_text(r, next, "(") && is_lower_word(tm_rule_text_at(r, word));
    item->text = rest(c);
    if (item->text.n == 0) {
        FAIL(r, item->name_place, "E0307", "a rule follows its label");
        return;
    }
    if (refuse_habit(r, item))
        return;
    if (!call && word.n && is_text(r, next, "where")) {
        unknown_item(r, word);
        return;
    }
    if (!call && word.n && !item->name.n && is_verb(r, next)) {
        FAIL(r, word, "E0301", "%.*s starts no item of a rule file",
             TM_PRI(tm_rule_text_at(r, word)));
        tm_diag_hint(r->diags,
                     "a label ends with a colon: %.*s:", TM_PRI(tm_rule_text_at(r, word)));
        return;
    }
    item->kind = call ? TM_FILE_EDIT : TM_FILE_DROP;
    item->bare = !call;
    /* `not (...)` is a condition, although it looks like a call. */
    if (call && (is_text(r, word, "not") || is_text(r, word, "nil"))) {
        item->kind = TM_FILE_DROP;
        item->bare = true;
    }
    item->tree = tm_parse_part(r->arena, r->diags, r->source, item->text,
                               item->kind == TM_FILE_EDIT ? TM_STATEMENT : TM_CONDITION);
}

static bool is_label(char c)
{
    return is_word(c) || c == '-' || c == '.' || c == '/';
}

/* LABEL: in front of a rule. */
static void take_label(tm_rule_reader *r, tm_file_item *item, cursor *c)
{
    cursor ahead = *c;
    skip_blank(&ahead);
    if (ahead.at == ahead.end || !is_letter(ahead.text[ahead.at]))
        return;
    tm_place label = take_while(&ahead, is_label);
    if (!take_sign(&ahead, ':'))
        return;
    set_name(r, item, label);
    *c = ahead;
}

void tm_rule_item_read(tm_rule_reader *r, tm_file_item *item)
{
    static const struct {
        const char *word;
        void (*read)(tm_rule_reader *r, tm_file_item *item, cursor *c);
    } kinds[] = {
        {"import", read_import}, {"option", read_option}, {"let", read_let}, {"def", read_def}};
    cursor c = {
        .text = r->source->text.p, .at = item->place.at, .end = item->place.at + item->place.n};
    cursor behind = c;
    tm_place word = take_word(&behind);
    bool labelled = behind.at < behind.end && behind.text[behind.at] == ':';
    for (size_t i = 0; !labelled && i < sizeof kinds / sizeof *kinds; i++)
        if (is_text(r, word, kinds[i].word)) {
            kinds[i].read(r, item, &behind);
            return;
        }
    take_label(r, item, &c);
    behind = c;
    word = take_word(&behind);
    if (is_verb(r, word))
        read_verb(r, item, &behind, word);
    else
        read_rule(r, item, &c);
}

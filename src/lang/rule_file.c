/* Rule file: lines into items, and the head of each item.
 * SPDX-License-Identifier: Apache-2.0 */
#include "lang/rule_file.h"

typedef struct reader {
    tm_arena *arena;
    tm_diags *diags;
    const tm_source *source;
    tm_rule_file *file;
    tm_comment *last_comment;
    tm_comment *above; /* the first of the comments directly above the next item, or NULL */
} reader;

#define FAIL(r, place, ...) tm_diag_error((r)->diags, (r)->source, (place), __VA_ARGS__)

/* ---- words ------------------------------------------------------------------------------------
 */

/* What is left of an item. */
typedef struct cursor {
    const char *text; /* of the source */
    uint32_t at, end;
} cursor;

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_word(char c)
{
    return is_letter(c) || (c >= '0' && c <= '9');
}

/* White space and comments. */
static void skip_blank(cursor *c)
{
    while (c->at < c->end && (is_blank(c->text[c->at]) || c->text[c->at] == '#')) {
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

static tm_text text_at(const reader *r, tm_place place)
{
    return tm_text_slice(r->source->text.p + place.at, place.n);
}

static bool is_text(const reader *r, tm_place place, const char *word)
{
    return tm_text_is(text_at(r, place), word);
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

static void set_name(const reader *r, tm_file_item *item, tm_place place)
{
    item->name = text_at(r, place);
    item->name_place = place;
}

/* import "NAME" */
static void read_import(reader *r, tm_file_item *item, cursor *c)
{
    item->kind = TM_FILE_IMPORT;
    item->text = rest(c);
    tm_text text = text_at(r, item->text);
    if (text.n < 3 || text.p[0] != '"' || text.p[text.n - 1] != '"') {
        FAIL(r, item->text.n ? item->text : item->place, "E0304",
             "an import names a file in double quotes");
        tm_diag_hint(r->diags, "such as import \"probes\"");
        return;
    }
    set_name(r, item, (tm_place){.at = item->text.at + 1, .n = item->text.n - 2});
}

/* option NAME VALUE */
static void read_option(reader *r, tm_file_item *item, cursor *c)
{
    item->kind = TM_FILE_OPTION;
    set_name(r, item, take_word(c));
    item->value_place = take_word(c);
    item->value = text_at(r, item->value_place);
    if (!item->name.n || !item->value.n || c->at < c->end) {
        FAIL(r, item->place, "E0304", "an option is a name and a word");
        tm_diag_hint(r->diags, "such as option error_mode silent");
        item->name = TM_TEXT("");
    }
}

/* NAME = value */
static void read_let(reader *r, tm_file_item *item, cursor *c)
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
static bool read_parameters(reader *r, tm_file_item *item, cursor *c)
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
        tm_text name = text_at(r, place);
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
static void read_def(reader *r, tm_file_item *item, cursor *c)
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
static void read_verb(reader *r, tm_file_item *item, cursor *c, tm_place verb)
{
    cursor ahead = *c;
    bool drop = is_text(r, verb, "drop");
    item->kind = drop ? TM_FILE_DROP : TM_FILE_KEEP;
    tm_place where = take_word(&ahead);
    if (!is_text(r, where, "where")) {
        FAIL(r, where.n ? where : verb, "E0302", "%s is followed by `where` and a condition",
             drop ? "drop" : "keep");
        tm_diag_other(r->diags, where.n ? verb : (tm_place){0});
        return;
    }
    *c = ahead;
    item->text = rest(c);
    if (item->text.n == 0)
        item->text = (tm_place){.at = item->place.at + item->place.n};
    item->tree = tm_parse_part(r->arena, r->diags, r->source, item->text, TM_CONDITION);
}

static void unknown_item(reader *r, tm_place word)
{
    static const char *const words[] = {"drop", "keep", "let", "def", "import", "option"};
    tm_text names[sizeof words / sizeof *words];
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        names[i] = tm_text_of(words[i]);
    tm_text near = tm_nearest(r->arena, text_at(r, word), names, sizeof words / sizeof *words);
    FAIL(r, word, "E0301", "%.*s starts no item of a rule file", TM_PRI(text_at(r, word)));
    if (near.n)
        tm_diag_hint(r->diags, "did you mean %.*s?", TM_PRI(near));
    else
        tm_diag_hint(r->diags, "a rule is `drop where`, `keep where`, an editor or a condition");
}

static bool is_lower_word(tm_text word)
{
    for (size_t i = 0; i < word.n; i++)
        if (word.p[i] >= 'A' && word.p[i] <= 'Z')
            return false;
    return word.n > 0;
}

/* A statement, or a condition without its verb. */
static void read_rule(reader *r, tm_file_item *item, cursor *c)
{
    cursor ahead = *c;
    tm_place word = take_word(&ahead);
    tm_place next = next_place(&ahead);
    bool call = is_text(r, next, "(") && is_lower_word(text_at(r, word));
    item->text = rest(c);
    if (item->text.n == 0) {
        FAIL(r, item->name_place, "E0307", "a rule follows its label");
        return;
    }
    if (!call && is_lower_word(text_at(r, word)) && is_text(r, next, "where")) {
        unknown_item(r, word);
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
static void take_label(reader *r, tm_file_item *item, cursor *c)
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

static void read_item(reader *r, tm_file_item *item)
{
    static const struct {
        const char *word;
        void (*read)(reader *r, tm_file_item *item, cursor *c);
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
    if (is_text(r, word, "drop") || is_text(r, word, "keep"))
        read_verb(r, item, &behind, word);
    else
        read_rule(r, item, &c);
}

/* ---- lines ------------------------------------------------------------------------------------
 */

static void add_comment(reader *r, tm_place line)
{
    tm_text text = text_at(r, line);
    tm_comment *comment = TM_NEW(r->arena, tm_comment);
    *comment = (tm_comment){.place = line, .example = text.n > 1 && text.p[1] == '>'};
    *(r->last_comment ? &r->last_comment->next : &r->file->comments) = comment;
    r->last_comment = comment;
    if (!r->above)
        r->above = comment;
}

/* The comments above go with the item: a list of their own, since what follows is the next one's.
 */
static tm_comment *take_comments(reader *r)
{
    tm_comment *first = NULL, **end = &first;
    for (const tm_comment *c = r->above; c; c = c->next) {
        *end = TM_NEW(r->arena, tm_comment);
        **end = (tm_comment){.place = c->place, .example = c->example};
        end = &(*end)->next;
    }
    r->above = NULL;
    return first;
}

static tm_file_item *add_item(reader *r, tm_place line)
{
    tm_file_item *item = TM_NEW(r->arena, tm_file_item);
    *item = (tm_file_item){.place = line, .comments = take_comments(r)};
    *(r->file->last ? &r->file->last->next : &r->file->first) = item;
    r->file->last = item;
    return item;
}

/* A line without the white space at its end. */
static tm_place line_at(const reader *r, size_t from, size_t to)
{
    const char *text = r->source->text.p;
    while (to > from && is_blank(text[to - 1]))
        to--;
    return (tm_place){.at = (uint32_t)from, .n = (uint32_t)(to - from)};
}

/* True for what continues the item above: white space, or a bracket that closes, in front. */
static bool continues(char c)
{
    return c == ' ' || c == '\t' || c == ')' || c == ']' || c == '}';
}

/* A comment at the end of the last line is not part of the item: strings may hold a #. */
static void trim_item(const reader *r, tm_file_item *item)
{
    const char *text = r->source->text.p;
    uint32_t end = item->place.at + item->place.n, last = item->place.at;
    bool string = false;
    for (uint32_t at = item->place.at; at < end; at++) {
        if (string && text[at] == '\\' && at + 1 < end)
            at++;
        else if (text[at] == '"')
            string = !string;
        else if (!string && text[at] == '#') {
            while (at < end && text[at] != '\n')
                at++;
            continue;
        }
        if (!is_blank(text[at]))
            last = at + 1;
    }
    item->place.n = last - item->place.at;
}

static void read_line(reader *r, tm_file_item **open, size_t from, size_t to)
{
    tm_place line = line_at(r, from, to);
    tm_text text = text_at(r, line);
    if (text.n == 0) {
        r->above = NULL;
        return;
    }
    tm_text content = tm_text_trim(text);
    if (content.p[0] == '#') {
        uint32_t skipped = (uint32_t)(content.p - text.p);
        if (!skipped || !*open)
            add_comment(r, (tm_place){.at = line.at + skipped, .n = line.n - skipped});
        return;
    }
    if (!continues(text.p[0]))
        *open = add_item(r, line);
    else if (*open)
        (*open)->place = tm_place_join((*open)->place, line);
    else
        FAIL(r, line, "E0306", "this line continues no rule: a rule starts in the first column");
    r->above = NULL;
}

tm_rule_file *tm_rule_file_read(tm_arena *arena, tm_diags *diags, const tm_source *source)
{
    reader r = {
        .arena = arena, .diags = diags, .source = source, .file = TM_NEW(arena, tm_rule_file)};
    *r.file = (tm_rule_file){.source = source};
    tm_text text = source->text;
    if (text.n > TM_PARSE_MOST_BYTES) {
        FAIL(&r, (tm_place){0}, "E0109", "a file of %zu bytes is too long: at most %d are read",
             text.n, TM_PARSE_MOST_BYTES);
        return r.file;
    }
    tm_file_item *open = NULL;
    for (size_t at = 0; at < text.n;) {
        const char *end = memchr(text.p + at, '\n', text.n - at);
        size_t next = end ? (size_t)(end - text.p) + 1 : text.n;
        read_line(&r, &open, at, next);
        at = next;
    }
    for (tm_file_item *item = r.file->first; item; item = item->next) {
        trim_item(&r, item);
        read_item(&r, item);
    }
    return r.file;
}

/* Rule file: lines into items.
 * SPDX-License-Identifier: Apache-2.0 */
#include "lang/rule_item.h"

#define FAIL(r, place, ...) tm_diag_error((r)->diags, (r)->source, (place), __VA_ARGS__)

/* ---- lines ------------------------------------------------------------------------------------
 */

static void add_comment(tm_rule_reader *r, tm_place line)
{
    tm_text text = tm_rule_text_at(r, line);
    tm_comment *comment = TM_NEW(r->arena, tm_comment);
    *comment = (tm_comment){.place = line, .example = text.n > 1 && text.p[1] == '>'};
    *(r->last_comment ? &r->last_comment->next : &r->file->comments) = comment;
    r->last_comment = comment;
    if (!r->above)
        r->above = comment;
}

/* The comments above go with the item: a list of their own, since what follows is the next one's.
 */
static tm_comment *take_comments(tm_rule_reader *r)
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

static tm_file_item *add_item(tm_rule_reader *r, tm_place line)
{
    tm_file_item *item = TM_NEW(r->arena, tm_file_item);
    *item = (tm_file_item){.place = line, .comments = take_comments(r)};
    *(r->file->last ? &r->file->last->next : &r->file->first) = item;
    r->file->last = item;
    return item;
}

/* A line without the white space at its end. */
static tm_place line_at(const tm_rule_reader *r, size_t from, size_t to)
{
    const char *text = r->source->text.p;
    while (to > from && tm_rule_is_blank(text[to - 1]))
        to--;
    return (tm_place){.at = (uint32_t)from, .n = (uint32_t)(to - from)};
}

/* True for what continues the item above: white space, or a bracket that closes, in front. */
static bool continues(char c)
{
    return c == ' ' || c == '\t' || c == ')' || c == ']' || c == '}';
}

/* A comment at the end of the last line is not part of the item: strings may hold a #. */
static void trim_item(const tm_rule_reader *r, tm_file_item *item)
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
        if (!tm_rule_is_blank(text[at]))
            last = at + 1;
    }
    item->place.n = last - item->place.at;
}

static void read_line(tm_rule_reader *r, tm_file_item **open, size_t from, size_t to)
{
    tm_place line = line_at(r, from, to);
    tm_text text = tm_rule_text_at(r, line);
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
        FAIL(r,
             ((tm_place){.at = line.at + line.n - (uint32_t)content.n, .n = (uint32_t)content.n}),
             "E0306", "this line continues no rule: a rule starts in the first column");
    r->above = NULL;
}

tm_rule_file *tm_rule_file_read(tm_arena *arena, tm_diags *diags, const tm_source *source)
{
    tm_rule_reader r = {
        .arena = arena, .diags = diags, .source = source, .file = TM_NEW(arena, tm_rule_file)};
    *r.file = (tm_rule_file){.source = source};
    tm_text text = source->text;
    if (text.n > TM_PARSE_MOST_BYTES) {
        FAIL(&r, (tm_place){0}, "E0109", "a file of %zu bytes is too long: at most %d are read",
             text.n, TM_PARSE_MOST_BYTES);
        return r.file;
    }
    tm_file_item *open = NULL;
    /* Editors of Windows write a byte order mark. */
    for (size_t at = tm_text_starts(text, TM_TEXT("\xef\xbb\xbf")) ? 3 : 0; at < text.n;) {
        const char *end = memchr(text.p + at, '\n', text.n - at);
        size_t next = end ? (size_t)(end - text.p) + 1 : text.n;
        read_line(&r, &open, at, next);
        at = next;
    }
    for (tm_file_item *item = r.file->first; item; item = item->next) {
        trim_item(&r, item);
        tm_rule_item_read(&r, item);
    }
    return r.file;
}

/* YAML: a text to a tree whose nodes know their places. The only file that speaks libyaml.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config/yaml.h"

#include "base/utf8.h"
#include "config/mapping.h"
#include "config/scalar.h"

#include <yaml.h>

/* What `&name` stands for. */
typedef struct anchor {
    struct anchor *next;
    tm_text name;
    tm_doc *doc;
    unsigned aliases; /* resolved inside it */
} anchor;

typedef struct reader {
    tm_arena *arena;
    tm_diags *diags;
    const tm_source *source;
    anchor *anchors;
    unsigned aliases; /* resolved so far */
    unsigned nodes;
    size_t mark;  /* bytes of a byte order mark, which libyaml does not see */
    bool ascii;   /* then libyaml's character indexes are byte offsets */
    size_t index; /* a character of the source that was asked for, ... */
    size_t at;    /* ... and its byte offset */
    yaml_parser_t parser;
    yaml_event_t event;
} reader;

static const struct {
    const char *name;
    tm_doc_type type;
} TAGS[] = {
    {"null", TM_DOC_NULL}, {"bool", TM_DOC_BOOL}, {"int", TM_DOC_INT}, {"float", TM_DOC_DOUBLE}};

static tm_doc *read_node(reader *r, unsigned depth);

/* ---- places -------------------------------------------------------------------------------- */

/* Byte offset of a character that libyaml counted. Asked for in rising order this is linear. */
static size_t offset_of(reader *r, size_t index)
{
    tm_text text = r->source->text;
    if (r->ascii)
        return index < text.n ? index : text.n;
    if (index < r->index || r->at < r->mark)
        r->index = 0, r->at = r->mark;
    for (size_t width; r->index < index && r->at < text.n; r->index++, r->at += width)
        tm_utf8_next(tm_text_skip(text, r->at), &width);
    return r->at;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Goes past `&anchor` and `!tag` in front of a node. */
static size_t skip_properties(tm_text text, size_t at)
{
    while (at < text.n && (text.p[at] == '&' || text.p[at] == '!')) {
        while (at < text.n && !is_blank(text.p[at]))
            at++;
        while (at < text.n && is_blank(text.p[at]))
            at++;
    }
    return at;
}

/* The place of a scalar, or the opening bracket or first character of a collection. */
static tm_place place_of(reader *r)
{
    size_t at = skip_properties(r->source->text, offset_of(r, r->event.start_mark.index));
    if (r->event.type != YAML_SCALAR_EVENT)
        return (tm_place){.at = (uint32_t)at, .n = 1};
    size_t end = offset_of(r, r->event.end_mark.index);
    return (tm_place){.at = (uint32_t)at, .n = end > at ? (uint32_t)(end - at) : 0};
}

size_t tm_yaml_text_at(const tm_doc *scalar)
{
    tm_text text = scalar->source->text;
    size_t at = scalar->place.at;
    if (!scalar->quoted || at >= text.n)
        return at;
    if (text.p[at] != '|' && text.p[at] != '>')
        return at + 1;
    while (at < text.n && text.p[at] != '\n')
        at++;
    while (at < text.n && is_blank(text.p[at]))
        at++;
    return at;
}

/* ---- events -------------------------------------------------------------------------------- */

static bool refuse_syntax(reader *r)
{
    yaml_parser_t *p = &r->parser;
    if (p->error == YAML_MEMORY_ERROR)
        tm_arena_out_of_memory(r->arena);
    tm_place place = {.at = (uint32_t)offset_of(r, p->problem_mark.index)};
    if (p->error == YAML_READER_ERROR)
        place.at = (uint32_t)(p->problem_offset < r->source->text.n ? p->problem_offset : 0);
    tm_diag_error(r->diags, r->source, place, "E0501", "this is not YAML: %s",
                  p->problem ? p->problem : "it cannot be read");
    if (p->context && p->context_mark.line != p->problem_mark.line)
        tm_diag_hint(r->diags, "%s that starts in line %zu", p->context,
                     p->context_mark.line + (r->source->first_line ? r->source->first_line : 1));
    return p->problem &&
           (strstr(p->problem, "did not find expected") || strstr(p->problem, "token")) &&
           tm_yaml_hint(r->diags, r->source, place.at, p->context && strstr(p->context, "flow"));
}

/* Goes to the next event; false when the text is broken. */
static bool advance(reader *r)
{
    yaml_event_delete(&r->event);
    return yaml_parser_parse(&r->parser, &r->event) || refuse_syntax(r);
}

static bool refuse(reader *r, tm_place place, const char *code, const char *what)
{
    return tm_diag_error(r->diags, r->source, place, code, "%s", what);
}

static tm_doc *add_node(reader *r, tm_doc_type type, unsigned depth)
{
    tm_place place = place_of(r);
    if (++r->nodes > TM_YAML_MOST_NODES) {
        refuse(r, place, "E0503", "there are more than 100,000 nodes");
        return NULL;
    }
    if (depth > TM_YAML_MOST_DEPTH) {
        refuse(r, place, "E0503", "maps and lists are nested more than 32 deep");
        return NULL;
    }
    tm_doc *doc = tm_doc_new(r->arena, type);
    doc->source = r->source;
    doc->place = place;
    return doc;
}

/* ---- anchors and aliases ------------------------------------------------------------------- */

static void remember(reader *r, const yaml_char_t *name, tm_doc *doc, unsigned aliases_before)
{
    if (!name)
        return;
    anchor *a = TM_NEW(r->arena, anchor);
    *a = (anchor){.next = r->anchors,
                  .name = tm_text_of((const char *)name),
                  .doc = doc,
                  .aliases = r->aliases - aliases_before};
    r->anchors = a;
}

/* A copy of a tree, whose root hangs nowhere. */
static tm_doc *copy(reader *r, const tm_doc *from, unsigned depth)
{
    tm_doc *to = add_node(r, from->type, depth);
    if (!to)
        return NULL;
    *to = *from;
    to->first = to->last = to->next = to->parent = NULL;
    for (const tm_doc *child = from->first; child; child = child->next) {
        bool scalar = child->type != TM_DOC_MAP && child->type != TM_DOC_LIST;
        tm_doc *twin = copy(r, child, depth + !scalar);
        if (!twin)
            return NULL;
        tm_doc_append(to, twin);
    }
    return to;
}

static tm_doc *read_alias(reader *r, unsigned depth)
{
    tm_text name = tm_text_of((const char *)r->event.data.alias.anchor);
    tm_place place = place_of(r);
    anchor *a = r->anchors;
    while (a && !tm_text_equal(a->name, name))
        a = a->next;
    if (!a) {
        tm_diag_error(r->diags, r->source, place, "E0506",
                      "no anchor is called \"%.*s\" before this alias", TM_PRI(name));
        return NULL;
    }
    r->aliases += 1 + a->aliases;
    if (r->aliases > TM_YAML_MOST_ALIASES) {
        refuse(r, place, "E0503", "aliases are expanded more than 100 times");
        return NULL;
    }
    return copy(r, a->doc, depth);
}

/* ---- nodes --------------------------------------------------------------------------------- */

static bool is_tag(const yaml_char_t *tag, const char *name)
{
    tm_text prefix = TM_TEXT("tag:yaml.org,2002:"), t = tm_text_of((const char *)tag);
    return tm_text_starts(t, prefix) && tm_text_is(tm_text_skip(t, prefix.n), name);
}

/* Applies an explicit tag; false when it does not fit the scalar. */
static bool apply_tag(reader *r, tm_doc *doc, const yaml_char_t *tag)
{
    if (is_tag(tag, "str") || !strcmp((const char *)tag, "!")) {
        doc->type = TM_DOC_STRING;
        return true;
    }
    for (size_t i = 0; i < sizeof TAGS / sizeof *TAGS; i++) {
        if (!is_tag(tag, TAGS[i].name))
            continue;
        tm_scalar_type(doc);
        if (doc->type == TM_DOC_INT && TAGS[i].type == TM_DOC_DOUBLE) {
            doc->type = TM_DOC_DOUBLE;
            doc->number = (double)doc->integer;
        }
        return doc->type == TAGS[i].type ||
               tm_diag_error(r->diags, r->source, doc->place, "E0501",
                             "the tag !!%s does not fit \"%.*s\"", TAGS[i].name, TM_PRI(doc->text));
    }
    return tm_diag_error(r->diags, r->source, doc->place, "E0501", "the tag %s is not known",
                         (const char *)tag);
}

static tm_doc *read_scalar(reader *r, unsigned depth)
{
    tm_doc *doc = add_node(r, TM_DOC_STRING, depth - 1);
    if (!doc)
        return NULL;
    const yaml_char_t *tag = r->event.data.scalar.tag;
    doc->text = tm_arena_copy(
        r->arena, tm_text_slice(r->event.data.scalar.value, r->event.data.scalar.length));
    doc->quoted = r->event.data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    if (tag && !apply_tag(r, doc, tag))
        return NULL;
    if (!tag && !doc->quoted)
        tm_scalar_type(doc);
    return doc;
}

static tm_doc *read_list(reader *r, unsigned depth)
{
    tm_doc *list = add_node(r, TM_DOC_LIST, depth);
    while (list) {
        if (!advance(r))
            return NULL;
        if (r->event.type == YAML_SEQUENCE_END_EVENT)
            return list;
        tm_doc *item = read_node(r, depth + 1);
        if (!item)
            return NULL;
        tm_doc_append(list, item);
    }
    return NULL;
}

/* Reads a key; it is in the event. */
static bool read_key(reader *r, tm_text *key, tm_place *place)
{
    *place = place_of(r);
    if (r->event.type != YAML_SCALAR_EVENT)
        return refuse(r, *place, "E0507", "a key must be a plain text, not a list, map or alias");
    *key = tm_arena_copy(r->arena,
                         tm_text_slice(r->event.data.scalar.value, r->event.data.scalar.length));
    return true;
}

static bool is_merge(const reader *r)
{
    return r->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
           tm_text_is(tm_text_slice(r->event.data.scalar.value, r->event.data.scalar.length), "<<");
}

static tm_doc *read_map(reader *r, unsigned depth)
{
    tm_doc *map = add_node(r, TM_DOC_MAP, depth), *merge = NULL;
    while (map) {
        tm_text key;
        tm_place place;
        if (!advance(r))
            return NULL;
        if (r->event.type == YAML_MAPPING_END_EVENT)
            break;
        if (!read_key(r, &key, &place))
            return NULL;
        bool merges = is_merge(r) && !merge;
        tm_doc *value = advance(r) ? read_node(r, depth + 1) : NULL;
        if (!value)
            return NULL;
        value->key = key;
        value->key_place = place;
        if (merges)
            merge = value;
        else
            tm_doc_append(map, value);
    }
    bool fine = map && tm_mapping_keys_differ(r->arena, r->diags, map) &&
                (!merge || tm_mapping_take(r->diags, map, merge));
    return fine ? map : NULL;
}

/* Reads the node whose first event has just come. */
static tm_doc *read_node(reader *r, unsigned depth)
{
    const yaml_char_t *name = NULL;
    tm_doc *doc = NULL;
    unsigned aliases = r->aliases;
    if (r->event.type == YAML_ALIAS_EVENT)
        return read_alias(r, depth);
    if (r->event.type == YAML_SCALAR_EVENT)
        name = r->event.data.scalar.anchor;
    else if (r->event.type == YAML_SEQUENCE_START_EVENT)
        name = r->event.data.sequence_start.anchor;
    else if (r->event.type == YAML_MAPPING_START_EVENT)
        name = r->event.data.mapping_start.anchor;
    if (name)
        name = (const yaml_char_t *)tm_arena_copy(r->arena, tm_text_of((const char *)name)).p;
    if (r->event.type == YAML_SCALAR_EVENT)
        doc = read_scalar(r, depth);
    else if (r->event.type == YAML_SEQUENCE_START_EVENT)
        doc = read_list(r, depth);
    else
        doc = read_map(r, depth);
    if (doc)
        remember(r, name, doc, aliases);
    return doc;
}

static tm_doc *read_document(reader *r)
{
    if (!advance(r) || !advance(r)) /* the start of the stream, then of a document */
        return NULL;
    if (r->event.type == YAML_STREAM_END_EVENT)
        return add_node(r, TM_DOC_NULL, 0);
    tm_doc *root = advance(r) ? read_node(r, 1) : NULL;
    if (!root || !advance(r) || !advance(r)) /* the end of the document, then of the stream */
        return NULL;
    if (r->event.type != YAML_STREAM_END_EVENT) {
        refuse(r, place_of(r), "E0505", "a second document starts here; there may be only one");
        return NULL;
    }
    return root;
}

/* ---- entry point ----------------------------------------------------------------------------- */

static void clean(void *what)
{
    reader *r = what;
    yaml_event_delete(&r->event);
    yaml_parser_delete(&r->parser);
}

static bool is_readable(reader *r)
{
    tm_text text = r->source->text;
    if (text.n > TM_YAML_MOST_BYTES)
        return tm_diag_error(r->diags, NULL, (tm_place){0}, "E0503", "%.*s is larger than 16 MiB",
                             TM_PRI(r->source->name));
    if (!tm_utf8_valid(text)) {
        size_t at = 0;
        for (size_t width; at < text.n; at += width)
            if (tm_utf8_next(tm_text_skip(text, at), &width) == 0xfffd && width == 1)
                break;
        return refuse(r, (tm_place){.at = (uint32_t)at, .n = 1}, "E0502", "this is not UTF-8");
    }
    return true;
}

/* libyaml has memory of its own. The arena gives it back too, should the reading be left by a jump
 * (deleting twice is harmless: both are all zeros then). */
tm_doc *tm_yaml_read(tm_arena *arena, tm_diags *diags, const tm_source *source)
{
    reader *r = TM_NEW(arena, reader);
    r->arena = arena;
    r->diags = diags;
    r->source = source;
    r->ascii = tm_utf8_is_ascii(source->text);
    if (!is_readable(r))
        return NULL;
    if (!yaml_parser_initialize(&r->parser))
        tm_arena_out_of_memory(arena);
    tm_arena_cleanup(arena, clean, r);
    yaml_parser_set_encoding(&r->parser, YAML_UTF8_ENCODING);
    /* To libyaml a mark is a column: the first key would be indented. */
    r->mark = tm_text_starts(source->text, TM_TEXT("\xef\xbb\xbf")) ? 3 : 0;
    const tm_text text = tm_text_skip(source->text, r->mark);
    yaml_parser_set_input_string(&r->parser, (const unsigned char *)(text.n ? text.p : ""), text.n);
    unsigned errors = diags->errors;
    tm_doc *root = read_document(r);
    clean(r);
    return diags->errors == errors ? root : NULL;
}

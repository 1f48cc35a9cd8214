/* Expand: ${env:X} and its kin in the scalars of a configuration.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config/expand.h"

#include "base/ascii.h"
#include "config/yaml.h"

enum {
    MOST_DEPTH = 8,        /* of expansions in what an expansion gives */
    MOST_BYTES = 64 << 20, /* of all that expansions give, where ... */
    COST_OF_ONE_BYTES = 64 /* ... one counts so much at least: a bound on their number */
};

typedef struct expansion {
    tm_arena *arena;
    tm_diags *diags;
    const tm_config_world *world;
    tm_file_list *files;
    const tm_doc *scalar; /* being expanded, ... */
    tm_text written;      /* ... its text as it was */
    size_t cost_bytes;    /* of all expansions so far */
    unsigned nodes;       /* of lists and maps that came so, at most TM_YAML_MOST_NODES */
} expansion;

/* What one ${...} gave. */
typedef struct piece {
    tm_text text;
    bool given; /* a default that is empty: a text all the same, not nothing */
} piece;

static bool expand_text(expansion *e, tm_text text, unsigned depth, bool keep, tm_buf *out);
static bool expand_node(expansion *e, tm_doc *doc, unsigned depth);

void tm_file_list_add(tm_file_list *files, tm_text name)
{
    for (size_t i = 0; i < files->names.count; i++)
        if (tm_text_equal(files->names.items[i], name))
            return;
    if (files->names.count == files->room) {
        size_t size_bytes = sizeof *files->names.items, more = files->room * 2 + 4;
        files->names.items = tm_arena_grow(files->arena, files->names.items,
                                           files->room * size_bytes, more * size_bytes);
        files->room = more;
    }
    files->names.items[files->names.count++] = tm_arena_copy(files->arena, name);
}

/* ---- places -------------------------------------------------------------------------------- */

/* The part of the file that shows `part` of the scalar's text, or the whole scalar when escapes,
 * folding or another expansion stand between. */
static tm_place place_of(const expansion *e, tm_text part)
{
    const tm_doc *doc = e->scalar;
    tm_text file = doc->source->text;
    uintptr_t from = (uintptr_t)part.p, start = (uintptr_t)e->written.p;
    if (from < start || from + part.n > start + e->written.n)
        return doc->place;
    size_t at = tm_yaml_text_at(doc) + (from - start);
    if (at + part.n <= file.n && !memcmp(file.p + at, part.p, part.n))
        return (tm_place){.at = (uint32_t)at, .n = (uint32_t)part.n};
    return doc->place;
}

static bool refuse(expansion *e, tm_text whole, const char *code, const char *what)
{
    return tm_diag_error(e->diags, e->scalar->source, place_of(e, whole), code, "%s", what);
}

/* ---- what stands between ${ and } ---------------------------------------------------------- */

static bool is_name(tm_text name)
{
    if (!name.n || !(tm_ascii_is_letter(name.p[0]) || name.p[0] == '_'))
        return false;
    for (size_t i = 1; i < name.n; i++)
        if (!tm_ascii_is_letter(name.p[i]) && name.p[i] != '_' &&
            !(name.p[i] >= '0' && name.p[i] <= '9'))
            return false;
    return true;
}

/* A scheme has two characters or more, so that "C:" is none. Takes it and its colon off *rest. */
static bool take_scheme(tm_text *rest, tm_text *scheme)
{
    size_t n = 0;
    while (n < rest->n &&
           (tm_ascii_is_letter(rest->p[n]) ||
            (n && (strchr("+-.", rest->p[n]) || (rest->p[n] >= '0' && rest->p[n] <= '9')))))
        n++;
    if (n < 2 || n == rest->n || rest->p[n] != ':')
        return false;
    *scheme = tm_text_slice(rest->p, n);
    *rest = tm_text_skip(*rest, n + 1);
    return true;
}

static bool expand_env(expansion *e, tm_text whole, tm_text body, piece *out)
{
    ptrdiff_t dash = tm_text_find(body, TM_TEXT(":-"));
    tm_text name = dash < 0 ? body : tm_text_slice(body.p, (size_t)dash);
    if (!is_name(name))
        return tm_diag_error(e->diags, e->scalar->source, place_of(e, whole), "E0510",
                             "\"%.*s\" is no name of an environment variable", TM_PRI(name)) ||
               tm_diag_hint(e->diags, "write $$ for a dollar");
    const char *value = e->world->env(e->world->owner, tm_arena_copy(e->arena, name).p);
    if (value) {
        out->text = tm_arena_copy(e->arena, tm_text_of(value));
    } else if (dash >= 0) {
        out->text = tm_text_skip(body, (size_t)dash + 2);
        out->given = !out->text.n;
    } else {
        tm_diag_warning(e->diags, e->scalar->source, place_of(e, whole), "W0511",
                        "the environment variable %.*s is not set", TM_PRI(name));
    }
    return true;
}

static bool expand_file(expansion *e, tm_text whole, tm_text path, piece *out)
{
    tm_text why;
    if (!e->world->read(e->world->owner, e->arena, path, TM_YAML_MOST_BYTES, &out->text, &why))
        return tm_diag_error(e->diags, e->scalar->source, place_of(e, whole), "E0500",
                             "cannot read %.*s: %.*s", TM_PRI(path), TM_PRI(why));
    tm_file_list_add(e->files, path);
    if (tm_text_ends(out->text, TM_TEXT("\n"))) /* editors put it there, secrets do not want it */
        out->text.n--;
    return true;
}

static bool look_up(expansion *e, tm_text whole, tm_text body, piece *out)
{
    tm_text scheme, rest = body;
    if (!take_scheme(&rest, &scheme) || tm_text_starts(rest, TM_TEXT("-")))
        return expand_env(e, whole, body, out);
    if (tm_text_is(scheme, "env"))
        return expand_env(e, whole, rest, out);
    if (tm_text_is(scheme, "file"))
        return expand_file(e, whole, rest, out);
    if (tm_text_is(scheme, "yaml")) {
        out->text = rest;
        return true;
    }
    return tm_diag_error(e->diags, e->scalar->source, place_of(e, whole), "E0510",
                         "the scheme \"%.*s\" is not supported", TM_PRI(scheme)) ||
           tm_diag_hint(e->diags, "there are env, file and yaml");
}

/* `whole` is "${...}"; expansions in it come first. What it gives may hold others. */
static bool expand_one(expansion *e, tm_text whole, unsigned depth, piece *out)
{
    tm_text body = tm_text_slice(whole.p + 2, whole.n - 3);
    tm_buf inner = {.arena = e->arena};
    *out = (piece){.text = TM_TEXT("")};
    if (depth > MOST_DEPTH)
        return tm_diag_error(e->diags, e->scalar->source, e->scalar->place, "E0510",
                             "expansions are nested more than %d deep", MOST_DEPTH);
    if (tm_text_find(body, TM_TEXT("${")) >= 0) {
        if (!expand_text(e, body, depth + 1, true, &inner))
            return false;
        body = tm_buf_text(&inner);
    }
    if (!look_up(e, whole, body, out))
        return false;
    e->cost_bytes += out->text.n + COST_OF_ONE_BYTES;
    return e->cost_bytes <= MOST_BYTES ||
           refuse(e, whole, "E0503", "expansions give more than 64 MiB");
}

/* ---- texts --------------------------------------------------------------------------------- */

/* Length of the "${...}" at the start of the text, inner ones included; 0 when it is not closed. */
static size_t expansion_length(tm_text text)
{
    unsigned depth = 0;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '$' && i + 1 < text.n && text.p[i + 1] == '{') {
            depth++;
            i++;
        } else if (text.p[i] == '}' && --depth == 0) {
            return i + 1;
        }
    }
    return 0;
}

/* `keep`: two dollars stay two, as the text is expanded once more. */
static bool expand_text(expansion *e, tm_text text, unsigned depth, bool keep, tm_buf *out)
{
    while (text.n) {
        const char *dollar = memchr(text.p, '$', text.n);
        size_t before = dollar ? (size_t)(dollar - text.p) : text.n, length;
        piece found;
        tm_buf_add(out, tm_text_slice(text.p, before));
        text = tm_text_skip(text, before);
        if (!text.n)
            break;
        if (tm_text_starts(text, TM_TEXT("$$"))) {
            tm_buf_print(out, "%s", keep ? "$$" : "$");
            length = 2;
        } else if (tm_text_starts(text, TM_TEXT("${")) && (length = expansion_length(text))) {
            if (!expand_one(e, tm_text_slice(text.p, length), depth, &found) ||
                !expand_text(e, found.text, depth + 1, keep, out))
                return false;
        } else {
            tm_buf_add_char(out, '$');
            length = 1;
        }
        text = tm_text_skip(text, length);
    }
    return true;
}

/* ---- nodes --------------------------------------------------------------------------------- */

/* Gives a node read from an expansion's text the place of that, and counts it. */
static void settle_node(expansion *e, tm_doc *doc)
{
    doc->source = e->scalar->source;
    doc->place = doc->key_place = e->scalar->place;
    doc->quoted = e->scalar->quoted;
    e->nodes++;
    for (tm_doc *child = doc->first; child; child = child->next)
        settle_node(e, child);
}

/* The text of a list or map, for keys that want a string. What is wrong in it is told of its
 * nodes. */
static tm_text text_of_all(expansion *e, tm_text text, unsigned depth)
{
    tm_buf out = {.arena = e->arena};
    tm_diags aside = {.arena = e->arena}, *diags = e->diags;
    e->diags = &aside;
    bool fine = expand_text(e, text, depth, false, &out);
    e->diags = diags;
    return fine ? tm_buf_text(&out) : text;
}

/* Takes over the list or map that the expansion's text is. */
static bool adopt(expansion *e, tm_doc *doc, tm_doc *root, unsigned depth)
{
    tm_text text = doc->text;
    bool fine = true;
    settle_node(e, root);
    doc->type = root->type;
    doc->text = text_of_all(e, text, depth + 1);
    doc->first = root->first;
    doc->last = root->last;
    for (tm_doc *child = doc->first; child; child = child->next)
        child->parent = doc;
    if (e->nodes > TM_YAML_MOST_NODES)
        return refuse(e, text, "E0503", "there are more than 100,000 nodes");
    for (tm_doc *child = doc->first; child; child = child->next)
        fine = expand_node(e, child, depth + 1) && fine;
    return fine;
}

/* What a text is as YAML, or NULL. */
static tm_doc *read_yaml(expansion *e, tm_text text)
{
    tm_source *source = TM_NEW(e->arena, tm_source);
    tm_diags aside = {.arena = e->arena};
    *source = (tm_source){.text = text};
    return tm_yaml_read(e->arena, &aside, source);
}

/* Expands the scalar that is one ${...}, until it is not. A text that is no YAML, or a string as
 * YAML, is a string as it is, quotes included. */
static bool expand_whole(expansion *e, tm_doc *doc, unsigned depth)
{
    piece found;
    if (!expand_one(e, doc->text, depth, &found))
        return false;
    doc->text = found.text;
    doc->expanded = true;
    tm_doc *root = found.given ? NULL : read_yaml(e, found.text);
    if (root && (root->type == TM_DOC_LIST || root->type == TM_DOC_MAP))
        return adopt(e, doc, root, depth);
    if (!root || root->type == TM_DOC_STRING)
        return expand_node(e, doc, depth + 1);
    doc->type = root->type;
    doc->text = root->text;
    doc->number = root->number;
    if (root->type == TM_DOC_INT)
        doc->integer = root->integer;
    else if (root->type == TM_DOC_BOOL)
        doc->truth = root->truth;
    return true;
}

static bool expand_scalar(expansion *e, tm_doc *doc, unsigned depth)
{
    if (!doc->text.n || !memchr(doc->text.p, '$', doc->text.n))
        return true;
    if (depth == 0) {
        e->scalar = doc;
        e->written = doc->text;
    }
    if (tm_text_starts(doc->text, TM_TEXT("${")) && expansion_length(doc->text) == doc->text.n)
        return expand_whole(e, doc, depth);
    tm_buf out = {.arena = e->arena};
    bool fine = expand_text(e, doc->text, depth, false, &out);
    doc->text = tm_buf_text(&out);
    return fine;
}

static bool expand_node(expansion *e, tm_doc *doc, unsigned depth)
{
    bool fine = true;
    if (doc->type == TM_DOC_STRING)
        return expand_scalar(e, doc, depth);
    for (tm_doc *child = doc->first; child; child = child->next)
        fine = expand_node(e, child, depth) && fine;
    return fine;
}

bool tm_expand(tm_arena *arena, tm_diags *diags, const tm_config_world *world, tm_doc *doc,
               tm_file_list *files)
{
    expansion e = {.arena = arena, .diags = diags, .world = world, .files = files};
    return expand_node(&e, doc, 0);
}

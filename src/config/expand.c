/* Expand: ${env:X} and its kin in the scalars of a configuration.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config/expand.h"

#include "config/scalar.h"
#include "config/yaml.h"

enum { MOST_DEPTH = 8 }; /* of expansions in a default */

typedef struct expansion {
    tm_arena *arena;
    tm_diags *diags;
    const tm_config_world *world;
    tm_file_list *files;
    const tm_doc *scalar; /* being expanded, its text still as it was */
} expansion;

static bool expand_text(expansion *e, tm_text text, unsigned depth, tm_buf *out);

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

/* The part of the file that shows `part` of the scalar's text, or the whole scalar when escapes or
 * folding stand between. */
static tm_place place_of(const expansion *e, tm_text part)
{
    const tm_doc *doc = e->scalar;
    tm_text file = doc->source->text;
    size_t at = tm_yaml_text_at(doc) + (size_t)(part.p - doc->text.p);
    if (at + part.n <= file.n && !memcmp(file.p + at, part.p, part.n))
        return (tm_place){.at = (uint32_t)at, .n = (uint32_t)part.n};
    return doc->place;
}

bool tm_expand_made(const tm_doc *scalar)
{
    if (!scalar->source)
        return false;
    tm_text file = scalar->source->text;
    size_t at = tm_yaml_text_at(scalar);
    return at + 1 < file.n && file.p[at] == '$' && file.p[at + 1] == '{';
}

/* ---- what stands between ${ and } ---------------------------------------------------------- */

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_name(tm_text name)
{
    if (!name.n || !(is_letter(name.p[0]) || name.p[0] == '_'))
        return false;
    for (size_t i = 1; i < name.n; i++)
        if (!is_letter(name.p[i]) && name.p[i] != '_' && !(name.p[i] >= '0' && name.p[i] <= '9'))
            return false;
    return true;
}

/* A scheme has two characters or more, so that "C:" is none. Takes it and its colon off *rest. */
static bool take_scheme(tm_text *rest, tm_text *scheme)
{
    size_t n = 0;
    while (n < rest->n &&
           (is_letter(rest->p[n]) ||
            (n && (strchr("+-.", rest->p[n]) || (rest->p[n] >= '0' && rest->p[n] <= '9')))))
        n++;
    if (n < 2 || n == rest->n || rest->p[n] != ':')
        return false;
    *scheme = tm_text_slice(rest->p, n);
    *rest = tm_text_skip(*rest, n + 1);
    return true;
}

static bool expand_env(expansion *e, tm_text whole, tm_text body, unsigned depth, tm_buf *out)
{
    ptrdiff_t dash = tm_text_find(body, TM_TEXT(":-"));
    tm_text name = dash < 0 ? body : tm_text_slice(body.p, (size_t)dash);
    if (!is_name(name))
        return tm_diag_error(e->diags, e->scalar->source, place_of(e, whole), "E0510",
                             "\"%.*s\" is no name of an environment variable", TM_PRI(name)) ||
               tm_diag_hint(e->diags, "write $$ for a dollar");
    const char *value = e->world->env(e->world->owner, tm_arena_copy(e->arena, name).p);
    if (value)
        tm_buf_add(out, tm_text_of(value));
    else if (dash >= 0)
        return expand_text(e, tm_text_skip(body, (size_t)dash + 2), depth + 1, out);
    else
        tm_diag_warning(e->diags, e->scalar->source, place_of(e, whole), "W0511",
                        "the environment variable %.*s is not set", TM_PRI(name));
    return true;
}

static bool expand_file(expansion *e, tm_text whole, tm_text path, tm_buf *out)
{
    tm_text bytes, why;
    if (!e->world->read(e->world->owner, e->arena, path, TM_YAML_MOST_BYTES, &bytes, &why))
        return tm_diag_error(e->diags, e->scalar->source, place_of(e, whole), "E0500",
                             "cannot read %.*s: %.*s", TM_PRI(path), TM_PRI(why));
    tm_file_list_add(e->files, path);
    if (tm_text_ends(bytes, TM_TEXT("\n"))) /* editors put it there, secrets do not want it */
        bytes.n--;
    tm_buf_add(out, bytes);
    return true;
}

/* `whole` is "${...}", `body` what stands in it. */
static bool expand_one(expansion *e, tm_text whole, tm_text body, unsigned depth, tm_buf *out)
{
    tm_text scheme, rest = body;
    if (depth > MOST_DEPTH)
        return tm_diag_error(e->diags, e->scalar->source, e->scalar->place, "E0510",
                             "expansions are nested more than %d deep", MOST_DEPTH);
    if (!take_scheme(&rest, &scheme) || tm_text_starts(rest, TM_TEXT("-")))
        return expand_env(e, whole, body, depth, out);
    if (tm_text_is(scheme, "env"))
        return expand_env(e, whole, rest, depth, out);
    if (tm_text_is(scheme, "file"))
        return expand_file(e, whole, rest, out);
    if (tm_text_is(scheme, "yaml"))
        return expand_text(e, rest, depth + 1, out);
    return tm_diag_error(e->diags, e->scalar->source, place_of(e, whole), "E0510",
                         "the scheme \"%.*s\" is not supported", TM_PRI(scheme)) ||
           tm_diag_hint(e->diags, "there are env, file and yaml");
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

static bool expand_text(expansion *e, tm_text text, unsigned depth, tm_buf *out)
{
    while (text.n) {
        const char *dollar = memchr(text.p, '$', text.n);
        size_t before = dollar ? (size_t)(dollar - text.p) : text.n, length;
        tm_buf_add(out, tm_text_slice(text.p, before));
        text = tm_text_skip(text, before);
        if (!text.n)
            break;
        if (tm_text_starts(text, TM_TEXT("$$"))) {
            tm_buf_add_char(out, '$');
            length = 2;
        } else if (tm_text_starts(text, TM_TEXT("${")) && (length = expansion_length(text))) {
            if (!expand_one(e, tm_text_slice(text.p, length), tm_text_slice(text.p + 2, length - 3),
                            depth, out))
                return false;
        } else {
            tm_buf_add_char(out, '$');
            length = 1;
        }
        text = tm_text_skip(text, length);
    }
    return true;
}

/* White space round a number or word does not make it a string. */
static void type_whole(tm_doc *doc)
{
    tm_text text = doc->text;
    doc->text = tm_text_trim(text);
    tm_scalar_type(doc);
    if (doc->type == TM_DOC_STRING)
        doc->text = text;
}

static bool expand_scalar(expansion *e, tm_doc *doc)
{
    if (!doc->text.n || !memchr(doc->text.p, '$', doc->text.n))
        return true;
    tm_buf out = {.arena = e->arena};
    bool whole =
        tm_text_starts(doc->text, TM_TEXT("${")) && expansion_length(doc->text) == doc->text.n;
    e->scalar = doc;
    if (!expand_text(e, doc->text, 0, &out))
        return false;
    doc->text = tm_buf_text(&out);
    if (whole)
        type_whole(doc);
    return true;
}

static bool expand_node(expansion *e, tm_doc *doc)
{
    bool fine = true;
    if (doc->type == TM_DOC_STRING)
        return expand_scalar(e, doc);
    for (tm_doc *child = doc->first; child; child = child->next)
        fine = expand_node(e, child) && fine;
    return fine;
}

bool tm_expand(tm_arena *arena, tm_diags *diags, const tm_config_world *world, tm_doc *doc,
               tm_file_list *files)
{
    expansion e = {.arena = arena, .diags = diags, .world = world, .files = files};
    return expand_node(&e, doc);
}

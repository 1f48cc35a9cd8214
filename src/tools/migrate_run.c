/* Migrate, run: reads a configuration, takes out what the messages are about, reads it again.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/utf8.h"
#include "config/component_names.h"
#include "config/yaml.h"
#include "tools/migrate_report.h"

enum { MOST_READINGS = 64 };

/* Messages about what tamis has not, or has no use for: what they are about goes. */
static const char *const LEFT_OUT[] = {"E0520", "E0522", "E0525", "E0528",
                                       "W0528", "W0532", "W0533"};

void tm_migrate_note_add(tm_migration *m, tm_migrate_kind kind, size_t at, tm_text path,
                         tm_text reason, tm_text instead)
{
    tm_migrate_note *note = TM_NEW(m->arena, tm_migrate_note);
    *note = (tm_migrate_note){.path = path, .reason = reason, .instead = instead};
    note->line = at == SIZE_MAX ? 0 : tm_migrate_text_line(&m->text, at);
    tm_migrate_note **link = &m->notes[kind];
    while (*link && (*link)->line <= note->line)
        link = &(*link)->next;
    note->next = *link;
    *link = note;
}

/* ---- reading --------------------------------------------------------------------------------- */

static bool read_text(tm_migration *m)
{
    tm_text traces_only = TM_TEXT("service.traces_only=true");
    tm_text config = tm_arena_print(m->arena, "file:%.*s", TM_PRI(m->name));
    tm_config_sources sources = {
        .configs = {&config, 1}, .sets = {&traces_only, 0}, .world = tm_migrate_world(m)};
    tm_compiled_drop(&m->compiled);
    m->cut = m->grow = (tm_migrate_nodes){.nodes = {.arena = m->arena}};
    m->source = (tm_source){.name = m->name, .text = m->text.text};
    m->diags = (tm_diags){.arena = m->arena};
    m->root = tm_yaml_read(m->arena, &m->diags, &m->source);
    m->diags = (tm_diags){.arena = m->arena};
    const tm_doc *service = tm_doc_find(m->root, TM_TEXT("service"));
    sources.sets.count = service && service->type == TM_DOC_MAP;
    return tm_compiled_read_alone(m->arena, &m->diags, &sources, &m->compiled);
}

/* ---- from messages to nodes ------------------------------------------------------------------ */

/* The byte at a line and column, both from 1, the column in characters. */
static size_t byte_at(tm_text text, unsigned line, unsigned column)
{
    size_t at = 0;
    for (; line > 1 && at < text.n; at++)
        line -= text.p[at] == '\n';
    for (size_t width; column > 1 && at < text.n; at += width, column--)
        tm_utf8_next(tm_text_skip(text, at), &width);
    return at;
}

/* Where in the text a message points; false: elsewhere. A rule is a source of its own. */
static bool place_of(const tm_migration *m, const tm_diag *diag, size_t *at)
{
    unsigned line, column;
    if (!diag->source || !tm_text_equal(diag->source->name, m->name))
        return false;
    *at = diag->place.at;
    if (!diag->source->first_line)
        return *at <= m->text.text.n;
    tm_source_position(diag->source, diag->place.at, &line, &column);
    *at = byte_at(m->text.text, line, column);
    return true;
}

static const tm_doc *node_of_key(const tm_doc *node, size_t at)
{
    const tm_doc *found = node->key_place.n && node->key_place.at == at ? node : NULL;
    for (const tm_doc *d = node->first; d && !found; d = d->next)
        found = node_of_key(d, at);
    return found;
}

/* The innermost node that stands around the byte. */
static const tm_doc *node_around(tm_text text, const tm_doc *node, size_t at)
{
    for (const tm_doc *d = node->first; d; d = d->next) {
        const tm_doc *found = node_around(text, d, at);
        if (found)
            return found;
    }
    bool inside =
        node->parent && tm_migrate_start(text, node) <= at && at <= tm_migrate_end(text, node);
    return inside ? node : NULL;
}

static const tm_doc *node_of(const tm_migration *m, const tm_diag *diag)
{
    size_t at;
    if (!place_of(m, diag, &at))
        return NULL;
    const tm_doc *found = node_of_key(m->root, at);
    return found ? found : node_around(m->text.text, m->root, at);
}

/* ---- taking out ------------------------------------------------------------------------------ */

static void leave_out(tm_migration *m, const tm_doc *node, tm_text reason, tm_text instead)
{
    if (tm_migrate_nodes_have(&m->cut, node))
        return;
    tm_migrate_nodes_add(&m->cut, node);
    tm_migrate_note_add(m, TM_MIGRATE_LEFT_OUT, tm_migrate_start(m->text.text, node),
                        tm_doc_path(m->arena, node), reason, instead);
}

static bool was_left_out(const tm_migration *m, const char *section, tm_text id)
{
    tm_text path = tm_arena_print(m->arena, "%s.%.*s", section, TM_PRI(id));
    for (const tm_migrate_note *n = m->notes[TM_MIGRATE_LEFT_OUT]; n; n = n->next)
        if (tm_text_equal(n->path, path))
            return true;
    return false;
}

/* `auth` and `additional_auth` go with the extension that they name. */
static bool leave_out_auth(tm_migration *m, const tm_doc *name)
{
    const bool additional = tm_text_is(name->key, "additional_auth");
    const tm_doc *auth = additional ? name : name->parent;
    if (!auth || !(additional || tm_text_is(auth->key, "auth")) ||
        !was_left_out(m, "extensions", name->text))
        return false;
    tm_text path = tm_doc_path(m->arena, auth);
    bool server = !additional && !tm_text_starts(path, TM_TEXT("exporters."));
    leave_out(m, auth, TM_TEXT("the extension that it names is left out"), TM_TEXT(""));
    tm_migrate_note_add(m, TM_MIGRATE_DIFFERS, tm_migrate_start(m->text.text, auth), path,
                        server ? TM_TEXT("every client is let in")
                               : TM_TEXT("requests leave without these credentials"),
                        TM_TEXT("use bearertokenauth or basicauth"));
    return true;
}

static bool is_left_out(const char *code)
{
    for (size_t i = 0; i < sizeof LEFT_OUT / sizeof *LEFT_OUT; i++)
        if (!strcmp(code, LEFT_OUT[i]))
            return true;
    return false;
}

/* A pipeline whose signal nobody knows is a mistake. */
static bool is_mistyped(const tm_diag *diag, const tm_doc *node)
{
    return !strcmp(diag->code, "E0525") && node->parent &&
           tm_text_is(node->parent->key, "pipelines") && !tm_pipeline_other_signal(node->key);
}

/* Sees to one message; true when the text is to be read again because of it. */
static bool heed(tm_migration *m, const tm_diag *diag)
{
    const tm_doc *node = node_of(m, diag);
    if (!node)
        return false;
    if (is_left_out(diag->code) && !is_mistyped(diag, node)) {
        m->other_signals |= node->parent && tm_text_is(node->parent->key, "pipelines");
        leave_out(m, node, diag->message, diag->hint);
        return true;
    }
    if (diag->severity != TM_ERROR)
        return false;
    return tm_migrate_next_standin(m, node) ||
           (!strcmp(diag->code, "E0526") && leave_out_auth(m, node));
}

/* Components, and maps of theirs, may be empty: to name them is enough. */
static bool goes_when_empty(const tm_doc *node)
{
    unsigned depth = 0;
    for (const tm_doc *d = node; d->parent; d = d->parent)
        depth++;
    return depth == 1 || node->type == TM_DOC_LIST || node->parent->type == TM_DOC_LIST ||
           tm_text_is(node->key, "telemetry") || tm_text_is(node->parent->key, "telemetry");
}

/* What holds nothing but nodes that go, goes. */
static void cut_what_is_empty(tm_migration *m, const tm_doc *node)
{
    bool empty = node->first != NULL;
    for (const tm_doc *d = node->first; d; d = d->next) {
        cut_what_is_empty(m, d);
        empty = empty && tm_migrate_nodes_have(&m->cut, d);
    }
    if (empty && node->parent && goes_when_empty(node) && !tm_migrate_nodes_have(&m->grow, node))
        tm_migrate_nodes_add(&m->cut, node);
}

static bool heed_all(tm_migration *m)
{
    bool again = false;
    for (const tm_diag *d = m->diags.first; d; d = d->next)
        again = heed(m, d) || again;
    if (!m->cut.nodes.n)
        return again;
    tm_migrate_mend(m);
    cut_what_is_empty(m, m->root);
    tm_migrate_cut(&m->text, &m->cut);
    return tm_migrate_text_apply(&m->text);
}

/* What tamis warns of in the end has another effect than it had. */
static void note_differences(tm_migration *m)
{
    if (m->other_signals)
        tm_migrate_note_add(m, TM_MIGRATE_DIFFERS, SIZE_MAX, TM_TEXT(""),
                            TM_TEXT("metrics, logs and profiles that clients send are refused: "
                                    "UNIMPLEMENTED over gRPC, 404 over HTTP"),
                            TM_TEXT("let those clients send them to a Collector"));
    for (const tm_diag *d = m->diags.first; d; d = d->next) {
        size_t at;
        bool here = place_of(m, d, &at);
        tm_migrate_note_add(m, TM_MIGRATE_DIFFERS, here ? at : SIZE_MAX, TM_TEXT(""), d->message,
                            d->hint);
    }
}

/* Files that the configuration names, which may be on another machine. */
static void note_files(tm_migration *m)
{
    tm_diags aside = {.arena = m->arena};
    tm_config_world os = tm_config_os();
    tm_settings_check_files(m->arena, &aside, &os, &m->compiled.settings);
    for (const tm_diag *d = aside.first; d; d = d->next) {
        size_t at;
        bool here = place_of(m, d, &at);
        tm_migrate_note_add(m, TM_MIGRATE_NEEDED, here ? at : SIZE_MAX, TM_TEXT(""), d->message,
                            d->hint);
    }
}

/* The text was right before something was taken out: that had an anchor. */
static bool refuse_anchor(tm_migration *m)
{
    size_t at = m->diags.first->place.at;
    unsigned line = tm_migrate_text_line(&m->text, at);
    m->diags = (tm_diags){.arena = m->arena};
    tm_diag_error(&m->diags, NULL, (tm_place){0}, "E0580",
                  "%.*s:%u: this alias repeats what is left out", TM_PRI(m->name), line);
    return tm_diag_hint(&m->diags, "write it out there");
}

/* The mistakes of the text that was given: their places are those of the file, and what went on the
 * way may be what is mistyped. Without the messages about what tamis has not. */
static bool refuse(tm_migration *m, const tm_migrate_text *given)
{
    const tm_diags last = m->diags;
    if (m->text.text.p == given->text.p)
        return false;
    m->text = *given;
    read_text(m);
    tm_diags mistakes = {.arena = m->arena};
    for (tm_diag *next, *d = m->diags.first; d; d = next) {
        next = d->next;
        d->next = NULL;
        tm_diags one = {.first = d, .last = d, .errors = 1};
        if (d->severity == TM_ERROR && strcmp(d->code, "E0522") && strcmp(d->code, "E0528"))
            tm_diags_take(&mistakes, &one);
    }
    m->diags = mistakes.first ? mistakes : last;
    return false;
}

bool tm_migrate_run(tm_migration *m)
{
    const tm_migrate_text given = m->text;
    for (unsigned i = 0; i < MOST_READINGS; i++) {
        bool fine = read_text(m);
        if (!m->root && i && m->diags.first)
            return refuse_anchor(m);
        if (!m->root || m->root->type != TM_DOC_MAP)
            return false;
        if (heed_all(m))
            continue;
        if (!fine)
            return refuse(m, &given);
        tm_migrate_rename(m);
        if (tm_migrate_text_apply(&m->text))
            continue;
        note_differences(m);
        note_files(m);
        return true;
    }
    return false;
}

/* Migrate, ends: pipelines whose components go get others in their place.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config/component_names.h"
#include "config/kinds.h"
#include "tools/migrate_report.h"

/* What stands in for an end of a pipeline that is left out. */
typedef struct end {
    tm_section section;
    const char *id;
    const char *todo;    /* in the text, above it, behind the ids of what it stands for */
    const char *lines;   /* its keys, each line indented by two spaces a level, ... */
    const char *inline_; /* ... and in brackets */
    const char *advice;
} end;

static const end ENDS[] = {
    {TM_SECTION_RECEIVERS, "otlp", "let a Collector that has it send OTLP here",
     "protocols:\n  grpc:\n    endpoint: localhost:4317\n  http:\n    endpoint: localhost:4318\n",
     "{\"protocols\": {\"grpc\": {\"endpoint\": \"localhost:4317\"}, "
     "\"http\": {\"endpoint\": \"localhost:4318\"}}}",
     "let a Collector receive it and send OTLP to tamis"},
    {TM_SECTION_EXPORTERS, "otlp/collector", "put here where a Collector listens that has it",
     "endpoint: collector:4317\ntls:\n  insecure: true\n",
     "{\"endpoint\": \"collector:4317\", \"tls\": {\"insecure\": true}}",
     "send OTLP to a Collector that has it"},
};

static bool goes(const tm_migration *m, const tm_doc *node)
{
    return node && tm_migrate_nodes_have(&m->cut, node);
}

static const tm_doc *section_of(const tm_migration *m, tm_section section)
{
    return tm_doc_find(m->root, tm_text_of(tm_section_name(section)));
}

static const tm_doc *pipelines_of(const tm_migration *m)
{
    return tm_doc_find(tm_doc_find(m->root, TM_TEXT("service")), TM_TEXT("pipelines"));
}

static tm_text id_of(const tm_doc *item)
{
    return tm_text_trim(item->text);
}

static const tm_doc *list_of(const tm_doc *pipeline, tm_section section)
{
    return tm_doc_find(pipeline, tm_text_of(tm_section_name(section)));
}

/* One id may stand there without a list. */
static const tm_doc *first_of(const tm_doc *list)
{
    return !list || list->type == TM_DOC_LIST ? (list ? list->first : NULL) : list;
}

static const tm_doc *next_of(const tm_doc *item)
{
    return item->parent->type == TM_DOC_LIST ? item->next : NULL;
}

/* ---- connectors ------------------------------------------------------------------------------ */

static bool is_connector(const tm_migration *m, const tm_doc *item)
{
    return tm_doc_find(section_of(m, TM_SECTION_CONNECTORS), id_of(item)) != NULL;
}

static bool names(const tm_doc *list, tm_text id)
{
    for (const tm_doc *item = first_of(list); item; item = next_of(item))
        if (tm_text_equal(id_of(item), id))
            return true;
    return false;
}

/* The first pipeline of traces that has the connector in this section. */
static const tm_doc *other_side(const tm_migration *m, tm_section section, tm_text connector)
{
    const tm_doc *all = pipelines_of(m);
    for (const tm_doc *p = all ? all->first : NULL; p; p = p->next)
        if (!goes(m, p) && !tm_pipeline_other_signal(p->key) &&
            names(list_of(p, section), connector))
            return p;
    return NULL;
}

/* Does the item's component go? */
static bool item_goes(const tm_migration *m, tm_section section, const tm_doc *item)
{
    const tm_doc *defined = tm_doc_find(section_of(m, section), id_of(item));
    if (section != TM_SECTION_PROCESSORS && !defined)
        defined = tm_doc_find(section_of(m, TM_SECTION_CONNECTORS), id_of(item));
    return goes(m, item) || goes(m, defined);
}

static void append_ids(const tm_migration *m, const tm_doc *pipeline, tm_section section,
                       tm_buf *out)
{
    for (const tm_doc *i = first_of(list_of(pipeline, section)); i; i = next_of(i))
        if (!item_goes(m, section, i))
            tm_buf_print(out, "%s%.*s", out->n ? ", " : "", TM_PRI(id_of(i)));
}

/* A pipeline behind a connector takes what the pipeline before it received and did. */
static bool join(tm_migration *m, const tm_doc *pipeline, const tm_doc *item)
{
    const tm_doc *before = other_side(m, TM_SECTION_EXPORTERS, id_of(item));
    tm_buf receivers = {.arena = m->arena}, processors = {.arena = m->arena};
    const tm_doc *own = list_of(pipeline, TM_SECTION_PROCESSORS), *list = item->parent;
    if (!before || before == pipeline || list->type != TM_DOC_LIST)
        return false;
    append_ids(m, before, TM_SECTION_RECEIVERS, &receivers);
    append_ids(m, before, TM_SECTION_PROCESSORS, &processors);
    append_ids(m, pipeline, TM_SECTION_PROCESSORS, &processors);
    if (!receivers.n)
        return false;
    size_t key = tm_migrate_start(m->text.text, list),
           indent = tm_migrate_indent(m->text.text, key);
    bool inside = tm_migrate_in_brackets(m->text.text, pipeline);
    tm_text between = inside ? TM_TEXT(", ") : tm_arena_print(m->arena, "\n%*s", (int)indent, "");
    tm_buf put = {.arena = m->arena};
    tm_buf_print(&put, "receivers: [%.*s]", TM_PRI(tm_buf_text(&receivers)));
    if (processors.n)
        tm_buf_print(&put, "%.*sprocessors: [%.*s]", TM_PRI(between),
                     TM_PRI(tm_buf_text(&processors)));
    tm_migrate_text_edit(&m->text, key, tm_migrate_end(m->text.text, list) - key,
                         tm_buf_text(&put));
    if (own && processors.n)
        tm_migrate_nodes_add(&m->cut, own);
    tm_migrate_note_add(m, TM_MIGRATE_CHANGED, key, tm_doc_path(m->arena, pipeline),
                        tm_arena_print(m->arena,
                                       "receives and does what %.*s does, which led here by the "
                                       "connector %.*s",
                                       TM_PRI(before->key), TM_PRI(id_of(item))),
                        TM_TEXT(""));
    return true;
}

/* ---- ends ------------------------------------------------------------------------------------ */

/* Lines indented by `indent` columns. */
static void add_lines(tm_buf *out, tm_text lines, size_t indent)
{
    for (tm_text line; tm_text_next(&lines, '\n', &line);)
        if (line.n)
            tm_buf_print(out, "%*s%.*s\n", (int)indent, "", TM_PRI(line));
}

/* Puts the component into its section, before what stands there. */
static void define_in_lines(tm_migration *m, const end *e, const tm_doc *section, tm_text ids)
{
    tm_text text = m->text.text;
    tm_buf put = {.arena = m->arena};
    size_t at = text.n, indent = 2;
    if (section && section->first) {
        at = tm_migrate_line_start(text, tm_migrate_start(text, section->first));
        indent = tm_migrate_indent(text, at);
    } else if (section) {
        at = section->key_place.at + section->key_place.n + 1;
        tm_buf_print(&put, "\n");
    } else {
        tm_buf_print(&put, "%s%s:\n", text.n && text.p[text.n - 1] == '\n' ? "" : "\n",
                     tm_section_name(e->section));
    }
    tm_buf_print(&put, "%*s# stands for %.*s: %s\n%*s%s:\n", (int)indent, "", TM_PRI(ids), e->todo,
                 (int)indent, "", e->id);
    add_lines(&put, tm_text_of(e->lines), indent + 2);
    put.n -= section && !section->first;
    tm_migrate_text_edit(&m->text, at, 0, tm_buf_text(&put));
}

static void define_in_brackets(tm_migration *m, const end *e, const tm_doc *section)
{
    const tm_doc *around = section ? section : m->root, *stays = around->first;
    while (stays && goes(m, stays))
        stays = stays->next;
    tm_text inside = tm_arena_print(m->arena, "\"%s\": %s", e->id, e->inline_);
    if (!section)
        inside =
            tm_arena_print(m->arena, "\"%s\": {%.*s}", tm_section_name(e->section), TM_PRI(inside));
    inside = tm_arena_print(m->arena, "%.*s%s", TM_PRI(inside), stays ? ", " : "");
    tm_migrate_text_edit(&m->text, around->place.at + 1, 0, inside);
}

static void define(tm_migration *m, const end *e, tm_text ids)
{
    const tm_doc *section = section_of(m, e->section);
    if (tm_migrate_in_brackets(m->text.text, section ? section : m->root))
        define_in_brackets(m, e, section);
    else
        define_in_lines(m, e, section, ids);
    if (section)
        tm_migrate_nodes_add(&m->grow, section);
}

/* Is it there, and stays? One that only pipelines of other signals use may stay for it. */
static bool is_there(tm_migration *m, const end *e)
{
    const tm_doc *doc = tm_doc_find(section_of(m, e->section), tm_text_of(e->id));
    return doc && !goes(m, doc);
}

/* Does it show spans to people, so that another exporter is there for the backend? */
static bool only_shows(tm_section section, const tm_doc *item)
{
    tm_text rest = id_of(item), type = {0};
    tm_text_next(&rest, '/', &type);
    const tm_component *c = tm_component_find(section, type);
    return section == TM_SECTION_EXPORTERS && c &&
           tm_exporter_has(&(tm_exporter_settings){.type = c->type}, TM_EXPORTER_SHOWS);
}

/* The first that goes becomes the id of what stands in for all of them. */
static void stand_in(tm_migration *m, const end *e, const tm_doc *pipeline, bool *defined)
{
    const tm_doc *list = list_of(pipeline, e->section);
    tm_buf ids = {.arena = m->arena};
    for (const tm_doc *i = first_of(list); i; i = next_of(i)) {
        if (!item_goes(m, e->section, i))
            continue;
        if (ids.n)
            tm_migrate_nodes_add(&m->cut, i);
        else
            tm_migrate_text_edit(&m->text, i->place.at, i->place.n, tm_text_of(e->id));
        tm_buf_print(&ids, "%s%.*s", ids.n ? ", " : "", TM_PRI(id_of(i)));
    }
    if (!is_there(m, e) && !*defined)
        define(m, e, tm_buf_text(&ids));
    *defined = true;
    tm_migrate_note_add(
        m, TM_MIGRATE_CHANGED, tm_migrate_start(m->text.text, list), tm_doc_path(m->arena, list),
        tm_arena_print(m->arena, "%s stands for %.*s", e->id, TM_PRI(tm_buf_text(&ids))),
        tm_text_of(e->advice));
}

/* Do its spans leave by connectors alone, to pipelines that are joined to it? */
static bool is_passed_by(const tm_migration *m, const tm_doc *pipeline)
{
    const tm_doc *list = list_of(pipeline, TM_SECTION_EXPORTERS);
    bool joined = false;
    for (const tm_doc *i = first_of(list); i; i = next_of(i)) {
        if (!item_goes(m, TM_SECTION_EXPORTERS, i))
            return false;
        joined = joined || (is_connector(m, i) && other_side(m, TM_SECTION_RECEIVERS, id_of(i)));
    }
    return joined;
}

static void mend_end(tm_migration *m, const end *e, const tm_doc *pipeline, bool *defined)
{
    const tm_doc *list = list_of(pipeline, e->section);
    bool any_goes = false, enough = false;
    for (const tm_doc *i = first_of(list); i; i = next_of(i)) {
        bool item = item_goes(m, e->section, i);
        any_goes = any_goes || item;
        enough = enough || (!item && !only_shows(e->section, i));
    }
    for (const tm_doc *i = first_of(list); i && e->section == TM_SECTION_RECEIVERS; i = next_of(i))
        if (item_goes(m, e->section, i) && is_connector(m, i) && join(m, pipeline, i))
            return;
    if (any_goes && !enough) {
        stand_in(m, e, pipeline, defined);
        return;
    }
    for (const tm_doc *i = first_of(list); i; i = next_of(i))
        if (item_goes(m, e->section, i))
            tm_migrate_nodes_add(&m->cut, i);
}

static void cut_ids(tm_migration *m, tm_section section, const tm_doc *list)
{
    for (const tm_doc *i = first_of(list); i; i = next_of(i))
        if (item_goes(m, section, i))
            tm_migrate_nodes_add(&m->cut, i);
}

void tm_migrate_mend(tm_migration *m)
{
    const tm_doc *service = tm_doc_find(m->root, TM_TEXT("service")), *all = pipelines_of(m);
    bool defined[sizeof ENDS / sizeof *ENDS] = {false};
    cut_ids(m, TM_SECTION_EXTENSIONS, tm_doc_find(service, TM_TEXT("extensions")));
    for (const tm_doc *p = all ? all->first : NULL; p; p = p->next) {
        if (goes(m, p) || tm_pipeline_other_signal(p->key))
            continue;
        cut_ids(m, TM_SECTION_PROCESSORS, list_of(p, TM_SECTION_PROCESSORS));
        for (size_t i = 0; i < sizeof ENDS / sizeof *ENDS; i++)
            if (ENDS[i].section == TM_SECTION_RECEIVERS || !is_passed_by(m, p))
                mend_end(m, &ENDS[i], p, &defined[i]);
    }
    for (const tm_doc *p = all ? all->first : NULL; p; p = p->next)
        if (!goes(m, p) && !tm_pipeline_other_signal(p->key) && is_passed_by(m, p))
            tm_migrate_nodes_add(&m->cut, p);
}

/* Components: which are used, and what is said of those that tamis has not.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config/component_names.h"

/* ---- who uses them --------------------------------------------------------------------------- */

static bool names(const tm_doc *list, tm_text id)
{
    for (const tm_doc *item = list ? list->first : NULL; item; item = item->next)
        if (tm_text_equal(tm_text_trim(item->text), id))
            return true;
    return false;
}

const char *tm_pipeline_other_signal(tm_text id)
{
    static const char *const OTHERS[] = {"metrics", "logs", "profiles"};
    tm_text signal = {0};
    tm_text_next(&id, '/', &signal);
    for (size_t i = 0; i < sizeof OTHERS / sizeof *OTHERS; i++)
        if (tm_text_is(signal, OTHERS[i]))
            return OTHERS[i];
    return NULL;
}

static bool pipeline_names(const tm_doc *pipeline, tm_section section, tm_text id)
{
    if (section == TM_SECTION_CONNECTORS)
        return pipeline_names(pipeline, TM_SECTION_RECEIVERS, id) ||
               pipeline_names(pipeline, TM_SECTION_EXPORTERS, id);
    return names(tm_doc_find(pipeline, tm_text_of(tm_section_name(section))), id);
}

static const tm_doc *pipelines_of(const tm_doc *root)
{
    return tm_doc_find(tm_doc_find(root, TM_TEXT("service")), TM_TEXT("pipelines"));
}

/* Does a pipeline of traces, or one of the others, name it? */
static bool named(const tm_doc *root, tm_section section, tm_text id, bool traces)
{
    const tm_doc *pipelines = pipelines_of(root);
    for (const tm_doc *p = pipelines ? pipelines->first : NULL; p; p = p->next)
        if (traces == !tm_pipeline_other_signal(p->key) && pipeline_names(p, section, id))
            return true;
    return false;
}

bool tm_component_used(const tm_doc *root, tm_section section, tm_text id)
{
    const tm_doc *pipelines = pipelines_of(root);
    if (section == TM_SECTION_EXTENSIONS)
        return names(tm_doc_find(tm_doc_find(root, TM_TEXT("service")), TM_TEXT("extensions")), id);
    return named(root, section, id, true) || !pipelines || !pipelines->first;
}

bool tm_connector_leaves_traces(const tm_doc *root, tm_text id)
{
    return tm_doc_find(tm_doc_find(root, TM_TEXT("connectors")), id) &&
           named(root, TM_SECTION_RECEIVERS, id, true) !=
               named(root, TM_SECTION_EXPORTERS, id, true) &&
           named(root, TM_SECTION_CONNECTORS, id, false);
}

static tm_text type_of(tm_text id)
{
    tm_text type = {0};
    tm_text_next(&id, '/', &type);
    return type;
}

/* A used component of the type that `doc` is called, which was meant perhaps. */
static const tm_doc *used_sibling(const tm_doc *root, tm_section section, const tm_doc *doc)
{
    const tm_doc *all = tm_doc_find(root, tm_text_of(tm_section_name(section)));
    if (!tm_text_equal(type_of(doc->key), doc->key))
        return NULL;
    for (const tm_doc *d = all ? all->first : NULL; d; d = d->next)
        if (d != doc && tm_text_equal(type_of(d->key), type_of(doc->key)) &&
            tm_component_used(root, section, d->key))
            return d;
    return NULL;
}

static bool warn_unused(tm_reading *r, const tm_doc *root, tm_section section, const tm_doc *doc,
                        const char *what)
{
    const tm_doc *sibling = used_sibling(root, section, doc);
    bool extension = section == TM_SECTION_EXTENSIONS;
    tm_diag_warning(r->diags, doc->source, doc->key_place, "W0532",
                    "%s the %s \"%.*s\"%s: it has no effect",
                    extension ? "service.extensions does not name" : "no pipeline uses",
                    tm_section_one(section), TM_PRI(doc->key), what);
    if (sibling)
        tm_diag_hint(r->diags, "did you mean \"%.*s\"?", TM_PRI(sibling->key));
    return true;
}

/* Without traces_only the pipelines are refused, and nothing is said of what they use. */
static bool warn_left_out(tm_reading *r, tm_section section, const tm_doc *doc)
{
    return !r->traces_only ||
           tm_diag_warning(r->diags, doc->source, doc->key_place, "W0533",
                           "the %s \"%.*s\" is left out: only pipelines of other signals use it",
                           tm_section_one(section), TM_PRI(doc->key));
}

bool tm_component_kept(tm_reading *r, const tm_doc *root, tm_section section, const tm_doc *doc)
{
    return section == TM_SECTION_EXTENSIONS || tm_component_used(root, section, doc->key) ||
           !named(root, section, doc->key, false) || !warn_left_out(r, section, doc);
}

bool tm_component_warn_unused(tm_reading *r, const tm_doc *root, tm_section section,
                              const tm_doc *doc)
{
    return tm_component_used(root, section, doc->key) || warn_unused(r, root, section, doc, "");
}

/* ---- what tamis has not ---------------------------------------------------------------------- */

typedef struct contrib {
    tm_section section;
    const char *name;
    const char *instead; /* NULL: see ADVICE; "": it has no effect here */
} contrib;

#define OTHER_SIGNALS "it carries no spans: leave it to a Collector"
#define NO_EFFECT ""
#define CONTRIB(SECTION, NAME, INSTEAD) {TM_SECTION_##SECTION, NAME, INSTEAD},

static const contrib CONTRIBS[] = {
#include "config/keys/contrib.def"
};

#undef CONTRIB
#undef OTHER_SIGNALS
#undef NO_EFFECT

static const char *const ADVICE[TM_SECTIONS + 1] = {
    [TM_SECTION_RECEIVERS] = "let a Collector receive it and send OTLP to tamis",
    [TM_SECTION_PROCESSORS] = "run it in a Collector in front of tamis, or behind",
    [TM_SECTION_EXPORTERS] = "send OTLP to a Collector that has it",
    [TM_SECTION_EXTENSIONS] = "leave it out, or run a Collector that has it",
    [TM_SECTION_CONNECTORS] = "run it in a Collector behind tamis",
};

/* Old and new names of the Collector's components differ in underscores. */
static bool same_name(tm_text a, const char *b)
{
    size_t i = 0;
    for (;; i++, b++) {
        while (i < a.n && a.p[i] == '_')
            i++;
        while (*b == '_')
            b++;
        if (i == a.n || !*b)
            return i == a.n && !*b;
        if (a.p[i] != *b)
            return false;
    }
}

static const contrib *find_contrib(tm_section section, tm_text type)
{
    for (size_t i = 0; i < sizeof CONTRIBS / sizeof *CONTRIBS; i++)
        if (CONTRIBS[i].section == section && same_name(type, CONTRIBS[i].name))
            return &CONTRIBS[i];
    return NULL;
}

static bool refuse_unknown(tm_reading *r, tm_section section, const tm_doc *doc, tm_text type)
{
    size_t count, found = 0;
    const tm_component *all = tm_components(&count);
    tm_text *names = TM_NEW_ARRAY(r->arena, count, tm_text);
    tm_diag_error(r->diags, doc->source, doc->key_place, "E0525", "there is no %s \"%.*s\"",
                  tm_section_one(section), TM_PRI(type));
    for (size_t i = 0; i < count; i++)
        if (all[i].section == section)
            names[found++] = tm_text_of(all[i].name);
    tm_text nearest = tm_nearest(r->arena, type, names, found);
    return nearest.n && tm_diag_hint(r->diags, "did you mean \"%.*s\"?", TM_PRI(nearest));
}

bool tm_component_refuse(tm_reading *r, const tm_doc *root, tm_section section, const tm_doc *doc,
                         tm_text type, const tm_component *component)
{
    const contrib *known = component ? NULL : find_contrib(section, type);
    if (!tm_component_kept(r, root, section, doc))
        return false;
    if (!component && !known)
        return refuse_unknown(r, section, doc, type);
    if (!tm_component_used(root, section, doc->key))
        return !warn_unused(r, root, section, doc,
                            component ? ", which is not supported yet"
                                      : ", which is not part of tamis");
    if (known && known->instead && !*known->instead)
        return !tm_diag_warning(r->diags, doc->source, doc->key_place, "W0528",
                                "the %s %.*s has no effect in tamis", tm_section_one(section),
                                TM_PRI(type));
    if (component)
        return tm_diag_error(r->diags, doc->source, doc->key_place, "E0522",
                             "the %s %s is not supported yet", tm_section_one(section),
                             component->name);
    tm_diag_error(r->diags, doc->source, doc->key_place, "E0528",
                  "the Collector's %s \"%.*s\" is not part of tamis", tm_section_one(section),
                  TM_PRI(type));
    return tm_diag_hint(r->diags, "%s", known->instead ? known->instead : ADVICE[section]);
}

bool tm_component_refuse_connectors(tm_reading *r, const tm_doc *root)
{
    const tm_doc *all = tm_doc_find(root, TM_TEXT("connectors"));
    unsigned before = r->diags->errors;
    if (all && all->type != TM_DOC_MAP && all->type != TM_DOC_NULL)
        return tm_reading_expect(r, all, "a map of components");
    for (const tm_doc *d = all ? all->first : NULL; d; d = d->next)
        if (!tm_connector_leaves_traces(root, d->key))
            tm_component_refuse(r, root, TM_SECTION_CONNECTORS, d, type_of(d->key), NULL);
        else if (r->traces_only) /* else the pipelines of other signals are refused */
            tm_diag_warning(r->diags, d->source, d->key_place, "W0533",
                            "the connector \"%.*s\" is left out, as are the pipelines of other "
                            "signals that it joins to those of traces",
                            TM_PRI(d->key));
    return r->diags->errors == before;
}

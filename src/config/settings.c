/* Settings: the sections of a configuration, component by component.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config/settings.h"

#include "base/ascii.h"
#include "base/exit.h"
#include "config/checks.h"
#include "config/component_names.h"
#include "config/load.h"
#include "config/pipelines.h"
#include "config/reader.h"

/* What the settings of every component begin with. */
typedef struct head {
    int type;
    tm_text id;
    const tm_source *source;
    tm_place place;
} head;

/* Where the components of a section go: array and count in tm_settings, the union in an item. */
typedef struct layout {
    size_t items_at, count_at, size_bytes, union_at;
} layout;

#define LAYOUT(SECTION, ONE, FIRST)                                                                \
    {                                                                                              \
        offsetof(tm_settings, SECTION), offsetof(tm_settings, ONE##_count),                        \
            sizeof(tm_##ONE##_settings), offsetof(tm_##ONE##_settings, FIRST)                      \
    }

static const layout LAYOUTS[TM_SECTIONS] = {
    [TM_SECTION_RECEIVERS] = LAYOUT(receivers, receiver, otlp),
    [TM_SECTION_PROCESSORS] = LAYOUT(processors, processor, filter),
    [TM_SECTION_EXPORTERS] = LAYOUT(exporters, exporter, otlp),
    [TM_SECTION_EXTENSIONS] = LAYOUT(extensions, extension, health),
};

#undef LAYOUT

_Static_assert(offsetof(head, place) == offsetof(tm_receiver_settings, place) &&
                   offsetof(head, place) == offsetof(tm_processor_settings, place) &&
                   offsetof(head, place) == offsetof(tm_exporter_settings, place) &&
                   offsetof(head, place) == offsetof(tm_extension_settings, place),
               "components begin alike");

/* ---- components ---------------------------------------------------------------------------- */

static bool is_type_name(tm_text name)
{
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        if (!tm_ascii_is_letter(c) && (i == 0 || (!tm_ascii_is_digit(c) && c != '_')))
            return false;
    }
    return name.n > 0;
}

static bool refuse_id(tm_reading *r, const tm_doc *doc)
{
    tm_diag_error(r->diags, doc->source, doc->key_place, "E0525",
                  "\"%.*s\" is no id of a component", TM_PRI(doc->key));
    return tm_diag_hint(r->diags, "ids are TYPE or TYPE/NAME");
}

/* Reads one component into `item`; false when it is not to be used. */
static bool read_component(tm_reading *r, const tm_doc *root, tm_section section, const tm_doc *doc,
                           char *item)
{
    tm_text rest = doc->key, type = {0};
    tm_text_next(&rest, '/', &type);
    if (!is_type_name(type) || (rest.p && !rest.n))
        return refuse_id(r, doc);
    const tm_component *component = tm_component_find(section, type);
    if (!component || component->state == TM_SOON)
        return tm_component_refuse(r, root, section, doc, type, component);
    if (!tm_component_kept(r, root, section, doc))
        return false;
    head h = {component->type, doc->key, doc->source, doc->key_place};
    memcpy(item, &h, sizeof h);
    if (component->state == TM_UNUSED)
        return tm_diag_warning(r->diags, doc->source, doc->key_place, "W0528",
                               "the %s %s has no effect in tamis", tm_section_one(section),
                               component->name);
    tm_reading own = *r;
    own.id = doc->key;
    own.root = doc;
    return tm_keys_read(&own, component->keys, doc, item + LAYOUTS[section].union_at) &&
           tm_component_warn_unused(r, root, section, doc);
}

static bool read_section(tm_reading *r, const tm_doc *root, tm_section section, tm_settings *out)
{
    const layout *l = &LAYOUTS[section];
    const tm_doc *doc = tm_doc_find(root, tm_text_of(tm_section_name(section)));
    unsigned before = r->diags->errors;
    size_t count = 0;
    if (!doc || doc->type == TM_DOC_NULL)
        return true;
    if (doc->type != TM_DOC_MAP)
        return tm_reading_expect(r, doc, "a map of components");
    for (const tm_doc *child = doc->first; child; child = child->next)
        count++;
    char *items = tm_arena_zero(r->arena, count, l->size_bytes);
    count = 0;
    for (const tm_doc *child = doc->first; child; child = child->next) {
        char *item = items + count * l->size_bytes;
        if (read_component(r, root, section, child, item))
            count++;
        else
            memset(item, 0, l->size_bytes);
    }
    memcpy((char *)out + l->items_at, &items, sizeof items);
    memcpy((char *)out + l->count_at, &count, sizeof count);
    return r->diags->errors == before;
}

/* ---- the whole ----------------------------------------------------------------------------- */

static bool need_sections(tm_reading *r, const tm_doc *root, const tm_texts *files)
{
    const tm_text whole = files->count == 1 ? files->items[0] : TM_TEXT("the configuration");
    static const char *const NEEDED[] = {"receivers", "exporters", "service"};
    bool fine = true;
    for (size_t i = 0; i < sizeof NEEDED / sizeof *NEEDED; i++) {
        const tm_doc *section = tm_doc_find(root, tm_text_of(NEEDED[i]));
        if (section && (section->first || section->type != TM_DOC_NULL))
            continue;
        fine = tm_diag_error(r->diags, section ? section->source : NULL,
                             section ? section->key_place : (tm_place){0}, "E0523",
                             "%.*s has no %s", TM_PRI(whole), NEEDED[i]);
    }
    return fine;
}

bool tm_settings_read(tm_arena *arena, tm_diags *diags, const tm_config_sources *sources,
                      tm_settings *out)
{
    tm_file_list files = {.arena = arena};
    *out = (tm_settings){0};
    const tm_doc *root = tm_config_load(arena, diags, sources, &files);
    out->files = files.names;
    out->unread = files.unread;
    return root && tm_settings_take(arena, diags, &sources->world, root, out);
}

bool tm_settings_take(tm_arena *arena, tm_diags *diags, const tm_config_world *world,
                      const tm_doc *root, tm_settings *out)
{
    tm_reading r = {.arena = arena, .diags = diags, .world = world};
    out->doc = root;
    const tm_doc *service = tm_doc_find(root, TM_TEXT("service"));
    bool fine = tm_keys_read(&r, &tm_keys_root, root, out);
    fine = tm_keys_read(&r, &tm_keys_service, service, &out->service) && fine;
    r.traces_only = out->service.traces_only;
    for (int s = 0; s < TM_SECTIONS; s++)
        fine = read_section(&r, root, s, out) && fine;
    fine = tm_component_refuse_connectors(&r, root) && fine;
    fine = need_sections(&r, root, &out->files) && fine;
    fine = tm_pipelines_read(&r, service, out) && fine;
    return tm_check_authenticators(&r, out) && fine;
}

int tm_settings_exit(const tm_settings *settings)
{
    return settings->unread ? TM_EXIT_USAGE : TM_EXIT_CONFIG;
}

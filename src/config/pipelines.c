/* Pipelines: which components the service joins.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config/pipelines.h"

#include "config/component_names.h"
#include "config/kinds.h"

/* An id that a list names. */
typedef struct reference {
    tm_text id;
    const tm_doc *doc;
} reference;

typedef struct references {
    reference *items;
    size_t count;
} references;

/* A processor may stand in a list once; of others a second one changes nothing. */
static bool add_reference(tm_reading *r, tm_section section, references *refs, const tm_doc *doc,
                          tm_text id)
{
    for (size_t i = 0; i < refs->count; i++) {
        if (!tm_text_equal(refs->items[i].id, id))
            continue;
        tm_text path = tm_doc_path(r->arena, doc);
        bool error = section == TM_SECTION_PROCESSORS;
        (error ? tm_diag_error : tm_diag_warning)(
            r->diags, doc->source, doc->place, error ? "E0527" : "W0527",
            "%.*s: \"%.*s\" stands in this list twice", TM_PRI(path), TM_PRI(id));
        tm_diag_other(r->diags, refs->items[i].doc->place);
        return !error;
    }
    refs->items[refs->count++] = (reference){id, doc};
    return true;
}

static bool read_ids(tm_reading *r, tm_section section, const tm_doc *doc, references *refs)
{
    size_t room = 0;
    bool fine = true;
    tm_text id;
    if (!doc || doc->type == TM_DOC_NULL)
        return true;
    if (doc->type != TM_DOC_LIST)
        return tm_reading_expect(r, doc, "a list of ids");
    for (const tm_doc *item = doc->first; item; item = item->next)
        room++;
    refs->items = TM_NEW_ARRAY(r->arena, room, reference);
    for (const tm_doc *item = doc->first; item; item = item->next)
        if (!tm_reading_text(item, &id))
            fine = tm_reading_expect(r, item, "an id");
        else
            fine = add_reference(r, section, refs, item, tm_text_trim(id)) && fine;
    return fine;
}

static bool refuse_undefined(tm_reading *r, tm_section section, const tm_doc *defined,
                             const reference *ref)
{
    size_t count = 0;
    tm_reading_fail(r, ref->doc, "E0526", "the %s \"%.*s\" is not defined", tm_section_one(section),
                    TM_PRI(ref->id));
    for (const tm_doc *d = defined ? defined->first : NULL; d; d = d->next)
        count++;
    tm_text *names = TM_NEW_ARRAY(r->arena, count, tm_text);
    count = 0;
    for (const tm_doc *d = defined ? defined->first : NULL; d; d = d->next)
        names[count++] = d->key;
    tm_text nearest = tm_nearest(r->arena, ref->id, names, count);
    return nearest.n && tm_diag_hint(r->diags, "did you mean \"%.*s\"?", TM_PRI(nearest));
}

/* Resolves ids of one section: an array of pointers to settings of `size_bytes` whose id stands at
 * `id_at`. Those that were refused before are left out. */
typedef struct section {
    tm_section section;
    const void *items;
    size_t count, size_bytes, id_at;
} section;

static const void *find_in(const section *s, tm_text id)
{
    for (size_t i = 0; i < s->count; i++) {
        const char *item = (const char *)s->items + i * s->size_bytes;
        tm_text own;
        memcpy(&own, item + s->id_at, sizeof own);
        if (tm_text_equal(own, id))
            return item;
    }
    return NULL;
}

static bool resolve(tm_reading *r, const tm_doc *root, const section *s, const tm_doc *list,
                    void *pointers, size_t *count)
{
    references refs = {0};
    bool fine = read_ids(r, s->section, list, &refs);
    const tm_doc *defined = tm_doc_find(root, tm_text_of(tm_section_name(s->section)));
    const tm_doc *connectors = tm_doc_find(root, TM_TEXT("connectors"));
    char *array = (char *)TM_NEW_ARRAY(r->arena, refs.count, const void *);
    *count = 0;
    for (size_t i = 0; i < refs.count; i++) {
        const void *item = find_in(s, refs.items[i].id);
        if (item)
            memcpy(array + (*count)++ * sizeof item, &item, sizeof item);
        else if (!tm_doc_find(defined, refs.items[i].id) &&
                 !tm_doc_find(connectors, refs.items[i].id))
            fine = refuse_undefined(r, s->section, defined, &refs.items[i]);
    }
    memcpy(pointers, &array, sizeof array);
    return fine;
}

#define SHELF(OUT, SECTION, MANY, ONE)                                                             \
    &(section)                                                                                     \
    {                                                                                              \
        SECTION, (OUT)->MANY, (OUT)->ONE##_count, sizeof(tm_##ONE##_settings),                     \
            offsetof(tm_##ONE##_settings, id)                                                      \
    }

/* ---- pipelines ----------------------------------------------------------------------------- */

static bool need_list(tm_reading *r, const tm_doc *root, const tm_doc *pipeline, const char *key)
{
    const tm_doc *list = tm_doc_find(pipeline, tm_text_of(key)), *stays = list ? list->first : NULL;
    if (!list || (!list->first && !list->text.n))
        return tm_diag_error(r->diags, pipeline->source, pipeline->key_place, "E0523",
                             "the pipeline %.*s has no %s", TM_PRI(pipeline->key), key);
    while (stays && tm_connector_leaves_traces(root, tm_text_trim(stays->text)))
        stays = stays->next;
    return stays || list->text.n ||
           tm_diag_error(r->diags, list->source, list->key_place, "E0523",
                         "the pipeline %.*s has no %s but connectors to other signals",
                         TM_PRI(pipeline->key), key);
}

/* "traces" or "traces/NAME". */
static bool carries_traces(tm_reading *r, const tm_doc *doc)
{
    const char *other = tm_pipeline_other_signal(doc->key);
    tm_text rest = doc->key, signal = {0};
    tm_text_next(&rest, '/', &signal);
    if (tm_text_is(signal, "traces") && (!rest.p || rest.n))
        return true;
    if (other) {
        tm_diag_error(r->diags, doc->source, doc->key_place, "E0525",
                      "tamis carries traces only, this is a pipeline of %s", other);
        return tm_diag_hint(r->diags, "--traces-only, or service.traces_only: true, leaves it out");
    }
    tm_diag_error(r->diags, doc->source, doc->key_place, "E0525", "\"%.*s\" is no pipeline",
                  TM_PRI(doc->key));
    return tm_diag_hint(r->diags, "write traces or traces/NAME");
}

/* Warns of a pipeline of another signal; false when it is none. */
static bool leave_out(tm_reading *r, const tm_doc *doc)
{
    return tm_pipeline_other_signal(doc->key) &&
           tm_diag_warning(r->diags, doc->source, doc->key_place, "W0533",
                           "the pipeline %.*s is left out: tamis carries traces only",
                           TM_PRI(doc->key));
}

/* Requests are formed in one place: an exporter's own batching stands nearer to it. */
static void warn_of_two_batches(tm_reading *r, const tm_pipeline_settings *pipeline)
{
    size_t at = 0;
    bool batches = tm_pipeline_next_batch(pipeline, &at);
    for (size_t i = 0; batches && i < pipeline->exporter_count; i++) {
        const tm_exporter_settings *exporter = pipeline->exporters[i];
        const tm_queue_settings *queue = tm_exporter_queue(exporter);
        if (queue && queue->enabled && queue->batch)
            tm_diag_warning(r->diags, exporter->source, exporter->place, "W0530",
                            "%.*s has sending_queue.batch: the batch processor of the pipeline "
                            "%.*s has no effect on it",
                            TM_PRI(exporter->id), TM_PRI(pipeline->id));
    }
}

static bool read_pipeline(tm_reading *r, const tm_doc *root, const tm_doc *doc, tm_settings *all,
                          tm_pipeline_settings *out)
{
    *out = (tm_pipeline_settings){.id = doc->key, .source = doc->source, .place = doc->key_place};
    if (!carries_traces(r, doc) || !tm_keys_read(r, &tm_keys_pipeline, doc, out))
        return false;
    bool fine = need_list(r, root, doc, "receivers");
    fine = need_list(r, root, doc, "exporters") && fine;
    fine = resolve(r, root, SHELF(all, TM_SECTION_RECEIVERS, receivers, receiver),
                   tm_doc_find(doc, TM_TEXT("receivers")), &out->receivers, &out->receiver_count) &&
           fine;
    fine =
        resolve(r, root, SHELF(all, TM_SECTION_PROCESSORS, processors, processor),
                tm_doc_find(doc, TM_TEXT("processors")), &out->processors, &out->processor_count) &&
        fine;
    fine = resolve(r, root, SHELF(all, TM_SECTION_EXPORTERS, exporters, exporter),
                   tm_doc_find(doc, TM_TEXT("exporters")), &out->exporters, &out->exporter_count) &&
           fine;
    warn_of_two_batches(r, out);
    return fine;
}

bool tm_pipelines_read(tm_reading *r, const tm_doc *service, tm_settings *out)
{
    const tm_doc *doc = tm_doc_find(service, TM_TEXT("pipelines"));
    size_t count = 0;
    if (!service || service->type != TM_DOC_MAP)
        return true; /* reported already */
    const tm_doc *root = service->parent;
    bool fine =
        resolve(r, root, SHELF(out, TM_SECTION_EXTENSIONS, extensions, extension),
                tm_doc_find(service, TM_TEXT("extensions")), &out->active, &out->active_count);
    if (!doc || doc->type == TM_DOC_NULL || (doc->type == TM_DOC_MAP && !doc->first))
        return tm_diag_error(r->diags, service->source, service->key_place, "E0523",
                             "the service has no pipelines");
    if (doc->type != TM_DOC_MAP)
        return tm_reading_expect(r, doc, "a map of pipelines");
    for (const tm_doc *child = doc->first; child; child = child->next)
        count++;
    out->pipelines = TM_NEW_ARRAY(r->arena, count, tm_pipeline_settings);
    for (const tm_doc *child = doc->first; child; child = child->next)
        if (!r->traces_only || !leave_out(r, child))
            fine =
                read_pipeline(r, root, child, out, &out->pipelines[out->pipeline_count++]) && fine;
    return out->pipeline_count ? fine
                               : tm_diag_error(r->diags, doc->source, doc->key_place, "E0523",
                                               "the service has no pipeline of traces");
}

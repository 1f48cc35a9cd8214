/* Checks of processors: filter, transform, probabilistic_sampler, batch, memory_limiter, tamis.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config/checks.h"

#include <math.h>

const tm_doc *tm_check_given(const tm_doc *doc, const char *key)
{
    const tm_doc *child = tm_doc_find(doc, tm_text_of(key));
    if (!child || child->type == TM_DOC_NULL)
        return NULL;
    bool holder = child->type == TM_DOC_LIST || child->type == TM_DOC_MAP;
    return holder && !child->first ? NULL : child;
}

const tm_doc *tm_check_place(const tm_doc *doc, const char *key)
{
    const tm_doc *given = tm_check_given(doc, key);
    return given ? given : doc;
}

/* The item's node, or the list's when it was written as one text. */
static const tm_doc *item_of(const tm_doc *list, size_t index)
{
    const tm_doc *item = list->type == TM_DOC_LIST ? list->first : NULL;
    while (item && index--)
        item = item->next;
    return item ? item : list;
}

bool tm_check_names_differ(tm_reading *r, const tm_doc *doc, const char *key, const tm_texts *names)
{
    for (size_t i = 0; i < names->count; i++)
        for (size_t k = 0; k < i; k++) {
            if (!tm_text_same_word(names->items[i], names->items[k]))
                continue;
            const tm_doc *list = tm_doc_find(doc, tm_text_of(key));
            const tm_doc *at = item_of(list, i), *other = item_of(list, k);
            tm_reading_fail(r, at, "E0524", "\"%.*s\" stands in this list twice, in any case",
                            TM_PRI(names->items[i]));
            return other != at && tm_diag_other(r->diags, other->place);
        }
    return true;
}

bool tm_check_clash(tm_reading *r, const tm_doc *a, const tm_doc *b)
{
    tm_text path = tm_doc_path(r->arena, a->parent);
    tm_diag_error(r->diags, b->source, b->key_place, "E0527",
                  "%.*s: \"%.*s\" and \"%.*s\" exclude each other", TM_PRI(path), TM_PRI(a->key),
                  TM_PRI(b->key));
    return a->source == b->source && tm_diag_other(r->diags, a->key_place);
}

bool tm_check_one_of(tm_reading *r, const tm_doc *doc, const char *const *keys, size_t count,
                     const tm_doc **given)
{
    *given = NULL;
    for (size_t i = 0; i < count; i++) {
        const tm_doc *one = tm_check_given(doc, keys[i]);
        if (one && *given)
            return tm_check_clash(r, *given, one);
        *given = one ? one : *given;
    }
    return true;
}

/* Groups that were written as maps may say their own error_mode; strings cannot. */
static const tm_doc *next_group(const tm_doc *item)
{
    while (item && item->type != TM_DOC_MAP)
        item = item->next;
    return item;
}

static bool says_mode(const tm_doc *group)
{
    return group && tm_check_given(group, "error_mode");
}

bool tm_check_filter(tm_reading *r, const tm_doc *doc, void *settings)
{
    static const char *const STYLES[] = {"trace_conditions", "traces", "spans"};
    tm_filter_settings *filter = settings;
    const tm_doc *style;
    if (!tm_check_one_of(r, doc, STYLES, sizeof STYLES / sizeof *STYLES, &style))
        return false;
    const tm_doc *list = tm_check_given(doc, "trace_conditions");
    bool grouped = list && list->first->type == TM_DOC_MAP;
    const tm_doc *item = list ? list->first : NULL;
    for (size_t i = 0; i < filter->groups.count; i++, item = item->next)
        if (!grouped || !says_mode(item))
            filter->groups.items[i].error_mode = filter->error_mode;
    return true;
}

bool tm_check_transform(tm_reading *r, const tm_doc *doc, void *settings)
{
    (void)r;
    tm_transform_settings *transform = settings;
    const tm_doc *list = tm_check_given(doc, "trace_statements");
    const tm_doc *group = list ? next_group(list->first) : NULL;
    for (size_t i = 0; i < transform->groups.count; i++) {
        if (!says_mode(group))
            transform->groups.items[i].error_mode = transform->error_mode;
        group = group ? next_group(group->next) : NULL;
    }
    return true;
}

/* In single precision, as the Collector keeps it. */
bool tm_check_sampler(tm_reading *r, const tm_doc *doc, void *settings)
{
    const tm_sampler_settings *sampler = settings;
    const tm_doc *at = doc ? tm_check_given(doc, "sampling_percentage") : NULL;
    const double ratio = (double)(float)sampler->percentage / 100;
    if (!at || ratio == 0)
        return true;
    if (isinf(ratio))
        return tm_reading_fail(r, at, "E0524", "the sampling rate %.*s is invalid",
                               TM_PRI(at->text));
    if (ratio < 0)
        return tm_reading_fail(r, at, "E0524", "the sampling rate %.*s is negative",
                               TM_PRI(at->text));
    if (ratio < 0x1p-56)
        return tm_reading_fail(r, at, "E0524",
                               "the sampling rate %.*s is too small, less than 2^-56",
                               TM_PRI(at->text));
    return true;
}

bool tm_check_batch(tm_reading *r, const tm_doc *doc, void *settings)
{
    tm_batch_settings *batch = settings;
    if (!tm_check_names_differ(r, doc, "metadata_keys", &batch->metadata_keys))
        return false;
    if (!batch->send_max_size || batch->send_max_size >= batch->send_size)
        return true;
    const tm_doc *at = tm_check_given(doc, "send_batch_max_size");
    return tm_reading_fail(r, at ? at : doc, "E0527",
                           "%lld is less than send_batch_size, which is %lld",
                           (long long)batch->send_max_size, (long long)batch->send_size);
}

bool tm_check_limiter(tm_reading *r, const tm_doc *doc, void *settings)
{
    tm_limiter_settings *limiter = settings;
    if (limiter->check_interval_ns <= 0)
        return tm_reading_fail(r, doc, "E0523", "check_interval must be more than 0");
    if (!limiter->limit_mib && !limiter->limit_percentage)
        return tm_reading_fail(r, doc, "E0523", "it needs limit_mib or limit_percentage");
    if (limiter->limit_mib && limiter->spike_limit_mib >= limiter->limit_mib)
        return tm_reading_fail(r, doc, "E0527", "spike_limit_mib must be less than limit_mib");
    if (limiter->limit_percentage && limiter->spike_limit_percentage >= limiter->limit_percentage)
        return tm_reading_fail(r, doc, "E0527",
                               "spike_limit_percentage must be less than limit_percentage");
    return true;
}

static bool has_empty_name(const tm_rule_texts *files)
{
    for (size_t i = 0; i < files->count; i++)
        if (!files->items[i].source.text.n)
            return true;
    return false;
}

bool tm_check_tamis(tm_reading *r, const tm_doc *doc, void *settings)
{
    const tm_tamis_settings *tamis = settings;
    if (has_empty_name(&tamis->rules) || has_empty_name(&tamis->shadow))
        return tm_reading_fail(r, doc, "E0524", "the name of a rule file is empty");
    return tamis->rules.count || tm_reading_fail(r, doc, "E0523", "\"rules\" names no file");
}

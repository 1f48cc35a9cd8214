/* Migrate, rename: old names and keys that newer Collectors have no more.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/ascii.h"
#include "config/component_names.h"
#include "tools/migrate_report.h"

static void replace(tm_migration *m, const tm_doc *at, tm_place place, tm_text with, tm_text what)
{
    tm_migrate_text_edit(&m->text, place.at, place.n, with);
    tm_migrate_note_add(m, TM_MIGRATE_CHANGED, place.at, tm_doc_path(m->arena, at), what,
                        TM_TEXT(""));
}

/* ---- components ------------------------------------------------------------------------------ */

/* The component under whose keys an old form has its own; NULL: it is no old form. */
static const tm_component *new_form(const tm_component *component)
{
    size_t count;
    const tm_component *all = tm_components(&count);
    for (size_t i = 0; i < count; i++)
        if (all[i].section == component->section && all[i].type == component->type)
            return all[i].keys == component->keys ? NULL : &all[i];
    return NULL;
}

/* "logging/a" as "debug/a", or another name that nobody has. */
static tm_text new_id(const tm_migration *m, const tm_doc *section, tm_text id, const char *type)
{
    tm_text rest = id, old = {0};
    tm_text_next(&rest, '/', &old);
    tm_text named = tm_arena_print(m->arena, "%s%.*s", type, TM_PRI(tm_text_skip(id, old.n)));
    while (tm_doc_find(section, named))
        named = tm_arena_print(m->arena, "%.*s%s%.*s", TM_PRI(named),
                               tm_text_find(named, TM_TEXT("/")) < 0 ? "/" : "-", TM_PRI(old));
    return named;
}

static void rename_in(tm_migration *m, const tm_doc *list, tm_text id, tm_text to)
{
    const tm_doc *item = list && list->type == TM_DOC_LIST ? list->first : list;
    for (; item; item = item == list ? NULL : item->next)
        if (tm_text_equal(tm_text_trim(item->text), id))
            tm_migrate_text_edit(&m->text, item->place.at, item->place.n, to);
}

static const tm_key *key_named(const tm_keys *keys, tm_text name)
{
    for (size_t i = 0; i < keys->count; i++)
        if (tm_text_is(name, keys->rows[i].name))
            return &keys->rows[i];
    return NULL;
}

/* Keys of old forms, and what says the same in the new one. */
static const struct {
    const char *old, *now;
} KEYS[] = {{"loglevel", "verbosity"}};

/* The key of `keys` that says what the old one did; NULL: there is none. */
static const tm_key *key_now(const tm_keys *keys, tm_text old)
{
    for (size_t i = 0; i < sizeof KEYS / sizeof *KEYS; i++)
        if (tm_text_is(old, KEYS[i].old))
            return key_named(keys, tm_text_of(KEYS[i].now));
    return NULL;
}

/* A key that the new form has under another name, with other words for the same. */
static void rename_keys(tm_migration *m, const tm_doc *doc, const tm_keys *from, const tm_keys *to)
{
    for (const tm_doc *d = doc->first; d; d = d->next) {
        const tm_key *old = key_named(from, d->key);
        const tm_key *key = old && !key_named(to, d->key) ? key_now(to, d->key) : NULL;
        const tm_word *word = key && key->word ? tm_key_find_word(old, d->text) : NULL;
        if (!key)
            continue;
        tm_text name = tm_text_of(key->name);
        replace(m, d, d->key_place, name, tm_arena_print(m->arena, "is called %s now", key->name));
        if (word)
            tm_migrate_text_edit(&m->text, d->place.at, d->place.n, tm_key_word(key, word->value));
    }
}

static void rename_component(tm_migration *m, tm_section section, const tm_doc *doc)
{
    tm_text rest = doc->key, type = {0};
    tm_text_next(&rest, '/', &type);
    const tm_component *old = tm_component_find(section, type);
    const tm_component *form = old ? new_form(old) : NULL;
    const tm_doc *pipelines =
        tm_doc_find(tm_doc_find(m->root, TM_TEXT("service")), TM_TEXT("pipelines"));
    if (!form)
        return;
    tm_text id = new_id(m, doc->parent, doc->key, form->name);
    replace(m, doc, doc->key_place, id, tm_arena_print(m->arena, "is called %.*s now", TM_PRI(id)));
    for (const tm_doc *p = pipelines ? pipelines->first : NULL; p; p = p->next)
        rename_in(m, tm_doc_find(p, tm_text_of(tm_section_name(section))), doc->key, id);
    rename_keys(m, doc, old->keys, form->keys);
}

/* ---- the page of metrics --------------------------------------------------------------------- */

/* "${env:IP}:8888", "[::1]:8888", ":8888": the port is written out. */
static bool split_address(tm_text address, tm_text *host, unsigned *port)
{
    size_t digits = 0;
    *port = 0;
    while (digits < address.n && tm_ascii_is_digit(address.p[address.n - digits - 1]))
        digits++;
    if (!digits || digits > 5 || digits == address.n || address.p[address.n - digits - 1] != ':')
        return false;
    for (size_t i = address.n - digits; i < address.n; i++)
        *port = *port * 10 + (unsigned)(address.p[i] - '0');
    *host = tm_text_slice(address.p, address.n - digits - 1);
    if (tm_text_starts(*host, TM_TEXT("[")) && tm_text_ends(*host, TM_TEXT("]")))
        *host = tm_text_slice(host->p + 1, host->n - 2);
    return true;
}

/* `address` of service.telemetry.metrics, as newer Collectors want it. */
static void rename_address(tm_migration *m)
{
    const tm_doc *telemetry =
        tm_doc_find(tm_doc_find(m->root, TM_TEXT("service")), TM_TEXT("telemetry"));
    const tm_doc *metrics = tm_doc_find(telemetry, TM_TEXT("metrics"));
    const tm_doc *address = tm_doc_find(metrics, TM_TEXT("address"));
    tm_buf put = {.arena = m->arena};
    tm_text host;
    unsigned port;
    if (!address || tm_doc_find(metrics, TM_TEXT("readers")) ||
        !split_address(address->text, &host, &port))
        return;
    size_t at = tm_migrate_start(m->text.text, address),
           end = tm_migrate_end(m->text.text, address);
    tm_buf_print(&put, "readers: [{pull: {exporter: {prometheus: {host: ");
    if (host.n)
        tm_buf_print(&put, "\"%.*s\"", TM_PRI(host));
    else
        tm_buf_print(&put, "\"0.0.0.0\"");
    tm_buf_print(&put, ", port: %u}}}}]", port);
    tm_place place = {.at = (uint32_t)at, .n = (uint32_t)(end - at)};
    replace(m, address, place, tm_buf_text(&put),
            TM_TEXT("is said by readers now: newer Collectors refuse it"));
}

void tm_migrate_rename(tm_migration *m)
{
    for (tm_section section = 0; section < TM_SECTIONS; section++) {
        const tm_doc *all = tm_doc_find(m->root, tm_text_of(tm_section_name(section)));
        for (const tm_doc *d = all ? all->first : NULL; d; d = d->next)
            rename_component(m, section, d);
    }
    rename_address(m);
}

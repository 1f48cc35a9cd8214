/* Migrate, print: the page about a migration, for people and as JSON.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/json_write.h"
#include "config/keys.h"
#include "tools/migrate_report.h"

static const struct {
    const char *title; /* for people */
    const char *key;   /* in JSON */
} KINDS[TM_MIGRATE_KINDS] = {
    {"Left out", "left_out"},
    {"Changed", "changed"},
    {"Has another effect than in the Collector", "differs"},
    {"Is not on this machine, and has to be where tamis runs", "needed"},
};

/* ---- what runs ------------------------------------------------------------------------------- */

typedef void put_fn(tm_buf *out, tm_text id);

/* The ids of one side of a pipeline: pointers to settings whose id stands at `id_at`. */
typedef struct side {
    const char *name;
    const void *items;
    size_t count, id_at;
} side;

static void sides_of(const tm_pipeline_settings *p, side sides[3])
{
    sides[0] =
        (side){"receivers", p->receivers, p->receiver_count, offsetof(tm_receiver_settings, id)};
    sides[1] = (side){"processors", p->processors, p->processor_count,
                      offsetof(tm_processor_settings, id)};
    sides[2] =
        (side){"exporters", p->exporters, p->exporter_count, offsetof(tm_exporter_settings, id)};
}

static void plain(tm_buf *out, tm_text id)
{
    tm_buf_add(out, id);
}

static void quoted(tm_buf *out, tm_text id)
{
    tm_json_write_string(out, id, TM_JSON_PLAIN);
}

static void put_ids(tm_buf *out, const side *s, put_fn *put)
{
    for (size_t i = 0; i < s->count; i++) {
        const char *item;
        tm_text id;
        memcpy(&item, (const char *)s->items + i * sizeof item, sizeof item);
        memcpy(&id, item + s->id_at, sizeof id);
        tm_buf_print(out, "%s", i ? ", " : "");
        put(out, id);
    }
}

static void put_extensions(tm_buf *out, const tm_settings *settings, put_fn *put)
{
    side s = {"extensions", settings->active, settings->active_count,
              offsetof(tm_extension_settings, id)};
    put_ids(out, &s, put);
}

static void print_runs(const tm_migration *m, tm_buf *out)
{
    const tm_settings *settings = &m->compiled.settings;
    tm_buf_print(out, "%.*s\n\nRuns\n", TM_PRI(m->name));
    for (size_t i = 0; i < settings->pipeline_count; i++) {
        const tm_pipeline_settings *p = &settings->pipelines[i];
        side sides[3];
        sides_of(p, sides);
        tm_buf_print(out, "  %.*s: ", TM_PRI(p->id));
        for (size_t k = 0; k < 3; k++) {
            tm_buf_print(out, "%s", k && sides[k].count ? " -> " : "");
            put_ids(out, &sides[k], plain);
        }
        tm_buf_print(out, "\n");
    }
    if (!settings->active_count)
        return;
    tm_buf_print(out, "  extensions: ");
    put_extensions(out, settings, plain);
    tm_buf_print(out, "\n");
}

/* ---- for people ------------------------------------------------------------------------------ */

/* The last part of a path, which may hold dots if it is an id with a name. */
static tm_text last_part(tm_text path)
{
    for (size_t i = path.n; i; i--)
        if (path.p[i - 1] == '.')
            return tm_text_skip(path, i);
    return path;
}

/* `named`: the reason may name what it is about. */
static void print_note(const tm_migrate_note *n, bool named, tm_buf *out)
{
    tm_buf_print(out, "  ");
    if (n->line)
        tm_buf_print(out, "line %u: ", n->line);
    if (n->path.n && !(named && tm_text_find(n->reason, last_part(n->path)) >= 0))
        tm_buf_print(out, "%.*s: ", TM_PRI(n->path));
    tm_buf_print(out, "%.*s\n", TM_PRI(n->reason));
    if (n->instead.n)
        tm_buf_print(out, "      %.*s\n", TM_PRI(n->instead));
}

void tm_migrate_print(const tm_migration *m, tm_buf *out)
{
    print_runs(m, out);
    for (int kind = 0; kind < TM_MIGRATE_KINDS; kind++) {
        if (m->notes[kind])
            tm_buf_print(out, "\n%s\n", KINDS[kind].title);
        for (const tm_migrate_note *n = m->notes[kind]; n; n = n->next)
            print_note(n, kind == TM_MIGRATE_LEFT_OUT, out);
    }
    tm_buf_print(out, "\n");
    if (m->written && strcmp(m->written, "-"))
        tm_buf_print(out, "Written: %s, which tamis --config=%s runs.\n", m->written, m->written);
    if (m->deployed && strcmp(m->deployed, "-"))
        tm_buf_print(out, "Written: %s, which kubectl apply -f %s runs.\n", m->deployed,
                     m->deployed);
    if (!m->written && !m->deployed)
        tm_buf_print(out, "Nothing was written: -o FILE writes the configuration.\n");
}

/* ---- as JSON --------------------------------------------------------------------------------- */

static void json_text(tm_buf *out, const char *key, tm_text text)
{
    tm_buf_print(out, ", \"%s\": ", key);
    tm_json_write_string(out, text, TM_JSON_PLAIN);
}

static void json_pipeline(const tm_pipeline_settings *p, tm_buf *out)
{
    side sides[3];
    sides_of(p, sides);
    tm_buf_print(out, "{\"id\": ");
    quoted(out, p->id);
    for (size_t k = 0; k < 3; k++) {
        tm_buf_print(out, ", \"%s\": [", sides[k].name);
        put_ids(out, &sides[k], quoted);
        tm_buf_print(out, "]");
    }
    tm_buf_print(out, "}");
}

static void json_note(const tm_migrate_note *n, tm_buf *out)
{
    tm_buf_print(out, "{\"line\": %u", n->line);
    json_text(out, "path", n->path);
    json_text(out, "reason", n->reason);
    json_text(out, "instead", n->instead);
    tm_buf_print(out, "}");
}

void tm_migrate_print_json(const tm_migration *m, tm_buf *out)
{
    const tm_settings *settings = &m->compiled.settings;
    tm_buf_print(out, "{\"file\": ");
    quoted(out, m->name);
    tm_buf_print(out, ",\n \"pipelines\": [");
    for (size_t i = 0; i < settings->pipeline_count; i++) {
        tm_buf_print(out, "%s", i ? ",\n  " : "");
        json_pipeline(&settings->pipelines[i], out);
    }
    tm_buf_print(out, "],\n \"extensions\": [");
    put_extensions(out, settings, quoted);
    tm_buf_print(out, "]");
    for (int kind = 0; kind < TM_MIGRATE_KINDS; kind++) {
        tm_buf_print(out, ",\n \"%s\": [", KINDS[kind].key);
        for (const tm_migrate_note *n = m->notes[kind]; n; n = n->next) {
            tm_buf_print(out, "%s", n == m->notes[kind] ? "" : ",\n  ");
            json_note(n, out);
        }
        tm_buf_print(out, "]");
    }
    tm_buf_print(out, "}\n");
}

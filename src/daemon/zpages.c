/* Zpages: the extension of that name: pages about the running process, for a browser.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/duration.h"
#include "daemon/parts.h"
#include "pipe/page.h"
#include "pipe/pipeline_version.h"
#include "pipe/rules_print.h"

/* Outlives the configuration that it was made from. */
typedef struct zpages {
    tm_daemon *daemon;
    tm_texts extensions; /* that run: none starts or ends later */
} zpages;

typedef struct zpage {
    const char *path, *title;
    const char *about; /* a sentence below the title */
    void (*print)(const zpages *z, tm_buf *out);
} zpage;

/* ---- HTML ------------------------------------------------------------------------------------ */

static void add_text(tm_buf *out, tm_text text)
{
    for (size_t i = 0; i < text.n; i++) {
        switch (text.p[i]) {
        case '<':
            tm_buf_add(out, TM_TEXT("&lt;"));
            break;
        case '>':
            tm_buf_add(out, TM_TEXT("&gt;"));
            break;
        case '&':
            tm_buf_add(out, TM_TEXT("&amp;"));
            break;
        default:
            tm_buf_add_char(out, text.p[i]);
        }
    }
}

static void begin_row(tm_buf *out, const char *name)
{
    tm_buf_print(out, "<tr><th>%s</th><td>", name);
}

static void add_row(tm_buf *out, const char *name, tm_text value)
{
    begin_row(out, name);
    add_text(out, value);
    tm_buf_print(out, "</td></tr>\n");
}

/* ---- the pages ------------------------------------------------------------------------------- */

static void print_service(const zpages *z, tm_buf *out)
{
    const tm_daemon *d = z->daemon;
    const uint64_t up_ns = tm_clock_monotonic_ns(d->clock) - d->start_ms * 1000000;
    tm_buf start = {.arena = out->arena}, uptime = {.arena = out->arena};
    tm_page_time(&start, tm_clock_realtime_ns(d->clock) - up_ns);
    tm_duration_print_whole((int64_t)up_ns, &uptime);
    tm_buf_print(out, "<table>\n");
    add_row(out, "Command", TM_TEXT("tamis"));
    add_row(out, "Version", TM_TEXT(TM_VERSION));
    add_row(out, "StartTimestamp", tm_buf_text(&start));
    add_row(out, "Uptime", tm_buf_text(&uptime));
    tm_buf_print(out, "</table>\n");
}

static void add_ids(tm_buf *out, const char *name, const tm_text *ids, size_t count)
{
    begin_row(out, name);
    for (size_t i = 0; i < count; i++) {
        tm_buf_print(out, "%s", i ? ", " : "");
        add_text(out, ids[i]);
    }
    tm_buf_print(out, "</td></tr>\n");
}

static bool print_pipeline(tm_pipeline *p, const tm_ruleset *rs, bool json, tm_buf *out)
{
    const tm_pipeline_version *v = rs->note;
    tm_text *processors = TM_NEW_ARRAY(out->arena, rs->processors, tm_text);
    tm_text *exporters = TM_NEW_ARRAY(out->arena, v->exporters, tm_text);
    (void)json;
    if (!v->exporters) /* of a configuration before */
        return false;
    for (uint32_t i = 0; i < rs->processors; i++)
        processors[i] = rs->processor[i].id;
    for (uint32_t i = 0; i < v->exporters; i++)
        exporters[i] = tm_exporter_id(v->exporter[i].exporter);
    tm_buf_print(out, "<table>\n");
    add_row(out, "FullName", p->id);
    add_row(out, "InputType", TM_TEXT("traces"));
    add_ids(out, "Receivers", v->receivers.items, v->receivers.count);
    add_ids(out, "Processors", processors, rs->processors);
    add_ids(out, "Exporters", exporters, v->exporters);
    tm_buf_print(out, "</table>\n");
    return true;
}

static void print_pipelines(const zpages *z, tm_buf *out)
{
    tm_daemon_print_pipelines(z->daemon, print_pipeline, false, out);
}

static void print_extensions(const zpages *z, tm_buf *out)
{
    tm_buf_print(out, "<table>\n");
    for (size_t i = 0; i < z->extensions.count; i++)
        add_row(out, "FullName", z->extensions.items[i]);
    tm_buf_print(out, "</table>\n");
}

static void print_nothing(const zpages *z, tm_buf *out)
{
    (void)z, (void)out;
}

static bool print_rules(tm_pipeline *p, const tm_ruleset *rs, bool json, tm_buf *out)
{
    tm_buf text = {.arena = out->arena};
    tm_rules_print(p, rs, json, &text);
    add_text(out, tm_buf_text(&text));
    return true;
}

static void print_all_rules(const zpages *z, tm_buf *out)
{
    tm_buf_print(out, "<pre>\n");
    tm_daemon_print_pipelines(z->daemon, print_rules, false, out);
    tm_buf_print(out, "</pre>\n");
}

static const zpage PAGES[] = {
    {"/debug/servicez", "Service", "", print_service},
    {"/debug/pipelinez", "Pipelines", "", print_pipelines},
    {"/debug/extensionz", "Extensions", "", print_extensions},
    {"/debug/featurez", "Feature gates",
     "tamis has none: --feature-gates is taken and has no effect.", print_nothing},
    {"/debug/rulez", "Rules", "Spans of each exporter, and what each rule did.", print_all_rules},
};

enum { COUNT = sizeof PAGES / sizeof *PAGES };

static void add_links(tm_buf *out)
{
    tm_buf_print(out, "<p>");
    for (size_t i = 0; i < COUNT; i++)
        tm_buf_print(out, "%s<a href=\"%s\">%s</a>", i ? " | " : "", PAGES[i].path, PAGES[i].title);
    tm_buf_print(out, "</p>\n");
}

/* ---- answers --------------------------------------------------------------------------------- */

/* What a service is owned by. */
typedef struct shelf {
    const zpages *z;
    const zpage *page;
} shelf;

typedef struct printing {
    const shelf *shelf;
    tm_buf out;
} printing;

static void print(void *argument)
{
    printing *p = argument;
    const zpage *page = p->shelf->page;
    tm_buf_print(&p->out,
                 "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>tamis: %s"
                 "</title></head>\n<body><h1>%s</h1>\n",
                 page->title, page->title);
    if (page->about[0])
        tm_buf_print(&p->out, "<p>%s</p>\n", page->about);
    page->print(p->shelf->z, &p->out);
    add_links(&p->out);
    tm_buf_print(&p->out, "</body></html>\n");
}

static void serve(void *owner, tm_exchange *x)
{
    tm_arena *arena = tm_arena_new(NULL);
    printing p = {.shelf = owner, .out = {.arena = arena}};
    if (arena && tm_arena_try(arena, print, &p))
        tm_exchange_reply(x, &(tm_reply){.http_status = 200,
                                         .body = tm_buf_text(&p.out),
                                         .content_type = TM_TEXT("text/html; charset=utf-8")});
    else
        tm_daemon_say(x, 503, "out of memory\n");
    tm_arena_free(arena);
}

static void serve_no_traces(void *owner, tm_exchange *x)
{
    (void)owner;
    tm_daemon_say(
        x, 404,
        "tamis makes no traces of its own work: /debug/tracez is not there; "
        "/debug/rulez says what rules do, and `tamis record --from` copies what passes\n");
}

static tm_texts running(tm_daemon *d)
{
    const tm_settings *settings = d->settings;
    tm_texts out = {.items = TM_NEW_ARRAY(d->arena, settings->active_count, tm_text)};
    for (size_t i = 0; i < settings->active_count; i++)
        out.items[out.count++] = tm_arena_copy(d->arena, settings->active[i]->id);
    return out;
}

int tm_daemon_listen_zpages(tm_daemon *d, const tm_extension_settings *extension)
{
    zpages *z = TM_NEW(d->arena, zpages);
    shelf *shelves = TM_NEW_ARRAY(d->arena, COUNT, shelf);
    tm_service *services = TM_NEW_ARRAY(d->arena, COUNT + 1, tm_service);
    *z = (zpages){.daemon = d, .extensions = running(d)};
    for (size_t i = 0; i < COUNT; i++) {
        shelves[i] = (shelf){z, &PAGES[i]};
        services[i] = (tm_service){.kind = TM_SERVICE_PAGE,
                                   .path = tm_text_of(PAGES[i].path),
                                   .serve = serve,
                                   .owner = &shelves[i]};
    }
    services[COUNT] = (tm_service){
        .kind = TM_SERVICE_PAGE, .path = TM_TEXT("/debug/tracez"), .serve = serve_no_traces};
    return tm_daemon_listen_page(d, extension->id, &extension->zpages.http, services, COUNT + 1);
}

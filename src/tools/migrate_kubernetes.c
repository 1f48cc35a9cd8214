/* Migrate, Kubernetes: configurations in resources of the OpenTelemetry operator.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config/quote.h"
#include "config/yaml.h"
#include "tools/migrate_report.h"

#define VERSION "opentelemetry.io/v1beta1"

/* The lines of `spec.config`, a map or (v1alpha1) a text, in a resource. */
typedef struct inner {
    const tm_doc *root, *config;
    size_t from, to; /* whole lines */
    size_t indent;
} inner;

static bool find_inner(tm_arena *arena, const tm_source *source, inner *out)
{
    tm_diags aside = {.arena = arena};
    tm_text text = source->text;
    *out = (inner){.root = tm_yaml_read(arena, &aside, source)};
    const tm_doc *kind = tm_doc_find(out->root, TM_TEXT("kind"));
    const tm_doc *config = tm_doc_find(tm_doc_find(out->root, TM_TEXT("spec")), TM_TEXT("config"));
    if (!kind || !tm_text_is(kind->text, "OpenTelemetryCollector") || !config ||
        tm_migrate_in_brackets(text, config))
        return false;
    size_t at = config->first ? tm_migrate_start(text, config->first) : tm_yaml_text_at(config);
    out->config = config;
    out->from = tm_migrate_line_start(text, at);
    out->to = tm_migrate_line_end(text, tm_migrate_end(text, config) - 1);
    out->indent = tm_migrate_indent(text, at);
    return out->from > config->key_place.at && (config->first || config->quoted);
}

/* Each line without its first `indent` blanks, as far as it has them. */
static tm_text outdented(tm_arena *arena, tm_text text, size_t indent)
{
    tm_buf out = {.arena = arena};
    for (size_t at = 0, end; at < text.n; at = end) {
        size_t blanks = 0;
        end = tm_migrate_line_end(text, at);
        while (blanks < indent && at + blanks < end && text.p[at + blanks] == ' ')
            blanks++;
        tm_buf_add(&out, tm_text_slice(text.p + at + blanks, end - at - blanks));
    }
    return tm_buf_text(&out);
}

static void add_indented(tm_buf *out, tm_text text, size_t indent)
{
    for (size_t at = 0, end; at < text.n; at = end) {
        end = tm_migrate_line_end(text, at);
        tm_buf_print(out, "%*s%.*s", text.p[at] == '\n' ? 0 : (int)indent, "", (int)(end - at),
                     text.p + at);
    }
    if (text.n && text.p[text.n - 1] != '\n')
        tm_buf_print(out, "\n");
}

void tm_migrate_open(tm_migration *m, tm_text text)
{
    tm_source source = {.name = m->name, .text = text};
    inner in;
    unsigned line = 1, column = 1;
    if (find_inner(m->arena, &source, &in)) {
        m->resource = text;
        tm_source_position(&source, in.from, &line, &column);
        text = outdented(m->arena, tm_text_slice(text.p + in.from, in.to - in.from), in.indent);
    }
    tm_migrate_text_init(&m->text, m->arena, text, line);
}

/* Puts `value` where the node is, or a new line with it in front of `before`. */
static void set_value(tm_migrate_text *t, const tm_doc *node, const tm_doc *before, const char *key,
                      tm_text value)
{
    if (node) {
        tm_migrate_text_edit(t, node->place.at, node->place.n, value);
        return;
    }
    size_t at = tm_migrate_line_start(t->text, before->key_place.at);
    tm_text line = tm_arena_print(t->arena, "%*s%s: %.*s\n",
                                  (int)tm_migrate_indent(t->text, before->key_place.at), "", key,
                                  TM_PRI(value));
    tm_migrate_text_edit(t, at, 0, line);
}

/* The resource that was given, with this configuration and image. */
static void change_resource(const tm_migration *m, tm_text image, tm_buf *out)
{
    tm_source source = {.name = m->name, .text = m->resource};
    tm_migrate_text whole;
    tm_buf config = {.arena = m->arena};
    inner in;
    find_inner(m->arena, &source, &in);
    tm_migrate_text_init(&whole, m->arena, m->resource, 1);
    add_indented(&config, m->text.text, in.indent);
    tm_migrate_text_edit(&whole, in.from, in.to - in.from, tm_buf_text(&config));
    set_value(&whole, tm_doc_find(in.config->parent, TM_TEXT("image")), in.config, "image", image);
    set_value(&whole, tm_doc_find(in.root, TM_TEXT("apiVersion")), in.root->first, "apiVersion",
              TM_TEXT(VERSION));
    if (!in.config->first) { /* the later version wants a map */
        size_t at = in.config->key_place.at + in.config->key_place.n;
        tm_migrate_text_edit(&whole, at, in.from - at, TM_TEXT(":\n"));
    }
    tm_migrate_text_apply(&whole);
    tm_buf_add(out, whole.text);
}

void tm_migrate_kubernetes(const tm_migration *m, tm_text image, tm_buf *out)
{
    tm_buf quoted = {.arena = m->arena};
    tm_quote(image, &quoted);
    image = tm_buf_text(&quoted);
    if (m->resource.n) {
        change_resource(m, image, out);
        return;
    }
    tm_buf_print(out,
                 "apiVersion: " VERSION "\nkind: OpenTelemetryCollector\nmetadata:\n  name: otel\n"
                 "spec:\n  image: %.*s\n  config:\n",
                 TM_PRI(image));
    add_indented(out, m->text.text, 4);
}

/* Print: settings as the YAML that would give them, by the rows that read them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/duration.h"
#include "config/keys.h"
#include "config/quote.h"

#include "base/number.h"

#define REDACTED TM_TEXT("[REDACTED]")

typedef struct printing {
    tm_buf *out;
    bool secrets;
    bool dash; /* the next key begins an item of a list */
} printing;

typedef struct array {
    const char *items;
    size_t count;
} array;

static void print_keys(printing *p, const tm_keys *keys, const char *settings, int indent);

/* ---- lines --------------------------------------------------------------------------------- */

/* "    key:", or "  - key:" for the first of an item. */
static void begin(printing *p, int indent, const char *key)
{
    tm_buf_print(p->out, "%*s%s%s:", p->dash ? indent - 2 : indent, "", p->dash ? "- " : "", key);
    p->dash = false;
}

static void line(printing *p, int indent, const char *key, tm_text value)
{
    begin(p, indent, key);
    tm_buf_print(p->out, " ");
    tm_buf_add(p->out, value);
    tm_buf_print(p->out, "\n");
}

static void text_line(printing *p, int indent, const char *key, tm_text value)
{
    begin(p, indent, key);
    tm_buf_print(p->out, " ");
    tm_quote(value, p->out);
    tm_buf_print(p->out, "\n");
}

static array array_at(const void *member)
{
    array a;
    memcpy(&a, member, sizeof a);
    return a;
}

/* ---- kinds --------------------------------------------------------------------------------- */

static void print_bool(printing *p, const tm_key *key, const void *member, int indent)
{
    line(p, indent, key->name, *(const bool *)member ? TM_TEXT("true") : TM_TEXT("false"));
}

static void print_int(printing *p, const tm_key *key, const void *member, int indent)
{
    line(p, indent, key->name,
         tm_arena_print(p->out->arena, "%lld", (long long)*(const int64_t *)member));
}

static void print_double(printing *p, const tm_key *key, const void *member, int indent)
{
    char digits[TM_NUMBER_ROOM];
    size_t n = tm_number_print(digits, *(const double *)member, TM_EXPONENT_PADDED);
    line(p, indent, key->name, tm_text_slice(digits, n));
}

static void print_duration(printing *p, const tm_key *key, const void *member, int indent)
{
    tm_buf text = {.arena = p->out->arena};
    tm_duration_print(*(const int64_t *)member, &text);
    line(p, indent, key->name, tm_buf_text(&text));
}

static void print_word(printing *p, const tm_key *key, const void *member, int indent)
{
    tm_text word = tm_key_word(key, *(const int *)member);
    if (word.n)
        text_line(p, indent, key->name, word);
}

static void print_endpoint(printing *p, const tm_key *key, const void *member, int indent)
{
    const tm_endpoint *endpoint = member;
    if (endpoint->text.n)
        text_line(p, indent, key->name, endpoint->text);
}

/* Texts and rules; the latter begin with their source's. */
static void print_texts(printing *p, const tm_key *key, const void *member, int indent)
{
    array list = array_at(member);
    if (!list.count && key->kind == TM_KEY_TEXTS && list.items)
        line(p, indent, key->name, TM_TEXT("[]")); /* which may mean another thing than no list */
    if (!list.count)
        return;
    begin(p, indent, key->name);
    tm_buf_print(p->out, "\n");
    for (size_t i = 0; i < list.count; i++) {
        tm_buf_print(p->out, "%*s- ", indent, "");
        if (key->kind == TM_KEY_SECRETS && !p->secrets)
            tm_quote(REDACTED, p->out);
        else if (key->kind == TM_KEY_TEXTS || key->kind == TM_KEY_SECRETS)
            tm_quote(((const tm_text *)(const void *)list.items)[i], p->out);
        else
            tm_quote(((const tm_rule_text *)(const void *)list.items)[i].source.text, p->out);
        tm_buf_print(p->out, "\n");
    }
}

static void print_headers(printing *p, const tm_key *key, const void *member, int indent)
{
    const tm_headers *headers = member;
    if (!headers->count)
        return;
    begin(p, indent, key->name);
    tm_buf_print(p->out, "\n");
    for (size_t i = 0; i < headers->count; i++) {
        tm_buf_print(p->out, "%*s", indent + 2, "");
        tm_quote(headers->items[i].key, p->out);
        tm_buf_print(p->out, ": ");
        tm_quote(p->secrets ? headers->items[i].value : REDACTED, p->out);
        tm_buf_print(p->out, "\n");
    }
}

/* A map of which no key shows does not show either, unless that it is there means something. */
static void print_map(printing *p, const tm_key *key, const void *member, int indent)
{
    size_t before = p->out->n;
    bool dash = p->dash;
    begin(p, indent, key->name);
    size_t after = p->out->n;
    tm_buf_print(p->out, "\n");
    print_keys(p, key->nested, member, indent + 2);
    if (p->out->n > after + 1)
        return;
    p->out->n = key->kind == TM_KEY_MAP ? before : after;
    if (key->kind != TM_KEY_MAP)
        tm_buf_print(p->out, " {}\n");
    else
        p->dash = dash;
}

static void print_maps(printing *p, const tm_key *key, const void *member, int indent)
{
    array list = array_at(member);
    if (!list.count)
        return;
    begin(p, indent, key->name);
    tm_buf_print(p->out, "\n");
    for (size_t i = 0; i < list.count; i++) {
        p->dash = true;
        print_keys(p, key->nested, list.items + i * key->nested->size_bytes, indent + 2);
    }
}

/* A key with an empty text does not show, unless the file or a default says so. */
static void print_text(printing *p, const tm_key *key, const void *member, int indent)
{
    const tm_source *rule =
        key->kind == TM_KEY_RULE ? &((const tm_rule_text *)member)->source : NULL;
    tm_text text = rule ? rule->text : *(const tm_text *)member;
    bool hidden = key->kind == TM_KEY_SECRET && !p->secrets;
    if ((rule && rule->name.n) || text.n || (key->kind == TM_KEY_TEXT && key->fallback))
        text_line(p, indent, key->name, hidden ? REDACTED : text);
}

static void print_extension(printing *p, const tm_key *key, const void *member, int indent)
{
    print_text(p, key, &((const tm_auth_settings *)member)->authenticator, indent);
}

static void print_value(printing *p, const tm_key *key, const void *member, int indent)
{
    const tm_doc *value = *(const tm_doc *const *)member;
    tm_buf flow = {.arena = p->out->arena};
    if (!value)
        return;
    tm_quote_flow(value, &flow);
    line(p, indent, key->name, tm_buf_text(&flow));
}

static void print_option(printing *p, const tm_key *key, const void *member, int indent)
{
    const void *pointer;
    memcpy(&pointer, member, sizeof pointer);
    if (pointer)
        print_map(p, key, pointer, indent);
}

static void print_nothing(printing *p, const tm_key *key, const void *member, int indent)
{
    (void)p, (void)key, (void)member, (void)indent;
}

static void (*const PRINTERS[])(printing *p, const tm_key *key, const void *member, int indent) = {
#define KIND(ID, MANUAL, READER, PRINTER, COPIER) [TM_KEY_##ID] = print_##PRINTER,
#include "config/keys/kinds.def"
#undef KIND
};

static void print_keys(printing *p, const tm_keys *keys, const char *settings, int indent)
{
    for (size_t i = 0; i < keys->count; i++) {
        const tm_key *key = &keys->rows[i];
        if (key->state == TM_BUILT)
            PRINTERS[key->kind](p, key, settings + key->at, indent);
    }
}

void tm_settings_print_keys(const tm_keys *keys, const void *settings, tm_buf *out)
{
    printing p = {.out = out, .secrets = true};
    print_keys(&p, keys, settings, 0);
}

/* ---- sections ------------------------------------------------------------------------------ */

/* One component; `settings` is its union. */
static void print_component(printing *p, tm_section section, tm_text id, const void *settings)
{
    tm_text rest = id, type;
    tm_text_next(&rest, '/', &type);
    const tm_component *component = tm_component_find(section, type);
    const tm_keys *keys = component ? component->keys : NULL;
    tm_buf_print(p->out, "  %.*s:", TM_PRI(id));
    if (!keys || !keys->count) {
        tm_buf_print(p->out, " {}\n");
        return;
    }
    size_t before = p->out->n;
    tm_buf_print(p->out, "\n");
    print_keys(p, keys, settings, 4);
    if (p->out->n == before + 1) {
        p->out->n = before;
        tm_buf_print(p->out, " {}\n");
    }
}

static void print_components(printing *p, const tm_settings *s)
{
    tm_buf_print(p->out, "receivers:\n");
    for (size_t i = 0; i < s->receiver_count; i++)
        print_component(p, TM_SECTION_RECEIVERS, s->receivers[i].id, &s->receivers[i].otlp);
    if (s->processor_count)
        tm_buf_print(p->out, "processors:\n");
    for (size_t i = 0; i < s->processor_count; i++)
        print_component(p, TM_SECTION_PROCESSORS, s->processors[i].id, &s->processors[i].filter);
    tm_buf_print(p->out, "exporters:\n");
    for (size_t i = 0; i < s->exporter_count; i++)
        print_component(p, TM_SECTION_EXPORTERS, s->exporters[i].id, &s->exporters[i].otlp);
    if (s->extension_count)
        tm_buf_print(p->out, "extensions:\n");
    for (size_t i = 0; i < s->extension_count; i++)
        print_component(p, TM_SECTION_EXTENSIONS, s->extensions[i].id, &s->extensions[i].health);
}

#define PRINT_IDS(P, INDENT, KEY, ARRAY, COUNT)                                                    \
    do {                                                                                           \
        begin(P, INDENT, KEY);                                                                     \
        tm_buf_print((P)->out, " [");                                                              \
        for (size_t id_ = 0; id_ < (COUNT); id_++)                                                 \
            tm_buf_print((P)->out, "%s%.*s", id_ ? ", " : "", TM_PRI((ARRAY)[id_]->id));           \
        tm_buf_print((P)->out, "]\n");                                                             \
    } while (0)

void tm_settings_print(const tm_settings *settings, bool secrets, tm_buf *out)
{
    printing p = {.out = out, .secrets = secrets};
    print_components(&p, settings);
    tm_buf_print(out, "service:\n");
    if (settings->active_count)
        PRINT_IDS(&p, 2, "extensions", settings->active, settings->active_count);
    tm_buf_print(out, "  pipelines:\n");
    for (size_t i = 0; i < settings->pipeline_count; i++) {
        const tm_pipeline_settings *pipeline = &settings->pipelines[i];
        tm_buf_print(out, "    %.*s:\n", TM_PRI(pipeline->id));
        PRINT_IDS(&p, 6, "receivers", pipeline->receivers, pipeline->receiver_count);
        if (pipeline->processor_count)
            PRINT_IDS(&p, 6, "processors", pipeline->processors, pipeline->processor_count);
        PRINT_IDS(&p, 6, "exporters", pipeline->exporters, pipeline->exporter_count);
    }
    print_keys(&p, &tm_keys_service, (const char *)&settings->service, 2);
}

#undef PRINT_IDS

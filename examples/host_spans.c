/* Host spans: rules over spans that a program has as structs of its own, without protobuf.
 * SPDX-License-Identifier: Apache-2.0
 *
 *     host_spans RULES.ottl [SPAN]
 *
 * Fills a table with what the rules ask for, lets it be judged in one call, applies what comes
 * back, and prints the spans that stay; of SPAN, a number from 0, why it fared so. Built against
 * the installed library by
 *
 *     cc -o host_spans examples/host_spans.c $(pkg-config --cflags --libs tamis)
 *
 * A program of C++ may do the same: this is both. */
#include <tamis/tamis.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ATTRIBUTES_MOST = 8, TEXT_BYTES = 64, RULES_BYTES = 1 << 20 };

/* ---- what the program has ------------------------------------------------------------------ */

typedef struct attribute {
    char key[TEXT_BYTES];
    tamis_type type; /* TAMIS_INT, TAMIS_BOOL: number; TAMIS_STRING: text; TAMIS_NIL: removed */
    int64_t number;
    char text[TEXT_BYTES];
} attribute;

typedef struct object {
    char name[TEXT_BYTES];
    int64_t kind, start_ns, end_ns, status_code; /* of spans */
    attribute attributes[ATTRIBUTES_MOST];
    unsigned count;
} object;

static void name_object(object *o, const char *name, int64_t kind, int64_t ms)
{
    snprintf(o->name, sizeof o->name, "%s", name);
    o->kind = kind;
    o->start_ns = 1700000000000000000;
    o->end_ns = o->start_ns + ms * 1000000;
}

static attribute *find_attribute(object *o, const char *key, size_t size)
{
    for (unsigned i = 0; i < o->count; i++)
        if (strlen(o->attributes[i].key) == size && memcmp(o->attributes[i].key, key, size) == 0)
            return &o->attributes[i];
    if (o->count == ATTRIBUTES_MOST || size >= TEXT_BYTES)
        return NULL;
    attribute *a = &o->attributes[o->count++];
    memset(a, 0, sizeof *a);
    memcpy(a->key, key, size);
    return a;
}

static void set_text(object *o, const char *key, const char *text)
{
    attribute *a = find_attribute(o, key, strlen(key));
    a->type = TAMIS_STRING;
    snprintf(a->text, sizeof a->text, "%s", text);
}

static void set_number(object *o, const char *key, int64_t number)
{
    attribute *a = find_attribute(o, key, strlen(key));
    a->type = TAMIS_INT;
    a->number = number;
}

/* ---- into cells ---------------------------------------------------------------------------- */

static tamis_cell text_cell(const char *text)
{
    tamis_cell cell = {TAMIS_STRING};
    cell.n = (uint32_t)strlen(text);
    cell.as.text = text;
    return cell;
}

static tamis_cell number_cell(tamis_type type, int64_t number)
{
    tamis_cell cell = {(uint32_t)type};
    cell.as.integer = number;
    return cell;
}

static tamis_cell attribute_cell(const attribute *a)
{
    return a->type == TAMIS_STRING ? text_cell(a->text) : number_cell(a->type, a->number);
}

/* All attributes, as members behind those that there are. */
static tamis_cell map_cell(const object *o, tamis_member *member, size_t *members)
{
    tamis_cell cell = {TAMIS_MAP};
    cell.as.at = *members;
    for (unsigned i = 0; i < o->count; i++) {
        if (o->attributes[i].type == TAMIS_NIL)
            continue;
        member[*members].key = text_cell(o->attributes[i].key);
        member[(*members)++].value = attribute_cell(&o->attributes[i]);
        cell.n++;
    }
    return cell;
}

/* Fields by their numbers in Span and Resource of opentelemetry-proto; what this program does not
 * have is NIL. */
static tamis_cell cell_of(object *o, const tamis_need *need, tamis_member *member, size_t *members)
{
    const bool is_span = need->context == TAMIS_SPAN;
    if (need->field == (is_span ? 9u : 1u))
        return map_cell(o, member, members);
    if (!need->field) {
        const unsigned before = o->count;
        const attribute *a = find_attribute(o, need->key.bytes, need->key.size_bytes);
        const tamis_cell cell =
            a && o->count == before ? attribute_cell(a) : number_cell(TAMIS_NIL, 0);
        o->count = before;
        return cell;
    }
    if (is_span && need->field == 5)
        return text_cell(o->name);
    const int64_t number = need->field == 6                         ? o->kind
                           : need->field == 7                       ? o->start_ns
                           : need->field == 8                       ? o->end_ns
                           : need->field == TAMIS_FIELD_STATUS_CODE ? o->status_code
                                                                    : 0;
    return is_span && number ? number_cell(TAMIS_INT, number) : number_cell(TAMIS_NIL, 0);
}

/* The rows of a level: as many cells a row as there are needs of that context. */
static tamis_cell *cells_of(const tamis_ruleset *rules, tamis_context context, object *objects,
                            size_t n, size_t columns, tamis_member *member, size_t *members)
{
    tamis_cell *cells = (tamis_cell *)calloc(n * columns + 1, sizeof *cells);
    tamis_need need = {sizeof need};
    size_t column = 0;
    for (size_t i = 0; tamis_ruleset_need(rules, i, &need) == TAMIS_OK; i++) {
        if (need.context != context)
            continue;
        for (size_t row = 0; row < n; row++)
            cells[row * columns + column] = cell_of(&objects[row], &need, member, members);
        column++;
    }
    return cells;
}

/* ---- and back ------------------------------------------------------------------------------ */

static void apply_attribute(object *o, tamis_slice key, const tamis_cell *value)
{
    attribute *a = find_attribute(o, key.bytes, key.size_bytes);
    if (!a)
        return;
    a->type = (tamis_type)value->type;
    a->number = value->as.integer;
    if (value->type == TAMIS_STRING)
        snprintf(a->text, sizeof a->text, "%.*s", (int)value->n, value->as.text);
}

static void apply(object *o, const tamis_need *need, const tamis_cell *value,
                  const tamis_member *member)
{
    if (!need->field) {
        apply_attribute(o, need->key, value);
    } else if (value->type == TAMIS_MAP) {
        o->count = 0;
        for (uint32_t i = 0; i < value->n; i++) {
            const tamis_member *m = &member[value->as.at + i];
            const tamis_slice key = {m->key.as.text, m->key.n};
            apply_attribute(o, key, &m->value);
        }
    } else if (need->field == 5) {
        snprintf(o->name, sizeof o->name, "%.*s", (int)value->n, value->as.text);
    } else if (need->field == TAMIS_FIELD_STATUS_CODE) {
        o->status_code = value->as.integer;
    }
}

/* The need that is the column of a context. */
static tamis_need need_of(const tamis_ruleset *rules, uint32_t context, uint32_t column)
{
    tamis_need need = {sizeof need};
    for (size_t i = 0; tamis_ruleset_need(rules, i, &need) == TAMIS_OK; i++)
        if ((uint32_t)need.context == context && column-- == 0)
            break;
    return need;
}

static void print_object(const object *o, const char *fate)
{
    printf("%s (%s)", o->name, fate);
    for (unsigned i = 0; i < o->count; i++) {
        const attribute *a = &o->attributes[i];
        if (a->type == TAMIS_STRING)
            printf(" %s=%s", a->key, a->text);
        else if (a->type != TAMIS_NIL)
            printf(" %s=%lld", a->key, (long long)a->number);
    }
    putchar('\n');
}

/* ---- one call ------------------------------------------------------------------------------ */

enum { SPANS = 5 };

static void print_text(void *owner, const char *text, size_t size_bytes)
{
    fwrite(text, 1, size_bytes, (FILE *)owner);
}

/* `explained`, of the same rules, tells why the span fares so; NULL: nobody asks. */
static int judge(tamis_vm *vm, tamis_ruleset *rules, tamis_ruleset *explained, size_t span,
                 object *resource, object *spans)
{
    static const uint32_t zeros[SPANS] = {0};
    tamis_member member[(SPANS + 1) * ATTRIBUTES_MOST];
    tamis_columns columns = {sizeof columns};
    tamis_table table = {sizeof table};
    tamis_table_result result = {sizeof result};
    if (tamis_ruleset_columns(rules, &columns) != TAMIS_OK) {
        fputs("the rules ask for events or links, which this program has not\n", stderr);
        return 1;
    }
    tamis_cell *resource_cells =
        cells_of(rules, TAMIS_RESOURCE, resource, 1, columns.resource, member, &table.members);
    tamis_cell *scope_cells = (tamis_cell *)calloc(columns.scope + 1, sizeof *scope_cells);
    tamis_cell *span_cells =
        cells_of(rules, TAMIS_SPAN, spans, SPANS, columns.span, member, &table.members);
    table.resource = resource_cells;
    table.scope = scope_cells;
    table.span = span_cells;
    table.resources = table.scopes = 1;
    table.spans = SPANS;
    table.resource_of_scope = table.scope_of_span = zeros;
    table.member = member;
    table.ruleset = rules; /* of which the columns are: one with other needs would be refused */
    if (explained && tamis_explain_table(vm, explained, &table, span, 0, print_text, stdout))
        fprintf(stderr, "there is no span %zu\n", span);
    const tamis_status status = tamis_filter_table(vm, rules, &table, &result);
    for (size_t i = 0; i < result.changes; i++) {
        const tamis_change *c = &result.change[i];
        const tamis_need need = need_of(rules, c->context, c->column);
        if (c->context != TAMIS_SCOPE)
            apply(c->context == TAMIS_SPAN ? &spans[c->row] : resource, &need, &c->value,
                  result.member);
    }
    for (unsigned i = 0; status == TAMIS_OK && i < SPANS; i++)
        if (result.row[i].fate <= TAMIS_EDITED)
            print_object(&spans[i], result.row[i].fate == TAMIS_EDITED ? "edited" : "as it was");
    if (status != TAMIS_OK)
        fprintf(stderr, "%s\n", result.reason ? result.reason : tamis_status_text(status));
    free(resource_cells);
    free(scope_cells);
    free(span_cells);
    return status != TAMIS_OK;
}

static tamis_ruleset *compile(tamis_engine *engine, const char *path, bool explained)
{
    char *text = (char *)malloc(RULES_BYTES);
    FILE *file = text ? fopen(path, "rb") : NULL;
    const tamis_source source = {path, text, file ? fread(text, 1, RULES_BYTES, file) : 0};
    tamis_compile_options options = {sizeof options};
    options.source = &source;
    options.sources = 1;
    options.explained = explained;
    tamis_ruleset *rules = NULL;
    tamis_messages *messages = NULL;
    if (file)
        tamis_compile(engine, &options, &rules, &messages);
    tamis_message message = {sizeof message};
    for (size_t i = 0; tamis_message_at(messages, i, &message) == TAMIS_OK; i++)
        fputs(message.drawn, stderr);
    tamis_messages_free(messages);
    if (file)
        fclose(file);
    free(text);
    return rules;
}

int main(int argc, char **argv)
{
    static object resource, spans[SPANS];
    set_text(&resource, "service.name", "shop");
    name_object(&spans[0], "GET /entries", 2, 120);
    set_number(&spans[0], "http.response.status_code", 200);
    name_object(&spans[1], "GET /healthz", 2, 1);
    set_text(&spans[1], "user_agent", "kube-probe/1.29");
    name_object(&spans[2], "SELECT 1", 3, 2);
    set_text(&spans[2], "db.statement", "SELECT 1");
    name_object(&spans[3], "POST /login", 2, 900);
    set_text(&spans[3], "url.full", "https://shop/login?token=abc");
    set_text(&spans[3], "password", "secret");
    name_object(&spans[4], "checkout", 1, 40);
    spans[4].status_code = 2;
    tamis_engine *engine = NULL;
    tamis_vm *vm = NULL;
    int code = 2;
    if ((argc == 2 || argc == 3) && tamis_engine_new(NULL, &engine) == TAMIS_OK &&
        tamis_vm_new(engine, NULL, &vm) == TAMIS_OK) {
        tamis_ruleset *rules = compile(engine, argv[1], false);
        tamis_ruleset *explained = rules && argc == 3 ? compile(engine, argv[1], true) : NULL;
        const size_t span = explained ? strtoul(argv[2], NULL, 10) : 0;
        code = rules ? judge(vm, rules, explained, span, &resource, spans) : 3;
        tamis_ruleset_unref(explained);
        tamis_ruleset_unref(rules);
    }
    tamis_vm_free(vm);
    tamis_engine_unref(engine);
    return code;
}

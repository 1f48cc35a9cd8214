/* Embed: filters one ExportTraceServiceRequest from stdin to stdout by a rule file.
 * SPDX-License-Identifier: Apache-2.0
 *
 *     embed RULES.ottl <examples/spans.pb >kept.pb
 *
 * Built, after make, from the top of the source tree by
 *
 *     cc -Iinclude -o build/embed examples/embed.c build/release/libtamis.a \
 *         $(pkg-config --libs libpcre2-8 libprotobuf-c libcrypto \
 *             icu-uc icu-i18n libutf8proc libxxhash) -lm -pthread
 *
 * (no line here may be longer than 100 columns, or tools/layout breaks it; tools/test runs it). */
#include <tamis/tamis.h>

#include <stdio.h>
#include <stdlib.h>

enum { ROOM = 64 << 20 };

static size_t read_all(const char *path, char *to)
{
    FILE *file = path ? fopen(path, "rb") : stdin;
    return file ? fread(to, 1, ROOM, file) : 0;
}

int main(int argc, char **argv)
{
    char *rules = malloc(ROOM), *spans = malloc(ROOM);
    tamis_engine *engine = NULL;
    tamis_ruleset *ruleset = NULL;
    tamis_messages *messages = NULL;
    tamis_vm *vm = NULL;
    if (argc != 2 || !rules || !spans || tamis_engine_new(NULL, &engine) != TAMIS_OK)
        return 2;
    const tamis_source source = {argv[1], rules, read_all(argv[1], rules)};
    const tamis_compile_options options = {.size = sizeof options, .source = &source, .sources = 1};
    const tamis_status compiled = tamis_compile(engine, &options, &ruleset, &messages);
    tamis_message message = {.size = sizeof message};
    for (size_t i = 0; tamis_message_at(messages, i, &message) == TAMIS_OK; i++)
        fputs(message.drawn, stderr);
    if (compiled != TAMIS_OK || tamis_vm_new(engine, NULL, &vm) != TAMIS_OK)
        return 3;
    const tamis_request request = {
        .size = sizeof request, .bytes = spans, .size_bytes = read_all(NULL, spans)};
    tamis_result result = {.size = sizeof result};
    const tamis_status status = tamis_filter(vm, ruleset, &request, &result);
    for (size_t i = 0; i < result.slices; i++)
        fwrite(result.slice[i].bytes, 1, result.slice[i].size_bytes, stdout);
    fprintf(stderr, "%s: %u of %u spans stay\n", result.reason ? result.reason : "filtered",
            (unsigned)result.spans_out, (unsigned)result.spans_in);
    tamis_vm_free(vm);
    tamis_messages_free(messages);
    tamis_ruleset_unref(ruleset);
    tamis_engine_unref(engine);
    free(rules);
    free(spans);
    return status != TAMIS_OK;
}

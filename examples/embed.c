/* Embed: filters one ExportTraceServiceRequest from stdin to stdout by a rule file.
 * SPDX-License-Identifier: Apache-2.0
 *
 *     embed RULES.ottl <examples/spans.pb >kept.pb
 *
 * Built, after make, from the top of the source tree by
 *
 *     cc -Iinclude -o build/embed examples/embed.c build/release/libtamis.a \
 *         $(pkg-config --libs libpcre2-8 libcrypto icu-uc icu-i18n libutf8proc) -lm -pthread
 *
 * (no line here may be longer than 100 columns, or tools/layout breaks it; tools/test runs it). */
#include <tamis/tamis.h>

#include <stdio.h>
#include <stdlib.h>

enum { ROOM = 64 << 20 };

static size_t read_all(const char *path, char *to)
{
    FILE *file = path ? fopen(path, "rb") : stdin;
    size_t size = file ? fread(to, 1, ROOM, file) : 0;
    if (file && path)
        fclose(file);
    return size;
}

/* Prints what is wrong with the rules; NULL when they do not compile. */
static tamis_ruleset *compile(tamis_engine *engine, const tamis_source *source)
{
    const tamis_compile_options options = {.size = sizeof options, .source = source, .sources = 1};
    tamis_ruleset *ruleset;
    tamis_messages *messages;
    tamis_compile(engine, &options, &ruleset, &messages);
    tamis_message message = {.size = sizeof message};
    for (size_t i = 0; tamis_message_at(messages, i, &message) == TAMIS_OK; i++)
        fputs(message.drawn, stderr);
    tamis_messages_free(messages);
    return ruleset;
}

/* Writes what leaves; the exit code. */
static int filter(tamis_vm *vm, tamis_ruleset *ruleset, const char *bytes, size_t size_bytes)
{
    const tamis_request request = {
        .size = sizeof request, .bytes = bytes, .size_bytes = size_bytes};
    tamis_result result = {.size = sizeof result};
    const tamis_status status = tamis_filter(vm, ruleset, &request, &result);
    for (size_t i = 0; i < result.slices; i++)
        fwrite(result.slice[i].bytes, 1, result.slice[i].size_bytes, stdout);
    fprintf(stderr, "%s: %u of %u spans stay\n", result.reason ? result.reason : "filtered",
            (unsigned)result.spans_out, (unsigned)result.spans_in);
    return status != TAMIS_OK;
}

int main(int argc, char **argv)
{
    char *bytes = malloc(ROOM);
    tamis_engine *engine = NULL;
    tamis_vm *vm = NULL;
    int code = 2;
    if (argc == 2 && bytes && tamis_engine_new(NULL, &engine) == TAMIS_OK &&
        tamis_vm_new(engine, NULL, &vm) == TAMIS_OK) {
        const tamis_source source = {argv[1], bytes, read_all(argv[1], bytes)};
        tamis_ruleset *ruleset = compile(engine, &source);
        code = ruleset ? filter(vm, ruleset, bytes, read_all(NULL, bytes)) : 3;
        tamis_ruleset_unref(ruleset);
    }
    tamis_vm_free(vm);
    tamis_engine_unref(engine);
    free(bytes);
    return code;
}

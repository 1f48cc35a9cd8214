/* Embed: judging requests inside another program. Reads requests, says what became of each.
 * SPDX-License-Identifier: Apache-2.0
 *
 *     embed FILE.pb...       each an ExportTraceServiceRequest, such as examples/spans.pb
 *
 * Built, after make, from the top of the source tree by
 *
 *     cc -Iinclude -o build/embed examples/embed.c build/release/libtamis.a \
 *         $(pkg-config --libs libpcre2-8 libprotobuf-c libcrypto \
 *             icu-uc icu-i18n libutf8proc libxxhash) -lm -pthread
 *
 * (no line here may be longer than 100 columns, or tools/layout breaks it; tools/test runs it). */
#include <tamis/tamis.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const noise[] = {
    "IsMatch(attributes[\"upstream_cluster\"], \"grafana/.*\")",
    "attributes[\"http.route\"] == \"/livez\"",
    "name == \"OperationHandler.handle\"",
};
static const char *const edits[] = {
    "set(attributes[\"cluster\"], \"tap-sandbox\")",
};
static const tamis_step steps[] = {
    {"noise", TAMIS_DROP, TAMIS_SPAN, TAMIS_IGNORE, noise, sizeof noise / sizeof *noise},
    {"cluster", TAMIS_EDIT, TAMIS_SPAN, TAMIS_IGNORE, edits, sizeof edits / sizeof *edits},
};

static void tell(void *owner, const char *rule, const char *message)
{
    (void)owner;
    fprintf(stderr, "%s: %s\n", rule, message);
}

static void *read_file(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END) != 0) {
        perror(path);
        exit(2);
    }
    *size = (size_t)ftell(file);
    char *bytes = malloc(*size + 1);
    rewind(file);
    if (!bytes || fread(bytes, 1, *size, file) != *size) {
        perror(path);
        exit(2);
    }
    fclose(file);
    return bytes;
}

static int judge_file(tamis_judge *judge, tamis_rules *rules, const char *path)
{
    size_t size;
    void *request = read_file(path, &size);
    tamis_verdict verdict;
    tamis_status status = tamis_judge_request(judge, rules, request, size, &verdict);
    if (status == TAMIS_JUDGED) {
        printf("%s: %" PRIu32 " of %" PRIu32 " spans stay, %zu of %zu bytes\n", path,
               verdict.spans_out, verdict.spans_in, verdict.size_bytes, size);
        void *left = malloc(verdict.size_bytes + 1); /* what a program would send on */
        if (left)
            tamis_judge_copy(judge, left);
        free(left);
    } else
        printf("%s: refused: %s\n", path, verdict.reason);
    for (size_t i = 0; i < tamis_rules_count(rules); i++) {
        tamis_counts counts = tamis_judge_counts(judge, i);
        printf("  %-12s matched %" PRIu64 ", dropped %" PRIu64 "\n", tamis_rules_name(rules, i),
               counts.matched, counts.dropped_spans);
    }
    free(request);
    return status != TAMIS_JUDGED;
}

int main(int argc, char **argv)
{
    char *messages;
    tamis_rules *rules = tamis_rules_compile(NULL, steps, sizeof steps / sizeof *steps, &messages);
    if (messages)
        fputs(messages, stderr);
    tamis_messages_free(NULL, messages);
    tamis_judge_options options = {.failed = tell};
    tamis_judge *judge = tamis_judge_new(&options);
    if (!rules || !judge)
        return 3;
    int code = 0;
    for (int i = 1; i < argc; i++)
        code |= judge_file(judge, rules, argv[i]);
    tamis_judge_free(judge);
    tamis_rules_unref(rules);
    return code;
}

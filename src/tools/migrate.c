/* migrate: a Collector's configuration to one that tamis runs, and what became of it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "tools/arguments.h"
#include "tools/complain.h"
#include "tools/migrate_report.h"
#include "tools/replace_file.h"

#include "base/write.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define IMAGE "tamis:" TM_VERSION

/* By the kind of what is absent: how the text refers to it, and what is told of it. */
static const struct {
    const char *before, *behind, *told;
    const char *instead;
} ABSENT[] = {
    [TM_MIGRATE_VARIABLE] = {"", "}", "the environment variable ", ""},
    [TM_MIGRATE_FILE] = {"${file:", "}", "the file ", ""},
    [TM_MIGRATE_RULES] = {"", "", "the rule files ", "they were not looked at: tamis check FILE"},
};

/* What the text still asks for. */
static void note_needed(tm_migration *m)
{
    for (const tm_migrate_standin *s = m->standins; s; s = s->next) {
        const tm_text reference = tm_arena_print(m->arena, "%s%.*s%s", ABSENT[s->kind].before,
                                                 TM_PRI(s->name), ABSENT[s->kind].behind);
        ptrdiff_t at = tm_text_find(m->text.text, reference);
        if (at >= 0 || s->kind == TM_MIGRATE_RULES) /* its path may have a variable in it */
            tm_migrate_note_add(
                m, TM_MIGRATE_NEEDED, at < 0 ? SIZE_MAX : (size_t)at, TM_TEXT(""),
                tm_arena_print(m->arena, "%s%.*s", ABSENT[s->kind].told, TM_PRI(s->name)),
                tm_text_of(ABSENT[s->kind].instead));
    }
}

/* A file is replaced whole; to a device or pipe the text is written. "-" is stdout. */
static bool write_text(tm_arena *arena, const char *path, tm_text text)
{
    struct stat is;
    if (!strcmp(path, "-"))
        return fwrite(text.p, 1, text.n, stdout) == text.n;
    int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (file < 0 || fstat(file, &is))
        return tm_complain("cannot write %s: %s", path, strerror(errno));
    bool whole = S_ISREG(is.st_mode);
    bool written = whole || tm_write_all(file, text) == text.n;
    int why = errno;
    close(file);
    if (whole)
        return tm_replace_file(arena, tm_text_of(path), text);
    return written || tm_complain("cannot write %s: %s", path, strerror(why));
}

static const char *path_of(const tm_arguments *a, const char *option)
{
    tm_text path = tm_arguments_text(a, option, "");
    return path.n ? tm_arena_copy(a->arena, path).p : NULL;
}

static bool write_all(tm_migration *m, const tm_arguments *a)
{
    tm_buf resource = {.arena = a->arena};
    m->written = path_of(a, "output");
    m->deployed = path_of(a, "kubernetes");
    tm_migrate_kubernetes(m, tm_arguments_text(a, "image", IMAGE), &resource);
    return (!m->written || write_text(a->arena, m->written, m->text.text)) &&
           (!m->deployed || write_text(a->arena, m->deployed, tm_buf_text(&resource)));
}

static bool is_stdout(const char *path)
{
    return path && !strcmp(path, "-");
}

static void tell(const tm_migration *m, const tm_arguments *a)
{
    tm_buf page = {.arena = a->arena};
    FILE *out = is_stdout(m->written) || is_stdout(m->deployed) ? stderr : stdout;
    if (tm_text_is(tm_arguments_text(a, "format", "text"), "json"))
        tm_migrate_print_json(m, &page);
    else
        tm_migrate_print(m, &page);
    fwrite(page.p, 1, page.n, out);
}

static bool read_file(const tm_arguments *a, tm_text *text)
{
    tm_config_world os = tm_config_os();
    tm_text why, path = a->operands.items[0];
    return os.read(os.owner, a->arena, path, 16 << 20, text, &why) ||
           tm_complain("cannot read %.*s: %.*s", TM_PRI(path), TM_PRI(why));
}

static int migrate(const tm_arguments *a)
{
    tm_migration m = {.arena = a->arena, .name = a->operands.items[0]};
    tm_text text;
    int code = TM_EXIT_OK;
    if (!read_file(a, &text))
        return TM_EXIT_USAGE;
    tm_migrate_open(&m, text);
    if (!tm_migrate_run(&m)) {
        tm_complain_diags(&m.diags);
        code = TM_EXIT_CONFIG;
    } else if (!write_all(&m, a)) {
        code = TM_EXIT_USAGE;
    } else {
        note_needed(&m);
        tell(&m, a);
    }
    tm_compiled_drop(&m.compiled);
    return code;
}

static const tm_option options[] = {
    {"output", 'o', TM_OPTION_TEXT, "FILE", NULL, "the configuration that tamis runs; - is stdout"},
    {"kubernetes", 0, TM_OPTION_TEXT, "FILE", NULL,
     "the same as a resource of the OpenTelemetry operator"},
    {"image", 0, TM_OPTION_TEXT, "IMAGE", NULL, "the image that the resource names: " IMAGE},
    {"format", 0, TM_OPTION_TEXT, NULL, "text|json", "of the page about it"},
    {0}};

const tm_command tm_command_migrate = {
    .name = "migrate",
    .operands = "FILE",
    .least = 1,
    .most = 1,
    .manual =
        "Says what of a Collector's configuration tamis runs, and writes one without the rest",
    .options = options,
    .run = migrate};

/* Manual: docs/config.md and the list of components, printed from the rows.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config/keys.h"

static const char *const KINDS[] = {
#define KIND(ID, MANUAL, ...) [TM_KEY_##ID] = MANUAL,
#include "config/keys/kinds.def"
#undef KIND
};

static const char HEAD[] =
    "# Configuration\n\n"
    "Printed by tamis from the rows that it reads configurations by. A key that is not supported "
    "yet is refused.\nKeys marked \"tamis\" are our own; all others are those of the OpenTelemetry "
    "Collector. A list of strings may also be\none string, split at commas, unless it holds "
    "secrets.\n\n"
    "## variables\n\n"
    "`${env:NAME}` or `${NAME}` is an environment variable, `${env:NAME:-default}` has a default, "
    "`${file:PATH}` is a file's\ntext, `${yaml:TEXT}` the text itself, and `$$` a dollar. A value "
    "that is one whole `${...}`, quoted or not, is what its\ntext is as YAML: also a list or a "
    "map, "
    "in flow or block style, at every place. A string keeps its quotes then, and a\ntext that is "
    "no "
    "YAML is a string. Within a longer text it is text. Where a key takes a string, it takes the "
    "text as it is,\nwhatever that is as YAML. What a variable or file holds is expanded, too, 8 "
    "deep and 64 MiB in all. The first `}` behind\nthe innermost `${` ends it.\n\n"
    "An empty default, `${env:NAME:-}`, is the empty string. A variable that is not set, or empty, "
    "and an empty value (`key:`)\nare as if the key were absent, where the Collector takes zero; "
    "of "
    "a variable that is not set a warning tells.\n\n"
    "## sections\n";

static void print_rows(const tm_keys *keys, tm_text above, tm_buf *out);

/* "`none`, `gzip`, `zstd`". */
static void print_words(const tm_word *word, tm_buf *out)
{
    const char *joint = "";
    for (; word->name; word++) {
        if (!tm_word_is_listed(word))
            continue;
        tm_buf_print(out, "%s`%s`", joint, word->name);
        joint = ", ";
    }
}

static void print_type(const tm_key *key, tm_buf *out)
{
    if (key->kind == TM_KEY_WORD)
        print_words(key->word, out);
    else if (key->kind == TM_KEY_SECTION && key->type)
        tm_buf_print(out, "%s", key->type);
    else
        tm_buf_print(out, "%s", KINDS[key->kind]);
}

static void print_default(const tm_key *key, tm_buf *out)
{
    if (key->required)
        tm_buf_print(out, "required");
    else if (key->fallback)
        tm_buf_print(out, "`%s`", key->fallback);
}

static bool is_list(const tm_key *key)
{
    return key->kind == TM_KEY_MAPS || key->kind == TM_KEY_GROUPS;
}

static void print_row(const tm_key *key, tm_text above, tm_buf *out)
{
    tm_buf_print(out, "| `%.*s%s` | ", TM_PRI(above), key->name);
    print_type(key, out);
    tm_buf_print(out, " | ");
    print_default(key, out);
    tm_buf_print(out, " | ");
    if (key->state != TM_BUILT)
        tm_buf_print(out, "*%s.* ", tm_state_name(key->state));
    tm_buf_print(out, "%s |\n", key->manual);
    if (!key->nested)
        return;
    tm_text path =
        tm_arena_print(out->arena, "%.*s%s%s.", TM_PRI(above), key->name, is_list(key) ? "[]" : "");
    print_rows(key->nested, path, out);
}

static void print_rows(const tm_keys *keys, tm_text above, tm_buf *out)
{
    for (size_t i = 0; i < keys->count; i++)
        print_row(&keys->rows[i], above, out);
}

static void print_table(const tm_keys *keys, tm_buf *out)
{
    if (!keys || !keys->count)
        return;
    tm_buf_print(out, "\n| key | type | default | |\n|---|---|---|---|\n");
    print_rows(keys, TM_TEXT(""), out);
}

static void print_section(tm_section section, tm_buf *out)
{
    size_t count;
    const tm_component *all = tm_components(&count);
    tm_buf_print(out, "\n## %s\n", tm_section_name(section));
    for (size_t i = 0; i < count; i++) {
        if (all[i].section != section)
            continue;
        tm_buf_print(out, "\n### %s `%s`\n\n%s", tm_section_one(section), all[i].name,
                     all[i].manual);
        if (all[i].state != TM_BUILT)
            tm_buf_print(out, " *%s.*", tm_state_name(all[i].state));
        tm_buf_print(out, "\n");
        bool again = i > 0 && all[i - 1].keys == all[i].keys && all[i].keys && all[i].keys->count;
        if (!again)
            print_table(all[i].keys, out);
    }
}

void tm_config_manual(tm_buf *out)
{
    tm_buf_add(out, tm_text_of(HEAD));
    print_table(&tm_keys_root, out);
    for (int section = 0; section < TM_SECTIONS; section++)
        print_section(section, out);
    tm_buf_print(out, "\n## service\n");
    print_table(&tm_keys_service, out);
    tm_buf_print(out, "\n### a pipeline\n");
    print_table(&tm_keys_pipeline, out);
}

void tm_config_components(tm_buf *out)
{
    size_t count;
    const tm_component *all = tm_components(&count);
    for (int section = 0; section < TM_SECTIONS; section++) {
        tm_buf_print(out, "%s:\n", tm_section_name(section));
        for (size_t i = 0; i < count; i++)
            if (all[i].section == (tm_section)section)
                tm_buf_print(out, "  - name: %s\n    state: %s\n", all[i].name,
                             tm_state_name(all[i].state));
    }
}

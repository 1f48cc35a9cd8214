/* Optional: what a build can leave out of the library, and whether this one has it.
 * Work: of rules alone: tables of a fixed size.
 * SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/optional.h"

static const struct {
    const char *word;
    bool in;
    const char *what;
} OPTIONALS[] = {
#define OPTIONAL(word, constant, what) {#word, TM_WITH_##word, what},
#include "stdlib/optional.def"
#undef OPTIONAL
};

static const struct {
    const char *name;
    tm_optional needs;
} FUNCTIONS[] = {
#define NEEDS(name, constant) {#name, TM_OPTIONAL_##constant},
#include "stdlib/optional.def"
#undef NEEDS
};

static const struct {
    const char *name;
    tm_optional needs;
    const char *what;
} PARTS[] = {
#define NEEDS_PARTLY(name, constant, what) {#name, TM_OPTIONAL_##constant, what},
#include "stdlib/optional.def"
#undef NEEDS_PARTLY
};

bool tm_optional_is_in(tm_optional optional)
{
    return OPTIONALS[optional].in;
}

const char *tm_optional_word(tm_optional optional)
{
    return OPTIONALS[optional].word;
}

const char *tm_optional_function(unsigned i, tm_optional *needs)
{
    if (i >= sizeof FUNCTIONS / sizeof *FUNCTIONS)
        return NULL;
    *needs = FUNCTIONS[i].needs;
    return FUNCTIONS[i].name;
}

const char *tm_optional_lacks(tm_text function)
{
    tm_optional needs;
    const char *name;
    for (unsigned i = 0; (name = tm_optional_function(i, &needs)); i++)
        if (!tm_optional_is_in(needs) && tm_text_is(function, name))
            return tm_optional_word(needs);
    return NULL;
}

static void print_row(tm_optional optional, tm_buf *out)
{
    const char *between = "";
    tm_buf_print(out, "| `%s` | %s | ", OPTIONALS[optional].word, OPTIONALS[optional].what);
    for (unsigned i = 0; i < sizeof FUNCTIONS / sizeof *FUNCTIONS; i++) {
        if (FUNCTIONS[i].needs != optional)
            continue;
        tm_buf_print(out, "%s%s", between, FUNCTIONS[i].name);
        between = ", ";
    }
    for (unsigned i = 0; i < sizeof PARTS / sizeof *PARTS; i++) {
        if (PARTS[i].needs != optional)
            continue;
        tm_buf_print(out, "%sof %s: %s", between, PARTS[i].name, PARTS[i].what);
        between = ", ";
    }
    tm_buf_print(out, "%s |\n", OPTIONALS[optional].in ? "" : " (not in this build)");
}

void tm_optional_print(tm_buf *out)
{
    for (unsigned i = 0; i < TM_OPTIONALS; i++)
        print_row((tm_optional)i, out);
}

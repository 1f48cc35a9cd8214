/* Signature: "bool HasPrefix(value: string, prefix: string)", read.
 * Work: of rules alone: signatures of the library.
 * SPDX-License-Identifier: Apache-2.0
 *
 *     signature = RESULT Name "(" [ parameter { "," parameter } ] ")"
 *     parameter = name [ "?" ] ":" kind [ "=" fallback ]
 *
 * A kind is a word of the table below; `string|any` is checked only when the argument is a literal,
 * `[string]*` also takes a path or a converter, `(k, v) => bool` is a lambda. */
#include "stdlib/fn.h"

#include <assert.h>

static const struct {
    const char *words;
    tm_kind kind;
} kinds[] = {
    {"any", TM_KIND_ANY},
    {"string", TM_KIND_STRING},
    {"int", TM_KIND_INT},
    {"double", TM_KIND_DOUBLE},
    {"bool", TM_KIND_BOOL},
    {"map", TM_KIND_MAP},
    {"list", TM_KIND_LIST},
    {"time", TM_KIND_TIME},
    {"duration", TM_KIND_DURATION},
    {"string~", TM_KIND_TO_STRING},
    {"int~", TM_KIND_TO_INT},
    {"double~", TM_KIND_TO_DOUBLE},
    {"bool~", TM_KIND_TO_BOOL},
    {"bytes~", TM_KIND_TO_BYTES},
    {"'string", TM_KIND_LITERAL_STRING},
    {"'int", TM_KIND_LITERAL_INT},
    {"'double", TM_KIND_LITERAL_DOUBLE},
    {"'bool", TM_KIND_LITERAL_BOOL},
    {"['string]", TM_KIND_LITERAL_STRINGS},
    {"[any]", TM_KIND_LIST_OF_ANY},
    {"[string]", TM_KIND_LIST_OF_STRING},
    {"[string~]", TM_KIND_LIST_OF_TO_STRING},
    {"path", TM_KIND_PATH},
    {"path map", TM_KIND_PATH_MAP},
    {"path list", TM_KIND_PATH_LIST},
    {"converter", TM_KIND_FUNCTION},
    {"lazy any", TM_KIND_LAZY},
    {"lazy string", TM_KIND_LAZY},
    {"[lazy any]", TM_KIND_LIST_OF_LAZY},
    {"[lazy string]", TM_KIND_LIST_OF_LAZY},
};

enum { KINDS = sizeof kinds / sizeof *kinds };

/* Takes the text before the first `stop` that stands outside of brackets and quotes; the whole text
 * when there is none. *rest starts behind it. */
static tm_text take(tm_text *rest, char stop)
{
    int depth = 0;
    bool quoted = false;
    size_t i = 0;
    for (; i < rest->n; i++) {
        char c = rest->p[i];
        if (c == stop && depth == 0 && !quoted)
            break;
        quoted ^= c == '"';
        if (!quoted)
            depth += (c == '(' || c == '[') - (c == ')' || c == ']');
    }
    tm_text taken = tm_text_trim(tm_text_slice(rest->p, i));
    *rest = i < rest->n ? tm_text_skip(*rest, i + 1) : tm_text_skip(*rest, rest->n);
    return taken;
}

static bool take_end(tm_text *t, const char *end)
{
    if (!tm_text_ends(*t, tm_text_of(end)))
        return false;
    t->n -= strlen(end);
    return true;
}

static bool read_lambda(tm_text words, tm_parameter *p)
{
    const ptrdiff_t end = tm_text_find(words, TM_TEXT(")"));
    if (end < 1)
        return false;
    tm_text names = tm_text_slice(words.p + 1, (size_t)end - 1);
    p->kind = TM_KIND_LAMBDA;
    while (names.n) {
        take(&names, ',');
        p->lambda_parameters++;
    }
    return true;
}

static bool read_kind(tm_text words, tm_parameter *p)
{
    if (tm_text_starts(words, TM_TEXT("(")))
        return read_lambda(words, p);
    if (tm_text_find(words, TM_TEXT("lazy string")) >= 0)
        p->forced = TM_KIND_STRING;
    p->or_dynamic = take_end(&words, "*");
    p->tested = take_end(&words, "|any");
    for (unsigned i = 0; i < KINDS; i++)
        if (tm_text_is(words, kinds[i].words)) {
            p->kind = kinds[i].kind;
            return true;
        }
    return false;
}

/* The '=' of a default, not that of a lambda's arrow. */
static tm_text take_kind(tm_text *rest)
{
    ptrdiff_t at = tm_text_find(*rest, TM_TEXT(" = "));
    tm_text words = at < 0 ? *rest : tm_text_slice(rest->p, (size_t)at);
    *rest = at < 0 ? tm_text_slice(rest->p + rest->n, 0) : tm_text_skip(*rest, (size_t)at + 3);
    return tm_text_trim(words);
}

/* NULL, or what is wrong with it. */
static const char *read_parameter(tm_text text, tm_parameter *p)
{
    *p = (tm_parameter){.name = take(&text, ':')};
    p->optional = take_end(&p->name, "?");
    if (!p->name.n || !text.n)
        return "a parameter is not \"name: kind\"";
    if (!read_kind(take_kind(&text), p))
        return "a parameter is of a kind that there is not";
    p->fallback = tm_text_trim(text);
    return NULL;
}

bool tm_signature_parse(const tm_function *function, tm_signature *out, const char **why)
{
    tm_text rest = tm_text_of(function->signature);
    *out = (tm_signature){.result = take(&rest, ' ')};
    out->name = take(&rest, '(');
    *why = NULL;
    if (!take_end(&rest, ")") || !tm_text_is(out->name, function->name))
        *why = "it is not \"kind Name(...)\" with the function's name";
    while (!*why && tm_text_trim(rest).n) {
        if (out->n == TM_PARAMETERS_MOST) {
            *why = "it has more than 8 parameters";
            break;
        }
        tm_parameter *p = &out->parameter[out->n++];
        *why = read_parameter(take(&rest, ','), p);
        if (!*why && !p->optional && out->required + 1 != out->n)
            *why = "a parameter that has to be given stands behind one that has not";
        out->required += !p->optional;
    }
    return !*why;
}

void tm_signature_read(const tm_function *function, tm_signature *out)
{
    const char *why;
    bool sound = tm_signature_parse(function, out, &why);
    assert(sound);
    (void)sound;
}

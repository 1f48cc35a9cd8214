/* Words: the words that a key takes.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config/keys.h"

#define WORD(NAME, VALUE) {.name = NAME, .value = VALUE},
#define ALSO(NAME, VALUE) {.name = NAME, .value = VALUE, .also = true},
#define LATER(NAME) {.name = NAME, .soon = true},
#define WORDS(name, words) const tm_word tm_words_##name[] = {words{0}};
#include "config/keys/words.def"

static const char *const STATES[] = {"built", "not supported yet", "no effect"};

tm_text tm_key_word(const tm_key *key, int value)
{
    for (const tm_word *word = key->word; word->name; word++)
        if (word->value == value && !word->soon)
            return tm_text_of(word->name);
    return TM_TEXT("");
}

const tm_word *tm_key_find_word(const tm_key *key, tm_text text)
{
    for (const tm_word *word = key->word; word->name; word++)
        if (tm_text_same_word(tm_text_of(word->name), text))
            return word;
    return NULL;
}

bool tm_word_is_listed(const tm_word *word)
{
    return !word->also && !word->soon;
}

const char *tm_state_name(tm_key_state state)
{
    return STATES[state];
}

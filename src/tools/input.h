/* Input: the recordings that --input names, one after the other.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TOOLS_INPUT_H
#define TM_TOOLS_INPUT_H

#include "recording/recording.h"
#include "tools/arguments.h"

/* The row of --input. */
#define TM_INPUT_OPTION                                                                            \
    {                                                                                              \
        "input", 'i', TM_OPTION_LIST, "SPANS", NULL,                                               \
            "a recording, or - for stdin, which is read when none is given"                        \
    }

typedef struct tm_input {
    tm_texts names;
    size_t next; /* to be opened */
    int fd;
    const char *name; /* of the one that is read, for messages */
    tm_recording *recording;
    uint64_t total_bytes; /* of all that are regular files; 0: unknown */
    uint64_t before;      /* bytes of those that were read to their end */
    int failed;           /* errno of the last read */
    bool fault;           /* something was wrong, and told */
} tm_input;

/* What the option "input" names, or stdin; as long as the arguments. */
tm_texts tm_input_names(const tm_arguments *arguments);

void tm_input_open(tm_input *input, const tm_arguments *arguments);
void tm_input_open_names(tm_input *input,
                         const tm_texts *names); /* what it is of, whoever has it */
void tm_input_close(tm_input *input);

/* The next units; false at the end of the last recording. What cannot be read is told on stderr. */
bool tm_input_next(tm_input *input, tm_block *block);

/* Whether reading would wait for somebody who has not written yet. */
bool tm_input_would_wait(const tm_input *input);

/* Says what is wrong at a byte of the recording `name`; returns false. */
bool tm_input_tell(const char *name, uint64_t position, tm_text what);

/* How many bytes were read of all recordings. */
uint64_t tm_input_taken(const tm_input *input);

#endif

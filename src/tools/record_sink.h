/* Record, sink: requests on their way into a recording.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_TOOLS_RECORD_SINK_H
#define TM_TOOLS_RECORD_SINK_H

#include "engine/judge.h"
#include "net/status.h"
#include "tools/arguments.h"
#include "tools/progress.h"
#include "tools/run_output.h"

#include <signal.h>

typedef struct tm_record_sink {
    tm_arena *arena; /* of one request */
    tm_judge *judge;
    tm_ruleset *ruleset; /* of no rules: requests are checked, and bad UTF-8 is mended */
    tm_deflater *deflater;
    tm_output_form form;
    tm_output output;
    tm_bytes added, packed;
    uint64_t most, spans, requests, bytes;
    tm_progress progress;
    int signals; /* a descriptor that is readable when it is time to stop */
    bool broken; /* the recording cannot be written, which is told */
} tm_record_sink;

/* Opens the output that the options --output, --format and --max name; what it holds stays. False,
 * told on stderr; it is to be closed in either case. */
bool tm_record_open(tm_record_sink *sink, const tm_arguments *arguments);

/* Empties it, as soon as it is known that there is something to record from. False, told. */
bool tm_record_begin(tm_record_sink *sink);

/* Writes one request, JSON or protobuf. What is wrong is in the status, which lives as long as
 * sink->arena is not reset. */
tm_status tm_record_take(tm_record_sink *sink, tm_text request, bool json);

/* As many spans as were asked for. */
static inline bool tm_record_is_full(const tm_record_sink *sink)
{
    return sink->spans >= sink->most;
}

/* Says how much it was. The exit code. */
int tm_record_end(tm_record_sink *sink);
void tm_record_close(tm_record_sink *sink);

/* record_from.c: copies from a running tamis. The exit code. */
int tm_record_from(tm_record_sink *sink, const tm_arguments *arguments);

#endif

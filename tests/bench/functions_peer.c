/* Functions, peer: the real OTTL in a process of its own, at the other end of two pipes.
 * SPDX-License-Identifier: Apache-2.0 */
#include "functions.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void become(const char *program, const char *spans, int in, int out)
{
    dup2(in, STDIN_FILENO);
    dup2(out, STDOUT_FILENO);
    execl(program, program, "--bench", spans, (char *)NULL);
    _exit(127);
}

bool tm_bench_peer_open(tm_bench_peer *peer, const char *program, const char *spans)
{
    int to[2], from[2];
    *peer = (tm_bench_peer){0};
    if (access(program, X_OK) || pipe(to) || pipe(from))
        return false;
    peer->process = fork();
    if (peer->process == 0) {
        close(to[1]);
        close(from[0]);
        become(program, spans, to[0], from[1]);
    }
    close(to[0]);
    close(from[1]);
    peer->to = fdopen(to[1], "w");
    peer->from = fdopen(from[0], "r");
    return peer->process > 0 && peer->to && peer->from;
}

void tm_bench_peer_close(tm_bench_peer *peer)
{
    if (!peer->to)
        return;
    fclose(peer->to);
    fclose(peer->from);
    waitpid(peer->process, NULL, 0);
    *peer = (tm_bench_peer){0};
}

/* Sends a line and reads the one that answers it; without p when the process is gone. */
static tm_text ask(tm_bench_peer *peer, tm_arena *arena, tm_text line)
{
    char *answer = NULL;
    size_t room = 0;
    fprintf(peer->to, "%.*s\n", TM_PRI(line));
    fflush(peer->to);
    ssize_t n = getline(&answer, &room, peer->from);
    tm_text copy = {0};
    if (n > 0)
        copy = tm_arena_copy(arena, tm_text_trim(tm_text_slice(answer, (size_t)n)));
    free(answer);
    return copy;
}

const tm_doc *tm_bench_peer_ask(tm_bench_peer *peer, tm_arena *arena, tm_text row)
{
    tm_text answer = ask(peer, arena, row);
    return answer.p ? tm_vectors_json(arena, answer) : NULL;
}

bool tm_bench_peer_measure(tm_bench_peer *peer, tm_arena *arena, double *ns, double *allocations)
{
    tm_text answer = ask(peer, arena, TM_TEXT("measure"));
    return answer.p && sscanf(answer.p, "%lf %lf", ns, allocations) == 2;
}

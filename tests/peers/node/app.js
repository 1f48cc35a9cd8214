/* An application for OpenTelemetry's instrumentations, which are loaded before it:
 *     node --require @opentelemetry/auto-instrumentations-node/register app.js
 * It serves three requests to itself, of which it traces one by hand, and ends. Where the spans go is for the
 * environment to say (OTEL_*).
 * SPDX-License-Identifier: Apache-2.0 */
'use strict';
const http = require('http');
const { trace, SpanKind } = require('@opentelemetry/api');

function ask(port, path) {
    return new Promise((resolve, reject) => {
        http.get({ host: '127.0.0.1', port, path, agent: false }, (answer) => answer.on('end', resolve).resume())
            .on('error', reject);
    });
}

const server = http.createServer((request, response) => response.end('hello'));
server.listen(0, '127.0.0.1', async () => {
    const { port } = server.address();
    await ask(port, '/entries/1');
    await ask(port, '/livez');
    const tracer = trace.getTracer('app', '1.0');
    await tracer.startActiveSpan('by hand', { kind: SpanKind.PRODUCER, attributes: { n: 2 ** 40, f: 0.5, many: ['ä', 'b'] } },
        async (span) => {
            await ask(port, '/entries/2');
            span.addEvent('cache miss', { key: 'entry' });
            span.end();
        });
    server.close();
    process.kill(process.pid, 'SIGTERM'); /* on which the SDK sends what it has */
});

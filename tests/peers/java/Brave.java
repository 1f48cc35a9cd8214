/* Brave with Zipkin's own reporter: Brave URL JSON|PROTO3|JSON_V1 64|128. Two spans, then it ends; exit code 1 when
 * the reporter dropped any.
 * SPDX-License-Identifier: Apache-2.0 */
import brave.Span;
import brave.Tracing;
import zipkin2.reporter.BytesMessageSender;
import zipkin2.reporter.Encoding;
import zipkin2.reporter.InMemoryReporterMetrics;
import zipkin2.reporter.brave.AsyncZipkinSpanHandler;
import zipkin2.reporter.urlconnection.URLConnectionSender;

public class Brave {
    public static void main(String[] args) throws Exception {
        InMemoryReporterMetrics metrics = new InMemoryReporterMetrics();
        try (URLConnectionSender sender =
                 URLConnectionSender.newBuilder().endpoint(args[0]).encoding(Encoding.valueOf(args[1])).build();
             AsyncZipkinSpanHandler handler =
                 AsyncZipkinSpanHandler.newBuilder((BytesMessageSender) sender).metrics(metrics).build();
             Tracing tracing = Tracing.newBuilder().localServiceName("blog").localIp("10.0.0.1").localPort(8080)
                 .traceId128Bit(args[2].equals("128")).addSpanHandler(handler).build()) {
            trace(tracing);
            handler.flush();
        }
        System.out.println("sent " + metrics.spans() + ", dropped " + metrics.spansDropped());
        System.exit(metrics.spansDropped() == 0 ? 0 : 1);
    }

    /* A request that asks a database, which fails. */
    private static void trace(Tracing tracing) {
        Span parent = tracing.tracer().newTrace().name("GET /entries").kind(Span.Kind.SERVER).start();
        Span child = tracing.tracer().newChild(parent.context()).name("select").kind(Span.Kind.CLIENT).start();
        child.tag("sql.query", "SELECT 'ä'");
        child.remoteServiceName("db");
        child.remoteIpAndPort("2001:db8::c001", 5432);
        child.annotate("cache.miss");
        child.error(new IllegalStateException("on purpose"));
        child.finish();
        parent.tag("http.status_code", "500").finish();
    }
}

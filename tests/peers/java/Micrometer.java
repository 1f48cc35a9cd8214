/* Micrometer's observations, traced by Brave and sent by Zipkin's reporter, as Spring Boot puts them together: Micrometer URL
 * JSON|PROTO3. A request that comes with the trace of its caller asks another service; then it ends, with exit code 1 when
 * the reporter dropped any span.
 * SPDX-License-Identifier: Apache-2.0 */
import brave.Tracing;
import brave.propagation.ThreadLocalCurrentTraceContext;
import brave.sampler.Sampler;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler.FirstMatchingCompositeObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.transport.Kind;
import io.micrometer.observation.transport.ReceiverContext;
import io.micrometer.observation.transport.SenderContext;
import io.micrometer.tracing.brave.bridge.BraveBaggageManager;
import io.micrometer.tracing.brave.bridge.BraveCurrentTraceContext;
import io.micrometer.tracing.brave.bridge.BravePropagator;
import io.micrometer.tracing.brave.bridge.BraveTracer;
import io.micrometer.tracing.brave.bridge.W3CPropagation;
import io.micrometer.tracing.handler.DefaultTracingObservationHandler;
import io.micrometer.tracing.handler.PropagatingReceiverTracingObservationHandler;
import io.micrometer.tracing.handler.PropagatingSenderTracingObservationHandler;
import java.util.HashMap;
import java.util.Map;
import zipkin2.reporter.BytesMessageSender;
import zipkin2.reporter.Encoding;
import zipkin2.reporter.InMemoryReporterMetrics;
import zipkin2.reporter.brave.AsyncZipkinSpanHandler;
import zipkin2.reporter.urlconnection.URLConnectionSender;

public class Micrometer {
    static final String CALLER = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    public static void main(String[] args) throws Exception {
        InMemoryReporterMetrics metrics = new InMemoryReporterMetrics();
        try (URLConnectionSender sender =
                 URLConnectionSender.newBuilder().endpoint(args[0]).encoding(Encoding.valueOf(args[1])).build();
             AsyncZipkinSpanHandler handler =
                 AsyncZipkinSpanHandler.newBuilder((BytesMessageSender) sender).metrics(metrics).build();
             Tracing tracing = Tracing.newBuilder().localServiceName("blog").supportsJoin(false).traceId128Bit(true)
                 .currentTraceContext(ThreadLocalCurrentTraceContext.create()).sampler(Sampler.ALWAYS_SAMPLE)
                 .propagationFactory(new W3CPropagation()).addSpanHandler(handler).build()) {
            serve(registry(tracing));
            handler.flush();
        }
        System.out.println("sent " + metrics.spans() + ", dropped " + metrics.spansDropped());
        System.exit(metrics.spansDropped() == 0 ? 0 : 1);
    }

    private static ObservationRegistry registry(Tracing tracing) {
        BraveTracer tracer = new BraveTracer(
            tracing.tracer(), new BraveCurrentTraceContext(tracing.currentTraceContext()), new BraveBaggageManager());
        BravePropagator propagator = new BravePropagator(tracing);
        ObservationRegistry registry = ObservationRegistry.create();
        registry.observationConfig().observationHandler(new FirstMatchingCompositeObservationHandler(
            new PropagatingReceiverTracingObservationHandler<>(tracer, propagator),
            new PropagatingSenderTracingObservationHandler<>(tracer, propagator), new DefaultTracingObservationHandler(tracer)));
        return registry;
    }

    /* What Spring's own observations of servers and clients over HTTP tell. */
    private static void serve(ObservationRegistry registry) {
        ReceiverContext<Map<String, String>> request = new ReceiverContext<>(Map::get, Kind.SERVER);
        request.setCarrier(Map.of("traceparent", CALLER));
        Observation.createNotStarted("http.server.requests", () -> request, registry)
            .contextualName("http get /entries/{id}").lowCardinalityKeyValue("method", "GET")
            .lowCardinalityKeyValue("uri", "/entries/{id}").lowCardinalityKeyValue("status", "500")
            .highCardinalityKeyValue("http.url", "/entries/ä").observe(() -> ask(registry));
    }

    private static void ask(ObservationRegistry registry) {
        SenderContext<Map<String, String>> call = new SenderContext<>(Map::put, Kind.CLIENT);
        Map<String, String> headers = new HashMap<>();
        call.setCarrier(headers);
        call.setRemoteServiceName("accounts");
        call.setRemoteServiceAddress("http://10.0.0.9:8081");
        Observation client = Observation.createNotStarted("http.client.requests", () -> call, registry)
            .contextualName("http get").lowCardinalityKeyValue("client.name", "accounts").start();
        client.event(Observation.Event.of("retry", "retried"));
        client.error(new IllegalStateException("on purpose"));
        client.stop();
        if (!headers.containsKey("traceparent"))
            throw new IllegalStateException("the call has no traceparent");
    }
}

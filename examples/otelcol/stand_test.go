// SPDX-License-Identifier: Apache-2.0

package tamisprocessor

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/processor"
	"go.opentelemetry.io/collector/processor/processortest"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"
	"gopkg.in/yaml.v3"
)

// configOf reads what would stand under `tamis:`.
func configOf(t testing.TB, text string) *Config {
	t.Helper()
	var raw map[string]any
	if err := yaml.Unmarshal([]byte(text), &raw); err != nil {
		t.Fatal(err)
	}
	config := createDefaultConfig().(*Config)
	if err := confmap.NewFromStringMap(raw).Unmarshal(config); err != nil {
		t.Fatal(err)
	}
	return config
}

// bench is a started processor between a test and a sink.
type bench struct {
	processor.Traces
	sink      *consumertest.TracesSink
	logs      *observer.ObservedLogs
	telemetry *componenttest.Telemetry
}

func start(t testing.TB, config *Config) *bench {
	t.Helper()
	core, logs := observer.New(zapcore.DebugLevel)
	telemetry := componenttest.NewTelemetry()
	set := processor.Settings{ID: component.NewID(componentType), TelemetrySettings: telemetry.NewTelemetrySettings()}
	set.Logger = zap.New(core)
	sink := new(consumertest.TracesSink)
	p, err := NewFactory().CreateTraces(context.Background(), set, config, sink)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(context.Background(), componenttest.NewNopHost()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
		_ = telemetry.Shutdown(context.Background())
	})
	return &bench{p, sink, logs, telemetry}
}

func (b *bench) send(t testing.TB, td ptrace.Traces) {
	t.Helper()
	if err := b.ConsumeTraces(context.Background(), td); err != nil {
		t.Fatal(err)
	}
}

// counted is the value of a counter where the attributes say so; 0 when there is none.
func (b *bench) counted(t testing.TB, name string, attributes ...attribute.KeyValue) int64 {
	t.Helper()
	m, err := b.telemetry.GetMetric("otelcol_processor_tamis_" + name)
	if err != nil {
		return 0
	}
	for _, point := range m.Data.(metricdata.Sum[int64]).DataPoints {
		same := true
		for _, a := range attributes {
			value, ok := point.Attributes.Value(a.Key)
			same = same && ok && value == a.Value
		}
		if same {
			return point.Value
		}
	}
	return 0
}

// until waits for what a goroutine is about to do.
func until(t testing.TB, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(3 * time.Minute); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within three minutes", what)
		}
	}
}

func write(t testing.TB, folder, name, text string) string {
	t.Helper()
	path := filepath.Join(folder, name)
	if err := os.WriteFile(path+".new", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
	return path
}

// spans makes a request with a span of each name, the odd ones in a second scope, of one resource.
func spans(names ...string) ptrace.Traces {
	td := ptrace.NewTraces()
	rs := td.ResourceSpans().AppendEmpty()
	rs.Resource().Attributes().PutStr("service.name", "shop")
	scopes := []ptrace.ScopeSpans{rs.ScopeSpans().AppendEmpty(), rs.ScopeSpans().AppendEmpty()}
	for i, name := range names {
		span := scopes[i%2].Spans().AppendEmpty()
		span.SetName(name)
		span.SetTraceID(pcommon.TraceID{1, byte(i)})
		span.SetSpanID(pcommon.SpanID{2, byte(i)})
		span.Attributes().PutStr("n", fmt.Sprint(i))
	}
	return td
}

// names are those of the spans, in their order.
func names(all ...ptrace.Traces) (list []string) {
	for _, td := range all {
		for _, rs := range td.ResourceSpans().All() {
			for _, ss := range rs.ScopeSpans().All() {
				for _, span := range ss.Spans().All() {
					list = append(list, span.Name())
				}
			}
		}
	}
	return list
}

var (
	clusters = []string{"apps/blog/80", "apps/cart/80", "grafana/grafana/3000", "tap-gui/server/7000", "appsso/auth/80"}
	routes   = []string{"/entries", "/livez", "/readyz", "/pay/{id}"}
	agents   = []string{"Mozilla/5.0 (X11; Linux x86_64)", "kube-probe//", "kube-probe/1.29", "curl/8.5"}
)

// traffic draws a request of every kind of field and value.
func traffic(r *rand.Rand, resources, spansEach int) ptrace.Traces {
	td := ptrace.NewTraces()
	for range resources {
		rs := td.ResourceSpans().AppendEmpty()
		rs.SetSchemaUrl("https://opentelemetry.io/schemas/1.26.0")
		rs.Resource().Attributes().PutStr("service.name", pick(r, []string{"shop", "blog", "grafana"}))
		rs.Resource().Attributes().PutStr("env", pick(r, []string{"prod", "test"}))
		rs.Resource().SetDroppedAttributesCount(uint32(r.IntN(3)))
		for range 1 + r.IntN(3) {
			ss := rs.ScopeSpans().AppendEmpty()
			ss.Scope().SetName(pick(r, []string{"envoy", "io.opentelemetry.tomcat"}))
			ss.Scope().SetVersion("1.2")
			ss.Scope().Attributes().PutBool("auto", true)
			for range r.IntN(spansEach + 1) {
				drawSpan(r, ss.Spans().AppendEmpty())
			}
		}
	}
	return td
}

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

func drawSpan(r *rand.Rand, span ptrace.Span) {
	span.SetName(pick(r, []string{"ingress", "GET /entries", "OperationHandler.handle", "SELECT"}))
	span.SetTraceID(pcommon.TraceID{byte(r.IntN(255)), 1, byte(r.IntN(255))})
	span.SetSpanID(pcommon.SpanID{byte(r.IntN(255)), 2})
	if r.IntN(3) > 0 {
		span.SetParentSpanID(pcommon.SpanID{byte(r.IntN(255)), 3})
		span.TraceState().FromRaw("a=1,b=2")
	}
	span.SetKind(ptrace.SpanKind(r.IntN(6)))
	span.SetStartTimestamp(pcommon.Timestamp(1_700_000_000_000_000_000 + r.Int64N(1e9)))
	span.SetEndTimestamp(span.StartTimestamp() + pcommon.Timestamp(r.Int64N(5e9)))
	span.SetFlags(uint32(r.IntN(3)))
	span.SetDroppedAttributesCount(uint32(r.IntN(2)))
	span.SetDroppedEventsCount(uint32(r.IntN(2)))
	span.SetDroppedLinksCount(uint32(r.IntN(2)))
	if r.IntN(3) == 0 {
		span.Status().SetCode(ptrace.StatusCode(r.IntN(3)))
		span.Status().SetMessage("deadline")
	}
	drawAttributes(r, span.Attributes())
	for range r.IntN(3) {
		event := span.Events().AppendEmpty()
		event.SetName(pick(r, []string{"message", "exception", "retry"}))
		event.SetTimestamp(span.StartTimestamp() + 5)
		event.Attributes().PutInt("message.id", r.Int64N(100))
		event.SetDroppedAttributesCount(uint32(r.IntN(2)))
	}
	for range r.IntN(2) {
		link := span.Links().AppendEmpty()
		link.SetTraceID(pcommon.TraceID{7, byte(r.IntN(255))})
		link.SetSpanID(pcommon.SpanID{8})
		link.TraceState().FromRaw("x=y")
		link.Attributes().PutStr("why", "batch")
		link.SetFlags(1)
	}
}

func drawAttributes(r *rand.Rand, m pcommon.Map) {
	m.PutStr("http.method", "GET")
	m.PutStr("http.route", pick(r, routes))
	m.PutStr("user_agent.original", pick(r, agents))
	m.PutInt("http.status_code", pick(r, []int64{200, 404, 503, -1}))
	if r.IntN(2) == 0 {
		m.PutStr("upstream_cluster", pick(r, clusters))
		m.PutStr("http.url", "https://"+pick(r, []string{"grafana", "blog"})+".example.com/entries/"+fmt.Sprint(r.IntN(99)))
	}
	if r.IntN(2) == 0 {
		m.PutDouble("ratio", r.Float64())
		m.PutBool("cached", r.IntN(2) == 0)
		m.PutEmptyBytes("raw").FromRaw([]byte{0, 1, 0xff})
		m.PutEmpty("empty")
	}
	if r.IntN(2) == 0 {
		list := m.PutEmptySlice("tags")
		list.AppendEmpty().SetStr("a")
		list.AppendEmpty().SetInt(-7)
		inner := m.PutEmptyMap("request").PutEmptyMap("headers")
		inner.PutStr("host", "blog")
		inner.PutEmpty("none")
		inner.PutStr("cookie", fmt.Sprintf("%0200d", r.IntN(9)))
	}
}

func settings() processor.Settings { return processortest.NewNopSettings(componentType) }

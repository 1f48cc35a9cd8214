// SPDX-License-Identifier: Apache-2.0

package otelcol

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/processor"
	"gopkg.in/yaml.v3"
)

// The nine conditions of examples/collector.yaml, and then as many others as are wanted.
func conditions(t testing.TB, n int) []any {
	t.Helper()
	text, err := os.ReadFile("../../../examples/collector.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var example struct {
		Processors struct {
			Filter struct{ Traces struct{ Span []any } }
		}
	}
	if err := yaml.Unmarshal(text, &example); err != nil {
		t.Fatal(err)
	}
	list := example.Processors.Filter.Traces.Span
	if n < len(list) || len(list) != 9 {
		t.Fatalf("the example has %d conditions", len(list))
	}
	others := []string{
		`IsMatch(attributes["upstream_cluster"], "team-%d/.*")`, `IsMatch(attributes["http.url"], "https://team-%d.*")`,
		`IsMatch(attributes["user_agent.original"], "^probe-%d/")`, `IsMatch(attributes["server.address"], "cache-%d[.]")`,
		`IsMatch(name, "Operation%d[.]handle")`,
	}
	for i := 0; len(list) < n; i++ {
		list = append(list, fmt.Sprintf(others[i%len(others)], i))
	}
	return list
}

func filterConfig(list []any) map[string]any {
	return map[string]any{"error_mode": "ignore", "traces": map[string]any{"span": list}}
}

func tamisConfig(list []any) map[string]any {
	return map[string]any{"conditions": []any{map[string]any{"context": "span", "conditions": list}}}
}

func upsert() []any {
	return []any{map[string]any{"context": "span", "statements": []any{`set(attributes["cluster"], "tap-sandbox")`}}}
}

// spend is the processor time of the chain for some copies of the request. Making them is not counted.
func spend(b *testing.B, td ptrace.Traces, chain []processor.Traces) (spent time.Duration) {
	for range 8 {
		one := copyOf(td)
		before := cpu(b)
		for _, p := range chain {
			if err := p.ConsumeTraces(context.Background(), one); err != nil {
				b.Fatal(err)
			}
		}
		spent += cpu(b) - before
	}
	return spent / 8
}

// compare gives their processors and ours the same requests in turns, as many rounds as asked, and reports what a span
// took of each.
func compare(b *testing.B, theirs, ours []processor.Traces) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	requests := generated(b, "8", "512")
	var them, us time.Duration
	spans := 0
	for b.Loop() {
		td := requests[spans/512%len(requests)]
		them += spend(b, td, theirs)
		us += spend(b, td, ours)
		spans += td.SpanCount()
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(them)/float64(spans), "theirs-ns/span")
	b.ReportMetric(float64(us)/float64(spans), "ours-ns/span")
	b.ReportMetric(float64(them)/float64(us), "times")
}

func BenchmarkConditions(b *testing.B) {
	for _, n := range []int{9, 100, 1000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			list := conditions(b, n)
			compare(b, []processor.Traces{mustStart(b, filter, filterConfig(list))},
				[]processor.Traces{mustStart(b, tamis, tamisConfig(list))})
		})
	}
}

// The example's conditions, and an attribute that each span gets.
func BenchmarkConditionsAndAnUpsert(b *testing.B) {
	list := conditions(b, 9)
	ours := tamisConfig(list)
	ours["statements"] = upsert()
	compare(b, []processor.Traces{mustStart(b, filter, filterConfig(list)),
		mustStart(b, transform, map[string]any{"trace_statements": upsert()})},
		[]processor.Traces{mustStart(b, tamis, ours)})
}

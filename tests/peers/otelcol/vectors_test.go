// SPDX-License-Identifier: Apache-2.0

package otelcol

import (
	"bufio"
	"context"
	"encoding/json"
	"os"
	"reflect"
	"slices"
	"sort"
	"strings"
	"testing"

	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/processor"
)

const vectors = "../../vectors/"

// vector is a row of processors.jsonl.
type vector struct {
	ID, Processor string
	Config        map[string]any
	Spans         any
	Expected      struct {
		Dropped, Changed bool
		ParseError       bool `json:"parse_error"`
		After            any
	}
}

func readVectors(t *testing.T) (list []vector) {
	file, err := os.Open(vectors + "processors.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var v vector
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
		if v.Processor == "filter" || v.Processor == "transform" {
			list = append(list, v)
		}
	}
	return list
}

// ours is the configuration of the tamis processor that means the same as that of the filter or transform processor;
// nil where it has no such keys.
func (v vector) ours() map[string]any {
	own := map[string]any{}
	for key, value := range v.Config {
		switch key {
		case "error_mode":
			own[key] = value
		case "trace_conditions":
			own["conditions"] = value
		case "trace_statements":
			own["statements"] = value
		case "traces":
			own["conditions"] = groups(value.(map[string]any))
		default:
			return nil
		}
	}
	for _, key := range []string{"conditions", "statements"} {
		list, _ := own[key].([]any)
		for _, group := range list {
			fields, ok := group.(map[string]any)
			if ok && (fields["shared_cache"] != nil || (key == "statements" && fields["conditions"] != nil)) {
				return nil
			}
		}
	}
	return own
}

func groups(levels map[string]any) (list []any) {
	for _, context := range []string{"resource", "span", "spanevent"} {
		if rules, ok := levels[context].([]any); ok && len(rules) > 0 {
			list = append(list, map[string]any{"context": context, "conditions": rules})
		}
	}
	return list
}

// answer is what a processor made of a request.
type answer struct {
	refused, failed bool // it did not start; it refused the request
	left            any  // as plain JSON, nil for nothing
	why             error
}

func ask(t *testing.T, factory processor.Factory, config map[string]any, td ptrace.Traces) (a answer) {
	sink := new(consumertest.TracesSink)
	p, err := started(t, factory, config, sink)
	if err != nil {
		return answer{refused: true, why: err}
	}
	err = p.ConsumeTraces(context.Background(), copyOf(td))
	a = answer{failed: err != nil, why: err}
	for _, left := range sink.AllTraces() {
		text, err := (&ptrace.JSONMarshaler{}).MarshalTraces(left)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, &a.left); err != nil {
			t.Fatal(err)
		}
		a.left = plain(a.left)
	}
	return a
}

// plain is JSON whose attributes have no order, without lists, texts and messages in which nothing is.
func plain(value any) any {
	switch v := value.(type) {
	case map[string]any:
		for key, inner := range v {
			inner = plain(inner)
			if list, ok := inner.([]any); ok && (key == "attributes" || key == "values") {
				sort.SliceStable(list, func(i, j int) bool { return keyOf(list[i]) < keyOf(list[j]) })
			}
			if v[key] = inner; isNothing(inner) && key != "value" && !strings.HasSuffix(key, "Value") {
				delete(v, key)
			}
		}
	case []any:
		for i := range v {
			v[i] = plain(v[i])
		}
		return slices.DeleteFunc(v, func(one any) bool { // envelopes without a span
			m, ok := one.(map[string]any)
			return ok && ((m["scope"] != nil && m["spans"] == nil) || (m["resource"] != nil && m["scopeSpans"] == nil))
		})
	}
	return value
}

func keyOf(entry any) string {
	m, _ := entry.(map[string]any)
	key, _ := m["key"].(string)
	return key
}

func isNothing(value any) bool {
	switch v := value.(type) {
	case map[string]any:
		return len(v) == 0
	case []any:
		return len(v) == 0
	}
	return value == nil || value == "" || value == float64(0)
}

func spansNamed(t *testing.T, pool map[string]json.RawMessage, spans any) ptrace.Traces {
	text, ok := pool[spansName(spans)]
	if !ok {
		text, _ = json.Marshal(spans)
	}
	td, err := (&ptrace.JSONUnmarshaler{}).UnmarshalTraces(text)
	if err != nil {
		t.Fatal(err)
	}
	return td
}

func spansName(spans any) string { name, _ := spans.(string); return name }

func TestTheVectorsOfFilterAndTransformLeaveAsFromThese(t *testing.T) {
	var pool map[string]json.RawMessage
	text, err := os.ReadFile(vectors + "spans.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &pool); err != nil {
		t.Fatal(err)
	}
	compared, dropped, changed := 0, 0, 0
	var newer []string // which OTTL 1.3.1 reads, that of 0.161 not
	for _, v := range readVectors(t) {
		ours := v.ours()
		if ours == nil {
			continue
		}
		factory := filter
		if v.Processor == "transform" {
			factory = transform
		}
		td := spansNamed(t, pool, v.Spans)
		want, got := ask(t, factory, v.Config, td), ask(t, tamis, ours, td)
		if want.refused && !v.Expected.ParseError {
			newer = append(newer, v.ID)
			continue
		}
		if want.refused != got.refused || want.failed != got.failed || !reflect.DeepEqual(want.left, got.left) {
			config, _ := json.Marshal(v.Config)
			a, _ := json.Marshal(want.left)
			b, _ := json.Marshal(got.left)
			t.Errorf("%s: %s\n%s: %v\n%s\ntamis: %v\n%s", v.ID, config, v.Processor, want.why, a, got.why, b)
		}
		compared++
		if v.Expected.Dropped {
			dropped++
		} else if v.Expected.Changed {
			changed++
		}
	}
	if compared < 60 || dropped == 0 || changed == 0 {
		t.Errorf("only %d vectors were compared, %d that drop all and %d that change something", compared, dropped, changed)
	}
	if !slices.Equal(newer, []string{"processors-0031", "processors-0082"}) {
		t.Errorf("the Collector refuses %v", newer)
	}
	t.Logf("%d vectors compared", compared)
}

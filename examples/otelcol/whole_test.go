// SPDX-License-Identifier: Apache-2.0

package tamisprocessor

import (
	"math/rand/v2"
	"testing"

	"go.opentelemetry.io/collector/pdata/ptrace"

	"tamis.test/tamisprocessor/internal/libtamis"
	"tamis.test/tamisprocessor/internal/projection"
)

// Rules of each kind of need: keys, whole maps, each field, events, links, resources, scopes.
var everyNeed = []string{
	`drop where IsMatch(attributes["upstream_cluster"], "grafana/.*")`,
	`drop where name == "ingress" and kind == SPAN_KIND_SERVER`,
	`drop where resource.attributes["service.name"] == "grafana"`,
	`drop where scope.name == "envoy" and attributes["http.status_code"] == 503`,
	`set(attributes["cluster"], "tap-sandbox")`,
	`delete_key(attributes, "http.route") where attributes["http.status_code"] >= 400`,
	`keep_keys(attributes, ["http.route", "tags"])`,
	`set(attributes["copy"], attributes["request"]["headers"]) where attributes["tags"][0] == "a"`,
	`set(attributes[name], attributes["raw"])`,
	`set(attributes["request"]["headers"]["host"], "x") where attributes["request"] != nil`,
	`replace_all_patterns(attributes, "value", "example", "test")`,
	`truncate_all(resource.attributes, 2)`,
	`limit(attributes, 3, [])`,
	`merge_maps(attributes, resource.attributes, "insert")`,
	`set(resource.attributes["first"], name) where kind == SPAN_KIND_CLIENT`,
	`delete_key(resource.attributes, "env")`,
	`set(scope.attributes["x"], scope.version)`,
	`set(scope.name, "other") where scope.name == "envoy"`,
	`set(resource.schema_url, "none")`,
	`set(scope.schema_url, scope.name)`,
	`set(name, Concat([name, String(kind)], " "))`,
	`set(kind, SPAN_KIND_INTERNAL) where status.code == STATUS_CODE_ERROR`,
	`set(status.code, STATUS_CODE_OK) where status.message == "deadline"`,
	`set(status.message, "none")`,
	`set(trace_state["a"], "9")`,
	`set(trace_id, TraceID(0x00112233445566778899aabbccddeeff)) where parent_span_id == SpanID(0x0000000000000000)`,
	`set(span_id, SpanID(0x1122334455667788))`,
	`set(parent_span_id, span_id)`,
	`set(start_time_unix_nano, 5) where end_time_unix_nano - start_time_unix_nano > 2000000000`,
	`set(end_time, start_time)`,
	`set(flags, 1)`,
	`set(dropped_attributes_count, 7) where dropped_events_count == 0`,
	`set(dropped_links_count, 7)`,
	`drop where spanevent.name == "message"`,
	`set(spanevent.attributes["of"], name) where spanevent.attributes["message.id"] > 50`,
	`set(attributes["events"], Len(events))`,
	`drop where Len(links) > 0`,
	`set_semconv_span_name("1.37.0")`,
}

// whole is the plain way: all of the request to bytes, and all that leaves back.
func whole(t testing.TB, vm *libtamis.VM, rules *libtamis.Ruleset, td ptrace.Traces) ptrace.Traces {
	t.Helper()
	if err := vm.Filter(rules, marshal(t, td), libtamis.Client{}); err != nil {
		t.Fatal(err, vm.Reason())
	}
	bytes, err := vm.Output()
	if err != nil {
		t.Fatal(err)
	}
	out, err := (&ptrace.ProtoUnmarshaler{}).UnmarshalTraces(bytes)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// same compares spans with their scopes and resources, whatever stands around none.
func same(a, b ptrace.Traces) bool {
	x, y := projection.Walk(a), projection.Walk(b)
	for x.Next() {
		if !y.Next() || !projection.Equal(x, y) {
			return false
		}
	}
	return !y.Next()
}

func TestWhatIsLeftOutChangesNoAnswer(t *testing.T) {
	engine, err := libtamis.NewEngine()
	if err != nil {
		t.Fatal(err)
	}
	defer engine.Close()
	vm, err := engine.NewVM()
	if err != nil {
		t.Fatal(err)
	}
	defer vm.Close()
	all := ""
	acted := map[string]bool{}
	for _, rule := range everyNeed {
		all += rule + "\n"
	}
	for _, text := range append([]string{all}, everyNeed...) {
		source := libtamis.Source{Name: "rules.ottl", Text: text + "\n"}
		rules, messages, err := engine.Compile(libtamis.Options{Sources: []libtamis.Source{source}})
		if err != nil {
			t.Error(libtamis.Explain(messages, err))
			continue
		}
		b := start(t, configOf(t, "rules: "+write(t, t.TempDir(), "rules.ottl", text+"\n")))
		for seed := range uint64(20) {
			came := traffic(rand.New(rand.NewPCG(seed, 7)), 3, 4)
			want := whole(t, vm, rules, came)
			got := ptrace.NewTraces()
			came.CopyTo(got)
			b.send(t, got)
			if !same(want, got) {
				t.Errorf("%s: seed %d: another answer", text, seed)
				break
			}
			acted[text] = acted[text] || !same(came, got)
		}
		rules.Close()
		if !acted[text] {
			t.Errorf("%s: does nothing here", text)
		}
	}
}

// SPDX-License-Identifier: Apache-2.0

package tamisprocessor

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/otel/attribute"
)

func marshal(t testing.TB, td ptrace.Traces) []byte {
	t.Helper()
	b, err := (&ptrace.ProtoMarshaler{}).MarshalTraces(td)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestAShadowChangesNothing(t *testing.T) {
	folder := t.TempDir()
	live := write(t, folder, "live.ottl", `
drop where IsMatch(attributes["upstream_cluster"], "grafana/.*")
set(attributes["cluster"], "tap-sandbox") where kind == SPAN_KIND_SERVER
`)
	shadow := write(t, folder, "next.ottl", `
drop where kind == SPAN_KIND_CLIENT
set(name, "other")
set(resource.attributes["env"], "shadow")
delete_key(attributes, "http.route")
drop where spanevent.name == "message"
set(attributes["x"], Substring(name, 500, 600))
`)
	alone := start(t, configOf(t, "rules: "+live))
	both := start(t, configOf(t, "{rules: "+live+", shadow: "+shadow+"}"))
	for seed := range uint64(30) {
		alone.send(t, traffic(rand.New(rand.NewPCG(seed, 1)), 3, 5))
		both.send(t, traffic(rand.New(rand.NewPCG(seed, 1)), 3, 5))
	}
	want, got := alone.sink.AllTraces(), both.sink.AllTraces()
	if len(want) != len(got) || len(want) == 0 {
		t.Fatalf("%d requests without, %d with a shadow", len(want), len(got))
	}
	for i := range want {
		if !bytes.Equal(marshal(t, want[i]), marshal(t, got[i])) {
			t.Fatalf("request %d differs", i)
		}
	}
	if both.counted(t, "shadow_spans") == 0 || both.logs.FilterMessage("a rule failed").Len() != 0 {
		t.Fatal("the shadow judged nothing, or its errors were logged as those of the rules")
	}
}

func TestDisagreementsAreCountedByKindAndRule(t *testing.T) {
	folder := t.TempDir()
	live := write(t, folder, "live.ottl", "one: drop where name == \"a\"\nset(attributes[\"v\"], name)\n")
	shadow := write(t, folder, "next.ottl",
		"two: drop where name == \"b\"\nset(attributes[\"v\"], name)\nthree: set(attributes[\"v\"], \"d\") where name == \"c\"\n")
	b := start(t, configOf(t, "{rules: "+live+", shadow: "+shadow+"}"))
	b.send(t, spans("a", "b", "c", "d", "a"))
	for _, want := range []struct {
		kind, rule string
		n          int64
	}{{"live_dropped", "one", 2}, {"shadow_dropped", "two", 1}, {"edits_differ", "three", 1}} {
		if n := b.counted(t, "shadow_disagreements", attribute.String("kind", want.kind),
			attribute.String("rule", want.rule)); n != want.n {
			t.Errorf("%s of %s: %d", want.kind, want.rule, n)
		}
	}
	if n := b.counted(t, "shadow_spans"); n != 5 {
		t.Error(n)
	}
}

func TestAShadowThatFailsRefusesNothing(t *testing.T) {
	folder := t.TempDir()
	shadow := write(t, folder, "next.ottl", "option error_mode propagate\ndrop where Substring(name, 5, 9) == \"x\"\n")
	b := start(t, configOf(t, "{conditions: ['span.name == \"a\"'], shadow: "+shadow+"}"))
	b.send(t, spans("a", "b"))
	if got := names(b.sink.AllTraces()...); len(got) != 1 || got[0] != "b" {
		t.Fatal(got)
	}
	if b.counted(t, "shadow_skipped_spans") != 2 || b.counted(t, "refused_spans") != 0 {
		t.Fatal("it is not told of")
	}
}

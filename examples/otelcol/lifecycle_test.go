// SPDX-License-Identifier: Apache-2.0

package tamisprocessor

import (
	"context"
	"slices"
	"strings"
	"testing"

	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/processor/processortest"
	"go.opentelemetry.io/otel/attribute"
)

func TestConfigIsOneThatTheCollectorCanRead(t *testing.T) {
	if err := componenttest.CheckConfigStruct(NewFactory().CreateDefaultConfig()); err != nil {
		t.Fatal(err)
	}
	if NewFactory().Type() != componentType {
		t.Fatal("another type")
	}
}

func TestNothingLeavesAfterShutdown(t *testing.T) {
	processortest.VerifyShutdown(t, NewFactory(), configOf(t, `conditions: ['span.name == "none is called so"']`))
}

func TestShutdownNeedsNoStart(t *testing.T) {
	p, err := NewFactory().CreateTraces(context.Background(), settings(), configOf(t, "conditions: ['span.name == nil']"),
		consumertest.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Shutdown(context.Background()); err != nil {
		t.Fatal(err)
	}
}

func TestItIsShutDownOnce(t *testing.T) {
	p, err := NewFactory().CreateTraces(context.Background(), settings(), configOf(t, `conditions: ['span.name == "x"']`),
		consumertest.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(context.Background(), componenttest.NewNopHost()); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := p.Shutdown(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.ConsumeTraces(context.Background(), spans("a")); err == nil {
		t.Fatal("it takes requests after its end")
	}
}

func TestItMutatesWhatItGets(t *testing.T) {
	if !start(t, configOf(t, "conditions: ['span.name == \"x\"']")).Capabilities().MutatesData {
		t.Fatal("others would see spans vanish")
	}
}

func TestMatchingSpansAreDropped(t *testing.T) {
	b := start(t, configOf(t, `conditions: ['span.name == "a"', 'span.attributes["n"] == "3"']`))
	b.send(t, spans("a", "b", "c", "d", "a"))
	if got := names(b.sink.AllTraces()...); !slices.Equal(got, []string{"c", "b"}) {
		t.Fatal(got)
	}
	for name, want := range map[string]int64{"received_spans": 5, "kept_spans": 2, "refused_spans": 0} {
		if got := b.counted(t, name); got != want {
			t.Errorf("%s: %d", name, got)
		}
	}
	if got := b.counted(t, "dropped_spans", attribute.String("rule", "conditions[0]"),
		attribute.String("processor", "tamis")); got != 2 {
		t.Error(got)
	}
	if got := b.counted(t, "dropped_spans", attribute.String("rule", "conditions[1]")); got != 1 {
		t.Error(got)
	}
}

func TestARequestOfWhichNothingStaysGoesNoFurther(t *testing.T) {
	b := start(t, configOf(t, "conditions: ['span.name == \"a\"']"))
	b.send(t, spans("a", "a", "a"))
	b.send(t, ptrace.NewTraces())
	if len(b.sink.AllTraces()) != 0 {
		t.Fatal("an empty request left")
	}
}

func TestGroupsSayWhatBarePathsMean(t *testing.T) {
	b := start(t, configOf(t, `
conditions:
- context: span
  conditions: ['attributes["n"] == "0"']
- 'span.name == "b"'
statements:
- context: resource
  statements: ['set(attributes["cluster"], "tap-sandbox")']
- 'set(span.attributes["seen"], true)'`))
	b.send(t, spans("a", "b", "c"))
	got := b.sink.AllTraces()
	if !slices.Equal(names(got...), []string{"c"}) {
		t.Fatal(names(got...))
	}
	rs := got[0].ResourceSpans().At(0)
	raw := rs.Resource().Attributes().AsRaw()
	if raw["cluster"] != "tap-sandbox" || raw["service.name"] != "shop" {
		t.Fatal(raw)
	}
	raw = rs.ScopeSpans().At(0).Spans().At(0).Attributes().AsRaw()
	if raw["seen"] != true || raw["n"] != "2" {
		t.Fatal(raw)
	}
}

func TestWhatASpanWritesIntoItsResourceStaysWhenItIsDropped(t *testing.T) {
	b := start(t, configOf(t, "rules: "+write(t, t.TempDir(), "a.ottl", `
set(resource.attributes["first"], name) where name == "a"
drop where name == "a"
`)))
	b.send(t, spans("a", "b"))
	got := b.sink.AllTraces()[0].ResourceSpans().At(0).Resource().Attributes().AsRaw()
	if got["first"] != "a" {
		t.Fatal(got)
	}
}

func TestRulesComeFromFilesAndWhatTheyImport(t *testing.T) {
	folder := t.TempDir()
	write(t, folder, "names.ottl", "def IsNoise() = name == \"noise\"\n")
	write(t, folder, "rules.ottl", "import \"names\"\nimport \"probes\"\nnoise: drop where IsNoise() or IsProbe()\n")
	b := start(t, configOf(t, "rules: "+folder+"/rul*.ottl"))
	td := spans("noise", "b", "c")
	td.ResourceSpans().At(0).ScopeSpans().At(1).Spans().At(0).Attributes().PutStr("http.route", "/livez")
	b.send(t, td)
	if got := names(b.sink.AllTraces()...); !slices.Equal(got, []string{"c"}) {
		t.Fatal(got)
	}
	if got := b.counted(t, "dropped_spans", attribute.String("rule", "noise")); got != 2 {
		t.Error(got)
	}
}

func TestBadRulesAreRefusedWithPlaceAndHint(t *testing.T) {
	path := write(t, t.TempDir(), "wrong.ottl", "drop where nmae == \"x\"\n")
	for text, want := range map[string][]string{
		"rules: " + path:                                                      {"wrong.ottl:1:12: error[E0201]", "name"},
		"conditions: ['IsMacth(span.name, 1)']":                               {"conditions[0]:1:1: error[", "IsMatch"},
		"conditions: ['name == \"x\"']":                                       {"conditions[0]:1:1: error[", "start paths with span"},
		"{conditions: ['span.name == \"x\"'], shadow: " + path + "}":          {"shadow: ", "wrong.ottl:1:12"},
		"rules: /nowhere/*.ottl":                                              {"there is no such file"},
		"{}":                                                                  {"at least one of rules"},
		"{conditions: ['true'], error_mode: never}":                           {"\"never\" is none of ignore"},
		"conditions: [{context: log, conditions: ['true']}]":                  {"conditions[0]: context: \"log\""},
		"conditions: [{statements: ['set(span.name, \"x\")']}]":               {"a group here holds conditions"},
		"{conditions: ['true'], reload_interval: -1s}":                        {"negative"},
		"rules: " + write(t, t.TempDir(), "i.ottl", "import \"elsewhere\"\n"): {"i.ottl:1", "elsewhere.ottl"},
	} {
		config := configOf(t, text)
		err := config.Validate()
		if err == nil {
			t.Errorf("%s: no error", text)
			continue
		}
		for _, part := range want {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%s: %v lacks %q", text, err, part)
			}
		}
	}
}

func TestItDoesNotStartWithBadRules(t *testing.T) {
	p, err := NewFactory().CreateTraces(context.Background(), settings(), configOf(t, "conditions: ['nmae == 1']"),
		consumertest.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(context.Background(), componenttest.NewNopHost()); err == nil ||
		!strings.Contains(err.Error(), "conditions[0]:1:1: error[") {
		t.Fatal(err)
	}
	if err := p.Shutdown(context.Background()); err != nil {
		t.Fatal(err)
	}
}

func TestErrorsOfRulesAreLoggedAndCounted(t *testing.T) {
	for mode, logged := range map[string]int{"ignore": 1, "silent": 0} {
		b := start(t, configOf(t, "{error_mode: "+mode+`, conditions: ['Concat([span.attributes["n"]], Substring(span.name, 5, 9)) == "x"']}`))
		b.send(t, spans("a"))
		if got := names(b.sink.AllTraces()...); !slices.Equal(got, []string{"a"}) {
			t.Fatal(got)
		}
		if got := b.counted(t, "rule_errors", attribute.String("rule", "conditions[0]")); got != 1 {
			t.Errorf("%s: %d errors", mode, got)
		}
		if got := b.logs.FilterMessage("a rule failed").Len(); got != logged {
			t.Errorf("%s: %d lines", mode, got)
		}
	}
}

func TestAnErrorUnderPropagateRefusesTheRequest(t *testing.T) {
	b := start(t, configOf(t, `{error_mode: propagate, conditions: ['Substring(span.name, 5, 9) == "x"']}`))
	err := b.ConsumeTraces(context.Background(), spans("a", "b"))
	if err == nil || !strings.Contains(err.Error(), "conditions[0]") {
		t.Fatal(err)
	}
	if len(b.sink.AllTraces()) != 0 || b.counted(t, "refused_spans") != 2 {
		t.Fatal("it was not refused")
	}
}

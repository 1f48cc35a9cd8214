// SPDX-License-Identifier: Apache-2.0

package tamisprocessor

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/otel/attribute"
)

func oneOf(b *bench, t *testing.T, name string) bool {
	before := len(b.sink.AllTraces())
	b.send(t, spans(name, "always"))
	all := b.sink.AllTraces()
	return len(all) > before && slices.Contains(names(all[len(all)-1]), name)
}

func TestChangedFilesAreReadAgain(t *testing.T) {
	folder := t.TempDir()
	write(t, folder, "one.ottl", "drop where name == \"a\"\n")
	b := start(t, configOf(t, "{rules: "+folder+"/*.ottl, reload_interval: 1ms}"))
	if oneOf(b, t, "a") || !oneOf(b, t, "b") {
		t.Fatal("the first rules do not act")
	}
	write(t, folder, "one.ottl", "drop where name == \"b\"\n")
	until(t, "the new rules act", func() bool { return oneOf(b, t, "a") && !oneOf(b, t, "b") })
	write(t, folder, "two.ottl", "drop where name == \"c\"\n")
	until(t, "a new file acts", func() bool { return !oneOf(b, t, "c") && !oneOf(b, t, "b") })
	if err := os.Remove(folder + "/one.ottl"); err != nil {
		t.Fatal(err)
	}
	until(t, "a file that went acts no more", func() bool { return oneOf(b, t, "b") && !oneOf(b, t, "c") })
	if n := b.counted(t, "reloads", attribute.String("result", "ok")); n < 3 {
		t.Errorf("%d reloads", n)
	}
}

func TestWhatIsImportedIsWatchedToo(t *testing.T) {
	folder := t.TempDir()
	write(t, folder, "names.ottl", "def IsNoise() = name == \"a\"\n")
	path := write(t, folder, "rules.ottl", "import \"names\"\ndrop where IsNoise()\n")
	b := start(t, configOf(t, "{rules: "+path+", reload_interval: 1ms}"))
	write(t, folder, "names.ottl", "def IsNoise() = name == \"b\"\n")
	until(t, "the new definition acts", func() bool { return oneOf(b, t, "a") && !oneOf(b, t, "b") })
}

func TestRulesThatDoNotCompileChangeNothingAndAreToldOfOnce(t *testing.T) {
	folder := t.TempDir()
	write(t, folder, "one.ottl", "drop where name == \"a\"\n")
	b := start(t, configOf(t, "{rules: "+folder+"/*.ottl, reload_interval: 1ms}"))
	write(t, folder, "one.ottl", "drop where nmae == \"b\"\n")
	failed := func() int64 { return b.counted(t, "reloads", attribute.String("result", "failed")) }
	until(t, "they are refused", func() bool { return failed() > 0 })
	if oneOf(b, t, "a") || !oneOf(b, t, "b") {
		t.Error("the rules before are not in force")
	}
	write(t, folder, "two.ottl", "drop where true == 1 = 2\n")
	until(t, "others are refused", func() bool { return failed() == 2 })
	lines := b.logs.FilterMessageSnippet("those before stay in force").All()
	if len(lines) != 2 || !strings.Contains(fmt.Sprint(lines[0].ContextMap()["error"]), "one.ottl:1:12: error[E0201]") {
		t.Error(lines)
	}
	if err := os.Remove(folder + "/two.ottl"); err != nil {
		t.Fatal(err)
	}
	write(t, folder, "one.ottl", "drop where name == \"b\"\n")
	until(t, "sound ones act", func() bool { return oneOf(b, t, "a") && !oneOf(b, t, "b") })
}

// Every request is judged by the rules of one reading: both of its pairs go, or both stay.
func TestRulesAreReplacedWhileOthersSend(t *testing.T) {
	folder := t.TempDir()
	texts := []string{
		"drop where name == \"a\"\nset(attributes[\"by\"], \"first\")\n",
		"drop where name == \"b\"\nset(attributes[\"by\"], \"second\")\n",
		"drop where nmae\n",
	}
	write(t, folder, "one.ottl", texts[0])
	b := start(t, configOf(t, "{rules: "+folder+"/*.ottl, shadow: "+folder+"/*.ottl, reload_interval: 1ms}"))
	var senders sync.WaitGroup
	var sent, byFirst, bySecond atomic.Int64
	done := make(chan struct{})
	for range 8 {
		senders.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				td := spans("a", "b", "c", "a", "b", "c")
				if err := b.ConsumeTraces(context.Background(), td); err != nil {
					t.Error(err)
					return
				}
				sent.Add(1)
				switch by, err := judgedBy(td); {
				case err != nil:
					t.Error(err)
				case by == "first":
					byFirst.Add(1)
				default:
					bySecond.Add(1)
				}
			}
		})
	}
	for i := range 30 {
		write(t, folder, "one.ottl", texts[i%len(texts)])
		n := sent.Load()
		until(t, "requests pass", func() bool { return t.Failed() || sent.Load() > n+20 })
	}
	write(t, folder, "one.ottl", texts[1])
	until(t, "the last rules act", func() bool { n := bySecond.Load(); return n > 0 && oneOf(b, t, "a") && !oneOf(b, t, "b") })
	close(done)
	senders.Wait()
	if byFirst.Load() == 0 || bySecond.Load() == 0 {
		t.Errorf("%d and %d requests", byFirst.Load(), bySecond.Load())
	}
}

func judgedBy(td ptrace.Traces) (by string, err error) {
	kept := names(td)
	slices.Sort(kept)
	want := map[string][]string{"first": {"b", "b", "c", "c"}, "second": {"a", "a", "c", "c"}}
	for _, ss := range td.ResourceSpans().At(0).ScopeSpans().All() {
		for _, span := range ss.Spans().All() {
			value, ok := span.Attributes().Get("by")
			if !ok || (by != "" && by != value.Str()) {
				return "", errors.New("spans of one request have been judged by two rulesets")
			}
			by = value.Str()
		}
	}
	if !slices.Equal(kept, want[by]) {
		return "", fmt.Errorf("%s left %v", by, kept)
	}
	return by, nil
}

func TestShutdownWaitsForRequests(t *testing.T) {
	b := start(t, configOf(t, "conditions: ['IsMatch(span.name, \"^(a|b)+$\")']"))
	var senders sync.WaitGroup
	for range 4 {
		senders.Go(func() {
			for b.ConsumeTraces(context.Background(), spans("ab", "c")) == nil {
			}
		})
	}
	until(t, "requests pass", func() bool { return b.sink.SpanCount() > 50 })
	if err := b.Shutdown(context.Background()); err != nil {
		t.Fatal(err)
	}
	n := b.sink.SpanCount()
	senders.Wait()
	if b.sink.SpanCount() > n+4 { // what was judged before the end, on its way to the sink
		t.Fatal("spans left after the end")
	}
}

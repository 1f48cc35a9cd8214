// SPDX-License-Identifier: Apache-2.0

package tamisprocessor

import (
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/ptrace"
	"golang.org/x/sys/unix"

	"tamis.test/tamisprocessor/internal/libtamis"
	"tamis.test/tamisprocessor/internal/projection"
)

const nine = `
drop where IsMatch(attributes["upstream_cluster"], "grafana/.*")
drop where IsMatch(attributes["upstream_cluster"], "tap-gui/.*")
drop where IsMatch(attributes["upstream_cluster"], "appsso/.*")
drop where IsMatch(attributes["http.url"], "https://grafana.*")
drop where attributes["http.route"] == "/livez"
drop where attributes["http.route"] == "/readyz"
drop where attributes["user_agent.original"] == "kube-probe//"
drop where attributes["user_agent"] == "Knative-Ingress-Probe"
drop where name == "OperationHandler.handle"
`

// way is how the rules get at the spans.
type way func(b *testing.B, vm *libtamis.VM, rules *libtamis.Ruleset, p *projection.Projection, td ptrace.Traces) error

// projected is what the processor does.
func projected(b *testing.B, vm *libtamis.VM, rules *libtamis.Ruleset, p *projection.Projection, td ptrace.Traces) error {
	vm.Buffer = p.Append(vm.Buffer[:0], td)
	if err := vm.Filter(rules, vm.Buffer, libtamis.Client{}); err != nil {
		return err
	}
	if !vm.Edited() {
		projection.Remove(td, vm.Verdicts())
		return nil
	}
	out, err := vm.Output()
	if err != nil {
		return err
	}
	return p.Apply(td, vm.Verdicts(), out)
}

// marshalled is the plain way: all of the request as bytes, and back when anything was edited.
func marshalled(b *testing.B, vm *libtamis.VM, rules *libtamis.Ruleset, _ *projection.Projection, td ptrace.Traces) error {
	bytes := marshal(b, td)
	if err := vm.Filter(rules, bytes, libtamis.Client{}); err != nil {
		return err
	}
	if !vm.Edited() {
		projection.Remove(td, vm.Verdicts())
		return nil
	}
	out, err := vm.Output()
	if err != nil {
		return err
	}
	left, err := (&ptrace.ProtoUnmarshaler{}).UnmarshalTraces(out)
	left.MoveTo(td)
	return err
}

func threadTime(b *testing.B) time.Duration {
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &now); err != nil {
		b.Fatal(err)
	}
	return time.Duration(now.Nano())
}

// BenchmarkWays reports the processor time of a span for each way to libtamis, in turns over the same requests.
func BenchmarkWays(b *testing.B) {
	for name, text := range map[string]string{"drops": nine, "edits": nine + "set(attributes[\"cluster\"], \"tap-sandbox\")\n"} {
		b.Run(name, func(b *testing.B) {
			engine, err := libtamis.NewEngine()
			if err != nil {
				b.Fatal(err)
			}
			defer engine.Close()
			rules, _, err := engine.Compile(libtamis.Options{Sources: []libtamis.Source{{Name: "nine.ottl", Text: text}}})
			if err != nil {
				b.Fatal(err)
			}
			defer rules.Close()
			vm, err := engine.NewVM()
			if err != nil {
				b.Fatal(err)
			}
			defer vm.Close()
			inTurns(b, vm, rules)
		})
	}
}

func inTurns(b *testing.B, vm *libtamis.VM, rules *libtamis.Ruleset) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	p := projection.New(rules.Needs())
	ways := map[string]way{"projected": projected, "marshalled": marshalled}
	spent, spans := map[string]time.Duration{}, 0
	for seed := uint64(0); b.Loop(); seed++ {
		td := traffic(rand.New(rand.NewPCG(seed, 3)), 8, 64)
		spans += td.SpanCount()
		for name, take := range ways {
			own := ptrace.NewTraces()
			td.CopyTo(own)
			before := threadTime(b)
			if err := take(b, vm, rules, p, own); err != nil {
				b.Fatal(err)
			}
			spent[name] += threadTime(b) - before
		}
	}
	b.ReportMetric(0, "ns/op")
	for name := range ways {
		b.ReportMetric(float64(spent[name])/float64(spans), name+"-ns/span")
	}
}

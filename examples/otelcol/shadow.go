// SPDX-License-Identifier: Apache-2.0

package tamisprocessor

import (
	"context"
	"fmt"

	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/otel/attribute"

	"tamis.test/tamisprocessor/internal/libtamis"
	"tamis.test/tamisprocessor/internal/projection"
)

// disagreement is a kind and the rule that is told of it.
type disagreement struct{ kind, rule string }

// compare lets the shadow judge the request that the VM has just judged, and counts where they disagree.
func (p *tamis) compare(ctx context.Context, g *generation, vm *libtamis.VM, from libtamis.Client) error {
	other, err := p.vm()
	if err != nil {
		return err
	}
	defer p.done(other)
	if err := other.Filter(g.shadow.Ruleset, vm.Buffer, from); err != nil {
		return fmt.Errorf("%w: %s", err, other.Reason())
	}
	edited := vm.Edited() || other.Edited()
	out, err := outputOf(vm, edited)
	if err != nil {
		return err
	}
	shadow, err := outputOf(other, edited)
	if err != nil {
		return err
	}
	found := map[disagreement]int64{}
	live, next := projection.Walk(out), projection.Walk(shadow)
	for i, l := range vm.Verdicts() {
		s := other.Verdicts()[i]
		here, there := edited && l.Stays() && live.Next(), edited && s.Stays() && next.Next()
		switch {
		case l.Stays() != s.Stays() && s.Stays():
			found[disagreement{"live_dropped", nameOf(g.live, l.Rule)}]++
		case l.Stays() != s.Stays():
			found[disagreement{"shadow_dropped", nameOf(g.shadow, s.Rule)}]++
		case here && there && !projection.Equal(live, next):
			rules, rule := g.shadow, s.Rule
			if rule == libtamis.NoRule {
				rules, rule = g.live, l.Rule
			}
			found[disagreement{"edits_differ", nameOf(rules, rule)}]++
		}
	}
	p.telemetry.shadowSpans.Add(ctx, int64(len(vm.Verdicts())), p.telemetry.of)
	for d, n := range found {
		p.telemetry.disagreements.Add(ctx, n,
			p.telemetry.with(attribute.String("kind", d.kind), attribute.String("rule", d.rule)))
	}
	return nil
}

// outputOf is what leaves, of the projection; an empty request where it is not wanted.
func outputOf(vm *libtamis.VM, wanted bool) (ptrace.Traces, error) {
	if !wanted {
		return ptrace.NewTraces(), nil
	}
	bytes, err := vm.Output()
	if err != nil {
		return ptrace.NewTraces(), err
	}
	return (&ptrace.ProtoUnmarshaler{}).UnmarshalTraces(bytes)
}

// nameOf is empty where no rule is told of: a span took more than its share.
func nameOf(r *ruleset, rule uint32) string {
	if rule == libtamis.NoRule {
		return ""
	}
	return r.Rules()[rule].Name
}

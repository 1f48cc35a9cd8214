// SPDX-License-Identifier: Apache-2.0

package tamisprocessor

import (
	"context"
	"errors"

	"go.opentelemetry.io/collector/processor"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"tamis.test/tamisprocessor/internal/libtamis"
)

// telemetry is the counters in the Collector's own metrics.
type telemetry struct {
	id attribute.KeyValue
	of metric.MeasurementOption // the processor alone

	received, kept, dropped, rejected, ruleErrors, refused, reloads, shadowSpans, shadowSkipped, disagreements metric.Int64Counter
}

func newTelemetry(set processor.Settings) (*telemetry, error) {
	t := &telemetry{id: attribute.String("processor", set.ID.String())}
	t.of = metric.WithAttributeSet(attribute.NewSet(t.id))
	meter := set.MeterProvider.Meter("tamis.test/tamisprocessor")
	var errs []error
	for _, row := range []struct {
		counter           *metric.Int64Counter
		name, unit, about string
	}{
		{&t.received, "received_spans", "{spans}", "Spans that came."},
		{&t.kept, "kept_spans", "{spans}", "Spans that left."},
		{&t.dropped, "dropped_spans", "{spans}", "Spans that a rule dropped."},
		{&t.rejected, "rejected_spans", "{spans}", "Spans that were dropped because they took more than their share of what a request may cost."},
		{&t.ruleErrors, "rule_errors", "{errors}", "Runtime errors of a rule."},
		{&t.refused, "refused_spans", "{spans}", "Spans of requests that were refused."},
		{&t.reloads, "reloads", "{reloads}", "Readings of changed rule files, by what came of them: ok or failed."},
		{&t.shadowSpans, "shadow_spans", "{spans}", "Spans that the shadow judged, too."},
		{&t.shadowSkipped, "shadow_skipped_spans", "{spans}", "Spans that the shadow could not judge."},
		{&t.disagreements, "shadow_disagreements", "{spans}", "Spans that the rules and the shadow treat differently, by kind: live_dropped, shadow_dropped, edits_differ; and the rule."},
	} {
		counter, err := meter.Int64Counter("otelcol_processor_tamis_"+row.name, metric.WithUnit(row.unit),
			metric.WithDescription(row.about))
		*row.counter = counter
		errs = append(errs, err)
	}
	return t, errors.Join(errs...)
}

// label makes the sets of attributes of the rules' counters, once.
func (t *telemetry) label(r *ruleset) {
	for _, rule := range r.Rules() {
		r.label = append(r.label, metric.WithAttributeSet(attribute.NewSet(t.id, attribute.String("rule", rule.Name))))
	}
}

func (t *telemetry) with(pairs ...attribute.KeyValue) metric.MeasurementOption {
	return metric.WithAttributeSet(attribute.NewSet(append(pairs, t.id)...))
}

// judged counts what the rules did to a request.
func (t *telemetry) judged(ctx context.Context, r *ruleset, vm *libtamis.VM) {
	in, out := vm.Spans()
	t.received.Add(ctx, int64(in), t.of)
	t.kept.Add(ctx, int64(out), t.of)
	for _, count := range vm.Counts() {
		if count.DroppedSpans > 0 {
			t.dropped.Add(ctx, int64(count.DroppedSpans), r.label[count.Rule])
		}
		if count.RejectedSpans > 0 {
			t.rejected.Add(ctx, int64(count.RejectedSpans), r.label[count.Rule])
		}
		if count.Errors > 0 {
			t.ruleErrors.Add(ctx, int64(count.Errors), r.label[count.Rule])
		}
	}
}

// refuse counts a request that does not pass, and the errors of its rules.
func (t *telemetry) refuse(ctx context.Context, r *ruleset, vm *libtamis.VM, spans int) {
	t.received.Add(ctx, int64(spans), t.of)
	t.refused.Add(ctx, int64(spans), t.of)
	for _, count := range vm.Counts() {
		if count.Errors > 0 {
			t.ruleErrors.Add(ctx, int64(count.Errors), r.label[count.Rule])
		}
	}
}

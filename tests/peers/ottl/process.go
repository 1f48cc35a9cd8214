// SPDX-License-Identifier: Apache-2.0
package main

import (
	"context"
	"fmt"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/processor"
	"go.opentelemetry.io/collector/processor/processortest"

	"github.com/open-telemetry/opentelemetry-collector-contrib/processor/attributesprocessor"
	"github.com/open-telemetry/opentelemetry-collector-contrib/processor/filterprocessor"
	"github.com/open-telemetry/opentelemetry-collector-contrib/processor/resourceprocessor"
	"github.com/open-telemetry/opentelemetry-collector-contrib/processor/transformprocessor"
)

var factories = map[string]func() processor.Factory{
	"attributes": attributesprocessor.NewFactory,
	"filter":     filterprocessor.NewFactory,
	"resource":   resourceprocessor.NewFactory,
	"transform":  transformprocessor.NewFactory,
}

// build makes the processor from its configuration; what it refuses is a buildError.
func build(c *testCase, sink *consumertest.TracesSink) (processor.Traces, error) {
	make, ok := factories[c.Processor]
	if !ok {
		return nil, fmt.Errorf("no processor %q", c.Processor)
	}
	factory := make()
	config := factory.CreateDefaultConfig()
	if err := confmap.NewFromStringMap(c.Config).Unmarshal(&config); err != nil {
		return nil, buildError{err}
	}
	if err := confmap.Validate(config); err != nil {
		return nil, buildError{err}
	}
	p, err := factory.CreateTraces(context.Background(), processortest.NewNopSettings(component.MustNewType(c.Processor)),
		config, sink)
	if err != nil {
		return nil, buildError{err}
	}
	return p, nil
}

// process sends the data through one processor and tells what it passed on.
func process(c *testCase, td ptrace.Traces, before []byte, a *answer) error {
	sink := new(consumertest.TracesSink)
	p, err := build(c, sink)
	if err != nil {
		return err
	}
	ctx := context.Background()
	if err := p.Start(ctx, componenttest.NewNopHost()); err != nil {
		return buildError{err}
	}
	if err := p.ConsumeTraces(ctx, td); err != nil {
		a.Error = err.Error()
	}
	if err := p.Shutdown(ctx); err != nil {
		return err
	}
	passed := sink.AllTraces()
	dropped := len(passed) == 0
	a.Dropped = &dropped
	if dropped {
		return nil
	}
	return a.changes(before, passed[0])
}

// Package tamisprocessor lets libtamis decide in the OpenTelemetry Collector which spans pass, and edit them, by OTTL
// rules in files and in the configuration.
//
// SPDX-License-Identifier: Apache-2.0
package tamisprocessor

import (
	"context"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/processor"
	"go.opentelemetry.io/collector/processor/processorhelper"
)

var componentType = component.MustNewType("tamis")

// NewFactory is what the Collector's builder calls.
func NewFactory() processor.Factory {
	return processor.NewFactory(componentType, createDefaultConfig,
		processor.WithTraces(createTraces, component.StabilityLevelDevelopment))
}

func createTraces(ctx context.Context, set processor.Settings, config component.Config,
	next consumer.Traces) (processor.Traces, error) {
	p, err := newTamis(set, config.(*Config))
	if err != nil {
		return nil, err
	}
	return processorhelper.NewTraces(ctx, set, config, next, p.process,
		processorhelper.WithCapabilities(consumer.Capabilities{MutatesData: true}),
		processorhelper.WithStart(p.start), processorhelper.WithShutdown(p.shutdown))
}

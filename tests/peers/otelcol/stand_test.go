// Package otelcol holds the tamis processor against the Collector's filter and transform processors, in one process.
//
// SPDX-License-Identifier: Apache-2.0
package otelcol

import (
	"context"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/open-telemetry/opentelemetry-collector-contrib/processor/filterprocessor"
	"github.com/open-telemetry/opentelemetry-collector-contrib/processor/transformprocessor"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/processor"
	"go.opentelemetry.io/collector/processor/processortest"
	"golang.org/x/sys/unix"

	"tamis.test/tamisprocessor"
)

var (
	filter    = filterprocessor.NewFactory()
	transform = transformprocessor.NewFactory()
	tamis     = tamisprocessor.NewFactory()
)

// started is the processor with that configuration, in front of `next`. It ends with the test.
func started(t testing.TB, factory processor.Factory, config map[string]any, next consumer.Traces) (processor.Traces, error) {
	t.Helper()
	settings := factory.CreateDefaultConfig()
	if err := confmap.NewFromStringMap(config).Unmarshal(settings); err != nil {
		return nil, err
	}
	p, err := factory.CreateTraces(context.Background(), processortest.NewNopSettings(factory.Type()), settings, next)
	if err != nil {
		return nil, err
	}
	if err := p.Start(context.Background(), componenttest.NewNopHost()); err != nil {
		return nil, err
	}
	t.Cleanup(func() { _ = p.Shutdown(context.Background()) })
	return p, nil
}

func mustStart(t testing.TB, factory processor.Factory, config map[string]any) processor.Traces {
	t.Helper()
	p, err := started(t, factory, config, consumertest.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// generated are requests of tests/peers/make_spans.py.
func generated(t testing.TB, requests, spans string) (all []ptrace.Traces) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "spans")
	made := exec.Command("python3", "../make_spans.py", "--requests", requests, "--spans", spans, "--format", "lengths", path)
	if said, err := made.CombinedOutput(); err != nil {
		t.Skipf("make_spans.py: %v: %s", err, said)
	}
	bytes, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for len(bytes) > 0 {
		n := 4 + binary.LittleEndian.Uint32(bytes)
		td, err := (&ptrace.ProtoUnmarshaler{}).UnmarshalTraces(bytes[4:n])
		if err != nil {
			t.Fatal(err)
		}
		all, bytes = append(all, td), bytes[n:]
	}
	return all
}

func copyOf(td ptrace.Traces) ptrace.Traces {
	own := ptrace.NewTraces()
	td.CopyTo(own)
	return own
}

// cpu is what this thread has used so far: without collecting garbage in others.
func cpu(t testing.TB) time.Duration {
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &now); err != nil {
		t.Fatal(err)
	}
	return time.Duration(now.Nano())
}

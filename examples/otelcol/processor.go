// SPDX-License-Identifier: Apache-2.0

package tamisprocessor

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"go.opentelemetry.io/collector/client"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/processor"
	"go.opentelemetry.io/collector/processor/processorhelper"
	"go.opentelemetry.io/otel/attribute"
	"go.uber.org/zap"

	"tamis.test/tamisprocessor/internal/libtamis"
	"tamis.test/tamisprocessor/internal/projection"
)

// tamis is one processor of one pipeline.
type tamis struct {
	config    *Config
	log       *zap.Logger
	telemetry *telemetry
	engine    *libtamis.Engine
	current   current

	// Requests hold it for reading, so that shutdown waits for them.
	running sync.RWMutex
	open    bool

	idle struct {
		sync.Mutex
		vms []*libtamis.VM
	}
	reloading sync.WaitGroup
	stop      context.CancelFunc
}

func newTamis(set processor.Settings, config *Config) (*tamis, error) {
	counters, err := newTelemetry(set)
	if err != nil {
		return nil, err
	}
	return &tamis{config: config, log: set.Logger, telemetry: counters}, nil
}

func (p *tamis) start(context.Context, component.Host) error {
	engine, err := libtamis.NewEngine()
	if err != nil {
		return err
	}
	p.engine = engine
	if err := p.publish(); err != nil {
		p.engine.Close()
		return err
	}
	p.running.Lock()
	p.open = true
	p.running.Unlock()
	ctx, stop := context.WithCancel(context.Background())
	p.stop = stop
	if p.config.ReloadInterval > 0 && len(p.config.Rules)+len(p.config.Shadow) > 0 {
		p.reloading.Go(func() { p.watch(ctx) })
	}
	return nil
}

// publish compiles the rules and makes them those of now; otherwise nothing changes.
func (p *tamis) publish() error {
	g, messages, err := load(p.engine, p.config)
	if err != nil {
		return err
	}
	for _, m := range messages {
		p.log.Warn(m.Text, zap.String("code", m.Code), zap.String("file", m.File), zap.Int("line", m.Line),
			zap.Int("column", m.Column), zap.String("hint", m.Hint))
	}
	p.telemetry.label(g.live)
	if g.shadow != nil {
		p.telemetry.label(g.shadow)
	}
	p.current.set(g)
	return nil
}

// watch reads the rules again when their files have changed. Those that do not compile are told of once.
func (p *tamis) watch(ctx context.Context) {
	ticker := time.NewTicker(p.config.ReloadInterval)
	defer ticker.Stop()
	said := ""
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		g := p.current.get()
		outdated := g.outdated(p.config)
		g.release()
		if !outdated {
			said = ""
			continue
		}
		result := "ok"
		if err := p.publish(); err == nil {
			said = ""
			p.log.Info("the rules were read again")
		} else if err.Error() == said {
			continue
		} else {
			result, said = "failed", err.Error()
			p.log.Error("the rules have changed and cannot be read: those before stay in force", zap.Error(err))
		}
		p.telemetry.reloads.Add(ctx, 1, p.telemetry.with(attribute.String("result", result)))
	}
}

func (p *tamis) shutdown(context.Context) error {
	if p.stop == nil {
		return nil // it was never started
	}
	p.stop()
	p.reloading.Wait()
	p.running.Lock()
	defer p.running.Unlock()
	if !p.open {
		return nil
	}
	p.open = false
	for _, vm := range p.idle.vms {
		vm.Close()
	}
	p.idle.vms = nil
	p.current.pointer.Load().release()
	p.engine.Close()
	return nil
}

// vm takes one that nobody uses.
func (p *tamis) vm() (*libtamis.VM, error) {
	p.idle.Lock()
	defer p.idle.Unlock()
	if n := len(p.idle.vms); n > 0 {
		vm := p.idle.vms[n-1]
		p.idle.vms = p.idle.vms[:n-1]
		return vm, nil
	}
	return p.engine.NewVM()
}

// done gives a VM back. As many wait as can work at once.
func (p *tamis) done(vm *libtamis.VM) {
	const mostBuffered = 4 << 20
	if cap(vm.Buffer) > mostBuffered {
		vm.Buffer = nil
	}
	p.idle.Lock()
	defer p.idle.Unlock()
	if len(p.idle.vms) < 2*runtime.GOMAXPROCS(0) {
		p.idle.vms = append(p.idle.vms, vm)
	} else {
		vm.Close()
	}
}

// process is called by any number of goroutines at once.
func (p *tamis) process(ctx context.Context, td ptrace.Traces) (ptrace.Traces, error) {
	p.running.RLock()
	defer p.running.RUnlock()
	if !p.open {
		return td, errors.New("the processor does not run")
	}
	vm, err := p.vm()
	if err != nil {
		return td, err
	}
	defer p.done(vm)
	g := p.current.get()
	defer g.release()
	if err := p.judge(ctx, g, vm, td); err != nil {
		return td, err
	}
	if td.ResourceSpans().Len() == 0 {
		return td, processorhelper.ErrSkipProcessingData
	}
	return td, nil
}

// judge lets the rules act on the request.
func (p *tamis) judge(ctx context.Context, g *generation, vm *libtamis.VM, td ptrace.Traces) error {
	vm.Buffer = g.projection.Append(vm.Buffer[:0], td)
	from := clientOf(ctx)
	status := vm.Filter(g.live.Ruleset, vm.Buffer, from)
	p.tellFailures(vm)
	if status != nil {
		p.telemetry.refuse(ctx, g.live, vm, td.SpanCount())
		return refusal(status, vm.Reason())
	}
	p.telemetry.judged(ctx, g.live, vm)
	if reason := vm.Reason(); reason != "" {
		p.log.Warn("spans were dropped for what they cost", zap.String("reason", reason))
	}
	if g.shadow != nil {
		if err := p.compare(ctx, g, vm, from); err != nil {
			p.log.Warn("the shadow could not judge a request", zap.Error(err))
			p.telemetry.shadowSkipped.Add(ctx, int64(td.SpanCount()), p.telemetry.of)
		}
	}
	if vm.Edited() {
		out, err := vm.Output()
		if err != nil {
			return err
		}
		return g.projection.Apply(td, vm.Verdicts(), out)
	}
	if in, stay := vm.Spans(); in != stay || in == 0 {
		projection.Remove(td, vm.Verdicts())
	}
	return nil
}

// refusal is permanent but where memory is short: the same request would be refused again.
func refusal(status error, reason string) error {
	err := status
	if reason != "" {
		err = fmt.Errorf("%w: %s", status, reason)
	}
	if errors.Is(status, libtamis.OutOfMemory) {
		return err
	}
	return consumererror.NewPermanent(err)
}

func (p *tamis) tellFailures(vm *libtamis.VM) {
	failures, all := vm.Failures()
	for _, f := range failures {
		p.log.Warn("a rule failed", zap.String("rule", f.Rule), zap.String("error", f.Message))
	}
	if more := all - len(failures); more > 0 {
		p.log.Warn("rules failed more often in the same request", zap.Int("times", more))
	}
}

// clientOf is what receivers tell of who sent the request.
func clientOf(ctx context.Context) (from libtamis.Client) {
	info := client.FromContext(ctx)
	if info.Addr != nil {
		from.Address = info.Addr.String()
	}
	for key := range info.Metadata.Keys() {
		for _, value := range info.Metadata.Get(key) {
			from.Metadata = append(from.Metadata, [2]string{key, value})
		}
	}
	slices.SortStableFunc(from.Metadata, func(a, b [2]string) int { return strings.Compare(a[0], b[0]) })
	return from
}

package main

import (
	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/ottl"
	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/ottl/ottlfuncs"
	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/ottl/contexts/ottlspan"
)

var _ = ottl.ParseKeyValue
var _ = ottlfuncs.StandardFuncs
var _ = ottlspan.NewParser

func main() {}

// CustomResourceDefinitions: the schema of each version, and what the API server does with it.
//
// SPDX-License-Identifier: Apache-2.0
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	extensions "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	structural "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/kube-openapi/pkg/validation/spec"
	"k8s.io/kube-openapi/pkg/validation/strfmt"
	"k8s.io/kube-openapi/pkg/validation/validate"
	"sigs.k8s.io/yaml"
)

type definition struct {
	kind       string
	structural *structural.Structural
	validator  *validate.SchemaValidator
}

type definitions map[schema.GroupVersionKind]definition

func newDefinition(kind string, props *extensions.JSONSchemaProps) (definition, error) {
	var internal apiextensions.JSONSchemaProps
	if err := extensions.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(props, &internal, nil); err != nil {
		return definition{}, err
	}
	tree, err := structural.NewStructural(&internal)
	if err != nil {
		return definition{}, err
	}
	text, err := json.Marshal(props)
	if err != nil {
		return definition{}, err
	}
	var open spec.Schema
	if err := json.Unmarshal(text, &open); err != nil {
		return definition{}, err
	}
	return definition{kind, tree, validate.NewSchemaValidator(&open, nil, "", strfmt.Default)}, nil
}

func readDefinitions(files []string) (definitions, error) {
	all := definitions{}
	for _, path := range files {
		err := documents(path, func(text []byte) error {
			var crd extensions.CustomResourceDefinition
			if err := yaml.Unmarshal(text, &crd); err != nil || crd.Kind != "CustomResourceDefinition" {
				return err
			}
			for _, version := range crd.Spec.Versions {
				one, err := newDefinition(crd.Spec.Names.Kind, version.Schema.OpenAPIV3Schema)
				if err != nil {
					return fmt.Errorf("%s: %w", crd.Name, err)
				}
				all[schema.GroupVersionKind{Group: crd.Spec.Group, Version: version.Name,
					Kind: crd.Spec.Names.Kind}] = one
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

// judge finds keys that the schema does not know, which the API server would leave out, and values that it refuses.
func (d definition) judge(text []byte) error {
	var object map[string]any
	if err := yaml.UnmarshalStrict(text, &object); err != nil {
		return err
	}
	unknown := pruning.PruneWithOptions(object, d.structural, true,
		structural.UnknownFieldPathOptions{TrackUnknownFieldPaths: true})
	var wrong error
	if len(unknown) > 0 {
		wrong = fmt.Errorf("%s: unknown %s", d.kind, strings.Join(unknown, ", "))
	}
	for _, err := range d.validator.Validate(object).Errors {
		wrong = errors.Join(wrong, fmt.Errorf("%s: %w", d.kind, err))
	}
	return wrong
}

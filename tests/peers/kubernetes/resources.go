// Resources: those of Kubernetes by its types, others by their CustomResourceDefinition.
//
// SPDX-License-Identifier: Apache-2.0
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	apps "k8s.io/api/apps/v1"
	autoscaling "k8s.io/api/autoscaling/v2"
	core "k8s.io/api/core/v1"
	policy "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"
)

// typed gives an empty object of each kind that Kubernetes itself has.
func typed() (*runtime.Scheme, error) {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{apps.AddToScheme, autoscaling.AddToScheme, core.AddToScheme,
		policy.AddToScheme} {
		if err := add(scheme); err != nil {
			return nil, err
		}
	}
	return scheme, nil
}

// documents calls each with every document of a file that holds more than comments.
func documents(path string, each func(text []byte) error) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	reader := utilyaml.NewYAMLReader(bufio.NewReader(file))
	for {
		text, err := reader.Read()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		asJSON, err := yaml.YAMLToJSONStrict(text)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		if bytes.Equal(bytes.TrimSpace(asJSON), []byte("null")) {
			continue
		}
		if err := each(text); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
}

type header struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
}

// judge says what is wrong with one document.
func judge(scheme *runtime.Scheme, custom definitions, text []byte) error {
	var head header
	if err := yaml.Unmarshal(text, &head); err != nil {
		return err
	}
	kind := schema.FromAPIVersionAndKind(head.APIVersion, head.Kind)
	if definition, ok := custom[kind]; ok {
		return definition.judge(text)
	}
	object, err := scheme.New(kind)
	if err != nil {
		return fmt.Errorf("unknown kind: %w", err)
	}
	if err := yaml.UnmarshalStrict(text, object); err != nil {
		return fmt.Errorf("%s: %w", head.Kind, err)
	}
	return nil
}

// check judges every document of the files, and returns them all.
func check(definitionFiles, files []string) ([]json.RawMessage, error) {
	scheme, err := typed()
	if err != nil {
		return nil, err
	}
	custom, err := readDefinitions(definitionFiles)
	if err != nil {
		return nil, err
	}
	var all []json.RawMessage
	var wrong error
	for _, path := range files {
		err := documents(path, func(text []byte) error {
			wrong = errors.Join(wrong, judge(scheme, custom, text))
			asJSON, err := yaml.YAMLToJSON(text)
			all = append(all, asJSON)
			return err
		})
		wrong = errors.Join(wrong, err)
	}
	return all, wrong
}

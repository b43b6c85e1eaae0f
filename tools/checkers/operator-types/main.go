// Command operator-types reads objects of Prometheus Operator (ServiceMonitor, PrometheusRule) into the operator's own
// types, and refuses what these do not have. Kubernetes' own schemas know nothing of them.
package main

import (
	"fmt"
	"os"

	monitoring "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
)

func main() {
	if err := check(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func check(files []string) error {
	scheme := runtime.NewScheme()
	if err := monitoring.AddToScheme(scheme); err != nil {
		return err
	}
	decoder := serializer.NewCodecFactory(scheme, serializer.EnableStrict).UniversalDeserializer()
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		if _, _, err := decoder.Decode(data, nil, nil); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
	}
	return nil
}

package capacity

import (
	"fmt"

	"k8s.io/apimachinery/pkg/api/resource"

	"paddock/components/quantity"
)

// milli writes an amount of CPU as Kubernetes does.
func milli(n int64) string { return resource.NewMilliQuantity(n, resource.DecimalSI).String() }

// bytes writes an amount of memory as Kubernetes does.
func bytes(n int64) string { return resource.NewQuantity(n, resource.BinarySI).String() }

// amount writes what a size has of a resource.
func amount(s Size, by string) string {
	if by == "memory" {
		return bytes(s.Memory) + " of memory"
	}
	if s.MilliCPU%1000 == 0 {
		return milli(s.MilliCPU) + " CPU"
	}
	return milli(s.MilliCPU)
}

// of says what about the pods fills the nodes.
func of(pod Size, by string, each int) string {
	if by == "pods" {
		return fmt.Sprintf(", of which a node takes %d", each)
	}
	return " of " + amount(pod, by)
}

// parseMilli reads an amount of CPU, as thousandths.
func parseMilli(text string) (int64, error) {
	q, err := quantity.Parse(text)
	return q.Milli(), err
}

// parseBytes reads an amount of memory, or a number.
func parseBytes(text string) (int64, error) {
	q, err := quantity.Parse(text)
	return q.Bytes(), err
}

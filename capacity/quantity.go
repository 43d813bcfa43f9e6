package capacity

import (
	"fmt"

	"k8s.io/apimachinery/pkg/api/resource"

	"paddock/components/quantity"
)

// showCPU writes an amount of CPU as Kubernetes does.
func showCPU(n int64) string { return resource.NewMilliQuantity(n, resource.DecimalSI).String() }

// showMemory writes an amount of memory as Kubernetes does.
func showMemory(n int64) string { return resource.NewQuantity(n, resource.BinarySI).String() }

// showSize writes what a size has of a resource.
func showSize(s Size, by string) string {
	if by == "memory" {
		return showMemory(s.Memory) + " of memory"
	}
	if s.MilliCPU%1000 == 0 {
		return showCPU(s.MilliCPU) + " CPU"
	}
	return showCPU(s.MilliCPU)
}

// ofPods says what about the pods fills the nodes.
func ofPods(pod Size, by string, each int) string {
	if by == "pods" {
		return fmt.Sprintf(", of which a node takes %d", each)
	}
	return " of " + showSize(pod, by)
}

// parseCPU reads an amount of CPU, in thousandths.
func parseCPU(text string) (int64, error) {
	q, err := quantity.Parse(text)
	return q.Milli(), err
}

// parseMemory reads an amount of memory, or a number.
func parseMemory(text string) (int64, error) {
	q, err := quantity.Parse(text)
	return q.Bytes(), err
}

// parseCount reads a number of objects.
func parseCount(text string) (int64, error) { return parseMemory(text) }

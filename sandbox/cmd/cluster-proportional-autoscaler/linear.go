package main

import (
	"encoding/json"
	"fmt"
	"math"
)

// law is the linear one: as many replicas as nodes or cores call for, whichever is more.
type law struct {
	CoresPerReplica float64 `json:"coresPerReplica"` // 0 = cores do not count
	NodesPerReplica float64 `json:"nodesPerReplica"` // 0 = nodes do not count
	Min             int     `json:"min"`             // 0 = 1
	Max             int     `json:"max"`             // 0 = no limit
	PreventSingle   bool    `json:"preventSinglePointFailure"`
	Unschedulable   bool    `json:"includeUnschedulableNodes"`
}

// readLaw reads a ConfigMap's data. Fields that are not known are let pass, as upstream does.
func readLaw(data map[string]string) (law, error) {
	var l law
	text, ok := data["linear"]
	if !ok {
		return l, fmt.Errorf("law: only linear is stood in")
	}
	if err := json.Unmarshal([]byte(text), &l); err != nil {
		return l, fmt.Errorf("law: linear: %w", err)
	}
	if l.CoresPerReplica <= 0 && l.NodesPerReplica <= 0 {
		return l, fmt.Errorf("law: linear: coresPerReplica and nodesPerReplica: want one above 0")
	}
	return l, nil
}

// replicas is what the law says of so many nodes with so many cores.
func (l law) replicas(nodes int, cores float64) int {
	want := 0.0
	if l.CoresPerReplica > 0 {
		want = math.Ceil(cores / l.CoresPerReplica)
	}
	if l.NodesPerReplica > 0 {
		want = max(want, math.Ceil(float64(nodes)/l.NodesPerReplica))
	}
	n := max(int(want), l.Min, 1)
	if l.PreventSingle && nodes > 1 {
		n = max(n, 2)
	}
	if l.Max > 0 {
		n = min(n, l.Max)
	}
	return n
}

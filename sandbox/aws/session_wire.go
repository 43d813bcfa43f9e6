package aws

import (
	"errors"
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/sig"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/structpb"
)

// plain takes properties off the wire: secrets and outputs give up their values.
func plain(s *structpb.Struct) Props {
	if s == nil {
		return nil
	}
	out, _ := bare(s.AsMap()).(Props)
	return out
}

func bare(v any) any {
	switch v := v.(type) {
	case Props:
		switch v[sig.Key] {
		case sig.Secret:
			return bare(v["value"])
		case sig.OutputValue:
			if inner, known := v["value"]; known {
				return bare(inner)
			}
			return unknown
		case sig.ResourceReference:
			if id, ok := v["id"]; ok {
				return bare(id)
			}
			return v["urn"]
		}
		for k, e := range v {
			v[k] = bare(e)
		}
	case []any:
		for i, e := range v {
			v[i] = bare(e)
		}
	}
	return v
}

// packed puts properties on the wire.
func packed(p Props) (*structpb.Struct, error) {
	if p == nil {
		p = Props{}
	}
	s, err := structpb.NewStruct(p)
	if err != nil {
		return nil, fmt.Errorf("aws stand-in: answer: %w", err)
	}
	return s, nil
}

// answer is an error as the engine prints it: the operation, then AWS's code and text.
func answer(doing, token string, err error) error {
	if err == nil {
		return nil
	}
	var e *Error
	if !errors.As(err, &e) && strings.Contains(err.Error(), "is not modelled") {
		return status.Error(codes.Unimplemented, err.Error())
	}
	return status.Errorf(codes.Unknown, "%s %s: %v", doing, token, err)
}

// tokenOf is the type of the resource that a request is about.
func tokenOf(urn, given string) string {
	if given != "" {
		return given
	}
	types, _ := urnParts(urn)
	return afterLast(types, "$")
}

// urnParts takes urn:pulumi:<stack>::<project>::<types>::<name> apart.
func urnParts(urn string) (types, name string) {
	parts := strings.SplitN(urn, "::", 4)
	if len(parts) < 4 {
		return "", ""
	}
	return parts[2], parts[3]
}

var diffKinds = map[string][2]pulumirpc.PropertyDiff_Kind{
	"add":    {pulumirpc.PropertyDiff_ADD, pulumirpc.PropertyDiff_ADD_REPLACE},
	"delete": {pulumirpc.PropertyDiff_DELETE, pulumirpc.PropertyDiff_DELETE_REPLACE},
	"update": {pulumirpc.PropertyDiff_UPDATE, pulumirpc.PropertyDiff_UPDATE_REPLACE},
}

func diffResponse(changes []Change, first bool) *pulumirpc.DiffResponse {
	out := &pulumirpc.DiffResponse{
		Changes: pulumirpc.DiffResponse_DIFF_NONE, HasDetailedDiff: true, DetailedDiff: map[string]*pulumirpc.PropertyDiff{},
	}
	seen, replaced := map[string]bool{}, map[string]bool{}
	for _, c := range changes {
		out.Changes = pulumirpc.DiffResponse_DIFF_SOME
		top := c.Path
		if i := strings.IndexAny(top, ".["); i > 0 {
			top = top[:i]
		}
		if !seen[top] {
			seen[top] = true
			out.Diffs = append(out.Diffs, top)
		}
		which := 0
		if c.Replace {
			which = 1
			if !replaced[top] {
				replaced[top] = true
				out.Replaces = append(out.Replaces, top)
			}
		}
		out.DetailedDiff[c.Path] = &pulumirpc.PropertyDiff{Kind: diffKinds[c.Kind][which], InputDiff: true}
	}
	out.DeleteBeforeReplace = first && len(out.Replaces) > 0
	return out
}

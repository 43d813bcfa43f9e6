package conformance

import (
	"errors"
	"testing"

	"github.com/aws/smithy-go"
)

// ok fails the test if a call has failed, and is its answer.
func ok[T any](t *testing.T) func(T, error) T {
	return func(out T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
}

// want compares what a call said of something.
func want[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// at is the value of a field that AWS may leave out.
func at[T any](v *T) T {
	var zero T
	if v == nil {
		return zero
	}
	return *v
}

// refused asserts AWS's code, as every SDK reads it.
func refused(t *testing.T, err error, code string) {
	t.Helper()
	var api smithy.APIError
	if !errors.As(err, &api) || api.ErrorCode() != code {
		t.Errorf("got error %v, want %s", err, code)
	}
}

// modelled asserts that an SDK gives the error as its own type.
func modelled[E error](t *testing.T, err error) {
	t.Helper()
	var typed E
	if !errors.As(err, &typed) {
		t.Errorf("got error %v, want %T", err, typed)
	}
}

func ptr[T any](v T) *T { return &v }

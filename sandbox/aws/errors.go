package aws

import "fmt"

// Error is what AWS answers: a code that programs read, a message that people read.
type Error struct {
	Code    string // such as DependencyViolation
	Message string

	denied bool // permission was missing: services deny other things under the same codes
}

func (e *Error) Error() string { return e.Code + ": " + e.Message }

func fail(code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// notModelled refuses what the stand-in does not know, by name.
func notModelled(token string) error {
	return fmt.Errorf("aws stand-in: %s is not modelled; see sandbox/README.md", token)
}

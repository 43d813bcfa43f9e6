package wire

import (
	"fmt"
	"net/http"

	"paddock/sandbox/aws"
)

// fault is an error as a service words it.
type fault struct {
	code, message string
	status        int
}

// refusal is an error by the name that most services have for it.
func refusal(code, format string, args ...any) *aws.Error {
	return &aws.Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// statuses of errors; every code that is not here is 400. SDKs try 5xx and throttling again, and nothing else.
var statuses = map[string]int{
	"AuthFailure":                  http.StatusUnauthorized,
	"AccessDenied":                 http.StatusForbidden,
	"UnauthorizedOperation":        http.StatusForbidden,
	"AccessDeniedException":        http.StatusForbidden,
	"SignatureDoesNotMatch":        http.StatusForbidden,
	"InvalidClientTokenId":         http.StatusForbidden,
	"ExpiredToken":                 http.StatusForbidden,
	"MissingAuthenticationToken":   http.StatusForbidden,
	"NoSuchEntity":                 http.StatusNotFound,
	"ResourceNotFoundException":    http.StatusNotFound,
	"NotFoundException":            http.StatusNotFound,
	"EntityAlreadyExists":          http.StatusConflict,
	"DeleteConflict":               http.StatusConflict,
	"ResourceInUseException":       http.StatusConflict,
	"DryRunOperation":              http.StatusPreconditionFailed,
	"RequestEntityTooLarge":        http.StatusRequestEntityTooLarge,
	"InternalFailure":              http.StatusInternalServerError,
	"InternalError":                http.StatusInternalServerError,
	"ServerException":              http.StatusInternalServerError,
	"ServiceUnavailable":           http.StatusServiceUnavailable,
	"ServiceUnavailableException":  http.StatusServiceUnavailable,
	"Unavailable":                  http.StatusServiceUnavailable,
	"RequestLimitExceeded":         http.StatusServiceUnavailable,
	"InsufficientInstanceCapacity": http.StatusInternalServerError,
	"InternalServerException":      http.StatusInternalServerError,
	"ServiceFailure":               http.StatusInternalServerError,
	"ResourceContention":           http.StatusInternalServerError,
	"IDPRejectedClaim":             http.StatusForbidden,
}

// The words of EC2 and of the JSON services for what query services call by the names on the left.
var (
	ec2Words = map[string]string{
		"AccessDenied": "UnauthorizedOperation", "InvalidClientTokenId": "AuthFailure", "SignatureDoesNotMatch": "AuthFailure",
		"SignatureExpired": "RequestExpired", "ExpiredToken": "RequestExpired", "Throttling": "RequestLimitExceeded",
		"InternalFailure": "InternalError", "ServiceUnavailable": "Unavailable",
	}
	queryWords = map[string]string{"SignatureExpired": "SignatureDoesNotMatch"}
	jsonWords  = map[string]string{
		"AccessDenied": "AccessDeniedException", "InvalidClientTokenId": "UnrecognizedClientException",
		"SignatureDoesNotMatch": "InvalidSignatureException", "SignatureExpired": "InvalidSignatureException",
		"ExpiredToken": "ExpiredTokenException", "MissingAuthenticationToken": "MissingAuthenticationTokenException",
		"IncompleteSignature": "IncompleteSignatureException", "Throttling": "ThrottlingException",
		"InvalidAction": "UnknownOperationException", "ServiceUnavailable": "ServiceUnavailableException",
	}
	// restStatuses are those that the REST services add; the other JSON services answer 400 to all that the caller got wrong.
	restStatuses = map[string]int{
		"UnrecognizedClientException": http.StatusForbidden, "InvalidSignatureException": http.StatusForbidden,
		"ExpiredTokenException": http.StatusForbidden, "MissingAuthenticationTokenException": http.StatusForbidden,
		"ThrottlingException": http.StatusTooManyRequests, "UnknownOperationException": http.StatusNotFound,
	}
)

// fault words an error as the service does.
func (s *service) fault(e *aws.Error) fault {
	f := fault{code: e.Code, message: e.Message, status: http.StatusBadRequest}
	if word := s.words[e.Code]; word != "" {
		f.code = word
	}
	if f.code == "AuthFailure" { // EC2 does not say what is wrong
		f.message = "AWS was not able to validate the provided access credentials"
	}
	if status := statuses[f.code]; status != 0 {
		f.status = status
	}
	if status := s.statuses[f.code]; status != 0 {
		f.status = status
	}
	if f.status < http.StatusInternalServerError && s.clientError != 0 {
		f.status = s.clientError
	}
	return f
}

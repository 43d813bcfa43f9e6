package gitlab

import (
	"errors"
	"fmt"
	"net/http"

	api "gitlab.com/gitlab-org/api/client-go/v2"

	"paddock/pipeline/redact"
)

// remedies say what to do about an answer.
var remedies = map[int]string{
	http.StatusUnauthorized: "the token is not one of this GitLab, or has expired or been revoked. CI_JOB_TOKEN cannot post notes: " +
		"make a project access token with the scope api and the role Reporter, and give it to the job as GITLAB_TOKEN",
	http.StatusForbidden: "the token may not do this: it needs the scope api, and at least the role Reporter in the project",
	http.StatusNotFound: "there is no such merge request, or the token's account cannot see the project: GitLab does not tell " +
		"these apart. " +
		"A project access token works in its own project only",
	http.StatusTooManyRequests: "GitLab's limit of requests is used up: retry the job later",
}

// explained is an error of GitLab's that says what to do. It never holds the token.
type explained struct {
	text  string
	cause error
}

func (e *explained) Error() string { return e.text }
func (e *explained) Unwrap() error { return e.cause }

func (m *MergeRequest) explain(what string, err error) error {
	if err == nil {
		return nil
	}
	status := http.StatusNotFound // of which the client keeps no answer
	var answer *api.ErrorResponse
	if errors.As(err, &answer) {
		status = answer.StatusCode
	} else if !errors.Is(err, api.ErrNotFound) {
		status = 0
	}
	text := fmt.Sprintf("gitlab: project %s, merge request %d: %s: %v", m.Project, m.IID, what, err)
	switch remedy := remedies[status]; {
	case remedy != "":
		text += ": " + remedy
	case status >= 500:
		text += ": GitLab has a fault; it was tried again for a while. Retry the job later"
	}
	return &explained{redact.Token(text, m.token), err}
}

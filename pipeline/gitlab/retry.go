package gitlab

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	api "gitlab.com/gitlab-org/api/client-go/v2"
)

// How often and how long a request is tried again. GitLab asks for up to a minute when too many came.
const retries = 5

var (
	shortest = 500 * time.Millisecond // doubled with each try
	longest  = time.Minute            // a longer Retry-After is cut to this, and the request fails in the end
)

// again says which answers are worth another try: too many requests and faults of the server. A note that is made is not posted
// twice: after a fault it may be there.
func again(ctx context.Context, resp *http.Response, err error) (bool, error) {
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	if err != nil {
		var request *url.Error
		return errors.As(err, &request) && request.Op != "Post", err
	}
	if resp.StatusCode == http.StatusTooManyRequests {
		return true, nil
	}
	return resp.StatusCode >= 500 && resp.StatusCode != http.StatusNotImplemented && resp.Request.Method != http.MethodPost, nil
}

// pause is what the server asks for, or doubles.
func pause(_, _ time.Duration, attempt int, resp *http.Response) time.Duration {
	wait := shortest << attempt
	if resp != nil {
		if asked, ok := retryAfter(resp.Header.Get("Retry-After"), time.Now()); ok {
			wait = max(asked, 0)
		}
	}
	return min(wait, longest)
}

// retryAfter reads seconds or a date.
func retryAfter(header string, now time.Time) (time.Duration, bool) {
	if seconds, err := strconv.ParseInt(header, 10, 32); err == nil {
		return time.Duration(seconds) * time.Second, true
	}
	if at, err := http.ParseTime(header); err == nil {
		return at.Sub(now), true
	}
	return 0, false
}

// unsure says that a request may or may not have been done.
func unsure(err error) bool {
	var answer *api.ErrorResponse
	if errors.As(err, &answer) {
		return answer.StatusCode >= 500
	}
	return err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded)
}

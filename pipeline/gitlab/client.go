// Package gitlab keeps one note of ours on a merge request up to date.
package gitlab

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"time"

	api "gitlab.com/gitlab-org/api/client-go/v2"
)

// MergeRequest is one merge request, as the account that a token belongs to sees it.
type MergeRequest struct {
	Project string // id, or path with namespace
	IID     int64  // its number in the project

	client *api.Client
	token  string
}

// Open makes a client for the API at url, such as https://gitlab.com/api/v4. Nothing is asked yet.
func Open(url, project string, iid int64, token string) (*MergeRequest, error) {
	client, err := api.NewClient(token, api.WithBaseURL(url),
		api.WithCustomRetry(again), api.WithCustomBackoff(pause), api.WithCustomRetryMax(retries),
		api.WithURLWarningLogger(slog.New(slog.NewTextHandler(io.Discard, nil))))
	if err != nil {
		return nil, fmt.Errorf("gitlab: %s: %w", url, err)
	}
	return &MergeRequest{Project: project, IID: iid, client: client, token: token}, nil
}

// Labels gives the labels that the merge request has now.
func (m *MergeRequest) Labels(ctx context.Context) ([]string, error) {
	mr, _, err := m.client.MergeRequests.GetMergeRequest(m.Project, m.IID, nil, api.WithContext(ctx))
	if err != nil {
		return nil, m.explain("labels", err)
	}
	return mr.Labels, nil
}

// attempts is how often a note is looked for anew, after it went away or after GitLab failed while it was made.
const attempts = 3

// Put updates the note that begins with marker and is the token's own, or makes it. It gives the note's id and whether it is new.
func (m *MergeRequest) Put(ctx context.Context, marker, body string) (id int64, created bool, err error) {
	me, _, err := m.client.Users.CurrentUser(api.WithContext(ctx))
	if err != nil {
		return 0, false, m.explain("who the token belongs to", err)
	}
	for try := 1; ; try++ {
		id, created, err = m.put(ctx, me.ID, marker, body)
		if err == nil || try == attempts || !errors.Is(err, errGone) && !unsure(err) {
			return id, created, m.explain("note", err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause(0, 0, try, nil)):
		}
	}
}

// put looks first, always: a create that seemed to fail may have made the note.
func (m *MergeRequest) put(ctx context.Context, me int64, marker, body string) (int64, bool, error) {
	id, err := m.find(ctx, me, marker)
	if err != nil {
		return 0, false, err
	}
	if id == 0 {
		note, _, err := m.client.Notes.CreateMergeRequestNote(m.Project, m.IID, &api.CreateMergeRequestNoteOptions{Body: &body},
			api.WithContext(ctx))
		if err != nil {
			return 0, false, err
		}
		return note.ID, true, nil
	}
	_, _, err = m.client.Notes.UpdateMergeRequestNote(m.Project, m.IID, id, &api.UpdateMergeRequestNoteOptions{Body: &body},
		api.WithContext(ctx))
	if errors.Is(err, api.ErrNotFound) {
		err = errGone
	}
	return id, false, err
}

// errGone means that somebody deleted the note after it was found.
var errGone = errors.New("the note was deleted while it was being updated")

// find gives the id of the oldest such note, 0 if there is none.
func (m *MergeRequest) find(ctx context.Context, me int64, marker string) (int64, error) {
	sort, by := "asc", "created_at"
	opts := &api.ListMergeRequestNotesOptions{ListOptions: api.ListOptions{Page: 1, PerPage: 100}, Sort: &sort, OrderBy: &by}
	for opts.Page > 0 {
		notes, resp, err := m.client.Notes.ListMergeRequestNotes(m.Project, m.IID, opts, api.WithContext(ctx))
		if err != nil {
			return 0, err
		}
		if i := slices.IndexFunc(notes, func(n *api.Note) bool {
			return !n.System && n.Author.ID == me && strings.HasPrefix(n.Body, marker)
		}); i >= 0 {
			return notes[i].ID, nil
		}
		opts.Page = resp.NextPage
	}
	return 0, nil
}

package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"time"

	_ "modernc.org/sqlite" // the database, without C: the image holds this binary and nothing else
)

// job is something that somebody wants done.
type job struct {
	ID      string    `json:"id"` // the asker's: whoever asks twice, for want of an answer, makes one job
	Title   string    `json:"title"`
	Created time.Time `json:"created"`
}

// store is the table of jobs.
type store struct{ db *sql.DB }

const schema = `CREATE TABLE IF NOT EXISTS jobs (
	id      TEXT PRIMARY KEY,
	title   TEXT NOT NULL,
	created INTEGER NOT NULL -- microseconds since 1970
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS jobs_created ON jobs (created)`

// open opens the database of a folder, which must be there, and makes what it lacks.
func open(ctx context.Context, dir string) (*store, error) {
	file := filepath.Join(dir, "jobs.db")
	name := url.URL{Scheme: "file", OmitHost: true, Path: file, RawQuery: url.Values{
		"_pragma": {"busy_timeout(5000)", "journal_mode(WAL)", "temp_store(MEMORY)"}, // the container's own file system is read-only
		"_txlock": {"immediate"},
	}.Encode()}
	db, err := sql.Open("sqlite", name.String())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if _, err := db.ExecContext(ctx, schema); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", file, err), db.Close())
	}
	return &store{db}, nil
}

func (s *store) close() error { return s.db.Close() }

// check tells whether the table can be read.
func (s *store) check(ctx context.Context) error {
	var n int
	if err := s.db.QueryRowContext(ctx, "SELECT count(*) FROM (SELECT 1 FROM jobs LIMIT 1)").Scan(&n); err != nil {
		return fmt.Errorf("database: %w", err)
	}
	return nil
}

// add keeps a job; one that is there already stays as it is, and is returned.
func (s *store) add(ctx context.Context, j job) (kept job, added bool, err error) {
	result, err := s.db.ExecContext(ctx, "INSERT INTO jobs (id, title, created) VALUES (?, ?, ?) ON CONFLICT (id) DO NOTHING",
		j.ID, j.Title, j.Created.UnixMicro())
	if err != nil {
		return job{}, false, fmt.Errorf("add job %s: %w", j.ID, err)
	}
	n, err := result.RowsAffected()
	if err != nil {
		return job{}, false, fmt.Errorf("add job %s: %w", j.ID, err)
	}
	var created int64
	kept.ID = j.ID
	if err := s.db.QueryRowContext(ctx, "SELECT title, created FROM jobs WHERE id = ?", j.ID).Scan(&kept.Title, &created); err != nil {
		return job{}, false, fmt.Errorf("read job %s: %w", j.ID, err)
	}
	kept.Created = time.UnixMicro(created).UTC()
	return kept, n == 1, nil
}

// last lists the newest jobs, newest first.
func (s *store) last(ctx context.Context, limit int) ([]job, error) {
	rows, err := s.db.QueryContext(ctx, "SELECT id, title, created FROM jobs ORDER BY created DESC, id LIMIT ?", limit)
	if err != nil {
		return nil, fmt.Errorf("list jobs: %w", err)
	}
	defer rows.Close()
	jobs := []job{} // none is an empty list in JSON
	for rows.Next() {
		var j job
		var created int64
		if err := rows.Scan(&j.ID, &j.Title, &created); err != nil {
			return nil, fmt.Errorf("list jobs: %w", err)
		}
		j.Created = time.UnixMicro(created).UTC()
		jobs = append(jobs, j)
	}
	return jobs, rows.Err()
}

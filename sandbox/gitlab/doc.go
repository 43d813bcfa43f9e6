// Package gitlab proves the pipelines, this repository's and the one that teams include: which jobs run when which files change,
// what their scripts do, what no job may have. gitlab-ci-local evaluates and runs them, on throw-away repositories, with the files
// that GitLab reads. There is nothing in it but tests; `make test` runs them.
package gitlab

# Paddock's commands; `make help` lists them.
STACK ?= dev
# By folder: a shell that has read another checkout's .sandbox/env must not redirect these.
DIR := $(CURDIR)/.sandbox
SANDBOX := "$(DIR)/bin/sandbox" --dir "$(DIR)"
GRADE_OUT ?= $(CURDIR)/grade-out
LINT := -modfile="$(CURDIR)/sandbox/tools/lint/go.mod"
# One set of compiler settings for everything, so that packages that several programs share are compiled once: no debug
# information (a third of the time), no cgo (no C compiler needed), no paths of this machine in the binaries.
export GOFLAGS := -buildvcs=false -trimpath -gcflags=all=-dwarf=false
export CGO_ENABLED := 0
export STACK

.DEFAULT_GOAL := help
.PHONY: help setup up preview refresh destroy down status grade grade-full grade-scale unit test check race clean
.PHONY: bootstrap pipeline aws-init aws-preview aws-up aws-verify aws-drift aws-destroy

help: ## list the commands
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile | expand -t 20
setup: # check this machine, build what is missing
	@command -v go >/dev/null || { echo "missing go (builds Paddock and the tools); install Go 1.26 or later from https://go.dev/dl" >&2; exit 1; }
	@cd sandbox && go run ./cmd/setup $(SETUP)
up: setup ## set up everything and run the platform on this machine
	@$(SANDBOX) up --stack $(STACK) $(ARGS)
preview: setup ## show what `make up` would change
	@$(SANDBOX) preview --stack $(STACK)
refresh: setup ## bring Pulumi's state in line with what is there
	@$(SANDBOX) refresh --stack $(STACK)
destroy: setup ## remove everything the stack made
	@$(SANDBOX) destroy --stack $(STACK)
down: ## end every process of the local cloud; all state is kept
	@if [ -x "$(DIR)/bin/sandbox" ]; then $(SANDBOX) down; \
	elif [ -S "$(DIR)/sandbox.sock" ]; then echo "$(DIR)/bin/sandbox is missing and a daemon may run: make setup, then again" >&2; exit 1; fi
status: ## show processes, clusters, nodes and AWS resources
	@if [ -x "$(DIR)/bin/sandbox" ]; then $(SANDBOX) status; else echo "the local cloud is not set up; run make up" >&2; exit 1; fi
bootstrap: ## prepare an AWS account for the pipeline, as an administrator: state, GitLab's tokens, roles
	@bootstrap/up.sh
grade: GRADE := run --profile spike --short --boot-delay 20s --pull-delay 2s
grade: ## put a spike of demand on the local cloud and grade how it scales, 5 minutes; GRADE_ARGS are passed on
grade-full: GRADE := run --seeds 3 --boot-delay 45s --pull-delay 5s
grade-full: ## the same with all profiles, in full, and three seeds: 4 hours
grade-scale: GRADE := scale
grade-scale: ## time a rise to a thousand pods on the local cloud; GRADE_ARGS='--grow-until-fails' goes on from there
grade grade-full grade-scale: up
	@cd grade && go build -o "$(DIR)/bin/grade" ./cmd/grade
	@. "$(DIR)/env" && "$(DIR)/bin/grade" $(GRADE) --out "$(GRADE_OUT)" $(GRADE_ARGS)
pipeline: ## build what CI runs beside the tools: the note on merge requests, the look at a platform after a deploy
	@cd pipeline && go build -o "$(DIR)/bin/pipeline" ./cmd/pipeline
aws-init: ## make the stack's state in the backend, where there is none
aws-preview: ## preview the stack and print the note of a merge request
aws-up: ## bring the stack up
aws-verify: ## ask the platform whether it does what it should
aws-drift: ## fail with what differs from the program
aws-destroy: ## remove everything the stack made, after asking; no job does that
aws-init aws-preview aws-up aws-verify aws-drift aws-destroy:
	@.ci/aws $(@:aws-%=%)
unit: ## the tests that need no local cloud
	@go test ./...
	@cd pipeline && go test ./...
	@cd grade && go test -parallel 8 ./... # its tests wait more than they work
test: SETUP := -tests
test: setup unit ## prove it: unit tests, then the whole platform end to end
	@# -count=1: these start programs whose change Go's cache of test results does not see
	@cd sandbox && PADDOCK_TOOLS="$(DIR)/bin" PADDOCK_AWSCLI="$(DIR)/tests/aws" go test -count=1 -timeout 40m ./...
check: ## format, vet, lint, import arrows, a score for every Kubernetes object
	@fmt=$$(gofmt -l $$(git ls-files '*.go')); test -z "$$fmt" || { echo "not formatted: $$fmt" >&2; exit 1; }
	@go vet ./... && go tool $(LINT) staticcheck ./...
	@PADDOCK_SCORE=1 go test -run TestScore ./stacks
	@cd sandbox && go vet ./... && go tool $(LINT) staticcheck ./...
	@cd grade && go vet ./... && go tool $(LINT) staticcheck ./...
	@cd pipeline && go vet ./... && go tool $(LINT) staticcheck ./...
	@go test -run TestImportArrows ./stacks
race: export CGO_ENABLED := 1
race: ## the tests of concurrent use under the race detector; needs gcc
	@cd sandbox && go test -race -count=1 ./pods
	@cd sandbox && go test -race -count=1 -run 'TestConcurrent|TestProperty|Boot|Join' ./aws -args -sequences 100
clean: down ## down, then forget all state of the local cloud
	@rm -rf "$(DIR)"

# What a contributor types. Nothing but Go, git and a shell is needed; the one
# tool that is not part of Go is fetched at the version that .ci/golangci-lint
# pins.

.PHONY: help build check fmt vet lint tidy generated test race fuzz docs golden

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /\1	/p' $(MAKEFILE_LIST)

build: ## build ./ischia
	CGO_ENABLED=0 go build -trimpath -o ischia ./cmd/ischia

check: fmt vet lint tidy generated race ## everything that has to pass before a review

fmt:
	@files=$$(gofmt -l .); test -z "$$files" || { echo "gofmt would change:"; echo "$$files"; exit 1; }

vet:
	go vet ./...

lint: ## golangci-lint, staticcheck included
	@tool=$$(.ci/golangci-lint) && "$$tool" config verify && "$$tool" run

tidy:
	go mod tidy -diff

generated: ## are the generated files up to date?
	.ci/generated

test: ## the quick tests
	go test ./...

race:
	go test -race ./...

fuzz: ## every fuzz target for FUZZTIME (10s)
	.ci/fuzz

docs: ## write the generated files anew
	go generate ./...

golden: ## rewrite the golden files; then read git diff
	UPDATE_GOLDEN=1 go test ./...

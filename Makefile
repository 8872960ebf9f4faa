# mailpipe: `make run` shows the whole pipeline at work, `make test` runs every test. Both install what they need.

SHELL = /bin/bash
PREFIX ?= /usr/local
TOOLS = smtp-accept mime2json json-post

# Debian packages: what a build needs, what `make run` needs, what tests need.
BUILD_PACKAGES = libssl-dev libcurl4-openssl-dev zlib1g-dev pkg-config
RUN_PACKAGES = $(BUILD_PACKAGES) python3 openssl curl
TEST_PACKAGES = $(RUN_PACKAGES) swaks libio-socket-ssl-perl jq mandoc strace python3-venv python3-jsonschema python3-prometheus-client procps

# Where mail for `make run` goes, for whom it is taken and where it is received.
WEBHOOK ?=
RCPT ?= alerts@example.com
LISTEN ?= 127.0.0.1:2525

# Linked so that a process starts in half the time: by lld, with compact relocations, and with C++'s runtime from its archives, which
# the linker is shown in a directory of their own. Without the archive the link goes to the shared library.
ARCHIVES = $(CURDIR)/.build/archives
LINK = -Xswiftc -use-ld=lld -Xlinker -z -Xlinker pack-relative-relocs -Xlinker --no-export-dynamic \
  -Xswiftc -L$(ARCHIVES) -Xswiftc -Xclang-linker -Xswiftc -static-libgcc
RELEASE = -c release --static-swift-stdlib $(LINK)
BIN = $$(swift build $(RELEASE) --show-bin-path)

.PHONY: build run test unit-test pipeline-test lint format fuzz sanitize bench load install deb clean deps run-deps test-deps test-peers bench-deps

build: deps
	@mkdir -p $(ARCHIVES)
	@ln -sf "$$(clang -print-file-name=libstdc++.a)" $(ARCHIVES)/
	swift build $(RELEASE)
	@mkdir -p bin
	@for tool in $(TOOLS); do install -s "$(BIN)/$$tool" bin/; done

run: run-deps build
	@WEBHOOK='$(WEBHOOK)' RCPT='$(RCPT)' LISTEN='$(LISTEN)' examples/pipeline

test: test-deps build unit-test pipeline-test

unit-test:
	swift test

pipeline-test:
	python3 Tests/PipelineTests/run.py

lint:
	swift format lint --strict --recursive Package.swift Sources Tests

format:
	swift format format --in-place --recursive Package.swift Sources Tests

# Each for SECONDS; a finding ends the run.
SECONDS ?= 60
fuzz: build
	@for fuzzer in $(filter-out %.swift %.py %.sh,$(wildcard Fuzz/*)); do echo "== $$fuzzer"; $$fuzzer $(SECONDS) || exit; done
	@echo "== Fuzz/growth.py"; Fuzz/growth.py

# The sanitizers of threads and of memory, over smtp-accept's tests and under garbage. Half an hour of building and testing.
sanitize: test-deps
	Tests/sanitize

# Side by side with the alternatives, which the benchmarks install. Not part of the tests: machines are noisy.
bench: bench-deps build
	Bench/startup.py
	Bench/mime.py
	Bench/spool/run
	Bench/smtp/run
	Bench/http/run

# smtp-accept with 10,000 connections and under ten minutes of garbage; what testssl.sh says of its TLS. A quarter of an hour.
load: bench-deps build
	Bench/load
	Bench/tls

# As root it shall not build, or .build would be root's.
install:
	@test -x bin/smtp-accept || { echo 'Nothing is built yet: make build' >&2; exit 1; }
	install -D -t '$(DESTDIR)$(PREFIX)/bin' $(addprefix bin/,$(TOOLS))
	for section in 1 5 7 8; do \
	  install -D -m 644 -t "$(DESTDIR)$(PREFIX)/share/man/man$$section" man/*.$$section || exit; \
	done
	install -D -m 644 -t '$(DESTDIR)$(PREFIX)/share/mailpipe' share/*.json share/systemd/*
	@for tool in $(TOOLS); do \
	  sed -i "s|/usr/bin/$$tool|$(PREFIX)/bin/$$tool|g" '$(DESTDIR)$(PREFIX)'/share/mailpipe/*.service || exit; \
	done
	install -D -t '$(DESTDIR)$(PREFIX)/share/mailpipe/examples' $(filter-out %/pipeline,$(wildcard examples/*))
	share/completions bin '$(DESTDIR)$(PREFIX)/share'

deb: build
	share/deb var

clean:
	rm -rf .build bin

deps:
	@share/install-packages $(BUILD_PACKAGES)
run-deps:
	@share/install-packages $(RUN_PACKAGES)
test-deps:
	@share/install-packages $(TEST_PACKAGES)
	@test -x .build/peers/bin/pip || python3 -m venv .build/peers
	@.build/peers/bin/pip install --quiet --disable-pip-version-check standardwebhooks cloudevents || \
	  echo 'PyPI is not to be had: the tests do without standardwebhooks and cloudevents' >&2
# Servers that Debian starts when it installs them: for machines where that does no harm. Exim is unpacked only.
test-peers:
	@share/install-packages postfix libidn12
	Tests/SmtpAcceptTests/fetch-exim
bench-deps: test-deps test-peers
	@share/install-packages testssl.sh nginx-light wrk gcc libc6-dev pkg-config libgmime-3.0-dev python3-venv \
		golang-go golang-github-emersion-go-smtp-dev golang-github-emersion-go-sasl-dev
	@test -x .build/bench/bin/pip || python3 -m venv .build/bench
	@.build/bench/bin/pip install --quiet --disable-pip-version-check fast-mail-parser aiosmtpd aiohttp
	@GO111MODULE=off GOPATH=/usr/share/gocode GOCACHE=$(CURDIR)/.build/bench/cache go build -o .build/bench/go-smtp ./Bench/go/smtp
	@GO111MODULE=off GOPATH=/usr/share/gocode GOCACHE=$(CURDIR)/.build/bench/cache go build -o .build/bench/go-post ./Bench/go/post

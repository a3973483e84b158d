# make demo: everything from a fresh machine to the paper's experiment. make test: all tests. make bench-kernels: every
# kernel compared with what the machine can do (ONLY="products attention" for some groups). make bench-peers: swerve and
# PyTorch on the same work. make test-bits: checks that threads, builds, load and memory layouts all give the same digest
# (BITS=full: with the long example everywhere).
SHELL := /bin/bash
export PATH := $(PATH):/opt/swift/usr/bin
PACKAGES := liblua5.4-dev libopenblas-dev libsqlite3-dev libssl-dev pkg-config
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
SWERVE := .build/release/swerve
RUNS := runs

.PHONY: demo model shipped-model wordnet trec hwv demo-llm demo-hierarchy test-transformers build test test-swift test-long test-lua fuzz-lua fuzz-files test-report test-golden test-cluster bench-kernels bench-peers bench-ranks test-bits lint deps slurm mpi clean install uninstall dist test-dist test-pages test-watch

demo: build
	@SWERVE=$(SWERVE) RUNS=$(RUNS) .ci/demo

# A program that needs nothing but the C library.
build: deps
	packaging/build

# The program, its library, manual pages and completions below PREFIX; make uninstall removes them.
PREFIX ?= /usr/local
install: PACKAGES += python3
install: build
	@packaging/install '$(PREFIX)' '$(DESTDIR)'

uninstall:
	@packaging/uninstall '$(PREFIX)' '$(DESTDIR)'

# dist/: a tar.gz, a .deb and a wheel, each with the program for AVX2 and for AVX-512.
dist: PACKAGES += python3
dist: deps
	@packaging/dist

# The packages in a bare Debian 12 and in a fresh virtual environment (outside CI: as root, and it fetches Debian).
test-dist: PACKAGES += python3 debootstrap lintian
test-dist: deps
	@.ci/test-dist

# SmolLM2-135M-Instruct for examples/smollm2, and all-MiniLM-L6-v2 for examples/hierarchy.
model:
	@.ci/model

# Data of examples/hierarchy: glosses of WordNet's nouns with their path of hypernyms (M=300: classes of 300 synsets or more).
wordnet:
	@.ci/wordnet --min $(or $(M),500)

# TREC's questions. Where the public repository can't be reached: TREC_FROM=folder.
trec:
	@.ci/trec $(if $(TREC_FROM),--from '$(TREC_FROM)')

# The paper's own articles, of which a user has a copy: HWV_FROM=folder, DEPTH=2 cuts the tree.
hwv:
	@.ci/hwv --from '$(HWV_FROM)' $(if $(DEPTH),--depth '$(DEPTH)')

# The model that ships, made again by its script and compared with the file: seven minutes.
shipped-model: build
	@SWERVE=$(SWERVE) RUNS=$(RUNS) .ci/shipped-model

# A real language model learns sums: fetch, run, replay, compare with the golden file.
demo-llm: build
	@.ci/model smollm2
	@SWERVE=$(SWERVE) RUNS=$(RUNS) .ci/demo-llm

# A classifier of WordNet's glosses: fetch, train one epoch, evaluate with every inference rule, compare with the golden
# file. DATA=trec: TREC's questions.
demo-hierarchy: build
	@SWERVE=$(SWERVE) RUNS=$(RUNS) DATA=$(or $(DATA),wordnet) .ci/demo-hierarchy

# Models are fetched first, for the tests that need them; those say so where they can't be had.
test: deps
	@.ci/model || echo "tests of real models will be SKIPPED"
	@$(MAKE) --no-print-directory test-swift test-golden

# Debug builds keep every check of the language, but their kernels are optimized (Package.swift).
test-swift: deps slurm mpi
	@.ci/test-swift

# Sweeps of up to 2000 members on a real Slurm cluster on this machine: times against the number of members. MEMBERS="500 1000".
test-cluster: build slurm
	@.ci/cluster-sweeps $(MEMBERS)

# One run on several processes against threads of one process, in turns: small and SmolLM2's size (ROUNDS=3).
bench-ranks: build mpi
	@.ci/model smollm2
	@SWERVE=$(SWERVE) .ci/bench-ranks

# The random tests at full length; the short tests draw only a few cases. Ten minutes of generated scripts, ten minutes of
# mutated files, 200 kills, 300 random experiments.
test-long: deps fuzz-lua fuzz-files
	SWERVE_KILLS=200 swift test --filter resumesARunKilledAtAnyMoment
	SWERVE_EXPERIMENTS=300 swift test --filter RandomExperimentTests

# Exported models in transformers (outside CI: torch and transformers from PyPI are some gigabytes).
test-transformers: build model
	@SWERVE=$(SWERVE) .ci/test-transformers

# Lua's own tests in the sandbox. They are downloaded, or taken from LUA_TESTS=folder.
test-lua: deps
	@.ci/test-lua

# Generated scripts in the sandbox under sanitizers: MINUTES=10 SEED=n.
fuzz-lua: deps
	@.ci/fuzz-lua

# Mutated files of a run and of models, read in every possible way under sanitizers: MINUTES=10 SEED=n KINDS=models.
fuzz-files: deps
	@.ci/fuzz-files

# A report in headless Chromium, wide and narrow, light and dark.
test-report: build
	@SWERVE=$(SWERVE) .ci/test-report

# The page of `swerve watch` in headless Chromium, while a run trains and on a stranger's folder. KEEP=folder for pictures.
test-watch: build
	@SWERVE=$(SWERVE) .ci/test-watch

# Goldens of real models need their files; where pip can't fetch these, `swerve test` skips them and says so.
test-golden: build test-pages
	@.ci/model || echo "the goldens of real models will be SKIPPED"
	$(SWERVE) test

# The commands that pages show, and what they print. PAGES="docs/ci.md" for some. After a change that they have to follow:
# .ci/page-commands --write
test-pages: PACKAGES += python3
test-pages: build
	@SWERVE=$(SWERVE) .ci/page-commands --self-check
	@SWERVE=$(SWERVE) .ci/page-commands $(PAGES)

bench-kernels: deps
	@swift build --package-path Benchmarks -c release >&2
	@Benchmarks/.build/release/KernelBenchmarks $(ONLY)

bench-peers: build
	@SWERVE=$(SWERVE) .ci/bench-peers

test-bits: deps
	@.ci/test-bits

lint: PACKAGES += lua-check python3
lint: deps
	swift format lint --strict --recursive Sources Tests Package.swift Benchmarks/Package.swift \
	  Benchmarks/Sources/KernelBenchmarks Benchmarks/Sources/MachineLimits
	luacheck --quiet --no-color lua examples
	swift build --product swerve
	.ci/page-links --self-check
	.ci/page-links
	.ci/text-lint --self-check
	.ci/text-lint
	.ci/folder-graph --self-check
	.ci/folder-graph
	.ci/hierarchy-runs --self-check
	.ci/hierarchy-runs --check
	.ci/paper-runs --self-check
	.ci/paper-runs --check
	.ci/paper-study --self-check
	.ci/paper-study --check

# Slurm, for the tests of sweeps on a cluster; they start one of their own. Where it can't be had, .ci/test-swift lists these tests
# as skipped.
slurm:
	@for p in slurm-wlm munge libpmix-dev; do \
	  dpkg-query -W -f='$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || missing="$$missing $$p"; done; \
	if [ -n "$$missing" ]; then echo "installing$$missing"; \
	  { $(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq --no-install-recommends $$missing >/dev/null; } \
	    || echo "Slurm can't be installed: tests of sweeps on a cluster will be SKIPPED"; fi

# MPI, for the tests of runs of several processes.
mpi:
	@command -v mpirun >/dev/null || { echo "installing openmpi-bin"; \
	  { $(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq --no-install-recommends openmpi-bin >/dev/null; } \
	    || echo "MPI can't be installed: tests of runs of several processes will be SKIPPED"; }

# Installs Debian packages that are missing.
deps:
	@command -v swift >/dev/null || { echo "swerve needs Swift 6.2 or later: https://www.swift.org/install"; exit 1; }
	@missing=""; for p in $(PACKAGES); do \
	  dpkg-query -W -f='$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || missing="$$missing $$p"; done; \
	if [ -n "$$missing" ]; then echo "installing$$missing"; \
	  $(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq $$missing >/dev/null; fi

clean:
	rm -rf dist .build .build-v3 .build-v4 .build-debug .build-baseline .build-fuzz .build-fuzz-lua .build-dist-v3 .build-dist-v4 Benchmarks/.build

# make demo: everything from a fresh machine to the paper's experiment. make test: all tests. make bench-kernels: every
# kernel compared with what the machine can do (ONLY="products attention" for some groups). make bench-peers: swerve and
# PyTorch on the same work. make test-bits: checks that threads, builds, load and memory layouts all give the same digest
# (BITS=full: with the long example everywhere).
SHELL := /bin/bash
export PATH := $(PATH):/opt/swift/usr/bin
PACKAGES := liblua5.4-dev libopenblas-dev libsqlite3-dev pkg-config
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
SWERVE := .build/release/swerve
RUNS := runs

.PHONY: demo model wordnet trec demo-llm demo-hierarchy test-transformers build test test-swift test-long test-lua fuzz-lua fuzz-files test-report test-watch test-golden test-cluster bench-kernels bench-peers test-bits lint deps slurm mpi clean

demo: build
	@SWERVE=$(SWERVE) RUNS=$(RUNS) .ci/demo

build: deps
	swift build -c release --product swerve

# SmolLM2-135M-Instruct for examples/smollm2, and all-MiniLM-L6-v2 for examples/hierarchy.
model:
	@.ci/model

# Data of examples/hierarchy: glosses of WordNet's nouns with their path of hypernyms (M=300: classes of 300 synsets or more).
wordnet:
	@.ci/wordnet --min $(or $(M),500)

# TREC's questions. Where the public repository can't be reached: TREC_FROM=folder.
trec:
	@.ci/trec $(if $(TREC_FROM),--from '$(TREC_FROM)')

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
test-golden: build
	@.ci/model || echo "the goldens of real models will be SKIPPED"
	$(SWERVE) test

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
	.ci/text-lint --self-check
	.ci/text-lint
	.ci/folder-graph --self-check
	.ci/folder-graph
	.ci/hierarchy-runs --self-check
	.ci/hierarchy-runs --check

# Slurm, for the tests of sweeps on a cluster; they start one of their own. Where it can't be had, .ci/test-swift lists these tests
# as skipped.
slurm:
	@for p in slurm-wlm munge; do \
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
	rm -rf .build .build-v3 .build-v4 .build-debug .build-baseline .build-fuzz .build-fuzz-lua Benchmarks/.build

# make run opens the first lesson; make test runs every check. The rest is for whoever installs or works on Orrery.

PREFIX ?= /usr/local
DESTDIR ?=
bin = $(DESTDIR)$(PREFIX)/bin
share = $(DESTDIR)$(PREFIX)/share
completions = $(share)/bash-completion/completions/orrery $(share)/zsh/site-functions/_orrery \
  $(share)/fish/vendor_completions.d/orrery.fish

# The Swift runtime is linked in: the program starts faster and runs where there is no toolchain.
orrery = .build/release/orrery
release = swift build -c release --static-swift-stdlib

.PHONY: run test build packages install uninstall bench fuzz docs sanitize aarch64 clean

run: build
	@exec $(orrery) lesson

test: packages
	@.ci/test

packages:
	@.ci/packages

build: packages
	@$(release) --product orrery
	@$(release) --product orrery-draw

# As root after `make build`, where root has no Swift of its own, what was built is installed.
install:
	@if command -v swift >/dev/null || ! [ -x $(orrery) ]; then $(MAKE) --no-print-directory build; fi
	install -d $(bin) $(share)/orrery $(share)/man/man1 $(dir $(completions)) $(share)/doc/orrery
	install -s $(orrery) .build/release/orrery-draw $(bin)
	rm -rf $(share)/orrery/lessons
	cp -R lessons $(share)/orrery/lessons
	$(orrery) man > $(share)/man/man1/orrery.1
	$(orrery) completions bash > $(word 1,$(completions))
	$(orrery) completions zsh > $(word 2,$(completions))
	$(orrery) completions fish > $(word 3,$(completions))
	install -m 644 LICENSE NOTICE README.md $(share)/doc/orrery

uninstall:
	rm -f $(bin)/orrery $(bin)/orrery-draw $(share)/man/man1/orrery.1 $(completions)
	rm -rf $(share)/orrery $(share)/doc/orrery

# Alone, without Python; Tests/Benchmarks/compare.py holds it against torch and llama.cpp.
bench: build
	@$(orrery) bench Tests/Benchmarks/llama-134m/config.json --dtype f32
	@$(orrery) bench Tests/Benchmarks/llama-134m/config.json --dtype bf16

# Random inputs for everything that reads what others wrote, for so long, with this seed (Tests/Fuzz); TARGETS="cells recipes" names some.
SECONDS ?= 60
SEED ?= 1
TARGETS ?=
fuzz: packages
	@swift build --product orrery
	@swift build --product fuzz
	@.build/debug/fuzz --seconds $(SECONDS) --seed $(SEED) $(TARGETS:%=--target %)

docs: build
	@$(orrery) docs build

# The kernels by themselves: under the address, undefined-behaviour and thread sanitizers, and for aarch64 under emulation.
sanitize:
	@.ci/sanitize

aarch64:
	@.ci/aarch64

clean:
	rm -rf .build

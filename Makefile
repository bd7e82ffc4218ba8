# claimpipe: `make deps demo` shows what it does, `make deps check` runs every test.
VERSION = 0.1.0
PREFIX = /usr/local
DESTDIR =
BUILD = build
CC = gcc
CLANG = clang
OBJCOPY = objcopy
PYTHON = /usr/bin/python3

WARNINGS = -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wmissing-prototypes -Werror
OPTIMIZE = -O2 -g -D_FORTIFY_SOURCE=2
CPPFLAGS = $(DEFINES) -D_GNU_SOURCE -DCLAIMPIPE_VERSION='"$(VERSION)"' -Iinclude
CFLAGS = -std=c11 $(WARNINGS) $(OPTIMIZE) -fopenmp -fstack-protector-strong -fvisibility=hidden
LDFLAGS = -fopenmp
LIBS = -lcsv -lpcre2-8 -lcurl -ljansson -lsqlite3 -lcrypto -larchive -lz -lexpat -lxlsxwriter -lutf8proc -lidn2 -lqrencode -lpng -lpthread -lm
SANDBOX_LIBS = -lmicrohttpd -ljansson -lcrypto -lutf8proc -lidn2 -lpthread

PROGRAM_SOURCES = pipeline/main.c
SANDBOX_SOURCES = $(wildcard pipeline/sandbox/*.c)
LIBRARY_SOURCES = $(filter-out $(PROGRAM_SOURCES) $(SANDBOX_SOURCES),\
	$(wildcard pipeline/*.c pipeline/*/*.c))
HEADER = include/claimpipe.h

# The files of HTML pages, which become strings in it: page_run_html of run.html (include/stages/page.h).
PAGE = $(sort $(wildcard pipeline/page/*))
PAGE_OBJECT = $(BUILD)/pipeline/page.o

object = $(patsubst %.c,$(BUILD)/%.o,$(1))
PROGRAM = $(BUILD)/claimpipe
SANDBOX = $(BUILD)/claimpipe-sandbox
LIBRARY = $(BUILD)/libclaimpipe.a
# What is installed of it: others see the functions of HEADER alone.
PUBLIC = $(BUILD)/public/libclaimpipe.a
UNITS = $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(wildcard tests/unit/*.c))
BENCHES = $(patsubst tests/bench/%.c,$(BUILD)/bench/%,$(wildcard tests/bench/*.c))

# Beside the program, as they are installed.
PRESETS = $(patsubst pipeline/presets/%,$(BUILD)/share/claimpipe/presets/%,$(wildcard pipeline/presets/*.json))

all: $(PROGRAM) $(SANDBOX) $(PRESETS)

$(BUILD)/share/claimpipe/presets/%: pipeline/presets/%
	@mkdir -p $(@D)
	cp $< $@

$(PAGE_OBJECT:.o=.c): $(PAGE)
	@mkdir -p $(@D)
	for file in $(PAGE); do \
	  printf 'extern const char page_%s[];\nconst char page_%s[] = {\n' $$(basename $$file | tr . _) $$(basename $$file | tr . _) && \
	  od -An -v -tx1 $$file | sed 's/ \([0-9a-f][0-9a-f]\)/0x\1,/g' && echo '0};' || exit; \
	done >$@.new
	mv $@.new $@
$(PAGE_OBJECT): $(PAGE_OBJECT:.o=.c)
	$(CC) $(CFLAGS) -c -o $@ $<
$(LIBRARY): $(call object,$(LIBRARY_SOURCES)) $(PAGE_OBJECT)
	rm -f $@ && $(AR) rcs $@ $^
$(PUBLIC): $(LIBRARY) $(HEADER)
	@mkdir -p $(@D)
	sed -n 's/^[a-z].*[ *]\(claimpipe_[a-z_]*\)(.*/\1/p' $(HEADER) >$(@D)/names
	$(LD) -r --whole-archive $(LIBRARY) -o $(@D)/claimpipe.o
	$(OBJCOPY) --keep-global-symbols=$(@D)/names $(@D)/claimpipe.o
	rm -f $@ && $(AR) rcs $@ $(@D)/claimpipe.o
$(PROGRAM): $(call object,$(PROGRAM_SOURCES)) $(LIBRARY)
	$(CC) $(LDFLAGS) $(OPTIMIZE) -o $@ $^ $(LIBS)
$(SANDBOX): $(call object,$(SANDBOX_SOURCES)) $(LIBRARY)
	$(CC) $(LDFLAGS) $(OPTIMIZE) -o $@ $^ $(SANDBOX_LIBS)
$(BUILD)/unit/%: tests/unit/%.c $(LIBRARY)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) -Ipipeline $(CFLAGS) $(LDFLAGS) -MMD -MP -o $@ $< $(LIBRARY) -lcmocka $(LIBS)
$(BUILD)/bench/%: tests/bench/%.c $(LIBRARY)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -MMD -MP -o $@ $< $(LIBRARY) $(LIBS)
$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<
-include $(shell find $(BUILD) -type f -name '*.d' 2>/dev/null)

# ---- what the machine must have: `make deps demo` needs less than `make deps check` ----

DEPS_BUILD = gcc make libc6-dev libcsv-dev libcurl4-openssl-dev libjansson-dev \
	libsqlite3-dev libssl-dev libarchive-dev libpcre2-dev zlib1g-dev libexpat1-dev \
	libxlsxwriter-dev libutf8proc-dev libidn2-dev libqrencode-dev libpng-dev libmicrohttpd-dev
DEPS_CHECK = pkg-config libcmocka-dev faketime procps python3 curl openssl nghttp2-proxy wrk clang clang-tidy clang-format \
	libclang-rt-dev libomp-dev pmccabe mandoc nodejs \
	openssh-server openssh-client miller xlsx2csv zsh fish systemd \
	libsasl2-modules libsasl2-modules-db zbar-tools $(DEPS_NPM) $(DEPS_CHROMIUM)
# Some packages of nodejs bring npm along, and the one that is called npm can't be beside them.
DEPS_NPM = $(shell command -v npm >/dev/null || echo npm)
# Ubuntu's package of this name fetches a snap.
DEPS_CHROMIUM = $(shell grep -qs '^ID=debian' /etc/os-release && echo chromium)
DEPS = $(DEPS_BUILD) $(if $(filter-out deps all demo install uninstall clean,$(MAKECMDGOALS)),$(DEPS_CHECK))
# The tests start sshd and nghttpx by themselves: what is enabled with the packages is not left behind.
ENABLED = find /etc/systemd/system -path '*.wants/*' -type l 2>/dev/null | sed 's|.*/||' | sort -u
SUDO = $(shell [ "$$(id -u)" = 0 ] || echo sudo)

deps:
	@if ! command -v apt-get >/dev/null; then \
	  echo "This is not a Debian or Ubuntu.  Install these, then go on without deps:"; \
	  echo "  dnf:  gcc make pkgconf libcsv-devel libcurl-devel jansson-devel sqlite-devel openssl-devel libarchive-devel pcre2-devel zlib-devel expat-devel libxlsxwriter-devel utf8proc-devel libidn2-devel qrencode-devel libpng-devel libmicrohttpd-devel libcmocka-devel"; \
	  echo "  apk:  gcc make musl-dev pkgconf libcsv-dev curl-dev jansson-dev sqlite-dev openssl-dev libarchive-dev pcre2-dev zlib-dev expat-dev libxlsxwriter-dev utf8proc-dev libidn2-dev libqrencode-dev libpng-dev libmicrohttpd-dev cmocka-dev"; \
	  echo "  brew: gcc make pkg-config libcsv curl jansson sqlite openssl@3 libarchive pcre2 expat libxlsxwriter utf8proc libidn2 qrencode libpng libmicrohttpd cmocka libomp"; \
	  exit 1; \
	fi; \
	missing=$$(for p in $(DEPS); do \
	  dpkg-query -W -f '$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || echo $$p; done); \
	[ -z "$$missing" ] || { echo "installing:" $$missing; \
	  before=$$($(ENABLED)); \
	  $(SUDO) apt-get -qq update && \
	  DEBIAN_FRONTEND=noninteractive $(SUDO) apt-get -qq -y install --no-install-recommends $$missing || exit; \
	  for unit in $$($(ENABLED)); do \
	    echo "$$before" | grep -qxF "$$unit" || $(SUDO) systemctl -q disable --now "$$unit" 2>/dev/null || :; \
	  done; }
	@$(if $(filter check contract,$(MAKECMDGOALS)),BUILD=$(BUILD) $(PYTHON) $(CONTRACT) --install)
	@$(if $(filter check,$(MAKECMDGOALS)),BUILD=$(BUILD) $(PYTHON) $(PAGES) --install)
	@$(if $(filter check,$(MAKECMDGOALS)),BUILD=$(BUILD) $(PYTHON) tests/mta.py --install)

# ---- showing it ----

JOBS = $(shell nproc 2>/dev/null || echo 2)
PARALLEL = @+$(MAKE) --no-print-directory -j$(JOBS)

demo:
	$(PARALLEL) all
	@BUILD=$(BUILD) samples/demo.sh

# ---- tests: each prints TAP; tests/tally.py sums up ----

TALLY = BUILD=$(BUILD) CC=$(CC) CLANG=$(CLANG) $(PYTHON) tests/tally.py
GATES = layers headers format functions bans tidy
# The longest first; what waits for clocks and servers (all but the cases and units) goes beside what computes.
PROGRAM_TESTS = tests/run_cases.py tests/ledger_test.py tests/successes_test.py tests/sandbox_test.py \
	tests/history_test.py tests/workbook_test.py tests/watch_test.py tests/mail_test.py \
	tests/mail_faults_test.py $(UNITS)
OTHER_TESTS = tests/memory_test.py tests/corpora_test.py tests/tls_test.py tests/fetch_test.py tests/docs_test.py tests/message_test.py tests/completion_test.py tests/install_test.py tests/ops_test.py tests/bench_test.sh $(CONTRACT) $(PAGES)
# The page of a run in headless Chromium, with what npm fetches into $(BUILD).
PAGES = tests/page_test.py
# claimpipe and the practice server against the vendor's OpenAPI and client, which npm fetches into $(BUILD).
CONTRACT = tests/contract/contract.py
# gcc's UndefinedBehaviorSanitizer is in asan; clang's is `make ubsan`, and tsan likewise, for longer runs.
PROOFS = make:asan make:crash make:torture make:fuzz-replay

units: $(UNITS)
# Everything; the long proofs at a short length, with the same seed each time (asan: over a third of the cases), and
# first: what takes longest must not begin last.  clang's analyzer goes less deep than in `make tidy`, which takes six
# times as long.
check:
	$(PARALLEL) all units $(BENCHES)
	@CRASH_ARGS='--short --seed 1' TORTURE_ARGS='--short --seed 1' SANITIZED_SHARE=3 SANITIZED_JOBS=2 \
	  TIDY_NODES=12000 TALLY_JOBS=2 \
	  $(TALLY) $(PROOFS) $(GATES:%=tests/quality/%.sh) $(PROGRAM_TESTS) $(OTHER_TESTS)

$(GATES):
	@$(TALLY) tests/quality/$@.sh
contract: all
	@$(TALLY) $(CONTRACT)
bench: all $(BENCHES)
	@BUILD=$(BUILD) $(PYTHON) tests/bench/bench.py

# The programs and their tests under a sanitizer.  So much of what was freed is kept from being used again, which finds
# its late users: few runs free more, and the usual 256 MB cost a fifth of a run's time, for fresh pages.
QUARANTINE = quarantine_size_mb=8
SANITIZER_asan = OPTIMIZE='-O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all'
SANITIZER_ubsan = CC=$(CLANG) OPTIMIZE='-O1 -g -fsanitize=undefined -fno-sanitize-recover=all'
SANITIZER_tsan = CC=$(CLANG) OPTIMIZE='-O1 -g -fsanitize=thread'
# libcurl, SQLite and the rest are not built for ThreadSanitizer; OpenMP is, by Archer.
export TSAN_OPTIONS = ignore_noninstrumented_modules=1
# Two proofs want asan, and may be made at once.
SANITIZED = @mkdir -p $(BUILD) && flock $(BUILD)/$(1).lock \
	$(MAKE) --no-print-directory -j$(JOBS) BUILD=$(BUILD)/$(1) $(SANITIZER_$(1))
SANITIZED_SHARE ?= 1
# So many programs of a sanitizer at once, as TALLY_JOBS.
SANITIZED_JOBS ?= 1
asan ubsan tsan:
	+$(call SANITIZED,$@) all units
	@CHAOS_SEEDS=40 CASES_SHARE=$(SANITIZED_SHARE) TALLY_JOBS=$(SANITIZED_JOBS) ASAN_OPTIONS="$(QUARANTINE):$$ASAN_OPTIONS" \
	  $(MAKE) --no-print-directory BUILD=$(BUILD)/$@ program-tests
program-tests:
	@$(TALLY) $(PROGRAM_TESTS)

# What others may have written, under libFuzzer; the replay shows that nothing found before is broken again.
FUZZ_SECONDS = 60
FUZZ_TARGETS = $(patsubst tests/fuzz/%.c,$(BUILD)/%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_LINK = $(CC) $(LDFLAGS) -fsanitize=fuzzer,address,undefined
# What a target would spend all its time on.
FUZZ_WRAP_codes = -Wl,--wrap=digest_slow
SANITIZER_fuzz = CC=$(CLANG) OPTIMIZE='-O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all'
$(BUILD)/fuzz_%: $(BUILD)/tests/fuzz/fuzz_%.o $(LIBRARY)
	$(FUZZ_LINK) $(FUZZ_WRAP_$*) -o $@ $^ $(LIBS)
fuzz-targets: $(FUZZ_TARGETS)
fuzz-build:
	$(PARALLEL) BUILD=$(BUILD)/fuzz $(SANITIZER_fuzz) fuzz-targets
fuzz: fuzz-build
	@BUILD=$(BUILD) tests/fuzz/fuzz.sh $(FUZZ_SECONDS)
# What only replays needs no libFuzzer, and so asan's library will do.
REPLAYS = $(FUZZ_TARGETS:$(BUILD)/fuzz_%=$(BUILD)/replay_%)
$(BUILD)/replay_%: $(BUILD)/tests/fuzz/fuzz_%.o $(BUILD)/tests/fuzz/replay.o $(LIBRARY)
	$(CC) $(LDFLAGS) $(OPTIMIZE) $(FUZZ_WRAP_$*) -o $@ $^ $(LIBS)
.SECONDARY: $(FUZZ_TARGETS:$(BUILD)/fuzz_%=$(BUILD)/tests/fuzz/fuzz_%.o) $(BUILD)/tests/fuzz/replay.o
replays: $(REPLAYS)
fuzz-replay:
	+$(call SANITIZED,asan) replays
	@$(TALLY) "tests/fuzz/fuzz.sh replay"

# Killed at random and at every transition of the ledger, then run again: nothing twice, nothing lost.
# Only what has crash points is made anew; it stands before the library, whose members of the same name are then not
# wanted.
CRASHING = $(patsubst %.c,$(BUILD)/crash/%.o,tests/crash/crashpoint.c \
	$(shell grep -l '"base/crashpoint.h"' $(LIBRARY_SOURCES)))
crash:
	$(PARALLEL) all
	$(PARALLEL) BUILD=$(BUILD)/crash DEFINES=-DCLAIMPIPE_CRASH $(CRASHING)
	$(CC) $(LDFLAGS) $(OPTIMIZE) -o $(BUILD)/crash/claimpipe $(call object,$(PROGRAM_SOURCES)) $(CRASHING) $(LIBRARY) $(LIBS)
	@BUILD=$(BUILD)/crash SANDBOX=$(SANDBOX) $(PYTHON) tests/tally.py "tests/crash/crash.py $(CRASH_ARGS)"

# Every call that can fail is made to fail in turn: never a crash, a leak, a lost row, a double claim.
# These calls of asan's program lead to tests/torture/fail.c.
TORTURED = $(BUILD)/asan/pipeline/main.o $(BUILD)/asan/tests/torture/fail.o $(BUILD)/asan/libclaimpipe.a
torture: all
	+$(call SANITIZED,asan) $(TORTURED) $(BUILD)/asan/claimpipe
	@mkdir -p $(BUILD)/torture
	$(CC) -fopenmp -fsanitize=address,undefined \
	  $$(sed -n 's/^WRAP(\(.*\));/-Wl,--wrap=\1/p' tests/torture/fail.c) \
	  -o $(BUILD)/torture/claimpipe $(TORTURED) $(LIBS)
	@BUILD=$(BUILD)/torture SANDBOX=$(SANDBOX) $(PYTHON) tests/tally.py "tests/torture/torture.py $(TORTURE_ARGS)"

# ---- installing ----

bindir = $(DESTDIR)$(PREFIX)/bin
libdir = $(DESTDIR)$(PREFIX)/lib
incdir = $(DESTDIR)$(PREFIX)/include
mandir = $(DESTDIR)$(PREFIX)/share/man
datadir = $(DESTDIR)$(PREFIX)/share/claimpipe
# Where the shells look; zsh in the one folder for what Debian installs, in the other for what is installed by hand.
bashdir = $(DESTDIR)$(PREFIX)/share/bash-completion/completions
zshdir = $(DESTDIR)$(PREFIX)/share/zsh/$(if $(filter /usr,$(PREFIX)),vendor-completions,site-functions)
fishdir = $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d

install: all $(PUBLIC)
	install -d $(bindir) $(libdir)/pkgconfig $(mandir)/man1 $(mandir)/man5 $(incdir) $(datadir)/presets
	install -m 755 $(PROGRAM) $(SANDBOX) $(bindir)
	install -m 644 $(PUBLIC) $(libdir)
	install -m 644 $(HEADER) $(incdir)
	install -m 644 pipeline/claimpipe.1 pipeline/sandbox/claimpipe-sandbox.1 $(mandir)/man1
	install -m 644 pipeline/claimpipe-job.5 $(mandir)/man5
	install -m 644 samples/job.schema.json samples/preset.schema.json samples/plan.schema.json samples/summary.schema.json $(datadir)
	install -m 644 pipeline/presets/*.json $(datadir)/presets
	install -d $(bashdir) $(zshdir) $(fishdir)
	install -m 644 pipeline/completions/claimpipe.bash $(bashdir)/claimpipe
	install -m 644 pipeline/completions/_claimpipe $(zshdir)
	install -m 644 pipeline/completions/claimpipe.fish $(fishdir)
	printf '%s\n' 'prefix=$(PREFIX)' 'libdir=$${prefix}/lib' 'includedir=$${prefix}/include' '' \
	  'Name: claimpipe' 'Description: CSV triggers to BitBadges claims, each at most once' \
	  'Version: $(VERSION)' 'Requires.private: libcurl jansson sqlite3 libcrypto libarchive libpcre2-8 zlib expat xlsxwriter libutf8proc libidn2' \
	  'Libs: -L$${libdir} -lclaimpipe $(LIBS) -fopenmp' \
	  'Cflags: -I$${includedir}' >$(libdir)/pkgconfig/claimpipe.pc
	chmod 644 $(libdir)/pkgconfig/claimpipe.pc

uninstall:
	rm -f $(bindir)/claimpipe $(bindir)/claimpipe-sandbox $(incdir)/claimpipe.h $(libdir)/libclaimpipe.a \
	  $(libdir)/pkgconfig/claimpipe.pc $(mandir)/man1/claimpipe.1 \
	  $(mandir)/man1/claimpipe-sandbox.1 $(mandir)/man5/claimpipe-job.5 \
	  $(bashdir)/claimpipe $(zshdir)/_claimpipe $(fishdir)/claimpipe.fish
	rm -rf $(datadir)

clean:
	rm -rf $(BUILD)

.PHONY: all deps demo units check $(GATES) contract bench asan ubsan tsan program-tests fuzz fuzz-build fuzz-targets \
	replays fuzz-replay crash torture install uninstall clean

# Targets besides the product's: what the Makefile includes last.
# SPDX-License-Identifier: Apache-2.0

.PHONY: check test test-programs lint lint-clang bench vectors examples fuzz fuzzers docs man

LIBRARY_ARCHIVES := $(foreach r,$(LIBRARY_MODULES),$(call module_archive,$(r)))
link_test = $(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) -Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(LIBS)

# ---- all tests: tools/test runs the parts, adds them up and prints what failed last --------------------
check: deps-test
	@tools/test check
test: deps-test
	@tools/test all
lint: deps-test
	@tools/test lint
# clang only reads; gcc must optimise to see what it warns of, so tools/test lets it compile in build/lint.
lint-clang: $(GEN_HEADERS)
	$(QUIET)clang -fsyntax-only $(filter-out -MMD -MP,$(ALL_CFLAGS)) -Werror \
	    $(foreach r,$(MODULES),$(call module_sources,$(r))) src/main.c $(UNIT_SOURCES) $(wildcard tests/*.c)

# What tools/test needs built; make -k builds as much of it as compiles.
test-programs: all units $(BUILD)/tests/vectors $(BUILD)/tests/tables $(BUILD)/tests/examples $(BUILD)/tests/language $(BUILD)/tests/embed

# ---- conformance vectors: tests/vectors/*.jsonl, see tests/vectors/README.md ---------------------------
VECTORS_OBJECTS := $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard tests/vectors*.c))
$(BUILD)/tests/vectors: $(VECTORS_OBJECTS) $(LIBRARY_ARCHIVES) $(call module_archive,config) $(call module_archive,tls)
	@mkdir -p $(@D)
	$(call say,link)$(link_test)

vectors: $(BUILD)/tests/vectors
	$(BUILD)/tests/vectors $(sort $(wildcard tests/vectors/*.jsonl))

# ---- tables of a host's spans beside the bytes that they stand for, by the rules of the vectors ---------
TABLES_OBJECTS := $(patsubst %,$(BUILD)/obj/tests/%.o,tables tables_table tables_proof vectors_doc vectors_otlp)
TABLES_RULES := $(sort $(wildcard examples/rules/*.ottl stdlib/rules/*.ottl tests/vectors/*.jsonl))
$(BUILD)/tests/tables: $(TABLES_OBJECTS) $(LIBRARY_ARCHIVES)
	@mkdir -p $(@D)
	$(call say,link)$(link_test)

.PHONY: tables
tables: $(BUILD)/tests/tables
	$(BUILD)/tests/tables tests/vectors/spans.json examples/spans.pb $(TABLES_RULES)

# ---- the examples beside the library's functions, run over one sample span -----------------------------
EXAMPLES_OBJECTS := $(patsubst %,$(BUILD)/obj/tests/%.o,examples sample vectors_doc vectors_otlp)
$(BUILD)/tests/examples: $(EXAMPLES_OBJECTS) $(LIBRARY_ARCHIVES)
	@mkdir -p $(@D)
	$(call say,link)$(link_test)

# And those of docs/language.md.
LANGUAGE_OBJECTS := $(patsubst %,$(BUILD)/obj/tests/%.o,language sample vectors_doc vectors_otlp)
$(BUILD)/tests/language: $(LANGUAGE_OBJECTS) $(LIBRARY_ARCHIVES)
	@mkdir -p $(@D)
	$(call say,link)$(link_test)

examples: $(BUILD)/tests/examples $(BUILD)/tests/language
	$(BUILD)/tests/examples tests/fixtures/sample.json
	$(BUILD)/tests/language tests/fixtures/sample.json docs/language.md

# ---- the library as an embedder sees it: one header, one archive ----------------------------------------
$(BUILD)/tests/embed: examples/embed.c $(wildcard include/tamis/*.h) $(BUILD)/libtamis.a
	@mkdir -p $(@D)
	$(call say,link)$(CC) -std=c11 -Wall -Wextra -Werror -Iinclude $(LINK_$(MODE)) -o $@ $< $(BUILD)/libtamis.a $(LIBS)

# ---- what a span costs, beside copying it: --check holds it to the limits of docs/DESIGN.md -------------
$(BUILD)/tests/bench/engine: $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard tests/bench/engine*.c)) \
                             $(LIBRARY_ARCHIVES) $(call module_archive,config) $(call module_archive,tls)
	@mkdir -p $(@D)
	$(call say,link)$(link_test)

# ---- what a span costs by the library's calls: its bytes, and the row of a table ---------------------------
BENCH_TABLES_OBJECTS := $(patsubst %,$(BUILD)/obj/tests/%.o,bench/tables bench/engine_spans tables_table)
$(BUILD)/tests/bench/tables: $(BENCH_TABLES_OBJECTS) $(LIBRARY_ARCHIVES) $(call module_archive,config) \
                             $(call module_archive,tls)
	@mkdir -p $(@D)
	$(call say,link)$(link_test)

# ---- what each function costs, the real OTTL beside it ---------------------------------------------------
FUNCTIONS_OBJECTS := $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard tests/bench/functions*.c)) \
                     $(patsubst %,$(BUILD)/obj/tests/vectors_%.o,rule proof value doc otlp)
$(BUILD)/tests/bench/functions: $(FUNCTIONS_OBJECTS) $(LIBRARY_ARCHIVES)
	@mkdir -p $(@D)
	$(call say,link)$(link_test)

# ---- what runs as the data of functions grow, block by block: an own count, beside the steps charged -------
WORK := $(filter $(BUILD)/tests/unit/lang/work% $(BUILD)/tests/unit/engine/work%,$(UNITS))
.PHONY: work work-programs
work: deps-test
	@tools/test work && cat build/test/work.log
work-programs: $(WORK)

bench: deps-test
	@$(MAKE) --no-print-directory -j$(JOBS) all $(patsubst %,$(BUILD)/tests/bench/%,engine functions tables)
	@tools/bench $(BUILD) docs/benchmarks.md

# ---- attacks, with a well-behaved client beside them: docs/reliability.md -------------------------------
# make attack ONLY=A11 prints what it measures of those alone, and writes no page unless one is named: PAGE=FILE.
PAGE ?= $(if $(ONLY),,docs/reliability.md)
.PHONY: attack
attack: deps-test
	@$(MAKE) --no-print-directory -j$(JOBS) all
	@TAMIS=$(abspath $(BUILD))/tamis TAMIS_BUILD=$(BUILD) tests/wire/attack $(if $(ONLY),--only '$(ONLY)') $(PAGE)

OVERLOAD_SECONDS ?= 120
.PHONY: overload
overload: deps-test
	@$(MAKE) --no-print-directory -j$(JOBS) all
	@TAMIS=$(abspath $(BUILD))/tamis TAMIS_BUILD=$(BUILD) TAMIS_OVERLOAD_SECONDS=$(OVERLOAD_SECONDS) \
	    tests/wire/run -q -s tests/wire/test_overload.py

# ---- the library in a host's hands, under ThreadSanitizer and valgrind ----------------------------------
.PHONY: tsan valgrind
tsan valgrind: deps-test
	@tools/test $@

# ---- fuzzing: tests/fuzz/NAME.c, in a clang build with MODE=asan ----------------------------------------
FUZZERS := $(patsubst tests/fuzz/%.c,$(BUILD)/tests/fuzz/%,$(wildcard tests/fuzz/*.c))
FUZZ_SECONDS ?= 60
$(BUILD)/tests/fuzz/%: $(BUILD)/obj/tests/fuzz/%.o $(filter-out %/daemon.a %/tools.a,$(ARCHIVES))
	@mkdir -p $(@D)
	$(call say,link)$(CC) -fsanitize=fuzzer $(ALL_LDFLAGS) -o $@ $< -Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(LIBS)

fuzzers: $(FUZZERS)
fuzz: deps-test
	@$(MAKE) -j$(JOBS) BUILD=build/asan MODE=asan CC=clang fuzzers
	@tools/test fuzz=$(FUZZ_SECONDS)

# ---- fresh cases asked of the real OTTL and of us: make peers-ottl CASES=100000 SEED=1 ------------------
CASES ?= 10000
ANSWERS_OBJECTS := $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard tests/differential*.c)) \
                   $(patsubst %,$(BUILD)/obj/tests/vectors_%.o,rule proof value doc otlp)
$(BUILD)/tests/answers: $(ANSWERS_OBJECTS) $(foreach r,base otlp vm stdlib lang,$(call module_archive,$(r)))
	@mkdir -p $(@D)
	$(call say,link)$(link_test)

.PHONY: peers-ottl
peers-ottl: $(BUILD)/tests/answers
	@tests/peers/build ottl || { [ $$? = 77 ] && exit 0 || exit 1; }
	@[ ! -x build/peers/ottl ] || { \
	    $(PYTHON) tests/peers/differential.py --answers=$(BUILD)/tests/answers --cases=$(CASES) $(if $(SEED),--seed=$(SEED)) && \
	    $(PYTHON) tests/peers/differential_charsets.py --answers=$(BUILD)/tests/answers $(if $(SEED),--seed=$(SEED)); }

# ---- the pages of docs/ that come from the source ------------------------------------------------------
docs: $(BUILD)/tamis
	@tools/docs $<

# ---- man pages, in $(BUILD)/man: MANPATH=$(BUILD)/man man tamis-lint -------------------------------------
# That of the library is its headers, the one to include first.
LIBRARY_HEADERS := include/tamis/tamis.h $(sort $(filter-out %/tamis.h,$(wildcard include/tamis/*.h)))
man: $(BUILD)/tamis
	@rm -rf $(BUILD)/man; mkdir -p $(BUILD)/man/man1 $(BUILD)/man/man3 $(BUILD)/man/man5
	@awk -v version=$(VERSION) -f tools/libtamis.awk $(LIBRARY_HEADERS) > $(BUILD)/man/man3/libtamis.3
	@for page in $$($< manual --format man); do $< manual --format man $$page > $(BUILD)/man/man$${page##*.}/$$page; done

# ---- for those who work on it: what an editor asks, what git runs, what the tests reach ------------------
.PHONY: compile_commands.json hooks coverage
COMPILED = $(foreach r,$(MODULES),$(call module_sources,$(r))) src/main.c $(UNIT_SOURCES) $(wildcard tests/*.c tests/*/*.c)
compile_commands.json: | $(GEN_HEADERS)
	@$(PYTHON) -c 'import json, os, sys; print(json.dumps([{"directory": os.getcwd(), "file": f, \
	    "command": sys.argv[1] + " -c " + f} for f in sorted(set(sys.argv[2:]))], indent=1))' \
	    '$(CC) $(filter-out -MMD -MP,$(ALL_CFLAGS))' $(COMPILED) > $@

hooks:
	@ln -sf ../../tools/pre-commit .git/hooks/pre-commit && echo 'tools/pre-commit runs before each commit'

# Counts what units, vectors, examples and sessions reach; with WIRE=1 what tests/wire reaches as well.
coverage: deps-test
	@WIRE=$(WIRE) tools/coverage $(JOBS)

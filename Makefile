# tamis: make, make run, make check, make test, make bench; `make help` lists the others. See README.md.
# SPDX-License-Identifier: Apache-2.0

# ---- Debian packages: all that a fresh machine needs besides git and make ------------------------
DEBIAN_BUILD := gcc libc6-dev pkg-config re2c bison protobuf-c-compiler libpcre2-dev libprotobuf-c-dev \
                libevent-dev libc-ares-dev libnghttp2-dev libcurl4-openssl-dev libssl-dev libyaml-dev zlib1g-dev libzstd-dev \
                libicu-dev libutf8proc-dev libsnappy-dev liblz4-dev libcrypt-dev libxxhash-dev libisal-dev libedit-dev uap-core tzdata
DEBIAN_TEST := g++ clang clang-format libclang-rt-dev llvm libcmocka-dev python3 python3-venv curl nghttp2-client openssl \
               neovim emacs-nox elpa-eglot elpa-yaml-mode cmake valgrind zsh fish

BUILD ?= build/release
MODE ?= release
ifeq ($(origin CC),default)
CC := gcc
endif
# How many compilers at once. A plain `make` obeys -j; the targets that call make themselves use this.
JOBS ?= $(shell nproc 2>/dev/null || echo 2)
PYTHON ?= python3
# V=1 shows the commands.
QUIET := $(if $(V),,@)
say = $(if $(V),,@printf '  %-6s %s\n' $(1) $@; )

# ---- what a build leaves out: make BUILD=build/small WITHOUT=xml,charset,locale,crypto ---------------
# stdlib/optional.def says which functions go with each word; here are its files, and the packages that those alone need.
comma := ,
OPTIONAL := xml charset locale crypto
OPTIONAL_xml := stdlib/xml/%
OPTIONAL_charset := stdlib/charset/charset_icu.c stdlib/charset/charset_multi.c
OPTIONAL_locale := stdlib/locale_icu.c
OPTIONAL_crypto := stdlib/digest.c stdlib/flow.c
PACKAGES_charset := icu-uc
PACKAGES_locale := icu-uc icu-i18n
PACKAGES_crypto := libcrypto
WITHOUT ?=
LEFT_OUT := $(strip $(subst $(comma), ,$(WITHOUT)))
$(if $(filter-out $(OPTIONAL),$(LEFT_OUT)),$(error WITHOUT takes $(OPTIONAL), not $(filter-out $(OPTIONAL),$(LEFT_OUT))))
WITH := $(filter-out $(LEFT_OUT),$(OPTIONAL))

# ---- flags -------------------------------------------------------------------------------------
WARN := -Wall -Wextra -Wformat=2 -Werror=format-security -Wimplicit-fallthrough -Wshadow \
        -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wvla
HARDEN := -fstack-protector-strong -fno-strict-overflow -fno-delete-null-pointer-checks \
          -D_FORTIFY_SOURCE=2
MODE_release := -O2 -g $(HARDEN)
MODE_asan := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer \
             $(if $(findstring clang,$(CC)),-fsanitize=fuzzer-no-link)
MODE_debug := -O0 -g
MODE_tsan := -O1 -g -fsanitize=thread -fno-omit-frame-pointer
# Each block of code that runs calls __sanitizer_cov_trace_pc, which tests/unit/lang/working.h counts.
MODE_count := -O1 -g -fsanitize-coverage=trace-pc
MODE_coverage := -O0 -g --coverage -fprofile-abs-path
LINK_asan := -fsanitize=address,undefined
LINK_tsan := -fsanitize=thread
LINK_coverage := --coverage
PACKAGES := libpcre2-8 libprotobuf-c libevent_openssl libevent_pthreads libevent libcares libnghttp2 libcurl openssl \
            yaml-0.1 zlib libzstd snappy liblz4 icu-uc icu-i18n libutf8proc libxxhash libedit
# ISA-L (x86, arm64) compresses 15 times as fast as zlib; without it zlib does the work.
PACKAGES += $(shell pkg-config --exists libisal 2>/dev/null && echo libisal)
PKG_CFLAGS := $(shell pkg-config --cflags $(PACKAGES) 2>/dev/null)
PKG_LIBS := $(shell pkg-config --libs $(PACKAGES) 2>/dev/null)
ifeq ($(strip $(PKG_LIBS)),)
ifneq ($(filter-out help deps deps-test run check test lint bench attack fuzz clean,$(or $(MAKECMDGOALS),all)),)
$(error something that tamis needs is not installed: make deps installs it)
endif
endif
CFLAGS ?=
ALL_CFLAGS = -std=gnu11 $(WARN) $(MODE_$(MODE)) -fPIC -fvisibility=hidden -pthread -MMD -MP \
             -Isrc -Iinclude -I. -I$(BUILD)/gen -Igrammar $(PKG_CFLAGS) $(WERROR) $(CFLAGS)
ALL_LDFLAGS = $(LINK_$(MODE)) -pie -pthread -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack -Wl,--as-needed $(LDFLAGS)
# The sanitizers bring a crypt_r that calls the library's: it is to be loaded although it seems unused.
LIBS = $(PKG_LIBS) -Wl,--push-state,--no-as-needed -lcrypt -Wl,--pop-state -lm -ldl

# ---- modules, from the ground up: each links against those named before it ----------------------
MODULES := base otlp vm stdlib lang engine explain embed io tls translate recording config net pipe daemon tools
LIBRARY_MODULES := base otlp vm stdlib lang engine explain embed
module_dir = $(if $(filter stdlib,$(1)),stdlib,src/$(1))
module_sources = $(filter-out $(foreach o,$(LEFT_OUT),$(OPTIONAL_$(o))),\
                 $(wildcard $(call module_dir,$(1))/*.c $(call module_dir,$(1))/*/*.c))
module_re = $(wildcard $(call module_dir,$(1))/*.re $(call module_dir,$(1))/*/*.re)

GEN := $(BUILD)/gen
# Lexers and parsers of grammar/ belong to the module that uses them: lang (ottl), vm (re2).
GEN_lang := $(GEN)/ottl.lex.c $(GEN)/ottl.tab.c
GEN_vm := $(GEN)/re2.tab.c
GEN_otlp := $(GEN)/otlp.pb-c.c
GEN_net := $(GEN)/grpc.pb-c.c
gen_of = $(GEN_$(1)) \
         $(patsubst %.re,$(GEN)/%.re.c,$(call module_re,$(1)))
module_objects = $(patsubst %.c,$(BUILD)/obj/%.o,$(call module_sources,$(1))) \
               $(patsubst $(GEN)/%.c,$(BUILD)/obj/gen/%.o,$(call gen_of,$(1)))
module_archive = $(BUILD)/modules/$(1).a
ARCHIVES := $(foreach r,$(MODULES),$(call module_archive,$(r)))

.PHONY: all help deps deps-test run units clean
.DELETE_ON_ERROR:
.SECONDARY:

all: $(BUILD)/tamis $(BUILD)/libtamis.a

help:
	@echo 'make            builds build/release/tamis and build/release/libtamis.a'
	@echo 'make deps       installs the packages that building needs; does nothing when all are there'
	@echo 'make run        deps, then builds and starts tamis on examples/quickstart.yaml'
	@echo 'make check      the tests that take less than a minute'
	@echo 'make test       installs what the tests need, then runs every test and lint'
	@echo 'make lint       compilers, formatting, layers, measures'
	@echo 'make bench      measures speed, writes docs/benchmarks.md'
	@echo 'make vectors    the conformance vectors; make examples: those of the functions'
	@echo 'make work       counts what runs as the data of functions grow'
	@echo 'make overload   a backend that takes a tenth, for OVERLOAD_SECONDS=120: what is resident, what arrives'
	@echo 'make attack     attacks tamis beside a well-behaved client, writes docs/reliability.md'
	@echo 'make fuzz       fuzzes for FUZZ_SECONDS each (default 60)'
	@echo 'make tsan       the library under ThreadSanitizer; make valgrind: under valgrind'
	@echo 'make coverage   line and branch coverage by module'
	@echo 'make hooks      lets git check what a commit changes'
	@echo 'make compile_commands.json   what clangd wants to know'
	@echo 'make docs       writes the pages of docs/ that the program prints'
	@echo 'make man        writes the man pages to $$(BUILD)/man'
	@echo 'make install    installs program, library, manual and unit: PREFIX=/usr/local, DESTDIR; make uninstall'
	@echo 'make install-library   the library alone: WITHOUT=xml,charset,locale,crypto leaves parts of it out'
	@echo 'make deb        the Debian packages tamis, libtamis0 and libtamis-dev, in build/packages'
	@echo 'make clean      removes $$(BUILD)'
	@echo 'BUILD=DIR MODE=release|debug|asan|tsan|coverage CC=gcc|clang choose another build; V=1 shows the commands.'

# ---- packages: nothing happens when all are there ------------------------------------------------
# $(call install,PACKAGES)
define install
@missing=; for p in $(1); do dpkg-query -W -f='$${db:Status-Status}' $$p 2>/dev/null | grep -qx installed || \
    missing="$$missing $$p"; done; [ -z "$$missing" ] && exit 0; \
command -v apt-get >/dev/null || { echo "please install what Debian calls:$$missing" >&2; exit 0; }; \
sudo=; [ "$$(id -u)" = 0 ] || sudo=sudo; echo "installing$$missing"; export DEBIAN_FRONTEND=noninteractive DEBCONF_NOWARNINGS=yes; \
$$sudo apt-get -qq update && \
$$sudo apt-get -qq -y -o Dpkg::Use-Pty=0 install --no-install-recommends $$missing >/dev/null
endef

deps:
	$(call install,$(DEBIAN_BUILD))
deps-test:
	$(call install,$(DEBIAN_BUILD) $(DEBIAN_TEST) $(if $(shell command -v npm),,npm))

# ---- run: the shortest way to see it work --------------------------------------------------------
run: deps
	@$(MAKE) --no-print-directory -j$(JOBS) all
	@cat examples/quickstart.txt
	@exec $(BUILD)/tamis --config=examples/quickstart.yaml

# ---- generated sources -------------------------------------------------------------------------
$(GEN)/ottl.lex.c: grammar/ottl.re
	@mkdir -p $(@D)
	$(call say,re2c)re2c -W -Wno-nondeterministic-tags --utf-8 --no-generation-date -i -o $@ $<
$(GEN)/%.tab.c $(GEN)/%.tab.h: grammar/%.y
	@mkdir -p $(@D)
	$(call say,bison)bison -Wall -Werror -Wno-yacc -l --defines=$(GEN)/$*.tab.h -o $(GEN)/$*.tab.c $<
$(GEN)/%.re.c: %.re
	@mkdir -p $(@D)
	$(call say,re2c)re2c -W --no-generation-date -i -o $@ $<
$(GEN)/%.pb-c.c $(GEN)/%.pb-c.h: grammar/%.proto
	@mkdir -p $(@D)
	$(call say,protoc)protoc-c --proto_path=grammar --c_out=$(GEN) $<
# User agents: data of the package uap-core.
UAP_CORE ?= /usr/share/uap-core/regexes.yaml
$(GEN)/agents.inc: tools/agents.awk $(UAP_CORE)
	@mkdir -p $(@D)
	$(call say,awk)awk -f tools/agents.awk $(UAP_CORE) > $@
# What `tamis help CODE` says: the rows of tools/messages.tsv.
$(GEN)/messages.inc: tools/messages.awk tools/messages.tsv
	@mkdir -p $(@D)
	$(call say,awk)awk -f $^ > $@
# The rule files that are embedded.
RULE_FILES := $(sort $(wildcard stdlib/rules/*.ottl))
$(GEN)/rules.inc: tools/rules.awk $(RULE_FILES)
	@mkdir -p $(@D)
	$(call say,awk)LC_ALL=C awk -f tools/rules.awk $(RULE_FILES) > $@
# 1 or 0 for each word of OPTIONAL. Written when it changes, so that the files that look at it are compiled anew.
$(GEN)/built_with.h: FORCE
	@mkdir -p $(@D)
	@{ $(foreach o,$(OPTIONAL),echo '#define TM_WITH_$(o) $(if $(filter $(o),$(WITH)),1,0)';) } > $@.new; \
	cmp -s $@.new $@ && rm $@.new || mv $@.new $@
.PHONY: FORCE
FORCE:
# Every object waits for the generated headers.
GEN_HEADERS := $(if $(wildcard grammar/ottl.y),$(GEN)/ottl.tab.h) $(if $(wildcard grammar/re2.y),$(GEN)/re2.tab.h) \
               $(patsubst grammar/%.proto,$(GEN)/%.pb-c.h,$(wildcard grammar/*.proto)) $(GEN)/agents.inc \
               $(GEN)/messages.inc $(GEN)/rules.inc $(GEN)/built_with.h

# ---- objects, archives, program -----------------------------------------------------------------
$(BUILD)/obj/gen/%.o: $(GEN)/%.c | $(GEN_HEADERS)
	@mkdir -p $(@D)
	$(call say,cc)$(CC) $(ALL_CFLAGS) -Wno-unused-function -Wno-missing-prototypes -Wno-shadow -c -o $@ $<
$(BUILD)/obj/%.o: %.c | $(GEN_HEADERS)
	@mkdir -p $(@D)
	$(call say,cc)$(CC) $(ALL_CFLAGS) -c -o $@ $<

define module_rule
$(call module_archive,$(1)): $(call module_objects,$(1))
	@mkdir -p $$(@D)
	@rm -f $$@
	$$(call say,ar)ar rcs $$@ $$(filter %.o,$$^)
endef
$(foreach r,$(MODULES),$(eval $(call module_rule,$(r))))

$(BUILD)/tamis: $(BUILD)/obj/src/main.o $(ARCHIVES)
	$(call say,link)$(CC) $(ALL_LDFLAGS) -o $@ $< -Wl,--start-group $(ARCHIVES) -Wl,--end-group $(LIBS)

# The library is one object in which only tamis_* can be seen from outside: the modules as far as embed needs them, and
# in a build that leaves something out the letters of Unicode, too, so that it needs PCRE2 and libc alone.
LINKED_IN := $(if $(LEFT_OUT),libutf8proc.a)
$(BUILD)/libtamis.o: $(call module_objects,embed) $(foreach r,$(LIBRARY_MODULES),$(call module_archive,$(r)))
	$(call say,ld)ld -r -o $@ $(filter %.o,$^) --start-group $(filter-out %/embed.a,$(filter %.a,$^)) --end-group \
	    $(foreach a,$(LINKED_IN),$(shell $(CC) -print-file-name=$(a)))
	$(QUIET)objcopy --wildcard --keep-global-symbol='tamis_*' $@
$(BUILD)/libtamis.a: $(BUILD)/libtamis.o
	@rm -f $@
	$(call say,ar)ar rcs $@ $<
# Its soname ends in TAMIS_ABI of tamis.h.
LIBRARY_PACKAGES := libpcre2-8 $(sort $(foreach o,$(WITH),$(PACKAGES_$(o)))) $(if $(LINKED_IN),,libutf8proc)
LIBRARY_SONAME := libtamis.so.$(shell sed -n 's/^.define TAMIS_ABI //p' include/tamis/tamis.h)
$(BUILD)/$(LIBRARY_SONAME): $(BUILD)/libtamis.o tools/install/libtamis.map
	$(call say,link)$(CC) -shared $(LINK_$(MODE)) -Wl,-soname,$(@F) -Wl,--version-script=tools/install/libtamis.map -Wl,-z,defs \
	    -pthread -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack -Wl,--as-needed $(LDFLAGS) -o $@ $< \
	    $(shell pkg-config --libs $(LIBRARY_PACKAGES)) -lm

# ---- unit tests: tests/unit/MODULE/NAME.c links the archives of MODULE and of the modules below -----
from = $(if $(filter $(1),$(firstword $(2))),$(2),$(call from,$(1),$(wordlist 2,99,$(2))))
below = $(filter-out $(wordlist 2,99,$(call from,$(1),$(MODULES))),$(MODULES))
UNIT_SOURCES := $(wildcard tests/unit/*/*.c)
UNITS := $(patsubst tests/unit/%.c,$(BUILD)/tests/unit/%,$(UNIT_SOURCES))
define unit_rule
$(BUILD)/tests/unit/$(1)/%: $(BUILD)/obj/tests/unit/$(1)/%.o $(foreach r,$(call below,$(1)),$(call module_archive,$(r)))
	@mkdir -p $$(@D)
	$$(call say,link)$$(CC) $$(ALL_LDFLAGS) -o $$@ $$< -Wl,--start-group $$(filter %.a,$$^) -Wl,--end-group $$(LIBS) -lcmocka
endef
$(foreach r,$(MODULES),$(eval $(call unit_rule,$(r))))

units: $(UNITS)

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)
-include tools/targets.mk
-include tools/install/install.mk

clean:
	rm -rf $(BUILD)

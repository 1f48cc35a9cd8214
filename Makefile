# tamis: make, make run, make check, make test, make bench. See README.md.
# SPDX-License-Identifier: Apache-2.0

CC ?= gcc
BUILD ?= build/release
MODE ?= release
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
PYTHON ?= python3

# ---- flags -------------------------------------------------------------------------------------
WARN := -Wall -Wextra -Wformat=2 -Werror=format-security -Wimplicit-fallthrough -Wshadow \
        -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wvla
HARDEN := -fstack-protector-strong -fPIE -fno-strict-overflow -fno-delete-null-pointer-checks \
          -D_FORTIFY_SOURCE=2
MODE_release := -O2 -g $(HARDEN)
MODE_asan := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
MODE_debug := -O0 -g
LINK_asan := -fsanitize=address,undefined
PACKAGES := libpcre2-8 libprotobuf-c libevent_openssl libevent_pthreads libevent libnghttp2 openssl \
            yaml-0.1 zlib libzstd libxml-2.0 icu-uc icu-i18n libutf8proc libxxhash
# ISA-L (x86, arm64) compresses 15 times as fast as zlib; without it zlib does the work.
PACKAGES += $(shell pkg-config --exists libisal && echo libisal)
PKG_CFLAGS := $(shell pkg-config --cflags $(PACKAGES) 2>/dev/null)
PKG_LIBS := $(shell pkg-config --libs $(PACKAGES) 2>/dev/null)
CFLAGS ?=
ALL_CFLAGS = -std=gnu11 $(WARN) $(MODE_$(MODE)) -fvisibility=hidden -pthread -MMD -MP \
             -Isrc -Iinclude -I. -I$(BUILD)/gen -Igrammar $(PKG_CFLAGS) $(CFLAGS)
ALL_LDFLAGS = $(LINK_$(MODE)) -pie -pthread -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack -Wl,--as-needed $(LDFLAGS)
LIBS = $(PKG_LIBS) -lm -ldl

# ---- rooms, from the ground up: each links against those named before it -------------------------
ROOMS := base otlp vm stdlib lang engine io config net pipe daemon tools
LIBRARY_ROOMS := base otlp vm stdlib lang engine
room_dir = $(if $(filter stdlib,$(1)),stdlib,src/$(1))
room_sources = $(wildcard $(call room_dir,$(1))/*.c)
room_re = $(wildcard $(call room_dir,$(1))/*.re)

GEN := $(BUILD)/gen
# Lexers and parsers of grammar/ belong to the room that uses them: lang (ottl), vm (re2).
GEN_lang := $(GEN)/ottl.lex.c $(GEN)/ottl.tab.c
GEN_vm := $(GEN)/re2.tab.c
GEN_otlp := $(GEN)/otlp.pb-c.c
gen_of = $(GEN_$(1)) \
         $(patsubst %.re,$(GEN)/%.re.c,$(call room_re,$(1)))
room_objects = $(patsubst %.c,$(BUILD)/obj/%.o,$(call room_sources,$(1))) \
               $(patsubst $(GEN)/%.c,$(BUILD)/obj/gen/%.o,$(call gen_of,$(1)))
room_archive = $(BUILD)/rooms/$(1).a
ARCHIVES := $(foreach r,$(ROOMS),$(call room_archive,$(r)))

.PHONY: all deps run check test lint bench vectors units clean FORCE
.DELETE_ON_ERROR:
.SECONDARY:

all: $(BUILD)/tamis $(BUILD)/libtamis.a

# ---- generated sources -------------------------------------------------------------------------
$(GEN)/ottl.lex.c: grammar/ottl.re
	@mkdir -p $(@D)
	re2c -W -Wno-nondeterministic-tags --utf-8 --no-generation-date -i -o $@ $<
$(GEN)/%.tab.c $(GEN)/%.tab.h: grammar/%.y
	@mkdir -p $(@D)
	bison -Wall -Werror -Wno-yacc -l --defines=$(GEN)/$*.tab.h -o $(GEN)/$*.tab.c $<
$(GEN)/%.re.c: %.re
	@mkdir -p $(@D)
	re2c -W --no-generation-date -i -o $@ $<
$(GEN)/otlp.pb-c.c $(GEN)/otlp.pb-c.h: grammar/otlp.proto
	@mkdir -p $(@D)
	protoc-c --proto_path=grammar --c_out=$(GEN) $<
# Every object waits for the generated headers.
GEN_HEADERS := $(if $(wildcard grammar/ottl.y),$(GEN)/ottl.tab.h) $(if $(wildcard grammar/re2.y),$(GEN)/re2.tab.h) \
               $(if $(wildcard grammar/otlp.proto),$(GEN)/otlp.pb-c.h)

# ---- objects, archives, program -----------------------------------------------------------------
$(BUILD)/obj/gen/%.o: $(GEN)/%.c | $(GEN_HEADERS)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -Wno-unused-function -Wno-missing-prototypes -Wno-shadow -c -o $@ $<
$(BUILD)/obj/%.o: %.c | $(GEN_HEADERS)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -c -o $@ $<

define room_rule
$(call room_archive,$(1)): $(call room_objects,$(1))
	@mkdir -p $$(@D)
	@rm -f $$@
	ar rcs $$@ $$(filter %.o,$$^)
endef
$(foreach r,$(ROOMS),$(eval $(call room_rule,$(r))))

$(BUILD)/tamis: $(BUILD)/obj/src/main.o $(ARCHIVES)
	$(CC) $(ALL_LDFLAGS) -o $@ $< -Wl,--start-group $(ARCHIVES) -Wl,--end-group $(LIBS)

$(BUILD)/libtamis.a: $(foreach r,$(LIBRARY_ROOMS),$(call room_objects,$(r)))
	@rm -f $@
	ar rcs $@ $(filter %.o,$^)

# ---- unit tests: tests/unit/ROOM/NAME.c links the archives of ROOM and of the rooms below ---------
from = $(if $(filter $(1),$(firstword $(2))),$(2),$(call from,$(1),$(wordlist 2,99,$(2))))
below = $(filter-out $(wordlist 2,99,$(call from,$(1),$(ROOMS))),$(ROOMS))
UNIT_SOURCES := $(wildcard tests/unit/*/*.c)
UNITS := $(patsubst tests/unit/%.c,$(BUILD)/tests/unit/%,$(UNIT_SOURCES))
define unit_rule
$(BUILD)/tests/unit/$(1)/%: $(BUILD)/obj/tests/unit/$(1)/%.o $(foreach r,$(call below,$(1)),$(call room_archive,$(r)))
	@mkdir -p $$(@D)
	$$(CC) $$(ALL_LDFLAGS) -o $$@ $$< -Wl,--start-group $$(filter %.a,$$^) -Wl,--end-group $$(LIBS) -lcmocka
endef
$(foreach r,$(ROOMS),$(eval $(call unit_rule,$(r))))

units: $(UNITS)

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)
-include tools/targets.mk

clean:
	rm -rf $(BUILD)

# Targets besides the product's: what the Makefile includes last.
# SPDX-License-Identifier: Apache-2.0

LIBRARY_ARCHIVES := $(foreach r,$(LIBRARY_ROOMS),$(if $(call room_sources,$(r)),$(call room_archive,$(r))))
link_test = $(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) -Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(LIBS)

# ---- conformance vectors: tests/vectors/*.jsonl, see tests/vectors/README.md ---------------------------
VECTORS_OBJECTS := $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard tests/vectors*.c))
$(BUILD)/tests/vectors: $(VECTORS_OBJECTS) $(LIBRARY_ARCHIVES) $(call room_archive,config)
	@mkdir -p $(@D)
	$(link_test)

vectors: $(BUILD)/tests/vectors
	$(BUILD)/tests/vectors $(sort $(wildcard tests/vectors/*.jsonl))

# ---- the examples beside the library's functions, run over one sample span -----------------------------
EXAMPLES_OBJECTS := $(patsubst %,$(BUILD)/obj/tests/%.o,examples vectors_doc vectors_otlp)
$(BUILD)/tests/examples: $(EXAMPLES_OBJECTS) $(LIBRARY_ARCHIVES)
	@mkdir -p $(@D)
	$(link_test)

.PHONY: examples
examples: $(BUILD)/tests/examples
	$(BUILD)/tests/examples tests/fixtures/sample.json

# Targets besides the product's: what the Makefile includes last.
# SPDX-License-Identifier: Apache-2.0

# ---- conformance vectors: tests/vectors/*.jsonl, see tests/vectors/README.md ---------------------------
VECTORS_OBJECTS := $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard tests/vectors*.c))
VECTORS_ROOMS := $(foreach r,$(LIBRARY_ROOMS),$(if $(call room_sources,$(r)),$(call room_archive,$(r))))
$(BUILD)/tests/vectors: $(VECTORS_OBJECTS) $(VECTORS_ROOMS)
	@mkdir -p $(@D)
	$(CC) $(ALL_LDFLAGS) -o $@ $(VECTORS_OBJECTS) -Wl,--start-group $(VECTORS_ROOMS) -Wl,--end-group $(LIBS)

vectors: $(BUILD)/tests/vectors
	$(BUILD)/tests/vectors $(sort $(wildcard tests/vectors/*.jsonl))

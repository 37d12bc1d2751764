# SPDX-License-Identifier: GPL-2.0-or-later
# The kselftest programs of the ABI, build/selftests/usbsi/test_*, and what the
# whole-system tests need, build/selftests/system/*.

selftest-programs := $(patsubst selftests/usbsi/%.c,$(build)/selftests/usbsi/%,\
	$(wildcard selftests/usbsi/test_*.c))
selftest-common := $(patsubst selftests/usbsi/%.c,$(build)/selftests/usbsi/%.o,\
	$(filter-out selftests/usbsi/test_%,$(wildcard selftests/usbsi/*.c)))
system-programs := $(patsubst selftests/system/%.c,$(build)/selftests/system/%,\
	$(wildcard selftests/system/*.c))

# kselftest_harness.h is fetched, so these are not part of plain `make`.
.PHONY: selftests
selftests: $(selftest-programs) $(system-programs)

# The harness defines functions without prototypes.
selftest-flags = -D_GNU_SOURCE -Wno-missing-prototypes -Iinclude/uapi -isystem $(kselftest)

ifneq ($(filter selftests $(build)/selftests/%,$(MAKECMDGOALS)),)
kselftest := $(shell selftests/harness)
ifeq ($(kselftest),)
$(error selftests/harness gave no kselftest_harness.h)
endif
endif

$(selftest-common): $(build)/selftests/usbsi/%.o: selftests/usbsi/%.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(selftest-flags) -MMD -MP -c -o $@ $<

$(selftest-programs): $(build)/selftests/usbsi/%: selftests/usbsi/%.c $(selftest-common)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(selftest-flags) -MMD -MP $(LDFLAGS) -o $@ $< \
		$(selftest-common) -lpthread

$(system-programs): $(build)/selftests/system/%: selftests/system/%.c
	@mkdir -p $(@D)
	$(CC) -D_GNU_SOURCE -Iinclude/uapi $(CPPFLAGS) $(CFLAGS) -MMD -MP $(LDFLAGS) -o $@ $<

-include $(selftest-common:.o=.d) $(addsuffix .d,$(selftest-programs) $(system-programs))

# SPDX-License-Identifier: GPL-2.0-or-later
#
# libusbsi, its minidrivers and their tests

usbsi-version := 0.1.0
libdir := $(PREFIX)/lib
includedir := $(PREFIX)/include

lib-includes := -Iinclude/uapi -Iuserspace/include
lib-cflags := $(lib-includes) -D_GNU_SOURCE -DUSBSI_VERSION='"$(usbsi-version)"' \
	-fPIC -fvisibility=hidden $(shell $(PKG_CONFIG) --cflags libudev)
lib-libs := $(shell $(PKG_CONFIG) --libs libudev)

lib-tests := $(wildcard userspace/lib/*/test_*.c userspace/minidrivers/*/test_*.c)
lib-fuzzers := $(wildcard userspace/lib/*/fuzz_*.c userspace/minidrivers/*/fuzz_*.c)
lib-helpers := $(wildcard userspace/lib/*/fake*.c userspace/minidrivers/*/fake*.c \
	userspace/lib/fuzz/main.c)
lib-sources := $(filter-out $(lib-tests) $(lib-fuzzers) $(lib-helpers), \
	$(wildcard userspace/lib/*/*.c userspace/minidrivers/ptp/*.c))
lib-objects := $(lib-sources:%.c=$(build)/%.o)
lib-helper-objects := $(lib-helpers:%.c=$(build)/%.o)

libusbsi := $(build)/lib/libusbsi.so
libusbsi-archive := $(build)/userspace/libusbsi.a

all-targets += $(libusbsi) $(build)/lib/libusbsi.so.0

$(build)/userspace/%.o: userspace/%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(lib-cflags) -MMD -MP -c -o $@ $<

$(build)/lib/libusbsi.so.$(usbsi-version): $(lib-objects) userspace/lib/libusbsi.sym
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -shared -Wl,-soname,libusbsi.so.0 -Wl,-z,defs \
		-Wl,--version-script=userspace/lib/libusbsi.sym -o $@ $(lib-objects) $(lib-libs)

$(build)/lib/libusbsi.so.0 $(libusbsi): $(build)/lib/libusbsi.so.$(usbsi-version)
	ln -sf $(<F) $@

$(libusbsi-archive): $(lib-objects)
	@mkdir -p $(@D)
	rm -f $@
	$(AR) rcs $@ $^

# Unit tests see the inside of the library: they link the archive.
unit-tests := $(lib-tests:%.c=$(build)/test/%)
unit-fuzzers := $(lib-fuzzers:%.c=$(build)/test/%)

$(unit-tests): $(build)/test/%: $(build)/%.o $(lib-helper-objects) $(libusbsi-archive)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $< $(filter-out %/fuzz/main.o,$(lib-helper-objects)) \
		$(libusbsi-archive) -lcmocka $(lib-libs)

# The same targets as plain programs that run the files of a corpus.
$(unit-fuzzers): $(build)/test/%: $(build)/%.o $(lib-helper-objects) $(libusbsi-archive)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $< $(lib-helper-objects) $(libusbsi-archive) $(lib-libs)

# And with libFuzzer, everything instrumented.
fuzz-cc := clang
fuzz-flags := -std=gnu11 -O1 -g -fsanitize=fuzzer-no-link,address,undefined \
	-fno-sanitize-recover=undefined $(filter-out -fPIC -fvisibility=hidden,$(lib-cflags))
fuzz-objects := $(lib-sources:%.c=build/fuzz/%.o) \
	$(patsubst %.c,build/fuzz/%.o,$(filter-out %/fuzz/main.c,$(lib-helpers)))
fuzz-targets := $(lib-fuzzers:%.c=build/fuzz/bin/%)

build/fuzz/%.o: %.c
	@mkdir -p $(@D)
	$(fuzz-cc) $(fuzz-flags) -MMD -MP -c -o $@ $<

$(fuzz-targets): build/fuzz/bin/%: build/fuzz/%.o $(fuzz-objects)
	@mkdir -p $(@D)
	$(fuzz-cc) -fsanitize=fuzzer,address,undefined -o $@ $< $(fuzz-objects) $(lib-libs)

.PHONY: unit-tests fuzz-targets
unit-tests: $(unit-tests) $(unit-fuzzers)
fuzz-targets: $(fuzz-targets)

$(build)/userspace/libusbsi.pc: userspace/lib/libusbsi.pc.in
	@mkdir -p $(@D)
	sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@VERSION@|$(usbsi-version)|' $< > $@
all-targets += $(build)/userspace/libusbsi.pc

install-user:: $(libusbsi) $(build)/userspace/libusbsi.pc
	install -d "$(DESTDIR)$(libdir)/pkgconfig" "$(DESTDIR)$(includedir)/usbsi" \
		"$(DESTDIR)$(includedir)/linux/usb" "$(DESTDIR)/lib/udev/rules.d"
	install -m 644 include/uapi/linux/usb/usbsi.h "$(DESTDIR)$(includedir)/linux/usb"
	install -m 644 $(build)/lib/libusbsi.so.$(usbsi-version) "$(DESTDIR)$(libdir)"
	ln -sf libusbsi.so.$(usbsi-version) "$(DESTDIR)$(libdir)/libusbsi.so.0"
	ln -sf libusbsi.so.0 "$(DESTDIR)$(libdir)/libusbsi.so"
	install -m 644 userspace/include/usbsi/*.h "$(DESTDIR)$(includedir)/usbsi"
	install -m 644 $(build)/userspace/libusbsi.pc "$(DESTDIR)$(libdir)/pkgconfig"
	install -m 644 userspace/system/udev/60-usbsi.rules "$(DESTDIR)/lib/udev/rules.d"
	[ -n "$(DESTDIR)" ] || ldconfig

-include $(lib-objects:.o=.d) $(lib-helper-objects:.o=.d) \
	$(patsubst %.c,$(build)/%.d,$(lib-tests) $(lib-fuzzers)) \
	$(fuzz-objects:.o=.d) $(patsubst %.c,build/fuzz/%.d,$(lib-fuzzers))

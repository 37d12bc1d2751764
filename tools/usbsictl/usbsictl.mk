# SPDX-License-Identifier: GPL-2.0-or-later
#
# usbsictl and its tests

ctl-cflags := -Iuserspace/include -D_GNU_SOURCE $(shell $(PKG_CONFIG) --cflags json-c)
ctl-libs := $(shell $(PKG_CONFIG) --libs json-c)
ctl-tests := $(wildcard tools/usbsictl/test_*.c)
ctl-objects := $(patsubst %.c,$(build)/%.o,$(filter-out $(ctl-tests), \
	$(wildcard tools/usbsictl/*.c)))
ctl-testable := $(filter-out %/main.o,$(ctl-objects))

all-targets += $(build)/bin/usbsictl

$(build)/tools/usbsictl/%.o: tools/usbsictl/%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(ctl-cflags) -MMD -MP -c -o $@ $<

$(build)/bin/usbsictl: $(ctl-objects) $(build)/lib/libusbsi.so $(build)/lib/libusbsi.so.0
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -Wl,-rpath,'$$ORIGIN/../lib' -o $@ $(ctl-objects) \
		-L$(build)/lib -lusbsi $(ctl-libs)

ctl-unit-tests := $(ctl-tests:%.c=$(build)/test/%)

$(ctl-unit-tests): $(build)/test/%: $(build)/%.o $(ctl-testable) $(build)/userspace/libusbsi.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $< $(ctl-testable) $(build)/userspace/libusbsi.a \
		-lcmocka $(ctl-libs) -ludev

unit-tests: $(ctl-unit-tests)

install-user:: $(build)/bin/usbsictl
	install -d "$(DESTDIR)$(PREFIX)/bin"
	install -m 755 $(build)/bin/usbsictl "$(DESTDIR)$(PREFIX)/bin"
	if command -v rst2man >/dev/null; then \
		install -d "$(DESTDIR)$(PREFIX)/share/man/man1"; \
		rst2man Documentation/man/usbsictl.1.rst \
			"$(DESTDIR)$(PREFIX)/share/man/man1/usbsictl.1"; \
	fi

-include $(ctl-objects:.o=.d) $(patsubst %.c,$(build)/%.d,$(ctl-tests))

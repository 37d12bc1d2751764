# SPDX-License-Identifier: GPL-2.0-or-later
# The virtual test device, build/bin/usbsi-vdev.

vdev-sources := $(wildcard tools/vdev/*.c)
vdev-objects := $(vdev-sources:%.c=$(build)/%.o)

all-targets += $(build)/bin/usbsi-vdev

$(build)/bin/usbsi-vdev: $(vdev-objects)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -laio

$(vdev-objects): $(build)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) -D_GNU_SOURCE $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

-include $(vdev-objects:.o=.d)

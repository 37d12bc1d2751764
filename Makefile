# SPDX-License-Identifier: GPL-2.0-or-later
#
# make           everything, after a check that what it needs is installed
# make help      the other targets and the variables

MAKEFLAGS += --no-builtin-rules
.DEFAULT_GOAL := all
.DELETE_ON_ERROR:

PREFIX ?= /usr/local
DESTDIR ?=
CC ?= gcc
ifeq ($(origin CC),default)
CC := gcc
endif
PKG_CONFIG ?= pkg-config

ifeq ($(SANITIZE),1)
build := build-asan
sanitize := -fsanitize=address,undefined -fno-sanitize-recover=undefined \
	-fno-omit-frame-pointer
else
build := build
sanitize :=
endif

warnings := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wno-unused-parameter
ifneq ($(filter 1,$(CI) $(WERROR)),)
warnings += -Werror
endif

CFLAGS ?= -O2 -g
override CFLAGS += -std=gnu11 $(warnings) $(sanitize)
override LDFLAGS += $(sanitize)

# What needs nothing built and nothing installed.
plain-goals := help clean check check-all demo
goals := $(or $(MAKECMDGOALS),all)
ifneq ($(filter-out $(plain-goals),$(goals)),)
ifneq ($(shell tools/setup/packages build && echo done),done)
$(error What is needed for building is not installed)
endif
endif

# The fragments add to this what they build. They ask pkg-config, so they are
# read only where something is to be built, after the check above.
all-targets :=

ifneq ($(filter-out $(plain-goals),$(goals)),)
-include userspace/userspace.mk
-include tools/usbsictl/usbsictl.mk
-include tools/vdev/vdev.mk
-include selftests/selftests.mk
endif

# A sanitized build is of user space alone.
ifneq ($(SANITIZE),1)
module-goal := $(if $(wildcard Kbuild),modules)
endif

.PHONY: all user modules install install-user install-module clean help \
	demo check check-all
all: user $(module-goal)
user: $(all-targets)

modules:
	@tools/setup/modules modules $(if $(KDIR),KDIR="$(KDIR)") \
		$(foreach v,C W V,$(if $($v),$v=$($v)))

install: install-user install-module
install-user::
	@:
# Nothing is built for the rig's kernel only to be left out.
install-module:
	@tools/setup/modules install $(if $(KDIR),KDIR="$(KDIR)") \
		$(if $(DESTDIR),INSTALL_MOD_PATH="$(DESTDIR)")

demo:
	@tools/demo/run

check:
	@tools/check/run

check-all:
	@tools/check/run --all

clean:
	rm -rf build build-asan
	@tools/setup/modules clean

help:
	@printf '%s\n' \
	'make                 build everything (build/, kernel/usbsi.ko)' \
	'make modules         build kernel/usbsi.ko: for the running kernel when its' \
	'                     headers are installed, else for the default kernel of' \
	'                     tools/vm/run; KDIR=DIR names other headers, C= and W=' \
	'                     are handed on' \
	'make user            build what is not the kernel module' \
	'make install         install (PREFIX=$(PREFIX), DESTDIR=)' \
	'make demo            acquire photographs from an emulated camera into out/' \
	'                     (PHOTOS=DIR: your own)' \
	'make check           all tests that every change has to pass' \
	'make check-all       and the long ones' \
	'make clean           remove what was built' \
	'' \
	'SANITIZE=1           build user space into build-asan/ with ASan and UBSan' \
	'WERROR=1             warnings are errors (also with CI=1)' \
	'USBSI_SETUP=no       do not look for missing packages' \
	'' \
	'tools/vm/run --help  run a command in a guest kernel with usbsi.ko loaded'

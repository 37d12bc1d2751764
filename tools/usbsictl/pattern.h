/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Patterns for file names
 */
#ifndef USBSICTL_PATTERN_H
#define USBSICTL_PATTERN_H

#include <stddef.h>
#include <stdint.h>

int pattern_check(const char *pattern);
int pattern_expand(const char *pattern, unsigned int counter, const char *name, int64_t seconds,
		   char *out, size_t size);
void pattern_guard(char *name);

#endif /* USBSICTL_PATTERN_H */

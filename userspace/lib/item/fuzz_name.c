// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Fuzz target: names from devices
 */
#include <stdlib.h>
#include <string.h>

#include "item.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	char *name = malloc(len + 1), out[64], again[64];
	size_t result, i;

	if (!name)
		abort();
	memcpy(name, bytes, len);
	name[len] = '\0';
	result = item_clean_name(name, 1, out, sizeof(out));
	if (!result || result != strlen(out) || !strcmp(out, ".") || !strcmp(out, ".."))
		abort();
	for (i = 0; i < result; i++)
		if (out[i] == '/' || (unsigned char)out[i] < 0x20)
			abort();
	/* what is clean stays as it is */
	if (item_clean_name(out, 1, again, sizeof(again)) != result || strcmp(out, again))
		abort();
	usbsi_clean_text(name, out, sizeof(out));
	free(name);
	return 0;
}

// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Runs a fuzz target as a plain program: over the files that are named, and
 * over bytes that are the same every time
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

#define ROUNDS	3000
#define LEN_MAX	512

static int run_file(const char *path)
{
	static uint8_t bytes[1 << 20];
	FILE *file = fopen(path, "rb");
	size_t len;

	if (!file) {
		perror(path);
		return 1;
	}
	len = fread(bytes, 1, sizeof(bytes), file);
	fclose(file);
	LLVMFuzzerTestOneInput(bytes, len);
	return 0;
}

int main(int argc, char **argv)
{
	uint32_t seed = 1;
	int i, ret = 0;

	for (i = 1; i < argc && !ret; i++)
		ret = run_file(argv[i]);
	for (i = 0; i < ROUNDS && !ret; i++) {
		size_t j, len = (size_t)i % LEN_MAX;
		uint8_t *bytes = malloc(len ? len : 1);

		if (!bytes)
			return 1;
		for (j = 0; j < len; j++) {
			seed = seed * 1664525 + 1013904223;
			/* small numbers are what gets further into a dataset */
			bytes[j] = seed >> 31 ? (uint8_t)(seed >> 16) : (uint8_t)(seed >> 16) % 4;
		}
		LLVMFuzzerTestOneInput(bytes, len);
		free(bytes);
	}
	if (!ret)
		printf("%d inputs\n", argc - 1 + ROUNDS);
	return ret;
}

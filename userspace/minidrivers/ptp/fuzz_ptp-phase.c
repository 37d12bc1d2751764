// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Fuzz target: the data and response phases, cut into transfers by the input
 */
#include <stdlib.h>
#include <string.h>

#include "ptp-names.h"
#include "ptp-phase.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

struct count {
	uint64_t	total;
	uint64_t	bytes;
	unsigned int	begins;
};

static int on_begin(void *context, uint64_t total)
{
	struct count *count = context;

	count->total = total;
	if (count->begins++)
		abort();
	return 0;
}

static int on_data(void *context, const uint8_t *bytes, size_t len)
{
	static volatile uint8_t sum;
	struct count *count = context;

	count->bytes += len;
	if (!len || count->bytes > count->total)
		abort();
	for (size_t i = 0; i < len; i++)
		sum ^= bytes[i];
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static const struct ptp_sink sink = { .begin = on_begin, .data = on_data };
	struct count count = { 0 };
	struct ptp_phase phase = {
		.operation = PTP_GET_OBJECT,
		.transaction = 1,
		.sink = &sink,
		.context = &count,
	};
	size_t step;
	uint8_t *copy;
	int ret = 0;

	/* each transfer: a byte of length, its top bit tells a short packet */
	while (len && !ret) {
		bool is_short = bytes[0] & 0x80;

		step = bytes[0] & 0x7f;
		bytes++;
		len--;
		step = step < len ? step : len;
		copy = malloc(step ? step : 1);
		if (!copy)
			abort();
		memcpy(copy, bytes, step);
		ret = ptp_phase_feed(&phase, copy, step, is_short || !step);
		free(copy);
		bytes += step;
		len -= step;
	}
	if (ret == 1 && phase.response.transaction != 1)
		abort();
	if (phase.received != count.bytes)
		abort();
	return 0;
}

// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Fuzz target: every unpacker of PTP; the first byte chooses
 */
#include <stdlib.h>
#include <string.h>

#include "ptp-pack.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void unpack_text(const uint8_t *bytes, size_t len)
{
	char *text = malloc(len + 1), utf8[32];
	int64_t seconds;

	if (!text)
		abort();
	memcpy(text, bytes, len);
	text[len] = '\0';
	ptp_unpack_time(text, &seconds);
	free(text);
	if (ptp_utf8(bytes, len / 2, utf8, sizeof(utf8)) != strlen(utf8))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct ptp_device_info device;
	struct ptp_storage_info storage;
	struct ptp_object_info object;
	struct ptp_device_status status;
	struct ptp_container container;
	struct ptp_handles handles;
	int choice = len ? bytes[0] % 8 : 0;

	bytes += len ? 1 : 0;
	len -= len ? 1 : 0;
	switch (choice) {
	case 0:
		if (!ptp_unpack_device_info(bytes, len, &device))
			ptp_device_info_clear(&device);
		break;
	case 1:
		ptp_unpack_storage_info(bytes, len, &storage);
		break;
	case 2:
		ptp_unpack_object_info(bytes, len, &object);
		break;
	case 3:
		if (!ptp_unpack_handles(bytes, len, &handles))
			free(handles.handle);
		break;
	case 4:
		ptp_unpack_response(bytes, len, &container);
		break;
	case 5:
		ptp_unpack_header(bytes, len, &container);
		break;
	case 6:
		ptp_unpack_device_status(bytes, len, &status);
		break;
	default:
		unpack_text(bytes, len);
		break;
	}
	return 0;
}

// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Unpackers: right answers, and no byte beyond the end at any length
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ptp-names.h"
#include "ptp-pack.h"

/* A copy that ends where the bytes end, so that the sanitizer sees every step too far. */
static uint8_t *exactly(const uint8_t *bytes, size_t len)
{
	uint8_t *copy = malloc(len ? len : 1);

	memcpy(copy, bytes, len);
	return copy;
}

static const uint8_t device_info[] = {
	100, 0, 6, 0, 0, 0, 100, 0,
	3, 'm', 0, 's', 0, 0, 0,
	0, 0,
	2, 0, 0, 0, 0x01, 0x10, 0x02, 0x10,
	1, 0, 0, 0, 0x02, 0x40,
	0, 0, 0, 0,
	0, 0, 0, 0,
	1, 0, 0, 0, 0x01, 0x38,
	2, 'M', 0, 0, 0,
	3, 'm', 0, 'o', 0, 0, 0,
	2, '1', 0, 0, 0,
	3, '0', 0, '7', 0, 0, 0,
};

/* up to here nothing may be missing */
#define DEVICE_INFO_NEEDS	(sizeof(device_info) - 5 - 7 - 5 - 7)

static const uint8_t object_info[] = {
	0x01, 0, 0x01, 0,
	0x01, 0x38,
	0, 0,
	0x40, 0xe2, 0x01, 0,
	0x08, 0x38, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	0x10, 0, 0, 0,
	1, 0,
	0, 0, 0, 0,
	0, 0, 0, 0,
	3, 'a', 0, 'b', 0, 0, 0,
	2, 'c', 0, 0, 0,
	2, 'd', 0, 0, 0,
	0,
};

#define OBJECT_INFO_NEEDS	(52 + 7)

static const uint8_t storage_info[] = {
	3, 0, 2, 0, 0, 0,
	0, 0, 0, 0, 1, 0, 0, 0,
	0xff, 0, 0, 0, 0, 0, 0, 0,
	7, 0, 0, 0,
	3, 's', 0, 'd', 0, 0, 0,
	0,
};

#define STORAGE_INFO_NEEDS	26

static void test_device_info(void **state)
{
	struct ptp_device_info info;

	assert_int_equal(ptp_unpack_device_info(device_info, sizeof(device_info), &info), 0);
	assert_int_equal(info.version, 100);
	assert_int_equal(info.extension_id, 6);
	assert_string_equal(info.extension, "ms");
	assert_int_equal(info.operations.count, 2);
	assert_int_equal(info.operations.code[1], 0x1002);
	assert_int_equal(info.events.count, 1);
	assert_int_equal(info.formats.code[0], 0x3801);
	assert_string_equal(info.manufacturer, "M");
	assert_string_equal(info.model, "mo");
	assert_string_equal(info.device_version, "1");
	assert_string_equal(info.serial, "07");
	ptp_device_info_clear(&info);
}

static void test_device_info_cut(void **state)
{
	struct ptp_device_info info;
	uint8_t *copy;
	size_t len;

	for (len = 0; len < sizeof(device_info); len++) {
		copy = exactly(device_info, len);
		assert_int_equal(ptp_unpack_device_info(copy, len, &info),
				 len < DEVICE_INFO_NEEDS ? -EPROTO : 0);
		ptp_device_info_clear(&info);
		free(copy);
	}
}

static void test_device_info_huge_count(void **state)
{
	uint8_t copy[sizeof(device_info)];
	struct ptp_device_info info;

	memcpy(copy, device_info, sizeof(copy));
	memset(copy + 17, 0xff, 4);
	assert_int_equal(ptp_unpack_device_info(copy, sizeof(copy), &info), -EPROTO);
}

static void test_object_info(void **state)
{
	struct ptp_object_info info;

	assert_int_equal(ptp_unpack_object_info(object_info, sizeof(object_info), &info), 0);
	assert_int_equal(info.storage, 0x00010001);
	assert_int_equal(info.format, 0x3801);
	assert_int_equal(info.size, 123456);
	assert_int_equal(info.parent, 0x10);
	assert_int_equal(info.association_type, 1);
	assert_string_equal(info.name, "ab");
	assert_string_equal(info.captured, "c");
	assert_string_equal(info.modified, "d");
}

static void test_object_info_cut(void **state)
{
	struct ptp_object_info info;
	uint8_t *copy;
	size_t len;

	for (len = 0; len < sizeof(object_info); len++) {
		copy = exactly(object_info, len);
		assert_int_equal(ptp_unpack_object_info(copy, len, &info),
				 len < OBJECT_INFO_NEEDS ? -EPROTO : 0);
		free(copy);
	}
}

static void test_storage_info(void **state)
{
	struct ptp_storage_info info;
	uint8_t *copy;
	size_t len;

	assert_int_equal(ptp_unpack_storage_info(storage_info, sizeof(storage_info), &info), 0);
	assert_int_equal(info.type, 3);
	assert_true(info.capacity == 0x100000000ULL);
	assert_true(info.free_bytes == 0xff);
	assert_int_equal(info.free_images, 7);
	assert_string_equal(info.description, "sd");
	for (len = 0; len < sizeof(storage_info); len++) {
		copy = exactly(storage_info, len);
		assert_int_equal(ptp_unpack_storage_info(copy, len, &info),
				 len < STORAGE_INFO_NEEDS ? -EPROTO : 0);
		free(copy);
	}
}

static void test_handles(void **state)
{
	static const uint8_t bytes[] = { 2, 0, 0, 0, 1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff };
	struct ptp_handles handles;
	uint8_t *copy;
	size_t len;

	assert_int_equal(ptp_unpack_handles(bytes, sizeof(bytes), &handles), 0);
	assert_int_equal(handles.count, 2);
	assert_int_equal(handles.handle[0], 1);
	assert_true(handles.handle[1] == 0xFFFFFFFF);
	free(handles.handle);
	for (len = 0; len < sizeof(bytes); len++) {
		copy = exactly(bytes, len);
		assert_int_equal(ptp_unpack_handles(copy, len, &handles), -EPROTO);
		assert_null(handles.handle);
		free(copy);
	}
}

static void test_response(void **state)
{
	static const uint8_t bytes[] = {
		32, 0, 0, 0, 3, 0, 0x01, 0x20, 9, 0, 0, 0,
		1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 5, 0, 0, 0,
	};
	struct ptp_container response;
	uint8_t copy[sizeof(bytes)], *cut;
	size_t len;

	assert_int_equal(ptp_unpack_response(bytes, sizeof(bytes), &response), 0);
	assert_int_equal(response.code, PTP_OK);
	assert_int_equal(response.transaction, 9);
	assert_int_equal(response.params, 5);
	assert_int_equal(response.param[4], 5);
	for (len = 0; len < sizeof(bytes); len++) {
		cut = exactly(bytes, len);
		assert_int_equal(ptp_unpack_response(cut, len, &response), -EPROTO);
		free(cut);
	}
	memcpy(copy, bytes, sizeof(copy));
	for (len = 0; len < 256; len++) {
		copy[0] = (uint8_t)len;
		assert_int_equal(ptp_unpack_response(copy, sizeof(copy), &response),
				 len >= 12 && len <= 32 && len % 4 == 0 ? 0 : -EPROTO);
	}
	copy[0] = 12;
	for (len = 0; len < 5; len++) {
		copy[4] = (uint8_t)len;
		assert_int_equal(ptp_unpack_response(copy, sizeof(copy), &response),
				 len == PTP_RESPONSE ? 0 : -EPROTO);
	}
}

static void test_command(void **state)
{
	static const uint8_t expected[] = {
		20, 0, 0, 0, 1, 0, 0x07, 0x10, 5, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0,
	};
	struct ptp_container command = {
		.code = PTP_GET_OBJECT_HANDLES,
		.transaction = 5,
		.param = { 0xFFFFFFFF, 2 },
		.params = 2,
	};
	uint8_t bytes[32];
	size_t size;

	assert_int_equal(ptp_pack_command(bytes, sizeof(bytes), &command), sizeof(expected));
	assert_memory_equal(bytes, expected, sizeof(expected));
	for (size = 0; size < sizeof(expected); size++)
		assert_int_equal(ptp_pack_command(bytes, size, &command), 0);
	command.params = 6;
	assert_int_equal(ptp_pack_command(bytes, sizeof(bytes), &command), 0);
}

static void test_cancel(void **state)
{
	static const uint8_t expected[] = { 0x01, 0x40, 0x04, 0x03, 0x02, 0x01 };
	uint8_t bytes[6];

	assert_int_equal(ptp_pack_cancel(bytes, sizeof(bytes), 0x01020304), 6);
	assert_memory_equal(bytes, expected, sizeof(expected));
	assert_int_equal(ptp_pack_cancel(bytes, 5, 1), 0);
}

static void test_device_status(void **state)
{
	static const uint8_t two[] = { 8, 0, 0x1F, 0x20, 0x81, 0, 0x02, 0 };
	static const uint8_t four[] = { 12, 0, 0x1F, 0x20, 0x81, 0, 0, 0, 0x02, 0, 0, 0 };
	static const uint8_t liar[] = { 200, 0, 0x19, 0x20, 0x81, 0 };
	struct ptp_device_status status;
	uint8_t *copy;
	size_t len;

	assert_int_equal(ptp_unpack_device_status(two, sizeof(two), &status), 0);
	assert_int_equal(status.code, PTP_TRANSACTION_CANCELLED);
	assert_int_equal(status.endpoints, 2);
	assert_int_equal(status.endpoint[1], 2);
	assert_int_equal(ptp_unpack_device_status(four, sizeof(four), &status), 0);
	assert_int_equal(status.endpoints, 2);
	assert_int_equal(status.endpoint[0], 0x81);
	assert_int_equal(status.endpoint[1], 2);
	assert_int_equal(ptp_unpack_device_status(liar, sizeof(liar), &status), 0);
	assert_int_equal(status.endpoints, 1);
	for (len = 0; len < sizeof(four); len++) {
		copy = exactly(four, len);
		assert_int_equal(ptp_unpack_device_status(copy, len, &status),
				 len < 4 ? -EPROTO : 0);
		free(copy);
	}
}

static void utf8_is(const uint8_t *utf16, size_t units, const char *expected)
{
	char text[64];

	assert_int_equal(ptp_utf8(utf16, units, text, sizeof(text)), strlen(expected));
	assert_string_equal(text, expected);
}

static void test_utf8(void **state)
{
	static const uint8_t plain[] = { 'a', 0, 0xe9, 0, 0xac, 0x20, 0, 0, 'x', 0 };
	static const uint8_t pair[] = { 0x3d, 0xd8, 0x00, 0xde };
	static const uint8_t high[] = { 0x3d, 0xd8, 'z', 0 };
	static const uint8_t low[] = { 0x00, 0xde, 'z', 0 };
	char text[8];

	utf8_is(plain, 5, "a\xc3\xa9\xe2\x82\xac");
	utf8_is(pair, 2, "\xf0\x9f\x98\x80");
	utf8_is(pair, 1, "\xef\xbf\xbd");
	utf8_is(high, 2, "\xef\xbf\xbdz");
	utf8_is(low, 2, "\xef\xbf\xbdz");
	utf8_is(plain, 0, "");
	/* cut at a character, never within one */
	assert_int_equal(ptp_utf8(plain, 5, text, 6), 3);
	assert_int_equal(ptp_utf8(plain, 5, text, 1), 0);
	assert_string_equal(text, "");
}

static void test_longest_string(void **state)
{
	uint8_t bytes[26 + 1 + 255 * 2] = { 0 };
	struct ptp_storage_info info;
	size_t i;

	bytes[26] = 255;
	for (i = 27; i < sizeof(bytes); i += 2) {
		bytes[i] = 0xac;
		bytes[i + 1] = 0x20;
	}
	assert_int_equal(ptp_unpack_storage_info(bytes, sizeof(bytes), &info), 0);
	assert_int_equal(strlen(info.description), 254 * 3);
}

static void test_time(void **state)
{
	static const char *const bad[] = {
		"", "2024", "20240102", "20240102T", "20240102T0304", "20241302T030405",
		"20240100T030405", "20240102T240000", "2024x102T030405", "20240102 030405",
	};
	int64_t seconds;
	size_t i;

	assert_int_equal(ptp_unpack_time("20240102T030405Z", &seconds), 0);
	assert_true(seconds == 1704164645);
	assert_int_equal(ptp_unpack_time("20240102T030405.9Z", &seconds), 0);
	assert_true(seconds == 1704164645);
	assert_int_equal(ptp_unpack_time("20240102T030405+0130", &seconds), 0);
	assert_true(seconds == 1704164645 - 5400);
	assert_int_equal(ptp_unpack_time("20240102T030405.0-0130", &seconds), 0);
	assert_true(seconds == 1704164645 + 5400);
	assert_int_equal(ptp_unpack_time("20240102T030405", &seconds), 0);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(ptp_unpack_time(bad[i], &seconds), -EINVAL);
}

static void test_response_errno(void **state)
{
	unsigned int code;

	assert_int_equal(ptp_response_errno(PTP_OK), 0);
	for (code = 0; code <= 0xffff; code++) {
		assert_non_null(ptp_response_text((uint16_t)code));
		if (code != PTP_OK)
			assert_true(ptp_response_errno((uint16_t)code) < 0);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_device_info),
		cmocka_unit_test(test_device_info_cut),
		cmocka_unit_test(test_device_info_huge_count),
		cmocka_unit_test(test_object_info),
		cmocka_unit_test(test_object_info_cut),
		cmocka_unit_test(test_storage_info),
		cmocka_unit_test(test_handles),
		cmocka_unit_test(test_response),
		cmocka_unit_test(test_command),
		cmocka_unit_test(test_cancel),
		cmocka_unit_test(test_device_status),
		cmocka_unit_test(test_utf8),
		cmocka_unit_test(test_longest_string),
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_response_errno),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

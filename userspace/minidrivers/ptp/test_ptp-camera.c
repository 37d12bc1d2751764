// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The whole minidriver against a camera that behaves, and one that does not
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/device/device.h"
#include "fake-camera.h"
#include "ptp-names.h"
#include "ptp.h"

/* One slot of the fake stream holds FAKE_SLOT bytes: sizes around all edges */
static const uint32_t sizes[] = {
	0, 1, 51, 52, 53, 116, 117, 243, 244, 245, 500, 512, 1000, 1012, 1024, 4084, 5000,
};

struct rig {
	struct camera		camera;
	struct usbsi_context	*ctx;
	struct usbsi_device	*dev;
	struct usbsi_items	*items;
	uint8_t			*got;
	size_t			got_len;
	unsigned int		streams;
	unsigned int		ends;
	int			cancel_at;
	int			fail_with;
	unsigned int		quirks_at_cancel;
};

static int setup(void **state)
{
	struct rig *rig = calloc(1, sizeof(*rig));

	*state = rig;
	rig->cancel_at = -1;
	rig->camera.object[0] = (struct camera_object){ 0x10, 0, 0x3001, "DCIM", 0 };
	rig->camera.object[1] = (struct camera_object){ 0x20, 0x10, 0x3801, "A.JPG", 5000 };
	rig->camera.object[2] = (struct camera_object){ 0x30, 0x10, 0x300A, "B.AVI", 500 };
	rig->camera.objects = 3;
	rig->got = malloc(1 << 20);
	assert_int_equal(usbsi_context_new(&rig->ctx), 0);
	assert_int_equal(device_attach(rig->ctx, camera_new(&rig->camera), &ptp_minidriver, "cam",
				       USBSI_OPEN_DATA, &rig->dev), 0);
	return 0;
}

static int teardown(void **state)
{
	struct rig *rig = *state;

	usbsi_items_free(rig->items);
	usbsi_device_close(rig->dev);
	usbsi_context_free(rig->ctx);
	free(rig->got);
	free(rig);
	return 0;
}

static int on_next(void *data, const struct usbsi_item *item)
{
	struct rig *rig = data;

	rig->streams++;
	rig->got_len = 0;
	return 0;
}

static int on_write(void *data, const void *bytes, size_t len)
{
	struct rig *rig = data;

	memcpy(rig->got + rig->got_len, bytes, len);
	rig->got_len += len;
	if (rig->cancel_at >= 0 && rig->got_len >= (size_t)rig->cancel_at) {
		usbsi_device_cancel(rig->dev);
		rig->cancel_at = -1;
		rig->camera.quirks |= rig->quirks_at_cancel;
	}
	return rig->fail_with;
}

static int on_status(void *data, const struct usbsi_status *status)
{
	struct rig *rig = data;

	if (status->message == USBSI_MESSAGE_END_OF_TRANSFER)
		rig->ends++;
	return 0;
}

static const struct usbsi_stream_client client = {
	.size = sizeof(client),
	.next_stream = on_next,
	.write = on_write,
	.status = on_status,
};

static const struct usbsi_item *item_named(struct rig *rig, const char *name)
{
	const struct usbsi_item *item;

	if (!rig->items)
		assert_int_equal(usbsi_device_items(rig->dev, &rig->items), 0);
	assert_int_equal(usbsi_items_find(rig->items, name, &item), 0);
	return item;
}

static int acquire(struct rig *rig, const char *name)
{
	const struct usbsi_item *item = item_named(rig, name);

	rig->streams = 0;
	rig->ends = 0;
	rig->got_len = 0;
	return usbsi_acquire(rig->dev, item, &client, rig);
}

static void assert_bytes(const struct rig *rig, uint32_t handle, size_t len)
{
	size_t i;

	assert_int_equal(rig->got_len, len);
	for (i = 0; i < len; i++)
		if (rig->got[i] != camera_byte(handle, i))
			fail_msg("byte %zu is wrong", i);
}

static void assert_idle(struct rig *rig)
{
	struct fake_counts *counts = fake_counts(rig->camera.transport);

	assert_int_equal(counts->locks, 0);
	assert_int_equal(counts->streams, 0);
	assert_false(rig->camera.session);
}

/* After whatever happened, the same device gives a whole file. */
static void assert_works_again(struct rig *rig)
{
	rig->camera.quirks = 0;
	rig->camera.answer = 0;
	rig->fail_with = 0;
	usbsi_items_free(rig->items);
	rig->items = NULL;
	assert_int_equal(acquire(rig, "DCIM/A.JPG"), 0);
	assert_bytes(rig, 0x20, 5000);
	assert_int_equal(rig->ends, 1);
	assert_idle(rig);
}

static void test_list(void **state)
{
	struct rig *rig = *state;
	const struct usbsi_item *item = item_named(rig, "B.AVI");

	assert_int_equal(usbsi_items_count(rig->items), 3);
	assert_string_equal(usbsi_item_path(item), "DCIM/B.AVI");
	assert_int_equal(usbsi_item_size(item), 500);
	assert_int_equal(usbsi_item_time(item), 1704164646);
	assert_string_equal(usbsi_item_format_name(item), "AVI");
	assert_true(usbsi_item_is_folder(usbsi_item_parent(item)));
	assert_ptr_equal(item_named(rig, "#3"), item);
	assert_int_equal(usbsi_items_find(rig->items, "#0", &item), -ENOENT);
	assert_int_equal(usbsi_items_find(rig->items, "#4", &item), -ENOENT);
	assert_idle(rig);
}

static void test_list_children_only(void **state)
{
	struct rig *rig = *state;

	rig->camera.children_only = true;
	rig->camera.object[3] = (struct camera_object){ 0x40, 0x10, 0x3001, "SUB", 0 };
	rig->camera.object[4] = (struct camera_object){ 0x50, 0x40, 0x3008, "C.WAV", 9 };
	rig->camera.object[5] = (struct camera_object){ 0x60, 0, 0x3000, "top.bin", 9 };
	rig->camera.objects = 6;
	item_named(rig, "DCIM/SUB/C.WAV");
	item_named(rig, "top.bin");
	assert_int_equal(usbsi_items_count(rig->items), 6);
}

static void test_one_session_in_one_lock(void **state)
{
	struct rig *rig = *state;

	assert_int_equal(usbsi_device_lock(rig->dev, 0), 0);
	assert_int_equal(acquire(rig, "A.JPG"), 0);
	assert_int_equal(acquire(rig, "B.AVI"), 0);
	assert_int_equal(rig->camera.opened, 1);
	assert_int_equal(rig->camera.closed, 0);
	usbsi_device_unlock(rig->dev);
	assert_int_equal(rig->camera.closed, 1);
	assert_idle(rig);
}

static void all_sizes(struct rig *rig, unsigned int quirks)
{
	size_t i;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		rig->camera.quirks = 0;
		rig->camera.object[1].size = sizes[i];
		usbsi_items_free(rig->items);
		rig->items = NULL;
		item_named(rig, "A.JPG");
		rig->camera.quirks = quirks;
		assert_int_equal(acquire(rig, "A.JPG"), 0);
		assert_bytes(rig, 0x20, sizes[i]);
		assert_int_equal(rig->streams, 1);
		assert_int_equal(rig->ends, 1);
		assert_int_equal(rig->camera.cancels, 0);
		assert_idle(rig);
	}
}

static void test_sizes(void **state)
{
	all_sizes(*state, 0);
}

static void test_split_header(void **state)
{
	all_sizes(*state, CAMERA_SPLIT_HEADER);
}

static void test_glued_response(void **state)
{
	all_sizes(*state, CAMERA_NO_END);
}

static void test_split_and_glued(void **state)
{
	all_sizes(*state, CAMERA_SPLIT_HEADER | CAMERA_NO_END);
}

static void test_unknown_length(void **state)
{
	all_sizes(*state, CAMERA_UNKNOWN_LENGTH | CAMERA_STREAM_ONLY);
}

static void test_unknown_length_split(void **state)
{
	all_sizes(*state, CAMERA_UNKNOWN_LENGTH | CAMERA_SPLIT_HEADER | CAMERA_STREAM_ONLY);
}

static void test_unknown_length_everywhere(void **state)
{
	all_sizes(*state, CAMERA_UNKNOWN_LENGTH);
}

static void test_stray_empty_packets(void **state)
{
	all_sizes(*state, CAMERA_EMPTY_PACKETS);
}

static void test_stray_responses(void **state)
{
	all_sizes(*state, CAMERA_WRONG_ID | CAMERA_EVENT);
}

static void test_empty_object_without_data(void **state)
{
	struct rig *rig = *state;

	rig->camera.object[1].size = 0;
	item_named(rig, "A.JPG");
	rig->camera.quirks = CAMERA_NO_DATA | CAMERA_STREAM_ONLY;
	assert_int_equal(acquire(rig, "A.JPG"), 0);
	assert_int_equal(rig->streams, 1);
	assert_int_equal(rig->got_len, 0);
}

static void fails(struct rig *rig, unsigned int quirks, int error)
{
	item_named(rig, "A.JPG");
	rig->camera.quirks = quirks | CAMERA_STREAM_ONLY;
	assert_int_equal(acquire(rig, "A.JPG"), error);
	assert_int_equal(rig->ends, 0);
	assert_true(rig->got_len <= 5000);
	assert_true(*usbsi_device_error(rig->dev));
	assert_int_equal(fake_counts(rig->camera.transport)->locks, 0);
	assert_int_equal(fake_counts(rig->camera.transport)->streams, 0);
}

static void test_overlong(void **state)
{
	fails(*state, CAMERA_OVERLONG, -EPROTO);
	assert_works_again(*state);
}

static void test_short(void **state)
{
	struct rig *rig = *state;

	fails(rig, CAMERA_SHORT, -EPROTO);
	assert_non_null(strstr(usbsi_device_error(rig->dev), "2500 of 5000 bytes"));
	assert_int_equal(rig->camera.cancels, 0);
	assert_works_again(rig);
}

static void test_short_then_error(void **state)
{
	fails(*state, CAMERA_SHORT_THEN_ERROR, -EIO);
	assert_works_again(*state);
}

static void test_no_data(void **state)
{
	fails(*state, CAMERA_NO_DATA, -EPROTO);
	assert_works_again(*state);
}

static void test_only_wrong_responses(void **state)
{
	fails(*state, CAMERA_ONLY_WRONG_ID, -ETIMEDOUT);
	assert_works_again(*state);
}

static void test_stall(void **state)
{
	struct rig *rig = *state;

	fails(rig, CAMERA_STALL, -EPIPE);
	assert_int_equal(fake_counts(rig->camera.transport)->clears[USBSI_PIPE_READ], 1);
	assert_int_equal(fake_counts(rig->camera.transport)->clears[USBSI_PIPE_WRITE], 1);
	assert_works_again(rig);
}

/* The stream after a cleared halt begins with a chunk that something may be missing before. */
static void test_next_item_after_stall(void **state)
{
	struct rig *rig = *state;

	assert_int_equal(usbsi_device_lock(rig->dev, 0), 0);
	item_named(rig, "A.JPG");
	rig->camera.quirks = CAMERA_STALL | CAMERA_STREAM_ONLY;
	assert_int_equal(acquire(rig, "A.JPG"), -EPIPE);
	rig->camera.quirks = 0;
	assert_int_equal(acquire(rig, "B.AVI"), 0);
	assert_bytes(rig, 0x30, 500);
	usbsi_device_unlock(rig->dev);
	assert_idle(rig);
}

static void test_stall_without_requests(void **state)
{
	fails(*state, CAMERA_STALL | CAMERA_NO_REQUESTS, -EPIPE);
	assert_works_again(*state);
}

static void test_silent_in_object(void **state)
{
	struct rig *rig = *state;

	fails(rig, CAMERA_SILENT, -ETIMEDOUT);
	assert_int_equal(rig->camera.cancels, 1);
	assert_works_again(rig);
}

static void test_silent_from_the_beginning(void **state)
{
	struct rig *rig = *state;

	rig->camera.quirks = CAMERA_SILENT;
	assert_int_equal(usbsi_device_items(rig->dev, &rig->items), -ETIMEDOUT);
	assert_null(rig->items);
	assert_int_equal(rig->camera.resets, 1);
	assert_int_equal(fake_counts(rig->camera.transport)->resets, 1);
	assert_non_null(strstr(usbsi_device_error(rig->dev), "not answer within 30000 ms"));
	assert_works_again(rig);
}

static void test_silent_without_requests(void **state)
{
	struct rig *rig = *state;

	rig->camera.quirks = CAMERA_SILENT | CAMERA_NO_REQUESTS;
	assert_int_equal(usbsi_device_items(rig->dev, &rig->items), -ETIMEDOUT);
	assert_works_again(rig);
}

static void ignore_begin(void *data, const char *key, bool array)
{
}

static void ignore_end(void *data)
{
}

static void ignore_string(void *data, const char *key, const char *value)
{
}

static void ignore_number(void *data, const char *key, uint64_t value)
{
}

static int describe(struct rig *rig)
{
	static const struct usbsi_describe_client ignore = {
		.size = sizeof(ignore),
		.begin = ignore_begin,
		.end = ignore_end,
		.string = ignore_string,
		.number = ignore_number,
	};

	return usbsi_device_describe(rig->dev, &ignore, NULL);
}

/* The time-out is waited for once, not for each storage. */
static void test_silent_about_storages(void **state)
{
	struct rig *rig = *state;

	rig->camera.storages = 9;
	assert_int_equal(describe(rig), 0);
	rig->camera.no_storage_info = true;
	assert_int_equal(describe(rig), -ETIMEDOUT);
	assert_int_equal(rig->camera.cancels, 1);
	assert_int_equal(usbsi_device_items(rig->dev, &rig->items), -ETIMEDOUT);
	assert_int_equal(rig->camera.cancels, 2);
	assert_non_null(strstr(usbsi_device_error(rig->dev), "no answer within 30000 ms"));
	rig->camera.storages = 0;
	assert_works_again(rig);
}

static void test_too_many_storages(void **state)
{
	struct rig *rig = *state;
	unsigned int before;

	rig->camera.storages = 1000;
	before = rig->camera.commands;
	assert_int_equal(describe(rig), 0);
	assert_in_range(rig->camera.commands - before, 64, 70);
	rig->camera.repeated = true;
	before = rig->camera.commands;
	assert_int_equal(describe(rig), 0);
	assert_in_range(rig->camera.commands - before, 1, 6);
}

static void test_unplug(void **state)
{
	struct rig *rig = *state;

	fails(rig, CAMERA_UNPLUG, -ENODEV);
	assert_non_null(strstr(usbsi_device_error(rig->dev), "unplugged"));
	assert_int_equal(rig->camera.cancels, 0);
}

static void test_refused(void **state)
{
	static const struct {
		uint16_t	code;
		int		error;
	} cases[] = {
		{ PTP_INVALID_OBJECT_HANDLE, -ENOENT }, { PTP_DEVICE_BUSY, -EBUSY },
		{ PTP_STORE_NOT_AVAILABLE, -ENOMEDIUM }, { PTP_ACCESS_DENIED, -EACCES },
		{ PTP_SESSION_NOT_OPEN, -EIO }, { 0x2FFF, -EIO },
	};
	struct rig *rig = *state;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		item_named(rig, "A.JPG");
		rig->camera.answer = cases[i].code;
		assert_int_equal(acquire(rig, "A.JPG"), cases[i].error);
		assert_int_equal(rig->streams, 0);
		assert_int_equal(rig->camera.cancels, 0);
	}
	assert_works_again(rig);
}

static void test_cancel(void **state)
{
	struct rig *rig = *state;

	item_named(rig, "A.JPG");
	rig->cancel_at = 700;
	assert_int_equal(acquire(rig, "A.JPG"), -ECANCELED);
	assert_int_equal(rig->camera.cancels, 1);
	assert_true(rig->got_len < 5000);
	assert_idle(rig);
	/* it stays cancelled until it is reset */
	assert_int_equal(acquire(rig, "A.JPG"), -ECANCELED);
	usbsi_device_cancel_reset(rig->dev);
	assert_works_again(rig);
}

/* Recovery inside the end of the conversation: nothing of it may be cancelled */
static void test_cancel_of_a_hung_device(void **state)
{
	struct rig *rig = *state;

	item_named(rig, "A.JPG");
	rig->cancel_at = 100;
	rig->quirks_at_cancel = CAMERA_SILENT;
	assert_int_equal(acquire(rig, "A.JPG"), -ECANCELED);
	assert_int_equal(rig->camera.resets, 1);
	assert_int_equal(fake_counts(rig->camera.transport)->resets, 1);
	usbsi_device_cancel_reset(rig->dev);
	assert_works_again(rig);
}

/* The device lists one size and then sends another, without a slip in its containers */
static int acquire_another_size(struct rig *rig, uint32_t size, unsigned int quirks)
{
	int ret;

	rig->camera.quirks = 0;
	rig->camera.object[1].size = 5000;
	usbsi_items_free(rig->items);
	rig->items = NULL;
	assert_int_equal(usbsi_device_lock(rig->dev, 0), 0);
	item_named(rig, "A.JPG");
	rig->camera.object[1].size = size;
	rig->camera.quirks = quirks;
	ret = acquire(rig, "A.JPG");
	rig->camera.quirks = 0;
	usbsi_device_unlock(rig->dev);
	return ret;
}

static void test_another_size_than_listed(void **state)
{
	const unsigned int unknown = CAMERA_UNKNOWN_LENGTH | CAMERA_STREAM_ONLY;
	struct rig *rig = *state;

	assert_int_equal(acquire_another_size(rig, 5000, unknown), 0);
	assert_int_equal(acquire_another_size(rig, 1000, unknown), -EPROTO);
	assert_non_null(strstr(usbsi_device_error(rig->dev), "1000 of 5000 bytes"));
	assert_int_equal(acquire_another_size(rig, 1000, 0), -EPROTO);
	assert_int_equal(rig->ends, 0);
	assert_int_equal(acquire_another_size(rig, 20000, unknown), -EPROTO);
	assert_true(rig->got_len <= 5000);
	rig->camera.object[1].size = 5000;
	assert_works_again(rig);
}

static void test_cancel_without_requests(void **state)
{
	struct rig *rig = *state;

	item_named(rig, "A.JPG");
	rig->camera.quirks = CAMERA_NO_REQUESTS;
	rig->cancel_at = 700;
	assert_int_equal(acquire(rig, "A.JPG"), -ECANCELED);
	assert_idle(rig);
	usbsi_device_cancel_reset(rig->dev);
	assert_works_again(rig);
}

static void test_client_fails(void **state)
{
	struct rig *rig = *state;

	item_named(rig, "A.JPG");
	rig->fail_with = -ENOSPC;
	assert_int_equal(acquire(rig, "A.JPG"), -ENOSPC);
	assert_int_equal(rig->camera.cancels, 1);
	assert_idle(rig);
	rig->fail_with = -EPIPE;
	assert_int_equal(acquire(rig, "A.JPG"), -EPIPE);
	assert_int_equal(rig->camera.cancels, 2);
	assert_idle(rig);
	rig->fail_with = 1;
	assert_int_equal(acquire(rig, "A.JPG"), -ECANCELED);
	assert_works_again(rig);
}

static void test_session_left_open(void **state)
{
	struct rig *rig = *state;

	rig->camera.session = true;
	assert_works_again(rig);
	assert_int_equal(rig->camera.closed, 2 + 1);
}

static void test_leftover_data(void **state)
{
	static const uint8_t junk[300] = { 1, 2, 3 };
	struct rig *rig = *state;

	fake_push(rig->camera.transport, junk, sizeof(junk), 0);
	assert_works_again(rig);
}

/* A program was killed while the camera was sending it an object. */
static void test_stuck(void **state)
{
	struct rig *rig = *state;

	rig->camera.stuck = true;
	assert_works_again(rig);
	assert_int_equal(rig->camera.cancels, 1);
}

static void test_stale_handle(void **state)
{
	struct rig *rig = *state;

	item_named(rig, "A.JPG");
	rig->camera.object[1].size = 4000;
	assert_int_equal(acquire(rig, "A.JPG"), -ESTALE);
	rig->camera.object[1].handle = 0x99;
	assert_int_equal(acquire(rig, "A.JPG"), -ENOENT);
	rig->camera.object[1].handle = 0x20;
	rig->camera.object[1].size = 5000;
	assert_works_again(rig);
}

static void test_busy_in_status_mode(void **state)
{
	struct usbsi_device_info info = { .data_client = { 42, USBSI_OPEN_DATA, "shotwell" } };
	struct usbsi_items *items;
	struct usbsi_device *dev;
	struct rig *rig = *state;
	struct camera camera = { 0 };

	assert_int_equal(device_attach(rig->ctx, camera_new(&camera), &ptp_minidriver, "cam",
				       USBSI_OPEN_STATUS, &dev), 0);
	fake_set_info(camera.transport, &info);
	assert_int_equal(usbsi_device_items(dev, &items), -EBUSY);
	assert_non_null(strstr(usbsi_device_error(dev), "shotwell (pid 42)"));
	assert_int_equal(camera.commands, 0);
	usbsi_device_close(dev);
}

static void test_status_mode_does_not_acquire(void **state)
{
	struct rig *rig = *state;

	item_named(rig, "A.JPG");
	rig->dev->mode = USBSI_OPEN_STATUS;
	assert_int_equal(acquire(rig, "A.JPG"), -EPERM);
	rig->dev->mode = USBSI_OPEN_DATA;
	assert_int_equal(acquire(rig, "DCIM"), -EISDIR);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	static const struct CMUnitTest tests[] = {
		TEST(test_list),
		TEST(test_list_children_only),
		TEST(test_one_session_in_one_lock),
		TEST(test_sizes),
		TEST(test_split_header),
		TEST(test_glued_response),
		TEST(test_split_and_glued),
		TEST(test_unknown_length),
		TEST(test_unknown_length_split),
		TEST(test_unknown_length_everywhere),
		TEST(test_stray_empty_packets),
		TEST(test_stray_responses),
		TEST(test_empty_object_without_data),
		TEST(test_overlong),
		TEST(test_short),
		TEST(test_short_then_error),
		TEST(test_no_data),
		TEST(test_only_wrong_responses),
		TEST(test_stall),
		TEST(test_next_item_after_stall),
		TEST(test_stall_without_requests),
		TEST(test_silent_in_object),
		TEST(test_silent_from_the_beginning),
		TEST(test_silent_without_requests),
		TEST(test_silent_about_storages),
		TEST(test_too_many_storages),
		TEST(test_unplug),
		TEST(test_refused),
		TEST(test_cancel),
		TEST(test_cancel_without_requests),
		TEST(test_cancel_of_a_hung_device),
		TEST(test_another_size_than_listed),
		TEST(test_client_fails),
		TEST(test_session_left_open),
		TEST(test_leftover_data),
		TEST(test_stuck),
		TEST(test_stale_handle),
		TEST(test_busy_in_status_mode),
		TEST(test_status_mode_does_not_acquire),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Trees out of what devices claim
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "../../lib/device/device.h"
#include "ptp-names.h"
#include "ptp-tree.h"

static void add(struct ptp_objects *objects, uint32_t handle, uint32_t parent, uint16_t format,
		const char *name)
{
	struct ptp_object_info info = { .format = format, .parent = parent, .size = 1 };

	snprintf(info.name, sizeof(info.name), "%s", name);
	assert_int_equal(ptp_objects_add(objects, handle, 0, 0), 1);
	assert_int_equal(ptp_objects_fill(objects, objects->count - 1, &info), 0);
}

static struct usbsi_items *build(struct ptp_objects *objects)
{
	struct usbsi_items *items = items_new();
	struct usbsi_item *root = (struct usbsi_item *)usbsi_items_root(items);

	assert_int_equal(ptp_objects_build(objects, &root, 7), 0);
	assert_int_equal(usbsi_items_count(items), objects->count);
	ptp_objects_clear(objects);
	return items;
}

static void has(const struct usbsi_items *items, const char *path)
{
	const struct usbsi_item *item;

	assert_int_equal(usbsi_items_find(items, path, &item), 0);
	assert_string_equal(usbsi_item_path(item), path);
	assert_int_equal(usbsi_item_cookie(item), 7);
}

static void test_children_before_parents(void **state)
{
	struct ptp_objects objects = { 0 };
	struct usbsi_items *items;

	add(&objects, 3, 2, 0x3801, "c");
	add(&objects, 2, 1, PTP_FORMAT_ASSOCIATION, "b");
	add(&objects, 1, 0, PTP_FORMAT_ASSOCIATION, "a");
	items = build(&objects);
	has(items, "a/b/c");
	usbsi_items_free(items);
}

static void test_unknown_parent(void **state)
{
	struct ptp_objects objects = { 0 };
	struct usbsi_items *items;

	add(&objects, 3, 0x777, 0x3801, "c");
	add(&objects, 4, 0xFFFFFFFF, 0x3801, "d");
	add(&objects, 5, 5, 0x3801, "e");
	items = build(&objects);
	has(items, "c");
	has(items, "d");
	has(items, "e");
	usbsi_items_free(items);
}

static void test_circle(void **state)
{
	struct ptp_objects objects = { 0 };
	struct usbsi_items *items;
	const struct usbsi_item *item;
	size_t count = 0;

	add(&objects, 1, 3, PTP_FORMAT_ASSOCIATION, "a");
	add(&objects, 2, 1, PTP_FORMAT_ASSOCIATION, "b");
	add(&objects, 3, 2, PTP_FORMAT_ASSOCIATION, "c");
	add(&objects, 4, 3, 0x3801, "d");
	items = build(&objects);
	for (item = usbsi_items_root(items); (item = usbsi_items_next(item));)
		count++;
	assert_int_equal(count, 4);
	has(items, "b/c/a");
	has(items, "b/c/d");
	usbsi_items_free(items);
}

static void test_handles_that_are_none(void **state)
{
	struct ptp_objects objects = { 0 };

	assert_null(ptp_objects_find(&objects, 1));
	assert_int_equal(ptp_objects_add(&objects, 0, 0, 0), 0);
	assert_int_equal(ptp_objects_add(&objects, 0xFFFFFFFF, 0, 0), 0);
	assert_int_equal(ptp_objects_add(&objects, 5, 0, 0), 1);
	assert_int_equal(ptp_objects_add(&objects, 5, 9, 1), 0);
	assert_int_equal(objects.count, 1);
	ptp_objects_clear(&objects);
}

static void test_attached_to_a_picture(void **state)
{
	struct ptp_objects objects = { 0 };
	struct usbsi_items *items;

	add(&objects, 1, 0, PTP_FORMAT_ASSOCIATION, "dir");
	add(&objects, 2, 1, 0x3801, "a.jpg");
	add(&objects, 3, 2, 0x3008, "a.wav");
	items = build(&objects);
	has(items, "dir/a.wav");
	usbsi_items_free(items);
}

static void test_deep_chain(void **state)
{
	struct ptp_objects objects = { 0 };
	struct usbsi_items *items;
	const struct usbsi_item *item;
	uint32_t i;

	for (i = 1; i <= 20000; i++)
		add(&objects, i, i + 1, PTP_FORMAT_ASSOCIATION, "d");
	items = build(&objects);
	for (item = usbsi_items_root(items); (item = usbsi_items_next(item));)
		assert_true(strlen(usbsi_item_path(item)) < 1000);
	usbsi_items_free(items);
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* All of them of one name, in one folder, the folder last. */
static double time_of(uint32_t count)
{
	struct ptp_objects objects = { 0 };
	struct usbsi_items *items;
	double begin = seconds();
	uint32_t i;

	for (i = 1; i <= count; i++)
		add(&objects, i * 65536 + i / 65536, 0xABC, 0x3801, "IMG.JPG");
	add(&objects, 0xABC, 0, PTP_FORMAT_ASSOCIATION, "DCIM");
	items = build(&objects);
	has(items, "DCIM/IMG.JPG");
	has(items, "DCIM/IMG.JPG~2");
	usbsi_items_free(items);
	return seconds() - begin;
}

static void test_hundred_thousand(void **state)
{
	double small = time_of(12500), large = time_of(100000);

	/* eight times as many: quadratic would be 64 times as long */
	if (large > small * 32 && large > 2)
		fail_msg("%.2f s for 12500 objects, %.2f s for 100000", small, large);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_children_before_parents),
		cmocka_unit_test(test_unknown_parent),
		cmocka_unit_test(test_circle),
		cmocka_unit_test(test_handles_that_are_none),
		cmocka_unit_test(test_attached_to_a_picture),
		cmocka_unit_test(test_deep_chain),
		cmocka_unit_test(test_hundred_thousand),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

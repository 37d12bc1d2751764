// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Names from devices, and finding what a user means
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "../device/device.h"
#include "item.h"

static void cleans(const char *name, const char *expected)
{
	char out[ITEM_NAME_MAX + 1];

	assert_int_equal(item_clean_name(name, 0xAB, out, sizeof(out)), strlen(expected));
	assert_string_equal(out, expected);
}

static void test_names(void **state)
{
	cleans("IMG_0001.JPG", "IMG_0001.JPG");
	cleans("", "item-000000AB");
	cleans(NULL, "item-000000AB");
	cleans(".", "_");
	cleans("..", "__");
	cleans("...", "...");
	cleans("../../etc/passwd", ".._.._etc_passwd");
	cleans("/", "_");
	cleans("a\nb\033[2Jc\x7f", "a_b_[2Jc_");
	cleans("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
	cleans("\xc2\x9bm31", "_m31");
	cleans("a\xe2\x80\xaez", "a_z");
	/* overlong slash, surrogate, beyond 10FFFF, cut off, lone continuation */
	cleans("\xc0\xaf", "__");
	cleans("\xe0\x80\xaf", "___");
	cleans("\xed\xa0\x80", "___");
	cleans("\xf4\x90\x80\x80", "____");
	cleans("\xe2\x82", "__");
	cleans("\x80", "_");
}

static void test_long_name(void **state)
{
	char name[2000], out[ITEM_NAME_MAX + 1];
	size_t i;

	for (i = 0; i + 3 < sizeof(name); i += 3)
		memcpy(name + i, "\xe2\x82\xac", 3);
	name[i] = '\0';
	assert_int_equal(item_clean_name(name, 0, out, sizeof(out)), 255);
	memmove(name + 1, name, sizeof(name) - 1);
	name[0] = 'x';
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(item_clean_name(name, 0, out, sizeof(out)), 253);
}

static struct usbsi_item *add(struct usbsi_item *parent, const char *name, bool folder)
{
	struct usbsi_item_data data = { .name = name, .folder = folder };
	struct usbsi_item *item = usbsi_item_add(parent, &data);

	assert_non_null(item);
	return item;
}

static void test_find(void **state)
{
	struct usbsi_items *items = items_new();
	struct usbsi_item *root = (struct usbsi_item *)usbsi_items_root(items);
	struct usbsi_item *a = add(root, "A", true), *b = add(root, "B", true);
	struct usbsi_item *x = add(a, "x.jpg", false), *y = add(b, "x.jpg", false);
	struct usbsi_item *only = add(b, "only.jpg", false);
	const struct usbsi_item *item;

	assert_int_equal(usbsi_items_find(items, "A/x.jpg", &item), 0);
	assert_ptr_equal(item, x);
	assert_int_equal(usbsi_items_find(items, "/B/x.jpg/", &item), 0);
	assert_ptr_equal(item, y);
	assert_int_equal(usbsi_items_find(items, "only.jpg", &item), 0);
	assert_ptr_equal(item, only);
	assert_int_equal(usbsi_items_find(items, "x.jpg", &item), -ENOTUNIQ);
	assert_int_equal(usbsi_items_find(items, "A/", &item), 0);
	assert_ptr_equal(item, a);
	assert_int_equal(usbsi_items_find(items, "A/y.jpg", &item), -ENOENT);
	assert_int_equal(usbsi_items_find(items, "", &item), -ENOENT);
	assert_int_equal(usbsi_items_find(items, "#x", &item), -ENOENT);
	assert_int_equal(usbsi_items_find(items, "#-1", &item), -ENOENT);
	assert_int_equal(usbsi_items_find(items, "#99", &item), -ENOENT);
	usbsi_items_free(items);
}

static void test_doubles(void **state)
{
	struct usbsi_items *items = items_new();
	struct usbsi_item *root = (struct usbsi_item *)usbsi_items_root(items);

	assert_string_equal(usbsi_item_path(add(root, "a", false)), "a");
	assert_string_equal(usbsi_item_path(add(root, "a~2", false)), "a~2");
	assert_string_equal(usbsi_item_path(add(root, "a", false)), "a~3");
	assert_string_equal(usbsi_item_path(add(root, "a", false)), "a~4");
	assert_string_equal(usbsi_item_path(add(root, "a~2", false)), "a~2~2");
	assert_int_equal(usbsi_items_count(items), 5);
	usbsi_items_free(items);
}

static void test_walk(void **state)
{
	struct usbsi_items *items = items_new();
	struct usbsi_item *root = (struct usbsi_item *)usbsi_items_root(items);
	struct usbsi_item *a = add(root, "a", true), *b = add(a, "b", true);
	const struct usbsi_item *item;
	char names[16] = "";

	assert_null(usbsi_items_next(add(add(b, "c", false), "d", false)));
	add(a, "e", false);
	add(root, "f", false);
	for (item = root; (item = usbsi_items_next(item));)
		strcat(names, usbsi_item_name(item));
	assert_string_equal(names, "abcdef");
	usbsi_items_free(items);
	usbsi_items_free(NULL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_long_name),
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_doubles),
		cmocka_unit_test(test_walk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

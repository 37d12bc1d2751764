// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What devices are called and which one a user means
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "device.h"
#include "list.h"

static struct usbsi_device_list *list;
static struct usbsi_context *ctx;

static int setup(void **state)
{
	list = calloc(1, sizeof(*list));
	return usbsi_context_new(&ctx);
}

static int teardown(void **state)
{
	usbsi_device_list_free(list);
	usbsi_context_free(ctx);
	return 0;
}

static void add(const char *node, const char *interface, const char *serial)
{
	struct usbsi_device_entry *entry;

	assert_int_equal(list_grow(list), 0);
	entry = &list->entries[list->count - 1];
	entry->node = node ? strdup(node) : NULL;
	entry->serial = serial ? strdup(serial) : NULL;
	entry->bus_path = strndup(interface, strcspn(interface, ":"));
	list->interfaces[list->count - 1] = strdup(interface);
}

static const char *id(size_t index)
{
	return usbsi_device_list_get(list, index)->id;
}

static void test_ids(void **state)
{
	add("/dev/usbsi0", "1-1:1.0", "ABC123");
	add("/dev/usbsi1", "1-2:1.0", NULL);
	add("/dev/usbsi2", "1-3:1.0", "SAME");
	add("/dev/usbsi3", "1-4:1.0", "SAME");
	add("/dev/usbsi4", "1-5:1.0", "");
	add("/dev/usbsi5", "1-6:1.0", "a/b");
	add("/dev/usbsi6", "1-7:1.0", "bell\a");
	add("/dev/usbsi7", "1-8:1.0", " blank");
	add("/dev/usbsi8", "1-9:1.0", "with blank");
	add("/dev/usbsi9", "2-1:1.0", "1-1");
	assert_int_equal(list_name(list), 0);
	assert_string_equal(id(0), "ABC123");
	assert_string_equal(id(1), "1-2");
	assert_string_equal(id(2), "1-3");
	assert_string_equal(id(3), "1-4");
	assert_string_equal(id(4), "1-5");
	assert_string_equal(id(5), "1-6");
	assert_string_equal(id(6), "1-7");
	assert_string_equal(id(7), "1-8");
	assert_string_equal(id(8), "with blank");
	assert_string_equal(id(9), "2-1");
	assert_true(list_has_interface(list, "2-1:1.0"));
	assert_false(list_has_interface(list, "2-1"));
}

static void test_two_interfaces(void **state)
{
	add("/dev/usbsi0", "1-1:1.0", "S");
	add("/dev/usbsi1", "1-1:1.1", "S");
	assert_int_equal(list_name(list), 0);
	assert_string_equal(id(0), "1-1:1.0");
	assert_string_equal(id(1), "1-1:1.1");
}

static void finds(const char *name, size_t index)
{
	const struct usbsi_device_entry *entry = NULL;

	assert_int_equal(usbsi_device_list_find(ctx, list, name, &entry), 0);
	assert_ptr_equal(entry, usbsi_device_list_get(list, index));
}

static void test_find(void **state)
{
	const struct usbsi_device_entry *entry;
	char link[] = "/tmp/test-list-XXXXXX";

	assert_int_equal(usbsi_device_list_find(ctx, list, NULL, &entry), -ENODEV);
	add("/dev/null", "1-1:1.0", "ABC");
	list_name(list);
	finds(NULL, 0);
	finds("ABC", 0);
	finds("1-1", 0);
	finds("1-1:1.0", 0);
	finds("/dev/null", 0);
	assert_non_null(mkdtemp(link));
	rmdir(link);
	assert_int_equal(symlink("/dev/null", link), 0);
	finds(link, 0);
	unlink(link);
	assert_int_equal(usbsi_device_list_find(ctx, list, "XYZ", &entry), -ENODEV);
	assert_non_null(strstr(usbsi_context_error(ctx), "ABC"));
	assert_int_equal(usbsi_device_list_find(ctx, list, "/dev/zero", &entry), -ENODEV);
}

static void test_several(void **state)
{
	const struct usbsi_device_entry *entry;

	add("/dev/null", "1-1:1.0", "ABC");
	add(NULL, "1-2:1.0", NULL);
	list_name(list);
	assert_int_equal(usbsi_device_list_find(ctx, list, NULL, &entry), -ENOTUNIQ);
	assert_non_null(strstr(usbsi_context_error(ctx), "ABC, 1-2"));
	finds("1-2", 1);
	assert_null(usbsi_device_list_get(list, 2));
	assert_int_equal(usbsi_device_list_count(list), 2);
}

/* The names of the candidates are cut off, not the buffer's end overrun. */
static void test_many(void **state)
{
	const struct usbsi_device_entry *entry;
	size_t i;

	for (i = 0; i < 100; i++) {
		char interface[32];

		snprintf(interface, sizeof(interface), "1-%zu.4.4.4.4:1.0", i);
		add(NULL, interface, NULL);
	}
	list_name(list);
	assert_int_equal(usbsi_device_list_find(ctx, list, NULL, &entry), -ENOTUNIQ);
	finds("1-77.4.4.4.4", 77);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	static const struct CMUnitTest tests[] = {
		TEST(test_ids),
		TEST(test_two_interfaces),
		TEST(test_find),
		TEST(test_several),
		TEST(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

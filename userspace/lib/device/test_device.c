// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Opening, locking, cancelling; which device and which holder
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../transport/fake.h"
#include "device.h"

struct driver_state {
	struct usbsi_port	*port;
	unsigned int		locks;
	unsigned int		unlocks;
	unsigned int		released;
};

static struct driver_state driver_state;

static int match(const struct usbsi_interface_id *id)
{
	return 0;
}

static int initialize(struct usbsi_port *port, void **state)
{
	driver_state = (struct driver_state){ .port = port };
	*state = &driver_state;
	return 0;
}

static void release(void *state)
{
	driver_state.released++;
}

static int lock(void *state)
{
	driver_state.locks++;
	return 0;
}

static void unlock(void *state)
{
	char byte;

	/* the conversation must be able to end, cancelled or not */
	assert_int_not_equal(usbsi_port_write(driver_state.port, "x", 1, 1), -ECANCELED);
	assert_int_not_equal(usbsi_port_read(driver_state.port, &byte, 1, 1), -ECANCELED);
	driver_state.unlocks++;
}

static const struct usbsi_minidriver driver = {
	.version = USBSI_MINIDRIVER_VERSION,
	.size = sizeof(struct usbsi_minidriver),
	.name = "test",
	.match = match,
	.initialize = initialize,
	.release = release,
	.lock = lock,
	.unlock = unlock,
};

static struct usbsi_context *ctx;
static struct usbsi_transport *fake;
static struct usbsi_device *dev;

static int setup(void **state)
{
	struct fake_device device = { 0 };

	fake = fake_new(&device);
	assert_int_equal(usbsi_context_new(&ctx), 0);
	return device_attach(ctx, fake, &driver, "dev", USBSI_OPEN_DATA, &dev);
}

static int teardown(void **state)
{
	usbsi_device_close(dev);
	usbsi_context_free(ctx);
	return 0;
}

static void test_nested_lock(void **state)
{
	assert_int_equal(usbsi_device_unlock(dev), -ENOLCK);
	assert_int_equal(usbsi_device_lock(dev, 0), 0);
	assert_int_equal(usbsi_device_lock(dev, 0), 0);
	assert_int_equal(usbsi_device_unlock(dev), 0);
	assert_int_equal(driver_state.unlocks, 0);
	assert_int_equal(usbsi_device_unlock(dev), 0);
	assert_int_equal(driver_state.locks, 1);
	assert_int_equal(driver_state.unlocks, 1);
	assert_int_equal(fake_counts(fake)->locks, 0);
}

static void test_close_unlocks(void **state)
{
	assert_int_equal(usbsi_device_lock(dev, 0), 0);
	assert_int_equal(usbsi_device_lock(dev, 0), 0);
	usbsi_device_close(dev);
	dev = NULL;
	assert_int_equal(driver_state.unlocks, 1);
	assert_int_equal(driver_state.released, 1);
}

static void test_lock_busy_names_owner(void **state)
{
	struct usbsi_device_info info = { .lock_owner = { 17, USBSI_OPEN_STATUS, "scanbd" } };

	fake_set_info(fake, &info);
	fake_fail_lock(fake, -ETIMEDOUT);
	assert_int_equal(usbsi_device_lock(dev, 10), -EBUSY);
	assert_non_null(strstr(usbsi_device_error(dev), "scanbd (pid 17)"));
	assert_int_equal(driver_state.locks, 0);
}

static void test_second_data_client(void **state)
{
	struct usbsi_device_info info = { .data_client = { 18, USBSI_OPEN_DATA, "gimp" } };
	struct fake_device device = { 0 };
	struct usbsi_transport *second = fake_new(&device);
	struct usbsi_device *other = NULL;

	fake_set_info(second, &info);
	fake_fail_set_mode(second, -EBUSY);
	assert_int_equal(device_attach(ctx, second, &driver, "dev", USBSI_OPEN_DATA, &other),
			 -EBUSY);
	assert_null(other);
	assert_non_null(strstr(usbsi_context_error(ctx), "gimp (pid 18)"));
}

static void test_wrong_version(void **state)
{
	struct usbsi_minidriver old = driver;
	struct fake_device device = { 0 };
	struct usbsi_device *other;

	old.version++;
	assert_int_equal(device_attach(ctx, fake_new(&device), &old, "dev", USBSI_OPEN_STATUS,
				       &other), -EPROTONOSUPPORT);
}

static void test_cancel_stays(void **state)
{
	char byte;

	assert_int_equal(usbsi_device_lock(dev, 0), 0);
	usbsi_device_cancel(dev);
	assert_int_equal(fake_counts(fake)->holds, 1);
	assert_int_equal(usbsi_port_read(driver_state.port, &byte, 1, 1), -ECANCELED);
	assert_int_equal(usbsi_port_write(driver_state.port, "x", 1, 1), -ECANCELED);
	assert_int_equal(usbsi_port_control(driver_state.port, 0xA1, 0x67, 0, 0, &byte, 1, 1),
			 -ECANCELED);
	assert_int_equal(usbsi_port_stream_start(driver_state.port, 0), -ECANCELED);
	assert_int_equal(usbsi_device_unlock(dev), 0);
	assert_int_equal(driver_state.unlocks, 1);
	assert_int_equal(usbsi_device_lock(dev, 0), -ECANCELED);
	usbsi_device_cancel_reset(dev);
	assert_int_equal(usbsi_device_lock(dev, 0), 0);
	assert_int_equal(usbsi_port_write(driver_state.port, "x", 1, 1), 1);
}

static void test_cancel_under_shield(void **state)
{
	usbsi_port_shield(driver_state.port, true);
	usbsi_device_cancel(dev);
	assert_int_equal(fake_counts(fake)->holds, 0);
	assert_int_equal(usbsi_port_write(driver_state.port, "x", 1, 1), 1);
	/* a cancel that saw no shield, but held after it was raised */
	fake->ops->abort(fake, TRANSPORT_ABORT_HOLD);
	assert_int_equal(usbsi_port_write(driver_state.port, "x", 1, 1), 1);
	usbsi_port_shield(driver_state.port, false);
	assert_int_equal(usbsi_port_write(driver_state.port, "x", 1, 1), -ECANCELED);
	usbsi_device_cancel_reset(dev);
}

static void on_signal(int number)
{
	usbsi_device_cancel(dev);
}

static void test_cancel_from_signal(void **state)
{
	struct sigaction action = { .sa_handler = on_signal };

	sigaction(SIGUSR1, &action, NULL);
	errno = 4711;
	raise(SIGUSR1);
	assert_int_equal(errno, 4711);
	assert_int_equal(usbsi_device_lock(dev, 0), -ECANCELED);
}

static void test_timeout_from_environment(void **state)
{
	setenv("USBSI_TIMEOUT", "1.5", 1);
	usbsi_device_set_timeout(dev, 0);
	assert_int_equal(usbsi_port_timeout(driver_state.port), 1500);
	setenv("USBSI_TIMEOUT", "nonsense", 1);
	usbsi_device_set_timeout(dev, 0);
	assert_int_equal(usbsi_port_timeout(driver_state.port), USBSI_TIMEOUT_DEFAULT_MS);
	unsetenv("USBSI_TIMEOUT");
	usbsi_device_set_timeout(dev, 7);
	assert_int_equal(usbsi_port_timeout(driver_state.port), 7);
}

static void test_unsupported(void **state)
{
	struct usbsi_items *items;

	assert_int_equal(usbsi_device_items(dev, &items), -EOPNOTSUPP);
}

static void test_no_node(void **state)
{
	struct usbsi_device_entry entry = {
		.id = "1-2",
		.driver = "usbfs",
		.minidriver = "ptp",
		.holder = { 99, 0, "gphoto2" },
	};
	struct usbsi_device *other;

	assert_int_equal(usbsi_device_open(ctx, &entry, USBSI_OPEN_STATUS, &other), -EBUSY);
	assert_non_null(strstr(usbsi_context_error(ctx), "gphoto2 (pid 99)"));
	entry.driver = NULL;
	assert_int_equal(usbsi_device_open(ctx, &entry, USBSI_OPEN_STATUS, &other), -ENXIO);
	entry.node = "/dev/null";
	assert_int_equal(usbsi_device_open(ctx, &entry, USBSI_OPEN_STATUS, &other), -ENOTTY);
	entry.node = "/nonexistent/usbsi0";
	assert_int_equal(usbsi_device_open(ctx, &entry, USBSI_OPEN_STATUS, &other), -ENOENT);
}

static void test_holder(void **state)
{
	char path[] = "/tmp/test-holder-XXXXXX";
	struct usbsi_holder holder;
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_true(holder_of_file(path, &holder));
	assert_int_equal(holder.pid, getpid());
	assert_string_equal(holder.comm, "test_device");
	close(fd);
	assert_false(holder_of_file(path, &holder));
	assert_int_equal(holder.pid, -1);
	unlink(path);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	static const struct CMUnitTest tests[] = {
		TEST(test_nested_lock),
		TEST(test_close_unlocks),
		TEST(test_lock_busy_names_owner),
		TEST(test_second_data_client),
		TEST(test_wrong_version),
		TEST(test_cancel_stays),
		TEST(test_cancel_under_shield),
		TEST(test_cancel_from_signal),
		TEST(test_timeout_from_environment),
		TEST(test_unsupported),
		TEST(test_no_node),
		TEST(test_holder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

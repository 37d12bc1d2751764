// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Open, INFO, the rules that every ioctl keeps, and the modes.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>

#include "kselftest_harness.h"
#include "common.h"

FIXTURE(basic) {
	int fd;
};

FIXTURE_SETUP(basic)
{
	ASSERT_EQ(0, vdev_start());
	self->fd = node_open(O_RDWR);
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(basic)
{
	close(self->fd);
}

static int open_many(int *fds, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++) {
		fds[i] = node_open(i % 2 ? O_RDONLY : O_RDWR);
		if (fds[i] < 0)
			return fds[i];
	}
	return 0;
}

TEST_F(basic, many_may_open)
{
	int fds[20];
	unsigned int i;

	ASSERT_EQ(0, open_many(fds, ARRAY_SIZE(fds)));
	for (i = 0; i < ARRAY_SIZE(fds); i++)
		EXPECT_EQ(0, close(fds[i]));
}

/* A value of the USB device that the node hangs below. */
static long sysfs_value(const char *attribute, int base)
{
	char path[NODE_LENGTH], file[256], text[64] = "";
	FILE *stream;

	if (node_path(path, sizeof(path)))
		return -1;
	snprintf(file, sizeof(file), "/sys/class/usbsi/%s/device/%s", strrchr(path, '/') + 1,
		 attribute);
	stream = fopen(file, "r");
	if (!stream || !fgets(text, sizeof(text), stream))
		text[0] = '\0';
	if (stream)
		fclose(stream);
	return text[0] ? strtol(text, NULL, base) : -1;
}

TEST_F(basic, info_says_what_sysfs_says)
{
	struct usbsi_info info;

	ASSERT_EQ(0, get_info(self->fd, &info));
	EXPECT_EQ(sysfs_value("../idVendor", 16), info.vendor);
	EXPECT_EQ(sysfs_value("../idProduct", 16), info.product);
	EXPECT_EQ(sysfs_value("../bcdDevice", 16), info.device_release);
	EXPECT_EQ(sysfs_value("../busnum", 10), info.bus);
	EXPECT_EQ(sysfs_value("../devnum", 10), info.device);
	EXPECT_EQ(sysfs_value("bInterfaceNumber", 16), info.interface_number);
	EXPECT_EQ(sysfs_value("bInterfaceClass", 16), info.interface_class);
	EXPECT_EQ(sysfs_value("bInterfaceSubClass", 16), info.interface_subclass);
	EXPECT_EQ(sysfs_value("bInterfaceProtocol", 16), info.interface_protocol);
	EXPECT_EQ(6, info.interface_class);
}

TEST_F(basic, info_of_the_endpoints)
{
	struct usbsi_info info;
	bool super;

	ASSERT_EQ(0, get_info(self->fd, &info));
	super = sysfs_value("../speed", 10) == 5000;
	EXPECT_EQ(0x80, info.endpoint[USBSI_ENDPOINT_READ].address & 0x80);
	EXPECT_EQ(0, info.endpoint[USBSI_ENDPOINT_WRITE].address & 0x80);
	EXPECT_EQ(0x80, info.endpoint[USBSI_ENDPOINT_EVENT].address & 0x80);
	EXPECT_EQ(super ? 1024 : 512, info.endpoint[USBSI_ENDPOINT_READ].max_packet);
	EXPECT_EQ(super ? 1024 : 512, info.endpoint[USBSI_ENDPOINT_WRITE].max_packet);
	EXPECT_EQ(super ? 64 : 8, info.endpoint[USBSI_ENDPOINT_EVENT].max_packet);
	EXPECT_EQ(6, info.endpoint[USBSI_ENDPOINT_EVENT].interval);
	EXPECT_EQ(super ? 5 : 3, info.speed);
	EXPECT_EQ(USBSI_FEATURE_EVENT_PIPE | USBSI_FEATURE_RING, info.features);
}

TEST_F(basic, info_of_a_quiet_device)
{
	struct usbsi_info info;

	ASSERT_EQ(0, get_info(self->fd, &info));
	EXPECT_EQ(USBSI_MODE_STATUS, info.mode);
	EXPECT_EQ(0, info.state);
	EXPECT_EQ(0, info.reserved0);
	EXPECT_EQ(0, info.data_client.pid);
	EXPECT_EQ(0, info.lock_owner.pid);
	EXPECT_LT(0, info.ring_bytes_limit);
}

TEST_F(basic, unknown_ioctls)
{
	unsigned char arg[64] = { 0 };

	EXPECT_EQ(-ENOTTY, xioctl(self->fd, _IO(USBSI_IOC_MAGIC, 0x05), NULL));
	EXPECT_EQ(-ENOTTY, xioctl(self->fd, _IO(USBSI_IOC_MAGIC, 0xff), NULL));
	EXPECT_EQ(-ENOTTY, xioctl(self->fd, _IOWR('U', 0x00, arg), arg));
	EXPECT_EQ(-ENOTTY, xioctl(self->fd, 0x5401, arg));
}

/*
 * Every ioctl with an argument: its number, the size of that, and the members
 * that must be zero, each to be tried alone with the rest as it should be.
 */
struct ioctl_case {
	const char *name;
	unsigned long request;
	size_t size;
	size_t zero[2];
};

#define NOT_ONE ((size_t)-1)
#define CASE(nr, type, a, b) { #nr, USBSI_IOC_##nr, sizeof(struct type), { a, b } }

static const struct ioctl_case ioctl_cases[] = {
	CASE(INFO, usbsi_info, NOT_ONE, NOT_ONE),
	CASE(SET_MODE, usbsi_set_mode, offsetof(struct usbsi_set_mode, flags), NOT_ONE),
	CASE(LOCK, usbsi_lock, offsetof(struct usbsi_lock, reserved), NOT_ONE),
	CASE(CONTROL, usbsi_control, NOT_ONE, NOT_ONE),
	CASE(SET_TIMEOUTS, usbsi_timeouts, NOT_ONE, NOT_ONE),
	CASE(ABORT, usbsi_abort, offsetof(struct usbsi_abort, reserved), NOT_ONE),
	CASE(CLEAR_HALT, usbsi_clear_halt, offsetof(struct usbsi_clear_halt, flags), NOT_ONE),
	CASE(SUBSCRIBE, usbsi_subscribe, offsetof(struct usbsi_subscribe, reserved), NOT_ONE),
	CASE(POST_EVENT, usbsi_post_event, offsetof(struct usbsi_post_event, flags), NOT_ONE),
	CASE(RING_ALLOC, usbsi_ring_alloc, offsetof(struct usbsi_ring_alloc, flags),
	     offsetof(struct usbsi_ring_alloc, reserved)),
};

static unsigned char request_type_in = 0xc1;

/* An argument that the ioctl takes. */
static void valid_argument(unsigned long request, void *arg)
{
	static unsigned char byte;

	switch (_IOC_NR(request)) {
	case _IOC_NR(USBSI_IOC_SET_MODE):
		((struct usbsi_set_mode *)arg)->mode = USBSI_MODE_STATUS;
		break;
	case _IOC_NR(USBSI_IOC_LOCK):
		((struct usbsi_lock *)arg)->deadline_ns = USBSI_DEADLINE_NEVER;
		break;
	case _IOC_NR(USBSI_IOC_CONTROL):
		((struct usbsi_control *)arg)->request_type = request_type_in;
		((struct usbsi_control *)arg)->value = 1;
		((struct usbsi_control *)arg)->length = 1;
		((struct usbsi_control *)arg)->data = (uintptr_t)&byte;
		break;
	case _IOC_NR(USBSI_IOC_SET_TIMEOUTS):
		((struct usbsi_timeouts *)arg)->read_ms = 1000;
		break;
	case _IOC_NR(USBSI_IOC_SUBSCRIBE):
		((struct usbsi_subscribe *)arg)->mask = 1 << USBSI_EVENT_USER;
		break;
	default:
		break;
	}
}

/* Undo what a successful call has done, so that the next finds it undone. */
static void undo(int fd, unsigned long request, int result)
{
	if (result < 0)
		return;
	if (_IOC_NR(request) == _IOC_NR(USBSI_IOC_LOCK))
		unlock(fd);
	if (_IOC_NR(request) == _IOC_NR(USBSI_IOC_SUBSCRIBE))
		close(result);
	if (_IOC_NR(request) == _IOC_NR(USBSI_IOC_RING_ALLOC))
		xioctl(fd, USBSI_IOC_RING_FREE, NULL);
}

/* Calls with an argument of @size bytes; the byte at @dirty is set to 1. */
static int call_with(int fd, const struct ioctl_case *test, size_t size, size_t dirty)
{
	unsigned char arg[512] = { 0 };
	unsigned long request = (test->request & ~(_IOC_SIZEMASK << _IOC_SIZESHIFT)) |
				(size << _IOC_SIZESHIFT);
	int ret;

	valid_argument(request, arg);
	if (dirty != NOT_ONE)
		arg[dirty] = 1;
	/* CLEAR_HALT of an idle pipe and a ring need the lock or data mode */
	if (test->request == USBSI_IOC_CLEAR_HALT)
		lock_try(fd);
	if (test->request == USBSI_IOC_RING_ALLOC)
		set_mode(fd, USBSI_MODE_DATA);
	ret = xioctl(fd, request, arg);
	undo(fd, request, ret);
	if (test->request == USBSI_IOC_CLEAR_HALT)
		unlock(fd);
	if (test->request == USBSI_IOC_RING_ALLOC)
		set_mode(fd, USBSI_MODE_STATUS);
	return ret;
}

TEST_F(basic, sizes_of_arguments)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ioctl_cases); i++) {
		const struct ioctl_case *test = &ioctl_cases[i];

		TH_LOG("%s", test->name);
		EXPECT_LE(0, call_with(self->fd, test, test->size, NOT_ONE));
		EXPECT_LE(0, call_with(self->fd, test, test->size + 8, NOT_ONE));
		EXPECT_LE(0, call_with(self->fd, test, test->size + 96, NOT_ONE));
		EXPECT_EQ(-EINVAL, call_with(self->fd, test, test->size - 1, NOT_ONE));
		EXPECT_EQ(-EINVAL, call_with(self->fd, test, 4, NOT_ONE));
		if (test->request == USBSI_IOC_INFO)
			continue;
		EXPECT_EQ(-E2BIG, call_with(self->fd, test, test->size + 8, test->size));
		EXPECT_EQ(-E2BIG, call_with(self->fd, test, test->size + 96, test->size + 95));
	}
}

TEST_F(basic, members_that_must_be_zero)
{
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(ioctl_cases); i++) {
		const struct ioctl_case *test = &ioctl_cases[i];

		for (j = 0; j < 2 && test->zero[j] != NOT_ONE; j++) {
			TH_LOG("%s, member at %zu", test->name, test->zero[j]);
			EXPECT_EQ(-EINVAL, call_with(self->fd, test, test->size, test->zero[j]));
			EXPECT_EQ(-EINVAL,
				  call_with(self->fd, test, test->size, test->zero[j] + 3));
		}
	}
}

TEST_F(basic, unknown_flag_bits)
{
	unsigned int bit;

	for (bit = 0; bit < 32; bit++) {
		struct usbsi_lock lock = {
			.deadline_ns = USBSI_DEADLINE_NEVER, .flags = 1U << bit,
		};
		struct usbsi_subscribe sub = { .mask = 2, .flags = 1U << bit };

		if (bit > 0) {
			EXPECT_EQ(-EINVAL, xioctl(self->fd, USBSI_IOC_LOCK, &lock));
			EXPECT_EQ(-EINVAL, xioctl(self->fd, USBSI_IOC_SUBSCRIBE, &sub));
		}
		if (bit > 1)
			EXPECT_EQ(-EINVAL, abort_calls(self->fd, 1U << bit));
	}
	EXPECT_EQ(-EINVAL, abort_calls(self->fd, USBSI_ABORT_HOLD | USBSI_ABORT_RELEASE));
	EXPECT_EQ(-EINVAL, subscribe(self->fd, 1ULL << 63, USBSI_SUBSCRIBE_NOW, 0, 0));
	EXPECT_EQ(-EINVAL, subscribe(self->fd, 1ULL << 0, USBSI_SUBSCRIBE_NOW, 0, 0));
	EXPECT_EQ(-EINVAL, subscribe(self->fd, 2, 3, 0, 0));
	EXPECT_EQ(-EINVAL, clear_halt(self->fd, 3));
	EXPECT_EQ(-EINVAL, clear_halt(self->fd, ~0U));
}

TEST_F(basic, arguments_that_cannot_be_reached)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ioctl_cases); i++) {
		EXPECT_EQ(-EFAULT, xioctl(self->fd, ioctl_cases[i].request, NULL));
		EXPECT_EQ(-EFAULT, xioctl(self->fd, ioctl_cases[i].request, (void *)~0xfffUL));
	}
}

TEST_F(basic, modes_that_are_none)
{
	EXPECT_EQ(-EINVAL, set_mode(self->fd, 0));
	EXPECT_EQ(-EINVAL, set_mode(self->fd, 4));
	EXPECT_EQ(-EINVAL, set_mode(self->fd, ~0U));
}

TEST_F(basic, one_data_client)
{
	struct usbsi_info info;
	int other = node_open(O_RDWR);

	ASSERT_LE(0, other);
	EXPECT_EQ(0, set_mode(self->fd, USBSI_MODE_DATA));
	EXPECT_EQ(0, set_mode(self->fd, USBSI_MODE_DATA));
	EXPECT_EQ(-EBUSY, set_mode(other, USBSI_MODE_DATA));
	EXPECT_EQ(-EBUSY, set_mode(other, USBSI_MODE_BOTH));
	EXPECT_EQ(0, set_mode(other, USBSI_MODE_STATUS));
	ASSERT_EQ(0, get_info(other, &info));
	EXPECT_EQ(USBSI_MODE_STATUS, info.mode);
	EXPECT_EQ(getpid(), info.data_client.pid);
	EXPECT_EQ(USBSI_MODE_DATA, info.data_client.mode);
	EXPECT_STREQ("test_basic", info.data_client.comm);
	ASSERT_EQ(0, get_info(self->fd, &info));
	EXPECT_EQ(USBSI_MODE_DATA, info.mode);
	EXPECT_EQ(0, set_mode(self->fd, USBSI_MODE_STATUS));
	EXPECT_EQ(0, set_mode(other, USBSI_MODE_DATA));
	close(other);
	EXPECT_EQ(0, set_mode(self->fd, USBSI_MODE_DATA));
}

TEST_F(basic, both_is_data_by_another_name)
{
	struct usbsi_info info;
	int other = node_open(O_RDWR);

	ASSERT_LE(0, other);
	EXPECT_EQ(0, set_mode(self->fd, USBSI_MODE_BOTH));
	ASSERT_EQ(0, get_info(other, &info));
	EXPECT_EQ(USBSI_MODE_BOTH, info.data_client.mode);
	EXPECT_EQ(-EBUSY, set_mode(other, USBSI_MODE_DATA));
	close(other);
}

TEST_F(basic, data_mode_ends_with_the_last_close)
{
	int other = node_open(O_RDWR);
	int copy;

	ASSERT_LE(0, other);
	ASSERT_EQ(0, set_mode(self->fd, USBSI_MODE_DATA));
	copy = dup(self->fd);
	close(self->fd);
	EXPECT_EQ(-EBUSY, set_mode(other, USBSI_MODE_DATA));
	close(copy);
	EXPECT_EQ(0, set_mode(other, USBSI_MODE_DATA));
	self->fd = other;
}

TEST_F(basic, a_reader_only_watches)
{
	struct usbsi_control control = { .request_type = 0xc1, .length = 0 };
	struct usbsi_event event = { 0 };
	struct usbsi_info info;
	char byte = 0;
	int events;
	int fd = node_open(O_RDONLY);

	ASSERT_LE(0, fd);
	EXPECT_EQ(0, get_info(fd, &info));
	EXPECT_EQ(0, set_mode(fd, USBSI_MODE_STATUS));
	EXPECT_EQ(-EBADF, set_mode(fd, USBSI_MODE_DATA));
	EXPECT_EQ(-EBADF, set_mode(fd, USBSI_MODE_BOTH));
	EXPECT_EQ(-EBADF, lock_try(fd));
	EXPECT_EQ(-EBADF, xioctl(fd, USBSI_IOC_CONTROL, &control));
	EXPECT_EQ(-EBADF, xread(fd, &byte, 1));
	EXPECT_EQ(-EBADF, xwrite(fd, &byte, 1));
	EXPECT_EQ(-EBADF, post_event(fd, "x", 1, NULL));
	events = subscribe(fd, 1 << USBSI_EVENT_USER, USBSI_SUBSCRIBE_NOW, 0, 0);
	EXPECT_LE(0, events);
	EXPECT_EQ(0, post_event(self->fd, "x", 1, NULL));
	EXPECT_EQ(0, event_next(events, &event, 1000));
	EXPECT_EQ('x', event.data[0]);
	close(events);
	close(fd);
}

TEST_HARNESS_MAIN

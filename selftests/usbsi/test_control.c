// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * CONTROL: which requests go through, and what comes back.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <linux/usb/ch9.h>

#include "kselftest_harness.h"
#include "common.h"
#include "../../tools/vdev/pattern.h"

#define CLASS_IN	(USB_DIR_IN | USB_TYPE_CLASS | USB_RECIP_INTERFACE)
#define CLASS_OUT	(USB_DIR_OUT | USB_TYPE_CLASS | USB_RECIP_INTERFACE)
#define VENDOR_IN	(USB_DIR_IN | USB_TYPE_VENDOR)
#define VENDOR_OUT	(USB_DIR_OUT | USB_TYPE_VENDOR)
#define STANDARD_IN	(USB_DIR_IN | USB_TYPE_STANDARD)
#define STANDARD_OUT	(USB_DIR_OUT | USB_TYPE_STANDARD)

#define GET_DEVICE_STATUS	0x67
#define CANCEL			0x64
#define DEVICE_RESET		0x66

FIXTURE(control) {
	int fd;
	unsigned char data[65536];
};

FIXTURE_SETUP(control)
{
	ASSERT_EQ(0, vdev_start());
	self->fd = node_open(O_RDWR);
	ASSERT_LE(0, self->fd);
	memset(self->data, 0xee, sizeof(self->data));
}

FIXTURE_TEARDOWN(control)
{
	vdev_command("control ok");
	close(self->fd);
}

static int request(int fd, unsigned int type, unsigned int request_nr, unsigned int value,
		   unsigned int index, void *data, unsigned int length)
{
	struct usbsi_control control = {
		.request_type = type,
		.request = request_nr,
		.value = value,
		.index = index,
		.length = length,
		.timeout_ms = 3000,
		.data = (uintptr_t)data,
	};
	int ret = xioctl(fd, USBSI_IOC_CONTROL, &control);

	return ret < 0 ? ret : (int)control.actual;
}

TEST_F(control, class_request_to_the_own_interface)
{
	static const unsigned char ok[] = { 4, 0, 0x01, 0x20 };

	EXPECT_EQ(4, request(self->fd, CLASS_IN, GET_DEVICE_STATUS, 0, 0, self->data, 64));
	EXPECT_EQ(0, memcmp(self->data, ok, sizeof(ok)));
	EXPECT_EQ(0xee, self->data[4]);
}

TEST_F(control, vendor_request_to_device_and_interface)
{
	EXPECT_EQ(20, request(self->fd, VENDOR_IN | USB_RECIP_DEVICE, 1, 20, 0, self->data, 100));
	EXPECT_EQ(20, vdev_pattern_check(self->data, 20, 0));
	EXPECT_EQ(0xee, self->data[20]);
	EXPECT_EQ(30, request(self->fd, VENDOR_IN | USB_RECIP_INTERFACE, 1, 30, 0, self->data,
			      100));
	EXPECT_EQ(30, vdev_pattern_check(self->data, 30, 0));
}

TEST_F(control, answers_of_every_length)
{
	static const unsigned int lengths[] = { 0, 1, 7, 8, 63, 64, 65, 511, 512, 513, 4095, 4096 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		memset(self->data, 0xee, sizeof(self->data));
		EXPECT_EQ(lengths[i], request(self->fd, VENDOR_IN, 1, lengths[i], 0, self->data,
					      4096));
		EXPECT_EQ(lengths[i], vdev_pattern_check(self->data, lengths[i], 0));
		EXPECT_EQ(0xee, self->data[lengths[i]]);
	}
}

/* Whatever bit 7 says, a request without data may change the device */
TEST_F(control, without_data_it_needs_the_lock)
{
	int other = node_open(O_RDWR);

	ASSERT_EQ(0, lock_try(self->fd));
	EXPECT_EQ(-ENOLCK, request(other, VENDOR_IN, 1, 100, 0, NULL, 0));
	EXPECT_EQ(1, request(other, VENDOR_IN, 1, 100, 0, self->data, 1));
	EXPECT_EQ(0, request(self->fd, VENDOR_IN, 1, 100, 0, NULL, 0));
	EXPECT_EQ(0, unlock(self->fd));
	close(other);
}

TEST_F(control, another_interface_is_refused)
{
	struct usbsi_info info;
	unsigned int in;

	ASSERT_EQ(0, get_info(self->fd, &info));
	in = info.endpoint[USBSI_ENDPOINT_READ].address;
	EXPECT_EQ(-EACCES, request(self->fd, CLASS_IN, 1, 0, 1, self->data, 64));
	EXPECT_EQ(-EACCES, request(self->fd, CLASS_IN, GET_DEVICE_STATUS, 0, 7, self->data, 64));
	EXPECT_EQ(-EACCES, request(self->fd, VENDOR_IN | USB_RECIP_INTERFACE, 1, 0, 1, self->data,
				   64));
	EXPECT_EQ(-EACCES, request(self->fd, USB_DIR_IN | USB_TYPE_CLASS | USB_RECIP_ENDPOINT, 1,
				   0, 0x8f, self->data, 64));
	EXPECT_LE(0, request(self->fd, USB_DIR_IN | USB_TYPE_CLASS | USB_RECIP_ENDPOINT, 1, 0, in,
			     self->data, 64));
}

TEST_F(control, class_requests_to_the_device_are_refused)
{
	EXPECT_EQ(-EACCES, request(self->fd, USB_DIR_IN | USB_TYPE_CLASS | USB_RECIP_DEVICE, 1, 0,
				   0, self->data, 64));
}

TEST_F(control, standard_requests)
{
	struct usbsi_info info;
	unsigned int in, i;
	static const unsigned int forbidden[] = {
		USB_REQ_SET_ADDRESS, USB_REQ_SET_CONFIGURATION, USB_REQ_SET_FEATURE,
		USB_REQ_SET_DESCRIPTOR, USB_REQ_SET_INTERFACE,
	};

	ASSERT_EQ(0, get_info(self->fd, &info));
	ASSERT_EQ(0, lock_try(self->fd));
	in = info.endpoint[USBSI_ENDPOINT_READ].address;
	EXPECT_EQ(2, request(self->fd, STANDARD_IN | USB_RECIP_ENDPOINT, USB_REQ_GET_STATUS, 0,
			     in, self->data, 2));
	EXPECT_EQ(0, self->data[0]);
	EXPECT_EQ(0, request(self->fd, STANDARD_OUT | USB_RECIP_ENDPOINT, USB_REQ_CLEAR_FEATURE,
			     USB_ENDPOINT_HALT, in, NULL, 0));
	EXPECT_EQ(-EACCES, request(self->fd, STANDARD_OUT | USB_RECIP_ENDPOINT,
				   USB_REQ_CLEAR_FEATURE, USB_ENDPOINT_HALT, 0x8f, NULL, 0));
	EXPECT_EQ(-EACCES, request(self->fd, STANDARD_IN, USB_REQ_GET_DESCRIPTOR, 0x100, 0,
				   self->data, 18));
	for (i = 0; i < ARRAY_SIZE(forbidden); i++)
		EXPECT_EQ(-EACCES, request(self->fd, STANDARD_OUT, forbidden[i], 0, 0, NULL, 0));
}

TEST_F(control, clear_feature_ends_a_halt)
{
	struct usbsi_info info;
	unsigned int in;

	ASSERT_EQ(0, get_info(self->fd, &info));
	ASSERT_EQ(0, lock_try(self->fd));
	in = info.endpoint[USBSI_ENDPOINT_READ].address;
	ASSERT_EQ(0, vdev_command("stall in"));
	ASSERT_EQ(0, vdev_command("wait"));
	EXPECT_EQ(2, request(self->fd, STANDARD_IN | USB_RECIP_ENDPOINT, USB_REQ_GET_STATUS, 0,
			     in, self->data, 2));
	EXPECT_EQ(1, self->data[0]);
	EXPECT_EQ(-EPIPE, xread(self->fd, self->data, 512));
	EXPECT_EQ(0, request(self->fd, STANDARD_OUT | USB_RECIP_ENDPOINT, USB_REQ_CLEAR_FEATURE,
			     USB_ENDPOINT_HALT, in, NULL, 0));
	ASSERT_EQ(0, vdev_command("in 100"));
	EXPECT_EQ(100, xread(self->fd, self->data, 512));
}

TEST_F(control, out_needs_the_lock)
{
	unsigned char data[6] = { 0x01, 0x40, 1, 2, 3, 4 };
	char text[128];

	EXPECT_EQ(-ENOLCK, request(self->fd, CLASS_OUT, CANCEL, 0, 0, data, sizeof(data)));
	EXPECT_EQ(-ENOLCK, request(self->fd, CLASS_OUT, DEVICE_RESET, 0, 0, NULL, 0));
	ASSERT_EQ(0, vdev_status_text("control", text, sizeof(text)));
	EXPECT_STREQ("-", text);
	ASSERT_EQ(0, lock_try(self->fd));
	EXPECT_EQ(6, request(self->fd, CLASS_OUT, CANCEL, 0, 0, data, sizeof(data)));
	ASSERT_EQ(0, vdev_status_text("control", text, sizeof(text)));
	EXPECT_STREQ("21:64:0000:0000:014001020304", text);
	EXPECT_EQ(0, request(self->fd, CLASS_OUT, DEVICE_RESET, 0, 0, NULL, 0));
	EXPECT_EQ(0, request(self->fd, VENDOR_OUT, 9, 0x1234, 0x5678, NULL, 0));
	ASSERT_EQ(0, vdev_status_text("control", text, sizeof(text)));
	EXPECT_STREQ("40:09:1234:5678:", text);
}

TEST_F(control, a_stall_is_epipe)
{
	ASSERT_EQ(0, vdev_command("control stall"));
	EXPECT_EQ(-EPIPE, request(self->fd, VENDOR_IN, 1, 10, 0, self->data, 64));
	EXPECT_EQ(-EPIPE, request(self->fd, CLASS_IN, GET_DEVICE_STATUS, 0, 0, self->data, 64));
	EXPECT_EQ(0xee, self->data[0]);
	ASSERT_EQ(0, vdev_command("control ok"));
	EXPECT_EQ(10, request(self->fd, VENDOR_IN, 1, 10, 0, self->data, 64));
}

TEST_F(control, a_device_that_does_not_answer)
{
	struct usbsi_control control = {
		.request_type = VENDOR_IN,
		.request = 1,
		.length = 64,
		.timeout_ms = 300,
		.data = (uintptr_t)self->data,
	};
	uint64_t start;

	ASSERT_EQ(0, vdev_command("control hang"));
	start = now_ns();
	EXPECT_EQ(-ETIMEDOUT, xioctl(self->fd, USBSI_IOC_CONTROL, &control));
	EXPECT_LE(300, since_ms(start));
	EXPECT_GT(300 + LATE_MS, since_ms(start));
	ASSERT_EQ(0, vdev_command("control ok"));
	EXPECT_EQ(10, request(self->fd, VENDOR_IN, 1, 10, 0, self->data, 64));
}

TEST_F(control, arguments)
{
	struct usbsi_control control = {
		.request_type = VENDOR_IN,
		.request = 1,
		.length = 64,
		.timeout_ms = 60001,
		.data = (uintptr_t)self->data,
	};

	EXPECT_EQ(-EINVAL, xioctl(self->fd, USBSI_IOC_CONTROL, &control));
	control.timeout_ms = ~0U;
	EXPECT_EQ(-EINVAL, xioctl(self->fd, USBSI_IOC_CONTROL, &control));
	control.timeout_ms = 0;
	EXPECT_EQ(0, xioctl(self->fd, USBSI_IOC_CONTROL, &control));
	control.timeout_ms = 60000;
	EXPECT_EQ(0, xioctl(self->fd, USBSI_IOC_CONTROL, &control));
	control.value = 10;
	control.data = 0;
	EXPECT_EQ(-EFAULT, xioctl(self->fd, USBSI_IOC_CONTROL, &control));
}

TEST_HARNESS_MAIN

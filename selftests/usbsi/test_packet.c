// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Interrupt packets that fill the endpoint's packet: each is an event at once.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>

#include "kselftest_harness.h"
#include "common.h"

FIXTURE(packet) {
	int fd;
	int events;
	unsigned int max_packet;
};

FIXTURE_SETUP(packet)
{
	struct usbsi_info info;

	ASSERT_EQ(0, vdev_start());
	self->fd = node_open(O_RDWR);
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, get_info(self->fd, &info));
	self->max_packet = info.endpoint[USBSI_ENDPOINT_EVENT].max_packet;
	self->events = subscribe(self->fd, 1ULL << USBSI_EVENT_INTERRUPT, USBSI_SUBSCRIBE_NOW,
				 0, 0);
	ASSERT_LE(0, self->events);
}

FIXTURE_TEARDOWN(packet)
{
	close(self->events);
	close(self->fd);
}

static int send_packet(unsigned int length)
{
	char line[8 + 2 * 64 + 1] = "event ";
	unsigned int i;

	for (i = 0; i < length; i++)
		sprintf(line + 6 + 2 * i, "%02x", i + 1);
	return vdev_command("%s", line);
}

/* One packet by itself: what is there within a second, how long it is, what it holds */
static unsigned int one_packet(int events, unsigned int length)
{
	struct usbsi_event event[4];
	unsigned int i, got = 0;
	ssize_t size;

	if (send_packet(length) || poll_events(events, POLLIN, 1000) != POLLIN)
		return 0;
	size = xread(events, event, sizeof(event));
	for (i = 0; i < 64 && (ssize_t)(i / 32 * sizeof(event[0])) < size; i++)
		if (i % 32 < event[i / 32].len && event[i / 32].data[i % 32] == i + 1)
			got++;
	return got;
}

TEST_F(packet, of_every_size)
{
	unsigned int length;

	for (length = 1; length <= self->max_packet; length++)
		EXPECT_EQ(length, one_packet(self->events, length));
}

TEST_F(packet, full_ones_in_a_row)
{
	unsigned int i;

	for (i = 0; i < 10; i++)
		EXPECT_EQ(self->max_packet, one_packet(self->events, self->max_packet));
}

TEST_HARNESS_MAIN

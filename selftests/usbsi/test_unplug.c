// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The device leaves while it is in use: everybody learns of it at once, and
 * what is left over can be closed in any order.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>

#include "kselftest_harness.h"
#include "ring.h"

#define AT_ONCE_MS	(1000 + LATE_MS)

FIXTURE(unplug) {
	int fd;
};

FIXTURE_SETUP(unplug)
{
	ASSERT_EQ(0, vdev_start());
	self->fd = node_data();
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, set_timeouts(self->fd, 0, 0));
}

FIXTURE_TEARDOWN(unplug)
{
	close(self->fd);
}

static int blocked_read(int fd)
{
	char data[512];

	return xread(fd, data, sizeof(data));
}

static int blocked_write(int fd)
{
	char data[512] = { 0 };

	return xwrite(fd, data, sizeof(data));
}

static int blocked_control(int fd)
{
	char data[64];
	struct usbsi_control control = {
		.request_type = 0xc0, .length = 64, .timeout_ms = 60000,
		.data = (uintptr_t)data,
	};

	return xioctl(fd, USBSI_IOC_CONTROL, &control);
}

static int blocked_lock(int fd)
{
	int other = node_open(O_RDWR);
	int ret;

	ret = lock_until(other, USBSI_DEADLINE_NEVER);
	close(other);
	return ret;
}

static int blocked_poll(int fd)
{
	int revents = poll_events(fd, POLLIN, -1);

	return revents & POLLHUP ? -ENODEV : -EIO;
}

static int blocked_events(int fd)
{
	struct usbsi_event event;
	int events = subscribe(fd, 0, USBSI_SUBSCRIBE_NOW, 0, 0);
	int ret = xread(events, &event, sizeof(event));

	if (ret != sizeof(event) || event.type != USBSI_EVENT_GONE)
		return -EIO;
	ret = xread(events, &event, sizeof(event));
	close(events);
	return ret;
}

/* A child in a call that only an unplug can end: 0 when it ends by -ENODEV. */
static pid_t in_call(int fd, int (*call)(int fd))
{
	pid_t pid = fork_child();

	if (!pid)
		_exit(call(fd) == -ENODEV ? 0 : 1);
	return pid;
}

static int ends_at_unplug(int fd, int (*call)(int fd))
{
	pid_t pid = in_call(fd, call);
	int ret;

	sleep_ms(300);
	ret = vdev_command("now unplug");
	return ret ? ret : wait_child(pid, AT_ONCE_MS);
}

TEST_F(unplug, read_ends)
{
	EXPECT_EQ(0, ends_at_unplug(self->fd, blocked_read));
}

TEST_F(unplug, write_ends)
{
	EXPECT_EQ(0, ends_at_unplug(self->fd, blocked_write));
}

TEST_F(unplug, control_ends)
{
	ASSERT_EQ(0, vdev_command("control hang"));
	EXPECT_EQ(0, ends_at_unplug(self->fd, blocked_control));
}

TEST_F(unplug, lock_ends)
{
	ASSERT_EQ(0, lock_try(self->fd));
	EXPECT_EQ(0, ends_at_unplug(self->fd, blocked_lock));
}

TEST_F(unplug, poll_ends)
{
	EXPECT_EQ(0, ends_at_unplug(self->fd, blocked_poll));
}

TEST_F(unplug, reading_events_ends)
{
	EXPECT_EQ(0, ends_at_unplug(self->fd, blocked_events));
}

TEST_F(unplug, poll_of_a_stream_ends)
{
	struct ring ring;

	ASSERT_EQ(0, ring_open(&ring, self->fd, 4, 4096));
	ASSERT_EQ(0, ring_start(&ring, 0, 0, 0));
	EXPECT_EQ(0, ends_at_unplug(self->fd, blocked_poll));
	ring_unmap(&ring);
}

TEST_F(unplug, every_call_says_so_afterwards)
{
	struct usbsi_subscribe sub = { .mask = 2 };
	struct usbsi_info info;
	char data[16] = { 0 };

	ASSERT_EQ(0, vdev_command("now unplug"));
	ASSERT_EQ(0, node_wait(false));
	EXPECT_EQ(-ENODEV, xread(self->fd, data, sizeof(data)));
	EXPECT_EQ(-ENODEV, xwrite(self->fd, data, sizeof(data)));
	EXPECT_EQ(-ENODEV, lock_try(self->fd));
	EXPECT_EQ(-ENODEV, clear_halt(self->fd, USBSI_ENDPOINT_READ));
	EXPECT_EQ(-ENODEV, xioctl(self->fd, USBSI_IOC_RESET, NULL));
	EXPECT_EQ(-ENODEV, xioctl(self->fd, USBSI_IOC_SUBSCRIBE, &sub));
	EXPECT_EQ(-ENODEV, post_event(self->fd, "x", 1, NULL));
	EXPECT_EQ(-ENODEV, blocked_control(self->fd));
	/* Who asks what became of the device gets an answer */
	ASSERT_EQ(0, get_info(self->fd, &info));
	EXPECT_EQ(USBSI_STATE_GONE, info.state & USBSI_STATE_GONE);
	EXPECT_EQ(-ENOENT, node_open(O_RDWR));
}

/*
 * Three processes in read(), poll() and LOCK; they and the test close in the
 * order of the digits.
 */
static int close_in_order(int fd, const char *order)
{
	static int (*const calls[])(int fd) = { blocked_read, blocked_poll, blocked_lock };
	int pipes[3][2];
	pid_t pids[3];
	unsigned int i;
	char byte;
	int ret = 0;

	for (i = 0; i < 3; i++) {
		if (pipe(pipes[i]))
			return -errno;
		pids[i] = fork_child();
		if (pids[i])
			continue;
		ret = calls[i](fd);
		if (read(pipes[i][0], &byte, 1) != 1)
			ret = -EIO;
		close(fd);
		_exit(ret == -ENODEV ? 0 : 1);
	}
	sleep_ms(300);
	ret = vdev_command("now unplug");
	for (i = 0; !ret && i < 4; i++) {
		unsigned int who = order[i] - '0';

		if (who == 3) {
			close(fd);
			continue;
		}
		if (write(pipes[who][1], "x", 1) != 1)
			return -EIO;
		ret = wait_child(pids[who], AT_ONCE_MS);
	}
	for (i = 0; i < 3; i++) {
		close(pipes[i][0]);
		close(pipes[i][1]);
	}
	return ret;
}

TEST_F(unplug, closing_in_every_order)
{
	static const char * const orders[] = { "0123", "3210", "1302", "2031", "3012" };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(orders); i++) {
		/* The LOCK of the child is to wait for somebody */
		ASSERT_EQ(0, lock_try(self->fd));
		EXPECT_EQ(0, close_in_order(self->fd, orders[i]));
		ASSERT_EQ(0, vdev_start());
		self->fd = node_data();
		ASSERT_LE(0, self->fd);
	}
}

/* A child that opens and closes as fast as it can. */
static pid_t opener(void)
{
	pid_t pid = fork_child();

	if (pid)
		return pid;
	for (;;) {
		struct usbsi_info info;
		int fd = node_open(O_RDWR);

		if (fd < 0)
			continue;
		get_info(fd, &info);
		set_mode(fd, USBSI_MODE_DATA);
		close(fd);
	}
}

TEST_F(unplug, open_races_with_unplug)
{
	pid_t pids[2];
	unsigned int i;

	close(self->fd);
	for (i = 0; i < 2; i++)
		pids[i] = opener();
	for (i = 0; i < 5; i++) {
		EXPECT_EQ(0, vdev_command("now unplug"));
		sleep_ms(10 * i);
		EXPECT_EQ(0, vdev_command("plug"));
		EXPECT_EQ(0, vdev_command("wait"));
		sleep_ms(20 * i);
	}
	for (i = 0; i < 2; i++) {
		kill(pids[i], SIGKILL);
		EXPECT_EQ(128 + SIGKILL, wait_child(pids[i], AT_ONCE_MS));
	}
	ASSERT_EQ(0, vdev_start());
	self->fd = node_data();
	EXPECT_LE(0, self->fd);
}

TEST_F(unplug, the_device_comes_back)
{
	char data[512];
	int again;

	ASSERT_EQ(0, vdev_command("now unplug"));
	ASSERT_EQ(0, node_wait(false));
	ASSERT_EQ(0, vdev_command("plug"));
	ASSERT_EQ(0, vdev_command("wait"));
	ASSERT_EQ(0, node_wait(true));
	/* The old file stays with the device that went */
	EXPECT_EQ(-ENODEV, xread(self->fd, data, sizeof(data)));
	again = node_data();
	ASSERT_LE(0, again);
	ASSERT_EQ(0, vdev_command("in 100"));
	EXPECT_EQ(100, xread(again, data, sizeof(data)));
	close(again);
}

TEST_F(unplug, reset_is_told_and_survived)
{
	struct usbsi_event event = { 0 };
	char data[512];
	int events = subscribe(self->fd, 1 << USBSI_EVENT_RESET, USBSI_SUBSCRIBE_NOW, 0, 0);

	ASSERT_LE(0, events);
	ASSERT_EQ(0, lock_try(self->fd));
	ASSERT_EQ(0, xioctl(self->fd, USBSI_IOC_RESET, NULL));
	ASSERT_EQ(0, event_next(events, &event, 8000));
	EXPECT_EQ(USBSI_EVENT_RESET, event.type);
	ASSERT_EQ(0, vdev_command("reset"));
	ASSERT_EQ(0, vdev_command("in 100"));
	EXPECT_EQ(100, xread(self->fd, data, sizeof(data)));
	close(events);
}

TEST_HARNESS_MAIN

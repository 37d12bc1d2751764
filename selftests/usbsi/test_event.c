// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Events: one log, a cursor per reader, exact counts of what was lost.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>

#include "kselftest_harness.h"
#include "common.h"
#include "../../tools/vdev/pattern.h"

#define MASK(type)	(1ULL << USBSI_EVENT_##type)
#define RECORDS		USBSI_EVENT_LOG_RECORDS

FIXTURE(event) {
	int fd;
	uint64_t start;
};

FIXTURE_SETUP(event)
{
	struct usbsi_info info;

	ASSERT_EQ(0, vdev_start());
	self->fd = node_open(O_RDWR);
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, get_info(self->fd, &info));
	self->start = info.event_head;
}

FIXTURE_TEARDOWN(event)
{
	close(self->fd);
}

static int now(int fd, uint64_t mask)
{
	return subscribe(fd, mask, USBSI_SUBSCRIBE_NOW, 0, USBSI_SUBSCRIBE_NONBLOCK);
}

TEST_F(event, interrupt_packets)
{
	struct usbsi_event event;
	uint64_t before = now_ns();
	int events = now(self->fd, MASK(INTERRUPT));

	ASSERT_LE(0, events);
	EXPECT_EQ(FD_CLOEXEC, fcntl(events, F_GETFD));
	EXPECT_EQ(-EAGAIN, xread(events, &event, sizeof(event)));
	ASSERT_EQ(0, vdev_command("event 0102030405"));
	ASSERT_EQ(0, event_next(events, &event, 2000));
	EXPECT_EQ(USBSI_EVENT_INTERRUPT, event.type);
	EXPECT_EQ(5, event.len);
	EXPECT_EQ(0, memcmp(event.data, "\1\2\3\4\5\0\0", 7));
	EXPECT_EQ(0, event.lost);
	EXPECT_EQ(0, event.flags);
	EXPECT_EQ(self->start, event.seq);
	EXPECT_LT(before, event.time_ns);
	EXPECT_GT(now_ns(), event.time_ns);
	EXPECT_EQ(-EAGAIN, xread(events, &event, sizeof(event)));
	close(events);
}

TEST_F(event, reads_of_every_size)
{
	struct usbsi_event records[4];
	int events = now(self->fd, MASK(USER));
	unsigned int i;

	for (i = 0; i < 5; i++)
		ASSERT_EQ(0, post_event(self->fd, "abcde" + i, 1, NULL));
	EXPECT_EQ(-EINVAL, xread(events, records, 0));
	EXPECT_EQ(-EINVAL, xread(events, records, 63));
	EXPECT_EQ(64, xread(events, records, 64));
	EXPECT_EQ(64, xread(events, records, 127));
	EXPECT_EQ('b', records[0].data[0]);
	EXPECT_EQ(-EFAULT, xread(events, NULL, 64));
	EXPECT_EQ(192, xread(events, records, sizeof(records)));
	EXPECT_EQ('c', records[0].data[0]);
	EXPECT_EQ('e', records[2].data[0]);
	EXPECT_EQ(-EAGAIN, xread(events, records, sizeof(records)));
	close(events);
}

TEST_F(event, packets_of_every_length)
{
	struct usbsi_event event = { 0 };
	int events = now(self->fd, MASK(INTERRUPT));
	unsigned int length;

	for (length = 1; length <= 64; length += length < 30 || length >= 60 ? 1 : 3) {
		unsigned char data[64];
		size_t got = 0;

		ASSERT_EQ(0, vdev_command("reset"));
		ASSERT_EQ(0, vdev_command("events 1 0 %u", length));
		do {
			struct usbsi_event records[2];
			ssize_t size;
			unsigned int i;

			ASSERT_EQ(POLLIN, poll_events(events, POLLIN, 2000));
			size = xread(events, records, sizeof(records));
			ASSERT_LT(0, size);
			for (i = 0; i < size / sizeof(event); i++) {
				event = records[i];
				ASSERT_GE(sizeof(data), got + event.len);
				memcpy(data + got, event.data, event.len);
				got += event.len;
				if (event.flags & USBSI_EVENT_F_MORE)
					ASSERT_EQ(USBSI_EVENT_DATA_LEN, event.len);
			}
		} while (event.flags & USBSI_EVENT_F_MORE);
		ASSERT_EQ(length, got);
		if (length > 4)
			ASSERT_EQ(length - 4, vdev_pattern_check(data + 4, length - 4, 4));
	}
	close(events);
}

TEST_F(event, a_packet_comes_whole_or_not_at_all)
{
	struct usbsi_event records[2];
	int events = now(self->fd, MASK(INTERRUPT));

	ASSERT_EQ(0, vdev_command("events 1 0 40"));
	ASSERT_EQ(POLLIN, poll_events(events, POLLIN, 2000));
	EXPECT_GT(0, xread(events, records, 64));
	EXPECT_EQ(128, xread(events, records, 128));
	EXPECT_EQ(USBSI_EVENT_F_MORE, records[0].flags);
	EXPECT_EQ(USBSI_EVENT_F_CONT, records[1].flags);
	EXPECT_EQ(8, records[1].len);
	close(events);
}

TEST_F(event, where_a_subscription_begins)
{
	struct usbsi_event event;
	int oldest, from, head;
	uint64_t seq[3];
	unsigned int i;

	for (i = 0; i < 3; i++)
		ASSERT_EQ(0, post_event(self->fd, "abc" + i, 1, &seq[i]));
	EXPECT_EQ(self->start, seq[0]);
	EXPECT_EQ(self->start + 2, seq[2]);
	oldest = subscribe(self->fd, MASK(USER), USBSI_SUBSCRIBE_OLDEST, 0,
			   USBSI_SUBSCRIBE_NONBLOCK);
	from = subscribe(self->fd, MASK(USER), USBSI_SUBSCRIBE_SEQ, seq[1],
			 USBSI_SUBSCRIBE_NONBLOCK);
	head = subscribe(self->fd, MASK(USER), USBSI_SUBSCRIBE_SEQ, seq[2] + 1,
			 USBSI_SUBSCRIBE_NONBLOCK);
	ASSERT_LE(0, oldest);
	ASSERT_LE(0, from);
	ASSERT_LE(0, head);
	EXPECT_EQ(-EINVAL, subscribe(self->fd, MASK(USER), USBSI_SUBSCRIBE_SEQ, seq[2] + 2, 0));
	EXPECT_EQ(-EINVAL, subscribe(self->fd, MASK(USER), USBSI_SUBSCRIBE_SEQ, ~0ULL, 0));
	do {
		ASSERT_EQ(0, event_next(oldest, &event, 1000));
	} while (event.seq != seq[0]);
	EXPECT_EQ('a', event.data[0]);
	ASSERT_EQ(0, event_next(from, &event, 1000));
	EXPECT_EQ('b', event.data[0]);
	EXPECT_EQ(seq[1], event.seq);
	EXPECT_EQ(-EAGAIN, xread(head, &event, sizeof(event)));
	close(oldest);
	close(from);
	close(head);
}

TEST_F(event, masks)
{
	struct usbsi_event event;
	int user = now(self->fd, MASK(USER));
	int interrupt = now(self->fd, MASK(INTERRUPT));

	ASSERT_EQ(0, post_event(self->fd, "u", 1, NULL));
	ASSERT_EQ(0, vdev_command("event 77"));
	ASSERT_EQ(0, event_next(interrupt, &event, 2000));
	EXPECT_EQ(USBSI_EVENT_INTERRUPT, event.type);
	EXPECT_EQ(self->start + 1, event.seq);
	EXPECT_EQ(0, event.lost);
	ASSERT_EQ(0, event_next(user, &event, 2000));
	EXPECT_EQ(USBSI_EVENT_USER, event.type);
	EXPECT_EQ(-EAGAIN, xread(user, &event, sizeof(event)));
	EXPECT_EQ(-EAGAIN, xread(interrupt, &event, sizeof(event)));
	close(user);
	close(interrupt);
}

/* Reads all there is; counts records, and records told to be lost. */
static int drain(int events, uint64_t *delivered, uint64_t *lost, uint64_t *last)
{
	struct usbsi_event records[7];
	ssize_t size;
	unsigned int i;

	while ((size = xread(events, records, sizeof(records))) > 0) {
		for (i = 0; i < size / sizeof(records[0]); i++) {
			*lost += records[i].lost;
			*delivered += 1;
			*last = records[i].seq;
		}
	}
	return size;
}

TEST_F(event, losses_are_counted)
{
	uint64_t delivered = 0, lost = 0, last = 0, seq = 0;
	int events = now(self->fd, MASK(USER));
	unsigned int i;

	for (i = 0; i < 3 * RECORDS + 17; i++)
		ASSERT_EQ(0, post_event(self->fd, &i, sizeof(i), &seq));
	EXPECT_EQ(-EAGAIN, drain(events, &delivered, &lost, &last));
	EXPECT_EQ(RECORDS, delivered);
	EXPECT_EQ(2 * RECORDS + 17, lost);
	EXPECT_EQ(seq, last);
	close(events);
}

TEST_F(event, delivered_and_masked_and_lost_are_all)
{
	uint64_t delivered = 0, lost = 0, last = 0, seq = 0, masked = 0;
	int events = now(self->fd, MASK(USER));
	unsigned int round, i;

	/* Each USER record is one of two: the lock's events are masked */
	for (round = 0; round < 6; round++) {
		for (i = 0; i < 40 * round; i++) {
			ASSERT_EQ(0, lock_try(self->fd));
			ASSERT_EQ(0, post_event(self->fd, &i, sizeof(i), &seq));
			ASSERT_EQ(0, unlock(self->fd));
		}
		ASSERT_EQ(-EAGAIN, drain(events, &delivered, &lost, &last));
	}
	/* Of 3 records 2 were masked, and none of those counts as lost */
	masked = seq + 1 - self->start - delivered - lost;
	EXPECT_EQ(seq, last);
	EXPECT_LT(0, lost);
	EXPECT_EQ(600, delivered + lost);
	EXPECT_EQ(2 * 600 - 1, masked);
	close(events);
}

TEST_F(event, what_is_masked_is_never_lost)
{
	int events = now(self->fd, MASK(MODE));
	struct usbsi_event event;
	unsigned int i;

	for (i = 0; i < 2 * USBSI_EVENT_LOG_RECORDS; i++)
		ASSERT_EQ(0, post_event(self->fd, &i, sizeof(i), NULL));
	ASSERT_EQ(0, set_mode(self->fd, USBSI_MODE_DATA));
	ASSERT_EQ(sizeof(event), xread(events, &event, sizeof(event)));
	EXPECT_EQ(USBSI_EVENT_MODE, event.type);
	EXPECT_EQ(0, event.lost);
	close(events);
}

/* A packet of two records, overwritten so that its second is the oldest one kept */
TEST_F(event, no_subscription_begins_inside_a_packet)
{
	struct usbsi_event event[2];
	struct usbsi_info info;
	unsigned int i;
	int events;

	events = now(self->fd, MASK(INTERRUPT));
	ASSERT_EQ(0, vdev_command("events 1 0 64"));
	ASSERT_EQ(POLLIN, poll_events(events, POLLIN, 2000));
	ASSERT_EQ(sizeof(event), xread(events, event, sizeof(event)));
	ASSERT_EQ(USBSI_EVENT_F_MORE, event[0].flags & USBSI_EVENT_F_MORE);
	close(events);

	ASSERT_EQ(0, get_info(self->fd, &info));
	for (i = info.event_head; i < event[0].seq + 1 + USBSI_EVENT_LOG_RECORDS; i++)
		ASSERT_EQ(0, post_event(self->fd, &i, sizeof(i), NULL));
	ASSERT_EQ(0, get_info(self->fd, &info));
	ASSERT_EQ(event[1].seq, info.event_oldest);
	events = subscribe(self->fd, MASK(INTERRUPT) | MASK(USER), USBSI_SUBSCRIBE_OLDEST, 0,
			   USBSI_SUBSCRIBE_NONBLOCK);
	ASSERT_LE(0, events);
	ASSERT_EQ(sizeof(event[0]), xread(events, event, sizeof(event[0])));
	EXPECT_EQ(USBSI_EVENT_USER, event[0].type);
	EXPECT_EQ(1, event[0].lost);
	close(events);
}

TEST_F(event, a_flood_from_the_device)
{
	struct usbsi_event event;
	uint64_t delivered = 0, lost = 0, number = 0;
	int events = now(self->fd, MASK(INTERRUPT));
	uint32_t got;

	ASSERT_EQ(0, vdev_command("events 3000"));
	while (delivered + lost < 3000) {
		ASSERT_EQ(0, event_next(events, &event, 3000));
		delivered++;
		lost += event.lost;
		memcpy(&got, event.data, sizeof(got));
		/* The counter of the device and the log tell the same losses */
		ASSERT_EQ(number + event.lost, got);
		number = got + 1;
	}
	EXPECT_EQ(3000, delivered + lost);
	close(events);
}

TEST_F(event, every_reader_has_its_own_cursor)
{
	struct usbsi_event event;
	int first = now(self->fd, MASK(USER));
	int other = node_open(O_RDONLY);
	int second = now(other, MASK(USER));

	ASSERT_EQ(0, post_event(self->fd, "a", 1, NULL));
	ASSERT_EQ(0, event_next(first, &event, 1000));
	ASSERT_EQ(0, post_event(self->fd, "b", 1, NULL));
	ASSERT_EQ(0, event_next(second, &event, 1000));
	EXPECT_EQ('a', event.data[0]);
	ASSERT_EQ(0, event_next(first, &event, 1000));
	EXPECT_EQ('b', event.data[0]);
	ASSERT_EQ(0, event_next(second, &event, 1000));
	EXPECT_EQ('b', event.data[0]);
	close(first);
	/* A subscription outlives the file it came from */
	close(other);
	ASSERT_EQ(0, post_event(self->fd, "c", 1, NULL));
	ASSERT_EQ(0, event_next(second, &event, 1000));
	EXPECT_EQ('c', event.data[0]);
	close(second);
}

TEST_F(event, posted_and_polled_events_share_an_order)
{
	struct usbsi_post_event post = { .len = USBSI_EVENT_DATA_LEN + 1 };
	struct usbsi_event event;
	int events = now(self->fd, MASK(USER) | MASK(INTERRUPT));

	EXPECT_EQ(-EINVAL, xioctl(self->fd, USBSI_IOC_POST_EVENT, &post));
	ASSERT_EQ(0, vdev_command("event 01"));
	ASSERT_EQ(0, vdev_command("wait"));
	ASSERT_EQ(0, event_next(events, &event, 1000));
	ASSERT_EQ(0, post_event(self->fd, "", 0, NULL));
	ASSERT_EQ(0, vdev_command("event 02"));
	ASSERT_EQ(0, event_next(events, &event, 1000));
	EXPECT_EQ(USBSI_EVENT_USER, event.type);
	EXPECT_EQ(0, event.len);
	ASSERT_EQ(0, event_next(events, &event, 1000));
	EXPECT_EQ(USBSI_EVENT_INTERRUPT, event.type);
	EXPECT_EQ(2, event.data[0]);
	close(events);
}

TEST_F(event, poll_and_epoll)
{
	struct epoll_event level = { .events = EPOLLIN };
	struct epoll_event edge = { .events = EPOLLIN | EPOLLET };
	struct epoll_event got;
	struct usbsi_event event;
	int events = now(self->fd, MASK(USER));
	int level_fd = epoll_create1(0);
	int edge_fd = epoll_create1(0);

	ASSERT_EQ(0, epoll_ctl(level_fd, EPOLL_CTL_ADD, events, &level));
	ASSERT_EQ(0, epoll_ctl(edge_fd, EPOLL_CTL_ADD, events, &edge));
	EXPECT_EQ(0, poll_events(events, POLLIN, 50));
	EXPECT_EQ(0, epoll_wait(level_fd, &got, 1, 50));
	ASSERT_EQ(0, post_event(self->fd, "a", 1, NULL));
	EXPECT_EQ(POLLIN, poll_events(events, POLLIN, 1000));
	EXPECT_EQ(1, epoll_wait(level_fd, &got, 1, 1000));
	EXPECT_EQ(1, epoll_wait(level_fd, &got, 1, 1000));
	EXPECT_EQ(1, epoll_wait(edge_fd, &got, 1, 1000));
	EXPECT_EQ(0, epoll_wait(edge_fd, &got, 1, 50));
	ASSERT_EQ(0, post_event(self->fd, "b", 1, NULL));
	EXPECT_EQ(1, epoll_wait(edge_fd, &got, 1, 1000));
	ASSERT_EQ(0, event_next(events, &event, 0));
	ASSERT_EQ(0, event_next(events, &event, 0));
	EXPECT_EQ(0, epoll_wait(level_fd, &got, 1, 50));
	/* What a reader does not want does not wake it */
	ASSERT_EQ(0, lock_try(self->fd));
	EXPECT_EQ(0, poll_events(events, POLLIN, 50));
	close(events);
	close(level_fd);
	close(edge_fd);
}

TEST_F(event, modes_are_told)
{
	struct usbsi_event event;
	struct usbsi_info info;
	uint32_t mode;
	int events = now(self->fd, MASK(MODE) | MASK(USER));

	ASSERT_EQ(0, set_mode(self->fd, USBSI_MODE_DATA));
	ASSERT_EQ(0, get_info(self->fd, &info));
	EXPECT_LE(self->start, info.event_data_start);
	EXPECT_GE(info.event_head, info.event_data_start);
	ASSERT_EQ(0, event_next(events, &event, 1000));
	EXPECT_EQ(USBSI_EVENT_MODE, event.type);
	ASSERT_EQ(sizeof(mode), event.len);
	memcpy(&mode, event.data, sizeof(mode));
	EXPECT_EQ(USBSI_MODE_DATA, mode);
	ASSERT_EQ(0, post_event(self->fd, "u", 1, NULL));
	ASSERT_EQ(0, event_next(events, &event, 1000));
	EXPECT_EQ(USBSI_EVENT_F_DATA_CLIENT, event.flags & USBSI_EVENT_F_DATA_CLIENT);
	ASSERT_EQ(0, set_mode(self->fd, USBSI_MODE_STATUS));
	ASSERT_EQ(0, event_next(events, &event, 1000));
	EXPECT_EQ(USBSI_EVENT_MODE, event.type);
	memcpy(&mode, event.data, sizeof(mode));
	EXPECT_EQ(USBSI_MODE_STATUS, mode);
	ASSERT_EQ(0, post_event(self->fd, "u", 1, NULL));
	ASSERT_EQ(0, event_next(events, &event, 1000));
	EXPECT_EQ(0, event.flags & USBSI_EVENT_F_DATA_CLIENT);
	close(events);
}

TEST_F(event, the_lock_is_told)
{
	struct usbsi_event event;
	int events = now(self->fd, MASK(LOCK));

	ASSERT_EQ(0, lock_try(self->fd));
	ASSERT_EQ(0, event_next(events, &event, 1000));
	EXPECT_EQ(USBSI_EVENT_LOCK, event.type);
	EXPECT_EQ(4, event.len);
	EXPECT_EQ(1, event.data[0]);
	ASSERT_EQ(0, unlock(self->fd));
	ASSERT_EQ(0, event_next(events, &event, 1000));
	EXPECT_EQ(USBSI_EVENT_LOCK, event.type);
	EXPECT_EQ(0, event.data[0]);
	EXPECT_EQ(-EAGAIN, xread(events, &event, sizeof(event)));
	close(events);
}

TEST_F(event, a_stall_is_told)
{
	struct usbsi_event event;
	struct usbsi_info info;
	char data[512];
	int events = now(self->fd, MASK(HALT));

	ASSERT_EQ(0, get_info(self->fd, &info));
	ASSERT_EQ(0, lock_try(self->fd));
	ASSERT_EQ(0, vdev_command("stall in"));
	EXPECT_EQ(-EPIPE, xread(self->fd, data, sizeof(data)));
	ASSERT_EQ(0, event_next(events, &event, 1000));
	EXPECT_EQ(USBSI_EVENT_HALT, event.type);
	EXPECT_EQ(1, event.len);
	EXPECT_EQ(info.endpoint[USBSI_ENDPOINT_READ].address, event.data[0]);
	EXPECT_EQ(0, clear_halt(self->fd, USBSI_ENDPOINT_READ));
	close(events);
}

TEST_F(event, the_interrupt_endpoint_recovers_from_a_stall)
{
	struct usbsi_event event;
	int events = now(self->fd, MASK(INTERRUPT));

	ASSERT_EQ(0, vdev_command("event 01"));
	ASSERT_EQ(0, event_next(events, &event, 2000));
	ASSERT_EQ(0, vdev_command("stall event"));
	ASSERT_EQ(0, vdev_command("wait"));
	sleep_ms(300);
	ASSERT_EQ(0, vdev_command("event 02"));
	ASSERT_EQ(0, event_next(events, &event, 5000));
	EXPECT_EQ(2, event.data[0]);
	close(events);
}

TEST_F(event, a_blocked_reader_can_be_killed)
{
	int events = subscribe(self->fd, MASK(USER), USBSI_SUBSCRIBE_NOW, 0, 0);
	pid_t pid = fork_child();
	struct usbsi_event event;

	if (!pid)
		_exit(xread(events, &event, sizeof(event)) < 0);
	sleep_ms(250);
	kill(pid, SIGTERM);
	EXPECT_EQ(128 + SIGTERM, wait_child(pid, 1000));
	close(events);
}

TEST_F(event, the_last_one_is_gone)
{
	struct usbsi_event event;
	int events = now(self->fd, MASK(USER));

	ASSERT_EQ(0, post_event(self->fd, "a", 1, NULL));
	ASSERT_EQ(0, vdev_command("now unplug"));
	ASSERT_EQ(0, node_wait(false));
	EXPECT_EQ(POLLIN, poll_events(events, POLLIN, 1000) & POLLIN);
	ASSERT_EQ(0, event_next(events, &event, 1000));
	EXPECT_EQ('a', event.data[0]);
	ASSERT_EQ(0, event_next(events, &event, 1000));
	EXPECT_EQ(USBSI_EVENT_GONE, event.type);
	EXPECT_EQ(-ENODEV, xread(events, &event, sizeof(event)));
	EXPECT_EQ(POLLHUP, poll_events(events, POLLIN, 1000) & POLLHUP);
	EXPECT_EQ(-ENODEV, post_event(self->fd, "a", 1, NULL));
	EXPECT_EQ(-ENODEV, subscribe(self->fd, MASK(USER), USBSI_SUBSCRIBE_NOW, 0, 0));
	close(events);
}

TEST_HARNESS_MAIN

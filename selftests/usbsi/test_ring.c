// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Streams into the band ring: every byte, in order, whatever the consumer does.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "kselftest_harness.h"
#include "ring.h"
#include "../../tools/vdev/pattern.h"

#define WAIT_MS	4000

FIXTURE(ring) {
	int fd;
	struct ring ring;
	uint64_t bytes;
	uint64_t slots;
	uint64_t transfers;
};

FIXTURE_SETUP(ring)
{
	ASSERT_EQ(0, vdev_start());
	self->fd = node_data();
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(ring)
{
	close(self->fd);
	ring_unmap(&self->ring);
}

/*
 * Takes slots until the stream ends, @slots were taken, or nothing comes; looks
 * at everything that a slot says.
 * Return: 0 at the end, 1 after @slots, a negative errno for a bad slot.
 */
static int consume(struct _test_data_ring *self, uint64_t slots, unsigned int pause_ms)
{
	struct ring *ring = &self->ring;
	int ret;

	while (slots--) {
		const struct usbsi_slot *slot;

		ret = ring_wait(ring, WAIT_MS);
		if (ret <= 0)
			return ret;
		slot = ring_slot(ring);
		if (slot->seq != ring->cons || slot->len > ring->alloc.slot_size)
			return -EBADMSG;
		if (slot->stream_off != self->bytes)
			return -ESPIPE;
		if (vdev_pattern_check(ring_bytes(ring), slot->len, self->bytes) != slot->len)
			return -EILSEQ;
		self->bytes += slot->len;
		self->transfers += slot->flags & USBSI_SLOT_SHORT ? 1 : 0;
		self->slots++;
		if (pause_ms)
			sleep_ms(pause_ms);
		ring_release(ring);
	}
	return 1;
}

TEST_F(ring, what_a_new_ring_says)
{
	const struct usbsi_ring_kernel *kernel;

	ASSERT_EQ(0, ring_open(&self->ring, self->fd, 8, 16384));
	kernel = self->ring.kernel;
	EXPECT_EQ(8, self->ring.alloc.slots);
	EXPECT_EQ(16384, self->ring.alloc.slot_size);
	EXPECT_EQ(8 * 16384, self->ring.alloc.data_size);
	EXPECT_EQ(USBSI_RING_MAGIC, kernel->magic);
	EXPECT_EQ(sizeof(*kernel), kernel->header_size);
	EXPECT_LE(sizeof(*kernel), kernel->slot_offset);
	EXPECT_LE(sizeof(struct usbsi_slot), kernel->slot_stride);
	EXPECT_GE(self->ring.alloc.kernel_size,
		  kernel->slot_offset + 8 * (uint64_t)kernel->slot_stride);
	EXPECT_EQ(8, kernel->slots);
	EXPECT_EQ(16384, kernel->slot_size);
	EXPECT_EQ(0, kernel->prod);
	EXPECT_EQ(USBSI_STREAM_IDLE, kernel->state);
	EXPECT_EQ(0, kernel->error);
	EXPECT_EQ(0, self->ring.user->cons);
}

TEST_F(ring, sizes_asked_for)
{
	struct usbsi_ring_alloc alloc;

	ASSERT_EQ(0, ring_alloc(self->fd, 0, 0, &alloc));
	EXPECT_EQ(16, alloc.slots);
	EXPECT_EQ(262144, alloc.slot_size);
	EXPECT_EQ(-EBUSY, ring_alloc(self->fd, 2, 4096, &alloc));
	ASSERT_EQ(0, xioctl(self->fd, USBSI_IOC_RING_FREE, NULL));
	EXPECT_GT(0, xioctl(self->fd, USBSI_IOC_RING_FREE, NULL));
	ASSERT_EQ(0, ring_alloc(self->fd, 2, 4096, &alloc));
	EXPECT_EQ(2, alloc.slots);
	EXPECT_EQ(4096, alloc.slot_size);
	ASSERT_EQ(0, xioctl(self->fd, USBSI_IOC_RING_FREE, NULL));
	ASSERT_EQ(0, ring_alloc(self->fd, 1024, 4096, &alloc));
	EXPECT_EQ(1024, alloc.slots);
	ASSERT_EQ(0, xioctl(self->fd, USBSI_IOC_RING_FREE, NULL));
}

TEST_F(ring, sizes_that_cannot_be)
{
	static const unsigned int slots[] = { 1, 2048, 0x80000000, ~0U };
	static const unsigned int sizes[] = { 0x80000, 0x80000000, ~0U };
	struct usbsi_ring_alloc alloc;
	struct usbsi_info info;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(slots); i++)
		EXPECT_EQ(-EINVAL, ring_alloc(self->fd, slots[i], 4096, &alloc));
	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		EXPECT_EQ(-EINVAL, ring_alloc(self->fd, 4, sizes[i], &alloc));
	/* More than the device may have */
	ASSERT_EQ(0, get_info(self->fd, &info));
	ASSERT_GT(1024ULL * 0x40000, info.ring_bytes_limit);
	EXPECT_GT(0, ring_alloc(self->fd, 1024, 0x40000, &alloc));
	EXPECT_EQ(0, ring_alloc(self->fd, 4, 4096, &alloc));
}

TEST_F(ring, the_limit_counts_all_rings)
{
	struct usbsi_ring_alloc alloc;
	struct usbsi_info before, during, after;

	ASSERT_EQ(0, get_info(self->fd, &before));
	ASSERT_EQ(0, ring_alloc(self->fd, 16, 65536, &alloc));
	ASSERT_EQ(0, get_info(self->fd, &during));
	EXPECT_LE(16 * 65536, before.ring_bytes_limit - during.ring_bytes_limit);
	ASSERT_EQ(0, xioctl(self->fd, USBSI_IOC_RING_FREE, NULL));
	ASSERT_EQ(0, get_info(self->fd, &after));
	EXPECT_EQ(before.ring_bytes_limit, after.ring_bytes_limit);
}

TEST_F(ring, a_stream_of_one_transfer)
{
	ASSERT_EQ(0, ring_open(&self->ring, self->fd, 8, 16384));
	ASSERT_EQ(0, vdev_command("in 1000000"));
	ASSERT_EQ(0, ring_start(&self->ring, USBSI_STREAM_END_ON_SHORT, 0, 0));
	ASSERT_EQ(1, ring_wait(&self->ring, WAIT_MS));
	EXPECT_EQ(USBSI_SLOT_FIRST, ring_slot(&self->ring)->flags & USBSI_SLOT_FIRST);
	ASSERT_EQ(0, consume(self, ~0ULL, 0));
	EXPECT_EQ(1000000, self->bytes);
	EXPECT_EQ(1, self->transfers);
	EXPECT_EQ(USBSI_STREAM_DONE, ring_state(&self->ring));
	EXPECT_EQ(0, self->ring.kernel->error);
	EXPECT_EQ(1000000, self->ring.kernel->bytes);
	EXPECT_EQ(POLLIN, poll_events(self->fd, POLLIN, 0) & (POLLIN | POLLERR | POLLHUP));
}

TEST_F(ring, a_large_stream)
{
	ASSERT_EQ(0, ring_open(&self->ring, self->fd, 0, 0));
	ASSERT_EQ(0, vdev_command("in 8388609"));
	ASSERT_EQ(0, ring_start(&self->ring, USBSI_STREAM_END_ON_SHORT, 0, 0));
	ASSERT_EQ(0, consume(self, ~0ULL, 0));
	EXPECT_EQ(8388609, self->bytes);
}

TEST_F(ring, a_slow_consumer_makes_the_device_wait)
{
	ASSERT_EQ(0, ring_open(&self->ring, self->fd, 2, 4096));
	ASSERT_EQ(0, vdev_command("in 200001"));
	ASSERT_EQ(0, ring_start(&self->ring, USBSI_STREAM_END_ON_SHORT, 0, 0));
	ASSERT_EQ(0, consume(self, ~0ULL, 8));
	EXPECT_EQ(200001, self->bytes);
	EXPECT_EQ(49, self->slots);
	EXPECT_LT(0, self->ring.kicks);
	EXPECT_LT(0, self->ring.kernel->starved);
}

TEST_F(ring, a_consumer_that_only_polls)
{
	struct ring *ring = &self->ring;
	uint64_t bytes = 0;

	/* poll() refills as RING_KICK does */
	ASSERT_EQ(0, ring_open(ring, self->fd, 2, 4096));
	ASSERT_EQ(0, vdev_command("in 100001"));
	ASSERT_EQ(0, ring_start(ring, USBSI_STREAM_END_ON_SHORT, 0, 0));
	while (ring_wait(ring, WAIT_MS) == 1) {
		const struct usbsi_slot *slot = ring_slot(ring);

		ASSERT_EQ(slot->len, vdev_pattern_check(ring_bytes(ring), slot->len, bytes));
		bytes += slot->len;
		ring->cons++;
		__atomic_store_n(&ring->user->cons, ring->cons, __ATOMIC_RELEASE);
	}
	EXPECT_EQ(100001, bytes);
	EXPECT_EQ(USBSI_STREAM_DONE, ring_state(ring));
}

TEST_F(ring, transfers_keep_their_bounds)
{
	struct ring *ring = &self->ring;
	unsigned int i;

	ASSERT_EQ(0, ring_open(ring, self->fd, 8, 4096));
	ASSERT_EQ(0, vdev_command("in 5000 x10"));
	ASSERT_EQ(0, ring_start(ring, 0, 0, 0));
	for (i = 0; i < 20; i++) {
		const struct usbsi_slot *slot;

		ASSERT_EQ(1, ring_wait(ring, WAIT_MS));
		slot = ring_slot(ring);
		EXPECT_EQ(i % 2 ? 5000 - 4096 : 4096, slot->len);
		EXPECT_EQ(i % 2 ? USBSI_SLOT_SHORT : USBSI_SLOT_FIRST, slot->flags);
		EXPECT_EQ(0, slot->status);
		ASSERT_EQ(1, consume(self, 1, 0));
	}
	EXPECT_EQ(50000, self->bytes);
	EXPECT_EQ(USBSI_STREAM_RUNNING, ring_state(ring));
	EXPECT_EQ(0, xioctl(self->fd, USBSI_IOC_STREAM_STOP, NULL));
	EXPECT_EQ(USBSI_STREAM_STOPPED, ring_state(ring));
}

TEST_F(ring, an_empty_packet_is_an_empty_slot)
{
	struct ring *ring = &self->ring;
	unsigned int flags[3] = { 0 }, lengths[3] = { 0 };
	unsigned int i;

	ASSERT_EQ(0, ring_open(ring, self->fd, 8, 4096));
	ASSERT_EQ(0, vdev_command("in 8192 zlp"));
	ASSERT_EQ(0, ring_start(ring, USBSI_STREAM_END_ON_SHORT, 0, 0));
	for (i = 0; i < 3; i++) {
		ASSERT_EQ(1, ring_wait(ring, WAIT_MS));
		flags[i] = ring_slot(ring)->flags;
		lengths[i] = ring_slot(ring)->len;
		ASSERT_EQ(1, consume(self, 1, 0));
	}
	EXPECT_EQ(4096, lengths[0]);
	EXPECT_EQ(4096, lengths[1]);
	EXPECT_EQ(0, lengths[2]);
	EXPECT_EQ(USBSI_SLOT_FIRST, flags[0]);
	EXPECT_EQ(0, flags[1]);
	EXPECT_EQ(USBSI_SLOT_SHORT, flags[2]);
	EXPECT_EQ(0, ring_wait(ring, WAIT_MS));
	EXPECT_EQ(USBSI_STREAM_DONE, ring_state(ring));
}

TEST_F(ring, a_length_ends_the_stream)
{
	unsigned char *data = malloc(200000);

	ASSERT_EQ(0, ring_open(&self->ring, self->fd, 8, 16384));
	ASSERT_EQ(0, vdev_command("in 500000"));
	ASSERT_EQ(0, ring_start(&self->ring, 0, 0, 307200));
	ASSERT_EQ(0, consume(self, ~0ULL, 0));
	EXPECT_EQ(307200, self->bytes);
	EXPECT_EQ(USBSI_STREAM_DONE, ring_state(&self->ring));
	/* What comes behind it is still in the pipe */
	ASSERT_EQ(192800, xread(self->fd, data, 200000));
	EXPECT_EQ(192800, vdev_pattern_check(data, 192800, 307200));
	free(data);
}

TEST_F(ring, strict_mode_takes_one_transfer)
{
	unsigned char data[4096];

	ASSERT_EQ(0, ring_open(&self->ring, self->fd, 4, 16384));
	ASSERT_EQ(0, vdev_command("in 3000 x2"));
	ASSERT_EQ(0, ring_start(&self->ring, USBSI_STREAM_END_ON_SHORT, 1, 0));
	ASSERT_EQ(0, consume(self, ~0ULL, 0));
	EXPECT_EQ(3000, self->bytes);
	ASSERT_EQ(3000, xread(self->fd, data, sizeof(data)));
	EXPECT_EQ(3000, vdev_pattern_check(data, 3000, 3000));
	self->bytes = 0;
	ASSERT_EQ(0, vdev_command("wait"));
	ASSERT_EQ(0, vdev_command("reset"));
	ASSERT_EQ(0, vdev_command("in 3000"));
	ASSERT_EQ(0, ring_start(&self->ring, USBSI_STREAM_END_ON_SHORT, 1, 0));
	ASSERT_EQ(0, consume(self, ~0ULL, 0));
	EXPECT_EQ(3000, self->bytes);
	EXPECT_EQ(2, self->slots);
}

TEST_F(ring, a_stall_halts_behind_good_bytes)
{
	struct ring *ring = &self->ring;
	unsigned int revents;

	ASSERT_EQ(0, ring_open(ring, self->fd, 8, 16384));
	ASSERT_EQ(0, vdev_command("in 40960"));
	ASSERT_EQ(0, vdev_command("stall in"));
	ASSERT_EQ(0, ring_start(ring, 0, 0, 0));
	ASSERT_EQ(0, consume(self, ~0ULL, 0));
	EXPECT_EQ(40960, self->bytes);
	EXPECT_EQ(USBSI_STREAM_HALTED, ring_state(ring));
	EXPECT_EQ(-EPIPE, ring->kernel->error);
	revents = poll_events(self->fd, POLLIN, 0);
	EXPECT_EQ(POLLERR, revents & POLLERR);
	ASSERT_EQ(0, clear_halt(self->fd, USBSI_ENDPOINT_READ));
	ASSERT_EQ(0, vdev_command("reset"));
	ASSERT_EQ(0, vdev_command("in 100"));
	self->bytes = 0;
	ASSERT_EQ(0, ring_start(ring, USBSI_STREAM_END_ON_SHORT, 0, 0));
	ASSERT_EQ(1, ring_wait(ring, WAIT_MS));
	EXPECT_EQ(USBSI_SLOT_DISCONT, ring_slot(ring)->flags & USBSI_SLOT_DISCONT);
	ASSERT_EQ(0, consume(self, ~0ULL, 0));
	EXPECT_EQ(100, self->bytes);
}

TEST_F(ring, stop_keeps_what_came)
{
	struct ring *ring = &self->ring;

	ASSERT_EQ(0, ring_open(ring, self->fd, 8, 16384));
	ASSERT_EQ(0, ring_start(ring, 0, 0, 0));
	ASSERT_EQ(0, vdev_command("in 20480"));
	ASSERT_EQ(0, vdev_command("wait"));
	ASSERT_EQ(0, xioctl(self->fd, USBSI_IOC_STREAM_STOP, NULL));
	EXPECT_EQ(USBSI_STREAM_STOPPED, ring_state(ring));
	ASSERT_EQ(1, ring_wait(ring, WAIT_MS));
	EXPECT_EQ(16384, ring_slot(ring)->len);
	ASSERT_EQ(1, consume(self, 1, 0));
	ASSERT_EQ(1, ring_wait(ring, WAIT_MS));
	EXPECT_EQ(4096, ring_slot(ring)->len);
	EXPECT_EQ(USBSI_SLOT_ABORTED, ring_slot(ring)->flags & USBSI_SLOT_ABORTED);
	ASSERT_EQ(0, consume(self, ~0ULL, 0));
	EXPECT_EQ(20480, self->bytes);
	/* And again: the ring is as good as new */
	ASSERT_EQ(0, ring_start(ring, USBSI_STREAM_END_ON_SHORT, 0, 0));
	ASSERT_EQ(0, vdev_command("reset"));
	ASSERT_EQ(0, vdev_command("in 30001"));
	self->bytes = 0;
	ASSERT_EQ(0, consume(self, ~0ULL, 0));
	EXPECT_EQ(30001, self->bytes);
}

static int scribble(struct ring *ring, uint32_t cons)
{
	int ret;

	ret = ring_start(ring, 0, 0, 0);
	if (ret)
		return ret;
	ret = vdev_command("in 4096");
	ret = ret ? ret : vdev_command("wait");
	ret = ret ? ret : ring_wait(ring, WAIT_MS);
	if (ret < 1)
		return ret;
	__atomic_store_n(&ring->user->cons, cons, __ATOMIC_RELEASE);
	xioctl(ring->fd, USBSI_IOC_RING_KICK, NULL);
	return ring_wait_state(ring, USBSI_STREAM_FAILED, 1000);
}

TEST_F(ring, a_consumer_that_lies)
{
	struct ring *ring = &self->ring;

	ASSERT_EQ(0, ring_open(ring, self->fd, 4, 4096));
	ASSERT_EQ(0, scribble(ring, 2));
	EXPECT_EQ(-EBADE, ring->kernel->error);
	EXPECT_EQ(POLLERR, poll_events(self->fd, POLLIN, 0) & POLLERR);
	ASSERT_EQ(0, xioctl(self->fd, USBSI_IOC_RING_FREE, NULL));
	ring_unmap(ring);
	ASSERT_EQ(0, ring_open(ring, self->fd, 4, 4096));
	ASSERT_EQ(0, scribble(ring, ~0U));
	EXPECT_EQ(-EBADE, ring->kernel->error);
	ASSERT_EQ(0, xioctl(self->fd, USBSI_IOC_RING_FREE, NULL));
	ring_unmap(ring);
	ASSERT_EQ(0, ring_open(ring, self->fd, 4, 4096));
	ASSERT_EQ(0, scribble(ring, 0x80000000));
	EXPECT_EQ(-EBADE, ring->kernel->error);
}

TEST_F(ring, read_and_write_beside_a_stream)
{
	char data[512] = { 0 };

	ASSERT_EQ(0, ring_open(&self->ring, self->fd, 4, 4096));
	ASSERT_EQ(0, ring_start(&self->ring, 0, 0, 0));
	EXPECT_EQ(-EBUSY, xread(self->fd, data, sizeof(data)));
	EXPECT_EQ(-EBUSY, ring_start(&self->ring, 0, 0, 0));
	ASSERT_EQ(0, vdev_command("out-read"));
	EXPECT_EQ(10, xwrite(self->fd, data, 10));
	ASSERT_EQ(0, vdev_command("wait"));
	EXPECT_EQ(10, vdev_status("out"));
	ASSERT_EQ(0, xioctl(self->fd, USBSI_IOC_STREAM_STOP, NULL));
}

TEST_F(ring, who_may_start)
{
	char data[16];
	int other = node_open(O_RDWR);

	/* No ring */
	EXPECT_GT(0, ring_start(&(struct ring) { .fd = self->fd }, 0, 0, 0));
	ASSERT_EQ(0, ring_open(&self->ring, self->fd, 4, 4096));
	/* No data mode */
	ASSERT_EQ(0, set_mode(self->fd, USBSI_MODE_STATUS));
	EXPECT_EQ(-EPERM, ring_start(&self->ring, 0, 0, 0));
	ASSERT_EQ(0, set_mode(self->fd, USBSI_MODE_DATA));
	/* Bytes left over from read() */
	ASSERT_EQ(0, vdev_command("in 100"));
	ASSERT_EQ(10, xread(self->fd, data, 10));
	EXPECT_EQ(-EBUSY, ring_start(&self->ring, 0, 0, 0));
	ASSERT_EQ(0, clear_halt(self->fd, USBSI_ENDPOINT_READ));
	/* Unknown flags */
	EXPECT_EQ(-EINVAL, ring_start(&self->ring, 2, 0, 0));
	EXPECT_EQ(-EINVAL, ring_start(&self->ring, 0x80000000, 0, 0));
	/* A stream has the lock until it is over */
	ASSERT_EQ(0, ring_start(&self->ring, 0, 0, 0));
	EXPECT_EQ(-EAGAIN, lock_try(other));
	EXPECT_EQ(-EBUSY, set_mode(other, USBSI_MODE_DATA));
	ASSERT_EQ(0, xioctl(self->fd, USBSI_IOC_STREAM_STOP, NULL));
	EXPECT_EQ(0, lock_try(other));
	EXPECT_EQ(0, unlock(other));
	close(other);
}

TEST_F(ring, leaving_data_mode_stops_the_stream)
{
	int other = node_open(O_RDWR);

	ASSERT_EQ(0, ring_open(&self->ring, self->fd, 4, 4096));
	ASSERT_EQ(0, ring_start(&self->ring, 0, 0, 0));
	ASSERT_EQ(0, set_mode(self->fd, USBSI_MODE_STATUS));
	EXPECT_EQ(0, ring_wait_state(&self->ring, USBSI_STREAM_STOPPED, 1000));
	EXPECT_EQ(0, lock_try(other));
	EXPECT_EQ(0, set_mode(other, USBSI_MODE_DATA));
	close(other);
}

TEST_F(ring, closing_stops_the_stream)
{
	int other = node_open(O_RDWR);

	ASSERT_EQ(0, ring_open(&self->ring, self->fd, 4, 4096));
	ASSERT_EQ(0, ring_start(&self->ring, 0, 0, 0));
	close(self->fd);
	/* The ring stays mapped, and says so */
	EXPECT_EQ(USBSI_STREAM_STOPPED, ring_state(&self->ring));
	EXPECT_EQ(0, lock_try(other));
	EXPECT_EQ(0, set_mode(other, USBSI_MODE_DATA));
	ring_unmap(&self->ring);
	self->fd = other;
	ASSERT_EQ(0, ring_open(&self->ring, self->fd, 4, 4096));
}

/* What one stream has left waiting does not hold up the next */
TEST_F(ring, every_stream_has_a_latency_of_its_own)
{
	struct usbsi_stream_start start = {
		.watermark = 16 * 4096, .depth = 1, .latency_ms = 60000,
	};
	uint64_t begin;

	ASSERT_EQ(0, ring_open(&self->ring, self->fd, 16, 4096));
	ASSERT_EQ(0, xioctl(self->fd, USBSI_IOC_STREAM_START, &start));
	ASSERT_EQ(0, vdev_command("in 4096"));
	ASSERT_EQ(0, vdev_command("wait"));
	ASSERT_EQ(0, xioctl(self->fd, USBSI_IOC_STREAM_STOP, NULL));
	ASSERT_EQ(1, consume(self, 1, 0));

	start.latency_ms = 60001;
	EXPECT_EQ(-EINVAL, xioctl(self->fd, USBSI_IOC_STREAM_START, &start));
	start.latency_ms = 50;
	self->bytes = 0;
	ASSERT_EQ(0, xioctl(self->fd, USBSI_IOC_STREAM_START, &start));
	begin = now_ns();
	ASSERT_EQ(0, vdev_command("in 4096"));
	EXPECT_EQ(POLLIN, poll_events(self->fd, POLLIN, WAIT_MS) & POLLIN);
	EXPECT_GT(50 + LATE_MS, since_ms(begin));
}

TEST_F(ring, a_slot_does_not_wait_for_the_watermark_for_ever)
{
	struct usbsi_stream_start start = { .watermark = 16 * 16384, .latency_ms = 300 };
	uint64_t begin;
	unsigned int took;

	ASSERT_EQ(0, ring_open(&self->ring, self->fd, 16, 16384));
	ASSERT_EQ(0, xioctl(self->fd, USBSI_IOC_STREAM_START, &start));
	EXPECT_EQ(0, poll_events(self->fd, POLLIN, 50));
	begin = now_ns();
	ASSERT_EQ(0, vdev_command("in 16384"));
	EXPECT_EQ(POLLIN, poll_events(self->fd, POLLIN, WAIT_MS) & POLLIN);
	took = since_ms(begin);
	EXPECT_LE(290, took);
	EXPECT_GT(300 + LATE_MS, took);
	ASSERT_EQ(1, consume(self, 1, 0));
	/* A short packet does not wait at all */
	begin = now_ns();
	ASSERT_EQ(0, vdev_command("in 10"));
	EXPECT_EQ(POLLIN, poll_events(self->fd, POLLIN, WAIT_MS) & POLLIN);
	EXPECT_GT(280, since_ms(begin));
}

TEST_F(ring, unplug_ends_the_stream_and_keeps_the_data)
{
	struct ring *ring = &self->ring;

	ASSERT_EQ(0, ring_open(ring, self->fd, 8, 16384));
	ASSERT_EQ(0, ring_start(ring, 0, 0, 0));
	ASSERT_EQ(0, vdev_command("in 65536"));
	ASSERT_EQ(0, vdev_command("wait"));
	ASSERT_EQ(0, vdev_command("now unplug"));
	ASSERT_EQ(0, node_wait(false));
	EXPECT_EQ(POLLHUP, poll_events(self->fd, POLLIN, 1000) & POLLHUP);
	EXPECT_EQ(true, ring_terminal(ring));
	EXPECT_EQ(-ENODEV, ring->kernel->error);
	ASSERT_EQ(0, consume(self, ~0ULL, 0));
	EXPECT_EQ(65536, self->bytes);
	EXPECT_EQ(-ENODEV, ring_start(ring, 0, 0, 0));
	EXPECT_EQ(0, xioctl(self->fd, USBSI_IOC_RING_KICK, NULL));
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * read() and write(): byte-exact, timed, interruptible.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "kselftest_harness.h"
#include "common.h"
#include "../../tools/vdev/pattern.h"

#define MEGA		(1024 * 1024)
#define BUFFER		(2 * MEGA)

static const unsigned int sizes[] = {
	1, 2, 511, 512, 513, 1023, 1024, 1025, 4095, 4096, 4097, 65535, 65536, 65537,
	262144, MEGA + 3,
};

FIXTURE(pipe) {
	int fd;
	unsigned char *data;
};

FIXTURE_SETUP(pipe)
{
	ASSERT_EQ(0, vdev_start());
	self->fd = node_data();
	ASSERT_LE(0, self->fd);
	self->data = malloc(BUFFER);
	ASSERT_NE(NULL, self->data);
	memset(self->data, 0xee, BUFFER);
}

FIXTURE_TEARDOWN(pipe)
{
	close(self->fd);
	free(self->data);
}

/* Reads until @length bytes are there or a read gives less than it was to. */
static ssize_t read_all(int fd, unsigned char *data, size_t length)
{
	size_t done = 0;

	while (done < length) {
		ssize_t got = xread(fd, data + done, length - done);

		if (got < 0)
			return got;
		done += got;
		if (!got)
			break;
	}
	return done;
}

TEST_F(pipe, reads_of_every_size)
{
	uint64_t offset = 0;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		TH_LOG("%u bytes", sizes[i]);
		ASSERT_EQ(0, vdev_command("in %u", sizes[i]));
		ASSERT_EQ(sizes[i], read_all(self->fd, self->data, sizes[i]));
		ASSERT_EQ(sizes[i], vdev_pattern_check(self->data, sizes[i], offset));
		EXPECT_EQ(0xee, self->data[sizes[i]]);
		memset(self->data, 0xee, BUFFER);
		offset += sizes[i];
	}
}

TEST_F(pipe, writes_of_every_size)
{
	uint64_t offset = 0;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		TH_LOG("%u bytes", sizes[i]);
		vdev_pattern_fill(self->data, sizes[i], offset);
		ASSERT_EQ(0, vdev_command("out %u", sizes[i]));
		ASSERT_EQ(sizes[i], xwrite(self->fd, self->data, sizes[i]));
		ASSERT_EQ(0, vdev_command("wait"));
		offset += sizes[i];
		EXPECT_EQ(offset, vdev_status("out"));
		EXPECT_EQ(0, vdev_status("out-errors"));
	}
	EXPECT_EQ(0, vdev_status("failed"));
}

TEST_F(pipe, a_write_of_nothing_is_an_empty_packet)
{
	char lengths[64];

	ASSERT_EQ(0, vdev_command("out-read 2"));
	ASSERT_EQ(0, xwrite(self->fd, self->data, 0));
	ASSERT_EQ(5, xwrite(self->fd, self->data, 5));
	ASSERT_EQ(0, vdev_command("wait"));
	ASSERT_EQ(0, vdev_status_text("lengths", lengths, sizeof(lengths)));
	EXPECT_STREQ("0,5", lengths);
}

TEST_F(pipe, a_write_sends_no_empty_packet_unasked)
{
	char lengths[64];

	ASSERT_EQ(0, vdev_command("out 4096"));
	ASSERT_EQ(0, vdev_command("out-read"));
	ASSERT_EQ(4096, xwrite(self->fd, self->data, 4096));
	ASSERT_EQ(5, xwrite(self->fd, self->data, 5));
	ASSERT_EQ(0, vdev_command("wait"));
	ASSERT_EQ(0, vdev_status_text("lengths", lengths, sizeof(lengths)));
	EXPECT_STREQ("4096,5", lengths);
}

TEST_F(pipe, a_read_of_nothing_takes_nothing)
{
	ASSERT_EQ(0, vdev_command("in 100"));
	EXPECT_EQ(0, xread(self->fd, self->data, 0));
	EXPECT_EQ(100, xread(self->fd, self->data, BUFFER));
}

TEST_F(pipe, a_short_packet_ends_a_read)
{
	ASSERT_EQ(0, vdev_command("in 700"));
	ASSERT_EQ(0, vdev_command("in 300"));
	ASSERT_EQ(0, vdev_command("in 3000"));
	EXPECT_EQ(700, xread(self->fd, self->data, BUFFER));
	EXPECT_EQ(300, xread(self->fd, self->data, BUFFER));
	EXPECT_EQ(300, vdev_pattern_check(self->data, 300, 700));
	EXPECT_EQ(3000, xread(self->fd, self->data, BUFFER));
	EXPECT_EQ(3000, vdev_pattern_check(self->data, 3000, 1000));
}

TEST_F(pipe, an_empty_packet_reads_as_nothing)
{
	ASSERT_EQ(0, vdev_command("in 0"));
	ASSERT_EQ(0, vdev_command("in 20"));
	EXPECT_EQ(0, xread(self->fd, self->data, BUFFER));
	EXPECT_EQ(20, xread(self->fd, self->data, BUFFER));
	/* It ends a transfer that fills its last packet */
	ASSERT_EQ(0, vdev_command("in 4096 zlp"));
	EXPECT_EQ(4096, xread(self->fd, self->data, BUFFER));
	ASSERT_EQ(0, vdev_command("in 4096 zlp"));
	EXPECT_EQ(4096, xread(self->fd, self->data, 4096));
	EXPECT_EQ(0, xread(self->fd, self->data, BUFFER));
}

TEST_F(pipe, what_a_short_read_leaves_comes_next)
{
	size_t done = 10;

	ASSERT_EQ(0, vdev_command("in 2000"));
	ASSERT_EQ(10, xread(self->fd, self->data, 10));
	while (done < 2000) {
		ssize_t got = xread(self->fd, self->data + done, 333);

		ASSERT_LT(0, got);
		ASSERT_GE(333, got);
		done += got;
	}
	EXPECT_EQ(2000, done);
	EXPECT_EQ(2000, vdev_pattern_check(self->data, 2000, 0));
	EXPECT_EQ(0xee, self->data[2000]);
}

TEST_F(pipe, single_bytes)
{
	unsigned int i;

	ASSERT_EQ(0, vdev_command("in 1500"));
	for (i = 0; i < 1500; i++)
		ASSERT_EQ(1, xread(self->fd, self->data + i, 1));
	EXPECT_EQ(1500, vdev_pattern_check(self->data, 1500, 0));
}

/* Bytes of a transfer that is one short packet. */
static unsigned int short_packet(int fd)
{
	struct usbsi_info info = { 0 };

	get_info(fd, &info);
	return info.endpoint[USBSI_ENDPOINT_READ].max_packet - 24;
}

TEST_F(pipe, what_is_left_goes_with_data_mode)
{
	unsigned int size = short_packet(self->fd);
	struct usbsi_info before, after;

	ASSERT_EQ(0, get_info(self->fd, &before));
	ASSERT_EQ(0, vdev_command("in %u", size));
	ASSERT_EQ(10, xread(self->fd, self->data, 10));
	ASSERT_EQ(0, set_mode(self->fd, USBSI_MODE_STATUS));
	ASSERT_EQ(0, set_mode(self->fd, USBSI_MODE_DATA));
	ASSERT_EQ(0, get_info(self->fd, &after));
	EXPECT_EQ(size - 10, after.dropped_bytes - before.dropped_bytes);
	ASSERT_EQ(0, vdev_command("in 20"));
	EXPECT_EQ(20, xread(self->fd, self->data, BUFFER));
	EXPECT_EQ(20, vdev_pattern_check(self->data, 20, size));
}

TEST_F(pipe, what_is_left_goes_with_clear_halt_and_close)
{
	unsigned int size = short_packet(self->fd);
	struct usbsi_info before, after;

	ASSERT_EQ(0, get_info(self->fd, &before));
	ASSERT_EQ(0, vdev_command("in %u x2", size));
	ASSERT_EQ(10, xread(self->fd, self->data, 10));
	ASSERT_EQ(0, clear_halt(self->fd, USBSI_ENDPOINT_READ));
	ASSERT_EQ(10, xread(self->fd, self->data, 10));
	EXPECT_EQ(10, vdev_pattern_check(self->data, 10, size));
	close(self->fd);
	self->fd = node_data();
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, get_info(self->fd, &after));
	EXPECT_EQ(2 * (size - 10), after.dropped_bytes - before.dropped_bytes);
}

TEST_F(pipe, a_read_times_out)
{
	uint64_t start;

	ASSERT_EQ(0, set_timeouts(self->fd, 300, 5000));
	start = now_ns();
	EXPECT_EQ(-ETIMEDOUT, xread(self->fd, self->data, BUFFER));
	EXPECT_LE(300, since_ms(start));
	EXPECT_GT(300 + LATE_MS, since_ms(start));
	/* Nothing is lost by it */
	ASSERT_EQ(0, vdev_command("in 100"));
	EXPECT_EQ(100, xread(self->fd, self->data, BUFFER));
	EXPECT_EQ(100, vdev_pattern_check(self->data, 100, 0));
}

TEST_F(pipe, a_read_times_out_with_what_it_has)
{
	ASSERT_EQ(0, set_timeouts(self->fd, 400, 5000));
	ASSERT_EQ(0, vdev_command("in 2048"));
	EXPECT_EQ(2048, xread(self->fd, self->data, BUFFER));
	EXPECT_EQ(2048, vdev_pattern_check(self->data, 2048, 0));
	EXPECT_EQ(-ETIMEDOUT, xread(self->fd, self->data, BUFFER));
}

TEST_F(pipe, a_write_times_out)
{
	uint64_t start;
	ssize_t ret;

	ASSERT_EQ(0, set_timeouts(self->fd, 5000, 300));
	start = now_ns();
	ret = xwrite(self->fd, self->data, 100);
	EXPECT_EQ(-ETIMEDOUT, ret);
	EXPECT_LE(300, since_ms(start));
	EXPECT_GT(300 + LATE_MS, since_ms(start));
	vdev_pattern_fill(self->data, 1000, 0);
	ASSERT_EQ(0, vdev_command("out 1000"));
	EXPECT_EQ(1000, xwrite(self->fd, self->data, 1000));
	EXPECT_EQ(0, vdev_command("wait"));
	EXPECT_EQ(0, vdev_status("out-errors"));
}

TEST_F(pipe, a_write_times_out_with_what_was_taken)
{
	ASSERT_EQ(0, set_timeouts(self->fd, 5000, 500));
	ASSERT_EQ(0, vdev_command("out 4096"));
	vdev_pattern_fill(self->data, 8192, 0);
	EXPECT_EQ(4096, xwrite(self->fd, self->data, 8192));
	EXPECT_EQ(0, vdev_command("wait"));
	EXPECT_EQ(4096, vdev_status("out"));
	EXPECT_EQ(0, vdev_status("out-errors"));
}

TEST_F(pipe, bulk_in_stalls)
{
	ASSERT_EQ(0, vdev_command("stall in"));
	ASSERT_EQ(0, vdev_command("wait"));
	EXPECT_EQ(-EPIPE, xread(self->fd, self->data, BUFFER));
	EXPECT_EQ(-EPIPE, xread(self->fd, self->data, BUFFER));
	ASSERT_EQ(0, clear_halt(self->fd, USBSI_ENDPOINT_READ));
	ASSERT_EQ(0, vdev_command("in 100"));
	EXPECT_EQ(100, xread(self->fd, self->data, BUFFER));
}

TEST_F(pipe, bulk_in_stalls_behind_good_bytes)
{
	ASSERT_EQ(0, vdev_command("in 4096"));
	ASSERT_EQ(0, vdev_command("stall in"));
	EXPECT_EQ(4096, xread(self->fd, self->data, BUFFER));
	EXPECT_EQ(4096, vdev_pattern_check(self->data, 4096, 0));
	EXPECT_EQ(-EPIPE, xread(self->fd, self->data, BUFFER));
	ASSERT_EQ(0, clear_halt(self->fd, USBSI_ENDPOINT_READ));
	ASSERT_EQ(0, vdev_command("in 100"));
	EXPECT_EQ(100, xread(self->fd, self->data, BUFFER));
}

TEST_F(pipe, bulk_out_stalls)
{
	ASSERT_EQ(0, vdev_command("stall out"));
	ASSERT_EQ(0, vdev_command("wait"));
	EXPECT_EQ(-EPIPE, xwrite(self->fd, self->data, 100));
	EXPECT_EQ(-EPIPE, xwrite(self->fd, self->data, 100));
	ASSERT_EQ(0, clear_halt(self->fd, USBSI_ENDPOINT_WRITE));
	vdev_pattern_fill(self->data, 100, 0);
	ASSERT_EQ(0, vdev_command("out 100"));
	EXPECT_EQ(100, xwrite(self->fd, self->data, 100));
	EXPECT_EQ(0, vdev_command("wait"));
	EXPECT_EQ(0, vdev_status("out-errors"));
}

struct call {
	int fd;
	int (*function)(int fd);
	int result;
	uint64_t end;
};

static int call_read(int fd)
{
	unsigned char data[512];

	return xread(fd, data, sizeof(data));
}

static int call_write(int fd)
{
	unsigned char data[512] = { 0 };

	return xwrite(fd, data, sizeof(data));
}

static int call_lock(int fd)
{
	return lock_until(fd, USBSI_DEADLINE_NEVER);
}

static void *call_thread(void *arg)
{
	struct call *call = arg;

	call->result = call->function(call->fd);
	call->end = now_ns();
	return NULL;
}

/* What a blocked call gives when another thread aborts it after 250 ms. */
static int aborted(int fd, int (*function)(int fd))
{
	struct call call = { .fd = fd, .function = function };
	pthread_t thread;
	uint64_t start;
	int ret;

	if (pthread_create(&thread, NULL, call_thread, &call))
		return -EIO;
	sleep_ms(250);
	start = now_ns();
	ret = abort_calls(fd, 0);
	pthread_join(thread, NULL);
	if (ret)
		return ret;
	return call.end > start + 1000 * MS ? -ETIME : call.result;
}

TEST_F(pipe, abort_ends_calls)
{
	int other = node_open(O_RDWR);

	ASSERT_EQ(0, set_timeouts(self->fd, 0, 0));
	EXPECT_EQ(-ECANCELED, aborted(self->fd, call_read));
	EXPECT_EQ(-ECANCELED, aborted(self->fd, call_write));
	ASSERT_EQ(0, lock_try(other));
	EXPECT_EQ(-ECANCELED, aborted(self->fd, call_lock));
	EXPECT_EQ(-ECANCELED, aborted(self->fd, call_read));
	ASSERT_EQ(0, unlock(other));
	/* It is of no effect on what comes later */
	ASSERT_EQ(0, abort_calls(self->fd, 0));
	ASSERT_EQ(0, vdev_command("in 100"));
	EXPECT_EQ(100, xread(self->fd, self->data, BUFFER));
	close(other);
}

TEST_F(pipe, abort_leaves_other_files_alone)
{
	int other = node_open(O_RDWR);
	struct call call = { .fd = self->fd, .function = call_read };
	pthread_t thread;

	ASSERT_LE(0, other);
	ASSERT_EQ(0, pthread_create(&thread, NULL, call_thread, &call));
	sleep_ms(250);
	EXPECT_EQ(0, abort_calls(other, 0));
	sleep_ms(250);
	ASSERT_EQ(0, vdev_command("in 100"));
	pthread_join(thread, NULL);
	EXPECT_EQ(100, call.result);
	close(other);
}

TEST_F(pipe, held_abort)
{
	ASSERT_EQ(0, vdev_command("in 100"));
	ASSERT_EQ(0, abort_calls(self->fd, USBSI_ABORT_HOLD));
	EXPECT_EQ(-ECANCELED, xread(self->fd, self->data, BUFFER));
	EXPECT_EQ(-ECANCELED, xwrite(self->fd, self->data, 10));
	EXPECT_EQ(-ECANCELED, xread(self->fd, self->data, BUFFER));
	ASSERT_EQ(0, abort_calls(self->fd, USBSI_ABORT_RELEASE));
	EXPECT_EQ(100, xread(self->fd, self->data, BUFFER));
	EXPECT_EQ(100, vdev_pattern_check(self->data, 100, 0));
}

static pid_t blocked(int fd, int (*function)(int fd))
{
	pid_t pid = fork_child();

	if (!pid) {
		set_timeouts(fd, 0, 0);
		_exit(function(fd) < 0 ? 1 : 0);
	}
	sleep_ms(250);
	return pid;
}

TEST_F(pipe, a_signal_that_kills_ends_calls)
{
	static int (*const functions[])(int fd) = { call_read, call_write };
	static const int signals[] = { SIGKILL, SIGTERM };
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(functions); i++) {
		for (j = 0; j < ARRAY_SIZE(signals); j++) {
			pid_t pid = blocked(self->fd, functions[i]);

			ASSERT_LT(0, pid);
			kill(pid, signals[j]);
			EXPECT_EQ(128 + signals[j], wait_child(pid, 1000));
		}
	}
}

TEST_HARNESS_MAIN

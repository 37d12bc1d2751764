// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Everything at once: calls from many threads and processes, arguments at their
 * limits, and a device that comes and goes.  What counts is that nothing hangs,
 * the kernel has nothing to say, and the device works afterwards.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "ring.h"
#include "../../tools/vdev/pattern.h"

#define STORM_MS	2500
#define THREADS		4

FIXTURE(stress) {
	int fd;
};

FIXTURE_SETUP(stress)
{
	ASSERT_EQ(0, vdev_start());
	self->fd = node_data();
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(stress)
{
	close(self->fd);
}

static unsigned int next_random(unsigned int *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 8;
}

/* The device, after all that, on a file of its own: 0 when it works. */
static int works_afterwards(void)
{
	unsigned char data[4096];
	struct ring ring;
	ssize_t got;
	int fd, ret;

	ret = vdev_start();
	if (ret)
		return ret;
	fd = node_data();
	if (fd < 0)
		return fd;
	clear_halt(fd, USBSI_ENDPOINT_READ);
	ret = vdev_command("in 3000");
	got = xread(fd, data, sizeof(data));
	if (!ret && (got != 3000 || vdev_pattern_check(data, 3000, 0) != 3000))
		ret = got < 0 ? got : -EILSEQ;
	ret = ret ? ret : ring_open(&ring, fd, 4, 4096);
	ret = ret ? ret : ring_start(&ring, USBSI_STREAM_END_ON_SHORT, 0, 0);
	ret = ret ? ret : vdev_command("in 3000");
	if (!ret && ring_wait(&ring, 4000) != 1)
		ret = -ETIMEDOUT;
	if (!ret && vdev_pattern_check(ring_bytes(&ring), 3000, 3000) != 3000)
		ret = -EILSEQ;
	close(fd);
	return ret;
}

struct storm {
	int fd;
	unsigned int seed;
	uint64_t end;
};

static void map_something(int fd, unsigned int random)
{
	static const unsigned long offsets[] = {
		USBSI_MMAP_DATA, USBSI_MMAP_KERNEL, USBSI_MMAP_USER,
	};
	unsigned long offset = offsets[random % 3];
	int prot = offset == USBSI_MMAP_USER ? PROT_READ | PROT_WRITE : PROT_READ;
	volatile unsigned int *at = mmap(NULL, 4096, prot, MAP_SHARED, fd, offset);

	if (at == MAP_FAILED)
		return;
	if (offset == USBSI_MMAP_USER)
		at[0] = random % 4 ? at[0] + random % 3 : random;
	else
		(void)at[random % 1024];
	munmap((void *)at, 4096);
}

static void ring_call(int fd, unsigned int random)
{
	struct usbsi_stream_start start = { .depth = random % 5 };
	struct usbsi_ring_alloc alloc = { .slots = 2 << random % 4, .slot_size = 4096 };

	switch (random / 64 % 8) {
	case 0:
		xioctl(fd, USBSI_IOC_RING_ALLOC, &alloc);
		break;
	case 1:
		xioctl(fd, USBSI_IOC_RING_FREE, NULL);
		break;
	case 2:
		xioctl(fd, USBSI_IOC_STREAM_START, &start);
		break;
	case 3:
		xioctl(fd, USBSI_IOC_STREAM_STOP, NULL);
		break;
	case 4:
		xioctl(fd, USBSI_IOC_RING_KICK, NULL);
		break;
	case 5:
		poll_events(fd, POLLIN, 0);
		break;
	default:
		map_something(fd, random);
	}
}

static void *ring_storm(void *arg)
{
	struct storm *storm = arg;

	while (now_ns() < storm->end)
		ring_call(storm->fd, next_random(&storm->seed));
	return NULL;
}

TEST_F(stress, rings_from_many_threads)
{
	struct storm storms[THREADS];
	pthread_t threads[THREADS];
	unsigned int i;

	ASSERT_EQ(0, vdev_command("in 4096 x1000000"));
	for (i = 0; i < THREADS; i++) {
		storms[i] = (struct storm) { self->fd, 77 * i + 1, now_ns() + STORM_MS * MS };
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, ring_storm, &storms[i]));
	}
	for (i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	close(self->fd);
	self->fd = -1;
	EXPECT_EQ(0, works_afterwards());
}

/* Any call of any file, none of which waits for long. */
static void any_call(int fd, int other, unsigned int random)
{
	struct usbsi_control control = { .request_type = 0xc0, .value = 8, .timeout_ms = 50 };
	unsigned char data[2048] = { 0 };
	struct usbsi_event event;
	int events;

	switch (random / 128 % 12) {
	case 0:
		xread(fd, data, 1 + random % sizeof(data));
		break;
	case 1:
		xwrite(fd, data, random % sizeof(data));
		break;
	case 2:
		set_mode(fd, 1 + random % 3);
		break;
	case 3:
		lock_until(random % 2 ? fd : other, now_ns() + 20 * MS);
		break;
	case 4:
		unlock(random % 2 ? fd : other);
		break;
	case 5:
		abort_calls(fd, random % 3);
		break;
	case 6:
		xioctl(fd, USBSI_IOC_CONTROL, &control);
		break;
	case 7:
		clear_halt(fd, random % 3);
		break;
	case 8:
		events = subscribe(fd, 0x7fe, random % 2, 0, USBSI_SUBSCRIBE_NONBLOCK);
		while (events >= 0 && xread(events, &event, sizeof(event)) > 0)
			;
		close(events);
		break;
	case 9:
		post_event(fd, data, random % 40, NULL);
		break;
	default:
		ring_call(fd, random);
	}
}

static pid_t storm_child(unsigned int seed)
{
	uint64_t end = now_ns() + 2 * STORM_MS * MS;
	pid_t pid = fork_child();

	if (pid)
		return pid;
	while (now_ns() < end) {
		int fd = node_open(O_RDWR);
		int other = node_open(O_RDWR);
		unsigned int i;

		set_timeouts(fd, 30, 30);
		set_mode(fd, USBSI_MODE_DATA);
		for (i = 0; i < 200 && now_ns() < end; i++)
			any_call(fd, other, next_random(&seed));
		close(fd);
		close(other);
	}
	_exit(0);
}

TEST_F(stress, everything_while_the_device_comes_and_goes)
{
	pid_t pids[THREADS];
	unsigned int i;

	close(self->fd);
	self->fd = -1;
	for (i = 0; i < THREADS; i++)
		pids[i] = storm_child(1000 + i);
	for (i = 0; i < 6; i++) {
		sleep_ms(150 + 70 * i);
		EXPECT_EQ(0, vdev_command("reset"));
		EXPECT_EQ(0, vdev_command(i % 2 ? "in 700 x1000000" : "events 100000"));
		sleep_ms(150);
		EXPECT_EQ(0, vdev_command("now unplug"));
		EXPECT_EQ(0, vdev_command("reset"));
		EXPECT_EQ(0, vdev_command("plug"));
	}
	for (i = 0; i < THREADS; i++)
		EXPECT_EQ(0, wait_child(pids[i], 20000));
	EXPECT_EQ(0, works_afterwards());
}

TEST_F(stress, arguments_at_their_limits)
{
	static const uint32_t limits[] = { 0, 1, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff };
	static const unsigned long requests[] = {
		USBSI_IOC_INFO, USBSI_IOC_SET_MODE, USBSI_IOC_CONTROL, USBSI_IOC_SET_TIMEOUTS,
		USBSI_IOC_ABORT, USBSI_IOC_CLEAR_HALT, USBSI_IOC_SUBSCRIBE,
		USBSI_IOC_POST_EVENT, USBSI_IOC_RING_ALLOC, USBSI_IOC_STREAM_START,
	};
	unsigned int i, word, a, b;

	for (i = 0; i < ARRAY_SIZE(requests); i++) {
		unsigned int words = _IOC_SIZE(requests[i]) / 4;

		for (word = 0; word < words && word < 8; word++) {
			for (a = 0; a < ARRAY_SIZE(limits); a++) {
				for (b = 0; b < ARRAY_SIZE(limits); b++) {
					uint32_t arg[64];
					int ret;

					memset(arg, 0, sizeof(arg));
					arg[word] = limits[a];
					arg[word + 1] = limits[b];
					ret = xioctl(self->fd, requests[i], arg);
					if (requests[i] == USBSI_IOC_SUBSCRIBE && ret >= 0)
						close(ret);
				}
			}
			xioctl(self->fd, USBSI_IOC_STREAM_STOP, NULL);
			xioctl(self->fd, USBSI_IOC_RING_FREE, NULL);
			abort_calls(self->fd, USBSI_ABORT_RELEASE);
		}
	}
	close(self->fd);
	self->fd = -1;
	EXPECT_EQ(0, works_afterwards());
}

static void *read_thread(void *arg)
{
	unsigned char data[512];

	return (void *)xread(*(int *)arg, data, sizeof(data));
}

TEST_F(stress, closing_a_copy_during_a_call)
{
	int copy = dup(self->fd);
	pthread_t thread;
	void *result;

	ASSERT_EQ(0, pthread_create(&thread, NULL, read_thread, &copy));
	sleep_ms(200);
	/* The call keeps the open file: it is neither ended nor cut off from it */
	close(self->fd);
	close(copy);
	sleep_ms(100);
	ASSERT_EQ(0, vdev_command("in 100"));
	ASSERT_EQ(0, pthread_join(thread, &result));
	EXPECT_EQ(100, (long)result);
	self->fd = -1;
	EXPECT_EQ(0, works_afterwards());
}

TEST_F(stress, epoll_across_streams)
{
	struct epoll_event want = { .events = EPOLLIN | EPOLLET };
	struct epoll_event got;
	int epoll = epoll_create1(0);
	unsigned int i;
	struct ring ring;

	ASSERT_EQ(0, epoll_ctl(epoll, EPOLL_CTL_ADD, self->fd, &want));
	for (i = 0; i < 5; i++) {
		ASSERT_EQ(0, ring_open(&ring, self->fd, 4, 4096));
		ASSERT_EQ(0, ring_start(&ring, USBSI_STREAM_END_ON_SHORT, 0, 0));
		ASSERT_EQ(0, vdev_command("in 100"));
		ASSERT_EQ(1, epoll_wait(epoll, &got, 1, 3000));
		EXPECT_EQ(EPOLLIN, got.events & EPOLLIN);
		ASSERT_EQ(1, ring_wait(&ring, 1000));
		ring_release(&ring);
		ASSERT_EQ(0, xioctl(self->fd, USBSI_IOC_RING_FREE, NULL));
		ring_unmap(&ring);
	}
	ASSERT_EQ(0, vdev_command("now unplug"));
	ASSERT_EQ(1, epoll_wait(epoll, &got, 1, 3000));
	EXPECT_EQ(EPOLLHUP, got.events & EPOLLHUP);
	close(epoll);
}

TEST_HARNESS_MAIN

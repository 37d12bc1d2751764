// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The mappings of the band ring: what may be mapped, and how long it lives.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "ring.h"
#include "../../tools/vdev/pattern.h"

#define WAIT_MS	4000
#define PAGE	4096UL

FIXTURE(map) {
	int fd;
	struct ring ring;
};

FIXTURE_SETUP(map)
{
	ASSERT_EQ(0, vdev_start());
	self->fd = node_data();
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, ring_open(&self->ring, self->fd, 8, 16384));
}

FIXTURE_TEARDOWN(map)
{
	close(self->fd);
}

/* 0 when the mapping is refused, with the errno; 1 when it is there. */
static int try_map(int fd, size_t length, int prot, int flags, off_t offset)
{
	void *at = mmap(NULL, length, prot, flags, fd, offset);

	if (at == MAP_FAILED)
		return -errno;
	munmap(at, length);
	return 1;
}

TEST_F(map, what_the_kernel_writes_is_read_only)
{
	size_t data = self->ring.alloc.data_size;
	size_t kernel = self->ring.alloc.kernel_size;

	EXPECT_EQ(-EACCES, try_map(self->fd, data, PROT_READ | PROT_WRITE, MAP_SHARED,
				   USBSI_MMAP_DATA));
	EXPECT_EQ(-EACCES, try_map(self->fd, data, PROT_WRITE, MAP_SHARED, USBSI_MMAP_DATA));
	EXPECT_EQ(-EACCES, try_map(self->fd, kernel, PROT_READ | PROT_WRITE, MAP_SHARED,
				   USBSI_MMAP_KERNEL));
	EXPECT_EQ(-1, mprotect((void *)self->ring.data, data, PROT_READ | PROT_WRITE));
	EXPECT_EQ(EACCES, errno);
	EXPECT_EQ(-1, mprotect((void *)self->ring.kernel, kernel, PROT_READ | PROT_WRITE));
	EXPECT_EQ(EACCES, errno);
	EXPECT_EQ(-1, mprotect((void *)self->ring.data, data, PROT_READ | PROT_EXEC));
	EXPECT_EQ(EACCES, errno);
	EXPECT_EQ(1, try_map(self->fd, data, PROT_READ, MAP_SHARED, USBSI_MMAP_DATA));
}

TEST_F(map, private_mappings_are_refused)
{
	EXPECT_EQ(-EINVAL, try_map(self->fd, self->ring.alloc.data_size, PROT_READ, MAP_PRIVATE,
				   USBSI_MMAP_DATA));
	EXPECT_EQ(-EINVAL, try_map(self->fd, self->ring.alloc.kernel_size, PROT_READ, MAP_PRIVATE,
				   USBSI_MMAP_KERNEL));
	EXPECT_EQ(-EINVAL, try_map(self->fd, self->ring.alloc.user_size, PROT_READ | PROT_WRITE,
				   MAP_PRIVATE, USBSI_MMAP_USER));
}

TEST_F(map, offsets_and_lengths_out_of_bounds)
{
	static const uint64_t offsets[] = {
		0x20000000, 0x3ffff000, 0x50000000, 0x61000000, 0x7ffff000, 0x80000000,
		0xfffff000, 0x100000000, 0x100000000 + USBSI_MMAP_KERNEL,
		0x7ffffffffffff000 - (1ULL << 40),
	};
	const struct usbsi_ring_alloc *alloc = &self->ring.alloc;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(offsets); i++) {
		TH_LOG("%llx", (unsigned long long)offsets[i]);
		EXPECT_GT(0, try_map(self->fd, PAGE, PROT_READ, MAP_SHARED, offsets[i]));
	}
	EXPECT_GT(0, try_map(self->fd, alloc->data_size + PAGE, PROT_READ, MAP_SHARED,
			     USBSI_MMAP_DATA));
	EXPECT_GT(0, try_map(self->fd, alloc->data_size, PROT_READ, MAP_SHARED,
			     USBSI_MMAP_DATA + PAGE));
	EXPECT_GT(0, try_map(self->fd, PAGE, PROT_READ, MAP_SHARED,
			     USBSI_MMAP_DATA + alloc->data_size));
	EXPECT_GT(0, try_map(self->fd, alloc->kernel_size + PAGE, PROT_READ, MAP_SHARED,
			     USBSI_MMAP_KERNEL));
	EXPECT_GT(0, try_map(self->fd, alloc->user_size + PAGE, PROT_READ, MAP_SHARED,
			     USBSI_MMAP_USER));
	EXPECT_GT(0, try_map(self->fd, 1UL << 40, PROT_READ, MAP_SHARED, USBSI_MMAP_DATA));
}

TEST_F(map, nothing_to_map_without_a_ring)
{
	int other = node_open(O_RDWR);

	ASSERT_LE(0, other);
	EXPECT_GT(0, try_map(other, PAGE, PROT_READ, MAP_SHARED, USBSI_MMAP_DATA));
	EXPECT_GT(0, try_map(other, PAGE, PROT_READ, MAP_SHARED, USBSI_MMAP_KERNEL));
	EXPECT_GT(0, try_map(other, PAGE, PROT_READ, MAP_SHARED, USBSI_MMAP_USER));
	close(other);
}

/* Fills the ring: six slots of pattern, and ends the stream. */
static int fill(struct ring *ring)
{
	int ret = ring_start(ring, USBSI_STREAM_END_ON_SHORT, 0, 0);

	ret = ret ? ret : vdev_command("in 90001");
	return ret ? ret : ring_wait_state(ring, USBSI_STREAM_DONE, WAIT_MS);
}

static bool pattern_is_there(const struct ring *ring)
{
	return vdev_pattern_check(ring->data, 90001, 0) == 90001;
}

TEST_F(map, it_survives_free_and_close)
{
	struct usbsi_ring_alloc alloc;

	ASSERT_EQ(0, fill(&self->ring));
	ASSERT_EQ(true, pattern_is_there(&self->ring));
	ASSERT_EQ(0, xioctl(self->fd, USBSI_IOC_RING_FREE, NULL));
	EXPECT_EQ(true, pattern_is_there(&self->ring));
	/* A new ring is another one */
	ASSERT_EQ(0, ring_alloc(self->fd, 8, 16384, &alloc));
	EXPECT_EQ(true, pattern_is_there(&self->ring));
	close(self->fd);
	EXPECT_EQ(true, pattern_is_there(&self->ring));
	EXPECT_EQ(USBSI_RING_MAGIC, self->ring.kernel->magic);
	self->ring.user->cons = 12345;
	ring_unmap(&self->ring);
	self->fd = node_open(O_RDWR);
}

TEST_F(map, it_survives_unplug)
{
	ASSERT_EQ(0, fill(&self->ring));
	ASSERT_EQ(0, vdev_command("now unplug"));
	ASSERT_EQ(0, node_wait(false));
	EXPECT_EQ(true, pattern_is_there(&self->ring));
	close(self->fd);
	EXPECT_EQ(true, pattern_is_there(&self->ring));
	ASSERT_EQ(0, vdev_command("plug"));
	ASSERT_EQ(0, vdev_command("wait"));
	EXPECT_EQ(true, pattern_is_there(&self->ring));
	self->ring.user->cons = 12345;
	ring_unmap(&self->ring);
	ASSERT_EQ(0, node_wait(true));
	self->fd = node_open(O_RDWR);
}

TEST_F(map, parts_can_be_unmapped_and_moved)
{
	struct ring *ring = &self->ring;
	unsigned char *moved;

	ASSERT_EQ(0, munmap((void *)(ring->data + 7 * 16384), 16384));
	ASSERT_EQ(0, munmap((void *)(ring->data + 6 * 16384 + PAGE), PAGE));
	ASSERT_EQ(0, fill(ring));
	EXPECT_EQ(true, pattern_is_there(ring));
	moved = mremap((void *)ring->data, 6 * 16384, 6 * 16384, MREMAP_MAYMOVE | MREMAP_FIXED,
		       (unsigned char *)mmap(NULL, 8 * 16384, PROT_NONE,
					     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	ASSERT_NE(MAP_FAILED, moved);
	EXPECT_EQ(90001, vdev_pattern_check(moved, 90001, 0));
	ring->data = moved;
	/* It cannot grow */
	EXPECT_EQ(MAP_FAILED, mremap(moved, 6 * 16384, 16 * 16384, MREMAP_MAYMOVE));
	ring_release(ring);
	ring_release(ring);
	ASSERT_EQ(0, ring_start(ring, 0, 0, 0));
	ASSERT_EQ(0, xioctl(self->fd, USBSI_IOC_STREAM_STOP, NULL));
}

TEST_F(map, unmapped_in_the_middle_of_a_stream)
{
	struct ring *ring = &self->ring;

	ASSERT_EQ(0, ring_start(ring, 0, 0, 0));
	ASSERT_EQ(0, vdev_command("in 65536"));
	ASSERT_EQ(0, munmap((void *)ring->data, ring->alloc.data_size));
	ASSERT_EQ(0, vdev_command("wait"));
	EXPECT_EQ(1, ring_wait(ring, WAIT_MS));
	ring->data = mmap(NULL, ring->alloc.data_size, PROT_READ, MAP_SHARED, self->fd,
			  USBSI_MMAP_DATA);
	ASSERT_NE(MAP_FAILED, ring->data);
	ASSERT_EQ(0, xioctl(self->fd, USBSI_IOC_STREAM_STOP, NULL));
	EXPECT_EQ(65536, vdev_pattern_check(ring->data, 65536, 0));
}

TEST_F(map, dontneed_gives_the_same_pages_again)
{
	ASSERT_EQ(0, fill(&self->ring));
	madvise((void *)self->ring.data, self->ring.alloc.data_size, MADV_DONTNEED);
	EXPECT_EQ(true, pattern_is_there(&self->ring));
}

TEST_F(map, a_child_does_not_get_it)
{
	pid_t pid;

	ASSERT_EQ(0, fill(&self->ring));
	pid = fork_child();
	if (!pid) {
		signal(SIGSEGV, SIG_DFL);
		_exit(self->ring.data[0] == vdev_pattern(0) ? 0 : 1);
	}
	EXPECT_EQ(128 + SIGSEGV, wait_child(pid, 2000));
	EXPECT_EQ(true, pattern_is_there(&self->ring));
}

TEST_F(map, the_ring_as_argument_of_calls)
{
	struct ring *ring = &self->ring;

	/* Writable page of the ring: INFO and read() may write there */
	EXPECT_EQ(0, xioctl(self->fd, USBSI_IOC_INFO, ring->user));
	memset(ring->user, 0, sizeof(*ring->user));
	ASSERT_EQ(0, vdev_command("in 16"));
	EXPECT_EQ(16, xread(self->fd, (char *)ring->user + 2048, 512));
	EXPECT_EQ(16, vdev_pattern_check((unsigned char *)ring->user + 2048, 16, 0));
	/* The others they may not write */
	EXPECT_EQ(-EFAULT, xioctl(self->fd, USBSI_IOC_INFO, (void *)ring->kernel));
	ASSERT_EQ(0, vdev_command("in 16"));
	EXPECT_EQ(-EFAULT, xread(self->fd, (void *)ring->data, 512));
	ASSERT_EQ(0, vdev_command("out-read"));
	EXPECT_EQ(512, xwrite(self->fd, ring->data, 512));
	ASSERT_EQ(0, vdev_command("wait"));
	EXPECT_EQ(-EINVAL, xioctl(self->fd, USBSI_IOC_SET_MODE, (void *)ring->data));
}

TEST_HARNESS_MAIN

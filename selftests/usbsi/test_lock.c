// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The device lock: who has it, who waits, and to whom it goes.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>

#include "kselftest_harness.h"
#include "common.h"

FIXTURE(lock) {
	int fd;
	int other;
};

FIXTURE_SETUP(lock)
{
	ASSERT_EQ(0, vdev_start());
	self->fd = node_open(O_RDWR);
	ASSERT_LE(0, self->fd);
	self->other = node_open(O_RDWR);
	ASSERT_LE(0, self->other);
}

FIXTURE_TEARDOWN(lock)
{
	close(self->fd);
	close(self->other);
}

TEST_F(lock, one_owner)
{
	struct usbsi_info info;

	EXPECT_EQ(0, lock_try(self->fd));
	EXPECT_EQ(-EALREADY, lock_try(self->fd));
	EXPECT_EQ(-EALREADY, lock_until(self->fd, USBSI_DEADLINE_NEVER));
	EXPECT_EQ(-EAGAIN, lock_try(self->other));
	ASSERT_EQ(0, get_info(self->other, &info));
	EXPECT_EQ(getpid(), info.lock_owner.pid);
	EXPECT_STREQ("test_lock", info.lock_owner.comm);
	EXPECT_EQ(0, unlock(self->fd));
	ASSERT_EQ(0, get_info(self->other, &info));
	EXPECT_EQ(0, info.lock_owner.pid);
	EXPECT_EQ(0, lock_try(self->other));
	EXPECT_EQ(0, unlock(self->other));
}

TEST_F(lock, only_the_owner_unlocks)
{
	EXPECT_GT(0, unlock(self->fd));
	ASSERT_EQ(0, lock_try(self->fd));
	EXPECT_GT(0, unlock(self->other));
	EXPECT_EQ(-EAGAIN, lock_try(self->other));
}

TEST_F(lock, belongs_to_the_open_file)
{
	int copy = dup(self->fd);

	ASSERT_EQ(0, lock_try(copy));
	EXPECT_EQ(-EALREADY, lock_try(self->fd));
	close(copy);
	EXPECT_EQ(-EAGAIN, lock_try(self->other));
	EXPECT_EQ(0, unlock(self->fd));
}

TEST_F(lock, deadline)
{
	uint64_t start = now_ns();
	unsigned int took;

	ASSERT_EQ(0, lock_try(self->fd));
	EXPECT_EQ(-ETIMEDOUT, lock_until(self->other, start + 300 * MS));
	took = since_ms(start);
	EXPECT_LE(300, took);
	EXPECT_GT(300 + LATE_MS, took);
}

TEST_F(lock, deadline_that_has_passed)
{
	uint64_t start = now_ns();

	ASSERT_EQ(0, lock_try(self->fd));
	EXPECT_EQ(-ETIMEDOUT, lock_until(self->other, start - MS));
	EXPECT_EQ(-ETIMEDOUT, lock_until(self->other, 0));
	EXPECT_GT(LATE_MS, since_ms(start));
	EXPECT_EQ(0, unlock(self->fd));
	/* A free lock is got without waiting, whatever the deadline */
	EXPECT_EQ(0, lock_until(self->other, now_ns() - MS));
}

/*
 * A child that waits for the lock, writes a letter, and keeps it a while.  It has
 * no share in the file @not_mine of its parent.
 */
static pid_t waiter(int not_mine, int to, char letter, unsigned int hold_ms)
{
	pid_t pid = fork_child();
	int fd;

	if (pid)
		return pid;
	close(not_mine);
	fd = node_open(O_RDWR);
	if (lock_until(fd, now_ns() + 10000 * MS))
		_exit(1);
	if (write(to, &letter, 1) != 1)
		_exit(2);
	sleep_ms(hold_ms);
	_exit(unlock(fd) ? 3 : 0);
}

TEST_F(lock, first_come_first_served)
{
	pid_t pids[3];
	char order[4] = "";
	int fds[2];
	unsigned int i;

	ASSERT_EQ(0, pipe(fds));
	ASSERT_EQ(0, lock_try(self->fd));
	for (i = 0; i < 3; i++) {
		pids[i] = waiter(self->fd, fds[1], "abc"[i], 30);
		sleep_ms(250);
	}
	/* Nobody overtakes those who wait */
	EXPECT_EQ(-EAGAIN, lock_try(self->other));
	ASSERT_EQ(0, unlock(self->fd));
	for (i = 0; i < 3; i++)
		EXPECT_EQ(0, wait_child(pids[i], 5000));
	ASSERT_EQ(3, read(fds[0], order, 3));
	EXPECT_STREQ("abc", order);
}

TEST_F(lock, one_that_gave_up_is_skipped)
{
	int fds[2];
	pid_t first, second;
	char letter = 0;

	ASSERT_EQ(0, pipe(fds));
	ASSERT_EQ(0, lock_try(self->fd));
	first = waiter(self->fd, fds[1], 'a', 0);
	sleep_ms(250);
	second = waiter(self->fd, fds[1], 'b', 0);
	sleep_ms(250);
	kill(first, SIGKILL);
	EXPECT_EQ(128 + SIGKILL, wait_child(first, 1000));
	ASSERT_EQ(0, unlock(self->fd));
	EXPECT_EQ(0, wait_child(second, 5000));
	ASSERT_EQ(1, read(fds[0], &letter, 1));
	EXPECT_EQ('b', letter);
}

TEST_F(lock, goes_on_at_close)
{
	int fds[2];
	pid_t pid;

	ASSERT_EQ(0, pipe(fds));
	ASSERT_EQ(0, lock_try(self->fd));
	pid = waiter(self->fd, fds[1], 'a', 0);
	sleep_ms(250);
	close(self->fd);
	EXPECT_EQ(0, wait_child(pid, 2000));
	self->fd = node_open(O_RDWR);
}

/* A child that has the lock and keeps it until it is killed. */
static pid_t owner(int to)
{
	pid_t pid = fork_child();
	int fd;

	if (pid)
		return pid;
	fd = node_open(O_RDWR);
	if (lock_try(fd) || write(to, "x", 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

TEST_F(lock, goes_on_at_kill)
{
	uint64_t start;
	int fds[2];
	char byte;
	pid_t pid;

	close(self->fd);
	close(self->other);
	ASSERT_EQ(0, pipe(fds));
	pid = owner(fds[1]);
	ASSERT_EQ(1, read(fds[0], &byte, 1));
	self->fd = node_open(O_RDWR);
	self->other = node_open(O_RDWR);
	EXPECT_EQ(-EAGAIN, lock_try(self->fd));
	start = now_ns();
	kill(pid, SIGKILL);
	EXPECT_EQ(0, lock_until(self->fd, start + 3000 * MS));
	EXPECT_GT(1000, since_ms(start));
	EXPECT_EQ(128 + SIGKILL, wait_child(pid, 1000));
}

TEST_F(lock, a_waiter_can_be_killed)
{
	uint64_t start;
	int fds[2];
	pid_t pid;

	ASSERT_EQ(0, pipe(fds));
	ASSERT_EQ(0, lock_try(self->fd));
	pid = waiter(self->fd, fds[1], 'a', 0);
	sleep_ms(250);
	start = now_ns();
	kill(pid, SIGTERM);
	EXPECT_EQ(128 + SIGTERM, wait_child(pid, 1000));
	EXPECT_GT(1000, since_ms(start));
}

static void on_alarm(int number)
{
}

TEST_F(lock, a_restarted_wait_keeps_its_deadline)
{
	struct sigaction action = { .sa_handler = on_alarm, .sa_flags = SA_RESTART };
	struct itimerval every = { { 0, 50000 }, { 0, 50000 } };
	struct itimerval off = { 0 };
	uint64_t start = now_ns();

	ASSERT_EQ(0, lock_try(self->fd));
	ASSERT_EQ(0, sigaction(SIGALRM, &action, NULL));
	ASSERT_EQ(0, setitimer(ITIMER_REAL, &every, NULL));
	EXPECT_EQ(-ETIMEDOUT, lock_until(self->other, start + 400 * MS));
	ASSERT_EQ(0, setitimer(ITIMER_REAL, &off, NULL));
	EXPECT_LE(400, since_ms(start));
	EXPECT_GT(400 + LATE_MS, since_ms(start));
}

TEST_F(lock, pipes_of_a_status_file_need_it)
{
	unsigned char data[512] = { 0 };

	EXPECT_EQ(-ENOLCK, xread(self->fd, data, sizeof(data)));
	EXPECT_EQ(-ENOLCK, xwrite(self->fd, data, sizeof(data)));
	ASSERT_EQ(0, lock_try(self->fd));
	ASSERT_EQ(0, vdev_command("in 100"));
	EXPECT_EQ(100, xread(self->fd, data, sizeof(data)));
	ASSERT_EQ(0, vdev_command("out-read"));
	EXPECT_EQ(10, xwrite(self->fd, data, 10));
	EXPECT_EQ(0, vdev_command("wait"));
}

TEST_F(lock, a_data_client_queues_for_it)
{
	unsigned char data[512] = { 0 };
	uint64_t start;

	ASSERT_EQ(0, set_mode(self->fd, USBSI_MODE_DATA));
	ASSERT_EQ(0, set_timeouts(self->fd, 300, 300));
	ASSERT_EQ(0, lock_try(self->other));
	start = now_ns();
	EXPECT_EQ(-ETIMEDOUT, xread(self->fd, data, sizeof(data)));
	EXPECT_LE(300, since_ms(start));
	EXPECT_GT(300 + LATE_MS, since_ms(start));
	ASSERT_LE(0, fcntl(self->fd, F_SETFL, O_NONBLOCK));
	EXPECT_EQ(-EAGAIN, xread(self->fd, data, sizeof(data)));
	EXPECT_EQ(-EAGAIN, xwrite(self->fd, data, sizeof(data)));
	ASSERT_LE(0, fcntl(self->fd, F_SETFL, 0));
	ASSERT_EQ(0, unlock(self->other));
	ASSERT_EQ(0, vdev_command("in 100"));
	EXPECT_EQ(100, xread(self->fd, data, sizeof(data)));
	/* For the length of the call: it is free again */
	EXPECT_EQ(0, lock_try(self->other));
}

/* A read waits for what a write will make the device send: nobody comes between */
TEST_F(lock, calls_of_the_owner_join_it)
{
	unsigned char data[512] = { 0 };
	pid_t reader, waiter;
	uint64_t start;

	ASSERT_EQ(0, set_mode(self->fd, USBSI_MODE_DATA));
	ASSERT_EQ(0, set_timeouts(self->fd, 5000, 5000));
	reader = fork_child();
	if (!reader)
		_exit(xread(self->fd, data, sizeof(data)) == 100 ? 0 : 1);
	sleep_ms(300);
	waiter = fork_child();
	if (!waiter)
		_exit(lock_until(self->other, USBSI_DEADLINE_NEVER) ? 1 : 0);
	sleep_ms(300);
	start = now_ns();
	ASSERT_EQ(0, vdev_command("out-read"));
	EXPECT_EQ(64, xwrite(self->fd, data, 64));
	EXPECT_GT(2000, since_ms(start));
	ASSERT_EQ(0, vdev_command("in 100"));
	EXPECT_EQ(0, wait_child(reader, 3000));
	EXPECT_EQ(0, wait_child(waiter, 3000));
}

static void *unlock_all_the_time(void *fd)
{
	for (;;) {
		pthread_testcancel();
		unlock(*(int *)fd);
	}
	return NULL;
}

/* One that got the lock and lost it to a thread of its own had it all the same */
TEST_F(lock, unlocked_by_another_thread)
{
	unsigned int i, got = 0;
	pthread_t thread;
	pid_t pid;
	int ret;

	pid = fork_child();
	if (!pid)
		for (;;) {
			lock_until(self->other, USBSI_DEADLINE_NEVER);
			unlock(self->other);
		}
	ASSERT_EQ(0, pthread_create(&thread, NULL, unlock_all_the_time, &self->fd));
	for (i = 0; i < 3000; i++) {
		ret = lock_until(self->fd, now_ns() + 1000 * MS);
		got += ret == 0;
		if (ret && ret != -EALREADY)
			break;
	}
	if (i != 3000)
		TH_LOG("LOCK says %d", ret);
	EXPECT_EQ(3000, i);
	EXPECT_LT(0, got);
	pthread_cancel(thread);
	pthread_join(thread, NULL);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

TEST_F(lock, waiters_end_at_unplug)
{
	uint64_t start;
	int fds[2];
	pid_t pid;
	int ret;

	ASSERT_EQ(0, pipe(fds));
	ASSERT_EQ(0, lock_try(self->fd));
	pid = fork_child();
	if (!pid) {
		ret = lock_until(self->other, USBSI_DEADLINE_NEVER);
		_exit(ret == -ENODEV ? 0 : 1);
	}
	sleep_ms(250);
	start = now_ns();
	ASSERT_EQ(0, vdev_command("now unplug"));
	EXPECT_EQ(0, wait_child(pid, 2000));
	EXPECT_GT(1000 + LATE_MS, since_ms(start));
	EXPECT_EQ(-ENODEV, lock_try(self->fd));
	EXPECT_GT(0, unlock(self->fd));
}

TEST_HARNESS_MAIN

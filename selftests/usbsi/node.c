// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The node, and one function for each call on it.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common.h"

#define NODE_MS		8000

uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

unsigned int since_ms(uint64_t start_ns)
{
	return (now_ns() - start_ns) / MS;
}

void sleep_ms(unsigned int ms)
{
	usleep(ms * 1000);
}

/**
 * node_path() - where the device is now
 * @path: result
 * @size: room there
 *
 * $USBSI_NODE, else the only device of the class; its number changes when a file
 * was open at an unplug.
 * Return: 0, or -ENOENT when there is none.
 */
int node_path(char *path, size_t size)
{
	const char *given = getenv("USBSI_NODE");
	struct dirent *entry;
	int ret = -ENOENT;
	DIR *dir;

	if (given) {
		snprintf(path, size, "%s", given);
		return access(path, F_OK) ? -ENOENT : 0;
	}
	dir = opendir("/sys/class/usbsi");
	while (dir && ret && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, size, "/dev/%.32s", entry->d_name);
		ret = access(path, F_OK) ? -ENOENT : 0;
	}
	if (dir)
		closedir(dir);
	return ret;
}

/** node_wait() - wait until there is a node, or none */
int node_wait(bool present)
{
	uint64_t start = now_ns();
	char path[NODE_LENGTH];

	while (since_ms(start) < NODE_MS) {
		if (!node_path(path, sizeof(path)) == present)
			return 0;
		sleep_ms(5);
	}
	return -ETIMEDOUT;
}

/** node_open() - open the node */
int node_open(int flags)
{
	char path[NODE_LENGTH];
	int ret = node_path(path, sizeof(path));
	int fd;

	if (ret)
		return ret;
	fd = open(path, flags | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/** node_data() - open the node, in data mode, with time-outs of 5 s */
int node_data(void)
{
	int fd = node_open(O_RDWR);
	int ret;

	if (fd < 0)
		return fd;
	ret = set_mode(fd, USBSI_MODE_DATA);
	ret = ret ? ret : set_timeouts(fd, 5000, 5000);
	if (!ret)
		return fd;
	close(fd);
	return ret;
}

int xioctl(int fd, unsigned long request, void *arg)
{
	int ret = ioctl(fd, request, arg);

	return ret < 0 ? -errno : ret;
}

ssize_t xread(int fd, void *data, size_t size)
{
	ssize_t ret = read(fd, data, size);

	return ret < 0 ? -errno : ret;
}

ssize_t xwrite(int fd, const void *data, size_t size)
{
	ssize_t ret = write(fd, data, size);

	return ret < 0 ? -errno : ret;
}

int set_mode(int fd, unsigned int mode)
{
	struct usbsi_set_mode arg = { .mode = mode };

	return xioctl(fd, USBSI_IOC_SET_MODE, &arg);
}

int lock_until(int fd, uint64_t deadline_ns)
{
	struct usbsi_lock arg = { .deadline_ns = deadline_ns };

	return xioctl(fd, USBSI_IOC_LOCK, &arg);
}

int lock_try(int fd)
{
	struct usbsi_lock arg = {
		.deadline_ns = USBSI_DEADLINE_NEVER,
		.flags = USBSI_LOCK_TRY,
	};

	return xioctl(fd, USBSI_IOC_LOCK, &arg);
}

int unlock(int fd)
{
	return xioctl(fd, USBSI_IOC_UNLOCK, NULL);
}

int set_timeouts(int fd, unsigned int read_ms, unsigned int write_ms)
{
	struct usbsi_timeouts arg = { .read_ms = read_ms, .write_ms = write_ms };

	return xioctl(fd, USBSI_IOC_SET_TIMEOUTS, &arg);
}

int clear_halt(int fd, unsigned int endpoint)
{
	struct usbsi_clear_halt arg = { .endpoint = endpoint };

	return xioctl(fd, USBSI_IOC_CLEAR_HALT, &arg);
}

int abort_calls(int fd, unsigned int flags)
{
	struct usbsi_abort arg = { .flags = flags };

	return xioctl(fd, USBSI_IOC_ABORT, &arg);
}

int get_info(int fd, struct usbsi_info *info)
{
	memset(info, 0xa5, sizeof(*info));
	return xioctl(fd, USBSI_IOC_INFO, info);
}

int subscribe(int fd, uint64_t mask, unsigned int from, uint64_t seq, unsigned int flags)
{
	struct usbsi_subscribe arg = {
		.mask = mask, .from = from, .seq = seq, .flags = flags, .fd = -1,
	};
	int ret = xioctl(fd, USBSI_IOC_SUBSCRIBE, &arg);

	if (ret >= 0 && ret != arg.fd)
		return -EBADMSG;
	return ret;
}

int post_event(int fd, const void *data, size_t length, uint64_t *seq)
{
	struct usbsi_post_event arg = { .len = length };
	int ret;

	memcpy(arg.data, data, length < sizeof(arg.data) ? length : sizeof(arg.data));
	ret = xioctl(fd, USBSI_IOC_POST_EVENT, &arg);
	if (seq)
		*seq = arg.seq;
	return ret;
}

/** poll_events() - what poll() says within a time, 0 when nothing */
int poll_events(int fd, short events, int timeout_ms)
{
	struct pollfd pollfd = { .fd = fd, .events = events };
	int ret = poll(&pollfd, 1, timeout_ms);

	if (ret < 0)
		return -errno;
	return ret ? pollfd.revents : 0;
}

/** event_next() - one record: 0, -ETIMEDOUT, or the error of read() */
int event_next(int fd, struct usbsi_event *event, int timeout_ms)
{
	ssize_t ret = poll_events(fd, POLLIN, timeout_ms);

	if (ret <= 0)
		return ret ? ret : -ETIMEDOUT;
	ret = xread(fd, event, sizeof(*event));
	if (ret < 0)
		return ret;
	return ret == sizeof(*event) ? 0 : -EBADMSG;
}

/** fork_child() - fork(), but the child ends with its parent */
pid_t fork_child(void)
{
	pid_t pid = fork();

	if (!pid)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	return pid;
}

/**
 * wait_child() - wait for the end of a process
 * @pid: child
 * @timeout_ms: longest time
 *
 * Return: its exit status, 128 + signal, or -ETIMEDOUT (it is killed then).
 */
int wait_child(pid_t pid, unsigned int timeout_ms)
{
	uint64_t start = now_ns();
	int status;

	while (since_ms(start) < timeout_ms) {
		if (waitpid(pid, &status, WNOHANG) == pid)
			return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
		sleep_ms(2);
	}
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	return -ETIMEDOUT;
}

// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Which program has a file open
 */
#include "device.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool has_open(int proc, const char *pid, const char *path)
{
	char link[64], target[64];
	struct dirent *entry;
	bool found = false;
	ssize_t len;
	DIR *dir;
	int fd;

	snprintf(link, sizeof(link), "%.20s/fd", pid);
	fd = openat(proc, link, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return false;
	dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return false;
	}
	while (!found && (entry = readdir(dir))) {
		len = readlinkat(fd, entry->d_name, target, sizeof(target) - 1);
		if (len <= 0)
			continue;
		target[len] = '\0';
		found = !strcmp(target, path);
	}
	closedir(dir);
	return found;
}

static void read_comm(int proc, const char *pid, struct usbsi_holder *holder)
{
	char path[64];
	ssize_t len;
	int fd;

	holder->pid = (int)strtol(pid, NULL, 10);
	snprintf(path, sizeof(path), "%.20s/comm", pid);
	fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	len = read(fd, holder->comm, sizeof(holder->comm) - 1);
	close(fd);
	holder->comm[len > 0 ? len : 0] = '\0';
	holder->comm[strcspn(holder->comm, "\n")] = '\0';
}

/**
 * holder_of_file() - find a process that has a file open
 * @path: its absolute path
 * @holder: out: the process; pid -1 when there is none that we may look into
 *
 * Return: whether one was found.
 */
bool holder_of_file(const char *path, struct usbsi_holder *holder)
{
	struct dirent *entry;
	bool found = false;
	DIR *dir;

	memset(holder, 0, sizeof(*holder));
	holder->pid = -1;
	dir = opendir("/proc");
	if (!dir)
		return false;
	while (!found && (entry = readdir(dir))) {
		if (entry->d_name[0] < '1' || entry->d_name[0] > '9')
			continue;
		found = has_open(dirfd(dir), entry->d_name, path);
		if (found)
			read_comm(dirfd(dir), entry->d_name, holder);
	}
	closedir(dir);
	return found;
}

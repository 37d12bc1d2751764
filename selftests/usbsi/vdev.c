// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The device under the driver: a script device, at the other end of a socket.
 */
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common.h"

#define ANSWER_MS	10000

static int vdev_fd = -1;
static char answer[2048];

/**
 * vdev_connect() - connect to the device
 *
 * Return: 0, also when it already was; -ENOENT without $USBSI_VDEV.
 */
int vdev_connect(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const char *path = getenv("USBSI_VDEV");

	if (vdev_fd >= 0)
		return 0;
	if (!path || strlen(path) >= sizeof(address.sun_path))
		return -ENOENT;
	memcpy(address.sun_path, path, strlen(path) + 1);
	vdev_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (vdev_fd < 0)
		return -errno;
	if (!connect(vdev_fd, (struct sockaddr *)&address, sizeof(address)))
		return 0;
	close(vdev_fd);
	vdev_fd = -1;
	return -errno;
}

/* In a child: a connection of its own. */
void vdev_reconnect(void)
{
	close(vdev_fd);
	vdev_fd = -1;
	vdev_connect();
}

static int send_line(const char *format, va_list args)
{
	char line[4096];
	int length = vsnprintf(line, sizeof(line) - 1, format, args);

	line[length++] = '\n';
	return send(vdev_fd, line, length, MSG_NOSIGNAL) == length ? 0 : -EIO;
}

/**
 * vdev_answer() - wait for one line of the device
 *
 * Return: 0 when it begins with `ok` or `status`, else -EIO; -ETIMEDOUT.
 */
int vdev_answer(void)
{
	size_t used = 0;

	for (;;) {
		struct pollfd pollfd = { .fd = vdev_fd, .events = POLLIN };

		if (poll(&pollfd, 1, ANSWER_MS) <= 0)
			return -ETIMEDOUT;
		if (read(vdev_fd, answer + used, 1) != 1)
			return -EIO;
		if (answer[used] == '\n')
			break;
		if (++used == sizeof(answer) - 1)
			return -EIO;
	}
	answer[used] = '\0';
	if (!strcmp(answer, "ok") || !strncmp(answer, "status ", 7))
		return 0;
	fprintf(stderr, "# usbsi-vdev: %s\n", answer);
	return -EIO;
}

/** vdev_send() - give a command whose answer is fetched later */
int vdev_send(const char *format, ...)
{
	va_list args;
	int ret;

	va_start(args, format);
	ret = send_line(format, args);
	va_end(args);
	return ret;
}

/** vdev_command() - give a command and take its answer */
int vdev_command(const char *format, ...)
{
	va_list args;
	int ret;

	va_start(args, format);
	ret = send_line(format, args);
	va_end(args);
	return ret ? ret : vdev_answer();
}

/** vdev_status_text() - one value of the device's status */
int vdev_status_text(const char *key, char *text, size_t size)
{
	size_t length = strlen(key);
	char *save = NULL, *word;
	int ret = vdev_command("status");

	if (ret)
		return ret;
	for (word = strtok_r(answer, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		if (strncmp(word, key, length) || word[length] != '=')
			continue;
		snprintf(text, size, "%s", word + length + 1);
		return 0;
	}
	return -ENOENT;
}

/** vdev_status() - the same as a number */
long long vdev_status(const char *key)
{
	char text[64];
	int ret = vdev_status_text(key, text, sizeof(text));

	return ret ? ret : atoll(text);
}

/**
 * vdev_start() - the device as every test finds it
 *
 * Connected, plugged in, with nothing queued, its node there.
 */
int vdev_start(void)
{
	int ret = vdev_connect();

	ret = ret ? ret : vdev_command("reset");
	if (!ret && vdev_status("configured") != 1) {
		ret = vdev_command("plug");
		ret = ret ? ret : vdev_command("wait");
	}
	return ret ? ret : node_wait(true);
}

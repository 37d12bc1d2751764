// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Script personality: where the lines come from.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "script.h"

#define LOOP_SIZE	16384
#define LOOP_TIMES	100000

/**
 * script_reply() - answer a client
 * @script: script
 * @client: which, -1 for one that has gone
 * @text: the line, without its end
 */
void script_reply(struct script *script, int client, const char *text)
{
	const struct script_client *to;
	char line[1100];
	int length;

	if (client < 0 || script->clients[client].fd < 0)
		return;
	to = &script->clients[client];
	length = snprintf(line, sizeof(line), "%s\n", text);
	if (write(to->reply_fd, line, length) < 0 && errno != EPIPE)
		vdev_error("reply: %s", strerror(errno));
}

static void close_client(struct script *script, struct script_client *client)
{
	int number = client - script->clients;
	struct script_job *job;

	/* The next one in this place must not get answers meant for this one */
	for (job = script->head; job; job = job->next)
		if (job->reply == number)
			job->reply = -1;
	if (script->reset_by == number)
		script->reset_by = -1;
	vdev_remove_source(script->dev, client->fd);
	if (client->fd > STDERR_FILENO)
		close(client->fd);
	if (client->reply_fd != client->fd && client->reply_fd > STDERR_FILENO)
		close(client->reply_fd);
	free(client->loop);
	client->loop = NULL;
	client->depth = 0;
	client->fd = -1;
	/* A script from a file ends the program, without a socket beside it */
	if (script->listen_fd < 0)
		script->quit_at_end = true;
}

static int client_number(const struct script_client *client)
{
	return client - client->script->clients;
}

static void run_text(struct script_client *client, const char *text, size_t length,
		     unsigned long times);

/* A line inside of a loop is kept until the outermost loop ends. */
static bool in_loop(struct script_client *client, const char *line)
{
	size_t length = strlen(line);
	unsigned long times = 0;
	bool end = !strcmp(line, "end");
	char *text;

	if (!strncmp(line, "loop ", 5)) {
		times = strtoul(line + 5, NULL, 10);
		if (!client->depth++) {
			client->times = times > LOOP_TIMES ? LOOP_TIMES : times;
			client->loop = calloc(1, LOOP_SIZE);
			client->loop_length = 0;
			return true;
		}
	} else if (!client->depth) {
		return false;
	} else if (end && !--client->depth) {
		text = client->loop;
		client->loop = NULL;
		if (text)
			run_text(client, text, client->loop_length, client->times);
		free(text);
		return true;
	}
	if (!client->loop || client->loop_length + length + 2 > LOOP_SIZE) {
		script_reply(client->script, client_number(client), "error loop too long");
		return true;
	}
	memcpy(client->loop + client->loop_length, line, length);
	client->loop_length += length;
	client->loop[client->loop_length++] = '\n';
	return true;
}

static void run_line(struct script_client *client, char *line, bool answer)
{
	struct script *script = client->script;
	char text[128];
	const char *error;
	int ret;

	line += strspn(line, " \t");
	if (in_loop(client, line)) {
		if (answer)
			script_reply(script, client_number(client), "ok");
		return;
	}
	ret = script_line(script, client_number(client), line, &error);
	if (ret < 0) {
		snprintf(text, sizeof(text), "error %s", error);
		script_reply(script, client_number(client), text);
	} else if (!ret && answer) {
		script_reply(script, client_number(client), "ok");
	}
}

static void run_text(struct script_client *client, const char *text, size_t length,
		     unsigned long times)
{
	char line[SCRIPT_LINE];

	while (times--) {
		const char *at = text;

		while (at < text + length) {
			size_t part = strcspn(at, "\n");

			memcpy(line, at, part);
			line[part] = '\0';
			at += part + 1;
			run_line(client, line, false);
		}
	}
}

static void client_ready(struct vdev *dev, void *arg)
{
	struct script_client *client = arg;
	struct script *script = client->script;
	ssize_t got;
	char *end;

	got = read(client->fd, client->line + client->used,
		   sizeof(client->line) - 1 - client->used);
	if (got <= 0) {
		close_client(script, client);
		return;
	}
	client->used += got;
	client->line[client->used] = '\0';
	while (client->fd >= 0 && (end = strchr(client->line, '\n'))) {
		size_t length = end + 1 - client->line;
		char line[SCRIPT_LINE];

		*end = '\0';
		memcpy(line, client->line, length);
		client->used -= length;
		memmove(client->line, end + 1, client->used + 1);
		run_line(client, line, true);
	}
	if (client->used == sizeof(client->line) - 1) {
		script_reply(script, client_number(client), "error line too long");
		client->used = 0;
	}
}

/**
 * script_add_client() - take commands from a file descriptor
 * @script: script
 * @fd: where they come from
 * @reply_fd: where the answers go, may be @fd
 *
 * Return: 0, or -ENOSPC when there are too many; @fd is then still the caller's.
 */
int script_add_client(struct script *script, int fd, int reply_fd)
{
	unsigned int i;
	int ret;

	for (i = 0; i < SCRIPT_CLIENTS; i++) {
		struct script_client *client = &script->clients[i];

		if (client->fd >= 0)
			continue;
		ret = vdev_add_source(script->dev, fd, client_ready, client);
		if (ret)
			return ret;
		client->script = script;
		client->fd = fd;
		client->reply_fd = reply_fd;
		client->used = 0;
		return 0;
	}
	return -ENOSPC;
}

static void listen_ready(struct vdev *dev, void *arg)
{
	struct script *script = arg;
	int fd = accept4(script->listen_fd, NULL, NULL, SOCK_CLOEXEC);

	if (fd >= 0 && script_add_client(script, fd, fd))
		close(fd);
}

/**
 * script_listen() - take commands from programs that connect to a socket
 * @script: script
 * @path: of the socket; one that is there is replaced
 *
 * Return: 0 or a negative errno after a message.
 */
int script_listen(struct script *script, const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(path) >= sizeof(address.sun_path)) {
		vdev_error("%s: path too long for a socket", path);
		return -EINVAL;
	}
	memcpy(address.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	unlink(path);
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) || listen(fd, 4)) {
		vdev_error("%s: %s", path, strerror(errno));
		close(fd);
		return -EINVAL;
	}
	script->listen_fd = fd;
	script->socket = path;
	return vdev_add_source(script->dev, fd, listen_ready, script);
}

/**
 * script_close() - drop all clients and the socket
 * @script: script
 */
void script_close(struct script *script)
{
	unsigned int i;

	for (i = 0; i < SCRIPT_CLIENTS; i++)
		if (script->clients[i].fd >= 0)
			close_client(script, &script->clients[i]);
	if (script->listen_fd < 0)
		return;
	vdev_remove_source(script->dev, script->listen_fd);
	close(script->listen_fd);
	unlink(script->socket);
}

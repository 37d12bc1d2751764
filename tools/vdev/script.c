// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Script personality: a device that sends, takes, stalls and leaves as told.
 */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pattern.h"
#include "script.h"

#define REQUEST_STATUS	0x67

/**
 * script_add() - append a job
 * @script: script
 * @job: from malloc(), the script's from now on
 */
void script_add(struct script *script, struct script_job *job)
{
	job->next = NULL;
	*script->tail = job;
	script->tail = &job->next;
	script->queued++;
}

static void pop(struct script *script)
{
	struct script_job *job = script->head;

	script->head = job->next;
	if (!script->head)
		script->tail = &script->head;
	script->queued--;
	free(job);
}

/**
 * script_clear() - forget all jobs
 * @script: script
 *
 * Not from within vdev_wait(): the present job is in use there.
 */
void script_clear(struct script *script)
{
	while (script->head)
		pop(script);
}

static int do_in(struct script *script, const struct script_job *job)
{
	unsigned char data[4096];
	uint64_t i, left;
	int ret = 0;

	for (i = 0; !ret && i < job->count; i++) {
		for (left = job->length; !ret && left;) {
			size_t part = left < sizeof(data) ? left : sizeof(data);

			vdev_pattern_fill(data, part, script->in_bytes);
			ret = vdev_put(script->dev, data, part);
			script->in_bytes += part;
			left -= part;
		}
		/* Nothing at all is an empty packet, asked for or not */
		if (!ret)
			ret = vdev_end(script->dev, job->zlp || !job->length);
	}
	return ret;
}

static int do_in_hex(struct script *script, const struct script_job *job)
{
	int ret = vdev_put(script->dev, job->data, job->length);

	return ret ?: vdev_end(script->dev, job->zlp);
}

static int receive(struct script *script, size_t size)
{
	static unsigned char data[VDEV_CHUNK_SIZE];
	int i, got = vdev_receive(script->dev, data, size);

	if (got < 0)
		return got;
	for (i = 0; i < got; i++)
		if (data[i] != vdev_pattern(script->out_bytes + i))
			script->out_errors++;
	script->out_bytes += got;
	script->lengths[script->reads++ % SCRIPT_LENGTHS] = got;
	return got;
}

static int do_out(struct script *script, const struct script_job *job)
{
	size_t packet = script->dev->max_packet[VDEV_OUT] ?: 1024;
	uint64_t left = job->length;

	while (left) {
		size_t size = left < VDEV_CHUNK_SIZE ? left : VDEV_CHUNK_SIZE;
		int got;

		size += packet - 1;
		got = receive(script, size - size % packet);
		if (got < 0)
			return got;
		if ((uint64_t)got > left) {
			script->out_errors += got - left;
			return 0;
		}
		left -= got;
	}
	return 0;
}

static int do_out_read(struct script *script, const struct script_job *job)
{
	uint64_t i;

	for (i = 0; i < job->count; i++) {
		int got = receive(script, VDEV_CHUNK_SIZE);

		if (got < 0)
			return got;
	}
	return 0;
}

static int send_event(struct script *script, const void *data, size_t length)
{
	int ret;

	while ((ret = vdev_event(script->dev, data, length)) == -EAGAIN) {
		ret = vdev_interrupted(script->dev) ?: vdev_wait(script->dev, VDEV_FOREVER);
		if (ret)
			return ret;
	}
	if (!ret)
		script->events++;
	return ret;
}

static int do_events(struct script *script, const struct script_job *job)
{
	unsigned char data[VDEV_EVENT_SIZE];
	uint64_t begin = vdev_now_ns();
	uint64_t i;

	for (i = 0; i < job->count; i++) {
		uint32_t number = htole32(script->events);
		uint64_t due = begin + i * job->gap_us * 1000ULL;
		uint64_t now = vdev_now_ns();
		int ret = 0;

		if (due > now)
			ret = vdev_sleep(script->dev, (due - now + 999999) / 1000000);
		vdev_pattern_fill(data, job->length, script->events);
		memcpy(data, &number, job->length < sizeof(number) ? job->length : sizeof(number));
		ret = ret ?: send_event(script, data, job->length);
		if (ret)
			return ret;
	}
	return 0;
}

static int do_plug(struct script *script, bool on)
{
	struct vdev *dev = script->dev;
	int ret = on ? 0 : vdev_flush(dev);

	if (ret && ret != -ESHUTDOWN)
		return ret;
	ret = dev->backend->plug(dev, on);
	/* The next job may use the device */
	while (!ret && dev->configured != on) {
		ret = vdev_wait(dev, VDEV_FOREVER);
		if (!ret && dev->abort)
			ret = -ECANCELED;
	}
	return ret;
}

static int do_wait(struct script *script, const struct script_job *job)
{
	int ret = vdev_flush(script->dev);

	if (ret == -ECANCELED)
		return ret;
	script_reply(script, job->reply, ret ? "error gone" : "ok");
	return 0;
}

static int do_job(struct script *script, const struct script_job *job)
{
	switch (job->type) {
	case JOB_IN:
		return do_in(script, job);
	case JOB_IN_HEX:
		return do_in_hex(script, job);
	case JOB_OUT:
		return do_out(script, job);
	case JOB_OUT_READ:
		return do_out_read(script, job);
	case JOB_STALL:
		return vdev_stall(script->dev, job->endpoint);
	case JOB_EVENT:
		return send_event(script, job->data, job->length);
	case JOB_EVENTS:
		return do_events(script, job);
	case JOB_SLEEP:
		return vdev_sleep(script->dev, job->count);
	case JOB_RATE:
		script->dev->rate = job->count;
		return 0;
	case JOB_PLUG:
		return do_plug(script, true);
	case JOB_UNPLUG:
		return do_plug(script, false);
	case JOB_WAIT:
		return do_wait(script, job);
	}
	return -EINVAL;
}

static void do_reset(struct script *script)
{
	struct vdev *dev = script->dev;
	int client = script->reset_by;

	script_clear(script);
	vdev_drop(dev);
	dev->backend->pause_control(dev, false);
	dev->rate = 0;
	script->control = CONTROL_OK;
	script->in_bytes = 0;
	script->out_bytes = 0;
	script->out_errors = 0;
	script->reads = 0;
	script->events = 0;
	script->failed = 0;
	script->last_out[0] = '\0';
	script->reset_by = -1;
	if (client >= 0)
		script_reply(script, client, "ok");
}

/* A script may begin before the host has seen the device for the first time. */
static bool too_early(const struct vdev *dev, const struct script_job *job)
{
	switch (job->type) {
	case JOB_SLEEP:
	case JOB_RATE:
	case JOB_PLUG:
	case JOB_UNPLUG:
		return false;
	default:
		return !dev->generation;
	}
}

static int script_run(struct vdev *dev)
{
	struct script *script = dev->personality_data;

	while (!dev->stop) {
		int ret;

		if (script->reset_by >= 0)
			do_reset(script);
		vdev_begin(dev);
		if (!script->head && script->quit_at_end) {
			vdev_flush(dev);
			return -EINTR;
		}
		if (!script->head || too_early(dev, script->head)) {
			vdev_wait(dev, VDEV_FOREVER);
			continue;
		}
		ret = do_job(script, script->head);
		if (ret)
			script->failed++;
		/* What an interrupted job had queued is of no use to the next */
		if (ret)
			vdev_drop(dev);
		pop(script);
	}
	return 0;
}

/**
 * script_status() - the counters as one line
 * @script: script
 * @text: where it goes
 * @size: room there
 *
 * Return: length of the line.
 */
int script_status(const struct script *script, char *text, size_t size)
{
	uint64_t reads = script->reads < SCRIPT_LENGTHS ? script->reads : SCRIPT_LENGTHS;
	uint64_t i;
	int used;

	used = snprintf(text, size, "status configured=%d queued=%u failed=%u in=%" PRIu64
			" out=%" PRIu64 " out-errors=%" PRIu64 " events=%u control=%s reads=%"
			PRIu64 " lengths=", script->dev->configured, script->queued,
			script->failed, script->in_bytes, script->out_bytes, script->out_errors,
			script->events, script->last_out[0] ? script->last_out : "-",
			script->reads);
	for (i = script->reads - reads; i < script->reads; i++)
		used += snprintf(text + used, size - used, "%s%u",
				 i == script->reads - reads ? "" : ",",
				 script->lengths[i % SCRIPT_LENGTHS]);
	return used;
}

/*
 * An IN request is answered with the pattern from 0 on, wValue bytes of it if
 * that is less than the host wants.
 */
static int script_control(struct vdev *dev, const struct usb_ctrlrequest *request, void *data)
{
	static const unsigned char status_ok[] = { 4, 0, 0x01, 0x20 };
	struct script *script = dev->personality_data;
	size_t length = le16toh(request->wLength);

	if (script->control == CONTROL_STALL)
		return -EPIPE;
	if (script->control == CONTROL_HANG) {
		dev->backend->pause_control(dev, true);
		return 0;
	}
	if (!(request->bRequestType & USB_DIR_IN))
		return 0;
	if (request->bRequest == REQUEST_STATUS) {
		memcpy(data, status_ok, sizeof(status_ok));
		return sizeof(status_ok);
	}
	if (le16toh(request->wValue) < length)
		length = le16toh(request->wValue);
	vdev_pattern_fill(data, length, 0);
	return length;
}

static void script_control_data(struct vdev *dev, const struct usb_ctrlrequest *request,
				const void *data, size_t length)
{
	struct script *script = dev->personality_data;
	const unsigned char *bytes = data;
	char *text = script->last_out;
	size_t i;

	text += sprintf(text, "%02x:%02x:%04x:%04x:", request->bRequestType, request->bRequest,
			le16toh(request->wValue), le16toh(request->wIndex));
	for (i = 0; i < length && i < 64; i++)
		text += sprintf(text, "%02x", bytes[i]);
}

const struct vdev_personality vdev_script = {
	.name = "script",
	.always = true,
	.run = script_run,
	.control = script_control,
	.control_data = script_control_data,
};

static int open_file(struct script *script, const char *name)
{
	int fd = STDIN_FILENO;

	if (strcmp(name, "-")) {
		fd = open(name, O_RDONLY | O_CLOEXEC);
		if (fd < 0) {
			vdev_error("%s: %s", name, strerror(errno));
			return -EINVAL;
		}
	}
	return script_add_client(script, fd, STDOUT_FILENO);
}

/**
 * vdev_script_setup() - take the options of the script personality
 * @dev: device
 * @argc: words, the name of the personality included
 * @argv: the words
 *
 * Return: 0 or a negative errno after a message.
 */
int vdev_script_setup(struct vdev *dev, int argc, char **argv)
{
	static const struct option long_options[] = {
		{ "control", required_argument, NULL, 'c' },
		{ }
	};
	struct script *script = calloc(1, sizeof(*script));
	unsigned int i;
	int option, ret = 0;

	if (!script)
		return -ENOMEM;
	script->dev = dev;
	script->tail = &script->head;
	script->listen_fd = -1;
	script->reset_by = -1;
	for (i = 0; i < SCRIPT_CLIENTS; i++)
		script->clients[i].fd = -1;
	dev->personality_data = script;
	while (!ret && (option = getopt_long(argc, argv, "+", long_options, NULL)) != -1)
		ret = option == 'c' ? script_listen(script, optarg) : -EINVAL;
	if (!ret && optind < argc) {
		ret = open_file(script, argv[optind]);
	} else if (!ret && script->listen_fd < 0) {
		vdev_error("script needs a FILE or --control PATH");
		ret = -EINVAL;
	}
	return ret;
}

/**
 * vdev_script_cleanup() - close what the script has open
 * @dev: device
 */
void vdev_script_cleanup(struct vdev *dev)
{
	struct script *script = dev->personality_data;

	if (!script)
		return;
	script_clear(script);
	script_close(script);
	free(script);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Camera personality: the data and the response phase, with the quirks that
 * devices have and the faults that they should not have.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "camera.h"

#define LONG_BYTES	1000
#define GARBAGE_BYTES	512

/**
 * camera_parse_fault() - take a --fault apart
 * @text: KIND[@BYTES][,once]
 * @fault: result
 *
 * Return: 0, or -EINVAL after a message.
 */
int camera_parse_fault(const char *text, struct camera_fault *fault)
{
	static const char * const names[] = {
		[FAULT_STALL] = "stall",
		[FAULT_SHORT] = "short",
		[FAULT_LONG] = "long",
		[FAULT_NAK] = "nak",
		[FAULT_UNPLUG] = "unplug",
		[FAULT_GARBAGE] = "garbage",
		[FAULT_WRONG_TRANSACTION] = "wrong-transaction",
		[FAULT_ERROR_RESPONSE] = "error-response",
	};
	size_t length = strcspn(text, "@,");
	const char *rest = text + length;
	unsigned int i;

	memset(fault, 0, sizeof(*fault));
	for (i = FAULT_STALL; i < ARRAY_SIZE(names); i++)
		if (strlen(names[i]) == length && !strncmp(text, names[i], length))
			fault->kind = i;
	if (*rest == '@') {
		char *end;

		fault->at = strtoull(rest + 1, &end, 10);
		fault->has_at = end != rest + 1;
		rest = end;
	}
	fault->once = !strcmp(rest, ",once");
	if (fault->kind != FAULT_NONE && (!*rest || fault->once))
		return 0;
	vdev_error("--fault: '%s' is not KIND[@BYTES][,once]", text);
	return -EINVAL;
}

static int put_header(struct camera *camera, uint32_t length, enum ptp_container type,
		      uint16_t code, uint32_t transaction)
{
	unsigned char data[PTP_HEADER];
	struct ptp_pack pack = { .data = data, .size = sizeof(data) };

	ptp_pack_header(&pack, length, type, code, transaction);
	return vdev_put(camera->dev, data, sizeof(data));
}

/**
 * camera_respond() - send a response
 * @camera: camera
 * @command: what is answered
 * @code: &enum ptp_response
 *
 * Return: 0 or a negative errno as vdev_interrupted().
 */
int camera_respond(struct camera *camera, const struct ptp_command *command, uint16_t code)
{
	int ret = put_header(camera, PTP_HEADER, PTP_RESPONSE, code, command->transaction);

	return ret ?: vdev_end(camera->dev, true);
}

/* Puts @count bytes of the payload; a file that has shrunk is filled with 0. */
static int put_payload(struct camera *camera, const struct camera_payload *payload,
		       uint64_t count)
{
	unsigned char data[16384];
	uint64_t done = 0;
	int ret = 0;

	if (payload->data)
		return vdev_put(camera->dev, payload->data, count);
	while (!ret && done < count) {
		size_t part = count - done < sizeof(data) ? count - done : sizeof(data);
		ssize_t got = pread(payload->fd, data, part, done);

		if (got <= 0) {
			memset(data, 0, part);
			got = part;
		}
		ret = vdev_put(camera->dev, data, got);
		done += got;
	}
	return ret;
}

static uint32_t container_length(const struct camera *camera, const struct ptp_command *command,
				 uint64_t size)
{
	if (size + PTP_HEADER >= PTP_UNKNOWN)
		return PTP_UNKNOWN;
	if (camera->unknown_length && command->code == PTP_GET_OBJECT)
		return PTP_UNKNOWN;
	return size + PTP_HEADER;
}

static int begin_data(struct camera *camera, const struct ptp_command *command, uint64_t size)
{
	int ret = put_header(camera, container_length(camera, command, size), PTP_DATA,
			     command->code, command->transaction);

	if (!ret && camera->split_header)
		ret = vdev_end(camera->dev, true);
	return ret;
}

static int send_whole(struct camera *camera, const struct ptp_command *command,
		      const struct camera_payload *payload)
{
	int ret = begin_data(camera, command, payload->size);

	ret = ret ?: put_payload(camera, payload, payload->size);
	if (!ret && camera->glued_response)
		return camera_respond(camera, command, PTP_OK);
	ret = ret ?: vdev_end(camera->dev, !camera->no_zlp);
	return ret ?: camera_respond(camera, command, PTP_OK);
}

/*
 * Sends the beginning up to the position of the fault, and waits until the host
 * has it.  Rounded down to whole packets: the transfer is to be cut, not ended.
 */
static int send_beginning(struct camera *camera, const struct ptp_command *command,
			  const struct camera_payload *payload, uint64_t at)
{
	uint64_t header = camera->split_header ? 0 : PTP_HEADER;
	uint64_t packet = camera->dev->max_packet[VDEV_IN];
	uint64_t wire;
	int ret;

	if (at > payload->size)
		at = payload->size;
	wire = header + at;
	wire -= wire % packet;
	if (wire < header)
		return 0;
	ret = begin_data(camera, command, payload->size);
	ret = ret ?: put_payload(camera, payload, wire - header);
	return ret ?: vdev_flush(camera->dev);
}

static int fault_stall(struct camera *camera, const struct ptp_command *command,
		       const struct camera_payload *payload, uint64_t at)
{
	int ret = send_beginning(camera, command, payload, at);

	camera->dev->in_bytes = 0;
	camera->halted = true;
	return ret ?: vdev_stall(camera->dev, VDEV_IN);
}

static int fault_nak(struct camera *camera, const struct ptp_command *command,
		     const struct camera_payload *payload)
{
	int ret = 0;

	if (camera->fault.has_at)
		ret = send_beginning(camera, command, payload, camera->fault.at);
	while (!ret) {
		ret = vdev_interrupted(camera->dev);
		if (!ret)
			vdev_wait(camera->dev, VDEV_FOREVER);
	}
	return ret;
}

static int fault_unplug(struct camera *camera, const struct ptp_command *command,
			const struct camera_payload *payload, uint64_t at)
{
	struct vdev *dev = camera->dev;
	int ret = send_beginning(camera, command, payload, at);

	ret = ret ?: dev->backend->plug(dev, false);
	camera->session = false;
	if (ret || !camera->replug_ms)
		return ret;
	ret = vdev_sleep(dev, camera->replug_ms);
	return ret ?: dev->backend->plug(dev, true);
}

/* A container that ends before or goes on after its announced length. */
static int fault_length(struct camera *camera, const struct ptp_command *command,
			const struct camera_payload *payload, uint64_t size, uint64_t extra)
{
	unsigned char more[LONG_BYTES] = { 0 };
	int ret = begin_data(camera, command, payload->size);

	ret = ret ?: put_payload(camera, payload, size);
	while (!ret && extra) {
		size_t part = extra < sizeof(more) ? extra : sizeof(more);

		ret = vdev_put(camera->dev, more, part);
		extra -= part;
	}
	ret = ret ?: vdev_end(camera->dev, true);
	return ret ?: camera_respond(camera, command, PTP_OK);
}

static int fault_garbage(struct camera *camera)
{
	unsigned char data[GARBAGE_BYTES - 1];
	uint32_t state = 0x2545f491;
	size_t i;
	int ret;

	for (i = 0; i < sizeof(data); i++) {
		state = state * 1664525 + 1013904223;
		data[i] = state >> 24;
	}
	ret = vdev_put(camera->dev, data, sizeof(data));
	return ret ?: vdev_end(camera->dev, true);
}

static int send_faulty(struct camera *camera, const struct ptp_command *command,
		       const struct camera_payload *payload)
{
	const struct camera_fault fault = camera->fault;
	struct ptp_command wrong = *command;
	uint64_t at = fault.has_at ? fault.at : 0;

	if (fault.once)
		camera->fault.kind = FAULT_NONE;
	if (at > payload->size)
		at = payload->size;
	switch (fault.kind) {
	case FAULT_STALL:
		return fault_stall(camera, command, payload, at);
	case FAULT_SHORT:
		return fault_length(camera, command, payload, at, 0);
	case FAULT_LONG:
		return fault_length(camera, command, payload, payload->size,
				    fault.has_at ? fault.at : LONG_BYTES);
	case FAULT_NAK:
		return fault_nak(camera, command, payload);
	case FAULT_UNPLUG:
		return fault_unplug(camera, command, payload, at);
	case FAULT_GARBAGE:
		return fault_garbage(camera);
	case FAULT_WRONG_TRANSACTION:
		wrong.transaction += 1000;
		return send_whole(camera, &wrong, payload);
	case FAULT_ERROR_RESPONSE:
		return camera_respond(camera, command, PTP_GENERAL_ERROR);
	case FAULT_NONE:
		break;
	}
	return send_whole(camera, command, payload);
}

/**
 * camera_send() - the data phase and the response
 * @camera: camera
 * @command: what is answered
 * @payload: what goes behind the header
 *
 * Return: 0 or a negative errno as vdev_interrupted().
 */
int camera_send(struct camera *camera, const struct ptp_command *command,
		const struct camera_payload *payload)
{
	if (command->code == PTP_GET_OBJECT && camera->fault.kind != FAULT_NONE)
		return send_faulty(camera, command, payload);
	return send_whole(camera, command, payload);
}

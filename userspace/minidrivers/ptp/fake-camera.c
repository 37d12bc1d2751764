// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A PTP camera for tests
 */
#include "fake-camera.h"
#include "ptp-names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/**
 * struct writer - a container that grows
 * @bytes: malloc'd
 * @len: how many
 */
struct writer {
	uint8_t	*bytes;
	size_t	len;
};

static void put(struct writer *w, uint64_t value, size_t width)
{
	size_t i;

	w->bytes = realloc(w->bytes, w->len + width);
	if (!w->bytes)
		abort();
	for (i = 0; i < width; i++)
		w->bytes[w->len++] = (uint8_t)(value >> (8 * i));
}

static void put_string(struct writer *w, const char *text)
{
	size_t i, len = strlen(text);

	put(w, len ? len + 1 : 0, 1);
	for (i = 0; len && i <= len; i++)
		put(w, (uint8_t)text[i], 2);
}

static void set_length(struct writer *w, uint32_t length)
{
	size_t i;

	for (i = 0; i < 4; i++)
		w->bytes[i] = (uint8_t)(length >> (8 * i));
}

static struct writer container(uint16_t type, uint16_t code, uint32_t id)
{
	struct writer w = { 0 };

	put(&w, PTP_HEADER_LEN, 4);
	put(&w, type, 2);
	put(&w, code, 2);
	put(&w, id, 4);
	return w;
}

uint8_t camera_byte(uint32_t handle, size_t offset)
{
	return (uint8_t)(handle * 31 + offset * 7 + (offset >> 8));
}

static void send(struct camera *camera, struct writer *w, unsigned int flags)
{
	fake_push(camera->transport, w->bytes, w->len, flags);
	free(w->bytes);
	*w = (struct writer){ 0 };
}

static void respond(struct camera *camera, uint16_t code, uint32_t id)
{
	struct writer w;

	if (camera->quirks & CAMERA_EMPTY_PACKETS)
		fake_push(camera->transport, NULL, 0, 0);
	if (camera->quirks & (CAMERA_WRONG_ID | CAMERA_ONLY_WRONG_ID)) {
		w = container(PTP_RESPONSE, PTP_OK, id + 77);
		send(camera, &w, 0);
	}
	if (camera->quirks & CAMERA_EVENT) {
		w = container(PTP_EVENT, 0x4002, id);
		send(camera, &w, 0);
	}
	if (camera->quirks & CAMERA_ONLY_WRONG_ID)
		return;
	w = container(PTP_RESPONSE, code, id);
	send(camera, &w, 0);
}

static void send_split(struct camera *camera, struct writer *w, size_t len, unsigned int flags)
{
	fake_push(camera->transport, w->bytes, PTP_HEADER_LEN, 0);
	if (len > PTP_HEADER_LEN)
		fake_push(camera->transport, w->bytes + PTP_HEADER_LEN, len - PTP_HEADER_LEN,
			  flags);
	free(w->bytes);
	*w = (struct writer){ 0 };
}

/* Data and response, misbehaving as told. */
static void send_data(struct camera *camera, struct writer *w, uint32_t id, unsigned int quirks)
{
	unsigned int flags = quirks & CAMERA_NO_END ? FAKE_NO_END : 0;
	uint16_t answer = PTP_OK;
	size_t len = w->len;

	set_length(w, quirks & CAMERA_UNKNOWN_LENGTH ? PTP_LENGTH_UNKNOWN : (uint32_t)len);
	if (quirks & CAMERA_OVERLONG) {
		put(w, 0x1122334455667788, 8);
		len += 8;
	}
	if (quirks & (CAMERA_SHORT | CAMERA_UNPLUG | CAMERA_SHORT_THEN_ERROR))
		len = PTP_HEADER_LEN + (len - PTP_HEADER_LEN) / 2;
	if (quirks & CAMERA_SHORT_THEN_ERROR)
		answer = 0x2007;
	if (quirks & CAMERA_EMPTY_PACKETS)
		fake_push(camera->transport, NULL, 0, 0);
	if (quirks & CAMERA_UNPLUG)
		flags = FAKE_NO_END;
	if (quirks & CAMERA_SPLIT_HEADER) {
		send_split(camera, w, len, flags);
	} else {
		w->len = len;
		send(camera, w, flags);
	}
	if (quirks & CAMERA_UNPLUG)
		fake_push_error(camera->transport, -ENODEV);
	respond(camera, answer, id);
}

static struct writer device_info(uint32_t id)
{
	struct writer w = container(PTP_DATA, PTP_GET_DEVICE_INFO, id);

	put(&w, 100, 2);
	put(&w, 6, 4);
	put(&w, 100, 2);
	put_string(&w, "test: 1.0;");
	put(&w, 0, 2);
	put(&w, 2, 4);
	put(&w, 0x1001, 2);
	put(&w, 0x1002, 2);
	put(&w, 0, 4);
	put(&w, 0, 4);
	put(&w, 0, 4);
	put(&w, 1, 4);
	put(&w, 0x3801, 2);
	put_string(&w, "Maker");
	put_string(&w, "Model");
	put_string(&w, "1.0");
	put_string(&w, "0001");
	return w;
}

static struct writer handles(const struct camera *camera, uint32_t id, uint32_t parent)
{
	struct writer w = container(PTP_DATA, PTP_GET_OBJECT_HANDLES, id);
	uint32_t top = parent == 0xFFFFFFFF ? 0 : parent;
	size_t i, count = 0;

	put(&w, 0, 4);
	for (i = 0; i < camera->objects; i++) {
		if ((parent || camera->children_only) && camera->object[i].parent != top)
			continue;
		put(&w, camera->object[i].handle, 4);
		count++;
	}
	w.bytes[PTP_HEADER_LEN] = (uint8_t)count;
	return w;
}

static struct writer object_info(const struct camera_object *object, uint32_t id)
{
	struct writer w = container(PTP_DATA, PTP_GET_OBJECT_INFO, id);
	size_t i;

	put(&w, 0x00010001, 4);
	put(&w, object->format, 2);
	put(&w, 0, 2);
	put(&w, object->size, 4);
	put(&w, 0, 2);
	for (i = 0; i < 6; i++)
		put(&w, 0, 4);
	put(&w, object->parent, 4);
	put(&w, 1, 2);
	put(&w, 0, 4);
	put(&w, 0, 4);
	put_string(&w, object->name);
	put_string(&w, "20240102T030405Z");
	put_string(&w, "20240102T030406Z");
	put_string(&w, "");
	return w;
}

static struct writer object_data(const struct camera_object *object, uint32_t id)
{
	struct writer w = container(PTP_DATA, PTP_GET_OBJECT, id);
	size_t i;

	w.bytes = realloc(w.bytes, PTP_HEADER_LEN + object->size);
	if (!w.bytes)
		abort();
	for (i = 0; i < object->size; i++)
		w.bytes[w.len++] = camera_byte(object->handle, i);
	return w;
}

static const struct camera_object *find(const struct camera *camera, uint32_t handle)
{
	size_t i;

	for (i = 0; i < camera->objects; i++)
		if (camera->object[i].handle == handle)
			return &camera->object[i];
	return NULL;
}

static void get_object(struct camera *camera, uint32_t id, uint32_t handle)
{
	const struct camera_object *object = find(camera, handle);
	unsigned int quirks = camera->quirks;
	struct writer w;

	if (!object || camera->answer) {
		respond(camera, object ? camera->answer : PTP_INVALID_OBJECT_HANDLE, id);
		return;
	}
	if (quirks & CAMERA_SILENT)
		return;
	if (quirks & CAMERA_STALL) {
		fake_push_error(camera->transport, -EPIPE);
		return;
	}
	if (quirks & CAMERA_NO_DATA) {
		respond(camera, PTP_OK, id);
		return;
	}
	w = object_data(object, id);
	send_data(camera, &w, id, quirks);
}

static uint32_t word(const uint8_t *bytes, size_t at)
{
	return (uint32_t)bytes[at] | (uint32_t)bytes[at + 1] << 8 | (uint32_t)bytes[at + 2] << 16 |
	       (uint32_t)bytes[at + 3] << 24;
}

static void set_session(struct camera *camera, bool open, uint32_t id)
{
	if (camera->session == open) {
		respond(camera, open ? PTP_SESSION_ALREADY_OPEN : PTP_SESSION_NOT_OPEN, id);
		return;
	}
	camera->session = open;
	if (open)
		camera->opened++;
	else
		camera->closed++;
	respond(camera, PTP_OK, id);
}

static void answer(struct camera *camera, const struct ptp_container *command,
		   const uint32_t *param)
{
	unsigned int quirks = camera->quirks & CAMERA_STREAM_ONLY ? 0 : camera->quirks;
	const struct camera_object *object;
	struct writer w;
	unsigned int i;

	switch (command->code) {
	case PTP_GET_DEVICE_INFO:
		w = device_info(command->transaction);
		break;
	case PTP_OPEN_SESSION:
		set_session(camera, true, command->transaction);
		return;
	case PTP_CLOSE_SESSION:
		set_session(camera, false, command->transaction);
		return;
	case PTP_GET_STORAGE_IDS:
		w = container(PTP_DATA, command->code, command->transaction);
		put(&w, 1 + camera->storages, 4);
		for (i = 0; i <= camera->storages; i++)
			put(&w, 0x00010001 + (camera->repeated ? 0 : i << 16), 4);
		break;
	case PTP_GET_STORAGE_INFO:
		if (!camera->no_storage_info)
			respond(camera, PTP_OPERATION_NOT_SUPPORTED, command->transaction);
		return;
	case PTP_GET_OBJECT_HANDLES:
		w = handles(camera, command->transaction, param[2]);
		break;
	case PTP_GET_OBJECT_INFO:
		object = find(camera, param[0]);
		if (!object) {
			respond(camera, PTP_INVALID_OBJECT_HANDLE, command->transaction);
			return;
		}
		w = object_info(object, command->transaction);
		break;
	case PTP_GET_OBJECT:
		get_object(camera, command->transaction, param[0]);
		return;
	default:
		respond(camera, PTP_OPERATION_NOT_SUPPORTED, command->transaction);
		return;
	}
	send_data(camera, &w, command->transaction, quirks);
}

static ssize_t on_write(void *context, const uint8_t *bytes, size_t len)
{
	uint32_t param[PTP_PARAMS_MAX] = { 0 };
	struct camera *camera = context;
	struct ptp_container command;
	size_t i;

	if (camera->stuck)
		return -ETIMEDOUT;
	if (ptp_unpack_header(bytes, len, &command) < 0 || command.length != len ||
	    command.type != PTP_COMMAND)
		abort();
	for (i = 0; PTP_HEADER_LEN + 4 * (i + 1) <= len; i++)
		param[i] = word(bytes, PTP_HEADER_LEN + 4 * i);
	camera->commands++;
	camera->last_id = command.transaction;
	if (camera->quirks & CAMERA_SILENT && !(camera->quirks & CAMERA_STREAM_ONLY))
		return (ssize_t)len;
	answer(camera, &command, param);
	return (ssize_t)len;
}

static int on_control(void *context, const struct transport_request *request)
{
	static const uint8_t status[] = { 4, 0, 0x01, 0x20 };
	struct camera *camera = context;

	if (camera->quirks & CAMERA_NO_REQUESTS)
		return -EPIPE;
	switch (request->request) {
	case PTP_REQUEST_CANCEL:
		camera->cancels++;
		camera->stuck = false;
		if (request->len != PTP_CANCEL_LEN ||
		    word((const uint8_t *)request->data, 2) != camera->last_id)
			abort();
		fake_drop(camera->transport);
		return request->len;
	case PTP_REQUEST_DEVICE_STATUS:
		memcpy(request->data, status, sizeof(status));
		return sizeof(status);
	case PTP_REQUEST_DEVICE_RESET:
		camera->resets++;
		camera->session = false;
		fake_drop(camera->transport);
		return 0;
	default:
		return -EPIPE;
	}
}

/**
 * camera_new() - put a camera behind a fake transport
 * @camera: with its objects; must stay while the transport does
 *
 * Return: the transport.
 */
struct usbsi_transport *camera_new(struct camera *camera)
{
	struct fake_device device = {
		.context = camera,
		.on_write = on_write,
		.on_control = on_control,
	};

	camera->transport = fake_new(&device);
	return camera->transport;
}

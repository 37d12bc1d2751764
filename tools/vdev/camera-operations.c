// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Camera personality: the PTP operations.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "camera.h"

#define DATASET_MAX	65536
#define ROOT_ONLY	0xffffffffU

static int send_dataset(struct camera *camera, const struct ptp_command *command,
			const struct ptp_pack *pack)
{
	struct camera_payload payload = { .data = pack->data, .fd = -1, .size = pack->length };

	if (pack->length > pack->size)
		return camera_respond(camera, command, PTP_GENERAL_ERROR);
	return camera_send(camera, command, &payload);
}

static void pack_codes(struct ptp_pack *pack, const uint16_t *codes, unsigned int count)
{
	unsigned int i;

	ptp_pack_u32(pack, count);
	for (i = 0; i < count; i++)
		ptp_pack_u16(pack, codes[i]);
}

static int get_device_info(struct camera *camera, const struct ptp_command *command)
{
	static const uint16_t operations[] = {
		PTP_GET_DEVICE_INFO, PTP_OPEN_SESSION, PTP_CLOSE_SESSION, PTP_GET_STORAGE_IDS,
		PTP_GET_STORAGE_INFO, PTP_GET_NUM_OBJECTS, PTP_GET_OBJECT_HANDLES,
		PTP_GET_OBJECT_INFO, PTP_GET_OBJECT, PTP_GET_THUMB,
	};
	static const uint16_t events[] = { PTP_EVENT_OBJECT_ADDED };
	static const uint16_t formats[] = {
		PTP_FORMAT_UNDEFINED, PTP_FORMAT_ASSOCIATION, 0x3801, 0x380b, 0x3008, 0x300a,
	};
	unsigned char data[2048];
	struct ptp_pack pack = { .data = data, .size = sizeof(data) };

	ptp_pack_u16(&pack, 100);
	ptp_pack_u32(&pack, 0);
	ptp_pack_u16(&pack, 0);
	ptp_pack_string(&pack, "");
	ptp_pack_u16(&pack, 0);
	pack_codes(&pack, operations, ARRAY_SIZE(operations));
	pack_codes(&pack, events, ARRAY_SIZE(events));
	pack_codes(&pack, NULL, 0);
	pack_codes(&pack, NULL, 0);
	pack_codes(&pack, formats, ARRAY_SIZE(formats));
	ptp_pack_string(&pack, camera->dev->identity.manufacturer);
	ptp_pack_string(&pack, camera->dev->identity.name);
	ptp_pack_string(&pack, "1.0");
	ptp_pack_string(&pack, camera->dev->identity.serial);
	return send_dataset(camera, command, &pack);
}

static int get_storage_ids(struct camera *camera, const struct ptp_command *command)
{
	unsigned char data[8];
	struct ptp_pack pack = { .data = data, .size = sizeof(data) };

	ptp_pack_u32(&pack, 1);
	ptp_pack_u32(&pack, PTP_STORAGE);
	return send_dataset(camera, command, &pack);
}

static int get_storage_info(struct camera *camera, const struct ptp_command *command)
{
	unsigned char data[512];
	struct ptp_pack pack = { .data = data, .size = sizeof(data) };

	if (command->params[0] != PTP_STORAGE)
		return camera_respond(camera, command, PTP_INVALID_STORAGE_ID);
	ptp_pack_u16(&pack, 4);		/* removable memory */
	ptp_pack_u16(&pack, 3);		/* as a DCF card has it */
	ptp_pack_u16(&pack, 1);		/* read only */
	ptp_pack_u64(&pack, 64ULL << 30);
	ptp_pack_u64(&pack, 0);
	ptp_pack_u32(&pack, 0);
	ptp_pack_string(&pack, "card");
	ptp_pack_string(&pack, "USBSI");
	return send_dataset(camera, command, &pack);
}

/* Is an object meant by the storage, format and parent of a command? */
static bool selected(const struct camera_object *object, const struct ptp_command *command)
{
	uint32_t parent = command->params[2];

	if (!parent)
		return true;
	return object->parent == (parent == ROOT_ONLY ? 0 : parent);
}

static uint16_t check_selection(const struct camera *camera, const struct ptp_command *command)
{
	const struct camera_object *parent;

	if (command->params[0] != PTP_STORAGE && command->params[0] != PTP_UNKNOWN)
		return PTP_INVALID_STORAGE_ID;
	if (command->params[1])
		return PTP_BY_FORMAT_UNSUPPORTED;
	if (!command->params[2] || command->params[2] == ROOT_ONLY)
		return PTP_OK;
	parent = camera_store_find(&camera->store, command->params[2]);
	if (!parent)
		return PTP_INVALID_OBJECT_HANDLE;
	return parent->folder ? PTP_OK : PTP_INVALID_PARENT;
}

static uint32_t count_selected(const struct camera *camera, const struct ptp_command *command)
{
	uint32_t count = 0;
	size_t i;

	for (i = 0; i < camera->store.count; i++)
		count += selected(&camera->store.objects[i], command);
	return count;
}

static int get_num_objects(struct camera *camera, const struct ptp_command *command)
{
	unsigned char data[PTP_HEADER + 4];
	struct ptp_pack pack = { .data = data, .size = sizeof(data) };
	uint16_t code = check_selection(camera, command);
	int ret;

	if (code != PTP_OK)
		return camera_respond(camera, command, code);
	ptp_pack_header(&pack, sizeof(data), PTP_RESPONSE, PTP_OK, command->transaction);
	ptp_pack_u32(&pack, count_selected(camera, command));
	ret = vdev_put(camera->dev, data, sizeof(data));
	return ret ?: vdev_end(camera->dev, true);
}

static int get_object_handles(struct camera *camera, const struct ptp_command *command)
{
	struct ptp_pack pack = { 0 };
	uint16_t code = check_selection(camera, command);
	size_t i;
	int ret;

	if (code != PTP_OK)
		return camera_respond(camera, command, code);
	pack.size = 4 + 4 * camera->store.count;
	pack.data = malloc(pack.size);
	if (!pack.data)
		return camera_respond(camera, command, PTP_GENERAL_ERROR);
	ptp_pack_u32(&pack, count_selected(camera, command));
	for (i = 0; i < camera->store.count; i++)
		if (selected(&camera->store.objects[i], command))
			ptp_pack_u32(&pack, i + 1);
	ret = send_dataset(camera, command, &pack);
	free(pack.data);
	return ret;
}

static void pack_zeros(struct ptp_pack *pack, unsigned int count)
{
	while (count--)
		ptp_pack_u32(pack, 0);
}

static int get_object_info(struct camera *camera, const struct ptp_command *command)
{
	const struct camera_object *object;
	unsigned char data[2048];
	struct ptp_pack pack = { .data = data, .size = sizeof(data) };

	object = camera_store_find(&camera->store, command->params[0]);
	if (!object)
		return camera_respond(camera, command, PTP_INVALID_OBJECT_HANDLE);
	ptp_pack_u32(&pack, PTP_STORAGE);
	ptp_pack_u16(&pack, object->folder ? PTP_FORMAT_ASSOCIATION : ptp_format(object->name));
	ptp_pack_u16(&pack, 0);
	if (camera->unknown_size || object->size >= PTP_UNKNOWN)
		ptp_pack_u32(&pack, object->folder ? 0 : PTP_UNKNOWN);
	else
		ptp_pack_u32(&pack, object->size);
	ptp_pack_u16(&pack, 0);
	pack_zeros(&pack, 6);		/* thumbnail and image sizes: not known */
	ptp_pack_u32(&pack, object->parent);
	ptp_pack_u16(&pack, object->folder ? 1 : 0);
	pack_zeros(&pack, 2);
	ptp_pack_string(&pack, object->name);
	ptp_pack_time(&pack, object->when);
	ptp_pack_time(&pack, object->when);
	ptp_pack_string(&pack, "");
	return send_dataset(camera, command, &pack);
}

static int get_object(struct camera *camera, const struct ptp_command *command)
{
	struct camera_payload payload = { 0 };
	const struct camera_object *object;
	int ret;

	object = camera_store_find(&camera->store, command->params[0]);
	if (!object || object->folder)
		return camera_respond(camera, command, PTP_INVALID_OBJECT_HANDLE);
	payload.fd = open(object->path, O_RDONLY | O_CLOEXEC);
	if (payload.fd < 0)
		return camera_respond(camera, command, PTP_GENERAL_ERROR);
	payload.size = object->size;
	ret = camera_send(camera, command, &payload);
	close(payload.fd);
	return ret;
}

static int get_thumb(struct camera *camera, const struct ptp_command *command)
{
	if (!camera_store_find(&camera->store, command->params[0]))
		return camera_respond(camera, command, PTP_INVALID_OBJECT_HANDLE);
	return camera_respond(camera, command, PTP_NO_THUMBNAIL);
}

static int open_session(struct camera *camera, const struct ptp_command *command)
{
	if (camera->session)
		return camera_respond(camera, command, PTP_SESSION_ALREADY_OPEN);
	camera->session = true;
	return camera_respond(camera, command, PTP_OK);
}

static int close_session(struct camera *camera, const struct ptp_command *command)
{
	camera->session = false;
	return camera_respond(camera, command, PTP_OK);
}

static const struct {
	uint16_t code;
	bool session;
	int (*operate)(struct camera *camera, const struct ptp_command *command);
} operations[] = {
	{ PTP_GET_DEVICE_INFO, false, get_device_info },
	{ PTP_OPEN_SESSION, false, open_session },
	{ PTP_CLOSE_SESSION, true, close_session },
	{ PTP_GET_STORAGE_IDS, true, get_storage_ids },
	{ PTP_GET_STORAGE_INFO, true, get_storage_info },
	{ PTP_GET_NUM_OBJECTS, true, get_num_objects },
	{ PTP_GET_OBJECT_HANDLES, true, get_object_handles },
	{ PTP_GET_OBJECT_INFO, true, get_object_info },
	{ PTP_GET_OBJECT, true, get_object },
	{ PTP_GET_THUMB, true, get_thumb },
};

/**
 * camera_operate() - carry a command out, up to its response
 * @camera: camera
 * @command: what the host wants
 *
 * Return: 0 or a negative errno as vdev_interrupted().
 */
int camera_operate(struct camera *camera, const struct ptp_command *command)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(operations); i++) {
		if (operations[i].code != command->code)
			continue;
		if (operations[i].session && !camera->session)
			return camera_respond(camera, command, PTP_SESSION_NOT_OPEN);
		return operations[i].operate(camera, command);
	}
	return camera_respond(camera, command, PTP_OPERATION_NOT_SUPPORTED);
}

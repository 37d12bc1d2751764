// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Fuzz target: list and acquire with a device whose every answer is the input
 *
 * The input is a list of transfers.  Each begins with two bytes: a kind and a
 * length.  Half of them are put into a container that fits the command, so
 * that the fuzzer need not guess transaction ids to get to the datasets.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/device/device.h"
#include "../../lib/transport/fake.h"
#include "ptp-names.h"
#include "ptp-pack.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* Enough for any conversation, and an end for those that go in circles */
#define COMMANDS_MAX	200
#define ITEMS_MAX	8

/**
 * struct script - what is left of the input
 * @transport: where answers go
 * @bytes: the next byte
 * @len: bytes from there on
 * @commands: so far
 */
struct script {
	struct usbsi_transport	*transport;
	const uint8_t		*bytes;
	size_t			len;
	unsigned int		commands;
};

static uint8_t next_byte(struct script *script)
{
	if (!script->len)
		return 0;
	script->len--;
	return *script->bytes++;
}

static size_t next_bytes(struct script *script, uint8_t *out, size_t len)
{
	len = len < script->len ? len : script->len;
	memcpy(out, script->bytes, len);
	script->bytes += len;
	script->len -= len;
	return len;
}

static void push_container(struct script *script, const struct ptp_container *command,
			   uint16_t type, size_t payload, unsigned int flags)
{
	uint8_t buf[PTP_HEADER_LEN + 256];
	size_t len;

	len = PTP_HEADER_LEN + next_bytes(script, buf + PTP_HEADER_LEN, payload);
	memset(buf, 0, PTP_HEADER_LEN);
	buf[0] = (uint8_t)len;
	buf[1] = (uint8_t)(len >> 8);
	buf[4] = (uint8_t)type;
	buf[6] = (uint8_t)(type == PTP_RESPONSE ? PTP_OK : command->code);
	buf[7] = (uint8_t)((type == PTP_RESPONSE ? PTP_OK : command->code) >> 8);
	memcpy(buf + 8, (const uint8_t[]){ (uint8_t)command->transaction,
	       (uint8_t)(command->transaction >> 8), (uint8_t)(command->transaction >> 16),
	       (uint8_t)(command->transaction >> 24) }, 4);
	fake_push(script->transport, buf, len, flags);
}

static void push_transfer(struct script *script, const struct ptp_container *command)
{
	uint8_t kind = next_byte(script), raw[256];
	unsigned int flags = kind & 0x40 ? FAKE_NO_END : 0;
	size_t len = next_byte(script);

	switch (kind & 7) {
	case 0:
	case 1:
	case 2:
		push_container(script, command, PTP_DATA, len, flags);
		push_container(script, command, PTP_RESPONSE, 0, 0);
		break;
	case 3:
		push_container(script, command, PTP_RESPONSE, len & 0x1c, flags);
		break;
	case 4:
		fake_push_error(script->transport, -EPIPE);
		break;
	case 5:
		fake_push_error(script->transport, kind & 0x80 ? -ENODEV : -EIO);
		break;
	default:
		len = next_bytes(script, raw, len);
		fake_push(script->transport, raw, len, flags);
		break;
	}
}

static ssize_t on_write(void *context, const uint8_t *bytes, size_t len)
{
	struct script *script = context;
	struct ptp_container command;
	unsigned int transfers;

	if (ptp_unpack_header(bytes, len, &command) < 0)
		abort();
	if (++script->commands > COMMANDS_MAX)
		return -ENODEV;
	/* session commands are answered unless the input wants it otherwise */
	if (command.code == PTP_OPEN_SESSION || command.code == PTP_CLOSE_SESSION) {
		push_container(script, &command, PTP_RESPONSE, 0, 0);
		return (ssize_t)len;
	}
	transfers = 1 + next_byte(script) % 3;
	while (script->len && transfers--)
		push_transfer(script, &command);
	return (ssize_t)len;
}

static int on_control(void *context, const struct transport_request *request)
{
	struct script *script = context;

	if (!(request->request_type & 0x80))
		return next_byte(script) & 1 ? -EPIPE : request->len;
	return (int)next_bytes(script, request->data, next_byte(script) % (request->len + 1u));
}

static int on_next(void *data, const struct usbsi_item *item)
{
	return 0;
}

static int on_data(void *data, const void *bytes, size_t len)
{
	return 0;
}

static void acquire_some(struct usbsi_device *dev, const struct usbsi_items *items)
{
	static const struct usbsi_stream_client client = {
		.size = sizeof(client),
		.next_stream = on_next,
		.write = on_data,
	};
	const struct usbsi_item *item = usbsi_items_root(items);
	unsigned int count = 0;

	while ((item = usbsi_items_next(item))) {
		if (strchr(usbsi_item_name(item), '/') || !*usbsi_item_name(item))
			abort();
		if (!usbsi_item_is_folder(item) && count++ < ITEMS_MAX)
			usbsi_acquire(dev, item, &client, NULL);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct script script = { .bytes = bytes, .len = len };
	struct fake_device device = {
		.context = &script,
		.on_write = on_write,
		.on_control = on_control,
	};
	struct usbsi_context *ctx;
	struct usbsi_items *items;
	struct usbsi_device *dev;

	script.transport = fake_new(&device);
	if (usbsi_context_new(&ctx) < 0 ||
	    device_attach(ctx, script.transport, &ptp_minidriver, "fuzz", USBSI_OPEN_DATA,
			  &dev) < 0)
		abort();
	if (!usbsi_device_items(dev, &items)) {
		acquire_some(dev, items);
		usbsi_items_free(items);
	}
	if (fake_counts(script.transport)->locks)
		abort();
	usbsi_device_close(dev);
	usbsi_context_free(ctx);
	return 0;
}

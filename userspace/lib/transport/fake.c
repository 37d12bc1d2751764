// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A transport for tests
 */
#include "fake.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/**
 * struct transfer - one transfer of the device
 * @next: the one after it
 * @error: ends a read instead of bytes
 * @ends: a short or empty packet is at its end
 * @len: bytes
 * @bytes: what it carries
 */
struct transfer {
	struct transfer	*next;
	int		error;
	bool		ends;
	size_t		len;
	uint8_t		bytes[];
};

/**
 * struct fake - the transport
 * @base: what the library sees
 * @device: played by the test
 * @head: the next transfer
 * @tail: where the one after the last goes
 * @offset: bytes of @head that were read
 * @held: an abort holds
 * @info: answer to info
 * @set_mode_error: answer to set_mode
 * @lock_error: answer to lock
 * @endless: the stream has no length
 * @wanted: bytes that it still has to bring
 * @discont: bytes may be missing before the next chunk of a stream
 * @slot: of a stream
 * @counts: for the test
 */
struct fake {
	struct usbsi_transport		base;
	struct fake_device		device;
	struct transfer			*head;
	struct transfer			**tail;
	size_t				offset;
	bool				held;
	struct usbsi_device_info	info;
	int				set_mode_error;
	int				lock_error;
	bool				endless;
	uint64_t			wanted;
	bool				discont;
	uint8_t				slot[FAKE_SLOT];
	struct fake_counts		counts;
};

static struct fake *to_fake(struct usbsi_transport *transport)
{
	return (struct fake *)transport;
}

static void pop(struct fake *fake)
{
	struct transfer *transfer = fake->head;

	fake->head = transfer->next;
	if (!fake->head)
		fake->tail = &fake->head;
	fake->offset = 0;
	free(transfer);
}

/*
 * Up to @len bytes; @is_short tells that a short packet ended them.  A length
 * that is no multiple of the packet size cannot go on in the next transfer.
 */
static ssize_t take(struct fake *fake, uint8_t *buf, size_t len, bool *is_short)
{
	size_t step, done = 0;
	int error;

	*is_short = false;
	if (fake->held)
		return -ECANCELED;
	while (fake->head && done < len && !*is_short) {
		struct transfer *transfer = fake->head;

		if (transfer->error) {
			error = transfer->error;
			if (done)
				break;
			if (error != -ENODEV)
				pop(fake);
			return error;
		}
		step = transfer->len - fake->offset;
		step = step < len - done ? step : len - done;
		memcpy(buf + done, transfer->bytes + fake->offset, step);
		done += step;
		fake->offset += step;
		if (fake->offset < transfer->len)
			break;
		/* the end packet of a full buffer is a transfer of its own */
		if (transfer->ends && done == len && !(transfer->len % FAKE_PACKET))
			break;
		*is_short = transfer->ends;
		pop(fake);
	}
	if (done || *is_short)
		return (ssize_t)done;
	fake->counts.timeouts++;
	return -ETIMEDOUT;
}

static ssize_t fake_read(struct usbsi_transport *transport, void *buf, size_t len,
			 unsigned int timeout_ms)
{
	struct fake *fake = to_fake(transport);
	bool is_short;

	if (fake->device.on_read)
		fake->device.on_read(fake->device.context);
	return take(fake, buf, len, &is_short);
}

static ssize_t fake_write(struct usbsi_transport *transport, const void *buf, size_t len,
			  unsigned int timeout_ms)
{
	struct fake *fake = to_fake(transport);

	if (fake->held)
		return -ECANCELED;
	return fake->device.on_write ? fake->device.on_write(fake->device.context, buf, len) :
				       (ssize_t)len;
}

static int fake_control(struct usbsi_transport *transport,
			const struct transport_request *request, unsigned int timeout_ms)
{
	struct fake *fake = to_fake(transport);

	if (fake->held)
		return -ECANCELED;
	return fake->device.on_control ?
	       fake->device.on_control(fake->device.context, request) : -EPIPE;
}

static int fake_info(struct usbsi_transport *transport, struct usbsi_device_info *info)
{
	*info = to_fake(transport)->info;
	return 0;
}

static int fake_set_mode(struct usbsi_transport *transport, enum usbsi_open_mode mode)
{
	return to_fake(transport)->set_mode_error;
}

static int fake_lock(struct usbsi_transport *transport, unsigned int timeout_ms)
{
	struct fake *fake = to_fake(transport);

	if (fake->held)
		return -ECANCELED;
	if (!fake->lock_error)
		fake->counts.locks++;
	return fake->lock_error;
}

static int fake_unlock(struct usbsi_transport *transport)
{
	to_fake(transport)->counts.locks--;
	return 0;
}

static int fake_clear_halt(struct usbsi_transport *transport, enum usbsi_pipe pipe)
{
	to_fake(transport)->counts.clears[pipe]++;
	if (pipe == USBSI_PIPE_READ)
		to_fake(transport)->discont = true;
	return 0;
}

static int fake_abort(struct usbsi_transport *transport, enum transport_abort how)
{
	struct fake *fake = to_fake(transport);

	fake->held = how == TRANSPORT_ABORT_HOLD;
	if (fake->held)
		fake->counts.holds++;
	return 0;
}

static int fake_reset(struct usbsi_transport *transport)
{
	to_fake(transport)->counts.resets++;
	return 0;
}

static int fake_stream_start(struct usbsi_transport *transport, uint64_t length)
{
	struct fake *fake = to_fake(transport);

	fake->counts.streams++;
	fake->endless = !length;
	fake->wanted = length;
	return 0;
}

static int fake_stream_next(struct usbsi_transport *transport, struct usbsi_chunk *chunk,
			    unsigned int timeout_ms)
{
	struct fake *fake = to_fake(transport);
	size_t armed = FAKE_SLOT;
	bool is_short;
	ssize_t len;

	if (!fake->endless && !fake->wanted)
		return 0;
	if (!fake->endless && fake->wanted < FAKE_SLOT)
		armed = (fake->wanted + FAKE_PACKET - 1) / FAKE_PACKET * FAKE_PACKET;
	if (fake->device.on_read)
		fake->device.on_read(fake->device.context);
	len = take(fake, fake->slot, armed, &is_short);
	if (len < 0)
		return (int)len;
	fake->wanted -= (uint64_t)len < fake->wanted ? (uint64_t)len : fake->wanted;
	chunk->bytes = fake->slot;
	chunk->len = (size_t)len;
	chunk->flags = is_short ? USBSI_CHUNK_SHORT : 0;
	if (fake->discont)
		chunk->flags |= USBSI_CHUNK_DISCONT;
	fake->discont = false;
	return 1;
}

static void fake_stream_release(struct usbsi_transport *transport)
{
	/* what is read after its release is not what the device sent */
	memset(to_fake(transport)->slot, 0xdb, FAKE_SLOT);
}

static int fake_stream_stop(struct usbsi_transport *transport)
{
	to_fake(transport)->counts.streams--;
	return 0;
}

static void fake_sleep(struct usbsi_transport *transport, unsigned int ms)
{
}

static void fake_close(struct usbsi_transport *transport)
{
	fake_drop(transport);
	free(transport);
}

static const struct usbsi_transport_ops fake_ops = {
	.name = "fake",
	.close = fake_close,
	.info = fake_info,
	.set_mode = fake_set_mode,
	.lock = fake_lock,
	.unlock = fake_unlock,
	.read = fake_read,
	.write = fake_write,
	.control = fake_control,
	.clear_halt = fake_clear_halt,
	.abort = fake_abort,
	.reset = fake_reset,
	.stream_start = fake_stream_start,
	.stream_next = fake_stream_next,
	.stream_release = fake_stream_release,
	.stream_stop = fake_stream_stop,
	.sleep = fake_sleep,
};

/**
 * fake_new() - a transport
 * @device: copied
 *
 * Return: the transport; it is closed by the device that it is given to.
 */
struct usbsi_transport *fake_new(const struct fake_device *device)
{
	struct fake *fake = calloc(1, sizeof(*fake));

	if (!fake)
		abort();
	fake->base.ops = &fake_ops;
	fake->device = *device;
	fake->tail = &fake->head;
	fake->info.read.address = 0x81;
	fake->info.write.address = 0x02;
	fake->info.event.address = 0x83;
	return &fake->base;
}

static struct transfer *append(struct fake *fake, size_t len)
{
	struct transfer *transfer = calloc(1, sizeof(*transfer) + len);

	if (!transfer)
		abort();
	transfer->len = len;
	*fake->tail = transfer;
	fake->tail = &transfer->next;
	return transfer;
}

/**
 * fake_push() - the device sends a transfer
 * @transport: the transport
 * @bytes: what
 * @len: how much; 0: a zero-length packet
 * @flags: FAKE_*
 */
void fake_push(struct usbsi_transport *transport, const void *bytes, size_t len,
	       unsigned int flags)
{
	struct transfer *transfer = append(to_fake(transport), len);

	transfer->ends = !(flags & FAKE_NO_END) || len % FAKE_PACKET;
	if (len)
		memcpy(transfer->bytes, bytes, len);
}

/**
 * fake_push_error() - a read ends with an error
 * @transport: the transport
 * @error: negative errno; -ENODEV stays
 */
void fake_push_error(struct usbsi_transport *transport, int error)
{
	append(to_fake(transport), 0)->error = error;
}

/**
 * fake_drop() - forget what the device has sent
 * @transport: the transport
 */
void fake_drop(struct usbsi_transport *transport)
{
	while (to_fake(transport)->head)
		pop(to_fake(transport));
}

/**
 * fake_set_info() - what info answers from now on
 * @transport: the transport
 * @info: copied
 */
void fake_set_info(struct usbsi_transport *transport, const struct usbsi_device_info *info)
{
	to_fake(transport)->info = *info;
}

/**
 * fake_fail_set_mode() - what set_mode answers from now on
 * @transport: the transport
 * @error: 0 or a negative errno
 */
void fake_fail_set_mode(struct usbsi_transport *transport, int error)
{
	to_fake(transport)->set_mode_error = error;
}

/**
 * fake_fail_lock() - what lock answers from now on
 * @transport: the transport
 * @error: 0 or a negative errno
 */
void fake_fail_lock(struct usbsi_transport *transport, int error)
{
	to_fake(transport)->lock_error = error;
}

/**
 * fake_counts() - what was done to the transport
 * @transport: the transport
 *
 * Return: the counts, which may be changed.
 */
struct fake_counts *fake_counts(struct usbsi_transport *transport)
{
	return &to_fake(transport)->counts;
}

// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Ports: the device as its minidriver sees it
 */
#include "device.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static struct usbsi_transport *port_transport(const struct usbsi_port *port)
{
	return port->device->transport;
}

/*
 * A cancel from another thread may have come between raising the shield and
 * its abort: under the shield a cancelled call is tried once more.
 */
static bool cancelled_in_shield(struct usbsi_port *port, ssize_t ret)
{
	const struct usbsi_transport *transport = port_transport(port);

	if (ret != -ECANCELED || !atomic_load(&port->device->shielded))
		return false;
	if (transport->ops->abort)
		transport->ops->abort(port->device->transport, TRANSPORT_ABORT_RELEASE);
	return true;
}

/**
 * usbsi_port_open_mode() - what the client opened the device for
 * @port: the port
 *
 * Return: &enum usbsi_open_mode.
 */
enum usbsi_open_mode usbsi_port_open_mode(const struct usbsi_port *port)
{
	return port->device->mode;
}

/**
 * usbsi_port_timeout() - longest time without a byte of progress
 * @port: the port
 *
 * Return: milliseconds.
 */
unsigned int usbsi_port_timeout(const struct usbsi_port *port)
{
	return port->device->timeout_ms;
}

/**
 * usbsi_port_get_info() - the interface and who holds what
 * @port: the port
 * @info: out
 * @size: sizeof(*info) as the caller knows it
 *
 * Return: 0 or a negative errno.
 */
int usbsi_port_get_info(struct usbsi_port *port, struct usbsi_device_info *info, size_t size)
{
	return usbsi_device_get_info(port->device, info, size);
}

/**
 * usbsi_port_read() - one bulk IN transfer
 * @port: the port
 * @buf: where to
 * @len: at most that many bytes; a multiple of the packet size loses nothing
 * @timeout_ms: how long it may take
 *
 * Return: bytes, less than @len when a short packet ended the transfer, 0 for
 * a zero-length packet; -EPIPE stall, -ETIMEDOUT, -ECANCELED, -ENODEV, -EIO.
 */
ssize_t usbsi_port_read(struct usbsi_port *port, void *buf, size_t len, unsigned int timeout_ms)
{
	struct usbsi_transport *transport = port_transport(port);
	ssize_t ret;

	if (device_is_cancelled(port->device))
		return -ECANCELED;
	ret = transport->ops->read(transport, buf, len, timeout_ms);
	if (cancelled_in_shield(port, ret))
		ret = transport->ops->read(transport, buf, len, timeout_ms);
	return ret;
}

/**
 * usbsi_port_write() - one bulk OUT transfer
 * @port: the port
 * @buf: where from
 * @len: bytes
 * @timeout_ms: how long it may take
 *
 * Return: bytes that were taken, errors as usbsi_port_read().
 */
ssize_t usbsi_port_write(struct usbsi_port *port, const void *buf, size_t len,
			 unsigned int timeout_ms)
{
	struct usbsi_transport *transport = port_transport(port);
	ssize_t ret;

	if (device_is_cancelled(port->device))
		return -ECANCELED;
	ret = transport->ops->write(transport, buf, len, timeout_ms);
	if (cancelled_in_shield(port, ret))
		ret = transport->ops->write(transport, buf, len, timeout_ms);
	return ret;
}

/**
 * usbsi_port_control() - a class or vendor request
 * @port: the port
 * @request_type: bmRequestType
 * @request: bRequest
 * @value: wValue
 * @index: wIndex
 * @data: the bytes, written for IN
 * @len: wLength
 * @timeout_ms: how long it may take, up to a minute
 *
 * Return: bytes transferred, errors as usbsi_port_read().
 */
int usbsi_port_control(struct usbsi_port *port, uint8_t request_type, uint8_t request,
		       uint16_t value, uint16_t index, void *data, uint16_t len,
		       unsigned int timeout_ms)
{
	struct usbsi_transport *transport = port_transport(port);
	struct transport_request setup = {
		.request_type = request_type,
		.request = request,
		.value = value,
		.index = index,
		.len = len,
		.data = data,
	};
	int ret;

	if (device_is_cancelled(port->device))
		return -ECANCELED;
	ret = transport->ops->control(transport, &setup, timeout_ms);
	if (cancelled_in_shield(port, ret))
		ret = transport->ops->control(transport, &setup, timeout_ms);
	return ret;
}

/**
 * usbsi_port_clear_halt() - end a stall of a pipe on which nothing is queued
 * @port: the port
 * @pipe: which
 *
 * Return: 0 or a negative errno.
 */
int usbsi_port_clear_halt(struct usbsi_port *port, enum usbsi_pipe pipe)
{
	struct usbsi_transport *transport = port_transport(port);

	return transport->ops->clear_halt(transport, pipe);
}

/**
 * usbsi_port_reset() - reset the USB port, the last resort
 * @port: the port
 *
 * Return: 0 or a negative errno.
 */
int usbsi_port_reset(struct usbsi_port *port)
{
	struct usbsi_transport *transport = port_transport(port);

	return transport->ops->reset ? transport->ops->reset(transport) : -EOPNOTSUPP;
}

/**
 * usbsi_port_stream_start() - let bulk IN run ahead of its reader
 * @port: the port, in data mode
 * @length: bytes that are expected, 0 if that is not known.  A stream of known
 *	length leaves nothing queued at its end that would have to be taken back.
 *
 * Until the stream ends or usbsi_port_stream_stop() the pipe is read with
 * usbsi_port_stream_next() alone; usbsi_port_write() works meanwhile.
 *
 * Return: 0, -EPERM in status mode, or another negative errno.
 */
int usbsi_port_stream_start(struct usbsi_port *port, uint64_t length)
{
	struct usbsi_transport *transport = port_transport(port);

	if (device_is_cancelled(port->device))
		return -ECANCELED;
	return transport->ops->stream_start(transport, length);
}

/**
 * usbsi_port_stream_next() - the next bytes of the stream
 * @port: the port
 * @chunk: out: the bytes, until usbsi_port_stream_release()
 * @timeout_ms: how long to wait for them
 *
 * Return: 1, 0 when the stream has ended, errors as usbsi_port_read().
 */
int usbsi_port_stream_next(struct usbsi_port *port, struct usbsi_chunk *chunk,
			   unsigned int timeout_ms)
{
	struct usbsi_transport *transport = port_transport(port);

	if (device_is_cancelled(port->device))
		return -ECANCELED;
	return transport->ops->stream_next(transport, chunk, timeout_ms);
}

/**
 * usbsi_port_stream_release() - give back the last chunk
 * @port: the port
 */
void usbsi_port_stream_release(struct usbsi_port *port)
{
	struct usbsi_transport *transport = port_transport(port);

	transport->ops->stream_release(transport);
}

/**
 * usbsi_port_stream_stop() - end the stream, dropping what was not read
 * @port: the port; a stream that is not running is no error
 *
 * Return: 0 or a negative errno.
 */
int usbsi_port_stream_stop(struct usbsi_port *port)
{
	struct usbsi_transport *transport = port_transport(port);

	return transport->ops->stream_stop(transport);
}

/**
 * usbsi_port_shield() - keep cancels away from a recovery
 * @port: the port
 * @on: raise it or take it down; a cancel that came meanwhile counts then
 *
 * One recovery may be part of another: the last to take it down counts.
 */
void usbsi_port_shield(struct usbsi_port *port, bool on)
{
	struct usbsi_transport *transport = port_transport(port);
	struct usbsi_device *dev = port->device;

	if (on ? atomic_fetch_add(&dev->shielded, 1) : atomic_fetch_sub(&dev->shielded, 1) != 1)
		return;
	if (!atomic_load(&dev->cancelled) || !transport->ops->abort)
		return;
	transport->ops->abort(transport,
			      on ? TRANSPORT_ABORT_RELEASE : TRANSPORT_ABORT_HOLD);
}

/**
 * usbsi_port_sleep() - wait a little, not longer than until a cancel
 * @port: the port
 * @ms: milliseconds
 */
void usbsi_port_sleep(struct usbsi_port *port, unsigned int ms)
{
	struct usbsi_transport *transport = port_transport(port);
	struct pollfd fd = { .fd = port->device->cancel_fd, .events = POLLIN };

	if (transport->ops->sleep)
		transport->ops->sleep(transport, ms);
	else
		poll(&fd, atomic_load(&port->device->shielded) ? 0 : 1, (int)ms);
}

/**
 * usbsi_port_now_ms() - a clock for limits
 * @port: the port
 *
 * Return: milliseconds of CLOCK_MONOTONIC.
 */
uint64_t usbsi_port_now_ms(struct usbsi_port *port)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/**
 * usbsi_port_error() - say what went wrong
 * @port: the port
 * @error: negative errno
 * @fmt: one line, as of printf()
 *
 * Return: @error.
 */
int usbsi_port_error(struct usbsi_port *port, int error, const char *fmt, ...)
{
	char text[ERROR_TEXT_LEN];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	return device_error(port->device, error, "%s", text);
}

/**
 * usbsi_port_log() - a line for the client's log
 * @port: the port
 * @level: how important
 * @fmt: one line, as of printf()
 */
void usbsi_port_log(struct usbsi_port *port, enum usbsi_log_level level, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	context_log(port->device->ctx, level, fmt, args);
	va_end(args);
}

/**
 * usbsi_describe_begin() - a group begins
 * @describe: of the describe call
 * @key: its name, NULL in an array
 * @array: its members have no names
 */
void usbsi_describe_begin(struct usbsi_describe *describe, const char *key, bool array)
{
	describe->client->begin(describe->data, key, array);
}

/**
 * usbsi_describe_end() - the group ends
 * @describe: of the describe call
 */
void usbsi_describe_end(struct usbsi_describe *describe)
{
	describe->client->end(describe->data);
}

/**
 * usbsi_describe_string() - a text
 * @describe: of the describe call
 * @key: its name, NULL in an array
 * @value: UTF-8
 */
void usbsi_describe_string(struct usbsi_describe *describe, const char *key, const char *value)
{
	describe->client->string(describe->data, key, value);
}

/**
 * usbsi_describe_number() - a number
 * @describe: of the describe call
 * @key: its name, NULL in an array
 * @value: the number
 */
void usbsi_describe_number(struct usbsi_describe *describe, const char *key, uint64_t value)
{
	describe->client->number(describe->data, key, value);
}

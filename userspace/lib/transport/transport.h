/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A transport carries bytes between the library and one interface.  Nothing
 * above this table knows how.
 */
#ifndef USBSI_LIB_TRANSPORT_H
#define USBSI_LIB_TRANSPORT_H

#include <usbsi/minidriver.h>

struct usbsi_transport;

/**
 * enum transport_abort - what an abort does
 * @TRANSPORT_ABORT_HOLD: pending calls and later ones end with -ECANCELED
 * @TRANSPORT_ABORT_RELEASE: later calls work again
 */
enum transport_abort {
	TRANSPORT_ABORT_HOLD,
	TRANSPORT_ABORT_RELEASE,
};

/**
 * struct transport_request - a control request
 * @request_type: bmRequestType
 * @request: bRequest
 * @value: wValue
 * @index: wIndex
 * @len: wLength, bytes at @data
 * @data: the bytes
 */
struct transport_request {
	uint8_t		request_type;
	uint8_t		request;
	uint16_t	value;
	uint16_t	index;
	uint16_t	len;
	void		*data;
};

/**
 * struct usbsi_transport_ops - a kind of transport
 * @name: one word
 * @close: ends everything and frees
 * @info: the interface and who holds what
 * @set_mode: -EBUSY when somebody else acquires
 * @lock: the device lock; -ETIMEDOUT when @timeout_ms pass without it
 * @unlock: give it back
 * @read: one bulk IN transfer of at most @len bytes, shorter where a short
 *	packet ended it, 0 for a zero-length packet; -EPIPE stall, -ETIMEDOUT,
 *	-ECANCELED, -ENODEV
 * @write: one bulk OUT transfer, errors as @read
 * @control: bytes transferred, errors as @read
 * @clear_halt: for an endpoint on which nothing is queued
 * @abort: async-signal-safe, from any thread
 * @reset: of the port
 * @event_fd: a file descriptor with the event records of the types in @mask
 * @stream_start: let bulk IN run into the transport's own memory, for @length
 *	bytes and what else is in their last packet; 0: until it is stopped
 * @stream_next: the next bytes: 1, 0 at the end of the stream (a transport may
 *	go on instead), or an error as @read; the chunk is valid until
 *	@stream_release
 * @stream_release: gives back the chunk of the last @stream_next
 * @stream_stop: takes back what is queued; unread bytes are dropped
 * @sleep: for that long unless cancelled; NULL: a real sleep
 *
 * A timeout of 0 milliseconds looks once and does not wait.
 */
struct usbsi_transport_ops {
	const char	*name;
	void	(*close)(struct usbsi_transport *transport);
	int	(*info)(struct usbsi_transport *transport, struct usbsi_device_info *info);
	int	(*set_mode)(struct usbsi_transport *transport, enum usbsi_open_mode mode);
	int	(*lock)(struct usbsi_transport *transport, unsigned int timeout_ms);
	int	(*unlock)(struct usbsi_transport *transport);
	ssize_t	(*read)(struct usbsi_transport *transport, void *buf, size_t len,
			unsigned int timeout_ms);
	ssize_t	(*write)(struct usbsi_transport *transport, const void *buf, size_t len,
			 unsigned int timeout_ms);
	int	(*control)(struct usbsi_transport *transport,
			   const struct transport_request *request, unsigned int timeout_ms);
	int	(*clear_halt)(struct usbsi_transport *transport, enum usbsi_pipe pipe);
	int	(*abort)(struct usbsi_transport *transport, enum transport_abort how);
	int	(*reset)(struct usbsi_transport *transport);
	int	(*event_fd)(struct usbsi_transport *transport, uint64_t mask);
	int	(*stream_start)(struct usbsi_transport *transport, uint64_t length);
	int	(*stream_next)(struct usbsi_transport *transport, struct usbsi_chunk *chunk,
			       unsigned int timeout_ms);
	void	(*stream_release)(struct usbsi_transport *transport);
	int	(*stream_stop)(struct usbsi_transport *transport);
	void	(*sleep)(struct usbsi_transport *transport, unsigned int ms);
};

/**
 * struct usbsi_transport - one open transport; implementations embed it
 * @ops: what kind it is
 * @cancel_fd: readable once the client has cancelled; owned by the device
 */
struct usbsi_transport {
	const struct usbsi_transport_ops	*ops;
	int					cancel_fd;
};

int transport_kernel_open(const char *node, bool writable, struct usbsi_transport **transport);

#endif /* USBSI_LIB_TRANSPORT_H */

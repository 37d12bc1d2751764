/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A transport for tests: a device played by the test, and no time passes
 *
 * What the device sends is a queue of transfers.  A transfer ends with a short
 * packet (an empty one where its length is a multiple of the packet size)
 * unless it says that it runs into the next one.  Reading from an empty queue
 * is a time-out.
 */
#ifndef USBSI_LIB_FAKE_H
#define USBSI_LIB_FAKE_H

#include "transport.h"

#define FAKE_PACKET	64
#define FAKE_SLOT	256

/* fake_push() flags */
#define FAKE_NO_END	(1U << 0)	/* no short or empty packet after it */

/**
 * struct fake_device - what a test plays
 * @context: for the functions
 * @on_write: the host has sent something; pushes what comes back
 * @on_control: a control request; bytes or a negative errno; NULL: -EPIPE
 * @on_read: before each read; may push or cancel
 */
struct fake_device {
	void	*context;
	ssize_t	(*on_write)(void *context, const uint8_t *bytes, size_t len);
	int	(*on_control)(void *context, const struct transport_request *request);
	void	(*on_read)(void *context);
};

/**
 * struct fake_counts - what was done to the transport
 * @timeouts: reads that ended with -ETIMEDOUT
 * @clears: halts cleared, by pipe
 * @resets: of the port
 * @locks: taken minus given back
 * @streams: started minus stopped
 * @holds: aborts with HOLD
 */
struct fake_counts {
	unsigned int	timeouts;
	unsigned int	clears[3];
	unsigned int	resets;
	int		locks;
	int		streams;
	unsigned int	holds;
};

struct usbsi_transport *fake_new(const struct fake_device *device);
void fake_push(struct usbsi_transport *transport, const void *bytes, size_t len,
	       unsigned int flags);
void fake_push_error(struct usbsi_transport *transport, int error);
void fake_drop(struct usbsi_transport *transport);
void fake_set_info(struct usbsi_transport *transport, const struct usbsi_device_info *info);
void fake_fail_set_mode(struct usbsi_transport *transport, int error);
void fake_fail_lock(struct usbsi_transport *transport, int error);
struct fake_counts *fake_counts(struct usbsi_transport *transport);

#endif /* USBSI_LIB_FAKE_H */

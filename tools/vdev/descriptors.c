// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The interface that FunctionFS is told: still image, bulk IN, bulk OUT and
 * interrupt IN, at all three speeds.
 */
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <linux/usb/functionfs.h>

#include "gadget.h"

#define STILL_IMAGE_SUBCLASS	1
#define STILL_IMAGE_PROTOCOL	1

struct speed_descriptors {
	struct usb_interface_descriptor		interface;
	struct usb_endpoint_descriptor_no_audio	in;
	struct usb_endpoint_descriptor_no_audio	out;
	struct usb_endpoint_descriptor_no_audio	event;
} __attribute__((packed));

struct super_descriptors {
	struct usb_interface_descriptor		interface;
	struct usb_endpoint_descriptor_no_audio	in;
	struct usb_ss_ep_comp_descriptor	in_companion;
	struct usb_endpoint_descriptor_no_audio	out;
	struct usb_ss_ep_comp_descriptor	out_companion;
	struct usb_endpoint_descriptor_no_audio	event;
	struct usb_ss_ep_comp_descriptor	event_companion;
} __attribute__((packed));

struct all_descriptors {
	struct usb_functionfs_descs_head_v2	head;
	uint32_t				full_count;
	uint32_t				high_count;
	uint32_t				super_count;
	struct speed_descriptors		full;
	struct speed_descriptors		high;
	struct super_descriptors		super;
} __attribute__((packed));

static struct usb_interface_descriptor interface_descriptor(void)
{
	return (struct usb_interface_descriptor) {
		.bLength = sizeof(struct usb_interface_descriptor),
		.bDescriptorType = USB_DT_INTERFACE,
		.bNumEndpoints = VDEV_ENDPOINTS,
		.bInterfaceClass = USB_CLASS_STILL_IMAGE,
		.bInterfaceSubClass = STILL_IMAGE_SUBCLASS,
		.bInterfaceProtocol = STILL_IMAGE_PROTOCOL,
		.iInterface = 1,
	};
}

static struct usb_endpoint_descriptor_no_audio bulk(uint8_t address, uint16_t max_packet)
{
	return (struct usb_endpoint_descriptor_no_audio) {
		.bLength = sizeof(struct usb_endpoint_descriptor_no_audio),
		.bDescriptorType = USB_DT_ENDPOINT,
		.bEndpointAddress = address,
		.bmAttributes = USB_ENDPOINT_XFER_BULK,
		.wMaxPacketSize = htole16(max_packet),
	};
}

static struct usb_endpoint_descriptor_no_audio interrupt(uint8_t interval,
							 uint16_t max_packet)
{
	return (struct usb_endpoint_descriptor_no_audio) {
		.bLength = sizeof(struct usb_endpoint_descriptor_no_audio),
		.bDescriptorType = USB_DT_ENDPOINT,
		.bEndpointAddress = USB_DIR_IN | 3,
		.bmAttributes = USB_ENDPOINT_XFER_INT,
		.wMaxPacketSize = htole16(max_packet),
		.bInterval = interval,
	};
}

static struct usb_ss_ep_comp_descriptor companion(uint16_t bytes_per_interval)
{
	return (struct usb_ss_ep_comp_descriptor) {
		.bLength = USB_DT_SS_EP_COMP_SIZE,
		.bDescriptorType = USB_DT_SS_ENDPOINT_COMP,
		.wBytesPerInterval = htole16(bytes_per_interval),
	};
}

static struct speed_descriptors speed(uint16_t max_packet, uint8_t interval, uint16_t event_packet)
{
	return (struct speed_descriptors) {
		.interface = interface_descriptor(),
		.in = bulk(USB_DIR_IN | 1, max_packet),
		.out = bulk(USB_DIR_OUT | 2, max_packet),
		.event = interrupt(interval, event_packet),
	};
}

static int write_strings(int fd, const char *name)
{
	struct {
		struct usb_functionfs_strings_head	head;
		uint16_t				language;
		char					text[128];
	} __attribute__((packed)) strings = {
		.language = htole16(0x0409),
	};
	size_t text = strlen(name) + 1;
	size_t length;

	if (text > sizeof(strings.text))
		return -EINVAL;
	memcpy(strings.text, name, text);
	/* FunctionFS takes the exact length only */
	length = sizeof(strings) - sizeof(strings.text) + text;
	strings.head.magic = htole32(FUNCTIONFS_STRINGS_MAGIC);
	strings.head.length = htole32(length);
	strings.head.str_count = htole32(1);
	strings.head.lang_count = htole32(1);
	if (write(fd, &strings, length) != (ssize_t)length)
		return -errno;
	return 0;
}

/**
 * vdev_write_descriptors() - tell FunctionFS the interface
 * @fd: its ep0
 * @identity: name of the interface, size of event packets
 *
 * Requests to the device come to us as well, not only those to the interface.
 * Return: 0 or a negative errno.
 */
int vdev_write_descriptors(int fd, const struct vdev_identity *identity)
{
	uint16_t event_packet = identity->event_packet;
	const struct all_descriptors descriptors = {
		.head.magic = htole32(FUNCTIONFS_DESCRIPTORS_MAGIC_V2),
		.head.length = htole32(sizeof(descriptors)),
		.head.flags = htole32(FUNCTIONFS_HAS_FS_DESC | FUNCTIONFS_HAS_HS_DESC |
				      FUNCTIONFS_HAS_SS_DESC | FUNCTIONFS_ALL_CTRL_RECIP),
		.full_count = htole32(1 + VDEV_ENDPOINTS),
		.high_count = htole32(1 + VDEV_ENDPOINTS),
		.super_count = htole32(1 + 2 * VDEV_ENDPOINTS),
		.full = speed(64, 10, event_packet),
		.high = speed(512, 6, event_packet),
		.super = {
			.interface = interface_descriptor(),
			.in = bulk(USB_DIR_IN | 1, 1024),
			.in_companion = companion(0),
			.out = bulk(USB_DIR_OUT | 2, 1024),
			.out_companion = companion(0),
			.event = interrupt(6, event_packet),
			.event_companion = companion(event_packet),
		},
	};

	if (write(fd, &descriptors, sizeof(descriptors)) != sizeof(descriptors))
		return -errno;
	return write_strings(fd, identity->name);
}

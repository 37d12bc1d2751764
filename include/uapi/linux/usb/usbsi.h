/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * USB still-image class devices (cameras, scanners): the interface of /dev/usbsiN
 *
 * Any number of programs may watch a device (status mode) while one at a time
 * acquires from it (data mode).  read() is bulk IN and write() is bulk OUT,
 * byte-exact; events come from a file descriptor of their own (SUBSCRIBE);
 * image data may be taken without copies from a ring that is mapped with
 * mmap() (RING_ALLOC, STREAM_START).
 *
 * Rules for every structure: it grows at its end only, the size is a part of
 * the ioctl number, a member or bit that the kernel does not know must be zero
 * (-E2BIG for a longer structure with a non-zero tail, -EINVAL for an unknown
 * bit or a non-zero reserved member), times are CLOCK_MONOTONIC nanoseconds,
 * there are no pointers except in __u64 members.
 */
#ifndef _UAPI_LINUX_USB_USBSI_H
#define _UAPI_LINUX_USB_USBSI_H

#include <linux/ioctl.h>
#include <linux/types.h>

/**
 * enum usbsi_mode - what an open file is for
 * @USBSI_MODE_STATUS: watch; any number at a time; what a new file has
 * @USBSI_MODE_DATA: acquire; one at a time
 * @USBSI_MODE_BOTH: as DATA in every respect, reported as asked
 */
enum usbsi_mode {
	USBSI_MODE_STATUS	= 1,
	USBSI_MODE_DATA		= 2,
	USBSI_MODE_BOTH		= 3,
};

/**
 * enum usbsi_endpoint_selector - which of the interface's pipes
 * @USBSI_ENDPOINT_EVENT: the interrupt IN pipe
 * @USBSI_ENDPOINT_READ: the bulk IN pipe
 * @USBSI_ENDPOINT_WRITE: the bulk OUT pipe
 */
enum usbsi_endpoint_selector {
	USBSI_ENDPOINT_EVENT	= 0,
	USBSI_ENDPOINT_READ	= 1,
	USBSI_ENDPOINT_WRITE	= 2,
};

/* usbsi_info.features */
#define USBSI_FEATURE_EVENT_PIPE	(1ULL << 0)	/* has an interrupt endpoint */
#define USBSI_FEATURE_RING		(1ULL << 1)	/* RING_ALLOC works here */

/* usbsi_info.state */
#define USBSI_STATE_SUSPENDED		(1U << 0)
#define USBSI_STATE_RESETTING		(1U << 1)
#define USBSI_STATE_GONE		(1U << 2)

#define USBSI_COMM_LEN			16

/**
 * struct usbsi_endpoint_info - one pipe
 * @address: bEndpointAddress, 0 where the device has no such pipe
 * @interval: bInterval as the device gives it
 * @max_packet: bytes in one packet
 */
struct usbsi_endpoint_info {
	__u8	address;
	__u8	interval;
	__u16	max_packet;
};

/**
 * struct usbsi_client - who holds something
 * @pid: thread group id in the caller's pid namespace; 0: nobody, -1: a
 *	process that the caller's namespace does not show
 * @mode: its &enum usbsi_mode
 * @comm: the name of the task, NUL terminated
 */
struct usbsi_client {
	__s32	pid;
	__u32	mode;
	char	comm[USBSI_COMM_LEN];
};

/**
 * struct usbsi_info - the device, this file and who holds what (USBSI_IOC_INFO)
 * @features: USBSI_FEATURE_*
 * @mode: &enum usbsi_mode of this file
 * @state: USBSI_STATE_*
 * @vendor: idVendor
 * @product: idProduct
 * @device_release: bcdDevice
 * @interface_number: bInterfaceNumber
 * @interface_class: bInterfaceClass
 * @interface_subclass: bInterfaceSubClass
 * @interface_protocol: bInterfaceProtocol
 * @speed: enum usb_device_speed of <linux/usb/ch9.h>
 * @bus: number of the USB bus
 * @device: address on that bus
 * @endpoint: indexed by &enum usbsi_endpoint_selector
 * @reserved0: zero
 * @data_client: the client in data mode
 * @lock_owner: the client that has the device lock
 * @event_head: sequence number that the next event will get
 * @event_oldest: sequence number of the oldest event still kept
 * @event_data_start: value of @event_head when the present data client came;
 *	subscribing from there misses none of its events
 * @dropped_bytes: bytes left over from short user reads that were dropped
 * @ring_bytes_limit: most bytes that a ring on this device may have now, its
 *	control pages included
 */
struct usbsi_info {
	__u64				features;
	__u32				mode;
	__u32				state;
	__u16				vendor;
	__u16				product;
	__u16				device_release;
	__u8				interface_number;
	__u8				interface_class;
	__u8				interface_subclass;
	__u8				interface_protocol;
	__u8				speed;
	__u8				bus;
	__u32				device;
	struct usbsi_endpoint_info	endpoint[3];
	__u32				reserved0;
	struct usbsi_client		data_client;
	struct usbsi_client		lock_owner;
	__u64				event_head;
	__u64				event_oldest;
	__u64				event_data_start;
	__u64				dropped_bytes;
	__u64				ring_bytes_limit;
};

/**
 * struct usbsi_set_mode - USBSI_IOC_SET_MODE
 * @mode: &enum usbsi_mode
 * @flags: zero
 */
struct usbsi_set_mode {
	__u32	mode;
	__u32	flags;
};

/* usbsi_lock.flags */
#define USBSI_LOCK_TRY			(1U << 0)	/* do not wait: EAGAIN */

/* usbsi_lock.deadline_ns: wait as long as it takes */
#define USBSI_DEADLINE_NEVER		(~0ULL)

/**
 * struct usbsi_lock - USBSI_IOC_LOCK
 * @deadline_ns: absolute CLOCK_MONOTONIC time at which waiting ends with
 *	-ETIMEDOUT, or USBSI_DEADLINE_NEVER
 * @flags: USBSI_LOCK_*
 * @reserved: zero
 */
struct usbsi_lock {
	__u64	deadline_ns;
	__u32	flags;
	__u32	reserved;
};

/**
 * struct usbsi_timeouts - USBSI_IOC_SET_TIMEOUTS
 * @read_ms: longest time that one read() of this file takes, in milliseconds;
 *	0: for ever.  30000 on a new file.
 * @write_ms: the same for write()
 */
struct usbsi_timeouts {
	__u32	read_ms;
	__u32	write_ms;
};

/**
 * struct usbsi_control - USBSI_IOC_CONTROL
 * @request_type: bmRequestType
 * @request: bRequest
 * @value: wValue
 * @index: wIndex
 * @length: wLength, bytes at @data
 * @timeout_ms: 1 to 60000; 0 takes 5000
 * @actual: out: bytes transferred
 * @data: address of the bytes
 *
 * Class requests go to the own interface and its endpoints (0x64 to 0x67 also
 * with an index of 0), vendor requests also to the device.  Of the standard
 * requests there are GET_STATUS and CLEAR_FEATURE(ENDPOINT_HALT) of the own
 * endpoints.  IN works in any mode; OUT, and a request of either direction
 * without data, needs the device lock.
 */
struct usbsi_control {
	__u8	request_type;
	__u8	request;
	__u16	value;
	__u16	index;
	__u16	length;
	__u32	timeout_ms;
	__u32	actual;
	__u64	data;
};

/* usbsi_abort.flags */
#define USBSI_ABORT_HOLD	(1U << 0)	/* refuse later calls as well */
#define USBSI_ABORT_RELEASE	(1U << 1)	/* end HOLD, abort nothing */

/**
 * struct usbsi_abort - end this file's pending calls (USBSI_IOC_ABORT)
 * @flags: USBSI_ABORT_*
 * @reserved: zero
 *
 * read(), write(), CONTROL and LOCK that wait in any thread return at once, with
 * the bytes that they have or else with -ECANCELED.  With HOLD, calls that begin
 * later end likewise until RELEASE, so that a signal that arrives just before
 * the call is not lost.  A running stream goes on.
 */
struct usbsi_abort {
	__u32	flags;
	__u32	reserved;
};

/**
 * struct usbsi_clear_halt - USBSI_IOC_CLEAR_HALT
 * @endpoint: &enum usbsi_endpoint_selector
 * @flags: zero
 */
struct usbsi_clear_halt {
	__u32	endpoint;
	__u32	flags;
};

/**
 * enum usbsi_event_type - types of event records
 * @USBSI_EVENT_INTERRUPT: a packet from the interrupt endpoint; a message that
 *	the device spreads over several packets comes as several of these
 * @USBSI_EVENT_USER: posted by a program (POST_EVENT)
 * @USBSI_EVENT_MODE: data mode was taken or given back; data: __u32, the &enum
 *	usbsi_mode of the data client or USBSI_MODE_STATUS where there is none now
 * @USBSI_EVENT_LOCK: LOCK got or UNLOCK gave back the device lock; data: __u32,
 *	1 or 0.  The lock of a single call or stream is not reported.
 * @USBSI_EVENT_HALT: an endpoint stalled; data: __u8 address
 * @USBSI_EVENT_EVENTS_LOST: the interrupt endpoint failed for good; data:
 *	__s32 negative errno
 * @USBSI_EVENT_SUSPEND: the device was suspended
 * @USBSI_EVENT_RESUME: the device was resumed with its state kept
 * @USBSI_EVENT_RESET: the device was reset, its state is lost
 * @USBSI_EVENT_GONE: the device or the driver went away; the last record
 */
enum usbsi_event_type {
	USBSI_EVENT_INTERRUPT	= 1,
	USBSI_EVENT_USER	= 2,
	USBSI_EVENT_MODE	= 3,
	USBSI_EVENT_LOCK	= 4,
	USBSI_EVENT_HALT	= 5,
	USBSI_EVENT_EVENTS_LOST	= 6,
	USBSI_EVENT_SUSPEND	= 7,
	USBSI_EVENT_RESUME	= 8,
	USBSI_EVENT_RESET	= 9,
	USBSI_EVENT_GONE	= 10,
};

/* usbsi_event.flags */
#define USBSI_EVENT_F_DATA_CLIENT	(1U << 0)	/* a data client was there */
#define USBSI_EVENT_F_MORE		(1U << 1)	/* goes on in the next record */
#define USBSI_EVENT_F_CONT		(1U << 2)	/* goes on from the last record */

#define USBSI_EVENT_DATA_LEN		32
#define USBSI_EVENT_LOG_RECORDS		256

/**
 * struct usbsi_event - one record of an event file descriptor
 * @seq: sequence number, from 0 on since the device came, without gaps in the log
 * @time_ns: CLOCK_MONOTONIC
 * @type: &enum usbsi_event_type
 * @flags: USBSI_EVENT_F_*
 * @len: bytes of @data that count; with MORE always USBSI_EVENT_DATA_LEN
 * @lost: records that this reader lost before this one
 * @data: depends on @type
 *
 * For every reader, always: delivered + masked + lost = last seq + 1 - first seq.
 */
struct usbsi_event {
	__u64	seq;
	__u64	time_ns;
	__u32	type;
	__u32	flags;
	__u32	len;
	__u32	lost;
	__u8	data[USBSI_EVENT_DATA_LEN];
};

/**
 * enum usbsi_subscribe_from - where a subscription begins
 * @USBSI_SUBSCRIBE_NOW: with the next event
 * @USBSI_SUBSCRIBE_OLDEST: with the oldest record kept
 * @USBSI_SUBSCRIBE_SEQ: with &usbsi_subscribe.seq; what is no longer kept
 *	counts as lost, a number that has not been reached is -EINVAL
 */
enum usbsi_subscribe_from {
	USBSI_SUBSCRIBE_NOW	= 0,
	USBSI_SUBSCRIBE_OLDEST	= 1,
	USBSI_SUBSCRIBE_SEQ	= 2,
};

/* usbsi_subscribe.flags */
#define USBSI_SUBSCRIBE_NONBLOCK	(1U << 0)

/**
 * struct usbsi_subscribe - get an event file descriptor (USBSI_IOC_SUBSCRIBE)
 * @mask: 1 << type for each &enum usbsi_event_type wanted; GONE always comes
 * @from: &enum usbsi_subscribe_from
 * @seq: for USBSI_SUBSCRIBE_SEQ
 * @flags: USBSI_SUBSCRIBE_*
 * @fd: out: the file descriptor, close-on-exec; also the ioctl's result.
 *	read() gives whole records, close() ends the subscription.
 * @reserved: zero
 */
struct usbsi_subscribe {
	__u64	mask;
	__u64	seq;
	__u32	from;
	__u32	flags;
	__s32	fd;
	__u32	reserved;
};

/**
 * struct usbsi_post_event - append a record of type USER (USBSI_IOC_POST_EVENT)
 * @len: bytes of @data that count
 * @flags: zero
 * @seq: out: the record's sequence number
 * @data: what readers get
 */
struct usbsi_post_event {
	__u32	len;
	__u32	flags;
	__u64	seq;
	__u8	data[USBSI_EVENT_DATA_LEN];
};

/* Offsets for mmap(), 32 bit programs without large files included */
#define USBSI_MMAP_DATA			0x00000000UL	/* slots, read only */
#define USBSI_MMAP_KERNEL		0x40000000UL	/* struct usbsi_ring_kernel, read only */
#define USBSI_MMAP_USER			0x60000000UL	/* struct usbsi_ring_user */

#define USBSI_RING_MAX_SLOTS		1024
#define USBSI_RING_MAX_SLOT_SIZE	0x40000

/**
 * struct usbsi_ring_alloc - give the data client a band ring (USBSI_IOC_RING_ALLOC)
 * @slots: in: wanted, out: granted number of slots, a power of two from 2 to
 *	USBSI_RING_MAX_SLOTS; 0 takes 16
 * @slot_size: in: wanted, out: granted bytes of a slot, a multiple of the page
 *	size up to USBSI_RING_MAX_SLOT_SIZE; 0 takes 262144.  Where memory is
 *	in pieces the kernel grants smaller slots.
 * @flags: zero
 * @reserved: zero
 * @data_size: out: bytes to map at USBSI_MMAP_DATA
 * @kernel_size: out: bytes to map at USBSI_MMAP_KERNEL
 * @user_size: out: bytes to map at USBSI_MMAP_USER
 */
struct usbsi_ring_alloc {
	__u32	slots;
	__u32	slot_size;
	__u32	flags;
	__u32	reserved;
	__u64	data_size;
	__u64	kernel_size;
	__u64	user_size;
};

/**
 * enum usbsi_stream_state - life of a stream
 * @USBSI_STREAM_IDLE: none was started since the ring was made
 * @USBSI_STREAM_RUNNING: transfers are queued, or wait for free slots
 * @USBSI_STREAM_DRAINING: being stopped
 * @USBSI_STREAM_DONE: the announced length or the short packet has come
 * @USBSI_STREAM_STOPPED: by STREAM_STOP, a mode change or close
 * @USBSI_STREAM_HALTED: the endpoint stalled: CLEAR_HALT, then start again
 * @USBSI_STREAM_FAILED: see &usbsi_ring_kernel.error
 *
 * Every state from DONE on is terminal: no slot comes after it.
 */
enum usbsi_stream_state {
	USBSI_STREAM_IDLE	= 0,
	USBSI_STREAM_RUNNING	= 1,
	USBSI_STREAM_DRAINING	= 2,
	USBSI_STREAM_DONE	= 3,
	USBSI_STREAM_STOPPED	= 4,
	USBSI_STREAM_HALTED	= 5,
	USBSI_STREAM_FAILED	= 6,
};

/* usbsi_slot.flags */
#define USBSI_SLOT_FIRST	(1U << 0)	/* first of a bulk transfer */
#define USBSI_SLOT_SHORT	(1U << 1)	/* ended by a short or empty packet */
#define USBSI_SLOT_ERROR	(1U << 2)	/* see status; the bytes are good */
#define USBSI_SLOT_ABORTED	(1U << 3)	/* cut off by a stop; the bytes are good */
#define USBSI_SLOT_DISCONT	(1U << 4)	/* bytes may be missing before this one */

/**
 * struct usbsi_slot - describes one slot
 * @seq: value of &usbsi_ring_kernel.prod that this slot has
 * @flags: USBSI_SLOT_*
 * @status: 0 or a negative errno
 * @len: bytes in the slot; may be 0 with SHORT
 * @stream_off: bytes of this stream before this slot
 * @time_ns: when the transfer ended, CLOCK_MONOTONIC
 * @stream_id: counts STREAM_START
 * @reserved: zero
 */
struct usbsi_slot {
	__u32	seq;
	__u32	flags;
	__s32	status;
	__u32	len;
	__u64	stream_off;
	__u64	time_ns;
	__u32	stream_id;
	__u32	reserved[7];
};

#define USBSI_RING_MAGIC		0x69736275U	/* "ubsi" */

/* usbsi_ring_kernel.flags */
#define USBSI_RING_NEED_KICK		(1U << 0)	/* no transfer is queued */

/**
 * struct usbsi_ring_kernel - what the kernel tells the consumer, read only
 * @magic: USBSI_RING_MAGIC
 * @header_size: bytes of this structure
 * @slot_offset: where the array of &struct usbsi_slot begins
 * @slot_stride: bytes from one &struct usbsi_slot to the next
 * @slots: number of slots, a power of two
 * @slot_size: bytes of a slot
 * @reserved0: zero
 * @prod: slots published since the ring was made, modulo 2^32
 * @state: &enum usbsi_stream_state
 * @error: negative errno of HALTED and FAILED
 * @flags: USBSI_RING_*
 * @starved: how often no slot was free; for information, may tear
 * @bytes: bytes published; for information, may tear
 * @reserved1: zero
 *
 * The consumer reads @prod with acquire semantics, uses slots up to it, and
 * stores &usbsi_ring_user.cons with release semantics.  To end, it reads
 * @state before it reads @prod the second time.
 */
struct usbsi_ring_kernel {
	__u32	magic;
	__u32	header_size;
	__u32	slot_offset;
	__u32	slot_stride;
	__u32	slots;
	__u32	slot_size;
	__u32	reserved0[10];

	__u32	prod;
	__u32	state;
	__s32	error;
	__u32	flags;
	__u64	starved;
	__u64	bytes;
	__u32	reserved1[8];
};

/**
 * struct usbsi_ring_user - what the consumer tells the kernel
 * @cons: slots consumed since the ring was made, modulo 2^32; a value ahead of
 *	prod or behind the last one ends the stream with -EBADE
 * @reserved: zero
 */
struct usbsi_ring_user {
	__u32	cons;
	__u32	reserved[15];
};

/* usbsi_stream_start.flags */
#define USBSI_STREAM_END_ON_SHORT	(1U << 0)	/* DONE at the first short packet */

/**
 * struct usbsi_stream_start - bulk IN into the ring (USBSI_IOC_STREAM_START)
 * @flags: USBSI_STREAM_*
 * @depth: most transfers queued at a time, up to 64; 0: as many as may be, 1:
 *	strict, nothing is queued behind a transfer that has not ended
 * @watermark: bytes unread at which a poller is woken; 0 takes half the ring
 * @latency_ms: longest time that a published slot waits for the watermark, up
 *	to 60000; 0 takes 50.  A short packet, an error and the end wake at once.
 * @length: bytes wanted, after which the stream is DONE; 0: no limit
 *
 * Needs data mode, holds the device lock until the stream is terminal.  Queued
 * transfers take what the device sends, the answer to a later command
 * included: each bulk transfer begins with a FIRST slot, so a consumer that
 * goes on reading loses nothing.
 */
struct usbsi_stream_start {
	__u32	flags;
	__u32	depth;
	__u32	watermark;
	__u32	latency_ms;
	__u64	length;
};

#define USBSI_IOC_MAGIC		0xBB

#define USBSI_IOC_INFO		_IOR(USBSI_IOC_MAGIC, 0x00, struct usbsi_info)
#define USBSI_IOC_SET_MODE	_IOW(USBSI_IOC_MAGIC, 0x01, struct usbsi_set_mode)
#define USBSI_IOC_LOCK		_IOW(USBSI_IOC_MAGIC, 0x02, struct usbsi_lock)
#define USBSI_IOC_UNLOCK	_IO(USBSI_IOC_MAGIC, 0x03)
#define USBSI_IOC_CONTROL	_IOWR(USBSI_IOC_MAGIC, 0x04, struct usbsi_control)
#define USBSI_IOC_SET_TIMEOUTS	_IOW(USBSI_IOC_MAGIC, 0x06, struct usbsi_timeouts)
#define USBSI_IOC_ABORT		_IOW(USBSI_IOC_MAGIC, 0x07, struct usbsi_abort)
#define USBSI_IOC_CLEAR_HALT	_IOW(USBSI_IOC_MAGIC, 0x08, struct usbsi_clear_halt)
#define USBSI_IOC_RESET		_IO(USBSI_IOC_MAGIC, 0x09)
#define USBSI_IOC_SUBSCRIBE	_IOWR(USBSI_IOC_MAGIC, 0x0a, struct usbsi_subscribe)
#define USBSI_IOC_POST_EVENT	_IOWR(USBSI_IOC_MAGIC, 0x0b, struct usbsi_post_event)
#define USBSI_IOC_RING_ALLOC	_IOWR(USBSI_IOC_MAGIC, 0x10, struct usbsi_ring_alloc)
#define USBSI_IOC_RING_FREE	_IO(USBSI_IOC_MAGIC, 0x11)
#define USBSI_IOC_STREAM_START	_IOW(USBSI_IOC_MAGIC, 0x12, struct usbsi_stream_start)
#define USBSI_IOC_STREAM_STOP	_IO(USBSI_IOC_MAGIC, 0x13)
#define USBSI_IOC_RING_KICK	_IO(USBSI_IOC_MAGIC, 0x14)

#endif /* _UAPI_LINUX_USB_USBSI_H */

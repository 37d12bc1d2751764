/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * usbsi.ko inside.  Documentation/driver-design.rst says what may be in which
 * state, who owns what and in which order locks are taken; in short:
 *
 *	usbcore's device lock -> io_mutex -> interrupt.mutex -> lock
 *	mmap_lock -> file.ring_mutex -> lock
 *
 * io_mutex is held over nothing that a device, a user or another client can
 * make long: no transfer, no copy to or from user space, no wait for a lock.
 */
#ifndef USBSI_H
#define USBSI_H

#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/hrtimer.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/usb.h>
#include <linux/usb/usbsi.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "log.h"

struct usbsi_ring;

/* How long after a bus error an unplug may still turn out to be its reason */
#define USBSI_GRACE_MS		500

/* Fewer lose packets on a fast interrupt endpoint. */
#define USBSI_INTERRUPT_URBS	4

/**
 * struct usbsi_pipe - a pipe that carries one call or one stream at a time
 * @dev: whose pipe
 * @urb: the one URB of calls; poisoned while no call may be in flight
 * @wq: where calls wait for @busy to end and for @done
 * @pipe: usbcore's pipe value
 * @address: bEndpointAddress
 * @max_packet: bytes
 * @busy: a call or a stream has the pipe; guarded by usbsi_dev.lock
 * @done: the URB is not in flight; guarded by usbsi_dev.lock
 * @discont: bytes may have been lost since the last stream; guarded by usbsi_dev.lock
 */
struct usbsi_pipe {
	struct usbsi_dev	*dev;
	struct urb		*urb;
	wait_queue_head_t	wq;
	unsigned int		pipe;
	u8			address;
	u16			max_packet;
	bool			busy;
	bool			done;
	bool			discont;
};

/**
 * struct usbsi_interrupt - the interrupt endpoint
 * @mutex: serialises start and stop
 * @urb: in flight while @running, but for those that failed
 * @work: clears a stall, sends failed URBs again
 * @users: open files and subscriptions; guarded by @mutex
 * @pipe: usbcore's pipe value
 * @address: bEndpointAddress, 0 without such an endpoint
 * @interval: bInterval
 * @max_packet: bytes
 * @running: URBs may be submitted; guarded by usbsi_dev.lock
 * @stalled: the endpoint needs a clear; guarded by usbsi_dev.lock
 * @failures: in a row; guarded by usbsi_dev.lock
 */
struct usbsi_interrupt {
	struct mutex		mutex;		/* start and stop */
	struct urb		*urb[USBSI_INTERRUPT_URBS];
	struct delayed_work	work;
	unsigned int		users;
	unsigned int		pipe;
	u8			address;
	u8			interval;
	u16			max_packet;
	bool			running;
	bool			stalled;
	unsigned int		failures;
};

/**
 * struct usbsi_dev - one interface of a still-image device
 * @dev: class device; its release is the only place that frees this
 * @cdev: parent is @dev, so an open inode keeps this alive
 * @udev: counted
 * @intf: counted
 * @interface_number: bInterfaceNumber
 * @io_mutex: see above; also what disconnect waits on last
 * @in: bulk IN
 * @out: bulk OUT
 * @control: endpoint 0
 * @setup: setup packet of @control, DMA-safe
 * @interrupt: interrupt IN
 * @ring_bytes: memory of all rings of this device
 * @lock: guards what follows and the members of files, rings and
 *	subscriptions that say so; taken by completion handlers, so never
 *	without interrupts off
 * @state: USBSI_STATE_*; GONE never ends
 * @files: all open files
 * @subscriptions: all event file descriptors
 * @subscription_count: how many they are
 * @resets: since it was bound
 * @data_file: the client in data mode
 * @owner: who has the device lock; cleared before the file goes
 * @owner_holds: explicit lock, calls and stream of @owner that hold it
 * @waiters: FIFO of who wants it
 * @stream: the ring that a stream runs into
 * @log: events
 * @data_start: log head when @data_file came
 * @dropped_bytes: left-over bytes that nobody got
 */
struct usbsi_dev {
	struct device		dev;
	struct cdev		cdev;
	struct usb_device	*udev;
	struct usb_interface	*intf;
	u8			interface_number;
	struct mutex		io_mutex;	/* streams, modes */
	struct usbsi_pipe	in;
	struct usbsi_pipe	out;
	struct usbsi_pipe	control;
	struct usb_ctrlrequest	*setup;
	struct usbsi_interrupt	interrupt;
	atomic64_t		ring_bytes;

	spinlock_t		lock;		/* all that follows */
	u32			state;
	struct list_head	files;
	struct list_head	subscriptions;
	unsigned int		subscription_count;
	u32			resets;
	struct usbsi_file	*data_file;
	struct usbsi_file	*owner;
	unsigned int		owner_holds;
	struct list_head	waiters;
	struct usbsi_ring	*stream;
	struct usbsi_log	log;
	u64			data_start;
	u64			dropped_bytes;
};

/**
 * struct usbsi_file - an open file description of /dev/usbsiN
 * @dev: counted
 * @entry: in usbsi_dev.files
 * @wq: poll
 * @ring_mutex: guards @ring; taken by mmap, so nothing that faults beneath it
 * @ring: counted
 * @pid: who last took a mode, the lock or a pipe; guarded by usbsi_dev.lock, as all below
 * @comm: name of that task
 * @mode: &enum usbsi_mode
 * @locked: has the lock by LOCK until UNLOCK
 * @lock_waiting: a LOCK waits
 * @abort_hold: calls are refused
 * @abort_count: calls that began at a lower count are to end
 * @read_ms: timeout, 0 for ever
 * @write_ms: timeout, 0 for ever
 * @left: bytes that the last read had no room for, at most a packet
 * @left_offset: where in @left they begin
 * @left_len: how many there are
 * @left_short: a short packet came behind them
 * @read_error: found behind bytes that the last read returned
 */
struct usbsi_file {
	struct usbsi_dev	*dev;
	struct list_head	entry;
	wait_queue_head_t	wq;
	struct mutex		ring_mutex;	/* ring */
	struct usbsi_ring	*ring;

	struct pid		*pid;
	char			comm[USBSI_COMM_LEN];
	u32			mode;
	bool			locked;
	bool			lock_waiting;
	bool			abort_hold;
	u64			abort_count;
	u32			read_ms;
	u32			write_ms;
	u8			*left;
	u16			left_offset;
	u16			left_len;
	bool			left_short;
	int			read_error;
};

/**
 * struct usbsi_call - one system call that may wait
 * @file: who calls
 * @deadline: absolute CLOCK_MONOTONIC
 * @forever: no deadline
 * @abort_count: value when the call began
 * @resets: likewise, of the device
 * @pipe: the pipe it waits for or has
 * @result: why its last wait ended
 */
struct usbsi_call {
	struct usbsi_file	*file;
	ktime_t			deadline;
	bool			forever;
	u64			abort_count;
	u32			resets;
	struct usbsi_pipe	*pipe;
	int			result;
};

#define to_usbsi_dev(device) container_of(device, struct usbsi_dev, dev)

/* main.c */
extern struct usb_driver usbsi_driver;

/* power.c */
int usbsi_ready(struct usbsi_dev *dev);
void usbsi_go_quiet(struct usbsi_dev *dev, u32 state, u32 event);
void usbsi_go_on(struct usbsi_dev *dev, u32 state, u32 event);
int usbsi_suspend(struct usb_interface *intf, pm_message_t message);
int usbsi_resume(struct usb_interface *intf);
int usbsi_reset_resume(struct usb_interface *intf);
int usbsi_pre_reset(struct usb_interface *intf);
int usbsi_post_reset(struct usb_interface *intf);

/* file.c */
extern const struct file_operations usbsi_fops;

/* client.c */
void usbsi_client_note(struct usbsi_file *file);
void usbsi_info(struct usbsi_file *file, struct usbsi_info *info);
int usbsi_set_mode(struct usbsi_file *file, u32 mode, bool writable);
void usbsi_drop_left(struct usbsi_file *file);
void usbsi_client_gone(struct usbsi_file *file);

/* lock.c */
int usbsi_lock(struct usbsi_file *file, const struct usbsi_lock *how);
int usbsi_unlock(struct usbsi_file *file);
void usbsi_unlock_locked(struct usbsi_file *file);
int usbsi_lock_hold(struct usbsi_call *call, bool nonblock);
void usbsi_lock_drop(struct usbsi_file *file);
void usbsi_lock_drop_locked(struct usbsi_file *file);
void usbsi_lock_wake_file(struct usbsi_file *file);
void usbsi_lock_gone(struct usbsi_dev *dev);

/* pipe.c */
void usbsi_call_begin(struct usbsi_call *call, struct usbsi_file *file, u32 timeout_ms);
int usbsi_call_check(struct usbsi_call *call);
int usbsi_wait(wait_queue_head_t *wq, bool (*done)(void *), void *arg,
	       unsigned int task_state, const ktime_t *deadline);
int usbsi_pipe_claim(struct usbsi_call *call, struct usbsi_pipe *pipe);
void usbsi_pipe_release(struct usbsi_call *call);
int usbsi_pipe_transfer(struct usbsi_call *call, unsigned int *actual);
void usbsi_pipe_complete(struct urb *urb);
int usbsi_pipe_init(struct usbsi_dev *dev, struct usbsi_pipe *pipe);
void usbsi_abort(struct usbsi_file *file, u32 flags);

/* transfer.c */
ssize_t usbsi_read(struct file *filp, char __user *to, size_t count, loff_t *pos);
ssize_t usbsi_write(struct file *filp, const char __user *from, size_t count, loff_t *pos);

/* control.c */
int usbsi_control_clear_halt(struct usbsi_call *call, u8 address);
int usbsi_control_transfer(struct usbsi_call *call, const struct usb_ctrlrequest *setup,
			   void *buf, unsigned int *actual);
int usbsi_control(struct usbsi_file *file, struct usbsi_control *control, bool nonblock);
int usbsi_clear_halt(struct usbsi_file *file, u32 endpoint, bool nonblock);

/* subscription.c */
u64 usbsi_event(struct usbsi_dev *dev, u32 type, const void *data, size_t len);
int usbsi_subscribe(struct usbsi_file *file, struct usbsi_subscribe *how, struct file **filp);
void usbsi_subscriptions_wake(struct usbsi_dev *dev);

/* interrupt.c */
int usbsi_interrupt_init(struct usbsi_dev *dev);
void usbsi_interrupt_free(struct usbsi_dev *dev);
int usbsi_interrupt_get(struct usbsi_dev *dev);
void usbsi_interrupt_put(struct usbsi_dev *dev);
void usbsi_interrupt_stop(struct usbsi_dev *dev);
void usbsi_interrupt_restart(struct usbsi_dev *dev);
int usbsi_interrupt_clear(struct usbsi_call *call);

#endif /* USBSI_H */

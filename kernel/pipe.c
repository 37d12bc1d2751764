// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls: what read(), write(), CONTROL and CLEAR_HALT have in common.  A call
 * has a deadline that covers all its waits, may be aborted, and has a pipe to
 * itself from claim to release.
 *
 * A pipe is handed from call to call by a flag under usbsi_dev.lock and not by
 * a mutex: waiting for it keeps to the deadline, ends on abort and unplug, and
 * a waiting or transferring task can be frozen for suspend without a lock held.
 */
#include <linux/freezer.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "usbsi.h"

/**
 * usbsi_call_begin() - begin a call that may wait
 * @call: what to set up
 * @file: who calls
 * @timeout_ms: longest time for all waits, 0 for ever
 *
 * Context: Process context.
 */
void usbsi_call_begin(struct usbsi_call *call, struct usbsi_file *file, u32 timeout_ms)
{
	call->file = file;
	call->forever = !timeout_ms;
	call->deadline = ktime_add_ms(ktime_get(), timeout_ms);
	call->pipe = NULL;

	spin_lock_irq(&file->dev->lock);
	call->abort_count = file->abort_count;
	call->resets = file->dev->resets;
	usbsi_client_note(file);
	spin_unlock_irq(&file->dev->lock);
}

/**
 * usbsi_call_check() - may this call go on?
 * @call: the call
 *
 * Context: Any. usbsi_dev.lock is held.
 * Return: 0, -ENODEV after unplug, -ECANCELED after ABORT, -EHOSTUNREACH while
 * the device sleeps or is being reset.
 */
int usbsi_call_check(struct usbsi_call *call)
{
	struct usbsi_file *file = call->file;

	lockdep_assert_held(&file->dev->lock);
	if (file->abort_hold || file->abort_count != call->abort_count)
		return file->dev->state & USBSI_STATE_GONE ? -ENODEV : -ECANCELED;
	return usbsi_ready(file->dev);
}

/**
 * usbsi_wait() - sleep until a condition, a signal or a deadline
 * @wq: woken after anything that @done looks at has changed
 * @done: the condition, without sleeping; when it says true it is not asked again
 * @arg: for @done
 * @task_state: TASK_KILLABLE or TASK_INTERRUPTIBLE; the sleep is freezable
 *	besides, so no lock may be held
 * @deadline: absolute CLOCK_MONOTONIC, NULL for none
 *
 * Context: Process context, sleeps.
 * Return: 0, -ETIMEDOUT or -ERESTARTSYS.
 */
int usbsi_wait(wait_queue_head_t *wq, bool (*done)(void *), void *arg,
	       unsigned int task_state, const ktime_t *deadline)
{
	struct wait_queue_entry entry;
	bool expired = false;
	ktime_t expires;
	long ret;

	might_sleep();
	init_wait_entry(&entry, 0);
	for (;;) {
		ret = prepare_to_wait_event(wq, &entry, task_state | TASK_FREEZABLE);
		if (done(arg)) {
			ret = 0;
			break;
		}
		if (ret)
			return ret;	/* already off the queue */
		if (expired) {
			ret = -ETIMEDOUT;
			break;
		}
		/* The timer may change what it is given. */
		expires = deadline ? *deadline : KTIME_MAX;
		expired = !schedule_hrtimeout(deadline ? &expires : NULL, HRTIMER_MODE_ABS);
	}
	finish_wait(wq, &entry);
	return ret;
}

static int usbsi_call_wait(struct usbsi_call *call, bool (*done)(void *))
{
	int ret = usbsi_wait(&call->pipe->wq, done, call, TASK_KILLABLE,
			     call->forever ? NULL : &call->deadline);

	return ret == -ERESTARTSYS ? -EINTR : ret;
}

static bool usbsi_pipe_try(void *arg)
{
	struct usbsi_call *call = arg;
	struct usbsi_dev *dev = call->file->dev;
	unsigned long flags;
	bool done = true;

	spin_lock_irqsave(&dev->lock, flags);
	call->result = usbsi_call_check(call);
	if (!call->result && call->pipe == &dev->in && dev->stream)
		call->result = -EBUSY;
	if (!call->result) {
		done = !call->pipe->busy;
		call->pipe->busy = true;
	}
	spin_unlock_irqrestore(&dev->lock, flags);
	return done;
}

/**
 * usbsi_pipe_claim() - get a pipe for this call alone
 * @call: the call; has no pipe yet
 * @pipe: the pipe; bulk pipes only while the call holds the device lock
 *
 * Context: Process context, sleeps until the pipe is free.
 * Return: 0, then usbsi_pipe_release() is due; -EBUSY while a stream has the
 * pipe, -ETIMEDOUT, -EINTR, or what usbsi_call_check() says.
 */
int usbsi_pipe_claim(struct usbsi_call *call, struct usbsi_pipe *pipe)
{
	int ret;

	call->pipe = pipe;
	ret = usbsi_call_wait(call, usbsi_pipe_try);
	if (!ret)
		ret = call->result;
	if (ret)
		call->pipe = NULL;
	return ret;
}

/**
 * usbsi_pipe_release() - give the pipe to the next call
 * @call: has a pipe; its URB is not in flight
 *
 * Context: Process context.
 */
void usbsi_pipe_release(struct usbsi_call *call)
{
	struct usbsi_pipe *pipe = call->pipe;

	spin_lock_irq(&pipe->dev->lock);
	pipe->busy = false;
	spin_unlock_irq(&pipe->dev->lock);
	call->pipe = NULL;
	wake_up_all(&pipe->wq);
}

static bool usbsi_transfer_ended(void *arg)
{
	struct usbsi_call *call = arg;
	struct usbsi_dev *dev = call->file->dev;
	unsigned long flags;
	bool done;

	spin_lock_irqsave(&dev->lock, flags);
	call->result = usbsi_call_check(call);
	done = call->pipe->done;
	spin_unlock_irqrestore(&dev->lock, flags);
	return done || call->result;
}

/**
 * usbsi_pipe_complete() - completion handler of the URBs of calls
 * @urb: the URB; its context is the pipe
 *
 * Context: Any.
 */
void usbsi_pipe_complete(struct urb *urb)
{
	struct usbsi_pipe *pipe = urb->context;
	unsigned long flags;

	spin_lock_irqsave(&pipe->dev->lock, flags);
	pipe->done = true;
	if (urb->status == -EPIPE && pipe->address)
		usbsi_event(pipe->dev, USBSI_EVENT_HALT, &pipe->address, 1);
	/* Woken under the lock: the waiter may free what it waited on. */
	wake_up_all(&pipe->wq);
	spin_unlock_irqrestore(&pipe->dev->lock, flags);
}

static bool usbsi_call_refused(void *arg)
{
	struct usbsi_call *call = arg;
	struct usbsi_dev *dev = call->file->dev;
	unsigned long flags;

	spin_lock_irqsave(&dev->lock, flags);
	call->result = usbsi_call_check(call);
	spin_unlock_irqrestore(&dev->lock, flags);
	return call->result;
}

/*
 * The bus failed or was cut off: that is how an unplug and an unbinding begin,
 * of which usbcore tells drivers a little later.  The call waits for it, so that
 * who was told -ENODEV finds the device gone.
 */
static int usbsi_bus_error(struct usbsi_call *call, int otherwise)
{
	ktime_t deadline = ktime_add_ms(ktime_get(), USBSI_GRACE_MS);

	usbsi_wait(&call->pipe->wq, usbsi_call_refused, call, TASK_KILLABLE, &deadline);
	return call->result == -ENODEV ? -ENODEV : otherwise;
}

/* Why a URB ended, as the caller is to see it; @why: what ended the wait. */
static int usbsi_urb_result(struct usbsi_call *call, int status, int why)
{
	switch (status) {
	case -EPERM:		/* poisoned when it was to be submitted */
	case -ENOENT:		/* killed by this call, or poisoned, or no endpoint left */
	case -ECONNRESET:
	case -ESHUTDOWN:	/* by the bus, on its way to suspend or gone */
	case -ENODEV:
		if (!why)
			why = usbsi_ready(call->file->dev);
		return why ? why : usbsi_bus_error(call, -EHOSTUNREACH);
	case -EPROTO:
	case -EILSEQ:
	case -ETIME:
		return usbsi_bus_error(call, -EPROTO);
	default:
		return status;
	}
}

/**
 * usbsi_pipe_transfer() - do one transfer on the call's pipe
 * @call: has a pipe whose URB is filled in
 * @actual: out: bytes transferred, on errors as well
 *
 * Context: Process context, sleeps. When it returns, the URB is not in flight.
 * Return: 0; -EPIPE on a stall, -EOVERFLOW on babble, -EPROTO on a bus error,
 * -ETIMEDOUT, -EINTR, -ENODEV, -ECANCELED, -EHOSTUNREACH.
 */
int usbsi_pipe_transfer(struct usbsi_call *call, unsigned int *actual)
{
	struct usbsi_pipe *pipe = call->pipe;
	struct usbsi_dev *dev = pipe->dev;
	int ret;

	*actual = 0;
	spin_lock_irq(&dev->lock);
	ret = usbsi_call_check(call);
	pipe->done = false;
	spin_unlock_irq(&dev->lock);
	if (ret)
		return ret;

	ret = usb_submit_urb(pipe->urb, GFP_KERNEL);
	if (ret)
		return usbsi_urb_result(call, ret, 0);

	ret = usbsi_call_wait(call, usbsi_transfer_ended);
	if (!ret)
		ret = call->result;
	/* Does nothing to a URB that has completed. */
	usb_kill_urb(pipe->urb);
	*actual = pipe->urb->actual_length;
	return usbsi_urb_result(call, pipe->urb->status, ret);
}

/**
 * usbsi_abort() - end a file's pending calls
 * @file: whose calls
 * @flags: USBSI_ABORT_*
 *
 * Context: Process context.
 */
void usbsi_abort(struct usbsi_file *file, u32 flags)
{
	struct usbsi_dev *dev = file->dev;

	spin_lock_irq(&dev->lock);
	file->abort_hold = flags & USBSI_ABORT_HOLD;
	if (!(flags & USBSI_ABORT_RELEASE)) {
		file->abort_count++;
		usbsi_lock_wake_file(file);
	}
	spin_unlock_irq(&dev->lock);
	wake_up_all(&dev->in.wq);
	wake_up_all(&dev->out.wq);
	wake_up_all(&dev->control.wq);
}

/**
 * usbsi_pipe_init() - make a pipe ready for calls
 * @dev: whose pipe
 * @pipe: zeroed but for its endpoint
 *
 * Context: Process context.
 * Return: 0 or -ENOMEM; the caller frees the URB in either case.
 */
int usbsi_pipe_init(struct usbsi_dev *dev, struct usbsi_pipe *pipe)
{
	pipe->dev = dev;
	pipe->done = true;
	init_waitqueue_head(&pipe->wq);
	pipe->urb = usb_alloc_urb(0, GFP_KERNEL);
	return pipe->urb ? 0 : -ENOMEM;
}

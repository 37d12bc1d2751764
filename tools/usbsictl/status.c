// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From an error to an exit status
 */
#include "usbsictl.h"

#include <errno.h>

static const struct {
	int			error;
	enum exit_status	status;
} statuses[] = {
	{ EINVAL, EXIT_OTHER },
	{ ENODEV, EXIT_IO },
	{ ESHUTDOWN, EXIT_IO },
	{ EIO, EXIT_IO },
	{ EPIPE, EXIT_IO },
	{ EPROTO, EXIT_IO },
	{ EBADMSG, EXIT_IO },
	{ EOVERFLOW, EXIT_IO },
	{ EILSEQ, EXIT_IO },
	{ ETIME, EXIT_IO },
	{ ETIMEDOUT, EXIT_IO },
	{ ENOTUNIQ, EXIT_NOT_FOUND },
	{ ENOENT, EXIT_NOT_FOUND },
	{ ENXIO, EXIT_NOT_FOUND },
	{ ESTALE, EXIT_NOT_FOUND },
	{ EISDIR, EXIT_NOT_FOUND },
	{ EBUSY, EXIT_BUSY },
	{ EAGAIN, EXIT_BUSY },
	{ ENOLCK, EXIT_BUSY },
	{ EACCES, EXIT_PERMISSION },
	{ EPERM, EXIT_PERMISSION },
	{ EROFS, EXIT_PERMISSION },
	{ ENOMEDIUM, EXIT_NO_MEDIUM },
	{ ECANCELED, EXIT_CANCELLED },
};

/**
 * status_of() - the exit status for an error
 * @error: 0 or a negative errno
 * @phase: what failed
 *
 * Return: &enum exit_status.
 */
int status_of(int error, enum phase phase)
{
	size_t i;

	if (!error)
		return EXIT_DONE;
	if (error == -ECANCELED)
		return EXIT_CANCELLED;
	if (phase == PHASE_OUTPUT)
		return EXIT_OUTPUT;
	if (phase == PHASE_SELECT && error == -ENODEV)
		return EXIT_NOT_FOUND;
	for (i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
		if (statuses[i].error == -error)
			return statuses[i].status;
	return EXIT_OTHER;
}

/**
 * ends_run() - whether after an item's failure the others would fail as well
 * @error: 0 or a negative errno
 * @phase: what failed; a device has codes of its own for a stall (EPIPE) and
 *	a full store (EDQUOT), which say nothing of the next item
 *
 * Return: true to leave the others out.
 */
bool ends_run(int error, enum phase phase)
{
	if (error == -ECANCELED)
		return true;
	if (phase == PHASE_OUTPUT)
		return error == -ENOSPC || error == -EDQUOT || error == -EPIPE;
	return error == -ENODEV || error == -ETIMEDOUT;
}

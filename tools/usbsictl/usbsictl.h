/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * usbsictl: what its parts share
 */
#ifndef USBSICTL_H
#define USBSICTL_H

#include <json-c/json.h>
#include <stdio.h>
#include <usbsi/usbsi.h>

/**
 * enum exit_status - how usbsictl ends
 * @EXIT_DONE: everything was done
 * @EXIT_OTHER: anything that has no number of its own
 * @EXIT_USAGE: the command line makes no sense
 * @EXIT_NOT_FOUND: no such device or item
 * @EXIT_BUSY: somebody else has the device
 * @EXIT_PERMISSION: not allowed
 * @EXIT_IO: unplugged, or the transfer failed
 * @EXIT_NO_MEDIUM: no paper, no card
 * @EXIT_JAM: paper jam, or a cover is open
 * @EXIT_OUTPUT: the output could not be written
 * @EXIT_CANCELLED: by a signal
 */
enum exit_status {
	EXIT_DONE		= 0,
	EXIT_OTHER		= 1,
	EXIT_USAGE		= 2,
	EXIT_NOT_FOUND		= 3,
	EXIT_BUSY		= 4,
	EXIT_PERMISSION		= 5,
	EXIT_IO			= 6,
	EXIT_NO_MEDIUM		= 7,
	EXIT_JAM		= 8,
	EXIT_OUTPUT		= 9,
	EXIT_CANCELLED		= 130,
};

/**
 * enum phase - what failed
 * @PHASE_SELECT: finding the device
 * @PHASE_DEVICE: talking to it
 * @PHASE_OUTPUT: writing what came
 */
enum phase {
	PHASE_SELECT,
	PHASE_DEVICE,
	PHASE_OUTPUT,
};

/* Options that a command takes, besides those of all commands */
#define OPTION_DEVICE	(1U << 0)
#define OPTION_JSON	(1U << 1)
#define OPTION_OUTPUT	(1U << 2)	/* --output, --all, --force */

/**
 * struct usbsictl - one run
 * @ctx: of the library
 * @device_name: -d or USBSI_DEVICE, NULL for the only one
 * @json: JSON instead of text
 * @verbose: how often -v was given
 * @timeout_ms: 0 for the library's default
 * @output: -o
 * @all: --all
 * @force: --force
 * @given: OPTION_* that were on the command line
 * @args: what follows the command
 * @arg_count: how many
 * @dev: open device
 */
struct usbsictl {
	struct usbsi_context	*ctx;
	const char		*device_name;
	bool			json;
	int			verbose;
	unsigned int		timeout_ms;
	const char		*output;
	bool			all;
	bool			force;
	unsigned int		given;
	char			**args;
	int			arg_count;
	struct usbsi_device	*dev;
};

/**
 * struct command - one command
 * @name: as typed
 * @arguments: for the usage line
 * @summary: what it does
 * @options: OPTION_*
 * @run: does it
 */
struct command {
	const char	*name;
	const char	*arguments;
	const char	*summary;
	unsigned int	options;
	int		(*run)(struct usbsictl *ctl);
};

int command_list(struct usbsictl *ctl);
int command_info(struct usbsictl *ctl);
int command_ls(struct usbsictl *ctl);
int command_acquire(struct usbsictl *ctl);

int status_of(int error, enum phase phase);
bool ends_run(int error, enum phase phase);

void complain(const char *fmt, ...) USBSI_PRINTF(1, 2);
const char *shown(const char *text, char *buf, size_t size);
struct json_object *json_text(const char *text);
struct json_object *json_holder(const struct usbsi_holder *holder);
int print_json(struct json_object *object);
int finish_stdout(void);
const char *mode_name(unsigned int mode);

int device_open(struct usbsictl *ctl, enum usbsi_open_mode mode);
int device_open_locked(struct usbsictl *ctl, enum usbsi_open_mode mode);
int device_lock(struct usbsictl *ctl);
void device_close(struct usbsictl *ctl);
int device_failed(struct usbsictl *ctl, int error);
bool was_cancelled(void);

#endif /* USBSICTL_H */

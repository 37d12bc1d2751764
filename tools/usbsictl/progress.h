/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The progress bar on a terminal
 */
#ifndef USBSICTL_PROGRESS_H
#define USBSICTL_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <usbsi/usbsi.h>

/**
 * struct progress - one bar
 * @enabled: standard error is a terminal
 * @shown: something stands on the line
 * @begin_ms: when the item began
 * @last_ms: when the bar was drawn last
 */
struct progress {
	bool		enabled;
	bool		shown;
	uint64_t	begin_ms;
	uint64_t	last_ms;
};

void progress_init(struct progress *progress);
void progress_begin(struct progress *progress);
void progress_update(struct progress *progress, const struct usbsi_status *status);
void progress_clear(struct progress *progress);

#endif /* USBSICTL_PROGRESS_H */

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The progress bar on a terminal
 */
#include "progress.h"
#include "usbsictl.h"

#include <time.h>
#include <unistd.h>

#define REDRAW_MS	100
#define BAR_WIDTH	24
#define NAME_WIDTH	24

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/**
 * progress_init() - see whether there is anybody to look at it
 * @progress: out
 */
void progress_init(struct progress *progress)
{
	*progress = (struct progress){ .enabled = isatty(STDERR_FILENO) };
}

/**
 * progress_begin() - a new item
 * @progress: the bar
 */
void progress_begin(struct progress *progress)
{
	progress->begin_ms = now_ms();
	progress->last_ms = 0;
}

/**
 * progress_update() - draw the bar if it is time to
 * @progress: the bar
 * @status: how far the item is
 */
void progress_update(struct progress *progress, const struct usbsi_status *status)
{
	char bar[BAR_WIDTH + 1], name[NAME_WIDTH + 1];
	double mb = (double)status->bytes / 1e6;
	double seconds;
	uint64_t now;
	int i;

	if (!progress->enabled)
		return;
	now = now_ms();
	if (now - progress->last_ms < REDRAW_MS)
		return;
	seconds = (double)(now - progress->begin_ms) / 1000;
	progress->last_ms = now;
	progress->shown = true;
	shown(usbsi_item_name(status->item), name, sizeof(name));
	for (i = 0; i < BAR_WIDTH; i++)
		bar[i] = i * 100 < status->percent * BAR_WIDTH ? '#' : '.';
	bar[BAR_WIDTH] = '\0';
	fprintf(stderr, "\r\033[K%-*s ", NAME_WIDTH, name);
	if (status->percent >= 0)
		fprintf(stderr, "[%s] %3d%% ", bar, status->percent);
	fprintf(stderr, "%.1f MB %.1f MB/s", mb, seconds > 0 ? mb / seconds : 0.0);
	fflush(stderr);
}

/**
 * progress_clear() - take the bar off the terminal
 * @progress: the bar
 */
void progress_clear(struct progress *progress)
{
	if (progress->shown)
		fputs("\r\033[K", stderr);
	progress->shown = false;
}

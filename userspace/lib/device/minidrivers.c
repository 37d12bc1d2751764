// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The minidrivers that are built in
 */
#include "device.h"

#include <string.h>

static const struct usbsi_minidriver *const built_in[] = {
	&ptp_minidriver,
};

#define BUILT_IN_COUNT	(sizeof(built_in) / sizeof(built_in[0]))

/**
 * minidriver_find() - the minidriver that knows an interface best
 * @id: the interface
 *
 * Return: the minidriver or NULL.
 */
const struct usbsi_minidriver *minidriver_find(const struct usbsi_interface_id *id)
{
	const struct usbsi_minidriver *best = NULL;
	int best_match = 0;
	size_t i;

	for (i = 0; i < BUILT_IN_COUNT; i++) {
		int match = built_in[i]->match(id);

		if (match > best_match) {
			best = built_in[i];
			best_match = match;
		}
	}
	return best;
}

/**
 * minidriver_named() - a minidriver by its name
 * @name: the name
 *
 * Return: the minidriver or NULL.
 */
const struct usbsi_minidriver *minidriver_named(const char *name)
{
	size_t i;

	for (i = 0; i < BUILT_IN_COUNT; i++)
		if (!strcmp(built_in[i]->name, name))
			return built_in[i];
	return NULL;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where acquired items go
 */
#ifndef USBSICTL_OUTPUT_H
#define USBSICTL_OUTPUT_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum output_kind {
	OUTPUT_STDOUT,
	OUTPUT_FILE,
	OUTPUT_DIRECTORY,
	OUTPUT_PATTERN,
};

/**
 * struct output - where items go, and the one that is being written
 * @kind: &enum output_kind
 * @where: as given with -o
 * @force: replace existing files
 * @counter: for %n, counts items
 * @used: names that this run has given, a tree of strings
 * @final: name of the current file
 * @temporary: its name until it is complete
 * @direct: it has no other name: standard output, a device or a pipe
 * @fd: it, -1 when there is none
 */
struct output {
	enum output_kind	kind;
	const char		*where;
	bool			force;
	unsigned int		counter;
	void			*used;
	char			final[PATH_MAX];
	char			temporary[PATH_MAX];
	bool			direct;
	int			fd;
};

int output_init(struct output *output, const char *where, bool force);
int output_check(const struct output *output, size_t items);
int output_choose(struct output *output, const char *name, int64_t seconds);
int output_open(struct output *output);
int output_write(struct output *output, const void *bytes, size_t len);
int output_finish(struct output *output, int64_t seconds);
void output_abandon(struct output *output);
void output_clear(struct output *output);

int output_double(const char *path, unsigned int number, char *out, size_t size);

#endif /* USBSICTL_OUTPUT_H */

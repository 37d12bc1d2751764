/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the script device sends and expects: every byte tells its position. */
#ifndef VDEV_PATTERN_H
#define VDEV_PATTERN_H

#include <stddef.h>
#include <stdint.h>

/**
 * vdev_pattern() - byte at a position
 * @offset: bytes since the last reset of the script, in this direction
 *
 * Return: the byte.  Neighbours, packets, pages and slots all differ.
 */
static inline unsigned char vdev_pattern(uint64_t offset)
{
	return (uint32_t)(offset + (offset >> 32) + 1) * 2654435761U >> 24;
}

static inline void vdev_pattern_fill(unsigned char *data, size_t length, uint64_t offset)
{
	size_t i;

	for (i = 0; i < length; i++)
		data[i] = vdev_pattern(offset + i);
}

/**
 * vdev_pattern_check() - compare with the pattern
 * @data: bytes
 * @length: how many
 * @offset: position of the first
 *
 * Return: index of the first wrong byte, @length when all are right.
 */
static inline size_t vdev_pattern_check(const unsigned char *data, size_t length, uint64_t offset)
{
	size_t i;

	for (i = 0; i < length; i++)
		if (data[i] != vdev_pattern(offset + i))
			break;
	return i;
}

#endif /* VDEV_PATTERN_H */

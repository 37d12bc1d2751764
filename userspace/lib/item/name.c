// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Names that come from a device are made fit for file names
 */
#include "item.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/*
 * Bytes of the well-formed UTF-8 sequence at @s, 0 if there is none; overlong
 * forms, surrogates and code points beyond 10FFFF are not well-formed.
 */
static size_t sequence(const unsigned char *s, uint32_t *code)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t len, i;

	if (s[0] < 0x80) {
		*code = s[0];
		return 1;
	}
	len = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
	if (s[0] < 0xc2 || s[0] > 0xf4)
		return 0;
	*code = s[0] & (0x7fu >> len);
	for (i = 1; i < len; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		*code = *code << 6 | (s[i] & 0x3f);
	}
	if (*code < least[len] || *code > 0x10ffff || (*code >= 0xd800 && *code <= 0xdfff))
		return 0;
	return len;
}

/* Controls, and characters that reorder the text around them on a terminal */
static bool is_unwanted(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0) ||
	       (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069) ||
	       code == 0x2028 || code == 0x2029;
}

static size_t clean(const char *text, char also, char *out, size_t size)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t len = 0, step;
	uint32_t code;

	for (; *s; s += step ? step : 1) {
		step = sequence(s, &code);
		if (len + (step ? step : 1) + 1 > size)
			break;
		if (!step || is_unwanted(code) || (also && code == (unsigned char)also)) {
			out[len++] = '_';
			continue;
		}
		memcpy(out + len, s, step);
		len += step;
	}
	out[len] = '\0';
	return len;
}

/**
 * usbsi_clean_text() - make text from a device fit to be shown
 * @text: anything, NUL terminated
 * @out: gets well-formed UTF-8; controls, what reorders text and broken
 *	sequences become "_"
 * @size: bytes at @out, at least 1; longer text is cut at a character
 *
 * Return: bytes of the result.
 */
size_t usbsi_clean_text(const char *text, char *out, size_t size)
{
	return clean(text, 0, out, size);
}

/**
 * item_clean_name() - make a file name of a name from a device
 * @name: anything, NUL terminated; may be NULL
 * @handle: names an item whose name is empty
 * @out: gets well-formed UTF-8 without slashes and controls, never "", "." or ".."
 * @size: bytes at @out, at least 32; longer names are cut at a character
 *
 * Return: bytes of the result.
 */
size_t item_clean_name(const char *name, uint64_t handle, char *out, size_t size)
{
	size_t len;

	if (!name || !*name)
		return (size_t)snprintf(out, size, "item-%08" PRIX64, handle);
	len = clean(name, '/', out, size);
	if (!strcmp(out, ".") || !strcmp(out, ".."))
		memset(out, '_', len);
	return len;
}

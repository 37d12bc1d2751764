// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Packing and unpacking of what PTP has on the wire. All of it little-endian.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "ptp.h"

/* Characters of a PTP string, the final zero included */
#define STRING_MAX	255

static uint32_t get(const unsigned char *data, unsigned int bytes)
{
	uint32_t value = 0;

	while (bytes--)
		value = value << 8 | data[bytes];
	return value;
}

/**
 * ptp_parse_command() - take a command container apart
 * @data: as it came
 * @length: bytes at @data
 * @command: result
 *
 * Return: 0, or -EINVAL for what is no command container.
 */
int ptp_parse_command(const unsigned char *data, size_t length, struct ptp_command *command)
{
	unsigned int i;

	memset(command, 0, sizeof(*command));
	if (length < PTP_HEADER || length > PTP_HEADER + 4 * PTP_PARAMS || length % 4)
		return -EINVAL;
	if (get(data, 4) != length || get(data + 4, 2) != PTP_COMMAND)
		return -EINVAL;
	command->code = get(data + 6, 2);
	command->transaction = get(data + 8, 4);
	command->count = (length - PTP_HEADER) / 4;
	for (i = 0; i < command->count; i++)
		command->params[i] = get(data + PTP_HEADER + 4 * i, 4);
	return 0;
}

static void put(struct ptp_pack *pack, uint64_t value, unsigned int bytes)
{
	while (bytes--) {
		if (pack->length < pack->size)
			pack->data[pack->length] = value;
		pack->length++;
		value >>= 8;
	}
}

/** ptp_pack_u8() - append a number; too little room only counts */
void ptp_pack_u8(struct ptp_pack *pack, uint8_t value)
{
	put(pack, value, 1);
}

/** ptp_pack_u16() - as ptp_pack_u8() */
void ptp_pack_u16(struct ptp_pack *pack, uint16_t value)
{
	put(pack, value, 2);
}

/** ptp_pack_u32() - as ptp_pack_u8() */
void ptp_pack_u32(struct ptp_pack *pack, uint32_t value)
{
	put(pack, value, 4);
}

/** ptp_pack_u64() - as ptp_pack_u8() */
void ptp_pack_u64(struct ptp_pack *pack, uint64_t value)
{
	put(pack, value, 8);
}

/* One character of UTF-8; what is none counts as Latin-1. */
static uint32_t next_character(const unsigned char **text)
{
	const unsigned char *at = *text;
	unsigned int more = *at >= 0xf0 ? 3 : *at >= 0xe0 ? 2 : *at >= 0xc0 ? 1 : 0;
	uint32_t value = more ? *at & (0x3f >> more) : *at;
	unsigned int i;

	for (i = 1; i <= more; i++) {
		if ((at[i] & 0xc0) != 0x80) {
			value = *at;
			more = 0;
			break;
		}
		value = value << 6 | (at[i] & 0x3f);
	}
	*text += more + 1;
	return value;
}

/**
 * ptp_pack_string() - append a string: a count, then UTF-16 with a final zero
 * @pack: dataset
 * @text: UTF-8; cut at 254 characters
 */
void ptp_pack_string(struct ptp_pack *pack, const char *text)
{
	const unsigned char *at = (const unsigned char *)text;
	uint16_t units[STRING_MAX];
	unsigned int count = 0;
	unsigned int i;

	while (*at && count < STRING_MAX - 2) {
		uint32_t value = next_character(&at);

		if (value > 0xffff) {
			units[count++] = 0xd800 + ((value - 0x10000) >> 10);
			value = 0xdc00 + ((value - 0x10000) & 0x3ff);
		}
		units[count++] = value;
	}
	ptp_pack_u8(pack, count ? count + 1 : 0);
	for (i = 0; i < count; i++)
		ptp_pack_u16(pack, units[i]);
	if (count)
		ptp_pack_u16(pack, 0);
}

/** ptp_pack_time() - append a time as the string that PTP uses, local time */
void ptp_pack_time(struct ptp_pack *pack, time_t when)
{
	char text[32] = "";
	struct tm tm;

	if (localtime_r(&when, &tm))
		strftime(text, sizeof(text), "%Y%m%dT%H%M%S", &tm);
	ptp_pack_string(pack, text);
}

/** ptp_pack_header() - append the header of a container of @length bytes in all */
void ptp_pack_header(struct ptp_pack *pack, uint32_t length, enum ptp_container type,
		     uint16_t code, uint32_t transaction)
{
	ptp_pack_u32(pack, length);
	ptp_pack_u16(pack, type);
	ptp_pack_u16(pack, code);
	ptp_pack_u32(pack, transaction);
}

/**
 * ptp_format() - object format of a file
 * @name: of the file
 *
 * Return: the code, PTP_FORMAT_UNDEFINED for what the name does not tell.
 */
uint16_t ptp_format(const char *name)
{
	static const struct {
		const char *suffix;
		uint16_t format;
	} formats[] = {
		{ "jpg", 0x3801 }, { "jpeg", 0x3801 }, { "tif", 0x380d }, { "tiff", 0x380d },
		{ "bmp", 0x3804 }, { "gif", 0x3807 }, { "png", 0x380b }, { "wav", 0x3008 },
		{ "mp3", 0x3009 }, { "avi", 0x300a }, { "mpg", 0x300b }, { "asf", 0x300c },
		{ "mp4", 0xb982 }, { "txt", 0x3004 }, { "html", 0x3005 },
	};
	const char *suffix = strrchr(name, '.');
	size_t i;

	for (i = 0; suffix && i < sizeof(formats) / sizeof(formats[0]); i++)
		if (!strcasecmp(suffix + 1, formats[i].suffix))
			return formats[i].format;
	return PTP_FORMAT_UNDEFINED;
}

// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * PTP containers and datasets: packing and unpacking
 */
#include "ptp-pack.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/**
 * struct cursor - reads a dataset from its beginning
 * @at: the next byte
 * @left: bytes from there on
 * @bad: something did not fit; from then on everything reads as 0
 */
struct cursor {
	const uint8_t	*at;
	size_t		left;
	bool		bad;
};

static const uint8_t *take(struct cursor *c, size_t len)
{
	const uint8_t *at = c->at;

	if (c->bad || len > c->left) {
		c->bad = true;
		return NULL;
	}
	c->at += len;
	c->left -= len;
	return at;
}

static uint16_t get_u16(struct cursor *c)
{
	const uint8_t *p = take(c, 2);

	return p ? (uint16_t)(p[0] | p[1] << 8) : 0;
}

static uint32_t get_u32(struct cursor *c)
{
	uint32_t low = get_u16(c);

	return low | (uint32_t)get_u16(c) << 16;
}

static uint64_t get_u64(struct cursor *c)
{
	uint64_t low = get_u32(c);

	return low | (uint64_t)get_u32(c) << 32;
}

static uint32_t unit_at(const uint8_t *utf16, size_t i)
{
	return (uint32_t)(utf16[2 * i] | utf16[2 * i + 1] << 8);
}

static size_t put_utf8(uint32_t code, uint8_t out[4])
{
	if (code < 0x80) {
		out[0] = (uint8_t)code;
		return 1;
	}
	if (code < 0x800) {
		out[0] = (uint8_t)(0xc0 | code >> 6);
		out[1] = (uint8_t)(0x80 | (code & 0x3f));
		return 2;
	}
	if (code < 0x10000) {
		out[0] = (uint8_t)(0xe0 | code >> 12);
		out[1] = (uint8_t)(0x80 | (code >> 6 & 0x3f));
		out[2] = (uint8_t)(0x80 | (code & 0x3f));
		return 3;
	}
	out[0] = (uint8_t)(0xf0 | code >> 18);
	out[1] = (uint8_t)(0x80 | (code >> 12 & 0x3f));
	out[2] = (uint8_t)(0x80 | (code >> 6 & 0x3f));
	out[3] = (uint8_t)(0x80 | (code & 0x3f));
	return 4;
}

/**
 * ptp_utf8() - UTF-16LE to UTF-8
 * @utf16: 2 * @units bytes
 * @units: 16-bit units; a NUL among them ends the text
 * @out: gets NUL-terminated UTF-8; half a surrogate pair becomes U+FFFD
 * @size: bytes at @out, at least 1; the text is cut at a character
 *
 * Return: bytes of the result.
 */
size_t ptp_utf8(const uint8_t *utf16, size_t units, char *out, size_t size)
{
	size_t i, step, len = 0;
	uint32_t code, low;
	uint8_t bytes[4];

	for (i = 0; i < units; i++) {
		code = unit_at(utf16, i);
		if (!code)
			break;
		if (code >= 0xd800 && code < 0xe000) {
			low = i + 1 < units ? unit_at(utf16, i + 1) : 0;
			if (code < 0xdc00 && low >= 0xdc00 && low < 0xe000) {
				code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
				i++;
			} else {
				code = 0xfffd;
			}
		}
		step = put_utf8(code, bytes);
		if (len + step + 1 > size)
			break;
		memcpy(out + len, bytes, step);
		len += step;
	}
	out[len] = '\0';
	return len;
}

/* u8 number of units, terminating NUL included; then the units */
static void get_string(struct cursor *c, char out[PTP_STRING_MAX])
{
	const uint8_t *count = take(c, 1);
	const uint8_t *units;

	out[0] = '\0';
	units = count ? take(c, (size_t)*count * 2) : NULL;
	if (units)
		ptp_utf8(units, *count, out, PTP_STRING_MAX);
}

/* The strings at the end of a dataset: devices leave them out, that is no error. */
static void get_last_string(struct cursor *c, char out[PTP_STRING_MAX])
{
	if (c->bad)
		return;
	get_string(c, out);
	if (c->bad)
		c->left = 0;
	c->bad = false;
}

static void get_codes(struct cursor *c, struct ptp_codes *codes)
{
	uint32_t i, count = get_u32(c);

	codes->code = NULL;
	codes->count = 0;
	if (c->bad || count > c->left / 2) {
		c->bad = true;
		return;
	}
	codes->code = calloc(count ? count : 1, sizeof(*codes->code));
	if (!codes->code) {
		c->bad = true;
		return;
	}
	for (i = 0; i < count; i++)
		codes->code[i] = get_u16(c);
	codes->count = count;
}

static void put_u16(uint8_t *p, uint16_t value)
{
	p[0] = (uint8_t)value;
	p[1] = (uint8_t)(value >> 8);
}

static void put_u32(uint8_t *p, uint32_t value)
{
	put_u16(p, (uint16_t)value);
	put_u16(p + 2, (uint16_t)(value >> 16));
}

/**
 * ptp_pack_command() - a command container
 * @buf: where to
 * @size: bytes there
 * @command: code, transaction, params and param count; length and type are not
 *	looked at
 *
 * Return: bytes of the container, 0 when it does not fit.
 */
size_t ptp_pack_command(uint8_t *buf, size_t size, const struct ptp_container *command)
{
	size_t len = PTP_HEADER_LEN + 4 * (size_t)command->params;
	unsigned int i;

	if (command->params > PTP_PARAMS_MAX || len > size)
		return 0;
	put_u32(buf, (uint32_t)len);
	put_u16(buf + 4, PTP_COMMAND);
	put_u16(buf + 6, command->code);
	put_u32(buf + 8, command->transaction);
	for (i = 0; i < command->params; i++)
		put_u32(buf + PTP_HEADER_LEN + 4 * (size_t)i, command->param[i]);
	return len;
}

/**
 * ptp_pack_cancel() - data of the request Cancel
 * @buf: where to
 * @size: bytes there
 * @transaction: what to cancel
 *
 * Return: PTP_CANCEL_LEN, 0 when it does not fit.
 */
size_t ptp_pack_cancel(uint8_t *buf, size_t size, uint32_t transaction)
{
	if (size < PTP_CANCEL_LEN)
		return 0;
	put_u16(buf, 0x4001);
	put_u32(buf + 2, transaction);
	return PTP_CANCEL_LEN;
}

/**
 * ptp_unpack_header() - the first 12 bytes of any container
 * @buf: the bytes
 * @len: how many there are
 * @header: out; no parameters
 *
 * Return: 0, or -EPROTO when @len is too short or the container's own length is.
 */
int ptp_unpack_header(const uint8_t *buf, size_t len, struct ptp_container *header)
{
	struct cursor c = { .at = buf, .left = len };

	memset(header, 0, sizeof(*header));
	header->length = get_u32(&c);
	header->type = get_u16(&c);
	header->code = get_u16(&c);
	header->transaction = get_u32(&c);
	return c.bad || header->length < PTP_HEADER_LEN ? -EPROTO : 0;
}

/**
 * ptp_unpack_response() - a whole response container
 * @buf: the bytes
 * @len: how many there are; bytes after the container do not matter
 * @response: out
 *
 * Return: 0, or -EPROTO when it is no response, is not whole or has a length
 * that none can have.
 */
int ptp_unpack_response(const uint8_t *buf, size_t len, struct ptp_container *response)
{
	struct cursor c = { .at = buf, .left = len };
	int ret = ptp_unpack_header(buf, len, response);

	if (ret < 0 || response->type != PTP_RESPONSE || response->length > len ||
	    response->length > PTP_CONTAINER_MAX || response->length % 4)
		return -EPROTO;
	take(&c, PTP_HEADER_LEN);
	while (PTP_HEADER_LEN + 4 * response->params < response->length)
		response->param[response->params++] = get_u32(&c);
	return 0;
}

/**
 * ptp_unpack_handles() - an array of storage ids or object handles
 * @buf: the dataset
 * @len: its bytes
 * @handles: out: to be freed, also when the count is 0
 *
 * Return: 0, -EPROTO when the array is longer than the dataset, -ENOMEM.
 */
int ptp_unpack_handles(const uint8_t *buf, size_t len, struct ptp_handles *handles)
{
	struct cursor c = { .at = buf, .left = len };
	uint32_t i, count = get_u32(&c);

	handles->handle = NULL;
	handles->count = 0;
	if (c.bad || count > c.left / 4)
		return -EPROTO;
	handles->handle = calloc(count ? count : 1, sizeof(*handles->handle));
	if (!handles->handle)
		return -ENOMEM;
	for (i = 0; i < count; i++)
		handles->handle[i] = get_u32(&c);
	handles->count = count;
	return 0;
}

/**
 * ptp_unpack_device_info() - the dataset DeviceInfo
 * @buf: the dataset
 * @len: its bytes; the four strings at its end may be missing
 * @info: out: to be cleared with ptp_device_info_clear() after success
 *
 * Return: 0 or -EPROTO.
 */
int ptp_unpack_device_info(const uint8_t *buf, size_t len, struct ptp_device_info *info)
{
	struct cursor c = { .at = buf, .left = len };

	memset(info, 0, sizeof(*info));
	info->version = get_u16(&c);
	info->extension_id = get_u32(&c);
	info->extension_version = get_u16(&c);
	get_string(&c, info->extension);
	info->functional_mode = get_u16(&c);
	get_codes(&c, &info->operations);
	get_codes(&c, &info->events);
	get_codes(&c, &info->properties);
	get_codes(&c, &info->capture_formats);
	get_codes(&c, &info->formats);
	get_last_string(&c, info->manufacturer);
	get_last_string(&c, info->model);
	get_last_string(&c, info->device_version);
	get_last_string(&c, info->serial);
	if (!c.bad)
		return 0;
	ptp_device_info_clear(info);
	return -EPROTO;
}

/**
 * ptp_device_info_clear() - free what ptp_unpack_device_info() allocated
 * @info: zeroed afterwards
 */
void ptp_device_info_clear(struct ptp_device_info *info)
{
	free(info->operations.code);
	free(info->events.code);
	free(info->properties.code);
	free(info->capture_formats.code);
	free(info->formats.code);
	memset(info, 0, sizeof(*info));
}

/**
 * ptp_unpack_storage_info() - the dataset StorageInfo
 * @buf: the dataset
 * @len: its bytes; the two strings at its end may be missing
 * @info: out
 *
 * Return: 0 or -EPROTO.
 */
int ptp_unpack_storage_info(const uint8_t *buf, size_t len, struct ptp_storage_info *info)
{
	struct cursor c = { .at = buf, .left = len };

	memset(info, 0, sizeof(*info));
	info->type = get_u16(&c);
	info->filesystem = get_u16(&c);
	info->access = get_u16(&c);
	info->capacity = get_u64(&c);
	info->free_bytes = get_u64(&c);
	info->free_images = get_u32(&c);
	get_last_string(&c, info->description);
	get_last_string(&c, info->label);
	return c.bad ? -EPROTO : 0;
}

/**
 * ptp_unpack_object_info() - the dataset ObjectInfo
 * @buf: the dataset
 * @len: its bytes; the strings after the name may be missing
 * @info: out
 *
 * Return: 0 or -EPROTO.
 */
int ptp_unpack_object_info(const uint8_t *buf, size_t len, struct ptp_object_info *info)
{
	struct cursor c = { .at = buf, .left = len };

	memset(info, 0, sizeof(*info));
	info->storage = get_u32(&c);
	info->format = get_u16(&c);
	info->protection = get_u16(&c);
	info->size = get_u32(&c);
	/* thumbnail: format, size, width, height; image: width, height, depth */
	take(&c, 2 + 3 * 4 + 3 * 4);
	info->parent = get_u32(&c);
	info->association_type = get_u16(&c);
	/* association description, sequence number */
	take(&c, 4 + 4);
	get_string(&c, info->name);
	get_last_string(&c, info->captured);
	get_last_string(&c, info->modified);
	return c.bad ? -EPROTO : 0;
}

/**
 * ptp_unpack_device_status() - answer to the request Get Device Status
 * @buf: the answer
 * @len: its bytes
 * @status: out
 *
 * The width of an endpoint entry differs between devices: two bytes, or four.
 * The length field decides how far to look; the low byte of an entry counts.
 *
 * Return: 0 or -EPROTO.
 */
int ptp_unpack_device_status(const uint8_t *buf, size_t len, struct ptp_device_status *status)
{
	struct cursor c = { .at = buf, .left = len };
	uint16_t length = get_u16(&c);
	size_t i, end;

	memset(status, 0, sizeof(*status));
	status->code = get_u16(&c);
	if (c.bad || length < 4)
		return -EPROTO;
	end = length < len ? length : len;
	for (i = 4; i + 2 <= end; i += 2) {
		if (buf[i] && status->endpoints < PTP_STATUS_ENDPOINTS_MAX)
			status->endpoint[status->endpoints++] = buf[i];
	}
	return 0;
}

static bool digits(const char **text, unsigned int count, int *value)
{
	*value = 0;
	while (count--) {
		if (**text < '0' || **text > '9')
			return false;
		*value = *value * 10 + (*(*text)++ - '0');
	}
	return true;
}

/* Zone of a DateTime: "Z", "+hhmm", "-hhmm", or nothing for the local time */
static int64_t with_zone(struct tm *tm, const char *text)
{
	int hours, minutes, sign = *text == '-' ? -1 : 1;

	if (*text == 'Z')
		return timegm(tm);
	if (*text != '+' && *text != '-')
		return mktime(tm);
	text++;
	if (!digits(&text, 2, &hours) || !digits(&text, 2, &minutes))
		return mktime(tm);
	return timegm(tm) - (int64_t)sign * (hours * 3600 + minutes * 60);
}

/**
 * ptp_unpack_time() - a DateTime string
 * @text: YYYYMMDDThhmmss with optional tenths and zone; without a zone it is
 *	in the zone of this process
 * @seconds: out: since 1970
 *
 * Return: 0, -EINVAL when @text is no time.
 */
int ptp_unpack_time(const char *text, int64_t *seconds)
{
	struct tm tm = { .tm_isdst = -1 };

	if (!digits(&text, 4, &tm.tm_year) || !digits(&text, 2, &tm.tm_mon) ||
	    !digits(&text, 2, &tm.tm_mday) || *text++ != 'T' || !digits(&text, 2, &tm.tm_hour) ||
	    !digits(&text, 2, &tm.tm_min) || !digits(&text, 2, &tm.tm_sec))
		return -EINVAL;
	if (tm.tm_year < 1900 || tm.tm_mon < 1 || tm.tm_mon > 12 || tm.tm_mday < 1 ||
	    tm.tm_mday > 31 || tm.tm_hour > 23 || tm.tm_min > 59 || tm.tm_sec > 60)
		return -EINVAL;
	tm.tm_year -= 1900;
	tm.tm_mon--;
	if (*text == '.')
		text++;
	while (*text >= '0' && *text <= '9')
		text++;
	*seconds = with_zone(&tm, text);
	return 0;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * PTP containers and datasets: packing and unpacking, nothing else
 *
 * Layouts are those of PTP (ISO 15740) over USB (Still Image Capture Device
 * Definition 1.0).  Everything takes (buffer, length) and trusts neither.
 */
#ifndef PTP_PACK_H
#define PTP_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PTP_HEADER_LEN		12
#define PTP_PARAMS_MAX		5
#define PTP_CONTAINER_MAX	(PTP_HEADER_LEN + 4 * PTP_PARAMS_MAX)
#define PTP_LENGTH_UNKNOWN	0xFFFFFFFFU
#define PTP_CANCEL_LEN		6

/* 254 UTF-16 units become at most 3 bytes of UTF-8 each */
#define PTP_STRING_MAX		(254 * 3 + 1)

enum ptp_container_type {
	PTP_COMMAND		= 1,
	PTP_DATA		= 2,
	PTP_RESPONSE		= 3,
	PTP_EVENT		= 4,
};

/**
 * struct ptp_container - a command or response, or the header of data
 * @length: of the whole container, or PTP_LENGTH_UNKNOWN
 * @type: &enum ptp_container_type
 * @code: operation or response code
 * @transaction: transaction id
 * @param: parameters
 * @params: how many
 */
struct ptp_container {
	uint32_t	length;
	uint16_t	type;
	uint16_t	code;
	uint32_t	transaction;
	uint32_t	param[PTP_PARAMS_MAX];
	unsigned int	params;
};

/**
 * struct ptp_codes - an array of 16-bit codes
 * @code: malloc'd
 * @count: how many
 */
struct ptp_codes {
	uint16_t	*code;
	size_t		count;
};

/**
 * struct ptp_handles - an array of 32-bit ids
 * @handle: malloc'd
 * @count: how many
 */
struct ptp_handles {
	uint32_t	*handle;
	size_t		count;
};

struct ptp_device_info {
	uint16_t		version;
	uint32_t		extension_id;
	uint16_t		extension_version;
	char			extension[PTP_STRING_MAX];
	uint16_t		functional_mode;
	struct ptp_codes	operations;
	struct ptp_codes	events;
	struct ptp_codes	properties;
	struct ptp_codes	capture_formats;
	struct ptp_codes	formats;
	char			manufacturer[PTP_STRING_MAX];
	char			model[PTP_STRING_MAX];
	char			device_version[PTP_STRING_MAX];
	char			serial[PTP_STRING_MAX];
};

struct ptp_storage_info {
	uint16_t	type;
	uint16_t	filesystem;
	uint16_t	access;
	uint64_t	capacity;
	uint64_t	free_bytes;
	uint32_t	free_images;
	char		description[PTP_STRING_MAX];
	char		label[PTP_STRING_MAX];
};

struct ptp_object_info {
	uint32_t	storage;
	uint16_t	format;
	uint16_t	protection;
	uint32_t	size;
	uint32_t	parent;
	uint16_t	association_type;
	char		name[PTP_STRING_MAX];
	char		captured[PTP_STRING_MAX];
	char		modified[PTP_STRING_MAX];
};

#define PTP_STATUS_ENDPOINTS_MAX	8

/**
 * struct ptp_device_status - answer to the request Get Device Status
 * @code: a response code: OK, DeviceBusy, TransactionCancelled
 * @endpoint: addresses of halted endpoints
 * @endpoints: how many
 */
struct ptp_device_status {
	uint16_t	code;
	uint8_t		endpoint[PTP_STATUS_ENDPOINTS_MAX];
	unsigned int	endpoints;
};

size_t ptp_pack_command(uint8_t *buf, size_t size, const struct ptp_container *command);
size_t ptp_pack_cancel(uint8_t *buf, size_t size, uint32_t transaction);

int ptp_unpack_header(const uint8_t *buf, size_t len, struct ptp_container *header);
int ptp_unpack_response(const uint8_t *buf, size_t len, struct ptp_container *response);
int ptp_unpack_handles(const uint8_t *buf, size_t len, struct ptp_handles *handles);
int ptp_unpack_device_info(const uint8_t *buf, size_t len, struct ptp_device_info *info);
void ptp_device_info_clear(struct ptp_device_info *info);
int ptp_unpack_storage_info(const uint8_t *buf, size_t len, struct ptp_storage_info *info);
int ptp_unpack_object_info(const uint8_t *buf, size_t len, struct ptp_object_info *info);
int ptp_unpack_device_status(const uint8_t *buf, size_t len, struct ptp_device_status *status);
int ptp_unpack_time(const char *text, int64_t *seconds);

size_t ptp_utf8(const uint8_t *utf16, size_t units, char *out, size_t size);

#endif /* PTP_PACK_H */

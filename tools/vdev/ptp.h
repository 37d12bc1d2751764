/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Codes and datasets of PTP, as far as the camera personality speaks it. */
#ifndef VDEV_PTP_H
#define VDEV_PTP_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#define PTP_HEADER	12
#define PTP_PARAMS	5
#define PTP_UNKNOWN	0xffffffffU
#define PTP_STORAGE	0x00010001U

enum ptp_container {
	PTP_COMMAND	= 1,
	PTP_DATA	= 2,
	PTP_RESPONSE	= 3,
	PTP_EVENT	= 4,
};

enum ptp_operation {
	PTP_GET_DEVICE_INFO	= 0x1001,
	PTP_OPEN_SESSION	= 0x1002,
	PTP_CLOSE_SESSION	= 0x1003,
	PTP_GET_STORAGE_IDS	= 0x1004,
	PTP_GET_STORAGE_INFO	= 0x1005,
	PTP_GET_NUM_OBJECTS	= 0x1006,
	PTP_GET_OBJECT_HANDLES	= 0x1007,
	PTP_GET_OBJECT_INFO	= 0x1008,
	PTP_GET_OBJECT		= 0x1009,
	PTP_GET_THUMB		= 0x100a,
};

enum ptp_response {
	PTP_OK				= 0x2001,
	PTP_GENERAL_ERROR		= 0x2002,
	PTP_SESSION_NOT_OPEN		= 0x2003,
	PTP_OPERATION_NOT_SUPPORTED	= 0x2005,
	PTP_INVALID_STORAGE_ID		= 0x2008,
	PTP_INVALID_OBJECT_HANDLE	= 0x2009,
	PTP_NO_THUMBNAIL		= 0x2010,
	PTP_BY_FORMAT_UNSUPPORTED	= 0x2014,
	PTP_DEVICE_BUSY			= 0x2019,
	PTP_INVALID_PARENT		= 0x201a,
	PTP_SESSION_ALREADY_OPEN	= 0x201e,
	PTP_TRANSACTION_CANCELLED	= 0x201f,
};

enum ptp_request {
	PTP_REQUEST_CANCEL	= 0x64,
	PTP_REQUEST_RESET	= 0x66,
	PTP_REQUEST_STATUS	= 0x67,
};

#define PTP_EVENT_OBJECT_ADDED	0x4002
#define PTP_FORMAT_UNDEFINED	0x3000
#define PTP_FORMAT_ASSOCIATION	0x3001

/**
 * struct ptp_command - a command container, taken apart
 * @params: those that were not sent are 0
 */
struct ptp_command {
	uint16_t	code;
	uint32_t	transaction;
	unsigned int	count;
	uint32_t	params[PTP_PARAMS];
};

/**
 * struct ptp_pack - a dataset being written
 * @data: where
 * @size: room at @data
 * @length: bytes written, or that would have been with enough room
 */
struct ptp_pack {
	unsigned char	*data;
	size_t		size;
	size_t		length;
};

int ptp_parse_command(const unsigned char *data, size_t length, struct ptp_command *command);
void ptp_pack_u8(struct ptp_pack *pack, uint8_t value);
void ptp_pack_u16(struct ptp_pack *pack, uint16_t value);
void ptp_pack_u32(struct ptp_pack *pack, uint32_t value);
void ptp_pack_u64(struct ptp_pack *pack, uint64_t value);
void ptp_pack_string(struct ptp_pack *pack, const char *text);
void ptp_pack_time(struct ptp_pack *pack, time_t when);
void ptp_pack_header(struct ptp_pack *pack, uint32_t length, enum ptp_container type,
		     uint16_t code, uint32_t transaction);
uint16_t ptp_format(const char *name);

#endif /* VDEV_PTP_H */

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * PTP codes: numbers, names, and what a response means to a client
 */
#ifndef PTP_NAMES_H
#define PTP_NAMES_H

#include <stdint.h>

enum ptp_operation {
	PTP_GET_DEVICE_INFO	= 0x1001,
	PTP_OPEN_SESSION	= 0x1002,
	PTP_CLOSE_SESSION	= 0x1003,
	PTP_GET_STORAGE_IDS	= 0x1004,
	PTP_GET_STORAGE_INFO	= 0x1005,
	PTP_GET_OBJECT_HANDLES	= 0x1007,
	PTP_GET_OBJECT_INFO	= 0x1008,
	PTP_GET_OBJECT		= 0x1009,
	PTP_RESET_DEVICE	= 0x1010,
};

enum ptp_response {
	PTP_OK				= 0x2001,
	PTP_SESSION_NOT_OPEN		= 0x2003,
	PTP_OPERATION_NOT_SUPPORTED	= 0x2005,
	PTP_INVALID_OBJECT_HANDLE	= 0x2009,
	PTP_ACCESS_DENIED		= 0x200F,
	PTP_STORE_NOT_AVAILABLE		= 0x2013,
	PTP_DEVICE_BUSY			= 0x2019,
	PTP_SESSION_ALREADY_OPEN	= 0x201E,
	PTP_TRANSACTION_CANCELLED	= 0x201F,
};

/* Class requests of the interface */
enum ptp_request {
	PTP_REQUEST_CANCEL		= 0x64,
	PTP_REQUEST_DEVICE_RESET	= 0x66,
	PTP_REQUEST_DEVICE_STATUS	= 0x67,
};

#define PTP_FORMAT_UNDEFINED	0x3000
#define PTP_FORMAT_ASSOCIATION	0x3001

const char *ptp_operation_name(uint16_t code);
const char *ptp_response_text(uint16_t code);
int ptp_response_errno(uint16_t code);
const char *ptp_format_name(uint16_t code);

#endif /* PTP_NAMES_H */

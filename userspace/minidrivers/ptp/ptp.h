/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The PTP minidriver: what its parts share
 */
#ifndef PTP_H
#define PTP_H

#include <usbsi/minidriver.h>

#include "ptp-names.h"
#include "ptp-pack.h"
#include "ptp-phase.h"

#define PTP_BUFFER_LEN	0x10000

/* Largest dataset that is believed: four million handles */
#define PTP_DATASET_MAX	0x1000000

/**
 * struct ptp - one open device
 * @port: the device
 * @buffer: for transfers that do not go through a stream, PTP_BUFFER_LEN bytes
 * @interface_number: for class requests
 * @read_address: bEndpointAddress of bulk IN
 * @write_address: bEndpointAddress of bulk OUT
 * @session_open: the device has a session of ours
 * @session: counts sessions, so that a handle of an earlier one is known
 * @next_transaction: id of the next transaction
 * @unsure: the last recovery failed; closing the session will show
 * @has_info: @info is valid
 * @info: what the device is, asked once
 */
struct ptp {
	struct usbsi_port	*port;
	uint8_t			*buffer;
	uint8_t			interface_number;
	uint8_t			read_address;
	uint8_t			write_address;
	bool			session_open;
	uint64_t		session;
	uint32_t		next_transaction;
	bool			unsure;
	bool			has_info;
	struct ptp_device_info	info;
};

/**
 * struct ptp_transaction - one operation
 * @operation: &enum ptp_operation
 * @param: parameters
 * @params: how many
 * @stream: data comes through the stream of the port
 * @expected: bytes of the data container if that is known, header included
 * @timeout_ms: longest time without a byte; 0: that of the port
 * @sink: takes data, NULL when there is none
 * @context: its first argument
 * @phase: out: what came; @phase.response.code is 0 when no response did
 */
struct ptp_transaction {
	uint16_t		operation;
	uint32_t		param[PTP_PARAMS_MAX];
	unsigned int		params;
	bool			stream;
	uint64_t		expected;
	unsigned int		timeout_ms;
	const struct ptp_sink	*sink;
	void			*context;
	struct ptp_phase	phase;
};

/**
 * struct ptp_dataset - data of a transaction as a whole
 * @bytes: malloc'd
 * @len: how many
 * @room: allocated
 */
struct ptp_dataset {
	uint8_t	*bytes;
	size_t	len;
	size_t	room;
};

extern const struct usbsi_minidriver ptp_minidriver;

int ptp_transact(struct ptp *ptp, struct ptp_transaction *t);
int ptp_get_dataset(struct ptp *ptp, struct ptp_transaction *t, struct ptp_dataset *dataset);
bool ptp_refused(const struct ptp_transaction *t);

void ptp_recover(struct ptp *ptp, int error, uint32_t transaction);
int ptp_device_status(struct ptp *ptp, struct ptp_device_status *status);
int ptp_device_reset(struct ptp *ptp);

int ptp_session_open(struct ptp *ptp);
void ptp_session_close(struct ptp *ptp);
int ptp_get_device_info(struct ptp *ptp);
int ptp_get_storages(struct ptp *ptp, struct ptp_handles *storages);
int ptp_get_storage_info(struct ptp *ptp, uint32_t storage, struct ptp_storage_info *info,
			 bool *refused);
int ptp_get_object_info(struct ptp *ptp, uint32_t handle, struct ptp_object_info *info,
			bool *refused);

int ptp_items(void *state, struct usbsi_item *root);
int ptp_acquire(void *state, const struct usbsi_item *item, struct usbsi_transfer *transfer);

#endif /* PTP_H */

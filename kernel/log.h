/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef USBSI_LOG_H
#define USBSI_LOG_H

#include <linux/types.h>
#include <linux/usb/usbsi.h>

/* Longest chain of records: an interrupt packet of 1024 bytes */
#define USBSI_LOG_CHAIN		(1024 / USBSI_EVENT_DATA_LEN)

/**
 * struct usbsi_log - the latest records of one device
 * @head: sequence number of the next record
 * @record: record of sequence number n at n % USBSI_EVENT_LOG_RECORDS
 */
struct usbsi_log {
	u64			head;
	struct usbsi_event	record[USBSI_EVENT_LOG_RECORDS];
};

/**
 * struct usbsi_log_reader - one reader's place in a log
 * @cursor: sequence number of the next record to look at
 * @mask: types wanted, 1 << type
 * @masked: records passed over because of @mask
 * @lost: records lost since the last one that was delivered
 */
struct usbsi_log_reader {
	u64	cursor;
	u64	mask;
	u64	masked;
	u64	lost;
};

u64 usbsi_log_oldest(const struct usbsi_log *log);
u64 usbsi_log_push(struct usbsi_log *log, u32 type, u32 flags, u64 time_ns,
		   const void *data, size_t len);
void usbsi_log_begin(const struct usbsi_log *log, struct usbsi_log_reader *reader, u64 seq);
void usbsi_log_make_room(const struct usbsi_log *log, struct usbsi_log_reader *reader,
			 size_t len);
bool usbsi_log_readable(const struct usbsi_log *log, struct usbsi_log_reader *reader);
int usbsi_log_read(const struct usbsi_log *log, struct usbsi_log_reader *reader,
		   struct usbsi_event *to, unsigned int room);

#endif /* USBSI_LOG_H */

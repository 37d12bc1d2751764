// SPDX-License-Identifier: GPL-2.0-only
/*
 * The event log: one per device, overwritten from its oldest end, with a cursor
 * per reader.  Nothing here sleeps, locks or knows of USB; the callers hold the
 * lock that guards the log and its readers.
 *
 * A packet longer than one record takes a chain of records: MORE on all but the
 * last, CONT on all but the first.  A reader gets a chain whole or not at all.
 *
 * For every reader, after every call:
 *
 *	delivered + masked + lost = cursor - first cursor
 *
 * where the losses not yet told in a record are still in reader->lost.  So that
 * nothing unwanted counts as lost, readers are moved past what a push is about to
 * overwrite while it can still be looked at: usbsi_log_make_room().
 */
#include <linux/bits.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "log.h"

static struct usbsi_event *usbsi_log_slot(struct usbsi_log *log, u64 seq)
{
	return &log->record[seq % USBSI_EVENT_LOG_RECORDS];
}

static const struct usbsi_event *usbsi_log_at(const struct usbsi_log *log, u64 seq)
{
	return &log->record[seq % USBSI_EVENT_LOG_RECORDS];
}

/**
 * usbsi_log_oldest() - sequence number of the oldest record kept
 * @log: the log
 *
 * Return: the number; that of the next record where the log is empty.
 */
u64 usbsi_log_oldest(const struct usbsi_log *log)
{
	return log->head > USBSI_EVENT_LOG_RECORDS ?
	       log->head - USBSI_EVENT_LOG_RECORDS : 0;
}

/**
 * usbsi_log_push() - append a packet
 * @log: the log
 * @type: &enum usbsi_event_type
 * @flags: USBSI_EVENT_F_*, without MORE and CONT
 * @time_ns: CLOCK_MONOTONIC
 * @data: the packet, may be NULL where @len is 0
 * @len: its bytes; what goes beyond USBSI_LOG_CHAIN records is cut off
 *
 * Return: the sequence number of the packet's first record.
 */
u64 usbsi_log_push(struct usbsi_log *log, u32 type, u32 flags, u64 time_ns,
		   const void *data, size_t len)
{
	u64 first = log->head;
	const u8 *from = data;

	len = min_t(size_t, len, USBSI_LOG_CHAIN * USBSI_EVENT_DATA_LEN);
	do {
		struct usbsi_event *event = usbsi_log_slot(log, log->head);
		size_t part = min_t(size_t, len, USBSI_EVENT_DATA_LEN);

		memset(event, 0, sizeof(*event));
		event->seq = log->head;
		event->time_ns = time_ns;
		event->type = type;
		event->flags = flags;
		event->len = part;
		if (part)
			memcpy(event->data, from, part);
		if (log->head != first)
			event->flags |= USBSI_EVENT_F_CONT;
		from += part;
		len -= part;
		if (len)
			event->flags |= USBSI_EVENT_F_MORE;
		log->head++;
	} while (len);
	return first;
}

static bool usbsi_log_wanted(const struct usbsi_log_reader *reader, u32 type)
{
	return type == USBSI_EVENT_GONE || reader->mask & BIT_ULL(type);
}

/* Moves a reader past the record at its cursor, which it will not get. */
static void usbsi_log_pass(const struct usbsi_log *log, struct usbsi_log_reader *reader)
{
	if (usbsi_log_wanted(reader, usbsi_log_at(log, reader->cursor)->type))
		reader->lost++;
	else
		reader->masked++;
	reader->cursor++;
}

/* The rest of a chain without its beginning is of no use. */
static void usbsi_log_pass_rest(const struct usbsi_log *log, struct usbsi_log_reader *reader)
{
	while (reader->cursor != log->head &&
	       usbsi_log_at(log, reader->cursor)->flags & USBSI_EVENT_F_CONT)
		usbsi_log_pass(log, reader);
}

/**
 * usbsi_log_begin() - set a reader to its first record
 * @log: the log
 * @reader: its mask is set
 * @seq: sequence number to begin with, at most the log's head; what is no longer
 *	kept of it counts as lost
 */
void usbsi_log_begin(const struct usbsi_log *log, struct usbsi_log_reader *reader, u64 seq)
{
	u64 oldest = usbsi_log_oldest(log);

	reader->masked = 0;
	reader->lost = seq < oldest ? oldest - seq : 0;
	reader->cursor = max(seq, oldest);
	usbsi_log_pass_rest(log, reader);
}

/**
 * usbsi_log_make_room() - move a reader past what a push will overwrite
 * @log: the log
 * @reader: the reader
 * @len: bytes that will be pushed
 */
void usbsi_log_make_room(const struct usbsi_log *log, struct usbsi_log_reader *reader, size_t len)
{
	u64 records = clamp_t(u64, DIV_ROUND_UP(len, USBSI_EVENT_DATA_LEN), 1, USBSI_LOG_CHAIN);

	if (log->head + records - reader->cursor <= USBSI_EVENT_LOG_RECORDS)
		return;
	while (log->head + records - reader->cursor > USBSI_EVENT_LOG_RECORDS)
		usbsi_log_pass(log, reader);
	usbsi_log_pass_rest(log, reader);
}

static unsigned int usbsi_log_chain(const struct usbsi_log *log, u64 seq)
{
	unsigned int records = 1;

	while (usbsi_log_at(log, seq)->flags & USBSI_EVENT_F_MORE) {
		records++;
		seq++;
	}
	return records;
}

/**
 * usbsi_log_readable() - is there a record that this reader wants?
 * @log: the log
 * @reader: the reader; moves past unwanted records
 *
 * Return: whether usbsi_log_read() would deliver something.
 */
bool usbsi_log_readable(const struct usbsi_log *log, struct usbsi_log_reader *reader)
{
	while (reader->cursor != log->head &&
	       !usbsi_log_wanted(reader, usbsi_log_at(log, reader->cursor)->type))
		usbsi_log_pass(log, reader);
	return reader->cursor != log->head;
}

/**
 * usbsi_log_read() - take the next records
 * @log: the log
 * @reader: the reader; moves past what was delivered, masked or lost
 * @to: where the records go
 * @room: records that fit there, at least 1
 *
 * Return: the number of records taken, 0 where there is none, -EMSGSIZE where
 * the next packet needs more room.
 */
int usbsi_log_read(const struct usbsi_log *log, struct usbsi_log_reader *reader,
		   struct usbsi_event *to, unsigned int room)
{
	unsigned int taken = 0;

	while (usbsi_log_readable(log, reader)) {
		unsigned int chain = usbsi_log_chain(log, reader->cursor);
		unsigned int i;

		if (chain > room - taken)
			return taken ? taken : -EMSGSIZE;
		for (i = 0; i < chain; i++)
			to[taken + i] = *usbsi_log_at(log, reader->cursor + i);
		to[taken].lost = min_t(u64, reader->lost, U32_MAX);
		reader->lost -= to[taken].lost;
		reader->cursor += chain;
		taken += chain;
	}
	return taken;
}

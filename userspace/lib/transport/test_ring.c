// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The ring's consumer against a kernel that the test plays
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "ring.h"

#define SLOTS		8
#define SLOT_SIZE	4096

struct page {
	struct usbsi_ring_kernel	k;
	struct usbsi_slot		slot[SLOTS];
};

struct rig {
	struct page		page;
	struct usbsi_ring_user	user;
	uint8_t			data[SLOTS * SLOT_SIZE];
	struct ring		ring;
	unsigned int		kicks;
	unsigned int		waits;
	int			wait_result;
	void			(*on_wait)(struct rig *rig);
	void			(*on_kick)(struct rig *rig);
	uint32_t		free_at_kick;
};

static int kick(void *context)
{
	struct rig *rig = context;

	rig->kicks++;
	rig->free_at_kick = SLOTS - (rig->page.k.prod - rig->user.cons);
	rig->page.k.flags &= ~USBSI_RING_NEED_KICK;
	if (rig->on_kick)
		rig->on_kick(rig);
	return 0;
}

static int wait_for_it(void *context, unsigned int timeout_ms)
{
	struct rig *rig = context;

	rig->waits++;
	if (rig->on_wait)
		rig->on_wait(rig);
	return rig->wait_result;
}

static struct rig rig;

static int init(uint32_t from)
{
	rig = (struct rig){
		.page.k = {
			.magic = USBSI_RING_MAGIC,
			.header_size = sizeof(rig.page.k),
			.slot_offset = offsetof(struct page, slot),
			.slot_stride = sizeof(struct usbsi_slot),
			.slots = SLOTS,
			.slot_size = SLOT_SIZE,
			.prod = from,
			.state = USBSI_STREAM_RUNNING,
		},
		.user.cons = from,
		.ring = {
			.kernel = &rig.page.k,
			.kernel_size = sizeof(rig.page),
			.user = &rig.user,
			.data = rig.data,
			.kick = kick,
			.wait = wait_for_it,
			.context = &rig,
		},
	};
	return ring_init(&rig.ring, sizeof(rig.data));
}

static void publish(uint32_t len, uint32_t flags)
{
	uint32_t index = rig.page.k.prod & (SLOTS - 1);

	rig.page.slot[index] = (struct usbsi_slot){
		.seq = rig.page.k.prod, .flags = flags, .len = len
	};
	memset(rig.data + (size_t)index * SLOT_SIZE, (int)rig.page.k.prod, SLOT_SIZE);
	rig.page.k.prod++;
}

static void take(uint32_t seq)
{
	struct usbsi_chunk chunk;

	assert_int_equal(ring_next(&rig.ring, &chunk, 0), 1);
	assert_int_equal(chunk.bytes[0], (uint8_t)seq);
	assert_ptr_equal(chunk.bytes, rig.data + (size_t)(seq & (SLOTS - 1)) * SLOT_SIZE);
	ring_release(&rig.ring);
}

static void wraps_from(uint32_t from)
{
	uint32_t i, seq = from;

	assert_int_equal(init(from), 0);
	for (i = 0; i < 40; i++) {
		publish(SLOT_SIZE, 0);
		if (i % 3 == 2) {
			take(seq++);
			take(seq++);
			take(seq++);
		}
	}
	take(seq++);
	assert_int_equal(rig.kicks, 0);
}

static void test_wrap(void **state)
{
	wraps_from(0);
	wraps_from(0xFFFFFFF0U);
	wraps_from(0x7FFFFFFAU);
}

static void test_full_over_the_wrap(void **state)
{
	uint32_t i;

	assert_int_equal(init(0xFFFFFFFBU), 0);
	for (i = 0; i < SLOTS; i++)
		publish(1, 0);
	for (i = 0; i < SLOTS; i++)
		take(0xFFFFFFFBU + i);
	assert_int_equal(rig.ring.cons, 3);
}

static void test_cons_once_a_batch(void **state)
{
	uint32_t i;

	init(0);
	for (i = 0; i < SLOTS; i++)
		publish(1, 0);
	for (i = 0; i < SLOTS / 2 - 1; i++) {
		take(i);
		assert_int_equal(rig.user.cons, 0);
	}
	take(i++);
	assert_int_equal(rig.user.cons, SLOTS / 2);
}

static void test_kick_at_half_empty(void **state)
{
	uint32_t i;

	init(0);
	for (i = 0; i < SLOTS; i++)
		publish(1, 0);
	rig.page.k.flags = USBSI_RING_NEED_KICK;
	for (i = 0; i < SLOTS / 2 - 1; i++)
		take(i);
	assert_int_equal(rig.kicks, 0);
	take(i);
	assert_int_equal(rig.kicks, 1);
	assert_int_equal(rig.free_at_kick, SLOTS / 2);
}

static void publish_one(struct rig *unused)
{
	publish(1, 0);
}

/* Without the kick before it the wait would be for ever. */
static void test_kick_before_wait(void **state)
{
	init(0);
	publish(1, 0);
	take(0);
	rig.page.k.flags = USBSI_RING_NEED_KICK;
	rig.on_kick = publish_one;
	take(1);
	assert_int_equal(rig.kicks, 1);
	assert_int_equal(rig.waits, 0);
	assert_int_equal(rig.user.cons, 1);
}

static void test_no_kick_unasked(void **state)
{
	init(0);
	rig.on_wait = publish_one;
	rig.wait_result = 1;
	take(0);
	assert_int_equal(rig.kicks, 0);
	assert_int_equal(rig.waits, 1);
}

static void finish_after_last_slot(struct rig *unused)
{
	publish(5, USBSI_SLOT_SHORT);
	rig.page.k.state = USBSI_STREAM_DONE;
}

static void test_last_slot_before_the_end(void **state)
{
	struct usbsi_chunk chunk;

	init(0);
	rig.on_wait = finish_after_last_slot;
	rig.wait_result = 1;
	assert_int_equal(ring_next(&rig.ring, &chunk, 0), 1);
	assert_int_equal(chunk.len, 5);
	assert_true(chunk.flags & USBSI_CHUNK_SHORT);
	ring_release(&rig.ring);
	assert_int_equal(ring_next(&rig.ring, &chunk, 0), 0);
	assert_int_equal(rig.waits, 1);
}

static void test_unplug_after_last_slot(void **state)
{
	struct usbsi_chunk chunk;

	init(0);
	rig.on_wait = publish_one;
	rig.wait_result = -ENODEV;
	assert_int_equal(ring_next(&rig.ring, &chunk, 0), 1);
	ring_release(&rig.ring);
	rig.on_wait = NULL;
	assert_int_equal(ring_next(&rig.ring, &chunk, 0), -ENODEV);
}

static void test_ends(void **state)
{
	static const struct {
		uint32_t	state;
		int32_t		error;
		int		result;
	} cases[] = {
		{ USBSI_STREAM_DONE, 0, 0 },
		{ USBSI_STREAM_STOPPED, 0, 0 },
		{ USBSI_STREAM_HALTED, -EPIPE, -EPIPE },
		{ USBSI_STREAM_HALTED, 0, -EPIPE },
		{ USBSI_STREAM_FAILED, -EPROTO, -EPROTO },
		{ USBSI_STREAM_FAILED, 0, -EIO },
		{ USBSI_STREAM_FAILED, 12345, -EIO },
	};
	struct usbsi_chunk chunk;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		init(0);
		publish(1, 0);
		rig.page.k.state = cases[i].state;
		rig.page.k.error = cases[i].error;
		take(0);
		assert_int_equal(ring_next(&rig.ring, &chunk, 0), cases[i].result);
		assert_int_equal(rig.waits, 0);
	}
}

static void test_timeout_and_cancel(void **state)
{
	struct usbsi_chunk chunk;

	init(0);
	assert_int_equal(ring_next(&rig.ring, &chunk, 5), -ETIMEDOUT);
	assert_int_equal(rig.waits, 1);
	rig.wait_result = -ECANCELED;
	assert_int_equal(ring_next(&rig.ring, &chunk, 5), -ECANCELED);
}

static void test_nonsense_in_slots(void **state)
{
	struct usbsi_chunk chunk;

	init(0);
	publish(SLOT_SIZE + 1, 0);
	assert_int_equal(ring_next(&rig.ring, &chunk, 0), -EBADMSG);
	init(0);
	publish(1, 0);
	rig.page.slot[0].seq = 9;
	assert_int_equal(ring_next(&rig.ring, &chunk, 0), -EBADMSG);
	init(0);
	rig.page.k.prod = SLOTS + 1;
	assert_int_equal(ring_next(&rig.ring, &chunk, 0), -EBADMSG);
	init(5);
	rig.page.k.prod = 4;
	assert_int_equal(ring_next(&rig.ring, &chunk, 0), -EBADMSG);
}

static void test_header_changes_later(void **state)
{
	init(0);
	publish(1, 0);
	rig.page.k.slots = 1U << 30;
	rig.page.k.slot_size = 1U << 30;
	rig.page.k.slot_offset = 1U << 30;
	rig.page.k.slot_stride = 1U << 30;
	take(0);
}

static int init_with(size_t offset, uint32_t value)
{
	init(0);
	memcpy((uint8_t *)&rig.page.k + offset, &value, sizeof(value));
	return ring_init(&rig.ring, sizeof(rig.data));
}

static void test_bad_geometry(void **state)
{
	assert_int_equal(init_with(offsetof(struct usbsi_ring_kernel, magic), 1), -EBADMSG);
	assert_int_equal(init_with(offsetof(struct usbsi_ring_kernel, slots), 0), -EBADMSG);
	assert_int_equal(init_with(offsetof(struct usbsi_ring_kernel, slots), 6), -EBADMSG);
	assert_int_equal(init_with(offsetof(struct usbsi_ring_kernel, slots), 16), -EBADMSG);
	assert_int_equal(init_with(offsetof(struct usbsi_ring_kernel, slots), 1U << 31),
			 -EBADMSG);
	assert_int_equal(init_with(offsetof(struct usbsi_ring_kernel, slot_size), 0), -EBADMSG);
	assert_int_equal(init_with(offsetof(struct usbsi_ring_kernel, slot_size), 1U << 30),
			 -EBADMSG);
	assert_int_equal(init_with(offsetof(struct usbsi_ring_kernel, slot_stride), 32),
			 -EBADMSG);
	assert_int_equal(init_with(offsetof(struct usbsi_ring_kernel, slot_stride), 1U << 31),
			 -EBADMSG);
	assert_int_equal(init_with(offsetof(struct usbsi_ring_kernel, slot_offset), 0xFFFFFFF8U),
			 -EBADMSG);
	assert_int_equal(init_with(offsetof(struct usbsi_ring_kernel, slot_offset), 8), -EBADMSG);
}

static void test_discard(void **state)
{
	init(0);
	publish(1, 0);
	publish(1, 0);
	ring_discard(&rig.ring);
	assert_int_equal(rig.user.cons, 2);
	publish(1, 0);
	take(2);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wrap),
		cmocka_unit_test(test_full_over_the_wrap),
		cmocka_unit_test(test_cons_once_a_batch),
		cmocka_unit_test(test_kick_at_half_empty),
		cmocka_unit_test(test_kick_before_wait),
		cmocka_unit_test(test_no_kick_unasked),
		cmocka_unit_test(test_last_slot_before_the_end),
		cmocka_unit_test(test_unplug_after_last_slot),
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_timeout_and_cancel),
		cmocka_unit_test(test_nonsense_in_slots),
		cmocka_unit_test(test_header_changes_later),
		cmocka_unit_test(test_bad_geometry),
		cmocka_unit_test(test_discard),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

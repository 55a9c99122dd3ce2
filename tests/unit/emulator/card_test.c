// SPDX-License-Identifier: GPL-2.0-or-later
/* A card without a guest: strobes, interrupts, DMA layout of the generations, PCI identity. */
#include <linux/pci_regs.h>

#include "tests/unit/pure/test.h"

#include "tests/emulator/card.h"
#include "tests/emulator/pci.h"

#define MEMORY	(1u << 20)
#define TX	0x10000u
#define RX	0x80000u

static struct card c;
static u8 memory[MEMORY];
static unsigned int interrupts;

static int mem_read(void *ctx, u64 addr, void *to, u32 len)
{
	(void)ctx;
	if (addr > MEMORY || len > MEMORY - addr)
		return -EFAULT;
	memcpy(to, memory + addr, len);
	return 0;
}

static int mem_write(void *ctx, u64 addr, const void *from, u32 len)
{
	(void)ctx;
	if (addr > MEMORY || len > MEMORY - addr)
		return -EFAULT;
	memcpy(memory + addr, from, len);
	return 0;
}

static void raise(void *ctx)
{
	(void)ctx;
	interrupts++;
}

static void put(u32 reg, u32 value)
{
	card_write(&c, reg * 4, value, 4);
}

static u32 get(u32 reg)
{
	return card_read(&c, reg * 4, 4);
}

static void framer_put(unsigned int unit, u8 reg, u8 value)
{
	u32 a = reg | (unit & 3) << 8 | (unit < 4) << 14;

	put(R_LADDR, a);
	put(R_LDATA, value);
	put(R_LADDR, a | BIT(10) | BIT(16));
	put(R_LADDR, a);
}

static u8 framer_get(unsigned int unit, u8 reg)
{
	u32 a = reg | (unit & 3) << 8 | (unit < 4) << 14;
	u8 value;

	put(R_LADDR, a);
	put(R_LADDR, a | BIT(10) | BIT(15));
	value = (u8)card_read(&c, R_LDATA * 4, 1);
	put(R_LADDR, a);
	return value;
}

static void start(const char *model, u8 jumpers, u32 ring)
{
	const struct card_host host = { .read = mem_read, .write = mem_write, .interrupt = raise };
	unsigned int i;

	card_init(&c, card_model_find(model), &host);
	c.jumpers = jumpers;
	memset(memory, 0, sizeof(memory));
	interrupts = 0;
	put(R_LEDS, 0xff);
	put(R_LEDS, 0x1000);
	for (i = 0; i < c.model->ports; i++) {
		framer_put(i, FR_FMR1, jumpers >> i & 1 ? 0x4c : 0x9c);
		framer_put(i, FR_FMR2, jumpers >> i & 1 ? 0xc3 : 0x20);
		framer_put(i, FR_XSW, jumpers >> i & 1 ? 0x9f : 0x0e);
	}
	framer_put(0, FR_XC0, jumpers ? 0x00 : 0x03);
	put(R_WRADDR, TX);
	put(R_RDADDR, RX);
	put(R_RING, 1 << 16 | ring);
}

static void acknowledge(void)
{
	get(R_INTR);
	put(R_INTR, 0);
}

static void tick(unsigned int ms)
{
	while (ms--) {
		card_tick(&c);
		acknowledge();
	}
}

TEST(a_strobe_acts_once_on_its_edge)
{
	u32 a = FR_ISR0 + 2 + BIT(14);

	start("te405p", 0x0f, 2);
	framer_put(0, FR_IMR0 + 2, 0);
	tick(1);
	put(R_LADDR, a);
	put(R_LADDR, a | BIT(10) | BIT(15));
	/* LOS and LFA: nothing is plugged in. Each read of the data shows what the edge has latched. */
	assert_int_equal(card_read(&c, R_LDATA * 4, 1), 0x44);
	assert_int_equal(card_read(&c, R_LDATA * 4, 1), 0x44);
	put(R_LADDR, a | BIT(10) | BIT(15));
	assert_int_equal(card_read(&c, R_LDATA * 4, 1), 0x44);
	put(R_LADDR, a);
	assert_int_equal(framer_get(0, FR_ISR0 + 2), 0);
	assert_int_equal(c.stats.framer_reads, 2);
}

/* Register 0x44 (eight ports: 0x42) names the port, bit 29 of DMACTRL says that it is used. */
TEST(the_clock_is_that_of_a_line_if_it_has_a_signal)
{
	start("te405p", 0x0f, 2);
	assert_int_equal(card_set_ppm(&c, -30), 0);
	framer_put(0, FR_CMR1, 0x38 + (2 << 6));
	assert_int_equal(card_clock_unit(&c), -1);
	put(R_DMACTRL, DMACTRL_RUN | DMACTRL_RCLK);
	assert_int_equal(card_clock_unit(&c), 2);
	c.lines[2].far_ppm = 70;
	c.lines[2].fd = 1000;
	c.units[2].frs0 = 0;
	card_tick(&c);
	assert_int_equal(c.lines[0].ppm, 70);
	assert_int_equal(c.units[2].frs0 & FRS0_LOS, FRS0_LOS);
	card_tick(&c);
	assert_int_equal(c.lines[0].ppm, -30);
	c.lines[2].fd = -1;
	start("te820", 0xff, 2);
	framer_put(0, FR_CMR1, 0x38);
	framer_put(0, FR_CMR1_EIGHT, 5 << 5);
	put(R_DMACTRL, DMACTRL_RUN | DMACTRL_RCLK);
	assert_int_equal(card_clock_unit(&c), 5);
	put(R_DMACTRL, DMACTRL_RUN);
	assert_int_equal(card_clock_unit(&c), -1);
}

TEST(data_without_strobe_goes_nowhere)
{
	start("te405p", 0x0f, 2);
	put(R_LADDR, FR_XSW | BIT(14));
	put(R_LDATA, 0x42);
	put(R_LADDR, FR_XSW | BIT(14) | BIT(16));
	put(R_LADDR, FR_XSW | BIT(14));
	assert_int_equal(framer_get(0, FR_XSW), 0x9f);
	/* The echo canceller's cycles have a data bit that looks like a strobe, and its own select. */
	put(R_LDATA, 0x10000 | 0x1234);
	put(R_LADDR, BIT(16) | BIT(13) | BIT(11));
	put(R_LADDR, 0);
	assert_int_not_equal(get(R_LDATA) & 0xffff, 0x1234);
	assert_int_equal(framer_get(0, FR_XSW), 0x9f);
}

TEST(units_are_apart)
{
	unsigned int i;

	start("te820", 0xff, 4);
	for (i = 0; i < 8; i++)
		framer_put(i, 0x26, (u8)(0x10 + i));
	for (i = 0; i < 8; i++)
		assert_int_equal(framer_get(i, 0x26), 0x10 + i);
}

TEST(no_interrupt_without_dma_and_none_lost_by_an_acknowledgement)
{
	start("te405p", 0x0f, 8);
	card_tick(&c);
	assert_int_equal(interrupts, 0);
	put(R_DMACTRL, DMACTRL_RUN);
	card_tick(&c);
	assert_int_equal(interrupts, 1);
	assert_true(card_waiting(&c));
	assert_int_equal(get(R_INTR) & 3, INTR_DMA);
	put(R_INTR, 0);
	assert_false(card_waiting(&c));
	/* One that comes between the driver's look and its answer. */
	card_tick(&c);
	acknowledge();
	get(R_INTR);
	card_tick(&c);
	interrupts = 0;
	put(R_INTR, 0);
	assert_int_equal(interrupts, 1);
	assert_true(card_waiting(&c));
	put(R_DMACTRL, 0);
	assert_int_equal(get(R_INTR) & 3, 0);
}

TEST(an_interrupt_held_back)
{
	start("te405p", 0x0f, 8);
	put(R_DMACTRL, DMACTRL_RUN);
	tick(1);
	c.hold_next = 3;
	card_tick(&c);
	card_tick(&c);
	assert_int_equal(interrupts, 1);
	assert_false(card_waiting(&c));
	assert_int_equal(get(R_INTR) & 3, 0);
	card_tick(&c);
	assert_int_equal(interrupts, 2);
	assert_true(card_waiting(&c));
	/* The DMA went on meanwhile. */
	assert_int_equal(get(R_INTR), 4 << 16 | INTR_DMA);
	assert_int_equal(get(R_RING) >> 8, 4);
	assert_int_equal(c.stats.missed, 2);
}

TEST(line_time_stands_without_a_grant)
{
	start("te405p", 0x0f, 2);
	assert_true(card_may_tick(&c));
	c.grant = 2;
	card_tick(&c);
	assert_true(card_may_tick(&c));
	card_tick(&c);
	assert_false(card_may_tick(&c));
	c.grant = LINE_FOR_EVER;
	card_tick(&c);
	assert_int_equal(c.grant, LINE_FOR_EVER);
}

TEST(garbage_but_for_the_version)
{
	u32 version;

	start("te405p", 0x0f, 2);
	version = get(R_VERSION);
	c.hostile = true;
	c.seed = 77;
	assert_int_not_equal(get(R_VERSION), version);
	c.spares_version = true;
	assert_int_equal(get(R_VERSION), version);
	assert_int_not_equal(get(R_LEDS), get(R_LEDS));
}

TEST(what_garbage_hid_is_not_acknowledged)
{
	unsigned int hidden = 0, i;

	start("te405p", 0x0f, 2);
	put(R_DMACTRL, DMACTRL_RUN);
	c.seed = 77;
	for (i = 0; i < 100; i++) {
		c.hostile = false;
		card_tick(&c);
		c.hostile = true;
		if (!(get(R_INTR) & INTR_DMA)) {
			put(R_INTR, 0);
			assert_true(card_waiting(&c));
			hidden++;
		}
		c.hostile = false;
		acknowledge();
	}
	assert_in_range(hidden, 20, 80);
}

/* What port 1 sends in frame @frame of the ring, in DMA slot @slot. */
static u8 octet(u32 frame, u32 slot)
{
	return (u8)(frame + 5 * slot);
}

/*
 * Port 2 receives what port 1 sends: each frame whole, one after the other. The slip buffer delays by
 * a number of frames that is none of whole blocks.
 */
static void layout(const char *model, u8 jumpers, u32 ring, unsigned int shift, unsigned int gen5)
{
	u32 n = gen5 ? ring : 1, size, f, slot, wrong = 0;

	start(model, jumpers, ring);
	size = card_units(&c) * 256;
	line_join(&c.lines[0], &c.lines[1]);
	for (f = 0; f < 8 * n; f++)
		for (slot = 0; slot < 32; slot++)
			memory[TX + f / 8 * size + slot * 8 + f % 8] = octet(f, slot);
	put(R_DMACTRL, DMACTRL_RUN);
	tick(50 + 2 * n);
	for (f = 0; f < 8 * n; f++) {
		const u8 *at = memory + RX + f / 8 * size + 256 + f % 8;
		u8 first = (u8)(at[(1 + shift) * 8] - octet(0, 1 + shift));

		for (slot = 1 + shift; slot <= 24 + shift; slot++)
			wrong += at[slot * 8] != octet(first, slot);
		if (f % 8 < 7) {
			u8 step = (u8)(at[(1 + shift) * 8 + 1] - at[(1 + shift) * 8]);

			wrong += step != 1 && step != (u8)(1 - 8 * n);
		}
	}
	assert_int_equal(wrong, 0);
	assert_int_equal(c.stats.dma_faults, 0);
	assert_int_equal(c.stats.missed, 0);
	if (gen5) {
		assert_int_equal(get(R_RING) >> 8 & 0x7f, (50 + 2 * n) % n);
		assert_int_equal(get(R_INTR) >> 16 & 0x7f, (50 + 2 * n) % 128);
	}
	/* A restart begins at block 0 with ident 0. */
	put(R_DMACTRL, 0);
	put(R_DMACTRL, DMACTRL_RUN);
	tick(1);
	assert_int_equal(get(R_RING) >> 8 & 0x7f, gen5 ? 1 : 0);
	assert_int_equal(c.units[0].last_tx.slots[1][0], octet(0, 1 + shift));
}

TEST(blocks_of_the_generations)
{
	layout("te410p-2", 0x0f, 1, 0, 0);
	layout("te410p-4", 0x0f, 1, 0, 0);
	layout("te405p", 0x0f, 2, 0, 1);
	layout("te405p", 0x0f, 127, 0, 1);
	layout("te820", 0xff, 16, 0, 1);
	layout("te220", 0x03, 16, 0, 1);
}

TEST(channels_of_a_card_without_e1_lie_four_slots_higher)
{
	layout("te405p", 0x00, 16, 4, 1);
	/* Channel 1 in slot 1 for those of a mixed card. */
	layout("te405p", 0x04, 16, 0, 1);
}

TEST(addresses_of_nowhere_are_counted)
{
	start("te405p", 0x0f, 2);
	put(R_WRADDR, 0xf0000000);
	put(R_DMACTRL, DMACTRL_RUN);
	tick(3);
	assert_int_equal(c.stats.dma_faults, 3);
	put(R_WRADDR, 0);
	tick(3);
	assert_int_equal(c.stats.dma_faults, 3);
}

TEST(time_slot_interchange)
{
	start("te405p", 0x0f, 2);
	line_join(&c.lines[0], &c.lines[0]);
	line_join(&c.lines[1], &c.lines[1]);
	memset(memory + TX, 0x11, 256);
	memset(memory + TX + 256, 0x22, 256);
	memset(memory + TX + 1024, 0x11, 256);
	memset(memory + TX + 1280, 0x22, 256);
	/* Slot 5 of port 2 sends what slot 7 of port 1 receives. */
	put(R_DMACTRL, BIT(14) | (32 + 5) << 7 | 7);
	put(R_DMACTRL, DMACTRL_RUN);
	tick(20);
	assert_int_equal(memory[RX + 256 + 5 * 8], 0x11);
	assert_int_equal(memory[RX + 256 + 6 * 8], 0x22);
	put(R_DMACTRL, DMACTRL_RUN | BIT(14) | (32 + 5) << 7);
	tick(20);
	assert_int_equal(memory[RX + 256 + 5 * 8], 0x22);
}

TEST(jumpers_and_authentication)
{
	start("te820", 0xa5, 2);
	c.id = 9;
	assert_int_equal(get(R_LEDS) >> 8 & 15, 5);
	assert_int_equal(get(R_LEDS2) >> 8 & 15, 10);
	assert_int_equal(get(R_LEDS) >> 28, 9);
	assert_int_equal(get(R_LEDS2) & BIT(12), 0);
	put(R_LEDS2, BIT(20));
	assert_int_equal(get(R_LEDS2) & BIT(12), BIT(12));
}

TEST(pci_identity)
{
	static const u8 ones[4] = { 0xff, 0xff, 0xff, 0xff };
	struct pci_config p;
	u32 value;
	u8 id[4];

	pci_config_init(&p, card_model_find("te405p"));
	assert_int_equal(pci_config_read(&p, 0, id, 4), 0);
	assert_memory_equal(id, "\x61\xd1\x05\x14", 4);
	assert_int_equal(pci_config_write(&p, 0, ones, 4), 0);
	assert_int_equal(pci_config_read(&p, 0, id, 4), 0);
	assert_memory_equal(id, "\x61\xd1\x05\x14", 4);
	assert_int_equal(pci_config_write(&p, PCI_BASE_ADDRESS_0, ones, 4), 0);
	assert_int_equal(pci_config_read(&p, PCI_BASE_ADDRESS_0, (u8 *)&value, 4), 0);
	assert_int_equal(value, ~(BAR0_SIZE - 1));
	assert_int_equal(pci_config_read(&p, 254, id, 4), -EINVAL);
	assert_int_equal(pci_config_write(&p, ~0ull, ones, 4), -EINVAL);
	assert_null(card_model_find("te999"));
}

TEST_SUITE_BEGIN(card)
	TEST_CASE(a_strobe_acts_once_on_its_edge),
	TEST_CASE(the_clock_is_that_of_a_line_if_it_has_a_signal),
	TEST_CASE(data_without_strobe_goes_nowhere),
	TEST_CASE(units_are_apart),
	TEST_CASE(no_interrupt_without_dma_and_none_lost_by_an_acknowledgement),
	TEST_CASE(an_interrupt_held_back),
	TEST_CASE(line_time_stands_without_a_grant),
	TEST_CASE(garbage_but_for_the_version),
	TEST_CASE(what_garbage_hid_is_not_acknowledged),
	TEST_CASE(blocks_of_the_generations),
	TEST_CASE(channels_of_a_card_without_e1_lie_four_slots_higher),
	TEST_CASE(addresses_of_nowhere_are_counted),
	TEST_CASE(time_slot_interchange),
	TEST_CASE(jumpers_and_authentication),
	TEST_CASE(pci_identity),
TEST_SUITE_END

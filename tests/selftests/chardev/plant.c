// SPDX-License-Identifier: GPL-2.0-or-later
/* Virtual cards for the tests; see plant.h. */
#include "lib/tdm.h"
#include "plant.h"

static __thread struct tdm_nl *nl;

static void must(int ret, const char *what, const struct tdm_error *e)
{
	if (ret >= 0)
		return;
	fprintf(stderr, "plant: %s: %s\n", what, e->text);
	exit(2);
}

static void open_nl(void)
{
	static __thread pid_t owner;
	struct tdm_error e;

	/* A child of fork() needs a socket of its own. */
	if (nl && owner == getpid())
		return;
	owner = getpid();
	must(tdm_nl_open(&nl, NULL, &e), "netlink", &e);
}

uint32_t plant_card_as(unsigned int ports, enum tdm_span_type type, int framing, int signalling,
		       int up)
{
	struct tdm_virt_new new = {
		.ports = ports, .type = type, .framing = framing, .line_code = -1,
		.signalling = signalling,
	};
	struct tdm_error e;
	uint32_t card;
	unsigned int p;

	open_nl();
	must(tdm_virt_new(nl, &new, &card, &e), "virtual card", &e);
	for (p = 1; p + 1 <= ports; p += 2) {
		struct tdm_addr a = { .port = p }, b = { .port = p + 1 };

		snprintf(a.card, sizeof(a.card), "%s", plant_name(card));
		snprintf(b.card, sizeof(b.card), "%s", a.card);
		must(tdm_virt_join(nl, &a, &b, &e), "join", &e);
	}
	for (p = 1; up && p <= ports; p++)
		plant_up(card, p);
	return card;
}

uint32_t plant_card(unsigned int ports, enum tdm_span_type type)
{
	return plant_card_as(ports, type, -1, -1, 1);
}

void plant_unplug(uint32_t card)
{
	struct tdm_error e;
	int ret;

	open_nl();
	ret = tdm_virt_del(nl, card, &e);
	if (ret != -ENODEV)
		must(ret, "removal", &e);
}

void plant_up(uint32_t card, uint32_t port)
{
	struct tdm_error e;

	open_nl();
	must(tdm_nl_span_up(nl, card, port, &e), "span up", &e);
}

void plant_down(uint32_t card, uint32_t port)
{
	struct tdm_error e;

	open_nl();
	must(tdm_nl_span_down(nl, card, port, &e), "span down", &e);
}

static void fault(uint32_t card, const struct tdm_fault *f)
{
	struct tdm_addr addr = { .port = 1 };
	struct tdm_error e;

	open_nl();
	snprintf(addr.card, sizeof(addr.card), "%s", plant_name(card));
	must(tdm_virt_fault(nl, &addr, f, &e), "fault", &e);
}

void plant_late(uint32_t card, unsigned int ticks)
{
	fault(card, &(struct tdm_fault) { .what = TDM_FAULT_LATE, .late = ticks });
}

void plant_ppm(uint32_t card, int ppm)
{
	fault(card, &(struct tdm_fault) { .what = TDM_FAULT_PPM, .ppm = ppm });
}

void plant_yank(uint32_t card)
{
	fault(card, &(struct tdm_fault) { .what = TDM_FAULT_YANK });
}

const char *plant_name(uint32_t card)
{
	static struct tdm_card_info info;
	struct tdm_error e;

	open_nl();
	must(tdm_nl_card_by_id(nl, card, &info, &e), "card", &e);
	return info.name;
}

/* -ENODEV is no failure. */
static void fault_at(uint32_t card, uint32_t port, const struct tdm_fault *f)
{
	struct tdm_addr addr = { .port = port };
	struct tdm_card_info info;
	struct tdm_error e;
	int ret;

	open_nl();
	ret = tdm_nl_card_by_id(nl, card, &info, &e);
	if (!ret) {
		snprintf(addr.card, sizeof(addr.card), "%s", info.name);
		ret = tdm_virt_fault(nl, &addr, f, &e);
	}
	if (ret != -ENODEV)
		must(ret, "fault", &e);
}

void plant_defects(uint32_t card, uint32_t port, uint32_t defects)
{
	fault_at(card, port, &(struct tdm_fault) { .what = TDM_FAULT_DEFECTS, .defects = defects });
}

void plant_errors(uint32_t card, uint32_t port, uint32_t per_billion)
{
	fault_at(card, port, &(struct tdm_fault) { .what = TDM_FAULT_BER, .ber = per_billion });
}

void plant_cas(uint32_t card, uint32_t port, uint32_t slot, uint32_t abcd)
{
	struct tdm_error e;
	int ret;

	open_nl();
	ret = tdm_nl_slot_cas(nl, card, port, slot, abcd, &e);
	if (ret != -ENODEV && ret != -EBUSY)
		must(ret, "signalling bits", &e);
}

int plant_there(uint32_t card)
{
	struct tdm_card_info info;
	struct tdm_error e;
	int ret;

	open_nl();
	ret = tdm_nl_card_by_id(nl, card, &info, &e);
	if (ret != -ENODEV)
		must(ret, "card", &e);
	return !ret;
}

uint32_t plant_connect(uint32_t a_card, uint32_t a_port, uint32_t a_slot, uint32_t b_card,
		       uint32_t b_port, uint32_t b_slot, int both)
{
	struct tdm_addr a = { .port = a_port, .slots = 1U << a_slot };
	struct tdm_addr b = { .port = b_port, .slots = 1U << b_slot };
	struct tdm_error e;
	uint32_t id;

	open_nl();
	snprintf(a.card, sizeof(a.card), "%s", plant_name(a_card));
	snprintf(b.card, sizeof(b.card), "%s", plant_name(b_card));
	must(tdm_nl_connect_add(nl, &a, &b, both, TDM_BEARER_CLEAR, &id, &e), "connect", &e);
	return id;
}

void plant_disconnect(uint32_t id)
{
	struct tdm_error e;

	open_nl();
	must(tdm_nl_connect_del(nl, id, &e), "disconnect", &e);
}

uint32_t plant_taps(uint32_t card, uint32_t port, uint32_t slot)
{
	struct tdm_slot_info info;
	struct tdm_error e;

	open_nl();
	must(tdm_nl_slot(nl, card, port, slot, &info, &e), "slot", &e);
	return info.taps;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * tdm_virt.ko: the plant of virtual cards, their joins and their fault panels.
 */
#include <linux/ctype.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include "lock_classes.h"
#include "plant.h"

static unsigned int cards;
module_param(cards, uint, 0444);
MODULE_PARM_DESC(cards, "virtual cards to create at load (0)");
static unsigned int ports = 4;
module_param(ports, uint, 0444);
MODULE_PARM_DESC(ports, "ports of each of them, 1 to 16 (4); 1 and 2, 3 and 4 ... are joined");
static char *type = "e1";
module_param(type, charp, 0444);
MODULE_PARM_DESC(type, "e1 or t1 (e1)");

/* Protects the list, the joins (port->link), the fault panels and generation. See virt.h. */
static struct mutex virt_plant;
static LIST_HEAD(plant);
static unsigned int generation = 1;

static int refuse(struct netlink_ext_ack *extack, const char *sentence, int error)
{
	if (extack)
		extack->_msg = sentence;
	return error;
}

void virt_config_default(struct tdm_span_config *config, u8 kind)
{
	bool e1 = kind == TDM_TYPE_E1;

	*config = (struct tdm_span_config) {
		.type = kind,
		.framing = e1 ? TDM_FRAMING_CRC4 : TDM_FRAMING_ESF,
		.line_code = e1 ? TDM_CODE_HDB3 : TDM_CODE_B8ZS,
		.signalling = TDM_SIGNALLING_CCS,
		.fail_declare_ms = 2500,
		.fail_clear_ms = 10000,
	};
}

static struct virt_card *find(u32 id)
{
	struct virt_card *card;

	lockdep_assert_held(&virt_plant);
	list_for_each_entry(card, &plant, node)
		if (tdm_card_id(card->card) == id)
			return card;
	return NULL;
}

/* The port, or NULL and a reason. */
static struct virt_port *find_port(u32 id, unsigned int nr, int *error,
				   struct netlink_ext_ack *extack)
{
	struct virt_card *card = find(id);

	if (!card)
		*error = refuse(extack, "there is no such virtual card", -ENODEV);
	else if (nr < 1 || nr > card->ports)
		*error = refuse(extack, "port: the card has no such port", -EINVAL);
	else
		return &card->port[nr - 1];
	return NULL;
}

static struct virt_link *link_of(const struct virt_port *port)
{
	return rcu_dereference_protected(port->link, lockdep_is_held(&virt_plant));
}

/* --- cards -------------------------------------------------------------------------------------- */

static bool name_ok(const char *name)
{
	if (strncmp(name, "virt", 4) || !name[4] || strlen(name) >= TDM_NAME_LEN)
		return false;
	for (name += 4; *name; name++)
		if (!isdigit(*name))
			return false;
	return true;
}

static void list_in(struct virt_card *card)
{
	struct virt_card *other;

	mutex_lock(&virt_plant);
	list_for_each_entry(other, &plant, node)
		if (tdm_card_id(other->card) > tdm_card_id(card->card))
			break;
	list_add_tail(&card->node, &other->node);
	generation++;
	mutex_unlock(&virt_plant);
}

int virt_card_new(const struct virt_new *new, u32 *id, struct netlink_ext_ack *extack)
{
	struct virt_card *card;
	int ret;

	if (new->ports < 1 || new->ports > TDM_PORTS_MAX)
		return refuse(extack, "ports: a card has 1 to 16", -EINVAL);
	if (new->name && !name_ok(new->name))
		return refuse(extack, "card-name: a virtual card is named virt and a number", -EINVAL);
	card = virt_card_alloc(new, extack);
	if (IS_ERR(card))
		return PTR_ERR(card);
	ret = tdm_card_register(card->card);
	if (ret) {
		virt_card_free(card);
		return ret == -EEXIST ? refuse(extack, "card-name: the name is taken", ret) : ret;
	}
	*id = tdm_card_id(card->card);
	list_in(card);
	return 0;
}

static void part(struct virt_port *port)
{
	struct virt_link *link = link_of(port);

	if (!link)
		return;
	RCU_INIT_POINTER(link->a->link, NULL);
	RCU_INIT_POINTER(link->b->link, NULL);
	virt_line_changed();
	generation++;
	call_rcu(&link->rcu, virt_link_free);
}

/* Off the list and parted: the caller, and nobody else, removes it. */
static void list_out(struct virt_card *card)
{
	unsigned int i;

	lockdep_assert_held(&virt_plant);
	list_del(&card->node);
	generation++;
	for (i = 0; i < card->ports; i++)
		part(&card->port[i]);
}

/* Nothing held. After the grace period no tick of another card looks at the ports. */
static void remove(struct virt_card *card)
{
	tdm_card_unregister(card->card);
	synchronize_rcu();
	virt_card_free(card);
}

int virt_card_del(u32 id, struct netlink_ext_ack *extack)
{
	struct virt_card *card;

	mutex_lock(&virt_plant);
	card = find(id);
	if (card)
		list_out(card);
	mutex_unlock(&virt_plant);
	if (!card)
		return refuse(extack, "there is no such virtual card", -ENODEV);
	remove(card);
	return 0;
}

int virt_card_by_name(const char *name, u32 *id)
{
	struct virt_card *card;
	int ret = -ENODEV;

	mutex_lock(&virt_plant);
	list_for_each_entry(card, &plant, node) {
		if (!strcmp(tdm_card_name(card->card), name)) {
			*id = tdm_card_id(card->card);
			ret = 0;
		}
	}
	mutex_unlock(&virt_plant);
	return ret;
}

/* A card pulled out of its slot does not ask: it is gone at once, from a work item. */
static void yank_cards(struct work_struct *work)
{
	struct virt_card *card, *next;
	LIST_HEAD(yanked);

	mutex_lock(&virt_plant);
	list_for_each_entry_safe(card, next, &plant, node) {
		if (card->yank) {
			list_out(card);
			list_add_tail(&card->node, &yanked);
		}
	}
	mutex_unlock(&virt_plant);
	list_for_each_entry_safe(card, next, &yanked, node)
		remove(card);
}

static DECLARE_WORK(yank_work, yank_cards);

/* --- joins -------------------------------------------------------------------------------------- */

static int join(struct virt_port *a, struct virt_port *b, struct netlink_ext_ack *extack)
{
	struct virt_link *link;

	lockdep_assert_held(&virt_plant);
	if (link_of(a) || link_of(b))
		return refuse(extack, "one of the two ports is joined already", -EBUSY);
	if ((READ_ONCE(a->type) == TDM_TYPE_E1) != (READ_ONCE(b->type) == TDM_TYPE_E1))
		return refuse(extack, "an E1 and a T1 port cannot be joined", -EINVAL);
	link = kzalloc(sizeof(*link), GFP_KERNEL);
	if (!link)
		return -ENOMEM;
	link->a = a;
	link->b = b;
	link->cross = a->card != b->card;
	if (virt_link_init(link)) {
		kfree(link);
		return -ENOMEM;
	}
	rcu_assign_pointer(a->link, link);
	rcu_assign_pointer(b->link, link);
	virt_line_changed();
	generation++;
	return 0;
}

int virt_join(u32 a_card, unsigned int a_port, u32 b_card, unsigned int b_port,
	      struct netlink_ext_ack *extack)
{
	struct virt_port *a, *b;
	int ret = 0;

	mutex_lock(&virt_plant);
	a = find_port(a_card, a_port, &ret, extack);
	b = a ? find_port(b_card, b_port, &ret, extack) : NULL;
	if (b)
		ret = join(a, b, extack);
	mutex_unlock(&virt_plant);
	return ret;
}

int virt_unjoin(u32 card, unsigned int nr, struct netlink_ext_ack *extack)
{
	struct virt_port *port;
	int ret = 0;

	mutex_lock(&virt_plant);
	port = find_port(card, nr, &ret, extack);
	if (port && !link_of(port))
		ret = refuse(extack, "the port is not joined", -ENOTCONN);
	else if (port)
		part(port);
	mutex_unlock(&virt_plant);
	return ret;
}

/* --- faults ------------------------------------------------------------------------------------- */

static int check_fault(const struct virt_fault *fault, const struct virt_port *port,
		       struct netlink_ext_ack *extack)
{
	u32 port_only = fault->mask & VIRT_FAULT_PORT;

	/* Refusing to switch the clock is the card's; every other refusal a port's. */
	if (!(fault->refuse & ~(u32)TDM_VIRT_OP_CLOCK))
		port_only &= ~VIRT_FAULT_REFUSE;
	if (!port && port_only)
		return refuse(extack, "port is needed to say which port has the fault", -EINVAL);
	if (fault->mask & VIRT_FAULT_DEFECTS && fault->defects & ~TDM_ALARM_ALL)
		return refuse(extack, "defects: there are LOS, LFA, AIS, RAI and LMFA", -EINVAL);
	if (fault->mask & VIRT_FAULT_BIT_ERRORS && fault->bit_errors > OPENTDM_VIRT_RATE_MAX)
		return refuse(extack, "bit-errors: at most 10^9 in 10^9 bits", -EINVAL);
	if (fault->mask & VIRT_FAULT_PPM &&
	    (fault->ppm < OPENTDM_VIRT_PPM_MIN || fault->ppm > OPENTDM_VIRT_PPM_MAX))
		return refuse(extack, "slip-ppm: -1000 to 1000", -EINVAL);
	return 0;
}

static void set_port_fault(struct virt_port *port, const struct virt_fault *fault)
{
	unsigned long flags;

	if (fault->mask & VIRT_FAULT_DEFECTS)
		WRITE_ONCE(port->defects, fault->defects);
	if (fault->mask & VIRT_FAULT_BIT_ERRORS)
		WRITE_ONCE(port->bit_errors, fault->bit_errors);
	virt_line_changed();
	if (fault->mask & VIRT_FAULT_REFUSE)
		WRITE_ONCE(port->refuse, fault->refuse);
	spin_lock_irqsave(&port->card->regs, flags);
	if (fault->mask & VIRT_FAULT_CRC)
		port->errors.crc += fault->crc;
	if (fault->mask & VIRT_FAULT_LCV)
		port->errors.lcv += fault->lcv;
	if (fault->mask & VIRT_FAULT_FRAME)
		port->errors.frame += fault->frame;
	spin_unlock_irqrestore(&port->card->regs, flags);
}

static void set_card_fault(struct virt_card *card, const struct virt_fault *fault)
{
	if (fault->mask & VIRT_FAULT_REFUSE)
		WRITE_ONCE(card->refuse, fault->refuse & TDM_VIRT_OP_CLOCK);
	if (fault->mask & VIRT_FAULT_PPM)
		WRITE_ONCE(card->ppm, fault->ppm);
	if (fault->mask & VIRT_FAULT_LATE)
		atomic_set(&card->late, fault->late);
	if (fault->mask & VIRT_FAULT_STALL)
		WRITE_ONCE(card->stall, fault->stall);
	if (fault->mask & VIRT_FAULT_YANK)
		card->yank = true;
}

int virt_fault_set(u32 id, unsigned int nr, const struct virt_fault *fault,
		   struct netlink_ext_ack *extack)
{
	struct virt_card *card;
	struct virt_port *port = NULL;
	int ret = 0;

	mutex_lock(&virt_plant);
	card = find(id);
	if (!card)
		ret = refuse(extack, "there is no such virtual card", -ENODEV);
	else if (nr)
		port = find_port(id, nr, &ret, extack);
	if (!ret)
		ret = check_fault(fault, port, extack);
	if (ret)
		goto unlock;
	if (port) {
		set_port_fault(port, fault);
		/* Takes the span mutex, which stands inside the plant's. */
		if (fault->mask & VIRT_FAULT_SECONDS)
			tdm_span_seconds(port->span, fault->seconds);
	}
	set_card_fault(card, fault);
	if (card->yank)
		schedule_work(&yank_work);
unlock:
	mutex_unlock(&virt_plant);
	return ret;
}

/* --- what there is ------------------------------------------------------------------------------ */

static void fill(const struct virt_port *port, struct virt_port_info *info)
{
	const struct virt_card *card = port->card;
	const struct virt_link *link = link_of(port);

	memset(info, 0, sizeof(*info));
	info->card = tdm_card_id(card->card);
	strscpy(info->card_name, tdm_card_name(card->card), sizeof(info->card_name));
	info->ports = card->ports;
	info->port = port->nr;
	info->defects = port->defects;
	info->bit_errors = port->bit_errors;
	info->refuse = port->refuse | card->refuse;
	info->ppm = card->ppm;
	info->stall = card->stall;
	info->ticks = READ_ONCE(card->ticks);
	if (link) {
		const struct virt_port *peer = virt_peer(port, link);

		info->joined = true;
		info->peer_card = tdm_card_id(peer->card->card);
		strscpy(info->peer_card_name, tdm_card_name(peer->card->card),
			sizeof(info->peer_card_name));
		info->peer_port = peer->nr;
	}
}

int virt_port_get(u32 id, unsigned int nr, struct virt_port_info *info)
{
	struct virt_port *port;
	int ret = 0;

	mutex_lock(&virt_plant);
	port = find_port(id, nr, &ret, NULL);
	if (port)
		fill(port, info);
	mutex_unlock(&virt_plant);
	return ret;
}

int virt_port_next(u32 id, unsigned int nr, struct virt_port_info *info)
{
	struct virt_card *card;
	int ret = -ENOENT;

	mutex_lock(&virt_plant);
	list_for_each_entry(card, &plant, node) {
		u32 this = tdm_card_id(card->card);
		unsigned int first = this == id ? max(nr, 1U) : 1;

		if (this >= id && first <= card->ports) {
			fill(&card->port[first - 1], info);
			ret = 0;
			break;
		}
	}
	mutex_unlock(&virt_plant);
	return ret;
}

unsigned int virt_generation(void)
{
	unsigned int g;

	mutex_lock(&virt_plant);
	g = generation ?: 1;
	mutex_unlock(&virt_plant);
	return g;
}

/* --- module ------------------------------------------------------------------------------------- */

static void remove_all(void)
{
	struct virt_card *card, *next;
	LIST_HEAD(all);

	mutex_lock(&virt_plant);
	list_for_each_entry_safe(card, next, &plant, node) {
		list_out(card);
		list_add_tail(&card->node, &all);
	}
	mutex_unlock(&virt_plant);
	list_for_each_entry_safe(card, next, &all, node)
		remove(card);
}

static int create_at_load(void)
{
	struct virt_new new = { .ports = ports };
	unsigned int i, p;
	int ret;
	u32 id;

	if (strcmp(type, "e1") && strcmp(type, "t1")) {
		pr_err("tdm_virt: type=%s: there is e1 and t1\n", type);
		return -EINVAL;
	}
	virt_config_default(&new.config, !strcmp(type, "e1") ? TDM_TYPE_E1 : TDM_TYPE_T1);
	for (i = 0; i < cards; i++) {
		ret = virt_card_new(&new, &id, NULL);
		for (p = 1; !ret && p + 1 <= ports; p += 2)
			ret = virt_join(id, p, id, p + 1, NULL);
		if (ret)
			return ret;
	}
	return 0;
}

static int __init virt_init(void)
{
	int ret;

	tdm_mutex_init(&virt_plant, TDM_LOCK_VIRT_PLANT);
	virt_clock_init();
	ret = create_at_load();
	if (!ret)
		ret = virt_nl_init();
	if (ret) {
		remove_all();
		virt_clock_exit();
		rcu_barrier();
	}
	return ret;
}

static void __exit virt_exit(void)
{
	virt_nl_exit();
	cancel_work_sync(&yank_work);
	remove_all();
	virt_clock_exit();
	rcu_barrier();		/* links are freed by code of this module */
}

module_init(virt_init);
module_exit(virt_exit);
MODULE_DESCRIPTION("opentdm: virtual cards");
MODULE_AUTHOR("The opentdm project");
MODULE_LICENSE("GPL");

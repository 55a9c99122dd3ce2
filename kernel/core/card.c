// SPDX-License-Identifier: GPL-2.0-only
/*
 * Cards: ids, names, the registry, registration and removal.
 *
 * The registry is an xarray by id, under one rwsem; ids ascend and are never used twice. A name is a
 * prefix and a number; the number stays bound to the card's key as long as this module is loaded, so a
 * card that is pulled and put back, or whose driver is reloaded, has its name again.
 *
 * Removal, and why each step leaves nobody behind:
 *
 *  1. Hidden in the registry: no new look-up finds the card. Those who have found it hold a reference.
 *  2. Each span `gone` under its mutex, stopped, its paths told and taken out of the tick: nothing can be
 *     attached, configured or connected any more; the span's ops are not called after it, because each
 *     caller holds that mutex and looks at gone (rx_block and tx_block: it is not running).
 *  3. Cross-connects with an end here are unplugged and freed, nothing held.
 *  4. The tick is made dead under its lock: a tick under way has ended, later ones return at once.
 *  5. Clock and watchdog works are cancelled and a reload is over: neither set_clock nor reload is called
 *     any more. (Waits for those that take span mutexes and the clock's: nothing is held here.)
 *  6. Each span's work is flushed and its queue destroyed: its last events have been sent. Works are queued
 *     only while the span is not gone, or by step 2.
 *  7. sysfs goes (waits for readers of attributes), then the event "card gone" is sent, and then the name
 *     is free again.
 *  8. The registry's reference is put. What others still hold is memory of the core's.
 */
#include <linux/ctype.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/xarray.h>
#include "core.h"

/* A number that a key has; kept until the module goes. */
struct name {
	struct list_head node;
	char prefix[TDM_NAME_LEN];
	char key[64];
	unsigned int number;
};

/* tdm_registry protects cards, next_id, names and card->registered. */
static DECLARE_RWSEM(tdm_registry);
static DEFINE_XARRAY(cards);
static u32 next_id = 1;
static LIST_HEAD(names);
static unsigned int generation = 1;

#define CARD_ID_MAX	(U32_MAX / TDM_PORTS_MAX - 1)	/* span ids must fit too */

void tdm_registry_init(void)
{
	tdm_lock_class(&tdm_registry, TDM_LOCK_REGISTRY);
}

static void card_free(struct kref *ref)
{
	struct tdm_card *card = container_of(ref, struct tdm_card, ref);
	unsigned int i;

	for (i = 0; card->spans && i < card->ports; i++)
		tdm_span_free(&card->spans[i]);
	kvfree(card->spans);
	kfree(card->local.entry);
	kfree(card->push.entry);
	kfree(card->pull.entry);
	if (card->wq)
		destroy_workqueue(card->wq);
	kfree(card);
}

struct tdm_card *tdm_card_get(struct tdm_card *card)
{
	kref_get(&card->ref);
	return card;
}

void tdm_card_put(struct tdm_card *card)
{
	if (card)
		kref_put(&card->ref, card_free);
}
EXPORT_SYMBOL_GPL(tdm_card_put);

static bool name_ok(const char *name)
{
	size_t i, len = strlen(name);

	if (!len || len >= TDM_NAME_LEN || !isalpha(name[0]))
		return false;
	for (i = 0; i < len; i++)
		if (!isalnum(name[i]) && name[i] != '_' && name[i] != '-')
			return false;
	return true;
}

static int card_queue(struct tdm_card *card, const char *prefix)
{
	card->wq = alloc_ordered_workqueue("tdm_%s", WQ_HIGHPRI, prefix);
	return card->wq ? 0 : -ENOMEM;
}

struct tdm_card *tdm_card_alloc(struct device *parent, const struct tdm_card_ops *ops,
				const char *prefix, const char *key, unsigned int ports,
				unsigned int tx_blocks, size_t priv_size)
{
	struct tdm_card *card;
	unsigned int i;
	int ret = -ENOMEM;

	/* Room for a number of five digits after the prefix. */
	if (!ops || !name_ok(prefix) || strlen(prefix) > TDM_NAME_LEN - 6 || !ports ||
	    ports > TDM_PORTS_MAX || !tx_blocks)
		return ERR_PTR(-EINVAL);
	card = kzalloc(ALIGN(sizeof(*card), ARCH_KMALLOC_MINALIGN) + priv_size, GFP_KERNEL);
	if (!card)
		return ERR_PTR(-ENOMEM);
	kref_init(&card->ref);
	card->priv = (u8 *)card + ALIGN(sizeof(*card), ARCH_KMALLOC_MINALIGN);
	card->ops = ops;
	card->parent = parent;
	card->tx_blocks = tx_blocks;
	card->turnaround = TDM_BLOCK_FRAMES;
	card->next.tx = card->turnaround;
	strscpy(card->prefix, prefix, sizeof(card->prefix));
	strscpy(card->key, key ?: "", sizeof(card->key));
	spin_lock_init(&card->tick_lock);
	tdm_lock_class(&card->tick_lock, TDM_LOCK_CARD_TICK);
	tdm_clock_init(card);
	tdm_reload_init(card);
	if (card_queue(card, prefix))
		goto free;
	card->spans = kvcalloc(ports, sizeof(*card->spans), GFP_KERNEL);
	if (!card->spans)
		goto free;
	for (i = 0; i < ports; i++) {
		/* card_free() frees so many: this one too, however far it gets, and none that was never begun. */
		card->ports = i + 1;
		ret = tdm_span_init(&card->spans[i], card, i + 1);
		if (ret)
			goto free;
	}
	return card;

free:
	tdm_card_put(card);
	return ERR_PTR(ret);
}
EXPORT_SYMBOL_GPL(tdm_card_alloc);

void *tdm_card_priv(const struct tdm_card *card)
{
	return card->priv;
}
EXPORT_SYMBOL_GPL(tdm_card_priv);

const char *tdm_card_name(const struct tdm_card *card)
{
	return card->name;
}
EXPORT_SYMBOL_GPL(tdm_card_name);

u32 tdm_card_id(const struct tdm_card *card)
{
	return card->id;
}
EXPORT_SYMBOL_GPL(tdm_card_id);

struct tdm_span *tdm_card_span(const struct tdm_card *card, unsigned int port)
{
	return port >= 1 && port <= card->ports ? &card->spans[port - 1] : NULL;
}
EXPORT_SYMBOL_GPL(tdm_card_span);

void tdm_card_set_identity(struct tdm_card *card, const char *model, const char *serial)
{
	strscpy(card->model, model ?: "", sizeof(card->model));
	strscpy(card->serial, serial ?: "", sizeof(card->serial));
}
EXPORT_SYMBOL_GPL(tdm_card_set_identity);

int tdm_card_set_name(struct tdm_card *card, const char *name)
{
	if (!name_ok(name))
		return -EINVAL;
	strscpy(card->name, name, sizeof(card->name));
	return 0;
}
EXPORT_SYMBOL_GPL(tdm_card_set_name);

void tdm_card_set_lead(struct tdm_card *card, unsigned int turnaround, int tx_lead)
{
	card->turnaround = turnaround;
	card->next.tx = turnaround;
	card->tx_lead = tx_lead;
}
EXPORT_SYMBOL_GPL(tdm_card_set_lead);

static struct tdm_card *find_name(const char *name)
{
	struct tdm_card *card;
	unsigned long id;

	xa_for_each(&cards, id, card)
		if (!strcmp(card->name, name))
			return card;
	return NULL;
}

static struct name *name_of_key(const struct tdm_card *card)
{
	struct name *n;

	list_for_each_entry(n, &names, node)
		if (!strcmp(n->prefix, card->prefix) && !strcmp(n->key, card->key))
			return n;
	return NULL;
}

static bool number_kept(const struct tdm_card *card, unsigned int number)
{
	struct name *n;

	list_for_each_entry(n, &names, node)
		if (!strcmp(n->prefix, card->prefix) && n->number == number)
			return true;
	return false;
}

/* Binds the name that the card has now to its key, unless the key has one. */
static int keep_name(const struct tdm_card *card, unsigned int number)
{
	struct name *n;

	if (!card->key[0] || name_of_key(card))
		return 0;
	n = kzalloc(sizeof(*n), GFP_KERNEL);
	if (!n)
		return -ENOMEM;
	strscpy(n->prefix, card->prefix, sizeof(n->prefix));
	strscpy(n->key, card->key, sizeof(n->key));
	n->number = number;
	list_add_tail(&n->node, &names);
	return 0;
}

static int give_name(struct tdm_card *card)
{
	struct name *n = card->key[0] ? name_of_key(card) : NULL;
	char name[TDM_NAME_LEN + 12];
	unsigned int number;

	if (card->name[0])
		return find_name(card->name) ? -EEXIST : 0;
	if (n) {
		snprintf(name, sizeof(name), "%s%u", card->prefix, n->number);
		if (!find_name(name)) {
			strscpy(card->name, name, sizeof(card->name));
			return 0;
		}
		/* Two cards with one key at once: the second one gets a name as if it had none. */
	}
	for (number = 0; number < 100000; number++) {
		snprintf(name, sizeof(name), "%s%u", card->prefix, number);
		if (!number_kept(card, number) && !find_name(name)) {
			strscpy(card->name, name, sizeof(card->name));
			return keep_name(card, number);
		}
	}
	return -ENOSPC;
}

static int registry_add(struct tdm_card *card)
{
	bool wished = card->name[0];
	int ret;

	down_write(&tdm_registry);
	ret = give_name(card);
	if (ret)
		goto unlock;
	ret = next_id > CARD_ID_MAX ? -ENOSPC : 0;
	if (!ret)
		ret = xa_insert(&cards, next_id, card, GFP_KERNEL);
	if (ret) {
		if (!wished)
			card->name[0] = '\0';
		goto unlock;
	}
	card->id = next_id++;
	generation++;
unlock:
	up_write(&tdm_registry);
	return ret;
}

/*
 * The name and the id are taken first, hidden from look-ups by `registered`; then the card is shown
 * everywhere at once.
 */
int tdm_card_register(struct tdm_card *card)
{
	unsigned int i;
	int ret;

	for (i = 0; i < card->ports; i++)
		if (!card->spans[i].ops)
			return -EINVAL;
	ret = registry_add(card);
	if (ret)
		return ret;
	for (i = 0; i < card->ports; i++)
		card->spans[i].id = card->id * TDM_PORTS_MAX + i;
	ret = tdm_sysfs_add(card);
	if (ret)
		goto erase;
	tdm_card_get(card);
	down_write(&tdm_registry);
	card->registered = true;
	generation++;
	up_write(&tdm_registry);
	tdm_notice_card(card, TDM_NOTICE_CARD_NEW);
	queue_delayed_work(card->wq, &card->watchdog, HZ);
	return 0;

erase:
	down_write(&tdm_registry);
	xa_erase(&cards, card->id);
	up_write(&tdm_registry);
	return ret;
}
EXPORT_SYMBOL_GPL(tdm_card_register);

static void restore(struct tdm_span *span)
{
	mutex_lock(&span->lock);
	if (!span->gone && span->state == TDM_SPAN_UP && span->ops->restore)
		span->ops->restore(span);
	mutex_unlock(&span->lock);
}

void tdm_card_restore(struct tdm_card *card)
{
	unsigned int i;

	for (i = 0; i < card->ports; i++)
		restore(&card->spans[i]);
	tdm_clock_restore(card);
}
EXPORT_SYMBOL_GPL(tdm_card_restore);

void tdm_card_unregister(struct tdm_card *card)
{
	unsigned long flags;
	unsigned int i;

	down_write(&tdm_registry);
	card->registered = false;
	generation++;
	up_write(&tdm_registry);

	for (i = 0; i < card->ports; i++)
		tdm_span_gone(&card->spans[i]);
	for (i = 0; i < card->ports; i++)
		tdm_connect_span_gone(&card->spans[i]);

	spin_lock_irqsave(&card->tick_lock, flags);
	card->dead = true;
	spin_unlock_irqrestore(&card->tick_lock, flags);

	tdm_clock_stop(card);
	tdm_reload_stop(card);
	cancel_delayed_work_sync(&card->watchdog);
	for (i = 0; i < card->ports; i++)
		tdm_span_drain(&card->spans[i]);
	tdm_sysfs_del(card);
	tdm_notice_card(card, TDM_NOTICE_CARD_GONE);
	/* Not before: until now sysfs had the name, and listeners did not know that it is free. */
	down_write(&tdm_registry);
	xa_erase(&cards, card->id);
	up_write(&tdm_registry);
	card->ops = NULL;
	card->parent = NULL;
	tdm_card_put(card);
}
EXPORT_SYMBOL_GPL(tdm_card_unregister);

struct tdm_card *tdm_card_find(u32 id)
{
	struct tdm_card *card;

	down_read(&tdm_registry);
	card = xa_load(&cards, id);
	if (card && card->registered)
		tdm_card_get(card);
	else
		card = NULL;
	up_read(&tdm_registry);
	return card;
}

struct tdm_card *tdm_card_find_name(const char *name)
{
	struct tdm_card *card;

	down_read(&tdm_registry);
	card = find_name(name);
	if (card && card->registered)
		tdm_card_get(card);
	else
		card = NULL;
	up_read(&tdm_registry);
	return card;
}

struct tdm_card *tdm_card_next(u32 *from)
{
	struct tdm_card *card;
	unsigned long id = *from;

	down_read(&tdm_registry);
	for (card = xa_find(&cards, &id, ULONG_MAX, XA_PRESENT); card && !card->registered;)
		card = xa_find_after(&cards, &id, ULONG_MAX, XA_PRESENT);
	if (card)
		tdm_card_get(card);
	up_read(&tdm_registry);
	*from = id;
	return card;
}

unsigned int tdm_registry_generation(void)
{
	unsigned int g;

	down_read(&tdm_registry);
	g = generation ?: 1;
	up_read(&tdm_registry);
	return g;
}

void tdm_card_snapshot(struct tdm_card *card, struct tdm_card_info *info)
{
	struct tdm_clock *clock = &card->clock;
	unsigned long flags;

	memset(info, 0, sizeof(*info));
	info->id = card->id;
	info->ports = card->ports;
	strscpy(info->name, card->name, sizeof(info->name));
	strscpy(info->model, card->model, sizeof(info->model));
	strscpy(info->serial, card->serial, sizeof(info->serial));
	strscpy(info->key, card->key, sizeof(info->key));

	mutex_lock(&clock->lock);
	info->clock = clock->config;
	info->clock_state = clock->state;
	info->clock_port = clock->port;
	info->clock_usable = clock->usable;
	info->clock_changes = clock->changes;
	mutex_unlock(&clock->lock);

	spin_lock_irqsave(&card->tick_lock, flags);
	info->ticks = card->ticks;
	info->blocks = card->blocks;
	info->gaps = card->gaps;
	info->rx_gap_frames = card->rx_gap_frames;
	info->tx_gap_frames = card->tx_gap_frames;
	info->late_ticks = card->late_ticks;
	info->bad_ticks = card->bad_ticks;
	info->rx_frame = card->next.rx;
	info->tx_frame = card->next.tx;
	spin_unlock_irqrestore(&card->tick_lock, flags);
}

/* Module exit: no card is left. */
void tdm_cards_exit(void)
{
	struct name *n, *next;

	WARN_ON(!xa_empty(&cards));
	list_for_each_entry_safe(n, next, &names, node) {
		list_del(&n->node);
		kfree(n);
	}
	xa_destroy(&cards);
}

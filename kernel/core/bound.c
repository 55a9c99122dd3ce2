// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bound descriptors: what PCM and HDLC have in common. The rings are explained in ring.h.
 */
#include <linux/bitops.h>
#include <linux/log2.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include "bound.h"

int tdm_ring_init(struct tdm_ring *ring, unsigned long positions, unsigned long limit,
		  unsigned int octets)
{
	positions = roundup_pow_of_two(positions);
	ring->data = kvzalloc(positions * octets, GFP_KERNEL_ACCOUNT);
	if (!ring->data)
		return -ENOMEM;
	ring->mask = positions - 1;
	ring->limit = limit;
	return 0;
}

void tdm_ring_get(const struct tdm_ring *ring, unsigned long from, void *to, unsigned long n)
{
	unsigned long at = from & ring->mask;
	unsigned long first = min(n, ring->mask + 1 - at);

	memcpy(to, ring->data + at, first);
	memcpy((u8 *)to + first, ring->data, n - first);
}

void tdm_ring_put(struct tdm_ring *ring, unsigned long at, const void *from, unsigned long n)
{
	unsigned long first;

	at &= ring->mask;
	first = min(n, ring->mask + 1 - at);
	memcpy(ring->data + at, from, first);
	memcpy(ring->data, (const u8 *)from + first, n - first);
}

static void bound_destroy(struct tdm_bound *bound)
{
	tdm_bound_ops(bound)->free(bound);
	kvfree(bound->rx.data);
	kvfree(bound->tx.data);
	mutex_destroy(&bound->rx_lock);
	mutex_destroy(&bound->tx_lock);
	kvfree(bound);
}

static int bind_check(const struct tdm_client *client, struct tdm_bind *arg)
{
	char *reason = arg->reason;

	if (arg->flags & ~TDM_BIND_FLAGS)
		return tdm_refuse(reason, -EINVAL, "unknown flags 0x%x: known are 0x%x",
				  arg->flags & ~TDM_BIND_FLAGS, TDM_BIND_FLAGS);
	if (arg->reserved[0] || arg->reserved[1])
		return tdm_refuse(reason, -EINVAL, "the reserved fields must be 0");
	if (arg->mode > TDM_MODE_HDLC)
		return tdm_refuse(reason, -EINVAL, "unknown mode %u: it is 0 (PCM) or 1 (HDLC)",
				  arg->mode);
	if (arg->bearer > TDM_BEARER_56K)
		return tdm_refuse(reason, -EINVAL, "unknown bearer %u: it is 0, 1 or 2",
				  arg->bearer);
	if (!arg->slots)
		return tdm_refuse(reason, -EINVAL, "the mask of slots is empty");
	if (arg->bearer == TDM_BEARER_56K && hweight32(arg->slots) > 1)
		return tdm_refuse(reason, -EINVAL, "a 56 kbit/s bearer has one slot, not %u",
				  hweight32(arg->slots));
	if ((arg->flags & TDM_BIND_TX) && !client->can_write)
		return tdm_refuse(reason, -EPERM,
				  "the descriptor is read-only: open it for writing to transmit");
	return 0;
}

static struct tdm_bound *bound_create(const struct tdm_bind *arg, char *reason)
{
	struct tdm_bound *bound = kvzalloc(sizeof(*bound), GFP_KERNEL_ACCOUNT);
	unsigned int slot;
	int ret;

	if (!bound)
		return ERR_PTR(-ENOMEM);
	bound->mode = arg->mode;
	bound->bearer = arg->bearer;
	bound->or = tdm_bearer_or(arg->bearer);
	bound->tx_owner = arg->flags & TDM_BIND_TX;
	for (slot = 0; slot < TDM_SLOTS_MAX; slot++)
		if (arg->slots & BIT(slot))
			bound->slot[bound->nslots++] = slot;
	mutex_init(&bound->rx_lock);
	tdm_lock_class(&bound->rx_lock, TDM_LOCK_CLIENT_RX);
	mutex_init(&bound->tx_lock);
	tdm_lock_class(&bound->tx_lock, TDM_LOCK_CLIENT_TX);
	ret = tdm_bound_ops(bound)->setup(bound, arg, reason);
	if (ret) {
		bound_destroy(bound);
		return ERR_PTR(ret);
	}
	return bound;
}

/* Whose the rings are; octets of one slot the tick moves by itself. */
static void bound_rings(struct tdm_client *client)
{
	struct tdm_bound *bound = client->bound;
	struct tdm_ring *rings[] = { &bound->rx, &bound->tx };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rings); i++) {
		rings[i]->path = &client->path;
		rings[i]->wait = &client->wait;
		rings[i]->slot = bound->slot[0];
		rings[i]->or = bound->or;
	}
	if (bound->mode != TDM_MODE_PCM || bound->nslots > 1)
		return;
	client->path.rx_ring = &bound->rx;
	client->path.tx_ring = bound->tx_owner ? &bound->tx : NULL;
}

/* role_lock held. Nothing is changed on refusal. */
int tdm_ioc_bind(struct tdm_client *client, struct tdm_bind *arg)
{
	struct tdm_bound *bound;
	struct tdm_card *card;
	struct tdm_span *span;
	struct tdm_frames eff;
	int ret;

	lockdep_assert_held(&client->role_lock);
	ret = bind_check(client, arg);
	if (ret)
		return ret;
	ret = tdm_client_find(arg->card, arg->port, &card, &span, arg->reason);
	if (ret)
		return ret;
	bound = bound_create(arg, arg->reason);
	if (IS_ERR(bound)) {
		ret = PTR_ERR(bound);
		goto put_card;
	}
	client->bound = bound;
	client->path.ops = tdm_bound_ops(bound)->path;
	client->path.mode = arg->mode;
	/* While cross-connects fill all its slots the owner's octets go on being taken. */
	client->path.always = bound->tx_owner;
	bound_rings(client);
	ret = tdm_client_attach(client, card, span, arg->slots,
				bound->tx_owner ? arg->slots : 0, arg->bearer, &eff, arg->reason);
	if (ret)
		goto destroy;
	arg->frame = eff.rx;
	tdm_client_become(client, tdm_bound_ops(bound)->role);
	return 0;

destroy:
	client->path.rx_ring = NULL;
	client->path.tx_ring = NULL;
	client->bound = NULL;
	bound_destroy(bound);
put_card:
	tdm_card_put(card);
	return ret;
}

int tdm_ioc_stats(struct tdm_client *client, struct tdm_stats *arg)
{
	struct tdm_bound *bound = client->bound;
	struct tdm_card *card = client->card;
	u32 size = arg->size;
	unsigned long flags;
	int ret;

	if (arg->flags)
		return -EINVAL;
	/* The reader's share of what was lost stands still under rx_lock, the tick's under its lock. */
	ret = mutex_lock_interruptible(&bound->rx_lock);
	if (ret)
		return ret;
	spin_lock_irqsave(&card->tick_lock, flags);
	*arg = bound->stats;
	tdm_bound_ops(bound)->stats(bound, arg);
	arg->rx_frame = card->next.rx;
	arg->tx_frame = card->next.tx;
	spin_unlock_irqrestore(&card->tick_lock, flags);
	mutex_unlock(&bound->rx_lock);
	arg->size = size;
	return 0;
}

int tdm_ioc_flush(struct tdm_client *client, struct tdm_flush *arg)
{
	struct tdm_bound *bound = client->bound;
	unsigned long flags;
	int ret;

	if (!arg->flags || (arg->flags & ~(TDM_FLUSH_RX | TDM_FLUSH_TX)))
		return -EINVAL;
	if ((arg->flags & TDM_FLUSH_TX) && !bound->tx_owner)
		return -EPERM;
	if (arg->flags & TDM_FLUSH_RX) {
		ret = mutex_lock_interruptible(&bound->rx_lock);
		if (ret)
			return ret;
		tdm_bound_ops(bound)->flush_rx(bound);
		mutex_unlock(&bound->rx_lock);
	}
	if (arg->flags & TDM_FLUSH_TX) {
		ret = mutex_lock_interruptible(&bound->tx_lock);
		if (ret)
			return ret;
		/* The consumer is the tick: keep it out while its end of the ring is moved. */
		spin_lock_irqsave(&client->card->tick_lock, flags);
		tdm_bound_ops(bound)->flush_tx(bound);
		spin_unlock_irqrestore(&client->card->tick_lock, flags);
		mutex_unlock(&bound->tx_lock);
		wake_up_interruptible_all(&client->wait);
	}
	return 0;
}

static bool drained(const struct tdm_bound *bound, unsigned long target)
{
	return (long)(tdm_pos_get(bound->tx_left) - target) >= 0;
}

static void drainers(struct tdm_client *client, int n)
{
	unsigned long flags;

	spin_lock_irqsave(&client->card->tick_lock, flags);
	tdm_ring_drainers(&client->bound->tx, n);
	spin_unlock_irqrestore(&client->card->tick_lock, flags);
}

int tdm_ioc_drain(struct tdm_client *client, struct tdm_drain *arg)
{
	struct tdm_bound *bound = client->bound;
	unsigned long target = tdm_pos_get(&bound->tx.head);
	long left = arg->timeout_ms ? (long)msecs_to_jiffies(arg->timeout_ms) : MAX_SCHEDULE_TIMEOUT;

	if (!bound->tx_owner)
		return -EPERM;
	/* Before the condition is looked at: the tick must not miss that someone waits. */
	drainers(client, 1);
	left = wait_event_interruptible_timeout(client->wait,
						drained(bound, target) ||
						tdm_client_running(client), left);
	drainers(client, -1);
	if (drained(bound, target))
		return 0;
	if (left < 0)
		return -EINTR;
	if (tdm_client_running(client))
		return tdm_client_running(client);
	return -ETIMEDOUT;
}

__poll_t tdm_bound_poll(struct tdm_client *client)
{
	const struct tdm_bound *bound = client->bound;
	__poll_t mask = 0;

	if (tdm_bound_ops(bound)->readable(bound))
		mask |= EPOLLIN | EPOLLRDNORM;
	if (bound->tx_owner && tdm_ring_free(&bound->tx) >= DIV_ROUND_UP(bound->tx.limit, 2))
		mask |= EPOLLOUT | EPOLLWRNORM;
	return mask;
}

void tdm_bound_free(struct tdm_client *client)
{
	bound_destroy(client->bound);
	client->bound = NULL;
}

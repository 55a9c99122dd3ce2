// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/tdm: descriptors, the ioctl table, poll and mmap. See client.h for locks and lifetime.
 *
 * An ioctl is copied in with nothing held, handled, and copied out with nothing held. A structure may
 * be longer or shorter than ours: its first field says how long. What the handler will write back
 * is written once before it runs, so that a bad address is found while nothing has changed yet.
 */
#include <linux/compat.h>
#include <linux/file.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include "client.h"
#include "connect.h"

int tdm_refuse(char *reason, int error, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vscnprintf(reason, TDM_REASON_LEN, fmt, args);
	va_end(args);
	return error;
}

/* --- path ops that bound descriptors and streams share --------------------------------------------- */

void tdm_client_state(struct tdm_path *path, int state)
{
	struct tdm_client *client = tdm_path_client(path);

	lockdep_assert_held(&path->span->lock);
	WRITE_ONCE(client->state, state);
	wake_up_interruptible_all(&client->wait);
}

/* Each descriptor hears of its own slots only: ABCD may be digits that somebody dials. */
static bool event_is_ours(const struct tdm_path *path, const struct tdm_event *event)
{
	return event->type != TDM_EVENT_CAS ||
	       ((READ_ONCE(path->rx_slots) | READ_ONCE(path->tx_slots)) & BIT(event->slot));
}

/*
 * When the FIFO is full the new event is lost, and where it would have stood a TDM_EVENT_LOST says how
 * many were. event_lock held.
 */
static void event_push(struct tdm_client *client, const struct tdm_event *event)
{
	struct tdm_event lost = { .type = TDM_EVENT_LOST, .value = client->events_lost };

	if (kfifo_avail(&client->events) < (client->events_lost ? 2 : 1)) {
		client->events_lost++;
		return;
	}
	if (client->events_lost) {
		lost.frame = event->frame;
		lost.time_ns = event->time_ns;
		client->events_lost = 0;
		kfifo_put(&client->events, lost);
	}
	kfifo_put(&client->events, *event);
}

void tdm_client_event(struct tdm_path *path, const struct tdm_event *event)
{
	struct tdm_client *client = tdm_path_client(path);
	unsigned long flags;

	if (!event_is_ours(path, event))
		return;
	spin_lock_irqsave(&client->event_lock, flags);
	event_push(client, event);
	spin_unlock_irqrestore(&client->event_lock, flags);
	wake_up_interruptible_all(&client->wait);
}

void tdm_client_wake(struct tdm_path *path, __poll_t what)
{
	struct tdm_client *client = tdm_path_client(path);

	/* Who polls for the other direction sleeps on. */
	if (wq_has_sleeper(&client->wait))
		__wake_up(&client->wait, TASK_INTERRUPTIBLE, 0, poll_to_key(what));
}

void tdm_client_name(const struct tdm_path *path, char *buf, size_t len)
{
	strscpy(buf, tdm_path_client(path)->name, len);
}

static bool event_waits(struct tdm_client *client)
{
	unsigned long flags;
	bool waits;

	spin_lock_irqsave(&client->event_lock, flags);
	waits = client->events_lost || !kfifo_is_empty(&client->events);
	spin_unlock_irqrestore(&client->event_lock, flags);
	return waits;
}

/* --- attaching ------------------------------------------------------------------------------------- */

int tdm_client_find(u32 id, u32 port, struct tdm_card **found, struct tdm_span **span,
		    char *reason)
{
	struct tdm_card *card = tdm_card_find(id);

	if (!card)
		return tdm_refuse(reason, -ENODEV, "there is no card with instance id %u", id);
	if (!port || port > card->ports) {
		tdm_refuse(reason, -ENODEV, "%s has ports 1 to %u, not %u", card->name,
			   card->ports, port);
		tdm_card_put(card);
		return -ENODEV;
	}
	*found = card;
	*span = &card->spans[port - 1];
	return 0;
}

int tdm_client_attach(struct tdm_client *client, struct tdm_card *card, struct tdm_span *span,
		      u32 rx_slots, u32 tx_slots, u8 bearer, struct tdm_frames *eff, char *reason)
{
	bool up;
	int ret;

	lockdep_assert_held(&client->role_lock);
	scnprintf(client->name, sizeof(client->name), "%s[%d]", current->comm,
		  task_tgid_nr(current));
	client->card = card;
	tdm_span_lock(span);
	ret = tdm_path_attach(&client->path, span);
	if (ret)
		goto unlock;
	up = span->state == TDM_SPAN_UP && !span->stalled;
	client->path.ops->state(&client->path, up ? TDM_PATH_UP : TDM_PATH_DOWN);
	if (rx_slots | tx_slots)
		ret = tdm_path_claim(&client->path, rx_slots, tx_slots, bearer, eff, reason);
	if (ret)
		tdm_path_detach(&client->path);
unlock:
	tdm_span_unlock(span);
	if (ret) {
		/* The path may be attached once more: nobody may still stand on its list entry. */
		synchronize_rcu();
		client->card = NULL;
		if (ret == -ENODEV && !reason[0])
			tdm_refuse(reason, ret, "%s was removed", card->name);
	}
	return ret;
}

void tdm_client_release_slots(struct tdm_client *client, u32 rx_slots, u32 tx_slots,
			      struct tdm_frames *eff)
{
	struct tdm_span *span = client->path.span;

	tdm_span_lock(span);
	client->releasing |= tx_slots;
	tdm_span_unlock(span);
	/* No new connection of these slots can be made now; it takes the other span's mutex too. */
	tdm_connect_end_slots(span, tx_slots);
	tdm_span_lock(span);
	tdm_path_release(&client->path, rx_slots, tx_slots, eff);
	client->releasing &= ~tx_slots;
	tdm_span_unlock(span);
}

void tdm_client_become(struct tdm_client *client, const struct tdm_role *role)
{
	/* All that belongs to the role is ready; pairs with role_of(). */
	smp_store_release(&client->role, role);
}

static const struct tdm_role *role_of(const struct tdm_client *client)
{
	/* Pairs with tdm_client_become(). */
	return smp_load_acquire(&client->role);
}

/* --- ioctls ---------------------------------------------------------------------------------------- */

static int ioc_event_get(struct tdm_client *client, struct tdm_event *arg)
{
	struct tdm_event event = {};
	unsigned long flags;
	int ret = 0;

	spin_lock_irqsave(&client->event_lock, flags);
	if (!kfifo_get(&client->events, &event)) {
		ret = client->events_lost ? 0 : -EAGAIN;
		event.type = TDM_EVENT_LOST;
		event.value = client->events_lost;
		client->events_lost = 0;
	}
	spin_unlock_irqrestore(&client->event_lock, flags);
	if (ret)
		return ret;
	event.size = arg->size;
	*arg = event;
	return 0;
}

static int ioc_sig(struct tdm_client *client, struct tdm_sig *arg, bool set)
{
	struct tdm_path *path = &client->path;
	struct tdm_span *span = path->span;
	int ret = 0;

	if (arg->slot >= TDM_SLOTS_MAX || (set && arg->tx > 0xf))
		return -EINVAL;
	tdm_span_lock(span);
	if (span->gone)
		ret = -ENODEV;
	else if (span->config.signalling != TDM_SIGNALLING_CAS)
		ret = -EOPNOTSUPP;
	else if (set && !(path->tx_slots & BIT(arg->slot)))
		ret = -EPERM;
	else if (!((path->rx_slots | path->tx_slots) & BIT(arg->slot)))
		ret = -EINVAL;
	else if (set)
		ret = tdm_slot_set_cas(span, arg->slot, arg->tx, path);
	arg->rx = span->slots[arg->slot].cas_rx;
	arg->tx = span->slots[arg->slot].cas_tx;
	tdm_span_unlock(span);
	return ret;
}

static int ioc_sig_set(struct tdm_client *client, struct tdm_sig *arg)
{
	return ioc_sig(client, arg, true);
}

static int ioc_sig_get(struct tdm_client *client, struct tdm_sig *arg)
{
	return ioc_sig(client, arg, false);
}

static int connect_check(struct tdm_client *client, const struct tdm_connect *arg, char *reason)
{
	if (arg->flags & ~TDM_CONNECT_FLAGS)
		return tdm_refuse(reason, -EINVAL, "unknown flags 0x%x", arg->flags);
	if (arg->reserved)
		return tdm_refuse(reason, -EINVAL, "the reserved field must be 0");
	if (client->path.mode != TDM_MODE_PCM)
		return tdm_refuse(reason, -EINVAL, "an HDLC descriptor cannot be cross-connected");
	return 0;
}

static int ioc_connect(struct tdm_client *client, struct tdm_connect *arg)
{
	struct tdm_connect_request req = {
		.a = &client->path,
		.a_slot = arg->a_slot,
		.b_slot = arg->b_slot,
		.flags = arg->flags,
	};
	struct tdm_client *b;
	struct file *file;
	int ret;

	ret = connect_check(client, arg, arg->reason);
	if (ret)
		return ret;
	/* The file keeps b's path in place until we are done. */
	file = fget(arg->b_fd);
	if (!file)
		return tdm_refuse(arg->reason, -EBADF, "b_fd %d is not open", arg->b_fd);
	b = tdm_client_of(file);
	if (!b || !role_of(b) || b->path.mode != TDM_MODE_PCM) {
		ret = tdm_refuse(arg->reason, -EINVAL,
				 "b_fd %d is no stream or bound PCM descriptor", arg->b_fd);
	} else {
		req.b = &b->path;
		ret = tdm_connect_add(&req, arg->reason);
	}
	fput(file);
	arg->ab_delay = req.ab_delay;
	arg->ba_delay = req.ba_delay;
	arg->b_tx_frame = req.b_tx_frame;
	arg->a_tx_frame = req.a_tx_frame;
	return ret;
}

static int ioc_disconnect(struct tdm_client *client, struct tdm_connect *arg)
{
	struct tdm_connect_request req = { .a = &client->path, .a_slot = arg->a_slot };
	int ret;

	ret = connect_check(client, arg, arg->reason);
	if (ret)
		return ret;
	ret = tdm_connect_del(&req, arg->reason);
	arg->b_tx_frame = req.b_tx_frame;
	arg->a_tx_frame = req.a_tx_frame;
	return ret;
}

/* What a descriptor must be for an ioctl. */
enum needs {
	NEEDS_NOTHING,		/* EBUSY unless it is nothing yet */
	NEEDS_BOUND,		/* EBADFD otherwise, as for the rest */
	NEEDS_STREAM,
	NEEDS_ANY,		/* bound or stream */
};

#define NO_REASON	0xffff

struct tdm_ioctl {
	unsigned int cmd;
	u16 size;		/* of our structure */
	u16 reason;		/* where its reason[] lies, or NO_REASON */
	u8 needs;		/* enum needs */
	bool locked;		/* role_lock is held over the handler */
	int (*handle)(struct tdm_client *client, void *arg);
};

union tdm_arg {
	u32 size;
	struct tdm_bind bind;
	struct tdm_stats stats;
	struct tdm_flush flush;
	struct tdm_drain drain;
	struct tdm_stream stream;
	struct tdm_claim claim;
	struct tdm_connect connect;
	struct tdm_event event;
	struct tdm_sig sig;
};

/* A handler of the table's type around one that knows its structure. */
#define HANDLER(fn, type)						\
	static int fn##_any(struct tdm_client *client, void *arg)	\
	{								\
		struct type *own = arg;					\
									\
		return fn(client, own);					\
	}
HANDLER(tdm_ioc_bind, tdm_bind)
HANDLER(tdm_ioc_stats, tdm_stats)
HANDLER(tdm_ioc_flush, tdm_flush)
HANDLER(tdm_ioc_drain, tdm_drain)
HANDLER(tdm_ioc_stream_open, tdm_stream)
HANDLER(tdm_ioc_claim, tdm_claim)
HANDLER(tdm_ioc_release, tdm_claim)
HANDLER(ioc_connect, tdm_connect)
HANDLER(ioc_disconnect, tdm_connect)
HANDLER(ioc_event_get, tdm_event)
HANDLER(ioc_sig_set, tdm_sig)
HANDLER(ioc_sig_get, tdm_sig)

#define WITH_REASON(type)	sizeof(struct type), offsetof(struct type, reason)
#define PLAIN(type)		sizeof(struct type), NO_REASON

static const struct tdm_ioctl ioctls[] = {
	{ TDM_BIND, WITH_REASON(tdm_bind), NEEDS_NOTHING, true, tdm_ioc_bind_any },
	{ TDM_STATS, PLAIN(tdm_stats), NEEDS_BOUND, false, tdm_ioc_stats_any },
	{ TDM_FLUSH, PLAIN(tdm_flush), NEEDS_BOUND, false, tdm_ioc_flush_any },
	{ TDM_DRAIN, PLAIN(tdm_drain), NEEDS_BOUND, false, tdm_ioc_drain_any },
	{ TDM_STREAM_OPEN, WITH_REASON(tdm_stream), NEEDS_NOTHING, true, tdm_ioc_stream_open_any },
	{ TDM_CLAIM, WITH_REASON(tdm_claim), NEEDS_STREAM, true, tdm_ioc_claim_any },
	{ TDM_RELEASE, WITH_REASON(tdm_claim), NEEDS_STREAM, true, tdm_ioc_release_any },
	{ TDM_CONNECT, WITH_REASON(tdm_connect), NEEDS_ANY, false, ioc_connect_any },
	{ TDM_DISCONNECT, WITH_REASON(tdm_connect), NEEDS_ANY, false, ioc_disconnect_any },
	{ TDM_EVENT_GET, PLAIN(tdm_event), NEEDS_ANY, false, ioc_event_get_any },
	{ TDM_SIG_SET, PLAIN(tdm_sig), NEEDS_ANY, false, ioc_sig_set_any },
	{ TDM_SIG_GET, PLAIN(tdm_sig), NEEDS_ANY, false, ioc_sig_get_any },
};

static int check_role(const struct tdm_client *client, const struct tdm_ioctl *ioctl, char *reason)
{
	const struct tdm_role *role = role_of(client);
	/* A stream, or bound in one of the modes. */
	bool fits = ioctl->needs == NEEDS_BOUND ? role && role != &tdm_role_stream :
		    ioctl->needs == NEEDS_STREAM ? role == &tdm_role_stream :
		    ioctl->needs == NEEDS_ANY ? role != NULL : role == NULL;
	const char *is = role ? role->name : "not bound and no stream";

	if (fits)
		return 0;
	if (ioctl->needs == NEEDS_NOTHING)
		return tdm_refuse(reason, -EBUSY, "the descriptor is %s already", is);
	return tdm_refuse(reason, -EBADFD, "the descriptor is %s", is);
}

static int call(struct tdm_client *client, const struct tdm_ioctl *ioctl, union tdm_arg *arg,
		char *reason)
{
	int ret;

	if (ioctl->locked && mutex_lock_interruptible(&client->role_lock))
		return -EINTR;
	ret = check_role(client, ioctl, reason);
	if (!ret)
		ret = ioctl->handle(client, arg);
	if (ioctl->locked)
		mutex_unlock(&client->role_lock);
	return ret;
}

/* The command's size field is the caller's structure's: only its direction and number count. */
static const struct tdm_ioctl *find_ioctl(unsigned int cmd)
{
	const struct tdm_ioctl *ioctl;

	for (ioctl = ioctls; ioctl < ioctls + ARRAY_SIZE(ioctls); ioctl++)
		if (_IOC_TYPE(cmd) == TDM_IOC_MAGIC && _IOC_NR(cmd) == _IOC_NR(ioctl->cmd) &&
		    _IOC_DIR(cmd) == _IOC_DIR(ioctl->cmd))
			return ioctl;
	return NULL;
}

static long tdm_ioctl(struct file *file, unsigned int cmd, unsigned long where)
{
	const struct tdm_ioctl *ioctl = find_ioctl(cmd);
	void __user *user = (void __user *)where;
	char nowhere[TDM_REASON_LEN], *reason = nowhere;
	union tdm_arg arg = {};
	u32 size;
	int ret;

	if (!ioctl)
		return -ENOTTY;
	if (get_user(size, (u32 __user *)user))
		return -EFAULT;
	/* Version 1 of every structure is the shortest there ever was. */
	if (size < ioctl->size)
		return -EINVAL;
	if (size > PAGE_SIZE)
		return -E2BIG;
	ret = copy_struct_from_user(&arg, ioctl->size, user, size);
	if (ret)
		return ret;
	arg.size = size;
	if (ioctl->reason != NO_REASON) {
		reason = (char *)&arg + ioctl->reason;
		memset(reason, 0, TDM_REASON_LEN);
	}
	if (_IOC_DIR(ioctl->cmd) & _IOC_READ && copy_to_user(user, &arg, ioctl->size))
		return -EFAULT;
	ret = call(file->private_data, ioctl, &arg, reason);
	if (ret && ioctl->reason != NO_REASON) {
		if (copy_to_user(user + ioctl->reason, reason, TDM_REASON_LEN))
			return -EFAULT;
	} else if (!ret && _IOC_DIR(ioctl->cmd) & _IOC_READ) {
		if (copy_to_user(user, &arg, ioctl->size))
			return -EFAULT;
	}
	return ret;
}

/* --- the file -------------------------------------------------------------------------------------- */

static int tdm_open(struct inode *inode, struct file *file)
{
	struct tdm_client *client = kzalloc(sizeof(*client), GFP_KERNEL_ACCOUNT);

	if (!client)
		return -ENOMEM;
	mutex_init(&client->role_lock);
	tdm_lock_class(&client->role_lock, TDM_LOCK_CLIENT_ROLE);
	spin_lock_init(&client->event_lock);
	tdm_lock_class(&client->event_lock, TDM_LOCK_CLIENT_EVENT);
	init_waitqueue_head(&client->wait);
	INIT_KFIFO(client->events);
	client->can_write = file->f_mode & FMODE_WRITE;
	file->private_data = client;
	return stream_open(inode, file);
}

/*
 * The last reference to the file is gone: no call of ours runs or will, and no connection can be
 * made. Mappings and the span's RCU readers may be left; see client.h.
 */
static int tdm_release(struct inode *inode, struct file *file)
{
	struct tdm_client *client = file->private_data;
	const struct tdm_role *role = role_of(client);
	struct tdm_span *span = client->path.span;

	if (role) {
		tdm_connect_end_slots(span, READ_ONCE(client->path.tx_slots));
		tdm_span_lock(span);
		tdm_path_detach(&client->path);
		tdm_span_unlock(span);
		role->free(client);
		tdm_card_put(client->card);
	}
	mutex_destroy(&client->role_lock);
	kfree_rcu(client, rcu);
	return 0;
}

static ssize_t tdm_read(struct file *file, char __user *to, size_t n, loff_t *pos)
{
	struct tdm_client *client = file->private_data;
	const struct tdm_role *role = role_of(client);

	if (!role || !role->read)
		return -EBADFD;
	return role->read(client, to, n, !(file->f_flags & O_NONBLOCK));
}

static ssize_t tdm_write(struct file *file, const char __user *from, size_t n, loff_t *pos)
{
	struct tdm_client *client = file->private_data;
	const struct tdm_role *role = role_of(client);

	if (!role || !role->write)
		return -EBADFD;
	return role->write(client, from, n, !(file->f_flags & O_NONBLOCK));
}

static __poll_t tdm_poll(struct file *file, struct poll_table_struct *table)
{
	struct tdm_client *client = file->private_data;
	const struct tdm_role *role = role_of(client);
	__poll_t mask;

	poll_wait(file, &client->wait, table);
	if (!role)
		return EPOLLERR;
	mask = role->poll(client);
	if (event_waits(client))
		mask |= EPOLLPRI;
	switch (tdm_client_running(client)) {
	case -ENODEV:
		return mask | EPOLLHUP | EPOLLERR;
	case 0:
		return mask;
	default:
		return mask | EPOLLERR;
	}
}

/* mmap_lock held: no lock of ours may be taken, see client.h. */
static int tdm_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct tdm_client *client = file->private_data;
	const struct tdm_role *role = role_of(client);

	if (!role || !role->mmap)
		return -ENODEV;
	return role->mmap(client, vma);
}

static const struct file_operations tdm_fops = {
	.owner = THIS_MODULE,
	.open = tdm_open,
	.release = tdm_release,
	.read = tdm_read,
	.write = tdm_write,
	.poll = tdm_poll,
	.unlocked_ioctl = tdm_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.mmap = tdm_mmap,
};

struct tdm_client *tdm_client_of(struct file *file)
{
	return file->f_op == &tdm_fops ? file->private_data : NULL;
}

/* Group "tdm" comes from the udev rule; without udev only root may. */
static struct miscdevice tdm_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "tdm",
	.mode = 0660,
	.fops = &tdm_fops,
};

int tdm_chardev_init(void)
{
	tdm_connect_init();
	return misc_register(&tdm_device);
}

void tdm_chardev_exit(void)
{
	misc_deregister(&tdm_device);
}

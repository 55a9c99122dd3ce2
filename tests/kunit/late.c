// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A card of one E1 port with CAS that does nothing by itself: what is written to /dev/tdm_late happens, and no time passes
 * but by "tick N", in blocks of 8 frames. So a report is as late as a test wants, however busy the machine.
 *	cas SLOT ABCD		the bits are seen and reported
 *	late SLOT ABCD		they are seen; settle() reports them, or "serve", whichever comes first
 *	slip			is reported; once the span has counted it, the work has run
 */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/uaccess.h>
#include <tdm.h>

static struct tdm_card *card;
static u64 block[TDM_SLOTS_MAX];	/* sent and received */
static u64 frame;			/* the writer's, of whom there is one */
static atomic64_t late;			/* frame << 16 | slot << 8 | ABCD; 0: nothing */
static unsigned int settled;		/* calls of settle() */
module_param(settled, uint, 0444);
static char held[128];			/* in the last of them: lockdep's names */
module_param_string(held, held, sizeof(held), 0444);

static void late_serve(void)
{
	u64 seen = atomic64_xchg(&late, 0);

	if (seen)
		tdm_span_cas(tdm_card_span(card, 1), seen >> 16, seen >> 8 & 0xff, seen & 0xff);
}

static void late_settle(struct tdm_span *span)
{
	int i, n = 0;

	might_sleep();
	for (i = 0; i < current->lockdep_depth; i++)
		n += scnprintf(held + n, sizeof(held) - n, "%s ", current->held_locks[i].instance->name);
	settled++;
	late_serve();
}

static int late_configure(struct tdm_span *span, const struct tdm_span_config *config, struct netlink_ext_ack *extack)
{
	return 0;
}

static int late_start(struct tdm_span *span, struct netlink_ext_ack *extack) { return 0; }
static void late_stop(struct tdm_span *span) { }
static void late_set_rai(struct tdm_span *span, bool on) { }
static void late_set_cas(struct tdm_span *span, unsigned int slot, u8 abcd) { }
static const void *late_rx(struct tdm_span *span, unsigned int i) { return block; }
static void *late_tx(struct tdm_span *span, unsigned int i) { return block; }

static const struct tdm_span_ops span_ops = {
	.configure = late_configure, .start = late_start, .stop = late_stop, .settle = late_settle,
	.set_rai = late_set_rai, .set_cas = late_set_cas, .rx_block = late_rx, .tx_block = late_tx,
};

static ssize_t late_write(struct file *file, const char __user *from, size_t len, loff_t *pos)
{
	char text[32] = "", word[8] = "";
	unsigned int a = 0, b = 0;

	if (len >= sizeof(text) || copy_from_user(text, from, len) || sscanf(text, "%7s %u %u", word, &a, &b) < 1)
		return -EINVAL;
	if (!strcmp(word, "tick"))
		for (; a; a--, frame += TDM_BLOCK_FRAMES)
			tdm_card_tick(card, &(struct tdm_tick){ 1, frame, frame + TDM_BLOCK_FRAMES });
	else if (!strcmp(word, "cas"))
		tdm_span_cas(tdm_card_span(card, 1), frame, a, b);
	else if (!strcmp(word, "late"))
		atomic64_set(&late, frame << 16 | a << 8 | b);
	else if (!strcmp(word, "serve"))
		late_serve();
	else if (!strcmp(word, "slip"))
		tdm_span_slip(tdm_card_span(card, 1), frame, 1);
	else
		return -EINVAL;
	return len;
}

static const struct file_operations fops = { .owner = THIS_MODULE, .write = late_write };
static struct miscdevice misc = { .minor = MISC_DYNAMIC_MINOR, .name = "tdm_late", .fops = &fops };

static int __init late_init(void)
{
	static const struct tdm_card_ops card_ops = { .owner = THIS_MODULE };
	static const struct tdm_span_config initial = {
		.type = TDM_TYPE_E1, .framing = TDM_FRAMING_CRC4, .line_code = TDM_CODE_HDB3,
		.signalling = TDM_SIGNALLING_CAS,
	};
	int ret;

	card = tdm_card_alloc(NULL, &card_ops, "late", "late", 1, 2, 0);
	if (IS_ERR(card))
		return PTR_ERR(card);
	ret = tdm_card_init_port(card, 1, &span_ops, &initial, BIT(TDM_TYPE_E1), NULL) ?: tdm_card_register(card);
	if (!ret) {
		ret = misc_register(&misc);
		if (ret)
			tdm_card_unregister(card);
	}
	if (ret)
		tdm_card_put(card);
	return ret;
}

static void __exit late_exit(void)
{
	misc_deregister(&misc);
	tdm_card_unregister(card);
	tdm_card_put(card);
}

module_init(late_init);
module_exit(late_exit);
MODULE_DESCRIPTION("opentdm tests: a card that reports late");
MODULE_LICENSE("GPL");

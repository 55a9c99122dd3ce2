// SPDX-License-Identifier: GPL-2.0-only
/* Which cards there are, bring-up, removal and sleep. */
#include <linux/bitfield.h>
#include <linux/delay.h>
#include <linux/dma-mapping.h>
#include <linux/interrupt.h>
#include <linux/iopoll.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/module.h>
#include "fail.h"
#include "te4xx.h"

#define VENDOR_DIGIUM	0xd161
#define AUTH_POLL_US	20000
#define AUTH_LIMIT_US	1000000
#define WATCH_PERIOD	HZ
#define TSI_SLOTS	128		/* of a card of eight ports: twice as many */

enum {
	TE820, TE420_5, TE410P_5, TE405P_5, TE220_5, TE210P_5, TE205P_5, TE420_4, TE410P_4, TE405P_4,
	TE220_4, TE210P_4, TE205P_4, TE410P_3, TE405P_3, TE210P_3, TE205P_3, TE410P_2, TE405P_2,
	TE210P_2, TE205P_2
};

static const struct te4xx_model models[] = {
	[TE820] = { "TE820, generation 5", 5, 8, true },
	[TE420_5] = { "TE420, generation 5", 5, 4, true },
	[TE410P_5] = { "TE410P, generation 5", 5, 4, false },
	[TE405P_5] = { "TE405P, generation 5", 5, 4, false },
	[TE220_5] = { "TE220, generation 5", 5, 2, true },
	[TE210P_5] = { "TE210P, generation 5", 5, 2, false },
	[TE205P_5] = { "TE205P, generation 5", 5, 2, false },
	[TE420_4] = { "TE420, generation 4", 4, 4, true },
	[TE410P_4] = { "TE410P, generation 4", 4, 4, false },
	[TE405P_4] = { "TE405P, generation 4", 4, 4, false },
	[TE220_4] = { "TE220, generation 4", 4, 2, true },
	[TE210P_4] = { "TE210P, generation 4", 4, 2, false },
	[TE205P_4] = { "TE205P, generation 4", 4, 2, false },
	[TE410P_3] = { "TE410P, generation 3", 3, 4, false },
	[TE405P_3] = { "TE405P, generation 3", 3, 4, false },
	[TE210P_3] = { "TE210P, generation 3", 3, 2, false },
	[TE205P_3] = { "TE205P, generation 3", 3, 2, false },
	[TE410P_2] = { "TE410P, generation 2", 2, 4, false },
	[TE405P_2] = { "TE405P, generation 2", 2, 4, false },
	[TE210P_2] = { "TE210P, generation 2", 2, 2, false },
	[TE205P_2] = { "TE205P, generation 2", 2, 2, false },
};

/* The subsystem vendor holds the generation. The first line that fits is the card's. */
#define CARD(device, subvendor, model) \
	{ VENDOR_DIGIUM, device, subvendor, PCI_ANY_ID, 0, 0, model }

static const struct pci_device_id ids[] = {
	CARD(0x1820, PCI_ANY_ID, TE820),
	CARD(0x1420, 0x0005, TE420_5),
	CARD(0x1410, 0x0005, TE410P_5),
	CARD(0x1405, 0x0005, TE405P_5),
	CARD(0x0420, 0x0004, TE420_4),
	CARD(0x0410, 0x0004, TE410P_4),
	CARD(0x0405, 0x0004, TE405P_4),
	CARD(0x0410, 0x0003, TE410P_3),
	CARD(0x0405, 0x0003, TE405P_3),
	CARD(0x0410, PCI_ANY_ID, TE410P_2),
	CARD(0x0405, PCI_ANY_ID, TE405P_2),
	CARD(0x1220, 0x0005, TE220_5),
	CARD(0x1205, 0x0005, TE205P_5),
	CARD(0x1210, 0x0005, TE210P_5),
	CARD(0x0220, 0x0004, TE220_4),
	CARD(0x0205, 0x0004, TE205P_4),
	CARD(0x0210, 0x0004, TE210P_4),
	CARD(0x0205, 0x0003, TE205P_3),
	CARD(0x0210, 0x0003, TE210P_3),
	CARD(0x0205, PCI_ANY_ID, TE205P_2),
	CARD(0x0210, PCI_ANY_ID, TE210P_2),
	{ }
};
MODULE_DEVICE_TABLE(pci, ids);

/* --- bring-up ----------------------------------------------------------------------------------- */

/* PCIe cards only: a pattern that gets the framer out of whatever state it is in. */
static void reset_framer(struct te4xx *te)
{
	u32 intr = te4xx_read(te, TE_INTR);
	unsigned int i;

	te4xx_write(te, TE_INTR, 0x42000000);
	te4xx_write(te, TE_LADDR, 0x42000000);
	for (i = 0; i < 3; i++)
		te4xx_write(te, TE_LADDR, 0x00080000);
	te4xx_write(te, TE_LADDR, 0x00180000);
	for (i = 0; i < 5; i++) {
		te4xx_write(te, TE_LADDR, 0x00080000);
		te4xx_write(te, TE_LADDR, 0x00180000);
	}
	te4xx_write(te, TE_INTR, intr);
	te4xx_read(te, TE_VERSION);
	udelay(1000);			/* the reset has no end that could be asked for */
}

/* No slot is connected to another within the card: the core does that. */
static void reset_interchange(struct te4xx *te)
{
	u32 i, slots = te4xx_octal(te) ? 2 * TSI_SLOTS : TSI_SLOTS;

	for (i = 0; i < slots; i++) {
		u32 to = (i % TSI_SLOTS) << TE_DMACTRL_TSI_TO;

		if (i >= TSI_SLOTS)
			to |= TE_DMACTRL_TSI_TO7;
		te4xx_write(te, TE_DMACTRL, te->dmactrl | TE_DMACTRL_TSI | to);
	}
	te4xx_write(te, TE_DMACTRL, te->dmactrl);
}

static int wait_for_auth(struct te4xx *te)
{
	u32 value;

	if (!te4xx_octal(te))
		return 0;
	te4xx_write(te, TE_LEDS2, TE_LEDS2_AUTH);
	if (read_poll_timeout(te4xx_read, value, value & TE_LEDS2_AUTH_DONE, AUTH_POLL_US,
			      AUTH_LIMIT_US, false, te, TE_LEDS2)) {
		dev_err(&te->pdev->dev, "the card did not authenticate itself within a second\n");
		return -ETIMEDOUT;
	}
	return 0;
}

static void init_chip(struct te4xx *te)
{
	struct te4xx_program p;
	u8 compat = te4xx_framer_read(te, 0, FR_COMPAT);
	unsigned int unit;

	te4xx_framer_write(te, 0, FR_COMPAT, compat | (te4xx_octal(te) ? 0x10 : 0x20));
	if (!te4xx_octal(te))
		te->v31 = te4xx_framer_read(te, 0, FR_VSTR) == FR_VSTR_31;
	compat = te4xx_framer_read(te, 0, FR_COMPAT);
	te4xx_framer_write(te, 0, FR_COMPAT, compat & ~0x20);
	te4xx_framer_write(te, 0, FR_VSTR, 0xaa);
	te4xx_program_chip(&p, te4xx_octal(te));
	te4xx_framer_program(te, 0, &p);
	/* A card of two ports has the chip of four: its other units must be known to the bus too. */
	for (unit = 0; unit < te4xx_units(te); unit++) {
		struct te4xx_line *line = &te->port[unit].line;

		line->v31 = te->v31;
		te4xx_framer_write(te, unit, 0x47, 0x00);
		te4xx_program_bus(&p, line);
		te4xx_framer_program(te, unit, &p);
	}
}

/* From any state to quiet; framers programmed as far as the lines' types do not matter. */
static int bring_up(struct te4xx *te)
{
	int ret;

	if (te->model->pcie)
		reset_framer(te);
	te->dmactrl = te->model->gen < 4 ? TE_DMACTRL_NO_BURST : 0;
	te4xx_write(te, TE_DMACTRL, 0);
	te4xx_write(te, TE_LEDS, 0);
	reset_interchange(te);
	te4xx_write(te, TE_INTR, 0);
	ret = wait_for_auth(te);
	if (ret)
		return ret;
	te4xx_write(te, TE_LEDS, 0xff);
	te4xx_read(te, TE_VERSION);
	udelay(100);
	te4xx_write(te, TE_LEDS, TE_LEDS_ACTIVE);
	te4xx_read(te, TE_VERSION);
	udelay(100);
	init_chip(te);
	te4xx_write(te, TE_GPIO, 0);
	te4xx_write(te, TE_GPIOCTL, 0x20000);
	te4xx_write(te, TE_GPIOCTL, 0x200ff);
	te4xx_write(te, TE_DMACTRL, te->dmactrl);
	return READ_ONCE(te->gone) ? -ENODEV : 0;
}

static void shut_down(struct te4xx *te)
{
	unsigned long flags;

	spin_lock_irqsave(&te->lock, flags);
	te4xx_dma_stop(te);
	te4xx_write(te, TE_RDADDR, 0);
	te4xx_write(te, TE_WRADDR, 0);
	te4xx_write(te, TE_LEDS, 0);
	te4xx_read(te, TE_VERSION);
	spin_unlock_irqrestore(&te->lock, flags);
}

/* Nothing held. The card is unknown to the core: neither interrupt nor service is there any more. */
static void silence(struct te4xx *te)
{
	shut_down(te);
	devm_free_irq(&te->pdev->dev, te->pdev->irq, te);
	cancel_work_sync(&te->service);
}

/* --- presence ----------------------------------------------------------------------------------- */

/*
 * Nothing held. From remove(), or from the watch of a card that is gone: whoever comes first. Without its interrupt
 * nobody but the ops, which have ended by then, asks for the watch again.
 */
static void withdraw(struct te4xx *te)
{
	if (!test_and_clear_bit(0, &te->shown))
		return;
	tdm_card_unregister(te->card);
	silence(te);
}

static void watch(struct work_struct *work)
{
	struct te4xx *te = container_of(work, struct te4xx, watch.work);

	if (te4xx_present(te)) {
		schedule_delayed_work(&te->watch, WATCH_PERIOD);
		return;
	}
	/* It was asked for once more while it was here. */
	if (!test_bit(0, &te->shown))
		return;
	dev_err(&te->pdev->dev, "the card does not answer any more: it is taken as removed\n");
	withdraw(te);
}

/* --- the framers' service ------------------------------------------------------------------------ */

/* Of all cards. Unbound: wherever there is time. */
static struct workqueue_struct *te4xx_queue;

void te4xx_call_service(struct te4xx *te)
{
	queue_work(te4xx_queue, &te->service);
}

/* --- probe and remove --------------------------------------------------------------------------- */

static const struct tdm_card_ops card_ops = {
	.owner = THIS_MODULE,
	.set_clock = te4xx_set_clock,
	.reload = te4xx_reload,
};

/* The error, said. For want of memory too, of which dev_err_probe() says nothing in newer kernels. */
static int refuse(struct pci_dev *pdev, int error, const char *why)
{
	dev_err(&pdev->dev, "%s (error %d)\n", why, -error);
	return error;
}

static void put_card(void *card)
{
	tdm_card_put(card);
}

static struct te4xx *alloc_card(struct pci_dev *pdev, const struct te4xx_model *model)
{
	u32 tx_blocks = model->gen < 5 ? 1 : TE4XX_RING;
	struct tdm_card *card;
	struct te4xx *te;
	int ret;

	card = tdm_card_alloc(&pdev->dev, &card_ops, "te", pci_name(pdev), model->ports, tx_blocks,
			      sizeof(*te));
	if (IS_ERR(card))
		return ERR_CAST(card);
	ret = devm_add_action_or_reset(&pdev->dev, put_card, card);
	if (ret)
		return ERR_PTR(ret);
	te = tdm_card_priv(card);
	te->card = card;
	te->pdev = pdev;
	te->model = model;
	tdm_reg_lock_init(&te->lock);
	INIT_WORK(&te->service, te4xx_serve);
	INIT_DELAYED_WORK(&te->watch, watch);
	tdm_card_set_identity(card, model->name, NULL);
	te4xx_ring_init(te);
	tdm_card_set_lead(card, te->ring.lead * TDM_BLOCK_FRAMES, 0);
	return te;
}

static int map_card(struct te4xx *te)
{
	struct pci_dev *pdev = te->pdev;
	int ret;

	ret = te4xx_fails(TE4XX_CALL_ENABLE) ?: pcim_enable_device(pdev);
	if (ret)
		return refuse(pdev, ret, "the card cannot be enabled");
	if (pci_resource_len(pdev, 0) < TE_BAR_MIN) {
		dev_err(&pdev->dev, "BAR 0 is too small for this card\n");
		return -ENODEV;
	}
	ret = te4xx_fails(TE4XX_CALL_MAP) ?: pcim_iomap_regions(pdev, BIT(0), KBUILD_MODNAME);
	if (ret)
		return refuse(pdev, ret, "its registers cannot be mapped");
	te->regs = pcim_iomap_table(pdev)[0];
	ret = te4xx_fails(TE4XX_CALL_MASK) ?: dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(32));
	if (ret)
		return refuse(pdev, ret, "it cannot reach memory below 4 GiB");
	pci_set_master(pdev);
	if (te4xx_read(te, TE_VERSION) >> 16 != TE_VERSION_MAGIC) {
		dev_err(&pdev->dev, "its version register holds %#x: no card that this driver knows\n",
			te4xx_read(te, TE_VERSION));
		return -ENODEV;
	}
	ret = te4xx_fails(TE4XX_CALL_DMA) ?: te4xx_dma_alloc(te);
	if (ret)
		return refuse(pdev, ret, "there is no memory for its blocks");
	return 0;
}

/* The jumpers say what a port is until somebody configures it. */
static void first_config(struct tdm_span_config *config, bool e1)
{
	*config = (struct tdm_span_config) {
		.type = e1 ? TDM_TYPE_E1 : TDM_TYPE_T1,
		.framing = e1 ? TDM_FRAMING_CRC4 : TDM_FRAMING_ESF,
		.line_code = e1 ? TDM_CODE_HDB3 : TDM_CODE_B8ZS,
		.signalling = TDM_SIGNALLING_CCS,
		.fail_declare_ms = 2500,
		.fail_clear_ms = 10000,
	};
}

static int init_ports(struct te4xx *te)
{
	u32 jumpers = te4xx_read(te, TE_LEDS) >> TE_LEDS_JUMPERS & 0x0f;
	struct tdm_span_config config;
	unsigned int i;
	int ret = 0;

	if (te4xx_octal(te))
		jumpers |= (te4xx_read(te, TE_LEDS2) >> TE_LEDS_JUMPERS & 0x0f) << 4;
	for (i = 0; i < TE4XX_PORTS; i++) {
		struct te4xx_port *port = &te->port[i];

		first_config(&config, jumpers & BIT(i));
		port->te = te;
		port->line = (struct te4xx_line) {
			.type = config.type, .framing = config.framing,
			.line_code = config.line_code, .signalling = config.signalling,
			.unit = i, .octal = te4xx_octal(te),
		};
		if (i >= te->model->ports)
			continue;
		port->span = tdm_card_span(te->card, i + 1);
		ret = tdm_card_init_port(te->card, i + 1, &te4xx_span_ops, &config,
					 BIT(TDM_TYPE_E1) | BIT(TDM_TYPE_T1) | BIT(TDM_TYPE_J1), port);
		if (ret)
			break;
	}
	return ret;
}

static int probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct te4xx *te = alloc_card(pdev, &models[id->driver_data]);
	char refused[TDM_REASON_LEN];
	int ret;

	if (IS_ERR(te))
		return refuse(pdev, PTR_ERR(te), "the card cannot be set up");
	pci_set_drvdata(pdev, te);
	ret = map_card(te);
	if (ret)
		return ret;
	ret = init_ports(te);
	if (ret)
		return ret;
	ret = te4xx_firmware_init(te, refused);
	if (ret)
		return refuse(pdev, ret, "its line profiles cannot be kept");
	ret = bring_up(te);
	if (ret)
		goto quiet;
	ret = te4xx_fails(TE4XX_CALL_IRQ) ?:
	      devm_request_irq(&pdev->dev, pdev->irq, te4xx_interrupt, IRQF_SHARED, KBUILD_MODNAME, te);
	if (ret) {
		refuse(pdev, ret, "its interrupt cannot be had");
		goto quiet;
	}
	ret = te4xx_fails(TE4XX_CALL_REGISTER) ?: tdm_card_register(te->card);
	if (ret) {
		refuse(pdev, ret, "it cannot be registered");
		goto silent;
	}
	set_bit(0, &te->shown);
	if (refused[0])
		tdm_card_notice(te->card, refused);
	schedule_delayed_work(&te->watch, WATCH_PERIOD);
	return 0;

silent:
	silence(te);
	return ret;
quiet:
	shut_down(te);
	return ret;
}

static void remove(struct pci_dev *pdev)
{
	struct te4xx *te = pci_get_drvdata(pdev);

	cancel_delayed_work_sync(&te->watch);
	withdraw(te);
	/* Until then an interrupt may have asked for it. If it was the first to withdraw, this waits for it. */
	cancel_delayed_work_sync(&te->watch);
}

/* --- sleep -------------------------------------------------------------------------------------- */

static int te4xx_suspend(struct device *dev)
{
	struct te4xx *te = dev_get_drvdata(dev);

	WRITE_ONCE(te->asleep, true);
	synchronize_irq(te->pdev->irq);
	cancel_work_sync(&te->service);
	cancel_delayed_work_sync(&te->watch);
	shut_down(te);
	te->slept = ktime_get_boottime_ns();
	return 0;
}

/* What the lines carried meanwhile is a gap in the frame numbers. */
static void count_sleep(struct te4xx *te)
{
	u64 ms = div_u64(ktime_get_boottime_ns() - te->slept, NSEC_PER_MSEC);

	if (te->running)
		te->frame += ms * TDM_BLOCK_FRAMES;
}

static int te4xx_resume(struct device *dev)
{
	struct te4xx *te = dev_get_drvdata(dev);
	unsigned long flags;
	int ret;

	/* Gone before it slept, and withdrawn: nothing is left to wake. */
	if (READ_ONCE(te->gone))
		return 0;
	count_sleep(te);
	WRITE_ONCE(te->asleep, false);
	ret = bring_up(te);
	schedule_delayed_work(&te->watch, 0);
	if (ret)
		return ret;
	tdm_card_restore(te->card);
	spin_lock_irqsave(&te->lock, flags);
	te4xx_leds(te);
	if (te->running)
		te4xx_dma_start(te);
	spin_unlock_irqrestore(&te->lock, flags);
	te4xx_call_service(te);
	return 0;
}

static DEFINE_SIMPLE_DEV_PM_OPS(pm_ops, te4xx_suspend, te4xx_resume);

static struct pci_driver te4xx_driver = {
	.name = KBUILD_MODNAME,
	.id_table = ids,
	.probe = probe,
	.remove = remove,
	.driver.pm = pm_sleep_ptr(&pm_ops),
};

static int __init te4xx_init(void)
{
	int ret;

	te4xx_queue = alloc_workqueue("te4xx", WQ_UNBOUND | WQ_HIGHPRI, 0);
	if (!te4xx_queue)
		return -ENOMEM;
	ret = pci_register_driver(&te4xx_driver);
	if (ret)
		destroy_workqueue(te4xx_queue);
	return ret;
}

static void __exit te4xx_exit(void)
{
	pci_unregister_driver(&te4xx_driver);
	destroy_workqueue(te4xx_queue);
}

module_init(te4xx_init);
module_exit(te4xx_exit);
MODULE_DESCRIPTION("opentdm: Digium TE2xx, TE4xx and TE820 cards");
MODULE_AUTHOR("The opentdm project");
MODULE_LICENSE("GPL");

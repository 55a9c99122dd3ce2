// SPDX-License-Identifier: GPL-2.0-only
/*
 * Line profiles from a file.
 *
 * The file is optional: without it, or with one that is refused, the built-in profiles are used, which are
 * made of the same text. An image is replaced as a whole under the card register lock; what a port needs of
 * it is copied under that lock too, so no line is ever programmed half from one and half from another.
 */
#include <linux/firmware.h>
#include <linux/module.h>
#include <linux/slab.h>
#include "fail.h"
#include "te4xx.h"

/* What an initramfs that has the module must have too. */
MODULE_FIRMWARE(TE4XX_PROFILE_FILE);

/* @image: the driver's own memory, or NULL for the built-in one. */
static void use(struct te4xx *te, u8 *image)
{
	unsigned long flags;
	u8 *old;

	spin_lock_irqsave(&te->lock, flags);
	old = te->profile_copy;
	te->profile_copy = image;
	te->profiles = image ?: te4xx_profile_default;
	spin_unlock_irqrestore(&te->lock, flags);
	kfree(old);
	dev_info(&te->pdev->dev, "line profiles: %s\n", image ? TE4XX_PROFILE_FILE : "built in");
}

/*
 * A copy: whoever asks for a file of which somebody still holds the struct firmware gets what that has, and not
 * what is in the file by now.
 */
static int take_over(struct te4xx *te, const struct firmware *file, const char **sentence)
{
	u8 *image;
	int ret;

	ret = te4xx_profile_check(file->data, file->size, sentence);
	if (ret)
		return ret;
	image = kmemdup(file->data, file->size, GFP_KERNEL);
	if (!image) {
		*sentence = "there is no memory for it";
		return -ENOMEM;
	}
	use(te, image);
	return 0;
}

/*
 * From now on the profiles of the file, or the built-in ones where there is none. Otherwise what is in
 * use stays, and a negative errno and a sentence in @why.
 */
static int load(struct te4xx *te, char *why)
{
	const struct firmware *file;
	const char *sentence;
	int ret;

	/* Asks nobody in user space and logs nothing: that there is no file is the normal case. */
	ret = te4xx_fails(TE4XX_CALL_FIRMWARE) ?:
	      request_firmware_direct(&file, TE4XX_PROFILE_FILE, &te->pdev->dev);
	if (ret == -ENOENT) {
		use(te, NULL);
		return 0;
	}
	if (ret) {
		snprintf(why, TDM_REASON_LEN, TE4XX_PROFILE_FILE ": it cannot be read (error %d)",
			 -ret);
		return ret;
	}
	ret = take_over(te, file, &sentence);
	release_firmware(file);
	if (ret)
		snprintf(why, TDM_REASON_LEN, TE4XX_PROFILE_FILE ": %s", sentence);
	return ret;
}

/* The device's last: no port is up, no op runs. */
static void release(void *data)
{
	struct te4xx *te = data;

	kfree(te->profile_copy);
}

int te4xx_firmware_init(struct te4xx *te, char *refused)
{
	refused[0] = '\0';
	te->profiles = te4xx_profile_default;
	if (load(te, refused))
		dev_err(&te->pdev->dev, "%s; the built-in line profiles are used\n", refused);
	return devm_add_action_or_reset(&te->pdev->dev, release, te);
}

int te4xx_reload(struct tdm_card *card, struct netlink_ext_ack *extack)
{
	struct te4xx *te = tdm_card_priv(card);
	char why[TDM_REASON_LEN];
	int ret;

	if (READ_ONCE(te->gone)) {
		NL_SET_ERR_MSG(extack, TE4XX_NO_ANSWER);
		return -ENODEV;
	}
	ret = load(te, why);
	if (ret) {
		dev_err(&te->pdev->dev, "%s; nothing is changed\n", why);
		tdm_extack(extack, "%s", why);
	}
	return ret;
}

bool te4xx_firmware_renew(struct te4xx_port *port)
{
	struct te4xx_line *line = &port->line;
	struct te4xx_writes writes = { };
	unsigned long flags;

	spin_lock_irqsave(&port->te->lock, flags);
	/* One of the two has it: configure() refuses a line that the built-in ones do not know. */
	if (!te4xx_profile_copy(port->te->profiles, line->type, line->lbo, &writes))
		te4xx_profile_copy(te4xx_profile_default, line->type, line->lbo, &writes);
	spin_unlock_irqrestore(&port->te->lock, flags);
	if (!memcmp(&line->interface, &writes, sizeof(writes)))
		return false;
	line->interface = writes;
	return true;
}

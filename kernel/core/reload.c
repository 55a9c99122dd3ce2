// SPDX-License-Identifier: GPL-2.0-only
/*
 * A card's firmware files, read again while its spans run.
 *
 * The driver first takes the files over for the card as a whole. Then each span that is up is told under
 * its own mutex, so that nothing else happens to its line meanwhile. A span that starts between the two
 * has the new files already; to be told once more does nothing to it.
 *
 * A mutex of its own, and not the clock's: a slow disk must not keep the card from another clock.
 */
#include "core.h"

void tdm_reload_init(struct tdm_card *card)
{
	mutex_init(&card->reload_lock);
	tdm_lock_class(&card->reload_lock, TDM_LOCK_CARD_RELOAD);
}

void tdm_reload_stop(struct tdm_card *card)
{
	mutex_lock(&card->reload_lock);
	card->withdrawn = true;
	mutex_unlock(&card->reload_lock);
}

static void renew(struct tdm_span *span)
{
	mutex_lock(&span->lock);
	if (!span->gone && span->state == TDM_SPAN_UP && span->ops->renew)
		span->ops->renew(span);
	mutex_unlock(&span->lock);
}

int tdm_card_reload(struct tdm_card *card, struct netlink_ext_ack *extack)
{
	bool refused = false;
	unsigned int i;
	int ret;

	mutex_lock(&card->reload_lock);
	if (card->withdrawn) {
		NL_SET_ERR_MSG(extack, "the card is gone");
		ret = -ENODEV;
	} else if (!card->ops->reload) {
		NL_SET_ERR_MSG(extack, "the card has no firmware that can be read again");
		ret = -EOPNOTSUPP;
	} else {
		ret = card->ops->reload(card, extack);
		refused = ret;
		for (i = 0; !ret && i < card->ports; i++)
			renew(&card->spans[i]);
	}
	mutex_unlock(&card->reload_lock);
	if (refused && extack && extack->_msg)
		tdm_card_notice(card, extack->_msg);
	return ret;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * sysfs class "opentdm": a device a card (te0) and, below it, one a span (te0:1). Documented, and from then
 * on stable, in docs/ABI-sysfs.md. Read-only: changes go through netlink.
 *
 * The devices are only looked at from outside: their attributes take the locks that a snapshot takes, and
 * tdm_sysfs_del() is called with nothing held, because it waits for them.
 */
#include <linux/device.h>
#include <linux/sysfs.h>
#include "core.h"

static const char *const type_names[] = { "e1", "t1", "j1" };
static const char *const framing_names[] = { "unframed", "fas", "crc4", "d4", "esf" };
static const char *const code_names[] = { "ami", "hdb3", "b8zs" };
static const char *const signalling_names[] = { "none", "ccs", "cas" };
static const char *const loop_names[] = { "none", "local", "line", "payload" };
static const char *const clock_names[] = { "internal", "locked", "holdover" };
static const char *const alarm_names[] = { "los", "lfa", "ais", "rai", "lmfa" };

static ssize_t put_alarms(char *buf, u32 alarms)
{
	unsigned int i;
	int len = 0;

	for (i = 0; i < ARRAY_SIZE(alarm_names); i++)
		if (alarms & BIT(i))
			len += sysfs_emit_at(buf, len, "%s%s", len ? " " : "", alarm_names[i]);
	return len + sysfs_emit_at(buf, len, "\n");
}

/* --- cards -------------------------------------------------------------------------------------- */

#define CARD_ATTR(name, format, value)								\
static ssize_t name##_show(struct device *dev, struct device_attribute *attr, char *buf)	\
{												\
	struct tdm_card_info info;								\
												\
	tdm_card_snapshot(dev_get_drvdata(dev), &info);						\
	return sysfs_emit(buf, format "\n", value);						\
}												\
static struct device_attribute card_##name = __ATTR_RO(name)

CARD_ATTR(id, "%u", info.id);
CARD_ATTR(model, "%s", info.model);
CARD_ATTR(serial, "%s", info.serial);
CARD_ATTR(ports, "%u", info.ports);
CARD_ATTR(clock_state, "%s", clock_names[info.clock_state]);
CARD_ATTR(clock_port, "%u", info.clock_port);
CARD_ATTR(clock_changes, "%llu", info.clock_changes);
CARD_ATTR(rx_frame, "%llu", info.rx_frame);
CARD_ATTR(ticks, "%llu", info.ticks);
CARD_ATTR(late_ticks, "%llu", info.late_ticks);
CARD_ATTR(bad_ticks, "%llu", info.bad_ticks);
CARD_ATTR(gaps, "%llu", info.gaps);
CARD_ATTR(rx_gap_frames, "%llu", info.rx_gap_frames);
CARD_ATTR(tx_gap_frames, "%llu", info.tx_gap_frames);

static struct attribute *card_attrs[] = {
	&card_id.attr, &card_model.attr, &card_serial.attr, &card_ports.attr,
	&card_clock_state.attr, &card_clock_port.attr, &card_clock_changes.attr,
	&card_rx_frame.attr, &card_ticks.attr, &card_late_ticks.attr, &card_bad_ticks.attr,
	&card_gaps.attr, &card_rx_gap_frames.attr, &card_tx_gap_frames.attr,
	NULL
};
ATTRIBUTE_GROUPS(card);

/* --- spans -------------------------------------------------------------------------------------- */

#define SPAN_SHOW(name, what)									\
static ssize_t name##_show(struct device *dev, struct device_attribute *attr, char *buf)	\
{												\
	struct tdm_span_info info;								\
												\
	tdm_span_snapshot(dev_get_drvdata(dev), &info);						\
	return what;										\
}												\
static struct device_attribute span_##name = __ATTR_RO(name)
#define SPAN_ATTR(name, format, value) SPAN_SHOW(name, sysfs_emit(buf, format "\n", value))

SPAN_ATTR(port, "%u", info.port);
SPAN_ATTR(type, "%s", type_names[info.config.type]);
SPAN_ATTR(framing, "%s", framing_names[info.config.framing]);
SPAN_ATTR(line_code, "%s", code_names[info.config.line_code]);
SPAN_ATTR(signalling, "%s", signalling_names[info.config.signalling]);
SPAN_ATTR(loopback, "%s", loop_names[info.config.loopback]);
SPAN_ATTR(state, "%s", info.state == TDM_SPAN_UP ? "up" : "down");
SPAN_ATTR(stalled, "%u", info.stalled);
SPAN_ATTR(sending_rai, "%u", info.rai_sent);
SPAN_ATTR(slots, "0x%08x", info.slots);
SPAN_ATTR(slots_in_use, "0x%08x", info.tx_slots);
SPAN_ATTR(event_seq, "%llu", info.event_seq);
SPAN_ATTR(slips, "%llu", info.slips);
SPAN_ATTR(reports_lost, "%llu", info.reports_lost);
SPAN_SHOW(defects, put_alarms(buf, info.defects));
SPAN_SHOW(failures, put_alarms(buf, info.failures));

static struct attribute *span_attrs[] = {
	&span_port.attr, &span_type.attr, &span_framing.attr, &span_line_code.attr,
	&span_signalling.attr, &span_loopback.attr, &span_state.attr, &span_stalled.attr,
	&span_sending_rai.attr, &span_slots.attr, &span_slots_in_use.attr, &span_event_seq.attr,
	&span_slips.attr, &span_reports_lost.attr, &span_defects.attr, &span_failures.attr,
	NULL
};
ATTRIBUTE_GROUPS(span);

/* --- class -------------------------------------------------------------------------------------- */

static struct class tdm_class = { .name = "opentdm" };

static int add_span(struct tdm_card *card, struct tdm_span *span)
{
	struct device *dev = device_create_with_groups(&tdm_class, card->dev, 0, span, span_groups,
						       "%s:%u", card->name, span->port);

	if (IS_ERR(dev))
		return PTR_ERR(dev);
	span->dev = dev;
	return 0;
}

int tdm_sysfs_add(struct tdm_card *card)
{
	struct device *dev;
	unsigned int i;
	int ret;

	dev = device_create_with_groups(&tdm_class, card->parent, 0, card, card_groups, "%s",
					card->name);
	if (IS_ERR(dev))
		return PTR_ERR(dev);
	card->dev = dev;
	for (i = 0; i < card->ports; i++) {
		ret = add_span(card, &card->spans[i]);
		if (ret) {
			tdm_sysfs_del(card);
			return ret;
		}
	}
	return 0;
}

void tdm_sysfs_del(struct tdm_card *card)
{
	unsigned int i;

	for (i = 0; i < card->ports; i++) {
		if (card->spans[i].dev)
			device_unregister(card->spans[i].dev);
		card->spans[i].dev = NULL;
	}
	if (card->dev)
		device_unregister(card->dev);
	card->dev = NULL;
}

int tdm_sysfs_init(void)
{
	return class_register(&tdm_class);
}

void tdm_sysfs_exit(void)
{
	class_unregister(&tdm_class);
}

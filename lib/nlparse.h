/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Netlink attributes to the plain structures of tdm.h. Pure: no socket, so that it can be fuzzed.
 *
 * Each takes the attributes of one message, @len octets at @head, aligned to 4, and fills *out.
 * Attributes that we do not know are skipped: the kernel may be newer. -EBADMSG: what is needed to
 * know what the object is lacks, or an attribute has the wrong length; *out is then undefined.
 */
#ifndef LIBTDM_NLPARSE_H
#define LIBTDM_NLPARSE_H

#include "tdm.h"

struct nlattr;

int tdm_nlp_card(const struct nlattr *head, int len, struct tdm_card_info *out);
int tdm_nlp_span(const struct nlattr *head, int len, struct tdm_span_info *out);
int tdm_nlp_slot(const struct nlattr *head, int len, struct tdm_slot_info *out);
int tdm_nlp_connect(const struct nlattr *head, int len, struct tdm_connect_info *out);
int tdm_nlp_counters(const struct nlattr *head, int len, struct tdm_counters *out);
int tdm_nlp_totals(const struct nlattr *head, int len, struct tdm_totals *out);
int tdm_nlp_virt_port(const struct nlattr *head, int len, struct tdm_virt_port *out);

/* An event of command @cmd: 1 and *out, 0 for one that we do not know, or -EBADMSG. */
int tdm_nlp_news(unsigned int cmd, const struct nlattr *head, int len, struct tdm_news *out);

/*
 * What the kernel says in its NLMSG_ERROR or NLMSG_DONE: @len octets of TLVs. The sentence is
 * copied to @text, empty when there is none; *attr is the offset of the blamed attribute in the
 * request, or -1; *missing the type of a missing one, or -1.
 */
void tdm_nlp_extack(const struct nlattr *head, int len, char *text, size_t size, int *attr,
		    int *missing);

#endif

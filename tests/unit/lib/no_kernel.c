// SPDX-License-Identifier: GPL-2.0-or-later
/* What main.c gives the commands: none of the tests here runs one. */
#include <errno.h>

#include "tools/ctl.h"

int ctl_nl(struct ctl *c)
{
	return tdm_error_set(&c->e, -ENOENT, "there is no kernel in a unit test");
}

int ctl_addr(struct ctl *c, const char *word, enum tdm_addr_parts least, enum tdm_addr_parts most,
	     struct tdm_addr *addr, uint32_t *card)
{
	(void)card;
	return tdm_addr_parse(word, least, most, addr, &c->e) ? CTL_USAGE : ctl_nl(c);
}

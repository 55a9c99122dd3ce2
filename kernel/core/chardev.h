/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /dev/tdm: what main.c and event.c see of it.
 */
#ifndef TDM_CHARDEV_H
#define TDM_CHARDEV_H

/* Module init and exit; after exit no descriptor exists, since each holds the module. May sleep. */
int tdm_chardev_init(void);
void tdm_chardev_exit(void);

#endif /* TDM_CHARDEV_H */

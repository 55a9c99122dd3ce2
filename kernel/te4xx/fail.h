/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fail points, in kernels with fault injection only: a call of the PCI, DMA, interrupt or firmware layer, or of the core, that
 * is not made and gives its error instead.
 *
 *	cat /sys/module/tdm_te4xx/parameters/fail		which there are
 *	echo irq > /sys/module/tdm_te4xx/parameters/fail	the next such call fails, once
 */
#ifndef TE4XX_FAIL_H
#define TE4XX_FAIL_H

enum te4xx_call {
	TE4XX_CALL_NONE, TE4XX_CALL_ENABLE, TE4XX_CALL_MAP, TE4XX_CALL_MASK, TE4XX_CALL_DMA,
	TE4XX_CALL_FIRMWARE, TE4XX_CALL_IRQ, TE4XX_CALL_REGISTER
};

#ifdef CONFIG_FAULT_INJECTION
/* The error that this call is to give, or 0: it is made. Any context. */
int te4xx_fails(enum te4xx_call call);
#else
static inline int te4xx_fails(enum te4xx_call call)
{
	return 0;
}
#endif

#endif /* TE4XX_FAIL_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Registers of the cards and of their framers. BAR0 registers are 32 bits wide and named TE_; framer
 * registers have 8 bits, one set per port, and are named FR_. Some mean different things for read and write, in T1 and in E1.
 */
#ifndef TE4XX_REGS_H
#define TE4XX_REGS_H

#define TE_RDADDR		0x00	/* where the card stores what it received */
#define TE_WRADDR		0x04	/* where it fetches what it sends */
#define TE_DMACTRL		0x0c
#define TE_DMACTRL_RUN		0xc0000000
#define TE_DMACTRL_RCLK		0x20000000	/* clocked by the framer's recovered clock */
#define TE_DMACTRL_NO_BURST	0x04000000
#define TE_DMACTRL_TSI		0x00004000	/* slot interchange: strobe, destination, source */
#define TE_DMACTRL_TSI_TO	7
#define TE_DMACTRL_TSI_TO7	0x00008000	/* eighth bit of the destination, on cards of eight ports */
#define TE_INTR			0x10
#define TE_INTR_FRAMER		0x00000001
#define TE_INTR_DMA		0x00000002
#define TE_INTR_OURS		0x00000007
#define TE_INTR_IDENT		16		/* generation 5: milliseconds modulo 128 */
#define TE_INTR_IDENT_MASK	0x7f
#define TE_INTR_SEED		0x0000000c
#define TE_RING			0x14	/* write: ms per interrupt << 16 | blocks; read: index << 8 */
#define TE_RING_INDEX		8
#define TE_RING_INDEX_MASK	0x7f
#define TE_VERSION		0x18
#define TE_VERSION_MAGIC	0xc01a		/* upper half */
#define TE_LEDS			0x1c
#define TE_LEDS_ACTIVE		0x00001000	/* framer out of reset */
#define TE_LEDS_JUMPERS		8
#define TE_LEDS_SWITCH		28
#define TE_GPIOCTL		0x20
#define TE_GPIO			0x24
#define TE_LADDR		0x28
#define TE_LADDR_PORT		8
#define TE_LADDR_SELECT		0x00000400
#define TE_LADDR_LOW		0x00004000	/* ports 1 to 4 */
#define TE_LADDR_READ		0x00008000
#define TE_LADDR_WRITE		0x00010000
#define TE_LDATA		0x2c
#define TE_LEDS2		0x30	/* ports 5 to 8 */
#define TE_LEDS2_AUTH		0x00100000
#define TE_LEDS2_AUTH_DONE	0x00001000
#define TE_BAR_MIN		0x34

#define FR_CMDR			0x02
#define FR_IPC			0x08
#define FR_IMR0			0x14
#define FR_IMR2			0x16
#define FR_IMR3			0x17
#define FR_FMR0			0x1c
#define FR_FMR1			0x1d
#define FR_FMR2			0x1e
#define FR_FMR2_PLB		0x04
#define FR_XSW			0x20	/* T1: FMR4 */
#define FR_XSW_XRA		0x20	/* RAI is sent */
#define FR_XSP			0x21	/* T1: FMR5 */
#define FR_CCB1			0x2f
#define FR_LIM0			0x36
#define FR_LIM0_LL		0x02
#define FR_LIM1			0x37
#define FR_LIM1_RL		0x02
#define FR_CMR1_EIGHT		0x42	/* source of the recovered clock, OctalFALC */
#define FR_CMR1			0x44	/* the same, QuadFALC */
#define FR_VSTR			0x4a
#define FR_VSTR_31		0x20
#define FR_FRS0			0x4c
#define FR_FRS0_LOS		0x80
#define FR_FRS0_AIS		0x40
#define FR_FRS0_LFA		0x20
#define FR_FRS0_RRA		0x10
#define FR_FRS0_LMFA		0x02
#define FR_FRS1			0x4d
#define FR_FRS1_TS16LFA		0x08	/* E1 */
#define FR_FEC			0x50	/* counters: two octets each, the low one first */
#define FR_CVC			0x52
#define FR_CEC			0x54
#define FR_EBC			0x56
#define FR_ISR0			0x68
#define FR_ISR0_CASC		0x08
#define FR_ISR2_LFA		0x40	/* these begin; ends have causes of their own, or none */
#define FR_ISR2_AIS		0x08
#define FR_ISR2_LOS		0x04
#define FR_ISR2_RA		0x01
#define FR_ISR3_SEC		0x40
#define FR_ISR3_RSN		0x02	/* the line is faster than the bus: a frame was left out */
#define FR_ISR3_RSP		0x01	/* slower: one was repeated */
#define FR_ISR4_XSP		0x80	/* the same of what is sent: left out */
#define FR_ISR4_XSN		0x40	/* repeated */
#define FR_ISRS			5
#define FR_GIS			0x6e
#define FR_CIS			0x6f
#define FR_XS1			0x70	/* write: sent, read: received signalling */
#define FR_XS_NUM		16
#define FR_COMPAT		0xd6

#endif /* TE4XX_REGS_H */

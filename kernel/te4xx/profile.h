/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Line profiles: what the framer of a TE2xx/TE4xx card is told for one type of line and one build-out.
 *
 * An image holds one profile for each. firmware/ compiles the text files there into the image that is
 * installed, and into te4xx_profile_default[], which the module carries. Pure logic, with the rules of
 * kernel/core/pure/pure.h: nothing is allocated, no lock is taken, any context will do.
 *
 *	 0  "TDMLINE" and a NUL
 *	 8  u16 version			10  u16 profiles, 1..TE4XX_PROFILES_MAX
 *	12  u32 octets of the image, all of them
 *	16  the profiles, one after the other:
 *		0  name, TE4XX_PROFILE_NAME octets, filled up with NUL
 *		16 u8 type, enum tdm_type	17  u8 build-out, tdm_span_config.lbo
 *		18 u8 writes, 1..TE4XX_WRITES_MAX	19  u8 0
 *		20 the writes, in their order: u8 register, u8 value, u8 when
 *	end - 4  u32 CRC-32 (IEEE 802.3 3.2.9) of all that is before it
 *
 * Numbers are little endian.
 */
#ifndef TE4XX_PROFILE_H
#define TE4XX_PROFILE_H

#include "../core/pure/pure.h"

#define TE4XX_PROFILE_MAGIC	"TDMLINE"
#define TE4XX_PROFILE_VERSION	1u
#define TE4XX_PROFILE_FILE	"opentdm/te4xx-lines.bin"

#define TE4XX_PROFILE_HEADER	16u
#define TE4XX_PROFILE_RECORD	20u	/* of a profile, before its writes */
#define TE4XX_PROFILE_WRITE	3u
#define TE4XX_PROFILE_CRC	4u
#define TE4XX_PROFILE_NAME	16u	/* with at least one NUL */
#define TE4XX_PROFILES_MAX	32u
#define TE4XX_WRITES_MAX	32u
#define TE4XX_PROFILE_IMAGE_MAX	\
	(TE4XX_PROFILE_HEADER + TE4XX_PROFILE_CRC + TE4XX_PROFILES_MAX * \
	 (TE4XX_PROFILE_RECORD + TE4XX_WRITES_MAX * TE4XX_PROFILE_WRITE))

enum te4xx_profile_when {
	TE4XX_WHEN_ALWAYS,
	TE4XX_WHEN_V31,		/* only on a framer of version 3.1: others do not have the register */
};

/* One profile, within an image that lives at least as long. */
struct te4xx_profile {
	const char *name;
	const u8 *writes;	/* te4xx_profile_write() */
	unsigned int count;
};

struct te4xx_write {
	u8 reg, value, when;
};

/* The writes of one profile, out of its image. */
struct te4xx_writes {
	u8 count;
	struct te4xx_write write[TE4XX_WRITES_MAX];	/* the rest: all 0 */
};

/* The image that is built in; te4xx_profile_check() has accepted it when it was made. */
extern const u8 te4xx_profile_default[];
extern const u32 te4xx_profile_default_len;

/*
 * Whether a profile may write @value to the framer's register @reg: only what shapes pulses and what
 * receives them, never what moves data, loops, interrupts or clocks. 0; -ERANGE, with a sentence in @why.
 */
int te4xx_profile_allowed(u8 reg, u8 value, const char **why);

/*
 * The whole of an image: 0, and te4xx_profile_find() may be used. Otherwise a sentence in @why and
 * -EBADMSG (cut short, damaged, none of ours), -EPROTONOSUPPORT (another version), -EINVAL (a profile
 * that contradicts itself or another one), -ERANGE (a register or a value that no profile may write).
 */
int te4xx_profile_check(const u8 *image, size_t len, const char **why);

/* The profile for @type and @lbo in an image that was checked; false when it has none. */
bool te4xx_profile_find(const u8 *image, u8 type, u8 lbo, struct te4xx_profile *found);

/* Write @n, below profile->count. */
struct te4xx_write te4xx_profile_write(const struct te4xx_profile *profile, unsigned int n);

/* The writes of the profile for @type and @lbo; false, and @to as it was, when the image has none. */
bool te4xx_profile_copy(const u8 *image, u8 type, u8 lbo, struct te4xx_writes *to);

/* Of the image's last octets, for whoever makes one. */
u32 te4xx_profile_crc(const u8 *data, size_t len);

#endif /* TE4XX_PROFILE_H */

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reader of line profiles. An image is a file that anybody may have put there: it is believed in
 * nothing before all of it was checked.
 */
#include "profile.h"

struct range {
	u8 first, last;
	u8 bits;	/* that a profile may set */
};

/* QuadFALC registers. A bit that is missing here loops the line or switches the transmitter off. */
static const struct range ranges[] = {
	{ 0x26, 0x27, 0xff },	/* XPM0, XPM1: pulse shape */
	{ 0x28, 0x28, 0x1f },	/* XPM2: the rest of it; 7..5 switch the transmitter */
	{ 0x36, 0x36, 0x08 },	/* LIM0: EQON, long haul; 1 is the local loop */
	{ 0x37, 0x37, 0xf0 },	/* LIM1: CLOS, threshold; 1 is the remote loop */
	{ 0x38, 0x39, 0xff },	/* PCD, PCR: zeros until LOS, ones until it is over */
	{ 0x3a, 0x3a, 0xe1 },	/* LIM2: build-out, slicer, LOS1 */
	{ 0x86, 0x86, 0x40 },	/* PC6: resistors of the transmitter */
	{ 0xbb, 0xbd, 0xff },	/* conditioning of the receiver */
};

int te4xx_profile_allowed(u8 reg, u8 value, const char **why)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ranges); i++) {
		if (reg < ranges[i].first || reg > ranges[i].last)
			continue;
		if (!(value & ~ranges[i].bits))
			return 0;
		*why = "a profile sets a bit that is not of the line interface";
		return -ERANGE;
	}
	*why = "a profile writes to a register that is not of the line interface";
	return -ERANGE;
}

static u16 get16(const u8 *p)
{
	return (u16)(p[0] | p[1] << 8);
}

static u32 get32(const u8 *p)
{
	return (u32)get16(p) | (u32)get16(p + 2) << 16;
}

u32 te4xx_profile_crc(const u8 *data, size_t len)
{
	u32 crc = U32_MAX;
	unsigned int bit;

	while (len--) {
		crc ^= *data++;
		for (bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
	}
	return ~crc;
}

static size_t record_len(const u8 *record)
{
	return TE4XX_PROFILE_RECORD + record[18] * TE4XX_PROFILE_WRITE;
}

static int bad(const char **why, int err, const char *sentence)
{
	*why = sentence;
	return err;
}

static int check_name(const u8 *name, const char **why)
{
	unsigned int i, n = 0;

	while (n < TE4XX_PROFILE_NAME && name[n] > ' ' && name[n] < 0x7f)
		n++;
	if (!n || n == TE4XX_PROFILE_NAME)
		return bad(why, -EINVAL, "a profile has no proper name");
	for (i = n; i < TE4XX_PROFILE_NAME; i++)
		if (name[i])
			return bad(why, -EINVAL, "a profile has no proper name");
	return 0;
}

/* @left octets are left for the profile and all that follow. */
static int check_record(const u8 *record, size_t left, const char **why)
{
	const u8 *write;
	unsigned int i;
	int ret;

	if (left < TE4XX_PROFILE_RECORD)
		return bad(why, -EBADMSG, "the image ends within a profile");
	ret = check_name(record, why);
	if (ret)
		return ret;
	if (record[16] > TDM_TYPE_J1)
		return bad(why, -EINVAL, "a profile is for no type of line that exists");
	if (record[17] > OPENTDM_LBO_MAX)
		return bad(why, -EINVAL, "a profile is for no build-out that exists");
	if (!record[18] || record[18] > TE4XX_WRITES_MAX)
		return bad(why, -EINVAL, "a profile writes nothing, or too much");
	if (record[19])
		return bad(why, -EINVAL, "a profile has something where nothing belongs");
	if (left < record_len(record))
		return bad(why, -EBADMSG, "the image ends within a profile");
	write = record + TE4XX_PROFILE_RECORD;
	for (i = 0; i < record[18]; i++, write += TE4XX_PROFILE_WRITE) {
		if (write[2] > TE4XX_WHEN_V31)
			return bad(why, -EINVAL, "a profile has a condition that does not exist");
		ret = te4xx_profile_allowed(write[0], write[1], why);
		if (ret)
			return ret;
	}
	return 0;
}

/* The first profile for this line; an image that was checked has at most one. */
static const u8 *find(const u8 *image, u8 type, u8 lbo)
{
	const u8 *record = image + TE4XX_PROFILE_HEADER;
	unsigned int i;

	for (i = 0; i < get16(image + 10); i++, record += record_len(record))
		if (record[16] == type && record[17] == lbo)
			return record;
	return NULL;
}

int te4xx_profile_check(const u8 *image, size_t len, const char **why)
{
	unsigned int i, count;
	const u8 *record;
	size_t left;
	int ret;

	if (len < TE4XX_PROFILE_HEADER + TE4XX_PROFILE_CRC)
		return bad(why, -EBADMSG, "the image is too short");
	if (memcmp(image, TE4XX_PROFILE_MAGIC, sizeof(TE4XX_PROFILE_MAGIC)))
		return bad(why, -EBADMSG, "the image is not one of line profiles");
	if (get16(image + 8) != TE4XX_PROFILE_VERSION)
		return bad(why, -EPROTONOSUPPORT, "the image has another version");
	if (len > TE4XX_PROFILE_IMAGE_MAX || get32(image + 12) != len)
		return bad(why, -EBADMSG, "the image has not the length that it says");
	left = len - TE4XX_PROFILE_CRC;
	if (te4xx_profile_crc(image, left) != get32(image + left))
		return bad(why, -EBADMSG, "the image is damaged: its checksum is wrong");
	count = get16(image + 10);
	if (!count || count > TE4XX_PROFILES_MAX)
		return bad(why, -EINVAL, "the image has no profiles, or too many");
	record = image + TE4XX_PROFILE_HEADER;
	left -= TE4XX_PROFILE_HEADER;
	for (i = 0; i < count; i++) {
		ret = check_record(record, left, why);
		if (ret)
			return ret;
		/* Up to here all records are sound, so that the search ends at this one. */
		if (find(image, record[16], record[17]) != record)
			return bad(why, -EINVAL, "two profiles are for the same line");
		left -= record_len(record);
		record += record_len(record);
	}
	if (left)
		return bad(why, -EINVAL, "something follows the last profile");
	return 0;
}

bool te4xx_profile_find(const u8 *image, u8 type, u8 lbo, struct te4xx_profile *found)
{
	const u8 *record = find(image, type, lbo);

	if (!record)
		return false;
	found->name = (const char *)record;
	found->writes = record + TE4XX_PROFILE_RECORD;
	found->count = record[18];
	return true;
}

struct te4xx_write te4xx_profile_write(const struct te4xx_profile *profile, unsigned int n)
{
	const u8 *p = profile->writes + n * TE4XX_PROFILE_WRITE;

	return (struct te4xx_write) { .reg = p[0], .value = p[1], .when = p[2] };
}

bool te4xx_profile_copy(const u8 *image, u8 type, u8 lbo, struct te4xx_writes *to)
{
	struct te4xx_profile profile;
	unsigned int i;

	if (!te4xx_profile_find(image, type, lbo, &profile))
		return false;
	memset(to, 0, sizeof(*to));
	to->count = (u8)profile.count;
	for (i = 0; i < profile.count; i++)
		to->write[i] = te4xx_profile_write(&profile, i);
	return true;
}

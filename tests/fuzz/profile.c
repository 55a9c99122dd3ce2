// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Line profiles. What the reader accepts can be read to its end, writes to nothing that is not allowed,
 * and is refused again with any one octet changed.
 *
 * Input: an image as it is, and once more under the magic, version, length and checksum of a sound one,
 * so that the mutations reach the profiles.
 */
#include <stdlib.h>
#include "kernel/te4xx/profile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void put32(u8 *p, u32 v)
{
	for (unsigned int i = 0; i < 4; i++)
		p[i] = (u8)(v >> 8 * i);
}

static void use(const u8 *image)
{
	unsigned int found = 0;

	for (unsigned int key = 0; key < 256 * 8; key++) {
		struct te4xx_writes copy = { .count = 1 };
		struct te4xx_profile p;
		const char *why;

		if (!te4xx_profile_find(image, (u8)(key / 8), key % 8, &p)) {
			if (te4xx_profile_copy(image, (u8)(key / 8), key % 8, &copy) || copy.count != 1)
				abort();
			continue;
		}
		found++;
		if (!te4xx_profile_copy(image, (u8)(key / 8), key % 8, &copy) || copy.count != p.count)
			abort();
		if (!p.count || p.count > TE4XX_WRITES_MAX || !*p.name ||
		    strlen(p.name) >= TE4XX_PROFILE_NAME)
			abort();
		for (unsigned int i = 0; i < p.count; i++) {
			struct te4xx_write w = te4xx_profile_write(&p, i);

			if (memcmp(&copy.write[i], &w, sizeof(w)))
				abort();
			if (w.when > TE4XX_WHEN_V31 || te4xx_profile_allowed(w.reg, w.value, &why))
				abort();
		}
	}
	if (found != (unsigned int)(image[10] | image[11] << 8))
		abort();
}

static void read_image(u8 *image, size_t size)
{
	const char *why = NULL;
	int ret = te4xx_profile_check(image, size, &why);

	if (ret) {
		if (!why || ret > 0)
			abort();
		return;
	}
	use(image);
	image[size / 2] ^= 0x10;
	if (!te4xx_profile_check(image, size, &why))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* A copy of just this size: the sanitizer sees what reads beyond it. */
	u8 *image = malloc(size ? size : 1);

	if (!image)
		abort();
	memcpy(image, data, size);
	read_image(image, size);
	if (size >= TE4XX_PROFILE_HEADER + TE4XX_PROFILE_CRC) {
		memcpy(image, data, size);
		memcpy(image, TE4XX_PROFILE_MAGIC, sizeof(TE4XX_PROFILE_MAGIC));
		image[8] = TE4XX_PROFILE_VERSION;
		image[9] = 0;
		put32(image + 12, (u32)size);
		put32(image + size - TE4XX_PROFILE_CRC,
		      te4xx_profile_crc(image, size - TE4XX_PROFILE_CRC));
		read_image(image, size);
	}
	free(image);
	return 0;
}

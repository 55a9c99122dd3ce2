// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Headers of WAV files that nobody finished: whatever a kill, a full disk or a crash leaves is read
 * whole by libsndfile after wav_mend(), and what is whole already is not touched.
 */
#include <errno.h>
#include <fcntl.h>
#include <sndfile.h>
#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/core/types.h"
#include "daemon/media/wav.h"
#include "tests/unit/daemon/filter.h"

#define MAX	8192

static char path[32];
static uint8_t was[MAX], now[MAX], sound[MAX];

static const struct {
	int format, channels, octets;	/* of a sample of all channels */
} forms[] = {
	{ SF_FORMAT_ALAW, 1, 1 }, { SF_FORMAT_ULAW, 1, 1 }, { SF_FORMAT_ALAW, 2, 2 },
	{ SF_FORMAT_ULAW, 2, 2 }, { SF_FORMAT_PCM_16, 1, 2 }, { SF_FORMAT_PCM_16, 2, 4 },
};

static size_t get(uint8_t *to)
{
	int fd = open(path, O_RDONLY);
	ssize_t n = read(fd, to, MAX);

	close(fd);
	assert_in_range(n, 0, MAX - 1);
	return (size_t)n;
}

static void put(const uint8_t *from, size_t n)
{
	int fd = open(path, O_WRONLY | O_TRUNC);

	assert_int_equal(n, write(fd, from, n));
	close(fd);
}

static int mend(void)
{
	int fd = open(path, O_RDWR), ret = wav_mend(fd);

	close(fd);
	return ret;
}

/* A file as libsndfile writes it; how long it is, also in was. */
static size_t make(size_t form, size_t samples)
{
	SF_INFO info = { .samplerate = 8000, .channels = forms[form].channels,
			 .format = SF_FORMAT_WAV | forms[form].format };
	size_t n = samples * (size_t)forms[form].octets;
	SNDFILE *f = sf_open(path, SFM_WRITE, &info);

	assert_non_null(f);
	assert_int_equal(n, sf_write_raw(f, sound, (sf_count_t)n));
	sf_close(f);
	return get(was);
}

/* What libsndfile finds in it, into now. */
static size_t heard(size_t form)
{
	SF_INFO info = { 0 };
	SNDFILE *f = sf_open(path, SFM_READ, &info);
	size_t n;

	assert_non_null(f);
	assert_int_equal(SF_FORMAT_WAV | forms[form].format, info.format);
	assert_int_equal(forms[form].channels, info.channels);
	n = (size_t)info.frames * (size_t)forms[form].octets;
	assert_int_equal(n, sf_read_raw(f, now, MAX));
	sf_close(f);
	return n;
}

/* Where the samples begin. */
static size_t data_at(void)
{
	size_t at = 12;

	while (memcmp(was + at, "data", 4))
		at += 8 + was[at + 4];
	return at + 8;
}

static void is_untouched(size_t len)
{
	assert_int_equal(len, get(now));
	assert_memory_equal(was, now, len);
}

static void whole_stays(void **state)
{
	static const uint8_t list[] = "LIST\x06\0\0\0INFOab";

	(void)state;
	for (size_t form = 0; form < ARRAY_SIZE(forms); form++)
		for (size_t samples = 0; samples < 5; samples++) {
			size_t len = make(form, samples);

			assert_int_equal(0, mend());
			is_untouched(len);
			/* Somebody's remarks behind the samples are none. */
			memcpy(was + len, list, sizeof(list) - 1);
			len += sizeof(list) - 1;
			was[4] = (uint8_t)(len - 8);
			put(was, len);
			assert_int_equal(0, mend());
			is_untouched(len);
			was[4]++;
			put(was, len);
			assert_int_equal(1, mend());
			was[4]--;
			is_untouched(len);
		}
}

/* Samples of which the header does not tell, as those between two headers; a part of one is lost. */
static void longer_than_told(void **state)
{
	(void)state;
	for (size_t form = 0; form < ARRAY_SIZE(forms); form++)
		for (size_t told = 0; told < 4; told++)
			for (size_t more = 1; more < 40; more++) {
				size_t octets = (size_t)forms[form].octets, len = make(form, told);
				size_t at = data_at(), all = told * octets + more;

				memcpy(was + at, sound, all);
				put(was, at + all);
				if (at + all == len)	/* what stood for a pad is none */
					continue;
				assert_int_equal(1, mend());
				assert_int_equal(all / octets * octets, heard(form));
				assert_memory_equal(sound, now, all / octets * octets);
				assert_int_equal(0, mend());
				assert_int_equal(0, get(now) % 2);
			}
}

static void cut_anywhere(void **state)
{
	(void)state;
	for (size_t form = 0; form < ARRAY_SIZE(forms); form++) {
		size_t len = make(form, 63), octets = (size_t)forms[form].octets, at = data_at();

		for (size_t cut = 0; cut < len - 1; cut++) {
			put(was, cut);
			if (cut < at) {
				assert_int_equal(-EILSEQ, mend());
				is_untouched(cut);
				continue;
			}
			assert_int_equal(1, mend());
			assert_int_equal((cut - at) / octets * octets, heard(form));
			assert_memory_equal(sound, now, (cut - at) / octets * octets);
			assert_int_equal(0, mend());
		}
	}
}

/* Silence looks like nothing, zeros like empty chunks. */
static void samples_are_no_chunks(void **state)
{
	static const uint8_t tails[] = { 0, 0xd5, 0xff, 0x55 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(tails); i++) {
		make(0, 4);
		memset(was + data_at() + 4, tails[i], 800);
		put(was, data_at() + 804);
		assert_int_equal(1, mend());
		assert_int_equal(804, heard(0));
	}
}

static void no_wav(void **state)
{
	size_t len;

	(void)state;
	put((const uint8_t *)"nothing of the kind, and long enough for a header", 49);
	assert_int_equal(-EILSEQ, mend());
	len = make(0, 8);
	was[20] = 0x31;		/* GSM 6.10 */
	put(was, len);
	assert_int_equal(0, mend());
	was[4]++;
	put(was, len);
	assert_int_equal(-EOPNOTSUPP, mend());
	is_untouched(len);
	was[20] = 6;
	was[32] = was[33] = 0;	/* samples of no octets */
	put(was, len);
	assert_int_equal(-EILSEQ, mend());
	is_untouched(len);
	assert_int_equal(-EBADF, wav_mend(-1));
}

/* Any octets at all: it ends, the file grows by a pad at most, and a second time changes nothing. */
static void any_octets(void **state)
{
	int rounds = getenv("OPENTDM_LONG") ? 200000 : 2000;

	(void)state;
	test_seed();
	for (int i = 0; i < rounds; i++) {
		size_t len = make((size_t)rand() % ARRAY_SIZE(forms), (size_t)rand() % 50), after;

		for (int n = rand() % 4; n >= 0; n--)
			was[(size_t)rand() % 64] = (uint8_t)(rand() % 3 ? rand() : 0xff);
		put(was, len);
		if (mend() < 0) {
			is_untouched(len);
			continue;
		}
		after = get(now);
		assert_true(after <= len + 1);
		memcpy(was, now, after);
		assert_int_equal(0, mend());
		is_untouched(after);
	}
}

static int up(void **state)
{
	int fd;

	(void)state;
	snprintf(path, sizeof(path), "/tmp/opentdm-wav-XXXXXX");
	fd = mkstemp(path);
	for (size_t i = 0; i < sizeof(sound); i++)
		sound[i] = (uint8_t)(i * 7 + 0x80);
	return fd < 0 ? -1 : close(fd);
}

static int down(void **state)
{
	(void)state;
	return unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_stays),	     cmocka_unit_test(longer_than_told),
		cmocka_unit_test(cut_anywhere),	     cmocka_unit_test(samples_are_no_chunks),
		cmocka_unit_test(no_wav),	     cmocka_unit_test(any_octets),
	};

	tests_chosen();
	return cmocka_run_group_tests(tests, up, down);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Talk-off: the detector of digits hears none in voices. The voices are the prompts of Debian's
 * asterisk-core-sounds-en-wav, on a line of either law and with the blocks of a media thread; a
 * tenth of them, or with OPENTDM_LONG all. That it hears digits all the same is the other half.
 */
#include <ftw.h>
#include <math.h>
#include <setjmp.h>
#include <sndfile.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/core/types.h"
#include "daemon/media/law.h"
#include "daemon/media/line.h"
#include "tests/unit/daemon/filter.h"

#define PROMPTS	    "/usr/share/asterisk/sounds/en_US_f_Allison"
#define PROMPTS_MIN 500
#define PROMPTS_MAX 2000
#define BLOCK	    80
#define RATE	    8000

static const char keys[] = "123A456B789C*0#D";
static const double low[] = { 697, 770, 852, 941 }, high[] = { 1209, 1336, 1477, 1633 };

/* The leg is the test's: what it is told is kept. */
static char digits[64];
static size_t ndigits;
static struct leg_signal signal_kept;

struct leg_signal *leg_signal_new(enum leg_signal_type type)
{
	memset(&signal_kept, 0, sizeof(signal_kept));
	signal_kept.type = type;
	return &signal_kept;
}

void leg_signal(struct leg *leg, struct leg_signal *sig)
{
	(void)leg;
	assert_int_equal(sig->type, LEG_DTMF);
	if (ndigits < sizeof(digits) - 1)
		digits[ndigits++] = sig->u.digits[0];
	digits[ndigits] = '\0';
}

static struct media_claim claim;
static struct media_slot slot = { .claim = &claim };

static void begin(void)
{
	ndigits = 0;
	digits[0] = '\0';
	assert_int_equal(media_digits_new(&slot), 0);
}

static void end(void)
{
	media_digits_free(&slot);
}

static void hear(const int16_t *samples, size_t n, unsigned int format)
{
	struct tframe f = { .format = (uint8_t)format };

	for (size_t at = 0; at < n; at += BLOCK) {
		f.octets = (uint16_t)(n - at < BLOCK ? n - at : BLOCK);
		for (size_t i = 0; i < f.octets; i++)
			f.data[i] = law_octet(format, samples[at + i]);
		media_digits_detect(&slot, &f);
	}
}

static void hear_silence(unsigned int format)
{
	static const int16_t nothing[RATE / 10];

	hear(nothing, ARRAY_SIZE(nothing), format);
}

/* --- prompts --------------------------------------------------------------------------------- */

static char *prompts[PROMPTS_MAX];
static size_t nprompts;

static int prompt_add(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	size_t len = strlen(path);

	(void)st;
	(void)ftw;
	if (type == FTW_F && len > 4 && !strcmp(path + len - 4, ".wav") && nprompts < PROMPTS_MAX)
		prompts[nprompts++] = strdup(path);
	return 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int prompts_find(void **state)
{
	(void)state;
	nftw(PROMPTS, prompt_add, 16, FTW_PHYS);
	qsort(prompts, nprompts, sizeof(*prompts), by_name);
	if (nprompts < PROMPTS_MIN)
		print_error("%zu prompts in %s: asterisk-core-sounds-en-wav is needed\n", nprompts,
			    PROMPTS);
	return nprompts < PROMPTS_MIN ? -1 : 0;
}

static int prompts_forget(void **state)
{
	(void)state;
	while (nprompts)
		free(prompts[--nprompts]);
	return 0;
}

/* All of a prompt's samples, to be freed. */
static int16_t *prompt_read(const char *path, size_t *n)
{
	SF_INFO info = { 0 };
	SNDFILE *f = sf_open(path, SFM_READ, &info);
	int16_t *samples;

	assert_non_null(f);
	assert_int_equal(info.samplerate, RATE);
	assert_int_equal(info.channels, 1);
	samples = malloc(((size_t)info.frames + 1) * sizeof(*samples));
	*n = (size_t)sf_read_short(f, samples, info.frames);
	sf_close(f);
	return samples;
}

static void no_digit_in_any_prompt(void **state)
{
	size_t step = getenv("OPENTDM_LONG") ? 1 : 10, false_digits = 0, n;

	(void)state;
	for (unsigned int format = MEDIA_ALAW; format <= MEDIA_ULAW; format++)
		for (size_t i = 0; i < nprompts; i += step) {
			int16_t *samples = prompt_read(prompts[i], &n);

			begin();
			hear(samples, n, format);
			hear_silence(format);
			if (ndigits)
				print_error("%s: \"%s\"\n", prompts[i], digits);
			false_digits += ndigits;
			end();
			free(samples);
		}
	assert_int_equal(false_digits, 0);
}

/* --- digits ---------------------------------------------------------------------------------- */

/* 60 ms of a key's two tones, each of that amplitude. */
static void press(char key, double amplitude, unsigned int format)
{
	size_t k = (size_t)(strchr(keys, key) - keys);
	const double at = 2 * M_PI / RATE;
	int16_t samples[RATE * 60 / 1000];

	for (size_t i = 0; i < ARRAY_SIZE(samples); i++)
		samples[i] = (int16_t)(amplitude * (sin(low[k / 4] * at * (double)i) +
						    sin(high[k % 4] * at * (double)i)));
	hear(samples, ARRAY_SIZE(samples), format);
	hear_silence(format);
}

/* Each key, from loud to 25 dB less; and right behind a voice. */
static void digits_are_heard(void **state)
{
	static const double amplitudes[] = { 12000, 4000, 700 };
	int16_t *samples;
	size_t n;

	(void)state;
	samples = prompt_read(prompts[0], &n);
	for (unsigned int format = MEDIA_ALAW; format <= MEDIA_ULAW; format++)
		for (size_t a = 0; a < ARRAY_SIZE(amplitudes); a++) {
			begin();
			hear(samples, n, format);
			for (const char *key = keys; *key; key++)
				press(*key, amplitudes[a], format);
			assert_string_equal(digits, keys);
			end();
		}
	free(samples);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_digit_in_any_prompt),
		cmocka_unit_test(digits_are_heard),
	};

	tests_chosen();
	return cmocka_run_group_tests(tests, prompts_find, prompts_forget);
}

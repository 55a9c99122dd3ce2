// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who may use the API by TCP: users with passwords, hashed as crypt(5) writes them.
 *
 * Such a hash is slow to compute on purpose, and a client sends its password with each request. So
 * what was found right is remembered as a keyed digest, and what has to be computed is limited: who
 * guesses passwords must not keep the API thread from those who know theirs.
 */
#include <crypt.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "daemon/api/priv.h"
#include "daemon/core/log.h"
#include "daemon/core/timer.h"

#define GUESSES_PER_SECOND 10
#define DIGEST		   32 /* SHA-256 */

struct user {
	char *name, *hash;
	bool read_only;
	bool known; /* digest is of the password */
	uint8_t digest[DIGEST];
};

struct table {
	size_t n;
	uint8_t secret[DIGEST];
	struct user users[];
};

static struct table *fresh; /* atomic: from the configuring thread, until the API thread takes it */
static struct table *table; /* API thread */

static void table_free(struct table *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->n; i++) {
		free(t->users[i].name);
		free(t->users[i].hash);
	}
	OPENSSL_cleanse(t, sizeof(*t) + t->n * sizeof(t->users[0]));
	free(t);
}

int api_users(const struct api_user *users, size_t n)
{
	struct table *t = calloc(1, sizeof(*t) + n * sizeof(t->users[0]));

	if (!t)
		return -ENOMEM;
	if (getrandom(t->secret, sizeof(t->secret), 0) != sizeof(t->secret)) {
		table_free(t);
		return -EIO;
	}
	for (; t->n < n; t->n++) {
		struct user *u = &t->users[t->n];

		u->name = strdup(users[t->n].name);
		u->hash = strdup(users[t->n].hash);
		u->read_only = users[t->n].read_only;
		if (!u->name || !u->hash) {
			t->n++;
			table_free(t);
			return -ENOMEM;
		}
	}
	table_free(__atomic_exchange_n(&fresh, t, __ATOMIC_ACQ_REL));
	return 0;
}

void api_users_exit(void)
{
	table_free(__atomic_exchange_n(&fresh, NULL, __ATOMIC_ACQ_REL));
	table_free(table);
	table = NULL;
}

/* Whether one more guess may be computed in this second. */
static bool may_guess(void)
{
	static uint64_t second;
	static unsigned int guesses;
	uint64_t now = tnow() / NSEC_PER_SEC;

	if (now != second) {
		second = now;
		guesses = 0;
	}
	return guesses++ < GUESSES_PER_SECOND;
}

static bool hash_fits(const char *hash, const char *password)
{
	static struct crypt_data data; /* 32 KiB; API thread */
	const char *made = crypt_r(password, hash, &data);
	bool fits = made && strlen(made) == strlen(hash) && !CRYPTO_memcmp(made, hash, strlen(hash));

	OPENSSL_cleanse(&data, sizeof(data));
	return fits;
}

static bool digest_of(const char *password, uint8_t digest[DIGEST])
{
	return HMAC(EVP_sha256(), table->secret, DIGEST, (const uint8_t *)password,
		    strlen(password), digest, NULL);
}

int api_access(const char *name, const char *password)
{
	struct table *next = __atomic_exchange_n(&fresh, NULL, __ATOMIC_ACQ_REL);
	struct user *u = NULL;
	uint8_t digest[DIGEST];

	if (next) {
		table_free(table);
		table = next;
	}
	for (size_t i = 0; table && i < table->n; i++)
		if (!strcmp(table->users[i].name, name))
			u = &table->users[i];
	if (!table || !table->n || !digest_of(password, digest))
		return -EACCES;
	if (u && u->known && !CRYPTO_memcmp(u->digest, digest, DIGEST))
		return u->read_only ? API_READ : API_FULL;
	if (!may_guess())
		return -EAGAIN;
	/* A name that is not known takes as long as one that is. */
	if (!hash_fits(u ? u->hash : table->users[0].hash, password) || !u)
		return -EACCES;
	memcpy(u->digest, digest, DIGEST);
	u->known = true;
	return u->read_only ? API_READ : API_FULL;
}

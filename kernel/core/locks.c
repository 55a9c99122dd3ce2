// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's half of the lock table (lock_classes.h, made from the same table as the daemon's ranks and
 * docs/locking.md), told to lockdep: the order is known before the first card comes, and the first
 * acquisition against it is reported, not the first deadlock.
 */
#include <linux/export.h>
#include <linux/lockdep.h>
#include <linux/slab.h>
#include "core.h"

struct lock_class_key tdm_lock_keys[TDM_LOCK_CLASSES];

/* The table is in the order of the enum. */
#define NAME(class, name, rank, type, nests) name,
const char *const tdm_lock_names[TDM_LOCK_CLASSES] = { TDM_LOCK_TABLE(NAME) };

void tdm_reg_lock_init(spinlock_t *lock)
{
	spin_lock_init(lock);
	tdm_lock_class(lock, TDM_LOCK_CARD_REG);
}
EXPORT_SYMBOL_GPL(tdm_reg_lock_init);

void tdm_mutex_init(struct mutex *lock, unsigned int class)
{
	mutex_init(lock);
	tdm_lock_class(lock, class);
}
EXPORT_SYMBOL_GPL(tdm_mutex_init);

#ifdef CONFIG_PROVE_LOCKING
enum kind { KIND_rwsem, KIND_mutex, KIND_spin };

#define KIND(class, name, rank, type, nests) KIND_##type,
static const u8 kinds[TDM_LOCK_CLASSES] = { TDM_LOCK_TABLE(KIND) };

union example {
	struct rw_semaphore rwsem;
	struct mutex mutex;
	spinlock_t spin;
};

static void take(union example *lock, unsigned int class)
{
	switch (kinds[class]) {
	case KIND_rwsem:
		init_rwsem(&lock->rwsem);
		tdm_lock_class(&lock->rwsem, class);
		down_write(&lock->rwsem);
		break;
	case KIND_mutex:
		mutex_init(&lock->mutex);
		tdm_lock_class(&lock->mutex, class);
		mutex_lock(&lock->mutex);
		break;
	case KIND_spin:
		spin_lock_init(&lock->spin);
		tdm_lock_class(&lock->spin, class);
		spin_lock(&lock->spin);
		break;
	}
}

static void drop(union example *lock, unsigned int class)
{
	switch (kinds[class]) {
	case KIND_rwsem:
		up_write(&lock->rwsem);
		break;
	case KIND_mutex:
		mutex_unlock(&lock->mutex);
		break;
	case KIND_spin:
		spin_unlock(&lock->spin);
		break;
	}
}

/*
 * The enum ascends by rank, so taking one of each in its order states the whole order at once. The
 * spinning ones are ranked innermost and are taken with interrupts off, as in use (but on PREEMPT_RT,
 * where they sleep).
 */
void tdm_locks_declare(void)
{
	union example *lock = kcalloc(TDM_LOCK_CLASSES, sizeof(*lock), GFP_KERNEL);
	unsigned int i, first_spin = 0;
	unsigned long flags = 0;

	if (!lock)
		return;		/* the check then begins with the first use */
	while (first_spin < TDM_LOCK_CLASSES && kinds[first_spin] != KIND_spin) {
		take(&lock[first_spin], first_spin);
		first_spin++;
	}
	if (!IS_ENABLED(CONFIG_PREEMPT_RT))
		local_irq_save(flags);
	for (i = first_spin; i < TDM_LOCK_CLASSES; i++)
		take(&lock[i], i);
	while (i-- > first_spin)
		drop(&lock[i], i);
	if (!IS_ENABLED(CONFIG_PREEMPT_RT))
		local_irq_restore(flags);
	while (first_spin-- > 0)
		drop(&lock[first_spin], first_spin);
	kfree(lock);
}
#else
void tdm_locks_declare(void) { }
#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* Made by scripts/locks-gen from daemon/core/locks.tbl: edit that. */
#ifndef TDM_CORE_LOCK_CLASSES_H
#define TDM_CORE_LOCK_CLASSES_H

/* Outermost first.  "id": two of the class nest, in ascending id, with subclass TDM_LOCK_NESTED. */
enum tdm_lock_class {
	TDM_LOCK_CLIENT_ROLE, /* mutex, rank 490, same class: none */
	TDM_LOCK_CLIENT_RX, /* mutex, rank 492, same class: none */
	TDM_LOCK_CLIENT_TX, /* mutex, rank 494, same class: none */
	TDM_LOCK_VIRT_PLANT, /* mutex, rank 498, same class: none */
	TDM_LOCK_REGISTRY, /* rwsem, rank 500, same class: none */
	TDM_LOCK_CARD_RELOAD, /* mutex, rank 550, same class: none */
	TDM_LOCK_CARD_CLOCK, /* mutex, rank 560, same class: none */
	TDM_LOCK_SPAN_MUTEX, /* mutex, rank 600, same class: id */
	TDM_LOCK_SPAN_STATE, /* spin, rank 700, same class: none */
	TDM_LOCK_CARD_TICK, /* spin, rank 750, same class: id */
	TDM_LOCK_CONNECT_LEG, /* spin, rank 760, same class: none */
	TDM_LOCK_CLIENT_EVENT, /* spin, rank 770, same class: none */
	TDM_LOCK_CARD_REG, /* spin, rank 800, same class: none */
	TDM_LOCK_CLASSES
};

#define TDM_LOCK_NESTED 1

/* X(class, "name", rank, type, two of it may nest by ascending id) */
#define TDM_LOCK_TABLE(X) \
	X(TDM_LOCK_CLIENT_ROLE, "client.role", 490, mutex, 0) \
	X(TDM_LOCK_CLIENT_RX, "client.rx", 492, mutex, 0) \
	X(TDM_LOCK_CLIENT_TX, "client.tx", 494, mutex, 0) \
	X(TDM_LOCK_VIRT_PLANT, "virt.plant", 498, mutex, 0) \
	X(TDM_LOCK_REGISTRY, "registry", 500, rwsem, 0) \
	X(TDM_LOCK_CARD_RELOAD, "card.reload", 550, mutex, 0) \
	X(TDM_LOCK_CARD_CLOCK, "card.clock", 560, mutex, 0) \
	X(TDM_LOCK_SPAN_MUTEX, "span.mutex", 600, mutex, 1) \
	X(TDM_LOCK_SPAN_STATE, "span.state", 700, spin, 0) \
	X(TDM_LOCK_CARD_TICK, "card.tick", 750, spin, 1) \
	X(TDM_LOCK_CONNECT_LEG, "connect.leg", 760, spin, 0) \
	X(TDM_LOCK_CLIENT_EVENT, "client.event", 770, spin, 0) \
	X(TDM_LOCK_CARD_REG, "card.reg", 800, spin, 0)

#endif

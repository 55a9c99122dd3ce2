/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A pcap file of D-channel frames, link type 177 (LINUX_LAPD): it carries the direction and our
 * side of the interface, and Wireshark decodes its LAPD and Q.931.
 *
 *	 0  2  packet type: 0 received, 4 sent
 *	 2  2  ARPHRD_LAPD (8445)
 *	 4  2  length of the address
 *	 6  8  [0] 1 when we are the network side; [1..7] label, ASCII
 *	14  2  protocol: ETH_P_LAPD (0x30)
 *	16  n  the frame, without FCS
 *
 * All fields of this header are big-endian. Each record is appended by one write(), so several
 * groups and threads may share a file without a lock.
 */
#ifndef OPENTDM_GROUP_CAPTURE_H
#define OPENTDM_GROUP_CAPTURE_H

#include <stddef.h>
#include <stdint.h>

#define CAPTURE_LINKTYPE	177
#define CAPTURE_PSEUDO_LEN	16
#define CAPTURE_LABEL_LEN	7
#define CAPTURE_RECEIVED	0
#define CAPTURE_SENT		4

struct capture {
	int fd;
	int network;
	char label[CAPTURE_LABEL_LEN + 1];
	uint64_t lost;		/* frames that could not be written */
};

/**
 * capture_open() - append to a capture file, which is created when it does not exist
 * @label: written with each frame; its first seven characters
 *
 * Context: any thread with nothing held; may sleep.
 * Return: 0; open()'s errno; -EPROTOTYPE when the file is there but is no such capture.
 */
int capture_open(struct capture *c, const char *path, const char *label, int network);

/** capture_frame() - record one frame; failures are only counted: calls matter more */
void capture_frame(struct capture *c, int sent, const void *frame, size_t len);

void capture_close(struct capture *c);

/* One frame read back. */
struct capture_record {
	uint64_t time_us;		/* since 1970 */
	int sent;
	int network;
	char label[CAPTURE_LABEL_LEN + 1];
	size_t len;
	uint8_t frame[4096];
};

struct capture_reader;

/** capture_reader_open() - 0; open()'s errno; -EPROTOTYPE: not a capture of ours; -ENOMEM */
int capture_reader_open(const char *path, struct capture_reader **out);
/** capture_reader_next() - 1: @rec is filled; 0: the end; -EBADMSG: the file is cut or damaged */
int capture_reader_next(struct capture_reader *r, struct capture_record *rec);
void capture_reader_close(struct capture_reader *r);

#endif

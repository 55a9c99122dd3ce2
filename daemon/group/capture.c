// SPDX-License-Identifier: GPL-2.0-or-later
/* pcap files of D-channel frames; see capture.h for the layout. */
#include "daemon/conf/text.h"
#include "daemon/group/capture.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define PCAP_MAGIC	0xa1b2c3d4u	/* microseconds, in our own byte order */
#define ARPHRD_LAPD	8445
#define ETH_P_LAPD	0x30

struct pcap_file {
	uint32_t magic;
	uint16_t major, minor;
	int32_t zone;
	uint32_t sigfigs, snaplen, linktype;
};

struct pcap_record {
	uint32_t sec, usec, caplen, len;
};

static const struct pcap_file file_header = {
	.magic = PCAP_MAGIC, .major = 2, .minor = 4, .snaplen = 65535, .linktype = CAPTURE_LINKTYPE,
};

static int header_ok(const struct pcap_file *h)
{
	return h->magic == PCAP_MAGIC && h->linktype == CAPTURE_LINKTYPE;
}

/* Whoever creates the file writes its header: O_EXCL decides, so that two groups never both do. */
static int file_open(const char *path)
{
	struct pcap_file h;
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
	int rfd;
	ssize_t n;

	if (fd >= 0) {
		n = write(fd, &file_header, sizeof(file_header));
		if (n == (ssize_t)sizeof(file_header))
			return fd;
		n = n < 0 ? -errno : -EIO;
		close(fd);
		unlink(path);
		return (int)n;
	}
	if (errno != EEXIST)
		return -errno;
	rfd = open(path, O_RDONLY | O_CLOEXEC);
	if (rfd < 0)
		return -errno;
	n = read(rfd, &h, sizeof(h));
	close(rfd);
	if (n != (ssize_t)sizeof(h) || !header_ok(&h))
		return -EPROTOTYPE;
	fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int capture_open(struct capture *c, const char *path, const char *label, int network)
{
	memset(c, 0, sizeof(*c));
	c->network = network;
	TEXT_SET(c->label, label);
	c->fd = file_open(path);
	return c->fd < 0 ? c->fd : 0;
}

void capture_frame(struct capture *c, int sent, const void *frame, size_t len)
{
	struct timespec now;
	struct pcap_record rec;
	uint8_t head[CAPTURE_PSEUDO_LEN] = {
		0, sent ? CAPTURE_SENT : CAPTURE_RECEIVED, ARPHRD_LAPD >> 8, ARPHRD_LAPD & 0xff,
		0, 8, (uint8_t)c->network,
	};
	struct iovec iov[3] = {
		{ &rec, sizeof(rec) }, { head, sizeof(head) }, { (void *)(uintptr_t)frame, len },
	};

	if (c->fd < 0)
		return;
	clock_gettime(CLOCK_REALTIME, &now);
	rec.sec = (uint32_t)now.tv_sec;
	rec.usec = (uint32_t)(now.tv_nsec / 1000);
	rec.caplen = rec.len = (uint32_t)(len + sizeof(head));
	memcpy(head + 7, c->label, strlen(c->label));
	head[15] = ETH_P_LAPD;
	if (writev(c->fd, iov, 3) != (ssize_t)(sizeof(rec) + sizeof(head) + len))
		c->lost++;
}

void capture_close(struct capture *c)
{
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
}

struct capture_reader {
	FILE *file;
};

int capture_reader_open(const char *path, struct capture_reader **out)
{
	struct capture_reader *r = calloc(1, sizeof(*r));
	struct pcap_file h;
	int err;

	*out = NULL;
	if (!r)
		return -ENOMEM;
	r->file = fopen(path, "rbe");
	if (!r->file) {
		err = -errno;
		free(r);
		return err;
	}
	if (fread(&h, sizeof(h), 1, r->file) != 1 || !header_ok(&h)) {
		capture_reader_close(r);
		return -EPROTOTYPE;
	}
	*out = r;
	return 0;
}

int capture_reader_next(struct capture_reader *r, struct capture_record *rec)
{
	uint8_t head[CAPTURE_PSEUDO_LEN];
	struct pcap_record p;
	size_t n = fread(&p, 1, sizeof(p), r->file);

	if (!n)
		return 0;
	memset(rec, 0, sizeof(*rec));
	if (n != sizeof(p) || p.caplen < sizeof(head) ||
	    p.caplen - sizeof(head) > sizeof(rec->frame))
		return -EBADMSG;
	rec->len = p.caplen - sizeof(head);
	if (fread(head, sizeof(head), 1, r->file) != 1 ||
	    fread(rec->frame, 1, rec->len, r->file) != rec->len)
		return -EBADMSG;
	rec->time_us = p.sec * 1000000ull + p.usec;
	rec->sent = head[1] == CAPTURE_SENT;
	rec->network = head[6];
	memcpy(rec->label, head + 7, CAPTURE_LABEL_LEN);
	return 1;
}

void capture_reader_close(struct capture_reader *r)
{
	fclose(r->file);
	free(r);
}

/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
/*
 * os/tap.c - TAP and TUN devices with virtio-net headers
 *
 * With IFF_VNET_HDR and TUNSETOFFLOAD frames of 64 KB pass whole in both
 * directions and nobody sums them up, which decides everything: ten times the
 * bytes a second. Reading always offers 64 KB; a small frame is copied to a
 * block of its size, so that a queue of small ones does not pin large blocks.
 */
#include "base/pkt.h"
#include "os/driver.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef TUN_F_USO4
#define TUN_F_USO4 0x20
#define TUN_F_USO6 0x40
#endif
#ifndef VIRTIO_NET_HDR_GSO_UDP_L4
#define VIRTIO_NET_HDR_GSO_UDP_L4 5
#endif

enum {
	TAP_FRAME_MAX = 65550, /* 64 KB of IP and an Ethernet header */
	TAP_COPY_MAX = 1984, /* as much is copied to a small block */
	TAP_QUEUE = 1000,
};

struct tap {
	struct driver d;
	struct block *spare; /* the next frame is read here */
	bool ethernet;
};

/* Bytes before the payload of a super-segment. The header's own hdr_len is
 * what the kernel had in one piece, not what the protocols say.
 */
static uint32_t headers(struct ostia_pkt *p, uint32_t l4, bool udp)
{
	const uint8_t *doff;

	if (udp)
		return l4 + 8;
	doff = pkt_peek(p, l4 + 12, 1);
	return doff ? l4 + (*doff >> 4) * 4u : p->len;
}

static void describe_super(struct ostia_pkt *p, const struct virtio_net_hdr *h)
{
	bool udp = (h->gso_type & ~VIRTIO_NET_HDR_GSO_ECN) ==
		   VIRTIO_NET_HDR_GSO_UDP_L4;
	uint32_t before = headers(p, h->csum_start, udp);

	if (!h->gso_size || p->len <= before)
		return;
	p->gso_type = udp ? OSTIA_GSO_UDP : OSTIA_GSO_TCP;
	p->gso_size = h->gso_size;
	p->gso_segs =
		(uint16_t)((p->len - before + h->gso_size - 1) / h->gso_size);
}

/* What the virtio header says, for the stack. */
static void describe(struct ostia_pkt *p, const struct virtio_net_hdr *h)
{
	p->csum = OSTIA_CSUM_NONE;
	if (h->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) {
		p->csum = OSTIA_CSUM_PARTIAL;
		p->l4 = h->csum_start;
		p->csum_off = (uint8_t)h->csum_offset;
	} else if (h->flags & VIRTIO_NET_HDR_F_DATA_VALID) {
		p->csum = OSTIA_CSUM_VALID;
	}
	if (h->gso_type != VIRTIO_NET_HDR_GSO_NONE)
		describe_super(p, h);
}

/* The frame stands in t->spare, behind the virtio header. */
static struct ostia_pkt *take_frame(struct tap *t, uint32_t n)
{
	struct ostia_pkt *p = pkt_new(t->d.pool);
	struct block *b = t->spare;
	int err;

	if (!p)
		return NULL;
	if (n > TAP_COPY_MAX) {
		err = pkt_add_slice(p, b, 0, n);
		b->used = b->size;
		block_put(b);
		t->spare = NULL;
	} else {
		p->hoff = 32;
		err = pkt_append_copy(p, b->mem, n);
	}
	if (err) {
		pkt_free(p);
		return NULL;
	}
	return p;
}

static int read_one(struct driver *d, struct ostia_pkt **out)
{
	struct tap *t = (struct tap *)d;
	struct virtio_net_hdr h;
	struct iovec iov[2] = { { &h, sizeof(h) } };
	ssize_t n;

	if (!t->spare)
		t->spare = block_new(t->d.pool, TAP_FRAME_MAX);
	if (!t->spare)
		return -ENOMEM;
	iov[1] = (struct iovec) { t->spare->mem, t->spare->size };
	n = readv(t->d.fd, iov, 2);
	if (n < 0)
		return errno == EINTR ? -EAGAIN : -errno;
	if (n <= (ssize_t)sizeof(h))
		return -EAGAIN;
	*out = take_frame(t, (uint32_t)n - (uint32_t)sizeof(h));
	if (!*out)
		return -ENOMEM;
	describe(*out, &h);
	return 0;
}

static int tap_read(struct driver *d, struct ostia_pkt **batch, int max)
{
	return driver_batch(d, batch, max, read_one);
}

static void make_header(struct virtio_net_hdr *h, const struct ostia_pkt *p,
			bool v4)
{
	*h = (struct virtio_net_hdr) { .hdr_len = p->data };
	if (p->csum == OSTIA_CSUM_PARTIAL) {
		h->flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
		h->csum_start = p->l4;
		h->csum_offset = p->csum_off;
	}
	if (p->gso_segs <= 1 || !p->gso_size)
		return;
	h->gso_size = p->gso_size;
	if (p->gso_type == OSTIA_GSO_UDP)
		h->gso_type = VIRTIO_NET_HDR_GSO_UDP_L4;
	else
		h->gso_type = v4 ? VIRTIO_NET_HDR_GSO_TCPV4
				 : VIRTIO_NET_HDR_GSO_TCPV6;
}

static int tap_write(struct driver *d, struct ostia_pkt *p)
{
	struct iovec iov[OSTIA_PKT_SLICES + 2];
	const uint8_t *ip = pkt_peek(p, p->l3, 1);
	struct virtio_net_hdr h;
	int n;

	make_header(&h, p, ip && *ip >> 4 == 4);
	iov[0] = (struct iovec) { &h, sizeof(h) };
	n = ostia_pkt_iov(p, iov + 1);
	if (writev(d->fd, iov, n + 1) >= 0)
		return 0;
	return errno == EINTR ? -EAGAIN : -errno;
}

static void tap_free(struct driver *d)
{
	struct tap *t = (struct tap *)d;

	if (t->spare)
		block_put(t->spare);
	close(d->fd);
	free(t);
}

static const struct driver_ops tap_ops = {
	.read = tap_read,
	.write = tap_write,
	.free = tap_free,
};

/* The kernel takes no more than it can; we ask for all, then for less. */
static uint32_t set_offload(int fd, bool wanted)
{
	unsigned tso = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6;

	if (!wanted) {
		(void)ioctl(fd, TUNSETOFFLOAD, 0);
		return 0;
	}
	if (ioctl(fd, TUNSETOFFLOAD, tso | TUN_F_USO4 | TUN_F_USO6) == 0)
		return OSTIA_LINK_TSO | OSTIA_LINK_TXCSUM | OSTIA_LINK_USO |
		       OSTIA_LINK_BIGACK;
	if (ioctl(fd, TUNSETOFFLOAD, tso) == 0)
		return OSTIA_LINK_TSO | OSTIA_LINK_TXCSUM | OSTIA_LINK_BIGACK;
	return 0;
}

static int device_mtu(const char *name, uint32_t *mtu)
{
	struct ifreq ifr = { 0 };
	int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int err = 0;

	if (s < 0)
		return -errno;
	memcpy(ifr.ifr_name, name, strnlen(name, IFNAMSIZ - 1));
	if (ioctl(s, SIOCGIFMTU, &ifr) < 0)
		err = -errno;
	close(s);
	*mtu = (uint32_t)ifr.ifr_mtu;
	return err;
}

static int join(struct driver_open *o, struct ifreq *ifr)
{
	const char *kind = o->ethernet ? "tap" : "tun";
	int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	int err;

	if (fd < 0)
		return driver_why(o, -errno,
				  "%s=%s: cannot open /dev/net/tun: %s", kind,
				  o->name, strerror(errno));
	if (strlen(o->name) >= IFNAMSIZ) {
		close(fd);
		return driver_why(o, -EINVAL,
				  "%s=%s: a device's name has at most %d "
				  "characters",
				  kind, o->name, IFNAMSIZ - 1);
	}
	memcpy(ifr->ifr_name, o->name, strlen(o->name));
	if (ioctl(fd, TUNSETIFF, ifr) == 0)
		return fd;
	err = -errno;
	close(fd);
	if (err == -EPERM)
		return driver_why(o, err,
				  "%s=%s: not permitted; as root run: ip "
				  "tuntap add %s mode %s vnet_hdr user %u",
				  kind, o->name, o->name, kind, getuid());
	if (err == -EBUSY)
		return driver_why(o, err,
				  "%s=%s: the device is in use by another "
				  "program",
				  kind, o->name);
	return driver_why(o, err, "%s=%s: %s (is it of another mode?)", kind,
			  o->name, strerror(-err));
}

/* An open device that we were given must have a virtio header, or get one. */
static int adopt(struct driver_open *o, int fd, struct ifreq *ifr)
{
	int flags;

	if (ioctl(fd, TUNGETIFF, ifr) < 0)
		return driver_why(o, -errno, "%s is not a TAP or TUN device",
				  o->name);
	if (!(ifr->ifr_flags & IFF_VNET_HDR) || !(ifr->ifr_flags & IFF_NO_PI) ||
	    !(ifr->ifr_flags & IFF_TAP) != !o->ethernet)
		return driver_why(o, -EINVAL,
				  "%s: open it with IFF_NO_PI | IFF_VNET_HDR "
				  "and the mode that the word says",
				  o->name);
	flags = fcntl(fd, F_GETFL);
	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return driver_why(o, -errno, "%s: %s", o->name,
				  strerror(errno));
	return fd;
}

int tap_open(struct driver_open *o, struct driver **out)
{
	struct ifreq ifr = { .ifr_flags =
				     (short)((o->ethernet ? IFF_TAP : IFF_TUN) |
					     IFF_NO_PI | IFF_VNET_HDR) };
	int given = driver_fd_name(o->name);
	int hdr = sizeof(struct virtio_net_hdr);
	struct tap *t = calloc(1, sizeof(*t));
	int fd, err;

	if (!t)
		return driver_why(o, -ENOMEM, "no memory");
	fd = given >= 0 ? adopt(o, given, &ifr) : join(o, &ifr);
	if (fd < 0) {
		free(t);
		return fd;
	}
	(void)ioctl(fd, TUNSETVNETHDRSZ, &hdr);
	o->caps = set_offload(fd, o->offload);
	err = device_mtu(ifr.ifr_name, &o->mtu);
	if (err)
		o->mtu = 1500; /* a device of another namespace */
	t->d = (struct driver) { .ops = &tap_ops, .pool = o->pool, .fd = fd };
	t->ethernet = o->ethernet;
	*out = &t->d;
	return 0;
}

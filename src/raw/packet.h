/* SPDX-License-Identifier: MIT */
/*
 * raw/packet.h - AF_PACKET: the frames of a link as they are (packet(7))
 *
 * A packet socket gets a copy of every frame of its protocol, and for
 * ETH_P_ALL of those that leave, too; its filter (base/bpf) says how much of
 * each. A socket of SOCK_RAW has the link's header with it, one of SOCK_DGRAM
 * has not. The two taps stand where a driver's frames come in, before anything
 * has looked at them, and where they go out, when nothing is left to do: what
 * the link takes whole, a super-segment or an open checksum, is shown so, as
 * Linux shows what its hardware will finish (TP_STATUS_CSUMNOTREADY).
 *
 * A link behaves as a network card: frames for another host are shown only in
 * promiscuous mode, and groups only if IP or a socket is a member. To the
 * stack itself all that makes no difference.
 *
 * The loopback carries bare IP; sockets of SOCK_RAW see it with the Ethernet
 * header of zeros that Linux's has. What such sockets send by it keeps its
 * header on the way (PKT_NEIGH_OK), so that any ether type passes.
 */
#ifndef OSTIA_RAW_PACKET_H
#define OSTIA_RAW_PACKET_H

#include "ip/dgram.h"
#include "raw/fanout.h"
#include "raw/raw.h"

enum {
	PACKET_MEMBERS_CAP = 64, /* memberships of a socket */
	PACKET_ADDR = 8, /* bytes of sll_addr */
};

struct packet;

/**
 * struct packet_sock - A packet socket's endpoint
 * @all:	in the list of all
 * @hook:	among those that frames are shown to, but for a group's members
 * @fanout:	its group, @rollover what it remembers for it; or NULL
 * @members:	of struct packet_member
 * @index:	the link it is bound to, 0: all
 * @proto:	ETH_P_*, 0: nothing is shown
 * @npackets, @ndrops: PACKET_STATISTICS
 * @copy_thresh, @stamp_of, @bypass: PACKET_COPY_THRESH, PACKET_TIMESTAMP and
 *		PACKET_QDISC_BYPASS: kept, for rings and queues that there are
 *		not here
 * @vnet:	bytes of PACKET_VNET_HDR before each frame: 0, 10 or 12
 * @gone:	its link has been removed
 * @shown:	frames are
 */
struct packet_sock {
	struct dgram d;
	struct list all, hook, members;
	struct fanout *fanout;
	struct fanout_rollover *rollover;
	uint32_t index;
	uint16_t proto;
	uint16_t nmembers;
	uint32_t npackets, ndrops;
	int32_t copy_thresh, stamp_of;
	uint8_t vnet;
	bool bypass, raw, gone, shown, ignore_outgoing, auxdata, origdev;
};

/** struct packet_to - Where a frame goes
 * @addr: its link address, @halen bytes; NULL: the socket named none
 * @stamp: what to tell of its leaving
 * @bound: link and protocol are those that the socket is bound to
 */
struct packet_to {
	struct dgram_stamp stamp;
	bool bound;
	uint32_t index;
	uint16_t proto;
	uint8_t halen;
	const uint8_t *addr;
};

/**
 * struct packet_from - What a frame tells beside its bytes
 * @len:	bytes that the frame had; @snaplen: that were kept
 * @net:	offset of what follows the link's header
 * @status:	TP_STATUS_*
 * @copy_thresh, @stamp_of, @bypass: PACKET_COPY_THRESH, PACKET_TIMESTAMP and
 *		PACKET_QDISC_BYPASS: kept, for rings and queues that there are
 *		not here
 * @vnet:	bytes of PACKET_VNET_HDR that stand before it
 */
struct packet_from {
	ostia_time when;
	uint32_t index;
	uint32_t len, snaplen;
	uint16_t proto, hatype, net, status;
	uint8_t pkttype, halen, vnet;
	uint8_t addr[PACKET_ADDR];
};

/** struct packet_group - PACKET_ADD_MEMBERSHIP: @type is PACKET_MR_* */
struct packet_group {
	uint32_t index;
	uint16_t type, alen;
	uint8_t addr[PACKET_ADDR];
};

int packet_new(const struct raw_lent_by_stack *lent, struct packet **out);
void packet_free(struct packet *k);

/*
 * --- the pipelines: only while ip->taps is not 0 -------------------------
 */

/**
 * packet_rx() - A frame came in by @p->link; borrowed
 * @open: its checksum was left to whoever finishes it
 */
void packet_rx(struct packet *k, struct ostia_pkt *p, bool open);
/** packet_sent() - A frame leaves by @p->link; borrowed. */
void packet_sent(struct packet *k, struct ostia_pkt *p);
/** packet_tx() - The socket's turn: its next frame, header and all. */
struct ostia_pkt *packet_tx(struct packet *k, struct txnode *n, bool *more);
struct packet_sock *packet_news(struct packet *k, uint32_t *news);
/** packet_link_gone() - Sockets bound to it hear ENETDOWN. */
void packet_link_gone(struct packet *k, const struct ostia_link *l);
void packet_usage(const struct packet *k, struct ostia_usage *usage);

/*
 * --- user calls: 0 or a count, or -errno as Linux ------------------------
 */

/** packet_open() - @raw: with link headers. @proto: ETH_P_*, 0: none yet */
void packet_open(struct packet *k, struct packet_sock *s, bool raw,
		 uint16_t proto);
void packet_close(struct packet *k, struct packet_sock *s);

/** packet_bind() - @proto 0: as it was. -ENODEV: no such link; -EINVAL: it is
 * in a group.
 */
int packet_bind(struct packet *k, struct packet_sock *s, uint32_t index,
		uint16_t proto);

/**
 * packet_send() - One frame
 * Return: @n; -ENXIO (no such link), -EMSGSIZE, -EINVAL (shorter than the
 * link's header, or no address for it; a header of PACKET_VNET_HDR that does
 * not fit the frame), -EAGAIN, -ENOMEM, a pending error.
 */
int64_t packet_send(struct packet *k, struct packet_sock *s,
		    const struct packet_to *to, const struct iovec *iov,
		    int niov, size_t n);

/**
 * packet_recv() - The oldest frame
 * Return: bytes copied, -EAGAIN, a pending error; -EINVAL, and it is gone: no
 * room for PACKET_VNET_HDR.
 */
int64_t packet_recv(struct packet *k, struct packet_sock *s,
		    const struct iovec *iov, int niov, bool peek,
		    struct packet_from *from);

/** packet_readable() - FIONREAD: bytes of the next frame. */
uint32_t packet_readable(const struct packet_sock *s);

/** packet_fanout() - PACKET_FANOUT; as fanout_join(). */
int packet_fanout(struct packet *k, struct packet_sock *s,
		  const struct fanout_wish *w);
/** packet_fanout_program() - PACKET_FANOUT_DATA: takes @prog if 0. -EINVAL: it
 * is in no group, or its group takes none.
 */
int packet_fanout_program(struct packet *k, struct packet_sock *s,
			  struct bpf *prog);

/** packet_join() - Counted. -ENODEV, -EINVAL (address), -ENOBUFS, -ENOMEM. */
int packet_join(struct packet *k, struct packet_sock *s,
		const struct packet_group *g);
/** packet_leave() - Of what it is no member it is none after that: 0. */
int packet_leave(struct packet *k, struct packet_sock *s,
		 const struct packet_group *g);

#endif

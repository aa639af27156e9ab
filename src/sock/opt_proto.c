/* SPDX-License-Identifier: MIT */
#include "sock/optrow.h"

#include "sock/auth.h"
#include "sock/packet.h"
#include "sock/udp.h"
#include "tcp/fastopen.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <linux/inet_diag.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <netinet/in.h>

#include "sock/optnames.h" /* after the system's own */

enum {
	NAME_MAX_BYTES = 16, /* IFNAMSIZ, TCP_CA_NAME_MAX */
	STATE_TIME_WAIT = 6, /* TCP_TIME_WAIT, which is a closed socket */
	STATE_CLOSE = 7, /* TCP_CLOSE */
};

static int get_syn(struct sock *s, void *p, uint32_t *n)
{
	return tcp_saved_syn(s->socks->tcp, s->tcp, p, n);
}

static int get_fo_key(struct sock *s, void *p, uint32_t *n)
{
	uint8_t key[TCP_FO_KEYS * TCP_FO_KEY];
	uint32_t len = tcp_fastopen_get_key(s->socks->tcp, s->tcp, key);

	*n = *n < len ? *n : len;
	if (*n && !p)
		return -EFAULT;
	if (*n)
		memcpy(p, key, *n);
	return 0;
}

static int set_fo_key(struct sock *s, const struct sock_opt *o, const void *p,
		      uint32_t n)
{
	(void)o;
	if (!p && (n == TCP_FO_KEY || n == TCP_FO_KEYS * TCP_FO_KEY))
		return -EFAULT;
	return tcp_fastopen_set_key(s->socks->tcp, s->tcp, p, n);
}

static int get_cc(struct sock *s, void *buf)
{
	const char *name = tcp_get_cc(s->socks->tcp, s->tcp);

	memset(buf, 0, NAME_MAX_BYTES);
	memcpy(buf, name, strnlen(name, NAME_MAX_BYTES - 1));
	return NAME_MAX_BYTES;
}

static int set_cc(struct sock *s, const void *p, uint32_t n)
{
	if (n < 1)
		return -EINVAL;
	n = n < NAME_MAX_BYTES ? n : NAME_MAX_BYTES - 1;
	return tcp_set_cc(s->socks->tcp, s->tcp, p, strnlen(p, n));
}

/* What an algorithm has to tell beside TCP_INFO. */
static int get_cc_info(struct sock *s, void *buf)
{
	static_assert(sizeof(union tcp_cc_info) <= SOCK_OPT_MAX_BYTES, "room");
	return tcp_cc_info(s->socks->tcp, s->tcp, buf);
}

static int get_info(struct sock *s, void *buf)
{
	static_assert(sizeof(struct tcp_info) <= SOCK_OPT_MAX_BYTES, "room");
	tcp_info(s->socks->tcp, s->tcp, buf);
	return sizeof(struct tcp_info);
}

static int get_cork(struct sock *s, const struct sock_opt *o, int64_t *v)
{
	(void)o;
	*v = s->rare && s->rare->cork.on;
	return 0;
}

static int set_cork(struct sock *s, const struct sock_opt *o, int64_t v)
{
	(void)o;
	return sock_udp_cork(s, v != 0);
}

static int get_udp(struct sock *s, const struct sock_opt *o, int64_t *v)
{
	switch (o->arg) {
	case UDP_NO_CHECK6_TX:
		*v = s->udp->no_check6_tx;
		return 0;
	case UDP_NO_CHECK6_RX:
		*v = s->udp->no_check6_rx;
		return 0;
	case UDP_GRO:
		*v = s->udp->gro;
		return 0;
	default:
		*v = s->udp->gso_size;
		return 0;
	}
}

static int set_udp(struct sock *s, const struct sock_opt *o, int64_t v)
{
	switch (o->arg) {
	case UDP_NO_CHECK6_TX:
		s->udp->no_check6_tx = v != 0;
		return 0;
	case UDP_NO_CHECK6_RX:
		s->udp->no_check6_rx = v != 0;
		return 0;
	case UDP_GRO:
		udp_set_gro(s->socks->udp, s->udp, v != 0);
		return 0;
	default:
		s->udp->gso_size = (uint16_t)v;
		return 0;
	}
}

/* No upper layer is there, so none is in use. */
static int get_ulp(struct sock *s, void *p, uint32_t *len)
{
	(void)s;
	(void)p;
	*len = 0;
	return 0;
}

static int set_ulp(struct sock *s, const void *p, uint32_t n)
{
	(void)s;
	(void)p;
	return n < 1 ? -EINVAL : -ENOENT;
}

static int refuse_repair(struct sock *s, const void *p, uint32_t n)
{
	(void)s;
	(void)p;
	(void)n;
	return -EPERM;
}

/* Linux asks for a closed one first, and then for a queue. */
static int refuse_seq(struct sock *s, const void *p, uint32_t n)
{
	int state = tcp_state(s->tcp);

	(void)p;
	(void)n;
	return state == STATE_CLOSE || state == STATE_TIME_WAIT ? -EINVAL
								: -EPERM;
}

static int get_off(struct sock *s, const struct sock_opt *o, int64_t *v)
{
	(void)s;
	(void)o;
	*v = 0;
	return 0;
}

static int set_thin(struct sock *s, const struct sock_opt *o, int64_t v)
{
	(void)s;
	(void)o;
	return v < 0 || v > 1 ? -EINVAL : 0;
}

static int set_encap(struct sock *s, const struct sock_opt *o, int64_t v)
{
	enum { L2TPINUDP = 3 };

	return v && v != L2TPINUDP ? -ENOPROTOOPT : sock_kept_set_int(s, o, v);
}

/* --- the rows ----------------------------------------------------------- */

/* clang-format off */
#define REFUSED_TCP(nm, err, why)                                   \
	ROW(IPPROTO_TCP, "IPPROTO_TCP", nm, #nm, REFUSED, INT, TCP, \
	    .arg = (err), .note = (why))
#define TCPINT(nm, lo, hi, o)                                                 \
	ROW(IPPROTO_TCP, "IPPROTO_TCP", nm, #nm, WORKS, INT, TCP, .arg = (o), \
	    .get = sock_opt_get_tcp, .set = sock_opt_set_tcp, .min = (lo),    \
	    .max = (hi))
#define TCPBOOL(nm, o)                                                         \
	ROW(IPPROTO_TCP, "IPPROTO_TCP", nm, #nm, WORKS, BOOL, TCP, .arg = (o), \
	    .get = sock_opt_get_tcp, .set = sock_opt_set_tcp, ANYINT)

static const struct sock_opt table[] = {
	TCPBOOL(TCP_NODELAY, TCP_OPT_NODELAY),
	TCPBOOL(TCP_CORK, TCP_OPT_CORK),
	TCPINT(TCP_MAXSEG, 0, 32767, TCP_OPT_MAXSEG),
	TCPINT(TCP_KEEPIDLE, 1, 32767, TCP_OPT_KEEPIDLE),
	TCPINT(TCP_KEEPINTVL, 1, 32767, TCP_OPT_KEEPINTVL),
	TCPINT(TCP_KEEPCNT, 1, 127, TCP_OPT_KEEPCNT),
	TCPINT(TCP_SYNCNT, 1, 127, TCP_OPT_SYNCNT),
	TCPINT(TCP_LINGER2, INT32_MIN, INT32_MAX, TCP_OPT_LINGER2),
	TCPINT(TCP_DEFER_ACCEPT, INT32_MIN, INT32_MAX, TCP_OPT_DEFER_ACCEPT),
	TCPINT(TCP_WINDOW_CLAMP, INT32_MIN, INT32_MAX, TCP_OPT_WINDOW_CLAMP),
	TCPINT(TCP_QUICKACK, INT32_MIN, INT32_MAX, TCP_OPT_QUICKACK),
	TCPINT(TCP_USER_TIMEOUT, 0, INT32_MAX, TCP_OPT_USER_TIMEOUT),
	TCPINT(TCP_NOTSENT_LOWAT, INT32_MIN, INT32_MAX,
	       TCP_OPT_NOTSENT_LOWAT),
	TCPINT(TCP_INQ, 0, 1, TCP_OPT_INQ),
	WORKS(IPPROTO_TCP, TCP_CONGESTION, TEXT, TCP, .get_bytes = get_cc,
	      .set_bytes = set_cc, .note = "reno, cubic"),
	WORKS(IPPROTO_TCP, TCP_INFO, BYTES, TCP, .get_bytes = get_info,
	      .note = "struct tcp_info"),
	TCPINT(TCP_FASTOPEN, 0, INT32_MAX, TCP_OPT_FASTOPEN),
	TCPINT(TCP_FASTOPEN_CONNECT, 0, 1, TCP_OPT_FASTOPEN_CONNECT),
	WORKS(IPPROTO_TCP, TCP_MD5SIG, BYTES, TCP, .set_row = sock_auth_md5,
	      .any = true, .note = "struct tcp_md5sig"),
	ROW(IPPROTO_TCP, "IPPROTO_TCP", TCP_REPAIR, "TCP_REPAIR", REFUSED, INT,
	    TCP, .arg = EPERM, .get = get_off,
	    .note = "as to who lacks CAP_NET_ADMIN: for checkpoints; it is 0"),
	WORKS(IPPROTO_TCP, TCP_ULP, TEXT, TCP, .get_list = get_ulp,
	      .set_bytes = set_ulp,
	      .note = "none is there: ENOENT, as Linux without CONFIG_TLS"),
	REFUSED(IPPROTO_TCP, TCP_ZEROCOPY_RECEIVE,
		"needs pages mapped by the kernel (CONFIG_MMU): see "
		"ostia_recv_loan()"),
	WORKS(IPPROTO_TCP, TCP_FASTOPEN_KEY, BYTES, TCP,
	      .get_list = get_fo_key, .set_row = set_fo_key, .any = true,
	      .note = "16 bytes, or 32: the second one is good, too"),
	TCPINT(TCP_FASTOPEN_NO_COOKIE, 0, 1, TCP_OPT_FASTOPEN_NO_COOKIE),
	WORKS(IPPROTO_TCP, TCP_MD5SIG_EXT, BYTES, TCP,
	      .set_row = sock_auth_md5, .any = true,
	      .note = "struct tcp_md5sig, with a prefix"),
	REFUSED_SET(IPPROTO_TCP, TCP_REPAIR_QUEUE, TCP, EINVAL, refuse_repair,
		    "of TCP_REPAIR: errors as without it"),
	REFUSED_SET(IPPROTO_TCP, TCP_QUEUE_SEQ, TCP, EINVAL, refuse_seq,
		    "of TCP_REPAIR: errors as without it"),
	REFUSED(IPPROTO_TCP, TCP_REPAIR_OPTIONS, "no repair mode"),
	REFUSED_SET(IPPROTO_TCP, TCP_REPAIR_WINDOW, TCP, EINVAL, refuse_repair,
		    "of TCP_REPAIR: errors as without it"),
	REFUSED(IPPROTO_TCP, TCP_TIMESTAMP, "no repair mode"),
	TCPINT(TCP_THIN_LINEAR_TIMEOUTS, 0, 1, TCP_OPT_THIN_LINEAR),
	INERT(IPPROTO_TCP, TCP_THIN_DUPACK, INT, TCP, .get = sock_opt_get_const,
	      .set = set_thin, ANYINT,
	      .note = "0; without effect on Linux, too"),
	WORKS(IPPROTO_TCP, TCP_CC_INFO, BYTES, TCP, .get_bytes = get_cc_info,
	      .note = "of bbr and dctcp; else nothing"),
	WORKS(IPPROTO_TCP, TCP_SAVE_SYN, INT, TCP, .arg = TCP_OPT_SAVE_SYN,
	      .get = sock_opt_get_tcp, .set = sock_opt_set_tcp, .min = 0, .max = 2,
	      .note = "of a listener; 2: with the link's header"),
	WORKS(IPPROTO_TCP, TCP_SAVED_SYN, BYTES, TCP, .get_list = get_syn,
	      .note = "headers of the peer's SYN, once"),
	REFUSED(IPPROTO_TCP, TCP_TX_DELAY, "see the faults of a world's wire"),
	WORKS(IPPROTO_TCP, TCP_AO_ADD_KEY, BYTES, TCP,
	      .set_row = sock_auth_set_ao, .any = true,
	      .note = "struct tcp_ao_add; hmac(sha1), cmac(aes128)"),
	WORKS(IPPROTO_TCP, TCP_AO_DEL_KEY, BYTES, TCP,
	      .set_row = sock_auth_set_ao, .any = true,
	      .note = "struct tcp_ao_del"),
	WORKS(IPPROTO_TCP, TCP_AO_INFO, BYTES, TCP,
	      .set_row = sock_auth_set_ao, .get_row = sock_auth_get_ao,
	      .note = "struct tcp_ao_info_opt"),
	WORKS(IPPROTO_TCP, TCP_AO_GET_KEYS, BYTES, TCP,
	      .get_row = sock_auth_get_ao,
	      .note = "struct tcp_ao_getsockopt, one for each key"),
	REFUSED_TCP(TCP_AO_REPAIR, EPERM,
		    "as to who lacks CAP_NET_ADMIN: for checkpoints"),
	WORKS(IPPROTO_TCP, TCP_IS_MPTCP, BOOL, TCP, .get = sock_opt_get_const,
	      .note = "0: no RFC 8684"),
	WORKS(IPPROTO_TCP, TCP_RTO_MAX_MS, INT, TCP, .arg = TCP_OPT_RTO_MAX,
	      .get = sock_opt_get_tcp, .set = sock_opt_set_tcp, .min = 1000, .max = 120000,
	      .note = "of connections, not of their SYN-ACKs"),
	WORKS(IPPROTO_TCP, TCP_RTO_MIN_US, INT, TCP, .arg = TCP_OPT_RTO_MIN,
	      .get = sock_opt_get_tcp, .set = sock_opt_set_tcp, ANYINT,
	      .note = "2 to 200 ms, in begun ms"),
	WORKS(IPPROTO_TCP, TCP_DELACK_MAX_US, INT, TCP,
	      .arg = TCP_OPT_DELACK_MAX, .get = sock_opt_get_tcp, .set = sock_opt_set_tcp,
	      ANYINT, .note = "2 to 200 ms, in begun ms"),

	WORKS(IPPROTO_UDP, UDP_CORK, BOOL, UDP, .arg = 1, .get = get_cork,
	      .set = set_cork, ANYINT),
	INERT(IPPROTO_UDP, UDP_ENCAP, INT, UDP, .arg = SOCK_KEPT_UDP_ENCAP,
	      .get = sock_kept_get_int, .set = set_encap, ANYINT,
	      .note = "0, or 3 (L2TP), which nobody looks at; others need "
		      "IPsec: ENOPROTOOPT, as Linux without CONFIG_XFRM"),
	WORKS(IPPROTO_UDP, UDP_NO_CHECK6_TX, BOOL, UDP,
	      .arg = UDP_NO_CHECK6_TX, .get = get_udp, .set = set_udp, ANYINT,
	      .note = "RFC 6935; IPv6 alone"),
	WORKS(IPPROTO_UDP, UDP_NO_CHECK6_RX, BOOL, UDP,
	      .arg = UDP_NO_CHECK6_RX, .get = get_udp, .set = set_udp, ANYINT,
	      .note = "RFC 6935; IPv6 alone"),
	WORKS(IPPROTO_UDP, UDP_SEGMENT, INT, UDP, .arg = UDP_SEGMENT,
	      .get = get_udp, .set = set_udp, .min = 0, .max = UINT16_MAX,
	      .note = "bytes of each datagram of a send; 128 at most"),
	WORKS(IPPROTO_UDP, UDP_GRO, BOOL, UDP, .arg = UDP_GRO, .get = get_udp,
	      .set = set_udp, ANYINT,
	      .note = "datagrams of one flow come together"),

	WORKS(SOL_PACKET, PACKET_ADD_MEMBERSHIP, BYTES, LINK,
	      .set_bytes = sock_packet_join,
	      .note = "struct packet_mreq; as a network card's filter"),
	WORKS(SOL_PACKET, PACKET_DROP_MEMBERSHIP, BYTES, LINK,
	      .set_bytes = sock_packet_leave, .note = "struct packet_mreq"),
	WORKS(SOL_PACKET, PACKET_STATISTICS, BYTES, LINK,
	      .get_bytes = sock_packet_stats,
	      .note = "struct tpacket_stats; reading clears it"),
	WORKS(SOL_PACKET, PACKET_AUXDATA, BOOL, LINK, .get = sock_packet_get,
	      .set = sock_packet_set, ANYINT),
	WORKS(SOL_PACKET, PACKET_IGNORE_OUTGOING, BOOL, LINK,
	      .get = sock_packet_get, .set = sock_packet_set, .min = 0,
	      .max = 1, .least = 4),
	INERT(SOL_PACKET, PACKET_ORIGDEV, BOOL, LINK,
	      .get = sock_packet_get, .set = sock_packet_set, ANYINT,
	      .note = "no link stands for another"),
	WORKS(SOL_PACKET, PACKET_FANOUT, INT, LINK, .get = sock_packet_get,
	      .set_row = sock_packet_fanout,
	      .note = "or struct fanout_args; HASH, LB, ROLLOVER, RND and CBPF; "
		      "CPU, QM and EBPF pick the first: one CPU, one queue, "
		      "no program"),
	WORKS(SOL_PACKET, PACKET_FANOUT_DATA, BYTES, LINK,
	      .set_bytes = sock_packet_fanout_data,
	      .note = "struct sock_fprog of PACKET_FANOUT_CBPF; of EBPF: "
		      "EOPNOTSUPP"),
	WORKS(SOL_PACKET, PACKET_ROLLOVER_STATS, BYTES, LINK,
	      .get_bytes = sock_packet_rollover,
	      .note = "struct tpacket_rollover_stats"),
	WORKS(SOL_PACKET, PACKET_VNET_HDR, BOOL, LINK, .get = sock_packet_get,
	      .set = sock_packet_set, ANYINT,
	      .note = "struct virtio_net_hdr before each frame; SOCK_RAW"),
	WORKS(SOL_PACKET, PACKET_VNET_HDR_SZ, INT, LINK,
	      .get = sock_packet_get, .set = sock_packet_set, ANYINT,
	      .note = "0, 10 or 12 bytes of it"),
	INERT(SOL_PACKET, PACKET_COPY_THRESH, INT, LINK,
	      .get = sock_packet_get, .set = sock_packet_set, ANYINT,
	      .least = 4, .note = "kept; of rings alone"),
	INERT(SOL_PACKET, PACKET_TIMESTAMP, INT, LINK,
	      .get = sock_packet_get, .set = sock_packet_set, ANYINT,
	      .least = 4, .note = "kept; of rings alone"),
	INERT(SOL_PACKET, PACKET_QDISC_BYPASS, BOOL, LINK,
	      .get = sock_packet_get, .set = sock_packet_set, ANYINT,
	      .least = 4, .note = "kept; links have no queue to go round"),
	REFUSED(SOL_PACKET, PACKET_RX_RING,
		"a descriptor of this side cannot be mapped: recvmmsg(2)"),
	REFUSED(SOL_PACKET, PACKET_TX_RING,
		"a descriptor of this side cannot be mapped: sendmmsg(2)"),
	REFUSED(SOL_PACKET, PACKET_VERSION, "of mapped rings"),
	REFUSED(SOL_PACKET, PACKET_HDRLEN,
		"of mapped rings: so a program sees that there are none"),
	REFUSED(SOL_PACKET, PACKET_RESERVE, "of mapped rings"),
	REFUSED(SOL_PACKET, PACKET_LOSS, "of mapped rings"),
	REFUSED(SOL_PACKET, PACKET_TX_HAS_OFF, "of mapped rings"),
	REFUSED(SOL_PACKET, PACKET_TX_TIMESTAMP,
		"a control message; Linux has no option of the name either"),
	REFUSED(SOL_PACKET, PACKET_RECV_OUTPUT, "Linux knows it no more"),
};
/* clang-format on */

const struct sock_opt_rows sock_opt_proto_rows = SOCK_OPT_ROWS(table);

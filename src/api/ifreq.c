/* SPDX-License-Identifier: MIT */
/*
 * api/ifreq.c - the SIOCGIF* calls (netdevice(7)): what links are there
 *
 * As on Linux on sockets of any family, and of IPv4's addresses alone. Nothing
 * is changed by them: links belong to the stack's driver (ostia/link.h).
 */
#include "api/ifreq.h"

#include "ip/addrs.h"
#include "ip/state.h"

#include <linux/if.h> /* <net/if.h> has a struct ifaddr, too */
#include <net/if_arp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>

enum { MAPPED_BITS = 96 };

static struct ostia_link *named(const struct ip *ip, const char *name)
{
	list_each (node, &ip->links) {
		struct ostia_link *l =
			list_entry(node, struct ostia_link, node);

		if (!strncmp(l->name, name, IFNAMSIZ))
			return l;
	}
	return NULL;
}

/* Its first address of IPv4, or NULL. */
static const struct ifaddr *first4(const struct ostia_link *l)
{
	list_each (node, &l->addrs) {
		const struct ifaddr *a = list_entry(node, struct ifaddr, node);

		if (addr_is_v4(&a->addr))
			return a;
	}
	return NULL;
}

static void put4(struct sockaddr *sa, uint32_t net)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
				  .sin_addr.s_addr = net };

	memcpy(sa, &in, sizeof(in));
}

static int address(const struct ostia_link *l, unsigned long req,
		   struct ifreq *r)
{
	const struct ifaddr *a = first4(l);
	unsigned plen; /* addresses are mapped: of the 32 bits of IPv4's */
	uint32_t addr, mask;

	if (!a)
		return -EADDRNOTAVAIL;
	plen = a->plen - MAPPED_BITS;
	memcpy(&addr, &a->addr.w[3], sizeof(addr));
	mask = plen ? htonl(~0u << (32 - plen)) : 0;
	if (req == SIOCGIFNETMASK)
		addr = mask;
	else if (req == SIOCGIFBRDADDR)
		addr = l->type == OSTIA_LINK_ETHERNET && plen < 31
			       ? addr | ~mask
			       : 0;
	put4(&r->ifr_addr, addr);
	return 0;
}

short api_ifreq_flags(const struct ostia_link *l)
{
	if (l->type == OSTIA_LINK_LOOPBACK)
		return IFF_UP | IFF_RUNNING | IFF_LOOPBACK;
	if (l->type == OSTIA_LINK_ETHERNET)
		return IFF_UP | IFF_RUNNING | IFF_BROADCAST | IFF_MULTICAST;
	return IFF_UP | IFF_RUNNING | IFF_POINTOPOINT | IFF_NOARP |
	       IFF_MULTICAST;
}

unsigned short api_ifreq_type(const struct ostia_link *l)
{
	return l->type == OSTIA_LINK_LOOPBACK	? ARPHRD_LOOPBACK
	       : l->type == OSTIA_LINK_ETHERNET ? ARPHRD_ETHER
						: ARPHRD_NONE;
}

static void hardware(const struct ostia_link *l, struct ifreq *r)
{
	r->ifr_hwaddr = (struct sockaddr) { 0 };
	r->ifr_hwaddr.sa_family = api_ifreq_type(l);
	memcpy(r->ifr_hwaddr.sa_data, l->mac, sizeof(l->mac));
}

/* struct ifconf: who gives no room asks how much it takes. */
static int list_all(const struct ip *ip, struct ifconf *c)
{
	int room = c->ifc_len, done = 0;

	list_each (node, &ip->links) {
		const struct ostia_link *l =
			list_entry(node, struct ostia_link, node);
		struct ifreq r = { 0 };

		if (!first4(l))
			continue;
		if (c->ifc_buf && room - done < (int)sizeof(r))
			break;
		memcpy(r.ifr_name, l->name, sizeof(l->name));
		address(l, SIOCGIFADDR, &r);
		if (c->ifc_buf)
			memcpy(c->ifc_buf + done, &r, sizeof(r));
		done += (int)sizeof(r);
	}
	c->ifc_len = done;
	return 0;
}

static int of_link(const struct ostia_link *l, unsigned long req,
		   struct ifreq *r)
{
	switch (req) {
	case SIOCGIFINDEX:
		r->ifr_ifindex = (int)l->index;
		return 0;
	case SIOCGIFFLAGS:
		r->ifr_flags = api_ifreq_flags(l);
		return 0;
	case SIOCGIFMTU:
		r->ifr_mtu = (int)l->mtu;
		return 0;
	case SIOCGIFMETRIC:
		r->ifr_metric = 0;
		return 0;
	case SIOCGIFTXQLEN:
		r->ifr_qlen = LINK_REPLIES_CAP;
		return 0;
	case SIOCGIFHWADDR:
		hardware(l, r);
		return 0;
	default:
		return address(l, req, r);
	}
}

bool api_ifreq_is(unsigned long req)
{
	switch (req) {
	case SIOCGIFCONF:
	case SIOCGIFNAME:
	case SIOCGIFINDEX:
	case SIOCGIFADDR:
	case SIOCGIFDSTADDR:
	case SIOCGIFBRDADDR:
	case SIOCGIFNETMASK:
	case SIOCGIFFLAGS:
	case SIOCGIFMTU:
	case SIOCGIFMETRIC:
	case SIOCGIFTXQLEN:
	case SIOCGIFHWADDR:
		return true;
	default:
		return false;
	}
}

int api_ifreq(struct ip *ip, unsigned long req, void *arg)
{
	const struct ostia_link *l;
	struct ifconf c;
	struct ifreq r;
	int err;

	if (!arg)
		return -EFAULT;
	if (req == SIOCGIFCONF) {
		memcpy(&c, arg, sizeof(c));
		err = list_all(ip, &c);
		memcpy(arg, &c, sizeof(c));
		return err;
	}
	memcpy(&r, arg, sizeof(r));
	l = req == SIOCGIFNAME ? ip_link_at(ip, (uint32_t)r.ifr_ifindex)
			       : named(ip, r.ifr_name);
	if (!l)
		return -ENODEV;
	if (req == SIOCGIFNAME)
		memcpy(r.ifr_name, l->name, sizeof(l->name));
	err = req == SIOCGIFNAME ? 0 : of_link(l, req, &r);
	if (!err)
		memcpy(arg, &r, sizeof(r));
	return err;
}

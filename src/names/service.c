/* SPDX-License-Identifier: MIT */
#include "names/service.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

enum { TCP = 1, UDP = 2, BOTH = TCP | UDP };

static const struct service {
	const char *name, *alias;
	uint16_t port;
	uint8_t protos;
} services[] = {
	{ "tcpmux", NULL, 1, TCP },
	{ "echo", NULL, 7, BOTH },
	{ "discard", "sink", 9, BOTH },
	{ "daytime", NULL, 13, BOTH },
	{ "chargen", "ttytst", 19, BOTH },
	{ "ftp-data", NULL, 20, TCP },
	{ "ftp", NULL, 21, TCP },
	{ "ssh", NULL, 22, TCP },
	{ "telnet", NULL, 23, TCP },
	{ "smtp", "mail", 25, TCP },
	{ "time", "timserver", 37, BOTH },
	{ "whois", "nicname", 43, TCP },
	{ "domain", NULL, 53, BOTH },
	{ "bootps", NULL, 67, UDP },
	{ "bootpc", NULL, 68, UDP },
	{ "tftp", NULL, 69, UDP },
	{ "gopher", NULL, 70, TCP },
	{ "finger", NULL, 79, TCP },
	{ "http", "www", 80, TCP },
	{ "kerberos", "kerberos5", 88, BOTH },
	{ "pop3", "pop-3", 110, TCP },
	{ "sunrpc", "portmapper", 111, BOTH },
	{ "auth", "ident", 113, TCP },
	{ "nntp", "readnews", 119, TCP },
	{ "ntp", NULL, 123, UDP },
	{ "netbios-ns", NULL, 137, UDP },
	{ "netbios-dgm", NULL, 138, UDP },
	{ "netbios-ssn", NULL, 139, TCP },
	{ "imap2", "imap", 143, TCP },
	{ "snmp", NULL, 161, BOTH },
	{ "snmp-trap", "snmptrap", 162, BOTH },
	{ "bgp", NULL, 179, TCP },
	{ "ldap", NULL, 389, BOTH },
	{ "https", NULL, 443, BOTH },
	{ "microsoft-ds", NULL, 445, TCP },
	{ "submissions", "smtps", 465, TCP },
	{ "isakmp", NULL, 500, UDP },
	{ "syslog", NULL, 514, UDP },
	{ "printer", "spooler", 515, TCP },
	{ "rtsp", NULL, 554, BOTH },
	{ "submission", NULL, 587, TCP },
	{ "ipp", NULL, 631, TCP },
	{ "ldaps", NULL, 636, BOTH },
	{ "rsync", NULL, 873, TCP },
	{ "imaps", NULL, 993, TCP },
	{ "pop3s", NULL, 995, TCP },
	{ "socks", NULL, 1080, TCP },
	{ "openvpn", NULL, 1194, BOTH },
	{ "nfs", NULL, 2049, BOTH },
	{ "mysql", NULL, 3306, TCP },
	{ "sip", NULL, 5060, BOTH },
	{ "sip-tls", NULL, 5061, BOTH },
	{ "xmpp-client", "jabber-client", 5222, TCP },
	{ "mdns", NULL, 5353, UDP },
	{ "postgresql", "postgres", 5432, TCP },
	{ "amqp", NULL, 5672, TCP },
	{ "http-alt", "webcache", 8080, TCP },
};

enum { SERVICES = sizeof(services) / sizeof(services[0]) };

static unsigned bit_of(const char *proto)
{
	return !strcmp(proto, "tcp") ? TCP : !strcmp(proto, "udp") ? UDP : 0;
}

int names_service_port(const char *name, const char *proto)
{
	for (unsigned i = 0; i < SERVICES; i++) {
		const struct service *s = &services[i];

		if (s->protos & bit_of(proto) &&
		    (!strcmp(s->name, name) ||
		     (s->alias && !strcmp(s->alias, name))))
			return s->port;
	}
	return -ENOENT;
}

const char *names_service_name(uint16_t port, const char *proto)
{
	for (unsigned i = 0; i < SERVICES; i++)
		if (services[i].port == port &&
		    services[i].protos & bit_of(proto))
			return services[i].name;
	return NULL;
}

const char *names_service_at(unsigned i, uint16_t *port, unsigned *protos)
{
	if (i >= SERVICES)
		return NULL;
	*port = services[i].port;
	*protos = services[i].protos;
	return services[i].name;
}

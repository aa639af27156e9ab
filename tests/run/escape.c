/* SPDX-License-Identifier: MIT */
/*
 * tests/run/escape.c - a guest that tries to reach the host's network
 *
 * escape PORT [later]
 *
 * Tries every way out that we know, and prints a line each: NAME, then
 * "refused ERRNO", "ours" (the descriptor is one end of an AF_UNIX pair), or
 * "HOST" (it is not, or a word came through). The host's own TCP and UDP
 * sockets listen at 127.0.0.1:PORT; what they hear is the harness' proof.
 * Descriptor 99 was a socket of the host. With "later" it makes sockets, says
 * "ready", waits for a line (meanwhile the supervisor dies), and tries with
 * them, too.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#define WORD "escaped"

enum { INHERITED = 99, DOMAINS = 64 };

static struct sockaddr_in host;

/* --- what became of it ---------------------------------------------------- */

static void say(const char *name, const char *result, int err)
{
	printf("%s %s%s%s\n", name, result, err ? " " : "",
	       err ? strerrorname_np(err) : "");
	fflush(stdout);
}

/* Is it a socket of AF_UNIX? getsockopt() would tell what we want to hear. */
static bool is_pair(int fd)
{
	unsigned long inode, other;
	char line[512];
	struct stat st;
	bool found = false;
	FILE *f = fopen("/proc/self/net/unix", "r");

	if (!f || fstat(fd, &st))
		return false;
	inode = (unsigned long)st.st_ino;
	while (!found && fgets(line, sizeof(line), f))
		found = sscanf(line, "%*s %*s %*s %*s %*s %*s %lu", &other) ==
				1 &&
			other == inode;
	fclose(f);
	return found;
}

/* Sends the word wherever that is; then says what @fd was. */
static void outcome(const char *name, long fd)
{
	if (fd < 0) {
		say(name, "refused", errno);
		return;
	}
	say(name, is_pair((int)fd) ? "ours" : "HOST", 0);
	(void)sendto((int)fd, WORD, sizeof(WORD), MSG_NOSIGNAL | MSG_DONTWAIT,
		     (struct sockaddr *)&host, sizeof(host));
	if (!connect((int)fd, (struct sockaddr *)&host, sizeof(host)))
		(void)send((int)fd, WORD, sizeof(WORD),
			   MSG_NOSIGNAL | MSG_DONTWAIT);
	close((int)fd);
}

/* --- other machines in this one ------------------------------------------- */

static void try_uring(void)
{
	uint8_t params[256] = { 0 };

	outcome("io_uring_setup", syscall(SYS_io_uring_setup, 4, params));
}

#ifdef __x86_64__
static long int80(long nr, long a, long b, long c)
{
	long r;

	__asm__ volatile("int $0x80"
			 : "=a"(r)
			 : "a"(nr), "b"(a), "c"(b), "d"(c)
			 : "memory", "r8", "r9", "r10", "r11");
	if (r < 0) {
		errno = (int)-r;
		return -1;
	}
	return r;
}

static void try_i386(void)
{
	uint32_t *args = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);

	if (args == MAP_FAILED)
		return;
	args[0] = AF_INET;
	args[1] = SOCK_STREAM;
	args[2] = 0;
	outcome("i386-socketcall", int80(102, 1, (long)args, 0));
	outcome("i386-socket", int80(359, AF_INET, SOCK_DGRAM, 0));
	args[0] = AF_UNIX; /* said so in RUN.md: none at all */
	outcome("i386-socketcall-unix", int80(102, 1, (long)args, 0));
	outcome("i386-io_uring_setup", int80(425, 4, (long)args, 0));
	munmap(args, 4096);
}

static void try_x32(void)
{
	outcome("x32-socket",
		syscall(0x40000000 | SYS_socket, AF_INET, SOCK_STREAM, 0));
	outcome("x32-io_uring_setup",
		syscall(0x40000000 | SYS_io_uring_setup, 4, NULL));
}
#else
static void try_i386(void)
{
}

static void try_x32(void)
{
}
#endif

/* --- sockets -------------------------------------------------------------- */

static void try_domains(void)
{
	char name[32];

	for (int d = 0; d < DOMAINS; d++) {
		if (d == AF_UNIX || d == AF_INET || d == AF_INET6 ||
		    d == AF_NETLINK)
			continue;
		for (int type = SOCK_STREAM; type <= SOCK_SEQPACKET; type++) {
			snprintf(name, sizeof(name), "domain-%d-type-%d", d,
				 type);
			outcome(name, socket(d, type, 0));
		}
	}
	/* A kernel looks at 32 bits. */
	outcome("domain-garbage",
		syscall(SYS_socket, 1ull << 32 | AF_INET, SOCK_STREAM, 0));
	outcome("domain-garbage-packet",
		syscall(SYS_socket, 1ull << 32 | AF_PACKET, SOCK_RAW, 0));
}

static void try_types(void)
{
	static const struct {
		const char *name;
		int domain, type, protocol;
	} rows[] = {
		{ "tcp", AF_INET, SOCK_STREAM, 0 },
		{ "tcp6", AF_INET6, SOCK_STREAM, 0 },
		{ "udp", AF_INET, SOCK_DGRAM, 0 },
		{ "udp6", AF_INET6, SOCK_DGRAM, 0 },
		{ "ping", AF_INET, SOCK_DGRAM, IPPROTO_ICMP },
		{ "ping6", AF_INET6, SOCK_DGRAM, IPPROTO_ICMPV6 },
		{ "sctp", AF_INET, SOCK_STREAM, 132 },
		{ "sctp-seqpacket", AF_INET, SOCK_SEQPACKET, 132 },
		{ "dccp", AF_INET, 6, 33 },
		{ "mptcp", AF_INET, SOCK_STREAM, 262 },
		{ "smc", 43, SOCK_STREAM, 0 },
		{ "udplite", AF_INET, SOCK_DGRAM, 136 },
		{ "raw-icmp", AF_INET, SOCK_RAW, IPPROTO_ICMP },
		{ "raw", AF_INET, SOCK_RAW, IPPROTO_RAW },
		{ "raw6", AF_INET6, SOCK_RAW, IPPROTO_ICMPV6 },
		{ "rdm", AF_INET, SOCK_RDM, 0 },
		{ "packet-type", AF_INET, SOCK_PACKET, 0x300 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		outcome(rows[i].name,
			socket(rows[i].domain, rows[i].type, rows[i].protocol));
}

static void try_inherited(void)
{
	ssize_t n = write(INHERITED, WORD, sizeof(WORD));

	say("inherited", n < 0 ? "refused" : "HOST", n < 0 ? errno : 0);
}

/* --- netlink -------------------------------------------------------------- */

static void try_netlinks(void)
{
	char name[32];

	for (int p = 1; p < 24; p++) {
		snprintf(name, sizeof(name), "netlink-%d", p);
		outcome(name, socket(AF_NETLINK, SOCK_RAW, p));
	}
}

/* An address for lo, 127.99.99.99/32. */
static void try_netlink_write(void)
{
	struct {
		struct nlmsghdr h;
		struct ifaddrmsg a;
		struct rtattr r;
		uint8_t addr[4];
	} m = { .h = { .nlmsg_len = sizeof(m),
		       .nlmsg_type = RTM_NEWADDR,
		       .nlmsg_flags =
			       NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE },
		.a = { .ifa_family = AF_INET,
		       .ifa_prefixlen = 32,
		       .ifa_index = 1 },
		.r = { .rta_len = 8, .rta_type = IFA_LOCAL },
		.addr = { 127, 99, 99, 99 } };
	struct {
		struct nlmsghdr h;
		struct nlmsgerr e;
		uint8_t room[512];
	} answer = { .e = { .error = -EPROTO } };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (fd < 0 || send(fd, &m, sizeof(m), 0) < 0 ||
	    recv(fd, &answer, sizeof(answer), 0) < 0)
		say("netlink-write", "refused", errno);
	else if (answer.h.nlmsg_type == NLMSG_ERROR && answer.e.error)
		say("netlink-write", "refused", -answer.e.error);
	else
		say("netlink-write", "HOST", 0);
	if (fd >= 0)
		close(fd);
}

/* The host's interfaces by ioctl: lo down would be felt. */
static void try_ifreq(void)
{
	struct ifreq r = { .ifr_name = "lo" };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &r))
		say("ifreq-write", "refused", errno);
	else
		say("ifreq-write", "HOST", 0);
	if (fd >= 0)
		close(fd);
}

/* --- name services -------------------------------------------------------- */

static void try_name(const char *name, const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	strncpy(a.sun_path, path, sizeof(a.sun_path) - 1);
	if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof(a)))
		say(name, "refused", errno);
	else
		say(name, "HOST", 0);
	if (fd >= 0)
		close(fd);
}

static void try_names(void)
{
	try_name("nscd", "/run/nscd/socket");
	try_name("nscd-var", "/var/run/nscd/socket");
	try_name("resolved", "/run/systemd/resolve/io.systemd.Resolve");
	try_name("avahi", "/run/avahi-daemon/socket");
	try_name("nscd-dots", "/run/./nscd/../nscd//socket");
	if (!chdir("/run/nscd"))
		try_name("nscd-relative", "socket");
	(void)!chdir("/");
}

/* --- when nobody supervises any more ---------------------------------------
 */

static void make(int fds[4])
{
	fds[0] = socket(AF_INET, SOCK_STREAM, 0);
	fds[1] = socket(AF_INET6, SOCK_STREAM, 0);
	fds[2] = socket(AF_INET, SOCK_DGRAM, 0);
	fds[3] = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
}

static void try_kept(const int fds[4])
{
	static const char *const names[] = { "kept-tcp", "kept-tcp6",
					     "kept-udp", "kept-netlink" };

	for (int i = 0; i < 4; i++)
		if (fds[i] >= 0)
			outcome(names[i], fds[i]);
}

int main(int argc, char **argv)
{
	int fds[4] = { -1, -1, -1, -1 };
	char line[16];

	if (argc < 2)
		return 2;
	signal(SIGPIPE, SIG_IGN);
	host = (struct sockaddr_in) { .sin_family = AF_INET,
				      .sin_port =
					      htons((uint16_t)atoi(argv[1])),
				      .sin_addr = { htonl(INADDR_LOOPBACK) } };
	if (argc > 2) {
		make(fds);
		say("ready", "", 0);
		if (!fgets(line, sizeof(line), stdin))
			return 2;
		try_kept(fds);
	}
	try_inherited();
	try_uring();
	try_i386();
	try_x32();
	try_domains();
	try_types();
	try_netlinks();
	try_netlink_write();
	try_ifreq();
	try_names();
	say("end", "", 0);
	return 0;
}

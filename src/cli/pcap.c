/* SPDX-License-Identifier: MIT */
/*
 * cli/pcap.c - ostia pcap: a recording, or a network that runs, as a capture
 */
#include "cli/pcap.h"

#include "cli/see.h"
#include "record/pcap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { LOOK_MS = 200 };

static const char help[] =
	"Examples:\n"
	"  ostia pcap -o a.pcapng a.ostia && wireshark a.pcapng\n"
	"  ostia pcap a.ostia | tshark -r -\n"
	"  ostia pcap -o - lab | wireshark -k -i -\n"
	"\n"
	"Usage: ostia pcap [--follow] [--host NAME] [-o FILE] RECORDING\n"
	"\n"
	"Writes pcapng with ns: an interface a host, where a packet stands when it\n"
	"leaves and when it arrives. Comments say what was lost, and why, and what was\n"
	"sent again (frame.comment). AF_UNIX messages are there as data. RECORDING is a\n"
	"file, - for standard input, the name of a network that runs, or last: the run\n"
	"that failed last.\n"
	"\n"
	"      --follow       of a network: go on until it ends\n"
	"      --host NAME    what this host sent and received alone (Wireshark takes a\n"
	"                     packet that stands at both ends for one that was sent twice)\n"
	"  -o, --output FILE  to a file, not to standard output; -: there, and of a\n"
	"                     network as with --follow\n"
	"  -h, --help         this\n";

/* struct job - A capture under way; @next: number of the first event to come */
struct job {
	struct pcap pcap;
	FILE *out;
	uint64_t next;
};

/* Events that were written already are passed over; names are not counted. */
static int write_events(struct job *j, struct ostia_record *rec)
{
	struct ostia_record_event ev;
	uint64_t next = j->next;
	int r, err = 0;

	while (!err && (r = ostia_record_next(rec, &ev)) > 0) {
		bool name = ev.kind >= OSTIA_RECORD_NODE &&
			    ev.kind <= OSTIA_RECORD_PROC;

		if (name ? j->next != 0 && ev.number < j->next
			 : ev.number < j->next)
			continue;
		err = pcap_event(&j->pcap, &ev);
		next = ev.number + 1;
	}
	j->next = next > j->next ? next : j->next;
	if (!err)
		err = r;
	fflush(j->out);
	return err;
}

static int capture(struct job *j, const struct see_source *src,
		   const char *path)
{
	struct ostia_record_info info;
	int err = write_events(j, src->rec);

	ostia_record_info(src->rec, &info);
	if (path)
		see_trouble("ostia pcap", path, &info);
	return err;
}

static void pause_ms(long ms)
{
	const struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&t, NULL);
}

/* Until the network is gone, or who reads. */
static int follow(struct job *j, const char *net)
{
	struct see_source src;
	int err = 0;

	while (!err) {
		pause_ms(LOOK_MS);
		err = see_source(&src, "ostia pcap", net, true);
		if (err == -ENOENT || err == -ECONNRESET)
			return 0;
		if (!err) {
			err = capture(j, &src, NULL);
			see_source_close(&src);
		}
	}
	return err;
}

static int write_all(struct job *j, const struct see_source *src,
		     const char *path, const char *host, bool on)
{
	int err = pcap_begin(&j->pcap, j->out);

	j->pcap.only = host;
	if (!err)
		err = capture(j, src, path);
	if (!err && on)
		err = follow(j, path);
	if (!err && host && !on && !pcap_has_host(&j->pcap, host)) {
		fprintf(stderr, "ostia pcap: --host %s: no such host\n", host);
		err = -ENODEV;
	} else if (err && err != -EIO) {
		fprintf(stderr, "ostia pcap: %s: %s\n", path, strerror(-err));
	}
	pcap_fini(&j->pcap);
	return err;
}

/* What there was under the name of the output stays if there is no recording.
 */
static int run(const char *path, const char *output, const char *host, bool on)
{
	struct see_source src;
	struct job j = { .next = 0 };
	int err, done;

	if (see_source(&src, "ostia pcap", path, false))
		return EXIT_OURS;
	j.out = see_out("ostia pcap", output, path);
	if (!j.out || isatty(fileno(j.out))) {
		if (j.out)
			fprintf(stderr, "ostia pcap: this is no text: -o FILE, "
					"or a pipe to tshark -r -\n");
		see_source_close(&src);
		return EXIT_OURS;
	}
	err = write_all(&j, &src, path, host, on);
	see_source_close(&src);
	done = see_done("ostia pcap", output, j.out);
	return err && err != -EIO ? EXIT_OURS : done;
}

int cli_pcap(int argc, char **argv)
{
	const char *output = NULL, *host = NULL, *path;
	bool on = false;
	const struct opt list[] = {
		{ 0, "follow", OPT_FLAG, &on },
		{ 0, "host", OPT_TEXT, (void *)&host, "a name" },
		{ 'o', "output", OPT_TEXT, (void *)&output, "a file" },
	};
	const struct opt_set set = { "ostia pcap", help, list,
				     sizeof(list) / sizeof(list[0]) };
	int code;

	path = see_asked(&set, argc, argv, NULL, NULL, &code);
	if (!path)
		return code;
	if (on && !see_is_net(path)) {
		fprintf(stderr,
			"ostia pcap: --follow is of a network that "
			"runs, and %s is none\n",
			path);
		return EXIT_OURS;
	}
	on |= output && !strcmp(output, "-") && see_is_net(path);
	return run(path, output, host, on);
}

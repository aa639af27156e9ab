/* SPDX-License-Identifier: MIT */
/* Digests as the script's peer makes them: RFC 9235's of TCP-AO, and one of
 * TCP-MD5.
 */
#include "../rfc9235.h"
#include "../test.h"

#include "drill/sign.h"

#include <errno.h>
#include <linux/tcp.h>
#include <string.h>

#include "sock/auth.h"
#include "sock/optnames.h" /* after the system's own */
#include "wire/be.h"

static struct drill_opt option(enum drill_opt_kind kind, unsigned id)
{
	return (struct drill_opt) { .kind = kind,
				    .sign = DRILL_SIGN_SCRIPT,
				    .a = id };
}

static const struct drill_key *learn_ao(struct drill_arena *a, bool cmac,
					bool options)
{
	struct sock_ao_add add = {
		.sndid = 61, .rcvid = 84, .keylen = 10, .key = "testvector"
	};
	struct drill_key *keys = NULL;

	strcpy(add.alg_name, cmac ? "cmac(aes128)" : "hmac(sha1)");
	add.keyflags = options ? 0 : SOCK_AO_EXCLUDE_OPT;
	drill_sign_learn(&keys, a, TCP_AO_ADD_KEY, &add, sizeof(add));
	return keys;
}

/* The MAC, of the client's packet as one that leaves, of the server's as one
 * that arrives, is the RFC's.
 */
static void try_packet(const struct drill_key *keys, const struct connection *c,
		       int packet)
{
	bool up = packet == SYN || packet == UP;
	struct drill_opt o = option(DRILL_OPT_AO, up ? 61 : 84);
	struct drill_seg s = { .opts = &o, .nopts = 1 };
	struct drill_path path = { 0 };
	uint8_t b[256];
	size_t n = from_hex(c->packet[packet], b), at;

	path.v6 = b[0] >> 4 == 6;
	at = path.v6 ? 40 : 20;
	for (at += 20; b[at] != 29 || b[at + 1] != 16;)
		at += b[at] == 1 ? 1 : b[at + 1];
	EQ(drill_sign_begin(keys, up, &s), 1);
	EQ(o.n, 12);
	drill_sign_end(keys, up, &path, c->client, c->server, &s, b, n);
	OK(!memcmp(o.bytes, b + at + 4, 12));
}

TEST(every_vector_of_rfc_9235_has_its_mac)
{
	struct drill_arena a = { 0 };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (int packet = 0; packet < PACKETS; packet++)
			try_packet(learn_ao(&a,
					    rows[i].alg == TCP_MAC_AES_128_CMAC,
					    rows[i].options),
				   &rows[i], packet);
	drill_arena_fini(&a);
}

TEST(a_key_is_that_of_its_id_or_the_one_beside_the_option)
{
	struct drill_arena a = { 0 };
	const struct drill_key *keys = learn_ao(&a, false, true);
	struct drill_opt o = option(DRILL_OPT_AO, 84);
	struct drill_seg s = { .opts = &o, .nopts = 1 };

	EQ(drill_sign_begin(keys, false, &s), 1);
	EQ(drill_sign_begin(keys, true, &s), -ENOKEY);
	o.sign = DRILL_SIGN_KEY;
	o.key = "k";
	o.key_len = 1;
	EQ(drill_sign_begin(keys, true, &s), 1);
	o.kind = DRILL_OPT_MD5;
	EQ(drill_sign_begin(NULL, true, &s), 1);
	EQ(o.n, 16);
	o.sign = DRILL_SIGN_ANY;
	EQ(drill_sign_begin(NULL, true, &s), 0);
	drill_arena_fini(&a);
}

TEST(a_key_of_no_length_is_none_to_learn)
{
	struct tcp_md5sig m = { .tcpm_keylen = 3, .tcpm_key = "abc" };
	struct drill_arena a = { 0 };
	struct drill_key *keys = NULL;

	drill_sign_learn(&keys, &a, TCP_MD5SIG, &m, sizeof(m) - 1);
	drill_sign_learn(&keys, &a, TCP_NODELAY, &m, sizeof(m));
	OK(!keys);
	drill_sign_learn(&keys, &a, TCP_MD5SIG, &m, sizeof(m));
	OK(keys && !keys->ao && keys->len == 3);
	m.tcpm_keylen = 0;
	drill_sign_learn(&keys, &a, TCP_MD5SIG, &m, sizeof(m));
	OK(keys && !keys->next);
	drill_arena_fini(&a);
}

TESTS(CASE(every_vector_of_rfc_9235_has_its_mac),
      CASE(a_key_is_that_of_its_id_or_the_one_beside_the_option),
      CASE(a_key_of_no_length_is_none_to_learn))

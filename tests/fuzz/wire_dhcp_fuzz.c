/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "wire/dhcp.h"

/* A server's bytes: counts stay within their lists, names end. What a client
 * would write of them is read again as the same.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wire_dhcp f, g;
	uint8_t out[512];
	int n = wire_dhcp_parse(&f, data, size);

	if (n < 0) {
		CHECK(n == -EINVAL && f.bad);
		return 0;
	}
	CHECK((size_t)n == size && size >= WIRE_DHCP_HLEN);
	CHECK(f.nrouters <= WIRE_DHCP_ADDRS && f.ndns <= WIRE_DHCP_ADDRS);
	CHECK(f.nroutes <= WIRE_DHCP_ROUTES);
	CHECK(f.client_id_len <= WIRE_DHCP_ID);
	CHECK(f.domain[f.domain_len] == 0);
	for (unsigned i = 0; i < f.nroutes; i++)
		CHECK(f.route[i].plen <= 32);
	n = wire_dhcp_emit(out, sizeof(out), &f);
	CHECK(n >= WIRE_DHCP_MIN);
	CHECK(wire_dhcp_emit(out, 300, &f) == -ENOBUFS);
	CHECK(wire_dhcp_parse(&g, out, (size_t)n) == n);
	CHECK(g.xid == f.xid && g.type == f.type &&
	      memcmp(g.server, f.server, 4) == 0 &&
	      memcmp(g.requested, f.requested, 4) == 0 &&
	      g.client_id_len == f.client_id_len);
	return 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * What ostia show --html draws with: the diagram as an SVG of the rows in
 * view, the graphs by uPlot, all over one range of time. Text of a recording
 * comes into the page by textContent and as text on a canvas, never as markup.
 */
(function () {
"use strict";

const data = JSON.parse(document.getElementById("data").textContent);
const [CALL, RETURN, STATE, INSIDE, DROP, JOIN, SEGMENT, OPTIONS, NOTE] =
	[0, 1, 2, 3, 4, 5, 6, 7, 8];
const TCP = 6, SYN = 2, FIN = 1, RST = 4;
const RTX = 1, PROBE = 2, MS = 1e6;

function element(name, props, ...children) {
	const e = document.createElement(name);
	for (const [k, v] of Object.entries(props || {}))
		if (k in e) e[k] = v; else e.setAttribute(k, v);
	e.append(...children);
	return e;
}
function color(name) {
	return getComputedStyle(document.documentElement)
		.getPropertyValue("--" + name).trim();
}
function ms(ns) { return (ns / MS).toFixed(3); }
function span(ns) {
	return ns >= 1000 * MS ? (ns / MS / 1000).toFixed(3) + " s"
		: ns >= 10 * MS ? Math.round(ns / MS) + " ms" : ms(ns) + " ms";
}

/* ---- what there is ---- */

const items = data.items.map((x, i) => ({
	i, kind: x[0], side: x[1], time: x[2], arrive: x[3], mark: x[4],
	fate: x[5], text: x[6], options: "",
	hops: (x[7] || []).map((h) => ({ box: h[0], time: h[1], ends: h[2] })),
	why: x[8] || "" }));
items.forEach((x, i) => {
	if (x.kind === OPTIONS && i) items[i - 1].options = x.text;
});
const packets = [], samples = [], queue = [], states = [];
for (const e of data.events) {
	if (e[0] === "p")
		packets.push({ time: e[1], arrive: e[2], conv: e[3], side: e[4],
			fate: e[5], marks: e[6], flags: e[7], from: e[8], to: e[9],
			ack: e[10], edge: e[11], sack: e[12] });
	else if (e[0] === "c")
		samples.push({ time: e[1], conv: e[2], side: e[3], cwnd: e[4],
			ssthresh: e[5], flight: e[6], srtt: e[7], rto: e[8] });
	else if (e[0] === "q")
		queue.push({ time: e[1], depart: e[2], wire: e[3], dir: e[4],
			len: e[5], fate: e[6] });
	else
		states.push({ time: e[1], conv: e[2], side: e[3], from: e[4],
			to: e[5], node: e[6], conn: e[7] });
}
packets.sort((p, q) => p.time - q.time); /* as they were given away */
let end = 1;
for (const x of items) end = Math.max(end, x.time, x.fate ? 0 : x.arrive);
for (const p of packets) end = Math.max(end, p.time, p.fate ? 0 : p.arrive);
for (const s of states) end = Math.max(end, s.time);

/** view - What is looked at: a range of time, ns, and what of it */
const view = { from: 0, to: end, conv: 0, scale: 1, find: "", only: false, sized: false,
	calls: true, segments: true, states: true, inside: true, hit: -1 };
{
	let most = -1;
	data.convs.forEach((c, i) => {
		const n = c[3] + c[4];
		if (c[0] === TCP && n > most) { most = n; view.conv = i; }
	});
	if (data.conv >= 0) view.conv = data.conv;
}

/* ---- page ---- */

function sideName(conv, side) { return data.convs[conv][1 + side]; }

const find = element("input", { type: "search", id: "find", placeholder: "search  /",
	"aria-label": "search the diagram", size: 18 });
const count = element("output", { id: "count", "aria-live": "polite" });
const only = element("input", { type: "checkbox", id: "only" });
const range = element("output", { id: "range", "aria-live": "polite" });
const convs = element("select", { id: "conv", "aria-label": "conversation" });
data.convs.forEach((c, i) => convs.append(element("option", { value: i },
	`${c[0] === TCP ? "tcp" : c[0] === 17 ? "udp" : "ip"} ${c[1]} - ${c[2]}` +
	`, ${c[3] + c[4]} packets` + (c[5] ? `, ${c[5]} lost` : ""))));
convs.value = view.conv;

function check(name, text) {
	const box = element("input", { type: "checkbox", id: "f-" + name,
		checked: true });
	box.addEventListener("change", () => { view[name] = box.checked; refilter(); });
	return element("label", {}, box, " " + text);
}
function button(id, text, title, act) {
	const b = element("button", { id, type: "button", title }, text);
	b.addEventListener("click", act);
	return b;
}
function say(id, text) {
	return element("p", { id, className: "none" }, text);
}

const header = element("header", {}, element("h1", {}, data.title),
	element("p", {}, `seed ${data.seed} · ${ms(end)} ms · ` +
		data.sides.map((s) => s.trim()).join(" and ")));
if (data.trouble)
	header.append(element("p", { className: "trouble" }, data.trouble));
if (data.left[0] || data.left[1])
	header.append(element("p", { className: "trouble" },
		`Too long for a page: ${data.left[0]} rows and ${data.left[1]} ` +
		"events at the end are left out; --between chooses a time."));
if (data.thin > 1 || data.alone)
	header.append(element("p", { className: "trouble" },
		"Too long for graphs of every packet: " +
		(data.thin > 1 ? `${data.thin} in a row to which nothing happened are ` +
			"one point; " : "") +
		(data.alone ? "other conversations than the chosen one have none; "
			: "--conn chooses a conversation, ") +
		"--between a time."));
if (data.more)
	header.append(element("p", { className: "trouble" },
		`Boxes between the two that are not shown: ${data.more}.`));
header.append(element("p", {},
	...["/", " search (", "Esc", " ends it)  ", "n", " ", "N",
	" next, the one before  ", "+", " ", "-", " zoom in time  ",
	"\u2190", " ", "\u2192", " earlier, later  ", "0", " or double click: all  ", "[", " ", "]",
	" size of the diagram"].map((t, i) => i % 2 ? t : element("kbd", {}, t))));

const nav = element("nav", {}, find, count,
	element("label", {}, only, " matches only"),
	check("calls", "calls"), check("segments", "segments"),
	check("states", "states"), check("inside", "inside"),
	...(data.convs.length ? [convs] : []),
	button("in", "+", "zoom in", () => zoom(0.5)),
	button("out", "\u2212", "zoom out", () => zoom(2)),
	button("all", "all", "all of the time", () => look(0, end)), range);

const scroll = element("div", { id: "scroll", tabIndex: 0, role: "img" });
scroll.setAttribute("aria-label", "sequence diagram");
const left = element("div", {}, element("section", {},
	element("h2", {}, "Sequence"), scroll));
const right = element("div", { id: "graphs" });
document.body.prepend(header, nav, element("main", {}, left, right));
document.title = data.title + " - ostia";

/* ---- the diagram ---- */

const SVG = "http://www.w3.org/2000/svg";
const X0 = 336, LANE = data.boxes.length ? 280 : 300, TOP = 52, ROW = 22, TIME_X = 68;
const X1 = X0 + LANE * (data.boxes.length + 1), WIDTH = X1 + 330;
/* cut - The time of the last row, if not all rows have room in the page */
const cut = data.left[0] ? items[items.length - 1].time : end;
let rows = [], shown = [], hits = [], silences = [];
const svg = document.createElementNS(SVG, "svg");
const lines = document.createElementNS(SVG, "g"), words = lines.cloneNode();
const spacer = element("div");
scroll.append(spacer, svg);

function matches(x) {
	return view.find !== "" &&
		(x.text + " " + x.mark + " " + x.fate + " " + x.options)
			.toLowerCase().includes(view.find);
}
function isWanted(x) {
	if (x.kind === OPTIONS || x.time < view.from || x.time > view.to)
		return false;
	if (x.kind === SEGMENT ? !view.segments
		: x.kind === STATE ? !view.states
		: x.kind === INSIDE || x.kind === DROP ? !view.inside
		: x.kind === NOTE ? false : !view.calls)
		return false;
	return !(view.only && view.find) || x.match;
}
function endsAtBox(x) { return x.hops.length > 0 && x.hops.at(-1).ends; }
function flies(x) {
	return x.kind === SEGMENT && !x.fate && x.arrive > x.time && !endsAtBox(x);
}

/* A row for each item, for each arrival at another time, and in each box. */
function refilter() {
	rows = [];
	for (const x of items) x.match = matches(x);
	shown = items.filter(isWanted);
	for (const x of shown) {
		rows.push([x.time, x.i, 0, x]);
		if (flies(x)) rows.push([x.arrive, x.i, 1, x]);
		for (const h of x.hops) rows.push([h.time, x.i, 1, h]);
	}
	rows.sort((p, q) => p[0] - q[0] || q[2] - p[2] || p[1] - q[1]);
	/* Where nothing happens for far longer than anything flies, a row says so. */
	const long = 5 * shown.reduce((n, x) => flies(x)
		? Math.max(n, x.arrive - x.time) : n, MS);
	silences = [];
	rows = rows.flatMap((r, k) => {
		const ns = k ? r[0] - rows[k - 1][0] : 0;
		return ns > long ? [[r[0], 0, 2, { ns }], r] : [r];
	});
	rows.forEach((r, k) => {
		if (r[2] === 2) silences.push({ y: k, ns: r[3].ns });
		else if (r[2]) r[3].y1 = k;
		else r[3].y0 = k;
	});
	for (const x of shown)
		if (!flies(x)) x.y1 = x.hops.length ? x.hops.at(-1).y1 : x.y0;
	shown.sort((p, q) => p.y0 - q.y0);
	hits = shown.filter((x) => x.match);
	view.hit = -1;
	count.textContent = view.find ? `${hits.length} found`
		: `${shown.length} rows`;
	paint();
}

function mark(name, attributes, text) {
	const e = document.createElementNS(SVG, name);
	for (const [k, v] of Object.entries(attributes)) e.setAttribute(k, v);
	if (text !== undefined) e.textContent = text;
	(name === "text" ? words : lines).append(e);
	return e;
}
function label(x, y, anchor, cls, text) {
	return mark("text", { x, y, class: cls, "text-anchor": anchor }, text);
}
function line(x1, y1, x2, y2, cls) {
	mark("line", { x1, y1, x2, y2, class: cls || "" });
}
/* A long text is drawn narrower, not over what is beside it. */
function narrow(t, text, room) {
	if (text.length * 7.2 < room) return;
	t.setAttribute("textLength", room);
	t.setAttribute("lengthAdjust", "spacingAndGlyphs");
}
/* From line to line, by boxes; what it says stands at the first leg. */
function drawSegment(x, y0, y1) {
	const dir = x.side ? -1 : 1, first = { x: x.side ? X1 : X0, y: y0 };
	const points = x.hops.map((h) => ({ x: X0 + LANE * (h.box + 1),
		y: TOP + ROW * h.y1 }));
	const ends = endsAtBox(x);
	let at = first;

	if (!ends)
		points.push({ y: y1, x: !x.fate ? x.side ? X0 : X1
			: points.length ? points.at(-1).x + LANE / 2 * dir
				: (X0 + X1) / 2 + 60 * dir });
	points.forEach((p, i) => {
		const last = i === points.length - 1, h = x.hops[i];
		line(at.x, at.y, p.x, p.y, x.fate && last ? "bad" : "");
		if (h)
			label(p.x + 6 * dir, p.y + 4, dir > 0 ? "start" : "end",
				h.ends && x.fate ? "o x" : "o d",
				ms(h.time) + (h.ends && x.fate ? " " + (x.why || x.fate) : ""));
		at = p;
	});
	if (x.fate) {
		line(at.x - 4, at.y - 4, at.x + 4, at.y + 4, "bad");
		line(at.x - 4, at.y + 4, at.x + 4, at.y - 4, "bad");
	} else {
		mark("path", { d: `M${at.x} ${at.y}l${-8 * dir} -4v8z`, class: "head" });
	}
	const leg = x.hops.length ? points[0] : { x: x.side ? X0 : X1, y: y1 };
	const said = (x.mark ? x.mark + " " : "") + x.text +
		(x.fate && !ends ? ": " + x.fate : "");
	const t = label((first.x + leg.x) / 2, (y0 + leg.y) / 2 - 5, "middle",
		"o " + (x.fate ? "x" : x.side ? "b" : "a"), said);
	narrow(t, said, LANE - 8);
	const more = document.createElementNS(SVG, "title");
	more.textContent = x.text + (x.options ? "\n" + x.options : "");
	t.append(more);
	if (flies(x))
		label(at.x + 6 * dir, y1 + 4, dir > 0 ? "start" : "end", "d",
			ms(x.arrive));
}
function drawAside(x, y) {
	const failed = / = -1 E(?!AGAIN$|INPROGRESS$)/.test(x.text);
	const cls = x.kind === DROP || failed ? "x" : x.kind === CALL || x.kind === RETURN
		? x.side ? "b" : "a" : "d";
	if (x.kind === NOTE)
		return label((X0 + X1) / 2, y + 4, "middle", "o w", x.text);
	const t = x.side ? label(X1 + 14, y + 4, "start", cls, x.text)
		: label(X0 - 14, y + 4, "end", cls, x.text);
	narrow(t, x.text, x.side ? WIDTH - X1 - 20 : X0 - TIME_X - 20);
}

/* Only the rows in sight are elements, and what flies through them. */
function paint() {
	const total = TOP + ROW * (rows.length + 1) + 20, k = view.scale;
	const top = scroll.scrollTop / k, high = scroll.clientHeight / k;
	const first = (top - TOP) / ROW - 3, last = (top + high - TOP) / ROW + 3;
	spacer.style.width = WIDTH * k + "px";
	spacer.style.height = total * k + "px";
	lines.replaceChildren();
	words.replaceChildren();
	svg.replaceChildren(lines, words);
	svg.setAttribute("viewBox", `0 ${top} ${WIDTH} ${high}`);
	svg.setAttribute("width", WIDTH * k);
	svg.setAttribute("height", high * k);
	svg.style.top = scroll.scrollTop + "px";
	for (let x = X0; x <= X1; x += LANE)
		line(x, Math.max(top, 40), x, Math.min(top + high, total - 8), "life");
	for (const x of shown) {
		if (x.y0 > last) break;
		if (x.y1 < first) continue;
		const y0 = TOP + ROW * x.y0, y1 = TOP + ROW * x.y1;
		if (x.match)
			mark("rect", { x: 0, y: y0 - 10, width: WIDTH, height: 20,
				class: "hit" + (x === hits[view.hit] ? " cur" : "") });
		label(TIME_X, y0 + 4, "end", "d", ms(x.time));
		if (x.kind === SEGMENT) drawSegment(x, y0, y1);
		else drawAside(x, y0);
	}
	for (const s of silences) {
		const y = TOP + ROW * s.y;
		if (s.y < first || s.y > last) continue;
		line(X0 - 8, y, X1 + 8, y, "gap");
		label((X0 + X1) / 2, y + 4, "middle", "o w", `nothing for ${span(s.ns)}`);
	}
	if (view.to > cut)
		label((X0 + X1) / 2, TOP + ROW * rows.length + 4, "middle", "o w",
			`what follows ${ms(cut)} ms is not in this page: --between`);
	words.append(mark("rect", { x: 0, y: top, width: WIDTH, height: 30,
		style: "fill:var(--paper)" }));
	label(X0, top + 20, "middle", "h a", data.sides[0]);
	label(X1, top + 20, "middle", "h b", data.sides[1]);
	data.boxes.forEach((b, i) =>
		label(X0 + LANE * (i + 1), top + 20, "middle", "h d", b));
	label(TIME_X, top + 20, "end", "d", "ms");
	document.body.dataset.rows = shown.length;
}
function next(step) {
	if (!hits.length) return;
	view.hit = (view.hit + step + hits.length) % hits.length;
	count.textContent = `${view.hit + 1} of ${hits.length}`;
	scroll.scrollTop = (TOP + ROW * hits[view.hit].y0) * view.scale -
		scroll.clientHeight / 2;
	paint();
}
function fit() {
	if (!view.sized)
		view.scale = Math.min(1.2, Math.max(0.75, scroll.clientWidth / WIDTH - 0.001));
}
function resize(factor) {
	view.sized = true;
	const at = scroll.scrollTop / view.scale;
	view.scale = Math.min(4, Math.max(0.25, view.scale * factor));
	paint();
	scroll.scrollTop = at * view.scale;
	paint();
}

/* ---- graphs ---- */

let charts = [];
const DASH = [6, 4];

/* Tables of [time, value] with one axis of time: null where nothing is. */
function align(tables) {
	const t = tables.map((rows) => {
		const xs = [], ys = [];
		for (const [x, y] of rows) {
			if (xs.length && xs[xs.length - 1] === x) ys[ys.length - 1] = y;
			else { xs.push(x); ys.push(y); }
		}
		return [xs, ys];
	});
	if (!t.some((x) => x[0].length)) t[0] = [[0], [null]];
	return uPlot.join(t);
}
function stepped(name, c, more) {
	return Object.assign({ label: name, stroke: color(c), width: 1.4, spanGaps: true,
		points: { show: false }, paths: uPlot.paths.stepped({ align: 1 }) }, more);
}
function dots(name, c, more) {
	return Object.assign({ label: name, stroke: color(c), paths: () => null,
		points: { show: true, size: 4, fill: color(c) } }, more);
}
function plain(v) {
	return v == null ? "" : Math.abs(v) >= 1e6 ? (v / 1e6).toFixed(2) + "M"
		: Math.abs(v) >= 1e4 ? (v / 1e3).toFixed(1) + "k"
		: String(Math.abs(v) < 1 ? Number(v.toPrecision(3))
			: Math.round(v * 1000) / 1000);
}

/* Times at the axis have their unit: ms, or s of what lasts long. */
function times(u, at) {
	const long = at.length > 0 && Math.max(...at) >= 1e4;
	return at.map((t) => long ? String(Math.round(t) / 1000) + " s"
		: plain(t) + " ms");
}

/**
 * chart() - A graph over the range of time that all have
 * @what: title, y (label), tables, series; lanes: no numbers at the left;
 *	  renew: its tables, if they are others for every range
 */
function chart(what) {
	const box = element("div", { className: "chart", tabIndex: 0 });
	box.dataset.chart = what.id;
	box.setAttribute("role", "img");
	box.setAttribute("aria-label", what.title);
	right.append(element("section", {}, element("h2", {}, what.title), box));
	const axis = { stroke: color("dim"), grid: { stroke: color("line"), width: 1 },
		ticks: { stroke: color("line"), width: 1 } };
	const u = new uPlot({
		width: Math.max(280, box.clientWidth - 12), height: what.height || 190,
		scales: { x: { time: false, range: (u, a, b) => [a, b] },
			y: what.range ? { range: what.range }
				: { range: (u, a, b) => [0, (b || 1) * 1.06] } },
		cursor: { sync: { key: "time" }, drag: { x: true, y: false, setScale: false } },
		legend: { show: !what.lanes },
		axes: [Object.assign({ values: times, space: 70 }, axis),
			Object.assign({ size: 62, label: what.y, labelSize: 18,
				show: !what.lanes, values: (u, v) => v.map(plain) }, axis)],
		series: [{ label: "ms", value: (u, v) => v == null ? "" : v.toFixed(3) }]
			.concat(what.series.map((s) =>
				Object.assign({ value: (u, v) => plain(v) }, s))),
		hooks: {
			draw: [(u) => { box.dataset.top = u.scales.y.max; }]
				.concat(what.draw || []),
			setSelect: [(u) => {
				if (u.select.width < 3) return;
				look(u.posToVal(u.select.left, "x") * MS,
					u.posToVal(u.select.left + u.select.width, "x") * MS);
				u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
			}] },
	}, align(what.tables), box);
	u.over.addEventListener("dblclick", () => look(0, end));
	charts.push({ u, box, renew: what.renew });
}
function nothing(title, why) {
	right.append(element("section", {}, element("h2", {}, title), say("", why)));
}

/* What flies from @side, and what comes back to it, at that side's time. */
function sent(side) {
	return packets.filter((p) => p.conv === view.conv && p.side === side);
}
function heard(side) {
	return packets.filter((p) => p.conv === view.conv && p.side !== side &&
		!p.fate && p.flags).sort((a, b) => a.arrive - b.arrive);
}

function clipped(u, draw) {
	const c = u.ctx, b = u.bbox;
	c.save();
	c.beginPath();
	c.rect(b.left, b.top, b.width, b.height);
	c.clip();
	c.textBaseline = "alphabetic"; /* axes leave another */
	draw(c, (t) => u.valToPos(t / MS, "x", true), (v) => u.valToPos(v, "y", true),
		devicePixelRatio || 1);
	c.restore();
}
function drawSequence(side) {
	const own = sent(side), back = heard(side);
	return (u) => clipped(u, (c, x, y, dpr) => {
		const min = u.scales.x.min * MS, max = u.scales.x.max * MS;
		const bad = color("bad"), warn = color("warn"), good = color("ink");
		const sack = color("c");
		const bar = (at, from, to, ink) => {
			const w = 3 * dpr, px = x(at), a = y(from), b = y(to);
			c.strokeStyle = ink;
			c.lineWidth = 1.3 * dpr;
			c.beginPath();
			c.moveTo(px, a); c.lineTo(px, b);
			c.moveTo(px - w, a); c.lineTo(px + w, a);
			c.moveTo(px - w, b); c.lineTo(px + w, b);
			c.stroke();
		};
		for (const p of back)
			for (let i = 0; i + 1 < p.sack.length; i += 2)
				if (p.arrive >= min && p.arrive <= max)
					bar(p.arrive, p.sack[i], p.sack[i + 1], sack);
		for (const p of own) {
			if (p.time < min || p.time > max) continue;
			const ink = p.fate ? bad : p.marks & (RTX | PROBE) ? warn : good;
			if (p.to > p.from) bar(p.time, p.from, p.to, ink);
			const sign = p.flags & SYN ? "SYN" : p.flags & RST ? "RST"
				: p.flags & FIN ? "FIN" : p.fate ? "x"
				: p.to > p.from && p.marks & RTX ? "R"
				: p.marks & PROBE ? "P" : "";
			if (!sign) continue;
			c.fillStyle = ink;
			c.font = `${10 * dpr}px ui-monospace, monospace`;
			const half = c.measureText(sign).width / 2, b = u.bbox;
			c.textAlign = "center"; /* whole, at the edges, too */
			c.fillText(sign, Math.min(b.left + b.width - half,
				Math.max(b.left + half, x(p.time))), y(p.to) - 4 * dpr);
		}
	});
}
function sequence(side) {
	const own = sent(side), back = heard(side).filter((p) => p.flags & 16);
	const title = `Time-sequence of ${sideName(view.conv, side)}`;
	if (!own.some((p) => p.to > p.from))
		return nothing(title, "It sends no bytes.");
	const top = own.map((p) => [p.time / MS, p.to]);
	const most = Math.max(1, ...own.map((p) => p.to).slice(-50000));
	chart({ id: "sequence" + side, title, y: "bytes", height: 260,
		tables: [top, back.map((p) => [p.arrive / MS, p.ack]),
			back.map((p) => [p.arrive / MS, p.edge])],
		series: [{ label: "segments", stroke: color("ink"), paths: () => null,
			points: { show: false } },
			stepped("acknowledged", "b"), stepped("window's edge", "a",
				{ dash: DASH })],
		range: (u, a, b) => {
			const min = u.scales.x.min * MS, max = u.scales.x.max * MS;
			let lo = Infinity, hi = 0;
			for (const p of own)
				if (p.time >= min && p.time <= max) {
					lo = Math.min(lo, p.from);
					hi = Math.max(hi, p.to);
				}
			if (lo > hi) { lo = 0; hi = most; }
			const pad = Math.max(1, (hi - lo) * 0.12);
			return [Math.max(0, lo - pad), hi + pad];
		},
		draw: drawSequence(side) });
}

/* Bytes that arrive, over a hundredth of the range. */
function rateOf(list) {
	const wide = Math.max((view.to - view.from) / 100, 1e3), bins = new Map();
	for (const p of list) {
		if (p.fate || p.to <= p.from) continue;
		const k = Math.floor(p.arrive / wide);
		bins.set(k, (bins.get(k) || 0) + (p.to - p.from));
	}
	const rows = [];
	for (const k of [...bins.keys()].sort((a, b) => a - b)) {
		if (!bins.has(k - 1)) rows.push([k * wide / MS, 0]);
		rows[rows.length - 1] = [k * wide / MS, bins.get(k) * 8e3 / wide];
		rows.push([(k + 1) * wide / MS, 0]);
	}
	return rows;
}
function throughput() {
	const title = "Throughput: payload that arrives";
	const renew = () => [rateOf(sent(0)), rateOf(sent(1))];
	const tables = renew();
	if (!tables[0].length && !tables[1].length)
		return nothing(title, "No payload arrives.");
	chart({ id: "throughput", title, y: "Mbit/s", tables, renew,
		series: [stepped("from " + sideName(view.conv, 0), "a"),
			stepped("from " + sideName(view.conv, 1), "b")] });
}

/* From the first sending of a segment to the acknowledgment of its end. */
function measured(side) {
	const back = heard(side).filter((p) => p.flags & 16), rows = [];
	const again = new Set(sent(side).filter((p) => p.marks & RTX).map((p) => p.to));
	let k = 0;
	for (const p of sent(side)) {
		if (p.to <= p.from || p.marks & RTX || again.has(p.to)) continue;
		while (k < back.length && (back[k].ack < p.to || back[k].arrive < p.time)) k++;
		if (k < back.length)
			rows.push([back[k].arrive / MS, (back[k].arrive - p.time) / MS]);
	}
	return rows;
}
function of(side, pick) {
	return samples.filter((s) => s.conv === view.conv && s.side === side)
		.map((s) => [s.time / MS, pick(s)]);
}
function rtt(side) {
	const title = `Round trip, as ${sideName(view.conv, side)} has it`;
	const m = measured(side), s = of(side, (s) => s.srtt / 1e3 || null);
	if (!m.length && !s.some((x) => x[1])) return nothing(title, "Nothing to measure.");
	chart({ id: "rtt" + side, title, y: "ms",
		tables: [m, s, of(side, (s) => s.rto / 1e3)],
		series: [dots("measured", "ink"), stepped("srtt", "a"),
			stepped("rto", "warn", { dash: DASH, show: false })] });
}
function windows(side) {
	const title = `Windows of ${sideName(view.conv, side)}`;
	const edge = heard(side).filter((p) => p.flags & 16 && !(p.flags & (RST | SYN)))
		.map((p) => [p.arrive / MS, p.edge - p.ack]);
	const cwnd = of(side, (s) => s.cwnd);
	if (!cwnd.length && edge.length < 2) return nothing(title, "Too little to draw.");
	const huge = (v) => v >= 0x7fffffff ? null : v;
	if (cwnd.length)
		chart({ id: "cwnd" + side, title: title + ": congestion", y: "segments",
			tables: [cwnd, of(side, (s) => s.flight), of(side, (s) => huge(s.ssthresh))],
			series: [stepped("cwnd", "a"), stepped("in flight", "b"),
				stepped("ssthresh", "warn", { dash: DASH })] });
	if (edge.length > 1)
		chart({ id: "rwnd" + side, title: title + ": what the receiver lets in",
			y: "bytes", tables: [edge], series: [stepped("receive window", "c")] });
}

function queues() {
	const title = "Queues of the wires", lanes = new Map();
	for (const q of queue) {
		const k = q.wire * 2 + q.dir;
		if (!lanes.has(k)) lanes.set(k, { steps: [], full: [] });
		const l = lanes.get(k);
		if (q.fate) l.full.push(q.depart);
		if (q.depart > q.time) l.steps.push([q.time, 1], [q.depart, -1]);
	}
	if (!lanes.size) return nothing(title, "No packet waited for a wire.");
	const tables = [], series = [], inks = ["a", "b", "c", "warn", "ink", "bad"];
	for (const [k, l] of lanes) {
		const w = data.wires[k >> 1], name = `${w[1 + k % 2]} \u2192 ${w[2 - k % 2]}`;
		let n = 0, at = 0;
		l.steps.sort((p, q) => p[0] - q[0] || p[1] - q[1]);
		const rows = l.steps.map(([t, d]) => [t / MS, n += d]);
		tables.push(rows);
		series.push(stepped(name, inks[series.length % inks.length]));
		if (!l.full.length) continue;
		let depth = 0;
		l.full.sort((p, q) => p - q);
		tables.push(l.full.map((t) => {
			while (at < rows.length && rows[at][0] <= t / MS) depth = rows[at++][1];
			return [t / MS, depth];
		}));
		series.push(dots(name + ": dropped", "bad"));
	}
	chart({ id: "queues", title, y: "packets", tables, series });
}

/*
 * A lane for each end of a connection, and for each listener; of the chosen
 * conversation alone where all of them are too many.
 */
function stateLanes() {
	const title = "Socket states", lanes = new Map();
	const many = new Set(states.map((s) => s.node + "#" + s.conn)).size > 12;
	for (const s of states) {
		if (many && s.conv >= 0 && s.conv !== view.conv) continue;
		const k = s.node + "#" + s.conn;
		if (!lanes.has(k))
			lanes.set(k, { name: s.conv >= 0 ? `${s.node} ${sideName(s.conv, s.side)}`
				: `${s.node} listener`, steps: [] });
		lanes.get(k).steps.push(s);
	}
	if (!lanes.size) return nothing(title, "No socket changed its state.");
	const list = [...lanes.values()].slice(0, 24);
	const ink = { ESTABLISHED: "b", LISTEN: "a", "TIME-WAIT": "warn",
		"CLOSE-WAIT": "bad", "SYN-SENT": "c", "SYN-RECEIVED": "c" };
	chart({ id: "states", title, lanes: true, height: 56 + 40 * list.length,
		tables: [[[0, null], [end / MS, null]]], series: [{ label: "state", show: false }],
		range: () => [0, list.length],
		draw: (u) => clipped(u, (c, x, y, dpr) => list.forEach((l, k) => {
			const top = y(list.length - k), high = y(list.length - k - 1) - top;
			const bar = top + 16 * dpr, deep = high - 18 * dpr;
			c.font = `${11 * dpr}px ui-monospace, monospace`;
			c.textAlign = "left";
			c.fillStyle = color("dim");
			c.fillText(l.name, u.bbox.left + 4 * dpr, top + 12 * dpr);
			l.steps.forEach((s, i) => {
				if (s.to === "CLOSED") return;
				const from = x(s.time);
				const to = i + 1 < l.steps.length ? x(l.steps[i + 1].time)
					: u.bbox.left + u.bbox.width;
				c.globalAlpha = 0.3;
				c.fillStyle = color(ink[s.to] || "dim");
				c.fillRect(from, bar, Math.max(to - from, dpr), deep);
				c.globalAlpha = 1;
				c.fillRect(from, bar, dpr, deep);
				const room = Math.min(to, u.bbox.left + u.bbox.width) -
					Math.max(from, u.bbox.left) - 6 * dpr;
				if (c.measureText(s.to).width > room) return;
				c.fillStyle = color("ink");
				c.fillText(s.to, Math.max(from, u.bbox.left) + 4 * dpr,
					bar + deep / 2 + 4 * dpr);
			});
		})) });
}

function graphs() {
	charts.forEach((c) => c.u.destroy());
	charts = [];
	right.replaceChildren();
	const tcp = data.convs.length && data.convs[view.conv][0] === TCP;
	if (tcp) { sequence(0); sequence(1); }
	if (data.convs.length) throughput();
	if (tcp) {
		for (const side of [0, 1]) rtt(side);
		for (const side of [0, 1]) windows(side);
	}
	queues();
	stateLanes();
	scales();
	document.body.dataset.charts = charts.length;
}
function scales() {
	const edge = (view.to - view.from) / 100;
	for (const c of charts) {
		if (c.renew) c.u.setData(align(c.renew()), false);
		c.u.setScale("x", { min: (view.from - edge) / MS,
			max: (view.to + edge) / MS });
	}
	range.textContent = `${ms(view.from)} to ${ms(view.to)} ms`;
	document.body.dataset.from = view.from;
	document.body.dataset.to = view.to;
}

/* ---- the range of time ---- */

function look(from, to) {
	const wide = Math.max(to - from, 1e3);
	view.from = Math.round(Math.max(0, Math.min(from, end - 1)));
	view.to = Math.round(Math.min(end, view.from + wide));
	scroll.scrollTop = 0;
	scales();
	refilter();
}
function zoom(factor) {
	const mid = (view.from + view.to) / 2;
	const half = Math.min((view.to - view.from) * factor, end) / 2;
	look(Math.max(0, mid - half), Math.max(0, mid - half) + 2 * half);
}
function pan(part) {
	const wide = view.to - view.from;
	const from = Math.max(0, Math.min(end - wide, view.from + wide * part));
	look(from, from + wide);
}

/* ---- hands ---- */

find.addEventListener("input", () => {
	view.find = find.value.toLowerCase();
	refilter();
	if (!view.only) next(1);
});
find.addEventListener("keydown", (e) => {
	if (e.key === "Enter") next(e.shiftKey ? -1 : 1);
	else if (e.key === "Escape") { find.value = view.find = ""; refilter(); find.blur(); }
});
only.addEventListener("change", () => { view.only = only.checked; refilter(); });
convs.addEventListener("change", () => { view.conv = +convs.value; graphs(); });
scroll.addEventListener("scroll", paint);
addEventListener("resize", () => { graphs(); fit(); paint(); });
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", graphs);
addEventListener("keydown", (e) => {
	if (e.ctrlKey || e.metaKey || e.altKey || e.target === find ||
		e.target === convs)
		return;
	const act = { "/": () => find.focus(), n: () => next(1), N: () => next(-1),
		"+": () => zoom(0.5), "=": () => zoom(0.5), "-": () => zoom(2),
		ArrowLeft: () => pan(-0.25), ArrowRight: () => pan(0.25),
		"0": () => look(0, end), "[": () => resize(0.8), "]": () => resize(1.25) };
	if (!act[e.key]) return;
	e.preventDefault();
	act[e.key]();
});

graphs();
fit();
refilter();
document.body.dataset.ready = "yes";
})();

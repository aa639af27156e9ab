// SPDX-License-Identifier: MIT
// web.js serve PORT | ask HOST PORT: node at both ends, 50 requests at a time.
const http = require('http');
const [what, a, b] = process.argv.slice(2);

if (what === 'serve') {
	http.createServer((req, res) => {
		let n = 0;
		req.on('data', (d) => { n += d.length; });
		req.on('end', () => {
			res.end(`${req.method} ${req.url} ${n}\n`);
		});
	}).listen(Number(a));
} else {
	const agent = new http.Agent({ keepAlive: true, maxSockets: 10 });
	const one = (i) => new Promise((done, fail) => {
		const req = http.request({ host: a, port: Number(b), agent,
			path: `/${i}`, method: 'POST' }, (res) => {
			let text = '';
			res.on('data', (d) => { text += d; });
			res.on('end', () => done(text));
		});
		req.on('error', fail);
		req.end('x'.repeat(i * 1000));
	});
	Promise.all([...Array(50).keys()].map(one)).then((all) => {
		process.stdout.write(all.join(''));
		agent.destroy();
	});
}

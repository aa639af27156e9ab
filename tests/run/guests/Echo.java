// SPDX-License-Identifier: MIT
// Echo.java serve PORT | ask HOST PORT: blocking and NIO sockets of the JDK.
import java.io.*;
import java.net.*;
import java.nio.ByteBuffer;
import java.nio.channels.*;

public class Echo {
	static void serve(int port) throws IOException {
		Selector sel = Selector.open();
		ServerSocketChannel l = ServerSocketChannel.open();
		ByteBuffer buf = ByteBuffer.allocate(65536);
		l.bind(new InetSocketAddress(port));
		l.configureBlocking(false);
		l.register(sel, SelectionKey.OP_ACCEPT);
		for (;;) {
			sel.select();
			for (SelectionKey k : sel.selectedKeys()) {
				if (k.isAcceptable()) {
					SocketChannel c = l.accept();
					if (c == null)
						continue;
					c.configureBlocking(false);
					c.register(sel, SelectionKey.OP_READ);
				} else if (k.isReadable()) {
					SocketChannel c =
						(SocketChannel)k.channel();
					buf.clear();
					if (c.read(buf) < 0) {
						c.close();
						continue;
					}
					buf.flip();
					while (buf.hasRemaining())
						c.write(buf);
				}
			}
			sel.selectedKeys().clear();
		}
	}

	static void ask(String host, int port) throws IOException {
		for (int i = 1; i <= 5; i++) {
			try (Socket s = new Socket(host, port)) {
				byte[] out = new byte[i * 10000];
				java.util.Arrays.fill(out, (byte)i);
				s.setTcpNoDelay(true);
				s.setSoTimeout(20000);
				s.getOutputStream().write(out);
				byte[] in = s.getInputStream().readNBytes(
					out.length);
				System.out.println(in.length + " " +
					java.util.Arrays.equals(in, out));
			}
		}
	}

	public static void main(String[] args) throws IOException {
		if (args[0].equals("serve"))
			serve(Integer.parseInt(args[1]));
		else
			ask(args[1], Integer.parseInt(args[2]));
	}
}

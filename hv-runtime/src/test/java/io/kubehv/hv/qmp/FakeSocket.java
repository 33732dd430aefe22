package io.kubehv.hv.qmp;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** The other side of a UNIX socket, played by a test: accepts one connection after the other and runs the play on each. */
public final class FakeSocket implements AutoCloseable {
    /** The greeting of a real QEMU, with its end. */
    public static final String GREETING =
            "{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 3, \"minor\": 0, \"major\": 10}, \"package\": \"\"}, \"capabilities\": [\"oob\"]}}\r\n";

    private final ServerSocketChannel server;
    private final Path path;
    private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();

    /** What the other side does with one connection. */
    @FunctionalInterface
    public interface Play {
        void run(Connection connection) throws IOException, InterruptedException;
    }

    /** Listens at the path. */
    public FakeSocket(Path path, Play play) throws IOException {
        this.path = path;
        Files.deleteIfExists(path);
        server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(UnixDomainSocketAddress.of(path));
        Thread.ofVirtual().start(() -> accept(play));
    }

    private void accept(Play play) {
        try {
            while (true) {
                SocketChannel channel = server.accept();
                serve(channel, play);
            }
        } catch (IOException | InterruptedException e) {
            heard.add("(the server ended: " + e + ")");
        }
    }

    private void serve(SocketChannel channel, Play play) throws InterruptedException {
        try (channel) {
            play.run(new Connection(channel));
        } catch (IOException e) {
            heard.add("(the connection ended: " + e.getMessage() + ")");
        }
    }

    /** The next line that a client said. */
    public String heard() throws InterruptedException {
        String line = heard.poll(5, TimeUnit.SECONDS);
        return line == null ? "(nothing)" : line;
    }

    @Override
    public void close() throws IOException {
        server.close();
        Files.deleteIfExists(path);
    }

    /** One connection, seen from the other side. */
    public final class Connection {
        private final SocketChannel channel;
        private final BufferedReader reader;

        private Connection(SocketChannel channel) {
            this.channel = channel;
            this.reader = new BufferedReader(Channels.newReader(channel, StandardCharsets.ISO_8859_1));
        }

        /** Says the text. */
        public void say(String text) throws IOException {
            say(text.getBytes(StandardCharsets.UTF_8));
        }

        /** Says the bytes. */
        public void say(byte[] bytes) throws IOException {
            ByteBuffer buffer = ByteBuffer.wrap(bytes);
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
        }

        /** Waits for a line of the client; it is kept for {@link FakeSocket#heard()}. */
        public String hear() throws IOException {
            String line = reader.readLine();
            if (line == null) {
                throw new IOException("the client has gone");
            }
            heard.add(line);
            return line;
        }

        /** Greets as QEMU does and accepts the negotiation. */
        public void negotiate() throws IOException {
            say(GREETING);
            hear();
            say("{\"return\": {}}\r\n");
        }

        /** The id in a command. */
        public String id(String command) {
            return command.replaceFirst(".*\"id\":\"([^\"]*)\".*", "$1");
        }
    }
}

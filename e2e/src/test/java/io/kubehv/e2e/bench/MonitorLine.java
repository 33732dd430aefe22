package io.kubehv.e2e.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Predicate;

/** A conversation in lines of JSON with a QEMU that only a benchmark knows, or with its guest's agent. */
final class MonitorLine implements AutoCloseable {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final SocketChannel channel;
    private final BufferedReader lines;

    private MonitorLine(SocketChannel channel) {
        this.channel = channel;
        this.lines = new BufferedReader(Channels.newReader(channel, StandardCharsets.UTF_8));
    }

    /** With an agent. */
    static MonitorLine connect(Path socket) throws IOException {
        return new MonitorLine(SocketChannel.open(UnixDomainSocketAddress.of(socket)));
    }

    /** With QEMU, which greets first. */
    static MonitorLine negotiate(Path socket) throws IOException {
        MonitorLine line = connect(socket);
        var _ = line.await(message -> message.has("QMP"));
        var _ = line.ask("qmp_capabilities", Map.of());
        return line;
    }

    /** What a command returns; events that come meanwhile are passed over. */
    JsonNode ask(String command, Map<String, ?> arguments) {
        try {
            String text = JSON.writeValueAsString(Map.of("execute", command, "arguments", arguments));
            ByteBuffer bytes = StandardCharsets.UTF_8.encode(text + "\n");
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            JsonNode answer = await(message -> message.has("return") || message.has("error"));
            if (answer.has("error")) {
                throw new IllegalStateException(command + ": " + answer.path("error"));
            }
            return answer.path("return");
        } catch (IOException e) {
            throw new UncheckedIOException(command, e);
        }
    }

    /** The next event of that name. */
    JsonNode event(String name) {
        return await(message -> name.equals(message.path("event").asText()));
    }

    private JsonNode await(Predicate<JsonNode> wanted) {
        try {
            while (true) {
                String line = lines.readLine();
                if (line == null) {
                    throw new IllegalStateException("the other side has ended");
                }
                JsonNode message = JSON.readTree(line);
                if (wanted.test(message)) {
                    return message;
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}

package io.kubehv.hv.qmp.agent;

import com.fasterxml.jackson.databind.JsonNode;
import io.kubehv.hv.linux.fs.DeadlineChannel;
import io.kubehv.hv.qmp.QmpCommandException;
import io.kubehv.hv.qmp.QmpConnectException;
import io.kubehv.hv.qmp.QmpException;
import io.kubehv.hv.qmp.QmpInterruptedException;
import io.kubehv.hv.qmp.QmpProtocolException;
import io.kubehv.hv.qmp.wire.LineReader;
import io.kubehv.hv.qmp.wire.QmpCodec;
import io.kubehv.hv.qmp.wire.QmpMessage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;

/**
 * One connection for one command. It begins by synchronizing, because the line may still hold what the agent answered
 * to a caller that has given up.
 */
final class AgentExchange implements AutoCloseable {
    /** Never part of UTF-8, so it resets the agent's parser and marks where its answer begins. */
    private static final byte SENTINEL = (byte) 0xFF;

    private final DeadlineChannel channel;
    private final LineReader lines;

    private AgentExchange(DeadlineChannel channel, int limit) {
        this.channel = channel;
        this.lines = new LineReader(channel, limit);
    }

    static AgentExchange open(Path socket, int limit, long deadlineNanos) throws QmpConnectException {
        try {
            return new AgentExchange(DeadlineChannel.connect(socket, deadlineNanos), limit);
        } catch (IOException e) {
            throw new QmpConnectException("can't connect to the guest agent's socket " + socket, e);
        }
    }

    void synchronize() throws QmpConnectException {
        long id = ThreadLocalRandom.current().nextLong(1L << 31);
        byte[] command = QmpCodec.command("guest-sync-delimited", Map.of("id", id), null);
        byte[] marked = new byte[command.length + 1];
        marked[0] = SENTINEL;
        System.arraycopy(command, 0, marked, 1, command.length);
        try {
            channel.writeFully(marked);
            while (!answers(next(), id)) {
                // What comes before the sentinel and our id was meant for someone else.
            }
        } catch (IOException | QmpProtocolException e) {
            throw new QmpConnectException("no guest agent answers", e);
        }
    }

    private static boolean answers(byte[] line, long id) {
        int sentinel = lastIndexOf(line, SENTINEL);
        if (sentinel < 0) {
            return false;
        }
        try {
            return QmpCodec.parse(Arrays.copyOfRange(line, sentinel + 1, line.length))
                            instanceof QmpMessage.Return answer
                    && answer.value().isIntegralNumber()
                    && answer.value().asLong() == id;
        } catch (QmpProtocolException e) {
            // The rest of an older answer; the one that counts is still to come.
            return false;
        }
    }

    private static int lastIndexOf(byte[] line, byte value) {
        int index = line.length - 1;
        while (index >= 0 && line[index] != value) {
            index--;
        }
        return index;
    }

    JsonNode execute(String command, Map<String, ?> arguments) throws QmpException {
        try {
            channel.writeFully(QmpCodec.command(command, arguments, null));
            return switch (QmpCodec.parse(next())) {
                case QmpMessage.Return answer -> answer.value();
                case QmpMessage.Failure failure ->
                    throw new QmpCommandException(command, failure.errorClass(), failure.description());
                case QmpMessage.Event event -> throw unexpected(event);
                case QmpMessage.Greeting greeting -> throw unexpected(greeting);
            };
        } catch (IOException e) {
            throw new QmpInterruptedException(command + ": the guest agent was asked and didn't answer", e);
        }
    }

    private static QmpProtocolException unexpected(QmpMessage message) {
        return new QmpProtocolException("not an answer of a guest agent: " + message, null);
    }

    private byte[] next() throws IOException, QmpProtocolException {
        byte[] line = lines.next();
        if (line == null) {
            throw new IOException("QEMU closed the connection");
        }
        return line;
    }

    @Override
    public void close() throws QmpConnectException {
        try {
            channel.close();
        } catch (IOException e) {
            throw new QmpConnectException("can't close the guest agent's socket", e);
        }
    }
}

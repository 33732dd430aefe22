package io.kubehv.hv.qmp.client;

import com.fasterxml.jackson.databind.JsonNode;
import io.kubehv.hv.qmp.QmpCommandException;
import io.kubehv.hv.qmp.QmpConnectException;
import io.kubehv.hv.qmp.QmpException;
import io.kubehv.hv.qmp.QmpInterruptedException;
import io.kubehv.hv.qmp.QmpProtocolException;
import io.kubehv.hv.qmp.QmpStateException;
import io.kubehv.hv.qmp.wire.LineReader;
import io.kubehv.hv.qmp.wire.QmpCodec;
import io.kubehv.hv.qmp.wire.QmpMessage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** One connection from its first byte to its last: a reader, a writer and a thread for the listener, all virtual. */
final class QmpSession {
    /** An empty text, which no command is, ends the writer. */
    private static final byte[] END = {};

    private final SocketChannel channel;
    private final LineReader lines;
    private final EventQueue events;
    private final BlockingQueue<byte[]> outgoing = new LinkedBlockingQueue<>();
    private final Map<String, Pending> pending = new ConcurrentHashMap<>();
    private final AtomicLong lastId = new AtomicLong();
    private final AtomicReference<@Nullable Ending> ending = new AtomicReference<>();

    QmpSession(SocketChannel channel, int lineLimit, EventQueue events) {
        this.channel = channel;
        this.lines = new LineReader(channel, lineLimit);
        this.events = events;
    }

    /** Why the session ended; null: because one side closed it in order. */
    private record Ending(@Nullable Throwable cause) {}

    private record Pending(String command, CompletableFuture<JsonNode> answer) {}

    /**
     * Greeting and capabilities, before the session's threads start: until then nothing else may be said, and events
     * that come are kept.
     */
    String negotiate(Duration timeout) throws QmpConnectException {
        CompletableFuture<String> done = new CompletableFuture<>();
        Thread.ofVirtual().name("qmp-negotiate").start(() -> {
            try {
                done.complete(handshake());
            } catch (IOException | QmpException e) {
                done.completeExceptionally(e);
            }
        });
        try {
            return done.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw failedConnect("no greeting within " + timeout.toMillis() + " ms: is another client connected?", e);
        } catch (ExecutionException e) {
            throw failedConnect("the negotiation failed", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw failedConnect("interrupted", e);
        }
    }

    private QmpConnectException failedConnect(String message, @Nullable Throwable cause) {
        QmpConnectException failure = new QmpConnectException(message, cause);
        try {
            channel.close();
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
        return failure;
    }

    private String handshake() throws IOException, QmpException {
        if (!(nextMessage() instanceof QmpMessage.Greeting greeting)) {
            throw new QmpProtocolException("the first message is not QEMU's greeting", null);
        }
        writeFully(QmpCodec.command("qmp_capabilities", Map.of(), null));
        while (true) {
            switch (nextMessage()) {
                case QmpMessage.Return _ -> {
                    return greeting.version();
                }
                case QmpMessage.Event event -> events.add(event);
                case QmpMessage.Failure failure ->
                    throw new QmpCommandException("qmp_capabilities", failure.errorClass(), failure.description());
                case QmpMessage.Greeting again -> throw new QmpProtocolException("a second greeting: " + again, null);
            }
        }
    }

    private QmpMessage nextMessage() throws IOException, QmpProtocolException {
        byte[] line = lines.next();
        if (line == null) {
            throw new IOException("QEMU closed the connection");
        }
        return QmpCodec.parse(line);
    }

    void start(QmpListener listener, Runnable onEnd) {
        Thread.ofVirtual().name("qmp-write").start(this::write);
        Thread.ofVirtual().name("qmp-read").start(() -> read(onEnd));
        Thread.ofVirtual().name("qmp-events").start(() -> events.deliverTo(listener));
    }

    JsonNode execute(String command, Map<String, ?> arguments, Duration timeout) throws QmpException {
        String id = "kubehv-" + lastId.incrementAndGet();
        Pending mine = new Pending(command, new CompletableFuture<>());
        byte[] text = QmpCodec.command(command, arguments, id);
        pending.put(id, mine);
        try {
            if (ending.get() != null) {
                throw new QmpStateException("can't send " + command + ": the connection has ended");
            }
            outgoing.add(text);
            return mine.answer().get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new QmpInterruptedException(command + ": no answer within " + timeout.toMillis() + " ms", null);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new QmpInterruptedException(command + ": interrupted while waiting for the answer", e);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof QmpCommandException refused
                    ? refused
                    : new QmpInterruptedException(command + ": the connection ended before the answer", e.getCause());
        } finally {
            pending.remove(id);
        }
    }

    private void read(Runnable onEnd) {
        @Nullable Throwable cause = new IOException("the reader failed");
        try {
            byte[] line = lines.next();
            while (line != null) {
                receive(QmpCodec.parse(line));
                line = lines.next();
            }
            cause = null;
        } catch (IOException | QmpProtocolException e) {
            // A channel closed by our own side ends up here too: then the reason is already noted, and this is ignored.
            cause = e;
        } finally {
            // Also after an Error: whoever waits for an answer, or for the end, must not wait for ever.
            end(cause);
            wind(onEnd);
        }
    }

    /** Idle comes first: who hears that a command failed asks whether the connection is still there. */
    private void wind(Runnable onEnd) {
        Ending why = Objects.requireNonNull(ending.get());
        try {
            onEnd.run();
        } finally {
            IOException closed = new IOException("the connection to QEMU ended", why.cause());
            pending.values().forEach(command -> command.answer().completeExceptionally(closed));
            events.end(why.cause());
        }
    }

    private void receive(QmpMessage message) throws QmpProtocolException {
        switch (message) {
            case QmpMessage.Event event -> events.add(event);
            case QmpMessage.Return answer -> {
                Pending asked = take(answer.id());
                if (asked != null) {
                    asked.answer().complete(answer.value());
                }
            }
            case QmpMessage.Failure failure -> {
                if (failure.id() == null) {
                    throw new QmpProtocolException("QEMU couldn't read a command: " + failure.description(), null);
                }
                Pending asked = take(failure.id());
                if (asked != null) {
                    asked.answer()
                            .completeExceptionally(new QmpCommandException(
                                    asked.command(), failure.errorClass(), failure.description()));
                }
            }
            case QmpMessage.Greeting greeting -> throw new QmpProtocolException("a second greeting: " + greeting, null);
        }
    }

    /** An id that nobody waits for is the answer to a command that timed out; the specification says to drop it. */
    private @Nullable Pending take(@Nullable String id) {
        return id == null ? null : pending.remove(id);
    }

    private void write() {
        try {
            byte[] text = outgoing.take();
            while (text.length > 0) {
                writeFully(text);
                text = outgoing.take();
            }
        } catch (IOException e) {
            end(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            end(e);
        }
    }

    private void writeFully(byte[] text) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(text);
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
    }

    /** Ends the session once; the reader then fails all that is pending and tells the listener. */
    void end(@Nullable Throwable cause) {
        if (!ending.compareAndSet(null, new Ending(cause))) {
            return;
        }
        outgoing.add(END);
        try {
            channel.close();
        } catch (IOException e) {
            if (cause != null) {
                cause.addSuppressed(e);
            }
        }
    }
}

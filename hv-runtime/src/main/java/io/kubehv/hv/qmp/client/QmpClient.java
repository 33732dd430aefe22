package io.kubehv.hv.qmp.client;

import com.fasterxml.jackson.databind.JsonNode;
import io.kubehv.hv.qmp.QmpConnectException;
import io.kubehv.hv.qmp.QmpException;
import io.kubehv.hv.qmp.QmpStateException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A client of one QEMU's monitor. Safe for use by any number of threads; commands of several threads are in flight at
 * the same time. A client can be connected again after its session ended.
 */
public final class QmpClient implements AutoCloseable {
    private static final int EVENT_CAPACITY = 256;

    private final Path socket;
    private final QmpListener listener;
    private final AtomicReference<State> state = new AtomicReference<>(new State(RunState.IDLE, null));

    /** A client of the monitor at the socket; opens nothing yet. */
    public QmpClient(Path socket, QmpListener listener) {
        this.socket = socket;
        this.listener = listener;
    }

    private record State(RunState runState, @Nullable QmpSession session) {}

    /** Where the client is just now. */
    public RunState runState() {
        return state.get().runState();
    }

    /**
     * Connects and negotiates. QEMU's monitor serves one client at a time and says nothing to a second one, so this
     * fails after the time-out while another is connected.
     *
     * @return QEMU's version
     * @throws QmpConnectException no session came to be; the client is idle again
     * @throws QmpStateException the client is not idle
     */
    public String connect(Duration timeout) throws QmpException {
        State idle = state.get();
        State connecting = new State(RunState.CONNECTING, null);
        if (idle.runState() != RunState.IDLE || !state.compareAndSet(idle, connecting)) {
            throw new QmpStateException("can't connect to " + socket + ": the client is " + runState());
        }
        boolean running = false;
        try {
            QmpSession session = new QmpSession(open(), new EventQueue(EVENT_CAPACITY));
            String version = session.negotiate(timeout);
            state.set(new State(RunState.RUNNING, session));
            running = true;
            session.start(listener, () -> state.updateAndGet(current -> ended(current, session)));
            return version;
        } finally {
            if (!running) {
                state.set(new State(RunState.IDLE, null));
            }
        }
    }

    private static State ended(State current, QmpSession session) {
        return current.session() == session ? new State(RunState.IDLE, null) : current;
    }

    private SocketChannel open() throws QmpConnectException {
        SocketChannel channel = null;
        try {
            channel = SocketChannel.open(StandardProtocolFamily.UNIX);
            channel.connect(UnixDomainSocketAddress.of(socket));
            return channel;
        } catch (IOException e) {
            QmpConnectException failure = new QmpConnectException("can't connect to " + socket, e);
            if (channel != null) {
                try {
                    channel.close();
                } catch (IOException close) {
                    failure.addSuppressed(close);
                }
            }
            throw failure;
        }
    }

    /**
     * Sends a command and waits for its answer.
     *
     * @return what the command returns
     * @throws io.kubehv.hv.qmp.QmpCommandException QEMU refused; nothing happened
     * @throws io.kubehv.hv.qmp.QmpInterruptedException no answer in time, or the connection ended: outcome unknown
     * @throws QmpStateException not connected; the command was not sent
     */
    public JsonNode execute(String command, Map<String, ?> arguments, Duration timeout) throws QmpException {
        QmpSession session = state.get().session();
        if (session == null) {
            throw new QmpStateException("can't send " + command + " to " + socket + ": the client is " + runState());
        }
        return session.execute(command, arguments, timeout);
    }

    /** Ends the session, if there is one; QEMU runs on. Commands in flight end with an unknown outcome. */
    public void disconnect() {
        State current = state.get();
        if (current.session() != null
                && state.compareAndSet(current, new State(RunState.DISCONNECTING, current.session()))) {
            current.session().end(null);
        }
    }

    /** As {@link #disconnect()}. */
    @Override
    public void close() {
        disconnect();
    }
}

package io.kubehv.hv.qmp.client;

import com.fasterxml.jackson.databind.JsonNode;
import io.kubehv.hv.linux.fs.UnixSocket;
import io.kubehv.hv.qmp.QmpConnectException;
import io.kubehv.hv.qmp.QmpException;
import io.kubehv.hv.qmp.QmpStateException;
import io.kubehv.hv.qmp.wire.LineReader;
import java.io.IOException;
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
    private final int lineLimit;
    private final QmpListener listener;
    private final AtomicReference<State> state = new AtomicReference<>(new State(RunState.IDLE, null));

    /** A client of the monitor at the socket; opens nothing yet. */
    public QmpClient(Path socket, QmpListener listener) {
        this(socket, LineReader.DEFAULT_LIMIT, listener);
    }

    /** A client that takes no line of more bytes than {@code lineLimit}: for a small heap and small questions. */
    public QmpClient(Path socket, int lineLimit, QmpListener listener) {
        this.socket = socket;
        this.lineLimit = lineLimit;
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
            QmpSession session = new QmpSession(open(), lineLimit, new EventQueue(EVENT_CAPACITY));
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
        try {
            return UnixSocket.connect(socket);
        } catch (IOException e) {
            throw new QmpConnectException("can't connect to " + socket, e);
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

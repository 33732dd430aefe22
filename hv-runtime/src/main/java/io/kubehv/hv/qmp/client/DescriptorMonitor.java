package io.kubehv.hv.qmp.client;

import io.kubehv.hv.linux.fs.DescriptorSocket;
import io.kubehv.hv.linux.fs.OpenFile;
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
import java.time.Duration;
import java.util.Map;

/**
 * The monitor over which QEMU is given files that it could not open itself. Apart from the one for all else, because a
 * descriptor travels by system calls that Java's channels don't have, and a monitor serves one client at a time. A
 * connection lives for one command.
 */
public final class DescriptorMonitor {
    /** What QEMU answers here has some hundred bytes. */
    private static final int LONGEST_LINE = 1 << 16;

    /** Events that may come before the answer; whoever sends more is no QEMU. */
    private static final int MOST_MESSAGES = 256;

    private final Path socket;
    private final Duration timeout;

    /** The monitor at the socket; one answer is waited for as long as the time-out. */
    public DescriptorMonitor(Path socket, Duration timeout) {
        this.socket = socket;
        this.timeout = timeout;
    }

    /**
     * Gives QEMU the file, in a new set of descriptors.
     *
     * @param label what QEMU tells of the set to whoever asks
     * @return the set's number: QEMU opens the file as {@code /dev/fdset/NUMBER}
     * @throws QmpConnectException nobody answers there; nothing happened
     * @throws QmpCommandException QEMU refused; nothing happened
     * @throws QmpInterruptedException the connection ended before the answer; QEMU may have the file
     */
    public long give(OpenFile file, String label) throws QmpException {
        try (DescriptorSocket connection = connect()) {
            LineReader lines = new LineReader(connection, LONGEST_LINE);
            greet(connection, lines);
            try {
                connection.send(QmpCodec.command("add-fd", Map.of("opaque", label), null), file);
                return answer(lines, "add-fd").value().path("fdset-id").asLong();
            } catch (IOException | QmpProtocolException e) {
                throw new QmpInterruptedException("add-fd: the connection ended before the answer", e);
            }
        } catch (IOException e) {
            throw new QmpInterruptedException("can't end the connection to " + socket, e);
        }
    }

    private DescriptorSocket connect() throws QmpConnectException {
        try {
            return DescriptorSocket.connect(socket, timeout);
        } catch (IOException e) {
            throw new QmpConnectException("can't connect to " + socket, e);
        }
    }

    private void greet(DescriptorSocket connection, LineReader lines) throws QmpConnectException {
        try {
            if (!(next(lines) instanceof QmpMessage.Greeting)) {
                throw new QmpConnectException("the first message from " + socket + " is not QEMU's greeting", null);
            }
            connection.send(QmpCodec.command("qmp_capabilities", Map.of(), null));
            var _ = answer(lines, "qmp_capabilities");
        } catch (IOException | QmpCommandException | QmpProtocolException e) {
            throw new QmpConnectException("the negotiation at " + socket + " failed", e);
        }
    }

    private static QmpMessage.Return answer(LineReader lines, String command)
            throws IOException, QmpCommandException, QmpProtocolException {
        for (int i = 0; i < MOST_MESSAGES; i++) {
            switch (next(lines)) {
                case QmpMessage.Return answer -> {
                    return answer;
                }
                case QmpMessage.Failure failure ->
                    throw new QmpCommandException(command, failure.errorClass(), failure.description());
                case QmpMessage.Event _, QmpMessage.Greeting _ -> {
                    // Told to the other monitor as well.
                }
            }
        }
        throw new IOException("too many messages and no answer");
    }

    private static QmpMessage next(LineReader lines) throws IOException, QmpProtocolException {
        byte[] line = lines.next();
        if (line == null) {
            throw new IOException("QEMU closed the connection");
        }
        return QmpCodec.parse(line);
    }
}

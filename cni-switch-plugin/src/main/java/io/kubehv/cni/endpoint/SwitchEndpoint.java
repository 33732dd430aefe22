package io.kubehv.cni.endpoint;

import io.kubehv.cni.fault.SwitchException;
import io.kubehv.cni.spec.CniCall;
import io.kubehv.cni.switching.PortService;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.logging.Level;
import java.util.logging.Logger;

/** The socket that the shim calls: a call a connection, each on a thread of its own. */
public final class SwitchEndpoint implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(SwitchEndpoint.class.getName());

    /** More would only wait for the kernel's one lock; the runtime tries those again. */
    private static final int MOST_CALLS = 128;

    private final CallHandler handler;
    private final ServerSocketChannel server;
    /** A thread takes longer to begin than most of what a call does. */
    private final ExecutorService calls =
            Executors.newCachedThreadPool(Thread.ofPlatform().name("call-", 0).factory());

    private final Semaphore room = new Semaphore(MOST_CALLS);
    private final Thread acceptor;

    private SwitchEndpoint(PortService ports, ServerSocketChannel server) {
        this.handler = new CallHandler(ports);
        this.server = server;
        this.acceptor = Thread.ofPlatform().name("endpoint").unstarted(this::accept);
    }

    /**
     * Listens at the path, in place of whoever listened there before.
     *
     * @param socket only root may call it
     */
    public static SwitchEndpoint start(PortService ports, Path socket) throws IOException {
        Files.createDirectories(socket.getParent());
        Files.deleteIfExists(socket);
        ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(UnixDomainSocketAddress.of(socket));
        Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-------"));
        SwitchEndpoint endpoint = new SwitchEndpoint(ports, server);
        endpoint.acceptor.start();
        return endpoint;
    }

    /** Whether it still listens. */
    public boolean isAlive() {
        return acceptor.isAlive();
    }

    private void accept() {
        try {
            while (true) {
                SocketChannel connection = server.accept();
                calls.execute(() -> serve(connection));
            }
        } catch (AsynchronousCloseException e) {
            LOG.log(Level.FINE, e, () -> "no longer listening");
        } catch (IOException e) {
            LOG.log(Level.SEVERE, e, () -> "can't listen for calls any more; the kubelet starts this program anew");
        }
    }

    private void serve(SocketChannel connection) {
        try (connection) {
            ByteBuffer answer = answer(connection);
            while (answer.hasRemaining()) {
                connection.write(answer);
            }
        } catch (IOException e) {
            // It has given up; a runtime that still wants something asks again.
            LOG.log(Level.FINE, e, () -> "the shim did not wait for its answer");
        }
    }

    private ByteBuffer answer(SocketChannel connection) throws IOException {
        String version = "1.1.0";
        try {
            CniCall call = ShimMessage.read(connection);
            version = call.version();
            if (!room.tryAcquire()) {
                throw new SwitchException.TryAgainLater("more than " + MOST_CALLS + " calls are being served");
            }
            try {
                return ShimMessage.answer(false, handler.handle(call));
            } finally {
                room.release();
            }
        } catch (SwitchException e) {
            LOG.log(Level.WARNING, e, () -> "a call failed with code " + e.code());
            return ShimMessage.answer(true, CniCall.failure(version, e));
        } catch (RuntimeException e) {
            // A bug of ours; the runtime has to be told something, and others still have to be served.
            LOG.log(Level.SEVERE, e, () -> "a call failed");
            return ShimMessage.answer(
                    true,
                    CniCall.failure(version, new SwitchException.SystemFailure("the switch daemon failed: " + e, e)));
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
        calls.shutdown();
    }
}

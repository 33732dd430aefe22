package io.kubehv.csi.endpoint;

import io.grpc.BindableService;
import io.grpc.Server;
import io.grpc.ServerInterceptor;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.MultiThreadIoEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollIoHandler;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.grpc.netty.shaded.io.netty.channel.unix.DomainSocketAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;

/** gRPC on a UNIX socket that only root can open. */
public final class UnixSocketServer implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(UnixSocketServer.class.getName());
    private static final long GRACE_SECONDS = 5;
    private static final int CALLS_AT_ONCE = 16;
    private static final long IDLE_SECONDS = 20;

    private final Path socket;
    private final EventLoopGroup eventLoop;
    private final ExecutorService threads;
    private final Server server;

    private UnixSocketServer(Path socket, EventLoopGroup eventLoop, ExecutorService threads, Server server) {
        this.socket = socket;
        this.eventLoop = eventLoop;
        this.threads = threads;
        this.server = server;
    }

    /** Serves at that path. A socket that an earlier process has left is replaced. */
    public static UnixSocketServer start(Path socket, ServerInterceptor interceptor, List<BindableService> services)
            throws IOException {
        Path directory = socket.toAbsolutePath().getParent();
        if (directory != null) {
            Files.createDirectories(directory);
        }
        Files.deleteIfExists(socket);
        EventLoopGroup eventLoop = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
        ExecutorService threads = callThreads();
        NettyServerBuilder builder = NettyServerBuilder.forAddress(new DomainSocketAddress(socket.toFile()))
                .channelType(EpollServerDomainSocketChannel.class)
                .bossEventLoopGroup(eventLoop)
                .workerEventLoopGroup(eventLoop)
                .executor(threads)
                .intercept(interceptor);
        services.forEach(builder::addService);
        Server server = builder.build().start();
        Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-------"));
        return new UnixSocketServer(socket, eventLoop, threads, server);
    }

    /**
     * Threads of the system, not virtual ones: a call spends its time in native code (mount, ioctl, fsync), which holds
     * a virtual thread's carrier, and there are as few carriers as CPUs.
     */
    private static ExecutorService callThreads() {
        ThreadPoolExecutor threads = new ThreadPoolExecutor(
                CALLS_AT_ONCE,
                CALLS_AT_ONCE,
                IDLE_SECONDS,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                Thread.ofPlatform().name("call-", 0).daemon().factory());
        threads.allowCoreThreadTimeOut(true);
        return threads;
    }

    /** Whether calls are answered. */
    public boolean isServing() {
        return !server.isShutdown();
    }

    /** Lets calls that are under way end, and takes the socket away, so that no caller waits for us. */
    @Override
    public void close() throws IOException {
        server.shutdown();
        try {
            if (!server.awaitTermination(GRACE_SECONDS, TimeUnit.SECONDS)) {
                server.shutdownNow();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            server.shutdownNow();
        }
        threads.shutdown();
        boolean ended = eventLoop
                .shutdownGracefully(0, GRACE_SECONDS, TimeUnit.SECONDS)
                .awaitUninterruptibly(GRACE_SECONDS, TimeUnit.SECONDS);
        if (!ended) {
            LOG.log(Level.WARNING, "connections to {0} are still open", socket);
        }
        Files.deleteIfExists(socket);
    }
}

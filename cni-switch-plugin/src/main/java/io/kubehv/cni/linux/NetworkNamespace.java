package io.kubehv.cni.linux;

import io.kubehv.cni.linux.libc.LinuxLibc;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * A network namespace, held by a descriptor: it stays while it is held.
 *
 * <p>What a thread opens while it is in a namespace stays in that namespace (setns(2)): a netlink socket, a tap. So one
 * thread goes in only to open things, and all other threads use them from outside.
 */
public final class NetworkNamespace implements AutoCloseable {
    private static final LinuxLibc LIBC = LinuxLibc.INSTANCE;

    // A platform thread: a virtual one would leave its carrier in the wrong namespace.
    private static final ExecutorService VISITOR = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().daemon().name("namespace-visitor").factory());

    private final Path path;
    private final Descriptor descriptor;

    private NetworkNamespace(Path path, Descriptor descriptor) {
        this.path = path;
        this.descriptor = descriptor;
    }

    /** Holds the namespace whose file is at the path, for example {@code /var/run/netns/cni-…}. */
    public static NetworkNamespace open(Path path) throws LinuxException {
        return new NetworkNamespace(path, Descriptor.open(path.toString(), LinuxLibc.O_RDONLY));
    }

    /** The descriptor's number, for messages that name a namespace by it. */
    public int number() {
        return descriptor.number();
    }

    /** Runs the task inside, one task at a time in the whole program; it should only open things. */
    <T> T within(Callable<T> task) throws IOException {
        Future<T> result = VISITOR.submit(() -> visit(task));
        try {
            return result.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException failure) {
                throw failure;
            }
            throw new IllegalStateException("a task in the namespace " + path + " failed", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while a task ran in the namespace " + path, e);
        }
    }

    private <T> T visit(Callable<T> task) throws Exception {
        try (Descriptor home = Descriptor.open("/proc/thread-self/ns/net", LinuxLibc.O_RDONLY)) {
            Descriptor.checked("setns " + path, () -> LIBC.setns(descriptor.number(), LinuxLibc.CLONE_NEWNET));
            try {
                return task.call();
            } finally {
                Descriptor.checked("setns home", () -> LIBC.setns(home.number(), LinuxLibc.CLONE_NEWNET));
            }
        }
    }

    @Override
    public void close() throws LinuxException {
        descriptor.close();
    }

    @Override
    public String toString() {
        return path.toString();
    }
}

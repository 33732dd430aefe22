package io.kubehv.vmbus.saving;

import io.kubehv.hv.checkpoint.MachineFacts;
import io.kubehv.hv.linux.fs.UnixSocket;
import io.kubehv.vmbus.fault.SaveException;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Takes what QEMU sends to a socket and writes it to a volume that QEMU does not see. The socket is in the VM's pod, as
 * that is the one place that both can reach.
 */
public final class MemorySave implements AutoCloseable {
    private static final Logger LOG = System.getLogger(MemorySave.class.getName());
    private static final int CHUNK = 256 * 1024;

    /** The group that QEMU runs as: it may read the file when the VM goes on. */
    static final int QEMU_GROUP = 107;

    /** How far it is. */
    public enum Progress {
        COPYING,
        /** All that QEMU sent is on the disk. */
        COPIED,
        FAILED
    }

    private final SavedMemory target;
    private final MachineFacts facts;
    private final Path socket;
    private final ServerSocketChannel listener;
    private final Runnable whenChanged;
    private volatile Progress progress = Progress.COPYING;
    private volatile String failure = "";
    private volatile @Nullable SocketChannel source;
    private volatile boolean aborted;

    private MemorySave(
            SavedMemory target, MachineFacts facts, Path socket, ServerSocketChannel listener, Runnable whenChanged) {
        this.target = target;
        this.facts = facts;
        this.socket = socket;
        this.listener = listener;
        this.whenChanged = whenChanged;
    }

    /**
     * Removes what an earlier save left, and listens.
     *
     * @param facts what the memory is of
     * @param whenChanged is called when the progress changes, on another thread
     * @throws SaveException when the volume or the socket can't be used
     */
    public static MemorySave begin(SavedMemory target, MachineFacts facts, Path socket, Runnable whenChanged) {
        target.remove();
        try {
            Files.deleteIfExists(socket);
            ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
            boolean listening = false;
            try {
                listener.bind(UnixDomainSocketAddress.of(socket), 1);
                letQemuConnect(socket);
                listening = true;
            } finally {
                if (!listening) {
                    listener.close();
                }
            }
            MemorySave save = new MemorySave(target, facts, socket, listener, whenChanged);
            Thread.ofPlatform().daemon().name("memory-save").start(save::copy);
            return save;
        } catch (IOException e) {
            throw new SaveException("can't listen at " + socket, e);
        }
    }

    /** By what was bound, not by its name: QEMU's user can put a link there, and what it leads to is not QEMU's. */
    private static void letQemuConnect(Path socket) throws IOException {
        try (UnixSocket held = UnixSocket.hold(socket)) {
            Files.setAttribute(held.path(), "unix:gid", QEMU_GROUP);
            Files.setPosixFilePermissions(held.path(), PosixFilePermissions.fromString("rw-rw----"));
        }
    }

    /** Where it writes to. */
    public SavedMemory target() {
        return target;
    }

    /** Whether QEMU has begun to send. */
    public boolean isConnected() {
        return source != null;
    }

    public Progress progress() {
        return progress;
    }

    /** Why it failed, in words for a user. */
    public String failure() {
        return failure;
    }

    private SocketChannel accept() throws IOException {
        SocketChannel connection = listener.accept();
        source = connection;
        if (aborted) {
            connection.close();
        }
        return connection;
    }

    private void copy() {
        try (SocketChannel connection = accept();
                FileChannel file = FileChannel.open(
                        target.partial(),
                        Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-r-----")))) {
            Files.setAttribute(target.partial(), "unix:gid", QEMU_GROUP, LinkOption.NOFOLLOW_LINKS);
            ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK);
            while (connection.read(chunk) >= 0) {
                chunk.flip();
                while (chunk.hasRemaining()) {
                    var _ = file.write(chunk);
                }
                chunk.clear();
            }
            file.force(true);
            progress = Progress.COPIED;
        } catch (IOException | RuntimeException e) {
            // Whatever it was: nobody but this thread can tell that the copy will never end.
            failure = "Writing to the volume failed: " + e.getMessage() + ".";
            progress = Progress.FAILED;
            LOG.log(Level.DEBUG, "the copy of a memory ended", e);
        }
        whenChanged.run();
    }

    /**
     * Makes the file the VM's saved memory. Only when it is {@link Progress#COPIED} and QEMU says that it sent all.
     *
     * @throws SaveException when that is impossible; the memory is not saved then
     */
    public void commit() {
        if (progress != Progress.COPIED) {
            throw new SaveException("the memory is not copied yet: " + progress);
        }
        target.describe(facts);
        target.commit();
        close();
    }

    /** Gives up: QEMU's end of the connection breaks and the file goes. Nothing of a committed file is touched. */
    public void abort() {
        aborted = true;
        close();
        SocketChannel connection = source;
        try {
            if (connection != null) {
                connection.close();
            }
            Files.deleteIfExists(target.partial());
        } catch (IOException e) {
            // The next save removes it; a partial file is never read.
            LOG.log(Level.WARNING, () -> "can't give up " + target.partial(), e);
        }
    }

    @Override
    public void close() {
        try {
            listener.close();
            Files.deleteIfExists(socket);
        } catch (IOException e) {
            LOG.log(Level.WARNING, () -> "can't close " + socket, e);
        }
    }
}

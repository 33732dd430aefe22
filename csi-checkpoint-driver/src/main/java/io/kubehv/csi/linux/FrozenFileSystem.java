package io.kubehv.csi.linux;

import io.kubehv.csi.linux.libc.LinuxLibc;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** A mounted file system whose writers wait, and of which all that they have written is on its device; closing ends that. */
public final class FrozenFileSystem implements AutoCloseable {
    private final Path mountPoint;

    private FrozenFileSystem(Path mountPoint) {
        this.mountPoint = mountPoint;
    }

    /**
     * Freezes what is mounted there; empty where another has frozen it already, who thaws it again. It stays frozen
     * when this process is killed: see {@link #thaw}.
     */
    public static Optional<FrozenFileSystem> freeze(Path mountPoint) throws IOException {
        // Most of it goes out while writers go on; what is left is quick.
        Mounts.sync(mountPoint);
        try (OpenFile directory = OpenFile.forReading(mountPoint)) {
            directory.control("FIFREEZE", LinuxLibc.FIFREEZE, 0);
            return Optional.of(new FrozenFileSystem(mountPoint));
        } catch (SystemCallException e) {
            if (e.isBusy()) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /** Lets the writers go on; fine where nothing is frozen. */
    public static void thaw(Path mountPoint) throws IOException {
        try (OpenFile directory = OpenFile.forReading(mountPoint)) {
            directory.control("FITHAW", LinuxLibc.FITHAW, 0);
        } catch (SystemCallException e) {
            if (e.errno() != LinuxLibc.EINVAL) {
                throw e;
            }
        }
    }

    @Override
    public void close() throws IOException {
        thaw(mountPoint);
    }
}

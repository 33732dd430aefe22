package io.kubehv.csi.linux;

import com.sun.jna.Memory;
import io.kubehv.csi.linux.libc.LinuxLibc;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Loop devices by the kernel's own interface. losetup(8) is not used: it names no race apart from other failures, and
 * all Kind nodes of a machine share one set of devices, so races happen.
 */
public final class LoopDevices {
    private static final Path CONTROL = Path.of("/dev/loop-control");
    private static final Path BLOCK_DEVICES = Path.of("/sys/block");
    private static final int ATTEMPTS = 64;
    private static final int LOOKS = 50;
    private static final long LOOK_PAUSE_MILLIS = 20;
    private static final int STRUCT_LOOP_CONFIG_BYTES = 304;
    private static final int STRUCT_LOOP_INFO_BYTES = 232;
    private static final int INFO_OFFSET = 8;
    private static final int FLAGS_OFFSET = 52;
    private static final int SECTOR = 512;

    private LoopDevices() {}

    /** What is done with a device while its new attachment is still held open. */
    public interface Use {
        void with(LoopDevice device) throws IOException;
    }

    /** Attaches a file until {@link #detach}; the device that has it already, if one has. */
    public static LoopDevice attach(Path file) throws IOException {
        Optional<LoopDevice> present = find(file);
        if (present.isPresent()) {
            return present.get();
        }
        try (OpenFile backing = OpenFile.forReadingAndWriting(file)) {
            Attached attached = attachToFree(file, backing, 0);
            attached.handle().close();
            return attached.device();
        }
    }

    /**
     * Attaches a file for as long as something uses the device: the kernel detaches it with the last mount, so nothing
     * is left over by a kill between this and the mount that the caller makes in {@code use}.
     */
    public static void attachWhileUsed(Path file, Use use) throws IOException {
        Optional<LoopDevice> present = find(file);
        if (present.isPresent()) {
            use.with(present.get());
            return;
        }
        try (OpenFile backing = OpenFile.forReadingAndWriting(file)) {
            Attached attached = attachToFree(file, backing, LinuxLibc.LO_FLAGS_AUTOCLEAR);
            try (OpenFile _ = attached.handle()) {
                use.with(attached.device());
            }
        }
    }

    private record Attached(LoopDevice device, OpenFile handle) {}

    private static Attached attachToFree(Path file, OpenFile backing, int flags) throws IOException {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            LoopDevice device = free();
            OpenFile handle = OpenFile.forReadingAndWriting(device.path());
            boolean attached = false;
            try {
                configure(handle, backing, flags);
                attached = true;
                return new Attached(device, handle);
            } catch (SystemCallException e) {
                // Someone else took the device between our question and our answer.
                if (!e.isBusy()) {
                    throw e;
                }
            } finally {
                if (!attached) {
                    handle.close();
                }
            }
        }
        throw new IOException(
                "no loop device for " + file + " after " + ATTEMPTS + " attempts: others take them faster");
    }

    private static LoopDevice free() throws IOException {
        try (OpenFile control = OpenFile.forReadingAndWriting(CONTROL)) {
            LoopDevice device = new LoopDevice(control.control("LOOP_CTL_GET_FREE", LinuxLibc.LOOP_CTL_GET_FREE, 0));
            makeNode(device);
            return device;
        }
    }

    /** A container's /dev is no devtmpfs: devices that the kernel adds later have no node there. */
    private static void makeNode(LoopDevice device) throws IOException {
        if (Files.notExists(device.path())) {
            DeviceNode.create(device.path(), device);
        }
    }

    private static void configure(OpenFile device, OpenFile backing, int flags) throws SystemCallException {
        try (Memory config = new Memory(STRUCT_LOOP_CONFIG_BYTES)) {
            config.clear();
            config.setInt(0, backing.descriptor());
            config.setInt(4, SECTOR);
            // Direct I/O, or the node would cache every block twice; the kernel leaves it off where it can't be had.
            config.setInt(INFO_OFFSET + FLAGS_OFFSET, flags | LinuxLibc.LO_FLAGS_DIRECT_IO);
            device.control("LOOP_CONFIGURE", LinuxLibc.LOOP_CONFIGURE, config);
        }
    }

    /**
     * The device that a file is attached to. Found by the file's device and inode, which are the same in every
     * container, unlike its path.
     */
    public static Optional<LoopDevice> find(Path file) throws IOException {
        FileStatus wanted = FileStatus.of(file);
        try (DirectoryStream<Path> candidates = Files.newDirectoryStream(BLOCK_DEVICES, "loop*")) {
            for (Path candidate : candidates) {
                LoopDevice device = new LoopDevice(
                        Integer.parseInt(candidate.getFileName().toString().substring(4)));
                if (Files.exists(candidate.resolve("loop/backing_file")) && backs(wanted, device)) {
                    return Optional.of(device);
                }
            }
        }
        return Optional.empty();
    }

    private static boolean backs(FileStatus wanted, LoopDevice device) throws IOException {
        makeNode(device);
        try (OpenFile handle = OpenFile.forReading(device.path());
                Memory info = new Memory(STRUCT_LOOP_INFO_BYTES)) {
            info.clear();
            handle.control("LOOP_GET_STATUS64", LinuxLibc.LOOP_GET_STATUS64, info);
            return info.getLong(0) == wanted.device() && info.getLong(8) == wanted.inode();
        } catch (SystemCallException e) {
            // It was detached, or removed, since we saw it.
            if (e.errno() == LinuxLibc.ENXIO) {
                return false;
            }
            throw e;
        }
    }

    /** Detaches whatever device the file is attached to; where it is still in use, the kernel does so afterwards. */
    public static void detach(Path file) throws IOException {
        Optional<LoopDevice> device = find(file);
        if (device.isEmpty()) {
            return;
        }
        try (OpenFile handle = OpenFile.forReading(device.get().path())) {
            handle.control("LOOP_CLR_FD", LinuxLibc.LOOP_CLR_FD, 0);
        } catch (SystemCallException e) {
            if (e.errno() != LinuxLibc.ENXIO) {
                throw e;
            }
        }
    }

    /**
     * Waits until no device has the file any more whose last user has just gone: whoever looks at all devices of the
     * machine holds each for a moment. Comes back after a second in any case.
     */
    public static void awaitDetached(Path file) throws IOException {
        for (int look = 0; look < LOOKS && find(file).isPresent(); look++) {
            try {
                Thread.sleep(LOOK_PAUSE_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    /** Brings into the device's file what its users have written and the kernel still holds in memory. */
    public static void flush(LoopDevice device) throws IOException {
        try (OpenFile handle = OpenFile.forReading(device.path())) {
            handle.sync();
        }
    }

    /** Lets the device see that its file has grown. */
    public static void refreshSize(LoopDevice device) throws IOException {
        if (Files.notExists(device.path())) {
            throw new NoSuchFileException(device.path().toString());
        }
        try (OpenFile handle = OpenFile.forReadingAndWriting(device.path())) {
            handle.control("LOOP_SET_CAPACITY", LinuxLibc.LOOP_SET_CAPACITY, 0);
        }
    }
}

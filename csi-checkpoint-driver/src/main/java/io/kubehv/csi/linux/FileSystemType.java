package io.kubehv.csi.linux;

import com.fasterxml.jackson.annotation.JsonValue;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The file systems that a volume can hold, and how each is made, checked and grown. */
public enum FileSystemType {
    /**
     * For volumes that are too small for XFS, and for those who ask for it. It grows while mounted only where the
     * driver has CAP_SYS_RESOURCE (the kernel's rule); elsewhere it grows when it is staged next.
     */
    EXT4("ext4", 2L << 20) {
        @Override
        public void format(Path file) throws IOException {
            // The file is new and sparse: its inode tables need not be zeroed, now or later.
            Command.run(
                    "mkfs.ext4",
                    "-F",
                    "-q",
                    "-m",
                    "0",
                    "-E",
                    "nodiscard,assume_storage_prezeroed=1,lazy_journal_init=1",
                    file.toString());
        }

        @Override
        public void prepare(LoopDevice device) throws IOException {
            String path = device.path().toString();
            // 0: clean, 1: repaired.
            Set<Integer> fine = Set.of(0, 1);
            Command.run(fine, List.of("e2fsck", "-p", path));
            try {
                Command.run("resize2fs", path);
            } catch (CommandFailedException unchecked) {
                // It has to grow, and wants a full check before: seldom, so not done at each start.
                Command.run(fine, List.of("e2fsck", "-f", "-p", path));
                Command.run("resize2fs", path);
            }
        }

        @Override
        public boolean growsAfterMount() {
            return false;
        }

        @Override
        public void grow(LoopDevice device, Path mountPoint) throws IOException {
            Command.run("resize2fs", device.path().toString());
        }

        @Override
        public List<String> mountOptions() {
            return List.of("discard");
        }
    },

    /** The default: it grows while mounted whatever the driver's capabilities, and is bounded as any other. */
    XFS("xfs", 300L << 20) {
        @Override
        public void format(Path file) throws IOException {
            Command.run("mkfs.xfs", "-q", "-K", "-f", file.toString());
        }

        @Override
        public void prepare(LoopDevice device) {
            // XFS replays its log when it is mounted and grows only then.
        }

        @Override
        public boolean growsAfterMount() {
            return true;
        }

        @Override
        public void grow(LoopDevice device, Path mountPoint) throws IOException {
            Command.run("xfs_growfs", mountPoint.toString());
        }

        @Override
        public List<String> mountOptions() {
            // A clone has its source's UUID, and both may be mounted at once.
            return List.of("discard", "nouuid");
        }
    };

    private final String kernelName;
    private final long minimumBytes;

    FileSystemType(String kernelName, long minimumBytes) {
        this.kernelName = kernelName;
        this.minimumBytes = minimumBytes;
    }

    /** The type of that name, as CSI and mount(8) write it. */
    public static Optional<FileSystemType> named(String name) {
        return Arrays.stream(values())
                .filter(type -> type.kernelName.equals(name))
                .findFirst();
    }

    /** The type for a volume of that size whose user has no wish. */
    public static FileSystemType bestFor(long bytes) {
        return bytes < XFS.minimumBytes ? EXT4 : XFS;
    }

    /** The name that mount(8) takes. */
    @JsonValue
    public String kernelName() {
        return kernelName;
    }

    /** The smallest volume on which it can be made. */
    public long minimumBytes() {
        return minimumBytes;
    }

    /** Makes an empty file system in a new file. */
    public abstract void format(Path file) throws IOException;

    /** Before a mount: repairs what is safe to repair, and grows what can only grow now. */
    public abstract void prepare(LoopDevice device) throws IOException;

    /** Whether {@link #prepare} leaves the growing to {@link #grow}. */
    public abstract boolean growsAfterMount();

    /** Grows the mounted file system to the device's size; does nothing where it fills it. */
    public abstract void grow(LoopDevice device, Path mountPoint) throws IOException;

    /** What every mount of it gets: freed blocks go back to the pool. */
    public abstract List<String> mountOptions();
}

package io.kubehv.launcher.imports;

import io.kubehv.launcher.files.DurableFiles;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The raw disk that an import fills. A file of a volume that lets none be made is filled in place; elsewhere the disk gets
 * its name only when it is whole; a block device is what it is.
 */
final class Target {
    private final Path path;
    private final Path work;
    private final boolean file;

    private Target(Path path, Path work, boolean file) {
        this.path = path;
        this.work = work;
        this.file = file;
    }

    static Target of(Path path) {
        if (!Files.exists(path)) {
            return new Target(path, path.resolveSibling(path.getFileName() + ".partial"), true);
        }
        return new Target(path, path, Files.isRegularFile(path));
    }

    /** Empties the disk and gives it its size. */
    void prepare(long size) throws IOException {
        if (!file) {
            return;
        }
        try (FileChannel channel = FileChannel.open(work, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            channel.truncate(0);
            if (size > 0) {
                channel.write(java.nio.ByteBuffer.wrap(new byte[1]), size - 1);
            }
        }
    }

    Path work() {
        return work;
    }

    /** Whether it reads as zeros after {@link #prepare}. */
    boolean zeroed() {
        return file;
    }

    /** Makes the content last, then gives it its name. */
    void complete() throws IOException {
        if (work.equals(path)) {
            DurableFiles.sync(work);
        } else {
            DurableFiles.place(work, path);
        }
    }

    /** Leaves no half disk behind. */
    void discard(long size) throws IOException {
        if (file && work.equals(path)) {
            prepare(size);
        } else if (file) {
            Files.deleteIfExists(work);
        }
    }
}

package io.kubehv.csi.state;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** Writes that are on the disk when they return. */
public final class DurableFiles {
    private DurableFiles() {}

    /** Replaces a file's content: write beside it, fsync, rename, fsync the directory. */
    public static void replace(Path file, byte[] content) throws IOException {
        Path partial = file.resolveSibling(file.getFileName() + ".partial");
        boolean written = false;
        try {
            overwrite(partial, content);
            written = true;
        } finally {
            // On a full disk it would keep the room that it got.
            if (!written) {
                Files.deleteIfExists(partial);
            }
        }
        rename(partial, file);
    }

    /**
     * Writes over a file's content. Needs no room where the file has it already; half of it may be there after a power
     * cut.
     */
    public static void overwrite(Path file, byte[] content) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            ByteBuffer buffer = ByteBuffer.wrap(content);
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
            channel.truncate(content.length);
            channel.force(true);
        }
    }

    /** Renames within one file system; when this returns, the new name is on the disk. */
    public static void rename(Path from, Path to) throws IOException {
        move(from, to);
        syncNames(from, to);
    }

    /** Renames within one file system, for now in memory only. */
    static void move(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    }

    /** Brings a rename to the disk. */
    static void syncNames(Path from, Path to) throws IOException {
        sync(parentOf(to));
        if (!parentOf(from).equals(parentOf(to))) {
            sync(parentOf(from));
        }
    }

    /** Writes out a file's content and size, or a directory's entries. */
    public static void sync(Path fileOrDirectory) throws IOException {
        try (FileChannel channel = FileChannel.open(fileOrDirectory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private static Path parentOf(Path path) {
        Path parent = path.toAbsolutePath().getParent();
        if (parent == null) {
            throw new IllegalArgumentException(path + " has no directory");
        }
        return parent;
    }
}

package io.kubehv.launcher.files;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Objects;

/** What is written so that a power cut leaves all of it, or nothing by its name. */
public final class DurableFiles {
    private DurableFiles() {}

    /** Writes out a file's content and size, or a directory's entries. */
    public static void sync(Path fileOrDirectory) throws IOException {
        try (FileChannel channel = FileChannel.open(fileOrDirectory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /** Gives what was written beside its place its name, in the place of what had it; when this returns, both are on the disk. */
    public static void place(Path work, Path target) throws IOException {
        sync(work);
        Files.move(work, target, StandardCopyOption.ATOMIC_MOVE);
        sync(Objects.requireNonNull(target.toAbsolutePath().getParent()));
    }
}

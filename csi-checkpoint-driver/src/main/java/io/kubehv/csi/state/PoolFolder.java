package io.kubehv.csi.state;

import io.kubehv.csi.linux.ImmutableDirectory;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A folder of the pool, in which each entry is a directory tree that is made elsewhere and comes and goes by rename. */
record PoolFolder(Path path) {
    /**
     * Makes the folder and closes the way to the disks in it: they belong to the user that VMs run as, and a process of
     * that user on the node is no VM. Pods get their volumes by mounts, which start below.
     */
    void makePrivate() throws IOException {
        Files.createDirectories(path);
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwx------"));
    }

    /** Deletes all that is in it. */
    void sweep() throws IOException {
        for (Path leftOver : entries()) {
            deleteTree(leftOver);
        }
    }

    List<Path> entries() throws IOException {
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(path)) {
            stream.forEach(found::add);
        }
        return found;
    }

    /** The place of an entry, whether it is there or not. */
    Path entry(PoolId id) {
        return path.resolve(id.value());
    }

    /** The place for a tree that is about to come; what an interrupted call left there goes. */
    Path clear(PoolId id) throws IOException {
        Path place = entry(id);
        deleteTree(place);
        return place;
    }

    /** What is between a rename and its way to the disk. */
    interface Renamed {
        void reached() throws IOException;
    }

    /**
     * Gives a tree that was made elsewhere its place. When this returns, it is there after a power cut; when it throws, it
     * is not: a rename that did not get to the disk has happened all the same, and what nobody knows would be in the way
     * of each further attempt.
     *
     * @param deleting the way out of it
     */
    void settle(Path draft, PoolId id, Renamed renamed, PoolFolder deleting) throws IOException {
        Path home = entry(id);
        DurableFiles.move(draft, home);
        boolean settled = false;
        try {
            renamed.reached();
            DurableFiles.syncNames(draft, home);
            settled = true;
        } finally {
            if (!settled) {
                Path grave = deleting.clear(id);
                DurableFiles.move(home, grave);
                deleteTree(grave);
            }
        }
    }

    /** Deletes a tree, immutable directories in it too; fine where there is none. */
    static void deleteTree(Path root) throws IOException {
        if (Files.notExists(root)) {
            return;
        }
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
                    throws IOException {
                ImmutableDirectory.unseal(directory);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure)
                    throws IOException {
                if (failure != null) {
                    throw failure;
                }
                Files.delete(directory);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}

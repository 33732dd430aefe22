package io.kubehv.csi.linux;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;

/**
 * A pod's fsGroup on a mounted file system: all that is there belongs to the group, which may read and write it, and
 * what is made later is the group's as well. The same rule as the kubelet's OnRootMismatch: a root that is as it should
 * be stands for all below it, so a volume of a million files is walked once.
 */
public final class GroupAccess {
    private static final int SET_GROUP_ID = 02000;
    private static final int DIRECTORY_MODE = SET_GROUP_ID | 0770;
    private static final int FILE_MODE = 0660;

    private GroupAccess() {}

    /** Gives the tree to the group, if its root is not the group's already. */
    public static void grant(Path root, int group) throws IOException {
        if (groupOf(root) == group && (modeOf(root) & DIRECTORY_MODE) == DIRECTORY_MODE) {
            return;
        }
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                give(file, group, attributes.isRegularFile() ? FILE_MODE : 0);
                return FileVisitResult.CONTINUE;
            }

            // Children first: the root is marked when all else is done, so an interrupted walk is done again.
            @Override
            public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException e) throws IOException {
                if (e != null) {
                    throw e;
                }
                give(directory, group, DIRECTORY_MODE);
                return FileVisitResult.CONTINUE;
            }
        });
    }

    private static void give(Path path, int group, int mode) throws IOException {
        Files.setAttribute(path, "unix:gid", group, LinkOption.NOFOLLOW_LINKS);
        if (mode != 0) {
            Files.setAttribute(path, "unix:mode", modeOf(path) | mode);
        }
    }

    private static int groupOf(Path path) throws IOException {
        return (Integer) Files.getAttribute(path, "unix:gid", LinkOption.NOFOLLOW_LINKS);
    }

    private static int modeOf(Path path) throws IOException {
        return (Integer) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS) & 07777;
    }
}

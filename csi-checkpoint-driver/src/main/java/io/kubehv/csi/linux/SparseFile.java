package io.kubehv.csi.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** Files whose size is promised and whose blocks come when they are written. */
public final class SparseFile {
    private SparseFile() {}

    /** Makes a file of holes that only its owner can open. */
    public static void create(Path file, long bytes) throws IOException {
        Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        resize(file, bytes);
    }

    /**
     * Makes the file exactly so long: cuts off what is beyond, blocks that were allocated beyond the end included, or
     * adds a hole.
     */
    public static void resize(Path file, long bytes) throws IOException {
        try (OpenFile open = OpenFile.forReadingAndWriting(file)) {
            open.truncate(bytes);
        }
    }

    /** Copies the bytes of one file over another, leaving its holes out. */
    public static void copy(Path source, Path target) throws IOException {
        Command.run("cp", "--sparse=always", "--no-preserve=all", "--", source.toString(), target.toString());
    }

    /** Gives the file to a user and a group, and to nobody else. */
    public static void giveTo(Path file, int user, int group) throws IOException {
        Files.setAttribute(file, "unix:uid", user);
        Files.setAttribute(file, "unix:gid", group);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw----"));
    }

    /** Lets everyone who gets at the directory see what is in it. */
    public static void makeListable(Path directory) throws IOException {
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
}

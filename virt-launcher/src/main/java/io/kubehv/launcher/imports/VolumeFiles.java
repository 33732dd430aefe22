package io.kubehv.launcher.imports;

import io.kubehv.launcher.imports.ImportException.Reason;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Optional;

/** Files of a user's volume. Symbolic links, which would lead out of it, are not followed. */
public final class VolumeFiles {
    private VolumeFiles() {}

    /** A place below a directory, each part of its path being what it seems; empty where one leads elsewhere. */
    public static Optional<Path> place(Path root, String path) {
        Path place = root;
        for (Path part : Path.of(path)) {
            place = place.resolve(part);
            if ("..".equals(part.toString()) || Files.isSymbolicLink(place)) {
                return Optional.empty();
            }
        }
        return Optional.of(place);
    }

    /** A regular file in such a place; empty: there is none. */
    static Optional<Path> find(Path root, String path) {
        return place(root, path).filter(place -> Files.isRegularFile(place, LinkOption.NOFOLLOW_LINKS));
    }

    /** The same, of a path that its user is to correct. */
    static Path existing(Path root, String path) throws ImportException {
        if (place(root, path).isEmpty()) {
            throw missing(path, "has a part that leads elsewhere (.. or a symbolic link); name the file itself");
        }
        return find(root, path)
                .orElseThrow(() -> missing(path, "is not there, or is no regular file; correct the path"));
    }

    private static ImportException missing(String path, String problem) {
        return new ImportException(Reason.DISK_MISSING, "the file \"%s\" of the volume %s".formatted(path, problem));
    }
}

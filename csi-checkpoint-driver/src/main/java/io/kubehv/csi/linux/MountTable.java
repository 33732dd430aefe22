package io.kubehv.csi.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** What is mounted in this process's view, at one moment. */
public record MountTable(List<MountPoint> mounts) {
    private static final Path SELF = Path.of("/proc/self/mountinfo");

    public MountTable {
        mounts = List.copyOf(mounts);
    }

    /** The table now. */
    public static MountTable read() throws IOException {
        return parse(Files.readAllLines(SELF));
    }

    /** The table of some lines. */
    public static MountTable parse(List<String> lines) {
        return new MountTable(
                lines.stream().map(MountPoint::parse).flatMap(Optional::stream).toList());
    }

    /** The mounts on top of each other at the path, the lowest first. */
    public List<MountPoint> allAt(Path target) {
        Path wanted = target.toAbsolutePath().normalize();
        return mounts.stream().filter(mount -> mount.target().equals(wanted)).toList();
    }

    /** What a walk to the path would see there: of mounts on top of each other, the last. */
    public Optional<MountPoint> at(Path target) {
        return allAt(target).stream().reduce((below, above) -> above);
    }
}

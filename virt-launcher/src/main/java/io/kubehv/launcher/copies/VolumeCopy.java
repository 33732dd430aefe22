package io.kubehv.launcher.copies;

import io.kubehv.hv.definition.CopyDefinition;
import io.kubehv.launcher.files.DurableFiles;
import io.kubehv.launcher.imports.ImportException;
import io.kubehv.launcher.imports.ImportException.Reason;
import io.kubehv.launcher.imports.PodProgram;
import io.kubehv.launcher.imports.Progress;
import io.kubehv.launcher.imports.QemuImg;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The program of the pod that copies volumes. The sources are only read. It may be broken off at any time and begun again: it
 * begins at the beginning, and a target is of use only when it has ended well. What it tells at its end are the bytes of it all.
 */
public final class VolumeCopy {
    /** The file of a disk in a volume with a file system. */
    private static final String DISK = "disk.img";

    /** The file system's own, which its root alone may read. */
    private static final String LOST_AND_FOUND = "lost+found";

    private static final double WHOLE = 100;

    private final CopyDefinition definition;
    private final QemuImg qemuImg;
    private final Progress progress;
    private long all;
    private long done;

    VolumeCopy(CopyDefinition definition, QemuImg qemuImg, Progress progress) {
        this.definition = definition;
        this.qemuImg = qemuImg;
        this.progress = progress;
    }

    public static void main(String[] arguments) throws IOException {
        System.exit(PodProgram.run(
                () -> new VolumeCopy(
                                PodProgram.definition(CopyDefinition.ENVIRONMENT_VARIABLE, CopyDefinition::fromJson),
                                new QemuImg("qemu-img"),
                                new Progress(System.out, InstantSource.system()))
                        .run(),
                Reason.COPY_FAILED));
    }

    Map<String, Object> run() throws ImportException, IOException {
        for (CopyDefinition.Volume volume : definition.volumes()) {
            all += bytes(Path.of(volume.source()));
        }
        for (CopyDefinition.Volume volume : definition.volumes()) {
            Path source = Path.of(volume.source());
            Path target = Path.of(volume.target());
            if (Files.isDirectory(source) != Files.isDirectory(target)) {
                throw new ImportException(
                        Reason.COPY_FAILED,
                        "\"" + volume.name() + "\": one of the volumes is a block device and the other is none");
            }
            if (Files.isDirectory(source)) {
                files(source, target);
            } else {
                device(volume.name(), source, target);
            }
        }
        return Map.of("bytes", done);
    }

    private static long bytes(Path source) throws IOException {
        if (!Files.isDirectory(source)) {
            return length(source);
        }
        long bytes = 0;
        for (Path file : entries(source)) {
            bytes += Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) ? Files.size(file) : 0;
        }
        return bytes;
    }

    /** Of a file or a device, whose size a directory entry does not tell. */
    private static long length(Path path) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "r")) {
            return file.length();
        }
    }

    private void device(String name, Path source, Path target) throws ImportException, IOException {
        long size = length(source);
        if (length(target) < size) {
            throw new ImportException(
                    Reason.SIZE_TOO_SMALL,
                    "\"" + name + "\" has " + length(target) + " bytes, and its state has " + size
                            + ": expand the claim first");
        }
        convert(source, target, false);
        DurableFiles.sync(target);
        done += size;
    }

    private void convert(Path source, Path target, boolean zeroed) throws ImportException, IOException {
        long size = length(source);
        qemuImg.copy(source, target, zeroed, percent -> report(done + (long) (size * percent / WHOLE)));
    }

    private void report(long bytes) {
        progress.report("Copying", all == 0 ? WHOLE : WHOLE * bytes / all, bytes);
    }

    private void files(Path source, Path target) throws ImportException, IOException {
        clear(source, target);
        List<Path> directories = new ArrayList<>(List.of(target));
        for (Path entry : entries(source)) {
            Path copy = target.resolve(source.relativize(entry).toString());
            if (Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)) {
                Files.createDirectories(copy);
                directories.add(copy);
            } else if (entry.equals(source.resolve(DISK))) {
                disk(entry, copy);
            } else if (Files.isRegularFile(entry, LinkOption.NOFOLLOW_LINKS)) {
                Files.copy(entry, copy, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.COPY_ATTRIBUTES);
                DurableFiles.sync(copy);
                done += Files.size(entry);
                report(done);
            }
        }
        for (Path directory : directories) {
            DurableFiles.sync(directory);
        }
    }

    /** Takes away what the source has not got, the deepest first. */
    private static void clear(Path source, Path target) throws IOException {
        List<Path> present = entries(target);
        present.sort(Comparator.reverseOrder());
        for (Path entry : present) {
            Path original = source.resolve(target.relativize(entry).toString());
            boolean same = Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)
                    ? Files.isDirectory(original, LinkOption.NOFOLLOW_LINKS)
                    : Files.isRegularFile(original, LinkOption.NOFOLLOW_LINKS);
            if (!same) {
                Files.delete(entry);
            }
        }
    }

    /** All below, each directory before what it has. */
    private static List<Path> entries(Path directory) throws IOException {
        List<Path> found = new ArrayList<>();
        try (Stream<Path> children = Files.list(directory)) {
            for (Path child : children.sorted().toList()) {
                if (child.endsWith(LOST_AND_FOUND)) {
                    continue;
                }
                found.add(child);
                if (Files.isDirectory(child, LinkOption.NOFOLLOW_LINKS)) {
                    found.addAll(entries(child));
                }
            }
        }
        return found;
    }

    /** One that has grown since stays as large as it is. */
    private void disk(Path source, Path target) throws ImportException, IOException {
        long size = Files.size(source);
        try (RandomAccessFile file = new RandomAccessFile(target.toFile(), "rw")) {
            long length = Math.max(size, file.length());
            file.setLength(0);
            file.setLength(length);
        }
        convert(source, target, true);
        DurableFiles.sync(target);
        done += size;
    }
}

package io.kubehv.launcher.imports;

import io.kubehv.launcher.imports.ImportException.Reason;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * Finds the one disk image in another container of the pod, through the process namespace that both share. Nothing of the
 * image runs there (the container's command is ours), so what is looked at can't change meanwhile; symbolic links, which
 * would lead into this container's own files, are refused.
 */
final class ContainerFiles {
    private final Path processes;

    ContainerFiles(Path processes) {
        this.processes = processes;
    }

    /**
     * @param command the first word of that container's command
     * @param directory an absolute directory in that container
     */
    Path onlyFile(String command, String directory) throws ImportException, IOException {
        Path place = rootOf(command);
        for (Path part : Path.of(directory)) {
            place = place.resolve(part);
            if (!Files.isDirectory(place, LinkOption.NOFOLLOW_LINKS)) {
                throw new ImportException(
                        Reason.IMAGE_INVALID,
                        "the container image has no directory %s; its disk image must be the one file there"
                                .formatted(directory));
            }
        }
        try (Stream<Path> entries = Files.list(place)) {
            List<Path> files = entries.toList();
            if (files.size() != 1 || !Files.isRegularFile(files.getFirst(), LinkOption.NOFOLLOW_LINKS)) {
                throw new ImportException(
                        Reason.IMAGE_INVALID,
                        "the container image must have exactly one regular file under %s; it has %s"
                                .formatted(
                                        directory,
                                        files.stream().map(Path::getFileName).toList()));
            }
            return files.getFirst();
        }
    }

    private Path rootOf(String command) throws ImportException, IOException {
        try (Stream<Path> entries = Files.list(processes)) {
            for (Path process : entries.filter(
                            entry -> entry.getFileName().toString().matches("\\d+"))
                    .toList()) {
                if (runs(process, command)) {
                    return process.resolve("root");
                }
            }
        }
        throw new ImportException(
                Reason.SOURCE_UNREACHABLE,
                "the container with the image is gone: no process runs " + command + "; the import is tried again");
    }

    private static boolean runs(Path process, String command) {
        try {
            String line = Files.readString(process.resolve("cmdline"), StandardCharsets.UTF_8);
            return line.startsWith(command + "\0");
        } catch (IOException gone) {
            // A process may end between being listed and being read: then it is not the one.
            return false;
        }
    }
}

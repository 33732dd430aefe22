package io.kubehv.cni.chain;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;

/**
 * Our plug-in's place behind the node's own. The runtime takes the first configuration of the folder by name; that is the one
 * that gets our plug-in, whenever somebody has written it without. A file is replaced whole or not at all, so that no pod finds
 * half a network.
 */
public final class NodeChain {
    private static final Logger LOG = Logger.getLogger(NodeChain.class.getName());
    private static final String LIST = ".conflist";

    /** What libcni takes for configurations. */
    private static final List<String> SUFFIXES = List.of(LIST, ".conf", ".json");

    /** Begins with a dot and ends like none of those: no runtime reads it. */
    private static final String UNFINISHED = ".kubehv-unfinished";

    private final Path configurations;
    private final Path programs;

    /**
     * The chain of a node.
     *
     * @param configurations mostly /etc/cni/net.d
     * @param programs mostly /opt/cni/bin
     */
    public NodeChain(Path configurations, Path programs) {
        this.configurations = configurations;
        this.programs = programs;
    }

    /** Puts the executable and our place in the chain where they belong, unless they are there. */
    public void install(Path shim) throws IOException {
        installProgram(shim);
        Optional<Path> first = first();
        if (first.isEmpty()) {
            LOG.info(
                    () -> "there is no CNI configuration in " + configurations + " yet; waiting for the cluster's own");
            return;
        }
        putIn(first.get());
    }

    // A program that runs can't be written to; its name can be given to another.
    private void installProgram(Path shim) throws IOException {
        Path program = programs.resolve(ChainEdit.TYPE);
        byte[] wanted = Files.readAllBytes(shim);
        if (Files.exists(program) && Arrays.equals(Files.readAllBytes(program), wanted)) {
            return;
        }
        Files.createDirectories(programs);
        replace(program, wanted, "rwxr-xr-x");
    }

    private void putIn(Path file) throws IOException {
        try {
            String text = Files.readString(file);
            if (file.toString().endsWith(LIST)) {
                Optional<String> changed = ChainEdit.with(text);
                if (changed.isPresent()) {
                    replace(file, changed.get().getBytes(StandardCharsets.UTF_8), mode(file));
                    LOG.info(() -> "chained behind the plug-ins of " + file);
                }
                return;
            }
            // A name that comes before the single plug-in's own: the runtime takes the list, and the other stays
            // untouched.
            Path list = file.resolveSibling("0-kubehv-" + withoutSuffix(file) + LIST);
            String chained = ChainEdit.with(ChainEdit.wrapped(text)).orElseThrow();
            replace(list, chained.getBytes(StandardCharsets.UTF_8), mode(file));
            LOG.info(() -> "chained behind the plug-in of " + file + " by " + list);
        } catch (ChainEdit.NoConfigurationException e) {
            LOG.log(Level.WARNING, e, () -> file + " is left as it is, and VMs get no ports of switches: mend it");
        }
    }

    /** Takes everything of ours out of the folders. Pods start as they did before. */
    public void uninstall() throws IOException {
        for (Path file : all()) {
            try {
                if (file.getFileName().toString().startsWith("0-kubehv-")) {
                    Files.delete(file);
                } else if (file.toString().endsWith(LIST)) {
                    Optional<String> changed = ChainEdit.without(Files.readString(file));
                    if (changed.isPresent()) {
                        replace(file, changed.get().getBytes(StandardCharsets.UTF_8), mode(file));
                    }
                }
            } catch (ChainEdit.NoConfigurationException e) {
                LOG.log(Level.FINE, e, () -> file + " is none of ours");
            }
        }
        Files.deleteIfExists(programs.resolve(ChainEdit.TYPE));
    }

    private Optional<Path> first() throws IOException {
        return all().stream().findFirst();
    }

    private List<Path> all() throws IOException {
        if (!Files.isDirectory(configurations)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(configurations)) {
            return files.filter(file -> SUFFIXES.stream().anyMatch(file.toString()::endsWith))
                    .sorted()
                    .toList();
        }
    }

    private static String withoutSuffix(Path file) {
        String name = file.getFileName().toString();
        return name.substring(0, name.lastIndexOf('.'));
    }

    private static String mode(Path file) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    }

    private static void replace(Path file, byte[] content, String mode) throws IOException {
        Path unfinished = file.resolveSibling("." + file.getFileName() + UNFINISHED);
        try (FileChannel channel = FileChannel.open(
                unfinished,
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.WRITE)) {
            ByteBuffer bytes = ByteBuffer.wrap(content);
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            Files.setPosixFilePermissions(unfinished, PosixFilePermissions.fromString(mode));
            channel.force(true);
        }
        Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
    }
}

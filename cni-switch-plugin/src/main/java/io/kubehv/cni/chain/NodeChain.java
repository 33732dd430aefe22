package io.kubehv.cni.chain;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
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
import org.jspecify.annotations.Nullable;

/**
 * Our plug-in's place behind the node's own. The runtime takes the first configuration of the folder by name; that is the one
 * that gets our plug-in, whenever somebody has written it without. A file is replaced whole or not at all, so that no pod finds
 * half a network. Not thread-safe.
 */
public final class NodeChain {
    private static final Logger LOG = Logger.getLogger(NodeChain.class.getName());
    private static final String LIST = ".conflist";

    /** What libcni takes for configurations. */
    private static final List<String> SUFFIXES = List.of(LIST, ".conf", ".json");

    /**
     * Ends the name of a list in which a single plug-in stands before ours. It comes just before that one's own file, so that
     * a network that is to come before that one does so still.
     */
    private static final String WRAPPER = "-with-kubehv-switch" + LIST;

    /** Begins with a dot and ends like none of those: no runtime reads it. */
    private static final String UNFINISHED = ".kubehv-unfinished";

    private final Path configurations;
    private final Path programs;

    /** What was said last of a file that can't be changed, which is not said again every few seconds. */
    private @Nullable String complaint;

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
        Optional<Path> first = files().filter(file -> !isWrapper(file)).findFirst();
        takeOut(first.orElse(null));
        if (first.isEmpty()) {
            complain("there is no CNI configuration in " + configurations + " yet; waiting for the cluster's own");
            return;
        }
        try {
            putIn(first.get());
            complaint = null;
        } catch (ChainEdit.NoConfigurationException e) {
            takeOut(null);
            complain(first.get() + " is left without our plug-in, and VMs get no ports of switches: " + e.getMessage());
        }
    }

    /** Takes everything of ours out of the folders. Pods start as they did before. */
    public void uninstall() throws IOException {
        takeOut(null);
        Files.deleteIfExists(programs.resolve(ChainEdit.TYPE));
        deleteUnfinished(programs);
        deleteUnfinished(configurations);
    }

    // A program that runs can't be written to; its name can be given to another.
    private void installProgram(Path shim) throws IOException {
        Path program = programs.resolve(ChainEdit.TYPE);
        byte[] wanted = Files.readAllBytes(shim);
        if (Files.isExecutable(program) && Arrays.equals(Files.readAllBytes(program), wanted)) {
            return;
        }
        Files.createDirectories(programs);
        replace(program, wanted, "rwxr-xr-x");
    }

    private void putIn(Path file) throws IOException, ChainEdit.NoConfigurationException {
        if (Files.isSymbolicLink(file)) {
            throw new ChainEdit.NoConfigurationException("it is a link, and what it leads to is somebody else's");
        }
        byte[] text = Files.readAllBytes(file);
        if (file.toString().endsWith(LIST)) {
            Optional<byte[]> changed = ChainEdit.with(text);
            if (changed.isPresent() && isStill(file, text)) {
                replace(file, changed.get(), mode(file));
                LOG.info(() -> "chained behind the plug-ins of " + file);
            }
            return;
        }
        Path list = wrapper(file);
        byte[] wanted = ChainEdit.wrapped(text);
        if (!Files.exists(list) || !Arrays.equals(Files.readAllBytes(list), wanted)) {
            replace(list, wanted, mode(file));
            LOG.info(() -> "chained behind the plug-in of " + file + " by " + list);
        }
    }

    /** Leaves our plug-in in no file but this one: others may be what the node had before, or will have. */
    private void takeOut(@Nullable Path except) throws IOException {
        for (Path file : files().toList()) {
            if (isWrapper(file)) {
                if (except == null || !file.equals(wrapper(except))) {
                    Files.delete(file);
                }
            } else if (!file.equals(except) && file.toString().endsWith(LIST) && !Files.isSymbolicLink(file)) {
                takeOutOf(file);
            }
        }
    }

    private static void takeOutOf(Path file) throws IOException {
        try {
            byte[] text = Files.readAllBytes(file);
            Optional<byte[]> changed = ChainEdit.without(text);
            if (changed.isPresent() && isStill(file, text)) {
                replace(file, changed.get(), mode(file));
            }
        } catch (ChainEdit.NoConfigurationException e) {
            LOG.log(Level.FINE, e, () -> file + " is none of ours");
        }
    }

    /** What its owner has written meanwhile is not lost: the next round takes that. */
    private static boolean isStill(Path file, byte[] text) throws IOException {
        return Arrays.equals(Files.readAllBytes(file), text);
    }

    private static Path wrapper(Path single) {
        return single.resolveSibling(withoutSuffix(single) + WRAPPER);
    }

    private static boolean isWrapper(Path file) {
        return file.toString().endsWith(WRAPPER);
    }

    /** In the order in which runtimes take them: by bytes. */
    private Stream<Path> files() throws IOException {
        if (!Files.isDirectory(configurations)) {
            return Stream.empty();
        }
        try (Stream<Path> files = Files.list(configurations)) {
            return files
                    .filter(file -> SUFFIXES.stream().anyMatch(file.toString()::endsWith))
                    .filter(file -> !Files.isDirectory(file))
                    .sorted()
                    .toList()
                    .stream();
        }
    }

    private static String withoutSuffix(Path file) {
        String name = file.getFileName().toString();
        return name.substring(0, name.lastIndexOf('.'));
    }

    private void complain(String text) {
        if (!text.equals(complaint)) {
            complaint = text;
            LOG.warning(text);
        }
    }

    private static String mode(Path file) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file, LinkOption.NOFOLLOW_LINKS));
    }

    private static void deleteUnfinished(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            return;
        }
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file :
                    files.filter(each -> each.toString().endsWith(UNFINISHED)).toList()) {
                Files.delete(file);
            }
        }
    }

    private static void replace(Path file, byte[] content, String mode) throws IOException {
        Path unfinished = file.resolveSibling("." + file.getFileName() + UNFINISHED);
        boolean finished = false;
        try {
            write(unfinished, content, mode);
            Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
            finished = true;
        } finally {
            // On a full disk it would keep the room that it got.
            if (!finished) {
                Files.deleteIfExists(unfinished);
            }
        }
        try (FileChannel directory = FileChannel.open(file.toAbsolutePath().getParent(), StandardOpenOption.READ)) {
            directory.force(true);
        }
    }

    private static void write(Path file, byte[] content, String mode) throws IOException {
        try (FileChannel channel = FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            ByteBuffer bytes = ByteBuffer.wrap(content);
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
            channel.force(true);
        }
    }
}

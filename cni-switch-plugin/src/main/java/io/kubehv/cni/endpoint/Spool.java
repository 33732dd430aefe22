package io.kubehv.cni.endpoint;

import io.kubehv.cni.fault.SwitchException;
import io.kubehv.cni.switching.PortService;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.logging.Level;
import java.util.logging.Logger;

/** The DELs that came while this program was away, which the shim has kept. */
public final class Spool {
    private static final Logger LOG = Logger.getLogger(Spool.class.getName());

    private final Path directory;
    private final CallHandler handler;

    public Spool(Path directory, PortService ports) {
        this.directory = directory;
        this.handler = new CallHandler(ports);
    }

    /** Does what is there. What fails stays for the next time; what is no call is thrown away. */
    public void drain() throws IOException {
        if (!Files.isDirectory(directory)) {
            return;
        }
        // Names that begin with a dot are not written to their end.
        try (DirectoryStream<Path> files = Files.newDirectoryStream(
                directory, file -> !file.getFileName().toString().startsWith("."))) {
            for (Path file : files) {
                drain(file);
            }
        }
    }

    private void drain(Path file) throws IOException {
        try {
            String output = handler.handle(ShimMessage.parseWhole(Files.readAllBytes(file)));
            LOG.fine(() -> "done later: " + file.getFileName() + output);
            Files.delete(file);
        } catch (SwitchException.Undecodable | SwitchException.InvalidEnvironment e) {
            LOG.log(Level.WARNING, e, () -> "thrown away: " + file);
            Files.delete(file);
        } catch (SwitchException e) {
            LOG.log(Level.WARNING, e, () -> "kept for later: " + file);
        }
    }
}

package io.kubehv.vmbus.node;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * The device by which QEMU learns of writes to a guest's memory before they are done, so that a memory can be kept while its
 * guest goes on. On the node only root may open it. So a second node of the same device is made in a place of ours, for QEMU's
 * user; the kubelet makes a VM's own of that one, and nothing changes for other programs of the node.
 */
public final class WriteFaults {
    private static final Logger LOG = System.getLogger(WriteFaults.class.getName());
    private static final int QEMU_USER = 107;
    private static final long LONGEST_SECONDS = 10;
    private static final String NAME = "userfaultfd";

    private WriteFaults() {}

    /** Makes the second node of the device; empty where the kernel has no such device, or it can't be made. */
    public static Optional<Path> forMachines(Path device, Path directory) {
        if (!Files.exists(device)) {
            return Optional.empty();
        }
        Path own = directory.resolve(NAME);
        try {
            Files.deleteIfExists(own);
            copyNode(device, own);
            Files.setAttribute(own, "unix:uid", QEMU_USER, LinkOption.NOFOLLOW_LINKS);
            Files.setAttribute(own, "unix:gid", QEMU_USER, LinkOption.NOFOLLOW_LINKS);
            Files.setPosixFilePermissions(own, PosixFilePermissions.fromString("rw-------"));
            return Optional.of(own);
        } catch (IOException e) {
            LOG.log(Level.WARNING, "memory is kept by pre-copy: VMs can't be given " + device, e);
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    private static void copyNode(Path device, Path to) throws IOException, InterruptedException {
        Process copy = new ProcessBuilder("cp", "--recursive", device.toString(), to.toString())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        if (!copy.waitFor(LONGEST_SECONDS, TimeUnit.SECONDS) || copy.exitValue() != 0) {
            copy.destroyForcibly();
            throw new IOException("cp did not make " + to);
        }
    }
}

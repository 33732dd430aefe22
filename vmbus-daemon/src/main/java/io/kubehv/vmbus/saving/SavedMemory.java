package io.kubehv.vmbus.saving;

import io.kubehv.hv.checkpoint.MachineFacts;
import io.kubehv.vmbus.fault.SaveException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Set;

/**
 * The file with a VM's memory on a volume. It has its name only when it is whole and on the disk.
 *
 * @param volume the volume's directory
 */
public record SavedMemory(Path volume) {
    private static final String WHOLE = "memory";
    private static final String PARTIAL = "memory.partial";

    private static final String PLACE = "place-for-memory";

    /** What QEMU's migration streams begin with. */
    private static final byte[] MAGIC = "QEVM".getBytes(StandardCharsets.US_ASCII);

    /** The file under the name that it has while it is written. */
    Path partial() {
        return volume.resolve(PARTIAL);
    }

    /** Whether the launcher has marked the volume as the one that its VM's memory may be saved to. */
    public boolean isPlace() {
        return Files.isRegularFile(volume.resolve(PLACE), LinkOption.NOFOLLOW_LINKS);
    }

    private Path facts() {
        return volume.resolve(MachineFacts.FILE);
    }

    private Path whole() {
        return volume.resolve(WHOLE);
    }

    /** Whether there is a whole saved memory. */
    public boolean exists() {
        if (!Files.isRegularFile(whole(), LinkOption.NOFOLLOW_LINKS)) {
            return false;
        }
        ByteBuffer head = ByteBuffer.allocate(MAGIC.length);
        try (FileChannel channel = FileChannel.open(whole(), StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
            var _ = channel.read(head);
        } catch (IOException e) {
            throw new SaveException("can't read " + whole(), e);
        }
        return Arrays.equals(head.array(), MAGIC);
    }

    /** How many bytes the whole file has; 0 where there is none. */
    public long size() {
        try {
            return Files.isRegularFile(whole(), LinkOption.NOFOLLOW_LINKS) ? Files.size(whole()) : 0;
        } catch (IOException e) {
            throw new SaveException("can't look at " + whole(), e);
        }
    }

    /** Removes the file, whole or not, so that it is never used again. Removing it twice does nothing. */
    public void remove() {
        try {
            Files.deleteIfExists(whole());
            Files.deleteIfExists(partial());
            Files.deleteIfExists(facts());
            flush();
        } catch (IOException e) {
            throw new SaveException("can't remove the saved memory from " + volume, e);
        }
    }

    /** Writes what the memory is of beside it, before it gets its name: whoever finds it knows where it goes on. */
    void describe(MachineFacts facts) {
        try {
            Files.deleteIfExists(facts());
            try (FileChannel file = FileChannel.open(
                    facts(),
                    Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-r-----")))) {
                Files.setAttribute(facts(), "unix:gid", MemorySave.QEMU_GROUP, LinkOption.NOFOLLOW_LINKS);
                var _ = file.write(ByteBuffer.wrap(facts.toJson().getBytes(StandardCharsets.UTF_8)));
                file.force(true);
            }
        } catch (IOException e) {
            throw new SaveException("can't write what the saved memory is of on " + volume, e);
        }
    }

    /** Gives the written file its name. After a power cut it has either name, with all of its contents. */
    void commit() {
        try {
            Files.move(partial(), whole(), StandardCopyOption.ATOMIC_MOVE);
            flush();
        } catch (IOException e) {
            throw new SaveException("can't complete the saved memory on " + volume, e);
        }
    }

    private void flush() throws IOException {
        try (FileChannel directory = FileChannel.open(volume, StandardOpenOption.READ)) {
            directory.force(true);
        }
    }
}

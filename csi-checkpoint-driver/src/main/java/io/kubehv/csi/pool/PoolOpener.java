package io.kubehv.csi.pool;

import io.kubehv.csi.linux.FileSystemSpace;
import io.kubehv.csi.linux.FileSystemType;
import io.kubehv.csi.linux.FullDisk;
import io.kubehv.csi.linux.LoopDevices;
import io.kubehv.csi.linux.MountTable;
import io.kubehv.csi.linux.Mounts;
import io.kubehv.csi.linux.Reflink;
import io.kubehv.csi.linux.SparseFile;
import io.kubehv.csi.state.DurableFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Finds or makes the pool. Where the directory's own file system has reflinks, it is the pool as it is. Elsewhere the
 * driver keeps an XFS in an image file beside the directory and mounts it there. An image that exists is mounted, never
 * formatted: it gets its name only after it was made whole.
 */
public final class PoolOpener {
    private static final Logger LOG = Logger.getLogger(PoolOpener.class.getName());
    private static final long SHARE_OF_FREE_PERCENT = 90;

    private final Path directory;
    private final Path image;
    private final long imageBytes;

    /**
     * @param directory where the pool is to be
     * @param image the image file, used where the directory has no reflinks
     * @param imageBytes the size of a new image, less where the disk has not so much room
     */
    public PoolOpener(Path directory, Path image, long imageBytes) {
        this.directory = directory.toAbsolutePath().normalize();
        this.image = image;
        this.imageBytes = imageBytes;
    }

    /** Opens the pool, as often as it is called. */
    public Pool open() throws IOException {
        Files.createDirectories(directory);
        if (MountTable.read().at(directory).isEmpty()) {
            if (Files.exists(image)) {
                mount();
            } else if (!isInUse() && !Reflink.isPossibleIn(directory)) {
                makeImage();
            }
        }
        Pool.Mode mode = mode();
        LOG.log(Level.INFO, "pool {0} is open, clones are made by {1}", new Object[] {directory, mode});
        return new Pool(directory, mode);
    }

    /** A full pool is opened all the same: only a driver that runs can delete from it. */
    private Pool.Mode mode() throws IOException {
        ModeRecord known = new ModeRecord(directory);
        Pool.Mode found;
        try {
            found = Reflink.isPossibleIn(directory) ? Pool.Mode.REFLINK : Pool.Mode.COPY;
        } catch (IOException e) {
            if (!FullDisk.isCauseOf(e)) {
                throw e;
            }
            LOG.log(Level.WARNING, "the pool is too full to try reflinks; what was found earlier holds", e);
            return known.read().orElse(Pool.Mode.COPY);
        }
        known.keep(found);
        return found;
    }

    /** Volumes of a node that has always made copies are not hidden under a new mount. */
    private boolean isInUse() {
        return Files.exists(directory.resolve("volumes"));
    }

    private void makeImage() throws IOException {
        long free = FileSystemSpace.of(directory).availableBytes();
        long bytes = Math.min(imageBytes, free * SHARE_OF_FREE_PERCENT / 100);
        if (bytes < FileSystemType.XFS.minimumBytes()) {
            LOG.log(Level.WARNING, "{0} has neither reflinks nor room for an image: clones will be copies", directory);
            return;
        }
        Path partial = image.resolveSibling(image.getFileName() + ".partial");
        Files.deleteIfExists(partial);
        SparseFile.create(partial, bytes);
        FileSystemType.XFS.format(partial);
        DurableFiles.sync(partial);
        DurableFiles.rename(partial, image);
        LOG.log(Level.INFO, "made an XFS image of {0} bytes at {1}", new Object[] {bytes, image});
        mount();
    }

    private void mount() throws IOException {
        LoopDevices.attachWhileUsed(
                image, device -> Mounts.mount(device, directory, FileSystemType.XFS, List.of("noatime")));
    }
}

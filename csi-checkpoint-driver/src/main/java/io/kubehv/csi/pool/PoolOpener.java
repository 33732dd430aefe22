package io.kubehv.csi.pool;

import io.kubehv.csi.linux.FileSystemSpace;
import io.kubehv.csi.linux.FileSystemType;
import io.kubehv.csi.linux.FullDisk;
import io.kubehv.csi.linux.MountTable;
import io.kubehv.csi.linux.Mounts;
import io.kubehv.csi.linux.Reflink;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Finds or makes the pool. Where the directory's own file system has reflinks, it is the pool as it is. Elsewhere the
 * driver keeps an XFS in an image file beside the directory and mounts it there; where a disk is mounted at the
 * directory, the image is on that disk.
 */
public final class PoolOpener {
    private static final Logger LOG = Logger.getLogger(PoolOpener.class.getName());
    private static final long SHARE_OF_FREE_PERCENT = 90;

    private final Path directory;
    private final Path image;
    private final Path disk;
    private final long imageBytes;

    /**
     * @param directory where the pool is to be
     * @param image the image file, used where the directory has no reflinks
     * @param imageBytes the size of a new image, less where the disk has not so much room
     */
    public PoolOpener(Path directory, Path image, long imageBytes) {
        this.directory = directory.toAbsolutePath().normalize();
        this.image = image.toAbsolutePath().normalize();
        this.disk = this.directory.resolveSibling(this.directory.getFileName() + ".disk");
        this.imageBytes = imageBytes;
    }

    /** Opens the pool, as often as it is called. */
    public Pool open() throws IOException {
        Files.createDirectories(directory);
        Optional<PoolImage> used = openImage();
        Pool.Mode mode = mode();
        LOG.log(Level.INFO, "pool {0} is open, clones are made by {1}", new Object[] {directory, mode});
        return new Pool(directory, used.map(PoolImage::file), mode);
    }

    /** The image that is mounted at the directory from now on; empty where none is. */
    private Optional<PoolImage> openImage() throws IOException {
        PoolImage beside = new PoolImage(image, directory);
        PoolImage onDisk = new PoolImage(disk.resolve(image.getFileName()), directory);
        for (PoolImage known : List.of(beside, onDisk)) {
            if (known.isMounted()) {
                return Optional.of(known);
            }
        }
        if (MountTable.read().at(directory).isEmpty()) {
            return beside.exists() || needsImage() ? use(beside) : Optional.empty();
        }
        if (!Files.exists(directory.resolve(image.getFileName())) && !needsImage()) {
            return Optional.empty();
        }
        showDisk();
        return use(onDisk);
    }

    /** Volumes of a node that has always made copies are not hidden under a new mount. */
    private boolean needsImage() throws IOException {
        return Files.notExists(directory.resolve("volumes")) && !Reflink.isPossibleIn(directory);
    }

    /** The image will hide the disk that it is on: it stays to be seen at a place of its own. */
    private void showDisk() throws IOException {
        Files.createDirectories(disk);
        if (MountTable.read().at(disk).isEmpty()) {
            Mounts.bind(directory, disk, false);
        }
    }

    private Optional<PoolImage> use(PoolImage chosen) throws IOException {
        if (!chosen.exists() && !make(chosen)) {
            return Optional.empty();
        }
        chosen.mount();
        return Optional.of(chosen);
    }

    private boolean make(PoolImage wanted) throws IOException {
        long free = FileSystemSpace.of(wanted.folder()).availableBytes();
        long bytes = Math.min(imageBytes, free * SHARE_OF_FREE_PERCENT / 100);
        if (bytes < FileSystemType.XFS.minimumBytes()) {
            LOG.log(Level.WARNING, "{0} has neither reflinks nor room for an image: clones will be copies", directory);
            return false;
        }
        wanted.make(bytes);
        LOG.log(Level.INFO, "made an XFS image of {0} bytes at {1}", new Object[] {bytes, wanted.file()});
        return true;
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
}

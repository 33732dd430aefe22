package io.kubehv.csi.state;

import static org.awaitility.Awaitility.await;

import io.kubehv.csi.linux.FileSystemType;
import io.kubehv.csi.linux.LoopDevices;
import io.kubehv.csi.linux.Mounts;
import io.kubehv.csi.linux.Reflink;
import io.kubehv.csi.linux.SparseFile;
import io.kubehv.csi.linux.SystemCallException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * A pool whose power can be cut: it is a file on a file system with reflinks, so a clone of that file, taken while the
 * pool is mounted, is what a disk would hold at that moment. Needs root.
 */
final class PowerCutPool implements AutoCloseable {
    private static final Duration SOON = Duration.ofMinutes(1);
    private static final long OUTER_BYTES = 2L << 30;
    private static final long POOL_BYTES = 512L << 20;

    private final Path outer;
    private final Path pool;
    private final Path after;
    private int cuts;

    PowerCutPool(Path directory) throws IOException {
        outer = Files.createDirectory(directory.resolve("outer"));
        pool = Files.createDirectory(directory.resolve("pool"));
        after = Files.createDirectory(directory.resolve("after"));
        format(directory.resolve("outer.img"), OUTER_BYTES);
        mount(directory.resolve("outer.img"), outer);
        format(outer.resolve("pool.img"), POOL_BYTES);
        mount(outer.resolve("pool.img"), pool);
    }

    private static void format(Path image, long bytes) throws IOException {
        SparseFile.create(image, bytes);
        FileSystemType.XFS.format(image);
    }

    private static void mount(Path image, Path target) throws IOException {
        LoopDevices.attachWhileUsed(image, device -> Mounts.mount(device, target, FileSystemType.XFS, List.of()));
    }

    /** The pool's directory. */
    Path root() {
        return pool;
    }

    /** The disk as it is now. */
    Path cut() throws IOException {
        Path image = outer.resolve("cut-" + cuts++);
        SparseFile.create(image, 0);
        Reflink.clone(outer.resolve("pool.img"), image);
        return image;
    }

    /** What is done with a pool that is mounted after a cut. */
    interface Look {
        void at(Path pool) throws IOException;
    }

    /** Mounts such a disk, as a node does that has its power again. */
    void afterwards(Path image, Look look) throws IOException {
        mount(image, after);
        try {
            look.at(after);
        } finally {
            Mounts.unmount(after.toRealPath());
        }
    }

    @Override
    public void close() throws IOException {
        for (Path mounted : List.of(after, pool)) {
            Mounts.unmount(mounted.toRealPath());
        }
        Path real = outer.toRealPath();
        // The kernel lets go of the pool's file a moment after the pool's last user.
        await("nobody uses " + real).atMost(SOON).until(() -> isUnmounted(real));
    }

    private static boolean isUnmounted(Path target) throws IOException {
        try {
            Mounts.unmount(target);
            return true;
        } catch (SystemCallException e) {
            if (e.isBusy()) {
                return false;
            }
            throw e;
        }
    }
}

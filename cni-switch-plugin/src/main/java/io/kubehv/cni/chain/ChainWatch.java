package io.kubehv.cni.chain;

import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Tells at once that somebody has written the node's CNI configuration: a VM that started before our plug-in is back in it would
 * have no ports. Where the kernel has no watch left, or the folder itself was made anew, whoever looks from time to time sees it.
 */
public final class ChainWatch implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(ChainWatch.class.getName());

    private final WatchService service;

    private ChainWatch(WatchService service) {
        this.service = service;
    }

    /**
     * Starts to watch.
     *
     * @param changed runs on the watch's own thread and must be short
     * @throws IOException where the folder can't be watched
     */
    public static ChainWatch start(Path configurations, Runnable changed) throws IOException {
        WatchService service = configurations.getFileSystem().newWatchService();
        boolean started = false;
        try {
            configurations.register(
                    service,
                    StandardWatchEventKinds.ENTRY_CREATE,
                    StandardWatchEventKinds.ENTRY_MODIFY,
                    StandardWatchEventKinds.ENTRY_DELETE);
            started = true;
        } finally {
            if (!started) {
                service.close();
            }
        }
        ChainWatch watch = new ChainWatch(service);
        var _ = Thread.ofPlatform().daemon().name("chain-watch").start(() -> watch.run(changed));
        return watch;
    }

    private void run(Runnable changed) {
        try {
            while (true) {
                WatchKey key = service.take();
                key.pollEvents();
                changed.run();
                if (!key.reset()) {
                    LOG.warning(() -> key.watchable() + " is gone and no longer watched");
                    return;
                }
            }
        } catch (ClosedWatchServiceException e) {
            LOG.log(Level.FINE, e, () -> "no longer watching");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() throws IOException {
        service.close();
    }
}

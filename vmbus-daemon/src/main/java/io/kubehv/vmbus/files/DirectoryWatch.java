package io.kubehv.vmbus.files;

import static java.nio.file.StandardWatchEventKinds.ENTRY_CREATE;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Tells when a path comes into being, without polling. All waits of the daemon share one inotify instance: a node's
 * limit is 128 of them for all its pods together.
 *
 * <p>Thread-safe. Callbacks run on the watch's own thread and must be short.
 */
public final class DirectoryWatch implements AutoCloseable {
    private static final Logger LOG = System.getLogger(DirectoryWatch.class.getName());

    private static final Duration RETRY = Duration.ofSeconds(5);

    private final WatchService service;
    /** Guards what follows; never held while a callback runs. */
    private final Object lock = new Object();

    private final Set<Wait> waits = new HashSet<>();
    private final Set<Wait> failed = new HashSet<>();
    private final Map<Path, WatchKey> keys = new HashMap<>();
    private @Nullable Thread thread;

    /** A wait for one path. Closing it ends the wait; closing it twice does nothing. */
    public final class Wait implements AutoCloseable {
        private final Path path;
        private final Runnable whenThere;
        private final boolean repeated;

        private Wait(Path path, Runnable whenThere, boolean repeated) {
            this.path = path;
            this.whenThere = whenThere;
            this.repeated = repeated;
        }

        @Override
        public void close() {
            synchronized (lock) {
                if (waits.remove(this)) {
                    forgetUnused();
                }
            }
        }
    }

    private DirectoryWatch(WatchService service) {
        this.service = service;
    }

    /**
     * Starts watching with nothing to watch for.
     *
     * @throws IOException when the kernel gives no inotify instance
     */
    public static DirectoryWatch start() throws IOException {
        DirectoryWatch watch = new DirectoryWatch(FileSystems.getDefault().newWatchService());
        watch.thread = Thread.ofPlatform().daemon().name("directory-watch").start(watch::run);
        return watch;
    }

    /** Whether its thread is there. */
    public boolean isAlive() {
        return thread != null && thread.isAlive();
    }

    /** Calls back once, as soon as the path is there; at once if it is. Its parents need not exist yet. */
    public Wait await(Path path, Runnable whenThere) {
        return add(new Wait(path, whenThere, false));
    }

    /** Calls back each time that the path is made anew, and at once if it is there. */
    public Wait eachTime(Path path, Runnable whenThere) {
        return add(new Wait(path, whenThere, true));
    }

    private Wait add(Wait wait) {
        synchronized (lock) {
            waits.add(wait);
        }
        attempt(wait);
        return wait;
    }

    /** What goes wrong with one wait, such as too many watches in the kernel, is tried again and harms no other. */
    private void attempt(Wait wait) {
        try {
            advance(wait);
        } catch (RuntimeException e) {
            LOG.log(Level.WARNING, "can't wait for " + wait.path + " yet", e);
            synchronized (lock) {
                failed.add(wait);
            }
        }
    }

    /** Watches the nearest parent that exists; looks again after that, so that nothing is missed in between. */
    private void advance(Wait wait) {
        boolean there;
        synchronized (lock) {
            Path directory;
            do {
                directory = nearestExisting(wait.path);
                watch(directory);
            } while (!nearestExisting(wait.path).equals(directory));
            there = exists(wait.path) && (wait.repeated ? waits.contains(wait) : waits.remove(wait));
            forgetUnused();
        }
        if (there) {
            wait.whenThere.run();
        }
    }

    private static Path nearestExisting(Path path) {
        @Nullable Path directory = path.getParent();
        while (directory != null && !Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
            directory = directory.getParent();
        }
        return directory == null ? Path.of("/") : directory;
    }

    private static boolean exists(Path path) {
        return Files.exists(path, LinkOption.NOFOLLOW_LINKS);
    }

    private void watch(Path directory) {
        try {
            keys.put(directory, directory.register(service, ENTRY_CREATE));
        } catch (IOException e) {
            if (Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
                throw new UncheckedIOException("can't watch the directory " + directory, e);
            }
            LOG.log(Level.DEBUG, () -> directory + " went away; its parent is watched instead");
        }
    }

    private void forgetUnused() {
        Set<Path> used = waits.stream().map(wait -> nearestExisting(wait.path)).collect(Collectors.toUnmodifiableSet());
        keys.entrySet().removeIf(entry -> {
            boolean unused = !used.contains(entry.getKey());
            if (unused) {
                entry.getValue().cancel();
            }
            return unused;
        });
    }

    private void run() {
        try {
            while (true) {
                WatchKey key = service.poll(RETRY.toMillis(), TimeUnit.MILLISECONDS);
                (key == null ? takeFailed() : concernedBy(key)).forEach(this::attempt);
            }
        } catch (ClosedWatchServiceException e) {
            LOG.log(Level.DEBUG, "the watch of directories ends", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private List<Wait> takeFailed() {
        synchronized (lock) {
            List<Wait> again = failed.stream().filter(waits::contains).toList();
            failed.clear();
            return again;
        }
    }

    private List<Wait> concernedBy(WatchKey key) {
        List<Path> created = key.pollEvents().stream()
                .filter(event -> event.context() instanceof Path)
                .map(event -> ((Path) key.watchable()).resolve((Path) event.context()))
                .toList();
        key.reset();
        return concernedBy(created);
    }

    /** The waits for what was made or lies below it; all of them when the kernel could not say what was made. */
    private List<Wait> concernedBy(List<Path> created) {
        synchronized (lock) {
            return waits.stream()
                    .filter(wait -> created.isEmpty() || created.stream().anyMatch(wait.path::startsWith))
                    .toList();
        }
    }

    @Override
    public void close() throws IOException {
        service.close();
    }
}

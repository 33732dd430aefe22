package io.kubehv.vmbus.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.is;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DirectoryWatchTest {
    @TempDir
    private Path root;

    private final AtomicInteger calls = new AtomicInteger();
    private DirectoryWatch watch;

    @BeforeEach
    void start() throws IOException {
        watch = DirectoryWatch.start();
    }

    @AfterEach
    void end() throws IOException {
        watch.close();
    }

    @Test
    void what_is_there_is_told_at_once() throws IOException {
        Path path = Files.createFile(root.resolve("socket"));
        watch.await(path, calls::incrementAndGet);
        assertThat(calls).hasValue(1);
    }

    @Test
    void what_comes_is_told_also_under_parents_that_come_with_it() throws IOException {
        Path path = root.resolve("pod/volumes/runtime/socket");
        watch.await(path, calls::incrementAndGet);
        assertThat(calls).hasValue(0);
        Files.createDirectories(path.getParent());
        Files.createFile(path);
        await().untilAtomic(calls, is(1));
    }

    @Test
    void a_directory_that_was_removed_and_made_anew_is_still_watched() throws IOException {
        Path path = root.resolve("pod/socket");
        Files.createDirectory(path.getParent());
        watch.await(path, calls::incrementAndGet);
        Files.delete(path.getParent());
        Files.createDirectory(path.getParent());
        Files.createFile(path);
        await().untilAtomic(calls, is(1));
    }

    @Test
    void a_repeated_wait_is_told_each_time_and_a_closed_one_never() throws IOException {
        Path path = root.resolve("kubelet.sock");
        DirectoryWatch.Wait wait = watch.eachTime(path, calls::incrementAndGet);
        Files.createFile(path);
        await().untilAtomic(calls, is(1));
        Files.delete(path);
        Files.createFile(path);
        await().untilAtomic(calls, is(2));
        wait.close();
        Files.delete(path);
        Files.createFile(path);
        Path other = root.resolve("other");
        AtomicInteger others = new AtomicInteger();
        watch.await(other, others::incrementAndGet);
        Files.createFile(other);
        await().untilAtomic(others, is(1));
        assertThat(calls).hasValue(2);
    }

    @Test
    void one_callback_that_fails_ends_no_other_wait() throws IOException {
        watch.await(root.resolve("a"), () -> {
            throw new IllegalStateException("unexpected");
        });
        watch.await(root.resolve("b"), calls::incrementAndGet);
        Files.createFile(root.resolve("a"));
        await().until(() -> Files.exists(root.resolve("a")));
        Files.createFile(root.resolve("b"));
        await().untilAtomic(calls, is(1));
        assertThat(watch.isAlive()).isTrue();
    }
}

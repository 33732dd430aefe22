package io.kubehv.csi;

import static io.kubehv.csi.DriverFixture.diskRequest;

import io.kubehv.csi.proto.Volume;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How fast QEMU reads and writes a disk, past the page cache, 4 KiB at a time and all over it: without snapshots, after 50 of
 * them, and on top of 50 overlays that hold the same. In turns, so that what else the machine does meets each of them alike.
 */
final class DiskSpeed {
    private static final long BYTES = 256L << 20;
    private static final int SNAPSHOTS = Integer.getInteger("bench.depth", 50);
    private static final int WRITES_BETWEEN = 200;
    private static final int REQUESTS = 8_000;
    private static final int ROUNDS = 5;
    private static final int BLOCK = 4096;
    /** Not a divisor of the disk's size: every block is met once. */
    private static final long STEP = (1L << 20) + BLOCK;

    private static final Pattern TIME = Pattern.compile("Run completed in ([\\d.]+) seconds");

    private record Case(String words, String format, Path file, List<Double> reads, List<Double> writes) {
        Case(String words, String format, Path file) {
            this(words, format, file, new ArrayList<>(), new ArrayList<>());
        }

        void turn() throws IOException {
            reads.add(speed(List.of()));
            writes.add(speed(List.of("-w")));
        }

        private double speed(List<String> how) throws IOException {
            List<String> command = new ArrayList<>(List.of("qemu-img", "bench", "-f", format, "-t", "none", "-d", "8"));
            command.addAll(List.of("-c", String.valueOf(REQUESTS), "-s", String.valueOf(BLOCK)));
            command.addAll(List.of("-S", String.valueOf(STEP)));
            command.addAll(how);
            command.add(file.toString());
            String output = run(command.toArray(String[]::new));
            Matcher found = TIME.matcher(output);
            if (!found.find()) {
                throw new IOException("qemu-img bench says: " + output);
            }
            return REQUESTS / Double.parseDouble(found.group(1));
        }
    }

    private DiskSpeed() {}

    static void print(DriverFixture driver, Path pool) throws IOException {
        Volume plain = filled(driver, "plain");
        Volume kept = filled(driver, "kept");
        Random where = new Random(1);
        for (int i = 0; i < SNAPSHOTS; i++) {
            var _ = driver.snapshot("depth " + i, kept);
            write(driver.image(kept), where);
        }
        Path chain = Files.createDirectory(pool.resolve("chain"));
        List<Case> cases = List.of(
                new Case("no snapshot", "raw", driver.image(plain)),
                new Case(SNAPSHOTS + " snapshots", "raw", driver.image(kept)),
                new Case(
                        "a chain of " + SNAPSHOTS + " overlays",
                        "qcow2",
                        overlays(chain, driver.image(filled(driver, "base")))));
        for (int round = 0; round < ROUNDS; round++) {
            for (Case each : cases) {
                each.turn();
            }
        }
        System.out.printf(
                "%n### A disk's speed, 4 KiB at a time, past the cache; best of %d%n%n"
                        + "| disk | reads a second | of the first | writes a second | of the first |%n"
                        + "| :--- | -------------: | -----------: | --------------: | -----------: |%n",
                ROUNDS);
        for (Case each : cases) {
            System.out.printf(
                    "| %s | %.0f | %.0f %% | %.0f | %.0f %% |%n",
                    each.words,
                    Collections.max(each.reads),
                    100 * Collections.max(each.reads) / Collections.max(cases.getFirst().reads),
                    Collections.max(each.writes),
                    100 * Collections.max(each.writes) / Collections.max(cases.getFirst().writes));
        }
    }

    private static Volume filled(DriverFixture driver, String name) throws IOException {
        Volume volume = driver.create(diskRequest("speed of " + name, BYTES));
        try (FileChannel file = FileChannel.open(driver.image(volume), StandardOpenOption.WRITE)) {
            byte[] content = new byte[1 << 20];
            new Random(1).nextBytes(content);
            for (long offset = 0; offset < BYTES; offset += content.length) {
                file.write(ByteBuffer.wrap(content), offset);
            }
            file.force(true);
        }
        return volume;
    }

    private static void write(Path image, Random where) throws IOException {
        try (FileChannel file = FileChannel.open(image, StandardOpenOption.WRITE)) {
            for (int i = 0; i < WRITES_BETWEEN; i++) {
                file.write(ByteBuffer.allocate(BLOCK), where.nextInt((int) (BYTES / BLOCK)) * (long) BLOCK);
            }
            file.force(true);
        }
    }

    private static Path overlays(Path directory, Path base) throws IOException {
        Path below = base;
        Random where = new Random(1);
        for (int i = 0; i < SNAPSHOTS; i++) {
            Path overlay = directory.resolve("overlay-" + i);
            var _ = run(
                    "qemu-img",
                    "create",
                    "-q",
                    "-f",
                    "qcow2",
                    "-F",
                    i == 0 ? "raw" : "qcow2",
                    "-b",
                    below.toString(),
                    overlay.toString());
            List<String> writes = new ArrayList<>(List.of("qemu-io", "-f", "qcow2"));
            for (int write = 0; write < WRITES_BETWEEN; write++) {
                writes.add("-c");
                writes.add("write -q %d %d".formatted(where.nextInt((int) (BYTES / BLOCK)) * (long) BLOCK, BLOCK));
            }
            writes.add(overlay.toString());
            var _ = run(writes.toArray(String[]::new));
            below = overlay;
        }
        return below;
    }

    private static String run(String... command) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            if (process.waitFor() != 0) {
                throw new IOException(String.join(" ", command) + ": " + output);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(command[0] + " was broken off", e);
        }
        return output;
    }
}

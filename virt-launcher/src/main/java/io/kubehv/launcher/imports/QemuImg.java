package io.kubehv.launcher.imports;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.kubehv.launcher.imports.ImportException.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.DoubleConsumer;

/** The program qemu-img, always told the format: it must guess nothing of a stranger's file. */
public final class QemuImg {
    private static final Duration QUESTION = Duration.ofSeconds(60);
    private static final int LONGEST_LINE = 4 << 10;
    private static final int LONGEST_OUTPUT = 64 << 10;
    /** A stream stays open where its text breaks off: its program has more to say before it ends. */
    private static final ObjectMapper JSON =
            JsonMapper.builder().disable(StreamReadFeature.AUTO_CLOSE_SOURCE).build();

    private final String program;

    public QemuImg(String program) {
        this.program = program;
    }

    /** The size that a guest would see, in bytes. Refuses an image that has any other file below it. */
    long virtualSize(Path image, ImageFormat format) throws ImportException, IOException {
        JsonNode info =
                ask(List.of("info", "--output=json", "-f", format.qemuName(), image.toString()), JSON::readTree);
        if (info.has("backing-filename") || info.has("full-backing-filename")) {
            throw new ImportException(
                    Reason.BACKING_FILE_REFUSED,
                    "the source is a %s image with the parent %s; flatten it first"
                            .formatted(
                                    format.qemuName(),
                                    info.path("backing-filename").asText()));
        }
        return info.path("virtual-size").asLong();
    }

    /** Finds data that lies behind the file's end, which qemu-img would read as zeros, and damaged tables. */
    void checkWhole(Path image, ImageFormat format, long length) throws ImportException, IOException {
        if (ask(List.of("map", "--output=json", "-f", format.qemuName(), image.toString()), QemuImg::dataEnd)
                > length) {
            throw truncated(length);
        }
        if (format == ImageFormat.QCOW2) {
            Outcome outcome = run(List.of("check", "-f", format.qemuName(), image.toString()), percent -> {}, QUESTION);
            if (outcome.status() != 0 && outcome.output().contains("end of the file")) {
                throw truncated(length);
            }
            // 3: leaked clusters only, which harm nobody.
            if (outcome.status() != 0 && outcome.status() != 3) {
                throw new ImportException(
                        Reason.IMAGE_INVALID, "the source is a damaged qcow2 image: " + outcome.lastLine());
            }
        }
    }

    private static ImportException truncated(long length) {
        return new ImportException(
                Reason.IMAGE_TRUNCATED,
                "the source ends too early: it has data behind its %d bytes; fetch it again or give its checksum"
                        .formatted(length));
    }

    /**
     * Writes an image's content into a raw disk that exists, from its beginning.
     *
     * @param zeroed whether the disk reads as zeros now, so that holes may be left out
     * @param progress gets the percentage that is done
     */
    void convert(Path image, ImageFormat format, Path target, boolean zeroed, DoubleConsumer progress)
            throws ImportException, IOException {
        List<String> arguments = new ArrayList<>(List.of("convert", "-p", "-n", "-f", format.qemuName(), "-O", "raw"));
        if (zeroed) {
            arguments.add("--target-is-zero");
        }
        arguments.addAll(List.of(image.toString(), target.toString()));
        Outcome outcome = run(arguments, progress, Duration.ofDays(1));
        if (outcome.status() != 0) {
            boolean full = outcome.output().contains("No space left");
            throw new ImportException(
                    full ? Reason.NO_SPACE : Reason.IMAGE_INVALID,
                    (full
                                    ? "the volume has no room for the disk; give the storage more room: "
                                    : "the source can't be read as " + format.qemuName() + ": ")
                            + outcome.lastLine());
        }
    }

    /** The same with a raw disk, whose content is read as it is. */
    public void copy(Path disk, Path target, boolean zeroed, DoubleConsumer progress)
            throws ImportException, IOException {
        convert(disk, ImageFormat.RAW, target, zeroed, progress);
    }

    /**
     * Packs a raw disk into a new file.
     *
     * @param format {@code qcow2}, {@code vhdx} or {@code raw}
     * @param progress gets the percentage that is done
     * @throws IOException in qemu-img's words
     */
    public void pack(Path disk, String format, Path target, DoubleConsumer progress) throws IOException {
        Outcome outcome = run(
                List.of("convert", "-p", "-f", "raw", "-O", format, disk.toString(), target.toString()),
                progress,
                Duration.ofDays(1));
        if (outcome.status() != 0) {
            throw new IOException(outcome.lastLine());
        }
    }

    /** Where the last data ends. A fragmented image has millions of extents: one at a time is kept. */
    private static long dataEnd(InputStream map) throws IOException {
        long end = 0;
        try (JsonParser parser = JSON.createParser(map)) {
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                if (token == JsonToken.START_OBJECT) {
                    JsonNode extent = parser.readValueAsTree();
                    // Compressed data has no place of its own in the map: a check of the format sees where it lies.
                    if (extent.path("data").asBoolean() && extent.has("offset")) {
                        end = Math.max(
                                end,
                                extent.path("offset").asLong()
                                        + extent.path("length").asLong());
                    }
                }
            }
        }
        return end;
    }

    /** What is made of a program's output while it comes. */
    @FunctionalInterface
    private interface Reading<T> {
        T read(InputStream output) throws IOException;
    }

    /** Asks for JSON; what the program says on standard error is for the user, should it fail. */
    private <T> T ask(List<String> arguments, Reading<T> reading) throws ImportException, IOException {
        Process process = start(arguments, false);
        CompletableFuture<String> errors = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> {
            try {
                errors.complete(read(process.getErrorStream(), percent -> {}));
            } catch (IOException e) {
                errors.complete("");
            }
        });
        Optional<T> answer = during(process, QUESTION, output -> {
            try {
                return Optional.of(reading.read(output));
            } catch (JsonProcessingException e) {
                // A program that fails breaks off; whether it did is for its status to say.
                return Optional.empty();
            } finally {
                output.transferTo(OutputStream.nullOutputStream());
            }
        });
        Outcome outcome = new Outcome(process.exitValue(), errors.join());
        if (outcome.status() != 0 || answer.isEmpty()) {
            throw new ImportException(
                    Reason.IMAGE_INVALID, "the source is not the image that it claims to be: " + outcome.lastLine());
        }
        return answer.get();
    }

    private Outcome run(List<String> arguments, DoubleConsumer progress, Duration limit) throws IOException {
        Process process = start(arguments, true);
        String output = during(process, limit, stream -> read(stream, progress));
        return new Outcome(process.exitValue(), output);
    }

    private Process start(List<String> arguments, boolean oneOutput) throws IOException {
        List<String> line = new ArrayList<>();
        line.add(program);
        line.addAll(arguments);
        return new ProcessBuilder(line).redirectErrorStream(oneOutput).start();
    }

    /** Reads standard output until the process has ended. */
    private <T> T during(Process process, Duration limit, Reading<T> reading) throws IOException {
        // A hostile image may keep qemu-img busy for ever; its reads end when the process does.
        Thread guard = Thread.ofVirtual().start(() -> {
            try {
                if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                    process.destroyForcibly();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        try {
            T result = reading.read(process.getInputStream());
            process.waitFor();
            return result;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while " + program + " ran", e);
        } finally {
            guard.interrupt();
            if (process.isAlive()) {
                // Only then: it takes what is still to be read with it.
                process.destroyForcibly();
            }
        }
    }

    /**
     * Reads all output; lines such as {@code (12.34/100%)}, which end in a carriage return, are progress. Of the rest the
     * end is kept: a damaged image can have a program complain for hours.
     */
    private static String read(InputStream stream, DoubleConsumer progress) throws IOException {
        StringBuilder output = new StringBuilder();
        StringBuilder line = new StringBuilder();
        for (int character = stream.read(); character >= 0; character = stream.read()) {
            if (character != '\r' && character != '\n') {
                if (line.length() < LONGEST_LINE) {
                    line.append((char) character);
                }
                continue;
            }
            int open = line.indexOf("(");
            int slash = line.indexOf("/100%)");
            if (open >= 0 && slash > open) {
                progress.accept(Double.parseDouble(line.substring(open + 1, slash)));
            } else {
                output.append(line).append('\n');
                output.delete(0, Math.max(0, output.length() - LONGEST_OUTPUT));
            }
            line.setLength(0);
        }
        return output.append(line).toString();
    }

    private record Outcome(int status, String output) {
        String lastLine() {
            List<String> lines = output.lines().filter(text -> !text.isBlank()).toList();
            return lines.isEmpty() ? "qemu-img ended with " + status : lines.getLast();
        }
    }
}

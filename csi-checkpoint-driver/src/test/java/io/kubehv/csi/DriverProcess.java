package io.kubehv.csi;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The driver as its image runs it: the packaged jars, with the flags of the Dockerfile, as a process that can be killed. */
final class DriverProcess implements AutoCloseable {
    private static final Pattern ENTRYPOINT = Pattern.compile("ENTRYPOINT (\\[.*?])", Pattern.DOTALL);
    private static final Pattern RSS = Pattern.compile("VmRSS:\\s+(\\d+) kB");

    private final Path directory;
    private final Process process;

    private DriverProcess(Path directory, Process process) {
        this.directory = directory;
        this.process = process;
    }

    static DriverProcess start(Path directory) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(commandLine())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        directory.resolve("driver.log").toFile()));
        builder.environment().put("MALLOC_ARENA_MAX", "1");
        builder.environment().put("KUBEHV_NODE_NAME", "test-node");
        builder.environment().put("KUBEHV_CSI_ENDPOINT", socket(directory).toString());
        builder.environment().put("KUBEHV_POOL", directory.resolve("pool").toString());
        builder.environment()
                .put("KUBEHV_POOL_IMAGE", directory.resolve("pool.xfs").toString());
        builder.environment().put("KUBEHV_POOL_IMAGE_SIZE", "8Gi");
        builder.environment().put("KUBEHV_MONITORING_PORT", "0");
        return new DriverProcess(directory, builder.start());
    }

    /** The image's entry point, with this machine's Java and the jars where the build has put them. */
    private static List<String> commandLine() throws IOException {
        Matcher matcher = ENTRYPOINT.matcher(Files.readString(Path.of("Dockerfile")));
        if (!matcher.find()) {
            throw new IllegalStateException("the Dockerfile has no ENTRYPOINT");
        }
        String json = matcher.group(1).replace("\\\n", "");
        List<String> command = new ArrayList<>();
        for (String word : new ObjectMapper().readValue(json, String[].class)) {
            // The native half of JNA is beside the jars only in the image.
            if (!word.startsWith("-Djna.")) {
                command.add(word.replace("/opt/java", System.getProperty("java.home"))
                        .replace("/opt/kubehv", "target/app"));
            }
        }
        return command;
    }

    static Path socket(Path directory) {
        return directory.resolve("csi.sock");
    }

    /** The endpoint as csi-sanity wants it. */
    String endpoint() {
        return "unix://" + socket(directory);
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** What the process has in memory now. */
    long residentKibibytes() throws IOException {
        Matcher matcher = RSS.matcher(Files.readString(Path.of("/proc", String.valueOf(process.pid()), "status")));
        if (!matcher.find()) {
            throw new IllegalStateException("no VmRSS of process " + process.pid());
        }
        return Long.parseLong(matcher.group(1));
    }

    String log() throws IOException {
        return Files.readString(directory.resolve("driver.log"));
    }

    /** kill -9. */
    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /** The program that the cache or the path has; empty where none was installed. */
    static Optional<Path> program(String name) {
        Path cache = Optional.ofNullable(System.getenv("KUBEHV_CACHE"))
                .map(Path::of)
                .orElse(Path.of(System.getProperty("user.home"), ".cache/kubehv"));
        List<Path> places = new ArrayList<>(List.of(cache.resolve("bin")));
        Arrays.stream(System.getenv("PATH").split(File.pathSeparator, -1))
                .map(Path::of)
                .forEach(places::add);
        return places.stream()
                .map(place -> place.resolve(name))
                .filter(Files::isExecutable)
                .findFirst();
    }

    @Override
    public void close() throws IOException {
        process.destroy();
        try {
            if (!process.waitFor(30, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            process.destroyForcibly();
        }
        DriverFixture.unmountAll(directory);
    }
}

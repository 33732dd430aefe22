package io.kubehv.cni.linux;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** As much traffic as passes from tap to tap, by a program in C ({@code src/test/c/taps.c}). */
public final class TestTraffic {
    private static final Path PROGRAM = build();

    private TestTraffic() {}

    /**
     * Where traffic starts or ends.
     *
     * @param namespace the tap's
     */
    public record End(TestNamespace namespace, String device, String mac, String address) {
        private String text() {
            return namespace.path() + "," + device + "," + mac + "," + address;
        }
    }

    /**
     * What came of one sender's frames.
     *
     * @param bitsPerSecond with their Ethernet headers
     * @param lost how many frames did not come
     */
    public record Flow(double bitsPerSecond, double framesPerSecond, long lost) {}

    /**
     * What each sender gets to the receiver while all of them send what they can.
     *
     * @param bytes of a frame
     * @param window how many bytes of each sender are under way at most
     */
    public static List<Flow> flow(double seconds, int bytes, int window, End to, End... from) {
        List<String> command = new ArrayList<>(List.of(
                PROGRAM.toString(),
                "flow",
                Double.toString(seconds),
                Integer.toString(bytes),
                Integer.toString(window),
                to.text()));
        for (End sender : from) {
            command.add(sender.text());
        }
        List<Flow> flows = new ArrayList<>();
        for (String part : run(command).split("(?m)^(?=frames )", -1)) {
            Map<String, String> values = part.lines()
                    .map(line -> line.split(" ", -1))
                    .filter(words -> words.length == 2)
                    .collect(Collectors.toMap(words -> words[0], words -> words[1]));
            flows.add(new Flow(
                    Double.parseDouble(values.get("bits_per_second")),
                    Double.parseDouble(values.get("frames_per_second")),
                    Long.parseLong(values.get("lost"))));
        }
        return flows;
    }

    private static Path build() {
        try {
            Path program = Files.createTempDirectory("kubehv-taps").resolve("taps");
            run(List.of("gcc", "-static", "-O2", "-o", program.toString(), "src/test/c/taps.c"));
            program.toFile().deleteOnExit();
            program.getParent().toFile().deleteOnExit();
            return program;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String run(List<String> command) {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new AssertionError(String.join(" ", command) + " failed: " + output);
            }
            return output;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }
}

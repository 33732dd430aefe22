package io.kubehv.e2e.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The program that stands behind taps (cni-switch-plugin/src/test/c/taps.c), and what it tells. */
final class TrafficProgram {
    private final Path program;

    private TrafficProgram(Path program) {
        this.program = program;
    }

    static TrafficProgram build(Path directory) throws IOException, InterruptedException {
        Path program = directory.resolve("taps");
        Contender.run(List.of(
                "gcc",
                "-static",
                "-O2",
                "-o",
                program.toString(),
                Contender.PROJECT.resolve("cni-switch-plugin/src/test/c/taps.c").toString()));
        return new TrafficProgram(program);
    }

    /**
     * A tap.
     *
     * @param namespace the name of its network namespace
     */
    record End(String namespace, String device, String mac, String address) {
        String text() {
            return "/run/netns/" + namespace + "," + device + "," + mac + "," + address;
        }
    }

    /**
     * Two taps that what one sends comes to the other of.
     *
     * @param name what is between them
     */
    record Way(String name, End from, End to) {
        Way back() {
            return new Way(name, to, from);
        }
    }

    /**
     * What came through.
     *
     * @param cpu how much of a processor's time a frame took, in nanoseconds, both ends included
     */
    record Flow(double bitsPerSecond, double framesPerSecond, double cpu) {}

    /** How long there and back takes, in nanoseconds. */
    record RoundTrip(double p50, double p95) {}

    Flow flow(Way way, double seconds, int bytes, int window) throws IOException, InterruptedException {
        Map<String, Double> told = run(List.of(
                "flow",
                Double.toString(seconds),
                Integer.toString(bytes),
                Integer.toString(window),
                way.to.text(),
                way.from.text()));
        return new Flow(
                told.get("bits_per_second"), told.get("frames_per_second"), told.get("cpu_ns") / told.get("frames"));
    }

    RoundTrip roundTrip(Way way, double seconds, int bytes) throws IOException, InterruptedException {
        Map<String, Double> told =
                run(List.of("ping", Double.toString(seconds), Integer.toString(bytes), way.to.text(), way.from.text()));
        return new RoundTrip(told.getOrDefault("p50_ns", Double.NaN), told.getOrDefault("p95_ns", Double.NaN));
    }

    private Map<String, Double> run(List<String> arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(program.toString()));
        command.addAll(arguments);
        Map<String, Double> told = new HashMap<>();
        Contender.run(command).lines().forEach(line -> {
            String[] words = line.split(" ", 2);
            told.put(words[0], Double.parseDouble(words[1]));
        });
        return told;
    }
}

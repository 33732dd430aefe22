package io.kubehv.e2e.bench;

import io.kubehv.e2e.Cluster;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Memory under KVM, where the cluster's nodes may have none: measured in an emulated machine that has it, by
 * {@code e2e/guests/l1-memory.sh}.
 *
 * @param overhead proportional set size beside the guest's RAM, in bytes
 * @param anonymousOverhead the anonymous part of it, in bytes
 * @param booted whether the guest had booted, or was in its firmware yet
 */
record LevelOne(String machine, long overhead, long anonymousOverhead, boolean booted) {
    /** Its folder; the benchmarks run in the root of the checkout. */
    private static final Path GUESTS = Path.of(System.getProperty("bench.guests", "e2e/guests"));

    private static final Pattern ACCOUNT = Pattern.compile(
            "machine (\\S+) pss (\\d+) ram-pss (\\d+) anonymous (\\d+) ram-anonymous (\\d+) stage (\\w+)");

    /** One for each machine: "1", "2" or "2-secure". */
    static List<LevelOne> measure(String... machines) {
        List<String> command = new java.util.ArrayList<>();
        command.add(GUESTS.resolve("l1-memory.sh").toString());
        command.addAll(List.of(machines));
        String output = Cluster.run(command.toArray(String[]::new));
        List<LevelOne> accounts = parse(output);
        if (accounts.size() != machines.length) {
            throw new AssertionError("no account for each of %s in %s".formatted(command, output));
        }
        return accounts;
    }

    static List<LevelOne> parse(String output) {
        return ACCOUNT.matcher(output)
                .results()
                .map(line -> new LevelOne(
                        line.group(1),
                        bytes(line.group(2)) - bytes(line.group(3)),
                        bytes(line.group(4)) - bytes(line.group(5)),
                        line.group(6).equals("booted")))
                .toList();
    }

    private static long bytes(String kibibytes) {
        return Long.parseLong(kibibytes) << 10;
    }
}

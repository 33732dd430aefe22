package io.kubehv.csi.linux;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/** Runs the few programs that this driver needs (mount, mkfs, fsck, grow), in the C locale and under a deadline. */
final class Command {
    private static final Duration DEADLINE = Duration.ofMinutes(10);
    private static final Set<Integer> SUCCESS = Set.of(0);

    private Command() {}

    /** Runs a program; a failure carries what it printed. */
    static String run(String... commandLine) throws IOException {
        return run(SUCCESS, List.of(commandLine));
    }

    /** Runs a program that has more than one way to succeed. */
    static String run(Set<Integer> successes, List<String> commandLine) throws IOException {
        return run(successes, commandLine, DEADLINE);
    }

    /** Runs a program that has less time. */
    static String run(Set<Integer> successes, List<String> commandLine, Duration deadline) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(commandLine).redirectErrorStream(true);
        builder.environment().put("LC_ALL", "C");
        Process process = builder.start();
        try {
            process.getOutputStream().close();
            CommandOutput gathered = CommandOutput.of(process);
            if (!process.waitFor(deadline)) {
                process.destroyForcibly();
                throw new CommandFailedException(
                        commandLine, "no end after " + deadline.toSeconds() + " s: " + gathered.text());
            }
            String output = gathered.text();
            if (!successes.contains(process.exitValue())) {
                throw new CommandFailedException(commandLine, "exit code " + process.exitValue() + ": " + output);
            }
            return output;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandFailedException(commandLine, "interrupted");
        } finally {
            process.destroyForcibly();
        }
    }
}

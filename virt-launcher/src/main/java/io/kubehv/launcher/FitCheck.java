package io.kubehv.launcher;

import io.kubehv.hv.checkpoint.LiveMemory;
import io.kubehv.hv.checkpoint.MachineFacts;
import io.kubehv.hv.checkpoint.MemoryFit;
import io.kubehv.hv.definition.VirtualMachineDefinition;
import io.kubehv.hv.machine.Accelerator;
import io.kubehv.hv.machine.PodFiles;
import io.kubehv.hv.machine.Problem;
import io.kubehv.hv.qemu.QemuCommandLine;
import io.kubehv.hv.qmp.QmpException;
import io.kubehv.hv.qmp.client.QmpClient;
import io.kubehv.hv.qmp.client.QmpListener;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Whether a memory goes on in this pod. Nobody knows that better than the QEMU that is here: it makes a machine of the same
 * board and processors that runs nothing, and is asked what that is.
 */
final class FitCheck {
    private static final Pattern VERSION = Pattern.compile("QEMU emulator version (\\S+)");
    private static final Duration ANSWER = Duration.ofSeconds(10);
    private static final long START_SECONDS = 10;
    private static final long POLL_MILLIS = 20;

    private final VirtualMachineDefinition definition;
    private final PodFiles files;
    private final Accelerator accelerator;

    FitCheck(VirtualMachineDefinition definition, PodFiles files, Accelerator accelerator) {
        this.definition = definition;
        // Whoever watches the pod must not take this QEMU for the VM's.
        this.files = files.aside("fit");
        this.accelerator = accelerator;
    }

    /** What stands in the way; empty: it fits. */
    List<Problem> problems(MachineFacts memory) throws IOException, InterruptedException {
        // A QEMU that is too old would not know the machine's name either.
        List<Problem> known = MemoryFit.problems(memory, new MachineFacts(version(), null, null, accelerator));
        if (!known.isEmpty()) {
            return known;
        }
        Files.createDirectories(files.runtimeDirectory());
        Files.deleteIfExists(files.monitorSocket());
        Path words = files.runtimeDirectory().resolve("words");
        Process qemu = new ProcessBuilder(QemuCommandLine.bare(definition, files, accelerator, memory.machineType()))
                .redirectErrorStream(true)
                .redirectOutput(words.toFile())
                .start();
        try {
            return awaitMonitor(qemu)
                    ? MemoryFit.problems(memory, facts())
                    : List.of(new Problem(
                            "machine",
                            memory.toString(),
                            "the hypervisor image on the node can't make it: "
                                    + Files.readString(words, StandardCharsets.UTF_8)
                                            .strip(),
                            "give the node the image and the processor that the memory was taken with"));
        } finally {
            qemu.destroyForcibly().onExit().join();
            Files.deleteIfExists(files.monitorSocket());
            Files.deleteIfExists(words);
            Files.delete(files.runtimeDirectory());
        }
    }

    private static String version() throws IOException, InterruptedException {
        Process asked = new ProcessBuilder(QemuCommandLine.PROGRAM, "--version")
                .redirectErrorStream(true)
                .start();
        String words = new String(asked.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        asked.waitFor();
        Matcher found = VERSION.matcher(words);
        if (!found.find()) {
            throw new IOException(QemuCommandLine.PROGRAM + " does not tell its version: " + words.strip());
        }
        return found.group(1);
    }

    private boolean awaitMonitor(Process qemu) throws IOException, InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
        while (!qemu.waitFor(POLL_MILLIS, TimeUnit.MILLISECONDS)) {
            if (Files.exists(files.monitorSocket())) {
                return true;
            }
            if (System.nanoTime() - end > 0) {
                throw new IOException("QEMU did not open its monitor in " + START_SECONDS + " s");
            }
        }
        return false;
    }

    private MachineFacts facts() throws IOException {
        try (QmpClient client = new QmpClient(files.monitorSocket(), QmpListener.NOBODY)) {
            var _ = client.connect(ANSWER);
            return new LiveMemory(client, ANSWER).facts();
        } catch (QmpException e) {
            throw new IOException("QEMU does not tell what it is", e);
        }
    }
}

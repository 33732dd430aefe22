package io.kubehv.launcher;

import io.kubehv.hv.checkpoint.MachineFacts;
import io.kubehv.hv.checkpoint.MemoryFit;
import io.kubehv.hv.definition.DefinitionException;
import io.kubehv.hv.definition.VirtualMachineDefinition;
import io.kubehv.hv.linux.process.ProcessImage;
import io.kubehv.hv.machine.Accelerator;
import io.kubehv.hv.machine.DefinitionRules;
import io.kubehv.hv.machine.PodFacts;
import io.kubehv.hv.machine.PodFiles;
import io.kubehv.hv.machine.Problem;
import io.kubehv.hv.qemu.QemuCommandLine;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Becomes the QEMU of the machine in {@code KUBEHV_DEFINITION}. With the argument {@code --print} it does everything
 * but that, and prints the command line; with {@code --fits} it says whether the memory of the machine in {@code
 * KUBEHV_MEMORY_OF} would go on in the pod, and starts nothing.
 *
 * <p>Exits with 78 where the machine can't be run as defined, and with 74 where something failed that may succeed another
 * time; says why in one line each, in the pod's log and in its termination message.
 */
public final class VirtLauncher {
    /** EX_CONFIG of sysexits.h: what is wrong is in the definition. */
    static final int CANNOT_RUN = 78;

    /** EX_IOERR of sysexits.h: nothing is wrong with the definition, and the operator tries again in its own time. */
    static final int FAILED = 74;

    private static final String PRINT = "--print";

    private static final String FITS = "--fits";

    /**
     * How glibc allocates for QEMU (mallopt(3)). Arenas cost memory for each thread, and QEMU's threads allocate little. The
     * tables that QEMU makes anew at each change of the guest's address space are what its heap grows by, to three times its
     * size at rest; in mappings of their own they leave no holes, which a node with transparent huge pages fills again.
     */
    private static final Map<String, String> QEMU_ENVIRONMENT = Map.of(
            "PATH", "/usr/bin",
            "MALLOC_ARENA_MAX", "1",
            "MALLOC_MMAP_THRESHOLD_", "32768",
            "MALLOC_TRIM_THRESHOLD_", "131072",
            "MALLOC_TOP_PAD_", "65536");

    private final Map<String, String> environment;
    private final PodFiles files;
    private final Path root;

    VirtLauncher(Map<String, String> environment, PodFiles files, Path root) {
        this.environment = environment;
        this.files = files;
        this.root = root;
    }

    /** See the class. */
    public static void main(String[] arguments) {
        try {
            VirtLauncher launcher = new VirtLauncher(System.getenv(), PodFiles.STANDARD, Path.of("/"));
            if (List.of(arguments).contains(FITS)) {
                launcher.checkFit();
                return;
            }
            Launch launch = launcher.prepare();
            if (List.of(arguments).contains(PRINT)) {
                System.out.println(String.join(" ", launch.command()));
            } else {
                ProcessImage.replace(launch.command(), launch.environment());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            System.exit(FAILED);
        } catch (LaunchException | IOException | RuntimeException e) {
            tell(lines(e));
            System.exit(exitCode(e));
        }
    }

    /** Only a definition that can't be run is not tried again. */
    static int exitCode(Exception failure) {
        return failure instanceof LaunchException ? CANNOT_RUN : FAILED;
    }

    static List<String> lines(Exception failure) {
        return switch (failure) {
            case LaunchException refused -> refused.lines();
            case TapMissingException missing -> List.of(String.valueOf(missing.getMessage()));
            default -> List.of("The virtual machine can't be started: " + failure);
        };
    }

    /** What this process becomes. */
    record Launch(List<String> command, Map<String, String> environment) {}

    /** Checks and prepares, and gives what is to be started. */
    Launch prepare() throws LaunchException, IOException, InterruptedException {
        VirtualMachineDefinition definition = definition();
        failOn(DefinitionRules.check(definition));
        new Preparation(definition, files).prepare();
        PodInspection pod = new PodInspection(root, environment);
        Accelerator accelerator = pod.accelerator(definition);
        failOn(PodRules.check(definition, accelerator));
        MachineFacts memoryOf = definition.restorePath() == null ? MachineFacts.UNKNOWN : memoryOf();
        requireFit(definition, accelerator, memoryOf);
        PodFacts facts = pod.inspect(definition);
        Map<String, String> variables = new TreeMap<>(QEMU_ENVIRONMENT);
        variables.put("TZ", LocalTime.variable(definition.devices().timeZone(), Instant.now()));
        return new Launch(QemuCommandLine.of(definition, files, facts, memoryOf.machineType()), variables);
    }

    /** What the memory is of that the machine goes on from: a file beside it says so, of an older one the environment. */
    private MachineFacts memoryOf() throws LaunchException, IOException {
        boolean beside = Files.exists(files.memoryFacts());
        String told =
                beside ? Files.readString(files.memoryFacts()) : environment.get(MachineFacts.ENVIRONMENT_VARIABLE);
        try {
            return told == null ? MachineFacts.UNKNOWN : MachineFacts.fromJson(told);
        } catch (DefinitionException e) {
            throw new LaunchException(
                    (beside ? files.memoryFacts() : MachineFacts.ENVIRONMENT_VARIABLE) + ": " + e.getMessage());
        }
    }

    /** Whether the memory that the environment tells of goes on in this pod; says why where it does not. */
    void checkFit() throws LaunchException, IOException, InterruptedException {
        VirtualMachineDefinition definition = definition();
        requireFit(definition, new PodInspection(root, environment).accelerator(definition), memoryOf());
    }

    /** Before anything reads the memory, and so before anybody takes it for used. */
    private void requireFit(VirtualMachineDefinition definition, Accelerator accelerator, MachineFacts memoryOf)
            throws LaunchException, IOException, InterruptedException {
        List<Problem> problems =
                memoryOf.isUnknown() ? List.of() : new FitCheck(definition, files, accelerator).problems(memoryOf);
        if (!problems.isEmpty()) {
            throw new LaunchException(
                    MemoryFit.REFUSAL, problems.stream().map(Problem::toString).toList());
        }
    }

    private VirtualMachineDefinition definition() throws LaunchException {
        String json = environment.get(VirtualMachineDefinition.ENVIRONMENT_VARIABLE);
        if (json == null) {
            throw new LaunchException("the environment variable " + VirtualMachineDefinition.ENVIRONMENT_VARIABLE
                    + " is missing; the operator sets it to the VM's definition");
        }
        try {
            return VirtualMachineDefinition.fromJson(json);
        } catch (DefinitionException e) {
            throw new LaunchException(VirtualMachineDefinition.ENVIRONMENT_VARIABLE + ": " + e.getMessage());
        }
    }

    private static void failOn(List<Problem> problems) throws LaunchException {
        if (!problems.isEmpty()) {
            throw new LaunchException(problems);
        }
    }

    private static void tell(List<String> lines) {
        // Standard output is the pod's log; with a terminal, lines end as the terminal wants.
        PrintStream log = System.out;
        lines.forEach(log::println);
        Path message = Path.of("/dev/termination-log");
        try {
            if (Files.isWritable(message)) {
                Files.writeString(
                        message,
                        String.join("\n", lines),
                        StandardCharsets.UTF_8,
                        StandardOpenOption.TRUNCATE_EXISTING);
            }
        } catch (IOException e) {
            // The exit status still says what kind of failure it was, and the log has the words.
            log.println("There is no termination message: " + e);
        }
    }
}

package io.kubehv.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.kubehv.hv.checkpoint.MachineFacts;
import io.kubehv.hv.checkpoint.MemoryFit;
import io.kubehv.hv.definition.VirtualMachineDefinition;
import io.kubehv.hv.machine.Accelerator;
import io.kubehv.hv.machine.PodFiles;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Memories of which it is told what they are of, before the real QEMU of this machine. */
class FitCheckIT {
    private static final Pattern VERSIONED = Pattern.compile("^(pc-q35-\\S+)", Pattern.MULTILINE);

    @TempDir
    Path directory;

    private final Map<String, String> environment = new HashMap<>();

    @BeforeEach
    void define() {
        environment.put(VirtualMachineDefinition.ENVIRONMENT_VARIABLE, """
                {"namespace": "shop", "name": "web", "uuid": "6f2f7f4e-0b0d-4b8e-9a51-7d6b1f0c2a11",
                 "generationId": "324e6eaf-d1d1-4bf6-bf41-b9bb6c91fb87", "generation": 2,
                 "processor": {"count": 1, "maximum": 2, "sockets": 1, "threadsPerCore": 1, "numaNodes": 1,
                   "model": "None", "virtualizationExtensions": false},
                 "memory": {"startupBytes": 67108864, "maximumBytes": 67108864},
                 "firmware": {"secureBoot": "OFF"}, "security": {"tpm": false, "shielded": false},
                 "devices": {"comPorts": [], "timeZone": "UTC"}, "acceleration": "PREFERRED"}
                """);
    }

    private void check(MachineFacts memory) throws Exception {
        environment.put(MachineFacts.ENVIRONMENT_VARIABLE, memory.toJson());
        Path run = Files.createTempDirectory(directory, "run");
        Path unused = directory.resolve("unused");
        new VirtLauncher(environment, new PodFiles(run, unused, unused, unused), directory).checkFit();
    }

    private List<String> refusal(MachineFacts memory) {
        LaunchException refused = catchThrowableOfType(LaunchException.class, () -> check(memory));
        assertThat(refused).isNotNull();
        assertThat(VirtLauncher.exitCode(refused)).isEqualTo(VirtLauncher.CANNOT_RUN);
        return refused.lines();
    }

    /** An older type that this QEMU still makes, which a newer QEMU than it was saved by has to be told. */
    private static String oldestMachine() throws Exception {
        String list = output("-machine", "help");
        Matcher names = VERSIONED.matcher(list);
        return names.results()
                .map(found -> found.group(1))
                .reduce((_, last) -> last)
                .orElseThrow();
    }

    private static String output(String... arguments) throws Exception {
        String[] command = new String[arguments.length + 1];
        command[0] = "/usr/bin/qemu-system-x86_64";
        System.arraycopy(arguments, 0, command, 1, arguments.length);
        Process asked = new ProcessBuilder(command).redirectErrorStream(true).start();
        return new String(asked.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    private static MachineFacts of(String version, @Nullable String machine, String cpu, Accelerator accelerator) {
        return new MachineFacts(version, machine, cpu, accelerator);
    }

    @Test
    void a_memory_of_an_older_qemu_fits_in_the_machine_of_that_time() throws Exception {
        check(of("5.2.0", oldestMachine(), "max", Accelerator.TCG));
    }

    @Test
    void a_memory_of_which_nothing_is_known_is_not_refused() throws Exception {
        check(MachineFacts.UNKNOWN);
    }

    @Test
    void a_memory_of_a_newer_qemu_is_refused_with_both_versions_and_what_would_do() throws Exception {
        String here = output("--version").replaceAll("(?s)^QEMU emulator version (\\S+).*", "$1");

        assertThat(refusal(of("99.1.3", "pc-q35-99.1", "max", Accelerator.TCG)))
                .singleElement()
                .asString()
                .contains("qemuVersion is 99.1.3", "has QEMU " + here, "with QEMU 99.1 or a newer one");
    }

    @Test
    void a_memory_of_a_machine_that_qemu_has_forgotten_is_refused_in_its_words() {
        assertThat(refusal(of("2.0.0", "pc-q35-0.9", "max", Accelerator.TCG)))
                .singleElement()
                .asString()
                .contains("pc-q35-0.9", "unsupported machine type");
    }

    @Test
    void a_memory_of_other_processors_is_refused() throws Exception {
        assertThat(refusal(of("5.2.0", oldestMachine(), "Nehalem-v1", Accelerator.TCG)))
                .singleElement()
                .asString()
                .contains("cpuModel is Nehalem-v1", "would be max on the node");
    }

    @Test
    void a_memory_of_kvm_is_refused_where_there_is_none() throws Exception {
        assertThat(refusal(of("5.2.0", oldestMachine(), "host", Accelerator.KVM)))
                .singleElement()
                .asString()
                .contains("accelerator is KVM", "runs the VM by TCG");
    }

    /** A VM whose memory lies on its volume, with what it is of beside it. */
    private List<String> resume(MachineFacts memory) throws Exception {
        Path run = Files.createDirectories(directory.resolve("run"));
        Path saved = Files.createDirectories(directory.resolve("saved"));
        Files.writeString(saved.resolve("memory"), "QEVM");
        Files.writeString(saved.resolve(MachineFacts.FILE), memory.toJson());
        environment.computeIfPresent(
                VirtualMachineDefinition.ENVIRONMENT_VARIABLE,
                (_, json) -> VirtualMachineDefinition.fromJson(json.replace("\"generation\": 2", "\"generation\": 1"))
                        .resumedFrom(saved.resolve("memory").toString())
                        .toJson());
        PodFiles files = new PodFiles(run, directory.resolve("state"), saved, directory.resolve("firmware"));
        try {
            return new VirtLauncher(environment, files, directory).prepare().command();
        } finally {
            assertThat(run).as("nothing that a daemon takes for the VM's QEMU").isEmptyDirectory();
            assertThat(saved.resolve("memory")).as("the memory is kept").hasContent("QEVM");
        }
    }

    @Test
    void a_saved_vm_goes_on_in_the_machine_that_it_was_saved_in() throws Exception {
        String machine = oldestMachine();
        assertThat(resume(of("5.2.0", machine, "max", Accelerator.TCG)))
                .anyMatch(argument -> argument.startsWith(machine + ","));
    }

    @Test
    void a_saved_vm_whose_memory_does_not_fit_is_refused_before_its_memory_is_touched() {
        LaunchException refused = catchThrowableOfType(
                LaunchException.class, () -> resume(of("99.1.3", "pc-q35-99.1", "max", Accelerator.TCG)));
        assertThat(refused.lines()).singleElement().asString().startsWith(MemoryFit.REFUSAL + "qemuVersion is 99.1.3");
    }

    @Test
    void what_is_no_description_of_a_machine_is_refused_by_the_variables_name() {
        environment.put(MachineFacts.ENVIRONMENT_VARIABLE, "{\"qemu\": 1}");
        Path unused = directory.resolve("unused");
        VirtLauncher launcher = new VirtLauncher(environment, new PodFiles(unused, unused, unused, unused), directory);

        assertThat(catchThrowableOfType(LaunchException.class, launcher::checkFit)
                        .lines())
                .singleElement()
                .asString()
                .startsWith("KUBEHV_MEMORY_OF: ");
    }
}

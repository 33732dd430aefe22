package io.kubehv.hv.qemu;

import io.kubehv.hv.definition.Devices.WatchdogAction;
import io.kubehv.hv.definition.VirtualMachineDefinition;
import io.kubehv.hv.machine.Accelerator;
import io.kubehv.hv.machine.PodFacts;
import io.kubehv.hv.machine.PodFiles;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** QEMU's command line for a machine. The definition must have passed {@link io.kubehv.hv.machine.DefinitionRules}. */
public final class QemuCommandLine {
    /** The program in the image. */
    public static final String PROGRAM = "/usr/bin/qemu-system-x86_64";

    private QemuCommandLine() {}

    /** The arguments of a machine that starts, the program's name first. */
    public static List<String> of(VirtualMachineDefinition definition, PodFiles files, PodFacts facts) {
        return of(definition, files, facts, null);
    }

    /** The same; {@code machineType}: QEMU's name of the machine that the memory is of to go on from, with its version. */
    public static List<String> of(
            VirtualMachineDefinition definition, PodFiles files, PodFacts facts, @Nullable String machineType) {
        List<String> arguments = new ArrayList<>();
        arguments.add(PROGRAM);
        process(definition, arguments);
        new MachineArguments(definition, files, machineType).addTo(arguments);
        new ProcessorArguments(definition, facts.accelerator()).addTo(arguments);
        new MemoryArguments(definition).addTo(arguments);
        new DiskArguments(definition, files, facts).addTo(arguments);
        new NetworkArguments(definition, facts).addTo(arguments);
        new ConsoleArguments(definition, files).addTo(arguments);
        if (definition.restorePath() != null) {
            // The node's daemon says when and from where: it knows whether the state was used before.
            add(arguments, "-incoming", "defer");
        }
        return List.copyOf(arguments);
    }

    /** A machine of the same board and processors that has no devices and runs nothing, to be asked what it is. */
    public static List<String> bare(
            VirtualMachineDefinition definition,
            PodFiles files,
            Accelerator accelerator,
            @Nullable String machineType) {
        List<String> arguments = new ArrayList<>();
        arguments.addAll(List.of(PROGRAM, "-nodefaults", "-no-user-config", "-S", "-display", "none", "-m", "16"));
        add(arguments, "-machine", MachineArguments.type(definition, machineType));
        new ProcessorArguments(definition, accelerator).addTo(arguments);
        add(
                arguments,
                "-qmp",
                Options.of("unix:" + files.monitorSocket()).with("server", "on").with("wait", "off"));
        return List.copyOf(arguments);
    }

    private static void process(VirtualMachineDefinition definition, List<String> arguments) {
        add(
                arguments,
                "-name",
                Options.of("guest", definition.namespace() + "/" + definition.name())
                        .with("debug-threads", true));
        // No device and no file that isn't named below.
        arguments.add("-nodefaults");
        arguments.add("-no-user-config");
        // The guest waits until the node's daemon holds it: if there is no daemon, nothing starts.
        arguments.add("-S");
        add(
                arguments,
                "-sandbox",
                Options.of("on")
                        .with("obsolete", "deny")
                        .with("elevateprivileges", "deny")
                        .with("spawn", "deny")
                        .with("resourcecontrol", "deny"));
        // A guest that powers off ends QEMU with 0, one whose kernel panics with 1; a reboot is one.
        Options actions =
                Options.of("panic", "exit-failure").with("shutdown", "poweroff").with("reboot", "reset");
        WatchdogAction watchdog = definition.devices().watchdog();
        if (watchdog != null) {
            actions.with("watchdog", watchdog.name().toLowerCase(Locale.ROOT));
        }
        add(arguments, "-action", actions);
    }

    static void add(List<String> arguments, String name, Object value) {
        arguments.add(name);
        arguments.add(value.toString());
    }
}

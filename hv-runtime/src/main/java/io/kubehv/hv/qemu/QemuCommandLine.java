package io.kubehv.hv.qemu;

import io.kubehv.hv.definition.VirtualMachineDefinition;
import io.kubehv.hv.definition.VirtualMachineDefinition.WatchdogAction;
import io.kubehv.hv.machine.PodFacts;
import io.kubehv.hv.machine.PodFiles;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** QEMU's command line for a machine. The definition must have passed {@link io.kubehv.hv.machine.DefinitionRules}. */
public final class QemuCommandLine {
    /** The program in the image. */
    public static final String PROGRAM = "/usr/bin/qemu-system-x86_64";

    private QemuCommandLine() {}

    /** The arguments, the program's name first. */
    public static List<String> of(VirtualMachineDefinition definition, PodFiles files, PodFacts facts) {
        List<String> arguments = new ArrayList<>();
        arguments.add(PROGRAM);
        process(definition, arguments);
        new MachineArguments(definition, files).addTo(arguments);
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

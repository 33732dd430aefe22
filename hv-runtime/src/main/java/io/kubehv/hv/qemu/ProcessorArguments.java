package io.kubehv.hv.qemu;

import static io.kubehv.hv.qemu.QemuCommandLine.add;

import io.kubehv.hv.definition.VirtualMachineDefinition;
import io.kubehv.hv.definition.VirtualMachineDefinition.Processor;
import io.kubehv.hv.machine.Accelerator;
import io.kubehv.hv.machine.MemoryOverhead;
import java.util.List;

/** The accelerator and the virtual processors. */
final class ProcessorArguments {
    /** x86-64-v2: what every processor of the last fifteen years has. With KVM the maker stays the node's own. */
    private static final String MINIMUM_FEATURE_SET = "Nehalem";

    /** The only one whose virtualization QEMU emulates is AMD's. */
    private static final String EMULATED_WITH_VIRTUALIZATION = "EPYC";

    /** What Windows guests are told of the hypervisor (QEMU's docs/system/i386/hyperv.rst); Linux guests go on seeing KVM. */
    private static final List<String> ENLIGHTENMENTS = List.of(
            "hv-relaxed",
            "hv-vapic",
            "hv-time",
            "hv-frequencies",
            "hv-vpindex",
            "hv-runtime",
            "hv-reset",
            "hv-synic",
            "hv-stimer");

    private final Processor processor;
    private final Accelerator accelerator;

    ProcessorArguments(VirtualMachineDefinition definition, Accelerator accelerator) {
        this.processor = definition.processor();
        this.accelerator = accelerator;
    }

    void addTo(List<String> arguments) {
        switch (accelerator) {
            case KVM -> {
                add(arguments, "-accel", "kvm");
                add(arguments, "-cpu", withKvm());
            }
            case TCG -> {
                // Unbounded, translated code grows to 1 GiB, and the pod's memory limit would kill the VM.
                add(
                        arguments,
                        "-accel",
                        Options.of("tcg")
                                .with("thread", "multi")
                                .with("tb-size", MemoryOverhead.TRANSLATION_BUFFER_MIB));
                add(arguments, "-cpu", emulated());
            }
        }
        topology(arguments);
    }

    private Options withKvm() {
        boolean own = processor.model().equals(Processor.OF_THE_NODE);
        Options model = Options.of(own ? "host" : named());
        if (!own) {
            // A feature that the node lacks is an error: a guest that was promised it would not run elsewhere either.
            model.with("enforce", true);
        }
        // A name that the other maker's processors don't have is off there in any case.
        if (!processor.virtualizationExtensions()) {
            model.with("vmx", false).with("svm", false);
        } else if (!own) {
            model.with("vmx", true);
        }
        ENLIGHTENMENTS.forEach(enlightenment -> model.with(enlightenment, true));
        return model.with("hv-spinlocks", "0x1fff");
    }

    private Options emulated() {
        String model = switch (processor.model()) {
            case Processor.OF_THE_NODE -> processor.virtualizationExtensions() ? EMULATED_WITH_VIRTUALIZATION : "max";
            default -> named();
        };
        return Options.of(model)
                .with("svm", processor.virtualizationExtensions())
                // Emulating a 16-byte compare-and-swap stops all processors, and Linux does it often.
                .with("cx16", false);
    }

    private String named() {
        return processor.model().equals(Processor.MINIMUM_FEATURE_SET) ? MINIMUM_FEATURE_SET : processor.model();
    }

    /** All that may ever be there is declared; what is not there at start can be plugged in. */
    private void topology(List<String> arguments) {
        Options topology = Options.of("cpus", Integer.toString(processor.count()));
        if (processor.maximum() > processor.count()) {
            topology.with("maxcpus", processor.maximum());
        }
        add(
                arguments,
                "-smp",
                topology.with("sockets", processor.sockets())
                        .with("cores", processor.maximum() / (processor.sockets() * processor.threadsPerCore()))
                        .with("threads", processor.threadsPerCore()));
    }
}

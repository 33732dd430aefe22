package io.kubehv.operator.virtualmachine.dependent;

import io.fabric8.kubernetes.api.model.Quantity;
import io.kubehv.api.v1alpha1.Processor;
import io.kubehv.hv.definition.VirtualMachineDefinition;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What a spec asks of processors: for the machine, and of the node. */
final class ProcessorSettings {
    private static final int PERCENT = 100;
    private static final int MILLI = 1000;
    private static final Processor DEFAULT =
            new Processor(1, null, null, null, null, null, null, null, null, null, null);

    private ProcessorSettings() {}

    static VirtualMachineDefinition.Processor definition(@Nullable Processor processor) {
        Processor asked = processor == null ? DEFAULT : processor;
        int count = or(asked.count(), 1);
        return new VirtualMachineDefinition.Processor(
                count,
                or(asked.maximum(), count),
                or(asked.sockets(), 1),
                or(asked.threadsPerCore(), 1),
                or(asked.numaNodes(), 1),
                Objects.requireNonNullElse(asked.compatibility(), VirtualMachineDefinition.Processor.OF_THE_NODE),
                Boolean.TRUE.equals(asked.exposeVirtualizationExtensions()));
    }

    /**
     * The pod's CPU request, which is two things to Kubernetes: what is kept free for it, and its weight against others.
     * So it is Hyper-V's reserve, and at least the ordinary share, scaled by the weight; never more than the processors can
     * use, as a weight reserves nothing in Hyper-V and no pod may request more than its limit.
     */
    static Quantity request(@Nullable Processor processor, int milliCpuPerProcessor) {
        Processor asked = processor == null ? DEFAULT : processor;
        long processors = or(asked.maximum(), or(asked.count(), 1));
        if (areDedicated(asked)) {
            return whole(processors);
        }
        long reserved = processors * MILLI * or(asked.reserve(), 0) / PERCENT;
        long share = processors * milliCpuPerProcessor * or(asked.weight(), PERCENT) / PERCENT;
        long usable = processors * MILLI * or(asked.limit(), PERCENT) / PERCENT;
        return new Quantity(Math.clamp(Math.max(reserved, share), 1, Math.max(1, usable)) + "m");
    }

    /** The pod's CPU limit, if there is one. */
    static Optional<Quantity> limit(@Nullable Processor processor) {
        Processor asked = processor == null ? DEFAULT : processor;
        long processors = or(asked.maximum(), or(asked.count(), 1));
        if (areDedicated(asked)) {
            return Optional.of(whole(processors));
        }
        int limit = or(asked.limit(), PERCENT);
        return limit >= PERCENT
                ? Optional.empty()
                : Optional.of(new Quantity(processors * MILLI * limit / PERCENT + "m"));
    }

    static boolean areDedicated(@Nullable Processor processor) {
        return processor != null && Boolean.TRUE.equals(processor.dedicated());
    }

    private static Quantity whole(long processors) {
        return new Quantity(Long.toString(processors));
    }

    private static int or(@Nullable Integer value, int otherwise) {
        return value == null ? otherwise : value;
    }
}

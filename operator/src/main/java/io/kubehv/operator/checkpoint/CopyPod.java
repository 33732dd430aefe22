package io.kubehv.operator.checkpoint;

import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.kubehv.api.v1alpha1.CheckpointApply;
import io.kubehv.api.v1alpha1.DerivedName;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.hv.definition.CopyDefinition;
import io.kubehv.operator.OperatorSettings;
import io.kubehv.operator.pod.OneShotPod;
import io.kubehv.operator.pod.PodRoles;
import java.util.ArrayList;
import java.util.List;

/** The pod that makes volumes of a VM that is off what they were, where no driver does. It may run as often as it needs to. */
final class CopyPod {
    private static final String SOURCES = "/sources/";
    private static final String TARGETS = "/targets/";

    private CopyPod() {}

    /**
     * What is copied.
     *
     * @param name what it is called to people
     * @param source the claim that is only read
     * @param target the claim that becomes the same
     */
    record Copy(String name, PersistentVolumeClaim source, PersistentVolumeClaim target) {}

    static String name(CheckpointApply apply) {
        return DerivedName.of(apply.getMetadata().getName(), "copy");
    }

    static Pod desired(CheckpointApply apply, VirtualMachine machine, List<Copy> copies, OperatorSettings settings) {
        OneShotPod pod = new OneShotPod("/usr/local/bin/volume-copy", settings);
        List<CopyDefinition.Volume> volumes = new ArrayList<>();
        for (int i = 0; i < copies.size(); i++) {
            Copy copy = copies.get(i);
            String source = copy.source().getMetadata().getName();
            String target = copy.target().getMetadata().getName();
            if ("Block".equals(copy.target().getSpec().getVolumeMode())) {
                pod.device("source-" + i, source, SOURCES + i, true).device("target-" + i, target, TARGETS + i, false);
            } else {
                pod.claim("source-" + i, source, SOURCES + i, true).claim("target-" + i, target, TARGETS + i, false);
            }
            volumes.add(new CopyDefinition.Volume(copy.name(), SOURCES + i, TARGETS + i));
        }
        return pod.with(spec -> spec.withTolerations(machine.getSpec().tolerations()))
                .build(
                        apply,
                        name(apply),
                        PodRoles.CHECKPOINT,
                        CopyDefinition.ENVIRONMENT_VARIABLE,
                        new CopyDefinition(volumes).toJson());
    }
}

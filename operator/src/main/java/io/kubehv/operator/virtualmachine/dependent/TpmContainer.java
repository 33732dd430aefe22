package io.kubehv.operator.virtualmachine.dependent;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirementsBuilder;
import io.kubehv.operator.OperatorSettings;
import io.kubehv.operator.pod.Hardening;
import java.util.List;

/**
 * The container that emulates a VM's TPM: one that is started before QEMU's and ended after it (a native sidecar), so that
 * the guest never is without it. What it needs of the node is little, and the same for every VM.
 */
final class TpmContainer {
    private static final String SOCKET = "/run/kubehv/tpm.sock";
    private static final Quantity MEMORY = new Quantity("24Mi");
    private static final Quantity PROCESSOR = new Quantity("5m");
    private static final Quantity FIXED_PROCESSOR = new Quantity("100m");
    private static final int STARTS_WITHIN_SECONDS = 60;

    private TpmContainer() {}

    /** {@code alone}: the VM's processors are its own, which the kubelet gives only where every container says its limits. */
    static Container desired(OperatorSettings settings, boolean alone) {
        ResourceRequirementsBuilder resources = new ResourceRequirementsBuilder()
                .addToRequests("cpu", alone ? FIXED_PROCESSOR : PROCESSOR)
                .addToRequests("memory", MEMORY)
                .addToLimits("memory", MEMORY);
        if (alone) {
            resources.addToLimits("cpu", FIXED_PROCESSOR);
        }
        return new ContainerBuilder()
                .withName("tpm")
                .withImage(settings.hypervisorImage())
                .withImagePullPolicy(settings.imagePullPolicy())
                .withCommand("/usr/local/bin/virtual-tpm")
                .withRestartPolicy("Always")
                .withNewStartupProbe()
                .withNewExec()
                .withCommand(List.of("test", "-S", SOCKET))
                .endExec()
                .withPeriodSeconds(1)
                .withFailureThreshold(STARTS_WITHIN_SECONDS)
                .endStartupProbe()
                .withResources(resources.build())
                .withSecurityContext(Hardening.container())
                .withVolumeMounts(LauncherVolumes.tpmMounts())
                .build();
    }
}

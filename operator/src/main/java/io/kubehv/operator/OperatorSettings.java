package io.kubehv.operator;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.util.Optional;

/** What the deployment may set, as environment variables such as {@code KUBEHV_HYPERVISOR_IMAGE}. */
@ConfigMapping(prefix = "kubehv")
public interface OperatorSettings {
    /** The image of the VMs' pods and of the importers. */
    @WithDefault("kubehv/hypervisor:latest")
    String hypervisorImage();

    /** When the hypervisor image is pulled. */
    @WithDefault("IfNotPresent")
    String imagePullPolicy();

    /** A pull Secret that exists in the namespaces of VMs. */
    Optional<String> imagePullSecret();

    /** What a VM asks of the node's processors, in thousandths for each of its own. */
    @WithDefault("100")
    int milliCpuPerProcessor();

    /** The {@code VolumeAttributesClass} of our CSI driver that makes a volume hold exactly one disk. */
    @WithDefault("kubehv-disk")
    String diskVolumeAttributesClass();

    /** How many dynamic MAC addresses there are, from 00:15:5d:00:00:00 on: 1 to 16777216, which is all of the prefix. */
    @WithDefault("16777216")
    int macPoolSize();
}

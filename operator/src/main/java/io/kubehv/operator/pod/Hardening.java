package io.kubehv.operator.pod;

import io.fabric8.kubernetes.api.model.PodSecurityContext;
import io.fabric8.kubernetes.api.model.PodSecurityContextBuilder;
import io.fabric8.kubernetes.api.model.SecurityContext;
import io.fabric8.kubernetes.api.model.SecurityContextBuilder;

/** What the pods that touch guests' data may do: as little as Kubernetes' profile "restricted" asks, and less. */
public final class Hardening {
    /** The user and group of QEMU in the hypervisor image. */
    public static final long USER = 107;

    private Hardening() {}

    public static PodSecurityContext pod() {
        return basic()
                // Guests' ports below 1024 are reached at the same number of the pod's addresses, without capabilities.
                .addNewSysctl("net.ipv4.ip_unprivileged_port_start", "0")
                .build();
    }

    /** For pods without ports. */
    public static PodSecurityContext podWithoutPorts() {
        return basic().build();
    }

    public static SecurityContext container() {
        return new SecurityContextBuilder()
                .withAllowPrivilegeEscalation(false)
                .withReadOnlyRootFilesystem(true)
                .withNewCapabilities()
                .withDrop("ALL")
                .endCapabilities()
                .build();
    }

    private static PodSecurityContextBuilder basic() {
        return new PodSecurityContextBuilder()
                .withRunAsUser(USER)
                .withRunAsGroup(USER)
                .withFsGroup(USER)
                .withFsGroupChangePolicy("OnRootMismatch")
                .withRunAsNonRoot(true)
                .withNewSeccompProfile()
                .withType("RuntimeDefault")
                .endSeccompProfile();
    }
}

package io.kubehv.operator.pod;

import io.kubehv.api.v1alpha1.KubeHV;

/** The label by which the operator knows its pods: one watch for each controller, and none of other pods. */
public final class PodRoles {
    public static final String LABEL = KubeHV.GROUP + "/role";
    public static final String VIRTUAL_MACHINE = "virtual-machine";
    public static final String SAVED_STATE = "saved-state";
    public static final String ATTACHMENT = "attachment";
    public static final String CHECKPOINT = "checkpoint";
    public static final String EXPORT = "export";
    public static final String MACHINE_IMPORT = "machine-import";
    public static final String DISK_IMPORT = "disk-import";

    /** Of a claim, not of a pod: it is a disk's. */
    public static final String DISK = "disk";

    private PodRoles() {}
}

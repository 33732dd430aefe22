package io.kubehv.api.v1alpha1;

/** What all kinds of this API share. */
public final class KubeHV {
    public static final String GROUP = "kubehv.io";
    public static final String VERSION = "v1alpha1";

    /** What a VM's pod asks the device plug-in for, one a VM. */
    public static final String HYPERVISOR_RESOURCE = GROUP + "/hypervisor";

    /** Node label: the accelerator that passed its probe on the node ({@link Accelerator}). */
    public static final String ACCELERATOR_LABEL = GROUP + "/accelerator";

    /** Node annotation, a time: when the node's daemon first ran since the node was started. */
    public static final String BOOTED_AT_ANNOTATION = GROUP + "/booted-at";

    /** Pod label, always "true": the pod is a VM's. */
    public static final String VIRTUAL_MACHINE_LABEL = GROUP + "/virtual-machine";

    /** Pod label: the UID of the VM that the pod runs (a name may be longer than a label's value). */
    public static final String VIRTUAL_MACHINE_UID_LABEL = GROUP + "/vm-uid";

    /** Pod label: the UID of the VM whose memory the pod gives a volume to be saved on. */
    public static final String SAVE_POD_FOR_LABEL = GROUP + "/save-pod-for";

    /** Pod label: the UID of the VM that is running and is to have the volume that the pod mounts. */
    public static final String ATTACHMENT_FOR_LABEL = GROUP + "/attachment-for";

    /** Pod label: the UID of the Checkpoint whose memory the pod gives a volume to be written to. */
    public static final String CHECKPOINT_UID_LABEL = GROUP + "/checkpoint-uid";

    /** Label: the UID of the Export that something was made for. */
    public static final String EXPORT_UID_LABEL = GROUP + "/export-uid";

    /** Label: the UID of the Import that something was made by. */
    public static final String IMPORT_UID_LABEL = GROUP + "/import-uid";

    /**
     * Annotation of a VM, an {@link Identity} in JSON: who it is, where it was somebody before it was made here. Read once, when
     * its identity is made up.
     */
    public static final String IMPORTED_IDENTITY_ANNOTATION = GROUP + "/imported-identity";

    /** Annotation of a VirtualHardDisk that no VM names yet: where it is to be, in JSON. */
    public static final String PLACEMENT_ANNOTATION = GROUP + "/placed-with";

    /** Pod annotation: the disk or DVD drive of the VM that the volume is for. */
    public static final String DISK_ANNOTATION = GROUP + "/disk";

    /** Annotation of a VM, a time: restart the guest in order, once a value. */
    public static final String RESTARTED_AT_ANNOTATION = GROUP + "/restarted-at";

    /** Annotation of a VM, a time: press the reset button, once a value. */
    public static final String RESET_AT_ANNOTATION = GROUP + "/reset-at";

    /** Annotation of a VM's pod: what it was started from, to see that a spec has changed since. */
    public static final String DEFINITION_HASH_ANNOTATION = GROUP + "/definition-hash";

    /** Pod annotation: the ports of switches that the pod has, a JSON list of {@link SwitchPort}. */
    public static final String SWITCH_PORTS_ANNOTATION = GROUP + "/switch-ports";

    /** Field manager of what the operator writes. */
    public static final String OPERATOR_FIELD_MANAGER = "kubehv-operator";

    /** Field manager of what the operator writes into a VM's status on account of its checkpoints. */
    public static final String CHECKPOINT_FIELD_MANAGER = "kubehv-operator-checkpoints";

    /** Field manager of what a node's daemon writes. */
    public static final String DAEMON_FIELD_MANAGER = "kubehv-vmbus-daemon";

    /** Field manager of what a node's switch daemon writes, with a hyphen and the node's name after it. */
    public static final String SWITCH_FIELD_MANAGER = "kubehv-switch";

    /** The name of our CSI driver, as in {@code StorageClass.provisioner}. */
    public static final String CSI_DRIVER = "csi." + GROUP;

    private KubeHV() {}
}

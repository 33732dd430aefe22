package io.kubehv.operator.machineimport;

import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.kubehv.api.v1alpha1.VirtualHardDisk;
import io.kubehv.api.v1alpha1.VirtualMachine;

/** One write beside the status. Each may be done twice in a row without harm. */
sealed interface ImportAction {
    /** Make a pod that reads the export. */
    record CreatePod(Pod desired) implements ImportAction {}

    /** Ask the API server whether it would take the VM; nothing is made. */
    record TryMachine(VirtualMachine desired) implements ImportAction {}

    /** Make a disk. */
    record CreateDisk(VirtualHardDisk desired) implements ImportAction {}

    /** Make the claim of what the machine remembers, or of its guest's memory. */
    record CreateClaim(PersistentVolumeClaim desired) implements ImportAction {}

    /** Make the VM. */
    record CreateMachine(VirtualMachine desired) implements ImportAction {}

    /** The disk is its user's from now on. */
    record ReleaseDisk(VirtualHardDisk disk) implements ImportAction {}

    /** The claim is the VM's from now on. */
    record GiveClaim(PersistentVolumeClaim claim, VirtualMachine machine) implements ImportAction {}

    /** Delete exactly this pod. */
    record DeletePod(Pod pod) implements ImportAction {}

    /** Delete exactly this claim. */
    record DeleteClaim(PersistentVolumeClaim claim) implements ImportAction {}

    /** Delete this disk, which the import made. */
    record DeleteDisk(VirtualHardDisk disk) implements ImportAction {}
}

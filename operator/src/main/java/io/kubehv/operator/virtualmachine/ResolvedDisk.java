package io.kubehv.operator.virtualmachine;

import io.kubehv.api.v1alpha1.Disk;
import io.kubehv.api.v1alpha1.VirtualHardDisk;
import io.kubehv.operator.claim.ClaimUse;
import io.kubehv.operator.status.Verdict;
import org.jspecify.annotations.Nullable;

/**
 * A disk of a VM, looked up.
 *
 * @param claim the claim that holds it
 * @param block the claim is a device, not a file system
 * @param blankBytes for a disk that the launcher makes when it is missing: its size
 * @param storageClass of the claim, if it has one
 * @param problem why it can't be attached yet
 * @param absentTemplate it is an inline template whose VirtualHardDisk is to be made
 * @param outdatedTemplate the VirtualHardDisk of an inline template that has changed since
 */
public record ResolvedDisk(
        Disk disk,
        String claim,
        boolean block,
        @Nullable Long blankBytes,
        @Nullable String storageClass,
        @Nullable Verdict problem,
        boolean absentTemplate,
        @Nullable VirtualHardDisk outdatedTemplate) {

    /** One whose template, if it has one, says what it said when its disk was made. */
    public ResolvedDisk(
            Disk disk,
            String claim,
            boolean block,
            @Nullable Long blankBytes,
            @Nullable String storageClass,
            @Nullable Verdict problem,
            boolean absentTemplate) {
        this(disk, claim, block, blankBytes, storageClass, problem, absentTemplate, null);
    }

    public boolean readOnly() {
        return Boolean.TRUE.equals(disk.readOnly());
    }

    /** As the lock on disks knows it. */
    public ClaimUse use(String namespace) {
        return new ClaimUse(ClaimUse.key(namespace, claim), readOnly());
    }
}

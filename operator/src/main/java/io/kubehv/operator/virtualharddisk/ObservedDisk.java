package io.kubehv.operator.virtualharddisk;

import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.kubehv.api.v1alpha1.VirtualHardDisk;
import io.kubehv.api.v1alpha1.VirtualHardDiskStatus;
import io.kubehv.operator.Owners;
import io.kubehv.operator.pod.PodFacts;
import io.kubehv.operator.status.Conditions;
import io.kubehv.operator.virtualharddisk.dependent.DiskClaim;
import io.kubehv.operator.virtualharddisk.dependent.Placement;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * All that a decision about a virtual hard disk is made from.
 *
 * @param claim the claim of its name, whoever made it
 * @param importPod the pod that fills it
 * @param storage where its claim is made
 * @param parent of a clone: what is known of the parent
 * @param progress the importer's last word
 * @param referenced the versions of the Secret and ConfigMap that it names, as one text
 * @param beside the rules of the VM that names it; null: none does yet
 */
public record ObservedDisk(
        VirtualHardDisk disk,
        @Nullable PersistentVolumeClaim claim,
        @Nullable Pod importPod,
        Storage storage,
        @Nullable Parent parent,
        @Nullable Progress progress,
        String referenced,
        @Nullable Placement beside,
        Instant now) {

    /** Stands in {@code referenced} for what is not there. */
    public static final String ABSENT = "absent";

    /** The claim is there, is this disk's, and holds what it should. */
    public boolean filled() {
        return claim != null && mine() && (DiskClaim.isFilled(claim) || filledBefore(claim));
    }

    /** The status remembers it, too: a mark on a claim may get lost, and what a guest wrote must not with it. */
    private boolean filledBefore(PersistentVolumeClaim claim) {
        return claim.getMetadata().getUid() != null
                && Optional.ofNullable(disk.getStatus())
                        .map(VirtualHardDiskStatus::filledClaim)
                        .filter(claim.getMetadata().getUid()::equals)
                        .isPresent();
    }

    /** Whether a VM already names it. */
    public boolean wanted() {
        return beside != null;
    }

    /** Where an import runs. */
    public Placement placement() {
        return beside == null ? Placement.anywhere() : beside;
    }

    /** The claim is this disk's, not someone's who had the name before. */
    public boolean mine() {
        return claim == null || Owners.owns(disk, claim);
    }

    /** The CSI driver makes the clone: it copies by reference within one class; otherwise the importer copies. */
    public boolean clonedByDriver() {
        if (claim != null) {
            return claim.getSpec().getDataSource() != null;
        }
        PersistentVolumeClaim source = parent == null ? null : parent.claim();
        return source != null
                && storage.ours()
                && Objects.equals(storage.storageClass(), source.getSpec().getStorageClassName());
    }

    public Optional<PodFacts> podFacts() {
        return Optional.ofNullable(importPod).map(PodFacts::new);
    }

    public Conditions conditions() {
        return new Conditions(Optional.ofNullable(disk.getStatus())
                .map(VirtualHardDiskStatus::conditions)
                .orElse(null));
    }

    /**
     * Where a disk's claim is made.
     *
     * @param storageClass its name; null: the cluster has no default class and the spec names none
     * @param ours it is our CSI driver's: exact sizes, clones by reflink
     * @param missing the spec names a class that does not exist
     */
    public record Storage(@Nullable String storageClass, boolean ours, boolean missing) {}

    /**
     * The parent of a clone.
     *
     * @param ready it exists and is filled; {@code problem} says what else it is
     * @param writer who writes to it now
     */
    public record Parent(
            String name,
            @Nullable VirtualHardDisk disk,
            @Nullable PersistentVolumeClaim claim,
            boolean ready,
            @Nullable String writer) {}

    /** The importer's last word. */
    public record Progress(String phase, int percent) {}
}
